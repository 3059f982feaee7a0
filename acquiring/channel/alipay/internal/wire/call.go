package wire

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync/atomic"

	"github.com/smartwalle/alipay/v3"
)

// maxAnswer is the largest answer of the gateway that is read, in bytes. Real
// ones are a few kilobytes.
const maxAnswer = 4 << 20

// tokenMethod is the one call whose successful answer carries no code.
const tokenMethod = "alipay.system.oauth.token"

// Call sends one request and, when the verified answer says that it was done,
// reads its fields into answer. Every error is a *CallError, except those of
// building the request.
func (c *Client) Call(ctx context.Context, param alipay.Param, answer any) (Status, error) {
	values, err := c.sdk.URLValues(param)
	if err != nil {
		return Status{}, fmt.Errorf("%s: cannot build the request: %w", param.APIName(), err)
	}
	body, err := c.post(ctx, values.Encode())
	if err != nil {
		return Status{}, err
	}
	return c.readAnswer(param.APIName(), body, answer)
}

func (c *Client) post(ctx context.Context, form string) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, &CallError{Err: err}
	}
	var hop hopTrace
	ctx = httptrace.WithClientTrace(ctx, hop.trace())
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.gateway.String(), strings.NewReader(form))
	if err != nil {
		return nil, &CallError{Err: err}
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded;charset=utf-8")
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, &CallError{Sent: !hop.neverConnected(), Err: err}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, &CallError{Sent: true, Err: fmt.Errorf("the answer broke off: %w", err)}
	case resp.StatusCode != http.StatusOK:
		return nil, &CallError{Sent: true, Err: fmt.Errorf("HTTP status %d instead of 200", resp.StatusCode)}
	case len(body) > maxAnswer:
		return nil, &CallError{Sent: true, Err: fmt.Errorf("the answer is longer than %d bytes", maxAnswer)}
	}
	return body, nil
}

// hopTrace sees whether a request ever had a connection. A transport that does
// not report (one that calls a handler directly) counts as connected: only the
// certain case may be called "not sent".
type hopTrace struct{ asked, got atomic.Bool }

func (h *hopTrace) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GetConn: func(string) { h.asked.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { h.got.Store(true) },
	}
}

func (h *hopTrace) neverConnected() bool { return h.asked.Load() && !h.got.Load() }

// readAnswer verifies the answer over its raw bytes before anything in it is
// believed, then reads it.
func (c *Client) readAnswer(method string, body []byte, answer any) (Status, error) {
	unsure := func(claim Status, err error) (Status, error) {
		return Status{}, &CallError{Sent: true, Claim: claim, Err: err}
	}
	var outer map[string]json.RawMessage
	if err := json.Unmarshal(body, &outer); err != nil {
		return unsure(Status{}, fmt.Errorf("the answer is not JSON: %w", err))
	}
	// RawMessage holds the value byte for byte as it stood in the answer: that
	// substring is what Alipay signed.
	raw := outer[strings.ReplaceAll(method, ".", "_")+"_response"]
	failed := len(raw) == 0
	if failed {
		raw = outer["error_response"]
	}
	if len(raw) == 0 {
		return unsure(Status{}, fmt.Errorf("the answer is not one to %s", method))
	}
	var status Status
	if err := json.Unmarshal(raw, &status); err != nil {
		return unsure(Status{}, fmt.Errorf("unreadable answer to %s: %w", method, err))
	}
	if err := c.verifyAnswer(raw, outer["sign"]); err != nil {
		return unsure(status, err)
	}
	if status.Code == "" && !failed && method == tokenMethod {
		status.Code = "10000"
	}
	if status.Code == "" {
		return unsure(status, errors.New("the answer carries no code"))
	}
	if status.OK() {
		if err := json.Unmarshal(raw, answer); err != nil {
			return unsure(status, fmt.Errorf("unreadable answer to %s: %w", method, err))
		}
	}
	return status, nil
}

func (c *Client) verifyAnswer(raw, sign json.RawMessage) error {
	var signature string
	if err := json.Unmarshal(sign, &signature); err != nil || signature == "" {
		return errNoSignature
	}
	if !c.verify(raw, signature) {
		return errBadSignature
	}
	return nil
}
