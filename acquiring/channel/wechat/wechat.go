// Package wechat is the adapter of WeChat Pay (微信支付), API v3 in service
// provider ("partner") mode: the provider signs everything, the money is the
// sub-merchant's. This layer translates between the channel contract and
// internal/wire, which speaks WeChat's own language.
//
// A verified refusal is Refused; a missing, broken or unverifiable answer is
// Unknown. Answers that speak of another order, merchant or amount than was
// asked prove nothing and are Unknown, too.
package wechat

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"juma/acquiring/channel"
	"juma/acquiring/channel/wechat/internal/wire"
	"juma/acquiring/channel/wiretap"
	"juma/internal/clock"
	"juma/internal/fault"
)

// currency is the only one that is accepted in either direction.
const currency = "CNY"

// Adapter is WeChat Pay behind the channel contract. It is safe for concurrent
// use and starts no goroutines.
type Adapter struct {
	cfg  settings
	clk  clock.Clock
	wire *wire.Client
}

var _ channel.Adapter = (*Adapter)(nil)

// New makes an adapter, or reports every fault of the configuration at once
// (fault kind Invalid). A nil client means one that keeps connections alive and
// gives up after ten seconds. Every check of a time goes by clk.
func New(cfg Config, clk clock.Clock, client *http.Client) (*Adapter, error) {
	s, err := cfg.resolve()
	if err != nil {
		return nil, err
	}
	if client == nil {
		client = defaultClient()
	}
	w, err := wire.New(wire.Options{
		Base: s.base, SNS: s.sns, MchID: s.SPMchID, Signer: s.signer, Platform: s.platform,
		APIv3Key: s.APIv3Key, HTTP: wiretap.Client(client), Clock: clk,
	})
	if err != nil {
		return nil, fault.Wrap("wechat.New", fault.Invalid, err)
	}
	return &Adapter{cfg: s, clk: clk, wire: w}, nil
}

// Name is channel.WeChat.
func (a *Adapter) Name() channel.Name { return channel.WeChat }

// AuthURL is the silent authorisation (snsapi_base). WeChat wants the
// parameters in this order and the fragment.
func (a *Adapter) AuthURL(_ context.Context, req channel.AuthRequest) (string, error) {
	const op = "wechat.AuthURL"
	u, err := url.Parse(req.RedirectURL)
	if err != nil || u.Host == "" {
		return "", fault.Field(op, "redirect_url", req.RedirectURL, "want an absolute address")
	}
	if req.State == "" {
		return "", fault.Field(op, "state", "", "is missing: the return could not be told from a forged one")
	}
	return a.cfg.open + "/connect/oauth2/authorize?appid=" + url.QueryEscape(a.cfg.SPAppID) +
		"&redirect_uri=" + url.QueryEscape(req.RedirectURL) + "&response_type=code&scope=snsapi_base&state=" +
		url.QueryEscape(req.State) + "&connect_redirect=1#wechat_redirect", nil
}

// Identify exchanges the single-use code for the payer's openid. A refused or
// lost exchange uses the code up: send the consumer through AuthURL again.
func (a *Adapter) Identify(ctx context.Context, req channel.IdentifyRequest) (channel.Payer, error) {
	const op = "wechat.Identify"
	code := req.Query.Get("code")
	if code == "" {
		return channel.Payer{}, fault.Field(op, "code", "", "is missing in what WeChat sent back")
	}
	id, err := a.wire.Identify(ctx, a.cfg.SPAppID, a.cfg.AppSecret, code)
	if err != nil {
		return channel.Payer{}, fault.Wrap(op, kindOf(err), err)
	}
	switch {
	case id.ErrCode == snsBusy:
		return channel.Payer{}, fault.New(op, fault.Unavailable, "WeChat is busy (errcode %d %s), try again", id.ErrCode, id.ErrMsg)
	case id.ErrCode != 0:
		return channel.Payer{}, fault.New(op, fault.Refused, "WeChat refused the code (errcode %d %s), authorise again", id.ErrCode, id.ErrMsg)
	case id.IsSnapshotUser == 1:
		return channel.Payer{}, fault.New(op, fault.Refused, "the consumer has not signed in to the page (snapshot user), open the full page and authorise again")
	case id.OpenID == "":
		return channel.Payer{}, fault.New(op, fault.Unknown, "the answer carries no openid, authorise again")
	}
	return channel.Payer{ID: id.OpenID}, nil
}

// snsBusy is the identity API's "system busy"; the other error codes are about
// the code or the configuration. [M]
const snsBusy = -1

// defaultClient is tuned for one host that many goroutines ask at once.
func defaultClient() *http.Client {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConns, t.MaxIdleConnsPerHost = 128, 64
	t.IdleConnTimeout = 60 * time.Second
	t.ResponseHeaderTimeout = 10 * time.Second
	return &http.Client{Transport: t, Timeout: 10 * time.Second}
}
