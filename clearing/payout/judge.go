package payout

import (
	"slices"
	"time"

	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/internal/ledger"
)

// Judge says what a result of the bank's does to a payout. known are the results
// that came before. to is "" when nothing is to be done; fresh tells that the result
// says something new. A contradiction is fault kind Conflict and names field and
// value.
//
// The bank's files may come in any order: that a payout was paid may be told after
// it came back, if it is dated before that.
func Judge(p Payout, known []Result, r Result) (to State, fresh bool, err error) {
	if r.Amount != p.Amount {
		return "", false, contradicts("amount_fen", r.Amount.Yuan(), "the payout is of %s", p.Amount.Yuan())
	}
	if p.State == Proposed || p.State == Instructed || p.State == Withdrawn {
		return "", false, contradicts("payout_no", r.PayoutNo, "was never sent to the bank: it is %s", p.State)
	}
	for _, k := range known {
		if k.Outcome == r.Outcome {
			return "", false, sameResult(k, r)
		}
		if err := follows(k, r); err != nil {
			return "", false, err
		}
	}
	if !slices.Contains(moves[r.Outcome], p.State) {
		return "", true, nil // older news
	}
	return r.Outcome, true, nil
}

// sameResult compares two results of the same payout and outcome.
func sameResult(k, r Result) error {
	switch {
	case k.ReasonCode != r.ReasonCode:
		return contradicts("reason_code", r.ReasonCode, "an earlier file says %q", k.ReasonCode)
	case k.BankRef != r.BankRef:
		return contradicts("bank_ref", r.BankRef, "an earlier file says %q", k.BankRef)
	case !k.FinishedAt.Equal(r.FinishedAt):
		return contradicts("finished_at", clockText(r.FinishedAt), "an earlier file says %s", clockText(k.FinishedAt))
	}
	return nil
}

// follows tells whether two different outcomes can both be true: only paid and,
// not before that, returned.
func follows(k, r Result) error {
	first, then := k, r
	if r.Outcome == Paid {
		first, then = r, k
	}
	if first.Outcome != Paid || then.Outcome != Returned {
		return contradicts("result", string(r.Outcome), "an earlier file says %s", k.Outcome)
	}
	if then.FinishedAt.Before(first.FinishedAt) {
		return contradicts("finished_at", clockText(r.FinishedAt), "it cannot have come back (%s) before it was paid (%s)", clockText(then.FinishedAt), clockText(first.FinishedAt))
	}
	return nil
}

func clockText(t time.Time) string { return t.In(bizdate.Zone).Format(time.DateTime) }

func contradicts(field, value, format string, args ...any) error {
	e := fault.New("payout.Judge", fault.Conflict, format, args...)
	e.Field, e.Value = field, value
	return e
}

// Postings books a move of a payout, on a clearing date whose book is open. Money
// that did not arrive is owed to the merchant again.
func Postings(p Payout, to State, d bizdate.Date, at time.Time) []ledger.Entry {
	var kinds []ledger.Kind
	switch {
	case to == Paid:
		kinds = []ledger.Kind{ledger.PaidOut}
	case to == Failed:
		kinds = []ledger.Kind{ledger.Unpaid}
	case to == Returned && p.State == Paid:
		kinds = []ledger.Kind{ledger.Returned, ledger.Unpaid}
	case to == Returned:
		kinds = []ledger.Kind{ledger.PaidOut, ledger.Returned, ledger.Unpaid}
	case to == Instructed && p.Replaces != "":
		kinds = []ledger.Kind{ledger.PaidAgain}
	}
	entries := make([]ledger.Entry, len(kinds))
	for i, kind := range kinds {
		entries[i] = ledger.Post(kind, ledger.Fact{Ref: p.No, MerchantNo: p.MerchantNo, Date: d, At: at, Amount: p.Amount})
	}
	return entries
}
