package phone

import (
	"encoding/json"
	"net/http"

	"juma/acquiring/sandbox"
	"juma/internal/money"
)

// sheetOrder is what a payment sheet shows.
type sheetOrder struct {
	Wallet      string `json:"wallet"`
	Description string `json:"description"`
	Merchant    string `json:"merchant"` // the merchant's number at the wallet
	Amount      string `json:"amount"`   // for people, "¥12.30"
	Payer       string `json:"payer"`
}

// order answers what the wallet would show for a token.
func (w *wallet) order(rw http.ResponseWriter, r *http.Request) {
	o, ok := w.find(r.URL.Query().Get("token"))
	if !ok {
		answerJSON(rw, http.StatusNotFound, map[string]string{"result": w.kind.failed, "error": "订单不存在 · no such order"})
		return
	}
	answerJSON(rw, http.StatusOK, sheetOrder{
		Wallet: w.kind.labelZH, Description: o.Description, Merchant: o.MerchantID,
		Amount: money.Fen(o.AmountFen).String(), Payer: payer(r),
	})
}

// find is Find that never takes an empty token for an order.
func (w *wallet) find(token string) (sandbox.Order, bool) {
	if token == "" {
		return sandbox.Order{}, false
	}
	return w.Find(token)
}

// confirm is the consumer pressing pay on the sheet. It answers the wallet's
// own result code for the page.
func (w *wallet) confirm(rw http.ResponseWriter, r *http.Request) {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "same-origin":
	default: // another page may not press the button
		answerJSON(rw, http.StatusForbidden, map[string]string{"result": w.kind.failed, "error": "only the page that asked may confirm"})
		return
	}
	var req struct {
		Token string `json:"token"`
	}
	if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
		answerJSON(rw, http.StatusBadRequest, map[string]string{"result": w.kind.failed, "error": "want {\"token\": …}"})
		return
	}
	o, ok := w.find(req.Token)
	if !ok {
		answerJSON(rw, http.StatusNotFound, map[string]string{"result": w.kind.failed, "error": "订单不存在 · no such order"})
		return
	}
	if err := w.Confirm(o.OutTradeNo, ""); err != nil { // "": who the order was placed for
		answerJSON(rw, http.StatusConflict, map[string]string{"result": w.kind.failed, "error": err.Error()})
		return
	}
	answerJSON(rw, http.StatusOK, map[string]string{"result": w.kind.ok})
}

// bridge serves the wallet's bridge together with the sheet that it opens.
func (w *wallet) bridge(rw http.ResponseWriter, _ *http.Request) {
	serveAsset(rw, "sheet.js", w.kind.script)
}

func answerJSON(rw http.ResponseWriter, status int, v any) {
	rw.Header().Set("Content-Type", "application/json; charset=utf-8")
	rw.Header().Set("Cache-Control", "no-store")
	rw.WriteHeader(status)
	_ = json.NewEncoder(rw).Encode(v) // the browser went away: nobody to tell
}
