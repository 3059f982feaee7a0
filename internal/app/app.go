// Package app puts the rooms together: it opens the database and the bus, makes
// the services, connects the adapters and serves the pages. It decides nothing;
// which parts run in this process is configuration.
package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"juma/acquiring"
	"juma/acquiring/channel"
	"juma/acquiring/channel/measure"
	"juma/acquiring/channel/wiretap"
	"juma/acquiring/health"
	"juma/acquiring/risk"
	"juma/acquiring/routing"
	"juma/acquiring/watch"
	"juma/clearing"
	"juma/clearing/calendar"
	"juma/clearing/cases"
	"juma/clearing/payout"
	"juma/clearing/terms"
	"juma/internal/access"
	"juma/internal/bizdate"
	"juma/internal/bus"
	"juma/internal/clock"
	"juma/internal/fault"
	"juma/internal/id"
	"juma/internal/mask"
	"juma/internal/seal"
	"juma/internal/store"
	"juma/merchants"
	"juma/merchants/check"
	"juma/merchants/sandbox"
	"juma/qrcode"
	"juma/web"
)

// Config says what an App is made of and which roles it plays.
type Config struct {
	DataDir string // database, bus store, statements, settlement files
	// DirLocked says that the caller holds Lock(DataDir).
	DirLocked bool
	DB        string // "" = SQLite in DataDir; "mysql://user:password@host:port/database"
	NATS      string // "" = embedded; "nats://host:port"
	// Listen is the web's address, "127.0.0.1:8080"; port 0 takes a free one.
	Listen string
	// PublicURL is where browsers and wallets reach the web; "" = http://Listen.
	PublicURL string
	// PlateHost is the host name on own plates.
	PlateHost   string
	Institution string // 8-digit institution code in files and on UnionPay plates
	// Acquirer begins the numbers of merchants that are onboarded here, 3 digits; ""
	// = 999, which belongs to nobody.
	Acquirer string
	// Identity answers identity verification; nil takes the sandbox, which stands
	// for the public-security registry and the banks.
	Identity merchants.IdentityProvider
	// Notifier sends messages to merchants' contacts; nil notes them in the log.
	Notifier merchants.Notifier
	// AccountCooling is how long a new settlement account waits before it is paid
	// to; 0 takes merchants.DefaultCooling.
	AccountCooling time.Duration
	Wallets        Wallets
	// Channels are the adapters to serve in this process.
	Channels []channel.Name
	// AdapterClient is the adapters' HTTP client; nil takes each adapter's own.
	AdapterClient *http.Client
	Clock         clock.Clock
	Random        id.Random     // secrets; nil = crypto/rand
	PlateKeys     id.Random     // plate keys; nil = crypto/rand
	PlateRing     id.Random     // the keys that prove them, where DataDir keeps none yet; nil = crypto/rand
	ManifestSeed  id.Random     // the key that signs manifests, likewise
	TokenKey      []byte        // of payer tokens in the files; nil = kept in DataDir
	Keys          *seal.Keyring // of what identifies a person; nil = kept in DataDir
	// RequireMFA leads accounts of the platform to set up a second factor.
	RequireMFA bool
	Limits     web.Limits
	// PayLimits are the limits of payments; the zero value is the default of each.
	PayLimits risk.Settings
	// Payer is the licensed institution that pays merchants; see clearing.Config.
	Payer clearing.Payer
	// ClearDays says how far clearing days go by themselves while RunSweeps runs.
	ClearDays ClearDays
	Step      func(string) // told the steps of a clearing day
	// Prepare is called once the services are there and before anything is
	// served or carried out, commands that wait on the bus included; may be nil.
	Prepare func(context.Context, *App) error
	Log     *slog.Logger
}

// App is a running process. Close ends it.
type App struct {
	Config
	Store      *store.Store
	Bus        *bus.Bus
	Relay      *bus.Relay
	Plates     *qrcode.Service
	Merchants  *merchants.Service
	Onboarding *merchants.Onboarding
	Enrolment  *merchants.EnrolmentService
	Upkeep     *merchants.Upkeep
	Uploads    *merchants.Uploads
	Acquiring  *acquiring.Service
	Routes     *routing.Service
	Watch      *watch.Service
	Health     *health.Service
	Clearing   *clearing.Service
	Cases      *cases.Service
	Payouts    *payout.Service
	Terms      *terms.Service
	Days       *calendar.Service
	Access     *access.Service
	IDs        *id.ULIDs

	accounts   []channel.Name // every channel and account that anything was ever routed to
	meter      *measure.Meter
	journal    *journal
	reloadKeys func() (*seal.Keyring, error)
	listener   net.Listener
	server     *http.Server
	closers    []func()
}

// Open starts everything that the configuration names. When a part cannot be
// had, what was opened before is closed again.
func Open(ctx context.Context, cfg Config) (_ *App, err error) {
	a := &App{Config: cfg}
	a.setDefaults()
	defer func() {
		if err != nil {
			a.Close()
		}
	}()
	if err := a.takeDir(); err != nil {
		return nil, err
	}
	if err := a.listen(); err != nil {
		return nil, err
	}
	if err := a.openStore(ctx); err != nil {
		return nil, err
	}
	if err := a.openBus(ctx); err != nil {
		return nil, err
	}
	if err := a.makeServices(); err != nil {
		return nil, err
	}
	if a.Prepare != nil {
		if err := a.Prepare(ctx, a); err != nil {
			return nil, err
		}
	}
	if err := a.consume(ctx); err != nil {
		return nil, err
	}
	return a, a.serveWeb()
}

func (a *App) setDefaults() {
	if a.Clock == nil {
		a.Clock = clock.Real{}
	}
	if a.Random == nil {
		a.Random = rand.Reader
	}
	if a.PlateKeys == nil {
		a.PlateKeys = rand.Reader
	}
	if a.PlateRing == nil {
		a.PlateRing = rand.Reader
	}
	if a.ManifestSeed == nil {
		a.ManifestSeed = rand.Reader
	}
	if a.Acquirer == "" {
		a.Acquirer = DefaultAcquirer
	}
	if a.Log == nil {
		a.Log = slog.New(slog.DiscardHandler)
	}
	if a.Notifier == nil {
		a.Notifier = logNotifier{a.Log}
	}
	a.IDs = id.NewULIDs(a.Random)
}

// Close ends the parts in the reverse order of their start.
func (a *App) Close() {
	for i := len(a.closers) - 1; i >= 0; i-- {
		a.closers[i]()
	}
	a.closers = nil
}

func (a *App) onClose(f func()) { a.closers = append(a.closers, f) }

// takeDir makes sure of the data directory. With the embedded broker it is this
// process's alone; with an external one several processes may share it.
func (a *App) takeDir() error {
	if a.NATS != "" || a.DirLocked {
		return os.MkdirAll(a.DataDir, 0o755)
	}
	unlock, err := Lock(a.DataDir)
	if err == nil {
		a.onClose(unlock)
	}
	return err
}

func (a *App) listen() error {
	l, err := net.Listen("tcp", a.Listen)
	if err != nil {
		return ListenError(a.Listen, err)
	}
	a.listener = l
	a.onClose(func() { l.Close() })
	if a.PublicURL == "" {
		a.PublicURL = "http://" + l.Addr().String()
	}
	return nil
}

// ListenError says in one sentence why an address cannot be listened on.
func ListenError(address string, err error) error {
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("address %s is in use by another program: stop it, or choose another with --listen", address)
	}
	return fmt.Errorf("cannot listen on %s: %w", address, err)
}

func (a *App) openStore(ctx context.Context) error {
	if a.Keys == nil {
		keys, err := seal.Load(filepath.Join(a.DataDir, SealKeyFile), a.Random)
		if err != nil {
			return err
		}
		a.Keys, a.reloadKeys = keys, seal.Watch(filepath.Join(a.DataDir, SealKeyFile), a.Random)
	}
	s, err := store.Open(ctx, store.Config{DSN: a.DB, Path: filepath.Join(a.DataDir, DatabaseFile), Logger: a.Log, Keys: a.Keys, ReloadKeys: a.reloadKeys})
	if err != nil {
		return err
	}
	a.Store = s
	a.onClose(func() {
		if err := s.Close(); err != nil {
			a.Log.Error("closing the database", "error", err)
		}
	})
	return nil
}

// Files in the data directory: the SQLite database, and the keys that seal what
// identifies a person. The keys belong in the backup, apart from the database.
const (
	DatabaseFile = "juma.db"
	SealKeyFile  = "seal.keys"
)

func (a *App) openBus(ctx context.Context) error {
	b, err := bus.Start(bus.Config{URL: a.NATS, StoreDir: filepath.Join(a.DataDir, "nats"), Name: "juma", Log: a.Log})
	if err != nil {
		return err
	}
	a.Bus = b
	a.onClose(b.Close)
	for _, name := range a.Channels {
		adapter, err := a.Wallets.Adapter(name, a.Clock, a.AdapterClient)
		if err != nil {
			return err
		}
		if _, err := b.Serve(ctx, adapter); err != nil {
			return err
		}
	}
	a.Relay = bus.NewRelay(b, a.Store, a.Clock, a.Log)
	return nil
}

func (a *App) makeServices() error {
	var err error
	if a.accounts, err = a.Wallets.meet(context.Background(), a.Store, a.Clock); err != nil {
		return err
	}
	a.meter = measure.New(a.Clock, clock.Real{})
	a.startJournal()
	remote := map[channel.Name]channel.Adapter{}
	for _, name := range a.accounts {
		remote[name] = a.meter.Wrap(wiretap.Keep(a.Bus.Remote(name), a.journal, a.Clock))
	}
	plateKeys, err := LoadPlateKeys(filepath.Join(a.DataDir, PlateKeyFile), a.PlateRing)
	if err != nil {
		return err
	}
	above, err := FourEyesAbove(context.Background(), a.Store)
	if err != nil {
		return err
	}
	a.Plates = qrcode.NewService(qrcode.Config{
		FourEyesAbove: above,
		Repo:          a.Store.Plates(), Clock: a.Clock, IDs: a.IDs, Random: a.PlateKeys, Keys: plateKeys, Host: a.PlateHost,
	})
	a.Merchants = merchants.NewService(a.Store.Merchants(), a.Clock, a.IDs)
	if err := a.makeOnboarding(); err != nil {
		return err
	}
	if err := a.makeEnrolment(remote); err != nil {
		return err
	}
	if a.Access, err = newAccess(a); err != nil {
		return err
	}
	if a.Watch, err = watch.NewService(watch.Config{Store: a.Store.Watch(), Clock: a.Clock, IDs: a.IDs, Log: a.Log}); err != nil {
		return err
	}
	if a.Routes, err = routing.NewService(a.Store.Routes(), a.Clock, a.IDs); err != nil {
		return err
	}
	a.Acquiring, err = acquiring.NewService(acquiring.Config{
		Routes: a.Routes,
		Store:  a.Store.Acquiring(), Plates: a.Plates, Merchants: a.Store.Merchants(), Channels: remote,
		Clock: a.Clock, IDs: a.IDs, Random: a.Random, Limits: a.PayLimits, Log: a.Log,
		NotifyURL:   func(n channel.Name) string { return strings.TrimSuffix(a.PublicURL, "/") + web.NotifyPath(n) },
		AfterCommit: a.Relay.Kick, Refused: a.refused,
	})
	if err != nil {
		return err
	}
	if err := a.makeHealth(remote); err != nil {
		return err
	}
	if a.TokenKey == nil {
		if a.TokenKey, err = keptKey(filepath.Join(a.DataDir, tokenKeyFile), a.Random); err != nil {
			return err
		}
	}
	prices, err := ReadPrices(a.DataDir)
	if err != nil {
		return err
	}
	a.Terms = terms.NewService(a.Store.Terms(), a.Clock, a.IDs)
	a.Payouts = newPayouts(a.Store, a.Clock, a.IDs, a.DataDir)
	a.Days = calendar.NewService(a.Store.Calendar(), a.Clock, a.IDs)
	a.Clearing = clearing.NewService(clearing.Config{
		Costs: prices, OnRelease: pays(a.Payouts),
		Store: a.Store.Clearing(), Channels: remote, Layouts: a.Wallets.Layouts(), Merchants: a.Store.Merchants(),
		Asker: a.Acquiring, Calendar: bizdate.Official(), Calendars: a.Days, Clock: a.Clock, IDs: a.IDs, DataDir: a.DataDir,
		Institution: a.Institution, Payer: a.Payer, Terms: a.Terms, TokenKey: a.TokenKey, Step: a.Step, Log: a.Log,
	})
	a.Cases = cases.NewService(cases.Config{
		Costs: prices,
		Store: a.Store.Cases(), People: a.Store.Access(), Books: a.Store.Clearing(), Orders: a.Acquiring, Parties: a.Store.Merchants(), Calendar: bizdate.Official(), Clock: a.Clock, IDs: a.IDs,
	})
	return nil
}

// makeOnboarding puts the onboarding together.
func (a *App) makeOnboarding() (err error) {
	if a.Identity == nil {
		a.Identity = sandbox.New(a.Clock)
	}
	a.Uploads = merchants.NewUploads(a.Store.Uploads(), a.Clock, a.IDs)
	if a.Onboarding, err = NewOnboarding(a.Store, a.Identity, a.Clock, a.IDs, a.Random, a.Acquirer); err != nil {
		return err
	}
	a.Onboarding.AlsoAt = a.Wallets.alsoAt()
	a.Upkeep, err = merchants.NewUpkeep(merchants.UpkeepConfig{
		Store: a.Store.Upkeep(), Identity: a.Identity, Clock: a.Clock, IDs: a.IDs, Random: a.Random, Check: check.Application,
		CoolingPeriod: a.AccountCooling, Notifier: a.Notifier,
	})
	return err
}

// logNotifier stands for a short-message gateway: it says that there is a message,
// and not to whom. The message itself is in the portal.
type logNotifier struct{ log *slog.Logger }

// Notify writes the line.
func (n logNotifier) Notify(_ context.Context, m merchants.Message) error {
	n.log.Info("message to merchant", "merchant", m.MerchantNo, "kind", m.Kind, "phone", mask.Phone(m.To.Phone))
	return nil
}

// DefaultAcquirer begins merchant numbers where no acquirer is configured.
const DefaultAcquirer = "999"

// Contract is the version of the contract that applicants accept now.
const Contract = "2026-1"

// NewOnboarding returns the onboarding over a store, for the server and for
// commands that work without one. acquirer is the first three digits of merchant
// numbers.
func NewOnboarding(s *store.Store, identity merchants.IdentityProvider, clk clock.Clock, ids *id.ULIDs, rnd id.Random, acquirer string) (*merchants.Onboarding, error) {
	return merchants.NewOnboarding(merchants.OnboardingConfig{
		Store: s.Onboarding(), Identity: identity, Clock: clk, IDs: ids, Random: rnd, Check: check.Application, CheckImport: check.Profile,
		UnionPayRegion: unionPayRegion, Acquirer: acquirer, Contract: Contract, Risk: merchants.DefaultRisk(),
	})
}

// unionPayRegion is the UnionPay code of a region; 0000 (head office) where it is
// not known.
func unionPayRegion(region string) string {
	if code, ok := check.UnionPayRegion(region); ok {
		return code
	}
	return "0000"
}

// consume lets refund commands travel: from the outbox to the stream, and from
// there to the wallet. Each channel has a queue of its own, so that a wallet that is
// out of reach holds up nobody else's.
func (a *App) consume(ctx context.Context) error {
	for _, name := range a.accounts {
		sub := bus.Subscription{Subject: acquiring.RefundSubject(name), Durable: "refunds-" + string(name), GiveUp: a.giveUp}
		stop, err := a.Bus.Consume(ctx, sub, a.carryOut)
		if err != nil {
			return err
		}
		a.onClose(stop)
	}
	relayCtx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan struct{})
	go func() {
		defer close(done)
		a.Relay.Run(relayCtx)
	}()
	a.onClose(func() { cancel(); <-done })
	return nil
}

// carryOut does what a refund command asks for.
func (a *App) carryOut(ctx context.Context, e acquiring.Event) error {
	err := a.Acquiring.CarryOut(ctx, e.Key)
	if fault.Is(err, fault.NotFound) { // a command of another database on a shared broker
		a.Log.Error("refund command without refund", "refund", e.Key)
		return nil
	}
	return err
}

// giveUp lets people see which command was given up.
func (a *App) giveUp(ctx context.Context, e acquiring.Event, deliveries int, why error) error {
	return a.Acquiring.GiveUp(ctx, e.Key, deliveries, why.Error())
}

func (a *App) serveWeb() error {
	site, err := web.New(web.Config{
		PublicURL: a.PublicURL, DataDir: a.DataDir, Channels: a.accounts, Cashier: a.Acquiring, Notices: a.Acquiring, Refunds: a.Acquiring, Scans: a.Acquiring,
		Payments: a.Store.Acquiring(), Clearing: a.Store.Clearing(), Bills: a.Store.Bills(), ClearingOffice: a.Clearing, TermOffice: a.Terms, PayoutRecords: a.Store.Payouts(), PayoutOffice: a.Payouts, Differences: a.Cases, Merchants: a.Store.Merchants(), Logins: a.Access,
		Accounts: a.Access, QR: qrPictures{}, Onboarding: a.Onboarding, Applications: a.Store.Onboarding(), Uploads: a.Uploads, Review: a.Onboarding, ReviewFiles: a.Store.Onboarding(), Contract: Contract,
		Commands: a.Acquiring, CommandRecords: a.Store.Acquiring(),
		StatementOffice: a.Clearing, RouteOffice: a.Routes, RouteReasons: a.Acquiring, ChannelHealth: a.Health, Alarms: a.Watch, PlateOffice: a.Plates, PlateRecords: a.Store.Plates(), PlateSales: a.Store.Acquiring(), Press: &Press{Plates: a.Plates, Store: a.Store, Key: a.ManifestKey},
		FieldPlates: a.Plates, Places: a.Store.Merchants(), PlaceSearch: a.Upkeep, PhotoCodes: newPhotoCodes(), BindFiles: a.bindFiles(),
		MerchantDesk: a.Upkeep, MerchantRecords: a.Store.Merchants(), MerchantLife: a.Merchants, Enrolments: a.Enrolment, Import: a.Onboarding,
		Upkeep: a.Upkeep, OwnPlaces: a.Store.Merchants(),
		PaymentDesk: a.Store.Desk(), Book: a.Store, PaymentOffice: a.Acquiring,
		Limits: a.Limits, Clock: a.Clock, Random: a.Random, Logger: a.Log,
	})
	if err != nil {
		return err
	}
	a.server = &http.Server{
		Handler: site.Handler(), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second,
		WriteTimeout: 60 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 32 << 10,
		ErrorLog: slog.NewLogLogger(a.Log.Handler(), slog.LevelDebug),
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := a.server.Serve(a.listener); !errors.Is(err, http.ErrServerClosed) {
			a.Log.Error("web server ended", "error", err)
		}
	}()
	a.onClose(func() {
		ctx, cancel := context.WithTimeout(context.Background(), closeGrace)
		defer cancel()
		if err := a.server.Shutdown(ctx); err != nil {
			a.server.Close()
		}
		<-done
	})
	return nil
}

// closeGrace is how long a closing server waits for requests under way. Any of
// them may be cut off: what it committed stands, and what it left open the sweep
// asks about. A browser's unused connections must not hold up a Ctrl-C.
const closeGrace = 2 * time.Second

// LocalURL is where the web listens, whatever its public address.
func (a *App) LocalURL() string { return "http://" + a.listener.Addr().String() }
