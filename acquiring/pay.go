package acquiring

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"juma/acquiring/channel"
	"juma/acquiring/risk"
	"juma/acquiring/routing"
	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/internal/id"
	"juma/internal/money"
	"juma/merchants"
)

// PayInput asks for a payment.
type PayInput struct {
	Scan      Scan
	Wallet    channel.Wallet
	PayerID   string
	Amount    money.Fen
	RequestID string // the page's idempotency key: the same again is the same payment
	ClientIP  string
	Entry     Entry  // how the payment was begun; "" is ByScan
	Operator  string // by code: the login of who scans
	// ReturnURL is where a redirecting wallet comes back to, given the result
	// token.
	ReturnURL func(resultToken string) string
}

// PayOutput is the payment and what the page needs to open the wallet.
type PayOutput struct {
	Payment Payment
	Prepay  channel.PrepayResult
}

// MaxAmount is the largest single payment: 9,999,999.99 yuan fits every file.
const MaxAmount money.Fen = 999_999_999

// Pay commits a payment and places the order at the wallet. The same RequestID
// with the same content gives the same payment again; with other content it is
// a Conflict that names the field. A limit or the wallet saying no is fault kind
// Refused. A lost answer is no error: Prepay.Outcome is Unknown and the page may
// ask again with the same RequestID.
func (s *Service) Pay(ctx context.Context, in PayInput) (PayOutput, error) {
	const op = "acquiring.Pay"
	if !slices.Contains(channel.Wallets, in.Wallet) {
		return PayOutput{}, fault.Field(op, "wallet", string(in.Wallet), "is none that we know")
	}
	if in.Amount <= 0 || in.Amount > MaxAmount {
		return PayOutput{}, fault.Field(op, "amount", in.Amount.Yuan(), "want 0.01 to %s yuan", MaxAmount.Yuan())
	}
	if in.RequestID == "" || in.PayerID == "" {
		return PayOutput{}, fault.Field(op, "request_id", in.RequestID, "request id and payer must both be given")
	}
	p, fresh, err := s.payment(ctx, in)
	if err != nil {
		return PayOutput{}, fault.Wrap(op, "", err)
	}
	if err := stillPayable(p); err != nil {
		return PayOutput{Payment: p}, err
	}
	return s.place(ctx, in, p, fresh)
}

// stillPayable says why an order can no longer be paid: Conflict when it is paid
// already, Refused when it has ended without.
func stillPayable(p Payment) error {
	const op = "acquiring.Pay"
	switch p.State {
	case Created, Pending, Unknown:
		return nil
	case Paid:
		return fault.New(op, fault.Conflict, "order %s is paid already", p.OrderNo)
	}
	return &fault.Error{Op: op, Kind: fault.Refused, Field: "order_" + string(p.State), Value: p.OrderNo, Msg: "this order can no longer be paid; start a new one"}
}

// payment finds the payment of the request or commits a new one, which is fresh: its
// record has the first try, and nothing was sent yet.
func (s *Service) payment(ctx context.Context, in PayInput) (p Payment, fresh bool, err error) {
	p, err = s.Store.PaymentByRequest(ctx, in.RequestID)
	if err == nil {
		return p, false, sameRequest(p, in)
	}
	if !fault.Is(err, fault.NotFound) {
		return Payment{}, false, err
	}
	noCredit, err := s.checkLimits(ctx, in)
	if err != nil {
		return Payment{}, false, err
	}
	record, err := s.route(ctx, in)
	if err != nil {
		return Payment{}, false, err
	}
	p, err = s.newPayment(ctx, in, record)
	if err != nil {
		return Payment{}, false, err
	}
	p.NoCredit = noCredit
	for attempt := 0; ; attempt++ {
		err := s.insertPayment(ctx, &p, attempt)
		var f *fault.Error
		switch {
		case err == nil:
			return p, true, nil
		case errors.As(err, &f) && f.Kind == fault.Conflict && f.Field == "rrn" && attempt < 20:
			continue // another order of the day drew the same eight digits
		case errors.As(err, &f) && f.Kind == fault.Conflict && f.Field == "request_id":
			if p, err = s.Store.PaymentByRequest(ctx, in.RequestID); err != nil {
				return Payment{}, false, err
			}
			return p, false, sameRequest(p, in)
		}
		return Payment{}, false, err
	}
}

// newPayment fills in everything but the numbers that the transaction draws.
func (s *Service) newPayment(ctx context.Context, in PayInput, record routing.Record) (Payment, error) {
	merchantNo, ch, now := in.Scan.Merchant.No, record.Channel, s.Clock.Now()
	channelID, err := s.channelID(ctx, merchantNo, ch)
	if err != nil {
		return Payment{}, err
	}
	agreements, err := s.Merchants.Agreements(ctx, merchantNo)
	if err != nil {
		return Payment{}, err
	}
	agreement, ok := merchants.AgreementAt(agreements, string(in.Wallet), bizdate.Of(now))
	if !ok {
		return Payment{}, &fault.Error{Op: "acquiring.Pay", Kind: fault.Refused, Field: "no_agreement", Value: merchantNo,
			Msg: fmt.Sprintf("no rate is agreed for %s on %s", in.Wallet, bizdate.Of(now))}
	}
	entry := in.Entry
	if entry == "" {
		entry = ByScan
	}
	return Payment{
		MerchantNo: merchantNo, StoreID: in.Scan.Store.ID, TerminalNo: in.Scan.Binding.TerminalNo,
		PlateKey: in.Scan.Plate.Key, BindingVersion: in.Scan.Binding.Version, Entry: entry,
		Wallet: in.Wallet, Channel: ch, ChannelID: channelID, Amount: in.Amount, State: Created,
		AgreementID: agreement.ID, FeeRate: agreement.Rate, FeeCap: agreement.Cap,
		PayerID: in.PayerID, RequestID: in.RequestID, ResultToken: id.Token(s.Random),
		CreatedAt: now, ExpiresAt: now.Add(s.life(entry)), NextQueryAt: now.Add(queryAfter(0)), Operator: in.Operator,
		Route: record.Text(),
	}, nil
}

// life is how long an order can be paid.
func (s *Service) life(entry Entry) time.Duration {
	if entry == ByCode {
		return s.CodeWindow
	}
	return s.Expiry
}

func (s *Service) insertPayment(ctx context.Context, p *Payment, attempt int) error {
	day := bizdate.Of(p.CreatedAt)
	return s.Store.Update(ctx, func(tx Tx) error {
		if err := s.holdLimit(tx, *p); err != nil {
			return err
		}
		trace, err := tx.NextTrace(p.TerminalNo)
		if err != nil {
			return err
		}
		p.Trace = id.Trace(trace)
		p.OrderNo = id.OrderNo('P', day, p.TerminalNo, trace)
		p.RRN = id.RRN(day, p.OrderNo, attempt)
		return tx.InsertPayment(*p)
	})
}

// holdLimit holds a payment against the payer's limit in the commit that makes it. What
// checkLimits has found may have changed since, and orders that are open count as well.
func (s *Service) holdLimit(tx Tx, p Payment) error {
	if p.Entry == ByCode || !s.Limits.Reserves() {
		return nil
	}
	today := bizdate.Of(p.CreatedAt)
	paid, open, err := tx.PayerStatic(p.Wallet, p.PayerID, today.Start(), today.AddDays(1).Start(), p.CreatedAt)
	if err != nil {
		return err
	}
	if f := s.Limits.Reserve(p.Amount, paid, open); f != nil {
		return f.Error()
	}
	return nil
}

func sameRequest(p Payment, in PayInput) error {
	differs := func(field, was, is string) error {
		return &fault.Error{Op: "acquiring.Pay", Kind: fault.Conflict, Field: field, Value: is,
			Msg: fmt.Sprintf("request %s was made with %s %q; use a new request id for another payment", p.RequestID, field, was)}
	}
	switch {
	case p.Amount != in.Amount:
		return differs("amount", p.Amount.Yuan(), in.Amount.Yuan())
	case p.PlateKey != in.Scan.Plate.Key:
		return differs("plate", p.PlateKey, in.Scan.Plate.Key)
	case p.Wallet != in.Wallet:
		return differs("wallet", string(p.Wallet), string(in.Wallet))
	case p.PayerID != in.PayerID:
		return differs("payer", "another payer", "this payer")
	}
	return nil
}

// placed records what the channel answered.
func (s *Service) placed(ctx context.Context, p Payment, res channel.PrepayResult) (PayOutput, error) {
	const op = "acquiring.Pay"
	to := map[channel.Outcome]PaymentState{channel.Succeeded: Pending, channel.Refused: Refused}[res.Outcome]
	if to == "" {
		to = Unknown
	}
	if p.State == to {
		return PayOutput{Payment: p, Prepay: res}, nil
	}
	moved := false
	err := s.Store.Update(ctx, func(tx Tx) (err error) {
		moved, err = tx.MovePayment(p.OrderNo, PaymentMoves.Into(to), to, PaymentChange{Code: &res.Code, Message: &res.Message, Reason: &res.Reason})
		return err
	})
	if err == nil && !moved { // a notice or the sweep was faster: what it says holds
		if p, err = s.Store.Payment(ctx, p.OrderNo); err == nil {
			return PayOutput{Payment: p, Prepay: res}, stillPayable(p)
		}
	}
	if err != nil {
		return PayOutput{Payment: p}, fault.Wrap(op, "", err)
	}
	p.State, p.Code, p.Message, p.Reason = to, res.Code, res.Message, res.Reason
	if to == Refused {
		return PayOutput{Payment: p, Prepay: res}, &fault.Error{Op: op, Kind: fault.Refused, Field: refusalField(res.Reason), Value: res.Code, Msg: res.Message}
	}
	return PayOutput{Payment: p, Prepay: res}, nil
}

// refusalField names a wallet's refusal: the limit of static codes is the same
// limit whoever counts it, and has the same next step.
func refusalField(r channel.Reason) string {
	if r == channel.StaticLimit {
		return string(risk.StaticCode)
	}
	return "wallet_refused"
}

func refOf(p Payment) channel.OrderRef {
	return channel.OrderRef{Wallet: p.Wallet, OrderNo: p.OrderNo, MerchantID: p.ChannelID, ChannelNo: p.ChannelNo, CreatedAt: p.CreatedAt}
}
