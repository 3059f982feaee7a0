package clearing

import (
	"maps"
	"slices"
	"time"

	"juma/acquiring/channel"
	"juma/clearing/file"
	"juma/internal/bizdate"
	"juma/internal/ledger"
	"juma/internal/money"
)

// AdjustmentKind says in which figures of a settlement an adjustment (调账) counts.
type AdjustmentKind string

// The kinds of adjustments.
const (
	// AmountAdjusted is the difference between what we booked and the amount that
	// was decided on: other money.
	AmountAdjusted AdjustmentKind = "amount"
	// DisputeSettled is a dispute (差错) whose outcome moves money: the err figures, a
	// row of AERRA and one of the merchant's ZME.
	DisputeSettled AdjustmentKind = "dispute"
)

// Adjustment is money that two people have decided to settle with a merchant
// besides its payments. It counts in exactly one batch: the first one of its
// effective date or later. Amount and Fee are as the merchant sees them: positive
// is money for the merchant.
type Adjustment struct {
	ID         string // ULID
	ItemID     string // the difference that it ends
	ProposalID string // what was approved; one approval gives one adjustment
	MerchantNo string
	Channel    channel.Name
	Kind       AdjustmentKind
	LineKind   channel.LineKind // of the payment or refund that it concerns
	OrderNo    string
	Amount     money.Fen
	Fee        money.Fen
	Cost       money.Fen // what the channel charges us for it; negative: gives back
	Reason     string

	// Of a dispute.
	Code       file.DisputeCode
	ReasonCode string
	Trace      int       // ours, unique of the terminal
	OpenedAt   time.Time // the dispute's own time

	EffectiveDate bizdate.Date
	SettledOn     bizdate.Date // clearing date of its batch; 0: in none yet
	CreatedAt     time.Time
}

// Entries are the postings of an adjustment, made once when it is approved. On the
// merchant's account they come to Amount + Fee.
func (a Adjustment) Entries(at time.Time) []ledger.Entry {
	post := func(kind ledger.Kind, amount money.Fen) ledger.Entry {
		return ledger.Post(kind, ledger.Fact{Ref: a.ID, MerchantNo: a.MerchantNo, Channel: string(a.Channel), Date: a.EffectiveDate, At: at, Amount: amount})
	}
	return []ledger.Entry{post(ledger.Adjusted, a.Amount), post(ledger.AdjustedFee, a.Fee), post(ledger.AdjustedCost, a.Cost)}
}

// adjust adds adjustments to a merchant's part of a batch.
func (s *Settlement) adjust(all []Adjustment) {
	for _, a := range all {
		if a.Kind == DisputeSettled {
			s.ErrCount++
			s.ErrAmt += a.Amount
			s.ErrFeeBack += a.Fee
			continue
		}
		s.OtherAmt += a.Amount + a.Fee
	}
}

// Adjusted is what the adjustments came to.
func (s Settlement) Adjusted() money.Fen { return s.ErrAmt + s.ErrFeeBack + s.OtherAmt }

// adjustments are those of the batch by merchant. A merchant that a wallet pays
// itself gets nothing from us, so its adjustments wait.
func (in SettleInput) adjustments() map[string][]Adjustment {
	of := map[string][]Adjustment{}
	for _, a := range in.Adjustments {
		if !in.SettledByWallet[a.MerchantNo] {
			a.SettledOn = in.Date
			of[a.MerchantNo] = append(of[a.MerchantNo], a)
		}
	}
	return of
}

// only settles merchants that have adjustments and nothing else, and those that have
// nothing but what an earlier batch kept and can be paid now.
func (out *SettleOutput) only(in SettleInput, adjustments map[string][]Adjustment) {
	for _, no := range slices.Sorted(maps.Keys(adjustments)) {
		out.Adjustments = append(out.Adjustments, adjustments[no]...)
		if slices.ContainsFunc(out.Settlements, func(s Settlement) bool { return s.MerchantNo == no }) {
			continue
		}
		s := in.settlement(no)
		s.adjust(adjustments[no])
		in.payOut(&s)
		out.Settlements = append(out.Settlements, s)
	}
	for no, carried := range in.Carried {
		if carried <= 0 || in.SettledByWallet[no] || slices.ContainsFunc(out.Settlements, func(s Settlement) bool { return s.MerchantNo == no }) {
			continue
		}
		s := in.settlement(no)
		if in.payOut(&s); s.Credited > 0 {
			out.Settlements = append(out.Settlements, s)
		}
	}
	slices.SortFunc(out.Settlements, func(a, b Settlement) int { return compareKeys(Key{OrderNo: a.MerchantNo}, Key{OrderNo: b.MerchantNo}) })
}
