package clearing_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"juma/acquiring"
	"juma/acquiring/channel"
	"juma/clearing"
	"juma/clearing/file"
	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/internal/ledger"
	"juma/internal/money"
)

// threeDays is a story of three days with one of everything. Day 1: a payer that
// differs, a fee that differs, an amount that differs, a refund whose time nobody
// told, a payment that the statement shows a day early, one that it shows a day
// late, money that nobody ordered, and a merchant that its wallet pays. Day 2: the
// halves of the night meet, and market only refunds. Day 3: market sells again.
type threeDays struct {
	fee, held, early, late acquiring.Payment
	refund                 acquiring.Refund
}

func (b *bench) threeDays() (s threeDays) {
	p1 := b.paid(channel.WeChat, diner, 10_000, at(day1, 12, 0), day1)
	s.refund = b.refunded(p1, 2_000, at(day1, 13, 0), time.Time{}, day1)
	b.shows(p1, day1)
	b.showsRefund(p1, s.refund, at(day1, 13, 1), day1)
	b.shows(b.paid(channel.Alipay, diner, 5_000, at(day1, 12, 5), day1), day1, func(l *channel.StatementLine) { l.Payer = "oOther" })
	b.shows(b.paid(channel.UnionPay, market, 20_000, at(day1, 12, 10), day1), day1)
	s.fee = b.paid(channel.WeChat, market, 30_000, at(day1, 12, 15), day1)
	b.shows(s.fee, day1, func(l *channel.StatementLine) { l.Fee += 5 })
	s.held = b.paid(channel.WeChat, market, 700, at(day1, 12, 20), day1)
	b.shows(s.held, day1, func(l *channel.StatementLine) { l.Amount++ })
	s.early = b.paid(channel.WeChat, diner, 4_000, at(day2, 0, 2), day2)
	b.shows(s.early, day1)
	s.late = b.paid(channel.Alipay, diner, 6_000, at(day1, 23, 58), day1)
	b.shows(s.late, day2)
	b.line(channel.WeChat, day1, channel.StatementLine{Kind: channel.PaymentLine, OrderNo: "P2026031099999999000001", ChannelNo: "w9", Amount: 880, Fee: 2,
		Time: at(day1, 12, 30), Date: day1, Final: true, State: "SUCCESS"}, nil)
	b.shows(b.paid(channel.WeChat, chain, 1_000, at(day1, 12, 40), day1), day1)

	back := b.refunded(s.fee, 30_000, at(day2, 9, 0), at(day2, 9, 1), day2)
	b.showsRefund(s.fee, back, at(day2, 9, 1), day2)

	b.shows(b.paid(channel.UnionPay, market, 50_000, at(day3, 12, 0), day3), day3)
	return s
}

// settlements of the story, worked out by hand: rate 0.38 %, half up.
var wantSettlements = map[bizdate.Date][]clearing.Settlement{
	day1: {
		{MerchantNo: diner, Rows: 3, Gross: 15_000, Refund: 2_000, Fee: 49, Credited: 12_951}, // 38 + 19 − (38 − 30)
		{MerchantNo: market, Rows: 2, Gross: 50_000, Fee: 190, Credited: 49_810},              // 76 + 114; 7.00 held
		{MerchantNo: chain, Rows: 1, Gross: 1_000, Fee: 4},                                    // its wallet pays it
	},
	day2: {
		{MerchantNo: diner, Rows: 2, Gross: 10_000, Fee: 38, Credited: 9_962}, // 15 + 23
		{MerchantNo: market, Rows: 1, Refund: 30_000, Fee: -114, Suspended: -29_886},
	},
	day3: {{MerchantNo: market, Rows: 1, Gross: 50_000, Fee: 190, Replenished: -29_886, Credited: 19_924}},
}

var wantClasses = map[bizdate.Date]string{
	day1: "alipay missing_theirs waiting, alipay payer settled, wechat amount waiting, wechat fee settled, wechat missing_ours waiting, wechat spill waiting",
	day2: "alipay spill settled",
	day3: "",
}

func TestThreeDays(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		s := b.threeDays()
		var folders []string
		for _, d := range []bizdate.Date{day1, day2, day3} {
			b.close(d)
			if got := b.classes(d); got != wantClasses[d] {
				t.Errorf("%s: found %s\nwant %s", d, got, wantClasses[d])
			}
			got, err := b.store.Clearing().Settlements(ctx, d)
			must(t, err)
			want := wantSettlements[d]
			for i := range want {
				want[i] = addressed(want[i], d)
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%s:\n got %+v\nwant %+v", d, got, want)
			}
			folders = append(folders, filepath.Join(b.dir, "settlement", d.String()))
		}
		report, problems := file.Verify(folders)
		if len(problems) > 0 || report.Rows != 10 || report.Credited != 12_951+49_810+9_962+19_924 {
			t.Errorf("files: %+v, problems %v", report, problems)
		}
		b.wantCorrections(s)
		b.wantBook()
		names := b.files(day1)
		if zpsum := names[file.ZPSUMName(day1)]; !strings.Contains(zpsum, diner) || strings.Contains(zpsum, chain) {
			t.Error("ZPSUM must hold diner, and not chain, which its wallet pays")
		}
		if zsum := names[file.ZSUMName(day1)]; !strings.Contains(zsum, chain) {
			t.Error("ZSUM must hold chain too")
		}
		if names[file.ZMName(day1, chain)] == "" || b.files(day2)[file.ZMName(day2, market)] == "" {
			t.Error("every merchant with a row has a statement, refund-only ones too")
		}
	})
}

// wantCorrections: what the statement knew better is taken over, with an audit
// row each, and the lines' fate is recorded.
func (b *bench) wantCorrections(s threeDays) {
	b.Helper()
	r, err := b.store.Acquiring().Refund(ctx, s.refund.RefundNo)
	if err != nil || !r.RefundedAt.Equal(at(day1, 13, 1)) {
		b.Errorf("refund time %s, %v; want the statement's", r.RefundedAt, err)
	}
	for action, want := range map[string]int{"payment.payer_corrected": 1, "refund.time_from_statement": 1} {
		if n := b.number("SELECT COUNT(*) FROM audit WHERE action = ?", action); n != want {
			b.Errorf("%d audit rows of %s, want %d", n, action, want)
		}
	}
	if n := b.number("SELECT COUNT(*) FROM payments WHERE payer_account = 'oOther'"); n != 1 {
		b.Errorf("%d payments with the statement's payer, want 1", n)
	}
	held, next, _, _, err := b.store.Clearing().Unsettled(ctx, day3)
	if err != nil || held.Count != 1 || held.Amount != s.held.Amount || next.Count != 0 {
		b.Errorf("held %+v, next day %+v, %v", held, next, err)
	}
	if n := b.number("SELECT COUNT(*) FROM clearing_items WHERE state = 'waiting'"); n != 2 {
		b.Errorf("%d lines still wait, want 2: another amount, and money that nobody ordered", n)
	}
}

// wantBook: what is owed, what is on its way, what the channels cost.
func (b *bench) wantBook() {
	b.Helper()
	for account, want := range map[ledger.Account]int{
		ledger.MerchantPayable(diner):    0,
		ledger.MerchantPayable(market):   700, // held
		ledger.PayoutInTransit:           12_951 + 49_810 + 9_962 + 19_924,
		ledger.FeeIncome:                 49 + 190 + 4 + 38 - 114 + 190,
		ledger.Suspense("wechat"):        880,
		ledger.ChannelCost("wechat"):     -(20 - 4 + 60 + 5 + 2 + 8 - 60),
		ledger.ChannelCost("alipay"):     -(10 + 12),
		ledger.ChannelCost("unionpay"):   -(40 + 100),
		ledger.MerchantPayable("nobody"): 0,
	} {
		if got := b.balance(account); got != want {
			b.Errorf("%s: %d fen, want %d", account, got, want)
		}
	}
}

// TestD11MissingFileIsNotAnEmptyOne: nothing becomes a difference before the
// wallet has spoken.
func TestD11MissingFileIsNotAnEmptyOne(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		b.threeDays()
		for _, ch := range channel.Names {
			b.wallets[ch].missing[day1] = true
		}
		for _, ch := range channel.Names {
			_, err := b.clearing.CloseDay(ctx, day1, "maker")
			wantKind(t, err, fault.NotReady, string(ch), "2026-03-10")
			day, err := b.store.Clearing().Day(ctx, ch, day1)
			must(t, err)
			if n := b.number("SELECT COUNT(*) FROM clearing_items WHERE channel = ?", string(ch)); n != 0 || day.State != clearing.CutOff {
				t.Errorf("%s is %s with %d items; a missing file proves nothing", ch, day.State, n)
			}
			b.wallets[ch].missing[day1] = false
		}
		b.close(day1)
	})
}

// TestEmptyDay: a day on which nothing happened, said so by every wallet, is a
// day like any other.
func TestEmptyDay(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		b.close(day1)
		if got, err := b.store.Clearing().Settlements(ctx, day1); err != nil || len(got) != 0 {
			t.Errorf("settlements %+v, %v", got, err)
		}
		if _, problems := file.Verify([]string{filepath.Join(b.dir, "settlement", day1.String())}); len(problems) > 0 {
			t.Error(problems)
		}
	})
}

func TestStepsWaitForEachOther(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		wantKind(t, b.clearing.CutOff(ctx, channel.WeChat, day2), fault.NotReady, "2026-03-12 00:00:00")
		wantKind(t, b.clearing.CutOff(ctx, channel.UnionPay, day2), fault.NotReady, "2026-03-11 23:00:00")
		wantKind(t, b.clearing.Fetch(ctx, channel.WeChat, day1), fault.Conflict)
		wantKind(t, b.clearing.Reconcile(ctx, channel.WeChat, day1), fault.Conflict)
		wantKind(t, b.clearing.Settle(ctx, day1, "maker"), fault.NotReady)
		wantKind(t, b.clearing.WriteFiles(ctx, day1), fault.NotFound)
	})
}

// TestRunAgainChangesNothing: every step of a closed day, run again, leaves every
// table and every file as it is, and asks no wallet.
func TestRunAgainChangesNothing(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		b.threeDays()
		b.close(day1)
		state := func() string {
			var s strings.Builder
			for _, table := range []string{"ledger_entries", "ledger_lines", "clearing_items", "clearing_days", "statement_files", "settlement_batches", "settlements", "settlement_files", "audit"} {
				fmt.Fprintf(&s, "%s %d, ", table, b.number("SELECT COUNT(*) FROM "+table))
			}
			fmt.Fprintf(&s, "settled %d, fetched %d", b.number("SELECT COUNT(*) FROM clearing_items WHERE state = 'settled'"), b.wallets[channel.UnionPay].fetched)
			return s.String()
		}
		before, files := state(), b.files(day1)
		for range 2 {
			for _, ch := range channel.Names {
				must(t, b.clearing.CutOff(ctx, ch, day1))
				must(t, b.clearing.Fetch(ctx, ch, day1))
				must(t, b.clearing.Reconcile(ctx, ch, day1))
			}
			must(t, b.clearing.Settle(ctx, day1, "maker"))
			must(t, b.clearing.WriteFiles(ctx, day1))
			b.close(day1)
		}
		if got := state(); got != before || !maps.Equal(b.files(day1), files) {
			t.Errorf("was %s\n is %s", before, got)
		}
	})
}

// crashing is a store whose transactions end badly most of the time: before the
// commit, or after it, so that nobody hears of it.
type crashing struct {
	clearing.Store
	rnd           *rand.Rand
	before, after int
}

var errCrash = errors.New("the process died here")

func (c *crashing) Update(ctx context.Context, f func(clearing.Tx) error) error {
	switch c.rnd.IntN(3) {
	case 0:
		c.before++
		return c.Store.Update(ctx, func(tx clearing.Tx) error { return errors.Join(f(tx), errCrash) })
	case 1:
		c.after++
		return errors.Join(c.Store.Update(ctx, f), errCrash)
	}
	return c.Store.Update(ctx, f)
}

// TestCrashBetweenSteps: the process dies before and after every commit of three
// days, is started again each time, and the files are those of a quiet run.
func TestCrashBetweenSteps(t *testing.T) {
	var quiet map[string]string
	each(t, func(t *testing.T, b *bench) {
		s := b.threeDays()
		dying := &crashing{Store: b.store.Clearing(), rnd: rand.New(rand.NewPCG(1, 2))}
		files := map[string]string{}
		for _, d := range []bizdate.Date{day1, day2, day3} {
			b.clock.AdvanceTo(d.AddDays(1).Start().Add(10 * time.Hour))
			for tries := 0; ; tries++ {
				_, err := b.service(dying).CloseDay(ctx, d, "maker")
				if err == nil {
					break
				}
				if !errors.Is(err, errCrash) || tries > 100 {
					t.Fatalf("try %d: %v", tries, err)
				}
			}
			maps.Copy(files, b.files(d))
		}
		if dying.before < 15 || dying.after < 15 {
			t.Errorf("only %d and %d crashes: the test does not reach every step", dying.before, dying.after)
		}
		b.wantCorrections(s)
		b.wantBook()
		if quiet == nil { // both databases, crashing at other places, must write the same files
			quiet = files
		} else if !maps.Equal(quiet, files) {
			t.Error("the two databases give different files")
		}
	})
	each(t, func(t *testing.T, b *bench) {
		b.threeDays()
		files := map[string]string{}
		for _, d := range []bizdate.Date{day1, day2, day3} {
			b.close(d)
			maps.Copy(files, b.files(d))
		}
		if !maps.Equal(quiet, files) {
			t.Error("a quiet run gives other files")
		}
	})
}

// TestCorruptStatements: a statement that is damaged on the way is refused with
// its line and fetched again; one that is damaged on our disk is refused with its
// name and fetched again, too. No row of either is used.
func TestCorruptStatements(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		b.threeDays()
		b.wallets[channel.WeChat].damaged = true
		_, err := b.clearing.CloseDay(ctx, day1, "maker")
		wantKind(t, err, fault.Corrupt, "20260310.jsonl", "line 7")
		if n := b.number("SELECT COUNT(*) FROM statement_files WHERE state = 'refused' AND live_key IS NULL"); n != 1 {
			t.Errorf("%d damaged statements were put aside, want 1", n)
		}
		must(t, b.clearing.Fetch(ctx, channel.WeChat, day1))
		kept := filepath.Join(b.dir, "statements", "2026-03-10", "wechat", "20260310.jsonl")
		data, err := os.ReadFile(kept)
		must(t, err)
		data[len(data)/2] ^= 1
		must(t, os.WriteFile(kept, data, 0o600))
		_, err = b.clearing.CloseDay(ctx, day1, "maker")
		wantKind(t, err, fault.Corrupt, "statements/2026-03-10/wechat/20260310.jsonl", "SHA-256")
		if n := b.number("SELECT COUNT(*) FROM clearing_items"); n != 0 {
			t.Errorf("%d lines of a damaged statement were used", n)
		}
		b.close(day1)
		if got := b.classes(day1); got != wantClasses[day1] {
			t.Errorf("found %s", got)
		}
	})
}

// dyingOnce is a store whose process dies after its first commit.
type dyingOnce struct{ clearing.Store }

func (d *dyingOnce) Update(ctx context.Context, f func(clearing.Tx) error) error {
	return errors.Join(d.Store.Update(ctx, f), errCrash)
}

// TestSecondVersionOfAStatement (T-S2): fetching stopped half-way, and meanwhile
// the wallet made its statement anew. The last version is read, both are kept.
func TestSecondVersionOfAStatement(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		first := b.paid(channel.UnionPay, diner, 1_000, at(day1, 12, 0), day1)
		b.shows(first, day1)
		must(t, b.clearing.CutOff(ctx, channel.UnionPay, day1))
		b.shows(b.paid(channel.UnionPay, market, 2_000, at(day1, 12, 1), day1), day1)
		once := &dyingOnce{Store: b.store.Clearing()}
		if err := b.service(once).Fetch(ctx, channel.UnionPay, day1); !errors.Is(err, errCrash) {
			t.Fatal(err)
		}
		second := b.paid(channel.UnionPay, diner, 3_000, at(day1, 12, 2), day1)
		b.shows(second, day1)
		b.clock.AdvanceTo(b.clock.Now().Add(time.Minute))
		b.close(day1)
		if got := b.classes(day1); got != "" {
			t.Errorf("found %s", got)
		}
		if n := b.number("SELECT COUNT(*) FROM statement_files WHERE merchant_id = ? AND channel = 'unionpay'", diner); n != 2 {
			t.Errorf("%d versions registered, want 2", n)
		}
		if kept, err := filepath.Glob(filepath.Join(b.dir, "statements", "2026-03-10", "unionpay", "*"+diner+"*")); err != nil || len(kept) != 2 {
			t.Errorf("kept %v, %v; want both versions", kept, err)
		}
	})
}

// TestFilesAgreeWithTheBookOrAreNotWritten: somebody altered the book by hand.
func TestFilesAgreeWithTheBookOrAreNotWritten(t *testing.T) {
	for name, statement := range map[string]string{
		"payment":  "UPDATE ledger_lines SET %[1]s_fen = %[1]s_fen + %[2]d WHERE entry_id IN (SELECT id FROM ledger_entries WHERE kind = 'payment_paid' AND merchant_no = '" + market + "')",
		"fee":      "UPDATE ledger_lines SET %[1]s_fen = %[1]s_fen + %[2]d WHERE entry_id IN (SELECT id FROM ledger_entries WHERE kind = 'merchant_fee' AND merchant_no = '" + market + "')",
		"refund":   "UPDATE ledger_lines SET %[1]s_fen = %[1]s_fen + %[2]d WHERE entry_id IN (SELECT id FROM ledger_entries WHERE kind = 'refund_succeeded' AND merchant_no = '" + diner + "')",
		"no entry": "UPDATE ledger_entries SET ref = CASE WHEN %[2]d > 0 THEN CONCAT('x', ref) ELSE SUBSTR(ref, 2) END WHERE kind = 'payment_paid' AND merchant_no = '" + chain + "' AND '%[1]s' = 'debit'",
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, b *bench) {
				b.threeDays()
				for _, ch := range channel.Names {
					must(t, b.clearing.CutOff(ctx, ch, day1))
					must(t, b.clearing.Fetch(ctx, ch, day1))
					must(t, b.clearing.Reconcile(ctx, ch, day1))
				}
				must(t, b.clearing.Settle(ctx, day1, "maker"))
				alter := func(by int) {
					for _, side := range []string{"debit", "credit"} {
						query := fmt.Sprintf(statement, side, by)
						if strings.Contains(query, "_fen") {
							query += " AND " + side + "_fen > 0"
						}
						_, err := b.raw.Exec(query)
						must(t, err)
					}
				}
				alter(100)
				err := b.clearing.WriteFiles(ctx, day1)
				wantKind(t, err, fault.Corrupt, "ledger")
				if files := b.files(day1); len(files) != 0 {
					t.Errorf("%d files were written", len(files))
				}
				if batch, err := b.store.Clearing().Batch(ctx, day1); err != nil || batch.State != clearing.Computed {
					t.Errorf("batch %+v, %v", batch, err)
				}
				alter(-100)
				must(t, b.clearing.WriteFiles(ctx, day1))
			})
		})
	}
}

// TestTB3LateSuccess: a payment became final after its day was proved. It goes
// into the next day with its own time, and the money that the statement had shown
// without it leaves suspense.
func TestTB3LateSuccess(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		insert := func(amount money.Fen, minute int) acquiring.Payment {
			p := b.paid(channel.WeChat, diner, amount, at(day1, 12, minute), day1)
			_, err := b.raw.Exec("UPDATE payments SET state = 'created' WHERE order_no = ?", p.OrderNo)
			must(t, err)
			_, err = b.raw.Exec("DELETE FROM ledger_lines WHERE entry_id IN (SELECT id FROM ledger_entries WHERE ref = ?)", p.OrderNo)
			must(t, err)
			_, err = b.raw.Exec("DELETE FROM ledger_entries WHERE ref = ?", p.OrderNo)
			must(t, err)
			return p
		}
		shown, silent := insert(1_000, 0), insert(2_000, 1)
		b.shows(shown, day1)
		b.asked = func(channel.LineKind, string) error { return nil } // the wallet does not answer either
		b.close(day1)
		if got, want := b.classes(day1), "wechat missing_ours waiting"; got != want {
			t.Errorf("found %s, want %s", got, want)
		}
		if got := b.balance(ledger.Suspense("wechat")); got != 1_000 {
			t.Errorf("suspense %d, want 1000", got)
		}
		b.confirm(shown, shown.PaidAt, day1) // 24 hours late
		b.confirm(silent, silent.PaidAt, day1)
		b.shows(silent, day2, func(l *channel.StatementLine) { l.Time = at(day2, 0, 1) }) // the wallet's statement is as late
		b.close(day2)
		if got, want := b.classes(day2), "wechat spill settled"; got != want {
			t.Errorf("found %s, want %s", got, want)
		}
		if got := b.balance(ledger.Suspense("wechat")); got != 0 {
			t.Errorf("suspense %d, want 0: it is explained", got)
		}
		settled, err := b.store.Clearing().Settlements(ctx, day2)
		if err != nil || len(settled) != 1 || settled[0].Gross != 3_000 {
			t.Errorf("settled %+v, %v", settled, err)
		}
		if got := b.number("SELECT COUNT(*) FROM clearing_items WHERE state = 'waiting'"); got != 0 {
			t.Errorf("%d lines wait", got)
		}
		folders := []string{filepath.Join(b.dir, "settlement", day1.String()), filepath.Join(b.dir, "settlement", day2.String())}
		if _, problems := file.Verify(folders); len(problems) > 0 {
			t.Error(problems)
		}
		b.close(day3) // and they are not late for ever
		if got := b.classes(day3); got != "" {
			t.Errorf("found %s", got)
		}
	})
}

// TestStatementAsksAboutWhatIsOpen: the statement shows an order that our books
// do not call final; the wallet is asked, and its answer decides.
func TestStatementAsksAboutWhatIsOpen(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		p := b.paid(channel.WeChat, diner, 1_000, at(day1, 12, 0), day1)
		_, err := b.raw.Exec("UPDATE payments SET state = 'unknown' WHERE order_no = ?", p.OrderNo)
		must(t, err)
		b.shows(p, day1)
		var asked []string
		b.asked = func(kind channel.LineKind, orderNo string) error {
			asked = append(asked, string(kind)+" "+orderNo)
			_, err := b.raw.Exec("UPDATE payments SET state = 'paid' WHERE order_no = ?", orderNo)
			return err
		}
		b.close(day1)
		if len(asked) != 1 || asked[0] != "payment "+p.OrderNo || b.classes(day1) != "" {
			t.Errorf("asked about %v, found %q", asked, b.classes(day1))
		}
	})
}

// TestRefundThatFailedOnBothSides: the statement shows a refund as failed, and so
// do our books. No money moved, so none is booked.
func TestRefundThatFailedOnBothSides(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		p := b.paid(channel.WeChat, diner, 1_000, at(day1, 12, 0), day1)
		b.shows(p, day1)
		b.line(channel.WeChat, day1, channel.StatementLine{Kind: channel.RefundLine, OrderNo: "R2026031010000001000002", OrigOrderNo: p.OrderNo,
			MerchantID: p.ChannelID, Amount: 300, Time: at(day1, 13, 0), Date: day1, State: "FAIL"}, nil)
		b.close(day1)
		if got, want := b.classes(day1), "wechat state waiting"; got != want {
			t.Errorf("found %s, want %s", got, want)
		}
		if got := b.balance(ledger.Suspense("wechat")); got != 0 {
			t.Errorf("suspense %d, want 0", got)
		}
	})
}
