package unionpay

import (
	"context"
	"errors"
	"strconv"
	"time"

	"juma/acquiring/channel"
	"juma/acquiring/channel/unionpay/internal/wire"
	"juma/internal/clock"
	"juma/internal/fault"
	"juma/internal/money"
)

// Adapter is UnionPay behind the channel contract. It is safe for concurrent
// use and keeps nothing but verified certificates.
type Adapter struct {
	cfg  Config
	ep   endpoints
	clk  clock.Clock
	life time.Duration // longest life of an unpaid order
	wire *wire.Client
}

var _ channel.Adapter = (*Adapter)(nil)

// Name is channel.UnionPay.
func (a *Adapter) Name() channel.Name { return channel.UnionPay }

// maxAnswer is the most that an ordinary answer may have, in bytes.
const maxAnswer = 64 << 10

// merID is the request's merchant number, or the configured one.
func (a *Adapter) merID(asked string) string {
	if asked != "" {
		return asked
	}
	return a.cfg.MerID
}

// request begins a message with what every one carries.
func (a *Adapter) request(txnType, txnSubType, merID, orderID string, at time.Time) wire.Params {
	p := wire.Params{
		"txnType": txnType, "txnSubType": txnSubType, "bizType": "000000", "channelType": "08",
		"accessType": "0", "merId": merID, "orderId": orderID, "txnTime": stamp(at),
	}
	if a.cfg.AcqInsCode != "" {
		p["accessType"], p["acqInsCode"] = "1", a.cfg.AcqInsCode
	}
	return p
}

// exchange sends an order's message and returns the proved answer about that
// very order. Three ways out: an answer; no answer and a Result that says
// Unknown; or an error of kind Unavailable, when nothing was sent.
func (a *Adapter) exchange(ctx context.Context, op, url string, p wire.Params) (wire.Params, channel.Result, error) {
	answer, err := a.wire.Post(ctx, url, p, maxAnswer)
	var unsent *wire.NotSentError
	if errors.As(err, &unsent) {
		return nil, channel.Result{}, fault.Wrap(op, fault.Unavailable, err)
	}
	if err == nil {
		err = sameOrder(p, answer)
	}
	if err != nil {
		return nil, channel.Result{Outcome: channel.Unknown, Code: codeUnverified, Message: err.Error()}, nil
	}
	res := channel.Result{Outcome: accepted(answer["respCode"]), Code: answer["respCode"], Message: answer["respMsg"]}
	res.Reason = reasonOf(res)
	return answer, res, nil
}

// sameOrder refuses an answer about something else, however well signed: it
// could be another order's answer, played back. Order and merchant must be
// named; time and amount must agree where they are.
func sameOrder(asked, answer wire.Params) error {
	for _, k := range []string{"orderId", "merId"} {
		if answer[k] != asked[k] {
			return errors.New("answer speaks of " + k + " " + strconv.Quote(answer[k]) + ", asked was " + strconv.Quote(asked[k]))
		}
	}
	for _, k := range []string{"txnTime", "txnAmt", "currencyCode"} {
		if answer[k] != "" && asked[k] != "" && answer[k] != asked[k] {
			return errors.New("answer speaks of " + k + " " + strconv.Quote(answer[k]) + ", asked was " + strconv.Quote(asked[k]))
		}
	}
	return nil
}

// checkOrder refuses a reference that the gateway could not read.
func checkOrder(op, field, orderNo, merID string, at time.Time) error {
	if len(orderNo) < 8 || len(orderNo) > 40 || !isAlnum(orderNo) {
		return fault.Field(op, field, orderNo, "want 8 to 40 letters or digits")
	}
	if err := checkMerID(merID); err != nil {
		return fault.Field(op, "merchant_id", merID, "want 15 letters or digits")
	}
	if at.IsZero() {
		return fault.Field(op, "created_at", "", "is missing: UnionPay knows an order by number and time together")
	}
	return nil
}

// Limits of txnAmt (N1..12) and of an address.
const (
	maxAmount = money.Fen(999_999_999_999)
	maxURL    = 256
)

func checkAmount(op, field string, amount money.Fen) error {
	if amount <= 0 || amount > maxAmount {
		return fault.Field(op, field, strconv.FormatInt(int64(amount), 10), "want 1 to %d fen", int64(maxAmount))
	}
	return nil
}

func checkNotifyURL(op, s string) error {
	if s == "" || len(s) > maxURL {
		return fault.Field(op, "notify_url", s, "want an address of at most %d bytes", maxURL)
	}
	return nil
}

// fen prints an amount as txnAmt.
func fen(amount money.Fen) string { return strconv.FormatInt(int64(amount), 10) }

// parseFen reads a txnAmt. Not ok when it is missing or no such number.
func parseFen(s string) (money.Fen, bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	return money.Fen(n), err == nil && n > 0 && money.Fen(n) <= maxAmount
}
