package acquiring

import (
	"context"
	"fmt"
	"time"

	"juma/acquiring/channel"
	"juma/acquiring/routing"
	"juma/internal/fault"
	"juma/internal/money"
	"juma/merchants"
	"juma/qrcode"
)

// A payment by the payer's code (被扫) goes through this:
//
//  1. the row is committed, then moved to unknown, and only then the code is sent:
//     it can be used once, so whoever moved the row is the only one who sends it,
//     and whatever happens afterwards, "unknown" is what the row already says;
//  2. what the wallet does not decide at once is asked about every few seconds,
//     by the page that waits and by the sweep;
//  3. what is not decided when the time is up is moved to reversing and undone at
//     the wallet, and that is asked for until the wallet confirms it. From then on
//     a success that comes is undone with it: the shop was told "not paid".

// CodeInput asks for a payment by the code that the payer shows.
type CodeInput struct {
	MerchantNo string
	StoreID    string
	Code       channel.PayCode
	Amount     money.Fen
	RequestID  string // the page's idempotency key: the same again is the same payment
	ClientIP   string // of the merchant's device
	Operator   string // login of who scans
}

// codeGap is how often an undecided payment by code is asked about.
const codeGap = 5 * time.Second

// PayByCode takes a payment by the payer's code. The payment tells how it stands:
// Paid, Refused with Reason, or Pending and Unknown, which Look takes on. A code of
// no wallet that we know is fault kind Invalid and field "code"; a limit of ours or
// no way to the wallet refuses before anything is sent. The same RequestID again
// never sends a code again.
func (s *Service) PayByCode(ctx context.Context, in CodeInput) (Payment, error) {
	const op = "acquiring.PayByCode"
	wallet, ok := in.Code.WalletOf()
	switch {
	case in.Amount <= 0 || in.Amount > MaxAmount:
		return Payment{}, fault.Field(op, "amount", in.Amount.Yuan(), "want 0.01 to %s yuan", MaxAmount.Yuan())
	case !ok:
		return Payment{}, fault.Field(op, "code", in.Code.String(), "is no payment code of WeChat, Alipay or UnionPay")
	case in.RequestID == "":
		return Payment{}, fault.Field(op, "request_id", "", "is missing")
	}
	scan, err := s.counter(ctx, in.MerchantNo, in.StoreID)
	if err != nil {
		return Payment{}, fault.Wrap(op, "", err)
	}
	pay := PayInput{Scan: scan, Wallet: wallet, Amount: in.Amount, RequestID: in.RequestID, ClientIP: in.ClientIP, Entry: ByCode, Operator: in.Operator}
	p, _, err := s.payment(ctx, pay)
	if err != nil {
		return p, fault.Wrap(op, "", err)
	}
	mine, err := s.aboutToSend(ctx, &p)
	if err != nil || !mine {
		return p, fault.Wrap(op, "", err)
	}
	p, err = s.sendCode(ctx, p, scan, in)
	return p, fault.Wrap(op, "", err)
}

func (s *Service) codePayer(ch channel.Name) (channel.CodePayer, error) {
	a, err := s.adapter(ch)
	if err != nil {
		return nil, err
	}
	codes, ok := a.(channel.CodePayer)
	if !ok {
		return nil, &fault.Error{Op: "acquiring.codePayer", Kind: fault.Refused, Field: "no_code_pay", Value: string(ch), Msg: "takes no payments by the payer's code"}
	}
	return codes, nil
}

// counter is where a merchant scans: one of its stores, with a terminal to number
// the payments by. It stands in for what a plate would say.
func (s *Service) counter(ctx context.Context, merchantNo, storeID string) (Scan, error) {
	const op = "acquiring.counter"
	m, err := s.Merchants.Merchant(ctx, merchantNo)
	if err != nil {
		return Scan{}, err
	}
	store, err := s.Merchants.StoreByID(ctx, storeID)
	if err != nil {
		return Scan{}, err
	}
	switch {
	case store.MerchantNo != merchantNo:
		return Scan{}, fault.Field(op, "store_id", storeID, "is a store of another merchant")
	case m.State != merchants.Active:
		return Scan{}, &PlateError{State: "merchant"}
	case !store.ClosedAt.IsZero():
		return Scan{}, &PlateError{State: "place"}
	}
	terminals, err := s.Merchants.TerminalsOf(ctx, merchantNo)
	if err != nil {
		return Scan{}, err
	}
	for _, t := range terminals {
		if t.StoreID == storeID && t.ClosedAt.IsZero() {
			return Scan{Merchant: m, Store: store, Binding: qrcode.Binding{MerchantNo: merchantNo, StoreID: storeID, TerminalNo: t.No}}, nil
		}
	}
	return Scan{}, &fault.Error{Op: op, Kind: fault.Refused, Field: "no_terminal", Value: store.Name, Msg: "has no terminal in use; add one first"}
}

// aboutToSend moves a new payment to unknown. mine is false when somebody else did,
// and p is then the payment as it stands.
func (s *Service) aboutToSend(ctx context.Context, p *Payment) (mine bool, err error) {
	next := s.Clock.Now().Add(codeGap)
	err = s.Store.Update(ctx, func(tx Tx) error {
		if mine, err = tx.MovePayment(p.OrderNo, []PaymentState{Created}, Unknown, PaymentChange{NextQueryAt: &next}); err != nil {
			return err
		}
		*p, err = tx.Payment(p.OrderNo)
		return err
	})
	return mine, err
}

// sendCode sends the code and commits what the wallet says. No second channel is asked
// when nothing was sent: a wallet's codes are taken by its own channel alone.
func (s *Service) sendCode(ctx context.Context, p Payment, at Scan, in CodeInput) (Payment, error) {
	res, err := s.askByCode(ctx, p, channel.CodeRequest{
		OrderRef: refOf(p), Wallet: p.Wallet, Code: in.Code, Amount: p.Amount, Description: at.Store.Name,
		StoreID: p.StoreID, StoreName: at.Store.Name, TerminalNo: p.TerminalNo, ClientIP: in.ClientIP,
		NotifyURL: s.NotifyURL(p.Channel), ExpiresAt: p.ExpiresAt, NoCredit: p.NoCredit,
	})
	if err != nil { // certainly nothing was sent: nobody can pay this order
		if noted := s.noteUnsent(context.WithoutCancel(ctx), &p, err); noted != nil {
			return p, noted
		}
		res.Result = channel.Result{Outcome: channel.Refused, Code: string(fault.KindOf(err)), Message: err.Error(), Reason: channel.NotSent}
	}
	if stored := s.storeCode(context.WithoutCancel(ctx), p, res); stored != nil {
		return p, stored
	}
	return s.Store.Payment(context.WithoutCancel(ctx), p.OrderNo)
}

// askByCode asks the payment's channel, unless its breaker is open: then certainly
// nothing is sent.
func (s *Service) askByCode(ctx context.Context, p Payment, req channel.CodeRequest) (res channel.PaymentResult, err error) {
	codes, err := s.codePayer(p.Channel)
	if err != nil {
		return res, err
	}
	if !s.Breakers.Begin(p.Channel, s.Clock.Now()) {
		return res, fault.New("acquiring.PayByCode", fault.Unavailable, "%s does not answer at the moment", p.Channel)
	}
	failed := true // also when the adapter panics
	defer func() { s.Breakers.End(p.Channel, s.Clock.Now(), failed) }()
	res, err = codes.PayByCode(ctx, req)
	failed = ctx.Err() == nil && (fault.Is(err, fault.Unavailable) || (err == nil && res.Outcome == channel.Unknown))
	return res, err
}

// noteUnsent writes into the payment's route that its try has ended with nothing sent.
func (s *Service) noteUnsent(ctx context.Context, p *Payment, err error) error {
	record, bad := routing.Parse(p.Route)
	if bad != nil || len(record.Tries) == 0 {
		return bad
	}
	_, bad = s.reroute(ctx, p, p.Channel, p.ChannelID, record.Ended(routing.NotSent, string(fault.KindOf(err))), Unknown)
	return bad
}

// storeCode commits the answer to a payment by code, unless a notice or a query was
// faster.
func (s *Service) storeCode(ctx context.Context, p Payment, res channel.PaymentResult) error {
	if res.Outcome == channel.Succeeded && !amountFits(p, res.Amount) {
		s.Log.ErrorContext(ctx, "answer held", "order", p.OrderNo, "said", res.Amount, "order_amount", p.Amount)
		res.Result = channel.Result{Outcome: channel.Unknown, Code: "amount", Message: fmt.Sprintf("the wallet speaks of %s", res.Amount)}
	}
	if res.Outcome == channel.Succeeded {
		return s.confirmQuery(ctx, p, noFence, res)
	}
	to := map[channel.Outcome]PaymentState{channel.Refused: Refused, channel.Pending: Pending}[res.Outcome]
	if to == "" {
		to = Unknown
	}
	return s.Store.Update(ctx, func(tx Tx) error {
		_, err := tx.MovePayment(p.OrderNo, []PaymentState{Unknown}, to, PaymentChange{Code: &res.Code, Message: &res.Message, Reason: &res.Reason})
		return err
	})
}

// Look takes a payment by code on if it is time to, and returns how it stands: what
// a page that waits for it asks every few seconds. Others are only read.
func (s *Service) Look(ctx context.Context, orderNo string) (Payment, error) {
	p, err := s.Store.Payment(ctx, orderNo)
	if err != nil || p.Entry != ByCode || !openCode(p.State) || s.Clock.Now().Before(p.NextQueryAt) {
		return p, err
	}
	if err := s.sweepPayment(ctx, p, noFence); err != nil {
		return p, err
	}
	return s.Store.Payment(ctx, orderNo)
}

func openCode(state PaymentState) bool {
	return state == Created || state == Pending || state == Unknown || state == Reversing
}
