package clearing

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"juma/acquiring/channel"
	"juma/clearing/fee"
	"juma/clearing/intake"
	"juma/clearing/terms"
	"juma/internal/bizdate"
	"juma/internal/clock"
	"juma/internal/crash"
	"juma/internal/fault"
	"juma/internal/id"
	"juma/merchants"
)

// Asker asks a wallet once more about an order of ours that a statement shows
// and our books do not call final.
type Asker interface {
	Ask(ctx context.Context, kind channel.LineKind, orderNo string) error
}

// TermsKeeper knows the terms and holds that count for a clearing date: terms.Service.
type TermsKeeper interface {
	InForce(ctx context.Context, d bizdate.Date) (terms.InForce, error)
}

// CalendarKeeper knows the business calendar in force and its version: calendar.Service.
type CalendarKeeper interface {
	InForce(ctx context.Context) (*bizdate.Calendar, int, error)
}

// Payer is a licensed institution that pays merchants. Juma holds no money: every
// settlement names who does.
type Payer struct {
	Code string // the institution's or bank's code, at most 32 characters
	Name string // at most 128
}

// PaidByWallet is the payer's code of merchants that their wallet pays itself.
const PaidByWallet = "wallet"

// Config is what a Service is made of.
type Config struct {
	Store     Store
	Channels  map[channel.Name]channel.Adapter
	Layouts   []intake.Layout // of statements, as package layouts has them
	Merchants merchants.Repository
	Asker     Asker
	Calendar  *bizdate.Calendar
	// Calendars knows the version in force when a batch is made; nil: Calendar, version 0.
	Calendars CalendarKeeper
	Clock     clock.Clock
	IDs       *id.ULIDs
	// DataDir holds statements/ (raw files as fetched) and settlement/.
	DataDir string
	// Institution is the acquirer's 8-digit institution code in the files.
	Institution string
	// Payer is the licensed institution that holds the reserve and pays merchants; the
	// zero value names the acquirer by Institution.
	Payer Payer
	// Terms says when and on what conditions merchants are paid; nil: T+1, everything.
	Terms TermsKeeper
	// TokenKey makes the tokens that stand for wallets' payers in the files: without
	// it nobody can test a guess. Keep it: a new key gives new tokens.
	TokenKey []byte
	// OnRelease is called with the date of a batch that is released, and again whenever
	// its release is asked for again: here payouts begin. Nil: nothing is done.
	OnRelease func(ctx context.Context, d bizdate.Date) error
	Costs     *fee.Table   // nil: fee.Default
	Log       *slog.Logger // nil: discard
	// Step is told what is being done, for progress bars; may be nil.
	Step func(step string)
}

// Service runs clearing days. Every step is recorded, can be run again and then
// changes nothing.
type Service struct {
	Config
}

// NewService returns the clearing service.
func NewService(cfg Config) *Service {
	if cfg.Costs == nil {
		cfg.Costs = fee.Default()
	}
	if cfg.Payer.Code == "" {
		cfg.Payer = Payer{Code: cfg.Institution, Name: "收单机构 " + cfg.Institution}
	}
	if cfg.OnRelease == nil {
		cfg.OnRelease = func(context.Context, bizdate.Date) error { return nil }
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Step == nil {
		cfg.Step = func(string) {}
	}
	return &Service{cfg}
}

// CloseDay takes a clearing date from cut-off to files: each channel is cut off,
// its statements fetched and reconciled, then the day is settled, filed and sealed. It
// stops at the first thing that is not ready and continues there when it is run
// again. by is who makes the batch; somebody else releases it (Release).
func (s *Service) CloseDay(ctx context.Context, d bizdate.Date, by string) (Batch, error) {
	names, err := s.Names(ctx, d)
	if err != nil {
		return Batch{}, err
	}
	for _, ch := range names {
		for _, step := range []struct {
			name string
			run  func(context.Context, channel.Name, bizdate.Date) error
		}{{"cut off", s.CutOff}, {"fetch", s.Fetch}, {"reconcile", s.Reconcile}} {
			s.Step(step.name + " " + string(ch))
			if err := step.run(ctx, ch, d); err != nil {
				return Batch{}, fmt.Errorf("%s %s of %s: %w", step.name, ch, d, err)
			}
		}
	}
	s.Step("settle")
	if err := s.Settle(ctx, d, by); err != nil {
		return Batch{}, fmt.Errorf("settle %s: %w", d, err)
	}
	crash.At("clearing.f5.batch_computed")
	s.Step("files")
	if err := s.WriteFiles(ctx, d); err != nil {
		return Batch{}, fmt.Errorf("write the files of %s: %w", d, err)
	}
	return s.Store.Batch(ctx, d)
}

// Names lists the channels and accounts whose statements make up a date, in the order in
// which they are worked on.
func (s *Service) Names(ctx context.Context, d bizdate.Date) ([]channel.Name, error) {
	accounts, err := s.Store.ChannelAccounts(ctx)
	return channel.NamesOn(d, accounts), err
}

// Seal closes the book of a date whose files are written: it gets its place in the
// chain of sealed dates, and nothing is booked on it any more. A correction is an
// entry of a later date.
func (s *Service) Seal(ctx context.Context, d bizdate.Date) error {
	b, err := s.Store.Batch(ctx, d)
	if err != nil {
		return err
	}
	if b.State == Computed {
		return fault.New("clearing.Seal", fault.NotReady, "the files of %s are not written yet", d)
	}
	_, err = s.Store.SealBook(ctx, d, s.Clock.Now(), "clearing")
	return err
}

// CutOff marks the end of a channel's day. It is a watermark: payments go on.
func (s *Service) CutOff(ctx context.Context, ch channel.Name, d bizdate.Date) error {
	day, err := s.Store.Day(ctx, ch, d)
	if err != nil || day.State != Open {
		return err
	}
	_, end := ch.Cut().Bounds(d)
	if now := s.Clock.Now(); now.Before(end) {
		return fault.New("clearing.CutOff", fault.NotReady, "%s's clearing date %s ends at %s", ch, d, end.In(bizdate.Zone).Format(time.DateTime))
	}
	return s.moveDay(ctx, ch, d, Open, CutOff, 0)
}

func (s *Service) moveDay(ctx context.Context, ch channel.Name, d bizdate.Date, from, to DayState, lines int) error {
	return s.Store.Update(ctx, func(tx Tx) error {
		moved, err := tx.MoveDay(ch, d, from, to, lines, s.Clock.Now())
		if err == nil && !moved {
			err = fault.New("clearing", fault.Conflict, "%s's day %s is no longer %s: someone else works on it", ch, d, from)
		}
		return err
	})
}
