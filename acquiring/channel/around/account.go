package around

import (
	"context"

	"juma/acquiring/channel"
)

// As returns the adapter under the name of a further account of its channel. An adapter
// knows its wire and its numbers; which of a provider's accounts it serves is the
// caller's matter.
func As(a channel.Adapter, name channel.Name) channel.Adapter {
	return &account{wrapped{Adapter: a, hook: nothing, told: func(channel.RawNotice, channel.Notice) {}}, name}
}

type account struct {
	wrapped
	name channel.Name
}

// Name is the account's.
func (a *account) Name() channel.Name { return a.name }

// Statement is the account's own.
func (a *account) Statement(ctx context.Context, req channel.StatementRequest) (channel.StatementFile, error) {
	f, err := a.Adapter.Statement(ctx, req)
	f.Channel = a.name
	return f, err
}
