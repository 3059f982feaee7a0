package bus

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/micro"

	"juma/acquiring/channel"
	"juma/internal/fault"
)

const (
	statsWait  = time.Second            // for the first member to answer
	statsQuiet = 250 * time.Millisecond // no further answer for so long: that was all
)

// servedCount is what one member of a wallet's queue group has served.
type servedCount struct {
	name  channel.Name
	calls int
}

// Requests says how many calls of the contract the adapters have served, by
// channel, each asked over NATS, in this process or another. PING, INFO, STATS
// and the chunks of a statement are not counted. A member that has gone, or does
// not answer within a second, counts with what it said last. The error is of
// kind Unavailable when the broker cannot be asked.
func (b *Bus) Requests(ctx context.Context) (map[channel.Name]int, error) {
	if _, err := b.askMembers(ctx); err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, s := range b.services { // our own need not be asked
		b.counts[s.micro.Info().ID] = servedCount{s.name, int(s.served.Load())}
	}
	sum := map[channel.Name]int{}
	for _, c := range b.counts {
		sum[c.name] += c.calls
	}
	return sum, nil
}

// Member is a process that serves a channel.
type Member struct {
	ID    string    // drawn anew at each start
	Since time.Time // of its start, by its own clock
	Calls int       // of the contract
}

// Members are those that answer now, by channel, the longest-serving first. The error
// is of kind Unavailable when the broker cannot be asked.
func (b *Bus) Members(ctx context.Context) (map[channel.Name][]Member, error) {
	heard, err := b.askMembers(ctx)
	if err != nil {
		return nil, err
	}
	members := map[channel.Name][]Member{}
	for _, s := range heard {
		if name, calls, ours := served(s); ours && len(s.Endpoints) > 0 { // a member that is stopping lists none
			members[name] = append(members[name], Member{ID: s.ID, Since: s.Started, Calls: calls})
		}
	}
	for _, m := range members {
		slices.SortFunc(m, func(a, b Member) int { return cmp.Or(a.Since.Compare(b.Since), strings.Compare(a.ID, b.ID)) })
	}
	return members, nil
}

// retire keeps what a stopped member of ours has served.
func (b *Bus) retire(s *service) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if i := slices.Index(b.services, s); i >= 0 {
		b.services = slices.Delete(b.services, i, i+1)
		b.counts[s.micro.Info().ID] = servedCount{s.name, int(s.served.Load())}
	}
}

// askMembers asks every micro service on the broker for its statistics and
// collects answers until they cease.
func (b *Bus) askMembers(ctx context.Context) ([]micro.Stats, error) {
	const op = "bus.Requests"
	subject, err := micro.ControlSubject(micro.StatsVerb, "", "")
	if err != nil {
		return nil, fault.Wrap(op, fault.Internal, err)
	}
	inbox := b.nc.NewInbox()
	sub, err := b.nc.SubscribeSync(inbox)
	if err != nil {
		return nil, fault.Wrap(op, fault.Unavailable, err)
	}
	defer sub.Unsubscribe()
	if err := b.nc.PublishRequest(subject, inbox, nil); err != nil {
		return nil, fault.Wrap(op, fault.Unavailable, err)
	}
	var heard []micro.Stats
	for wait := statsWait; ; wait = statsQuiet {
		msg, err := nextMsg(ctx, sub, wait)
		if err != nil {
			return heard, fault.Wrap(op, fault.Unavailable, ctx.Err()) // silence is the end, not a fault
		}
		var s micro.Stats
		if json.Unmarshal(msg.Data, &s) == nil {
			heard = append(heard, s)
			b.note(s)
		}
	}
}

func nextMsg(ctx context.Context, sub *nats.Subscription, wait time.Duration) (*nats.Msg, error) {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	return sub.NextMsgWithContext(ctx)
}

// served is what a service says that it has served; ours is false for somebody else's.
func served(s micro.Stats) (name channel.Name, calls int, ours bool) {
	wallet, ours := strings.CutPrefix(s.Name, servicePrefix)
	for _, e := range s.Endpoints {
		if e.Name != endpointChunk {
			calls += e.NumRequests
		}
	}
	return channel.Name(wallet), calls, ours
}

func (b *Bus) note(s micro.Stats) {
	name, calls, ours := served(s)
	if !ours {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	// Never less than known: a member that is stopping lists no endpoints any more.
	if calls >= b.counts[s.ID].calls {
		b.counts[s.ID] = servedCount{name, calls}
	}
}
