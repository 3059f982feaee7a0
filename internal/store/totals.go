package store

import (
	"context"
	"math"
	"strings"

	"juma/acquiring"
	"juma/acquiring/channel"
	"juma/clearing"
	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/internal/ledger"
	"juma/internal/money"
)

// booked is what the book has on a merchant's account for one posting rule.
type booked struct {
	Account       string
	Kind          ledger.Kind
	Debit, Credit money.Fen
}

// payable is what the accounts that we owe merchants on begin with.
var payable = string(ledger.MerchantPayable(""))

// LedgerTotals asks the book about the items of a batch: for each item the
// entries of its order, and of those the lines on the merchant's account. The
// amounts of the items themselves are not looked at.
func (s clearingStore) LedgerTotals(ctx context.Context, d bizdate.Date) (map[string]clearing.LedgerTotals, error) {
	c := s.reader(ctx)
	paid, err := c.bookedFor(d, channel.PaymentLine, ledger.Paid, ledger.Fee)
	if err != nil {
		return nil, err
	}
	refunded, err := c.bookedFor(d, channel.RefundLine, ledger.Refunded, ledger.FeeBack)
	if err != nil {
		return nil, err
	}
	totals := map[string]clearing.LedgerTotals{}
	for _, b := range append(paid, refunded...) {
		merchantNo := strings.TrimPrefix(b.Account, payable)
		t := totals[merchantNo]
		switch b.Kind {
		case ledger.Paid:
			t.Gross += b.Credit - b.Debit
		case ledger.Refunded:
			t.Refund += b.Debit - b.Credit
		case ledger.Fee, ledger.FeeBack:
			t.Fee += b.Debit - b.Credit
		}
		totals[merchantNo] = t
	}
	return totals, c.bookedAdjustments(d, totals)
}

// bookedFor sums the lines on merchants' accounts of the entries of the given
// rules whose orders are items of the kind in the batch.
func (c *conn) bookedFor(d bizdate.Date, kind channel.LineKind, rules ...ledger.Kind) ([]booked, error) {
	return scanAll(c, "store.LedgerTotals", c.from("clearing_items i").
		Joins("JOIN ledger_entries e ON e.ref = i.order_no AND e.kind IN ?", rules).
		Joins("JOIN ledger_lines l ON l.entry_id = e.id").
		Where("i.settled_on = ? AND i.state = ? AND i.kind = ? AND SUBSTR(l.account, 1, ?) = ?", d, clearing.Settled, kind, len(payable), payable).
		Group("l.account, e.kind").
		Select("l.account, e.kind, SUM(l.debit_fen), SUM(l.credit_fen)"),
		func(b *booked) []field {
			return []field{{"account", &b.Account}, {"kind", &b.Kind}, {"debit", &b.Debit}, {"credit", &b.Credit}}
		})
}

// channelSum is a count and an amount of a channel.
type channelSum struct {
	Channel channel.Name
	clearing.Sum
}

func channelSumFields(s *channelSum) []field {
	return []field{{"channel", &s.Channel}, {"count", &s.Count}, {"amount", &s.Amount}}
}

func sumFields(s *clearing.Sum) []field {
	return []field{{"count", &s.Count}, {"amount", &s.Amount}}
}

// Totals sums up what the books call successful.
func (s clearingStore) Totals(ctx context.Context) (clearing.Totals, error) {
	const op = "store.Totals"
	c := s.reader(ctx)
	t := clearing.Totals{Paid: map[channel.Name]clearing.Sum{}}
	for _, ch := range channel.Names {
		t.Paid[ch] = clearing.Sum{}
	}
	paid, err := scanAll(c, op, c.from(payments.name).Select("channel, COUNT(*), SUM(amount_fen)").
		Where("state = ?", acquiring.Paid).Group("channel"), channelSumFields)
	if err != nil {
		return t, err
	}
	for _, p := range paid {
		t.Paid[p.Channel] = p.Sum
	}
	if t.Refunds, err = c.sum(op, "SELECT COUNT(*), COALESCE(SUM(amount_fen), 0) FROM refunds WHERE state = ?", acquiring.RefundSucceeded); err != nil {
		return t, err
	}
	if t.Notices, err = c.noticeTotals(op); err != nil {
		return t, err
	}
	book, err := scanAll(c, op, c.from(lines.name).Select("COALESCE(SUM(debit_fen), 0), COALESCE(SUM(credit_fen), 0)"),
		func(b *booked) []field { return []field{{"debit", &b.Debit}, {"credit", &b.Credit}} })
	if err != nil {
		return t, err
	}
	t.Debit, t.Credit = book[0].Debit, book[0].Credit
	return t, nil
}

// noticeTotals: what came in is every delivery and every forgery.
func (c *conn) noticeTotals(op string) (clearing.NoticeTotals, error) {
	genuine, err := c.sum(op, "SELECT COUNT(*), COALESCE(SUM(deliveries), 0) FROM notices")
	if err != nil {
		return clearing.NoticeTotals{}, err
	}
	forged, err := c.sum(op, "SELECT COUNT(*), 0 FROM forgeries")
	deliveries := int(genuine.Amount)
	return clearing.NoticeTotals{
		Received:      deliveries + forged.Count,
		Duplicates:    deliveries - genuine.Count,
		ForgedRefused: forged.Count,
	}, err
}

// sum reads a count and a sum.
func (c *conn) sum(op, query string, args ...any) (clearing.Sum, error) {
	sums, err := scanAll(c, op, c.db.Raw(query, args...), sumFields)
	if err != nil {
		return clearing.Sum{}, err
	}
	return sums[0], nil
}

// What no batch has, and is of a clearing date up to (or after) a date.
const (
	unsettledPayments = "SELECT COUNT(*), COALESCE(SUM(t.amount_fen), 0) FROM payments t WHERE t.state = 'paid' AND t.clearing_date %s ? AND t.created_at <= ?" +
		" AND NOT EXISTS (SELECT 1 FROM clearing_items i WHERE i.order_no = t.order_no AND i.kind = 'payment' AND i.state = 'settled' AND i.settled_on <= ?)"
	unsettledRefunds = "SELECT COUNT(*), COALESCE(SUM(t.amount_fen), 0) FROM refunds t WHERE t.state = 'succeeded' AND t.second_no = '' AND t.clearing_date %s ? AND t.created_at <= ?" +
		" AND NOT EXISTS (SELECT 1 FROM clearing_items i WHERE i.order_no = t.refund_no AND i.kind = 'refund' AND i.state = 'settled' AND i.settled_on <= ?)"
)

// Unsettled sums what is final and in no batch, by clearing date up to d and
// after d. Of a date with a batch it is what was so when the batch was made:
// later payments do not count, and what later batches settled still does.
func (s clearingStore) Unsettled(ctx context.Context, d bizdate.Date) (held, nextDay, refundsHeld, refundsNextDay clearing.Sum, err error) {
	const op = "store.Unsettled"
	until, settledBy := int64(math.MaxInt64), bizdate.Date(math.MaxInt32)
	batch, err := s.Batch(ctx, d)
	switch {
	case err == nil:
		until, settledBy = micros(batch.SettledAt), d
	case !fault.Is(err, fault.NotFound):
		return
	}
	c := s.reader(ctx)
	for _, part := range []struct {
		into  *clearing.Sum
		query string
		when  string
	}{
		{&held, unsettledPayments, "<="},
		{&nextDay, unsettledPayments, ">"},
		{&refundsHeld, unsettledRefunds, "<="},
		{&refundsNextDay, unsettledRefunds, ">"},
	} {
		if *part.into, err = c.sum(op, strings.Replace(part.query, "%s", part.when, 1), d, until, settledBy); err != nil {
			return
		}
	}
	return
}
