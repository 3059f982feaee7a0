package web

import (
	"bytes"
	"context"

	"juma/clearing"
	"juma/internal/bizdate"
	"juma/internal/money"
	"juma/qrcode/render"
)

// merchantSlipPDF is the settlement as a slip to print and sign (签购单 style), in
// the language of the page.
func (s *Server) merchantSlipPDF(ctx context.Context, r *request) (response, error) {
	page, err := s.ownSlip(ctx, r)
	if err != nil {
		return response{}, err
	}
	var b bytes.Buffer
	if err := render.Slip(&b, page.print(r.lang)); err != nil {
		return response{}, err
	}
	name := "settlement-" + page.Merchant.No + "-" + page.Slip.Date.String() + ".pdf"
	return response{contentType: "application/pdf", body: b.Bytes()}.with("Content-Disposition", attachment(name)), nil
}

// print says what stands on the slip. What is zero and unusual is left out, as on
// the page.
func (p slipPage) print(l lang) render.SlipText {
	slip := render.SlipText{Title: l.text("slip.heading"), Sign: l.text("slip.signature"), Foot: l.text("slip.copy")}
	text := func(key, value string) {
		slip.Head = append(slip.Head, render.SlipRow{Label: l.text(key), Value: value})
	}
	text("slip.merchant", p.Merchant.Name)
	text("slip.merchant_no", p.Merchant.No)
	text("slip.clearing_date", p.Slip.Date.String())
	text("slip.settlement_date", p.Due().String())
	text("slip.rows", showCount(p.Slip.Rows))
	amount := func(key string, shown string) {
		slip.Body = append(slip.Body, render.SlipRow{Label: l.text(key), Value: shown})
	}
	unless0 := func(key string, show func(money.Fen) string, f money.Fen) {
		if f != 0 {
			amount(key, show(f))
		}
	}
	amount("slip.paid", p.Slip.Gross.String())
	amount("slip.refund", showMinus(p.Slip.Refund))
	amount("slip.fee", showMinus(p.Slip.Fee))
	unless0("slip.adjust", showPlus, p.Adjust)
	amount("slip.net", p.Slip.Net().String())
	unless0(p.SuspendedKey(), showMinus, p.Slip.Suspended)
	unless0("slip.released", showPlus, p.Slip.Released)
	unless0("slip.replenished", showPlus, p.Slip.Replenished)
	slip.Total = render.SlipRow{Label: l.text("slip.received"), Value: p.Slip.Credited.String()}
	return slip
}

// Due is the merchant's own settlement date; slips of before there were terms have the
// batch's.
func (p slipPage) Due() bizdate.Date {
	if p.Slip.SettlementDate != 0 {
		return p.Slip.SettlementDate
	}
	return p.Batch.SettlementDate
}

// SuspendedKey names why an amount is not paid: the day is negative, the sum is below the
// minimum, or the merchant is on hold.
func (p slipPage) SuspendedKey() string {
	switch p.Slip.Withheld {
	case clearing.BelowMinimum:
		return string(textKey("slip.below_minimum"))
	case clearing.OnHold:
		return string(textKey("slip.on_hold"))
	}
	return string(textKey("slip.suspended"))
}
