package wechat_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"juma/acquiring/channel"
	"juma/acquiring/channel/channeltest"
	"juma/acquiring/channel/wechat"
	"juma/acquiring/channel/wechat/statement"
	"juma/acquiring/sandbox"
	box "juma/acquiring/sandbox/wechat"
	"juma/internal/clock"
)

// contract is what the suite needs to know about this wallet.
var contract = channeltest.Kit{
	Wallet: func(core *sandbox.Core) (sandbox.Wallet, error) { return box.New(core) },
	Adapter: func(credentials []byte, clk clock.Clock, client *http.Client) (channel.Adapter, error) {
		var cfg wechat.Config
		if err := json.Unmarshal(credentials, &cfg); err != nil {
			return nil, err
		}
		return wechat.New(cfg, clk, client)
	},
	Reader: func(credentials []byte) (channel.StatementReader, error) {
		var cfg wechat.Config
		if err := json.Unmarshal(credentials, &cfg); err != nil {
			return nil, err
		}
		return statement.Reader{Account: cfg.SPMchID}, nil
	},
	MerchantID: "1999000001", OtherMerchantID: "1999000002",
	Traits: traits,
}

// traits are this wallet's own ways, by its documents.
var traits = channeltest.Traits{
	// Notification retries: notifications §6.
	Retry: []time.Duration{
		15 * time.Second, 15 * time.Second, 30 * time.Second, 3 * time.Minute, 10 * time.Minute, 20 * time.Minute,
		30 * time.Minute, 30 * time.Minute, 30 * time.Minute, time.Hour, 3 * time.Hour, 3 * time.Hour, 3 * time.Hour, 6 * time.Hour, 6 * time.Hour,
	},
	NoticeFreshFor: 300 * time.Second,
	RowState:       true,
	NoCodeNotice:   true, // micropay: the answer and queries are all there is
}

func TestContract(t *testing.T) {
	t.Parallel()
	channeltest.Run(t, func(t *testing.T) channeltest.Harness { return channeltest.Start(t, contract) })
}

// A provider that was given no public key yet has everything signed under the
// platform certificate.
func TestContractWithCertificateOnly(t *testing.T) {
	t.Parallel()
	kit := contract
	kit.Traits.OneKindOfKey = true
	kit.Adapter = func(credentials []byte, clk clock.Clock, client *http.Client) (channel.Adapter, error) {
		var cfg wechat.Config
		if err := json.Unmarshal(credentials, &cfg); err != nil {
			return nil, err
		}
		cfg.PlatformPublicKeyID, cfg.PlatformPublicKeyPEM = "", ""
		return wechat.New(cfg, clk, client)
	}
	channeltest.Run(t, func(t *testing.T) channeltest.Harness { return channeltest.Start(t, kit) })
}

func BenchmarkPayment(b *testing.B) { channeltest.Bench(b, channeltest.Start(b, contract)) }
