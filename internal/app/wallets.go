package app

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"os"
	"slices"

	"juma/acquiring/channel"
	"juma/acquiring/channel/aggregate"
	"juma/acquiring/channel/alipay"
	"juma/acquiring/channel/around"
	"juma/acquiring/channel/unionpay"
	"juma/acquiring/channel/wechat"
	"juma/acquiring/channel/wiretap"
	"juma/clearing/intake"
	"juma/clearing/intake/layouts"
	"juma/internal/clock"
	"juma/internal/store"
)

// Wallets is what is needed to talk to each wallet, in the form that
// `juma sandbox --json` prints. A wallet that is left out is not configured.
type Wallets struct {
	WeChat    *wechat.Config
	Alipay    *alipay.Config
	UnionPay  *unionpay.Config
	Aggregate *Aggregate
	// Further are the further accounts, each with the one object that its channel takes.
	// In the file they stand beside the channels, under their own names.
	Further    map[channel.Name]Wallets
	ControlURL string
}

// Aggregate is UnionPay's service-provider interface, and acp for what that leaves
// to it.
type Aggregate struct {
	aggregate.Config
	Acp unionpay.Config `json:"acp"`
}

// Channels are those that this configuration can serve: each wallet's own, which
// must be there, the aggregate where it is configured, and further accounts.
func (w Wallets) Channels() []channel.Name {
	return slices.DeleteFunc(channel.With(w.Accounts()...), func(n channel.Name) bool { return n == channel.UnionPayAggregate && w.Aggregate == nil })
}

// Accounts are the further accounts, in the order in which they are shown.
func (w Wallets) Accounts() []channel.Name {
	return slices.SortedFunc(maps.Keys(w.Further), channel.Compare)
}

// Configured are the channels and accounts that this configuration names.
func (w Wallets) Configured() []channel.Name {
	there := map[channel.Name]bool{
		channel.WeChat: w.WeChat != nil, channel.Alipay: w.Alipay != nil, channel.UnionPay: w.UnionPay != nil, channel.UnionPayAggregate: w.Aggregate != nil,
	}
	return slices.DeleteFunc(channel.With(w.Accounts()...), func(n channel.Name) bool { return n.Label() == "" && !there[n] })
}

// meet registers the further accounts, in use from now on, and lists every channel and
// account that there is or was: what an ended one has goes on.
func (w Wallets) meet(ctx context.Context, s *store.Store, clk clock.Clock) ([]channel.Name, error) {
	for _, name := range w.Accounts() {
		if err := s.MeetAccount(ctx, name, name.Cut().DateOf(clk.Now())); err != nil {
			return nil, err
		}
	}
	known, err := s.ChannelAccounts(ctx)
	return channel.AllNames(known), err
}

// alsoAt are the channels that a new merchant is registered at besides its wallets':
// whatever payments may be routed to.
func (w Wallets) alsoAt() []string {
	var names []string
	for _, n := range w.Channels() {
		if n.Base() == channel.UnionPayAggregate || n.Label() != "" {
			names = append(names, string(n))
		}
	}
	return names
}

// ReadWallets reads the wallets' configuration file.
func ReadWallets(path string) (Wallets, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return Wallets{}, fmt.Errorf("wallet configuration: %w", err)
	}
	return ParseWallets(data)
}

// Adapter makes the adapter of one wallet, with what goes over its wire on tape.
func (w Wallets) Adapter(name channel.Name, clk clock.Clock, client *http.Client) (channel.Adapter, error) {
	a, err := w.bare(name, clk, client)
	if err != nil {
		return nil, err
	}
	return wiretap.Record(a, clk, clock.Real{}), nil
}

func (w Wallets) bare(name channel.Name, clk clock.Clock, client *http.Client) (channel.Adapter, error) {
	missing := fmt.Errorf("the wallet configuration has no %q object", name)
	if name.Valid() && name.Label() != "" {
		account, ok := w.Further[name]
		if !ok {
			return nil, missing
		}
		a, err := account.bare(name.Base(), clk, client)
		if err != nil {
			return nil, fmt.Errorf("account %s: %w", name, err)
		}
		return around.As(a, name), nil
	}
	switch name {
	case channel.WeChat:
		if w.WeChat == nil {
			return nil, missing
		}
		return wechat.New(*w.WeChat, clk, client)
	case channel.Alipay:
		if w.Alipay == nil {
			return nil, missing
		}
		return alipay.New(*w.Alipay, clk, client)
	case channel.UnionPay:
		if w.UnionPay == nil {
			return nil, missing
		}
		return unionpay.New(*w.UnionPay, clk, client)
	case channel.UnionPayAggregate:
		if w.Aggregate == nil {
			return nil, missing
		}
		acp, err := unionpay.New(w.Aggregate.Acp, clk, client)
		if err != nil {
			return nil, err
		}
		return aggregate.New(w.Aggregate.Config, acp, clk, client)
	}
	_, err := channel.ParseName(string(name))
	return nil, err
}

// Layouts are those of statements, each expecting the provider's number at the account.
func (w Wallets) Layouts() []intake.Layout {
	numbers := map[channel.Name]string{}
	for _, name := range channel.With(w.Accounts()...) {
		numbers[name] = w.number(name)
	}
	return layouts.All(numbers)
}
