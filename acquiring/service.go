package acquiring

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"juma/acquiring/channel"
	"juma/acquiring/risk"
	"juma/acquiring/routing"
	"juma/internal/audit"
	"juma/internal/bizdate"
	"juma/internal/clock"
	"juma/internal/fault"
	"juma/internal/id"
	"juma/merchants"
	"juma/qrcode"
)

// Config is what a Service is made of. Every field without a stated default
// must be given.
type Config struct {
	Store     Store
	Plates    *qrcode.Service
	Merchants merchants.Repository
	Channels  map[channel.Name]channel.Adapter
	Clock     clock.Clock
	IDs       *id.ULIDs
	Random    id.Random // result tokens; unguessable in production
	// Routes are the rules by which a payment finds its channel; nil sends each wallet to
	// its own.
	Routes Routes
	// Breakers keep payments away from channels that do not answer; nil makes them with
	// routing.DefaultBreaker.
	Breakers *routing.Breakers
	// NotifyURL is where a channel sends its notifications.
	NotifyURL func(channel.Name) string
	// Expiry is how long an order can be paid; 0 means 15 minutes.
	Expiry time.Duration
	// Limits are the limits of payments; the zero value is the default of each.
	Limits risk.Settings
	// CodeWindow is how long a payment by the payer's code may wait for the payer
	// before it is undone; 0 means a minute.
	CodeWindow time.Duration
	// AfterCommit is called when an event waits in the outbox; may be nil.
	AfterCommit func()
	// Refused is told of each scan of a genuine plate that cannot be paid on; may be
	// nil. It must be quick.
	Refused func(qrcode.Plate)
	Log     *slog.Logger // nil: discard
}

// Routes gives the rules in force and their version.
type Routes interface {
	InForce(ctx context.Context) (routing.Set, int, error)
}

// Service is acquiring's application: it holds no state of its own.
type Service struct {
	Config
}

// NewService checks the configuration and returns the service.
func NewService(cfg Config) (*Service, error) {
	if cfg.Store == nil || cfg.Plates == nil || cfg.Merchants == nil || cfg.Clock == nil || cfg.IDs == nil || cfg.Random == nil || cfg.NotifyURL == nil {
		return nil, fault.New("acquiring.NewService", fault.Internal, "a dependency is missing")
	}
	cfg.Limits = cfg.Limits.WithDefaults()
	if err := cfg.Limits.Check(); err != nil {
		return nil, fault.Wrap("acquiring.NewService", "", err)
	}
	if cfg.CodeWindow == 0 {
		cfg.CodeWindow = time.Minute
	}
	if cfg.Expiry == 0 {
		cfg.Expiry = 15 * time.Minute
	}
	if cfg.Breakers == nil {
		cfg.Breakers = routing.NewBreakers(routing.DefaultBreaker)
	}
	if cfg.AfterCommit == nil {
		cfg.AfterCommit = func() {}
	}
	if cfg.Refused == nil {
		cfg.Refused = func(qrcode.Plate) {}
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{cfg}, nil
}

// Scan is a plate resolved to whom it pays.
type Scan struct {
	Plate    qrcode.Plate
	Binding  qrcode.Binding
	Merchant merchants.Merchant
	Store    merchants.Store
}

// PlateError says that a genuine plate cannot be paid on.
type PlateError struct {
	// "blank", "suspended", "lost", "replaced", "void", "merchant" when the merchant is
	// not active, or "place" when the store or terminal is closed
	State string
}

// Error names the state.
func (e *PlateError) Error() string { return "the plate cannot be paid on: " + e.State }

// Resolve turns a plate's key into whom it pays. Unknown keys are fault kind
// NotFound, plates that cannot be paid on are a *PlateError.
func (s *Service) Resolve(ctx context.Context, key string) (Scan, error) {
	const op = "acquiring.Resolve"
	plate, binding, err := s.Plates.Resolve(ctx, key)
	if err != nil {
		return Scan{}, fault.Wrap(op, "", err)
	}
	if plate.State != qrcode.Bound {
		s.Refused(plate)
		return Scan{}, &PlateError{State: string(plate.State)}
	}
	m, err := s.Merchants.Merchant(ctx, binding.MerchantNo)
	if err != nil {
		return Scan{}, fault.Wrap(op, "", err)
	}
	if m.State != merchants.Active {
		return Scan{}, &PlateError{State: "merchant"}
	}
	store, err := s.Merchants.StoreByID(ctx, binding.StoreID)
	if err != nil {
		return Scan{}, fault.Wrap(op, "", err)
	}
	terminal, err := s.Merchants.Terminal(ctx, binding.TerminalNo)
	if err != nil {
		return Scan{}, fault.Wrap(op, "", err)
	}
	if !store.ClosedAt.IsZero() || !terminal.ClosedAt.IsZero() {
		return Scan{}, &PlateError{State: "place"}
	}
	return Scan{Plate: plate, Binding: binding, Merchant: m, Store: store}, nil
}

func (s *Service) adapter(ch channel.Name) (channel.Adapter, error) {
	a := s.Channels[ch]
	if a == nil {
		return nil, fault.Field("acquiring", "channel", string(ch), "is not configured")
	}
	return a, nil
}

// AuthURL is where the consumer's browser goes for silent authorisation. Any account at
// the wallet's channel can say: they share what payers are known by.
func (s *Service) AuthURL(ctx context.Context, w channel.Wallet, redirectURL, state string) (address string, err error) {
	if _, err := s.adapter(w.Direct()); err != nil {
		return "", err
	}
	for _, ch := range s.accountsAt(w.Direct()) {
		address, err = s.Channels[ch].AuthURL(ctx, channel.AuthRequest{Wallet: w, RedirectURL: redirectURL, State: state})
		if !fault.Is(err, fault.Unavailable) {
			break
		}
	}
	return address, err
}

// accountsAt lists the accounts at a channel that are configured, its first one first.
func (s *Service) accountsAt(base channel.Name) []channel.Name {
	var names []channel.Name
	for ch, a := range s.Channels {
		if ch.Base() == base && a != nil {
			names = append(names, ch)
		}
	}
	slices.SortFunc(names, channel.Compare)
	return names
}

// IdentifyInput is what came back from the wallet's authorisation.
type IdentifyInput struct {
	Scan      Scan
	Query     map[string][]string
	UserAgent string
}

// Identify asks the wallet who the payer is, by the account of its own channel that the
// merchant is registered at. One that is registered at the aggregate alone is asked for
// there, where UnionPay's wallet wants to be told the merchant. An account that certainly
// was not asked lets the next one be.
func (s *Service) Identify(ctx context.Context, w channel.Wallet, in IdentifyInput) (payer channel.Payer, err error) {
	at, err := s.identifiers(ctx, w, in.Scan.Merchant.No)
	if err != nil {
		return channel.Payer{}, err
	}
	now := s.Clock.Now()
	req := channel.IdentifyRequest{
		Wallet: w, Query: in.Query, UserAgent: in.UserAgent,
		OrderNo: "I" + now.In(bizdate.Zone).Format("20060102150405") + id.Token(s.Random)[:12], Time: now,
	}
	for _, e := range at {
		req.MerchantID = e.ChannelID
		payer, err = s.Channels[channel.Name(e.Channel)].Identify(ctx, req)
		if !fault.Is(err, fault.Unavailable) {
			break
		}
	}
	return payer, err
}

// identifiers are the accounts that can say who a payer of the merchant is, at least one,
// with the merchant's number there ("" where none is wanted).
func (s *Service) identifiers(ctx context.Context, w channel.Wallet, merchantNo string) ([]merchants.Enrolment, error) {
	direct, err := s.enrolments(ctx, merchantNo, w.Direct())
	if err != nil || len(direct) > 0 {
		return direct, err
	}
	gathered, err := s.enrolments(ctx, merchantNo, channel.UnionPayAggregate)
	switch {
	case err != nil:
		return nil, err
	case len(gathered) == 0:
		return nil, notEnrolled(merchantNo, w.Direct())
	case w == channel.UnionPayWallet:
		return gathered, nil
	}
	if _, err := s.adapter(w.Direct()); err != nil {
		return nil, err
	}
	for _, ch := range s.accountsAt(w.Direct()) {
		direct = append(direct, merchants.Enrolment{Channel: string(ch)})
	}
	return direct, nil
}

// enrolments lists where the merchant is registered among the accounts at a channel.
func (s *Service) enrolments(ctx context.Context, merchantNo string, base channel.Name) ([]merchants.Enrolment, error) {
	all, err := s.Merchants.Enrolments(ctx, merchantNo)
	all = slices.DeleteFunc(all, func(e merchants.Enrolment) bool {
		ch := channel.Name(e.Channel)
		return ch.Base() != base || e.State != merchants.EnrolAccepted || s.Channels[ch] == nil
	})
	slices.SortFunc(all, func(a, b merchants.Enrolment) int {
		return channel.Compare(channel.Name(a.Channel), channel.Name(b.Channel))
	})
	return all, err
}

// channelID is the merchant's number at the channel; Refused when it is not
// enrolled there.
func (s *Service) channelID(ctx context.Context, merchantNo string, ch channel.Name) (string, error) {
	all, err := s.Merchants.Enrolments(ctx, merchantNo)
	if err != nil {
		return "", err
	}
	for _, e := range all {
		if e.Channel == string(ch) && e.State == merchants.EnrolAccepted {
			return e.ChannelID, nil
		}
	}
	return "", notEnrolled(merchantNo, ch)
}

func notEnrolled(merchantNo string, ch channel.Name) error {
	return &fault.Error{Op: "acquiring", Kind: fault.Refused, Field: "channel_not_enrolled", Value: string(ch),
		Msg: fmt.Sprintf("merchant %s does not accept %s", merchantNo, ch)}
}

// PaymentByToken finds the payment that a result page shows.
func (s *Service) PaymentByToken(ctx context.Context, token string) (Payment, error) {
	return s.Store.PaymentByResultToken(ctx, token)
}

func (s *Service) newAudit(actor, action, object, before, after, reason string) audit.Entry {
	now := s.Clock.Now()
	return audit.Entry{ID: s.IDs.At(now), At: now, Actor: actor, Action: action, Object: object, Before: before, After: after, Reason: reason}
}
