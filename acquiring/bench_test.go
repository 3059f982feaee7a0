package acquiring_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"juma/acquiring"
	"juma/acquiring/channel"
	"juma/acquiring/risk"
	"juma/internal/bizdate"
	"juma/internal/clock"
	"juma/internal/dbtest"
	"juma/internal/fault"
	"juma/internal/id"
	"juma/internal/money"
	"juma/internal/store"
	"juma/merchants"
	"juma/qrcode"
)

const (
	day      = bizdate.Date(20260310)
	shopNo   = "999290058120001"
	terminal = "10000001"
)

var (
	ctx  = context.Background()
	noon = day.Start().Add(12 * time.Hour)
)

// wallet is a channel whose answers a test scripts. A call without script does
// what an idle wallet would: orders are placed, nothing is paid.
type wallet struct {
	channel.Adapter // calls that no test makes
	name            channel.Name

	mu          sync.Mutex
	prepay      func(channel.PrepayRequest) (channel.PrepayResult, error)
	query       func(channel.OrderRef) (channel.PaymentResult, error)
	close       func(channel.OrderRef) (channel.Result, error)
	refund      func(channel.RefundRequest) (channel.RefundResult, error)
	queryRefund func(channel.RefundRequest) (channel.RefundResult, error)
	code        func(channel.CodeRequest) (channel.PaymentResult, error)
	reverse     func(channel.OrderRef) (channel.ReverseResult, error)
	verdict     channel.NoticeVerdict
	calls       map[string]int
}

func (w *wallet) Name() channel.Name { return w.name }

// count notes a call and reads its script.
func count[F any](w *wallet, call string, script *F) F {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls[call]++
	return *script
}

func (w *wallet) called(call string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.calls[call]
}

// set scripts the wallet while it may be in use.
func (w *wallet) set(f func(*wallet)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f(w)
}

func (w *wallet) Prepay(_ context.Context, r channel.PrepayRequest) (channel.PrepayResult, error) {
	if f := count(w, "prepay", &w.prepay); f != nil {
		return f(r)
	}
	return channel.PrepayResult{Result: succeeded, Bridge: channel.Bridge{Kind: "wechat", Params: map[string]string{"package": r.OrderNo}}}, nil
}

func (w *wallet) PayByCode(_ context.Context, r channel.CodeRequest) (channel.PaymentResult, error) {
	if f := count(w, "code", &w.code); f != nil {
		return f(r)
	}
	return channel.PaymentResult{Result: channel.Result{Outcome: channel.Pending, Code: "USERPAYING"}}, nil
}

func (w *wallet) Reverse(_ context.Context, r channel.OrderRef) (channel.ReverseResult, error) {
	if f := count(w, "reverse", &w.reverse); f != nil {
		return f(r)
	}
	return channel.ReverseResult{Result: succeeded}, nil
}

func (w *wallet) Query(_ context.Context, r channel.OrderRef) (channel.PaymentResult, error) {
	if f := count(w, "query", &w.query); f != nil {
		return f(r)
	}
	return channel.PaymentResult{Result: channel.Result{Outcome: channel.Pending}}, nil
}

func (w *wallet) Close(_ context.Context, r channel.OrderRef) (channel.Result, error) {
	if f := count(w, "close", &w.close); f != nil {
		return f(r)
	}
	return succeeded, nil
}

func (w *wallet) Refund(_ context.Context, r channel.RefundRequest) (channel.RefundResult, error) {
	if f := count(w, "refund", &w.refund); f != nil {
		return f(r)
	}
	return channel.RefundResult{Result: succeeded, Amount: r.Amount, ChannelNo: "wr" + r.RefundNo, RefundedAt: r.RefundCreatedAt.Add(time.Second)}, nil
}

func (w *wallet) QueryRefund(_ context.Context, r channel.RefundRequest) (channel.RefundResult, error) {
	if f := count(w, "query refund", &w.queryRefund); f != nil {
		return f(r)
	}
	return channel.RefundResult{Result: channel.Result{Outcome: channel.Unknown}}, nil
}

func (w *wallet) ReadNotice(context.Context, channel.RawNotice) (channel.NoticeVerdict, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.verdict, nil
}

var succeeded = channel.Result{Outcome: channel.Succeeded}

// bench is acquiring over a real database with scripted wallets.
type bench struct {
	testing.TB
	store     *store.Store
	raw       *sql.DB
	clock     *clock.Sim
	wallets   map[channel.Name]*wallet
	acquiring *acquiring.Service
	merchants *merchants.Service
	plates    *qrcode.Service
	ring      *id.PlateRing
	plate     qrcode.Plate  // bound
	committed *atomic.Int64 // calls of AfterCommit
}

// each runs f on every kind of database, with a merchant and a bound plate.
// When f is done the book must balance, whatever f did.
func each(t *testing.T, f func(t *testing.T, b *bench)) {
	t.Helper()
	dbtest.EachEmpty(t, func(t *testing.T, cfg store.Config) { f(t, open(t, cfg)) })
}

func open(t testing.TB, cfg store.Config) *bench {
	t.Helper()
	_, err := store.Migrate(ctx, cfg)
	must(t, err)
	b := &bench{TB: t, store: dbtest.Open(t, cfg), raw: dbtest.Raw(t, cfg), clock: clock.NewSim(noon, 1), committed: new(atomic.Int64), wallets: map[channel.Name]*wallet{}}
	channels := map[channel.Name]channel.Adapter{}
	for _, name := range channel.Names {
		b.wallets[name] = &wallet{name: name, calls: map[string]int{}}
		channels[name] = b.wallets[name]
	}
	ids := id.NewULIDs(id.Seeded(1, "ids"))
	b.ring, err = id.NewPlateRing(id.Seeded(1, "ring"))
	must(t, err)
	b.plates = qrcode.NewService(qrcode.Config{Repo: b.store.Plates(), Clock: b.clock, IDs: ids, Random: id.Seeded(1, "keys"), Keys: b.ring, Host: "q.example.com"})
	b.merchants = merchants.NewService(b.store.Merchants(), b.clock, ids)
	b.acquiring, err = acquiring.NewService(acquiring.Config{
		Store: b.store.Acquiring(), Plates: b.plates, Merchants: b.store.Merchants(), Channels: channels, Clock: b.clock,
		IDs: ids, Random: id.Seeded(1, "tokens"), AfterCommit: func() { b.committed.Add(1) },
		NotifyURL: func(n channel.Name) string { return "https://pay.example.com/notify/" + string(n) },
		Limits:    risk.Settings{Static: risk.Limit{Mode: risk.Off}, Velocity: risk.Pace{Mode: risk.Off}},
	})
	must(t, err)
	b.setUp()
	t.Cleanup(b.mustBalance)
	return b
}

func (b *bench) setUp() {
	b.Helper()
	app := merchants.Application{
		Merchant: merchants.Merchant{No: shopNo, Name: "上海示例餐饮有限公司", ShortName: "示例面馆", MCC: "5812", RegionCode: "310000",
			Account: merchants.SettlementAccount{BankName: "示例银行", CNAPS: "999290000012", AccountNo: "6216261000000000018", AccountName: "示例"}},
		Stores: []merchants.ApplicationStore{{Name: "总店", RegionCode: "310000", Terminals: []string{terminal, "10000002"}}},
	}
	for _, name := range channel.Names {
		app.Enrolments = append(app.Enrolments, merchants.Enrolment{Channel: string(name), ChannelID: "at-" + string(name)})
		if name == channel.UnionPayAggregate {
			continue // rates go by wallet
		}
		app.Agreements = append(app.Agreements, merchants.Agreement{Channel: string(name), Rate: 3800, From: day.AddDays(-30)})
	}
	_, stores, _, err := b.merchants.Onboard(ctx, app)
	must(b, err)
	_, plates, err := b.plates.Issue(ctx, qrcode.Order{Grammar: qrcode.Own, Count: 1, By: "test"})
	must(b, err)
	_, err = b.plates.Bind(ctx, plates[0].Key, shopNo, stores[0].ID, terminal, "test")
	must(b, err)
	b.plate = plates[0]
}

// mustBalance holds I2: debit = credit in the whole book.
func (b *bench) mustBalance() {
	b.Helper()
	totals, err := b.store.Clearing().Totals(ctx)
	if err != nil || totals.Debit != totals.Credit {
		b.Errorf("I2: debit %d, credit %d, %v", totals.Debit, totals.Credit, err)
	}
}

// input asks for a payment by WeChat on the bound plate.
func (b *bench) input(requestID string, amount money.Fen) acquiring.PayInput {
	b.Helper()
	scan, err := b.acquiring.Resolve(ctx, b.plate.Key)
	must(b, err)
	return acquiring.PayInput{Scan: scan, Wallet: channel.WeChatWallet, PayerID: "payer-1", Amount: amount, RequestID: requestID,
		ReturnURL: func(token string) string { return "https://pay.example.com/r/" + token }}
}

// placed places an order.
func (b *bench) placed(requestID string, amount money.Fen) acquiring.Payment {
	b.Helper()
	out, err := b.acquiring.Pay(ctx, b.input(requestID, amount))
	must(b, err)
	return out.Payment
}

// paid places an order and confirms it.
func (b *bench) paid(requestID string, amount money.Fen) acquiring.Payment {
	b.Helper()
	p := b.placed(requestID, amount)
	must(b, b.acquiring.Confirm(ctx, channel.WeChat, b.notice(p)))
	return b.payment(p.OrderNo)
}

// notice is the wallet's honest notification of a payment.
func (b *bench) notice(p acquiring.Payment) channel.Notice {
	return channel.Notice{ID: "n-" + p.OrderNo, Event: channel.PaymentEvent, OrderNo: p.OrderNo, MerchantID: p.ChannelID, Currency: "CNY",
		Amount: p.Amount, ChannelNo: "w" + p.OrderNo, Payer: "oPayer", Time: p.CreatedAt.Add(10 * time.Second), Result: succeeded}
}

// refundNotice is the wallet's honest notification of a refund.
func (b *bench) refundNotice(r acquiring.Refund) channel.Notice {
	return channel.Notice{ID: "n-" + r.RefundNo, Event: channel.RefundEvent, OrderNo: r.OrderNo, RefundNo: r.RefundNo, MerchantID: r.ChannelID, Currency: "CNY",
		Amount: r.Amount, ChannelNo: "wr" + r.RefundNo, Time: r.CreatedAt.Add(10 * time.Second), Result: succeeded}
}

func (b *bench) payment(orderNo string) acquiring.Payment {
	b.Helper()
	p, err := b.store.Acquiring().Payment(ctx, orderNo)
	must(b, err)
	return p
}

func (b *bench) refundOf(refundNo string) acquiring.Refund {
	b.Helper()
	r, err := b.store.Acquiring().Refund(ctx, refundNo)
	must(b, err)
	return r
}

// wantState checks the state of a payment.
func (b *bench) wantState(orderNo string, want acquiring.PaymentState) {
	b.Helper()
	if p := b.payment(orderNo); p.State != want {
		b.Errorf("payment %s is %s (%s %s), want %s", orderNo, p.State, p.Code, p.Message, want)
	}
}

// wantRefund checks the state of a refund and what its payment has reserved.
func (b *bench) wantRefund(refundNo string, want acquiring.RefundState, reserved money.Fen) {
	b.Helper()
	r := b.refundOf(refundNo)
	if p := b.payment(r.OrderNo); r.State != want || p.Refunded != reserved {
		b.Errorf("refund %s is %s with %d fen reserved, want %s with %d", refundNo, r.State, p.Refunded, want, reserved)
	}
}

// number reads one number with a query.
func (b *bench) number(query string, args ...any) (n int) {
	b.Helper()
	must(b, b.raw.QueryRow(query, args...).Scan(&n))
	return n
}

// text reads one text with a query.
func (b *bench) text(query string, args ...any) (s string) {
	b.Helper()
	must(b, b.raw.QueryRow(query, args...).Scan(&s))
	return s
}

// postings counts the entries of a kind for an order or refund.
func (b *bench) postings(kind, ref string) int {
	b.Helper()
	return b.number("SELECT COUNT(*) FROM ledger_entries WHERE kind = ? AND ref = ?", kind, ref)
}

// wantNotice checks what became of a notification.
func (b *bench) wantNotice(noticeID string, want acquiring.Disposition) {
	b.Helper()
	if got := b.text("SELECT disposition FROM notices WHERE notice_id = ?", noticeID); got != string(want) {
		b.Errorf("notice %s is %s, want %s", noticeID, got, want)
	}
}

// audits lists an object's audit actions in order.
func (b *bench) audits(object string) (actions string) {
	b.Helper()
	rows, err := b.raw.Query("SELECT action, value_before, value_after FROM audit WHERE object = ? ORDER BY id", object)
	must(b, err)
	defer rows.Close()
	for rows.Next() {
		var action, before, after string
		must(b, rows.Scan(&action, &before, &after))
		actions += fmt.Sprintf("%s %s>%s;", action, before, after)
	}
	must(b, rows.Err())
	return actions
}

// advance moves time on and lets the sweep ask.
func (b *bench) advance(d time.Duration) (asked int) {
	b.Helper()
	b.clock.AdvanceTo(b.clock.Now().Add(d))
	asked, err := b.acquiring.Sweep(ctx)
	must(b, err)
	return asked
}

// rows runs a table's rows one after the other on one database: opening one
// costs more than a row. What a row leaves open is paid before the next begins.
func rows[T any](t *testing.T, b *bench, table []T, name func(T) string, f func(t *testing.T, b *bench, row T)) {
	for _, row := range table {
		t.Run(name(row), func(t *testing.T) {
			own := *b
			own.TB = t
			f(t, &own, row)
			for _, w := range b.wallets {
				w.set(func(w *wallet) {
					w.prepay, w.close, w.refund, w.code, w.reverse, w.calls = nil, nil, nil, nil, nil, map[string]int{}
					w.query = func(r channel.OrderRef) (channel.PaymentResult, error) {
						return channel.PaymentResult{Result: succeeded, ChannelNo: "w" + r.OrderNo}, nil
					}
					w.queryRefund = func(r channel.RefundRequest) (channel.RefundResult, error) {
						return channel.RefundResult{Result: succeeded}, nil
					}
				})
			}
			own.advance(time.Hour)
			for _, w := range b.wallets {
				w.set(func(w *wallet) { w.query, w.queryRefund = nil, nil; clear(w.calls) })
			}
		})
	}
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// wantFault checks the kind of an error and the field it names.
func wantFault(tb testing.TB, err error, kind fault.Kind, field string) {
	tb.Helper()
	var f *fault.Error
	for next := err; errors.As(next, &f) && f.Field == "" && f.Err != nil; next = f.Err {
		// the fault that names the field is below the ones that name operations
	}
	if !fault.Is(err, kind) || (field != "" && (f == nil || f.Field != field)) {
		tb.Errorf("got %v (kind %s), want kind %s, field %q", err, fault.KindOf(err), kind, field)
	}
}
