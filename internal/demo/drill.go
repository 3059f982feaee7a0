package demo

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"time"

	"juma/acquiring"
	"juma/acquiring/channel"
	"juma/internal/bizdate"
	"juma/internal/money"
)

// The day's drill: a channel that is out of reach for an hour, consumers whose codes the
// merchants scan, a storm of refunds, and two orders that are paid after their end.

// Outage is the hour in which the wallet's own channel is out of reach, and another
// route carries its payments.
type Outage struct {
	From, Until time.Time // zero: the day is too small for one
}

// The channel that is out of reach: who holds the phone is told by another of WeChat's
// hosts, so that consumers still get to the cashier.
const (
	outageChannel = channel.WeChat
	outageCarrier = channel.UnionPayAggregate
)

const (
	outageBegins = 14 * time.Hour
	outageLasts  = time.Hour
	// calm is how long nobody comes to the channel after it is back: longer than a
	// breaker rests, so that the first who comes closes it, and alone.
	calm = 6 * time.Minute
	// lateAfter is when an order is paid that ended after a quarter of an hour.
	lateAfter = 25 * time.Minute
	// stormAt is when a lot of goods is called back, and refunded at one instant.
	stormAt = 16*time.Hour + 30*time.Minute
	// minDrill is the least number of payments of a day with a drill.
	minDrill = 20
)

func outageOf(date bizdate.Date) Outage {
	from := date.Start().Add(outageBegins)
	return Outage{From: from, Until: from.Add(outageLasts)}
}

// holds tells whether the channel is out of reach at a time.
func (o Outage) holds(at time.Time) bool { return !at.Before(o.From) && at.Before(o.Until) }

// after moves what would be asked of the channel during the outage behind it.
func (o Outage) after(wallet channel.Name, at time.Time) time.Time {
	if wallet != outageChannel || at.Before(o.From.Add(-time.Minute)) || !at.Before(o.Until.Add(calm)) {
		return at
	}
	return at.Add(outageLasts + calm + 2*time.Minute)
}

// special tells whether a visit is part of the drill: nothing else happens to it.
func (v Visit) special() bool {
	return v.Down || v.First || v.ByCode || v.Late != "" || v.Storm
}

// pays tells whether a visit ends with a payment.
func (v Visit) pays() bool { return !v.Abandon && !v.OverLimit }

// planDrill deals the drill out to paying visits, of which the first three and those at
// the cut-offs stay as they are. It draws from its own source: the rest of a seed's day
// does not depend on it.
func (p *Plan) planDrill(seed uint64, visits []Visit, fixed int) {
	var pool []int
	for i := range visits {
		if i >= 3 && i < len(visits) && visits[i].pays() && visits[i].No <= fixed {
			pool = append(pool, i)
		}
	}
	n := len(pool)
	if n < minDrill-3 {
		return
	}
	rnd := rand.New(rand.NewPCG(seed, 0x6472696c6c))
	rnd.Shuffle(n, func(i, j int) { pool[i], pool[j] = pool[j], pool[i] })
	p.Outage = outageOf(p.Date)
	deal := func(count int, give func(i int, v *Visit)) {
		for i := range count {
			give(i, &visits[pool[0]])
			pool = pool[1:]
		}
	}
	at := func(hour, minutes int) time.Time {
		return p.Date.Start().Add(time.Duration(hour)*time.Hour + time.Duration(rnd.IntN(60*minutes))*time.Second)
	}
	deal(2, func(i int, v *Visit) {
		v.Wallet, v.At, v.Late = outageChannel, at(10, 150), []acquiring.LatePolicy{acquiring.AcceptLate, acquiring.RefundLate}[i]
	})
	deal(2, func(_ int, v *Visit) { v.Wallet, v.At = outageChannel, at(14, 55) })
	deal(max(1, n*15/1000), func(i int, v *Visit) { p.scannedByShop(rnd, i, v) })
	deal(max(3, n/50), func(_ int, v *Visit) { p.inTheStorm(at(11, 150), v) })
	p.throughTheOutage(visits)
}

// scannedByShop lets the shop scan the consumer's code, at the first terminal of the
// store, as the merchant's page does; every third consumer is asked for the password.
func (p *Plan) scannedByShop(rnd *rand.Rand, i int, v *Visit) {
	t := p.Terminals[v.Terminal]
	v.ByCode, v.Password = true, i%3 == 1
	v.Terminal = p.Shops[t.Shop].Stores[t.Store].Terminals[0]
	if v.Wallet == outageChannel && v.At.Before(p.Outage.Until.Add(calm)) { // a code is taken by the wallet's own channel alone
		v.At = p.Date.Start().Add(17*time.Hour + time.Duration(rnd.IntN(7200))*time.Second)
	}
}

// inTheStorm gives the whole payment back when the goods are called back.
func (p *Plan) inTheStorm(at time.Time, v *Visit) {
	v.Storm, v.At = true, at
	v.Refunds = []RefundPlan{{At: p.Date.Start().Add(stormAt), Amount: v.Amount}}
}

// throughTheOutage says which visits fall into the outage, leaves the channel alone for a
// while after it, and finds who comes first then.
func (p *Plan) throughTheOutage(visits []Visit) {
	first := -1
	for i := range visits {
		v := &visits[i]
		if v.Wallet != outageChannel {
			continue
		}
		if v.Down = p.Outage.holds(v.At) && !v.special(); v.Down {
			continue
		}
		if !v.At.Before(p.Outage.Until) && v.At.Before(p.Outage.Until.Add(calm)) {
			v.At = v.At.Add(calm)
		}
		if !v.OverLimit && !v.At.Before(p.Outage.Until) && (first < 0 || cmp.Or(v.At.Compare(visits[first].At), cmp.Compare(v.No, visits[first].No)) < 0) {
			first = i
		}
	}
	if first >= 0 {
		visits[first].First = true
	}
}

// sides are the instants that no step crosses.
func (p *Plan) sides() []time.Time {
	var at []time.Time
	for _, cut := range []bizdate.Cut{bizdate.UnionPayCut, bizdate.Midnight} {
		_, until := cut.Bounds(p.Date)
		at = append(at, until)
	}
	if !p.Outage.From.IsZero() {
		at = append(at, p.Outage.From, p.Outage.Until, p.Outage.Until.Add(calm))
	}
	return at
}

// stormOf lists the storm's refunds.
func stormOf(all []refundWork) []refundWork {
	return slices.DeleteFunc(slices.Clone(all), func(w refundWork) bool { return !w.visit.Storm })
}

// drilled lists the visits of the drill that a part of it is about.
func (p Plan) drilled(about func(Visit) bool) (all []Visit) {
	for _, step := range p.Steps {
		for _, v := range step {
			if v.pays() && about(v) {
				all = append(all, v)
			}
		}
	}
	return all
}

func amountOf(visits []Visit) (sum money.Fen) {
	for _, v := range visits {
		sum += v.Amount
	}
	return sum
}
