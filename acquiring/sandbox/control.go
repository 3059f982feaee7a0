package sandbox

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"

	"juma/internal/bizdate"
	"juma/internal/fault"
)

// NewControl is the control plane: the hands and eyes of whoever tests against
// the wallets. Answers are JSON; a refusal is {"error": sentence} with status
// 400 (the request is wrong), 404 (no such wallet, order or page) or 409 (the
// order's state forbids it).
//
//	POST /confirm  {"wallet","out_trade_no","payer"}  the consumer presses pay
//	POST /codes    {"wallet","payer"}                 the consumer shows a payment code
//	POST /faults   one fault or an array of them      adds to the script, all or none
//	GET  /faults                                      what waits and what has struck
//	GET  /orders   ?wallet= &out_trade_no=            what the wallets know
//	GET  /notices                                     how many notices went out
func NewControl(core *Core, wallets []Wallet) http.Handler {
	c := &control{core: core, wallets: wallets}
	mux := http.NewServeMux()
	mux.Handle("POST /confirm", answer(c.confirm))
	mux.Handle("POST /codes", answer(c.showCode))
	mux.Handle("POST /faults", answer(c.addFaults))
	mux.Handle("GET /faults", answer(c.faults))
	mux.Handle("GET /orders", answer(c.orders))
	mux.Handle("GET /notices", answer(c.notices))
	mux.Handle("/", answer(func(r *http.Request) (any, error) {
		return nil, fault.New("", fault.NotFound, "%s %s: the control plane has POST confirm, POST codes, POST faults, GET faults, GET orders and GET notices", r.Method, r.URL.Path)
	}))
	return sameSite(mux)
}

type control struct {
	core    *Core
	wallets []Wallet
}

// confirmRequest is the body of POST /confirm.
type confirmRequest struct {
	Wallet     string `json:"wallet"`
	OutTradeNo string `json:"out_trade_no"`
	Payer      string `json:"payer"` // "" is the payer that the order was placed for
}

func (c *control) confirm(r *http.Request) (any, error) {
	var req confirmRequest
	if err := decode(r.Body, &req); err != nil {
		return nil, err
	}
	if req.OutTradeNo == "" {
		return nil, fault.New("", fault.Invalid, "out_trade_no is missing: name the order to pay")
	}
	w, err := c.wallet(req.Wallet)
	if err != nil {
		return nil, err
	}
	if _, ok := w.Find(req.OutTradeNo); !ok {
		return nil, fault.New("", fault.NotFound, "out_trade_no %q: %s knows no such order", req.OutTradeNo, req.Wallet)
	}
	if err := w.Confirm(req.OutTradeNo, req.Payer); err != nil {
		return nil, fault.Wrap("", fault.Conflict, err)
	}
	order, _ := w.Find(req.OutTradeNo)
	return map[string]any{"order": order.inChina()}, nil
}

// codeRequest is the body of POST /codes.
type codeRequest struct {
	Wallet string `json:"wallet"`
	Payer  string `json:"payer"`
}

// showCode has a consumer open the payment code, for whoever tests the payments
// that a merchant scans and holds no phone.
func (c *control) showCode(r *http.Request) (any, error) {
	var req codeRequest
	if err := decode(r.Body, &req); err != nil {
		return nil, err
	}
	if req.Payer == "" {
		return nil, fault.New("", fault.Invalid, "payer is missing: name the consumer who shows the code")
	}
	w, err := c.wallet(req.Wallet)
	if err != nil {
		return nil, err
	}
	shower, ok := w.(CodeShower)
	if !ok {
		return nil, fault.New("", fault.Invalid, "wallet %q: its phones show no payment codes", req.Wallet)
	}
	code := shower.ShowCode(req.Payer)
	return map[string]any{"auth_code": code, "valid_seconds": int(codeLife.Seconds())}, nil
}

func (c *control) addFaults(r *http.Request) (any, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, fault.Wrap("read the faults", fault.Invalid, err)
	}
	var faults []Fault
	if strings.HasPrefix(strings.TrimSpace(string(body)), "[") {
		err = decode(bytes.NewReader(body), &faults)
	} else {
		faults = make([]Fault, 1)
		err = decode(bytes.NewReader(body), &faults[0])
	}
	if err != nil {
		return nil, err
	}
	if err := c.core.Faults.AddAll(faults); err != nil {
		return nil, fault.Wrap("", fault.Invalid, err)
	}
	return map[string]any{"added": len(faults)}, nil
}

func (c *control) faults(*http.Request) (any, error) {
	return map[string]any{"pending": c.core.Faults.Pending(), "struck": c.core.Faults.Struck()}, nil
}

func (c *control) orders(r *http.Request) (any, error) {
	name, number := r.URL.Query().Get("wallet"), r.URL.Query().Get("out_trade_no")
	wallets := c.wallets
	if name != "" {
		w, err := c.wallet(name)
		if err != nil {
			return nil, err
		}
		wallets = []Wallet{w}
	}
	orders := []Order{}
	for _, w := range wallets {
		for _, o := range w.Orders() {
			if number == "" || o.OutTradeNo == number {
				orders = append(orders, o.inChina())
			}
		}
	}
	if number != "" && len(orders) == 0 {
		return nil, fault.New("", fault.NotFound, "out_trade_no %q: no wallet knows such an order", number)
	}
	return map[string]any{"orders": orders}, nil
}

// inChina is the order with its times in China's, whatever zone the wallet keeps
// them in.
func (o Order) inChina() Order {
	o.CreatedAt = o.CreatedAt.In(bizdate.Zone)
	if !o.PaidAt.IsZero() {
		o.PaidAt = o.PaidAt.In(bizdate.Zone)
	}
	o.Refunds = slices.Clone(o.Refunds)
	for i := range o.Refunds {
		o.Refunds[i].CreatedAt = o.Refunds[i].CreatedAt.In(bizdate.Zone)
	}
	return o
}

func (c *control) notices(*http.Request) (any, error) {
	return map[string]any{"total": c.core.Notices.Stats(), "wallets": c.core.Notices.StatsByWallet()}, nil
}

func (c *control) wallet(name string) (Wallet, error) {
	i := slices.IndexFunc(c.wallets, func(w Wallet) bool { return w.Name() == name })
	if i >= 0 {
		return c.wallets[i], nil
	}
	var known []string
	for _, w := range c.wallets {
		known = append(known, w.Name())
	}
	kind := fault.NotFound
	if name == "" {
		kind = fault.Invalid
	}
	return nil, fault.New("", kind, "wallet %q: want one of %s", name, strings.Join(known, ", "))
}

// decode reads exactly one JSON value and refuses what it does not know: a
// misspelt field would be a fault that silently never strikes.
func decode(body io.Reader, into any) error {
	d := json.NewDecoder(body)
	d.DisallowUnknownFields()
	err := d.Decode(into)
	if err == nil {
		if _, more := d.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("there is more after the JSON value")
		}
	}
	var wrongType *json.UnmarshalTypeError
	var tooLarge *http.MaxBytesError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, io.EOF):
		return fault.New("", fault.Invalid, "the body is empty: send a JSON object")
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fault.New("", fault.Invalid, "the JSON ends too early")
	case errors.As(err, &tooLarge):
		return fault.New("", fault.Invalid, "the body is larger than %d bytes", tooLarge.Limit)
	case errors.As(err, &wrongType):
		return fault.New("", fault.Invalid, "%s: got a JSON %s, want %s", cmp.Or(wrongType.Field, "the body"), wrongType.Value, JSONKind(wrongType.Type))
	}
	return fault.New("", fault.Invalid, "%s", strings.TrimPrefix(err.Error(), "json: "))
}

// answer turns a function into a handler.
func answer(f func(*http.Request) (any, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		status := http.StatusOK
		v, err := f(r)
		if err != nil {
			status, v = statusOf(err), map[string]string{"error": err.Error()}
		}
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(v) // the asker hung up: nobody to tell
	})
}

func statusOf(err error) int {
	switch fault.KindOf(err) {
	case fault.Invalid:
		return http.StatusBadRequest
	case fault.NotFound:
		return http.StatusNotFound
	case fault.Forbidden:
		return http.StatusForbidden
	case fault.Conflict:
		return http.StatusConflict
	}
	return http.StatusInternalServerError
}

// sameSite refuses what another site's page sends through a developer's
// browser: the control plane has no login.
func sameSite(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if site := r.Header.Get("Sec-Fetch-Site"); site == "cross-site" {
			answer(func(*http.Request) (any, error) {
				return nil, fault.New("", fault.Forbidden, "a page of another site may not use the control plane")
			}).ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}
