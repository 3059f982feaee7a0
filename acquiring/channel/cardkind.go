package channel

import "strings"

// CardKind is the kind of card, or account, that paid. The wallets say it in the
// answer to a query, the notice or the statement, and never before the payment.
type CardKind string

// The kinds.
const (
	UnknownCard CardKind = ""
	DebitCard   CardKind = "debit"
	CreditCard  CardKind = "credit"
	OtherCard   CardKind = "other" // prepaid, quasi-credit, combined
)

// Where the wallets' words are read, all of them here:
//
//   - UnionPay's payCardType: 00 unknown, 01 debit, 02 credit, 03 quasi-credit,
//     04 combined, 05 prepaid, 06 semi-open prepaid (public code, C1).
//   - WeChat's bank_type, and the column 付款银行 of its bill: a bank's short name
//     with _DEBIT or _CREDIT; anything else (OTHERS, the balance) tells nothing (C1).
//   - Alipay's fund_channel is the balance or a product of its own and no card; its
//     kind of card is not public, so it stays unknown.

// CardKindOfUnionPay reads payCardType.
func CardKindOfUnionPay(payCardType string) CardKind {
	switch payCardType {
	case "01":
		return DebitCard
	case "02":
		return CreditCard
	case "03", "04", "05", "06":
		return OtherCard
	}
	return UnknownCard
}

// CardKindOfWeChat reads bank_type.
func CardKindOfWeChat(bankType string) CardKind {
	switch {
	case strings.HasSuffix(bankType, "_DEBIT"):
		return DebitCard
	case strings.HasSuffix(bankType, "_CREDIT"):
		return CreditCard
	}
	return UnknownCard
}

// PayCardType is the kind as UnionPay's files write it (payCardType); a kind that is
// none of its two is 00, unknown.
func (k CardKind) PayCardType() string {
	switch k {
	case DebitCard:
		return "01"
	case CreditCard:
		return "02"
	}
	return "00"
}
