package wechat

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"juma/acquiring/sandbox"
	"juma/internal/bizdate"
)

// The sandbox's service provider. These numbers stand in the bill and are the
// same at every start.
const (
	spAppID         = "wx99990000aaaabbbb"
	spMchID         = "1999000000"
	defaultSubMchID = "1999000001" // any well-formed one is served
)

// Wallet is the sandboxed WeChat Pay. It is safe for concurrent use. One lock
// guards the books and is never held while a signature is made.
type Wallet struct {
	core    *sandbox.Core
	name    string // the account's
	spMchID string
	keys    *secrets
	pem     struct{ merchant, platformPub string }

	applications *sandbox.Applications
	payCodes     *sandbox.Codes

	mu       sync.Mutex
	base     string
	platform []platformCert // in the order of issue
	mixed    bool           // see MixKeys

	orders  map[string]*order     // by out_trade_no
	prepays map[string]*order     // by prepay_id
	trades  map[string]*order     // by transaction_id
	refunds map[string]*refund    // by out_refund_no
	codes   map[string]*grant     // by authorisation code
	tokens  map[string]*downloads // by bill download token
}

var _ sandbox.Wallet = (*Wallet)(nil)

// New makes a wallet with fresh keys on the core's clock.
func New(core *sandbox.Core) (*Wallet, error) {
	keys, err := newSecrets(core.Clock.Now())
	if err != nil {
		return nil, fmt.Errorf("wechat sandbox: %w", err)
	}
	return newWallet(core, keys)
}

// NewAccount makes the wallet as a provider's further account knows it: under a name and
// a merchant number of its own, with fresh keys. Its official account is the first's, so
// that it knows the same consumers by the same openids and payment codes.
func (w *Wallet) NewAccount(name, number string) (*Wallet, error) {
	further, err := New(w.core)
	if err != nil {
		return nil, err
	}
	further.name, further.spMchID, further.payCodes = name, number, w.payCodes
	return further, nil
}

func newWallet(core *sandbox.Core, keys *secrets) (w *Wallet, err error) {
	w = &Wallet{
		core: core, name: sandbox.WeChat, spMchID: spMchID, keys: keys, platform: []platformCert{keys.platform}, applications: sandbox.NewApplications(sandbox.WeChat, core.Faults),
		payCodes: sandbox.NewCodes(sandbox.WeChat, "13", 18),
		orders:   map[string]*order{}, prepays: map[string]*order{}, trades: map[string]*order{},
		refunds: map[string]*refund{}, codes: map[string]*grant{}, tokens: map[string]*downloads{},
	}
	if w.pem.merchant, err = privatePEM(keys.merchant); err != nil {
		return nil, fmt.Errorf("wechat sandbox: %w", err)
	}
	if w.pem.platformPub, err = publicPEM(&keys.pub.PublicKey); err != nil {
		return nil, fmt.Errorf("wechat sandbox: %w", err)
	}
	return w, nil
}

// Name is sandbox.WeChat, or that of the account.
func (w *Wallet) Name() string { return w.name }

// SetBaseURL tells the wallet where it is reached; it only matters for the
// addresses that it hands out.
func (w *Wallet) SetBaseURL(base string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.base = strings.TrimRight(base, "/")
}

func (w *Wallet) baseURL() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.base
}

// Credentials is what a service provider holds: numbers, its own key, and
// WeChat's certificate and public key. open_url and api_url are the hosts of the
// silent authorisation, here the same as base_url; app_secret belongs to it.
func (w *Wallet) Credentials() map[string]any {
	base := w.baseURL()
	return map[string]any{
		"base_url": base, "open_url": base, "api_url": base,
		"sp_appid": spAppID, "sp_mchid": w.spMchID, "sub_mchid": defaultSubMchID, "app_secret": w.keys.appSecret,
		"cert_serial": w.keys.certSerial, "merchant_cert_pem": w.keys.ownCert, "private_key_pem": w.pem.merchant, "api_v3_key": w.keys.apiV3,
		"platform_cert_serial": w.keys.platform.serial, "platform_cert_pem": w.keys.platform.pem,
		"platform_public_key_id": w.keys.pubID, "platform_public_key_pem": w.pem.platformPub,
	}
}

// Handler serves all of WeChat's hosts on one address.
func (w *Wallet) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /connect/oauth2/authorize", w.authorize)
	mux.HandleFunc("GET /sns/oauth2/access_token", w.accessToken)
	mux.Handle("GET /v3/certificates", w.api(w.certificates))
	mux.Handle("POST /v3/pay/partner/transactions/jsapi", w.api(w.placeOrder))
	mux.Handle("POST /v3/pay/partner/transactions/codepay", w.api(w.payByCode))
	mux.Handle("POST /v3/pay/partner/transactions/out-trade-no/{no}/reverse", w.api(w.reverse))
	mux.Handle("GET /v3/pay/partner/transactions/out-trade-no/{no}", w.api(w.queryByNumber))
	mux.Handle("GET /v3/pay/partner/transactions/id/{id}", w.api(w.queryByTransaction))
	mux.Handle("POST /v3/pay/partner/transactions/out-trade-no/{no}/close", w.api(w.closeOrder))
	mux.Handle("POST /v3/refund/domestic/refunds", w.api(w.placeRefund))
	mux.Handle("GET /v3/refund/domestic/refunds/{no}", w.api(w.queryRefund))
	mux.Handle("POST /v3/applyment4sub/applyment/{$}", w.api(w.apply))
	mux.Handle("GET /v3/applyment4sub/applyment/business_code/{code}", w.api(w.applyment))
	mux.Handle("GET /v3/bill/tradebill", w.api(w.tradeBill))
	mux.Handle("GET /v3/billdownload/file", w.api(w.download))
	mux.Handle("/", w.api(func(c *call) (*answer, *apiError) {
		return nil, refuse(resourceMissing, "%s %s: 没有这个接口", c.r.Method, c.r.URL.Path)
	}))
	return mux
}

// now is the core's time as WeChat stores it: whole seconds, China time.
func (w *Wallet) now() time.Time {
	return w.core.Clock.Now().In(bizdate.Zone).Truncate(time.Second)
}

// rfc3339 prints an instant as the interface does.
func rfc3339(t time.Time) string { return t.In(bizdate.Zone).Format(time.RFC3339) }
