package channeltest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"juma/acquiring/channel"
	"juma/acquiring/sandbox"
	"juma/internal/fault"
	"juma/internal/money"
)

// codes runs a case about payments by the consumer's code, unless the wallet has
// none.
func (s *suite) codes(run func(*testing.T, channel.CodePayer)) func(*testing.T) {
	return func(t *testing.T) {
		if s.Traits.NoPayCode {
			t.Skip("this wallet takes no payments by code")
		}
		run(t, s.Adapter.(channel.CodePayer))
	}
}

// scanned is a new order by the code that a consumer shows just now.
func (s *suite) scanned(amount money.Fen) channel.CodeRequest {
	now := s.Clock.Now()
	return channel.CodeRequest{
		OrderRef: channel.OrderRef{OrderNo: s.number('P'), MerchantID: s.MerchantID, CreatedAt: now},
		Wallet:   channel.Wallet(s.Wallet.Name()),
		Code:     channel.PayCode(s.Wallet.(sandbox.CodeShower).ShowCode("ann")), Amount: amount, Description: "示例餐厅, 一店-付款码",
		StoreID: "S001", StoreName: "示例餐厅一店", TerminalNo: terminal, ClientIP: "203.0.113.7",
		NotifyURL: s.Inbox.URL(), ExpiresAt: now.Add(time.Minute),
	}
}

// byCode pays by code and returns what is known then: by the answer, or by the
// query that a pending answer asks for.
func (s *suite) byCode(t testing.TB, p channel.CodePayer, req channel.CodeRequest) channel.PaymentResult {
	t.Helper()
	res, err := p.PayByCode(t.Context(), req)
	if err != nil {
		t.Fatalf("PayByCode %s: %v", req.OrderNo, err)
	}
	if res.Outcome != channel.Pending {
		return res
	}
	return s.ask(t, req.OrderRef)
}

func (s *suite) ask(t testing.TB, ref channel.OrderRef) channel.PaymentResult {
	t.Helper()
	res, err := s.Adapter.Query(t.Context(), ref)
	if err != nil {
		t.Fatalf("Query %s: %v", ref.OrderNo, err)
	}
	return res
}

func (s *suite) wantTaken(t testing.TB, req channel.CodeRequest, res channel.PaymentResult) {
	t.Helper()
	s.checkPaid(t, channel.PrepayRequest{OrderRef: req.OrderRef, Amount: req.Amount}, res, s.Clock.Now())
}

func (s *suite) testCodePaid(t *testing.T, p channel.CodePayer) {
	req := s.scanned(1_880)
	s.wantTaken(t, req, s.byCode(t, p, req))
	s.wantTaken(t, req, s.ask(t, req.OrderRef))
	if o, _ := s.Wallet.Find(req.OrderNo); o.AmountFen != 1_880 || o.MerchantID != s.MerchantID {
		t.Errorf("the wallet has %d fen for merchant %s", o.AmountFen, o.MerchantID)
	}
	s.drain()
}

// testCodeNotice: a wallet that tells of such an order tells it as of any other.
func (s *suite) testCodeNotice(t *testing.T, p channel.CodePayer) {
	req := s.scanned(1_881)
	s.wantTaken(t, req, s.byCode(t, p, req))
	s.pass(2 * time.Second)
	letters := s.letters(req.OrderNo)
	if s.Traits.NoCodeNotice {
		if len(letters) != 0 {
			t.Errorf("%d notices came of a wallet that sends none", len(letters))
		}
		return
	}
	if len(letters) != 1 || !letters[0].Verdict.OK || letters[0].Verdict.Notice.Amount != req.Amount {
		t.Fatalf("notices of a payment by code: %+v", letters)
	}
}

func (s *suite) testCodePassword(t *testing.T, p channel.CodePayer) {
	req := s.scanned(1_882)
	s.fault(t, sandbox.Fault{Kind: sandbox.CodePassword, OutTradeNo: req.OrderNo, DelaySeconds: 12})
	if res, err := p.PayByCode(t.Context(), req); err != nil || res.Outcome != channel.Pending {
		t.Fatalf("a consumer who is asked for the password: %s, error %v; want pending", show(res.Result), err)
	}
	s.pass(5 * time.Second)
	if res := s.ask(t, req.OrderRef); res.Outcome != channel.Pending || res.NotFound {
		t.Errorf("meanwhile: %s; want pending", show(res.Result))
	}
	s.pass(8 * time.Second)
	if res := s.ask(t, req.OrderRef); res.Outcome != channel.Succeeded || res.Amount != req.Amount {
		t.Errorf("the password was entered: %s; want succeeded", show(res.Result))
	}
	s.drain()
}

func (s *suite) testCodeRefused(t *testing.T, p channel.CodePayer) {
	used := s.scanned(1_883)
	s.wantTaken(t, used, s.byCode(t, p, used))
	for _, c := range []struct {
		name   string
		spoil  func(*channel.CodeRequest)
		reason channel.Reason
	}{
		{"no money", func(r *channel.CodeRequest) {
			s.fault(t, sandbox.Fault{Kind: sandbox.CodeFunds, OutTradeNo: r.OrderNo})
		}, channel.ShortOfFunds},
		{"code expired", func(r *channel.CodeRequest) {
			s.fault(t, sandbox.Fault{Kind: sandbox.CodeExpired, OutTradeNo: r.OrderNo})
		}, channel.CodeExpired},
		{"code a minute old", func(r *channel.CodeRequest) {
			s.pass(61 * time.Second)
			r.CreatedAt, r.ExpiresAt = s.Clock.Now(), s.Clock.Now().Add(time.Minute)
		}, channel.CodeExpired},
		{"code used before", func(r *channel.CodeRequest) { r.Code = used.Code }, channel.CodeExpired},
		{"code that nobody showed", func(r *channel.CodeRequest) {
			r.Code = r.Code[:len(r.Code)-4] + channel.PayCode("1111")
		}, channel.CodeExpired},
	} {
		req := s.scanned(1_884)
		c.spoil(&req)
		res := s.byCode(t, p, req)
		if res.Outcome != channel.Refused || res.Reason != c.reason || res.Code == "" || res.Message == "" {
			t.Errorf("%s: %s, reason %q; want refused for %q with the wallet's code and words", c.name, show(res.Result), res.Reason, c.reason)
		}
		if strings.Contains(fmt.Sprintf("%+v", res), string(req.Code)) {
			t.Errorf("%s: the answer repeats the code", c.name)
		}
	}
	s.drain()
}

func (s *suite) testCodeInvalid(t *testing.T, p channel.CodePayer) {
	for _, code := range []channel.PayCode{"", "130000000000000000x", "4000000000000000", "hello"} {
		req := s.scanned(1_885)
		req.Code = code
		sent := s.Line.Count(func() {
			if res, err := p.PayByCode(t.Context(), req); !fault.Is(err, fault.Invalid) {
				t.Errorf("code of %d characters: %s, error %v; want invalid", len(code), show(res.Result), err)
			}
		})
		if sent > 0 {
			t.Errorf("code of %d characters was sent to the wallet", len(code))
		}
	}
	req := s.scanned(0)
	if _, err := p.PayByCode(t.Context(), req); !fault.Is(err, fault.Invalid) || strings.Contains(err.Error(), string(req.Code)) {
		t.Errorf("no amount: %v; want invalid, without the code", err)
	}
}

// testCodeAgain sends an order again whose code is spent: whatever is answered,
// it must not call a paid order unpaid, nor take the money twice.
func (s *suite) testCodeAgain(t *testing.T, p channel.CodePayer) {
	req := s.scanned(1_886)
	s.wantTaken(t, req, s.byCode(t, p, req))
	res, err := p.PayByCode(t.Context(), req)
	if err != nil || res.Outcome == channel.Refused {
		t.Errorf("a paid order sent again: %s, error %v; want anything but refused", show(res.Result), err)
	}
	if n := s.countOrders(req.OrderNo); n != 1 {
		t.Errorf("the wallet has %d orders %s, want one", n, req.OrderNo)
	}
	s.drain()
}

func (s *suite) testCodeLost(t *testing.T, p channel.CodePayer) {
	for _, kind := range answerFaults {
		req := s.scanned(1_887)
		s.during(t, kind, "pay_code", req.OrderNo, func() {
			res, err := p.PayByCode(t.Context(), req)
			wantUnknown(t, kind+" on payment by code", res.Result, err)
		})
		s.wantTaken(t, req, s.ask(t, req.OrderRef))
	}
	req := s.scanned(1_888)
	s.Line.Alter(func() {
		if res, err := p.PayByCode(t.Context(), req); err != nil || res.Outcome == channel.Succeeded || res.Outcome == channel.Refused {
			t.Errorf("an altered answer: %s, error %v; want unknown", show(res.Result), err)
		}
	}, func(_ int, _ *http.Request, answer *httptest.ResponseRecorder) { flipByte(answer) })
	s.Line.Down(t, func() {
		if _, err := p.PayByCode(t.Context(), s.scanned(1_889)); !fault.Is(err, fault.Unavailable) {
			t.Errorf("nobody listens: %v; want unavailable, for nothing was sent", err)
		}
	})
	s.drain()
}

func (s *suite) reverse(t testing.TB, p channel.CodePayer, ref channel.OrderRef) channel.ReverseResult {
	t.Helper()
	res, err := p.Reverse(t.Context(), ref)
	if err != nil {
		t.Fatalf("Reverse %s: %v", ref.OrderNo, err)
	}
	return res
}

// testReverse undoes orders in each state that the dance can meet them in.
func (s *suite) testReverse(t *testing.T, p channel.CodePayer) {
	waiting := s.scanned(1_890)
	s.fault(t, sandbox.Fault{Kind: sandbox.CodePassword, OutTradeNo: waiting.OrderNo})
	s.byCode(t, p, waiting)
	paid := s.scanned(1_891)
	s.wantTaken(t, paid, s.byCode(t, p, paid))
	for name, req := range map[string]channel.CodeRequest{"waiting for the password": waiting, "paid": paid} {
		if res := s.reverse(t, p, req.OrderRef); res.Outcome != channel.Succeeded {
			t.Errorf("reverse an order that is %s: %s; want succeeded", name, show(res.Result))
		}
		if res := s.reverse(t, p, req.OrderRef); res.Outcome != channel.Succeeded {
			t.Errorf("and again: %s; want succeeded", show(res.Result))
		}
		if err := s.Wallet.Confirm(req.OrderNo, ""); err == nil {
			t.Errorf("an order that was %s and then reversed can be paid", name)
		}
		if o, _ := s.Wallet.Find(req.OrderNo); !o.Reversed {
			t.Errorf("the wallet holds an order that was %s for %s, want reversed", name, o.State)
		}
	}
	if res := s.ask(t, waiting.OrderRef); res.Outcome != channel.Refused || res.NotFound {
		t.Errorf("query after a reversal: %s; want refused and found", show(res.Result))
	}
	if res := s.reverse(t, p, s.scanned(1_892).OrderRef); res.Outcome != channel.Refused || !res.NotFound {
		t.Errorf("reverse what was never placed: %s, not found %v; want refused and not found", show(res.Result), res.NotFound)
	}
	s.drain()
}

func (s *suite) testReverseLost(t *testing.T, p channel.CodePayer) {
	for _, kind := range answerFaults {
		req := s.scanned(1_893)
		s.wantTaken(t, req, s.byCode(t, p, req))
		s.during(t, kind, "reverse", req.OrderNo, func() {
			res, err := p.Reverse(t.Context(), req.OrderRef)
			wantUnknown(t, kind+" on reversal", res.Result, err)
		})
		if res := s.reverse(t, p, req.OrderRef); res.Outcome != channel.Succeeded {
			t.Errorf("%s on reversal and once more: %s; want succeeded", kind, show(res.Result))
		}
	}
	s.drain()
}

// testStaticLimit: what the wallet itself refuses for the limit of static codes is
// told apart from every other limit.
func (s *suite) testStaticLimit(t *testing.T) {
	req := s.order(s.identify(t, "ann"), 50_001)
	s.fault(t, sandbox.Fault{Kind: sandbox.StaticLimit, OutTradeNo: req.OrderNo})
	res, err := s.Adapter.Prepay(t.Context(), req)
	if err != nil || res.Outcome != channel.Refused || res.Reason != channel.StaticLimit {
		t.Errorf("the limit of static codes: %s, reason %q, error %v; want refused for %q", show(res.Result), res.Reason, err, channel.StaticLimit)
	}
}
