package channeltest

import (
	"testing"
	"time"

	"juma/acquiring/channel"
	"juma/acquiring/sandbox"
	"juma/internal/money"
)

// What the planted faults show in place of the truth.
const (
	plantedAmount money.Fen = 6_543
	extraAmount   money.Fen = 4_242
)

// rowFaults is one planted fault of each kind, by the order it was planted on.
type rowFaults struct {
	missing, amount, payer, fee, moved, twice, extra channel.PrepayRequest
	failed                                           channel.RefundRequest // RowState only
	truePayer                                        string
	planted                                          map[string]bool
}

// touches tells whether a fault was planted on an order or refund number.
func (p *rowFaults) touches(number string) bool { return p.planted[number] }

// plantRowFaults pays one order for each kind of statement fault.
func (s *suite) plantRowFaults(t testing.TB) *rowFaults {
	t.Helper()
	p := &rowFaults{planted: map[string]bool{}}
	for _, f := range []struct {
		order *channel.PrepayRequest
		fault sandbox.Fault
	}{
		{&p.missing, sandbox.Fault{Kind: sandbox.RowMissing}},
		{&p.amount, sandbox.Fault{Kind: sandbox.RowAmount, AmountFen: int64(plantedAmount)}},
		{&p.payer, sandbox.Fault{Kind: sandbox.RowPayer}},
		{&p.fee, sandbox.Fault{Kind: sandbox.RowFee}},
		{&p.moved, sandbox.Fault{Kind: sandbox.RowDay, Date: day.AddDays(1).String()}},
		{&p.twice, sandbox.Fault{Kind: sandbox.RowDuplicate}},
	} {
		*f.order, _ = s.paid(t, 7_700)
		if f.fault.Kind == sandbox.RowPayer {
			p.truePayer = s.query(t, *f.order).Payer
		}
		f.fault.OutTradeNo = f.order.OrderNo
		s.fault(t, f.fault)
		p.planted[f.order.OrderNo] = true
		s.pass(time.Second)
	}
	p.extra = s.order(channel.Payer{}, extraAmount)
	p.planted[p.extra.OrderNo] = true
	s.fault(t, sandbox.Fault{
		Kind: sandbox.RowExtra, OutTradeNo: p.extra.OrderNo, AmountFen: int64(extraAmount), MerchantID: s.MerchantID,
		Date: day.String(), Time: day.Start().Add(12 * time.Hour).Format(time.RFC3339),
	})
	if s.Traits.RowState {
		order, _ := s.paid(t, 7_700)
		p.failed = s.refundOf(order, 700)
		s.refund(t, p.failed)
		s.fault(t, sandbox.Fault{Kind: sandbox.RowState, OutTradeNo: p.failed.RefundNo})
		p.planted[p.failed.RefundNo] = true
	}
	s.drain()
	return p
}

// check looks for each planted fault in the day's statement.
func (p *rowFaults) check(t testing.TB, s *suite, lines []channel.StatementLine) {
	t.Helper()
	rows := rowsOf(lines)
	one := func(what, number string) channel.StatementLine {
		t.Helper()
		if n := len(rows[number]); n != 1 {
			t.Errorf("%s %s: %d rows, want one", what, number, n)
			return channel.StatementLine{}
		}
		return rows[number][0]
	}
	for what, number := range map[string]string{sandbox.RowMissing: p.missing.OrderNo, sandbox.RowDay: p.moved.OrderNo} {
		if n := len(rows[number]); n != 0 {
			t.Errorf("%s %s: %d rows, want none", what, number, n)
		}
	}
	if l := one(sandbox.RowAmount, p.amount.OrderNo); l.Amount != plantedAmount {
		t.Errorf("row_amount: %d fen, want %d", l.Amount, plantedAmount)
	}
	if l := one(sandbox.RowPayer, p.payer.OrderNo); l.Payer == "" || l.Payer == p.truePayer {
		t.Errorf("row_payer: payer %q, want another than the true %q", l.Payer, p.truePayer)
	}
	if l := one(sandbox.RowFee, p.fee.OrderNo); l.Fee == s.fee(t, p.fee.Amount) || l.Amount != p.fee.Amount {
		t.Errorf("row_fee: fee %d of %d fen, want another fee of %d", l.Fee, l.Amount, p.fee.Amount)
	}
	if n := len(rows[p.twice.OrderNo]); n != 2 {
		t.Errorf("row_duplicate: %d rows, want two", n)
	}
	if l := one(sandbox.RowExtra, p.extra.OrderNo); l.Amount != extraAmount || l.MerchantID != s.MerchantID {
		t.Errorf("row_extra: %d fen of merchant %q, want %d of %s", l.Amount, l.MerchantID, extraAmount, s.MerchantID)
	}
	if s.Traits.RowState {
		if l := one(sandbox.RowState, p.failed.RefundNo); l.Final || l.State == "" {
			t.Errorf("row_state: final %v, state %q; want a refund that is not final", l.Final, l.State)
		}
	}
}

// checkNextDay looks for the row that was moved: under the other date, with the
// time at which it really happened.
func (p *rowFaults) checkNextDay(t testing.TB, lines []channel.StatementLine) {
	t.Helper()
	rows := rowsOf(lines)[p.moved.OrderNo]
	if len(rows) != 1 {
		t.Errorf("row_day: %d rows on the other day, want one", len(rows))
		return
	}
	l := rows[0]
	if l.Date != day.AddDays(1) || l.Amount != p.moved.Amount || l.Time.Sub(p.moved.CreatedAt).Abs() > time.Minute {
		t.Errorf("row_day: date %s, %d fen, time %s; want %s, %d and %s", l.Date, l.Amount, l.Time, day.AddDays(1), p.moved.Amount, p.moved.CreatedAt)
	}
}

func rowsOf(lines []channel.StatementLine) map[string][]channel.StatementLine {
	rows := map[string][]channel.StatementLine{}
	for _, l := range lines {
		rows[l.OrderNo] = append(rows[l.OrderNo], l)
	}
	return rows
}
