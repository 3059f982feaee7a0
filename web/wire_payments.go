package web

import (
	"context"
	"fmt"
	"strings"

	"juma/acquiring"
	"juma/acquiring/channel"
	"juma/internal/fault"
)

// maxWire bounds how many messages of a payment a page shows.
const maxWire = 100

// wireEvent is what went over the wallet's wire, with the messages folded.
func (l lang) wireEvent(m acquiring.WireMessage) Event {
	x := m.Exchange
	e := Event{Time: x.At, Title: l.text("wire.out", l.text("channel."+string(m.Channel)), l.text("wire.method."+m.Method)), Tone: Idle}
	if m.Method == "notice" {
		e.Title = l.text("wire.in", l.text("channel."+string(m.Channel)))
	}
	var parts []string
	if m.Outcome != "" {
		parts = append(parts, l.text("wire.outcome."+string(m.Outcome)))
	}
	if x.Status != 0 {
		parts = append(parts, fmt.Sprintf("HTTP %d", x.Status), fmt.Sprintf("%d ms", x.Took))
	}
	if x.Problem != "" {
		e.Tone = Warn
		parts = append(parts, l.text("wire.problem."+string(x.Problem)))
	}
	e.Text = joined(" · ", append(parts, m.RefundNo)...)
	e.Folded, e.Label = wireText(x), l.text("wire.show")
	return e
}

// wireText is request and answer one below the other.
func wireText(x channel.Exchange) string {
	var b strings.Builder
	if x.URL != "" {
		fmt.Fprintf(&b, "%s %s\n", x.Method, x.URL)
	}
	b.WriteString(x.Request)
	if x.Status != 0 {
		fmt.Fprintf(&b, "\n\n← HTTP %d\n%s", x.Status, x.Answer)
	}
	return strings.TrimSpace(b.String())
}

// resendable lists what can be told to the merchant's side once more.
func (page *paymentFilePage) resendable(l lang) []Option {
	var all []Option
	if page.State == acquiring.Paid {
		all = append(all, option("", l.text("payments.this_one", page.OrderNo)))
	}
	for _, r := range page.Refunds {
		if r.State == acquiring.RefundSucceeded {
			all = append(all, option(r.RefundNo, joined(" · ", r.RefundNo, r.Amount.Yuan())))
		}
	}
	return all
}

// paymentResend tells once more that the payment was paid, or that one of its refunds
// succeeded.
func (s *Server) paymentResend(ctx context.Context, r *request) (response, error) {
	no, refundNo := r.param("no"), r.PostForm.Get("refund_no")
	kind, about := channel.PaymentLine, no
	if refundNo != "" {
		if err := s.refundOf(ctx, no, refundNo); err != nil {
			return response{}, err
		}
		kind, about = channel.RefundLine, refundNo
	}
	reason := strings.TrimSpace(r.PostForm.Get("reason"))
	err := s.cfg.PaymentOffice.Resend(ctx, kind, about, r.user.Login, reason)
	if fault.Is(err, fault.Refused) {
		return s.showPaymentFile(ctx, r, statusOf[fault.Refused], paymentFilePage{Code: "resend_nothing", Typed: reason})
	}
	return s.paymentActed(ctx, r, err, "payment_resent", paymentFilePage{Typed: reason, RefundNo: refundNo})
}
