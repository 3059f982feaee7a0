package channeltest

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"juma/acquiring/channel"
	"juma/acquiring/sandbox"
	"juma/internal/fault"
)

// answerFaults are the two ways in which a wallet that has done what it was
// asked leaves us in the dark.
var answerFaults = []string{sandbox.AnswerLost, sandbox.AnswerError}

// wantUnknown checks that nobody claims to know.
func wantUnknown(t testing.TB, what string, res channel.Result, err error) {
	t.Helper()
	if err != nil || res.Outcome != channel.Unknown {
		t.Errorf("%s: %s, error %v; want unknown without an error", what, show(res), err)
	}
}

// wantUnsettled checks the error of a call that has no Result to say Unknown in.
func wantUnsettled(t testing.TB, what string, err error) {
	t.Helper()
	if kind := fault.KindOf(err); err == nil || (kind != fault.Unknown && kind != fault.Unavailable) {
		t.Errorf("%s: error %v (%s); want kind unknown or unavailable", what, err, kind)
	}
}

func (s *suite) testPrepayLost(t *testing.T) {
	for _, kind := range answerFaults {
		req := s.order(s.identify(t, "ann"), 1234)
		s.during(t, kind, "prepay", req.OrderNo, func() {
			res, err := s.Adapter.Prepay(t.Context(), req)
			wantUnknown(t, kind+" on prepay", res.Result, err)
		})
		if res := s.query(t, req); res.Outcome != channel.Pending {
			t.Errorf("%s on prepay, then query: %s; want pending, for the wallet has the order", kind, show(res.Result))
		}
		s.place(t, req)
		if n := s.countOrders(req.OrderNo); n != 1 {
			t.Errorf("%s on prepay and once more: the wallet has %d orders", kind, n)
		}
	}
}

func (s *suite) testQueryLost(t *testing.T) {
	for _, kind := range answerFaults {
		req, _ := s.paid(t, 1234)
		paidAt := s.Clock.Now().Add(-2 * time.Second)
		s.during(t, kind, "query", req.OrderNo, func() {
			res, err := s.Adapter.Query(t.Context(), req.OrderRef)
			wantUnknown(t, kind+" on query", res.Result, err)
		})
		s.checkPaid(t, req, s.query(t, req), paidAt)
	}
}

func (s *suite) testRefundLost(t *testing.T) {
	for _, kind := range answerFaults {
		req, _ := s.paid(t, 10_000)
		refund := s.refundOf(req, 2_500)
		s.during(t, kind, "refund", refund.RefundNo, func() {
			res, err := s.Adapter.Refund(t.Context(), refund)
			wantUnknown(t, kind+" on refund", res.Result, err)
		})
		first := s.refundDone(t, refund)
		if again := s.refund(t, refund); again.ChannelNo != first.ChannelNo {
			t.Errorf("%s on refund and once more: %q at the wallet, was %q", kind, again.ChannelNo, first.ChannelNo)
		}
		if sum, n := s.refunded(t, req.OrderNo); sum != 2_500 || n != 1 {
			t.Errorf("%s on refund and once more: %d fen in %d refunds, want 2500 in one", kind, sum, n)
		}
		s.drain()
	}
}

func (s *suite) testRefundQueryLost(t *testing.T) {
	req, _ := s.paid(t, 10_000)
	refund := s.refundOf(req, 2_500)
	s.refund(t, refund)
	for _, kind := range answerFaults {
		s.during(t, kind, "refund_query", refund.RefundNo, func() {
			res, err := s.Adapter.QueryRefund(t.Context(), refund)
			wantUnknown(t, kind+" on refund query", res.Result, err)
		})
		s.refundDone(t, refund)
	}
	s.drain()
}

func (s *suite) testCloseLost(t *testing.T) {
	if s.Traits.NoClose {
		t.Skip("this wallet has no call to close an order")
	}
	for _, kind := range answerFaults {
		req := s.unpaid(t, 1234)
		s.pass(6 * time.Minute)
		s.during(t, kind, "close", req.OrderNo, func() {
			res, err := s.Adapter.Close(t.Context(), req.OrderRef)
			wantUnknown(t, kind+" on close", res, err)
		})
		if res := s.query(t, req); res.Outcome != channel.Refused || res.NotFound {
			t.Errorf("%s on close, then query: %s; want refused, for the order is closed", kind, show(res.Result))
		}
	}
}

func (s *suite) testIdentifyLost(t *testing.T) {
	if s.Traits.ForeignPayers {
		t.Skip("this channel identifies nobody")
	}
	for _, kind := range answerFaults {
		query := s.authorise(t, "ann", "S1")
		s.during(t, kind, "identify", "", func() {
			// The wallet has used the code up. A client that repeats a lost read by
			// itself hears that, which is as good: a new authorisation helps.
			p, err := s.Adapter.Identify(t.Context(), s.identifyRequest(query))
			if err == nil {
				t.Errorf("%s on identify: payer %q without an answer", kind, p.ID)
			} else if !fault.Is(err, fault.Refused) {
				wantUnsettled(t, kind+" on identify", err)
			}
		})
		s.identify(t, "ann")
	}
}

// trouble asks everything that has a Result while the line is disturbed, and
// says what came of it.
func (s *suite) trouble(t testing.TB, what string, disturb func(func())) {
	t.Helper()
	paid, _ := s.paid(t, 10_000)
	refund := s.refundOf(paid, 2_500)
	s.refund(t, refund)
	s.drain()
	fresh := s.order(channel.Payer{ID: paid.PayerID}, 1234)
	disturb(func() {
		prepay, err := s.Adapter.Prepay(t.Context(), fresh)
		wantUnknown(t, what+", prepay", prepay.Result, err)
		query, err := s.Adapter.Query(t.Context(), paid.OrderRef)
		wantUnknown(t, what+", query", query.Result, err)
		again, err := s.Adapter.Refund(t.Context(), refund)
		wantUnknown(t, what+", refund", again.Result, err)
		asked, err := s.Adapter.QueryRefund(t.Context(), refund)
		wantUnknown(t, what+", refund query", asked.Result, err)
	})
	s.place(t, fresh)
	s.refundDone(t, refund)
}

// testAnswerAltered flips one byte of each answer: a signature that does not
// hold proves nothing in either direction.
func (s *suite) testAnswerAltered(t *testing.T) {
	s.trouble(t, "one byte altered", func(f func()) {
		s.Line.Alter(f, func(_ int, _ *http.Request, answer *httptest.ResponseRecorder) { flipByte(answer) })
	})
	s.trouble(t, "cut short", func(f func()) {
		s.Line.Alter(f, func(_ int, _ *http.Request, answer *httptest.ResponseRecorder) {
			answer.Body.Truncate(answer.Body.Len() / 2)
		})
	})
}

// testAnswerFromSomethingElse lets a proxy or an empty page answer.
func (s *suite) testAnswerFromSomethingElse(t *testing.T) {
	for what, h := range map[string]http.HandlerFunc{
		"502 page": func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "<html><h1>502 Bad Gateway</h1></html>", http.StatusBadGateway)
		},
		"200 page": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			_, _ = w.Write([]byte("<html>please log in to the hotel's network</html>"))
		},
		"200 and nothing": func(http.ResponseWriter, *http.Request) {},
	} {
		s.trouble(t, what, func(f func()) { s.Line.Instead(h, f) })
	}
}

// testAnswerAboutAnotherOrder gives a genuine, well signed answer to the wrong
// question.
func (s *suite) testAnswerAboutAnotherOrder(t *testing.T) {
	a, _ := s.paid(t, 1234)
	b := s.unpaid(t, 1234)
	var about httptest.ResponseRecorder
	s.Line.Alter(func() { s.query(t, a) }, func(_ int, _ *http.Request, answer *httptest.ResponseRecorder) {
		about = *answer
		about.Body = bytes.NewBuffer(bytes.Clone(answer.Body.Bytes()))
	})
	s.Line.Instead(func(w http.ResponseWriter, _ *http.Request) { copyAnswer(w, &about) }, func() {
		res, err := s.Adapter.Query(t.Context(), b.OrderRef)
		wantUnknown(t, "the answer about another order", res.Result, err)
	})
	if res := s.query(t, b); res.Outcome != channel.Pending {
		t.Errorf("after that: %s, want pending", show(res.Result))
	}
}

func (s *suite) testContextEnded(t *testing.T) {
	paid, _ := s.paid(t, 1234)
	fresh := s.order(channel.Payer{ID: paid.PayerID}, 1234)

	res, err := s.Adapter.Prepay(ended(t), fresh)
	if !fault.Is(err, fault.Unavailable) && (err != nil || res.Outcome != channel.Unknown) {
		t.Errorf("prepay in an ended context: %s, error %v; want unavailable or unknown", show(res.Result), err)
	}
	asked, err := s.Adapter.Query(ended(t), paid.OrderRef)
	if !fault.Is(err, fault.Unavailable) && (err != nil || asked.Outcome != channel.Unknown) {
		t.Errorf("query in an ended context: %s, error %v; want unavailable or unknown", show(asked.Result), err)
	}

	s.late(t, "prepay", func(ctx context.Context) (channel.Result, error) {
		res, err := s.Adapter.Prepay(ctx, fresh)
		return res.Result, err
	})
	s.late(t, "query", func(ctx context.Context) (channel.Result, error) {
		res, err := s.Adapter.Query(ctx, paid.OrderRef)
		return res.Result, err
	})
}

// late makes a call to a wallet that has the request and lets us wait until the
// deadline. On a busy machine a short deadline may pass before the request is
// sent, and that is another case: then a longer one is tried.
func (s *suite) late(t *testing.T, what string, call func(context.Context) (channel.Result, error)) {
	t.Helper()
	var arrived atomic.Bool
	silent := func(_ http.ResponseWriter, r *http.Request) {
		arrived.Store(true)
		_, _ = io.Copy(io.Discard, r.Body) // only then does the server see that the caller has gone
		<-r.Context().Done()
	}
	for wait := 50 * time.Millisecond; ; wait *= 5 {
		var res channel.Result
		var err error
		s.Line.Instead(silent, func() {
			ctx, cancel := context.WithTimeout(t.Context(), wait)
			defer cancel()
			res, err = call(ctx)
		})
		if err == nil || arrived.Load() || wait > 5*time.Second {
			wantUnknown(t, what+" without an answer in time", res, err)
			return
		}
	}
}

// testWalletDown: a connection that is refused carries nothing, so it is
// certain that nothing happened.
func (s *suite) testWalletDown(t *testing.T) {
	paid, _ := s.paid(t, 10_000)
	fresh := s.order(channel.Payer{ID: paid.PayerID}, 1234)
	calls := map[string]func(context.Context) error{}
	if !s.Traits.ForeignPayers {
		back := s.authorise(t, "ann", "S1")
		calls["identify"] = func(ctx context.Context) error {
			_, err := s.Adapter.Identify(ctx, s.identifyRequest(back))
			return err
		}
	}
	s.Line.Down(t, func() {
		for name, call := range map[string]func(context.Context) error{
			"prepay": func(ctx context.Context) error {
				_, err := s.Adapter.Prepay(ctx, fresh)
				return err
			},
			"query": func(ctx context.Context) error {
				_, err := s.Adapter.Query(ctx, paid.OrderRef)
				return err
			},
			"refund": func(ctx context.Context) error {
				_, err := s.Adapter.Refund(ctx, s.refundOf(paid, 1))
				return err
			},
			"statement": func(ctx context.Context) error {
				_, err := s.Adapter.Statement(ctx, s.statementRequest(day.AddDays(-1), s.MerchantID))
				return err
			},
		} {
			calls[name] = call
		}
		for name, call := range calls {
			if err := call(t.Context()); !fault.Is(err, fault.Unavailable) {
				t.Errorf("%s while the wallet is down: error %v; want kind unavailable", name, err)
			}
		}
	})
	s.place(t, fresh)
}
