// Package bill is a merchant's own statement (对账单) of a day or a month: what
// was settled, row by row and day by day, as a table for people and their
// spreadsheets. It is pure: a Repository gives it what has settled, and it writes
// to what it is given. A payer stands nowhere in it (T/PCAC 0001-2023: what
// merchants get for reconciliation is de-identified).
//
// Of every day: paid − refunds − fees ± adjustments = net, and what is credited
// follows from the net; the rows of a day add up to its paid, refunds and fees.
package bill

import (
	"context"
	"fmt"
	"iter"
	"time"

	"juma/acquiring/channel"
	"juma/clearing"
	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/internal/money"
)

// Months is how far back a merchant finds its statements: the law wants three
// years (promises §1.2).
const Months = 36

// Row is one settled payment or refund.
type Row struct {
	Date       bizdate.Date     // clearing date of the batch that it settled in
	Time       time.Time        // when it succeeded
	Kind       channel.LineKind // payment or refund
	OrderNo    string           // payment order number, or refund number
	Origin     string           // of a refund: the payment's order number
	Wallet     channel.Wallet
	ChannelNo  string // the wallet's number
	Store      string // name
	TerminalNo string
	Amount     money.Fen // always positive
	Fee        money.Fen // on a refund: the fee given back
}

// Signed is what the row adds to what the merchant gets, before fees: a refund
// takes away.
func (r Row) Signed() money.Fen {
	if r.Kind == channel.RefundLine {
		return -r.Amount
	}
	return r.Amount
}

// Cost is the fee as it is taken: negative when a refund gives it back.
func (r Row) Cost() money.Fen {
	if r.Kind == channel.RefundLine {
		return -r.Fee
	}
	return r.Fee
}

// Net is what is left of the row.
func (r Row) Net() money.Fen { return r.Signed() - r.Cost() }

// Day is one day's settlement.
type Day struct{ clearing.Settlement }

// Adjust is all that corrections add to or take from the day.
func (d Day) Adjust() money.Fen { return d.ErrAmt + d.ErrFeeBack + d.OtherAmt }

// CarriedForward is what other days' settlements change in this one: what is put
// off to later ones or taken over from earlier. Net + CarriedForward = Credited.
func (d Day) CarriedForward() money.Fen { return d.Credited - d.Net() }

// Repository reads what has settled.
type Repository interface {
	// BillDays lists a merchant's settlements of clearing dates from and to
	// (inclusive), by date.
	BillDays(ctx context.Context, merchantNo string, from, to bizdate.Date) ([]clearing.Settlement, error)
	// BillRows lists a merchant's settled payments, or refunds, of one clearing date
	// by order number, at most limit of them behind after.
	BillRows(ctx context.Context, merchantNo string, d bizdate.Date, kind channel.LineKind, after string, limit int) ([]Row, error)
}

// Bill is a merchant's statement of a period.
type Bill struct {
	MerchantNo string
	Period     Period
	Days       []Day
	rows       func(Day, channel.LineKind) iter.Seq2[Row, error]
}

// page is how many rows are read at once.
const page = 1_000

// Of reads a merchant's statement. Its rows are read when they are written, a
// page at a time.
func Of(ctx context.Context, repo Repository, merchantNo string, p Period) (Bill, error) {
	days, err := repo.BillDays(ctx, merchantNo, p.From, p.To)
	if err != nil {
		return Bill{}, err
	}
	if len(days) == 0 {
		return Bill{}, fault.New("bill.Of", fault.NotFound, "merchant %s has no settlement in %s", merchantNo, p)
	}
	b := Bill{MerchantNo: merchantNo, Period: p}
	for _, s := range days {
		b.Days = append(b.Days, Day{s})
	}
	b.rows = func(d Day, kind channel.LineKind) iter.Seq2[Row, error] {
		return func(yield func(Row, error) bool) {
			for after := ""; ; {
				rows, err := repo.BillRows(ctx, merchantNo, d.Date, kind, after, page)
				if err != nil {
					yield(Row{}, err)
					return
				}
				for _, r := range rows {
					if !yield(r, nil) {
						return
					}
					after = r.OrderNo
				}
				if len(rows) < page {
					return
				}
			}
		}
	}
	return b, nil
}

// Count is how many rows the statement has.
func (b Bill) Count() int {
	n := 0
	for _, d := range b.Days {
		n += d.Settlement.Rows
	}
	return n
}

// Rows are the statement's rows: of each day its payments, then its refunds. A
// day whose rows do not add up to its settlement is fault kind Corrupt: a
// statement that does not balance is not given out as if it did.
func (b Bill) Rows() iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		for _, d := range b.Days {
			var n int
			var sum clearing.Settlement
			for _, kind := range []channel.LineKind{channel.PaymentLine, channel.RefundLine} {
				for r, err := range b.rows(d, kind) {
					if !yield(r, err) || err != nil {
						return
					}
					n++
					sum.Gross += max(0, r.Signed())
					sum.Refund += max(0, -r.Signed())
					sum.Fee += r.Cost()
				}
			}
			if n != d.Settlement.Rows || sum.Gross != d.Gross || sum.Refund != d.Refund || sum.Fee != d.Fee {
				yield(Row{}, fault.New("bill.Rows", fault.Corrupt, "the rows of %s add up to %d items, paid %d, refunds %d, fees %d fen; its settlement says %d, %d, %d, %d",
					d.Date, n, sum.Gross, sum.Refund, sum.Fee, d.Settlement.Rows, d.Gross, d.Refund, d.Fee))
				return
			}
		}
	}
}

// Period is a day or a month of clearing dates.
type Period struct {
	From, To bizdate.Date // inclusive
}

// ParsePeriod reads "2026-03" or "2026-03-10". Errors are of kind Invalid.
func ParsePeriod(s string) (Period, error) {
	if d, err := bizdate.Parse(s); err == nil {
		return Period{d, d}, nil
	}
	if d, err := bizdate.Parse(s + "-01"); err == nil && len(s) == len("2026-03") {
		return MonthOf(d), nil
	}
	return Period{}, fault.Field("bill.ParsePeriod", "period", s, "is no day and no month; write 2026-03-10 or 2026-03")
}

// MonthOf is the month that a date lies in.
func MonthOf(d bizdate.Date) Period {
	return Period{bizdate.New(d.Year(), d.Month(), 1), bizdate.New(d.Year(), d.Month()+1, 0)}
}

// Back is the month n months before this one.
func (p Period) Back(n int) Period {
	return MonthOf(bizdate.New(p.From.Year(), p.From.Month()-n, 1))
}

// String writes the period as ParsePeriod reads it.
func (p Period) String() string {
	if p.From == p.To {
		return p.From.String()
	}
	return fmt.Sprintf("%04d-%02d", p.From.Year(), p.From.Month())
}
