package aggregate

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"juma/acquiring/channel"
	"juma/acquiring/channel/internal/acp"
	"juma/internal/bizdate"
)

// The interface has no public documents. Paths, fields, the types of orders and the
// codes of payments and refunds are as an open integration uses them (jeequan/jeepay,
// ysfpay). The following is assumed by us, each of it in one function of this file:
//
//   - Times and dates. Answers to queries and notices may carry acp's settleDate (MMDD)
//     and traceTime (MMDDhhmmss); the integration reads neither. Without them the
//     clearing date follows from the 23:00 cut, and the statement corrects both.
//   - transIndex, UnionPay's number of a transaction, is the queryId of the statement.
//     Reconciliation does not need it: the key is our own number.
//   - The payer's account may come as accNo, as in acp.
//   - A refund may be told of by a notice, which names the original in origOrderNo.
//     Nothing depends on it: the answer to the refund is final.
//   - payData of an Alipay order is JSON whose tradeNO, tradeNo or prepayId is the
//     trade number; the integration handles the last two.
//   - A number that stands already is answered by 12; 34 means that there is none; the
//     codes of refusals mean what they mean in acp.
//   - The provider's acp certificate serves its merchants' payers, registration and
//     statements too (see Acp).

// times are when a transaction happened and its clearing date; zero where they are
// not told. Our own time of the order gives them their year.
func times(p acp.Params, anchor time.Time) (at time.Time, settle bizdate.Date) {
	return acp.Nearest(p["traceTime"], anchor), acp.NearestDate(p["settleDate"], anchor)
}

// number is UnionPay's number of a transaction.
func number(p acp.Params) string { return p["transIndex"] }

// payer is the account that was paid from, "" when it is not told.
func payer(p acp.Params) string { return p["accNo"] }

// isRefund tells a refund's notice from a payment's.
func isRefund(p acp.Params) bool { return p["origOrderNo"] != "" }

// bridge reads payData: what the page needs to open the wallet.
func bridge(w channel.Wallet, payData string) (channel.Bridge, error) {
	if w == channel.UnionPayWallet {
		if !strings.HasPrefix(payData, "https://") && !strings.HasPrefix(payData, "http://") {
			return channel.Bridge{}, fmt.Errorf("payData is no web address")
		}
		return channel.Bridge{Kind: "redirect", URL: payData}, nil
	}
	var fields map[string]string
	if err := json.Unmarshal([]byte(payData), &fields); err != nil {
		return channel.Bridge{}, fmt.Errorf("payData is no object of texts")
	}
	if w == channel.WeChatWallet {
		for _, name := range []string{"appId", "timeStamp", "nonceStr", "package", "signType", "paySign"} {
			if fields[name] == "" {
				return channel.Bridge{}, fmt.Errorf("payData has no %s", name)
			}
		}
		return channel.Bridge{Kind: "wechat", Params: fields}, nil
	}
	trade := tradeNo(fields)
	if trade == "" {
		return channel.Bridge{}, fmt.Errorf("payData has no trade number")
	}
	return channel.Bridge{Kind: "alipay", Params: map[string]string{"tradeNO": trade}}, nil
}

// tradeNo is Alipay's number among the fields. Where it comes as a prepayId, two
// characters may stand before it, which are no beginning of a year.
func tradeNo(fields map[string]string) string {
	for _, name := range []string{"tradeNO", "tradeNo"} {
		if fields[name] != "" {
			return fields[name]
		}
	}
	id := fields["prepayId"]
	if len(id) > 2 && !strings.HasPrefix(id, "20") {
		return id[2:]
	}
	return id
}

// The codes of an answer beside 00.
const (
	codeOK         = "00"
	codeDuplicate  = "12"
	codeGivenBack  = "45" // a refund's money is back already, perhaps by this very refund
	codeNotFound   = "34"
	codeUnverified = "unverified" // ours: an answer that came and proves nothing
)

// undecided are the codes after which only a query knows: 02 paying, 05 accepted and
// 99 general as the integration has them; 03 and 04 are acp's time-out and unclear.
var undecided = map[string]bool{"02": true, "03": true, "04": true, "05": true, "99": true, "": true}

// accepted maps the respCode of an answer.
func accepted(code string) channel.Outcome {
	switch {
	case code == codeOK:
		return channel.Succeeded
	case undecided[code], code == codeDuplicate:
		return channel.Unknown
	}
	return channel.Refused
}

// paid maps origRespCode of an order: 00 paid, 01 paid and given back, 02 not paid,
// 03 closed, 04 revoked, 05 paying, 06 failed.
func paid(code string) channel.Outcome {
	switch code {
	case "00", "01":
		return channel.Succeeded
	case "02", "05":
		return channel.Pending
	case "03", "04", "06":
		return channel.Refused
	}
	return channel.Unknown
}

// refunded maps origRespCode of a refund: 00 done, 01 failed, 02 under way.
func refunded(code string) channel.Outcome {
	switch code {
	case "00":
		return channel.Succeeded
	case "01":
		return channel.Refused
	case "02":
		return channel.Pending
	}
	return channel.Unknown
}
