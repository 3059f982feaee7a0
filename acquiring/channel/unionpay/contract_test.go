package unionpay_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"juma/acquiring/channel"
	"juma/acquiring/channel/channeltest"
	"juma/acquiring/channel/unionpay"
	"juma/acquiring/channel/unionpay/statement"
	"juma/acquiring/sandbox"
	box "juma/acquiring/sandbox/unionpay"
	"juma/internal/clock"
)

// contract is what the suite needs to know about this wallet.
var contract = channeltest.Kit{
	Wallet: func(core *sandbox.Core) (sandbox.Wallet, error) { return box.New(core) },
	Adapter: func(credentials []byte, clk clock.Clock, client *http.Client) (channel.Adapter, error) {
		var cfg unionpay.Config
		if err := json.Unmarshal(credentials, &cfg); err != nil {
			return nil, err
		}
		return unionpay.New(cfg, clk, client)
	},
	Reader:     func([]byte) (channel.StatementReader, error) { return statement.Reader{}, nil },
	MerchantID: "999290058120001", OtherMerchantID: "999290058120002",
	Traits: traits,
}

// traits are this wallet's own ways, by its documents.
var traits = channeltest.Traits{
	// Five more times, after 1, 2, 4 and 5 minutes; the documents leave the gap
	// before the fifth open, 5 minutes is assumed.
	Retry:                []time.Duration{time.Minute, 2 * time.Minute, 4 * time.Minute, 5 * time.Minute, 5 * time.Minute},
	NoClose:              true, // acp has no such call
	StatementPerMerchant: true,
	// A refund notice names the original by UnionPay's own number, and carries
	// no time.
	RefundNoticeLacks: channeltest.RefundNoticeLacks{OrderNo: true, Time: true},
}

func TestContract(t *testing.T) {
	channeltest.Run(t, func(t *testing.T) channeltest.Harness { return channeltest.Start(t, contract) })
}

func BenchmarkPayment(b *testing.B) { channeltest.Bench(b, channeltest.Start(b, contract)) }
