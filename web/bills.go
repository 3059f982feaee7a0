package web

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"

	"juma/clearing"
	"juma/clearing/bill"
	"juma/clearing/payout"
	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/internal/money"
)

// billsPage is what bills.html shows.
type billsPage struct {
	Months []billMonth // newest first
	Shown  *billMonth  // the month whose days are shown; nil: none
	Since  string      // oldest month that is looked for
}

// billMonth is a month with the days that have a settlement.
type billMonth struct {
	Name   string // "2026-03"
	Days   []billDay
	Totals batchTotals
}

// billDay is a day with where its money is.
type billDay struct {
	bill.Day
	Payout payout.Payout // the latest attempt to pay it; zero: none is made
}

// Carried is what other months' settlements change in this one.
func (m billMonth) Carried() money.Fen { return m.Totals.Credited - m.Totals.Net }

// bills lists the months of three years that have a settlement, and the days of
// one.
func (s *Server) bills(ctx context.Context, r *request) (response, error) {
	no, err := ownMerchant(r)
	if err != nil {
		return response{}, err
	}
	this := bill.MonthOf(bizdate.Of(s.cfg.Clock.Now()))
	oldest := this.Back(bill.Months)
	days, err := s.cfg.Bills.BillDays(ctx, no, oldest.From, this.To)
	if err != nil {
		return response{}, err
	}
	page := billsPage{Since: oldest.String()}
	if page.Months, err = monthsOf(days); err != nil {
		return response{}, err
	}
	want := r.URL.Query().Get("month")
	if want == "" && len(page.Months) > 0 {
		want = page.Months[0].Name
	}
	if i := slices.IndexFunc(page.Months, func(m billMonth) bool { return m.Name == want }); i >= 0 {
		page.Shown = &page.Months[i]
		if err := s.fillArrival(ctx, no, page.Shown.Days); err != nil {
			return response{}, err
		}
	}
	return s.page(r, "bills", http.StatusOK, page), nil
}

// fillArrival finds the latest payout of each day.
func (s *Server) fillArrival(ctx context.Context, merchantNo string, days []billDay) error {
	payouts, err := s.cfg.PayoutRecords.PayoutsOf(ctx, merchantNo)
	if err != nil {
		return err
	}
	for i := range days {
		for _, p := range payouts {
			if p.Date == days[i].Date && p.Attempt >= days[i].Payout.Attempt {
				days[i].Payout = p
			}
		}
	}
	return nil
}

// monthsOf gathers settlements by month, both newest first.
func monthsOf(days []clearing.Settlement) (months []billMonth, err error) {
	for len(days) > 0 {
		month := bill.MonthOf(days[0].Date)
		n := slices.IndexFunc(days, func(d clearing.Settlement) bool { return d.Date > month.To })
		if n < 0 {
			n = len(days)
		}
		m := billMonth{Name: month.String()}
		if m.Totals, err = totalsOf(days[:n]); err != nil {
			return nil, err
		}
		for _, d := range slices.Backward(days[:n]) {
			m.Days = append(m.Days, billDay{Day: bill.Day{Settlement: d}})
		}
		months, days = append(months, m), days[n:]
	}
	slices.Reverse(months)
	return months, nil
}

// ownBill reads the statement that the path names.
func (s *Server) ownBill(ctx context.Context, r *request) (bill.Bill, error) {
	no, err := ownMerchant(r)
	if err != nil {
		return bill.Bill{}, err
	}
	p, err := bill.ParsePeriod(r.param("period"))
	if err != nil {
		return bill.Bill{}, fault.Wrap("web.ownBill", fault.NotFound, err)
	}
	return bill.Of(ctx, s.cfg.Bills, no, p)
}

func (s *Server) billRows(ctx context.Context, r *request) (response, error) {
	b, err := s.ownBill(ctx, r)
	if err != nil {
		return response{}, err
	}
	return billFile(r, b, "rows.csv", "text/csv", func(w io.Writer) error { return b.WriteRows(w, billEncoding(r), r.billWord) }), nil
}

func (s *Server) billDays(ctx context.Context, r *request) (response, error) {
	b, err := s.ownBill(ctx, r)
	if err != nil {
		return response{}, err
	}
	return billFile(r, b, "days.csv", "text/csv", func(w io.Writer) error { return b.WriteDays(w, billEncoding(r), r.billWord) }), nil
}

// billWorkbook refuses what a workbook cannot hold before the answer begins.
func (s *Server) billWorkbook(ctx context.Context, r *request) (response, error) {
	b, err := s.ownBill(ctx, r)
	if err != nil {
		return response{}, err
	}
	if err := b.FitsWorkbook(); err != nil {
		return response{}, err
	}
	return billFile(r, b, "statement.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", func(w io.Writer) error { return b.WriteWorkbook(w, r.billWord) }), nil
}

// billWord are the texts of statements in the reader's language.
func (r *request) billWord(key string) string {
	if wallet, ok := strings.CutPrefix(key, "wallet."); ok {
		return r.lang.text("wallet." + wallet)
	}
	return r.lang.text("bill." + key)
}

// billEncoding is UTF-8, unless an old spreadsheet's GBK is asked for.
func billEncoding(r *request) bill.Encoding {
	if r.URL.Query().Get("encoding") == "gbk" {
		return bill.GBK
	}
	return bill.UTF8
}

func billFile(r *request, b bill.Bill, name, contentType string, write func(io.Writer) error) response {
	if contentType == "text/csv" {
		contentType += map[bill.Encoding]string{bill.UTF8: "; charset=utf-8", bill.GBK: "; charset=gbk"}[billEncoding(r)]
	}
	buffered := func(w io.Writer) error {
		out := bufio.NewWriterSize(w, 64<<10)
		return errors.Join(write(out), out.Flush())
	}
	return response{contentType: contentType, write: buffered}.
		with("Content-Disposition", attachment(b.MerchantNo+"-"+b.Period.String()+"-"+name))
}
