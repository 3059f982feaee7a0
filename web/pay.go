package web

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"regexp"

	"juma/acquiring"
	"juma/acquiring/channel"
	"juma/internal/fault"
	"juma/internal/money"
)

// payRequest is what the cashier page sends.
type payRequest struct {
	Amount    string `json:"amount"`     // yuan, "12.30"
	RequestID string `json:"request_id"` // names the wish to pay; repeated, it is the same payment
}

// payAnswer is what the page needs to open the wallet.
type payAnswer struct {
	OrderNo     string     `json:"order_no"`
	ResultToken string     `json:"result_token"`
	Bridge      bridgeJSON `json:"bridge"`
}

// bridgeJSON is channel.Bridge, or kind "paid": nothing to open, show the
// result.
type bridgeJSON struct {
	Kind   string            `json:"kind"`
	Params map[string]string `json:"params,omitempty"`
	URL    string            `json:"url,omitempty"`
}

// requestIDPattern is what a page may choose: enough to be unguessable, and
// nothing that could mean something elsewhere.
var requestIDPattern = regexp.MustCompile(`^[A-Za-z0-9_-]{16,64}$`)

// cashierPay places the order that the number pad asks for.
func (s *Server) cashierPay(ctx context.Context, r *request) (response, error) {
	key := r.param("key")
	wallet, ok := walletOf(r.UserAgent())
	if !ok {
		return response{}, errNoSession
	}
	payer := s.payer(r, wallet, key)
	if payer == "" {
		return response{}, errNoSession
	}
	amount, requestID, err := readPayRequest(r.Body)
	if err != nil {
		return response{}, err
	}
	if ok, wait := s.limits.orders.take(string(wallet) + " " + payer); !ok {
		return response{}, tooMany(wait)
	}
	scan, err := s.resolve(ctx, r, key, true)
	if err != nil {
		return response{}, err
	}
	out, err := s.cfg.Cashier.Pay(ctx, acquiring.PayInput{
		Scan: scan, Wallet: wallet, PayerID: payer, Amount: amount, RequestID: requestID, ClientIP: r.ip, Entry: entryOf(r),
		ReturnURL: func(token string) string { return s.cfg.PublicURL + "/r/" + token },
	})
	return payResponse(out, err)
}

// payResponse translates what became of the order.
func payResponse(out acquiring.PayOutput, err error) (response, error) {
	switch {
	case err != nil && out.Payment.State == acquiring.Paid:
		// The same wish was paid already, perhaps while an answer was lost.
		return payOK(out, bridgeJSON{Kind: "paid"}), nil
	case err != nil:
		return response{}, payerFault(err)
	}
	switch out.Prepay.Outcome {
	case channel.Succeeded:
		bridge, err := checkBridge(out.Prepay.Bridge)
		if err != nil {
			return response{}, err
		}
		return payOK(out, bridge), nil
	case channel.Refused:
		return response{}, &httpFault{status: statusOf[fault.Refused], code: "wallet_refused"}
	}
	return response{}, fault.New("web.cashierPay", fault.Unknown, "order %s: the wallet's answer is not known, ask again", out.Payment.OrderNo)
}

func payOK(out acquiring.PayOutput, b bridgeJSON) response {
	return jsonResponse(http.StatusOK, payAnswer{OrderNo: out.Payment.OrderNo, ResultToken: out.Payment.ResultToken, Bridge: b})
}

// checkBridge lets only web addresses become a redirect: whatever a channel
// answers, the page never runs it.
func checkBridge(b channel.Bridge) (bridgeJSON, error) {
	if b.Kind == "redirect" {
		u, err := url.Parse(b.URL)
		if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" {
			return bridgeJSON{}, fault.New("web.checkBridge", fault.Corrupt, "the channel's redirect is not a web address")
		}
	}
	return bridgeJSON{Kind: b.Kind, Params: b.Params, URL: b.URL}, nil
}

func readPayRequest(body io.Reader) (money.Fen, string, error) {
	const op = "web.readPayRequest"
	var in payRequest
	dec := json.NewDecoder(body)
	dec.DisallowUnknownFields()
	if err := dec.Decode(&in); err != nil {
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			return 0, "", err
		}
		return 0, "", fault.New(op, fault.Invalid, "want one JSON object with amount and request_id")
	}
	if dec.More() {
		return 0, "", fault.New(op, fault.Invalid, "want one JSON object and nothing after it")
	}
	if !requestIDPattern.MatchString(in.RequestID) {
		return 0, "", fault.New(op, fault.Invalid, "request_id: want 16 to 64 letters, digits, - or _")
	}
	amount, err := readAmount(in.Amount)
	return amount, in.RequestID, err
}

// errAmount says that an amount cannot be read or is out of range.
var errAmount = &httpFault{status: http.StatusBadRequest, code: "amount"}

// readAmount reads an amount that a person typed.
func readAmount(s string) (money.Fen, error) {
	amount, err := money.ParseYuan(s)
	if err != nil || amount <= 0 || amount > acquiring.MaxAmount {
		return 0, errAmount
	}
	return amount, nil
}
