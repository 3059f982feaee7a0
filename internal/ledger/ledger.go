// Package ledger is the double-entry book: accounts, entries and the posting
// rules. It is pure: it makes and proves entries, internal/store keeps them. The
// book is memorandum only (Juma holds no money), it only grows, and a correction
// is a new entry.
//
// Signs: a debit increases what others owe us or what things cost us; a credit
// increases what we owe or earn. Within every entry debits equal credits.
package ledger

import (
	"fmt"
	"time"

	"juma/internal/bizdate"
	"juma/internal/money"
)

// Account names an account: a chart entry and, where there is one, its holder:
// "merchant_payable/999290058120001".
type Account string

// FeeIncome is what merchants pay for the service. The other accounts have a
// holder, see the functions below.
const FeeIncome Account = "fee_income"

// PayoutInTransit is what has been instructed for payment to merchants.
const PayoutInTransit Account = "payout_in_transit"

// ChannelReceivable is what a wallet owes for payments it has taken.
func ChannelReceivable(channel string) Account { return Account("channel_receivable/" + channel) }

// ChannelCost is what a wallet charges.
func ChannelCost(channel string) Account { return Account("channel_cost/" + channel) }

// Suspense holds a channel's money that no order of ours explains.
func Suspense(channel string) Account { return Account("suspense/" + channel) }

// MerchantPayable is what is owed to a merchant.
func MerchantPayable(merchantNo string) Account { return Account("merchant_payable/" + merchantNo) }

// Line is one side of an entry; exactly one of Debit and Credit is positive.
type Line struct {
	Account Account
	Debit   money.Fen
	Credit  money.Fen
}

// Kind says which posting rule made an entry.
type Kind string

// The posting rules.
const (
	Paid       Kind = "payment_paid"      // Ref: order number
	Refunded   Kind = "refund_succeeded"  // Ref: refund number
	Fee        Kind = "merchant_fee"      // Ref: order number of the settled payment
	FeeBack    Kind = "merchant_fee_back" // Ref: refund number
	Cost       Kind = "channel_cost"      // Ref: order or refund number
	Long       Kind = "long"              // Ref: channel + statement's number without order of ours
	Second     Kind = "second_success"    // Ref: channel + the channel's number
	SecondBack Kind = "second_refunded"   // Ref: refund number
	Settlement Kind = "settlement"        // Ref: clearing date + merchant number
)

// OrderKinds are the rules whose Ref is the number of a payment or refund.
var OrderKinds = []Kind{Paid, Refunded, Fee, FeeBack, Cost, SecondBack}

// Entry is one posting. Kind and Ref together are unique in the book, so the
// same fact is never posted twice.
type Entry struct {
	ID           string // ULID
	Kind         Kind
	Ref          string
	MerchantNo   string // shard key; "" for entries of no merchant
	ClearingDate bizdate.Date
	At           time.Time
	Lines        []Line
}

// Prove returns an error unless the entry has lines, every line is one positive
// side, and debits equal credits.
func (e Entry) Prove() error {
	var debit, credit money.Fen
	for i, l := range e.Lines {
		if (l.Debit > 0) == (l.Credit > 0) || l.Debit < 0 || l.Credit < 0 {
			return fmt.Errorf("ledger entry %s %s line %d: debit %d, credit %d fen: exactly one must be positive", e.Kind, e.Ref, i+1, l.Debit, l.Credit)
		}
		var err error
		if debit, err = debit.Add(l.Debit); err != nil {
			return err
		}
		if credit, err = credit.Add(l.Credit); err != nil {
			return err
		}
	}
	if len(e.Lines) == 0 || debit != credit {
		return fmt.Errorf("ledger entry %s %s: debit %d fen, credit %d fen: must be equal and not empty", e.Kind, e.Ref, debit, credit)
	}
	return nil
}

// transfer is an entry of two lines; a negative amount swaps its sides, a zero
// amount gives an entry without lines, which is not posted.
func transfer(kind Kind, ref, merchantNo string, d bizdate.Date, at time.Time, debit, credit Account, amount money.Fen) Entry {
	e := Entry{Kind: kind, Ref: ref, MerchantNo: merchantNo, ClearingDate: d, At: at}
	if amount < 0 {
		debit, credit, amount = credit, debit, -amount
	}
	if amount != 0 {
		e.Lines = []Line{{Account: debit, Debit: amount}, {Account: credit, Credit: amount}}
	}
	return e
}

// PostPaid: the wallet owes us, we owe the merchant.
func PostPaid(orderNo, merchantNo, channel string, d bizdate.Date, at time.Time, amount money.Fen) Entry {
	return transfer(Paid, orderNo, merchantNo, d, at, ChannelReceivable(channel), MerchantPayable(merchantNo), amount)
}

// PostRefunded: the payment's posting turned round for the refunded amount.
func PostRefunded(refundNo, merchantNo, channel string, d bizdate.Date, at time.Time, amount money.Fen) Entry {
	return transfer(Refunded, refundNo, merchantNo, d, at, MerchantPayable(merchantNo), ChannelReceivable(channel), amount)
}

// PostFee: the merchant pays for the service out of what we owe.
func PostFee(orderNo, merchantNo string, d bizdate.Date, at time.Time, fee money.Fen) Entry {
	return transfer(Fee, orderNo, merchantNo, d, at, MerchantPayable(merchantNo), FeeIncome, fee)
}

// PostFeeBack: a refund gives its share of the fee back.
func PostFeeBack(refundNo, merchantNo string, d bizdate.Date, at time.Time, fee money.Fen) Entry {
	return transfer(FeeBack, refundNo, merchantNo, d, at, FeeIncome, MerchantPayable(merchantNo), fee)
}

// PostCost: the wallet keeps its charge (negative: gives it back).
func PostCost(ref, merchantNo, channel string, d bizdate.Date, at time.Time, cost money.Fen) Entry {
	return transfer(Cost, ref, merchantNo, d, at, ChannelCost(channel), ChannelReceivable(channel), cost)
}

// PostLong: the wallet shows money that no order of ours explains.
func PostLong(ref, channel string, d bizdate.Date, at time.Time, amount money.Fen) Entry {
	return transfer(Long, ref, "", d, at, ChannelReceivable(channel), Suspense(channel), amount)
}

// PostSecond: the wallet took the money of an order a second time. It is nobody's
// but the payer's, and waits to be given back.
func PostSecond(ref, merchantNo, channel string, d bizdate.Date, at time.Time, amount money.Fen) Entry {
	return transfer(Second, ref, merchantNo, d, at, ChannelReceivable(channel), Suspense(channel), amount)
}

// PostSecondBack: the second success's posting turned round.
func PostSecondBack(refundNo, merchantNo, channel string, d bizdate.Date, at time.Time, amount money.Fen) Entry {
	return transfer(SecondBack, refundNo, merchantNo, d, at, Suspense(channel), ChannelReceivable(channel), amount)
}

// PostSettlement: what we owed the merchant is instructed for payment. A
// negative net is posted the other way round and taken back from later days.
func PostSettlement(ref, merchantNo string, d bizdate.Date, at time.Time, net money.Fen) Entry {
	return transfer(Settlement, ref, merchantNo, d, at, MerchantPayable(merchantNo), PayoutInTransit, net)
}
