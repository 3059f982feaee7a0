package acp

import (
	"strings"

	"juma/acquiring/channel"
)

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

// ReasonOf is the reason of a refusal by its code and, where that says only "a
// limit", by its sentence.
func ReasonOf(r channel.Result) channel.Reason {
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
