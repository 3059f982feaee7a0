package clearing_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"juma/acquiring"
	"juma/acquiring/channel"
	"juma/clearing"
	"juma/clearing/intake"
	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/internal/money"
)

// lines is a statement of the bench's own layout.
func lines(all ...channel.StatementLine) []byte {
	var b strings.Builder
	for i, l := range all {
		l.LineNo = i + 1
		text, _ := json.Marshal(l)
		b.Write(append(text, '\n'))
	}
	return []byte(b.String())
}

func lineOf(p acquiring.Payment, d bizdate.Date) channel.StatementLine {
	fee, _ := money.RatePPM(2000).Of(p.Amount)
	return channel.StatementLine{Kind: channel.PaymentLine, OrderNo: p.OrderNo, ChannelNo: p.ChannelNo, MerchantID: p.ChannelID, TerminalNo: p.TerminalNo,
		Amount: p.Amount, Fee: fee, Payer: p.PayerAccount, Time: p.PaidAt, Date: d, Final: true, State: "SUCCESS"}
}

// bring imports a file of WeChat's day 1 and tells its state.
func (b *bench) bring(name string, data []byte) clearing.Taken {
	b.Helper()
	all, err := b.clearing.Import(ctx, intake.File{Name: name, Data: data, Channel: channel.WeChat, Date: day1}, "lin")
	must(b, err)
	if len(all) != 1 {
		b.Fatalf("%d answers", len(all))
	}
	b.clock.AdvanceTo(b.clock.Now().Add(time.Second))
	return all[0]
}

// TestImportCountsAsFetch (T-S2): what a person brings is the day's statement, and no
// wallet is asked. The same file again changes nothing, a corrected one is a new
// version, and a later one for a reconciled day is held.
func TestImportCountsAsFetch(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		p, q := b.paid(channel.WeChat, diner, 1_000, at(day1, 12, 0), day1), b.paid(channel.WeChat, diner, 2_000, at(day1, 12, 1), day1)
		b.wallets[channel.WeChat].missing[day1] = true
		v1, v2, v3 := lines(lineOf(p, day1)), lines(lineOf(p, day1), lineOf(q, day1)), lines(lineOf(q, day1))
		must(t, b.clearing.CutOff(ctx, channel.WeChat, day1))
		if got := b.bring("one.jsonl", v1); got.Row.State != intake.Staged || got.Row.Version != 1 || got.Again {
			t.Fatalf("first: %+v", got)
		}
		if day, err := b.store.Clearing().Day(ctx, channel.WeChat, day1); err != nil || day.State != clearing.Fetched {
			t.Errorf("the day is %s, %v", day.State, err)
		}
		if got := b.bring("one again.jsonl", v1); !got.Again || got.Row.Version != 1 {
			t.Errorf("again: %+v", got)
		}
		if got := b.bring("corrected.jsonl", v2); got.Row.State != intake.Staged || got.Row.Version != 2 {
			t.Errorf("corrected: %+v", got)
		}
		if got := b.bring("one.jsonl", v1); !got.Again || got.Row.State != intake.Superseded {
			t.Errorf("the old one once more: %+v", got)
		}
		b.close(day1)
		if got := b.classes(day1); got != "" || b.wallets[channel.WeChat].fetched != 0 {
			t.Errorf("found %s, asked %d times", got, b.wallets[channel.WeChat].fetched)
		}
		held := b.bring("later.jsonl", v3)
		if note := held.Row.Findings.Steps[len(held.Row.Findings.Steps)-1].Note; held.Row.State != intake.Held || held.Row.Version != 3 || !strings.Contains(note, "0 new, 0 changed, 1 ("+p.OrderNo+") gone") {
			t.Errorf("held: %s %d %s", held.Row.State, held.Row.Version, note)
		}
		rows, err := b.store.Clearing().Statements(ctx, channel.WeChat, day1)
		must(t, err)
		var states []string
		for _, r := range rows {
			states = append(states, string(r.State))
			if data, err := os.ReadFile(filepath.Join(b.dir, r.Path)); err != nil || (intake.File{Data: data}).SHA256() != r.SHA256 {
				t.Errorf("version %d is not kept: %v", r.Version, err)
			}
		}
		if strings.Join(states, " ") != "superseded matched held" {
			t.Errorf("states %v", states)
		}
	})
}

// TestWhatCannotBeUsedIsPutAside: nothing of it counts, its bytes and the reason are
// kept, and the same again is one row.
func TestWhatCannotBeUsedIsPutAside(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		p := b.paid(channel.WeChat, diner, 1_000, at(day1, 12, 0), day1)
		whole := lines(lineOf(p, day1))
		must(t, b.clearing.CutOff(ctx, channel.WeChat, day1))
		for range 2 {
			got := b.bring("../../etc/20260310.jsonl", whole[:len(whole)-5])
			if got.Row.State != intake.Refused || got.Row.Findings.Problem == nil || !strings.HasPrefix(got.Row.Path, "statements/aside/") {
				t.Fatalf("cut: %+v", got.Row)
			}
		}
		other := b.bring("other.csv", []byte("order,amount\n1,2\n"))
		if other.Row.State != intake.Quarantined || other.Row.Findings.Unknown == nil || len(other.Row.Findings.Unknown.Header) != 2 {
			t.Errorf("unknown: %+v", other.Row)
		}
		if n := b.number("SELECT COUNT(*) FROM statement_files"); n != 2 {
			t.Errorf("%d rows, want 2", n)
		}
		if day, err := b.store.Clearing().Day(ctx, channel.WeChat, day1); err != nil || day.State != clearing.CutOff {
			t.Errorf("the day is %s, %v", day.State, err)
		}
		stranger := lineOf(p, day1)
		stranger.MerchantID = "999000000000000"
		all, err := b.clearing.Import(ctx, intake.File{Name: "zm", Data: lines(stranger), Channel: channel.UnionPay, Account: "999000000000000", Date: day1}, "lin")
		if err != nil || all[0].Row.State != intake.Refused || !strings.Contains(all[0].Row.Findings.Problem.Error(), "no merchant of ours") {
			t.Errorf("another acquirer's merchant: %+v, %v", all, err)
		}
	})
}

// controls is a layout of totals alone: "#control PAYMENTS PAID FEE".
func controls() intake.Layout {
	return intake.Layout{ID: "controls", Channel: channel.WeChat, Kind: intake.Funds,
		Recognise: func(f intake.File) (intake.Claim, bool) {
			return intake.Claim{}, strings.HasPrefix(string(f.Data), "[")
		},
		Read: func(f intake.File) (intake.Content, error) {
			var n [3]int64
			err := json.Unmarshal(f.Data, &n)
			return intake.Content{Control: &intake.Totals{Payments: int(n[0]), Paid: money.Fen(n[1]), Fee: money.Fen(n[2])}}, err
		}}
}

// TestFundsProveThePayments: a bill of funds that says otherwise stops the day before a
// row is used; the corrected one lets it go on.
func TestFundsProveThePayments(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		p := b.paid(channel.WeChat, diner, 1_000, at(day1, 12, 0), day1)
		b.shows(p, day1)
		b.clearing.Layouts = append(b.clearing.Layouts, controls())
		b.bring("funds", []byte("[1,2000,2]\n"))
		must(t, b.clearing.CutOff(ctx, channel.WeChat, day1))
		must(t, b.clearing.Fetch(ctx, channel.WeChat, day1))
		wantKind(t, b.clearing.Reconcile(ctx, channel.WeChat, day1), fault.Conflict, "funds contradicts the payments", "20.00")
		if n := b.number("SELECT COUNT(*) FROM clearing_items"); n != 0 {
			t.Errorf("%d rows were used", n)
		}
		b.bring("funds", []byte("[1,1000,2]\n"))
		must(t, b.clearing.Reconcile(ctx, channel.WeChat, day1))
	})
}
