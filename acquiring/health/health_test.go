package health_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"juma/acquiring/channel"
	"juma/acquiring/channel/measure"
	"juma/acquiring/health"
	"juma/acquiring/routing"
	"juma/internal/clock"
	"juma/internal/fault"
)

var noon = time.Date(2026, 3, 10, 4, 0, 0, 0, time.UTC)

// adapter loses every call while lost, and has one certificate.
type adapter struct {
	channel.Adapter
	lost bool
	mute bool
	ends time.Time
}

func (a *adapter) Name() channel.Name { return channel.WeChat }

func (a *adapter) Query(context.Context, channel.OrderRef) (channel.PaymentResult, error) {
	if a.lost {
		return channel.PaymentResult{Result: channel.Result{Outcome: channel.Unknown}}, nil
	}
	return channel.PaymentResult{Result: channel.Result{Outcome: channel.Succeeded}}, nil
}

func (a *adapter) Credentials(context.Context) ([]channel.Credential, error) {
	if a.mute {
		return nil, fault.New("x", fault.Unavailable, "away")
	}
	return []channel.Credential{{Use: channel.SignsRequests, Kind: channel.CertificateForm, Serial: "1F", NotAfter: a.ends}, {Kind: channel.KeyForm}}, nil
}

type around struct {
	members map[channel.Name][]health.Member
	waits   map[channel.Name]health.Backlog
}

func (a around) ChannelMembers(context.Context) (map[channel.Name][]health.Member, error) {
	return a.members, nil
}
func (a around) Backlogs(context.Context, time.Time) (map[channel.Name]health.Backlog, error) {
	return a.waits, nil
}

// TestWarnings: each thing that is wrong is said, the worst first, and nothing where
// nothing is.
func TestWarnings(t *testing.T) {
	served := map[channel.Name][]health.Member{channel.WeChat: {{ID: "m1"}}}
	for _, c := range []struct {
		name    string
		adapter adapter
		around  around
		trips   bool
		want    []health.WarningKind
	}{
		{"well", adapter{ends: noon.AddDate(1, 0, 0)}, around{members: served}, false, nil},
		{"certificate soon", adapter{ends: noon.AddDate(0, 0, 30)}, around{members: served}, false, []health.WarningKind{health.CredentialSoon}},
		{"certificate a day later", adapter{ends: noon.AddDate(0, 0, 31)}, around{members: served}, false, nil},
		{"certificate over", adapter{ends: noon.AddDate(0, 0, -1)}, around{members: served}, false, []health.WarningKind{health.CredentialOver}},
		{"certificate by number", adapter{}, around{members: served}, false, []health.WarningKind{health.EndNotKnown}},
		{"adapter mute", adapter{mute: true}, around{members: served}, false, []health.WarningKind{health.CredentialsMute}},
		{"nobody", adapter{mute: true}, around{}, false, []health.WarningKind{health.NobodyServes}},
		{"all at once", adapter{lost: true, ends: noon}, around{served, map[channel.Name]health.Backlog{channel.WeChat: {Open: [5]int{1, 0, 0, 2, 1}, Dead: 4}}}, true,
			[]health.WarningKind{health.BreakerIsOpen, health.AnswersMissing, health.CredentialSoon, health.OverdueOrders, health.DeadCommands}},
	} {
		t.Run(c.name, func(t *testing.T) {
			clk := clock.NewSim(noon, 1)
			meter := measure.New(clk, clk)
			breakers := routing.NewBreakers(routing.DefaultBreaker)
			a := meter.Wrap(&c.adapter)
			for range 20 {
				a.Query(t.Context(), channel.OrderRef{})
				breakers.Begin(channel.WeChat, noon)
				breakers.End(channel.WeChat, noon, c.trips)
			}
			s, err := health.NewService(health.Config{
				Channels: []channel.Name{channel.WeChat}, Adapters: map[channel.Name]channel.Adapter{channel.WeChat: a},
				Meter: meter, Breakers: breakers, Members: c.around, Backlogs: c.around, Clock: clk,
			})
			if err != nil {
				t.Fatal(err)
			}
			r, err := s.Report(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			var got []health.WarningKind
			for _, w := range r.Channels[0].Warnings {
				got = append(got, w.Kind)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("warned of %v, want %v", got, c.want)
			}
		})
	}
}

// TestHourAndDay: the hour ends with the bucket that reaches into it.
func TestHourAndDay(t *testing.T) {
	clk := clock.NewSim(noon, 1)
	meter := measure.New(clk, clk)
	a := meter.Wrap(&adapter{})
	for range 30 { // five minutes apart
		a.Query(t.Context(), channel.OrderRef{})
		clk.AdvanceTo(clk.Now().Add(measure.Length))
	}
	s, err := health.NewService(health.Config{Channels: []channel.Name{channel.WeChat}, Meter: meter, Breakers: routing.NewBreakers(routing.DefaultBreaker), Members: around{}, Backlogs: around{}, Clock: clk})
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Report(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if c := r.Channels[0]; c.Hour.Total().All() != 12 || c.Day.Total().All() != 30 || len(c.Buckets) != 30 {
		t.Errorf("hour %d, day %d, %d buckets", c.Hour.Total().All(), c.Day.Total().All(), len(c.Buckets))
	}
}
