// Package aggregate is the channel unionpay-aggregate (银联聚合): orders of WeChat,
// Alipay and UnionPay through UnionPay's service-provider interface
// (partner.95516.com), in the words of the channel contract. All three clear as
// UnionPay: day until 23:00, UnionPay's own date, one ZM statement for each merchant.
//
// What is peculiar to this channel:
//
//   - A message is one flat JSON object, signed as acp 5.1.0 signs but without acp's
//     own parameters; UnionPay's key is configured and not brought along.
//   - There is a close, and the answer to a refund is final.
//   - The interface knows neither payers nor merchants' registration nor statements:
//     those are acp's, which the adapter is given as Acp.
//   - WeChat and Alipay say themselves who pays. Identify is for UnionPay's wallet
//     alone; SubAppID is the app by which WeChat told it.
//
// What only weak sources say, or none, stands in assumed.go and nowhere else.
package aggregate
