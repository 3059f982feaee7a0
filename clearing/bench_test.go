package clearing_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"juma/acquiring"
	"juma/acquiring/channel"
	"juma/clearing"
	"juma/clearing/intake"
	"juma/clearing/terms"
	"juma/internal/bizdate"
	"juma/internal/clock"
	"juma/internal/dbtest"
	"juma/internal/fault"
	"juma/internal/id"
	"juma/internal/ledger"
	"juma/internal/money"
	"juma/internal/store"
	"juma/merchants"
)

const (
	day1 = bizdate.Date(20260310) // a Tuesday
	day2 = bizdate.Date(20260311)
	day3 = bizdate.Date(20260312)

	diner, market, chain = "999290058120001", "999581054110002", "999584059120003"
)

var ctx = context.Background()

// terminals are the merchants' terminals; chain is settled by its wallet.
var terminals = map[string]string{diner: "10000001", market: "10000002", chain: "10000003"}

// wallet is a channel that gives statements only. A day without lines is said to
// be empty, unless it is missing.
type wallet struct {
	channel.Adapter
	name    channel.Name
	lines   map[bizdate.Date][]channel.StatementLine
	missing map[bizdate.Date]bool
	damaged bool // the next file is cut in the middle of its last line
	fetched int
}

func (w *wallet) Name() channel.Name { return w.name }

func (w *wallet) Statement(_ context.Context, r channel.StatementRequest) (channel.StatementFile, error) {
	w.fetched++
	f := channel.StatementFile{Channel: w.name, MerchantID: r.MerchantID, Date: r.Date, Name: r.Date.Compact() + ".jsonl"}
	if w.missing[r.Date] {
		return f, fault.New("statement", fault.NotReady, "%s's statement of %s is not made yet", w.name, r.Date)
	}
	var b bytes.Buffer
	n := 0
	for _, l := range w.lines[r.Date] {
		if r.MerchantID != "" && l.MerchantID != r.MerchantID {
			continue
		}
		n++
		l.LineNo = n
		text, err := json.Marshal(l)
		if err != nil {
			return f, err
		}
		b.Write(append(text, '\n'))
	}
	f.Data, f.Empty = b.Bytes(), n == 0
	if w.damaged && n > 0 {
		f.Data, w.damaged = f.Data[:len(f.Data)-20], false
	}
	return f, nil
}

// jsonLines is the layout of what wallet writes.
func jsonLines(name channel.Name) intake.Layout {
	return intake.Layout{ID: "json-" + string(name), Channel: name, Kind: intake.Payments,
		Recognise: func(f intake.File) (intake.Claim, bool) {
			return intake.Claim{}, strings.HasPrefix(string(f.Data), "{")
		},
		Read: func(f intake.File) (c intake.Content, err error) {
			for i, text := range strings.Split(strings.TrimSuffix(string(f.Data), "\n"), "\n") {
				var l channel.StatementLine
				if err := json.Unmarshal([]byte(text), &l); err != nil {
					return c, fault.New("statement.Read", fault.Corrupt, "line %d: %v", i+1, err)
				}
				c.Lines = append(c.Lines, l)
			}
			c.Rows = len(c.Lines)
			return c, nil
		}}
}

// bench is clearing over a real database, with scripted statements.
type bench struct {
	testing.TB
	store    *store.Store
	raw      *sql.DB
	clock    *clock.Sim
	wallets  map[channel.Name]*wallet
	clearing *clearing.Service
	dir      string
	asked    func(kind channel.LineKind, orderNo string) error
	trace    map[string]int
	seed     uint64
}

// Ask answers clearing's question about an order.
func (b *bench) Ask(_ context.Context, kind channel.LineKind, orderNo string) error {
	if b.asked != nil {
		return b.asked(kind, orderNo)
	}
	return fault.New("ask", fault.NotFound, "no order %s", orderNo)
}

// each runs f on every kind of database. In the end the book must balance.
func each(t *testing.T, f func(t *testing.T, b *bench)) {
	t.Helper()
	dbtest.EachEmpty(t, func(t *testing.T, cfg store.Config) { f(t, open(t, cfg)) })
}

func open(t *testing.T, cfg store.Config) *bench {
	t.Helper()
	_, err := store.Migrate(ctx, cfg)
	must(t, err)
	b := &bench{TB: t, store: dbtest.Open(t, cfg), raw: dbtest.Raw(t, cfg), clock: clock.NewSim(day2.Start().Add(10*time.Hour), 1),
		wallets: map[channel.Name]*wallet{}, dir: t.TempDir(), trace: map[string]int{}}
	for _, name := range channel.Names {
		b.wallets[name] = &wallet{name: name, lines: map[bizdate.Date][]channel.StatementLine{}, missing: map[bizdate.Date]bool{}}
	}
	b.clearing = b.service(b.store.Clearing())
	for _, no := range []string{diner, market, chain} {
		b.onboard(no)
	}
	t.Cleanup(func() {
		totals, err := b.store.Clearing().Totals(ctx)
		if err != nil || totals.Debit != totals.Credit {
			t.Errorf("I2: debit %d, credit %d, %v", totals.Debit, totals.Credit, err)
		}
	})
	return b
}

func (b *bench) service(s clearing.Store) *clearing.Service {
	b.seed++ // each process draws its own identifiers
	channels, layouts := map[channel.Name]channel.Adapter{}, []intake.Layout{}
	for _, name := range channel.Names {
		channels[name], layouts = b.wallets[name], append(layouts, jsonLines(name))
	}
	return clearing.NewService(clearing.Config{
		Store: s, Channels: channels, Layouts: layouts, Merchants: b.store.Merchants(), Asker: b, Calendar: bizdate.Official(),
		Clock: b.clock, IDs: id.NewULIDs(id.Seeded(b.seed, "clearing")), DataDir: b.dir, Institution: "99982900", Terms: b.terms(),
	})
}

// terms keeps the bench's settlement terms and holds.
func (b *bench) terms() *terms.Service {
	b.seed++
	return terms.NewService(b.store.Terms(), b.clock, id.NewULIDs(id.Seeded(b.seed, "terms")))
}

func (b *bench) onboard(no string) {
	b.Helper()
	ids := id.NewULIDs(id.Seeded(1, no))
	app := merchants.Application{
		Merchant: merchants.Merchant{No: no, Name: "示例有限公司" + no[11:], ShortName: "示例", MCC: no[7:11], RegionCode: "310000", SettledByWallet: no == chain,
			Account: merchants.SettlementAccount{BankName: "示例银行", CNAPS: "999290000012", AccountNo: "6216261000000000018", AccountName: "示例"}},
		Stores: []merchants.ApplicationStore{{Name: "总店", RegionCode: "310000", Terminals: []string{terminals[no]}}},
	}
	for _, name := range channel.Names {
		app.Enrolments = append(app.Enrolments, merchants.Enrolment{Channel: string(name), ChannelID: b.channelID(name, no)})
		if name == channel.UnionPayAggregate {
			continue // rates go by wallet
		}
		app.Agreements = append(app.Agreements, merchants.Agreement{Channel: string(name), Rate: 3800, From: day1.AddDays(-30)})
	}
	_, _, _, err := merchants.NewService(b.store.Merchants(), b.clock, ids).Onboard(ctx, app)
	must(b, err)
}

func (b *bench) channelID(ch channel.Name, no string) string {
	if ch.ByUnionPay() {
		return no
	}
	return string(ch) + "-" + no
}

// paid stores a payment that succeeded, with its posting.
func (b *bench) paid(ch channel.Name, merchantNo string, amount money.Fen, at time.Time, d bizdate.Date) acquiring.Payment {
	b.Helper()
	return b.confirm(b.stored(ch, merchantNo, amount, at), at, d)
}

// stored stores a payment that nobody calls paid yet.
func (b *bench) stored(ch channel.Name, merchantNo string, amount money.Fen, at time.Time) acquiring.Payment {
	b.Helper()
	terminal := terminals[merchantNo]
	b.trace[terminal]++
	n := b.trace[terminal]
	p := acquiring.Payment{
		OrderNo: id.OrderNo('P', bizdate.Of(at), terminal, n), MerchantNo: merchantNo, StoreID: "S", TerminalNo: terminal, PlateKey: "K", BindingVersion: 1,
		Wallet: channel.Wallet(ch), Channel: ch, ChannelID: b.channelID(ch, merchantNo), Trace: id.Trace(n), Amount: amount, State: acquiring.Created, AgreementID: "A", FeeRate: 3800,
		PayerID: "payer", RequestID: fmt.Sprintf("wish-%s-%d", terminal, n), ResultToken: fmt.Sprintf("token-%s-%d", terminal, n),
		CreatedAt: at.Add(-time.Minute), ExpiresAt: at.Add(time.Hour), NextQueryAt: at,
	}
	p.RRN = id.RRN(bizdate.Of(at), p.OrderNo, 0)
	must(b, b.store.Acquiring().Update(ctx, func(tx acquiring.Tx) error { return tx.InsertPayment(p) }))
	return p
}

// confirm moves a stored payment to paid.
func (b *bench) confirm(p acquiring.Payment, at time.Time, d bizdate.Date) acquiring.Payment {
	b.Helper()
	p.State, p.PaidAt, p.ClearingDate, p.PayerAccount, p.ChannelNo = acquiring.Paid, at, d, "oPayer", "w"+p.OrderNo
	if p.Channel == channel.UnionPay {
		p.PayerAccount, p.ChannelNo = "621626*********0018", fmt.Sprintf("%s%s8", at.In(bizdate.Zone).Format("20060102150405"), p.Trace)
	}
	must(b, b.store.Acquiring().Update(ctx, func(tx acquiring.Tx) error {
		moved, err := tx.MovePayment(p.OrderNo, []acquiring.PaymentState{acquiring.Created}, acquiring.Paid,
			acquiring.PaymentChange{PaidAt: &p.PaidAt, ClearingDate: &d, ChannelNo: &p.ChannelNo, PayerAccount: &p.PayerAccount})
		if err != nil || !moved {
			return fmt.Errorf("moved %v: %w", moved, err)
		}
		return tx.Post(ledger.PostPaid(p.OrderNo, p.MerchantNo, string(p.Channel), d, at, p.Amount))
	}))
	return p
}

// refunded stores a refund that succeeded, with its reservation and posting. A
// zero time is one that only the statement will tell.
func (b *bench) refunded(p acquiring.Payment, amount money.Fen, created, at time.Time, d bizdate.Date) acquiring.Refund {
	b.Helper()
	b.trace[p.TerminalNo]++
	n := b.trace[p.TerminalNo]
	r := acquiring.Refund{
		RefundNo: id.OrderNo('R', bizdate.Of(created), p.TerminalNo, n), OrderNo: p.OrderNo, MerchantNo: p.MerchantNo, TerminalNo: p.TerminalNo,
		Channel: p.Channel, ChannelID: p.ChannelID, Trace: id.Trace(n), Amount: amount, State: acquiring.RefundCreated,
		RequestID: fmt.Sprintf("back-%s-%d", p.TerminalNo, n), CreatedAt: created, NextQueryAt: created,
	}
	r.RRN = id.RRN(bizdate.Of(created), r.RefundNo, 0)
	no := "wr" + r.RefundNo
	must(b, b.store.Acquiring().Update(ctx, func(tx acquiring.Tx) error {
		if ok, err := tx.ReserveRefund(p.OrderNo, amount); err != nil || !ok {
			return fmt.Errorf("reserved %v: %w", ok, err)
		}
		if err := tx.InsertRefund(r); err != nil {
			return err
		}
		if _, err := tx.MoveRefund(r.RefundNo, []acquiring.RefundState{acquiring.RefundCreated}, acquiring.RefundSucceeded,
			acquiring.RefundChange{RefundedAt: &at, ClearingDate: &d, ChannelNo: &no}); err != nil {
			return err
		}
		return tx.Post(ledger.PostRefunded(r.RefundNo, r.MerchantNo, string(r.Channel), d, created, amount))
	}))
	return r
}

// shows adds an honest line about a payment to the wallet's statement of a date;
// change, when given, makes it dishonest.
func (b *bench) shows(p acquiring.Payment, d bizdate.Date, change ...func(*channel.StatementLine)) {
	fee, err := money.RatePPM(2000).Of(p.Amount)
	must(b, err)
	b.line(p.Channel, d, channel.StatementLine{Kind: channel.PaymentLine, OrderNo: p.OrderNo, ChannelNo: p.ChannelNo, MerchantID: p.ChannelID,
		TerminalNo: p.TerminalNo, Amount: p.Amount, Fee: fee, Payer: p.PayerAccount, Time: p.PaidAt, Date: d, Final: true, State: "SUCCESS"}, change)
}

// showsRefund is shows for the first refund of a payment.
func (b *bench) showsRefund(p acquiring.Payment, r acquiring.Refund, at time.Time, d bizdate.Date, change ...func(*channel.StatementLine)) {
	was, err := money.RatePPM(2000).Of(p.Amount)
	must(b, err)
	left, err := money.RatePPM(2000).Of(p.Amount - r.Amount)
	must(b, err)
	b.line(p.Channel, d, channel.StatementLine{Kind: channel.RefundLine, OrderNo: r.RefundNo, OrigOrderNo: p.OrderNo, ChannelNo: "wr" + r.RefundNo, MerchantID: p.ChannelID,
		TerminalNo: p.TerminalNo, Amount: r.Amount, Fee: left - was, Time: at, Date: d, Final: true, State: "SUCCESS"}, change)
}

func (b *bench) line(ch channel.Name, d bizdate.Date, l channel.StatementLine, change []func(*channel.StatementLine)) {
	for _, f := range change {
		f(&l)
	}
	b.wallets[ch].lines[d] = append(b.wallets[ch].lines[d], l)
}

// close closes a day in the morning after it.
func (b *bench) close(d bizdate.Date) {
	b.Helper()
	b.clock.AdvanceTo(d.AddDays(1).Start().Add(10 * time.Hour))
	batch, err := b.clearing.CloseDay(ctx, d, "maker")
	must(b, err)
	if batch.State != clearing.Filed || batch.Folder != filepath.Join("settlement", d.String()) {
		b.Fatalf("batch %+v", batch)
	}
}

// classes lists a date's discrepancies as "channel class state …", sorted.
func (b *bench) classes(d bizdate.Date) string {
	b.Helper()
	items, err := b.store.Clearing().Items(ctx, d)
	must(b, err)
	var found []string
	for _, it := range items {
		if it.Class != clearing.Matched {
			found = append(found, fmt.Sprintf("%s %s %s", it.Channel, it.Class, it.State))
		}
	}
	slices.Sort(found)
	return strings.Join(found, ", ")
}

// addressed is a part of a batch of a weekday as the usual terms make it.
func addressed(s clearing.Settlement, d bizdate.Date) clearing.Settlement {
	s.Date, s.Cycle, s.SettlementDate = d, terms.Next, d.AddDays(1)
	s.PayerCode, s.PayerName = "99982900", "收单机构 99982900"
	if s.MerchantNo == chain {
		s.PayerCode, s.PayerName = clearing.PaidByWallet, ""
	}
	return s
}

func (b *bench) number(query string, args ...any) (n int) {
	b.Helper()
	must(b, b.raw.QueryRow(query, args...).Scan(&n))
	return n
}

// balance is credit − debit of an account.
func (b *bench) balance(account ledger.Account) int {
	b.Helper()
	return b.number("SELECT COALESCE(SUM(credit_fen) - SUM(debit_fen), 0) FROM ledger_lines WHERE account = ?", string(account))
}

// files reads the settlement files of a date, control files too.
func (b *bench) files(d bizdate.Date) map[string]string {
	b.Helper()
	all := map[string]string{}
	entries, err := os.ReadDir(filepath.Join(b.dir, "settlement", d.String()))
	if os.IsNotExist(err) {
		return all
	}
	must(b, err)
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(b.dir, "settlement", d.String(), e.Name()))
		must(b, err)
		all[e.Name()] = string(data)
	}
	return all
}

func at(d bizdate.Date, hour, minute int) time.Time {
	return d.Start().Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute)
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

func wantKind(tb testing.TB, err error, kind fault.Kind, texts ...string) {
	tb.Helper()
	if !fault.Is(err, kind) {
		tb.Fatalf("got %v (kind %s), want kind %s", err, fault.KindOf(err), kind)
	}
	for _, text := range texts {
		if !strings.Contains(err.Error(), text) {
			tb.Errorf("%q does not name %q", err, text)
		}
	}
}
