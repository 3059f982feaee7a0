package wechat

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"juma/acquiring/channel"
	"juma/acquiring/channel/wechat/internal/wire"
	"juma/internal/fault"
)

// Codes whose meaning decides what we believe. The documents list more; all the
// others are judged by the HTTP status alone.
var (
	// unknownCodes: WeChat itself does not know yet; query.
	unknownCodes = []string{"SYSTEM_ERROR", "BANK_ERROR", "OPENID_MISMATCH", "INVALID_TRANSACTIONID"}
	// limitedCodes: not worked on, too many requests.
	limitedCodes = []string{"FREQUENCY_LIMITED", "RATELIMIT_EXCEEDED", "RATELIMIT_EXCEED"}
	// absentCodes: WeChat has never seen the number.
	absentCodes = []string{"ORDER_NOT_EXIST", "RESOURCE_NOT_EXISTS"}
	// paidCodes: the order is paid already, so nothing about it is refused.
	// INVALID_REQUEST is among them: v3 gives it to bad requests and to paid
	// orders alike, with no more than a sentence to tell them apart, and a payment
	// must not be given up on a sentence. [M]
	paidCodes = []string{"ORDERPAID", "ORDER_PAID", "INVALID_REQUEST"}
	// closedCodes: the order can no longer be paid.
	closedCodes = []string{"ORDER_CLOSED", "ORDERCLOSED"}
)

// reasons is what a refusal can be told to the payer as. Of the code's payments
// WeChat publishes the older spellings (v2) beside the newer; both are taken.
var reasons = map[string]channel.Reason{
	"NOT_ENOUGH": channel.ShortOfFunds, "NOTENOUGH": channel.ShortOfFunds,
	"AUTH_CODE_EXPIRE": channel.CodeExpired, "AUTHCODEEXPIRE": channel.CodeExpired, "AUTH_CODE_EXPIRED": channel.CodeExpired,
	"AUTH_CODE_ERROR": channel.CodeExpired, "AUTH_CODE_INVALID": channel.CodeExpired,
	"RULE_LIMIT": channel.OverLimit, "RULELIMIT": channel.OverLimit,
	"USER_ACCOUNT_ABNORMAL": channel.BlockedPayer, "ACCOUNT_ERROR": channel.BlockedPayer, "ACCOUNTERROR": channel.BlockedPayer,
	"NOTSUPORTCARD": channel.NoCredit, "NOT_SUPPORT_CARD": channel.NoCredit,
	"NO_AUTH": channel.NotPossible, "NOAUTH": channel.NotPossible, "MCH_NOT_EXISTS": channel.NotPossible,
	"APPID_MCHID_NOT_MATCH": channel.NotPossible, "SIGN_ERROR": channel.NotPossible,
	"PAYERROR": channel.GivenUp,
}

// reasonOf is the reason of a refusal by its code and, where a code says only
// "a rule", by its sentence.
func reasonOf(r channel.Result) channel.Reason {
	if r.Outcome != channel.Refused {
		return ""
	}
	reason := reasons[r.Code]
	if reason == channel.OverLimit && strings.Contains(r.Message, "静态") {
		return channel.StaticLimit
	}
	return reason
}

// judge says what a call proves: ok with a body to read; or a result (Refused,
// Unknown); or the error of a call that was certainly not worked on.
func judge(op string, ans wire.Answer, callErr error) (res channel.Result, ok bool, err error) {
	if callErr != nil {
		var f *wire.Failure
		switch {
		case !errors.As(callErr, &f):
			return res, false, fault.Wrap(op, fault.Internal, callErr)
		case f.Stage == wire.NotSent:
			return res, false, fault.Wrap(op, fault.Unavailable, callErr)
		case f.Answer.Status == http.StatusTooManyRequests:
			// Gateways limit before anything is signed.
			return res, false, fault.Wrap(op, fault.Unavailable, callErr)
		}
		return channel.Result{Outcome: channel.Unknown, Code: f.Answer.Code, Message: callErr.Error()}, false, nil
	}
	res = channel.Result{Code: ans.Code, Message: ans.Message}
	switch {
	case ans.Status == http.StatusTooManyRequests || slices.Contains(limitedCodes, ans.Code):
		return channel.Result{}, false, fault.New(op, fault.Unavailable, "WeChat limits our requests (%s %s), try later", ans.Code, ans.Message)
	case ans.OK():
		return res, true, nil
	case ans.Status >= 400 && ans.Status <= 499 && !slices.Contains(unknownCodes, ans.Code):
		res.Outcome = channel.Refused
		res.Reason = reasonOf(res)
	default:
		res.Outcome = channel.Unknown
	}
	return res, false, nil
}

// judgeQuery is judge for questions: only "never seen" is an answer to one. Any
// other refusal is of the question, and says nothing about the order.
func judgeQuery(op string, ans wire.Answer, callErr error) (res channel.Result, absent, ok bool, err error) {
	res, ok, err = judge(op, ans, callErr)
	if res.Outcome == channel.Refused {
		if absent = slices.Contains(absentCodes, ans.Code); !absent {
			res.Outcome = channel.Unknown
		}
	}
	return res, absent, ok, err
}

// kindOf is the fault kind of a failed call that has no Result to say Unknown
// in.
func kindOf(err error) fault.Kind {
	var f *wire.Failure
	if errors.As(err, &f) && f.Stage == wire.NotSent {
		return fault.Unavailable
	}
	return fault.Unknown
}

func unknown(code, message string) channel.Result {
	return channel.Result{Outcome: channel.Unknown, Code: code, Message: message}
}
