package unionpay

import (
	"cmp"
	"fmt"
	"html/template"
	"net/http"

	"juma/acquiring/sandbox"
)

// payTemplate is the wallet's own payment page: what the consumer sees between
// payUrl and frontUrl, in both languages at once.
var payTemplate = template.Must(template.New("pay").Parse(`<!doctype html>
<html lang="zh-CN">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>云闪付 · UnionPay</title>
<style>body{font:16px/1.6 system-ui,sans-serif;margin:0;padding:2rem 1.5rem;text-align:center}
.amount{font-size:2.5rem;margin:1rem 0}button{font:inherit;width:100%;max-width:20rem;padding:.8rem;border:0;border-radius:.5rem;background:#d7000f;color:#fff}
dl{display:grid;grid-template-columns:auto auto;gap:.2rem 1rem;justify-content:center;color:#555}dd{margin:0}
.sandbox{display:inline-block;margin:0;padding:.1rem .8rem;border:1px solid #b36b00;border-radius:1rem;color:#8a5200;background:#fff7e6}</style></head>
<body>
<h1>云闪付 · UnionPay</h1>
<p class="sandbox" id="sandbox">沙箱，不会真的扣款 · Sandbox, no real money moves</p>
<p class="amount" id="amount">¥{{.Amount}}</p>
<dl><dt>商户 · Merchant</dt><dd id="merchant">{{.Merchant}}</dd><dt>订单 · Order</dt><dd id="order">{{.Order}}</dd></dl>
{{if .Problem}}<p id="problem">{{.Problem}}</p>{{else}}<form method="post"><input type="hidden" name="tn" value="{{.TN}}">
<button id="confirm" type="submit">确认付款 · Pay</button></form>{{end}}
{{if .Return}}<p><a id="return" href="{{.Return}}">返回商户 · Back to the merchant</a></p>{{end}}
</body></html>
`))

type payView struct{ TN, Amount, Merchant, Order, Problem, Return string }

// view is an order on the payment page; false when there is none with that tn.
func (w *Wallet) view(tn string) (payView, bool) {
	now := w.core.Clock.Now()
	w.book.mu.Lock()
	defer w.book.mu.Unlock()
	o := w.book.byTN[tn]
	if o == nil {
		return payView{}, false
	}
	v := payView{TN: tn, Amount: fmt.Sprintf("%d.%02d", o.amount/100, o.amount%100), Merchant: o.merID, Order: o.orderID, Return: o.frontURL}
	if name := cmp.Or(o.merchant, o.desc); name != "" {
		v.Merchant = name + " (" + o.merID + ")"
	}
	if err := payable(o, o.orderID, now); err != nil {
		v.Problem = err.Error()
	}
	return v, true
}

// payPage shows the order behind a payUrl.
func (w *Wallet) payPage(rw http.ResponseWriter, r *http.Request) {
	v, ok := w.view(r.URL.Query().Get("tn"))
	if !ok {
		http.Error(rw, "tn: UnionPay knows no such order", http.StatusNotFound)
		return
	}
	show(rw, http.StatusOK, v)
}

// payConfirm is the button: it pays and leads back to the merchant. The consumer
// is the phone's, or without one the consumer that the order was placed for.
func (w *Wallet) payConfirm(rw http.ResponseWriter, r *http.Request) {
	tn := r.FormValue("tn")
	v, ok := w.view(tn)
	if !ok {
		http.Error(rw, "tn: UnionPay knows no such order", http.StatusNotFound)
		return
	}
	payer := ""
	if _, err := r.Cookie(sandbox.PayerCookie); err == nil {
		payer = sandbox.PayerOf(r)
	}
	if err := w.Confirm(tn, payer); err != nil {
		v.Problem = err.Error()
		show(rw, http.StatusConflict, v)
		return
	}
	if v.Return == "" {
		v.Problem = "已付款 · Paid"
		show(rw, http.StatusOK, v)
		return
	}
	http.Redirect(rw, r, v.Return, http.StatusSeeOther)
}

func show(rw http.ResponseWriter, status int, v payView) {
	rw.Header().Set("Content-Type", "text/html; charset=utf-8")
	rw.Header().Set("Cache-Control", "no-store")
	rw.WriteHeader(status)
	_ = payTemplate.Execute(rw, v) // the asker hung up: nobody to tell
}
