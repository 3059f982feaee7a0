// Package channel is the contract between Juma and a wallet: what acquiring may
// ask of an adapter, and what an adapter may answer. An adapter lives in one
// directory below, in two layers: the outer file speaks these words, its
// internal/wire speaks the wallet's. Whoever holds an Adapter cannot tell
// whether it is in this process or behind the message bus.
//
// The rule that matters most: an answer that did not arrive is Unknown, never
// Refused. Only a query, a notification or the statement resolves it.
package channel

import (
	"context"
	"net/url"
	"time"

	"juma/internal/bizdate"
	"juma/internal/money"
)

// Wallet is the application in the consumer's hand (钱包). Pages show it, rates
// are agreed for it and the payer's limits are counted by it. Which channel carries
// the payment is another matter.
type Wallet string

// The three wallets.
const (
	WeChatWallet   Wallet = "wechat"
	AlipayWallet   Wallet = "alipay"
	UnionPayWallet Wallet = "unionpay"
)

// Wallets lists the wallets in the order in which they are shown.
var Wallets = []Wallet{WeChatWallet, AlipayWallet, UnionPayWallet}

// Direct is the wallet's own channel, which carries no other wallet's payments.
func (w Wallet) Direct() Name { return Name(w) }

// Name names a channel (渠道), or one of several accounts at it (see Base): who carries
// a payment, sends its notices and its statement, has a clearing day and registers
// merchants.
type Name string

// The channels: each wallet's own, and UnionPay's service-provider interface, which
// carries all three wallets and clears them as UnionPay.
const (
	WeChat            Name = "wechat"
	Alipay            Name = "alipay"
	UnionPay          Name = "unionpay"
	UnionPayAggregate Name = "unionpay-aggregate"
)

// Names lists the channels in the order in which they are shown, without further
// accounts.
var Names = []Name{WeChat, Alipay, UnionPay, UnionPayAggregate}

// ByUnionPay tells whether the channel clears through UnionPay: its day ends at
// 23:00, and it makes one statement for each merchant.
func (n Name) ByUnionPay() bool { return n.Base() == UnionPay || n.Base() == UnionPayAggregate }

// Cancels tells whether a paid order can be cancelled (撤销) at the channel within
// its clearing day: the whole of it, and neither side's statement nets it with
// others. WeChat and Alipay know refunds only; Alipay's trade.cancel is meant for
// payments by code whose result is not known.
func (n Name) Cancels() bool { return n.Base() == UnionPay }

// TakesCodes tells whether payments by the consumer's code (CodePayer) can go through
// the channel. The service-provider interface has a call for them (micropay) and none
// to undo one whose result stays unknown, so whoever used it could take money that
// nobody gives back.
func (n Name) TakesCodes() bool { return n.Base() != UnionPayAggregate }

// Carries tells whether payments with the wallet can go through the channel.
func (n Name) Carries(w Wallet) bool { return n.Base() == w.Direct() || n.Base() == UnionPayAggregate }

// Cut is the channel's daily cut-off: what clears through UnionPay 23:00, the
// wallets 24:00.
func (n Name) Cut() bizdate.Cut {
	if n.ByUnionPay() {
		return bizdate.UnionPayCut
	}
	return bizdate.Midnight
}

// Outcome is what a wallet is known to have done. There are four, and the zero
// value is none of them.
type Outcome string

const (
	Succeeded Outcome = "succeeded" // done, finally
	Refused   Outcome = "refused"   // certainly not done and will not be
	Pending   Outcome = "pending"   // the wallet has it and has not decided
	Unknown   Outcome = "unknown"   // we do not know; ask again
)

// Result is the part that every answer about an order or refund has.
type Result struct {
	Outcome Outcome `json:"outcome"`
	// Code and Message are the wallet's own, for the record and the operator.
	Code    string `json:"code,omitempty"`
	Message string `json:"message,omitempty"`
	// Reason is what a payer can be told of a refusal.
	Reason Reason `json:"reason,omitempty"`
	// Tape is what went over the wallet's wire for this answer, masked; nil where
	// nobody listened. It is for people only: nothing is decided by it.
	Tape *Tape `json:"tape,omitempty"`
}

// Tape is a row of exchanges.
type Tape struct {
	Exchanges []Exchange `json:"exchanges"`
}

// Exchange is one request over the wallet's wire with its answer. Of the bodies only
// what names orders, amounts and outcomes is there; the rest is masked.
type Exchange struct {
	At      time.Time `json:"at"`
	Took    int       `json:"took_ms"`
	Method  string    `json:"method"` // "POST"
	URL     string    `json:"url"`    // without what identifies or opens anything
	Request string    `json:"request,omitempty"`
	Status  int       `json:"status,omitempty"` // of HTTP; 0 when no answer came
	Answer  string    `json:"answer,omitempty"`
	// Problem says why no answer came, or not the whole of it.
	Problem WireProblem `json:"problem,omitempty"`
}

// WireProblem is what went wrong with an exchange.
type WireProblem string

// The problems.
const (
	NoAnswerInTime WireProblem = "timeout"
	CallerGaveUp   WireProblem = "gave_up"
	LineFailed     WireProblem = "line" // no connection, or it broke before an answer
	BrokeOff       WireProblem = "broke_off"
	TooLong        WireProblem = "too_long" // to be shown
)

// WireProblems lists them.
var WireProblems = []WireProblem{NoAnswerInTime, CallerGaveUp, LineFailed, BrokeOff, TooLong}

// Adapter is one wallet. Methods return an error only for a defect of the
// request or of the adapter itself (fault kinds Invalid, Internal) or when it is
// certain that nothing was sent (Unavailable); what the wallet did or may have
// done is in the Result. All methods are safe for concurrent use.
type Adapter interface {
	// Name is the channel.
	Name() Name
	// AuthURL is where the consumer's browser is sent for silent authorisation.
	// The wallet sends it back to RedirectURL with its own code parameter and
	// with state=State.
	AuthURL(ctx context.Context, req AuthRequest) (string, error)
	// Identify turns what came back into the payer's identity.
	Identify(ctx context.Context, req IdentifyRequest) (Payer, error)
	// Prepay places the order. Placing the same order again is safe and gives
	// the same order.
	Prepay(ctx context.Context, req PrepayRequest) (PrepayResult, error)
	// Query asks what became of an order.
	Query(ctx context.Context, req OrderRef) (PaymentResult, error)
	// Close makes an unpaid order unpayable. Refused means that it was paid
	// meanwhile; query it.
	Close(ctx context.Context, req OrderRef) (Result, error)
	// Refund gives money back. The same refund number again is the same refund.
	Refund(ctx context.Context, req RefundRequest) (RefundResult, error)
	// QueryRefund asks what became of a refund.
	QueryRefund(ctx context.Context, req RefundRequest) (RefundResult, error)
	// ReadNotice verifies the signature of a notification and translates it. A
	// forged or unreadable one gives OK false, the reason and the refusing reply.
	ReadNotice(ctx context.Context, raw RawNotice) (NoticeVerdict, error)
	// Statement fetches the statement of one clearing date. Fault kind NotReady:
	// not made yet. An empty day is a StatementFile with Empty set, only when the
	// wallet says so.
	Statement(ctx context.Context, req StatementRequest) (StatementFile, error)
}

// AuthRequest asks for the address of the wallet's silent authorisation.
type AuthRequest struct {
	Wallet      Wallet `json:"wallet"`       // whose authorisation
	RedirectURL string `json:"redirect_url"` // fixed page of our own, no query
	State       string `json:"state"`        // 128-bit token, ours
}

// IdentifyRequest carries what the wallet sent back with the browser.
type IdentifyRequest struct {
	Wallet    Wallet     `json:"wallet"`
	Query     url.Values `json:"query"`      // the decoded query of the return address
	UserAgent string     `json:"user_agent"` // UnionPay wants its fragment back
	// MerchantID is the merchant's number at the channel (UnionPay asks on its
	// behalf); OrderNo and Time name the request where the wallet wants that.
	MerchantID string    `json:"merchant_id"`
	OrderNo    string    `json:"order_no"`
	Time       time.Time `json:"time"`
}

// Payer is the consumer as the wallet names them to this provider.
type Payer struct {
	ID string `json:"id"` // openid, user_id or appUserId
}

// OrderRef names an order at the wallet. UnionPay needs the time of creation as
// part of the name, so it is always carried.
type OrderRef struct {
	Wallet     Wallet    `json:"wallet"` // that the payer holds
	OrderNo    string    `json:"order_no"`
	MerchantID string    `json:"merchant_id"` // sub_mchid, SMID or merId
	ChannelNo  string    `json:"channel_no,omitempty"`
	CreatedAt  time.Time `json:"created_at"`
}

// PrepayRequest places an order.
type PrepayRequest struct {
	OrderRef
	Amount      money.Fen `json:"amount_fen"`
	Description string    `json:"description"`
	PayerID     string    `json:"payer_id"`
	StoreID     string    `json:"store_id"`
	StoreName   string    `json:"store_name"`
	TerminalNo  string    `json:"terminal_no"`
	ClientIP    string    `json:"client_ip"`
	NotifyURL   string    `json:"notify_url"` // no query
	ReturnURL   string    `json:"return_url"` // where a redirecting wallet comes back to
	ExpiresAt   time.Time `json:"expires_at"`
	// NoCredit excludes credit cards, where the wallet lets a merchant do that
	// (CanExcludeCredit).
	NoCredit bool `json:"no_credit,omitempty"`
}

// CanExcludeCredit tells whether an order can be placed so that no credit card
// pays it: WeChat's limit_pay, Alipay's disable_pay_channels. UnionPay publishes no
// such field.
func (w Wallet) CanExcludeCredit() bool { return w == WeChatWallet || w == AlipayWallet }

// PrepayResult is a placed order (Outcome Succeeded) with what the page needs to
// open the wallet's payment sheet.
type PrepayResult struct {
	Result
	Bridge Bridge `json:"bridge"`
}

// Bridge tells the cashier page how to open the wallet's payment sheet.
type Bridge struct {
	// Kind is "wechat" (WeixinJSBridge getBrandWCPayRequest with Params),
	// "alipay" (AlipayJSBridge tradePay with Params) or "redirect" (go to URL).
	Kind   string            `json:"kind"`
	Params map[string]string `json:"params,omitempty"`
	URL    string            `json:"url,omitempty"`
}

// PaymentResult is what the wallet knows about an order: Succeeded = paid,
// Pending = not paid yet, Refused = closed or unknown to the wallet (NotFound).
type PaymentResult struct {
	Result
	NotFound   bool         `json:"not_found,omitempty"` // the wallet has never seen the order
	Amount     money.Fen    `json:"amount_fen,omitempty"`
	ChannelNo  string       `json:"channel_no,omitempty"`
	Payer      string       `json:"payer,omitempty"`       // account as the wallet shows it, masked or not; may be empty
	Card       CardKind     `json:"card,omitempty"`        // what it is, where the wallet says so
	PaidAt     time.Time    `json:"paid_at,omitzero"`      // zero when the wallet does not say
	SettleDate bizdate.Date `json:"settle_date,omitempty"` // zero when the wallet does not say
}

// RefundRequest gives back Amount of an order of Total.
type RefundRequest struct {
	OrderRef        // the original payment, ChannelNo included
	RefundNo string `json:"refund_no"`
	// RefundCreatedAt is when this try of the refund began. UnionPay takes it as part
	// of the refund's name: a refund that has failed there is tried again under the
	// same number and another time.
	RefundCreatedAt time.Time `json:"refund_created_at"`
	// Cancel asks for a cancellation in the payment's clearing day, where the channel
	// Cancels; others take it as the refund that it is.
	Cancel    bool      `json:"cancel,omitempty"`
	Amount    money.Fen `json:"amount_fen"`
	Total     money.Fen `json:"total_fen"`
	Reason    string    `json:"reason,omitempty"`
	NotifyURL string    `json:"notify_url"`
}

// RefundResult is what the wallet knows about a refund.
type RefundResult struct {
	Result
	NotFound   bool         `json:"not_found,omitempty"`
	Amount     money.Fen    `json:"amount_fen,omitempty"`
	ChannelNo  string       `json:"channel_no,omitempty"`
	RefundedAt time.Time    `json:"refunded_at,omitzero"`
	SettleDate bizdate.Date `json:"settle_date,omitempty"`
}

// RawNotice is a notification as it came in over HTTP.
type RawNotice struct {
	Header map[string][]string `json:"header"`
	Query  url.Values          `json:"query,omitempty"`
	Body   []byte              `json:"body"`
}

// Event is what a notification is about.
type Event string

const (
	PaymentEvent Event = "payment"
	RefundEvent  Event = "refund"
)

// Notice is a verified notification in our words.
type Notice struct {
	ID         string       `json:"id"` // unique per channel; the same event delivered again has the same ID
	Event      Event        `json:"event"`
	OrderNo    string       `json:"order_no"`
	RefundNo   string       `json:"refund_no,omitempty"`
	MerchantID string       `json:"merchant_id"`
	Currency   string       `json:"currency"`   // "CNY"
	Amount     money.Fen    `json:"amount_fen"` // of the refund for a refund event
	ChannelNo  string       `json:"channel_no"`
	Payer      string       `json:"payer,omitempty"`
	Card       CardKind     `json:"card,omitempty"`
	Time       time.Time    `json:"time,omitzero"`         // zero: the notice carried none (UnionPay refunds)
	SettleDate bizdate.Date `json:"settle_date,omitempty"` // zero: the notice carried none
	Result     Result       `json:"result"`
}

// NoticeVerdict is the outcome of verifying a notification, with the exact
// replies the wallet expects for accepted and not accepted.
type NoticeVerdict struct {
	OK      bool   `json:"ok"`
	Problem string `json:"problem,omitempty"` // why not OK; never contains the body
	Notice  Notice `json:"notice"`
	Ack     Reply  `json:"ack"`
	Nack    Reply  `json:"nack"`
}

// Reply is an HTTP answer, byte for byte.
type Reply struct {
	Status      int    `json:"status"`
	ContentType string `json:"content_type,omitempty"`
	Body        []byte `json:"body,omitempty"`
}

// StatementRequest asks for one day. MerchantID is empty where the wallet gives
// one statement for the whole service provider (WeChat, Alipay) and the
// merchant number where it gives one each (UnionPay).
type StatementRequest struct {
	Date       bizdate.Date `json:"date"`
	MerchantID string       `json:"merchant_id,omitempty"`
}

// StatementFile is a wallet's statement as fetched, digest proved where the
// wallet gives one.
type StatementFile struct {
	Channel    Name         `json:"channel"`
	MerchantID string       `json:"merchant_id,omitempty"`
	Date       bizdate.Date `json:"date"`
	Name       string       `json:"name"`
	Empty      bool         `json:"empty"` // the wallet said: no trade that day
	Data       []byte       `json:"-"`     // the file to read and to keep; travels in chunks
}

// StatementReader parses one wallet's statement files: pure, no network. Each
// wallet's is in a sub-package of its adapter.
type StatementReader interface {
	// Read parses and proves a file: layout recognised, account and period as
	// expected, totals agreeing with the rows. Errors are of fault kind Corrupt
	// and say which line, field and value. Account is the service provider's
	// number at the wallet ("" skips that check).
	Read(f StatementFile) (Statement, error)
}

// Statement is a wallet's statement in normal form.
type Statement struct {
	Channel Name
	Date    bizdate.Date
	Lines   []StatementLine
}

// LineKind is payment or refund.
type LineKind string

const (
	PaymentLine LineKind = "payment"
	RefundLine  LineKind = "refund"
)

// StatementLine is one row of a statement in normal form.
type StatementLine struct {
	LineNo      int          `json:"line_no"` // 1-based line in the file
	Kind        LineKind     `json:"kind"`
	OrderNo     string       `json:"order_no"`      // our number: payment order number, or refund number of a refund
	OrigOrderNo string       `json:"orig_order_no"` // of a refund: the payment's order number
	ChannelNo   string       `json:"channel_no"`    // the wallet's number of this row
	TraceNo     string       `json:"trace_no"`      // UnionPay's trace number, else ""
	MerchantID  string       `json:"merchant_id"`   // sub_mchid, SMID or merId
	TerminalNo  string       `json:"terminal_no"`
	Amount      money.Fen    `json:"amount_fen"` // positive for payments and refunds alike
	Fee         money.Fen    `json:"fee_fen"`    // what the channel charges us: positive on payments, negative when given back
	Payer       string       `json:"payer"`
	Time        time.Time    `json:"time"`
	Date        bizdate.Date `json:"date"`  // clearing date by the statement
	Final       bool         `json:"final"` // true: the row says success; false: failed, closed or still in progress
	State       string       `json:"state"` // the wallet's own state word
}
