package web

import "net/url"

const settledAt = paymentsPath + "/" + settledOrder

var paymentsSamples = []sample{
	{route: paymentsPath, urls: []string{paymentsPath, paymentsPath + "?day=2026-03-10&wallet=wechat&least=12"}, session: "operator"},
	{route: paymentsPath + "/:no", urls: []string{settledAt, paymentsPath + "/" + lostOrder}, session: "operator"},
	{route: openPath, urls: []string{openPath, openPath + "?age=1440"}, session: "operator"},
}

var paymentsProbes = []probe{
	{route: "GET " + paymentsPath, anybody: ofPlatform},
	{route: "POST " + paymentsPath + "/find", form: url.Values{"q": {settledOrder}}, anybody: ofPlatform},
	{route: "GET " + paymentsPath + "/:no", path: settledAt, anybody: ofPlatform},
	{route: "POST " + paymentsPath + "/:no/ask", path: paymentsPath + "/" + lostOrder + "/ask", form: because, anybody: ofPlatform},
	{route: "POST " + paymentsPath + "/:no/resend", path: settledAt + "/resend", form: because, anybody: ofPlatform},
	{route: "POST " + paymentsPath + "/:no/refund", path: settledAt + "/refund", form: url.Values{"amount": {"1.00"}, "reason": {"x"}, "request_id": {"0123456789abcdef0123456789abcdef"}}, anybody: ofPlatform},
	{route: "POST " + paymentsPath + "/:no/retry", path: settledAt + "/retry", form: url.Values{"refund_no": {refusedRefund}, "reason": {"x"}}, anybody: ofPlatform},
	{route: "GET " + openPath, anybody: ofPlatform},
	{route: "POST " + openPath + "/ask", form: url.Values{"order": {"payment/" + lostOrder}, "reason": {"x"}}, anybody: ofPlatform},
}
