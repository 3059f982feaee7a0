package acquiring

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"juma/acquiring/channel"
	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/internal/money"
)

// PaymentQuery chooses payments of all merchants, newest first; zero fields choose
// all.
type PaymentQuery struct {
	MerchantNo string
	PlateKey   string
	Wallet     channel.Wallet
	Channel    channel.Name
	State      PaymentState
	Since      time.Time // created at this time or later …
	Until      time.Time // … and before this one
	Least      money.Fen
	Most       money.Fen
	// Before is the order number of the last payment of the page before.
	Before string
	Limit  int
}

// OnDay chooses what was created on a day in China.
func (q PaymentQuery) OnDay(d bizdate.Date) PaymentQuery {
	q.Since, q.Until = d.Start(), d.AddDays(1).Start()
	return q
}

// FoundBy says by which of its numbers an order was found.
type FoundBy string

// The numbers of an order.
const (
	FoundByOrder   FoundBy = "order"   // ours, of the payment
	FoundByRefund  FoundBy = "refund"  // ours, of the refund
	FoundByRRN     FoundBy = "rrn"     // 检索参考号
	FoundByChannel FoundBy = "channel" // the wallet's or the channel's
	FoundByTrace   FoundBy = "trace"   // 终端流水号, unique for a terminal and a day only
	FoundByPayer   FoundBy = "payer"   // who paid, as the wallet names them
)

// FoundByAll lists the numbers in the order in which they are looked up.
var FoundByAll = []FoundBy{FoundByOrder, FoundByRefund, FoundByRRN, FoundByChannel, FoundByTrace, FoundByPayer}

// FoundPayment is a payment that a number leads to: its own, or that of one of its
// refunds.
type FoundPayment struct {
	Payment
	By       FoundBy
	RefundNo string // of the refund that the number belongs to, "" for the payment's own
}

// OpenOrder is a payment or refund that is not final.
type OpenOrder struct {
	Kind        channel.LineKind
	No          string // order number or refund number
	OrderNo     string // of the payment, of either
	MerchantNo  string
	Channel     channel.Name
	Amount      money.Fen
	State       string // a PaymentState or a RefundState
	CreatedAt   time.Time
	Attempts    int // questions asked in vain
	NextQueryAt time.Time
	Code        string // what the wallet said last
	Message     string
}

// OpenQuery chooses what is not final.
type OpenQuery struct {
	Channel channel.Name // "" is all
	Until   time.Time    // created at this time or before
	Limit   int
}

// maxAskReason is the longest reason for a question, in characters.
const maxAskReason = 120

// AskAgain asks the wallet about one payment or refund because a person wants to
// know now; who and why is on record whatever the wallet says. Fault kinds: Invalid
// with Field "reason", NotFound, and those of the channel being out of reach.
func (s *Service) AskAgain(ctx context.Context, kind channel.LineKind, no, by, reason string) error {
	const op = "acquiring.AskAgain"
	reason = strings.TrimSpace(reason)
	if reason == "" || utf8.RuneCountInString(reason) > maxAskReason {
		return fault.Field(op, "reason", "", "want 1 to %d characters", maxAskReason)
	}
	object, state := "payment "+no, ""
	if kind == channel.RefundLine {
		r, err := s.Store.Refund(ctx, no)
		if err != nil {
			return fault.Wrap(op, "", err)
		}
		object, state = "refund "+no, string(r.State)
	} else {
		p, err := s.Store.Payment(ctx, no)
		if err != nil {
			return fault.Wrap(op, "", err)
		}
		state = string(p.State)
	}
	action, _, _ := strings.Cut(object, " ")
	err := s.Store.Update(ctx, func(tx Tx) error {
		return tx.Audit(s.newAudit(by, action+".asked", object, state, "", reason))
	})
	if err != nil {
		return fault.Wrap(op, "", err)
	}
	return fault.Wrap(op, "", s.Ask(ctx, kind, no))
}
