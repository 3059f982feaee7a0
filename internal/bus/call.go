package bus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/micro"

	"juma/internal/fault"
)

// lostAnswer says that a request went out and no usable answer came: kind Unknown.
type lostAnswer struct{ fault *fault.Error }

func lostf(format string, args ...any) *lostAnswer {
	return &lostAnswer{fault.New("bus.call", fault.Unknown, format, args...)}
}

// Error prints the fault.
func (e *lostAnswer) Error() string { return e.fault.Error() }

// Unwrap gives the fault.
func (e *lostAnswer) Unwrap() error { return e.fault }

// call makes one call of the contract. Errors: what the adapter said;
// Unavailable or Invalid when nothing was sent; *lostAnswer in between.
func (r *remote) call(ctx context.Context, m method, req, res any) error {
	body, err := json.Marshal(req)
	if err != nil {
		return fault.Wrap("bus.call", fault.Invalid, err)
	}
	if !token.MatchString(string(r.name)) {
		return fault.Field("bus.call", "channel", string(r.name), "a channel's name is made of letters, digits, '-' and '_'")
	}
	answer, err := r.exchange(ctx, r.timeout(m), methodSubject(r.name, m), body)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(answer.Data, res); err != nil {
		return lostf("the %s adapter's answer to %s cannot be read: %v", r.name, m, err)
	}
	return nil
}

func (r *remote) timeout(m method) time.Duration {
	if m == methodStatement {
		return r.bus.cfg.StatementTimeout
	}
	return r.bus.cfg.CallTimeout
}

// exchange sends one request and waits for its answer.
func (r *remote) exchange(ctx context.Context, timeout time.Duration, subject string, body []byte) (*nats.Msg, error) {
	const op = "bus.call"
	nc := r.bus.nc
	if err := ctx.Err(); err != nil {
		return nil, fault.New(op, fault.Unavailable, "not sent to the %s adapter, the caller had given up (%v)", r.name, err)
	}
	if most := nc.MaxPayload(); int64(len(body)) > most {
		return nil, fault.Field(op, "request", fmt.Sprintf("%d bytes", len(body)), "a message carries at most %d bytes", most)
	}
	if !nc.IsConnected() {
		return nil, fault.New(op, fault.Unavailable, "not sent to the %s adapter: the message bus is away; try again", r.name)
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	deadline, _ := ctx.Deadline()
	left := time.Until(deadline)
	// The adapter is given a little less, so that what it knows at its end still
	// arrives here.
	budget := max(1, (left - min(left/5, time.Second)).Milliseconds())
	answer, err := nc.RequestMsgWithContext(ctx, &nats.Msg{
		Subject: subject, Data: body, Header: nats.Header{headerBudget: {strconv.FormatInt(budget, 10)}},
	})
	switch {
	case err == nil:
		if answer.Header.Get(micro.ErrorCodeHeader) != "" {
			return nil, decodeFault(answer.Data)
		}
		return answer, nil
	case errors.Is(err, nats.ErrNoResponders):
		return nil, fault.New(op, fault.Unavailable, "no %s adapter is listening; start one (juma channel %s) and try again", r.name, r.name)
	case errors.Is(err, nats.ErrReconnectBufExceeded), errors.Is(err, nats.ErrMaxPayload), errors.Is(err, nats.ErrConnectionDraining):
		return nil, fault.New(op, fault.Unavailable, "not sent to the %s adapter: %v", r.name, err)
	default:
		return nil, lostf("no answer from the %s adapter within %s (%v)", r.name, left.Round(time.Millisecond), err)
	}
}
