package web

import (
	"context"
	"fmt"
	"sync"
	"time"

	"juma/acquiring"
	"juma/acquiring/channel"
	"juma/acquiring/routing"
	"juma/clearing"
	"juma/internal/audit"
	"juma/internal/fault"
	"juma/internal/id"
	"juma/internal/ledger"
	"juma/internal/store"
)

// Payments that every till has beside those on the yard's plates.
const (
	settledOrder  = "P2026030900000001000001" // paid, refunded in part, matched and settled
	settledRefund = "R2026030900000001000002"
	refusedRefund = "R2026030900000001000003"
	lostRefund    = "R2026031000000001000004" // what became of it nobody knows
	lostOrder     = "P2026031000000001900001" // nor of this payment
	settledPayer  = "2088000000000007"
)

// till is the real payments over the yard's store, filled when it is first asked,
// with wallets that say that everything has succeeded.
type till struct {
	*yard
	once    sync.Once
	filled  bool
	service *acquiring.Service
	away    bool // the wallets are out of reach; set before use
}

// oracle is a wallet where every order has succeeded.
type oracle struct {
	channel.Adapter
	name channel.Name
	till *till
}

func (o oracle) Name() channel.Name { return o.name }

func (o oracle) Query(context.Context, channel.OrderRef) (channel.PaymentResult, error) {
	if o.till.away {
		return channel.PaymentResult{}, fault.New("oracle", fault.Unavailable, "away")
	}
	return channel.PaymentResult{Result: channel.Result{Outcome: channel.Succeeded}, ChannelNo: "4200009999", PaidAt: o.till.clk.Now()}, nil
}

func (o oracle) QueryRefund(context.Context, channel.RefundRequest) (channel.RefundResult, error) {
	return channel.RefundResult{Result: channel.Result{Outcome: channel.Succeeded}, ChannelNo: "5030009999"}, nil
}

func (t *till) ready() store.Desk {
	t.once.Do(func() {
		t.filled = true
		s := t.open().store
		adapters := map[channel.Name]channel.Adapter{}
		for _, name := range channel.Names {
			adapters[name] = oracle{name: name, till: t}
		}
		var err error
		t.service, err = acquiring.NewService(acquiring.Config{
			Store: s.Acquiring(), Plates: t.plates, Merchants: s.Merchants(), Channels: adapters, Clock: t.clk, IDs: id.NewULIDs(id.Seeded(6, "till")), Random: id.Seeded(6, "tokens"),
			NotifyURL: func(channel.Name) string { return "https://pay.test/notify" },
		})
		must(t.t, err)
		must(t.t, t.fill(context.Background()))
	})
	return t.yard.store.Desk()
}

func (t *till) fill(ctx context.Context) error {
	day := noon.Add(-24 * time.Hour)
	p := acquiring.Payment{
		OrderNo: settledOrder, MerchantNo: merchantA, StoreID: storeID, TerminalNo: "00000001", PlateKey: t.all[0].Key, BindingVersion: 1, Entry: acquiring.ByScan,
		Wallet: channel.WeChatWallet, Channel: channel.WeChat, ChannelID: "1900000888", Trace: "000001", RRN: "606812345678", Amount: 12345, Refunded: 2100, State: acquiring.Paid,
		FeeRate: 3800, PayerID: "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o", PayerAccount: settledPayer, RequestID: "till-1", ResultToken: "till-token-1", CreatedAt: day, ExpiresAt: day.Add(15 * time.Minute), PaidAt: day.Add(4 * time.Second),
		Route: routing.Record{
			Decision: routing.Decision{Version: 3, Rule: "WeChat by day", Channel: channel.WeChat, Passed: []routing.Passed{{Channel: channel.UnionPayAggregate, Why: routing.BreakerOpen}}},
			Tries:    []routing.Try{{Channel: channel.WeChat, At: day.Add(time.Second), Result: routing.NotSent}, {Channel: channel.WeChat, At: day.Add(2 * time.Second)}},
		}.Text(),
		ClearingDate: 20260309, ChannelNo: "4200001234202603091234567890", Code: "SUCCESS", Message: "user 13800005678 paid",
	}
	lost := p
	lost.OrderNo, lost.RRN, lost.Trace, lost.RequestID, lost.ResultToken, lost.Refunded = lostOrder, "606900000009", "900001", "till-2", "till-token-2", 0
	lost.State, lost.CreatedAt, lost.PaidAt, lost.ChannelNo, lost.Code, lost.Attempts = acquiring.Unknown, noon.Add(-40*time.Minute), time.Time{}, "", "NO_ANSWER", 6
	lost.ExpiresAt, lost.NextQueryAt, lost.Message, lost.PayerAccount = noon.Add(-25*time.Minute), noon.Add(time.Minute), "", ""
	err := t.yard.store.Acquiring().Update(ctx, func(tx acquiring.Tx) error {
		for _, one := range []acquiring.Payment{p, lost} {
			if err := tx.InsertPayment(one); err != nil {
				return err
			}
		}
		if err := t.fillRefunds(tx, p); err != nil {
			return err
		}
		if err := t.fillNotices(tx, p); err != nil {
			return err
		}
		return tx.Post(ledger.PostPaid(p.OrderNo, merchantA, string(p.Channel), p.ClearingDate, p.PaidAt, p.Amount))
	})
	if err != nil {
		return err
	}
	if err := t.fillWire(ctx, p); err != nil {
		return err
	}
	if err := t.fillItems(ctx, p); err != nil {
		return err
	}
	_, err = t.yard.store.Clearing().SealBook(ctx, p.ClearingDate, p.PaidAt, "clearing")
	return err
}

func (t *till) fillRefunds(tx acquiring.Tx, p acquiring.Payment) error {
	for i, r := range []acquiring.Refund{
		{RefundNo: settledRefund, Amount: 2000, State: acquiring.RefundSucceeded, ChannelNo: "5030001234", RefundedAt: p.PaidAt.Add(time.Hour), ClearingDate: 20260309, Reason: "少上了一份小菜"},
		{RefundNo: refusedRefund, Amount: 300, State: acquiring.RefundFailed, Code: "NOTENOUGH", Message: "基本账户余额不足", Reason: "退一杯茶"},
		{RefundNo: lostRefund, Amount: 100, State: acquiring.RefundUnknown, Code: "NO_ANSWER", Attempts: 3, Reason: "多收一元"},
	} {
		r.OrderNo, r.MerchantNo, r.TerminalNo, r.Channel, r.ChannelID, r.RequestedBy, r.Way, r.Tries = p.OrderNo, merchantA, p.TerminalNo, p.Channel, p.ChannelID, "owner-a", acquiring.ByRefund, 1
		r.Trace, r.RRN, r.RequestID, r.CreatedAt = fmt.Sprintf("%06d", i+2), fmt.Sprintf("70690000000%d", i), fmt.Sprint("till-refund-", i), p.PaidAt.Add(time.Hour*time.Duration(i+1)-time.Minute)
		r.TriedAt = r.CreatedAt
		if err := tx.InsertRefund(r); err != nil {
			return err
		}
	}
	return tx.Audit(audit.Entry{At: p.PaidAt.Add(59 * time.Minute), Actor: "owner-a", Action: "refund.requested", Object: "payment " + p.OrderNo, After: "20.00", Reason: "少上了一份小菜"})
}

func (t *till) fillNotices(tx acquiring.Tx, p acquiring.Payment) error {
	for i, n := range []acquiring.NoticeRow{
		{Event: channel.PaymentEvent, Amount: p.Amount, Disposition: acquiring.Applied, ChannelNo: p.ChannelNo},
		{Event: channel.PaymentEvent, Amount: p.Amount + 1, Disposition: acquiring.Held, Reason: "amount 123.46, order has 123.45", ChannelNo: p.ChannelNo},
	} {
		n.ID, n.NoticeID, n.Channel, n.OrderNo, n.ReceivedAt = fmt.Sprintf("01JQTILLNOTICE00000000000%d", i), fmt.Sprint("till-", i), p.Channel, p.OrderNo, p.PaidAt.Add(time.Duration(i+1)*time.Second)
		if _, err := tx.RecordNotice(n); err != nil {
			return err
		}
	}
	return nil
}

func (t *till) fillItems(ctx context.Context, p acquiring.Payment) error {
	item := clearing.Item{
		ID: "01JQTILLITEM00000000000001", Channel: p.Channel, Date: 20260309, Kind: channel.PaymentLine, OrderNo: p.OrderNo, Class: clearing.Matched, State: clearing.Ready,
		MerchantNo: merchantA, Ours: true, Theirs: true, OursAmount: p.Amount, TheirsAmount: p.Amount, OursDate: 20260309, ChannelNo: p.ChannelNo, File: "20260309_ALL.csv", LineNo: 17,
	}
	waits := item
	waits.ID, waits.Kind, waits.OrderNo, waits.Class, waits.State, waits.TheirsAmount = "01JQTILLITEM00000000000002", channel.RefundLine, settledRefund, clearing.AmountDiffers, clearing.Waiting, 2001
	waits.OursAmount, waits.LineNo, waits.Note = 2000, 18, "The statement's amount is 0.01 yuan higher."
	return t.yard.store.Clearing().Update(ctx, func(tx clearing.Tx) error {
		if err := tx.InsertItems([]clearing.Item{item, waits}); err != nil {
			return err
		}
		item.SettledOn, item.MerchantFee = 20260309, 47
		return tx.SettleItems([]clearing.Item{item})
	})
}

func (t *till) BookBalances(ctx context.Context, m ledger.Moment) ([]ledger.Balance, error) {
	return t.ready().BookBalances(ctx, m)
}

func (t *till) BookEntries(ctx context.Context, a ledger.Account, m ledger.Moment, before string, limit int) ([]ledger.Entry, error) {
	return t.ready().BookEntries(ctx, a, m, before, limit)
}

func (t *till) BookSeals(ctx context.Context, before int64, limit int) ([]ledger.Seal, error) {
	return t.ready().BookSeals(ctx, before, limit)
}

func (t *till) Payment(ctx context.Context, no string) (acquiring.Payment, error) {
	return t.ready().Payment(ctx, no)
}

func (t *till) Refund(ctx context.Context, no string) (acquiring.Refund, error) {
	return t.ready().Refund(ctx, no)
}

func (t *till) RefundsOf(ctx context.Context, no string) ([]acquiring.Refund, error) {
	return t.ready().RefundsOf(ctx, no)
}

func (t *till) FindPayments(ctx context.Context, q acquiring.PaymentQuery) ([]acquiring.Payment, error) {
	return t.ready().FindPayments(ctx, q)
}

func (t *till) SearchPayments(ctx context.Context, typed string, limit int) ([]acquiring.FoundPayment, error) {
	return t.ready().SearchPayments(ctx, typed, limit)
}

func (t *till) NoticesOf(ctx context.Context, no string) ([]acquiring.NoticeRow, error) {
	return t.ready().NoticesOf(ctx, no)
}

func (t *till) EntriesOf(ctx context.Context, refs ...string) ([]ledger.Entry, error) {
	return t.ready().EntriesOf(ctx, refs...)
}

func (t *till) ItemsOf(ctx context.Context, nos ...string) ([]clearing.Item, error) {
	return t.ready().ItemsOf(ctx, nos...)
}

func (t *till) AuditOf(ctx context.Context, object, after string, limit int) ([]audit.Entry, error) {
	return t.ready().AuditOf(ctx, object, after, limit)
}

func (t *till) OpenOrders(ctx context.Context, q acquiring.OpenQuery) ([]acquiring.OpenOrder, error) {
	return t.ready().OpenOrders(ctx, q)
}

// CountOpen is asked by every page; it opens nothing for those of other areas.
func (t *till) CountOpen(ctx context.Context, until time.Time) (int, error) {
	if !t.filled {
		return 0, nil
	}
	return t.ready().CountOpen(ctx, until)
}

func (t *till) AskAgain(ctx context.Context, kind channel.LineKind, no, by, reason string) error {
	t.ready()
	return t.service.AskAgain(ctx, kind, no, by, reason)
}

func (t *till) RetryRefund(ctx context.Context, no, by, reason string) (acquiring.Refund, error) {
	t.ready()
	return t.service.RetryRefund(ctx, no, by, reason)
}

func (t *till) WireOf(ctx context.Context, no string, limit int) ([]acquiring.WireMessage, error) {
	return t.ready().WireOf(ctx, no, limit)
}

func (t *till) Resend(ctx context.Context, kind channel.LineKind, no, by, reason string) error {
	t.ready()
	return t.service.Resend(ctx, kind, no, by, reason)
}

// fillWire keeps what went over WeChat's wire for the payment.
func (t *till) fillWire(ctx context.Context, p acquiring.Payment) error {
	return t.yard.store.AddWire(ctx, []acquiring.WireMessage{
		{ID: "01JQTILLWIRE0000000000000A", OrderNo: p.OrderNo, Channel: p.Channel, Method: "prepay", Outcome: channel.Succeeded, Exchange: channel.Exchange{
			At: p.CreatedAt.Add(2 * time.Second), Took: 88, Method: "POST", URL: "https://api.mch.weixin.qq.com/v3/pay/partner/transactions/jsapi", Status: 200,
			Request: "{\n  \"out_trade_no\": \"" + p.OrderNo + "\",\n  \"payer\": {\n    \"sp_openid\": \"oUpF****eS6o\"\n  }\n}", Answer: "{\n  \"prepay_id\": \"…\"\n}"}},
		{ID: "01JQTILLWIRE0000000000000B", OrderNo: p.OrderNo, Channel: p.Channel, Method: "query", Outcome: channel.Unknown, Exchange: channel.Exchange{
			At: p.CreatedAt.Add(3 * time.Second), Took: 10_000, Method: "GET", URL: "https://api.mch.weixin.qq.com/v3/pay/partner/transactions/out-trade-no/" + p.OrderNo, Problem: channel.NoAnswerInTime}},
		{ID: "01JQTILLWIRE0000000000000C", OrderNo: p.OrderNo, Channel: p.Channel, Method: "notice", Outcome: channel.Succeeded, Exchange: channel.Exchange{
			At: p.PaidAt.Add(time.Second), Method: "POST", Request: "{\n  \"event_type\": \"TRANSACTION.SUCCESS\"\n}"}},
	})
}
