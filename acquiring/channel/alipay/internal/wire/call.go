package wire

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/smartwalle/alipay/v3"

	"juma/acquiring/channel/internal/hop"
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
	return c.readAnswer(ctx, param.APIName(), body, answer)
}

func (c *Client) post(ctx context.Context, form string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.gateway.String(), strings.NewReader(form))
	if err != nil {
		return nil, &CallError{Err: err}
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded;charset=utf-8")
	resp, sent, err := hop.Do(c.http, req)
	if err != nil {
		return nil, &CallError{Sent: sent, Err: err}
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

// opened is an answer taken apart, and nothing in it believed.
type opened struct {
	raw    json.RawMessage // byte for byte as it stood in the answer: what Alipay signed
	status Status
	failed bool // an answer of total failure, which has a name of its own
	sign   string
	certSN string // "" without certificate mode
}

func open(method string, body []byte) (o opened, err error) {
	var outer map[string]json.RawMessage
	if err := json.Unmarshal(body, &outer); err != nil {
		return o, fmt.Errorf("the answer is not JSON: %w", err)
	}
	o.raw = outer[strings.ReplaceAll(method, ".", "_")+"_response"]
	if o.failed = len(o.raw) == 0; o.failed {
		o.raw = outer["error_response"]
	}
	if len(o.raw) == 0 {
		return o, fmt.Errorf("the answer is not one to %s", method)
	}
	if err := json.Unmarshal(o.raw, &o.status); err != nil {
		return o, fmt.Errorf("unreadable answer to %s: %w", method, err)
	}
	for name, into := range map[string]*string{"sign": &o.sign, "alipay_cert_sn": &o.certSN} {
		if outer[name] != nil && json.Unmarshal(outer[name], into) != nil {
			return o, fmt.Errorf("the answer's %s is no text", name)
		}
	}
	return o, nil
}

// readAnswer verifies the answer over its raw bytes before anything in it is
// believed, then reads it.
func (c *Client) readAnswer(ctx context.Context, method string, body []byte, answer any) (Status, error) {
	o, err := open(method, body)
	if err == nil {
		err = c.verifyAnswer(ctx, o)
	}
	if err != nil {
		return Status{}, &CallError{Sent: true, Claim: o.status, Err: err}
	}
	return o.read(method, answer)
}

// readUnproved reads an answer whose signature is not what proves it.
func (c *Client) readUnproved(method string, body []byte, answer any) (Status, error) {
	o, err := open(method, body)
	if err != nil {
		return Status{}, &CallError{Sent: true, Claim: o.status, Err: err}
	}
	return o.read(method, answer)
}

// read reads the fields of an answer that says "done".
func (o opened) read(method string, answer any) (Status, error) {
	unsure := func(err error) (Status, error) {
		return Status{}, &CallError{Sent: true, Claim: o.status, Err: err}
	}
	status := o.status
	if status.Code == "" && !o.failed && method == tokenMethod {
		status.Code = "10000"
	}
	if status.Code == "" {
		return unsure(errors.New("the answer carries no code"))
	}
	if status.OK() {
		if err := json.Unmarshal(o.raw, answer); err != nil {
			return unsure(fmt.Errorf("unreadable answer to %s: %w", method, err))
		}
	}
	return status, nil
}

func (c *Client) verifyAnswer(ctx context.Context, o opened) error {
	if o.sign == "" {
		return errNoSignature
	}
	keys, err := c.keysFor(ctx, o.certSN)
	if err != nil {
		return err
	}
	if !verify(keys, o.raw, o.sign) {
		return errBadSignature
	}
	return nil
}
