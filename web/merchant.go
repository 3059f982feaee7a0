package web

import (
	"context"
	"net/http"
	"slices"

	"juma/acquiring"
	"juma/acquiring/channel"
	"juma/clearing"
	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/internal/money"
	"juma/merchants"
)

const (
	// daySumPage and daySumLimit bound what summing up two days may read.
	daySumPage, daySumLimit = 500, 20_000
	// maxSlips is how many settlement slips the first page lists.
	maxSlips = 31
)

// merchantPage is what merchant.html shows.
type merchantPage struct {
	Merchant  merchants.Merchant
	Today     daySum
	Yesterday daySum
	Partial   bool // more payments than are summed up on a page
	Payments  []acquiring.Payment
	Pager     keyset
	Slips     []clearing.Settlement
}

// daySum is what a merchant took on one calendar day.
type daySum struct {
	Date     bizdate.Date
	Count    int
	Gross    money.Fen
	Refunded money.Fen // of the payments of that day, given back since or on its way
	Wallets  []walletSum
}

type walletSum struct {
	Wallet channel.Wallet
	clearing.Sum
}

// Net is what is left after refunds, before fees.
func (d daySum) Net() money.Fen { return d.Gross - d.Refunded }

// merchantHome shows a merchant its own day, payments and settlement slips.
func (s *Server) merchantHome(ctx context.Context, r *request) (response, error) {
	no, err := ownMerchant(r)
	if err != nil {
		return response{}, err
	}
	page := merchantPage{}
	if page.Merchant, err = s.cfg.Merchants.Merchant(ctx, no); err != nil {
		return response{}, err
	}
	if err := s.fillDays(ctx, no, &page); err != nil {
		return response{}, err
	}
	if err := s.fillPayments(ctx, r, no, &page); err != nil {
		return response{}, err
	}
	slips, err := s.cfg.Clearing.SettlementsOf(ctx, no)
	if err != nil {
		return response{}, err
	}
	page.Slips = slips[:min(len(slips), maxSlips)]
	return s.page(r, "merchant", http.StatusOK, page), nil
}

// fillPayments reads one page of payments, and one more to know whether there
// are older ones.
func (s *Server) fillPayments(ctx context.Context, r *request, no string, page *merchantPage) error {
	rows := r.rows()
	payments, err := s.cfg.Payments.PaymentsOf(ctx, no, r.URL.Query().Get("before"), rows+1)
	if err != nil {
		return err
	}
	older := ""
	if len(payments) > rows {
		payments = payments[:rows]
		older = payments[rows-1].OrderNo
	}
	page.Payments, page.Pager = payments, r.keysetOf("before", older, "payments")
	return nil
}

// errNoMerchant says that a user works for no merchant yet.
var errNoMerchant = fault.New("web.ownMerchant", fault.Forbidden, "the user belongs to no merchant")

// ownMerchant is the merchant that the user works for; a user without one has no
// merchant pages.
func ownMerchant(r *request) (string, error) {
	if r.user.MerchantNo == "" {
		return "", errNoMerchant
	}
	return r.user.MerchantNo, nil
}

// fillDays sums up today and yesterday by walking back through the payments.
func (s *Server) fillDays(ctx context.Context, merchantNo string, page *merchantPage) error {
	today := bizdate.Of(s.cfg.Clock.Now())
	page.Today.Date, page.Yesterday.Date = today, today.AddDays(-1)
	for before, read := "", 0; ; {
		rows, err := s.cfg.Payments.PaymentsOf(ctx, merchantNo, before, daySumPage)
		if err != nil {
			return err
		}
		for _, p := range rows {
			switch bizdate.Of(p.CreatedAt) {
			case today:
				err = page.Today.add(p)
			case page.Yesterday.Date:
				err = page.Yesterday.add(p)
			}
			if err != nil {
				return err
			}
		}
		if read += len(rows); len(rows) < daySumPage || bizdate.Of(rows[len(rows)-1].CreatedAt) < page.Yesterday.Date {
			return nil
		}
		if read >= daySumLimit {
			page.Partial = true
			return nil
		}
		before = rows[len(rows)-1].OrderNo
	}
}

// add counts a payment if it is paid.
func (d *daySum) add(p acquiring.Payment) (err error) {
	if p.State != acquiring.Paid {
		return nil
	}
	if d.Wallets == nil {
		for _, ch := range channel.Wallets {
			d.Wallets = append(d.Wallets, walletSum{Wallet: ch})
		}
	}
	d.Count++
	if d.Gross, err = d.Gross.Add(p.Amount); err != nil {
		return fault.Wrap("web.daySum", fault.Corrupt, err)
	}
	d.Refunded += p.Refunded // never above the amount that was just checked
	for i := range d.Wallets {
		if d.Wallets[i].Wallet == p.Wallet {
			d.Wallets[i].Count++
			d.Wallets[i].Amount += p.Amount
		}
	}
	return nil
}

// slipPage is what slip.html shows.
type slipPage struct {
	Merchant merchants.Merchant
	Batch    clearing.Batch
	Slip     clearing.Settlement
	Adjust   money.Fen
}

// merchantSlip explains one settlement: paid − refunds − fees = received.
func (s *Server) merchantSlip(ctx context.Context, r *request) (response, error) {
	page, err := s.ownSlip(ctx, r)
	if err != nil {
		return response{}, err
	}
	return s.page(r, "slip", http.StatusOK, page), nil
}

// ownSlip is the user's merchant's settlement of the date in the path.
func (s *Server) ownSlip(ctx context.Context, r *request) (slipPage, error) {
	no, err := ownMerchant(r)
	if err != nil {
		return slipPage{}, err
	}
	d, err := pathDate(r)
	if err != nil {
		return slipPage{}, err
	}
	slips, err := s.cfg.Clearing.SettlementsOf(ctx, no)
	if err != nil {
		return slipPage{}, err
	}
	i := slices.IndexFunc(slips, func(c clearing.Settlement) bool { return c.Date == d })
	if i < 0 {
		return slipPage{}, fault.New("web.ownSlip", fault.NotFound, "merchant %s has no settlement on %s", no, d)
	}
	page := slipPage{Slip: slips[i], Adjust: slips[i].ErrAmt + slips[i].ErrFeeBack + slips[i].OtherAmt}
	if page.Batch, err = s.cfg.Clearing.Batch(ctx, d); err != nil {
		return slipPage{}, err
	}
	page.Merchant, err = s.cfg.Merchants.Merchant(ctx, no)
	return page, err
}
