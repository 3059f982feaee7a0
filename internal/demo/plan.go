// Package demo plays one business day: merchants are onboarded, plates issued
// and bound, consumers scan and pay through the real pages and protocols in
// simulated time with the fault script on, the day is cleared and proved. The
// plan of the day is drawn from a seed, so the same seed gives the same files.
package demo

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"juma/acquiring"
	"juma/acquiring/channel"
	"juma/acquiring/risk"
	"juma/acquiring/sandbox"
	"juma/internal/bizdate"
	"juma/internal/money"
)

// Visit is one consumer at one plate.
type Visit struct {
	No        int // from 1; names the consumer's request
	At        time.Time
	Wallet    channel.Name
	Terminal  int // index into Plan.Terminals
	Payer     string
	Amount    money.Fen
	Abandon   bool   // places the order and walks away
	OverLimit bool   // wants to pay more than the static-code limit
	Notice    string // fault kind of the payment's notice, "" for none
	Answer    string // fault kind of the prepay answer, "" for none
	Refunds   []RefundPlan

	Down     bool                 // comes while the wallet's own channel is out of reach
	First    bool                 // comes first after that, and alone
	ByCode   bool                 // shows a code, which the shop scans
	Password bool                 // of ByCode: is asked for the password
	Late     acquiring.LatePolicy // pays after the order's end; "" does not
	Storm    bool                 // its goods are called back
}

// RefundPlan is a refund that the merchant gives later that day.
type RefundPlan struct {
	At     time.Time
	Amount money.Fen
	Answer string // fault kind of the refund answer, "" for none
}

// Plan is a whole day, drawn from a seed.
type Plan struct {
	Date      bizdate.Date
	Shops     []Shop
	Terminals []TerminalPlan
	Steps     [][]Visit // visits of one instant on different terminals, in time order
	Outage    Outage
}

// paying counts the visits that end with a payment.
func (p Plan) paying() (n int) {
	for _, step := range p.Steps {
		for _, v := range step {
			if v.pays() {
				n++
			}
		}
	}
	return n
}

// stepWidth is how many consumers press the button in the same second.
const stepWidth = 8

// hourWeights shapes the day: breakfast, lunch, dinner.
var hourWeights = [24]int{1, 1, 1, 1, 1, 2, 6, 14, 18, 12, 12, 24, 30, 18, 10, 10, 12, 18, 28, 26, 16, 10, 6, 3}

// NewPlan draws a day with so many paying consumers.
func NewPlan(seed uint64, date bizdate.Date, merchants, payments int) Plan {
	rnd := rand.New(rand.NewPCG(seed, 0x6a756d61))
	p := Plan{Date: date}
	p.Shops, p.Terminals = newShops(rnd, merchants)
	visits := p.ordinary(rnd, payments)
	visits = append(visits, p.others(rnd, payments, len(visits))...)
	p.planDrill(seed, visits, payments-3*atCuts(payments))
	p.planFaults(rnd, visits)
	p.Steps = group(visits, p.sides())
	return p
}

// ordinary draws the paying visits, the last few inside the five minutes after
// the cut-offs, where a statement may show a payment a day early.
func (p *Plan) ordinary(rnd *rand.Rand, payments int) []Visit {
	visits := make([]Visit, payments)
	atCut := atCuts(payments)
	for i := range visits {
		v := &visits[i]
		v.No = i + 1
		v.Wallet = drawWallet(rnd, i)
		v.Terminal = rnd.IntN(len(p.Terminals))
		v.Payer = payerName(v.No)
		v.Amount = drawAmount(rnd)
		v.At = p.drawTime(rnd)
		if i >= payments-3*atCut {
			v.Wallet = channel.Wallets[i%3].Direct()
			_, cut := v.Wallet.Cut().Bounds(p.Date)
			v.At = cut.Add(time.Duration(10+rnd.IntN(270)) * time.Second)
		}
	}
	return visits
}

// atCuts is how many payments of a day lie right behind each wallet's cut-off.
func atCuts(payments int) int {
	if payments < 100 {
		return 0
	}
	return max(2, payments/500)
}

// payerName is the consumer of a visit: each comes once.
func payerName(visit int) string { return fmt.Sprintf("consumer-%06d", visit) }

// scansBesides is how many scans of a day end without a payment.
func scansBesides(payments int) int { return payments / 100 }

// others are scans that do not end with a payment: they must leave no trace in
// the books.
func (p *Plan) others(rnd *rand.Rand, payments, from int) []Visit {
	var visits []Visit
	for i := range scansBesides(payments) {
		v := Visit{
			No: from + i + 1, Wallet: channel.Wallets[i%3].Direct(), Terminal: rnd.IntN(len(p.Terminals)),
			Payer: payerName(from + i + 1), Amount: drawAmount(rnd), At: p.Date.Start().Add(time.Duration(8+rnd.IntN(12)) * time.Hour),
		}
		if v.OverLimit = i%5 == 4; v.OverLimit {
			v.Amount = 50_001 + money.Fen(rnd.IntN(50_000))
		} else {
			v.Abandon = true
		}
		visits = append(visits, v)
	}
	return visits
}

func drawWallet(rnd *rand.Rand, i int) channel.Name {
	if i < 3 { // every wallet occurs however small the day
		return channel.Wallets[i].Direct()
	}
	switch n := rnd.IntN(100); {
	case n < 48:
		return channel.WeChat
	case n < 82:
		return channel.Alipay
	}
	return channel.UnionPay
}

// drawAmount is mostly a meal or groceries, sometimes a few fen, sometimes a
// round sum, never above the static-code limit.
func drawAmount(rnd *rand.Rand) money.Fen {
	switch n := rnd.IntN(100); {
	case n < 2:
		return money.Fen(1 + rnd.IntN(20))
	case n < 20:
		return money.Fen(100 * (1 + rnd.IntN(100)))
	case n < 90:
		return money.Fen(300 + rnd.IntN(9_700))
	}
	return money.Fen(10_000 + rnd.IntN(38_000))
}

func (p *Plan) drawTime(rnd *rand.Rand) time.Time {
	total := 0
	for _, w := range hourWeights {
		total += w
	}
	n, hour := rnd.IntN(total), 0
	for n >= hourWeights[hour] {
		n -= hourWeights[hour]
		hour++
	}
	return p.Date.Start().Add(time.Duration(hour)*time.Hour + time.Duration(30+rnd.IntN(3500))*time.Second)
}

// planFaults deals faults and refunds out, each visit at most one fault.
func (p *Plan) planFaults(rnd *rand.Rand, visits []Visit) {
	var paying []int
	for i, v := range visits {
		if v.pays() && !v.special() {
			paying = append(paying, i)
		}
	}
	rnd.Shuffle(len(paying), func(i, j int) { paying[i], paying[j] = paying[j], paying[i] })
	n := len(paying)
	share := func(per1000, from int) int {
		if n < from {
			return 0
		}
		return max(1, n*per1000/1000)
	}
	next := 0
	deal := func(count int, give func(v *Visit)) {
		for ; count > 0 && next < n; count-- {
			give(&visits[paying[next]])
			next++
		}
	}
	// The first three of a kind go to the three wallets in a day of 300 and more
	// by the size of the shares; what matters is that each kind occurs.
	deal(share(10, 20), func(v *Visit) { v.Notice = sandbox.NoticeDuplicate })
	deal(share(6, 20), func(v *Visit) { v.Notice = sandbox.NoticeForged })
	deal(share(6, 20), func(v *Visit) { v.Notice = sandbox.NoticeLost })
	deal(share(6, 30), func(v *Visit) { v.Notice = sandbox.NoticeLate })
	deal(share(5, 30), func(v *Visit) { v.lose(sandbox.AnswerLost) })
	deal(share(3, 30), func(v *Visit) { v.lose(sandbox.AnswerError) })
	refunded := 0
	refund := func(v *Visit) {
		v.Refunds = p.drawRefunds(rnd, *v)
		if len(v.Refunds) > 0 {
			refunded++
			if refunded%9 == 0 {
				v.Refunds[0].Answer = []string{sandbox.AnswerLost, sandbox.AnswerError}[refunded/9%2]
			}
		}
	}
	deal(share(3, 30), func(v *Visit) {
		if refund(v); len(v.Refunds) > 0 {
			v.Notice = sandbox.NoticeReordered
		}
	})
	deal(share(50, 5), refund)
}

// lose has the order's answer lost. UnionPay gives it to nobody again, so the page is
// opened anew while that order is still open: both must fit under the payer's limit.
func (v *Visit) lose(kind string) {
	v.Answer = kind
	limit := risk.Settings{}.WithDefaults().Static.Amount
	if v.Wallet == channel.UnionPay && 2*v.Amount > limit {
		v.Amount -= limit / 2
	}
}

// drawRefunds gives back all, a part, or two parts, some hours later but before
// the channel's cut-off.
func (p *Plan) drawRefunds(rnd *rand.Rand, v Visit) []RefundPlan {
	_, cut := v.Wallet.Cut().Bounds(p.Date)
	latest := cut.Add(-20 * time.Minute)
	if v.At.Add(30 * time.Minute).After(latest) {
		return nil
	}
	at := func(after time.Time) time.Time {
		t := after.Add(10*time.Minute + time.Duration(rnd.IntN(4*3600))*time.Second)
		if t.After(latest) {
			t = latest
		}
		return p.Outage.after(v.Wallet, t)
	}
	first := at(v.At)
	switch n := rnd.IntN(10); {
	case n < 5 || v.Amount < 10:
		return []RefundPlan{{At: first, Amount: v.Amount}}
	case n < 8:
		return []RefundPlan{{At: first, Amount: 1 + money.Fen(rnd.Int64N(int64(v.Amount)-1))}}
	default:
		part := 1 + money.Fen(rnd.Int64N(int64(v.Amount)/2))
		return []RefundPlan{{At: first, Amount: part}, {At: p.Outage.after(v.Wallet, first.Add(7*time.Minute)), Amount: v.Amount - part}}
	}
}

// group puts visits that follow each other on different terminals into one
// second, and makes the seconds strictly later than each other.
func group(visits []Visit, sides []time.Time) [][]Visit {
	slices.SortStableFunc(visits, func(a, b Visit) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.No, b.No)) })
	var steps [][]Visit
	var last time.Time
	for len(visits) > 0 {
		step := []Visit{visits[0]}
		busy := map[int]bool{visits[0].Terminal: true}
		n := 1
		for n < len(visits) && len(step) < stepWidth && !busy[visits[n].Terminal] && together(visits[0], visits[n], sides) {
			busy[visits[n].Terminal] = true
			step = append(step, visits[n])
			n++
		}
		at := visits[0].At
		if !at.After(last.Add(stepGap)) {
			at = last.Add(stepGap)
		}
		last = at
		for i := range step {
			step[i].At = at
		}
		steps = append(steps, step)
		visits = visits[n:]
	}
	return steps
}

// stepGap leaves room for the notices of one step before the next.
const stepGap = 5 * time.Second

// together tells whether b may come in a's second. A step crosses no cut-off, nor the
// bounds of an outage: what is drawn after one stays after it.
func together(a, b Visit, sides []time.Time) bool {
	if a.First || b.First || b.At.Sub(a.At) >= 10*time.Minute {
		return false
	}
	return !slices.ContainsFunc(sides, func(side time.Time) bool { return a.At.Before(side) != b.At.Before(side) })
}
