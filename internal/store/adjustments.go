package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"juma/clearing"
	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/internal/ledger"
	"juma/internal/money"
)

var adjustments = table[clearing.Adjustment]{"adjustments", func(a *clearing.Adjustment) []field {
	return []field{
		{"id", &a.ID},
		{"item_id", &a.ItemID},
		{"proposal_id", &a.ProposalID},
		{"merchant_no", &a.MerchantNo},
		{"channel", &a.Channel},
		{"kind", &a.Kind},
		{"line_kind", &a.LineKind},
		{"order_no", &a.OrderNo},
		{"amount_fen", &a.Amount},
		{"fee_fen", &a.Fee},
		{"cost_fen", &a.Cost},
		{"reason", text(&a.Reason)},
		{"dispute_code", &a.Code},
		{"reason_code", &a.ReasonCode},
		{"trace", &a.Trace},
		{"opened_at", at(&a.OpenedAt)},
		{"effective_date", &a.EffectiveDate},
		{"settled_on", &a.SettledOn},
		{"created_at", at(&a.CreatedAt)},
	}
}}

// PendingAdjustments lists adjustments that no batch has, up to an effective date.
func (s clearingStore) PendingAdjustments(ctx context.Context, d bizdate.Date) ([]clearing.Adjustment, error) {
	c := s.reader(ctx)
	return adjustments.list(c, "store.PendingAdjustments", c.from(adjustments.name).
		Where("settled_on = 0 AND effective_date <= ?", d).Order("merchant_no, id"))
}

// SettledAdjustments lists the adjustments of a batch.
func (s clearingStore) SettledAdjustments(ctx context.Context, d bizdate.Date) ([]clearing.Adjustment, error) {
	c := s.reader(ctx)
	return adjustments.list(c, "store.SettledAdjustments", c.from(adjustments.name).Where("settled_on = ?", d).Order("merchant_no, id"))
}

// SettleAdjustments puts adjustments into their batch. Fault kind Conflict: one is
// in a batch already.
func (c clearingTx) SettleAdjustments(all []clearing.Adjustment) error {
	const op = "store.SettleAdjustments"
	for _, part := range chunks(all, settleChunk) {
		ids := make([]string, len(part))
		for i, a := range part {
			ids[i] = a.ID
		}
		n, err := c.exec(op, "UPDATE adjustments SET settled_on = ? WHERE id IN ? AND settled_on = 0", part[0].SettledOn, ids)
		if err == nil && n != len(part) {
			err = &fault.Error{Op: op, Kind: fault.Conflict, Field: "id", Value: part[0].ID + " …",
				Msg: "of these adjustments some are in a batch already; read them again"}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// InsertAdjustment stores an adjustment with its postings; Conflict with Field
// "proposal_id" when its approval has given one already.
func (c *conn) InsertAdjustment(a clearing.Adjustment) error {
	if err := adjustments.insert(c, "store.InsertAdjustment", a); err != nil {
		return err
	}
	return c.PostAll(a.Entries(a.CreatedAt))
}

// bookedAdjustment is what the book has on merchants' accounts for an adjustment.
type bookedAdjustment struct {
	ID                   string
	MerchantNo           string
	Amount, Fee          money.Fen
	BookedAmt, BookedFee money.Fen
}

// adjustmentsInBook reads adjustments, each with what the book has for it on its
// merchant's account.
func (c *conn) adjustmentsInBook(op, where string, args ...any) ([]bookedAdjustment, error) {
	booked := func(kind ledger.Kind) string {
		return fmt.Sprintf("(SELECT COALESCE(SUM(l.credit_fen) - SUM(l.debit_fen), 0) FROM ledger_entries e JOIN ledger_lines l ON l.entry_id = e.id"+
			" WHERE e.kind = '%s' AND e.ref = a.id AND l.account = CONCAT('%s', a.merchant_no))", kind, payable)
	}
	query := "a.id, a.merchant_no, a.amount_fen, a.fee_fen, " + booked(ledger.Adjusted) + " AS amt, " + booked(ledger.AdjustedFee) + " AS fee"
	return scanAll(c, op, c.from("adjustments a").Select(query).Where(where, args...).Order("a.id"), func(b *bookedAdjustment) []field {
		return []field{{"id", &b.ID}, {"merchant_no", &b.MerchantNo}, {"amount_fen", &b.Amount}, {"fee_fen", &b.Fee}, {"amt", &b.BookedAmt}, {"fee", &b.BookedFee}}
	})
}

// bookedAdjustments adds to totals what the book has for the adjustments of a batch.
func (c *conn) bookedAdjustments(d bizdate.Date, totals map[string]clearing.LedgerTotals) error {
	all, err := c.adjustmentsInBook("store.LedgerTotals", "a.settled_on = ?", d)
	for _, a := range all {
		t := totals[a.MerchantNo]
		t.Adjusted += a.BookedAmt + a.BookedFee
		totals[a.MerchantNo] = t
	}
	return err
}

// adjustedDay compares a merchant's part of a batch with its adjustments.
type adjustedDay struct {
	Date       bizdate.Date
	MerchantNo string
	Count      int
	Err        money.Fen
	ErrFee     money.Fen
	Other      money.Fen
}

func adjustedDayFields(d *adjustedDay) []field {
	return []field{{"date", &d.Date}, {"merchant_no", &d.MerchantNo}, {"count", &d.Count}, {"err", &d.Err}, {"err_fee", &d.ErrFee}, {"other", &d.Other}}
}

// VerifyAdjustments proves that the book has each adjustment once and whole, and
// that each settlement's figures are those of the adjustments that it has. wrong
// names the first that differs, "" when none does.
func (s *Store) VerifyAdjustments(ctx context.Context) (n int, wrong string, err error) {
	const op = "store.VerifyAdjustments"
	c := s.reader(ctx)
	all, err := c.adjustmentsInBook(op, "1 = 1")
	if err != nil {
		return 0, "", err
	}
	for _, a := range all {
		if a.Amount != a.BookedAmt || a.Fee != a.BookedFee {
			return len(all), fmt.Sprintf("adjustment %s is %s and %s of fee, the book has %s and %s", a.ID, a.Amount.Yuan(), a.Fee.Yuan(), a.BookedAmt.Yuan(), a.BookedFee.Yuan()), nil
		}
	}
	dispute := func(column string) string {
		return "COALESCE(SUM(CASE WHEN kind = '" + string(clearing.DisputeSettled) + "' THEN " + column + " ELSE 0 END), 0)"
	}
	rows, err := scanAll(c, op, c.from("adjustments").Where("settled_on > 0").Group("settled_on, merchant_no").
		Select("settled_on, merchant_no, "+dispute("1")+", "+dispute("amount_fen")+", "+dispute("fee_fen")+", SUM(amount_fen) + SUM(fee_fen) - "+dispute("amount_fen + fee_fen")), adjustedDayFields)
	if err != nil {
		return 0, "", err
	}
	said, err := scanAll(c, op, c.from(settlements.name).Where("err_count <> 0 OR err_fen <> 0 OR err_fee_back_fen <> 0 OR other_fen <> 0").
		Select("clearing_date, merchant_no, err_count, err_fen, err_fee_back_fen, other_fen"), adjustedDayFields)
	return len(all), firstDiffering(rows, said), err
}

// firstDiffering says where two lists of days differ; "" when they do not.
func firstDiffering(has, said []adjustedDay) string {
	zero := func(d adjustedDay) bool { return d == adjustedDay{Date: d.Date, MerchantNo: d.MerchantNo} }
	has = slices.DeleteFunc(has, zero)
	for _, pair := range []struct {
		some, others []adjustedDay
		word         string
	}{{has, said, "the adjustments settled on"}, {said, has, "the settlement of"}} {
		for _, d := range pair.some {
			if !slices.Contains(pair.others, d) {
				return strings.Join([]string{pair.word, d.Date.String(), "with merchant", d.MerchantNo, "differ from the other side:",
					fmt.Sprintf("%d disputes of %s with fees of %s, other money %s", d.Count, d.Err.Yuan(), d.ErrFee.Yuan(), d.Other.Yuan())}, " ")
			}
		}
	}
	return ""
}
