// Package fee holds what channels and networks charge us: a table of prices with
// dates, by channel, card kind, merchant class and amount, that is read from a file
// and explains itself. It is pure. What merchants pay is in their agreements
// (package merchants); both are worked out by money.Tariff.
package fee

import (
	"cmp"
	"slices"

	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/internal/money"
)

// Part is what a price is for.
type Part string

// The parts.
const (
	// ChannelCost is what the channel keeps of a payment: our expectation, against
	// which its statement is held.
	ChannelCost Part = "channel_cost"
	// Network is the switch's brand service fee (品牌服务费), which stands in ACOMA and
	// ALFEE. It is a part of what UnionPay's statement charges and is not booked apart.
	Network Part = "network_fee"
)

// Class is a merchant's class of prices (商户计费类别), by its MCC.
type Class string

// The classes.
const (
	Standard     Class = "standard"     // 标准类
	Preferential Class = "preferential" // 优惠类
	Exempt       Class = "exempt"       // 减免类
)

// Card is the kind of card that paid; the words are channel.CardKind's. "" is not
// known, or in a price: any.
type Card string

// The kinds that prices tell apart.
const (
	AnyCard Card = ""
	Debit   Card = "debit"
	Credit  Card = "credit"
	Other   Card = "other" // prepaid, quasi-credit, combined
)

// Price is a line of the table.
type Price struct {
	Part    Part
	Channel string
	Card    Card  // AnyCard: those without a line of their own
	Class   Class // "": those without a line of their own
	// The band: payments above Above fen, up to UpTo fen (0: without end). A refund
	// is priced as its payment.
	Above, UpTo money.Fen
	money.Tariff
	From, To     bizdate.Date // first and last day, of the payment's clearing date; To 0: open
	Mark, Source string       // how certain it is, and where it is from
	Line         int          // in the file
}

// Query is what decides on a price.
type Query struct {
	Part    Part
	Channel string
	Card    Card
	Class   Class
	Amount  money.Fen // of the payment
	Date    bizdate.Date
}

// Table is a set of prices.
type Table struct {
	Name    string // of the file
	Prices  []Price
	classes map[string]Class
}

// Class is the class of merchants of an MCC: standard unless the table says
// otherwise.
func (t *Table) Class(mcc string) Class { return cmp.Or(t.classes[mcc], Standard) }

// Find picks the price that applies. That of the very card kind goes before that
// of any, then that of the very class, then the one that began last. For a card
// that is not known, where there is no price of any, the credit card's counts, so
// that no cost is expected too low. A price that is missing is fault kind NotFound.
func (t *Table) Find(q Query) (Price, error) {
	var best *Price
	for i := range t.Prices {
		if p := &t.Prices[i]; p.fits(q) && (best == nil || p.before(best, q)) {
			best = p
		}
	}
	if best == nil {
		return Price{}, fault.New("fee.Find", fault.NotFound, "%s has no %s of %s for %d fen by a %s card, class %s, on %s: add a line",
			t.Name, q.Part, q.Channel, int64(q.Amount), cmp.Or(string(q.Card), "unknown"), q.Class, q.Date)
	}
	return *best, nil
}

func (p Price) fits(q Query) bool {
	card := p.Card == AnyCard || p.Card == q.Card || (q.Card == AnyCard && p.Card == Credit)
	return p.Part == q.Part && p.Channel == q.Channel && card && (p.Class == "" || p.Class == q.Class) &&
		q.Amount > p.Above && (p.UpTo == 0 || q.Amount <= p.UpTo) && p.From <= q.Date && (p.To == 0 || p.To >= q.Date)
}

// before tells whether p goes before o, which both fit.
func (p Price) before(o *Price, q Query) bool {
	exact := func(yes bool) int {
		if yes {
			return 1
		}
		return 0
	}
	return cmp.Or(
		cmp.Compare(exact(p.Card == q.Card), exact(o.Card == q.Card)),
		cmp.Compare(exact(p.Class == q.Class), exact(o.Class == q.Class)),
		cmp.Compare(p.From, o.From),
	) > 0
}

// overlaps tells whether two prices may answer the same question, so that nobody
// could say which of them applies.
func (p Price) overlaps(o Price) bool {
	bands := (p.UpTo == 0 || o.Above < p.UpTo) && (o.UpTo == 0 || p.Above < o.UpTo)
	return p.Part == o.Part && p.Channel == o.Channel && p.Card == o.Card && p.Class == o.Class && bands && p.From == o.From
}

// check returns what is wrong between lines.
func (t *Table) check() error {
	for i, p := range t.Prices {
		if j := slices.IndexFunc(t.Prices[:i], p.overlaps); j >= 0 {
			return fault.New("fee.Read", fault.Invalid, "%s:%d and :%d are both for %s of %s from %s: nobody could say which applies", t.Name, t.Prices[j].Line, p.Line, p.Part, p.Channel, p.From)
		}
	}
	return nil
}
