package app

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"

	"juma/acquiring/channel"
	"juma/acquiring/channel/aggregate"
	"juma/acquiring/channel/alipay"
	"juma/acquiring/channel/unionpay"
	"juma/acquiring/channel/wechat"
	"juma/acquiring/channel/wiretap"
	"juma/clearing/intake"
	"juma/clearing/intake/layouts"
	"juma/internal/clock"
)

// Wallets is what is needed to talk to each wallet, in the form that
// `juma sandbox --json` prints. A wallet that is left out is not configured.
type Wallets struct {
	WeChat     *wechat.Config   `json:"wechat,omitempty"`
	Alipay     *alipay.Config   `json:"alipay,omitempty"`
	UnionPay   *unionpay.Config `json:"unionpay,omitempty"`
	Aggregate  *Aggregate       `json:"unionpay-aggregate,omitempty"`
	ControlURL string           `json:"control_url,omitempty"`
}

// Aggregate is UnionPay's service-provider interface, and acp for what that leaves
// to it.
type Aggregate struct {
	aggregate.Config
	Acp unionpay.Config `json:"acp"`
}

// Channels are those that this configuration can serve: each wallet's own, which
// must be there, and the aggregate where it is configured.
func (w Wallets) Channels() []channel.Name {
	own := []channel.Name{channel.WeChat, channel.Alipay, channel.UnionPay}
	if w.Aggregate != nil {
		own = append(own, channel.UnionPayAggregate)
	}
	return own
}

// Configured are the channels that this configuration names.
func (w Wallets) Configured() []channel.Name {
	there := map[channel.Name]bool{
		channel.WeChat: w.WeChat != nil, channel.Alipay: w.Alipay != nil, channel.UnionPay: w.UnionPay != nil, channel.UnionPayAggregate: w.Aggregate != nil,
	}
	return slices.DeleteFunc(slices.Clone(channel.Names), func(n channel.Name) bool { return !there[n] })
}

// alsoAt are the channels that a new merchant is registered at besides its wallets'.
func (w Wallets) alsoAt() []string {
	if w.Aggregate == nil {
		return nil
	}
	return []string{string(channel.UnionPayAggregate)}
}

// ReadWallets reads the wallets' configuration file.
func ReadWallets(path string) (Wallets, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return Wallets{}, fmt.Errorf("wallet configuration: %w", err)
	}
	return ParseWallets(data)
}

// ParseWallets reads the JSON object.
func ParseWallets(data []byte) (Wallets, error) {
	var w Wallets
	if err := json.Unmarshal(data, &w); err != nil {
		return Wallets{}, fmt.Errorf("wallet configuration: %w; want one JSON object as juma sandbox --json prints it", err)
	}
	return w, nil
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
	return nil, fmt.Errorf("channel %q: want one of %s", name, strings.Trim(fmt.Sprint(channel.Names), "[]"))
}

// Layouts are those of statements, each expecting the provider's account.
func (w Wallets) Layouts() []intake.Layout {
	var a layouts.Accounts
	if w.WeChat != nil {
		a.WeChat = w.WeChat.SPMchID
	}
	if w.Alipay != nil {
		a.Alipay = w.Alipay.PID
	}
	return layouts.All(a)
}

// ParseChannel reads a channel's name.
func ParseChannel(s string) (channel.Name, error) {
	for _, n := range channel.Names {
		if string(n) == s {
			return n, nil
		}
	}
	return "", fmt.Errorf("channel %q: want one of %s", s, strings.Trim(fmt.Sprint(channel.Names), "[]"))
}
