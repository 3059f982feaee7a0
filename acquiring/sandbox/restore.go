package sandbox

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Restorer is a wallet that can be reminded. A sandbox keeps its books in
// memory; when the process begins again, whoever kept the provider's side
// tells it what it knew, and queries, refunds and statements are as before.
// Wallets need not have it: ask by assertion.
type Restorer interface {
	// Introduce tells the names of consumers who may have paid before. The names
	// that a wallet gives to providers do not lead back to the consumer.
	Introduce(consumers []string)
	// Restore takes back orders, all of them or, with an error that names the
	// order and what is wrong with it, none. It may be called again with others;
	// an order that the wallet knows already is an error. No notice is sent.
	Restore(orders []Past) error
}

// Past is an order as a provider remembers it: paid when PaidAt is set, and
// otherwise one that still waits. Amounts are fen. The wallet's own numbers of
// what has not happened yet derive from the order's number, as ever.
type Past struct {
	OutTradeNo  string
	TradeNo     string // the wallet's number of the payment; "" while unpaid
	MerchantID  string
	Description string
	// Terminal, Store and Attach are what the order carried in the fields of
	// those names, "" for none: statements and notices give them back.
	Terminal, Store, Attach string
	AmountFen               int64
	// Payer is who the order was placed for, as the wallet names them to the
	// provider; PayerAccount is the account as the wallet showed it, for a
	// consumer whom nobody has introduced. It may be "".
	Payer, PayerAccount string
	// Consumer is, of an order by code, which was placed for nobody, the name of whoever
	// showed it; Payer is "" then.
	Consumer string
	// Carried is the wallet that the payer held, where that is not the one that has the
	// order (UnionPay's service-provider interface), else "".
	Carried   string
	NotifyURL string // where notices go from now on
	CreatedAt time.Time
	ExpiresAt time.Time // zero: by the wallet's own rule
	PaidAt    time.Time
	Refunds   []PastRefund // done ones
}

// PastRefund is a refund that was done.
type PastRefund struct {
	OutRefundNo string
	RefundNo    string // the wallet's number of it
	AmountFen   int64
	Reason      string
	RequestedAt time.Time // the provider's time of the request, which may be part of its name
	At          time.Time // when the wallet did it
	Cancel      bool      // a cancellation (撤销) of the whole, where the wallet has them
}

// Check says what is wrong with an order, in one sentence that names it.
func (p Past) Check() error {
	wrong := func(format string, args ...any) error {
		return fmt.Errorf("order %q cannot be restored: %s", p.OutTradeNo, fmt.Sprintf(format, args...))
	}
	switch {
	case p.OutTradeNo == "" || p.MerchantID == "" || (p.Payer == "") == (p.Consumer == ""):
		return wrong("out_trade_no, merchant %q, and either payer %q or consumer %q must be given", p.MerchantID, p.Payer, p.Consumer)
	case p.AmountFen <= 0:
		return wrong("amount %d fen: want more than 0", p.AmountFen)
	case p.CreatedAt.IsZero():
		return wrong("the time of its creation is missing")
	case p.PaidAt.IsZero() && (p.TradeNo != "" || len(p.Refunds) > 0):
		return wrong("it has a trade number or refunds, and no time of payment")
	case !p.PaidAt.IsZero() && p.TradeNo == "":
		return wrong("it is paid and has no trade number")
	}
	left := p.AmountFen
	for _, r := range p.Refunds {
		switch {
		case r.OutRefundNo == "" || r.RefundNo == "" || r.RequestedAt.IsZero() || r.At.IsZero():
			return wrong("refund %q: its numbers (the wallet's is %q) and times must all be given", r.OutRefundNo, r.RefundNo)
		case r.AmountFen <= 0 || r.AmountFen > left:
			return wrong("refund %q: amount %d fen, want 1 to the %d that are left", r.OutRefundNo, r.AmountFen, left)
		}
		left -= r.AmountFen
	}
	return nil
}

// CheckAll checks orders that come together: each by itself, and that no number
// is there twice. known tells whether the wallet has the order, or with a refund
// given that refund, already; it may be asked about none that fails Check.
func CheckAll(orders []Past, known func(p Past, r *PastRefund) bool) error {
	seen := map[string]bool{}
	twice := func(number string, known bool) error {
		if known || seen[number] {
			return fmt.Errorf("%s cannot be restored: it is known already", number)
		}
		seen[number] = true
		return nil
	}
	for _, p := range orders {
		err := p.Check()
		if err == nil {
			err = twice("order "+p.OutTradeNo, known(p, nil))
		}
		for i := range p.Refunds {
			if err == nil {
				err = twice("refund "+p.Refunds[i].OutRefundNo+" of order "+p.OutTradeNo, known(p, &p.Refunds[i]))
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// InOrder lists the refunds as they happened: by time, then number.
func (p Past) InOrder() []PastRefund {
	return slices.SortedStableFunc(slices.Values(p.Refunds), func(a, b PastRefund) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.OutRefundNo, b.OutRefundNo))
	})
}
