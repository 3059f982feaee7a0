package unionpay

import (
	"strings"

	"juma/acquiring/channel"
)

// Response codes that decide something.
const (
	codeOK         = "00" // synchronous: accepted; final: success
	codeOKDefect   = "A6" // success with a defect; final only
	codeDuplicate  = "12"
	codeRefunded   = "45" // already refunded or cancelled
	codeNotFound   = "34"
	codeOrigState  = "35" // the original is missing, or in a state that does not allow it
	codeNoFile     = "98"
	codeUnverified = "unverified" // ours: an answer that came and proves nothing
)

// undecided are the codes after which only a query knows. 03, 04 and 05 are the
// documented ones; 42 and 74 are counted among them out of caution, because
// their text does not say that nothing happened.
var undecided = map[string]bool{
	"03": true, // time-out
	"04": true, // unclear
	"05": true, // accepted, query later
	"42": true, // debited but over time
	"74": true, // write-off unknown
}

// codeGeneral is "general error". As the result of an order it is a failure like
// any other; as a synchronous answer it does not say how far things had gone.
const codeGeneral = "99"

// accepted maps the respCode of a synchronous answer. Success here means that
// the request was accepted, no more.
func accepted(code string) channel.Outcome {
	switch {
	case code == codeOK, code == codeOKDefect:
		return channel.Succeeded
	case undecided[code], code == codeGeneral, code == "":
		return channel.Unknown
	}
	return channel.Refused
}

// final maps the code that tells an order's own result: origRespCode of a query,
// respCode of a notification.
func final(code string) channel.Outcome {
	switch {
	case code == codeOK, code == codeOKDefect:
		return channel.Succeeded
	case undecided[code]:
		return channel.Pending
	case code == "":
		return channel.Unknown
	}
	return channel.Refused
}

// reasons is what a refusal can be told to the payer as.
var reasons = map[string]channel.Reason{
	"64": channel.ShortOfFunds,
	"33": channel.OverLimit, "79": channel.OverLimit, "37": channel.OverLimit,
	"38": channel.BlockedPayer, "60": channel.BlockedPayer, "61": channel.BlockedPayer, "63": channel.BlockedPayer, "67": channel.BlockedPayer,
	"68": channel.NoCredit, "62": channel.NoCredit,
	"31": channel.NotPossible, "32": channel.NotPossible, "39": channel.NotPossible, "11": channel.NotPossible,
	"69": channel.GivenUp, "65": channel.GivenUp,
	"73": channel.CodeExpired,
}

// reasonOf is the reason of a refusal by its code and, where that says only "a
// limit", by its sentence.
func reasonOf(r channel.Result) channel.Reason {
	if r.Outcome != channel.Refused {
		return ""
	}
	reason := reasons[r.Code]
	switch {
	case reason == channel.OverLimit && strings.Contains(r.Message, "静态"):
		return channel.StaticLimit
	case reason == "" && (strings.Contains(r.Message, "二维码") || strings.Contains(r.Message, "付款码")):
		return channel.CodeExpired // no code of its own is published for a stale payment code
	}
	return reason
}
