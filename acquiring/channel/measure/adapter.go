package measure

import (
	"context"

	"juma/acquiring/channel"
	"juma/acquiring/channel/around"
)

// kindOf sorts the methods of the contract.
var kindOf = map[around.Method]Kind{
	around.Prepay: Orders, around.PayByCode: Orders,
	around.Refund: Backs, around.Close: Backs, around.Reverse: Backs,
	around.Identify: Questions, around.Query: Questions, around.QueryRefund: Questions,
}

// Wrap returns the adapter with its calls counted.
func (m *Meter) Wrap(a channel.Adapter) channel.Adapter {
	return around.Wrap(a, func(ctx context.Context, c around.Call) (context.Context, func(*channel.Result, error)) {
		start := m.stopwatch.Now()
		return ctx, func(res *channel.Result, err error) {
			if err != nil && ctx.Err() != nil {
				return // the caller gave up: nothing is known of the channel
			}
			m.note(c.Channel, kindOf[c.Method], ended(res.Outcome, err), m.stopwatch.Now().Sub(start))
		}
	})
}
