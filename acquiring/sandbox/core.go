// Package sandbox holds what the three wallet sandboxes share: the clock, the
// fault script, the delivery of notices on the wallets' retry schedules, the
// control plane and the phone. It holds no signing and no parsing: each wallet's
// server side is written on the standard library in its own directory, by the
// wallet's documents and not by the adapter that it faces, so that the two
// prove each other.
//
// Keys and certificates are fresh at every start. Every value that can reach a
// statement is derived from the order's own number and times (Digits), so that
// the same day gives the same files.
package sandbox

import (
	"crypto/sha256"
	"fmt"
	"math/big"
	"net/http"
	"time"

	"juma/internal/clock"
)

// Names of the wallets, as the control plane and the fault script spell them.
const (
	WeChat   = "wechat"
	Alipay   = "alipay"
	UnionPay = "unionpay"
	// UnionPayAggregate is UnionPay as a service provider of all three wallets sees it.
	UnionPayAggregate = "unionpay-aggregate"
)

// FeePPM is what each sandboxed wallet charges the provider on a payment, in
// parts per million: 0.20 %, the usual wholesale price (an assumption, see the
// fee table in clearing). Rounded half up per payment; on refunds
// fee(total) − fee(total − refunded so far) − already given back.
var FeePPM = map[string]int64{WeChat: 2000, Alipay: 2000, UnionPay: 2000, UnionPayAggregate: 2000}

// Core is what a wallet sandbox is given.
type Core struct {
	Clock   clock.Clock
	Faults  *Script
	Notices *Notifier
}

// NewCore makes a core on a clock. The client delivers notices; nil means one
// with a ten second time-out that, like the wallets, follows no redirection.
func NewCore(clk clock.Clock, client *http.Client) *Core {
	if client == nil {
		client = noticeClient()
	}
	faults := NewScript()
	return &Core{Clock: clk, Faults: faults, Notices: newNotifier(clk, client, faults)}
}

// Wallet is a wallet's server side as the control plane and the phone see it.
type Wallet interface {
	// Name is one of WeChat, Alipay, UnionPay.
	Name() string
	// Handler serves everything the wallet serves, all its hosts on one base
	// address, silent authorisation and payment pages included.
	Handler() http.Handler
	// SetBaseURL tells the wallet where it is reached ("http://127.0.0.1:4711").
	SetBaseURL(base string)
	// Credentials is the wallet's object in the line that juma sandbox --json
	// prints: addresses, numbers and PEM texts by their snake_case names.
	Credentials() map[string]any
	// Confirm is the consumer pressing pay in the wallet. It fails with a
	// sentence when the order does not exist, is closed or is paid already.
	Confirm(outTradeNo, payer string) error
	// Find returns an order by out_trade_no or by the token that the page was
	// given to open the payment sheet (prepay_id, trade_no, tn).
	Find(token string) (Order, bool)
	// Orders lists what the wallet knows, oldest first (by created_at, then
	// out_trade_no).
	Orders() []Order
}

// KeyChanger is a wallet that can change the keys it signs with while it runs, as each
// does once in a few years, and as nobody tries out before it happens.
type KeyChanger interface {
	// ChangeKeys makes it sign with a fresh key from now on. What the change is
	// announced by (a list of certificates, a certificate in each message) tells of
	// it; where nothing does, Credentials names the old key and the new.
	ChangeKeys() error
}

// KeyMixer is a wallet with two kinds of key that a provider may hold both of.
type KeyMixer interface {
	// MixKeys makes it sign in the way that was not asked for, or stop doing so.
	MixKeys(on bool)
}

// Order is an order as the wallet knows it, for GET control_url/orders.
type Order struct {
	Wallet      string    `json:"wallet"`
	OutTradeNo  string    `json:"out_trade_no"`
	TradeNo     string    `json:"trade_no"`
	MerchantID  string    `json:"merchant_id"`
	Description string    `json:"description"`
	AmountFen   int64     `json:"amount_fen"`
	Payer       string    `json:"payer"`
	State       string    `json:"state"` // the wallet's own word
	CreatedAt   time.Time `json:"created_at"`
	PaidAt      time.Time `json:"paid_at,omitzero"`
	// Reversed: undone under its own number. Whatever was paid went back, and no
	// statement shows either.
	Reversed bool     `json:"reversed,omitempty"`
	Refunds  []Refund `json:"refunds,omitempty"`
}

// Refund is a refund as the wallet knows it.
type Refund struct {
	OutRefundNo string    `json:"out_refund_no"`
	RefundNo    string    `json:"refund_no"`
	AmountFen   int64     `json:"amount_fen"`
	State       string    `json:"state"`
	CreatedAt   time.Time `json:"created_at"`
}

// PayerCookie is the cookie by which a wallet's authorisation page knows which
// consumer holds the phone; without it, the payer is DefaultPayer.
const (
	PayerCookie  = "sandbox_payer"
	DefaultPayer = "consumer-1"
)

// PayerOf reads the consumer's name from a request.
func PayerOf(r *http.Request) string {
	if c, err := r.Cookie(PayerCookie); err == nil && c.Value != "" {
		return c.Value
	}
	return DefaultPayer
}

// Digits derives n decimal digits from text: the sandboxes' source of numbers
// that look random and are the same on every run.
func Digits(n int, format string, args ...any) string {
	h := sha256.Sum256(fmt.Appendf(nil, format, args...))
	mod := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)
	return fmt.Sprintf("%0*s", n, new(big.Int).Mod(new(big.Int).SetBytes(h[:]), mod).String())
}
