package cases

import (
	"fmt"
	"strings"

	"juma/acquiring/channel"
	"juma/clearing"
	"juma/internal/ledger"
)

// Explain says in one sentence what differs, where both sides stand, and what the
// money amounts to.
func Explain(it clearing.Item) ledger.Words {
	kind := ledger.Words{Chinese: "支付", English: "payment"}
	if it.Kind == channel.RefundLine {
		kind = ledger.Words{Chinese: "退款", English: "refund"}
	}
	place := ledger.Words{Chinese: fmt.Sprintf("对账单 %s 第 %d 行", it.File, it.LineNo), English: fmt.Sprintf("line %d of %s", it.LineNo, it.File)}
	ours, theirs := it.OursAmount, it.TheirsAmount
	say := func(zh, en string) ledger.Words {
		return ledger.Words{Chinese: zh + amounts(it).Chinese, English: strings.ToUpper(en[:1]) + en[1:] + amounts(it).English}
	}
	switch it.Class {
	case clearing.MissingOurs:
		return say(fmt.Sprintf("%s有%s %s，我方没有成功的%s", place.Chinese, kind.Chinese, theirs, kind.Chinese),
			fmt.Sprintf("%s shows a %s of %s that our books do not have as successful", place.English, kind.English, theirs))
	case clearing.MissingTheirs:
		return say(fmt.Sprintf("我方 %s 有%s %s，渠道对账单没有", it.OursDate, kind.Chinese, ours),
			fmt.Sprintf("Our books of %s have a %s of %s that the channel's statement does not show", it.OursDate, kind.English, ours))
	case clearing.AmountDiffers:
		return say(fmt.Sprintf("同一%s，我方 %s，%s为 %s", kind.Chinese, ours, place.Chinese, theirs),
			fmt.Sprintf("The same %s is %s in our books and %s in %s", kind.English, ours, theirs, place.English))
	case clearing.StateDiffers:
		if !it.Ours {
			return say(fmt.Sprintf("%s有未成功的%s %s，我方也没有成功记录", place.Chinese, kind.Chinese, theirs),
				fmt.Sprintf("%s shows a %s of %s that did not succeed, and our books have none that did", place.English, kind.English, theirs))
		}
		return say(fmt.Sprintf("我方%s %s 已成功，%s为未成功", kind.Chinese, ours, place.Chinese),
			fmt.Sprintf("Our %s of %s succeeded, and %s says that it did not", kind.English, ours, place.English))
	case clearing.FeeDiffers:
		return say(fmt.Sprintf("%s的渠道手续费为 %s，按我方价目为 %s", place.Chinese, it.TheirsFee, it.OursCost),
			fmt.Sprintf("The channel charges %s in %s, and our table says %s", it.TheirsFee, place.English, it.OursCost))
	case clearing.PayerDiffers:
		return say(place.Chinese+"的付款账户与我方不同", "The payer's account in "+place.English+" is not the one that we know")
	case clearing.Spill:
		return say(fmt.Sprintf("%s把该%s记在 %s，我方记在 %s", place.Chinese, kind.Chinese, it.Date, it.OursDate),
			fmt.Sprintf("%s dates the %s %s, and our books date it %s", place.English, kind.English, it.Date, it.OursDate))
	case clearing.Duplicate:
		return say(fmt.Sprintf("%s再次列出同一%s %s", place.Chinese, kind.Chinese, theirs),
			fmt.Sprintf("%s lists the same %s of %s once more", place.English, kind.English, theirs))
	}
	return ledger.Words{Chinese: "两边一致。", English: "Both sides agree."}
}

// amounts ends the sentence with the sign of the money.
func amounts(it clearing.Item) ledger.Words {
	by := Difference(it).Abs()
	switch SignOf(it) {
	case Long:
		return ledger.Words{Chinese: fmt.Sprintf("：长款 %s。", by), English: fmt.Sprintf(": long by %s.", by)}
	case Short:
		return ledger.Words{Chinese: fmt.Sprintf("：短款 %s。", by), English: fmt.Sprintf(": short by %s.", by)}
	}
	return ledger.Words{Chinese: "：金额无差。", English: ": no money differs."}
}
