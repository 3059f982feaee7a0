package channel

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"juma/internal/money"
)

// CodePayer is an adapter's ability to take a payment by the code that the
// consumer shows (付款码, 被扫). It is found by assertion; the rules about errors
// and lost answers are those of Adapter.
type CodePayer interface {
	// PayByCode asks the wallet to take the amount from whoever shows the code.
	// Succeeded is paid, with everything that Query tells of a paid order; Refused
	// is certainly not paid, and the code must not be tried again; Pending waits for
	// the consumer, who is asked for a password: Query until it is decided; Unknown:
	// Query as well.
	PayByCode(ctx context.Context, req CodeRequest) (PaymentResult, error)
	// Reverse undoes an order that was paid by code and whose end is not known (撤销,
	// 冲正). Succeeded means that it takes no money: it was made unpayable, or what had
	// been paid went back in full. Calling it again is safe and must be done until it
	// is Succeeded or Refused. Refused means that the wallet will not undo it; Query
	// says what holds then. NotFound: the wallet has no such order. One that is still
	// on its way could yet arrive.
	Reverse(ctx context.Context, req OrderRef) (ReverseResult, error)
}

// PayCode is what stands in the code that a consumer shows: digits that are as
// good as money for about a minute. It is for the wire alone: it is never stored,
// and prints as its first two digits.
type PayCode string

// String masks the code.
func (c PayCode) String() string {
	if len(c) < 2 {
		return "****"
	}
	return string(c[:2]) + "****"
}

// GoString masks the code.
func (c PayCode) GoString() string { return c.String() }

// LogValue masks the code.
func (c PayCode) LogValue() slog.Value { return slog.StringValue(c.String()) }

// codeShapes is the table of payment codes: how many digits, and between which
// two prefixes. WeChat's and UnionPay's are what is in use everywhere, Alipay's is
// in the parameter text of its SDKs.
var codeShapes = []struct {
	wallet      Wallet
	min, max    int
	first, last string
}{
	{WeChatWallet, 18, 18, "10", "15"},
	{AlipayWallet, 16, 24, "25", "30"},
	{UnionPayWallet, 19, 19, "62", "62"},
}

// WalletOf tells by its digits whose payment code this is. Not ok: no wallet that
// we know shows such a code.
func (c PayCode) WalletOf() (wallet Wallet, ok bool) {
	if len(c) < 2 || strings.Trim(string(c), "0123456789") != "" {
		return "", false
	}
	for _, s := range codeShapes {
		if len(c) >= s.min && len(c) <= s.max && string(c[:2]) >= s.first && string(c[:2]) <= s.last {
			return s.wallet, true
		}
	}
	return "", false
}

// CodeRequest asks for a payment by the consumer's code.
type CodeRequest struct {
	OrderRef
	Wallet      Wallet    `json:"wallet"` // that shows the code
	Code        PayCode   `json:"code"`
	Amount      money.Fen `json:"amount_fen"`
	Description string    `json:"description"`
	StoreID     string    `json:"store_id"`
	StoreName   string    `json:"store_name"`
	TerminalNo  string    `json:"terminal_no"`
	ClientIP    string    `json:"client_ip"`  // of the merchant's device
	NotifyURL   string    `json:"notify_url"` // no query
	ExpiresAt   time.Time `json:"expires_at"`
	NoCredit    bool      `json:"no_credit,omitempty"` // see PrepayRequest
}

// ReverseResult is what the wallet says of a reversal.
type ReverseResult struct {
	Result
	NotFound bool `json:"not_found,omitempty"`
	// GaveBack: the order had been paid and the money went back. Not every wallet
	// tells.
	GaveBack bool `json:"gave_back,omitempty"`
}

// Reason is why a payer was refused, in the words that all wallets have in
// common; what is said to the payer goes by it. "" is "no more is known".
type Reason string

// The reasons.
const (
	ShortOfFunds Reason = "funds"        // balance or card limit does not suffice
	CodeExpired  Reason = "code"         // the payment code is too old, used, or none: show a fresh one
	OverLimit    Reason = "limit"        // the payer's own limit at the wallet is reached
	StaticLimit  Reason = "static_limit" // the limit of payments by a static code: let the merchant scan you
	BlockedPayer Reason = "account"      // the payer's account or card cannot pay, risk control included
	NoCredit     Reason = "no_credit"    // this means of payment (mostly a credit card) is not taken here
	NotPossible  Reason = "merchant"     // the merchant cannot take this payment: its business, not the payer's
	GivenUp      Reason = "given_up"     // the consumer broke it off or did not answer in time
	NotSent      Reason = "not_sent"     // the wallet could not be reached: nothing was asked of it
)
