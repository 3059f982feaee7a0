package qrcode

import (
	"context"
	"fmt"
	"strings"
	"time"

	"juma/internal/bizdate"
	"juma/internal/clock"
	"juma/internal/fault"
	"juma/internal/id"
)

// Keys makes plate keys and tells genuine ones from guesses without asking a
// database; *id.PlateRing does.
type Keys interface {
	New(rnd id.Random) string
	Check(key string) error
}

// Config of a Service.
type Config struct {
	Repo  Repository
	Clock clock.Clock
	IDs   *id.ULIDs
	// Random is the source that keys are drawn from: crypto/rand.Reader in
	// production, because a key is a secret.
	Random id.Random
	Keys   Keys
	// Host is the public host of own payloads, and of what taps open.
	Host string
	// Issuer is named by EMVCo payloads; zero is DefaultIssuer.
	Issuer Issuer
	// FourEyesAbove is the largest batch that needs no second person; 0 is
	// DefaultFourEyesAbove.
	FourEyesAbove int
}

// DefaultIssuer is named where nobody says who issues.
var DefaultIssuer = Issuer{Name: "JUMA", City: "SHANGHAI"}

// DefaultFourEyesAbove is the largest batch that one person may make.
const DefaultFourEyesAbove = 1_000_000

// Service issues plates and moves them through their life.
type Service struct {
	Config
	shapes shapes
}

// NewService returns the plate service.
func NewService(cfg Config) *Service {
	if cfg.Issuer == (Issuer{}) {
		cfg.Issuer = DefaultIssuer
	}
	if cfg.FourEyesAbove == 0 {
		cfg.FourEyesAbove = DefaultFourEyesAbove
	}
	return &Service{Config: cfg}
}

// Serial is the number printed on a plate: the day (yymmdd) and seven digits. Two
// check digits are printed behind it (id.SerialCheck). It is no secret and opens
// nothing.
func Serial(d bizdate.Date, n int) string { return fmt.Sprintf("%s%07d", d.YYMMDD(), n) }

// serialLen is the length of a serial.
const serialLen = 13

// ReadSerial reads a serial as people copy it from a plate, with or without its
// check digits, blanks and hyphen; false for what is none.
func ReadSerial(text string) (serial string, ok bool) {
	s := strings.NewReplacer(" ", "", "-", "", "No.", "").Replace(text)
	switch {
	case strings.Trim(s, "0123456789") != "":
		return "", false
	case len(s) == serialLen+2:
		return s[:serialLen], id.CheckSerial(s)
	}
	return s, len(s) == serialLen
}

// Resolve returns the plate and binding behind a key. A key that cannot be a
// plate's is fault kind NotFound without asking the database.
func (s *Service) Resolve(ctx context.Context, key string) (Plate, Binding, error) {
	const op = "qrcode.Resolve"
	if err := s.Keys.Check(key); err != nil && !s.imported(ctx, key) {
		return Plate{}, Binding{}, fault.Wrap(op, fault.NotFound, err)
	}
	p, b, err := s.Repo.Plate(ctx, key)
	return p, b, fault.Wrap(op, "", err)
}

// ResolvePayload is Resolve for what a camera or a tag says, in any grammar. What
// is no payload is fault kind Invalid.
func (s *Service) ResolvePayload(ctx context.Context, payload string) (Plate, Binding, error) {
	p, err := ParsePayload(payload)
	if err != nil {
		return Plate{}, Binding{}, err
	}
	return s.Resolve(ctx, p.Key)
}

// Find is Resolve for what a person types: serial, key or payload.
func (s *Service) Find(ctx context.Context, text string) (Plate, Binding, error) {
	const op = "qrcode.Find"
	if strings.Contains(text, "://") || strings.HasPrefix(text, "0002") {
		p, b, err := s.ResolvePayload(ctx, text)
		return p, b, fault.Wrap(op, "", err)
	}
	if serial, ok := ReadSerial(text); ok {
		p, b, err := s.Repo.PlateBySerial(ctx, serial)
		return p, b, fault.Wrap(op, "", err)
	}
	return s.Resolve(ctx, text)
}

// Recognise is Find for somebody who holds the plate and has read its code, its tag
// or its number. What was read must be what was printed on that plate. Kinds of
// fault: Invalid for a code of other people, NotFound for a number or key that no
// plate of ours has, Refused for a code that was altered: a key that does not prove
// itself, or a genuine one with another address around it, which would lead the
// payer elsewhere.
func (s *Service) Recognise(ctx context.Context, text string) (Plate, Binding, error) {
	const op = "qrcode.Recognise"
	text = strings.TrimSpace(text)
	read, err := ParsePayload(text)
	if err != nil { // a number, a key, or what nobody can read
		if looksOurs(text) {
			return Plate{}, Binding{}, fault.Wrap(op, fault.Refused, err)
		}
		p, b, err := s.Find(ctx, text)
		return p, b, fault.Wrap(op, "", err)
	}
	p, b, err := s.Resolve(ctx, read.Key)
	switch {
	case fault.Is(err, fault.NotFound) && read.Grammar != UnionPay && s.Keys.Check(read.Key) != nil:
		return Plate{}, Binding{}, fault.Wrap(op, fault.Refused, err)
	case fault.Is(err, fault.NotFound) && read.Grammar == UnionPay: // other institutions have such codes too
		return Plate{}, Binding{}, fault.Wrap(op, fault.Invalid, err)
	case err != nil:
		return Plate{}, Binding{}, fault.Wrap(op, "", err)
	}
	tap, err := s.tapOf(ctx, p)
	if err == nil && text != p.Payload && text != tap {
		err = &fault.Error{Op: op, Kind: fault.Refused, Field: "payload", Value: shorten(text), Msg: "is not what was printed on plate " + p.Serial}
	}
	if err != nil {
		return Plate{}, Binding{}, fault.Wrap(op, "", err)
	}
	return p, b, nil
}

// looksOurs tells whether a text that is no payload was meant to be one of ours: it
// has the form of our address or names our template.
func looksOurs(text string) bool {
	p, ok := splitURL(text)
	return ok && p.Grammar == Own && len(p.Key) == id.PlateKeyLen || strings.HasPrefix(text, "0002") && strings.Contains(text, GUID)
}

// tapOf is the address in the plate's NFC tag, if it has one.
func (s *Service) tapOf(ctx context.Context, p Plate) (string, error) {
	b, err := s.Repo.Batch(ctx, p.BatchID)
	if err != nil {
		return "", err
	}
	printed, err := ParsePayload(p.Payload)
	if err != nil {
		return "", fault.Wrap("qrcode.tapOf", fault.Corrupt, err)
	}
	tap, err := printed.TapURL(b.Host)
	if err != nil {
		return "", nil // too long for a tag
	}
	return tap, nil
}

// History lists what happened to a plate and to its batch, oldest first.
func (s *Service) History(ctx context.Context, p Plate) ([]Event, error) {
	all, err := s.Repo.History(ctx, p)
	return all, fault.Wrap("qrcode.History", "", err)
}

// BindingAt is the binding of a plate that was in force at the instant: whom a
// payment of that second belongs to. NotFound when none was.
func (s *Service) BindingAt(ctx context.Context, key string, at time.Time) (Binding, error) {
	b, err := s.Repo.BindingAt(ctx, key, at)
	return b, fault.Wrap("qrcode.BindingAt", "", err)
}
