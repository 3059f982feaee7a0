package app

import (
	"context"

	"juma/acquiring/channel"
	"juma/acquiring/health"
	"juma/internal/bus"
)

// busMembers tells who serves the channels in the words of who asks.
type busMembers struct{ bus *bus.Bus }

// ChannelMembers asks the bus.
func (b busMembers) ChannelMembers(ctx context.Context) (map[channel.Name][]health.Member, error) {
	all, err := b.bus.Members(ctx)
	members := map[channel.Name][]health.Member{}
	for name, list := range all {
		for _, m := range list {
			members[name] = append(members[name], health.Member(m))
		}
	}
	return members, err
}

// makeHealth puts the report about the channels together.
func (a *App) makeHealth(adapters map[channel.Name]channel.Adapter) (err error) {
	a.Health, err = health.NewService(health.Config{
		Channels: a.Wallets.Channels(), Adapters: adapters, Meter: a.meter, Breakers: a.Acquiring.Breakers,
		Members: busMembers{a.Bus}, Backlogs: a.Store.Desk(), Clock: a.Clock,
	})
	return err
}
