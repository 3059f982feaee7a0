// Package wiretap keeps what went over a wallet's wire, for people who must find out
// what happened to one payment. It is a record of masked messages and never evidence:
// nothing is decided by it, what is not listed in mask.go is hidden, and a message that
// is lost is lost.
//
// Three places work together. Record stands around the adapter, in its process, and has
// the tape travel with the answer. Client is what the adapter sends its requests by. Keep stands around whatever the caller calls, be it the adapter or the bus,
// and takes the tape off the answer.
package wiretap

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"juma/acquiring/channel"
	"juma/acquiring/channel/around"
	"juma/internal/clock"
)

const (
	maxBody      = 32 << 10 // of a body that is looked at, in bytes
	maxExchanges = 8        // of one call
)

// tape is a recording under way.
type tape struct {
	clock, stopwatch clock.Clock

	mu   sync.Mutex
	list []*exchange
}

// exchange is one that is not masked yet. The answer grows as it is read.
type exchange struct {
	channel.Exchange
	request []byte
	answer  bytes.Buffer
	cut     bool
}

type tapeKey struct{}

// Record returns the adapter with a tape in every call's context and answer. Where a
// day is simulated, only the stopwatch is real.
func Record(a channel.Adapter, clk, stopwatch clock.Clock) channel.Adapter {
	return around.Wrap(a, func(ctx context.Context, c around.Call) (context.Context, func(*channel.Result, error)) {
		if c.OrderNo == "" {
			return ctx, func(*channel.Result, error) {} // who the payer is: nothing of an order
		}
		t := &tape{clock: clk, stopwatch: stopwatch}
		return context.WithValue(ctx, tapeKey{}, t), func(res *channel.Result, err error) {
			if err == nil {
				res.Tape = t.end()
			}
		}
	})
}

// end masks what was recorded; nil for nothing.
func (t *tape) end() *channel.Tape {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.list) == 0 {
		return nil
	}
	var out channel.Tape
	for _, x := range t.list {
		x.Request = message(x.request)
		switch {
		case x.cut:
			x.Answer, x.Problem = hidden, channel.TooLong
		case x.Status != 0:
			x.Answer = message(x.answer.Bytes())
		}
		out.Exchanges = append(out.Exchanges, x.Exchange)
	}
	return &out
}

// Client returns the client with what it sends on the tape in the request's context;
// without one it is as it was. Every adapter sends through it.
func Client(c *http.Client) *http.Client {
	own := *c
	if own.Transport == nil {
		own.Transport = http.DefaultTransport
	}
	own.Transport = transport{own.Transport}
	return &own
}

// transport listens.
type transport struct{ http.RoundTripper }

// RoundTrip sends the request untouched and copies what is read of its answer.
func (l transport) RoundTrip(req *http.Request) (*http.Response, error) {
	t, on := req.Context().Value(tapeKey{}).(*tape)
	if !on {
		return l.RoundTripper.RoundTrip(req)
	}
	x := &exchange{Exchange: channel.Exchange{At: t.clock.Now(), Method: req.Method, URL: place(req.URL)}, request: bodyOf(req)}
	t.mu.Lock()
	if len(t.list) < maxExchanges {
		t.list = append(t.list, x)
	}
	t.mu.Unlock()
	start := t.stopwatch.Now()
	res, err := l.RoundTripper.RoundTrip(req)
	t.mu.Lock()
	defer t.mu.Unlock()
	x.Took = int(t.stopwatch.Now().Sub(start) / time.Millisecond)
	if err != nil {
		x.Problem = problem(err)
		return nil, err
	}
	x.Status = res.StatusCode
	res.Body = &tee{ReadCloser: res.Body, tape: t, into: x}
	return res, nil
}

// bodyOf is the beginning of what will be sent, if it can be had without sending it.
func bodyOf(req *http.Request) []byte {
	if req.GetBody == nil {
		return nil
	}
	body, err := req.GetBody()
	if err != nil {
		return nil
	}
	defer body.Close()
	text, err := io.ReadAll(io.LimitReader(body, maxBody))
	if err != nil {
		return nil
	}
	return text
}

// problem says why no answer came. The error itself may quote an address.
func problem(err error) channel.WireProblem {
	var timeout net.Error
	switch {
	case errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout():
		return channel.NoAnswerInTime
	case errors.Is(err, context.Canceled):
		return channel.CallerGaveUp
	}
	return channel.LineFailed
}

// tee copies what the adapter reads of an answer.
type tee struct {
	io.ReadCloser
	tape *tape
	into *exchange
}

// Read reads on.
func (r *tee) Read(p []byte) (int, error) {
	n, err := r.ReadCloser.Read(p)
	r.tape.mu.Lock()
	defer r.tape.mu.Unlock()
	if r.into.answer.Len()+n > maxBody {
		r.into.cut = true
	} else {
		r.into.answer.Write(p[:n])
	}
	if err != nil && !errors.Is(err, io.EOF) {
		r.into.Problem = channel.BrokeOff
	}
	return n, err
}

// Keeper takes what was recorded; it must be quick and may drop.
type Keeper interface {
	KeepTape(c around.Call, how channel.Outcome, t channel.Tape)
}

// ByNotice is the method of a call that the wallet began: a notification.
const ByNotice around.Method = "notice"

// Keep returns the adapter with the tapes of its answers given to a keeper and taken
// off them, and with the notifications that it reads given, too.
func Keep(a channel.Adapter, k Keeper, clk clock.Clock) channel.Adapter {
	kept := around.Wrap(a, func(ctx context.Context, c around.Call) (context.Context, func(*channel.Result, error)) {
		return ctx, func(res *channel.Result, err error) {
			if res.Tape != nil {
				k.KeepTape(c, res.Outcome, *res.Tape)
				res.Tape = nil
			}
		}
	})
	return around.Notices(kept, func(raw channel.RawNotice, n channel.Notice) {
		c := around.Call{Channel: a.Name(), Method: ByNotice, OrderNo: n.OrderNo, RefundNo: n.RefundNo}
		k.KeepTape(c, n.Result.Outcome, channel.Tape{Exchanges: []channel.Exchange{notice(raw, clk.Now())}})
	})
}

// notice is a notification as an exchange that the wallet began. Its headers, which
// hold the signature, are left out, and so is our answer: it is not given yet.
func notice(raw channel.RawNotice, at time.Time) channel.Exchange {
	return channel.Exchange{At: at, Method: http.MethodPost, Request: message(raw.Body)}
}
