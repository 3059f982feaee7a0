// Package wire speaks Alipay's OpenAPI and nothing else: signed form requests
// to one gateway, answers verified over the bytes that arrived, notifications
// verified over the values that arrived. It knows Alipay's words (out_trade_no,
// trade_status) and none of ours.
//
// Requests are built and signed by the SDK (smartwalle/alipay). Written here is
// what the SDK cannot say: the clock behind timestamp, an answer that must have
// arrived whole and verified before a word of it counts, whether anything was
// sent at all, and the signing string of a notification by the documented rule
// (the SDK keeps empty values and sorts pairs instead of names).
package wire

import (
	"crypto"
	"crypto/rsa"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/smartwalle/alipay/v3"
	"github.com/smartwalle/nsign"

	"juma/internal/bizdate"
)

// TimeLayout is how Alipay writes an instant, in China time.
const TimeLayout = "2006-01-02 15:04:05"

// ProductionGateway is the gateway of the real Alipay.
const ProductionGateway = "https://openapi.alipay.com/gateway.do"

// Options is what a Client needs; every field is required but Certs.
type Options struct {
	Gateway    string // absolute address of gateway.do
	AppID      string
	PrivateKey *rsa.PrivateKey  // of the app
	PublicKeys []*rsa.PublicKey // of Alipay: more than one while it changes
	Certs      *Certs           // nil: no certificate mode, and PublicKeys must be given
	Now        func() time.Time
	HTTP       *http.Client
}

// Client is one app at one gateway. It is safe for concurrent use.
type Client struct {
	sdk     *alipay.Client
	http    *http.Client
	gateway *url.URL
	appID   string
	keys    keyring
}

// New makes a client. The HTTP client is copied so that it never follows a
// redirect of the gateway: a signed request goes to one address only.
func New(o Options) (*Client, error) {
	gateway, err := url.Parse(o.Gateway)
	if err != nil {
		return nil, fmt.Errorf("gateway %q: %w", o.Gateway, err)
	}
	signer := stampingSigner{
		Signer: nsign.New(nsign.WithMethod(nsign.NewRSAMethod(crypto.SHA256, o.PrivateKey, nil)), nsign.WithEncoder(alipay.Encoder{})),
		now:    o.Now,
	}
	// "false" only keeps the SDK from fetching certificates behind our back; the
	// gateway is the one of the options either way.
	sdk, err := alipay.NewWithSigner(o.AppID, signer, false, alipay.WithSandboxGateway(o.Gateway))
	if err != nil {
		return nil, fmt.Errorf("app_id %q: %w", o.AppID, err)
	}
	httpClient := *o.HTTP
	httpClient.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	c := &Client{sdk: sdk, http: &httpClient, gateway: gateway, appID: o.AppID,
		keys: keyring{given: slices.Clone(o.PublicKeys), now: o.Now, by: map[string]*rsa.PublicKey{}}}
	if o.Certs != nil {
		if err := c.useCerts(o.Certs); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// stampingSigner puts the given clock's time into a request just before it is
// signed: the SDK itself asks the wall clock.
type stampingSigner struct {
	nsign.Signer
	now func() time.Time
}

// SignValues stamps and signs.
func (s stampingSigner) SignValues(v url.Values, opts ...nsign.SignOption) ([]byte, error) {
	v.Set("timestamp", s.now().In(bizdate.Zone).Format(TimeLayout))
	return s.Signer.SignValues(v, opts...)
}

// Status is the part that every answer has.
type Status struct {
	Code    string `json:"code"`
	Msg     string `json:"msg"`
	SubCode string `json:"sub_code"`
	SubMsg  string `json:"sub_msg"`
}

// OK tells whether the call was done (code 10000).
func (s Status) OK() bool { return s.Code == "10000" }

// CallError is a call without a verified answer.
type CallError struct {
	// Sent is false only when it is certain that nothing left this process.
	Sent bool
	// Claim is what an answer that could not be verified said of itself. It is
	// for the operator's eyes and decides nothing.
	Claim Status
	Err   error
}

// Error says whether the request was sent and what went wrong.
func (e *CallError) Error() string {
	if !e.Sent {
		return "nothing was sent: " + e.Err.Error()
	}
	text := "no verified answer: " + e.Err.Error()
	if e.Claim.Code != "" {
		text += fmt.Sprintf(" (it claims %s %s)", e.Claim.Code, e.Claim.SubCode)
	}
	return text
}

// Unwrap gives the cause.
func (e *CallError) Unwrap() error { return e.Err }

var (
	errNoSignature  = errors.New("the answer carries no signature")
	errBadSignature = errors.New("the answer's signature does not fit Alipay's public key")
)
