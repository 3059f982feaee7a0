package channeltest

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"juma/acquiring/channel"
	"juma/internal/fault"
)

func (s *suite) testName(t *testing.T) {
	if got, want := string(s.Adapter.Name()), s.Wallet.Name(); got != want {
		t.Fatalf("the adapter of %q calls itself %q", want, got)
	}
	if s.Adapter.Name().TakesCodes() == s.Traits.NoPayCode {
		t.Errorf("%s.TakesCodes() is %v, its traits say otherwise", s.Adapter.Name(), s.Traits.NoPayCode)
	}
}

func (s *suite) testIdentify(t *testing.T) {
	if s.Traits.ForeignPayers {
		s.testForeignPayers(t)
		return
	}
	const state = "0123456789ABCDEFGHJKMNPQRS"
	query := s.authorise(t, "ann", state)
	if got := query.Get("state"); got != state {
		t.Fatalf("state came back as %q, want %q", got, state)
	}
	ann, err := s.Adapter.Identify(t.Context(), s.identifyRequest(query))
	if err != nil || ann.ID == "" {
		t.Fatalf("Identify: payer %q, error %v", ann.ID, err)
	}
	if again := s.identify(t, "ann"); again != ann {
		t.Errorf("the same consumer is %q and then %q", ann.ID, again.ID)
	}
	if bob := s.identify(t, "bob"); bob == ann {
		t.Errorf("two consumers are both %q", bob.ID)
	}
}

// testForeignPayers: a channel that cannot tell who pays must say so and not
// invent anybody.
func (s *suite) testForeignPayers(t *testing.T) {
	if to, err := s.Adapter.AuthURL(t.Context(), channel.AuthRequest{Wallet: s.holds(), RedirectURL: returnURL, State: "S1"}); !fault.Is(err, fault.Invalid) {
		t.Errorf("AuthURL: %q, error %v; want invalid", to, err)
	}
	if p, err := s.Adapter.Identify(t.Context(), s.identifyRequest(url.Values{"code": {"C"}, "auth_code": {"C"}, "userAuthCode": {"C"}})); !fault.Is(err, fault.Invalid) {
		t.Errorf("Identify: payer %q, error %v; want invalid", p.ID, err)
	}
}

func (s *suite) testIdentifyRefused(t *testing.T) {
	if s.Traits.ForeignPayers {
		t.Skip("this channel identifies nobody")
	}
	used := s.authorise(t, "ann", "S1")
	if _, err := s.Adapter.Identify(t.Context(), s.identifyRequest(used)); err != nil {
		t.Fatal(err)
	}
	invented := url.Values{}
	for k, v := range used {
		invented.Set(k, v[0])
		if strings.Contains(strings.ToLower(k), "code") && k != "respCode" {
			invented.Set(k, "bm9ib2R5IGdhdmUgdGhpcw==")
		}
	}
	for name, query := range map[string]url.Values{"used code": used, "invented code": invented, "no code": {"state": {"S1"}}} {
		p, err := s.Adapter.Identify(t.Context(), s.identifyRequest(query))
		if kind := fault.KindOf(err); err == nil || (kind != fault.Refused && kind != fault.Invalid) {
			t.Errorf("%s: payer %q, error %v (%s); want a refusal", name, p.ID, err, kind)
		}
	}
}

func (s *suite) testPrepay(t *testing.T) {
	req := s.order(s.identify(t, "ann"), 1234)
	bridge := s.place(t, req)
	if token := s.bridgeToken(t, bridge); token != "" {
		if o, ok := s.Wallet.Find(token); !ok || o.OutTradeNo != req.OrderNo {
			t.Errorf("the wallet's phone finds order %q under the page's token %q, want %s", o.OutTradeNo, token, req.OrderNo)
		}
	}
	o, ok := s.Wallet.Find(req.OrderNo)
	if !ok {
		t.Fatalf("the wallet does not know %s", req.OrderNo)
	}
	if o.AmountFen != int64(req.Amount) || o.MerchantID != req.MerchantID {
		t.Errorf("the wallet has %d fen for merchant %s, want %d for %s", o.AmountFen, o.MerchantID, req.Amount, req.MerchantID)
	}
}

// bridgeToken checks what the page is given and returns the token in it by
// which the wallet opens its payment sheet, "" for a redirection.
func (s *suite) bridgeToken(t testing.TB, b channel.Bridge) string {
	t.Helper()
	need := func(names ...string) {
		for _, name := range names {
			if b.Params[name] == "" {
				t.Errorf("bridge parameter %s is missing: have %v", name, slices.Sorted(maps.Keys(b.Params)))
			}
		}
	}
	switch s.holds() {
	case channel.WeChatWallet:
		need("appId", "timeStamp", "nonceStr", "package", "signType", "paySign")
		return strings.TrimPrefix(b.Params["package"], "prepay_id=")
	case channel.AlipayWallet:
		need("tradeNO")
		return b.Params["tradeNO"]
	}
	if b.Kind != "redirect" {
		t.Errorf("bridge kind %q, want redirect", b.Kind)
	}
	resp, err := http.Get(b.URL)
	if err != nil {
		t.Fatalf("the wallet's payment page: %v", err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("the wallet's payment page %s answers %d", b.URL, resp.StatusCode)
	}
	return ""
}

func (s *suite) testPrepayAgain(t *testing.T) {
	req := s.order(s.identify(t, "ann"), 1234)
	first := s.place(t, req)
	s.pass(time.Second)
	again := s.place(t, req)
	if a, b := bridgeOrder(first), bridgeOrder(again); a != b {
		t.Errorf("the same order again opens %q, the first time %q", b, a)
	}
	if n := s.countOrders(req.OrderNo); n != 1 {
		t.Errorf("the wallet has %d orders %s, want one", n, req.OrderNo)
	}
}

// bridgeOrder is the part of a bridge that names the order; the rest is a fresh
// signature.
func bridgeOrder(b channel.Bridge) string {
	return b.Kind + " " + b.Params["package"] + b.Params["tradeNO"] + b.URL
}

func (s *suite) countOrders(orderNo string) int {
	n := 0
	for _, o := range s.Wallet.Orders() {
		if o.OutTradeNo == orderNo {
			n++
		}
	}
	return n
}

func (s *suite) testPrepayConflict(t *testing.T) {
	req := s.unpaid(t, 1234)
	other := req
	other.Amount = 4321
	res, err := s.Adapter.Prepay(t.Context(), other)
	if err != nil || res.Outcome != channel.Refused || res.Code == "" {
		t.Errorf("same number, other amount: %s, error %v; want refused with the wallet's code", show(res.Result), err)
	}
	if o, _ := s.Wallet.Find(req.OrderNo); o.AmountFen != int64(req.Amount) {
		t.Errorf("the order is now about %d fen, was about %d", o.AmountFen, req.Amount)
	}
}

// testPrepayPaid places an order that was paid meanwhile, as after a lost
// notice. Refused would mean that no money moved.
func (s *suite) testPrepayPaid(t *testing.T) {
	req, _ := s.paid(t, 1234)
	s.pass(time.Minute)
	res, err := s.Adapter.Prepay(t.Context(), req)
	if err != nil || res.Outcome == channel.Refused {
		t.Errorf("a paid order placed again: %s, error %v; want anything but refused", show(res.Result), err)
	}
	if n := s.countOrders(req.OrderNo); n != 1 {
		t.Errorf("the wallet has %d orders %s, want one", n, req.OrderNo)
	}
}

func (s *suite) testQuery(t *testing.T) {
	req := s.order(s.identify(t, "ann"), 1234)
	if res := s.query(t, req); res.Outcome != channel.Refused || !res.NotFound {
		t.Errorf("an order never placed: %s, not found %v; want refused and not found", show(res.Result), res.NotFound)
	}
	s.place(t, req)
	if res := s.query(t, req); res.Outcome != channel.Pending || res.NotFound {
		t.Errorf("an unpaid order: %s, not found %v; want pending", show(res.Result), res.NotFound)
	}
	s.pass(time.Minute)
	s.press(t, req.OrderNo)
	s.checkPaid(t, req, s.query(t, req), s.Clock.Now())
	s.theLetter(t, req.OrderNo)
}

// checkPaid checks what a query says of an order that was paid at an instant.
func (s *suite) checkPaid(t testing.TB, req channel.PrepayRequest, res channel.PaymentResult, at time.Time) {
	t.Helper()
	if res.Outcome != channel.Succeeded || res.NotFound {
		t.Fatalf("%s: %s, not found %v; want succeeded", req.OrderNo, show(res.Result), res.NotFound)
	}
	if res.Amount != req.Amount {
		t.Errorf("%s: amount %d fen, want %d", req.OrderNo, res.Amount, req.Amount)
	}
	if res.ChannelNo == "" {
		t.Errorf("%s: the wallet's number is missing", req.OrderNo)
	}
	if !res.PaidAt.IsZero() && res.PaidAt.Sub(at).Abs() > time.Second {
		t.Errorf("%s: paid at %s, want %s", req.OrderNo, res.PaidAt, at)
	}
	if want := s.Adapter.Name().Cut().DateOf(at); res.SettleDate != 0 && res.SettleDate != want {
		t.Errorf("%s: settles on %s, want %s", req.OrderNo, res.SettleDate, want)
	}
}

func (s *suite) testClose(t *testing.T) {
	req := s.unpaid(t, 1234)
	s.pass(6 * time.Minute) // an order younger than five minutes need not be closable
	res, err := s.Adapter.Close(t.Context(), req.OrderRef)
	if s.Traits.NoClose {
		if err != nil || res.Outcome != channel.Pending {
			t.Errorf("close without a close call: %s, error %v; want pending until it expires", show(res), err)
		}
		s.Clock.AdvanceTo(req.ExpiresAt.Add(time.Second))
		res, err = s.Adapter.Close(t.Context(), req.OrderRef)
	}
	if err != nil || res.Outcome != channel.Succeeded {
		t.Fatalf("close an unpaid order: %s, error %v; want succeeded", show(res), err)
	}
	if err := s.Wallet.Confirm(req.OrderNo, ""); err == nil {
		t.Error("a closed order can still be paid")
	}
	if res, err := s.Adapter.Prepay(t.Context(), req); err != nil || res.Outcome == channel.Succeeded {
		t.Errorf("a closed order placed again: %s, error %v; want it not to be payable", show(res.Result), err)
	}
	if res := s.query(t, req); res.Outcome != channel.Refused || res.NotFound {
		t.Errorf("query a closed order: %s, not found %v; want refused and found", show(res.Result), res.NotFound)
	}
	res, err = s.Adapter.Close(t.Context(), req.OrderRef)
	if err != nil || res.Outcome == channel.Unknown || res.Outcome == channel.Pending {
		t.Errorf("close again: %s, error %v; want a final answer", show(res), err)
	}
}

func (s *suite) testClosePaid(t *testing.T) {
	req, _ := s.paid(t, 1234)
	s.pass(6 * time.Minute)
	res, err := s.Adapter.Close(t.Context(), req.OrderRef)
	if err != nil || res.Outcome != channel.Refused {
		t.Errorf("close a paid order: %s, error %v; want refused", show(res), err)
	}
	if res := s.query(t, req); res.Outcome != channel.Succeeded {
		t.Errorf("after that, query: %s; want succeeded", show(res.Result))
	}
}
