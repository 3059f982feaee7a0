package alipay

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"juma/acquiring/channel"
	"juma/acquiring/channel/alipay/internal/wire"
	"juma/internal/bizdate"
	"juma/internal/fault"
)

// The answer codes that decide something.
const (
	codeDone        = "10000"
	codeUserPaying  = "10003"
	codeUnavailable = "20000"
	codeTooOften    = "40005"
)

// refusedCodes are the codes that say: certainly not done.
var refusedCodes = map[string]bool{"20001": true, "40001": true, "40002": true, "40003": true, "40004": true, "40006": true}

// The sub-codes that decide something.
const (
	subNotExist    = "ACQ.TRADE_NOT_EXIST"
	subHasSuccess  = "ACQ.TRADE_HAS_SUCCESS"
	subHasClose    = "ACQ.TRADE_HAS_CLOSE"
	subStatusError = "ACQ.TRADE_STATUS_ERROR"
	// subInconsistent: the number stands for another order, or for one whose code is
	// spent.
	subInconsistent = "ACQ.CONTEXT_INCONSISTENT"
)

// unknownSubCodes are failures whose result is not known. Only the first is
// confirmed by several sources; the others are the same thing as the platform's
// front spells it (weakly confirmed).
var unknownSubCodes = map[string]bool{
	"ACQ.SYSTEM_ERROR":     true,
	"AOP.ACQ.SYSTEM_ERROR": true,
	"ISP.UNKNOW-ERROR":     true,
	"AOP.UNKNOW-ERROR":     true,
}

// reasons is what a refusal can be told to the payer as. Alipay's full list is
// not public in one place; what is not here has no reason.
var reasons = map[string]channel.Reason{
	"ACQ.BUYER_BALANCE_NOT_ENOUGH":               channel.ShortOfFunds,
	"ACQ.BUYER_BANKCARD_BALANCE_NOT_ENOUGH":      channel.ShortOfFunds,
	"ACQ.PAYMENT_AUTH_CODE_INVALID":              channel.CodeExpired,
	"ACQ.BUYER_PAYMENT_AMOUNT_DAY_LIMIT_ERROR":   channel.OverLimit,
	"ACQ.BUYER_PAYMENT_AMOUNT_MONTH_LIMIT_ERROR": channel.OverLimit,
	"ACQ.TOTAL_FEE_EXCEED":                       channel.OverLimit,
	"ACQ.BEYOND_PER_RECEIPT_RESTRICTION":         channel.OverLimit,
	"ACQ.BEYOND_PER_RECEIPT_SINGLE_RESTRICTION":  channel.OverLimit,
	"ACQ.BEYOND_PER_RECEIPT_DAY_RESTRICTION":     channel.OverLimit,
	"ACQ.BUYER_ENABLE_STATUS_FORBID":             channel.BlockedPayer,
	"ACQ.PAYMENT_REQUEST_HAS_RISK":               channel.BlockedPayer,
	"ACQ.MOBILE_PAYMENT_SWITCH_OFF":              channel.BlockedPayer,
	"ACQ.NO_PAYMENT_INSTRUMENTS_AVAILABLE":       channel.NoCredit,
	"ACQ.ERROR_BALANCE_PAYMENT_DISABLE":          channel.NoCredit,
	"ACQ.BUYER_SELLER_EQUAL":                     channel.NotPossible,
	"ACQ.ACCESS_FORBIDDEN":                       channel.NotPossible,
	"ACQ.PARTNER_ERROR":                          channel.NotPossible,
	"ACQ.INVALID_STORE_ID":                       channel.NotPossible,
	"ACQ.SUB_MERCHANT_CREATE_FAIL":               channel.NotPossible,
	"ACQ.PRODUCT_AMOUNT_LIMIT_ERROR":             channel.OverLimit,
	"ACQ.EXIST_FORBIDDEN_WORD":                   channel.NotPossible,
	"ACQ.TRADE_HAS_CLOSE":                        channel.GivenUp,
}

// reasonOf is the reason of a refusal by its sub-code and, where that says only
// "a limit", by its sentence.
func reasonOf(r channel.Result) channel.Reason {
	if r.Outcome != channel.Refused {
		return ""
	}
	reason := reasons[strings.ToUpper(r.Code)]
	if reason == channel.OverLimit && strings.Contains(r.Message, "静态") {
		return channel.StaticLimit
	}
	return reason
}

// resultOf translates a verified answer's codes.
func resultOf(s wire.Status) channel.Result {
	r := channel.Result{Outcome: channel.Unknown, Code: s.SubCode, Message: s.SubMsg}
	if r.Code == "" {
		r.Code = s.Code
	}
	if r.Message == "" {
		r.Message = s.Msg
	}
	switch {
	case s.Code == codeDone:
		r.Outcome = channel.Succeeded
	case s.Code == codeUserPaying:
		r.Outcome = channel.Pending
	case s.Code == codeUnavailable || unknownSubCodes[strings.ToUpper(s.SubCode)]:
	case refusedCodes[s.Code]:
		r.Outcome = channel.Refused
		r.Reason = reasonOf(r)
	}
	return r
}

// settle turns how a call ended into a result. A non-nil error means that the
// call certainly had no effect; any other lack of an answer is Unknown.
func settle(op string, s wire.Status, err error) (channel.Result, error) {
	var call *wire.CallError
	switch {
	case err == nil && s.Code == codeTooOften:
		return channel.Result{}, fault.New(op, fault.Unavailable, "Alipay refuses to be called this often (%s %s), wait and try again", s.Code, s.SubCode)
	case err == nil:
		return resultOf(s), nil
	case !errors.As(err, &call):
		return channel.Result{}, fault.Wrap(op, fault.Internal, err)
	case !call.Sent:
		return channel.Result{}, &fault.Error{Op: op, Kind: fault.Unavailable, Msg: "Alipay cannot be reached, try again later", Err: call.Err}
	}
	return channel.Result{Outcome: channel.Unknown, Code: call.Claim.Code, Message: call.Error()}, nil
}

// mismatch is the result of an answer that speaks of something else than what
// was asked: it decides nothing.
func mismatch(field, got, want string) channel.Result {
	return channel.Result{
		Outcome: channel.Unknown, Code: "mismatch",
		Message: fmt.Sprintf("the answer's %s is %q, asked was %q", field, got, want),
	}
}

// parseTime reads an instant of Alipay's, with or without milliseconds; a zero
// time when there is none.
func parseTime(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	// A fraction after the seconds is accepted by time.Parse without being in the layout.
	return time.ParseInLocation(wire.TimeLayout, s, bizdate.Zone)
}
