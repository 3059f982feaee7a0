package alipay_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"juma/acquiring/channel"
	"juma/acquiring/channel/alipay"
	"juma/acquiring/channel/alipay/statement"
	"juma/acquiring/channel/channeltest"
	"juma/acquiring/sandbox"
	box "juma/acquiring/sandbox/alipay"
	"juma/internal/clock"
)

// contract is what the suite needs to know about this wallet.
var contract = channeltest.Kit{
	Wallet: func(core *sandbox.Core) (sandbox.Wallet, error) { return box.New(core) },
	Adapter: func(credentials []byte, clk clock.Clock, client *http.Client) (channel.Adapter, error) {
		var cfg alipay.Config
		if err := json.Unmarshal(credentials, &cfg); err != nil {
			return nil, err
		}
		return alipay.New(cfg, clk, client)
	},
	Reader: func(credentials []byte) (channel.StatementReader, error) {
		var cfg alipay.Config
		if err := json.Unmarshal(credentials, &cfg); err != nil {
			return nil, err
		}
		return statement.Reader{Account: cfg.PID}, nil
	},
	MerchantID: "2088999000000011", OtherMerchantID: "2088999000000022",
	Traits: traits,
}

// traits are this wallet's own ways, by its documents.
var traits = channeltest.Traits{
	Retry: []time.Duration{
		4 * time.Minute, 10 * time.Minute, 10 * time.Minute, time.Hour, 2 * time.Hour, 6 * time.Hour, 15 * time.Hour,
	},
	// A notice is signed over everything except the signature and its kind.
	UnsignedParams: []string{"sign_type", "alipay_cert_sn"},
	// refund_fee in the notice is what has been given back in all.
	RefundNoticeLacks: channeltest.RefundNoticeLacks{Amount: true},
	KeysByHand:        true,
}

func TestContract(t *testing.T) {
	t.Parallel()
	channeltest.Run(t, func(t *testing.T) channeltest.Harness { return channeltest.Start(t, contract) })
}

// In certificate mode every message names its certificate, and the next one is fetched.
func TestContractWithCertificates(t *testing.T) {
	t.Parallel()
	kit := contract
	kit.Traits.KeysByHand = false
	kit.Adapter = func(credentials []byte, clk clock.Clock, client *http.Client) (channel.Adapter, error) {
		var cfg struct {
			alipay.Config
			App  string `json:"certificate_mode_app_cert_pem"`
			Own  string `json:"certificate_mode_alipay_cert_pem"`
			Root string `json:"certificate_mode_alipay_root_cert_pem"`
		}
		if err := json.Unmarshal(credentials, &cfg); err != nil {
			return nil, err
		}
		cfg.AlipayPublicKeyPEM, cfg.AppCertPEM, cfg.AlipayCertPEM, cfg.AlipayRootCertPEM = "", cfg.App, cfg.Own, cfg.Root
		return alipay.New(cfg.Config, clk, client)
	}
	channeltest.Run(t, func(t *testing.T) channeltest.Harness { return channeltest.Start(t, kit) })
}

func BenchmarkPayment(b *testing.B) { channeltest.Bench(b, channeltest.Start(b, contract)) }
