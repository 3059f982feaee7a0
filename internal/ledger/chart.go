package ledger

import (
	"slices"
	"strings"
)

// Account names an account: a head of the chart and, where it has holders, whose
// it is: "merchant_payable/999290058120001".
type Account string

// Code names a head of the chart of accounts.
type Code string

// The heads of the chart.
const (
	channelReceivable Code = "channel_receivable"
	merchantPayable   Code = "merchant_payable"
	feeIncome         Code = "fee_income"
	channelCost       Code = "channel_cost"
	suspense          Code = "suspense"
	payoutInTransit   Code = "payout_in_transit"
	reserve           Code = "reserve"
)

// Type is what a head shows of the business.
type Type string

// The types of a head.
const (
	Asset     Type = "asset"
	Liability Type = "liability"
	Income    Type = "income"
	Expense   Type = "expense"
)

// Side is a side of the book.
type Side string

// The sides.
const (
	Debit  Side = "debit"
	Credit Side = "credit"
)

// Holder says for whom a head has accounts of their own.
type Holder string

// The holders.
const (
	NoHolder  Holder = ""         // one account
	ByChannel Holder = "channel"  // one for each channel
	ByParty   Holder = "merchant" // one for each merchant
)

// Words are the same said in the pages' two languages.
type Words struct{ Chinese, English string }

// Head is a line of the chart of accounts.
type Head struct {
	Code   Code
	Name   Words
	Type   Type
	Normal Side   // on which its balance is expected
	Per    Holder // of its accounts
	// Where says who has the money, or owes it: never Juma, whose book is a
	// memorandum.
	Where Words
}

// Chart lists the accounts in the order of a balance sheet.
var Chart = []Head{
	{channelReceivable, Words{"应收渠道款", "Channel receivable"}, Asset, Debit, ByChannel,
		Words{"款项在渠道，未划入备付金", "with the channel, until it pays into the reserve"}},
	{reserve, Words{"备付金（持牌机构）", "Reserve at the licensed institution"}, Asset, Debit, NoHolder,
		Words{"款项在持牌机构或存管银行，本平台不持有", "with the licensed institution or its custodian bank, never with Juma"}},
	{merchantPayable, Words{"应付商户款", "Merchant payable"}, Liability, Credit, ByParty,
		Words{"持牌机构应付给商户", "owed to the merchant by the licensed institution"}},
	{payoutInTransit, Words{"出款在途", "Payout in transit"}, Liability, Credit, NoHolder,
		Words{"已指令付款，银行未回执", "instructed, and not yet confirmed by the bank"}},
	{suspense, Words{"待查款项", "Suspense"}, Liability, Credit, ByChannel,
		Words{"渠道款项，归属未明或待退付款人", "the channel's money whose owner is not known, or that waits to go back to its payer"}},
	{feeIncome, Words{"手续费收入", "Fee income"}, Income, Credit, NoHolder,
		Words{"商户承担", "borne by the merchants"}},
	{channelCost, Words{"渠道成本", "Channel cost"}, Expense, Debit, ByChannel,
		Words{"渠道扣收", "kept by the channel"}},
}

// HeadOf finds the head of an account; false when the chart has none.
func HeadOf(a Account) (Head, bool) {
	code, _, _ := strings.Cut(string(a), "/")
	i := slices.IndexFunc(Chart, func(h Head) bool { return h.Code == Code(code) })
	if i < 0 {
		return Head{}, false
	}
	return Chart[i], true
}

// Whose is the holder's part of an account's name, "" where there is none.
func (a Account) Whose() string {
	_, whose, _ := strings.Cut(string(a), "/")
	return whose
}

// account names the account of the head that a fact concerns.
func (h Head) account(f Fact) Account {
	switch h.Per {
	case ByChannel:
		return Account(h.Code) + "/" + Account(f.Channel)
	case ByParty:
		return Account(h.Code) + "/" + Account(f.MerchantNo)
	}
	return Account(h.Code)
}

// FeeIncome is what merchants pay for the service.
const FeeIncome = Account(feeIncome)

// PayoutInTransit is what has been instructed for payment to merchants.
const PayoutInTransit = Account(payoutInTransit)

// Reserve is what the licensed institution holds.
const Reserve = Account(reserve)

// ChannelReceivable is what a wallet owes for payments it has taken.
func ChannelReceivable(channel string) Account {
	return Account(channelReceivable) + "/" + Account(channel)
}

// ChannelCost is what a wallet charges.
func ChannelCost(channel string) Account { return Account(channelCost) + "/" + Account(channel) }

// Suspense holds a channel's money that no order of ours explains.
func Suspense(channel string) Account { return Account(suspense) + "/" + Account(channel) }

// MerchantPayable is what is owed to a merchant.
func MerchantPayable(merchantNo string) Account {
	return Account(merchantPayable) + "/" + Account(merchantNo)
}
