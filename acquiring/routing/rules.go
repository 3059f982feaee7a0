// Package routing decides which channel carries a payment. Rules are data: a Set is
// proposed by one person and put in force by another. Decide is a pure function of a
// set and of facts, and says why; Breakers keep away from a channel that does not
// answer; Record remembers what was tried, so that a payment moves to another channel
// only where nothing can have been sent to the first.
package routing

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"juma/acquiring/channel"
	"juma/internal/fault"
	"juma/internal/money"
)

// Set is a whole set of rules.
type Set struct {
	Rules []Rule `json:"rules"`
	// Paused channels are given no new payments; what they have goes on.
	Paused []Pause `json:"paused,omitempty"`
	// Maintenance windows pause a channel by the clock.
	Maintenance []Window `json:"maintenance,omitempty"`
}

// Rule sends payments that fit it to one of its targets. A field that is left out
// fits every payment.
type Rule struct {
	Name      string         `json:"name"`     // unique in its set; decisions name it
	Priority  int            `json:"priority"` // the lowest is asked first, equal ones by name
	Wallet    channel.Wallet `json:"wallet,omitempty"`
	Merchants []string       `json:"merchants,omitempty"`
	Stores    []string       `json:"stores,omitempty"`
	MinFen    money.Fen      `json:"min_fen,omitempty"` // inclusive
	MaxFen    money.Fen      `json:"max_fen,omitempty"` // inclusive; 0 = no limit
	// From and Until bound the time of day in China, "HH:MM", From inclusive and Until
	// not; a window may go over midnight.
	From    string   `json:"from,omitempty"`
	Until   string   `json:"until,omitempty"`
	Targets []Target `json:"targets"`
}

// channels lists the channels and accounts that a set names, with where.
func (s Set) channels() iter.Seq2[string, channel.Name] {
	return func(yield func(string, channel.Name) bool) {
		for i, r := range s.Rules {
			for j, t := range r.Targets {
				if !yield(fmt.Sprintf("rules[%d].targets[%d].channel", i, j), t.Channel) {
					return
				}
			}
		}
		for i, p := range s.Paused {
			if !yield(fmt.Sprintf("paused[%d].channel", i), p.Channel) {
				return
			}
		}
		for i, w := range s.Maintenance {
			if !yield(fmt.Sprintf("maintenance[%d].channel", i), w.Channel) {
				return
			}
		}
	}
}

// Target is a channel, or a further account at one, with its share of the rule's payments. Weight 0 is a reserve:
// used when no weighted target can be.
type Target struct {
	Channel channel.Name `json:"channel"`
	Weight  int          `json:"weight"`
}

// Pause stops a channel until somebody lifts it.
type Pause struct {
	Channel channel.Name `json:"channel"`
	Why     string       `json:"why"`
}

// Window is a time of maintenance, from From until Until.
type Window struct {
	Channel channel.Name `json:"channel"`
	From    time.Time    `json:"from"`
	Until   time.Time    `json:"until"`
	Why     string       `json:"why"`
}

// Direct is the set where nothing was agreed: each wallet by its own channel, whose
// further accounts are reserves.
func Direct(further ...channel.Account) Set {
	var s Set
	for i, w := range channel.Wallets {
		r := Rule{Name: string(w) + " direct", Priority: 100 + i, Wallet: w, Targets: []Target{{Channel: w.Direct(), Weight: 1}}}
		for _, a := range further {
			if a.Name.Base() == w.Direct() && a.Until == 0 && len(r.Targets) < maxTargets {
				r.Targets = append(r.Targets, Target{Channel: a.Name})
			}
		}
		s.Rules = append(s.Rules, r)
	}
	return s
}

// Limits of a set, so that a decision is quick and a mistake is seen.
const (
	maxRules   = 500
	maxTargets = 8
	maxWeight  = 10_000
	maxName    = 60
)

// Check says what is wrong with a set: kind Invalid, with the field's path.
func (s Set) Check() error {
	if len(s.Rules) == 0 || len(s.Rules) > maxRules {
		return wrong("rules", fmt.Sprint(len(s.Rules)), "want 1 to %d rules", maxRules)
	}
	names := map[string]bool{}
	for i, r := range s.Rules {
		path := fmt.Sprintf("rules[%d].", i)
		if names[r.Name] {
			return wrong(path+"name", r.Name, "stands twice")
		}
		names[r.Name] = true
		if err := r.check(path); err != nil {
			return err
		}
	}
	for i, p := range s.Paused {
		if err := checkStop(fmt.Sprintf("paused[%d].", i), p.Channel, p.Why); err != nil {
			return err
		}
	}
	for i, w := range s.Maintenance {
		path := fmt.Sprintf("maintenance[%d].", i)
		if err := checkStop(path, w.Channel, w.Why); err != nil {
			return err
		}
		if w.From.IsZero() || !w.From.Before(w.Until) {
			return wrong(path+"until", w.Until.Format(time.RFC3339), "want a time after from")
		}
	}
	for _, w := range channel.Wallets {
		if !slices.ContainsFunc(s.Rules, func(r Rule) bool { return r.always(w) }) {
			return wrong("rules", string(w), "no rule takes every payment of this wallet: add one with no other condition")
		}
	}
	return nil
}

func wrong(field, value, format string, args ...any) error {
	return fault.Field("routing.Check", field, value, format, args...)
}

func checkStop(path string, ch channel.Name, why string) error {
	if !ch.Valid() {
		return wrong(path+"channel", string(ch), "is no channel")
	}
	if strings.TrimSpace(why) == "" {
		return wrong(path+"why", "", "say why")
	}
	return nil
}

func (r Rule) check(path string) error {
	switch {
	case strings.TrimSpace(r.Name) == "" || len(r.Name) > maxName:
		return wrong(path+"name", r.Name, "want 1 to %d bytes", maxName)
	case r.Wallet != "" && !slices.Contains(channel.Wallets, r.Wallet):
		return wrong(path+"wallet", string(r.Wallet), "want wechat, alipay or unionpay, or nothing")
	case r.MinFen < 0 || r.MaxFen < 0 || (r.MaxFen > 0 && r.MaxFen < r.MinFen):
		return wrong(path+"max_fen", fmt.Sprint(int64(r.MaxFen)), "want at least min_fen, or 0 for no limit")
	case len(r.Targets) == 0 || len(r.Targets) > maxTargets:
		return wrong(path+"targets", fmt.Sprint(len(r.Targets)), "want 1 to %d targets", maxTargets)
	case (r.From == "") != (r.Until == ""):
		return wrong(path+"until", r.Until, "from and until go together")
	}
	for _, clock := range []string{r.From, r.Until} {
		if _, ok := minuteOf(clock); clock != "" && !ok {
			return wrong(path+"from", clock, "want a time of day such as 22:30")
		}
	}
	if r.From != "" && r.From == r.Until {
		return wrong(path+"until", r.Until, "is from: leave both out for the whole day")
	}
	var seen []channel.Name
	for i, t := range r.Targets {
		at := fmt.Sprintf("%stargets[%d].", path, i)
		switch {
		case !t.Channel.Valid():
			return wrong(at+"channel", string(t.Channel), "is no channel")
		case slices.Contains(seen, t.Channel):
			return wrong(at+"channel", string(t.Channel), "stands twice")
		case r.Wallet != "" && !t.Channel.Carries(r.Wallet):
			return wrong(at+"channel", string(t.Channel), "does not carry %s", r.Wallet)
		case t.Weight < 0 || t.Weight > maxWeight:
			return wrong(at+"weight", fmt.Sprint(t.Weight), "want 0 to %d", maxWeight)
		}
		seen = append(seen, t.Channel)
	}
	return nil
}

// always tells whether every payment of the wallet fits the rule.
func (r Rule) always(w channel.Wallet) bool {
	return (r.Wallet == "" || r.Wallet == w) && len(r.Merchants) == 0 && len(r.Stores) == 0 && r.MinFen <= 1 && r.MaxFen == 0 && r.From == "" &&
		slices.ContainsFunc(r.Targets, func(t Target) bool { return t.Channel.Carries(w) })
}

// minuteOf reads "HH:MM".
func minuteOf(s string) (int, bool) {
	t, err := time.Parse("15:04", s)
	return t.Hour()*60 + t.Minute(), err == nil && len(s) == 5
}

// InOrder lists the rules as they are asked.
func (s Set) InOrder() []Rule {
	return slices.SortedStableFunc(slices.Values(s.Rules), func(a, b Rule) int {
		return cmp.Or(cmp.Compare(a.Priority, b.Priority), strings.Compare(a.Name, b.Name))
	})
}
