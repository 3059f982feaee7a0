package alipay

import (
	"crypto/rand"
	"net/http"
	"net/url"
	"time"

	"juma/acquiring/sandbox"
	"juma/internal/bizdate"
	"juma/internal/money"
)

const (
	downloadPath = "/bill/download"
	downloadLife = 30 * time.Second
	// billReady is the time of the next day from which a day's bill is there.
	billReady = 9 * time.Hour
)

// bill is a made bill that can be downloaded for a while.
type bill struct {
	name    string
	zip     []byte
	expires time.Time
}

type billURLAnswer struct {
	success
	URL string `json:"bill_download_url"`
}

// billURL is alipay.data.dataservice.bill.downloadurl.query: the business bill
// (trade) of one day, of all merchants together. A day without rows has no
// bill, and a day whose bill is not made yet answers the same.
func (w *Wallet) billURL(_ url.Values, biz content) outcome {
	day, err := bizdate.Parse(string(biz.BillDate))
	switch {
	case biz.BillType != "trade":
		return outcome{answer: badParam("bill_type", "沙箱只提供 trade")}
	case err != nil:
		return outcome{answer: badParam("bill_date", "yyyy-MM-dd")}
	}
	now := w.core.Clock.Now()
	if now.Before(day.AddDays(1).Start().Add(billReady)) {
		return outcome{answer: errNoBill}
	}
	rows := w.rows(day)
	if len(rows) == 0 {
		return outcome{answer: errNoBill}
	}
	name, zip, err := makeBill(day, rows)
	if err != nil {
		return outcome{answer: failure{Code: "20000", Msg: "Service Currently Unavailable", SubCode: "isp.unknow-error", SubMsg: err.Error()}}
	}
	token := rand.Text()
	w.mu.Lock()
	for t, b := range w.bills {
		if !now.Before(b.expires) {
			delete(w.bills, t)
		}
	}
	w.bills[token] = bill{name: name, zip: zip, expires: now.Add(downloadLife)}
	address := w.base + downloadPath + "?token=" + token
	w.mu.Unlock()
	return outcome{answer: billURLAnswer{success: done, URL: address}}
}

// download serves a bill: a plain GET, unsigned.
func (w *Wallet) download(rw http.ResponseWriter, r *http.Request) {
	now := w.core.Clock.Now()
	w.mu.Lock()
	b, ok := w.bills[r.URL.Query().Get("token")]
	w.mu.Unlock()
	if !ok || !now.Before(b.expires) {
		http.Error(rw, "the address has expired: ask for a new one", http.StatusForbidden)
		return
	}
	rw.Header().Set("Content-Type", "application/octet-stream")
	rw.Header().Set("Content-Disposition", `attachment; filename="`+b.name+`"`)
	rw.Write(b.zip)
}

// row is one line of a bill. Amount and fee have the signs of the bill: a
// refund's amount is negative, a fee that is charged is negative.
type row struct {
	tradeNo, outTradeNo, requestNo     string // requestNo: refunds only
	refund                             bool
	subject, merchant, store, operator string
	terminal, buyer, payer             string // payer: as the bill shows the buyer
	created, done                      time.Time
	amount, fee                        money.Fen
}

// number is what the fault script knows a row by.
func (r row) number() string {
	if r.refund {
		return r.requestNo
	}
	return r.outTradeNo
}

// rows collects a day's lines, disturbed by the fault script.
func (w *Wallet) rows(day bizdate.Date) []row {
	var out []row
	for _, r := range w.allRows() {
		out = append(out, w.disturb(r, day)...)
	}
	for _, f := range w.core.Faults.Extras(sandbox.Alipay, day.String()) {
		out = append(out, extraRow(f, day))
	}
	sortRows(out)
	return out
}

func (w *Wallet) allRows() []row {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []row
	for _, t := range w.trades {
		if t.paid.IsZero() || t.undone() {
			continue
		}
		p := row{tradeNo: t.tradeNo, outTradeNo: t.outTradeNo, subject: t.subject, merchant: t.merchant, store: t.store, operator: t.operator,
			terminal: t.terminal, buyer: t.buyer, payer: logonID(t.buyer), created: t.created, done: t.paid, amount: t.amount, fee: -t.fee}
		out = append(out, p)
		for _, r := range t.refunds {
			b := p
			b.refund, b.requestNo, b.created, b.done, b.amount, b.fee = true, r.requestNo, r.at, r.at, -r.amount, r.feeBack
			out = append(out, b)
		}
	}
	return out
}

// disturb gives what the bill of day shows of a row: nothing, the row, or what
// the script makes of it.
func (w *Wallet) disturb(r row, day bizdate.Date) []row {
	fault := func(kind string) (sandbox.Fault, bool) {
		return w.core.Faults.Row(sandbox.Alipay, kind, r.number())
	}
	on := bizdate.Of(r.done)
	if f, ok := fault(sandbox.RowDay); ok {
		if moved, err := bizdate.Parse(f.Date); err == nil {
			on = moved
		}
	}
	if _, gone := fault(sandbox.RowMissing); gone || on != day {
		return nil
	}
	if f, ok := fault(sandbox.RowAmount); ok {
		r.amount = otherAmount(r.amount, money.Fen(f.AmountFen))
	}
	if _, ok := fault(sandbox.RowFee); ok {
		r.fee-- // one fen more than agreed
	}
	if _, ok := fault(sandbox.RowPayer); ok {
		r.payer = otherLogonID(r.buyer)
	}
	out := []row{r}
	if f, ok := fault(sandbox.RowDuplicate); ok {
		for range f.Times {
			out = append(out, r)
		}
	}
	return out
}

// otherAmount is the scripted amount, or one fen more, with the row's sign.
func otherAmount(amount, scripted money.Fen) money.Fen {
	if scripted == 0 {
		scripted = amount.Abs() + 1
	}
	if amount < 0 {
		return -scripted
	}
	return scripted
}

// extraRow is a payment that nobody made.
func extraRow(f sandbox.Fault, day bizdate.Date) row {
	at, err := time.Parse(time.RFC3339, f.Time)
	if err != nil {
		at = day.Start().Add(12 * time.Hour)
	}
	amount := max(money.Fen(f.AmountFen), minAmount)
	merchant := f.MerchantID
	if merchant == "" {
		merchant = pid
	}
	fee, err := feeOf(amount)
	if err != nil {
		fee = 0 // an amount beyond any order's; the row is extra anyway
	}
	return row{tradeNo: day.Compact() + "22" + sandbox.Digits(18, "alipay trade %s", f.OutTradeNo), outTradeNo: f.OutTradeNo, subject: "扫码消费",
		merchant: merchant, payer: logonID(userID(f.OutTradeNo)), created: at, done: at, amount: amount, fee: -fee}
}
