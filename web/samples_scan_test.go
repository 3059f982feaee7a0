package web

import (
	"context"
	"net/url"

	"juma/acquiring"
	"juma/acquiring/channel"
	"juma/internal/fault"
)

// Payments by code of merchant A, one for each thing that the page can say.
const (
	codeAsking   = "P2026031010000001000101"
	codePassword = "P2026031010000001000102"
	codePaid     = "P2026031010000001000103"
	codeRefused  = "P2026031010000001000104"
	codeUndoing  = "P2026031010000001000105"
	codeUndone   = "P2026031010000001000106"
)

func codePayment(orderNo string, state acquiring.PaymentState, reason channel.Reason) acquiring.Payment {
	return acquiring.Payment{OrderNo: orderNo, MerchantNo: merchantA, StoreID: fieldStoreA, TerminalNo: terminalA1, Entry: acquiring.ByCode, Wallet: channel.WeChatWallet,
		Channel: channel.WeChat, Amount: 1880, State: state, Reason: reason, CreatedAt: noon, Operator: "clerk-a"}
}

var codePayments = map[string]acquiring.Payment{
	codeAsking:   codePayment(codeAsking, acquiring.Unknown, ""),
	codePassword: codePayment(codePassword, acquiring.Pending, ""),
	codePaid:     codePayment(codePaid, acquiring.Paid, ""),
	codeRefused:  codePayment(codeRefused, acquiring.Refused, channel.CodeExpired),
	codeUndoing:  codePayment(codeUndoing, acquiring.Reversing, ""),
	codeUndone:   codePayment(codeUndone, acquiring.Reversed, ""),
}

// Codes that the fake acquiring answers to in its own way.
const (
	goodCode     = "134567890123456789"
	refusedCode  = "134567890123450001"
	foreignCode  = "4000123412341234"
	limitedCode  = "134567890123450002"
	conflictCode = "134567890123450003"
)

// PayByCode answers by the code.
func (b *backend) PayByCode(_ context.Context, in acquiring.CodeInput) (acquiring.Payment, error) {
	b.called("pay by code %s %s %s %s", in.MerchantNo, in.StoreID, in.Amount.Yuan(), in.Operator)
	if _, ok := in.Code.WalletOf(); !ok {
		return acquiring.Payment{}, fault.Field("fake", "code", "", "is none")
	}
	switch in.Code {
	case refusedCode:
		return codePayments[codeRefused], nil
	case limitedCode:
		return acquiring.Payment{}, &fault.Error{Op: "fake", Kind: fault.Refused, Field: "merchant_limit", Msg: "too much"}
	case conflictCode:
		return acquiring.Payment{}, &fault.Error{Op: "fake", Kind: fault.Conflict, Field: "amount", Msg: "another amount"}
	}
	return codePayments[codePassword], nil
}

// Look finds what the samples have.
func (b *backend) Look(ctx context.Context, orderNo string) (acquiring.Payment, error) {
	b.called("look %s", orderNo)
	return b.Payment(ctx, orderNo)
}

var scanSamples = []sample{
	{route: scanPath, urls: []string{scanPath, scanPath + "?amount=18.80", scanPath + "?amount=zero"}, session: "clerk-a"},
	{route: scanPath + "/:no", urls: []string{scanPath + "/" + codeAsking, scanPath + "/" + codePassword, scanPath + "/" + codePaid, scanPath + "/" + codeRefused, scanPath + "/" + codeUndoing, scanPath + "/" + codeUndone}, session: "clerk-a"},
}

var scanProbes = []probe{
	{route: "GET " + scanPath, anybody: "shows the own stores"},
	{route: "POST " + scanPath, form: url.Values{"amount": {"18.80"}, "store": {fieldStoreA}, "code": {goodCode}, "request_id": {"0123456789abcdef0123456789abcdef"}}, anybody: "acquiring takes it for the own merchant's stores alone"},
	{route: "GET " + scanPath + "/:no", path: scanPath + "/" + codePaid},
}
