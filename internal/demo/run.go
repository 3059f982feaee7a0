package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"juma/acquiring"
	"juma/acquiring/channel"
	"juma/acquiring/sandbox"
	"juma/acquiring/sandbox/alipay"
	"juma/acquiring/sandbox/phone"
	"juma/acquiring/sandbox/unionpay"
	"juma/acquiring/sandbox/wechat"
	"juma/internal/app"
	"juma/internal/bizdate"
	"juma/internal/clock"
	"juma/internal/fault"
	"juma/internal/id"
	"juma/qrcode"
	"juma/web"
)

// Config says which demo to run.
type Config struct {
	DataDir   string
	DB, NATS  string
	Listen    string // web address; port 0 takes a free one
	Payments  int    // paying consumers
	Merchants int
	Seed      uint64
	Date      bizdate.Date
	Fresh     bool // throw away what the directory holds of an earlier demo
	// Progress is told how far a phase is; may be nil. It is called from one
	// goroutine.
	Progress func(phase string, done, total int)
	Log      *slog.Logger
}

// Defaults of the demo.
const (
	DefaultPayments  = 3000
	DefaultMerchants = 20
	DefaultSeed      = 1
	DefaultDate      = bizdate.Date(20260310)
	firstDate        = bizdate.Date(20000101)
	lastDate         = bizdate.Date(20991231)
	institution      = "99982900"
	plateHost        = "q.juma.example"
	platesPerGrammar = 100
)

// Demo is a running demo: the sandboxes and the product on one simulated clock.
type Demo struct {
	cfg     Config
	app     *app.App
	clock   *clock.Sim
	core    *sandbox.Core
	sandbox *sandbox.Server
	wallets []sandbox.Wallet
	phone   *phone.Phone
	street  *street
	plan    Plan
	plates  []issuedPlate
	started time.Time
	unlock  func() // gives the data directory back

	mu      sync.Mutex
	orders  map[int]string // visit number → order number
	refused int            // visits that a limit refused
}

func (c Config) check() error {
	switch {
	case c.Payments < 1 || c.Payments > 1_000_000:
		return fault.Field("demo", "payments", fmt.Sprint(c.Payments), "want 1 to 1000000")
	case c.Merchants < 1 || c.Merchants > 2000:
		return fault.Field("demo", "merchants", fmt.Sprint(c.Merchants), "want 1 to 2000")
	case c.Date < firstDate || c.Date > lastDate:
		return fault.Field("demo", "date", c.Date.String(), "want %s to %s: file names carry two digits of the year", firstDate, lastDate)
	case c.DataDir == "":
		return fault.Field("demo", "data", "", "name a directory")
	}
	return nil
}

// Open starts the sandboxes and the product. The clock stands at the beginning
// of the day, or after it when the directory holds a finished demo.
func Open(ctx context.Context, cfg Config) (_ *Demo, err error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	if cfg.Progress == nil {
		cfg.Progress = func(string, int, int) {}
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	d := &Demo{cfg: cfg, started: time.Now(), orders: map[int]string{}}
	if d.unlock, err = app.Lock(cfg.DataDir); err != nil {
		return nil, err
	}
	finished, err := prepare(ctx, cfg)
	if err != nil {
		d.unlock()
		return nil, err
	}
	d.clock = clock.NewSim(cfg.Date.Start().Add(-time.Hour), stepWidth)
	if finished {
		d.clock = clock.NewSim(cfg.Date.AddDays(1).Start().Add(afternoon), stepWidth)
	}
	defer func() {
		if err != nil {
			d.close()
			if !finished { // a demo that never began leaves nothing that refuses another
				err = errors.Join(err, clearAway(cfg.DataDir, markerFile))
			}
			d.unlock()
		}
	}()
	if err := d.startSandboxes(ctx); err != nil {
		return nil, err
	}
	var remind func(context.Context, *app.App) error
	if finished {
		remind = d.remind
	}
	if err := d.startApp(ctx, remind); err != nil {
		return nil, err
	}
	if finished {
		return d, nil
	}
	return d, d.remember(ctx, demoMeta{fingerprint: cfg.fingerprint()})
}

// When the clearing steps of the next day happen: statements are ready from
// nine, and people look at the result in the afternoon.
const (
	morning   = 10*time.Hour + 30*time.Minute
	afternoon = 14 * time.Hour
)

func (d *Demo) startSandboxes(ctx context.Context) error {
	d.core = sandbox.NewCore(d.clock, nil)
	wx, err := wechat.New(d.core)
	if err != nil {
		return err
	}
	ali, err := alipay.New(d.core)
	if err != nil {
		return err
	}
	up, err := unionpay.New(d.core)
	if err != nil {
		return err
	}
	d.wallets = []sandbox.Wallet{wx, ali, up}
	d.sandbox, err = sandbox.Start(ctx, d.core, d.wallets, sandbox.Options{})
	return err
}

func (d *Demo) startApp(ctx context.Context, prepare func(context.Context, *app.App) error) error {
	ready, err := json.Marshal(d.sandbox.Ready())
	if err != nil {
		return err
	}
	wallets, err := app.ParseWallets(ready)
	if err != nil {
		return err
	}
	d.app, err = app.Open(ctx, app.Config{
		DataDir: d.cfg.DataDir, DirLocked: true, DB: d.cfg.DB, NATS: d.cfg.NATS, Listen: d.cfg.Listen, PlateHost: plateHost, Institution: institution,
		Wallets: wallets, Channels: channel.Names, Clock: d.clock,
		PlateKeys: id.Seeded(d.cfg.Seed, "plate keys"),
		TokenKey:  []byte(id.Token(id.Seeded(d.cfg.Seed, "payer tokens"))),
		Limits:    web.Limits{PlateMisses: -1, PageViews: -1, Orders: -1}, // thousands of consumers share one address here
		Step:      func(step string) { d.cfg.Progress("clearing: "+step, 0, 0) },
		Log:       d.cfg.Log,
		Prepare:   prepare,
	})
	if err != nil {
		return err
	}
	for _, w := range d.wallets {
		if up, ok := w.(interface{ SetPlateURL(string) }); ok {
			up.SetPlateURL(d.app.LocalURL())
		}
	}
	d.street = newStreet(map[string]string{plateHost: d.app.LocalURL(), qrcode.UnionPayHost: d.walletURL(sandbox.UnionPay)}, d.sandbox.ControlURL())
	return nil
}

// walletURL is the base address of a sandboxed wallet.
func (d *Demo) walletURL(name string) string {
	return d.sandbox.WalletURL(name)
}

func (d *Demo) remember(ctx context.Context, m demoMeta) error {
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return d.app.Store.SetMeta(ctx, metaDemo, string(text))
}

// Close ends everything.
func (d *Demo) Close() {
	d.close()
	d.unlock()
}

func (d *Demo) close() {
	if d.phone != nil {
		d.phone.Close()
	}
	if d.app != nil {
		d.app.Close()
	}
	if d.sandbox != nil {
		d.sandbox.Close()
	}
}

// Play runs the whole day and writes its results. The error says in one sentence
// what does not agree.
func (d *Demo) Play(ctx context.Context) (Summary, error) {
	d.plan = NewPlan(d.cfg.Seed, d.cfg.Date, d.cfg.Merchants, d.cfg.Payments)
	if err := d.setUp(ctx); err != nil {
		return Summary{}, err
	}
	if err := d.playDay(ctx); err != nil {
		return Summary{}, err
	}
	planted, err := d.plantStatementFaults(ctx)
	if err != nil {
		return Summary{}, err
	}
	d.clock.AdvanceTo(d.cfg.Date.AddDays(1).Start().Add(morning))
	if err := d.settleDown(ctx); err != nil {
		return Summary{}, err
	}
	batch, err := d.app.Clearing.CloseDay(ctx, d.cfg.Date)
	if err != nil {
		return Summary{}, err
	}
	d.clock.AdvanceTo(d.cfg.Date.AddDays(1).Start().Add(afternoon))
	s, err := d.summarise(ctx, batch, planted)
	if err != nil {
		return Summary{}, err
	}
	if err := d.prove(ctx, s); err != nil {
		return s, err
	}
	// The summary comes last: a demo that is stopped before it is played again.
	if err := d.remember(ctx, demoMeta{fingerprint: d.cfg.fingerprint(), Finished: true}); err != nil {
		return s, err
	}
	return s, writeSummary(d.cfg.DataDir, s)
}

// playDay walks through the steps: what falls due on the way (notices, their
// repetitions) runs, the sweep asks about what is unknown, refunds that are due
// are requested, then the step's consumers press their buttons together.
func (d *Demo) playDay(ctx context.Context) error {
	refunds := d.plannedRefunds()
	total, done := d.plan.paying(), 0
	for _, step := range d.plan.Steps {
		at := step[0].At
		for len(refunds) > 0 && refunds[0].plan.At.Before(at) {
			if err := d.giveRefund(ctx, refunds[0]); err != nil {
				return err
			}
			refunds = refunds[1:]
		}
		if err := d.advance(ctx, at); err != nil {
			return err
		}
		if err := d.playStep(ctx, step); err != nil {
			return err
		}
		d.clock.AdvanceTo(at.Add(2 * time.Second)) // the first notices
		for _, v := range step {
			if !v.Abandon && !v.OverLimit {
				done++
			}
		}
		d.cfg.Progress("consumers", done, total)
	}
	for _, r := range refunds {
		if err := d.giveRefund(ctx, r); err != nil {
			return err
		}
	}
	return d.settleDown(ctx)
}

// advance moves time to at and lets the sweep ask.
func (d *Demo) advance(ctx context.Context, at time.Time) error {
	d.clock.AdvanceTo(at)
	_, err := d.app.Acquiring.Sweep(ctx)
	return err
}

// settleDown lets the sweep ask until nothing is open: unpaid orders expire and
// are closed at the wallet, lost answers are found out.
func (d *Demo) settleDown(ctx context.Context) error {
	for range 40 {
		if err := d.advance(ctx, d.clock.Now().Add(time.Minute)); err != nil {
			return err
		}
	}
	return d.app.Relay.Drain(ctx)
}

// playStep lets all consumers of an instant go through the pages side by side.
func (d *Demo) playStep(ctx context.Context, step []Visit) error {
	errs := make([]error, len(step))
	var wg sync.WaitGroup
	for i, v := range step {
		wg.Go(func() { errs[i] = d.visit(ctx, v) })
	}
	wg.Wait()
	return firstOf(errs)
}

// firstOf is the first error in one sentence: what goes wrong for one consumer
// of an instant often goes wrong for all.
func firstOf(errs []error) error {
	errs = slices.DeleteFunc(errs, func(err error) bool { return err == nil })
	switch len(errs) {
	case 0:
		return nil
	case 1:
		return errs[0]
	default:
		return fmt.Errorf("%w (%d more like it)", errs[0], len(errs)-1)
	}
}

// visit is one consumer's way from the plate to the payment.
func (d *Demo) visit(ctx context.Context, v Visit) error {
	fail := func(what string, err error) error {
		return fmt.Errorf("visit %d (%s, %s at %s): %s: %w", v.No, v.Wallet, v.Amount, v.At.In(bizdate.Zone).Format(time.DateTime), what, err)
	}
	if v.Answer != "" {
		if err := d.core.Faults.Add(sandbox.Fault{Wallet: string(v.Wallet), Kind: v.Answer, Call: "prepay", Payer: v.Payer}); err != nil {
			return fail("script", err)
		}
	}
	c, err := d.street.consumer(v.Wallet, v.Payer)
	if err != nil {
		return fail("wallet", err)
	}
	page, err := c.scan(ctx, d.plateOf(v.Terminal).plate.Payload)
	if err != nil {
		return fail("scan", err)
	}
	order, err := c.order(ctx, page, fmt.Sprintf("demo-%06d-visit-%07d", d.cfg.Seed, v.No), v.Amount.Yuan())
	var no *refusal
	if v.OverLimit {
		if !errors.As(err, &no) {
			return fail("pay", fmt.Errorf("an amount above the static-code limit was not refused: %v", err))
		}
		d.mu.Lock()
		d.refused++
		d.mu.Unlock()
		return nil
	}
	if err != nil {
		return fail("pay", err)
	}
	d.mu.Lock()
	d.orders[v.No] = order.OrderNo
	d.mu.Unlock()
	if v.Abandon {
		return nil
	}
	if v.Notice != "" {
		if err := d.core.Faults.Add(noticeFault(v, order.OrderNo)); err != nil {
			return fail("script", err)
		}
	}
	if err := c.confirm(ctx, order); err != nil {
		return fail("confirm", err)
	}
	return nil
}

func noticeFault(v Visit, orderNo string) sandbox.Fault {
	f := sandbox.Fault{Wallet: string(v.Wallet), Kind: v.Notice, OutTradeNo: orderNo}
	switch v.Notice {
	case sandbox.NoticeDuplicate:
		f.Times = 1 + v.No%3
	case sandbox.NoticeLate:
		f.DelaySeconds = 600 + v.No%3600
	}
	return f
}

// refundWork is a planned refund with its visit.
type refundWork struct {
	visit Visit
	n     int // which of the visit's refunds
	plan  RefundPlan
}

func (d *Demo) giveRefund(ctx context.Context, w refundWork) error {
	if now := d.clock.Now(); w.plan.At.After(now) {
		if err := d.advance(ctx, w.plan.At); err != nil {
			return err
		}
	}
	orderNo := d.orders[w.visit.No]
	if w.plan.Answer != "" {
		if err := d.core.Faults.Add(sandbox.Fault{Wallet: string(w.visit.Wallet), Kind: w.plan.Answer, Call: "refund", OutTradeNo: orderNo}); err != nil {
			return err
		}
	}
	r, err := d.app.Acquiring.RequestRefund(ctx, acquiring.RefundInput{
		OrderNo: orderNo, Amount: w.plan.Amount, Reason: "顾客退货",
		RequestID: refundRequestID(d.cfg.Seed, w), By: "demo",
	})
	if err != nil {
		return fmt.Errorf("refund of visit %d: %w", w.visit.No, err)
	}
	if err := d.awaitRefund(ctx, r.RefundNo); err != nil {
		return err
	}
	return d.advance(ctx, d.clock.Now().Add(2*time.Second)) // its notice
}

// awaitRefund waits, in real time, until the command has travelled through the
// outbox and the stream and the wallet was asked.
func (d *Demo) awaitRefund(ctx context.Context, refundNo string) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for {
		r, err := d.app.Store.Acquiring().Refund(ctx, refundNo)
		if err != nil {
			return err
		}
		if r.State != acquiring.RefundCreated {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("refund %s was requested and its command has not been carried out within 30 s", refundNo)
		case <-time.After(time.Millisecond):
		}
	}
}
