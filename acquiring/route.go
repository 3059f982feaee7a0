package acquiring

import (
	"context"
	"fmt"
	"slices"

	"juma/acquiring/channel"
	"juma/acquiring/routing"
	"juma/internal/fault"
	"juma/merchants"
)

// route decides by the rules in force; the record has the first try. Kinds: Unavailable when channels could carry
// the payment and none is up, Refused when the merchant is registered at none.
func (s *Service) route(ctx context.Context, in PayInput) (routing.Record, error) {
	set, version := routing.Direct(), 0
	if s.Routes != nil {
		var err error
		if set, version, err = s.Routes.InForce(ctx); err != nil {
			return routing.Record{}, err
		}
	}
	enrolled, err := s.enrolledAt(ctx, in.Scan.Merchant.No)
	if err != nil {
		return routing.Record{}, err
	}
	now := s.Clock.Now()
	d := routing.Decide(set, routing.Facts{
		Wallet: in.Wallet, MerchantNo: in.Scan.Merchant.No, StoreID: in.Scan.Store.ID, Amount: in.Amount, At: now, ByCode: in.Entry == ByCode,
		Enrolled: enrolled, Down: s.Breakers.Down(now), Seed: routing.SeedOf(in.RequestID),
	})
	d.Version = version
	if d.Channel == "" {
		return routing.Record{}, noRoute(in, d)
	}
	return routing.Record{Decision: d}.Trying(d.Channel, now), nil
}

// noRoute says why a payment has no channel.
func noRoute(in PayInput, d routing.Decision) error {
	const op = "acquiring.Pay"
	for _, p := range d.Passed {
		switch p.Why {
		case routing.BreakerOpen, routing.Paused, routing.Maintained:
			return &fault.Error{Op: op, Kind: fault.Unavailable, Field: "channel", Value: string(p.Channel), Msg: "cannot take payments now (" + string(p.Why) + "); try again later"}
		}
	}
	if slices.ContainsFunc(d.Passed, func(p routing.Passed) bool { return p.Why == routing.NoCodes }) {
		return &fault.Error{Op: op, Kind: fault.Refused, Field: "no_code_pay", Value: string(in.Wallet), Msg: "goes by no channel that takes the payer's code; let the payer scan"}
	}
	return &fault.Error{Op: op, Kind: fault.Refused, Field: "channel_not_enrolled", Value: string(in.Wallet),
		Msg: fmt.Sprintf("merchant %s does not accept %s", in.Scan.Merchant.No, in.Wallet)}
}

// enrolledAt lists the channels that a merchant can be paid through here.
func (s *Service) enrolledAt(ctx context.Context, merchantNo string) ([]channel.Name, error) {
	all, err := s.Merchants.Enrolments(ctx, merchantNo)
	if err != nil {
		return nil, err
	}
	var names []channel.Name
	for _, e := range all {
		if ch := channel.Name(e.Channel); e.State == merchants.EnrolAccepted && s.Channels[ch] != nil {
			names = append(names, ch)
		}
	}
	return names, nil
}

// RouteOf answers why a payment went where it went.
func (s *Service) RouteOf(ctx context.Context, orderNo string) (Payment, routing.Record, error) {
	p, err := s.Store.Payment(ctx, orderNo)
	if err != nil {
		return p, routing.Record{}, err
	}
	record, err := routing.Parse(p.Route)
	return p, record, err
}

// place sends the order to its channel and, where that is safe, to the next. It is
// safe when every try so far has ended without anything at a channel, and the record
// that says so is still the one that was read: two requests for one payment cannot
// both move it.
func (s *Service) place(ctx context.Context, in PayInput, p Payment, fresh bool) (PayOutput, error) {
	const op = "acquiring.Pay"
	record, err := routing.Parse(p.Route)
	if err != nil {
		return PayOutput{Payment: p}, err
	}
	if !fresh {
		if p, record, err = s.retry(ctx, p, record); err != nil {
			return PayOutput{Payment: p}, fault.Wrap(op, "", err)
		}
	}
	for {
		res, sendErr := s.send(ctx, in, p)
		end := endOf(res, sendErr)
		if end == "" {
			if sendErr != nil {
				return PayOutput{Payment: p}, fault.Wrap(op, "", sendErr)
			}
			return s.placed(ctx, p, res)
		}
		record = record.Ended(end, res.Code)
		moved, err := s.moveOn(ctx, &p, &record)
		switch {
		case err != nil:
			return PayOutput{Payment: p}, fault.Wrap(op, "", err)
		case moved:
			continue
		case sendErr != nil: // certainly not sent: the row stays as it is and can be tried again
			return PayOutput{Payment: p}, fault.Wrap(op, "", sendErr)
		}
		return s.placed(ctx, p, res)
	}
}

// retry writes one more try into the record before it is made. Where another request
// has one under way, that try is shared from now on, and neither moves the payment.
func (s *Service) retry(ctx context.Context, p Payment, record routing.Record) (Payment, routing.Record, error) {
	for range 5 {
		if record.Shared() {
			return p, record, nil
		}
		record = record.Again(p.Channel, s.Clock.Now())
		moved, err := s.reroute(ctx, &p, p.Channel, p.ChannelID, record, Created, Pending, Unknown)
		if err != nil || moved {
			return p, record, err
		}
		// Another request for this payment is at work, or its end has come.
		if p, err = s.Store.Payment(ctx, p.OrderNo); err != nil {
			return p, record, err
		}
		if err := stillPayable(p); err != nil {
			return p, record, err
		}
		if record, err = routing.Parse(p.Route); err != nil {
			return p, record, err
		}
	}
	return p, record, fault.New("acquiring.Pay", fault.Unavailable, "order %s is being placed by other requests; ask again", p.OrderNo)
}

// send places the order at the payment's channel, unless its breaker is open: then
// certainly nothing is sent.
func (s *Service) send(ctx context.Context, in PayInput, p Payment) (channel.PrepayResult, error) {
	a, err := s.adapter(p.Channel)
	if err != nil {
		return channel.PrepayResult{}, err
	}
	if !s.Breakers.Begin(p.Channel, s.Clock.Now()) {
		return channel.PrepayResult{}, fault.New("acquiring.Pay", fault.Unavailable, "%s does not answer at the moment", p.Channel)
	}
	failed := true // also when the adapter panics
	defer func() { s.Breakers.End(p.Channel, s.Clock.Now(), failed) }()
	res, err := a.Prepay(ctx, channel.PrepayRequest{
		OrderRef: refOf(p), Amount: p.Amount, Description: in.Scan.Store.Name, PayerID: p.PayerID,
		StoreID: p.StoreID, StoreName: in.Scan.Store.Name, TerminalNo: p.TerminalNo, ClientIP: in.ClientIP,
		NotifyURL: s.NotifyURL(p.Channel), ReturnURL: in.ReturnURL(p.ResultToken), ExpiresAt: p.ExpiresAt, NoCredit: p.NoCredit,
	})
	failed = ctx.Err() == nil && (fault.Is(err, fault.Unavailable) || (err == nil && res.Outcome == channel.Unknown))
	return res, err
}

// endOf tells whether a try has ended so that another channel may be asked: nothing
// was sent, or the channel said no for a reason of its own. What it refuses because
// of the payer it would be wrong to ask for elsewhere.
func endOf(res channel.PrepayResult, err error) routing.TryResult {
	switch {
	case fault.Is(err, fault.Unavailable):
		return routing.NotSent
	case err == nil && res.Outcome == channel.Refused && (res.Reason == "" || res.Reason == channel.NotPossible):
		return routing.SaidNo
	}
	return ""
}

// moveOn takes the payment to the next channel of its route, if there is one that may
// be asked. Otherwise it only writes the end of the try down, unless another request
// has written meanwhile: then that one's word holds and this one moves nothing.
func (s *Service) moveOn(ctx context.Context, p *Payment, record *routing.Record) (bool, error) {
	now := s.Clock.Now()
	down := s.Breakers.Down(now)
	next, ok := record.Next(func(ch channel.Name) bool { return s.Channels[ch] != nil && !slices.Contains(down, ch) })
	if ok && p.State == Created && now.Before(p.ExpiresAt) {
		id, err := s.channelID(ctx, p.MerchantNo, next.Channel)
		if err == nil {
			trying := record.Trying(next.Channel, now)
			moved, err := s.reroute(ctx, p, next.Channel, id, trying, Created)
			if moved {
				*record = trying
				s.Log.InfoContext(ctx, "payment moved to another channel", "order", p.OrderNo, "to", next.Channel)
			}
			return moved, err
		}
		if !fault.Is(err, fault.Refused) { // not registered there any more: it stays where it is
			return false, err
		}
	}
	if record.Text() == p.Route {
		return false, nil
	}
	_, err := s.reroute(ctx, p, p.Channel, p.ChannelID, *record, Created, Pending, Unknown)
	return false, err
}

func (s *Service) reroute(ctx context.Context, p *Payment, ch channel.Name, channelID string, record routing.Record, from ...PaymentState) (moved bool, err error) {
	to := Rerouted{Channel: ch, ChannelID: channelID, Route: record.Text()}
	err = s.Store.Update(ctx, func(tx Tx) (err error) {
		moved, err = tx.Reroute(p.OrderNo, p.Route, from, to)
		return err
	})
	if err == nil && moved {
		p.Channel, p.ChannelID, p.Route = ch, channelID, to.Route
	}
	return moved, err
}
