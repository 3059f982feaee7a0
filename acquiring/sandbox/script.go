package sandbox

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"juma/internal/bizdate"
)

// Fault is one scripted misbehaviour, as POST control_url/faults takes it.
type Fault struct {
	Wallet string `json:"wallet"`
	Kind   string `json:"kind"`
	// OutTradeNo (or the refund number, for a refund) picks the order; Payer
	// picks by the wallet's payer id, or by the consumer's name in the sandbox,
	// for faults that strike before the order number is known. Both empty: the
	// next request of the kind.
	OutTradeNo string `json:"out_trade_no,omitempty"`
	Payer      string `json:"payer,omitempty"`
	// Call is the call that an answer fault strikes: identify, prepay, query,
	// close, refund, refund_query, statement, enrol, enrol_query, pay_code, reverse.
	Call string `json:"call,omitempty"`
	// Times is how often it strikes (default 1); for notice_duplicate, how many
	// extra copies are sent.
	Times int `json:"times,omitempty"`
	// DelaySeconds holds a notice_late back, or the decision of an enrol_slow; after
	// it the consumer of a code_password enters the password (0: waits for confirm).
	DelaySeconds int `json:"delay_seconds,omitempty"`
	// AmountFen is the amount shown by row_amount and row_extra.
	AmountFen int64 `json:"amount_fen,omitempty"`
	// MerchantID is the merchant that a row_extra belongs to.
	MerchantID string `json:"merchant_id,omitempty"`
	// Date (YYYY-MM-DD) is the bill that row_day moves a row to, and that
	// row_extra adds one to; Time (RFC 3339) is the extra row's time.
	Date string `json:"date,omitempty"`
	Time string `json:"time,omitempty"`
	// Merchant is the short name that an enrolment fault strikes; its business code
	// goes into OutTradeNo. Both empty: the next application.
	Merchant string `json:"merchant,omitempty"`
	// Field and Text are what an enrol_rejected names: the wallet's own field, and
	// why. Several of them reject an application for several fields.
	Field string `json:"field,omitempty"`
	Text  string `json:"text,omitempty"`
}

// The kinds of faults.
const (
	// Answers. The wallet does what it was asked, and then …
	AnswerLost  = "answer_lost"  // cuts the connection without an answer
	AnswerError = "answer_error" // answers with its own "system error, result unknown"

	// Notices.
	NoticeDuplicate = "notice_duplicate" // delivered again after it was accepted
	NoticeLate      = "notice_late"      // first delivery after DelaySeconds
	NoticeLost      = "notice_lost"      // never delivered
	NoticeReordered = "notice_reordered" // payment notice held until the order's refund notice has gone out
	NoticeForged    = "notice_forged"    // a forged one arrives before the real one

	// Payments by the consumer's code, which are paid at once otherwise.
	CodePassword = "code_password" // the consumer is asked for the password
	CodeFunds    = "code_funds"    // refused: not enough money
	CodeExpired  = "code_expired"  // refused: the code is too old

	// StaticLimit refuses an order from a static code: the payer's limit of the day
	// is used up.
	StaticLimit = "static_limit"

	// PayLate lets the consumer win the race against the end of an order: it is paid
	// although it has expired or was closed. WeChat only.
	PayLate = "pay_late"

	// Statement rows.
	RowMissing   = "row_missing"   // the order is not in the statement
	RowExtra     = "row_extra"     // a row for an order that nobody placed
	RowAmount    = "row_amount"    // another amount
	RowPayer     = "row_payer"     // another payer account
	RowFee       = "row_fee"       // another fee
	RowDay       = "row_day"       // in another day's statement
	RowDuplicate = "row_duplicate" // twice
	RowState     = "row_state"     // a refund row that says it failed (WeChat's bill only: the others carry no state)

	// Applications of merchants, which are accepted at once otherwise.
	EnrolRejected = "enrol_rejected" // rejected for Field with Text
	EnrolSlow     = "enrol_slow"     // decided after DelaySeconds
)

var faultKinds = []string{AnswerLost, AnswerError, NoticeDuplicate, NoticeLate, NoticeLost, NoticeReordered, NoticeForged,
	RowMissing, RowExtra, RowAmount, RowPayer, RowFee, RowDay, RowDuplicate, RowState, EnrolRejected, EnrolSlow, CodePassword, CodeFunds, CodeExpired, StaticLimit, PayLate}

var faultCalls = []string{"identify", "prepay", "query", "close", "refund", "refund_query", "statement", "enrol", "enrol_query", "pay_code", "reverse"}

// Script is the list of faults that wait to strike. It is safe for concurrent
// use.
type Script struct {
	mu     sync.Mutex
	faults []*Fault
	struck map[string]int
	names  map[string]string // payer id → the consumer's name
}

// The most that one fault may ask for: more would be a slip of the pen, and a
// thousand million copies of a notice would end the process.
const (
	maxTimes        = 1000
	maxDelaySeconds = 30 * 24 * 3600
	maxAmountFen    = 1_000_000_000_000
)

// NewScript returns an empty script.
func NewScript() *Script { return &Script{struck: map[string]int{}, names: map[string]string{}} }

// Add puts a fault on the list, or says which field is wrong.
func (s *Script) Add(f Fault) error { return s.AddAll([]Fault{f}) }

// AddAll puts all of the faults on the list, or none of them when one is wrong:
// half a script would be a different test.
func (s *Script) AddAll(faults []Fault) error {
	checked := make([]*Fault, 0, len(faults))
	for i, f := range faults {
		if err := f.check(); err != nil {
			if len(faults) > 1 {
				err = fmt.Errorf("fault %d of %d: %w", i+1, len(faults), err)
			}
			return err
		}
		if f.Times == 0 {
			f.Times = 1
		}
		checked = append(checked, &f)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, checked...)
	return nil
}

// check says which field is wrong.
func (f Fault) check() error {
	if !slices.Contains([]string{WeChat, Alipay, UnionPay, UnionPayAggregate}, f.Wallet) {
		return fmt.Errorf("wallet %q: want wechat, alipay, unionpay or unionpay-aggregate", f.Wallet)
	}
	if !slices.Contains(faultKinds, f.Kind) {
		return fmt.Errorf("kind %q: want one of %s", f.Kind, strings.Join(faultKinds, ", "))
	}
	answer := f.Kind == AnswerLost || f.Kind == AnswerError
	if answer && !slices.Contains(faultCalls, f.Call) {
		return fmt.Errorf("call %q: want one of %s", f.Call, strings.Join(faultCalls, ", "))
	}
	if !answer && f.Call != "" {
		return fmt.Errorf("call %q: leave it out, only answer_lost and answer_error name a call", f.Call)
	}
	if f.Times < 0 || f.DelaySeconds < 0 || f.AmountFen < 0 {
		return fmt.Errorf("times, delay_seconds and amount_fen must not be negative")
	}
	if f.Times > maxTimes || f.DelaySeconds > maxDelaySeconds || f.AmountFen > maxAmountFen {
		return fmt.Errorf("times must be at most %d, delay_seconds at most %d, amount_fen at most %d", maxTimes, maxDelaySeconds, maxAmountFen)
	}
	if f.Kind == PayLate && f.Wallet != WeChat {
		return fmt.Errorf("wallet %q: only wechat's orders can be paid after their end", f.Wallet)
	}
	if err := f.checkEnrolment(); err != nil {
		return err
	}
	if !strings.HasPrefix(f.Kind, "row_") {
		return nil
	}
	return f.checkRow()
}

// checkEnrolment is check for the fields of an application's faults.
func (f Fault) checkEnrolment() error {
	switch {
	case f.Kind == EnrolRejected && f.Text == "":
		return fmt.Errorf("text is missing: %s says why", f.Kind)
	case f.Kind == EnrolSlow && f.DelaySeconds == 0:
		return fmt.Errorf("delay_seconds is missing: %s says how long", f.Kind)
	case f.Kind != EnrolRejected && (f.Field != "" || f.Text != ""):
		return fmt.Errorf("field and text belong to %s only", EnrolRejected)
	case f.Kind != EnrolRejected && f.Kind != EnrolSlow && f.Merchant != "":
		return fmt.Errorf("merchant %q: only %s and %s name a merchant", f.Merchant, EnrolRejected, EnrolSlow)
	}
	return nil
}

// checkRow is check for the faults of a statement.
func (f Fault) checkRow() error {
	if f.OutTradeNo == "" {
		return fmt.Errorf("out_trade_no is missing: a statement fault names its order")
	}
	if (f.Kind == RowDay || f.Kind == RowExtra) && f.Date == "" {
		return fmt.Errorf("date is missing: %s names the statement's day as YYYY-MM-DD", f.Kind)
	}
	if f.Kind == RowState && f.Wallet != WeChat {
		return fmt.Errorf("wallet %q: only wechat's bill carries a refund state", f.Wallet)
	}
	if f.Date != "" {
		if _, err := bizdate.Parse(f.Date); err != nil {
			return err
		}
	}
	if f.Time != "" {
		if _, err := time.Parse(time.RFC3339, f.Time); err != nil {
			return fmt.Errorf("time %q: want RFC 3339 such as 2026-03-10T09:15:01+08:00", f.Time)
		}
	}
	return nil
}

// Pending lists the faults that are still on the list, in the order in which
// they were added; statement faults stay on it for good.
func (s *Script) Pending() []Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Fault, 0, len(s.faults))
	for _, f := range s.faults {
		out = append(out, *f)
	}
	return out
}

// Clear takes every fault off the list. What has struck stays counted.
func (s *Script) Clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// Strike takes a fault of the kind that fits the order or payer off the list,
// once per Times. call is "" for notice faults. A notice_duplicate is taken
// whole: its Times is the number of copies.
func (s *Script) Strike(wallet, kind, call, outTradeNo, payer string) (Fault, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, f := range s.faults {
		if f.Wallet != wallet || f.Kind != kind || f.Call != call ||
			(f.OutTradeNo != "" && f.OutTradeNo != outTradeNo) || (f.Payer != "" && f.Payer != payer && f.Payer != s.names[payer]) {
			continue
		}
		got := *f
		f.Times--
		if f.Times <= 0 || kind == NoticeDuplicate {
			s.faults = slices.Delete(s.faults, i, i+1)
		}
		s.struck[kind]++
		return got, true
	}
	return Fault{}, false
}

// Know tells the script which consumer a wallet's payer id belongs to; a wallet
// does so when it names the payer to a provider.
func (s *Script) Know(payerID, name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.names[payerID] = name
}

// Row returns the statement fault of the kind for an order, leaving it on the
// list: a statement may be fetched again and is the same again.
func (s *Script) Row(wallet, kind, outTradeNo string) (Fault, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.faults {
		if f.Wallet == wallet && f.Kind == kind && f.OutTradeNo == outTradeNo {
			return *f, true
		}
	}
	return Fault{}, false
}

// Extras lists the row_extra faults of a wallet for a statement's day
// (YYYY-MM-DD), in the order in which they were added.
func (s *Script) Extras(wallet, date string) []Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Fault
	for _, f := range s.faults {
		if f.Wallet == wallet && f.Kind == RowExtra && f.Date == date {
			out = append(out, *f)
		}
	}
	return out
}

// Struck counts the faults that have struck, by kind (statement faults, which
// stay, are not in it).
func (s *Script) Struck() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[string]int{}
	for k, n := range s.struck {
		out[k] = n
	}
	return out
}
