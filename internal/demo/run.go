package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"time"

	"juma/acquiring/risk"
	"juma/acquiring/sandbox"
	"juma/acquiring/sandbox/alipay"
	"juma/acquiring/sandbox/phone"
	"juma/acquiring/sandbox/unionpay"
	"juma/acquiring/sandbox/wechat"
	"juma/acquiring/watch"
	"juma/clearing"
	"juma/internal/app"
	"juma/internal/bizdate"
	"juma/internal/clock"
	"juma/internal/fault"
	"juma/internal/id"
	registry "juma/merchants/sandbox"
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

	plates int // of each grammar, for tests in which 100 prove nothing; 0 is platesPerGrammar
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
	bank    *registry.Provider
	street  *street
	line    *line
	plan    Plan
	plates  []issuedPlate
	started time.Time
	unlock  func() // gives the data directory back

	mu      sync.Mutex
	orders  map[int]string // visit number → order number
	refused int            // visits that a limit refused
	late    map[int]lateOrder

	stopsAt int                // the visit during which its plate is stopped
	stopped *issuedPlate       // that plate
	alarms  map[watch.Kind]int // that were provoked
	watched time.Time          // when the watch looked last
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
	d := &Demo{cfg: cfg, started: time.Now(), orders: map[int]string{}, late: map[int]lateOrder{}, alarms: map[watch.Kind]int{}}
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
	aggregate, err := unionpay.NewAggregate(d.core)
	if err != nil {
		return err
	}
	d.wallets = []sandbox.Wallet{wx, ali, up, aggregate}
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
	d.bank = registry.New(d.clock)
	address, err := url.Parse(d.walletURL(string(outageChannel)))
	if err != nil {
		return err
	}
	d.line = newLine(address.Host)
	d.app, err = app.Open(ctx, app.Config{
		Identity: d.bank,
		DataDir:  d.cfg.DataDir, DirLocked: true, DB: d.cfg.DB, NATS: d.cfg.NATS, Listen: d.cfg.Listen, PlateHost: plateHost, Institution: institution,
		Wallets: wallets, Channels: wallets.Channels(), Clock: d.clock,
		AdapterClient: &http.Client{Timeout: 10 * time.Second, Transport: d.line},
		PlateKeys:     id.Seeded(d.cfg.Seed, "plate keys"),
		PlateRing:     id.Seeded(d.cfg.Seed, "plate ring"),
		ManifestSeed:  id.Seeded(d.cfg.Seed, "manifest key"),
		TokenKey:      []byte(id.Token(id.Seeded(d.cfg.Seed, "payer tokens"))),
		Limits:        web.Limits{PlateMisses: -1, PageViews: -1, Orders: -1}, // thousands of consumers share one address here
		// The plan's small merchants sell more in their one day than the limit for credit
		// cards, and UnionPay's wallet, which cannot exclude them, would be refused.
		PayLimits: risk.Settings{SmallDay: risk.Limit{Mode: risk.Off}, SmallMonth: risk.Limit{Mode: risk.Off}},
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

// playUntilMorning plays the day until it can be cleared. It gives the faults that were
// planted in the statements.
func (d *Demo) playUntilMorning(ctx context.Context) (map[clearing.Class]int, error) {
	d.plan = NewPlan(d.cfg.Seed, d.cfg.Date, d.cfg.Merchants, d.cfg.Payments)
	d.stopsAt = d.plan.stopDuring()
	if err := d.setUp(ctx); err != nil {
		return nil, err
	}
	if err := d.playDay(ctx); err != nil {
		return nil, err
	}
	planted, err := d.plantStatementFaults(ctx)
	if err != nil {
		return nil, err
	}
	d.clock.AdvanceTo(d.cfg.Date.AddDays(1).Start().Add(morning))
	return planted, d.settleDown(ctx)
}

// Play runs the whole day and writes its results. The error says in one sentence
// what does not agree.
func (d *Demo) Play(ctx context.Context) (Summary, error) {
	planted, err := d.playUntilMorning(ctx)
	if err != nil {
		return Summary{}, err
	}
	if _, err := d.app.Clearing.CloseDay(ctx, d.cfg.Date, clearingOperator); err != nil {
		return Summary{}, err
	}
	batch, err := d.app.Clearing.Release(ctx, d.cfg.Date, clearingApprover)
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
