package clearing_test

import (
	"fmt"
	"strings"
	"testing"

	"juma/acquiring/channel"
	"juma/clearing"
	"juma/clearing/intake"
	"juma/internal/fault"
)

const strangeMap = "header: yes\ncolumns:\n  order_no: 单号\n  channel: =wechat\n  amount_fen: 金额\n  fee_fen: 费\n"

// TestTwoPeopleClearAQuarantinedFile: a layout that nobody knew is read through a map
// that one person proposes, with the count and sum of the wallet's page, and another
// approves; the day then needs no fetch, and what was read settles.
func TestTwoPeopleClearAQuarantinedFile(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		p, q := b.paid(channel.WeChat, diner, 1_000, at(day1, 12, 0), day1), b.paid(channel.WeChat, diner, 2_000, at(day1, 12, 1), day1)
		b.wallets[channel.WeChat].missing[day1] = true
		must(t, b.clearing.CutOff(ctx, channel.WeChat, day1))
		text := fmt.Sprintf("单号,金额,费\n%s,1000,2\n%s,2000,4\n", p.OrderNo, q.OrderNo)
		file := b.bring("new.csv", []byte(text)).Row
		if file.State != intake.Quarantined {
			t.Fatalf("%+v", file)
		}
		wish := clearing.Wish{FileID: file.ID, Channel: channel.WeChat, Date: day1, Map: strangeMap, Rows: 2, Sum: 3_000, Reason: "商户平台账单页", By: "lin"}
		for what, change := range map[string]func(*clearing.Wish){
			"no reason": func(w *clearing.Wish) { w.Reason = "" }, "no channel": func(w *clearing.Wish) { w.Channel = "" }, "no date": func(w *clearing.Wish) { w.Date = 0 },
			"no map": func(w *clearing.Wish) { w.Map = "" }, "a bad map": func(w *clearing.Wish) { w.Map = "columns: {order_no: 1}" },
			"another count": func(w *clearing.Wish) { w.Rows = 3 }, "another sum": func(w *clearing.Wish) { w.Sum++ },
			"another column": func(w *clearing.Wish) { w.Map = strings.Replace(w.Map, "费", "手续费", 1) },
		} {
			w := wish
			change(&w)
			if _, err := b.clearing.Propose(ctx, w); !fault.Is(err, fault.Invalid) {
				t.Errorf("%s: %v", what, err)
			}
		}
		c, err := b.clearing.Propose(ctx, wish)
		must(t, err)
		_, err = b.clearing.Propose(ctx, wish)
		wantKind(t, err, fault.Conflict)
		_, err = b.clearing.Decide(ctx, c.ID, true, "lin", "")
		wantKind(t, err, fault.Forbidden, "another person")
		_, err = b.clearing.Decide(ctx, c.ID, false, "wu", "")
		wantKind(t, err, fault.Invalid, "say why not")
		taken, err := b.clearing.Decide(ctx, c.ID, true, "wu", "页面核对一致")
		must(t, err)
		if taken.Row.State != intake.Staged || taken.Row.ID != file.ID || taken.Row.Layout != "mapped-wechat-1" || taken.Row.Totals.Paid != 3_000 {
			t.Errorf("cleared: %+v", taken.Row)
		}
		_, err = b.clearing.Decide(ctx, c.ID, true, "he", "")
		wantKind(t, err, fault.Conflict)
		b.close(day1)
		if got := b.classes(day1); got != "" || b.wallets[channel.WeChat].fetched != 0 {
			t.Errorf("found %s, asked %d times", got, b.wallets[channel.WeChat].fetched)
		}

		// The next day's file has the same header: with its digest it needs nobody.
		r := b.paid(channel.WeChat, diner, 500, at(day2, 12, 0), day2)
		next := intake.File{Name: "next.csv", Data: fmt.Appendf(nil, "单号,金额,费\n%s,500,1\n", r.OrderNo), Channel: channel.WeChat, Date: day2}
		next.Digest = next.SHA256()
		all, err := b.clearing.Import(ctx, next, "lin")
		if err != nil || all[0].Row.State != intake.Staged || all[0].Row.Layout != "mapped-wechat-1" {
			t.Errorf("next day: %+v, %v", all, err)
		}
	})
}

// TestRejectedFileStaysInQuarantine.
func TestRejectedFileStaysInQuarantine(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		file := b.bring("new.csv", []byte("单号,金额,费\nP1,1000,2\n")).Row
		wish := clearing.Wish{FileID: file.ID, Channel: channel.WeChat, Date: day1, Map: strangeMap, Rows: 1, Sum: 1_000, Reason: "账单页", By: "lin"}
		c, err := b.clearing.Propose(ctx, wish)
		must(t, err)
		_, err = b.clearing.Decide(ctx, c.ID, false, "wu", "金额列不对")
		must(t, err)
		row, all, err := b.clearing.StatementFile(ctx, file.ID)
		must(t, err)
		if row.State != intake.Quarantined || len(all) != 1 || all[0].State != clearing.Rejected || all[0].Note != "金额列不对" {
			t.Errorf("%s, %+v", row.State, all)
		}
		if c, err = b.clearing.Propose(ctx, wish); err != nil || c.Version != 1 {
			t.Errorf("proposed again: version %d, %v", c.Version, err)
		}
	})
}
