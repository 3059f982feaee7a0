package bus

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"juma/acquiring/channel"
	"juma/internal/bizdate"
	"juma/internal/fault"
)

var (
	at    = time.Date(2026, 3, 10, 4, 5, 6, 789, time.UTC)
	order = channel.OrderRef{OrderNo: "P2026031000000001000001", MerchantID: "898310054110001", ChannelNo: "42", CreatedAt: at}
	back  = channel.RefundRequest{OrderRef: order, RefundNo: "R1", RefundCreatedAt: at, Amount: 5, Total: 10, Reason: "冷了", NotifyURL: "https://x/n"}
)

// echo answers each call with want after checking that it was asked got.
func echo[Req, Res any](t *testing.T, wantReq Req, res Res) func(context.Context, Req) (Res, error) {
	return func(ctx context.Context, req Req) (Res, error) {
		if !reflect.DeepEqual(req, wantReq) {
			t.Errorf("adapter was asked %+v, want %+v", req, wantReq)
		}
		if _, limited := ctx.Deadline(); !limited {
			t.Error("the call has no deadline")
		}
		return res, nil
	}
}

func same[Res any](t *testing.T, what string, got Res, err error, want Res) {
	t.Helper()
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%s: got %+v, %v; want %+v", what, got, err, want)
	}
}

func TestEveryMethodMakesTheRoundTrip(t *testing.T) {
	t.Parallel()
	auth := channel.AuthRequest{RedirectURL: "https://x/back", State: "S"}
	ident := channel.IdentifyRequest{Query: url.Values{"code": {"a b", "ü"}}, UserAgent: "UA", MerchantID: "M", OrderNo: "P", Time: at}
	pre := channel.PrepayRequest{OrderRef: order, Amount: 1_234_567_890_123, Description: "咖啡", PayerID: "o", ExpiresAt: at.Add(time.Hour)}
	raw := channel.RawNotice{Header: map[string][]string{"Wechatpay-Signature": {"x"}}, Query: url.Values{"a": {"1"}}, Body: []byte{0, 0xff, '{'}}
	day := channel.StatementRequest{Date: 20260310, MerchantID: "M"}

	preRes := channel.PrepayResult{Result: channel.Result{Outcome: channel.Succeeded, Code: "OK"}, Bridge: channel.Bridge{Kind: "wechat", Params: map[string]string{"paySign": "a+b/="}}}
	paid := channel.PaymentResult{Result: channel.Result{Outcome: channel.Succeeded}, Amount: 7, ChannelNo: "42", Payer: "o***", PaidAt: at, SettleDate: bizdate.Date(20260310)}
	given := channel.RefundResult{Result: channel.Result{Outcome: channel.Pending}, NotFound: true, RefundedAt: at}
	closed := channel.Result{Outcome: channel.Refused, Code: "PAID", Message: "订单已支付"}
	verdict := channel.NoticeVerdict{OK: true, Notice: channel.Notice{ID: "N", Event: channel.RefundEvent, Amount: 5, Time: at},
		Ack: channel.Reply{Status: 200, Body: []byte("success")}, Nack: channel.Reply{Status: 500, ContentType: "text/plain", Body: []byte{0xb3, 0xc9}}}
	file := channel.StatementFile{Channel: channel.Alipay, Date: 20260310, Name: "20260310.zip", Data: []byte("PK\x03\x04")}

	b := start(t)
	serve(t, b, &fake{
		name: channel.Alipay, authURL: echo(t, auth, "https://wallet/auth?x=1&y=<2>"), identify: echo(t, ident, channel.Payer{ID: "o"}),
		prepay: echo(t, pre, preRes), query: echo(t, order, paid), close: echo(t, order, closed), refund: echo(t, back, given),
		queryRefund: echo(t, back, given), readNotice: echo(t, raw, verdict), statement: echo(t, day, file),
	})
	a, ctx := b.Remote(channel.Alipay), context.Background()
	if a.Name() != channel.Alipay {
		t.Errorf("name %q", a.Name())
	}
	u, err := a.AuthURL(ctx, auth)
	same(t, "AuthURL", u, err, "https://wallet/auth?x=1&y=<2>")
	p, err := a.Identify(ctx, ident)
	same(t, "Identify", p, err, channel.Payer{ID: "o"})
	pr, err := a.Prepay(ctx, pre)
	same(t, "Prepay", pr, err, preRes)
	q, err := a.Query(ctx, order)
	same(t, "Query", q, err, paid)
	c, err := a.Close(ctx, order)
	same(t, "Close", c, err, closed)
	r, err := a.Refund(ctx, back)
	same(t, "Refund", r, err, given)
	r, err = a.QueryRefund(ctx, back)
	same(t, "QueryRefund", r, err, given)
	v, err := a.ReadNotice(ctx, raw)
	same(t, "ReadNotice", v, err, verdict)
	f, err := a.Statement(ctx, day)
	same(t, "Statement", f, err, file)
	wantRequests(t, b, map[channel.Name]int{channel.Alipay: 9})
}

func wantRequests(t *testing.T, b *Bus, want map[channel.Name]int) {
	t.Helper()
	var got map[channel.Name]int
	eventually(t, fmt.Sprintf("requests %v", want), func() bool {
		var err error
		got, err = b.Requests(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		return reflect.DeepEqual(got, want)
	})
}

func TestFaultsSurviveTheTrip(t *testing.T) {
	t.Parallel()
	inner := &fault.Error{Op: "wechat.Prepay", Kind: fault.Refused, Field: "amount", Value: "0", Msg: "must be above zero", Err: errors.New("cause\nwith a line")}
	for name, err := range map[string]error{
		"fault":         inner,
		"wrapped":       fmt.Errorf("outer words: %w", inner),
		"kind only":     &fault.Error{Kind: fault.NotReady},
		"plain":         errors.New("it broke"),
		"joined faults": errors.Join(inner, errors.New("and more")),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := decodeFault(encodeFault(err))
			if got.Error() != err.Error() || fault.KindOf(got) != fault.KindOf(err) {
				t.Errorf("got %v (%s), want %v (%s)", got, fault.KindOf(got), err, fault.KindOf(err))
			}
			var g, w *fault.Error
			if errors.As(err, &w) && (!errors.As(got, &g) || g.Field != w.Field || g.Value != w.Value || g.Op != w.Op || g.Msg != w.Msg) {
				t.Errorf("got %+v, want %+v", g, w)
			}
		})
	}
	if err := decodeFault([]byte(`{"kind":"surprise","text":"x"}`)); !fault.Is(err, fault.Internal) {
		t.Errorf("a kind that we do not know: %v", err)
	}
	if err := decodeFault([]byte("not JSON")); !fault.Is(err, fault.Internal) {
		t.Errorf("an unreadable fault: %v", err)
	}

	b := start(t)
	serve(t, b, &fake{name: channel.WeChat,
		prepay: func(context.Context, channel.PrepayRequest) (channel.PrepayResult, error) {
			return channel.PrepayResult{}, inner
		},
		statement: func(context.Context, channel.StatementRequest) (channel.StatementFile, error) {
			return channel.StatementFile{}, fault.New("x", fault.NotReady, "come at ten")
		},
	})
	_, err := b.Remote(channel.WeChat).Prepay(context.Background(), channel.PrepayRequest{})
	if err == nil || err.Error() != inner.Error() || !fault.Is(err, fault.Refused) {
		t.Errorf("got %v, want %v", err, inner)
	}
	if _, err := b.Remote(channel.WeChat).Statement(context.Background(), channel.StatementRequest{}); !fault.Is(err, fault.NotReady) {
		t.Errorf("got %v, want NotReady", err)
	}
	if _, err := b.Remote(channel.WeChat).Query(context.Background(), order); !fault.Is(err, fault.Internal) || !strings.Contains(err.Error(), "panicked") {
		t.Errorf("a panic came as %v, want Internal", err)
	}
	if _, err := b.Remote(channel.WeChat).Prepay(context.Background(), channel.PrepayRequest{Description: strings.Repeat("x", 2<<20)}); !fault.Is(err, fault.Invalid) {
		t.Errorf("a request of 2 MiB: got %v, want Invalid", err)
	}
}

// outcomes calls every method, all at once, and says what came: an error's kind
// or an outcome.
func outcomes(ctx context.Context, a channel.Adapter) map[string]string {
	var mu sync.Mutex
	var wg sync.WaitGroup
	said := map[string]string{}
	try := func(method string, call func() (channel.Outcome, error)) {
		wg.Go(func() {
			o, err := call()
			mu.Lock()
			defer mu.Unlock()
			said[method] = string(o)
			if err != nil {
				said[method] = "error " + string(fault.KindOf(err))
			}
		})
	}
	try("AuthURL", func() (channel.Outcome, error) { _, err := a.AuthURL(ctx, channel.AuthRequest{}); return "", err })
	try("Identify", func() (channel.Outcome, error) { _, err := a.Identify(ctx, channel.IdentifyRequest{}); return "", err })
	try("Prepay", func() (channel.Outcome, error) {
		r, err := a.Prepay(ctx, channel.PrepayRequest{})
		return r.Outcome, err
	})
	try("Query", func() (channel.Outcome, error) { r, err := a.Query(ctx, order); return r.Outcome, err })
	try("Close", func() (channel.Outcome, error) { r, err := a.Close(ctx, order); return r.Outcome, err })
	try("Refund", func() (channel.Outcome, error) { r, err := a.Refund(ctx, back); return r.Outcome, err })
	try("QueryRefund", func() (channel.Outcome, error) { r, err := a.QueryRefund(ctx, back); return r.Outcome, err })
	try("ReadNotice", func() (channel.Outcome, error) { _, err := a.ReadNotice(ctx, channel.RawNotice{}); return "", err })
	try("Statement", func() (channel.Outcome, error) {
		_, err := a.Statement(ctx, channel.StatementRequest{})
		return "", err
	})
	wg.Wait()
	return said
}

var (
	lostEverywhere = map[string]string{
		"AuthURL": "error unavailable", "Identify": "error unknown", "Prepay": "unknown", "Query": "unknown", "Close": "unknown",
		"Refund": "unknown", "QueryRefund": "unknown", "ReadNotice": "error unavailable", "Statement": "error unavailable",
	}
	nothingSent = map[string]string{
		"AuthURL": "error unavailable", "Identify": "error unavailable", "Prepay": "error unavailable", "Query": "error unavailable", "Close": "error unavailable",
		"Refund": "error unavailable", "QueryRefund": "error unavailable", "ReadNotice": "error unavailable", "Statement": "error unavailable",
	}
)

// hang waits until its caller has long given up, as a wallet does that is stuck.
func hang[Req, Res any](ctx context.Context, _ Req) (Res, error) {
	<-ctx.Done()
	time.Sleep(30 * time.Millisecond)
	var res Res
	return res, ctx.Err()
}

func TestLostAnswerIsUnknown(t *testing.T) {
	t.Parallel()
	b := start(t, quick, func(c *Config) { c.StatementTimeout = c.CallTimeout })
	serve(t, b, &fake{name: channel.WeChat, authURL: hang[channel.AuthRequest, string], identify: hang[channel.IdentifyRequest, channel.Payer],
		prepay: hang[channel.PrepayRequest, channel.PrepayResult], query: hang[channel.OrderRef, channel.PaymentResult],
		close: hang[channel.OrderRef, channel.Result], refund: hang[channel.RefundRequest, channel.RefundResult],
		queryRefund: hang[channel.RefundRequest, channel.RefundResult], readNotice: hang[channel.RawNotice, channel.NoticeVerdict],
		statement: hang[channel.StatementRequest, channel.StatementFile]})
	if got := outcomes(context.Background(), b.Remote(channel.WeChat)); !reflect.DeepEqual(got, lostEverywhere) {
		t.Errorf("got  %v\nwant %v", got, lostEverywhere)
	}
}

func TestAnswerThatNamesNoOutcomeIsUnknown(t *testing.T) {
	t.Parallel()
	b := start(t)
	serve(t, b, &fake{name: channel.WeChat, prepay: func(context.Context, channel.PrepayRequest) (channel.PrepayResult, error) {
		return channel.PrepayResult{Bridge: channel.Bridge{Kind: "wechat"}}, nil
	}})
	res, err := b.Remote(channel.WeChat).Prepay(context.Background(), channel.PrepayRequest{})
	if err != nil || res.Outcome != channel.Unknown || res.Bridge.Kind != "" {
		t.Errorf("got %+v, %v; want Unknown and nothing else", res, err)
	}
}

func TestNobodyListens(t *testing.T) {
	t.Parallel()
	b := start(t)
	if got := outcomes(context.Background(), b.Remote(channel.UnionPay)); !reflect.DeepEqual(got, nothingSent) {
		t.Errorf("got  %v\nwant %v", got, nothingSent)
	}
	if _, err := b.Remote("a.b").Query(context.Background(), order); !fault.Is(err, fault.Invalid) {
		t.Errorf("a name with a dot: got %v, want Invalid", err)
	}
	if _, err := b.Serve(context.Background(), &fake{name: "*"}); !fault.Is(err, fault.Invalid) {
		t.Errorf("serving a wildcard: got %v, want Invalid", err)
	}
}

func TestCallerWhoHasGivenUpSendsNothing(t *testing.T) {
	t.Parallel()
	b := start(t)
	serve(t, b, &fake{name: channel.WeChat}) // would panic
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if got := outcomes(ctx, b.Remote(channel.WeChat)); !reflect.DeepEqual(got, nothingSent) {
		t.Errorf("got  %v\nwant %v", got, nothingSent)
	}
	wantRequests(t, b, map[channel.Name]int{channel.WeChat: 0})
}

func TestDeadlineOfTheCallerHolds(t *testing.T) {
	t.Parallel()
	b := start(t)
	var budget time.Duration
	serve(t, b, &fake{name: channel.WeChat, query: func(ctx context.Context, _ channel.OrderRef) (channel.PaymentResult, error) {
		d, _ := ctx.Deadline()
		budget = time.Until(d)
		<-ctx.Done()
		return channel.PaymentResult{Result: channel.Result{Outcome: channel.Unknown, Code: "WALLET_SLOW"}}, nil
	}})
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	began := time.Now()
	res, err := b.Remote(channel.WeChat).Query(ctx, order)
	if err != nil || res.Code != "WALLET_SLOW" {
		t.Errorf("got %+v, %v; want the adapter's own words, which it had in time", res, err)
	}
	if took := time.Since(began); took > 2*time.Second || budget > time.Second || budget < 500*time.Millisecond {
		t.Errorf("took %s, the adapter was given %s; want both below 1 s", took, budget)
	}
}

func TestMembersShareTheWork(t *testing.T) {
	t.Parallel()
	b := start(t)
	const members, calls = 2, 60
	var served [members]atomic.Int32
	for i := range members {
		serve(t, b, &fake{name: channel.WeChat, query: func(context.Context, channel.OrderRef) (channel.PaymentResult, error) {
			served[i].Add(1)
			return channel.PaymentResult{Result: channel.Result{Outcome: channel.Pending}}, nil
		}})
	}
	a := b.Remote(channel.WeChat)
	var wg sync.WaitGroup
	for range calls {
		wg.Go(func() {
			if res, err := a.Query(context.Background(), order); err != nil || res.Outcome != channel.Pending {
				t.Errorf("got %+v, %v", res, err)
			}
		})
	}
	wg.Wait()
	if x, y := served[0].Load(), served[1].Load(); x+y != calls || x == 0 || y == 0 {
		t.Errorf("members served %d and %d, want both some and %d in all", x, y, calls)
	}
	wantRequests(t, b, map[channel.Name]int{channel.WeChat: calls})
}

func TestCallsRunSideBySideButNotWithoutBound(t *testing.T) {
	t.Parallel()
	b := start(t)
	release := make(chan struct{})
	var now, most atomic.Int32
	serve(t, b, &fake{name: channel.WeChat,
		query: func(context.Context, channel.OrderRef) (channel.PaymentResult, error) {
			if n := now.Add(1); n > most.Load() {
				most.Store(n)
			}
			<-release
			now.Add(-1)
			return channel.PaymentResult{Result: channel.Result{Outcome: channel.Pending}}, nil
		},
		readNotice: func(context.Context, channel.RawNotice) (channel.NoticeVerdict, error) {
			return channel.NoticeVerdict{OK: true}, nil
		},
	})
	a := b.Remote(channel.WeChat)
	var wg sync.WaitGroup
	for range callsAtOnce + 20 {
		wg.Go(func() { a.Query(context.Background(), order) })
	}
	eventually(t, "all places taken", func() bool { return now.Load() == callsAtOnce })
	if v, err := a.ReadNotice(context.Background(), channel.RawNotice{}); err != nil || !v.OK {
		t.Errorf("a hanging method holds up another: %v", err)
	}
	close(release)
	wg.Wait()
	if most.Load() != callsAtOnce {
		t.Errorf("%d calls ran side by side, want %d", most.Load(), callsAtOnce)
	}
}

func TestStopLetsRunningCallsEnd(t *testing.T) {
	t.Parallel()
	b := start(t)
	entered := make(chan struct{})
	stop := serve(t, b, &fake{name: channel.WeChat, close: func(context.Context, channel.OrderRef) (channel.Result, error) {
		close(entered)
		time.Sleep(50 * time.Millisecond)
		return channel.Result{Outcome: channel.Succeeded}, nil
	}})
	answered := make(chan channel.Result)
	go func() {
		res, _ := b.Remote(channel.WeChat).Close(context.Background(), order)
		answered <- res
	}()
	<-entered
	stop()
	stop() // twice is fine
	if res := <-answered; res.Outcome != channel.Succeeded {
		t.Errorf("got %+v, want the answer of the running call", res)
	}
	if _, err := b.Remote(channel.WeChat).Close(context.Background(), order); !fault.Is(err, fault.Unavailable) {
		t.Errorf("after stop: got %v, want Unavailable", err)
	}
	wantRequests(t, b, map[channel.Name]int{channel.WeChat: 1}) // gone, but not forgotten
}

func TestContextEndsServing(t *testing.T) {
	t.Parallel()
	b := start(t)
	ctx, cancel := context.WithCancel(context.Background())
	if _, err := b.Serve(ctx, &fake{name: channel.WeChat}); err != nil {
		t.Fatal(err)
	}
	cancel()
	eventually(t, "nobody listens any more", func() bool {
		_, err := b.Remote(channel.WeChat).AuthURL(context.Background(), channel.AuthRequest{})
		return fault.Is(err, fault.Unavailable)
	})
}

func BenchmarkQuery(b *testing.B) {
	bus, err := Start(Config{StoreDir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	defer bus.Close()
	_, err = bus.Serve(context.Background(), &fake{name: channel.WeChat, query: func(context.Context, channel.OrderRef) (channel.PaymentResult, error) {
		return channel.PaymentResult{Result: channel.Result{Outcome: channel.Pending}}, nil
	}})
	if err != nil {
		b.Fatal(err)
	}
	a := bus.Remote(channel.WeChat)
	for b.Loop() {
		if _, err := a.Query(context.Background(), order); err != nil {
			b.Fatal(err)
		}
	}
}
