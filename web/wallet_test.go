package web

import (
	"testing"

	"juma/acquiring/channel"
)

func TestWalletOf(t *testing.T) {
	for _, c := range []struct {
		name, agent string
		want        channel.Wallet
	}{
		{"WeChat", wechatUA, channel.WeChatWallet},
		{"WeChat in other letters", "Mozilla/5.0 micromessenger/8.0", channel.WeChatWallet},
		{"WeChat mini program", wechatUA + " miniProgram/wx1", channel.WeChatWallet},
		{"WeCom is not WeChat", "Mozilla/5.0 wxwork/4.1.20 MicroMessenger/7.0.1", ""},
		{"WeCom after WeChat's marker", "Mozilla/5.0 MicroMessenger/7.0.1 WxWork/4.1", ""},
		{"Alipay", alipayUA, channel.AlipayWallet},
		{"云闪付", unionpayUA, channel.UnionPayWallet},
		{"bank app on the UnionPay standard", "Mozilla/5.0 (UnionPay/1.0 ICBCeLife)", channel.UnionPayWallet},
		{"UnionPay without an app id", "Mozilla/5.0 UnionPay/1.0", ""},
		{"WeChat before others", "MicroMessenger/8 AlipayClient/10", channel.WeChatWallet},
		{"Safari", safariUA, ""},
		{"none", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, ok := walletOf(c.agent)
			if got != c.want || ok != (c.want != "") {
				t.Errorf("walletOf = %q, %v, want %q", got, ok, c.want)
			}
		})
	}
}
