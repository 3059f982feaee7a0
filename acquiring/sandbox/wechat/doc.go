// Package wechat is the server side of WeChat Pay API v3 in partner mode
// (服务商模式), for development and tests: silent authorisation, JSAPI orders,
// refunds, notices and the daily trade bill, over the real wire with signatures
// really made and really verified. It is written by WeChat's documents on the
// standard library, and knows nothing of the adapter that it faces.
//
// Everything is served on one base address: what in production is
// open.weixin.qq.com, api.weixin.qq.com and api.mch.weixin.qq.com. Keys and
// certificates are fresh at every start; what reaches the bill is derived from
// the order's own numbers and times, so that the same day gives the same file.
//
// Confirm takes the payer's name for the record only: a JSAPI order is paid by
// the openid that it was placed for.
package wechat
