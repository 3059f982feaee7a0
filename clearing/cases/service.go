package cases

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"juma/acquiring"
	"juma/acquiring/channel"
	"juma/clearing"
	"juma/clearing/fee"
	"juma/internal/access"
	"juma/internal/audit"
	"juma/internal/bizdate"
	"juma/internal/clock"
	"juma/internal/fault"
	"juma/internal/id"
	"juma/internal/money"
	"juma/merchants"
)

// Books is what cases read of clearing; clearing.Store.
type Books interface {
	Batches(ctx context.Context) ([]clearing.Batch, error) // newest first
	Day(ctx context.Context, ch channel.Name, d bizdate.Date) (clearing.Day, error)
	RecordsByKey(ctx context.Context, ch channel.Name, keys []clearing.Key) ([]clearing.Record, error)
}

// Orders asks the wallets and gives money back; acquiring.Service.
type Orders interface {
	Ask(ctx context.Context, kind channel.LineKind, orderNo string) error
	RequestRefund(ctx context.Context, in acquiring.RefundInput) (acquiring.Refund, error)
	// RefundSecond gives a second success back; see acquiring.Service.RefundSecond.
	RefundSecond(ctx context.Context, orderNo, channelNo string, d bizdate.Date) error
}

// Parties knows the merchants.
type Parties interface {
	Merchant(ctx context.Context, no string) (merchants.Merchant, error)
}

// People knows who has which role.
type People interface {
	// Account fails with kind NotFound when there is none.
	Account(ctx context.Context, login string) (access.Account, error)
}

// Config is what a Service is made of.
type Config struct {
	Store    Store
	People   People
	Books    Books
	Orders   Orders
	Parties  Parties
	Calendar Calendar
	Clock    clock.Clock
	IDs      *id.ULIDs
	Costs    *fee.Table // nil: fee.Default
	// Small is the largest difference that may be written off; 0: DefaultSmall.
	Small money.Fen
}

// DefaultSmall is ten yuan.
const DefaultSmall money.Fen = 1000

// Service works on differences.
type Service struct{ Config }

// NewService returns the service of differences.
func NewService(cfg Config) *Service {
	if cfg.Costs == nil {
		cfg.Costs = fee.Default()
	}
	if cfg.Small == 0 {
		cfg.Small = DefaultSmall
	}
	return &Service{cfg}
}

// Filter narrows the queue; a zero field leaves it open.
type Filter struct {
	Class   clearing.Class
	Channel channel.Name
	Sign    Sign
	State   State
	Owner   string // Nobody: without owner
	Date    bizdate.Date
	MinAge  int // working days
}

// Nobody filters for cases without owner.
const Nobody = "-"

// Row is a case in the queue.
type Row struct {
	Case
	State State
	Age   int // working days
	Sign  Sign
	Money money.Fen // theirs − ours
}

// Total sums up a part of the queue.
type Total struct {
	Count int
	Money money.Fen
}

// Queue is what is to be done, oldest first, with the totals of what the filter
// lets through.
type Queue struct {
	Rows   []Row
	Signs  map[Sign]Total
	States map[State]int
}

// Queue lists the open cases that a filter lets through.
func (s *Service) Queue(ctx context.Context, f Filter) (Queue, error) {
	all, err := s.Store.OpenCases(ctx)
	if err != nil {
		return Queue{}, fault.Wrap("cases.Queue", "", err)
	}
	q := Queue{Signs: map[Sign]Total{}, States: map[State]int{}}
	for _, c := range all {
		row := s.row(c)
		if !f.lets(row) {
			continue
		}
		q.Rows = append(q.Rows, row)
		t := q.Signs[row.Sign]
		t.Count++
		if t.Money, err = t.Money.Add(row.Money); err != nil {
			return q, fault.Wrap("cases.Queue", fault.Corrupt, err)
		}
		q.Signs[row.Sign] = t
		q.States[row.State]++
	}
	slices.SortStableFunc(q.Rows, func(a, b Row) int {
		return cmp.Or(cmp.Compare(a.Item.Date, b.Item.Date), strings.Compare(a.Item.ID, b.Item.ID))
	})
	return q, nil
}

// Waiting is how many differences have not ended, for a number beside a link.
func (s *Service) Waiting(ctx context.Context) (int, error) {
	n, err := s.Store.CountWaiting(ctx)
	return n, fault.Wrap("cases.Waiting", "", err)
}

func (s *Service) row(c Case) Row {
	day := today(s.Clock.Now())
	return Row{Case: c, State: c.StateOn(day), Age: Age(c.Item, day, s.Calendar), Sign: SignOf(c.Item), Money: Difference(c.Item)}
}

func (f Filter) lets(r Row) bool {
	owner := f.Owner == "" || f.Owner == r.Owner || f.Owner == Nobody && r.Owner == ""
	return owner && (f.Class == "" || f.Class == r.Item.Class) && (f.Channel == "" || f.Channel == r.Item.Channel) &&
		(f.Sign == "" || f.Sign == r.Sign) && (f.State == "" || f.State == r.State) &&
		(f.Date == 0 || f.Date == r.Item.Date) && r.Age >= f.MinAge
}

// File is everything about one case.
type File struct {
	Row
	Record      *clearing.Record // our side as it is now; nil when there is none that is final
	Offers      []Action
	Events      []Event    // oldest first
	Proposals   []Proposal // newest first
	Disputes    []Dispute  // newest first
	Adjustments []clearing.Adjustment
}

// File reads a case with its story.
func (s *Service) File(ctx context.Context, itemID string) (File, error) {
	const op = "cases.File"
	c, err := s.Store.Case(ctx, itemID)
	if err != nil {
		return File{}, fault.Wrap(op, "", err)
	}
	f := File{Row: s.row(c), Offers: c.Offers()}
	for _, read := range []func() error{
		func() (err error) { f.Record, err = s.record(ctx, c.Item); return err },
		func() (err error) { f.Events, err = s.Store.Events(ctx, itemID); return err },
		func() (err error) { f.Proposals, err = s.Store.Proposals(ctx, itemID); return err },
		func() (err error) { f.Disputes, err = s.Store.Disputes(ctx, itemID); return err },
		func() (err error) { f.Adjustments, err = s.Store.AdjustmentsOf(ctx, itemID); return err },
	} {
		if err := read(); err != nil {
			return f, fault.Wrap(op, "", err)
		}
	}
	return f, nil
}

// record is our side of an item, nil when there is none that is final.
func (s *Service) record(ctx context.Context, it clearing.Item) (*clearing.Record, error) {
	found, err := s.Books.RecordsByKey(ctx, it.Channel, []clearing.Key{{Kind: it.Kind, OrderNo: it.OrderNo}})
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return &found[0], nil
}

// SettledItem finds the item that settled a payment, for a dispute about it.
// NotFound: there is no such payment, or it has not settled.
func (s *Service) SettledItem(ctx context.Context, orderNo string) (string, error) {
	items, err := s.Store.ItemsOf(ctx, orderNo)
	if err != nil {
		return "", fault.Wrap("cases.SettledItem", "", err)
	}
	for _, it := range items {
		if it.Kind == channel.PaymentLine && it.State == clearing.Settled {
			return it.ID, nil
		}
	}
	return "", fault.Field("cases.SettledItem", "order_no", orderNo, "is no payment that has settled")
}

// change carries something out about one case: its row, an event and an audit row
// come with it.
func (s *Service) change(tx Tx, c Case, e Event, auditAs audit.Entry, f func() error) error {
	now := s.Clock.Now()
	if err := tx.Touch(c.Item.ID, c.Item.MerchantNo, now); err != nil {
		return err
	}
	if err := f(); err != nil {
		return err
	}
	e.ID, e.ItemID, e.At = s.IDs.At(now), c.Item.ID, now
	if err := tx.InsertEvent(e); err != nil {
		return err
	}
	auditAs.ID, auditAs.At, auditAs.Actor, auditAs.Object, auditAs.Reason = s.IDs.At(now), now, e.Actor, "difference "+c.Item.ID, e.Note
	return tx.Audit(auditAs)
}

// Refusal is a case of a selection with which nothing was done, and why.
type Refusal struct {
	ItemID string
	Err    error
}

// each does the same with every case of a selection; what is refused for one does
// not stop the others.
func (s *Service) each(ctx context.Context, op string, itemIDs []string, f func(Case) error) (done int, refused []Refusal, err error) {
	if len(itemIDs) == 0 {
		return 0, nil, fault.Field(op, "ids", "", "choose at least one difference")
	}
	for _, itemID := range itemIDs {
		c, err := s.Store.Case(ctx, itemID)
		if err == nil {
			err = f(c)
		}
		if err == nil {
			done++
			continue
		}
		switch fault.KindOf(err) {
		case fault.Refused, fault.Conflict, fault.Invalid, fault.NotFound, fault.Forbidden:
			refused = append(refused, Refusal{itemID, err})
		default:
			return done, refused, fault.Wrap(op, "", err)
		}
	}
	return done, refused, nil
}

// Take makes somebody the owner of cases.
func (s *Service) Take(ctx context.Context, itemIDs []string, by string) (int, []Refusal, error) {
	return s.each(ctx, "cases.Take", itemIDs, func(c Case) error { return s.own(ctx, c, by, Event{Kind: Taken, Actor: by, Detail: by}) })
}

// HandOver makes another clearing operator the owner of a case.
func (s *Service) HandOver(ctx context.Context, itemID, to, by, note string) error {
	const op = "cases.HandOver"
	account, err := s.People.Account(ctx, to)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return fault.Wrap(op, "", err)
	}
	if err != nil || account.Role != access.ClearingOperator || account.State != access.Active {
		return fault.Field(op, "to", to, "is no clearing operator who can log in")
	}
	c, err := s.Store.Case(ctx, itemID)
	if err == nil {
		err = s.own(ctx, c, to, Event{Kind: HandedOver, Actor: by, Detail: to, Note: note})
	}
	return fault.Wrap(op, "", err)
}

func (s *Service) own(ctx context.Context, c Case, owner string, e Event) error {
	if c.Owner == owner {
		return nil
	}
	if s.row(c).State == Ended {
		return refuse("cases.Take", "", HasEnded, "this difference has ended")
	}
	return s.Store.UpdateCases(ctx, func(tx Tx) error {
		return s.change(tx, c, e, audit.Entry{Action: "difference." + string(e.Kind), Before: c.Owner, After: owner}, func() error {
			moved, err := tx.SetOwner(c.Item.ID, c.Owner, owner, s.Clock.Now())
			if err == nil && !moved {
				err = fault.New("cases.Take", fault.Conflict, "somebody else has taken it in this moment")
			}
			return err
		})
	})
}

// maxNote bounds what a person writes, in bytes.
const maxNote = 2000

// Comment adds a comment to cases.
func (s *Service) Comment(ctx context.Context, itemIDs []string, by, text string) (int, []Refusal, error) {
	const op = "cases.Comment"
	if text = strings.TrimSpace(text); text == "" || len(text) > maxNote {
		return 0, nil, fault.Field(op, "note", "", "want 1 to %d bytes of text", maxNote)
	}
	return s.each(ctx, op, itemIDs, func(c Case) error {
		return s.Store.UpdateCases(ctx, func(tx Tx) error {
			return s.change(tx, c, Event{Kind: Commented, Actor: by, Note: text}, audit.Entry{Action: "difference.commented"}, func() error { return nil })
		})
	})
}
