package wire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"juma/internal/crash"
)

// MaxBill is the largest bill that is fetched, in bytes.
const MaxBill = 64 << 20

// billTimeout is how long a bill may take to arrive; a day of a large provider
// is tens of megabytes.
const billTimeout = time.Minute

// billDomains are the domains from which Alipay serves bills besides the
// gateway's own host (production and its sandbox).
var billDomains = []string{"alipay.com", "alipaydev.com"}

// ErrTooLarge is returned for a bill over MaxBill.
var ErrTooLarge = fmt.Errorf("the bill is larger than %d MiB", MaxBill>>20)

// Bill fetches the bill behind an address that BillURL gave, with the file name
// that the server gives it ("" when it gives none). The address lives for about
// 30 seconds. It must be the gateway's own or one of Alipay's, redirects
// included: an answer must not send this server to a host of its choosing.
func (c *Client) Bill(ctx context.Context, address string) (data []byte, name string, err error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, "", fmt.Errorf("bill address is not a URL: %w", err)
	}
	if err := c.checkBillHost(u); err != nil {
		return nil, "", err
	}
	client := *c.http
	client.Timeout = max(client.Timeout, billTimeout)
	client.CheckRedirect = func(req *http.Request, via []*http.Request) error {
		if len(via) > 3 {
			return errors.New("more than three redirects")
		}
		return c.checkBillHost(req.URL)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, "", err
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, "", err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, "", fmt.Errorf("bill download: HTTP status %d instead of 200", resp.StatusCode)
	}
	data, err = io.ReadAll(io.LimitReader(crash.Reading("clearing.f1.half_download", resp.Body), MaxBill+1))
	if err != nil {
		return nil, "", fmt.Errorf("bill download broke off: %w", err)
	}
	if len(data) > MaxBill {
		return nil, "", ErrTooLarge
	}
	return data, billName(resp), nil
}

func (c *Client) checkBillHost(u *url.URL) error {
	if u.Scheme != "http" && u.Scheme != "https" {
		return fmt.Errorf("bill address has scheme %q: want http or https", u.Scheme)
	}
	if u.Host == c.gateway.Host {
		return nil
	}
	host := strings.ToLower(u.Hostname())
	for _, domain := range billDomains {
		if host == domain || strings.HasSuffix(host, "."+domain) {
			return nil
		}
	}
	return fmt.Errorf("bill address is on host %q: want the gateway's or one of Alipay's", u.Host)
}

// billName reads the file's name from the header or the address and keeps it
// only when it is a plain name of a zip.
func billName(resp *http.Response) string {
	candidates := []string{resp.Request.URL.Query().Get("downloadFileName"), path.Base(resp.Request.URL.Path)}
	if _, params, err := mime.ParseMediaType(resp.Header.Get("Content-Disposition")); err == nil {
		candidates = append([]string{params["filename"]}, candidates...)
	}
	for _, name := range candidates {
		if strings.HasSuffix(name, ".zip") && !strings.ContainsAny(name, "/\\\x00") && len(name) <= 128 {
			return name
		}
	}
	return ""
}
