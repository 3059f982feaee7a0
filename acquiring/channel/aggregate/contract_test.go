package aggregate_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"juma/acquiring/channel"
	"juma/acquiring/channel/aggregate"
	"juma/acquiring/channel/channeltest"
	"juma/acquiring/channel/unionpay"
	"juma/acquiring/channel/unionpay/statement"
	"juma/acquiring/sandbox"
	box "juma/acquiring/sandbox/unionpay"
	"juma/internal/clock"
)

// configuration is what the sandbox hands out: the interface's own, and acp's.
type configuration struct {
	aggregate.Config
	Acp unionpay.Config `json:"acp"`
}

func adapter(credentials []byte, clk clock.Clock, client *http.Client) (channel.Adapter, error) {
	var cfg configuration
	if err := json.Unmarshal(credentials, &cfg); err != nil {
		return nil, err
	}
	acp, err := unionpay.New(cfg.Acp, clk, client)
	if err != nil {
		return nil, err
	}
	return aggregate.New(cfg.Config, acp, clk, client)
}

// contract is what the suite needs to know about this channel with one wallet.
func contract(w channel.Wallet) channeltest.Kit {
	return channeltest.Kit{
		Wallet:  func(core *sandbox.Core) (sandbox.Wallet, error) { return box.NewAggregate(core) },
		Adapter: adapter,
		Reader: func([]byte) (channel.StatementReader, error) {
			return statement.Reader{Channel: channel.UnionPayAggregate}, nil
		},
		MerchantID: "999290058120001", OtherMerchantID: "999290058120002",
		Traits: channeltest.Traits{
			Holds: w, ForeignPayers: w != channel.UnionPayWallet, NoPayCode: true, KeysByHand: true,
			Retry:                []time.Duration{time.Minute, 2 * time.Minute, 4 * time.Minute, 5 * time.Minute, 5 * time.Minute},
			StatementPerMerchant: true,
			RefundNoticeLacks:    channeltest.RefundNoticeLacks{Time: true},
		},
	}
}

func TestContract(t *testing.T) {
	for _, w := range channel.Wallets {
		t.Run(string(w), func(t *testing.T) {
			t.Parallel()
			channeltest.Run(t, func(t *testing.T) channeltest.Harness { return channeltest.Start(t, contract(w)) })
		})
	}
}
