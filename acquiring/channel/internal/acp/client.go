package acp

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"

	"juma/acquiring/channel"
	"juma/acquiring/channel/internal/hop"
)

// NotSentError means that the request certainly never reached the wallet: no
// connection came about. Every other failure of an exchange leaves open what the
// wallet did.
type NotSentError struct{ Err error }

// Error says why nothing was sent.
func (e *NotSentError) Error() string { return "nothing was sent: " + e.Err.Error() }

// Unwrap gives the cause.
func (e *NotSentError) Unwrap() error { return e.Err }

// Client exchanges signed messages. It is safe for concurrent use.
type Client struct {
	signer *Signer
	trust  *Trust
	http   *http.Client
}

// NewClient makes a client. Redirects are not followed: a signed request goes
// only where it was configured to go.
func NewClient(signer *Signer, trust *Trust, hc *http.Client) *Client {
	return &Client{signer, trust, Straight(hc)}
}

// Straight is the client less its following of redirects.
func Straight(hc *http.Client) *http.Client {
	own := *hc
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &own
}

// Verify proves that UnionPay signed p.
func (c *Client) Verify(p Params) error { return c.trust.Verify(p) }

// Credentials are the certificates by which answers are proved.
func (c *Client) Credentials() []channel.Credential { return c.trust.Credentials() }

// Post signs p, sends it and returns the answer once its signature is proved.
// An answer longer than maxBytes is refused. A *NotSentError means that nothing
// was sent; any other error, that the result is unknown.
func (c *Client) Post(ctx context.Context, url string, p Params, maxBytes int64) (Params, error) {
	if err := ctx.Err(); err != nil {
		return nil, &NotSentError{err}
	}
	signed, err := c.signer.Sign(p)
	if err != nil {
		return nil, &NotSentError{err}
	}
	body, err := Exchange(ctx, c.http, url, "application/x-www-form-urlencoded;charset=UTF-8", signed.Form(), maxBytes)
	if err != nil {
		return nil, err
	}
	answer, err := ParseAnswer(body)
	if err != nil {
		return nil, err
	}
	if err := c.trust.Verify(answer); err != nil {
		return nil, fmt.Errorf("answer is not proved to be UnionPay's: %w", err)
	}
	return answer, nil
}

// Exchange posts a body and returns the answer's, which is not proved by anything
// yet. Errors are as those of Post.
func Exchange(ctx context.Context, hc *http.Client, url, contentType, body string, maxBytes int64) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		return nil, &NotSentError{err}
	}
	req.Header.Set("Content-Type", contentType)
	resp, sent, err := hop.Do(hc, req)
	if err != nil {
		if !sent {
			return nil, &NotSentError{err}
		}
		return nil, fmt.Errorf("no answer: %w", err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxBytes+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("answer broke off: %w", err)
	case resp.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("answered with HTTP status %d, want 200", resp.StatusCode)
	case int64(len(answer)) > maxBytes:
		return nil, fmt.Errorf("answer is longer than %d bytes", maxBytes)
	}
	return answer, nil
}
