package demo

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"juma/acquiring"
	"juma/acquiring/channel"
	"juma/acquiring/routing"
	"juma/acquiring/sandbox"
)

// line is the way of all adapters to the wallets, which can be cut to one host's calls
// that move money: its port is closed then.
type line struct {
	next http.RoundTripper
	host string // of the channel's address
	path string // what its calls begin with

	mu      sync.Mutex
	isCut   bool
	refused int
}

func newLine(host string) *line {
	return &line{host: host, path: "/v3/", next: &http.Transport{MaxIdleConnsPerHost: 64, MaxIdleConns: 256, IdleConnTimeout: time.Minute}}
}

// cut closes the port, or opens it.
func (l *line) cut(is bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.isCut = is
}

// RoundTrip refuses the connection while the line is cut.
func (l *line) RoundTrip(r *http.Request) (*http.Response, error) {
	l.mu.Lock()
	cut := l.isCut && r.URL.Host == l.host && strings.HasPrefix(r.URL.Path, l.path)
	if cut {
		l.refused++
	}
	l.mu.Unlock()
	if !cut {
		return l.next.RoundTrip(r)
	}
	if r.Body != nil {
		_ = r.Body.Close() // nothing of it is read
	}
	return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
}

// agreeOnRoutes puts the rules in force: each wallet's own channel, and for the one that
// will be out of reach UnionPay's service-provider interface in reserve.
func (d *Demo) agreeOnRoutes(ctx context.Context) error {
	set := routing.Direct()
	for i, r := range set.Rules {
		if r.Wallet.Direct() == outageChannel {
			set.Rules[i].Targets = append(slices.Clone(r.Targets), routing.Target{Channel: outageCarrier})
		}
	}
	v, err := d.app.Routes.Propose(ctx, set, "operator", "微信直连不可用时，经银联转接")
	if err != nil {
		return err
	}
	return d.app.Routes.Approve(ctx, v.Version, "risk", "同意")
}

// deed is something that is due at a time between the steps.
type deed struct {
	at time.Time
	do func(context.Context) error
}

// deeds lists what the day plans besides consumers at plates, by time. What is due at
// one instant comes in the order of the visits.
func (d *Demo) deeds() []deed {
	var all []deed
	refunds := d.plannedRefunds()
	for _, w := range refunds {
		if !w.visit.Storm {
			all = append(all, deed{w.plan.At, func(ctx context.Context) error { return d.giveRefund(ctx, w) }})
		}
	}
	if storm := stormOf(refunds); len(storm) > 0 {
		all = append(all, deed{storm[0].plan.At, func(ctx context.Context) error { return d.refundStorm(ctx, storm) }})
	}
	for _, v := range d.plan.drilled(func(v Visit) bool { return v.Late != "" }) {
		all = append(all, deed{v.At.Add(lateAfter), func(ctx context.Context) error { return d.payLate(ctx, v) }})
	}
	slices.SortStableFunc(all, func(a, b deed) int { return a.at.Compare(b.at) })
	return all
}

// refundStorm asks for many refunds at one instant; their commands are carried out side
// by side.
func (d *Demo) refundStorm(ctx context.Context, storm []refundWork) error {
	if err := d.reach(ctx, storm[0].plan.At); err != nil {
		return err
	}
	var numbers []string
	for _, w := range storm {
		r, err := d.requestRefund(ctx, w)
		if err != nil {
			return err
		}
		numbers = append(numbers, r.RefundNo)
	}
	for _, no := range numbers {
		if err := d.awaitRefund(ctx, no); err != nil {
			return err
		}
	}
	return d.advance(ctx, d.clock.Now().Add(2*time.Second)) // their notices
}

// reach lets time go on to at, if it is not there yet.
func (d *Demo) reach(ctx context.Context, at time.Time) error {
	if at.After(d.clock.Now()) {
		return d.advance(ctx, at)
	}
	return nil
}

// lateOrder is an order that is paid after its end.
type lateOrder struct {
	consumer *consumer
	order    placed
}

// payLate pays an order that has been closed: the wallet was quicker to take the money
// than to close. What becomes of it is the merchant's policy.
func (d *Demo) payLate(ctx context.Context, v Visit) error {
	d.mu.Lock()
	late := d.late[v.No]
	d.mu.Unlock()
	for wait := time.Duration(0); ; wait += time.Minute {
		if err := d.reach(ctx, v.At.Add(lateAfter+wait)); err != nil {
			return err
		}
		p, err := d.app.Store.Acquiring().Payment(ctx, late.order.OrderNo)
		if err != nil {
			return err
		}
		if p.State == acquiring.Closed {
			break
		}
		if wait > 10*time.Minute {
			return fmt.Errorf("order %s of visit %d should have been closed and is %s", p.OrderNo, v.No, p.State)
		}
	}
	merchantNo, _, _, err := d.placeOf(ctx, v.Terminal)
	if err != nil {
		return err
	}
	if err := d.app.Acquiring.SetLatePolicy(ctx, merchantNo, v.Late, "operator", "商户决定迟到款的去处"); err != nil {
		return err
	}
	if err := d.core.Faults.Add(sandbox.Fault{Wallet: string(v.Wallet), Kind: sandbox.PayLate, OutTradeNo: late.order.OrderNo}); err != nil {
		return err
	}
	if err := late.consumer.confirm(ctx, v.Wallet, late.order); err != nil {
		return err
	}
	// The notice, to its very instant: the refund that it may ask for is carried out in
	// its own time, and must find the same clock whenever that is.
	if err := d.advance(ctx, d.clock.Now().Add(time.Second)); err != nil {
		return err
	}
	return d.awaitLateRefund(ctx, late.order.OrderNo)
}

// awaitLateRefund waits for the refund that the policy has asked for, if it has.
func (d *Demo) awaitLateRefund(ctx context.Context, orderNo string) error {
	refunds, err := d.app.Store.Acquiring().RefundsOf(ctx, orderNo)
	if err != nil || len(refunds) == 0 {
		return err
	}
	if err := d.awaitRefund(ctx, refunds[0].RefundNo); err != nil {
		return err
	}
	return d.advance(ctx, d.clock.Now().Add(2*time.Second))
}

// scanCode is a shop that scans the code which a consumer shows.
func (d *Demo) scanCode(ctx context.Context, v Visit) error {
	merchantNo, storeID, _, err := d.placeOf(ctx, v.Terminal)
	if err != nil {
		return err
	}
	wallet := d.wallets[slices.IndexFunc(d.wallets, func(w sandbox.Wallet) bool { return w.Name() == string(v.Wallet) })]
	if v.Password {
		wallet.(sandbox.Restorer).Introduce([]string{v.Payer})
		if err := d.core.Faults.Add(sandbox.Fault{Wallet: string(v.Wallet), Kind: sandbox.CodePassword, Payer: v.Payer, DelaySeconds: 20}); err != nil {
			return err
		}
	}
	code := wallet.(sandbox.CodeShower).ShowCode(v.Payer)
	p, err := d.app.Acquiring.PayByCode(ctx, acquiring.CodeInput{
		MerchantNo: merchantNo, StoreID: storeID, Code: channel.PayCode(code), Amount: v.Amount,
		RequestID: visitRequestID(d.cfg.Seed, v.No), ClientIP: "127.0.0.1", Operator: owner,
	})
	if err != nil {
		return err
	}
	if p.State != acquiring.Paid && p.State != acquiring.Pending && p.State != acquiring.Unknown {
		return fmt.Errorf("the payment by code is %s (%s %s)", p.State, p.Code, p.Message)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.orders[v.No] = p.OrderNo
	return nil
}
