// Package wire speaks WeChat Pay API v3 (partner mode) as its documents write
// it: addresses, signatures, JSON, their error bodies. It knows nothing of
// Juma's payments; the outer package translates.
//
// Signing, verifying and decrypting are the official SDK's pieces. Its client
// is not used: its validator reads the wall clock, while here every check of a
// time goes by the clock that was given.
package wire

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/wechatpay-apiv3/wechatpay-go/core/auth"
	"github.com/wechatpay-apiv3/wechatpay-go/core/consts"

	"juma/acquiring/channel/internal/hop"
	"juma/internal/clock"
)

// maxAnswer bounds an API answer; the largest documented one is a few KiB.
const maxAnswer = 1 << 20

// userAgent is sent with every request: WeChat refuses requests without one.
const userAgent = "juma wechatpay-go/" + consts.Version

// Options are the parts of a Client. All fields are required.
type Options struct {
	Base   *url.URL // scheme, host and optional path prefix of the pay API
	SNS    *url.URL // the same of the identity API
	MchID  string   // the service provider's number, which signs everything
	Signer auth.Signer
	// Platform are the platform's keys as they were handed out, at least one: the
	// first is the one to ask for. Certificates that follow are fetched.
	Platform []PlatformKey
	APIv3Key string // 32 bytes; opens notices and fetched certificates
	HTTP     *http.Client
	Clock    clock.Clock
}

// Client makes calls. It is safe for concurrent use.
type Client struct {
	opt  Options
	http *http.Client
	ring ring
}

// New makes a client. Redirects are never followed: a signature covers one
// address.
func New(opt Options) (*Client, error) {
	if len(opt.Platform) == 0 {
		return nil, errors.New("platform key: none is given")
	}
	h := *opt.HTTP
	h.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Client{opt: opt, http: &h, ring: ring{clock: opt.Clock, configured: opt.Platform}}, nil
}

// Answer is an answer whose signature was verified, refusals included.
type Answer struct {
	Status    int
	Code      string // WeChat's error code, "" on success
	Message   string
	RequestID string
	Body      []byte
}

// OK tells whether the status is one of success.
func (a Answer) OK() bool { return a.Status >= 200 && a.Status <= 299 }

// Decode reads the body.
func (a Answer) Decode(into any) error {
	if err := json.Unmarshal(a.Body, into); err != nil {
		return fmt.Errorf("answer body (request id %s): %w", a.RequestID, err)
	}
	return nil
}

// Stage says how far a failed call came.
type Stage int

const (
	// NotSent: certainly nothing reached the wallet.
	NotSent Stage = iota
	// Lost: sent, and no whole answer came back.
	Lost
	// Unverified: an answer came back that does not prove to be the wallet's.
	Unverified
)

// Failure is a call without a verified answer.
type Failure struct {
	Stage  Stage
	Answer Answer // what an unverified answer said, for the operator
	Err    error
}

// Error says how far the call came and why it failed.
func (f *Failure) Error() string {
	switch f.Stage {
	case NotSent:
		return "request not sent: " + f.Err.Error()
	case Lost:
		return "answer lost: " + f.Err.Error()
	}
	return "answer not verified: " + f.Err.Error()
}

// Unwrap gives the cause.
func (f *Failure) Unwrap() error { return f.Err }

// call signs and sends one request and verifies the answer. in is the JSON
// body, nil for none. Every error is a *Failure.
func (c *Client) call(ctx context.Context, method, pathQuery string, in any) (Answer, error) {
	return c.callUnder(ctx, c.ring.current().ID, method, pathQuery, in)
}

// callUnder is call with the platform key that the request names: the one that the
// answer should be signed with, and that personal data is encrypted for.
func (c *Client) callUnder(ctx context.Context, platformKey, method, pathQuery string, in any) (Answer, error) {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return Answer{}, &Failure{Stage: NotSent, Err: err}
		}
	}
	resp, err := c.sendUnder(ctx, platformKey, method, join(c.opt.Base, pathQuery), body)
	if err != nil {
		return Answer{}, err
	}
	defer resp.Body.Close()
	raw, err := readLimited(resp.Body, maxAnswer)
	if err != nil {
		return Answer{}, &Failure{Stage: Lost, Err: err}
	}
	ans := Answer{Status: resp.StatusCode, RequestID: resp.Header.Get(consts.RequestID), Body: raw}
	var e struct{ Code, Message string }
	if json.Unmarshal(raw, &e) == nil { // an answer of success has neither
		ans.Code, ans.Message = e.Code, e.Message
	}
	if err := c.verify(ctx, resp.Header, raw); err != nil {
		return Answer{}, &Failure{Stage: Unverified, Answer: ans, Err: err}
	}
	return ans, nil
}

// send signs and sends one request. The caller closes the answer's body. Every
// error is a *Failure.
func (c *Client) send(ctx context.Context, method, address string, body []byte) (*http.Response, error) {
	return c.sendUnder(ctx, c.ring.current().ID, method, address, body)
}

func (c *Client) sendUnder(ctx context.Context, platformKey, method, address string, body []byte) (*http.Response, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, &Failure{Stage: NotSent, Err: err}
	}
	authorization, err := c.authorize(ctx, method, u.RequestURI(), string(body))
	if err != nil {
		return nil, &Failure{Stage: NotSent, Err: err}
	}
	req, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return nil, &Failure{Stage: NotSent, Err: err}
	}
	req.Header.Set(consts.Authorization, authorization)
	req.Header.Set(consts.Accept, consts.ApplicationJSON)
	req.Header.Set(consts.UserAgent, userAgent)
	req.Header.Set(consts.WechatPaySerial, platformKey)
	if len(body) > 0 {
		req.Header.Set(consts.ContentType, consts.ApplicationJSON)
	}
	return c.do(req)
}

// do sends a request. Every error is a *Failure.
func (c *Client) do(req *http.Request) (*http.Response, error) {
	resp, sent, err := hop.Do(c.http, req)
	switch {
	case err == nil:
		return resp, nil
	case !sent:
		return nil, &Failure{Stage: NotSent, Err: err}
	}
	return nil, &Failure{Stage: Lost, Err: err}
}

// join puts a path and query behind a base address.
func join(base *url.URL, pathQuery string) string {
	return base.Scheme + "://" + base.Host + base.EscapedPath() + pathQuery
}

func readLimited(r io.Reader, limit int64) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(raw)) > limit {
		return nil, fmt.Errorf("answer is larger than %d bytes", limit)
	}
	return raw, nil
}
