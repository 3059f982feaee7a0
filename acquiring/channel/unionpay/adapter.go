package unionpay

import (
	"context"
	"errors"
	"strconv"
	"time"

	"juma/acquiring/channel"
	"juma/acquiring/channel/internal/acp"
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
	wire *acp.Client
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
func (a *Adapter) request(txnType, txnSubType, merID, orderID string, at time.Time) acp.Params {
	p := acp.Params{
		"txnType": txnType, "txnSubType": txnSubType, "bizType": "000000", "channelType": "08",
		"accessType": "0", "merId": merID, "orderId": orderID, "txnTime": acp.Stamp(at),
	}
	if a.cfg.AcqInsCode != "" {
		p["accessType"], p["acqInsCode"] = "1", a.cfg.AcqInsCode
	}
	return p
}

// exchange sends an order's message and returns the proved answer about that
// very order. Three ways out: an answer; no answer and a Result that says
// Unknown; or an error of kind Unavailable, when nothing was sent.
func (a *Adapter) exchange(ctx context.Context, op, url string, p acp.Params) (acp.Params, channel.Result, error) {
	answer, err := a.wire.Post(ctx, url, p, maxAnswer)
	var unsent *acp.NotSentError
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
	res.Reason = acp.ReasonOf(res)
	return answer, res, nil
}

// sameOrder refuses an answer about something else, however well signed: it
// could be another order's answer, played back. Order and merchant must be
// named; time and amount must agree where they are.
func sameOrder(asked, answer acp.Params) error {
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

// fen prints an amount as txnAmt.
func fen(amount money.Fen) string { return strconv.FormatInt(int64(amount), 10) }
