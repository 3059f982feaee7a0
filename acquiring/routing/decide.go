package routing

import (
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"time"

	"juma/acquiring/channel"
	"juma/internal/bizdate"
	"juma/internal/money"
)

// Facts are what a decision depends on beside the rules.
type Facts struct {
	Wallet     channel.Wallet
	MerchantNo string
	StoreID    string
	Amount     money.Fen
	At         time.Time
	// ByCode: the payer shows a code, which not every channel takes.
	ByCode bool
	// Enrolled are the channels that the merchant can be paid through.
	Enrolled []channel.Name
	// Down are the channels whose breaker is open.
	Down []channel.Name
	// Seed draws among weighted targets: the same seed draws the same.
	Seed uint64
}

// SeedOf makes a seed of a payment's request.
func SeedOf(requestID string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(requestID)) // a hash does not fail
	return h.Sum64()
}

// Decision is a route and why it was taken.
type Decision struct {
	Version int          `json:"version"` // of the set; 0 is Direct
	Rule    string       `json:"rule"`    // that named the channel; "" when none can be used
	Channel channel.Name `json:"channel"` // "" when none can be used
	// Others are where the payment may go instead, in this order, while nothing was
	// sent.
	Others []Choice `json:"others,omitempty"`
	// Passed are the targets of fitting rules that could not be used.
	Passed []Passed `json:"passed,omitempty"`
}

// Choice is a channel and the rule that names it.
type Choice struct {
	Channel channel.Name `json:"channel"`
	Rule    string       `json:"rule"`
}

// Passed is a target that was passed over.
type Passed struct {
	Channel channel.Name `json:"channel"`
	Rule    string       `json:"rule"`
	Why     Why          `json:"why"`
}

// Why is why a channel cannot be used.
type Why string

// The reasons.
const (
	Paused      Why = "paused"
	Maintained  Why = "maintenance"
	NotEnrolled Why = "not_enrolled"
	BreakerOpen Why = "breaker"
	NotCarried  Why = "not_carried" // the channel does not carry the wallet
	NoCodes     Why = "no_codes"    // the channel takes no payments by the payer's code
)

// Whys lists the reasons in the order in which they are looked for.
var Whys = []Why{NotCarried, NoCodes, Paused, Maintained, NotEnrolled, BreakerOpen}

// Decide finds the payment's channel: rules in their order, and within a rule the
// weighted targets by lot before the reserves. A paused or maintained channel is in
// neither Channel nor Others.
func Decide(s Set, f Facts) Decision {
	var d Decision
	var choices []Choice
	rnd := rand.New(rand.NewPCG(f.Seed, 0x6a756d61)) // the second word only tells our draws from others' with the same seed
	for _, r := range s.InOrder() {
		if !r.fits(f) {
			continue
		}
		var usable []Target
		for _, t := range r.Targets {
			if why := s.hindrance(t.Channel, f); why != "" {
				d.Passed = append(d.Passed, Passed{t.Channel, r.Name, why})
			} else {
				usable = append(usable, t)
			}
		}
		for _, t := range draw(rnd, usable) {
			if !slices.ContainsFunc(choices, func(c Choice) bool { return c.Channel == t.Channel }) {
				choices = append(choices, Choice{t.Channel, r.Name})
			}
		}
	}
	if len(choices) > 0 {
		d.Channel, d.Rule, d.Others = choices[0].Channel, choices[0].Rule, choices[1:]
	}
	return d
}

// fits tells whether the rule is about the payment.
func (r Rule) fits(f Facts) bool {
	switch {
	case r.Wallet != "" && r.Wallet != f.Wallet,
		len(r.Merchants) > 0 && !slices.Contains(r.Merchants, f.MerchantNo),
		len(r.Stores) > 0 && !slices.Contains(r.Stores, f.StoreID),
		f.Amount < r.MinFen,
		r.MaxFen > 0 && f.Amount > r.MaxFen:
		return false
	}
	return r.From == "" || within(r.From, r.Until, f.At)
}

// within tells whether a time lies in a window of the day, over midnight where until
// comes before from.
func within(from, until string, at time.Time) bool {
	start, ok1 := minuteOf(from)
	end, ok2 := minuteOf(until)
	if !ok1 || !ok2 {
		return false // a set that was not checked: a rule that cannot be read fits nothing
	}
	local := at.In(bizdate.Zone)
	now := local.Hour()*60 + local.Minute()
	if start < end {
		return now >= start && now < end
	}
	return now >= start || now < end
}

// hindrance says why a channel cannot be used, "" if it can.
func (s Set) hindrance(ch channel.Name, f Facts) Why {
	switch {
	case !ch.Carries(f.Wallet):
		return NotCarried
	case f.ByCode && !ch.TakesCodes():
		return NoCodes
	case slices.ContainsFunc(s.Paused, func(p Pause) bool { return p.Channel == ch }):
		return Paused
	case slices.ContainsFunc(s.Maintenance, func(w Window) bool { return w.Channel == ch && !f.At.Before(w.From) && f.At.Before(w.Until) }):
		return Maintained
	case !slices.Contains(f.Enrolled, ch):
		return NotEnrolled
	case slices.Contains(f.Down, ch):
		return BreakerOpen
	}
	return ""
}

// draw puts targets into the order in which they are used: by lot, each as likely
// first as its weight, and the reserves behind as they stand.
func draw(rnd *rand.Rand, targets []Target) []Target {
	var weighted, ordered, reserves []Target
	total := 0
	for _, t := range targets {
		if t.Weight == 0 {
			reserves = append(reserves, t)
			continue
		}
		weighted, total = append(weighted, t), total+t.Weight
	}
	for len(weighted) > 0 {
		lot := rnd.IntN(total)
		i := 0
		for ; lot >= weighted[i].Weight; i++ {
			lot -= weighted[i].Weight
		}
		ordered, total = append(ordered, weighted[i]), total-weighted[i].Weight
		weighted = slices.Delete(weighted, i, i+1)
	}
	return append(ordered, reserves...)
}
