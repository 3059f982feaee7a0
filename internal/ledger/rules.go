package ledger

import (
	"fmt"
	"time"

	"juma/internal/bizdate"
	"juma/internal/money"
)

// Kind says which posting rule made an entry.
type Kind string

// The posting rules; Rules says what each does.
const (
	Paid       Kind = "payment_paid"
	Refunded   Kind = "refund_succeeded"
	Fee        Kind = "merchant_fee"
	FeeBack    Kind = "merchant_fee_back"
	Cost       Kind = "channel_cost"
	Long       Kind = "long"
	Second     Kind = "second_success"
	SecondBack Kind = "second_refunded"
	Settlement Kind = "settlement"
	Funded     Kind = "channel_paid_in"
	PaidOut    Kind = "payout_done"
	Returned   Kind = "payout_returned"
	Unpaid     Kind = "payout_unpaid"
	PaidAgain  Kind = "payout_again"

	Adjusted       Kind = "adjustment"
	AdjustedFee    Kind = "adjustment_fee"
	AdjustedCost   Kind = "adjustment_cost"
	Unbooked       Kind = "unbooked"
	Rebooked       Kind = "rebooked"
	DifferenceCost Kind = "difference_cost"
	Repaid         Kind = "repaid"
)

// Ref is what the reference of an entry names.
type Ref string

// What a reference names.
const (
	OfPayment Ref = "order_no"
	OfRefund  Ref = "refund_no"
	OfEither  Ref = "order_no or refund_no"
	OfLine    Ref = "channel/date/number on the statement"
	OfSecond  Ref = "channel/number at the channel"
	OfBatch   Ref = "clearing date/merchant_no"
	OfAdvice  Ref = "channel/number of the bank's advice"
	OfPayout  Ref = "payout_no"

	OfAdjustment Ref = "adjustment"
	OfDifference Ref = "difference"
)

// Fact is what is to be booked. Ref and the rule together are unique in the book.
type Fact struct {
	Ref        string
	MerchantNo string // "" for a fact of no merchant
	Channel    string // "" where the rule's accounts have none
	Date       bizdate.Date
	At         time.Time
	// Amount is what the rule moves. A negative one moves the other way, zero books
	// nothing.
	Amount money.Fen
}

// Rule is a line of the table of posting rules.
type Rule struct {
	Kind          Kind
	Ref           Ref
	What          Words // what happened
	Debit, Credit Code  // of a positive amount
	Examples      []Example
}

// Example is a fact and what is booked for it, written down apart from the rule.
type Example struct {
	Fact          Fact
	Debit, Credit Account
	Amount        money.Fen
}

// The parties of the examples.
const (
	exMerchant = "999290058120001"
	exChannel  = "wechat"
)

// ex is an example of the merchant and the channel of all examples.
func ex(ref string, amount money.Fen, debit, credit Account, booked money.Fen) Example {
	return Example{Fact{Ref: ref, MerchantNo: exMerchant, Channel: exChannel, Date: 20260310, Amount: amount}, debit, credit, booked}
}

// Rules is the one table of posting rules: by it the code posts, and from it the
// pages are written that explain the book. Its examples, booked one after
// another, are one story: 1,000 yuan paid at 0.38 %, of which the channel keeps
// 0.20 %; 400 yuan refunded; the rest settled and paid out.
var Rules = []Rule{
	{Paid, OfPayment, Words{"支付成功：渠道欠我方，我方欠商户", "A payment succeeded: the channel owes it, and it is owed to the merchant"},
		channelReceivable, merchantPayable, []Example{
			ex("P1", 100_000, "channel_receivable/wechat", "merchant_payable/999290058120001", 100_000)}},
	{Refunded, OfRefund, Words{"退款成功：冲回相应支付", "A refund succeeded: the payment's entry turned round for its amount"},
		merchantPayable, channelReceivable, []Example{
			ex("R1", 40_000, "merchant_payable/999290058120001", "channel_receivable/wechat", 40_000)}},
	{Fee, OfPayment, Words{"清分：从应付商户款中扣手续费", "Clearing: the merchant pays the fee out of what it is owed"},
		merchantPayable, feeIncome, []Example{
			ex("P1", 380, "merchant_payable/999290058120001", "fee_income", 380)}},
	{FeeBack, OfRefund, Words{"清分：退款按比例退还手续费", "Clearing: a refund gives its share of the fee back"},
		feeIncome, merchantPayable, []Example{
			ex("R1", 152, "fee_income", "merchant_payable/999290058120001", 152)}},
	{Cost, OfEither, Words{"对账：渠道扣收成本（负数为退还）", "Reconciliation: the channel keeps its charge (negative: gives it back)"},
		channelCost, channelReceivable, []Example{
			ex("P1", 200, "channel_cost/wechat", "channel_receivable/wechat", 200),
			ex("R1", -80, "channel_receivable/wechat", "channel_cost/wechat", 80)}},
	{Long, OfLine, Words{"对账长款：渠道有而我方无（负数为查明后冲回）", "Reconciliation: the channel shows money that no order of ours explains (negative: explained since)"},
		channelReceivable, suspense, []Example{
			ex("wechat/2026-03-10/X1", 880, "channel_receivable/wechat", "suspense/wechat", 880),
			ex("wechat/2026-03-10/X1/explained", -880, "suspense/wechat", "channel_receivable/wechat", 880),
			ex("wechat/2026-03-10/X2", 880, "channel_receivable/wechat", "suspense/wechat", 880)}},
	{Second, OfSecond, Words{"重复付款：同一订单再次扣款，待退付款人", "A second success: the channel took the money of one order twice; it waits to go back to the payer"},
		channelReceivable, suspense, []Example{
			ex("wechat/4299990001202603100000000002", 100_000, "channel_receivable/wechat", "suspense/wechat", 100_000)}},
	{SecondBack, OfRefund, Words{"重复付款已退回付款人", "The second success went back to the payer"},
		suspense, channelReceivable, []Example{
			ex("R2", 100_000, "suspense/wechat", "channel_receivable/wechat", 100_000)}},
	{Settlement, OfBatch, Words{"结算：应付商户净额转为出款在途（负数为商户欠款，日后扣回）", "Settlement: the merchant's net is to be paid out (negative: the merchant owes it, and it is taken back later)"},
		merchantPayable, payoutInTransit, []Example{
			ex("2026-03-10/"+exMerchant, 59_772, "merchant_payable/999290058120001", "payout_in_transit", 59_772),
			ex("2026-03-11/"+exMerchant, -500, "payout_in_transit", "merchant_payable/999290058120001", 500)}},
	{Funded, OfAdvice, Words{"渠道净额划入备付金（银行入账通知）", "The channel's net has come into the reserve, as the bank's advice says"},
		reserve, channelReceivable, []Example{
			ex("wechat/A1", 59_880, "reserve", "channel_receivable/wechat", 59_880)}},
	{PaidOut, OfPayout, Words{"出款成功（银行回执）", "A payout was made, as the bank's result says"},
		payoutInTransit, reserve, []Example{
			ex("O1", 59_772, "payout_in_transit", "reserve", 59_772)}},
	{Returned, OfPayout, Words{"出款退票：款项退回备付金", "A payout came back: the money is in the reserve again"},
		reserve, payoutInTransit, []Example{
			ex("O1", 59_772, "reserve", "payout_in_transit", 59_772)}},
	{Unpaid, OfPayout, Words{"出款失败或退票：款项仍应付商户", "A payout failed or came back: the money is owed to the merchant again"},
		payoutInTransit, merchantPayable, []Example{
			ex("O1", 59_772, "payout_in_transit", "merchant_payable/999290058120001", 59_772)}},
	{PaidAgain, OfPayout, Words{"重新出款：由两人放行", "It is to be paid again, as two people decided"},
		merchantPayable, payoutInTransit, []Example{
			ex("O2", 59_772, "merchant_payable/999290058120001", "payout_in_transit", 59_772)}},
	{Adjusted, OfAdjustment, Words{"调账或差错：商户应得增加（负数为减少）", "An adjustment or dispute: the merchant gets more of the channel's money (negative: less)"},
		channelReceivable, merchantPayable, []Example{
			ex("A1", 700, "channel_receivable/wechat", "merchant_payable/999290058120001", 700),
			ex("A2", -700, "merchant_payable/999290058120001", "channel_receivable/wechat", 700)}},
	{AdjustedFee, OfAdjustment, Words{"调账或差错：退还手续费（负数为收取）", "Its fee goes back to the merchant (negative: the merchant pays it)"},
		feeIncome, merchantPayable, []Example{
			ex("A1", -3, "merchant_payable/999290058120001", "fee_income", 3),
			ex("A2", 3, "fee_income", "merchant_payable/999290058120001", 3)}},
	{AdjustedCost, OfAdjustment, Words{"差错：渠道扣收成本（负数为退还）", "The channel charges for a dispute (negative: gives back)"},
		channelCost, channelReceivable, []Example{
			ex("A1", 1, "channel_cost/wechat", "channel_receivable/wechat", 1),
			ex("A2", -1, "channel_receivable/wechat", "channel_cost/wechat", 1)}},
	{Unbooked, OfDifference, Words{"短款冲正：渠道从未收到的支付冲回（负数为退款）", "A short is reversed: the channel never had the payment (negative: never made the refund)"},
		merchantPayable, channelReceivable, []Example{
			ex("D1", 100, "merchant_payable/999290058120001", "channel_receivable/wechat", 100)}},
	{Rebooked, OfDifference, Words{"已冲正的款项终到", "What was reversed has come after all"},
		channelReceivable, merchantPayable, []Example{
			ex("D2", 100, "channel_receivable/wechat", "merchant_payable/999290058120001", 100)}},
	{DifferenceCost, OfDifference, Words{"小额差错记入渠道成本（负数为冲减）", "A small difference is our cost (negative: taken off the cost)"},
		channelCost, channelReceivable, []Example{
			ex("D3", 1, "channel_cost/wechat", "channel_receivable/wechat", 1),
			ex("D4", -1, "channel_receivable/wechat", "channel_cost/wechat", 1)}},
	{Repaid, OfDifference, Words{"无单长款：指令退还付款人", "Money that no order explains is to be paid back to whoever paid it"},
		suspense, payoutInTransit, []Example{
			ex("D5", 880, "suspense/wechat", "payout_in_transit", 880)}},
}

// OrderKinds are the rules whose Ref is the number of a payment or refund.
var OrderKinds = orderKinds()

func orderKinds() []Kind {
	var kinds []Kind
	for _, r := range Rules {
		if r.Ref == OfPayment || r.Ref == OfRefund || r.Ref == OfEither {
			kinds = append(kinds, r.Kind)
		}
	}
	return kinds
}

// Post is the entry that the rule makes of a fact: two lines, or none when nothing
// is to be booked. A kind that is not in the table is a mistake in the program and
// panics.
func Post(kind Kind, f Fact) Entry {
	for _, r := range Rules {
		if r.Kind == kind {
			return r.post(f)
		}
	}
	panic(fmt.Sprintf("ledger: no posting rule is called %q", kind))
}

func (r Rule) post(f Fact) Entry {
	e := Entry{Kind: r.Kind, Ref: f.Ref, MerchantNo: f.MerchantNo, ClearingDate: f.Date, At: f.At}
	debit, credit, amount := r.side(r.Debit, f), r.side(r.Credit, f), f.Amount
	if amount < 0 {
		debit, credit, amount = credit, debit, -amount
	}
	if amount != 0 {
		e.Lines = []Line{{Account: debit, Debit: amount}, {Account: credit, Credit: amount}}
	}
	return e
}

func (r Rule) side(code Code, f Fact) Account {
	h, ok := HeadOf(Account(code))
	if !ok {
		panic(fmt.Sprintf("ledger: rule %s books on %q, which the chart has not", r.Kind, code))
	}
	return h.account(f)
}

// PostPaid is Post of Paid.
func PostPaid(orderNo, merchantNo, channel string, d bizdate.Date, at time.Time, amount money.Fen) Entry {
	return Post(Paid, Fact{orderNo, merchantNo, channel, d, at, amount})
}

// PostRefunded is Post of Refunded.
func PostRefunded(refundNo, merchantNo, channel string, d bizdate.Date, at time.Time, amount money.Fen) Entry {
	return Post(Refunded, Fact{refundNo, merchantNo, channel, d, at, amount})
}

// PostFee is Post of Fee.
func PostFee(orderNo, merchantNo string, d bizdate.Date, at time.Time, fee money.Fen) Entry {
	return Post(Fee, Fact{orderNo, merchantNo, "", d, at, fee})
}

// PostFeeBack is Post of FeeBack.
func PostFeeBack(refundNo, merchantNo string, d bizdate.Date, at time.Time, fee money.Fen) Entry {
	return Post(FeeBack, Fact{refundNo, merchantNo, "", d, at, fee})
}

// PostCost is Post of Cost.
func PostCost(ref, merchantNo, channel string, d bizdate.Date, at time.Time, cost money.Fen) Entry {
	return Post(Cost, Fact{ref, merchantNo, channel, d, at, cost})
}

// PostLong is Post of Long.
func PostLong(ref, channel string, d bizdate.Date, at time.Time, amount money.Fen) Entry {
	return Post(Long, Fact{ref, "", channel, d, at, amount})
}

// PostSecond is Post of Second.
func PostSecond(ref, merchantNo, channel string, d bizdate.Date, at time.Time, amount money.Fen) Entry {
	return Post(Second, Fact{ref, merchantNo, channel, d, at, amount})
}

// PostSecondBack is Post of SecondBack.
func PostSecondBack(refundNo, merchantNo, channel string, d bizdate.Date, at time.Time, amount money.Fen) Entry {
	return Post(SecondBack, Fact{refundNo, merchantNo, channel, d, at, amount})
}

// PostSettlement is Post of Settlement.
func PostSettlement(ref, merchantNo string, d bizdate.Date, at time.Time, net money.Fen) Entry {
	return Post(Settlement, Fact{ref, merchantNo, "", d, at, net})
}
