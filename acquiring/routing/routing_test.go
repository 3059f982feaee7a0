package routing_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"juma/acquiring/channel"
	"juma/acquiring/routing"
	"juma/internal/bizdate"
	"juma/internal/fault"
)

var noon = bizdate.Date(20260310).Start().Add(12 * time.Hour)

// byTransfer sends large WeChat payments of one merchant by transfer, with the
// wallets' own channels behind.
func byTransfer() routing.Set {
	s := routing.Direct()
	s.Rules = append(s.Rules, routing.Rule{
		Name: "large by transfer", Priority: 1, Wallet: channel.WeChatWallet, Merchants: []string{"M1"}, MinFen: 10_000, From: "08:00", Until: "22:00",
		Targets: []routing.Target{{Channel: channel.UnionPayAggregate, Weight: 1}},
	})
	return s
}

func facts(change func(*routing.Facts)) routing.Facts {
	f := routing.Facts{Wallet: channel.WeChatWallet, MerchantNo: "M1", StoreID: "S1", Amount: 20_000, At: noon, Enrolled: channel.Names}
	if change != nil {
		change(&f)
	}
	return f
}

func TestDecisions(t *testing.T) {
	const direct, transfer = channel.WeChat, channel.UnionPayAggregate
	at := func(clock string) func(*routing.Facts) {
		return func(f *routing.Facts) {
			f.At, _ = time.ParseInLocation(time.DateTime, "2026-03-10 "+clock, bizdate.Zone)
		}
	}
	for _, c := range []struct {
		name   string
		set    func(*routing.Set)
		facts  func(*routing.Facts)
		want   channel.Name
		rule   string
		others int
		passed routing.Why
	}{
		{"everything fits", nil, nil, transfer, "large by transfer", 1, ""},
		{"another merchant", nil, func(f *routing.Facts) { f.MerchantNo = "M2" }, direct, "wechat direct", 0, ""},
		{"too small", nil, func(f *routing.Facts) { f.Amount = 9_999 }, direct, "wechat direct", 0, ""},
		{"just large enough", nil, func(f *routing.Facts) { f.Amount = 10_000 }, transfer, "large by transfer", 1, ""},
		{"too large", func(s *routing.Set) { s.Rules[3].MaxFen = 19_999 }, nil, direct, "wechat direct", 0, ""},
		{"another wallet", nil, func(f *routing.Facts) { f.Wallet = channel.AlipayWallet }, channel.Alipay, "alipay direct", 0, ""},
		{"another store", func(s *routing.Set) { s.Rules[3].Stores = []string{"S2"} }, nil, direct, "wechat direct", 0, ""},
		{"before the window", nil, at("07:59:59"), direct, "wechat direct", 0, ""},
		{"the window begins", nil, at("08:00:00"), transfer, "large by transfer", 1, ""},
		{"the window has ended", nil, at("22:00:00"), direct, "wechat direct", 0, ""},
		{"over midnight, late", func(s *routing.Set) { s.Rules[3].From, s.Rules[3].Until = "22:00", "06:00" }, at("23:30:00"), transfer, "large by transfer", 1, ""},
		{"over midnight, early", func(s *routing.Set) { s.Rules[3].From, s.Rules[3].Until = "22:00", "06:00" }, at("05:59:00"), transfer, "large by transfer", 1, ""},
		{"over midnight, at noon", func(s *routing.Set) { s.Rules[3].From, s.Rules[3].Until = "22:00", "06:00" }, nil, direct, "wechat direct", 0, ""},
		{"not enrolled there", nil, func(f *routing.Facts) { f.Enrolled = []channel.Name{direct} }, direct, "wechat direct", 0, routing.NotEnrolled},
		{"breaker", nil, func(f *routing.Facts) { f.Down = []channel.Name{transfer} }, direct, "wechat direct", 0, routing.BreakerOpen},
		{"by the payer's code", nil, func(f *routing.Facts) { f.ByCode = true }, direct, "wechat direct", 0, routing.NoCodes},
		{"paused", func(s *routing.Set) { s.Paused = []routing.Pause{{transfer, "incident"}} }, nil, direct, "wechat direct", 0, routing.Paused},
		{"maintained", func(s *routing.Set) {
			s.Maintenance = []routing.Window{{transfer, noon, noon.Add(time.Second), "update"}}
		}, nil, direct, "wechat direct", 0, routing.Maintained},
		{"maintained until now", func(s *routing.Set) {
			s.Maintenance = []routing.Window{{transfer, noon.Add(-time.Hour), noon, "update"}}
		}, nil, transfer, "large by transfer", 1, ""},
		{"nobody", func(s *routing.Set) { s.Paused = []routing.Pause{{transfer, "x"}, {direct, "y"}} }, nil, "", "", 0, routing.Paused},
		{"reserve", func(s *routing.Set) {
			s.Rules[3].Targets = []routing.Target{{direct, 0}, {transfer, 5}}
		}, nil, transfer, "large by transfer", 1, ""},
		{"reserve is needed", func(s *routing.Set) {
			s.Rules[3].Targets = []routing.Target{{direct, 0}, {transfer, 5}}
		}, func(f *routing.Facts) { f.Down = []channel.Name{transfer} }, direct, "large by transfer", 0, routing.BreakerOpen},
	} {
		set := byTransfer()
		if c.set != nil {
			c.set(&set)
		}
		if err := set.Check(); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		d := routing.Decide(set, facts(c.facts))
		passed := routing.Why("")
		if len(d.Passed) > 0 {
			passed = d.Passed[0].Why
		}
		if d.Channel != c.want || d.Rule != c.rule || len(d.Others) != c.others || passed != c.passed {
			t.Errorf("%s: %+v; want %s by %q, %d others, passed for %q", c.name, d, c.want, c.rule, c.others, c.passed)
		}
	}
}

func TestSetsAreChecked(t *testing.T) {
	for field, spoil := range map[string]func(*routing.Set){
		"rules[3].name":               func(s *routing.Set) { s.Rules[3].Name = "wechat direct" },
		"rules[3].wallet":             func(s *routing.Set) { s.Rules[3].Wallet = "cash" },
		"rules[3].max_fen":            func(s *routing.Set) { s.Rules[3].MaxFen = 1 },
		"rules[3].targets":            func(s *routing.Set) { s.Rules[3].Targets = nil },
		"rules[3].targets[0].channel": func(s *routing.Set) { s.Rules[3].Targets[0].Channel = channel.Alipay },
		"rules[3].targets[0].weight":  func(s *routing.Set) { s.Rules[3].Targets[0].Weight = -1 },
		"rules[3].until":              func(s *routing.Set) { s.Rules[3].Until = "" },
		"rules[3].from":               func(s *routing.Set) { s.Rules[3].From = "8 am" },
		"paused[0].why":               func(s *routing.Set) { s.Paused = []routing.Pause{{Channel: channel.WeChat}} },
		"paused[0].channel":           func(s *routing.Set) { s.Paused = []routing.Pause{{Channel: "x", Why: "y"}} },
		"maintenance[0].until":        func(s *routing.Set) { s.Maintenance = []routing.Window{{channel.WeChat, noon, noon, "x"}} },
		"rules":                       func(s *routing.Set) { s.Rules = s.Rules[1:] }, // WeChat is left without a rule for the rest
	} {
		set := byTransfer()
		spoil(&set)
		if err := set.Check(); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), field+" ") {
			t.Errorf("%s: %v", field, err)
		}
	}
}

// TestStoppedChannelsAreNeverChosen: whatever the rules say, and also not behind the
// first choice.
func TestStoppedChannelsAreNeverChosen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ch := rapid.SampledFrom(channel.Names)
		set := routing.Set{}
		for i := range rapid.IntRange(1, 6).Draw(t, "rules") {
			r := routing.Rule{Name: fmt.Sprint(i), Priority: rapid.IntRange(0, 3).Draw(t, "priority")}
			for range rapid.IntRange(1, 4).Draw(t, "targets") {
				r.Targets = append(r.Targets, routing.Target{ch.Draw(t, "target"), rapid.IntRange(0, 5).Draw(t, "weight")})
			}
			set.Rules = append(set.Rules, r)
		}
		paused, maintained, down := ch.Draw(t, "paused"), ch.Draw(t, "maintained"), ch.Draw(t, "down")
		enrolled := rapid.SliceOfDistinct(ch, func(n channel.Name) channel.Name { return n }).Draw(t, "enrolled")
		set.Paused = []routing.Pause{{paused, "x"}}
		set.Maintenance = []routing.Window{{maintained, noon.Add(-time.Minute), noon.Add(time.Minute), "x"}}
		w := rapid.SampledFrom(channel.Wallets).Draw(t, "wallet")
		d := routing.Decide(set, facts(func(f *routing.Facts) {
			f.Wallet, f.Down, f.Enrolled, f.Seed = w, []channel.Name{down}, enrolled, rapid.Uint64().Draw(t, "seed")
		}))
		chosen := []channel.Name{d.Channel}
		for _, o := range d.Others {
			if slices.Contains(chosen, o.Channel) {
				t.Fatalf("%s is there twice", o.Channel)
			}
			chosen = append(chosen, o.Channel)
		}
		for _, c := range chosen {
			if c != "" && (c == paused || c == maintained || c == down || !c.Carries(w) || !slices.Contains(enrolled, c)) {
				t.Fatalf("chosen %s: paused %s, maintained %s, down %s, enrolled %v", c, paused, maintained, down, enrolled)
			}
		}
	})
}

func TestWeightsHold(t *testing.T) {
	set := routing.Direct()
	set.Rules[0].Targets = []routing.Target{{channel.WeChat, 7}, {channel.UnionPayAggregate, 3}}
	const n = 20_000
	for round := range 3 {
		transfer := 0
		for i := range n {
			d := routing.Decide(set, facts(func(f *routing.Facts) { f.Seed = routing.SeedOf(fmt.Sprint("request-", round, "-", i)) }))
			if d.Channel == channel.UnionPayAggregate {
				transfer++
			}
			if len(d.Others) != 1 {
				t.Fatal("the other target is missing behind the first")
			}
		}
		if share := float64(transfer) / n; share < 0.28 || share > 0.32 { // six standard deviations
			t.Errorf("round %d: %.3f by transfer, want 0.3", round, share)
		}
	}
	seeded := facts(func(f *routing.Facts) { f.Seed = 42 })
	if a, b := routing.Decide(set, seeded), routing.Decide(set, seeded); a.Channel != b.Channel {
		t.Error("one seed, two decisions")
	}
}

// TestNothingMovesOnAGuess (fail-over): over every history of tries, the next channel
// is named only if each try ended without anything at its channel.
func TestNothingMovesOnAGuess(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := routing.Record{Decision: routing.Decision{Channel: channel.WeChat, Others: []routing.Choice{{Channel: channel.UnionPayAggregate}}}}
		open := false
		for range rapid.IntRange(1, 5).Draw(t, "tries") {
			r = r.Trying(channel.WeChat, noon)
			end := rapid.SampledFrom([]routing.TryResult{"", routing.NotSent, routing.SaidNo}).Draw(t, "end")
			if end != "" {
				r = r.Ended(end, "")
			}
			open = open || end == ""
		}
		kept, err := routing.Parse(r.Text())
		if err != nil {
			t.Fatal(err)
		}
		next, ok := kept.Next(func(channel.Name) bool { return true })
		if ok == open || (ok && next.Channel != channel.UnionPayAggregate) {
			t.Fatalf("open try %v, next %v %v", open, next, ok)
		}
		if _, ok := kept.Next(func(channel.Name) bool { return false }); ok {
			t.Fatal("moved to a channel that is down")
		}
		if _, ok := kept.Trying(channel.UnionPayAggregate, noon).Ended(routing.NotSent, "").Next(func(channel.Name) bool { return true }); ok {
			t.Fatal("a channel is asked twice")
		}
	})
}

func TestBreaker(t *testing.T) {
	b := routing.NewBreaker(routing.BreakerSettings{Failures: 3, Window: 10 * time.Second, Rest: 5 * time.Second, MaxRest: 12 * time.Second})
	at := noon
	step := func(d time.Duration, want routing.BreakerState) {
		t.Helper()
		at = at.Add(d)
		if got := b.State(at); got != want {
			t.Fatalf("after %s: %s, want %s", at.Sub(noon), got, want)
		}
	}
	fail := func() { b.Begin(at); b.End(at, true) }
	fail()
	fail()
	step(10*time.Second, routing.Closed)
	fail() // the first two are out of the window
	step(0, routing.Closed)
	for range 4 {
		b.Begin(at)
		b.End(at, false)
	}
	fail()
	fail() // three failures of seven calls: less than half
	step(0, routing.Closed)
	fail()
	step(0, routing.Open)
	if b.Begin(at) {
		t.Error("a call goes through an open breaker")
	}
	b.End(at, false) // one from before the opening
	step(4*time.Second, routing.Open)
	step(time.Second, routing.HalfOpen)
	b.End(at, false) // another from before: it was not the one try
	step(0, routing.HalfOpen)
	if !b.Begin(at) || b.Begin(at) {
		t.Error("half open lets exactly one call through")
	}
	b.End(at, true)
	step(9*time.Second, routing.Open) // twice the rest
	step(time.Second, routing.HalfOpen)
	b.Begin(at)
	b.End(at, true)
	step(11*time.Second, routing.Open) // no more than the longest rest
	step(time.Second, routing.HalfOpen)
	b.Begin(at)
	b.End(at, false)
	step(0, routing.Closed)
	fail()
	fail()
	step(0, routing.Closed)
}

// TestBreakerSaysWhy: since when it is as it is, what opened it, and when it opened
// before, of which only the latest are kept.
func TestBreakerSaysWhy(t *testing.T) {
	b := routing.NewBreaker(routing.BreakerSettings{Failures: 2, Window: time.Minute, Rest: time.Second, MaxRest: time.Second})
	if r := b.Report(noon); r.State != routing.Closed || !r.Since.IsZero() || len(r.Openings) != 0 {
		t.Errorf("before anything: %+v", r)
	}
	for i, failed := range []bool{false, true, true} {
		b.Begin(noon)
		b.End(noon.Add(time.Duration(i)), failed)
	}
	opened := noon.Add(2)
	r := b.Report(opened)
	if r.State != routing.Open || !r.Since.Equal(opened) || r.Failures != 2 || r.Calls != 3 || !r.Until.Equal(opened.Add(time.Second)) {
		t.Errorf("open: %+v", r)
	}
	half := opened.Add(time.Second)
	if r = b.Report(half.Add(time.Hour)); r.State != routing.HalfOpen || !r.Since.Equal(half) || r.Failures != 2 {
		t.Errorf("half open: %+v", r)
	}
	b.Begin(half)
	b.End(half, false)
	if r = b.Report(half); r.State != routing.Closed || !r.Since.Equal(half) || !slices.Equal(r.Openings, []time.Time{opened}) {
		t.Errorf("closed again: %+v", r)
	}
	at := half
	for range 100 {
		b.Begin(at)
		b.End(at, true)
		b.Begin(at)
		b.End(at, true)
		at = at.Add(time.Second)
	}
	if n := len(b.Report(at).Openings); n != 32 {
		t.Errorf("%d openings kept", n)
	}
}

// TestOneRecoveryAtATime: of many that come when the rest is over, one tries.
func TestOneRecoveryAtATime(t *testing.T) {
	b := routing.NewBreakers(routing.BreakerSettings{Failures: 1, Window: time.Second, Rest: time.Second, MaxRest: time.Second})
	b.Begin(channel.WeChat, noon)
	b.End(channel.WeChat, noon, true)
	if down := b.Down(noon); !slices.Equal(down, []channel.Name{channel.WeChat}) {
		t.Errorf("down: %v", down)
	}
	later := noon.Add(time.Second)
	results := make(chan bool)
	for range 20 {
		go func() { results <- b.Begin(channel.WeChat, later) }()
	}
	let := 0
	for range 20 {
		if <-results {
			let++
		}
	}
	if let != 1 || b.State(channel.Alipay, later) != routing.Closed {
		t.Errorf("%d let through, alipay %s", let, b.State(channel.Alipay, later))
	}
}
