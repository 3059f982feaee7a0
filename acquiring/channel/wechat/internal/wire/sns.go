package wire

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
)

// Identity is the answer of the identity API. It is not signed; ErrCode 0 means
// success.
type Identity struct {
	OpenID string `json:"openid"`
	// IsSnapshotUser 1: the consumer looked at the page without signing in, and
	// OpenID is a stand-in that cannot pay.
	IsSnapshotUser int    `json:"is_snapshotuser"`
	ErrCode        int    `json:"errcode"`
	ErrMsg         string `json:"errmsg"`
}

// Identify exchanges the code that came back with the browser. Every error is a
// *Failure.
func (c *Client) Identify(ctx context.Context, appID, secret, code string) (Identity, error) {
	address := join(c.opt.SNS, "/sns/oauth2/access_token?appid="+url.QueryEscape(appID)+"&secret="+url.QueryEscape(secret)+
		"&code="+url.QueryEscape(code)+"&grant_type=authorization_code")
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return Identity{}, &Failure{Stage: NotSent, Err: fmt.Errorf("identity address is not usable")} // the address holds the secret
	}
	req.Header.Set("User-Agent", userAgent)
	resp, err := c.do(req)
	if err != nil {
		return Identity{}, hideAddress(err)
	}
	defer resp.Body.Close()
	raw, err := readLimited(resp.Body, maxAnswer)
	if err != nil {
		return Identity{}, &Failure{Stage: Lost, Err: err}
	}
	if resp.StatusCode != http.StatusOK {
		return Identity{}, &Failure{Stage: Lost, Err: fmt.Errorf("identity API answered status %d", resp.StatusCode)}
	}
	var id Identity
	if err := json.Unmarshal(raw, &id); err != nil {
		return Identity{}, &Failure{Stage: Lost, Err: fmt.Errorf("identity answer is not JSON: %w", err)}
	}
	return id, nil
}

// hideAddress takes the address out of a transport error: it carries the app's
// secret.
func hideAddress(err error) error {
	f, ok := err.(*Failure)
	if !ok {
		return err
	}
	if u, ok := f.Err.(*url.Error); ok {
		f.Err = u.Err
	}
	return f
}
