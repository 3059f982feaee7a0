package channeltest

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"juma/acquiring/channel"
	"juma/acquiring/sandbox"
	"juma/internal/bizdate"
	"juma/internal/id"
	"juma/internal/money"
)

// terminal is the terminal that the suite's orders are placed from.
const terminal = "T0000001"

// returnURL stands for a page of our own. Nothing listens there: the suite
// reads the address that the wallet sends the browser to.
const returnURL = "http://cashier.example/q/auth"

// userAgents are the wallets' browsers, as the rules of wallet detection show them.
var userAgents = map[channel.Wallet]string{
	channel.WeChatWallet:   "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Mobile Safari/537.36 MicroMessenger/8.0.47 NetType/WIFI Language/zh_CN",
	channel.AlipayWallet:   "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Mobile Safari/537.36 AlipayClient/10.5.60 Language/zh-Hans",
	channel.UnionPayWallet: "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Mobile Safari/537.36 (com.unionpay.chsp) (UnionPay/1.0 CloudPay)",
}

// suite is a harness with the number of the last order placed on it.
type suite struct {
	Harness
	last *atomic.Int64
}

func newSuite(h Harness) *suite {
	return &suite{Harness: h, last: new(atomic.Int64)}
}

// holds is the wallet that consumers hold.
func (s *suite) holds() channel.Wallet {
	if s.Traits.Holds != "" {
		return s.Traits.Holds
	}
	return channel.Wallet(s.Adapter.Name())
}

// authorise opens the wallet's silent authorisation as payer and returns the
// query that the browser brings back.
func (s *suite) authorise(t testing.TB, payer, state string) url.Values {
	t.Helper()
	address, err := s.Adapter.AuthURL(t.Context(), channel.AuthRequest{Wallet: s.holds(), RedirectURL: returnURL, State: state})
	if err != nil {
		t.Fatalf("AuthURL: %v", err)
	}
	browser := &http.Client{
		Timeout:       5 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	defer browser.CloseIdleConnections()
	for range 5 {
		if back, ok := strings.CutPrefix(address, returnURL+"?"); ok {
			q, err := url.ParseQuery(back)
			if err != nil {
				t.Fatalf("the wallet's return address %q: %v", address, err)
			}
			return q
		}
		address = s.follow(t, browser, address, payer)
	}
	t.Fatalf("five redirections and the browser is still at %s", address)
	return nil
}

// follow opens an address at the wallet and returns where it redirects to.
func (s *suite) follow(t testing.TB, browser *http.Client, address, payer string) string {
	t.Helper()
	if !strings.HasPrefix(address, s.Line.URL()+"/") {
		t.Fatalf("the browser is sent to %s, which is neither the wallet (%s) nor our page (%s)", address, s.Line.URL(), returnURL)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("User-Agent", userAgents[s.holds()])
	req.AddCookie(&http.Cookie{Name: sandbox.PayerCookie, Value: payer})
	resp, err := browser.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	next, err := resp.Location()
	if err != nil {
		t.Fatalf("%s answers %d without a redirection", address, resp.StatusCode)
	}
	next.Fragment = ""
	return next.String()
}

// identifyRequest is what the cashier asks after the browser came back.
func (s *suite) identifyRequest(query url.Values) channel.IdentifyRequest {
	return channel.IdentifyRequest{
		Wallet: s.holds(), Query: query, UserAgent: userAgents[s.holds()], MerchantID: s.MerchantID,
		OrderNo: s.number('P'), Time: s.Clock.Now(),
	}
}

// identify takes a payer through the silent authorisation.
func (s *suite) identify(t testing.TB, payer string) channel.Payer {
	t.Helper()
	if s.Traits.ForeignPayers {
		return channel.Payer{ID: "told-elsewhere-" + payer}
	}
	p, err := s.Adapter.Identify(t.Context(), s.identifyRequest(s.authorise(t, payer, "STATE-"+payer)))
	if err != nil {
		t.Fatalf("Identify %s: %v", payer, err)
	}
	if p.ID == "" {
		t.Fatalf("Identify %s: empty payer", payer)
	}
	return p
}

// number makes the next order ('P') or refund ('R') number.
func (s *suite) number(letter byte) string {
	return id.OrderNo(letter, bizdate.Of(s.Clock.Now()), terminal, int(s.last.Add(1)))
}

// order is a new order of the payer, not yet placed.
func (s *suite) order(payer channel.Payer, amount money.Fen) channel.PrepayRequest {
	now := s.Clock.Now()
	return channel.PrepayRequest{
		OrderRef: channel.OrderRef{Wallet: s.holds(), OrderNo: s.number('P'), MerchantID: s.MerchantID, CreatedAt: now},
		Amount:   amount, Description: "示例餐厅, 一店-扫码消费", PayerID: payer.ID,
		StoreID: "S001", StoreName: "示例餐厅一店", TerminalNo: terminal, ClientIP: "203.0.113.7",
		NotifyURL: s.Inbox.URL(), ReturnURL: "http://cashier.example/r/TOKEN", ExpiresAt: now.Add(15 * time.Minute),
	}
}

// place places an order that the wallet must take.
func (s *suite) place(t testing.TB, req channel.PrepayRequest) channel.Bridge {
	t.Helper()
	res, err := s.Adapter.Prepay(t.Context(), req)
	if err != nil || res.Outcome != channel.Succeeded {
		t.Fatalf("Prepay %s: %s, error %v; want succeeded", req.OrderNo, show(res.Result), err)
	}
	return res.Bridge
}

// unpaid places a new order.
func (s *suite) unpaid(t testing.TB, amount money.Fen) channel.PrepayRequest {
	t.Helper()
	req := s.order(s.identify(t, "ann"), amount)
	s.place(t, req)
	return req
}

// press is the consumer confirming in the wallet. The notice has not gone out.
func (s *suite) press(t testing.TB, orderNo string) {
	t.Helper()
	if err := s.Wallet.Confirm(orderNo, ""); err != nil {
		t.Fatalf("the consumer cannot pay %s: %v", orderNo, err)
	}
}

// paid places and pays a new order, and returns it with its letter.
func (s *suite) paid(t testing.TB, amount money.Fen) (channel.PrepayRequest, Letter) {
	t.Helper()
	req := s.unpaid(t, amount)
	s.press(t, req.OrderNo)
	letter := s.theLetter(t, req.OrderNo)
	req.ChannelNo = letter.Verdict.Notice.ChannelNo
	return req, letter
}

// pass lets simulated time go by.
func (s *suite) pass(d time.Duration) { s.Clock.AdvanceTo(s.Clock.Now().Add(d)) }

// theLetter lets the first delivery happen and returns the one letter about an
// order or refund, which must be genuine.
func (s *suite) theLetter(t testing.TB, number string) Letter {
	t.Helper()
	s.pass(2 * time.Second)
	letters := s.letters(number)
	if len(letters) != 1 {
		t.Fatalf("%d notices about %s came, want one", len(letters), number)
	}
	if l := letters[0]; l.Err != nil || !l.Verdict.OK {
		t.Fatalf("a genuine notice is refused: %s, error %v", l.Verdict.Problem, l.Err)
	}
	return letters[0]
}

// letters takes what came in about a payment (by its order number) or a refund
// (by its own), and what was not understood. Notices about others are dropped:
// a wallet may tell, for instance, that an order of an earlier case has expired.
func (s *suite) letters(number string) []Letter {
	return slices.DeleteFunc(s.Inbox.Take(), func(l Letter) bool {
		n := l.Verdict.Notice
		about := n.OrderNo
		if n.Event == channel.RefundEvent {
			about = n.RefundNo
		}
		return l.Err == nil && l.Verdict.OK && about != number
	})
}

// query asks about an order; an error ends the test.
func (s *suite) query(t testing.TB, req channel.PrepayRequest) channel.PaymentResult {
	t.Helper()
	res, err := s.Adapter.Query(t.Context(), req.OrderRef)
	if err != nil {
		t.Fatalf("Query %s: %v", req.OrderNo, err)
	}
	return res
}

// fault puts a fault of this wallet on the script.
func (s *suite) fault(t testing.TB, f sandbox.Fault) {
	t.Helper()
	f.Wallet = s.Wallet.Name()
	if err := s.Core.Faults.Add(f); err != nil {
		t.Fatal(err)
	}
}

// during runs f while answers to call about an order misbehave. More strikes
// are planned than needed, because a client may rightly repeat a read on a fresh
// connection; what has not struck is taken back.
func (s *suite) during(t testing.TB, kind, call, orderNo string, f func()) {
	t.Helper()
	const enough = 1000
	before := s.Core.Faults.Struck()[kind]
	s.fault(t, sandbox.Fault{Kind: kind, Call: call, OutTradeNo: orderNo, Times: enough})
	f()
	s.Core.Faults.Clear()
	if s.Core.Faults.Struck()[kind] == before {
		t.Errorf("%s of %s did not strike: the sandbox was not asked about %q, or does not know the fault", kind, call, orderNo)
	}
}

// show prints a result for a message.
func show(r channel.Result) string {
	return strings.TrimSpace(fmt.Sprintf("outcome %q %s %s", r.Outcome, r.Code, r.Message))
}

// ended is a context that is over already.
func ended(t testing.TB) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}
