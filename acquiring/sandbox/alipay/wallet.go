// Package alipay is Alipay's (支付宝) server side on loopback, over its real
// wire: the OpenAPI gateway with RSA2 signatures really verified and really
// made, silent authorisation, asynchronous notices on Alipay's retry schedule,
// and the daily bill as a zip of GBK files. It is written from Alipay's
// documents on the standard library (and x/text for GBK); it shares nothing
// with the adapter that faces it.
//
// Everything that can reach a bill derives from the order's own number and the
// core's clock, so the same day gives the same file.
package alipay

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"juma/acquiring/sandbox"
	"juma/internal/bizdate"
)

// The one app and the one service provider that the sandbox knows.
const (
	appID = "2021999000000001"
	pid   = "2088999000000001"
)

// Wallet is the sandbox. It is safe for concurrent use; no lock is held while
// anything is signed or verified.
type Wallet struct {
	core         *sandbox.Core
	keys         *keys
	applications *sandbox.Applications
	payCodes     *sandbox.Codes

	mu        sync.Mutex
	base      string
	signers   []signer // in the order of issue: the last one signs
	publicPEM string   // their public keys, the newest first
	mixed     bool     // see MixKeys

	trades map[string]*trade // by out_trade_no
	byNo   map[string]*trade // by trade_no
	grants map[string]grant  // by auth_code
	bills  map[string]bill   // by download token
}

var _ sandbox.Wallet = (*Wallet)(nil)

// New makes a wallet with fresh keys.
func New(core *sandbox.Core) (*Wallet, error) {
	k, err := newKeys()
	if err != nil {
		return nil, err
	}
	text, err := publicPEM(&k.alipay.key.PublicKey)
	if err != nil {
		return nil, err
	}
	return &Wallet{
		core: core, keys: k, signers: []signer{k.alipay}, publicPEM: text, applications: sandbox.NewApplications(sandbox.Alipay, core.Faults),
		payCodes: sandbox.NewCodes(sandbox.Alipay, "28", 18),
		trades:   map[string]*trade{}, byNo: map[string]*trade{}, grants: map[string]grant{}, bills: map[string]bill{},
	}, nil
}

// Name is sandbox.Alipay.
func (w *Wallet) Name() string { return sandbox.Alipay }

// SetBaseURL tells where the wallet is reached: all of Alipay's hosts on one.
func (w *Wallet) SetBaseURL(base string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.base = base
}

// Credentials is what a client needs: the app with its private key (PKCS#8), Alipay's
// public key (PKIX), and addresses. What certificate mode has in the place of the
// public key stands under names of its own, so that an adapter made from all of it
// works by the public key.
func (w *Wallet) Credentials() map[string]any {
	w.mu.Lock()
	defer w.mu.Unlock()
	return map[string]any{
		"gateway_url":           w.base + gatewayPath,
		"app_id":                appID,
		"app_private_key_pem":   w.keys.appPrivatePEM,
		"alipay_public_key_pem": w.publicPEM,
		"pid":                   pid,
		"auth_url":              w.base,

		"certificate_mode_app_cert_pem":         certPEM(w.keys.appCert),
		"certificate_mode_alipay_cert_pem":      certPEM(w.keys.alipay.cert),
		"certificate_mode_alipay_root_cert_pem": certPEM(w.keys.root.cert),
	}
}

// Handler serves the gateway, the silent authorisation and the bill download.
func (w *Wallet) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+gatewayPath, w.gateway)
	mux.HandleFunc("GET "+authorizePath, w.authorize)
	mux.HandleFunc("GET "+downloadPath, w.download)
	return mux
}

// Confirm is the consumer pressing pay. payer is a consumer's name or user id;
// empty means the buyer that the order was made for.
func (w *Wallet) Confirm(outTradeNo, payer string) error {
	notice, err := w.pay(outTradeNo, payer)
	if err != nil {
		return err
	}
	w.send(notice)
	return nil
}

func (w *Wallet) pay(outTradeNo, payer string) (event, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	t := w.trades[outTradeNo]
	if t == nil {
		t = w.byNo[outTradeNo]
	}
	now := w.core.Clock.Now()
	switch {
	case t == nil:
		return event{}, fmt.Errorf("out_trade_no %q: alipay knows no such order", outTradeNo)
	case t.state == stateClosed || t.expired(now):
		return event{}, fmt.Errorf("out_trade_no %q: the order is closed", outTradeNo)
	case t.state != stateWaiting:
		return event{}, fmt.Errorf("out_trade_no %q: the order is paid already", outTradeNo)
	}
	if payer != "" && payer != t.buyer { // an open id names the buyer as well
		t.buyer = userID(payer)
	}
	return w.take(t, now)
}

// take moves the money. The caller holds the lock.
func (w *Wallet) take(t *trade, now time.Time) (event, error) {
	fee, err := feeOf(t.amount)
	if err != nil {
		return event{}, fmt.Errorf("out_trade_no %q: %w", t.outTradeNo, err)
	}
	t.stopTimer()
	t.state, t.paid, t.fee = stateSuccess, now, fee
	return w.event(t, "pay"), nil
}

// Find returns an order by out_trade_no or by trade_no, which is what the page
// opens the payment sheet with.
func (w *Wallet) Find(token string) (sandbox.Order, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	t := w.trades[token]
	if t == nil {
		t = w.byNo[token]
	}
	if t == nil {
		return sandbox.Order{}, false
	}
	return t.order(), true
}

// Orders lists what the wallet knows, oldest first.
func (w *Wallet) Orders() []sandbox.Order {
	w.mu.Lock()
	out := make([]sandbox.Order, 0, len(w.trades))
	for _, t := range w.trades {
		out = append(out, t.order())
	}
	w.mu.Unlock()
	slices.SortFunc(out, func(a, b sandbox.Order) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.OutTradeNo, b.OutTradeNo))
	})
	return out
}

// Times as Alipay writes them, China time.
const (
	timeLayout   = "2006-01-02 15:04:05"
	millisLayout = "2006-01-02 15:04:05.000"
)

func chinaTime(t time.Time) string { return t.In(bizdate.Zone).Format(timeLayout) }
