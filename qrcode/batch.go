package qrcode

import (
	"context"
	"fmt"
	"strconv"

	"juma/internal/bizdate"
	"juma/internal/fault"
)

// Order is what a batch of plates is asked for with.
type Order struct {
	// ID makes the order repeatable: the same again is the same batch. "" draws one.
	ID          string
	Grammar     Grammar
	Institution string // for UnionPay
	Host        string // "" is the service's
	Issuer      Issuer // zero is the service's
	Count       int    // 1 to MaxBatch
	By, Reason  string
}

// MaxBatch is the most plates of one order: a day has serials for ten million.
const MaxBatch = 5_000_000

// Request orders a batch. An order of up to FourEyesAbove plates is approved at
// once; a larger one waits for somebody else.
func (s *Service) Request(ctx context.Context, o Order) (Batch, error) {
	const op = "qrcode.Request"
	if o.Count < 1 || o.Count > MaxBatch {
		return Batch{}, fault.Field(op, "count", strconv.Itoa(o.Count), "want 1 to %d", MaxBatch)
	}
	if _, err := s.change(op, o.By, o.Reason); err != nil {
		return Batch{}, err
	}
	b := s.batch(o)
	if err := s.try(b); err != nil {
		return Batch{}, fault.Wrap(op, "", err)
	}
	stored, err := s.Repo.RequestBatch(ctx, b)
	if err != nil {
		return Batch{}, fault.Wrap(op, "", err)
	}
	if field := differs(stored, b); field != "" {
		return Batch{}, &fault.Error{Op: op, Kind: fault.Conflict, Field: field, Value: b.ID, Msg: "a batch with this number was ordered otherwise; take another number"}
	}
	return stored, nil
}

func (s *Service) batch(o Order) Batch {
	now := s.Clock.Now()
	b := Batch{
		ID: o.ID, State: Requested, Source: Issued, Grammar: o.Grammar, Institution: o.Institution, Host: o.Host, Issuer: o.Issuer, Count: o.Count,
		SerialDay: bizdate.Of(now), Reason: o.Reason, CreatedAt: now, CreatedBy: o.By,
	}
	if b.ID == "" {
		b.ID = s.IDs.At(now)
	}
	if b.Host == "" {
		b.Host = s.Host
	}
	if b.Issuer == (Issuer{}) {
		b.Issuer = s.Issuer
	}
	if o.Count <= s.FourEyesAbove {
		b.State, b.ApprovedBy = Approved, o.By
	}
	return b
}

// try makes one plate of the batch, tag and all, before anything is ordered: a
// mistake is told now and not after half of a million.
func (s *Service) try(b Batch) error {
	p := b.payload(s.Keys.New(zeroes{}))
	if _, err := p.Print(); err != nil {
		return err
	}
	_, err := p.NDEF(b.Host)
	return err
}

// zeroes is a source for a key that nobody will have.
type zeroes struct{}

func (zeroes) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// Payload is that of the batch's plate with the key.
func (b Batch) payload(key string) Payload {
	p := Payload{Grammar: b.Grammar, Key: key}
	switch b.Grammar {
	case Own:
		p.Host = b.Host
	case UnionPay:
		p.Institution = b.Institution
	case EMV:
		p.Issuer = b.Issuer
	}
	return p
}

// differs names what two orders of one number do not agree in.
func differs(a, b Batch) string {
	switch {
	case a.Source != b.Source:
		return "source"
	case a.Grammar != b.Grammar:
		return "payload"
	case a.Institution != b.Institution:
		return "institution"
	case a.Host != b.Host:
		return "host"
	case a.Issuer != b.Issuer:
		return "issuer"
	case a.Count != b.Count:
		return "count"
	}
	return ""
}

// Approve lets a batch be made. Whoever ordered it cannot: fault kind Forbidden.
func (s *Service) Approve(ctx context.Context, batchID, by, reason string) (Batch, error) {
	return s.decide(ctx, "qrcode.Approve", MoveApprove, batchID, by, reason)
}

// Reject ends an order that nobody has approved.
func (s *Service) Reject(ctx context.Context, batchID, by, reason string) (Batch, error) {
	return s.decide(ctx, "qrcode.Reject", MoveReject, batchID, by, reason)
}

func (s *Service) decide(ctx context.Context, op string, m BatchMove, batchID, by, reason string) (Batch, error) {
	b, err := s.Repo.Batch(ctx, batchID)
	if err != nil {
		return Batch{}, fault.Wrap(op, "", err)
	}
	if by == "" || by == b.CreatedBy {
		return b, &fault.Error{Op: op, Kind: fault.Forbidden, Field: "by", Value: by, Msg: "a batch of more than " + strconv.Itoa(s.FourEyesAbove) + " plates is decided by somebody else than who ordered it"}
	}
	return s.moveBatch(ctx, op, b, m, "", by, reason)
}

func (s *Service) moveBatch(ctx context.Context, op string, b Batch, m BatchMove, manifest, by, reason string) (Batch, error) {
	ch, err := s.change(op, by, reason)
	if err != nil {
		return b, err
	}
	moved, err := s.Repo.MoveBatch(ctx, b.ID, m, manifest, ch)
	if err != nil {
		return b, fault.Wrap(op, "", err)
	}
	now, err := s.Repo.Batch(ctx, b.ID)
	if err == nil && !moved {
		return now, fault.New(op, fault.Conflict, "batch %s is %s; %s begins at %s", b.ID, now.State, m.Name, join(m.From))
	}
	return now, fault.Wrap(op, "", err)
}

// chunk is how many plates one transaction stores: enough that their keys, put
// in order, touch each page of the index once, and little enough in memory.
const chunk = 20_000

// Generate makes what is missing of an approved batch, in transactions of
// bounded size. It goes on where an earlier call was stopped, and two at the same
// time share the work. progress may be nil.
func (s *Service) Generate(ctx context.Context, batchID string, progress func(done, total int)) (Batch, error) {
	const op = "qrcode.Generate"
	for {
		b, err := s.Repo.Batch(ctx, batchID)
		if err != nil {
			return Batch{}, fault.Wrap(op, "", err)
		}
		if progress != nil {
			progress(b.Made, b.Count)
		}
		switch {
		case b.State == Generated || b.State == Exported:
			return b, nil
		case !MoveGenerate.Allows(b.State):
			return b, &fault.Error{Op: op, Kind: fault.NotReady, Field: "batch", Value: b.ID, Msg: fmt.Sprintf("is %s: more than %d plates wait for the approval of somebody else than %s", b.State, s.FourEyesAbove, b.CreatedBy)}
		case ctx.Err() != nil:
			return b, fault.Wrap(op, fault.Unavailable, ctx.Err())
		}
		plates, err := s.make(b, b.Made, min(chunk, b.Count-b.Made))
		if err != nil {
			return b, err
		}
		if _, err := s.Repo.AddPlates(ctx, b, b.Made, plates, s.Clock.Now()); err != nil {
			return b, fault.Wrap(op, "", err)
		}
	}
}

// make draws plates of a batch, the first of them after skip others.
func (s *Service) make(b Batch, skip, n int) ([]Plate, error) {
	plates := make([]Plate, n)
	for i := range plates {
		key := s.Keys.New(s.Random)
		p, err := b.plate(skip+i, key)
		if err != nil {
			return nil, err
		}
		plates[i] = p
	}
	return plates, nil
}

// plate is the batch's n-th plate, from 0.
func (b Batch) plate(n int, key string) (Plate, error) {
	payload, err := b.payload(key).Print()
	if err != nil {
		return Plate{}, err
	}
	// What cannot be read back is never printed: a plate is made once and hangs
	// for years.
	if back, err := ParsePayload(payload); err != nil || back.Key != key {
		return Plate{}, fault.New("qrcode.Generate", fault.Internal, "%s is read back as key %q: %v", payload, back.Key, err)
	}
	return Plate{
		Key: key, Serial: Serial(b.SerialDay, b.SerialFrom+n), BatchID: b.ID,
		Grammar: b.Grammar, Payload: payload, State: Blank, CreatedAt: b.CreatedAt,
	}, nil
}

// MaxIssue is the most plates that Issue returns at once.
const MaxIssue = 10_000

// Issue orders and makes a small batch and returns its plates by serial. Larger
// ones are requested, generated and read page by page.
func (s *Service) Issue(ctx context.Context, o Order) (Batch, []Plate, error) {
	const op = "qrcode.Issue"
	if o.Count > MaxIssue {
		return Batch{}, nil, fault.Field(op, "count", strconv.Itoa(o.Count), "want 1 to %d", MaxIssue)
	}
	b, err := s.Request(ctx, o)
	if err != nil {
		return Batch{}, nil, err
	}
	if b, err = s.Generate(ctx, b.ID, nil); err != nil {
		return Batch{}, nil, err
	}
	plates, _, err := s.Repo.FindPlates(ctx, Filter{BatchID: b.ID}, "", MaxIssue)
	return b, plates, fault.Wrap(op, "", err)
}

// Export remembers that a manifest of the batch was made, by its SHA-256.
func (s *Service) Export(ctx context.Context, batchID, manifest, by string) (Batch, error) {
	const op = "qrcode.Export"
	b, err := s.Repo.Batch(ctx, batchID)
	if err != nil || (b.State == Exported && b.Manifest == manifest) {
		return b, fault.Wrap(op, "", err)
	}
	return s.moveBatch(ctx, op, b, MoveExport, manifest, by, "")
}

// Stock gives blank plates of exported batches to a branch or an agent and says
// how many those were.
func (s *Service) Stock(ctx context.Context, r Range, holder, by, reason string) (int, error) {
	const op = "qrcode.Stock"
	if holder == "" || len(holder) > 64 {
		return 0, fault.Field(op, "holder", holder, "name the branch or agent in at most 64 bytes")
	}
	if r == (Range{}) {
		return 0, fault.Field(op, "range", "", "name a batch, or the serials from and to")
	}
	ch, err := s.change(op, by, reason)
	if err != nil {
		return 0, err
	}
	n, err := s.Repo.Stock(ctx, r, holder, ch)
	return n, fault.Wrap(op, "", err)
}
