package bus_test

import (
	"context"
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"juma/acquiring/channel"
	"juma/acquiring/channel/aggregate"
	"juma/acquiring/channel/alipay"
	alistatement "juma/acquiring/channel/alipay/statement"
	"juma/acquiring/channel/channeltest"
	"juma/acquiring/channel/unionpay"
	upstatement "juma/acquiring/channel/unionpay/statement"
	"juma/acquiring/channel/wechat"
	wxstatement "juma/acquiring/channel/wechat/statement"
	"juma/acquiring/sandbox"
	alibox "juma/acquiring/sandbox/alipay"
	upbox "juma/acquiring/sandbox/unionpay"
	wxbox "juma/acquiring/sandbox/wechat"
	"juma/internal/bus"
	"juma/internal/clock"
)

// through puts the adapter that make builds behind a bus and hands out its other
// end, so that the channels' own suite judges the whole way.
func through(t *testing.T, build func(credentials []byte, clk clock.Clock, client *http.Client) (channel.Adapter, error)) func([]byte, clock.Clock, *http.Client) (channel.Adapter, error) {
	return func(credentials []byte, clk clock.Clock, client *http.Client) (channel.Adapter, error) {
		local, err := build(credentials, clk, client)
		if err != nil {
			return nil, err
		}
		b, err := bus.Start(bus.Config{StoreDir: t.TempDir()})
		if err != nil {
			return nil, err
		}
		t.Cleanup(b.Close)
		_, err = b.Serve(context.Background(), local)
		return b.Remote(local.Name()), err
	}
}

// configured reads the credentials that a sandbox hands out.
func configured[Config any, A channel.Adapter](build func(Config, clock.Clock, *http.Client) (A, error)) func([]byte, clock.Clock, *http.Client) (channel.Adapter, error) {
	return func(credentials []byte, clk clock.Clock, client *http.Client) (channel.Adapter, error) {
		var cfg Config
		if err := json.Unmarshal(credentials, &cfg); err != nil {
			return nil, err
		}
		return build(cfg, clk, client)
	}
}

// gathered is UnionPay's service-provider interface with consumers of a wallet.
func gathered(w channel.Wallet) channeltest.Kit {
	type config struct {
		aggregate.Config
		Acp unionpay.Config `json:"acp"`
	}
	return channeltest.Kit{
		Wallet: func(core *sandbox.Core) (sandbox.Wallet, error) { return upbox.NewAggregate(core) },
		Adapter: configured(func(cfg config, clk clock.Clock, client *http.Client) (*aggregate.Adapter, error) {
			acp, err := unionpay.New(cfg.Acp, clk, client)
			if err != nil {
				return nil, err
			}
			return aggregate.New(cfg.Config, acp, clk, client)
		}),
		Reader: func([]byte) (channel.StatementReader, error) {
			return upstatement.Reader{Channel: channel.UnionPayAggregate}, nil
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

// TestContractThroughTheBus: the suite that every adapter passes in its own
// process must not notice that there is a bus in between. The traits are as in
// the adapters' own tests.
func TestContractThroughTheBus(t *testing.T) {
	t.Parallel()
	for name, kit := range map[string]channeltest.Kit{
		"aggregate with wechat":   gathered(channel.WeChatWallet),
		"aggregate with alipay":   gathered(channel.AlipayWallet),
		"aggregate with unionpay": gathered(channel.UnionPayWallet),
		"wechat": {
			Wallet:  func(core *sandbox.Core) (sandbox.Wallet, error) { return wxbox.New(core) },
			Adapter: configured(wechat.New),
			Reader: func(credentials []byte) (channel.StatementReader, error) {
				var cfg wechat.Config
				err := json.Unmarshal(credentials, &cfg)
				return wxstatement.Reader{Account: cfg.SPMchID}, err
			},
			MerchantID: "1999000001", OtherMerchantID: "1999000002",
			Traits: channeltest.Traits{
				Retry: []time.Duration{
					15 * time.Second, 15 * time.Second, 30 * time.Second, 3 * time.Minute, 10 * time.Minute, 20 * time.Minute,
					30 * time.Minute, 30 * time.Minute, 30 * time.Minute, time.Hour, 3 * time.Hour, 3 * time.Hour, 3 * time.Hour, 6 * time.Hour, 6 * time.Hour,
				},
				NoticeFreshFor: 300 * time.Second,
				RowState:       true,
				NoCodeNotice:   true,
			},
		},
		"alipay": {
			Wallet:  func(core *sandbox.Core) (sandbox.Wallet, error) { return alibox.New(core) },
			Adapter: configured(alipay.New),
			Reader: func(credentials []byte) (channel.StatementReader, error) {
				var cfg alipay.Config
				err := json.Unmarshal(credentials, &cfg)
				return alistatement.Reader{Account: cfg.PID}, err
			},
			MerchantID: "2088999000000011", OtherMerchantID: "2088999000000022",
			Traits: channeltest.Traits{
				Retry: []time.Duration{
					4 * time.Minute, 10 * time.Minute, 10 * time.Minute, time.Hour, 2 * time.Hour, 6 * time.Hour, 15 * time.Hour,
				},
				UnsignedParams:    []string{"sign_type", "alipay_cert_sn"},
				KeysByHand:        true,
				RefundNoticeLacks: channeltest.RefundNoticeLacks{Amount: true},
			},
		},
		"unionpay": {
			Wallet:     func(core *sandbox.Core) (sandbox.Wallet, error) { return upbox.New(core) },
			Adapter:    configured(unionpay.New),
			Reader:     func([]byte) (channel.StatementReader, error) { return upstatement.Reader{}, nil },
			MerchantID: "999290058120001", OtherMerchantID: "999290058120002",
			Traits: channeltest.Traits{
				Retry:                []time.Duration{time.Minute, 2 * time.Minute, 4 * time.Minute, 5 * time.Minute, 5 * time.Minute},
				NoClose:              true,
				StatementPerMerchant: true,
				RefundNoticeLacks:    channeltest.RefundNoticeLacks{OrderNo: true, Time: true},
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			channeltest.Run(t, func(t *testing.T) channeltest.Harness {
				kit.Adapter = through(t, kit.Adapter)
				return channeltest.Start(t, kit)
			})
		})
	}
}
