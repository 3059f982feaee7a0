package channeltest

import (
	"testing"
	"time"

	"juma/acquiring/channel"
	"juma/internal/money"
)

// refundOf is a new refund of a paid order.
func (s *suite) refundOf(req channel.PrepayRequest, amount money.Fen) channel.RefundRequest {
	return channel.RefundRequest{
		OrderRef: req.OrderRef, RefundNo: s.number('R'), RefundCreatedAt: s.Clock.Now(),
		Amount: amount, Total: req.Amount, Reason: "顾客退货", NotifyURL: s.Inbox.URL(),
	}
}

// refund asks for a refund that the wallet must take, and follows it until it
// is done.
func (s *suite) refund(t testing.TB, req channel.RefundRequest) channel.RefundResult {
	t.Helper()
	res, err := s.Adapter.Refund(t.Context(), req)
	if err != nil || (res.Outcome != channel.Succeeded && res.Outcome != channel.Pending) {
		t.Fatalf("Refund %s: %s, error %v; want succeeded or pending", req.RefundNo, show(res.Result), err)
	}
	return s.refundDone(t, req)
}

// refundDone asks about a refund, which must be done within a minute.
func (s *suite) refundDone(t testing.TB, req channel.RefundRequest) channel.RefundResult {
	t.Helper()
	var res channel.RefundResult
	for range 6 {
		var err error
		if res, err = s.Adapter.QueryRefund(t.Context(), req); err != nil {
			t.Fatalf("QueryRefund %s: %v", req.RefundNo, err)
		}
		if res.Outcome != channel.Pending {
			break
		}
		s.pass(10 * time.Second)
	}
	if res.Outcome != channel.Succeeded || res.NotFound {
		t.Fatalf("QueryRefund %s: %s, not found %v; want succeeded", req.RefundNo, show(res.Result), res.NotFound)
	}
	if res.Amount != req.Amount {
		t.Errorf("QueryRefund %s: %d fen, want %d", req.RefundNo, res.Amount, req.Amount)
	}
	return res
}

// refunded is what the wallet has given back of an order, in how many refunds.
func (s *suite) refunded(t testing.TB, orderNo string) (sum money.Fen, n int) {
	t.Helper()
	o, ok := s.Wallet.Find(orderNo)
	if !ok {
		t.Fatalf("the wallet does not know %s", orderNo)
	}
	for _, r := range o.Refunds {
		sum += money.Fen(r.AmountFen)
	}
	return sum, len(o.Refunds)
}

func (s *suite) testRefundInParts(t *testing.T) {
	req, _ := s.paid(t, 10_000)
	for _, part := range []money.Fen{1, 3_333, 6_666} {
		s.pass(time.Minute)
		s.refund(t, s.refundOf(req, part))
	}
	if sum, n := s.refunded(t, req.OrderNo); sum != req.Amount || n != 3 {
		t.Errorf("the wallet has given back %d fen in %d refunds, want %d in 3", sum, n, req.Amount)
	}
	res, err := s.Adapter.Refund(t.Context(), s.refundOf(req, 1))
	if err != nil || res.Outcome != channel.Refused {
		t.Errorf("a fen more than everything: %s, error %v; want refused", show(res.Result), err)
	}
	whole, _ := s.paid(t, 777)
	paidAt := s.Clock.Now().Add(-2 * time.Second)
	s.refund(t, s.refundOf(whole, whole.Amount))
	s.drain()
	// What was given back was paid first.
	s.checkPaid(t, whole, s.query(t, whole), paidAt)
}

// drain lets notices arrive that the case does not look at.
func (s *suite) drain() {
	s.pass(5 * time.Second)
	s.Inbox.Take()
}

func (s *suite) testRefundAgain(t *testing.T) {
	req, _ := s.paid(t, 10_000)
	refund := s.refundOf(req, 4_000)
	first := s.refund(t, refund)
	s.pass(time.Minute)
	if again := s.refund(t, refund); again.ChannelNo != first.ChannelNo {
		t.Errorf("the same refund again is %q at the wallet, was %q", again.ChannelNo, first.ChannelNo)
	}
	if sum, n := s.refunded(t, req.OrderNo); sum != 4_000 || n != 1 {
		t.Errorf("the wallet has given back %d fen in %d refunds, want 4000 in one", sum, n)
	}
	other := refund
	other.Amount = 5_000
	res, err := s.Adapter.Refund(t.Context(), other)
	if err != nil || res.Outcome != channel.Refused {
		t.Errorf("same number, other amount: %s, error %v; want refused", show(res.Result), err)
	}
	s.drain()
}

func (s *suite) testRefundRefused(t *testing.T) {
	req, _ := s.paid(t, 10_000)
	res, err := s.Adapter.Refund(t.Context(), s.refundOf(req, 10_001))
	if err == nil && res.Outcome != channel.Refused {
		t.Errorf("more than was paid: %s; want refused", show(res.Result))
	}
	unpaid := s.unpaid(t, 10_000)
	res, err = s.Adapter.Refund(t.Context(), s.refundOf(unpaid, 1))
	if err != nil || res.Outcome != channel.Refused {
		t.Errorf("of an unpaid order: %s, error %v; want refused", show(res.Result), err)
	}
	absent := s.order(channel.Payer{ID: unpaid.PayerID}, 10_000)
	res, err = s.Adapter.Refund(t.Context(), s.refundOf(absent, 1))
	if err != nil || res.Outcome != channel.Refused {
		t.Errorf("of an order that the wallet never saw: %s, error %v; want refused", show(res.Result), err)
	}
	if sum, _ := s.refunded(t, req.OrderNo); sum != 0 {
		t.Errorf("%d fen went back", sum)
	}
}

func (s *suite) testRefundNeverSeen(t *testing.T) {
	req, _ := s.paid(t, 10_000)
	res, err := s.Adapter.QueryRefund(t.Context(), s.refundOf(req, 1))
	if err != nil || res.Outcome != channel.Refused || !res.NotFound {
		t.Errorf("a refund never asked for: %s, not found %v, error %v; want refused and not found", show(res.Result), res.NotFound, err)
	}
}

func (s *suite) testRefundNotice(t *testing.T) {
	req, payment := s.paid(t, 10_000)
	s.pass(time.Minute)
	refund := s.refundOf(req, 2_500)
	askedAt := s.Clock.Now()
	if res, err := s.Adapter.Refund(t.Context(), refund); err != nil {
		t.Fatalf("Refund: %s, error %v", show(res.Result), err)
	}
	letter := s.theLetter(t, refund.RefundNo)
	res := s.refundDone(t, refund)
	n, lacks := letter.Verdict.Notice, s.Traits.RefundNoticeLacks
	for _, f := range []struct {
		name      string
		lacking   bool
		got, want any
	}{
		{"event", false, n.Event, channel.RefundEvent},
		{"order number", lacks.OrderNo, n.OrderNo, req.OrderNo},
		{"refund number", false, n.RefundNo, refund.RefundNo},
		{"merchant", false, n.MerchantID, req.MerchantID},
		{"currency", false, n.Currency, "CNY"},
		{"amount", lacks.Amount, n.Amount, refund.Amount},
		{"outcome", false, n.Result.Outcome, channel.Succeeded},
	} {
		if f.got != f.want && !f.lacking {
			t.Errorf("refund notice: %s %q, want %q", f.name, f.got, f.want)
		}
	}
	switch {
	case lacks.Time && !n.Time.IsZero():
		t.Errorf("refund notice: time %s, though the wallet gives none", n.Time)
	case !lacks.Time && n.Time.Sub(askedAt).Abs() > 2*time.Second:
		t.Errorf("refund notice: time %s, want about %s", n.Time, askedAt)
	}
	if n.ID == "" || n.ID == payment.Verdict.Notice.ID {
		t.Errorf("refund notice: ID %q, the payment's was %q", n.ID, payment.Verdict.Notice.ID)
	}
	if n.ChannelNo == "" || (res.ChannelNo != "" && n.ChannelNo != res.ChannelNo) {
		t.Errorf("refund notice: the wallet's number %q, the query says %q", n.ChannelNo, res.ChannelNo)
	}
	// Two refunds of one order are two events.
	second := s.refundOf(req, 2_500)
	if res, err := s.Adapter.Refund(t.Context(), second); err != nil {
		t.Fatalf("Refund: %s, error %v", show(res.Result), err)
	}
	if other := s.theLetter(t, second.RefundNo).Verdict.Notice; other.ID == n.ID || other.RefundNo != second.RefundNo {
		t.Errorf("second refund's notice: ID %q refund %q, want another ID than %q and %q", other.ID, other.RefundNo, n.ID, second.RefundNo)
	}
}

// testRefundTriedAgain: a refund that the wallet has refused is tried again under
// the same number, at another time.
func (s *suite) testRefundTriedAgain(t *testing.T) {
	req := s.unpaid(t, 10_000)
	refund := s.refundOf(req, 4_000)
	if res, err := s.Adapter.Refund(t.Context(), refund); err != nil || res.Outcome != channel.Refused {
		t.Fatalf("of an unpaid order: %s, error %v; want refused", show(res.Result), err)
	}
	s.press(t, req.OrderNo)
	refund.ChannelNo = s.theLetter(t, req.OrderNo).Verdict.Notice.ChannelNo
	s.pass(time.Minute)
	refund.RefundCreatedAt = s.Clock.Now()
	s.refund(t, refund)
	if sum, n := s.refunded(t, req.OrderNo); sum != 4_000 || n != 1 {
		t.Errorf("the wallet has given back %d fen in %d refunds, want 4000 in one", sum, n)
	}
	s.drain()
}

// testCancel: the whole of a payment goes back within the channel's clearing day.
// Where there is no cancellation it is a refund, which knows no such day.
func (s *suite) testCancel(t *testing.T) {
	req, _ := s.paid(t, 777)
	cancel := s.refundOf(req, 777)
	cancel.Cancel = true
	first := s.refund(t, cancel)
	if again := s.refund(t, cancel); again.ChannelNo != first.ChannelNo {
		t.Errorf("the same cancellation again is %q at the wallet, was %q", again.ChannelNo, first.ChannelNo)
	}
	letter := s.theLetter(t, cancel.RefundNo).Verdict.Notice
	if letter.Event != channel.RefundEvent || letter.Result.Outcome != channel.Succeeded {
		t.Errorf("its notice says %+v", letter)
	}
	if sum, n := s.refunded(t, req.OrderNo); sum != 777 || n != 1 {
		t.Errorf("the wallet has given back %d fen in %d refunds, want 777 in one", sum, n)
	}
	if res, err := s.Adapter.Refund(t.Context(), s.refundOf(req, 1)); err != nil || res.Outcome != channel.Refused {
		t.Errorf("a refund of what was cancelled: %s, error %v; want refused", show(res.Result), err)
	}
	s.drain()
}

// testCancelTooLate: the clearing day is over, and a refund takes the place of the
// cancellation. It lets a day pass, so it comes last.
func (s *suite) testCancelTooLate(t *testing.T) {
	late, _ := s.paid(t, 888)
	s.pass(24 * time.Hour)
	s.drain()
	cancel := s.refundOf(late, 888)
	cancel.Cancel = true
	res, err := s.Adapter.Refund(t.Context(), cancel)
	if err != nil || (res.Outcome == channel.Refused) != s.Adapter.Name().Cancels() {
		t.Errorf("a day later: %s, error %v", show(res.Result), err)
	}
	if res.Outcome == channel.Refused { // then it is refunded, under the same number
		s.pass(time.Second)
		cancel.Cancel, cancel.RefundCreatedAt = false, s.Clock.Now()
		s.refund(t, cancel)
	}
	s.drain()
}
