// Package alipay is the adapter for Alipay (支付宝) as an acquiring institution
// uses it: OpenAPI with RSA2, indirect mode (间连), one app for all merchants,
// each merchant named by its SMID. This layer speaks the words of
// acquiring/channel; internal/wire speaks Alipay's; the sub-package statement
// reads its bills.
//
// What becomes what:
//
//   - An answer counts only when it arrived whole, its signature fits, and it
//     speaks of the order that was asked about. Everything else that was sent is
//     Unknown; what certainly was not sent is an error of kind Unavailable.
//   - code 20000 and the "system error" sub-codes are Unknown: Alipay's own
//     documents say query.
//   - code 40005 (called too often) is an error of kind Unavailable: Alipay did
//     not look at the request.
//   - Other failures are Refused, except where the failure tells that the thing
//     is done already.
//
// A refund has no number of Alipay's own: its ChannelNo is the trade number of
// the payment, as in the bill.
package alipay

import (
	"errors"
	"net"
	"net/http"
	"time"

	"juma/acquiring/channel"
	"juma/acquiring/channel/alipay/internal/wire"
	"juma/acquiring/channel/wiretap"
	"juma/internal/clock"
	"juma/internal/fault"
)

// Adapter is one app at Alipay. It is safe for concurrent use.
type Adapter struct {
	wire    *wire.Client
	clock   clock.Clock
	appID   string
	pid     string
	authURL string
}

var _ channel.Adapter = (*Adapter)(nil)

// New makes the adapter, or reports every fault of the configuration together
// (kind Invalid). A nil client means one with keep-alive connections and a ten
// second time-out.
func New(cfg Config, clk clock.Clock, client *http.Client) (*Adapter, error) {
	const op = "alipay.New"
	keys, err := cfg.check()
	if clk == nil {
		err = errors.Join(err, errors.New("clock: missing"))
	}
	if err != nil {
		return nil, fault.Wrap(op, fault.Invalid, err)
	}
	if client == nil {
		client = defaultClient()
	}
	w, err := wire.New(wire.Options{
		Gateway: cfg.GatewayURL, AppID: cfg.AppID, PrivateKey: keys.private, PublicKeys: keys.public, Certs: keys.certs,
		Now: clk.Now, HTTP: wiretap.Client(client),
	})
	if err != nil {
		return nil, fault.Wrap(op, fault.Invalid, err)
	}
	return &Adapter{wire: w, clock: clk, appID: cfg.AppID, pid: cfg.PID, authURL: keys.authURL}, nil
}

// Name is channel.Alipay.
func (a *Adapter) Name() channel.Name { return channel.Alipay }

// defaultClient keeps connections to the one gateway open: a handshake costs
// more than the call.
func defaultClient() *http.Client {
	return &http.Client{
		Timeout: 10 * time.Second,
		Transport: &http.Transport{
			Proxy:                 http.ProxyFromEnvironment,
			DialContext:           (&net.Dialer{Timeout: 3 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
			ForceAttemptHTTP2:     true,
			MaxIdleConns:          128,
			MaxIdleConnsPerHost:   128,
			IdleConnTimeout:       90 * time.Second,
			TLSHandshakeTimeout:   3 * time.Second,
			ExpectContinueTimeout: time.Second,
		},
	}
}
