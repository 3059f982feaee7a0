package cases

import (
	"slices"

	"juma/clearing/file"
	"juma/internal/ledger"
)

// Codes are the disputes that can be opened, with whether they bring the merchant
// money. The list is that of the settlement files (AERRA field 1).
var Codes = []struct {
	Code    file.DisputeCode
	Forward bool // money to the merchant
	Name    ledger.Words
}{
	{file.DebitAdjustment, true, ledger.Words{Chinese: "请款", English: "debit adjustment"}},
	{file.Chargeback, false, ledger.Words{Chinese: "退单", English: "chargeback"}},
	{file.Representment, true, ledger.Words{Chinese: "再请款", English: "re-presentment"}},
	{file.SecondChargeback, false, ledger.Words{Chinese: "二次退单", English: "second chargeback"}},
	{file.CreditAdjustment, false, ledger.Words{Chinese: "贷记调整", English: "credit adjustment"}},
	{file.ManualRefund, false, ledger.Words{Chinese: "手工退货", English: "manual refund"}},
}

// forward tells whether a dispute brings the merchant money; known is false for a
// code that cannot be opened.
func forward(code file.DisputeCode) (forward, known bool) {
	for _, c := range Codes {
		if c.Code == code {
			return c.Forward, true
		}
	}
	return false, false
}

// Reason is a reason code (差错原因) of AERRA field 26.
type Reason struct {
	Code string
	Name ledger.Words
}

// Reasons are the main reason codes. Source: public copies of the interchange
// rules' appendix; those of cash machines and cards alone are left out.
var Reasons = []Reason{
	{"4502", ledger.Words{Chinese: "消费未成功但已扣款", English: "debited, purchase not completed"}},
	{"4507", ledger.Words{Chinese: "金额不符", English: "amount differs"}},
	{"4508", ledger.Words{Chinese: "超过限额", English: "over the limit"}},
	{"4512", ledger.Words{Chinese: "重复交易", English: "duplicate"}},
	{"4514", ledger.Words{Chinese: "欺诈性多次交易", English: "fraudulent multiple transactions"}},
	{"4515", ledger.Words{Chinese: "持卡人否认交易", English: "not recognised by the payer"}},
	{"4522", ledger.Words{Chinese: "授权被拒仍交易", English: "authorisation was declined"}},
	{"4532", ledger.Words{Chinese: "退货未入账", English: "refund not processed"}},
	{"4536", ledger.Words{Chinese: "逾期提交", English: "presented late"}},
	{"4544", ledger.Words{Chinese: "交易已撤销", English: "transaction was cancelled"}},
	{"4557", ledger.Words{Chinese: "未收到商品或服务", English: "goods not received"}},
	{"4806", ledger.Words{Chinese: "已用其他方式付款", English: "paid by other means"}},
	{"4810", ledger.Words{Chinese: "非面对面交易否认", English: "non-face-to-face payment denied"}},
	{"9600", ledger.Words{Chinese: "持卡人取消", English: "cancelled by the payer"}},
	{"9601", ledger.Words{Chinese: "收单方长款", English: "long found by the acquirer"}},
	{"9650", ledger.Words{Chinese: "消费金额大于入账金额", English: "purchase is larger than what was booked"}},
	{"9652", ledger.Words{Chinese: "贷记调整有误", English: "credit adjustment was wrong"}},
	{"9654", ledger.Words{Chinese: "异常冲正", English: "abnormal reversal"}},
	{"9655", ledger.Words{Chinese: "异常撤销", English: "abnormal cancellation"}},
	{manualRefundReason, ledger.Words{Chinese: "手工退货", English: "manual refund"}},
}

// manualRefundReason is the one reason of a manual refund.
const manualRefundReason = "9707"

// manualRefundCode is the dispute that has it.
const manualRefundCode = file.ManualRefund

func knownReason(code string) bool {
	return slices.ContainsFunc(Reasons, func(r Reason) bool { return r.Code == code })
}
