package phone

import (
	"juma/acquiring/sandbox"
)

// kind is what the three wallets differ in, as a phone sees it.
type kind struct {
	labelZH, labelEN string
	userAgent        string
	// script is the bridge to add to pages, "" for a wallet that pays on a page
	// of its own.
	script string
	// ok and failed are the wallet's own result codes.
	ok, failed string
}

// kinds holds the wallets by name. The markers in the User-Agent and the result
// codes are the wallets' (rules of wallet detection §1 to §4).
var kinds = map[string]kind{
	sandbox.WeChat: {
		labelZH: "微信支付", labelEN: "WeChat Pay", script: "wechat.js",
		userAgent: "Mozilla/5.0 (Linux; Android 14; Sandbox) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/116.0.0.0 Mobile Safari/537.36 MicroMessenger/8.0.47.2560 WeChat/arm64 NetType/WIFI Language/zh_CN",
		ok:        "get_brand_wcpay_request:ok", failed: "get_brand_wcpay_request:fail",
	},
	sandbox.Alipay: {
		labelZH: "支付宝", labelEN: "Alipay", script: "alipay.js",
		userAgent: "Mozilla/5.0 (Linux; Android 14; Sandbox) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/116.0.0.0 Mobile Safari/537.36 AliApp(AP/10.5.60) AlipayClient/10.5.60 Language/zh-Hans",
		ok:        "9000", failed: "4000",
	},
	sandbox.UnionPay: {
		labelZH: "云闪付", labelEN: "UnionPay",
		userAgent: "Mozilla/5.0 (Linux; Android 14; Sandbox) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/116.0.0.0 Mobile Safari/537.36 (com.unionpay.chsp) (UnionPay/1.0 CloudPay)",
	},
}
