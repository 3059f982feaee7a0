package web

import (
	"regexp"
	"strings"

	"juma/acquiring/channel"
)

// unionPayMarker is how 云闪付 and bank apps on the UnionPay standard name
// themselves: "UnionPay/1.0 CloudPay", "UnionPay/1.0 ICBCeLife".
var unionPayMarker = regexp.MustCompile(`UnionPay/[\d.]+ [A-Za-z0-9]+`)

// walletOf recognises the wallet by its User-Agent, in the order in which the
// markers must be tested. A User-Agent can be forged; it selects a flow and
// authorises nothing. WeCom (wxwork) carries WeChat's marker as well, but its
// payment bridge is another one, so it counts as no wallet.
func walletOf(userAgent string) (w channel.Wallet, ok bool) {
	lower := strings.ToLower(userAgent)
	switch {
	case strings.Contains(lower, "wxwork"):
		return "", false
	case strings.Contains(lower, "micromessenger"):
		return channel.WeChatWallet, true
	case strings.Contains(userAgent, "AlipayClient"):
		return channel.AlipayWallet, true
	case unionPayMarker.MatchString(userAgent):
		return channel.UnionPayWallet, true
	}
	return "", false
}
