package acquiring

import (
	"context"
	"errors"
	"fmt"
	"time"

	"juma/acquiring/channel"
	"juma/acquiring/risk"
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
	ch := in.Wallet.Direct()
	a, err := s.adapter(ch)
	if err != nil {
		return PayOutput{}, err
	}
	if in.Amount <= 0 || in.Amount > MaxAmount {
		return PayOutput{}, fault.Field(op, "amount", in.Amount.Yuan(), "want 0.01 to %s yuan", MaxAmount.Yuan())
	}
	if in.RequestID == "" || in.PayerID == "" {
		return PayOutput{}, fault.Field(op, "request_id", in.RequestID, "request id and payer must both be given")
	}
	p, err := s.payment(ctx, in, ch)
	if err != nil {
		return PayOutput{}, fault.Wrap(op, "", err)
	}
	if err := stillPayable(p); err != nil {
		return PayOutput{Payment: p}, err
	}
	return s.prepay(ctx, a, in, p)
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

// payment finds the payment of the request or commits a new one.
func (s *Service) payment(ctx context.Context, in PayInput, ch channel.Name) (Payment, error) {
	p, err := s.Store.PaymentByRequest(ctx, in.RequestID)
	if err == nil {
		return p, sameRequest(p, in)
	}
	if !fault.Is(err, fault.NotFound) {
		return Payment{}, err
	}
	noCredit, err := s.checkLimits(ctx, in)
	if err != nil {
		return Payment{}, err
	}
	p, err = s.newPayment(ctx, in, ch)
	if err != nil {
		return Payment{}, err
	}
	p.NoCredit = noCredit
	for attempt := 0; ; attempt++ {
		err := s.insertPayment(ctx, &p, attempt)
		var f *fault.Error
		switch {
		case err == nil:
			return p, nil
		case errors.As(err, &f) && f.Kind == fault.Conflict && f.Field == "rrn" && attempt < 20:
			continue // another order of the day drew the same eight digits
		case errors.As(err, &f) && f.Kind == fault.Conflict && f.Field == "request_id":
			if p, err = s.Store.PaymentByRequest(ctx, in.RequestID); err != nil {
				return Payment{}, err
			}
			return p, sameRequest(p, in)
		}
		return Payment{}, err
	}
}

// newPayment fills in everything but the numbers that the transaction draws.
func (s *Service) newPayment(ctx context.Context, in PayInput, ch channel.Name) (Payment, error) {
	merchantNo, now := in.Scan.Merchant.No, s.Clock.Now()
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

// prepay places the order and records what the wallet answered.
func (s *Service) prepay(ctx context.Context, a channel.Adapter, in PayInput, p Payment) (PayOutput, error) {
	const op = "acquiring.Pay"
	res, err := a.Prepay(ctx, channel.PrepayRequest{
		OrderRef: refOf(p), Amount: p.Amount, Description: in.Scan.Store.Name, PayerID: p.PayerID,
		StoreID: p.StoreID, StoreName: in.Scan.Store.Name, TerminalNo: p.TerminalNo, ClientIP: in.ClientIP,
		NotifyURL: s.NotifyURL(p.Channel), ReturnURL: in.ReturnURL(p.ResultToken), ExpiresAt: p.ExpiresAt, NoCredit: p.NoCredit,
	})
	if err != nil { // certainly not sent: the row stays Created and can be tried again
		return PayOutput{Payment: p}, fault.Wrap(op, "", err)
	}
	to := map[channel.Outcome]PaymentState{channel.Succeeded: Pending, channel.Refused: Refused}[res.Outcome]
	if to == "" {
		to = Unknown
	}
	if p.State == to {
		return PayOutput{Payment: p, Prepay: res}, nil
	}
	moved := false
	err = s.Store.Update(ctx, func(tx Tx) (err error) {
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
