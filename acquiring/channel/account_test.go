package channel_test

import (
	"net/url"
	"slices"
	"testing"

	"juma/acquiring/channel"
	"juma/internal/bizdate"
	"juma/internal/fault"
)

// TestAccountNames: one spelling, which every place that a name goes to takes as it is.
func TestAccountNames(t *testing.T) {
	for _, base := range channel.Names {
		for _, label := range []string{"", "2", "east", "0123456789"} {
			name := base
			if label != "" {
				name += channel.Name("_" + label)
			}
			n, err := channel.ParseName(string(name))
			if err != nil || n != name || n.Base() != base || n.Label() != label {
				t.Errorf("%s: parsed %q (%v), base %s, label %q", name, n, err, n.Base(), n.Label())
			}
			if len(n) > 32 || url.PathEscape(string(n)) != string(n) {
				t.Errorf("%s has %d bytes, in an address %s", n, len(n), url.PathEscape(string(n)))
			}
		}
	}
	for _, s := range []string{"", "_", "_east", "wechat_", "wechat_East", "wechat_a-b", "wechat_east_2", "wechat_01234567890", "wechat-east", "WeChat", "unionpay.2", "tenpay_2", "wechat _2"} {
		if n, err := channel.ParseName(s); !fault.Is(err, fault.Invalid) || channel.Name(s).Valid() {
			t.Errorf("%q was read as %q, %v", s, n, err)
		}
	}
}

// TestAccountHasItsChannelsWays: what a channel can do, its further accounts can.
func TestAccountHasItsChannelsWays(t *testing.T) {
	for _, base := range channel.Names {
		n := base + "_2"
		if n.ByUnionPay() != base.ByUnionPay() || n.Cancels() != base.Cancels() || n.TakesCodes() != base.TakesCodes() || n.Cut() != base.Cut() {
			t.Errorf("%s is not as %s is", n, base)
		}
		for _, w := range channel.Wallets {
			if n.Carries(w) != base.Carries(w) {
				t.Errorf("%s carries %s: %v, unlike %s", n, w, n.Carries(w), base)
			}
		}
	}
	if channel.Name("unionpay_2").Cut() != bizdate.UnionPayCut || !channel.Name("wechat_2").Carries(channel.WeChatWallet) || channel.Name("wechat_2").Carries(channel.AlipayWallet) {
		t.Error("a further account has lost its channel's ways")
	}
}

// TestAccountsInOrder: behind their channel, each once, and Names stays as it is.
func TestAccountsInOrder(t *testing.T) {
	got := channel.With("unionpay-aggregate_x", "wechat_east", "alipay", "wechat_2", "wechat_east")
	want := []channel.Name{"wechat", "wechat_2", "wechat_east", "alipay", "unionpay", "unionpay-aggregate", "unionpay-aggregate_x"}
	if !slices.Equal(got, want) || len(channel.Names) != 4 {
		t.Errorf("in order: %v", got)
	}
}

// TestAccountsOfADate: an account counts from its first date to its last.
func TestAccountsOfADate(t *testing.T) {
	all := []channel.Account{{Name: "wechat_east", From: 20260310, Until: 20260312}, {Name: "alipay_2", From: 20260311}}
	for day, want := range map[bizdate.Date]int{20260309: 4, 20260310: 5, 20260311: 6, 20260312: 6, 20260313: 5} {
		if got := channel.NamesOn(day, all); len(got) != want {
			t.Errorf("%s: %v", day, got)
		}
	}
	if got := channel.AllNames(all); len(got) != 6 {
		t.Errorf("of all times: %v", got)
	}
}
