package qrcode

import (
	"context"
	"fmt"
	"time"

	"juma/internal/bizdate"
	"juma/internal/clock"
	"juma/internal/fault"
	"juma/internal/id"
)

// Service issues and binds plates.
type Service struct {
	repo  Repository
	clock clock.Clock
	ids   *id.ULIDs
	keys  id.Random
	host  string
}

// NewService returns the plate service. host is the public host of own-URL
// plates; keys is the source that keys are drawn from (crypto/rand.Reader in
// production: the key is a secret).
func NewService(repo Repository, clk clock.Clock, ids *id.ULIDs, keys id.Random, host string) *Service {
	return &Service{repo: repo, clock: clk, ids: ids, keys: keys, host: host}
}

// MaxBatch is the most plates that one call issues.
const MaxBatch = 10_000

// Issue makes a batch of blank plates and stores it, all or nothing. serialFrom
// is the number of the first plate within the day's serials.
func (s *Service) Issue(ctx context.Context, g Grammar, institution string, count, serialFrom int, by string) (Batch, []Plate, error) {
	const op = "qrcode.Issue"
	if count < 1 || count > MaxBatch {
		return Batch{}, nil, fault.Field(op, "count", fmt.Sprint(count), "want 1 to %d", MaxBatch)
	}
	if serialFrom < 1 || serialFrom+count-1 > maxSerial {
		return Batch{}, nil, fault.Field(op, "serial_from", fmt.Sprint(serialFrom), "want 1 to %d for %d plates: a day has serials up to %d", maxSerial-count+1, count, maxSerial)
	}
	now := s.clock.Now()
	batch := Batch{ID: s.ids.At(now), Grammar: g, Institution: institution, Count: count, CreatedAt: now, CreatedBy: by}
	plates := make([]Plate, count)
	for i := range plates {
		key := id.NewPlateKey(s.keys)
		payload, err := s.payload(g, institution, key)
		if err != nil {
			return Batch{}, nil, err
		}
		// What cannot be read back is never printed: a plate is made once and hangs
		// for years.
		if _, _, back, err := ParsePayload(payload); err != nil || back != key {
			return Batch{}, nil, fault.New(op, fault.Internal, "%s is read back as key %q: %v", payload, back, err)
		}
		plates[i] = Plate{
			Key: key, Serial: Serial(bizdate.Of(now), serialFrom+i), BatchID: batch.ID,
			Grammar: g, Payload: payload, State: Blank, CreatedAt: now,
		}
	}
	if err := s.repo.CreateBatch(ctx, batch, plates); err != nil {
		return Batch{}, nil, fault.Wrap(op, "", err)
	}
	return batch, plates, nil
}

func (s *Service) payload(g Grammar, institution, key string) (string, error) {
	switch g {
	case Own:
		return OwnPayload(s.host, key)
	case UnionPay:
		return UnionPayPayload(institution, key)
	}
	return "", fault.Field("qrcode.Issue", "payload", string(g), "want own or unionpay")
}

// maxSerial is the last serial of a day: six digits.
const maxSerial = 999_999

// Serial is the number printed on a plate: the day (yymmdd) and six digits. It
// is no secret and opens nothing.
func Serial(d bizdate.Date, n int) string { return fmt.Sprintf("%s%06d", d.YYMMDD(), n) }

// Bind ties a blank plate to a terminal at a merchant's store.
func (s *Service) Bind(ctx context.Context, key, merchantNo, storeID, terminalNo, by string) (Binding, error) {
	const op = "qrcode.Bind"
	plate, current, err := s.repo.Plate(ctx, key)
	if err != nil {
		return Binding{}, fault.Wrap(op, "", err)
	}
	if plate.State != Blank {
		e := fault.New(op, fault.Conflict, "plate %s is %s%s; only a blank plate can be bound", plate.Serial, plate.State, boundTo(current))
		return Binding{}, e
	}
	b := Binding{
		PlateKey: key, Version: current.Version + 1, MerchantNo: merchantNo, StoreID: storeID,
		TerminalNo: terminalNo, From: s.clock.Now(), BoundBy: by,
	}
	moved, err := s.repo.Bind(ctx, b)
	if err != nil {
		return Binding{}, fault.Wrap(op, "", err)
	}
	if !moved {
		return Binding{}, fault.New(op, fault.Conflict, "plate %s was bound by someone else in this moment; look at it again", plate.Serial)
	}
	return b, nil
}

func boundTo(b Binding) string {
	if b.MerchantNo == "" {
		return ""
	}
	return fmt.Sprintf(" to merchant %s since %s", b.MerchantNo, b.From.In(bizdate.Zone).Format(time.DateTime))
}

// Suspend stops a bound plate; Resume lets it pay again; Void ends it for ever.
func (s *Service) Suspend(ctx context.Context, key, by, reason string) error {
	return s.move(ctx, "qrcode.Suspend", key, []State{Bound}, Suspended, by, reason)
}

// Resume lets a suspended plate pay again.
func (s *Service) Resume(ctx context.Context, key, by, reason string) error {
	return s.move(ctx, "qrcode.Resume", key, []State{Suspended}, Bound, by, reason)
}

// Void ends a plate for ever; its key is never issued again.
func (s *Service) Void(ctx context.Context, key, by, reason string) error {
	return s.move(ctx, "qrcode.Void", key, []State{Blank, Bound, Suspended}, Void, by, reason)
}

func (s *Service) move(ctx context.Context, op, key string, from []State, to State, by, reason string) error {
	moved, err := s.repo.SetPlateState(ctx, key, from, to, by, reason, s.clock.Now())
	if err != nil {
		return fault.Wrap(op, "", err)
	}
	if !moved {
		return fault.New(op, fault.Conflict, "plate %s cannot become %s from the state it is in", key, to)
	}
	return nil
}

// Resolve returns the plate and binding behind a key. A key that cannot be one
// of ours is fault kind NotFound without asking the database.
func (s *Service) Resolve(ctx context.Context, key string) (Plate, Binding, error) {
	const op = "qrcode.Resolve"
	if err := id.CheckPlateKey(key); err != nil {
		return Plate{}, Binding{}, fault.Wrap(op, fault.NotFound, err)
	}
	p, b, err := s.repo.Plate(ctx, key)
	return p, b, fault.Wrap(op, "", err)
}
