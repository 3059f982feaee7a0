package aggregate

import (
	"context"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"juma/acquiring/channel"
	"juma/acquiring/channel/internal/acp"
	"juma/internal/clock"
	"juma/internal/fault"
	"juma/internal/money"
)

// Adapter is the channel. It is safe for concurrent use and keeps no state.
type Adapter struct {
	cfg    Config
	base   string
	acp    Acp
	clk    clock.Clock
	signer *acp.Signer
	keys   []*rsa.PublicKey
	http   *http.Client
}

var (
	_ channel.Adapter  = (*Adapter)(nil)
	_ channel.Enroller = (*Adapter)(nil)
)

// Name is channel.UnionPayAggregate.
func (a *Adapter) Name() channel.Name { return channel.UnionPayAggregate }

// The wallets' names in calls, and as the type of an order that a page places.
var (
	orderTypes = map[channel.Wallet]string{channel.WeChatWallet: "wechat", channel.AlipayWallet: "alipay", channel.UnionPayWallet: "unionpay"}
	jsTypes    = map[channel.Wallet]string{channel.WeChatWallet: "wechatJs", channel.AlipayWallet: "alipayJs", channel.UnionPayWallet: "upJs"}
)

// maxAnswer is the most that an answer may have, in bytes.
const maxAnswer = 64 << 10

// exchange sends a message about an order and returns the proved answer about that
// very order. Three ways out: an answer; no answer and a Result that says Unknown; or
// an error of kind Unavailable, when nothing was sent.
func (a *Adapter) exchange(ctx context.Context, op, call string, p acp.Params) (acp.Params, channel.Result, error) {
	answer, err := a.call(ctx, call, p)
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

func (a *Adapter) call(ctx context.Context, call string, p acp.Params) (acp.Params, error) {
	message := acp.Params{"serProvId": a.cfg.SerProvID}
	for name, value := range p {
		if value != "" {
			message[name] = value
		}
	}
	if err := a.signer.SignBare(message); err != nil {
		return nil, &acp.NotSentError{Err: err}
	}
	body, err := json.Marshal(message)
	if err != nil {
		return nil, &acp.NotSentError{Err: err}
	}
	raw, err := acp.Exchange(ctx, a.http, a.base+call, "application/json;charset=UTF-8", string(body), maxAnswer)
	if err != nil {
		return nil, err
	}
	answer, err := parse(raw)
	if err != nil {
		return nil, fmt.Errorf("answer is unreadable: %w", err)
	}
	if err := a.verify(answer); err != nil {
		return nil, fmt.Errorf("answer is not proved to be UnionPay's: %w", err)
	}
	return answer, nil
}

// verify proves that UnionPay signed p, with any of its keys.
func (a *Adapter) verify(p acp.Params) (err error) {
	for _, key := range a.keys {
		if err = acp.VerifyBare(key, p); err == nil {
			return nil
		}
	}
	return err
}

// sameOrder refuses an answer about something else, however well signed.
func sameOrder(asked, answer acp.Params) error {
	for _, k := range []string{"orderNo", "merId"} {
		if answer[k] != asked[k] {
			return fmt.Errorf("answer speaks of %s %q, asked was %q", k, answer[k], asked[k])
		}
	}
	for _, k := range []string{"orderTime", "orderType", "origOrderNo"} {
		if answer[k] != "" && asked[k] != "" && answer[k] != asked[k] {
			return fmt.Errorf("answer speaks of %s %q, asked was %q", k, answer[k], asked[k])
		}
	}
	return nil
}

// reference names an order in a message.
func reference(op string, o channel.OrderRef) (acp.Params, error) {
	if orderTypes[o.Wallet] == "" {
		return nil, fault.Field(op, "wallet", string(o.Wallet), "want wechat, alipay or unionpay")
	}
	if err := acp.CheckOrder(op, "order_no", o.OrderNo, o.MerchantID, o.CreatedAt); err != nil {
		return nil, err
	}
	return acp.Params{"merId": o.MerchantID, "orderNo": o.OrderNo, "orderTime": acp.Stamp(o.CreatedAt), "orderType": orderTypes[o.Wallet]}, nil
}

func fen(amount money.Fen) string { return strconv.FormatInt(int64(amount), 10) }
