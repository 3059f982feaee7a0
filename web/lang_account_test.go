package web

import "testing"

// TestAccountsHaveWords: a further account is called as its channel is, with its label.
func TestAccountsHaveWords(t *testing.T) {
	for key, want := range map[string][2]string{
		"channel.wechat_east":          {"微信直连 · east", "WeChat direct · east"},
		"channel.unionpay-aggregate_2": {"银联聚合 · 2", "UnionPay aggregate · 2"},
		"channel.tenpay_2":             {"[channel.tenpay_2]", "[channel.tenpay_2]"},
		"channel.wechat_":              {"[channel.wechat_]", "[channel.wechat_]"},
	} {
		for _, l := range langs {
			if got := l.text(key); got != want[l] {
				t.Errorf("%s: %q, want %q", key, got, want[l])
			}
		}
	}
}
