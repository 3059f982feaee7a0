package intake

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"hash"

	"juma/acquiring/channel"
	"juma/clearing/bankcredit"
	"juma/internal/bizdate"
	"juma/internal/money"
)

// Layout is a form of file that can be read.
type Layout struct {
	// ID names it in records and on pages: "wechat-all".
	ID      string
	Channel channel.Name // "" for what no channel makes
	Number  string       // ours at the account, where its files have it; "" otherwise
	Kind    Kind
	// Columns are those of the header as it is known, and Needed those that must be
	// there; nil where rows have a fixed width and no header.
	Columns, Needed []string
	// Bare: the text has neither totals nor a last line, so that nothing in it says
	// whether it is whole. It must come sealed, with a digest, or counted.
	Bare bool
	// Recognise tells the layout by the header of a file, and what the file says about
	// itself. It proves nothing.
	Recognise func(f File) (Claim, bool)
	// Read proves account, period and totals of a file whose Date (and Account, where
	// it has one) is set, and reads it whole. Errors are of kind Corrupt.
	Read func(f File) (Content, error)
}

// Claim is what a file says about itself.
type Claim struct {
	Date    bizdate.Date // 0: it does not say
	Account string       // merchant's number, of a statement of one merchant
	Number  string       // ours at the account; "": it does not say
}

// Content is what a file holds, proved. Which of the lists is filled depends on the
// layout's kind.
type Content struct {
	Lines    []channel.StatementLine `json:"lines,omitempty"`
	Disputes []Dispute               `json:"disputes,omitempty"`
	Fees     []BrandFee              `json:"fees,omitempty"`
	Credits  []bankcredit.Credit     `json:"credits,omitempty"`
	// Control are the totals of a file that has no rows of payments of its own: they
	// must be those of the payments.
	Control *Totals `json:"control,omitempty"`
	// Rows is the number of rows that were read.
	Rows int `json:"rows"`
}

// Dispute is a row of AERRA or ZME (差错). Amounts are positive; Code says which way
// the money goes.
type Dispute struct {
	Line       int       `json:"line"`
	Code       string    `json:"code"`
	Reason     string    `json:"reason"`
	MerchantNo string    `json:"merchant_no"`
	TerminalNo string    `json:"terminal_no"`
	TraceNo    string    `json:"trace_no"`
	Time       string    `json:"time"` // MMDDhhmmss, as it stands there
	Amount     money.Fen `json:"amount_fen"`
	Fee        money.Fen `json:"fee_fen"` // what the merchant pays; negative: gets back
	PrevTrace  string    `json:"prev_trace"`
	PrevTime   string    `json:"prev_time"`
	PrevDate   string    `json:"prev_date"` // MMDD
	PrevAmount money.Fen `json:"prev_amount_fen"`
	OrderNo    string    `json:"order_no"`
}

// BrandFee is a row of ALFEE, joined to the flow by trace number and time.
type BrandFee struct {
	Line       int       `json:"line"`
	TraceNo    string    `json:"trace_no"`
	Time       string    `json:"time"` // MMDDhhmmss
	MerchantNo string    `json:"merchant_no"`
	Amount     money.Fen `json:"amount_fen"`
	Fee        money.Fen `json:"fee_fen"` // what we pay; negative: get back
}

// Totals are counts and sums of a day.
type Totals struct {
	Payments int       `json:"payments"`
	Paid     money.Fen `json:"paid_fen"`
	Refunds  int       `json:"refunds"`
	Refunded money.Fen `json:"refunded_fen"` // positive
	Fee      money.Fen `json:"fee_fen"`      // what the channel keeps
}

// Net is what the day is worth to us.
func (t Totals) Net() money.Fen { return t.Paid - t.Refunded - t.Fee }

// TotalsOf adds up rows: those that moved money.
func TotalsOf(lines []channel.StatementLine) (t Totals, err error) {
	for _, l := range lines {
		if !l.Final {
			continue
		}
		count, sum := &t.Payments, &t.Paid
		if l.Kind == channel.RefundLine {
			count, sum = &t.Refunds, &t.Refunded
		}
		*count++
		if *sum, err = sum.Add(l.Amount); err != nil {
			return t, err
		}
		if t.Fee, err = t.Fee.Add(l.Fee); err != nil {
			return t, err
		}
	}
	return t, nil
}

// Totals of the content: of its rows, or those that it states.
func (c Content) Totals() (Totals, error) {
	if c.Control != nil {
		return *c.Control, nil
	}
	return TotalsOf(c.Lines)
}

// Fingerprint is a digest of what the content says, whatever form it came in: the
// same bill packed and unpacked has one.
func (c Content) Fingerprint() string {
	h := sha256.New()
	lines := c.Lines
	c.Lines = nil
	put(h, c)
	for _, l := range lines {
		l.LineNo = 0
		put(h, l)
	}
	return hex.EncodeToString(h.Sum(nil))
}

func put(h hash.Hash, v any) {
	if b, err := json.Marshal(v); err == nil { // structs of texts and numbers: it cannot fail
		h.Write(append(b, '\n'))
	}
}
