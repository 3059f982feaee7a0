package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"time"

	"juma/acquiring/channel"
	"juma/acquiring/sandbox"
)

// userAgents are how the three apps name themselves to a page.
var userAgents = map[channel.Name]string{
	channel.WeChat:   "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Mobile Safari/537.36 MicroMessenger/8.0.47",
	channel.Alipay:   "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Mobile Safari/537.36 AlipayClient/10.5.60",
	channel.UnionPay: "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (com.unionpay.chsp) (UnionPay/1.0 CloudPay)",
}

// street is where consumers meet the product: the addresses behind the names
// that are printed on plates, and the wallets.
type street struct {
	transport  http.RoundTripper
	hosts      map[string]string // name on the plate → http://127.0.0.1:port
	controlURL string
}

func newStreet(hosts map[string]string, controlURL string) *street {
	return &street{
		transport: &http.Transport{MaxIdleConnsPerHost: 64, MaxIdleConns: 256, IdleConnTimeout: time.Minute},
		hosts:     hosts, controlURL: controlURL,
	}
}

// resolve leads a printed address to the local server behind its host, as the
// public name service would to the real one.
func (s *street) resolve(payload string) (string, error) {
	u, err := url.Parse(payload)
	if err != nil {
		return "", err
	}
	local, ok := s.hosts[u.Host]
	if !ok {
		return "", fmt.Errorf("nobody serves %s", u.Host)
	}
	return local + u.RequestURI(), nil
}

// consumer is one person's wallet app with its browser.
type consumer struct {
	street *street
	wallet channel.Name
	name   string
	client *http.Client
}

func (s *street) consumer(wallet channel.Name, name string) (*consumer, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	return &consumer{street: s, wallet: wallet, name: name, client: &http.Client{
		Jar: jar, Timeout: 30 * time.Second,
		Transport: walletBrowser{s.transport, userAgents[wallet], name},
	}}, nil
}

// walletBrowser sends the app's User-Agent, and tells the sandbox's pages who
// holds the phone, as a logged-in app would.
type walletBrowser struct {
	next             http.RoundTripper
	userAgent, payer string
}

// RoundTrip adds the app's marks to a request.
func (b walletBrowser) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("User-Agent", b.userAgent)
	r.Header.Set("Accept-Language", "zh-CN")
	r.AddCookie(&http.Cookie{Name: sandbox.PayerCookie, Value: b.payer})
	return b.next.RoundTrip(r)
}

// placed is what the cashier answers when an order is placed.
type placed struct {
	OrderNo     string         `json:"order_no"`
	ResultToken string         `json:"result_token"`
	Bridge      channel.Bridge `json:"bridge"`
}

// refusal is the cashier's answer when it does not place an order.
type refusal struct {
	Status  int    `json:"-"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Error prints the cashier's sentence.
func (r *refusal) Error() string {
	return fmt.Sprintf("cashier answered %d %s: %s", r.Status, r.Code, r.Message)
}

// scan opens the plate's address as the wallet does and follows the silent
// authorisation back to the cashier page; it returns the page's address.
func (c *consumer) scan(ctx context.Context, payload string) (*url.URL, error) {
	address, err := c.street.resolve(payload)
	if err != nil {
		return nil, err
	}
	resp, err := c.get(ctx, address)
	if err != nil {
		return nil, err
	}
	if _, err := drain(resp); err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("scanning %s with %s ended at %s with status %d", payload, c.wallet, resp.Request.URL, resp.StatusCode)
	}
	return resp.Request.URL, nil
}

func (c *consumer) get(ctx context.Context, address string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	return c.client.Do(req)
}

// order types the amount and presses pay. When the wallet's answer was lost the
// page asks to press again, and the consumer does, with the same request. A
// wallet that will not give the lost answer again (UnionPay calls the number a
// duplicate) leaves that order unpayable; the page is opened anew then, which is
// a new request, and the old order expires.
func (c *consumer) order(ctx context.Context, page *url.URL, requestID, amount string) (placed, error) {
	var no *refusal
	for reload := 0; ; reload++ {
		body, err := json.Marshal(map[string]string{"amount": amount, "request_id": fmt.Sprintf("%s-%d", requestID, reload)})
		if err != nil {
			return placed{}, err
		}
		for press := 0; ; press++ {
			p, err := c.press(ctx, page, body)
			if !errors.As(err, &no) || no.Status < 500 || (press == 2 && reload == 1) {
				return p, err
			}
			if press == 2 {
				break
			}
		}
	}
}

func (c *consumer) press(ctx context.Context, page *url.URL, body []byte) (placed, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, page.JoinPath("pay").String(), bytes.NewReader(body))
	if err != nil {
		return placed{}, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	resp, err := c.client.Do(req)
	if err != nil {
		return placed{}, err
	}
	answer, err := drain(resp)
	if err != nil {
		return placed{}, err
	}
	if resp.StatusCode != http.StatusOK {
		var wrapped struct {
			Error refusal `json:"error"`
		}
		if err := json.Unmarshal(answer, &wrapped); err != nil {
			return placed{}, fmt.Errorf("cashier answered %d with %.80q", resp.StatusCode, answer)
		}
		wrapped.Error.Status = resp.StatusCode
		return placed{}, &wrapped.Error
	}
	var p placed
	if err := json.Unmarshal(answer, &p); err != nil {
		return placed{}, fmt.Errorf("cashier's answer: %w", err)
	}
	return p, nil
}

// confirm is the consumer's finger on the wallet's payment sheet, of an order that the
// carrier's sandbox has. UnionPay's
// sheet is a page of its own; the others' is the app.
func (c *consumer) confirm(ctx context.Context, carrier channel.Name, p placed) error {
	if p.Bridge.Kind == "redirect" {
		return c.confirmOnPage(ctx, p.Bridge.URL)
	}
	body, err := json.Marshal(map[string]string{"wallet": string(carrier), "out_trade_no": p.OrderNo})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.street.controlURL+"/confirm", bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	return c.expectOK(req)
}

// confirmOnPage opens the wallet's payment page and submits its form.
func (c *consumer) confirmOnPage(ctx context.Context, address string) error {
	resp, err := c.get(ctx, address)
	if err != nil {
		return err
	}
	if _, err := drain(resp); err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s's payment page answered %d", c.wallet, resp.StatusCode)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, resp.Request.URL.String(), strings.NewReader(""))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return c.expectOK(req)
}

func (c *consumer) expectOK(req *http.Request) error {
	resp, err := c.client.Do(req)
	if err != nil {
		return err
	}
	answer, err := drain(resp)
	if err != nil {
		return err
	}
	if resp.StatusCode >= 300 {
		return fmt.Errorf("%s answered %d: %.120s", req.URL.Path, resp.StatusCode, answer)
	}
	return nil
}

// drain reads and closes an answer, so that its connection is used again.
func drain(resp *http.Response) ([]byte, error) {
	defer resp.Body.Close()
	return io.ReadAll(io.LimitReader(resp.Body, 1<<20))
}
