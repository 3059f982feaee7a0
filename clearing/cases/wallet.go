package cases

import (
	"context"

	"juma/acquiring"
	"juma/clearing"
	"juma/internal/fault"
)

// atTheWallet does what a decision needs of the wallet before it is committed: it
// asks about an order once more, or lets money go back. Each can be done again
// without a second effect, so an approval that was stopped is approved once more.
// byHand tells that we have no order to refund.
func (s *Service) atTheWallet(ctx context.Context, c Case, p Proposal, by string) (byHand bool, err error) {
	it := c.Item
	switch {
	case p.Action == AcceptLate:
		return false, s.ask(ctx, it)
	case p.Action != Refund:
		return false, nil
	case it.Class == clearing.Duplicate:
		if known, err := s.Store.OrderKnown(ctx, it.Kind, it.OrderNo); err != nil || !known {
			return true, err
		}
		d, err := s.nextBatch(ctx, it.Date)
		if err != nil {
			return false, err
		}
		return false, s.Orders.RefundSecond(ctx, it.OrderNo, it.ChannelNo, d)
	}
	if err := s.ask(ctx, it); fault.Is(err, fault.NotFound) {
		return true, nil
	} else if err != nil {
		return false, err
	}
	r, err := s.record(ctx, it)
	if err != nil || r == nil {
		return false, err // Decide says that the channel does not call it successful
	}
	_, err = s.Orders.RequestRefund(ctx, acquiring.RefundInput{OrderNo: it.OrderNo, Amount: r.Amount, Reason: p.Reason, RequestID: "difference:" + it.ID, By: by})
	return false, err
}

// ask asks the wallet about an order, unless the answer is known.
func (s *Service) ask(ctx context.Context, it clearing.Item) error {
	if r, err := s.record(ctx, it); err != nil || r != nil {
		return err
	}
	return s.Orders.Ask(ctx, it.Kind, it.OrderNo)
}
