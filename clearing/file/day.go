package file

import (
	"time"

	"juma/internal/bizdate"
	"juma/internal/money"
)

// Kind is what a settled transaction is.
type Kind string

// The three kinds that settle.
const (
	Purchase     Kind = "purchase"
	Refund       Kind = "refund"
	Cancellation Kind = "cancellation" // 撤销: inside the same clearing day
)

// Row is one settled transaction as clearing knows it. All amounts are positive
// or zero; Kind says which way the money goes.
type Row struct {
	Channel    string // "wechat", "alipay" or "unionpay"
	Kind       Kind
	MerchantNo string    // 15 characters
	TerminalNo string    // 8 characters
	Trace      int       // ours, 1 to 999999, unique per merchant, terminal and clearing date
	RRN        string    // 12 digits, unique in the clearing date
	OrderNo    string    // ours, at most 32 letters and digits; the refund number for a refund
	Time       time.Time // the channel's success time; written in China time to the second
	Amount     money.Fen // above zero
	// Payer is UnionPay's account as in its statement (masked allowed, at most 19
	// bytes), or for the wallets what PayerToken made of the payer's id. It may be
	// empty. A wallet's raw payer id is refused.
	Payer string
	// MerFee is what the merchant pays for a purchase, or gets back for a refund
	// or cancellation.
	MerFee money.Fen
	// ChannelCost is what the channel charges us for a purchase, or gives us back.
	ChannelCost money.Fen
	// NetworkFee is the switch's brand service fee, charged or given back; 0 leaves
	// the field of ACOMA unused, and ALFEE then has no row.
	NetworkFee money.Fen
	// QueryID is UnionPay's own 21 digits. For the wallets it may be left empty:
	// it is WalletQueryID of Time and Trace.
	QueryID string
	// CardType is the ZM payCardType; empty is "00", unknown.
	CardType string

	// The original purchase, for refunds and cancellations only.
	OrigTrace   int
	OrigTime    time.Time
	OrigOrderNo string
	OrigQueryID string // as QueryID
}

// Merchant is what the files say about a merchant, with the settlement figures
// of the day that are no transactions. All figures are signed as the merchant
// sees them: positive (C) is money for the merchant.
type Merchant struct {
	No   string // 15 characters
	Name string // cut at 40 (ACOMA) and 80 (ZSUM, ZPSUM) bytes of GBK
	MCC  string // 4 digits

	BankName    string // cut at 60 bytes
	CNAPS       string // 12 digits
	ClearingNo  string // at most 12 bytes, may be empty
	AccountNo   string // at most 32 bytes
	AccountName string // cut at 80 bytes
	AreaCode    string // 6 digits

	// DirectlySettled means that a wallet pays this merchant itself: it has no
	// ZPSUM row, needs no account, and all figures below are zero.
	DirectlySettled bool

	// The err figures are those of the merchant's Disputes.
	ErrCount   int       // number of dispute transactions
	ErrAmt     money.Fen // their amount
	ErrFeeBack money.Fen // fee given back with them
	OtherAmt   money.Fen // other money, adjustments
	TwoLineFee money.Fen // fee offset of the two-line mode (收支两条线)
	// Released is money held on an earlier day and paid now.
	Released money.Fen
	// Suspended is what is not paid today and keeps its sign: a negative day of
	// −30 is suspended with −30, money held back with +.
	Suspended money.Fen
	// Replenished takes back a suspended negative day: −30 (D) takes 30.
	Replenished money.Fen
}

// carried tells whether the merchant has figures that belong in ZPSUM although
// no transaction does.
func (m Merchant) carried() bool {
	return m.ErrCount != 0 || m.ErrAmt != 0 || m.ErrFeeBack != 0 || m.OtherAmt != 0 ||
		m.TwoLineFee != 0 || m.Released != 0 || m.Suspended != 0 || m.Replenished != 0
}

// Day is everything that the files of one clearing date say.
type Day struct {
	ClearingDate    bizdate.Date
	InstitutionCode string // 8 digits, the acquirer as the switch knows it
	Batch           int    // settlement batch of the date, 1 to 99
	Rows            []Row  // any order; the files are sorted by merchant, time and trace
	Disputes        []Dispute
	// Merchants holds every merchant that has a row, and any other that has carried
	// figures. One with neither appears in no file.
	Merchants []Merchant
	// Replaces is the folder that this day's files replace, "2026-03-10" or
	// "2026-03-10-2" (see LatestIssue); empty for the first issue.
	Replaces string
}

// Totals are a merchant's transaction figures of a day, all positive in the
// ordinary case: Gross are the purchases, Refund the refunds and cancellations,
// Fee the merchant fee charged less the fee given back.
type Totals struct {
	Gross, Refund, Fee money.Fen
}

// LedgerTotals is what the ledger says about each merchant number.
type LedgerTotals map[string]Totals

// add includes one transaction.
func (t *Totals) add(k Kind, amount, fee money.Fen) {
	if k == Purchase {
		t.Gross += amount
		t.Fee += fee
		return
	}
	t.Refund += amount
	t.Fee -= fee
}

// plus is the sum of two.
func (t Totals) plus(o Totals) Totals {
	return Totals{Gross: t.Gross + o.Gross, Refund: t.Refund + o.Refund, Fee: t.Fee + o.Fee}
}
