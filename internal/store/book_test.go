package store_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"juma/clearing"
	"juma/internal/bizdate"
	"juma/internal/dbtest"
	"juma/internal/fault"
	"juma/internal/ledger"
	"juma/internal/money"
	"juma/internal/store"
)

// sold books a payment of a fen more than its number.
func sold(n int, d bizdate.Date) ledger.Entry {
	return ledger.PostPaid(fmt.Sprintf("P%06d", n), shop, "wechat", d, noon.Add(time.Duration(n)*time.Second), money.Fen(n+1))
}

func book(t *testing.T, s *store.Store, all ...ledger.Entry) {
	t.Helper()
	must(t, s.Clearing().Update(ctx, func(tx clearing.Tx) error { return tx.PostAll(all) }))
}

func sealed(t *testing.T, s *store.Store, d bizdate.Date, at time.Time) ledger.Seal {
	t.Helper()
	return get[ledger.Seal](t)(s.Clearing().SealBook(ctx, d, at, "clearing"))
}

func wantSealsHold(t *testing.T, s *store.Store, seals, entries int64) {
	t.Helper()
	if p := get[store.BookProof](t)(s.VerifySeals(ctx)); p.Fault != "" || p.Seals != seals || p.Entries != entries {
		t.Errorf("seals: %+v, want %d of %d entries", p, seals, entries)
	}
	if _, wrong, err := s.VerifyBook(ctx); wrong != "" || err != nil {
		t.Errorf("book: %s, %v", wrong, err)
	}
}

// TestABookIsSealedDayByDay: a sealed date takes nothing more; what is for it goes
// to the next open date and says where it comes from.
func TestABookIsSealedDayByDay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		var all []ledger.Entry
		for n := range ledger.PageEntries + 5 { // more than a page
			all = append(all, sold(n, day))
		}
		book(t, s, all...)
		book(t, s, sold(5000, day.AddDays(1)))
		first := sealed(t, s, day, noon.Add(24*time.Hour))
		if first.Seq != 1 || first.Entries != int64(len(all)) || first.Debit != first.Credit || first.Debit != 1005*1006/2 {
			t.Errorf("first seal %+v", first)
		}
		if again := sealed(t, s, day, noon.Add(48*time.Hour)); again != first {
			t.Errorf("sealed again: %+v, want %+v", again, first)
		}
		book(t, s, sold(6000, day)) // late
		if got := get[[]ledger.Entry](t)(s.Desk().EntriesOf(ctx, "P006000")); got[0].ClearingDate != day.AddDays(1) || got[0].OrigDate != day {
			t.Errorf("a late entry is on %s for %s", got[0].ClearingDate, got[0].OrigDate)
		}
		second := sealed(t, s, day.AddDays(1), noon.Add(30*time.Hour))
		sealed(t, s, day.AddDays(2), noon.Add(50*time.Hour)) // nothing happened
		book(t, s, sold(7000, day))
		if got := get[[]ledger.Entry](t)(s.Desk().EntriesOf(ctx, "P007000")); got[0].ClearingDate != day.AddDays(3) || got[0].OrigDate != day {
			t.Errorf("a late entry is on %s for %s", got[0].ClearingDate, got[0].OrigDate)
		}
		if second.Seq != 2 || second.Entries != 2 || second.Hash == first.Hash {
			t.Errorf("second seal %+v", second)
		}
		wantSealsHold(t, s, 3, int64(len(all))+2)
		for name, c := range map[string]struct {
			when ledger.Moment
			want money.Fen
		}{
			"now":                   {ledger.Moment{}, first.Debit + 5001 + 6001 + 7001},
			"by date":               {ledger.Moment{Date: day}, first.Debit},
			"by the next date":      {ledger.Moment{Date: day.AddDays(1)}, first.Debit + 5001 + 6001},
			"before it was sealed":  {ledger.Moment{At: noon.Add(2 * time.Second)}, 1 + 2 + 3},
			"when the first was":    {ledger.Moment{At: noon.Add(24 * time.Hour)}, first.Debit + 5001 + 6001 + 7001},
			"before anything":       {ledger.Moment{At: noon.Add(-time.Second)}, 0},
			"a date before the day": {ledger.Moment{Date: day.AddDays(-1)}, 0},
		} {
			trial, err := ledger.NewTrial(get[[]ledger.Balance](t)(s.BookBalances(ctx, c.when)))
			if err != nil || trial.Debit != c.want || !trial.Balanced() {
				t.Errorf("balance %s: %d fen on the debit side, want %d, %v", name, trial.Debit, c.want, err)
			}
		}
		wallet := ledger.ChannelReceivable("wechat")
		page := get[[]ledger.Entry](t)(s.BookEntries(ctx, wallet, ledger.Moment{Date: day}, "", 2))
		if len(page) != 2 || page[0].Ref != "P001004" || len(page[0].Lines) != 2 {
			t.Fatalf("entries of the account: %+v", page)
		}
		if next := get[[]ledger.Entry](t)(s.BookEntries(ctx, wallet, ledger.Moment{Date: day}, page[1].ID, 1)); next[0].Ref != "P001002" {
			t.Errorf("the page after it begins with %s", next[0].Ref)
		}
	})
}

// TestR8TheSealsNameWhatWasTamperedWith: whatever is changed in a sealed date
// behind the book's back, the first entry that is wrong is named.
func TestR8TheSealsNameWhatWasTamperedWith(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		book(t, s, sold(1, day), sold(2, day), sold(3, day))
		sealed(t, s, day, noon.Add(time.Hour))
		book(t, s, sold(4, day.AddDays(1)))
		sealed(t, s, day.AddDays(1), noon.Add(2*time.Hour))
		book(t, s, sold(5, day.AddDays(2)))
		id := func(ref string) string { return get[[]ledger.Entry](t)(s.Desk().EntriesOf(ctx, ref))[0].ID }
		second, fifth := id("P000002"), id("P000005")
		between := second[:25] + string(second[25]+1) // an id that was not given out
		for _, c := range []struct {
			name   string
			tamper []string
			undo   []string
			names  []string
		}{
			{"one fen, on both sides", []string{"UPDATE ledger_lines SET debit_fen = debit_fen + 1 WHERE entry_id = '{2}' AND line_no = 1", "UPDATE ledger_lines SET credit_fen = credit_fen + 1 WHERE entry_id = '{2}' AND line_no = 2"},
				[]string{"UPDATE ledger_lines SET debit_fen = debit_fen - 1 WHERE entry_id = '{2}' AND line_no = 1", "UPDATE ledger_lines SET credit_fen = credit_fen - 1 WHERE entry_id = '{2}' AND line_no = 2"},
				[]string{"2026-03-10", second, "payment_paid P000002", "altered"}},
			{"one account", []string{"UPDATE ledger_lines SET account = 'suspense/wechat' WHERE entry_id = '{2}' AND line_no = 2"},
				[]string{"UPDATE ledger_lines SET account = 'merchant_payable/" + shop + "' WHERE entry_id = '{2}' AND line_no = 2"},
				[]string{second, "altered"}},
			{"the reference", []string{"UPDATE ledger_entries SET ref = 'P999999' WHERE id = '{2}'"}, []string{"UPDATE ledger_entries SET ref = 'P000002' WHERE id = '{2}'"},
				[]string{second, "P999999", "altered"}},
			{"the time", []string{"UPDATE ledger_entries SET posted_at = posted_at + 1 WHERE id = '{2}'"}, []string{"UPDATE ledger_entries SET posted_at = posted_at - 1 WHERE id = '{2}'"},
				[]string{second, "altered"}},
			{"an entry taken to another date", []string{"UPDATE ledger_entries SET clearing_date = 20260312 WHERE id = '{2}'"}, []string{"UPDATE ledger_entries SET clearing_date = 20260310 WHERE id = '{2}'"},
				[]string{"2026-03-10", second, "taken out"}},
			{"an entry brought in", []string{"UPDATE ledger_entries SET clearing_date = 20260310 WHERE id = '{5}'"}, []string{"UPDATE ledger_entries SET clearing_date = 20260312 WHERE id = '{5}'"},
				[]string{fifth, "P000005", "put in"}},
			{"an entry put in between", []string{"INSERT INTO ledger_entries (id, kind, ref, merchant_no, clearing_date, posted_at) VALUES ('" + between + "', 'payment_paid', 'P7', '', 20260310, 1)"},
				[]string{"DELETE FROM ledger_entries WHERE id = '" + between + "'"}, []string{between, "put in"}},
			{"the list of entries", []string{"UPDATE ledger_pages SET body = X'00' WHERE clearing_date = 20260311"}, nil, []string{"2026-03-11"}},
		} {
			fill := strings.NewReplacer("{2}", second, "{5}", fifth)
			for _, statement := range c.tamper {
				must(t, s.Exec(fill.Replace(statement)))
			}
			p := get[store.BookProof](t)(s.VerifySeals(ctx))
			for _, part := range c.names {
				if !strings.Contains(p.Fault, part) {
					t.Errorf("%s: %q does not say %q", c.name, p.Fault, part)
				}
			}
			for _, statement := range c.undo {
				must(t, s.Exec(fill.Replace(statement)))
			}
			if p := get[store.BookProof](t)(s.VerifySeals(ctx)); c.undo != nil && p.Fault != "" {
				t.Fatalf("%s: after it was undone: %s", c.name, p.Fault)
			}
		}
	})
}

// TestR8TheSealsThemselves: a seal that is altered, a sum that is, or a chain whose
// end was cut off.
func TestR8TheSealsThemselves(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		book(t, s, sold(1, day), sold(4, day.AddDays(1)))
		sealed(t, s, day, noon)
		sealed(t, s, day.AddDays(1), noon)
		for _, c := range []struct{ tamper, undo, names string }{
			{"UPDATE ledger_sums SET debit_fen = debit_fen + 1 WHERE clearing_date = 20260310 AND account LIKE 'channel%'",
				"UPDATE ledger_sums SET debit_fen = debit_fen - 1 WHERE clearing_date = 20260310 AND account LIKE 'channel%'", "channel_receivable/wechat"},
			{"INSERT INTO ledger_sums (clearing_date, account, debit_fen, credit_fen) VALUES (20260311, 'reserve', 5, 0)",
				"DELETE FROM ledger_sums WHERE account = 'reserve'", "2026-03-11: a sum is kept of account reserve"},
			{"UPDATE ledger_seals SET seq = 7 WHERE seq = 2", "UPDATE ledger_seals SET seq = 2 WHERE seq = 7", "2026-03-11"},
			{"UPDATE ledger_seals SET entry_count = 2 WHERE seq = 1", "UPDATE ledger_seals SET entry_count = 1 WHERE seq = 1", "2026-03-10"},
			{"DELETE FROM ledger_seals WHERE seq = 2", "", "the seal of 2026-03-11, which the audit recorded, was taken out"},
		} {
			must(t, s.Exec(c.tamper))
			if p := get[store.BookProof](t)(s.VerifySeals(ctx)); !strings.Contains(p.Fault, c.names) {
				t.Errorf("%s: %q, want %q", c.tamper, p.Fault, c.names)
			}
			if c.undo != "" {
				must(t, s.Exec(c.undo))
			}
		}
	})
}

// TestI2EveryEntryIsProved: what the doctor says of entries of open dates too.
func TestI2EveryEntryIsProved(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		book(t, s, sold(1, day), sold(2, day))
		wantSealsHold(t, s, 0, 0)
		second := get[[]ledger.Entry](t)(s.Desk().EntriesOf(ctx, "P000002"))[0].ID
		for _, c := range []struct{ tamper, undo, names string }{
			{"UPDATE ledger_lines SET debit_fen = 4 WHERE line_no = 1 AND entry_id = ?", "UPDATE ledger_lines SET debit_fen = 3 WHERE line_no = 1 AND entry_id = ?", "(payment_paid P000002) does not balance"},
			{"UPDATE ledger_lines SET debit_fen = 4 WHERE entry_id = ?", "UPDATE ledger_lines SET debit_fen = (CASE line_no WHEN 1 THEN 3 ELSE 0 END) WHERE entry_id = ?", "not one positive side"},
			{"UPDATE ledger_lines SET account = 'petty_cash' WHERE line_no = 1 AND entry_id = ?", "UPDATE ledger_lines SET account = 'channel_receivable/wechat' WHERE line_no = 1 AND entry_id = ?", "petty_cash"},
			{"DELETE FROM ledger_entries WHERE id = ?", "INSERT INTO ledger_entries (id, kind, ref, merchant_no, clearing_date, posted_at) VALUES (?, 'payment_paid', 'P000002', '', 20260310, 1)", "was taken out and has left lines, the first on channel_receivable/wechat"},
			{"DELETE FROM ledger_lines WHERE entry_id = ?", "", "(payment_paid P000002) has no lines"},
		} {
			must(t, s.Exec(c.tamper, second))
			_, wrong, err := s.VerifyBook(ctx)
			if err != nil || !strings.Contains(wrong, c.names) {
				t.Errorf("%s: %q, %v; want %q", c.tamper, wrong, err, c.names)
			}
			if c.undo != "" {
				must(t, s.Exec(c.undo, second))
			}
		}
	})
}

// TestSealingADateThatIsBookedOn: payments go on while a date is sealed, and every
// one is either under the seal or on a later date.
func TestSealingADateThatIsBookedOn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		var work sync.WaitGroup
		for worker := range 6 {
			work.Go(func() {
				for n := range 25 {
					if err := s.Clearing().Update(ctx, func(tx clearing.Tx) error { return tx.Post(sold(worker*100+n, day)) }); err != nil {
						t.Errorf("post: %v", err)
					}
				}
			})
		}
		for range 2 { // and two nodes seal it
			work.Go(func() {
				if _, err := s.Clearing().SealBook(ctx, day, noon, "clearing"); err != nil {
					t.Errorf("seal: %v", err)
				}
			})
		}
		work.Wait()
		seal := sealed(t, s, day, noon)
		wantSealsHold(t, s, 1, seal.Entries)
		n := get[[]string](t)(s.Column("SELECT COUNT(*) FROM ledger_entries"))[0]
		late := get[[]string](t)(s.Column("SELECT COUNT(*) FROM ledger_entries WHERE clearing_date = 20260311 AND orig_date = 20260310"))[0]
		if n != "150" || late != fmt.Sprint(150-seal.Entries) {
			t.Errorf("%s entries, %d sealed, %s late", n, seal.Entries, late)
		}
	})
}

// TestAnEntryThatDoesNotProveIsNotSealed: a date with one stays unsealed.
func TestAnEntryThatDoesNotProveIsNotSealed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		book(t, s, sold(1, day))
		must(t, s.Exec("UPDATE ledger_lines SET debit_fen = 7 WHERE line_no = 1"))
		if _, err := s.Clearing().SealBook(ctx, day, noon, "clearing"); !fault.Is(err, fault.Corrupt) {
			t.Errorf("sealed: %v", err)
		}
	})
}
