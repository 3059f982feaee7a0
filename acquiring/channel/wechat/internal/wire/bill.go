package wire

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"juma/internal/crash"
)

// productionHosts are WeChat's own: a bill address on one of them is fetched
// from the configured host instead, so that a deputy (a sandbox, the spare
// host, a proxy in the company's network) serves the download too.
var productionHosts = []string{"api.mch.weixin.qq.com", "api2.mch.weixin.qq.com"}

// BillLocation says where a bill is and what its digest is.
type BillLocation struct {
	HashType    string `json:"hash_type"`
	HashValue   string `json:"hash_value"`
	DownloadURL string `json:"download_url"`
}

// TradeBill asks for the location of a day's bill of all trades, gzip packed.
// date is YYYY-MM-DD; a successful answer is a BillLocation.
func (c *Client) TradeBill(ctx context.Context, date string) (Answer, error) {
	return c.call(ctx, http.MethodGet, "/v3/bill/tradebill?bill_date="+url.QueryEscape(date)+"&bill_type=ALL&tar_type=GZIP", nil)
}

// BillAddress is where a bill is fetched from: the configured host with the
// path and query of location. Any host but ours and WeChat's is refused,
// because the request carries our signature.
func (c *Client) BillAddress(location string) (string, error) {
	u, err := url.Parse(location)
	if err != nil {
		return "", fmt.Errorf("download_url: not an address")
	}
	switch {
	case u.Host == c.opt.Base.Host && u.Scheme == c.opt.Base.Scheme:
		return location, nil
	case slices.Contains(productionHosts, u.Host) && u.Scheme == "https":
		return join(c.opt.Base, u.RequestURI()), nil
	}
	return "", fmt.Errorf("download_url host %q: neither WeChat's nor the configured %q", u.Host, c.opt.Base.Host)
}

// Download fetches a bill of at most limit bytes. The answer is not signed: its
// digest from TradeBill proves it. Every error is a *Failure.
func (c *Client) Download(ctx context.Context, address string, limit int64) ([]byte, error) {
	resp, err := c.send(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, &Failure{Stage: Lost, Err: fmt.Errorf("bill download answered status %d", resp.StatusCode)}
	}
	raw, err := readLimited(crash.Reading("clearing.f1.half_download", resp.Body), limit)
	if err != nil {
		return nil, &Failure{Stage: Lost, Err: err}
	}
	return raw, nil
}
