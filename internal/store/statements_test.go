package store_test

import (
	"io/fs"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"juma/acquiring/channel"
	"juma/clearing"
	"juma/clearing/intake"
	"juma/internal/dbtest"
	"juma/internal/fault"
	"juma/internal/store"
	"juma/migrations"
)

func statement(version int, sum string, state intake.State) clearing.StatementRow {
	return clearing.StatementRow{ID: newID(), Channel: channel.UnionPay, MerchantID: shop, Date: day, Kind: intake.Payments, Layout: "unionpay-zm", Name: "ZM", Bytes: 9,
		SHA256: strings.Repeat(sum, 64), Fingerprint: strings.Repeat("f", 64), Path: "statements/ZM", State: state, Version: version, Rows: 2,
		Totals: intake.Totals{Payments: 1, Paid: 100, Refunds: 1, Refunded: 30, Fee: 1}, Origin: clearing.FromPerson, Actor: "lin",
		Findings: clearing.Findings{Steps: []intake.Step{{State: intake.Received, Note: "9 bytes"}}, Problem: nil}, CameAt: noon.UTC()}
}

func TestStatementVersions(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		first, second := statement(1, "a", intake.Staged), statement(2, "b", intake.Staged)
		again := statement(3, "a", intake.Held) // the same bytes
		again.ID = newID()
		clear(t, s, func(tx clearing.Tx) error {
			for i, r := range []clearing.StatementRow{first, again} {
				if fresh, err := tx.SaveStatement(r); fresh != (i == 0) || err != nil {
					t.Errorf("statement %d: fresh %v, %v", i, fresh, err)
				}
			}
			return nil
		})
		save := func(r clearing.StatementRow) error {
			return s.Clearing().Update(ctx, func(tx clearing.Tx) error { _, err := tx.SaveStatement(r); return err })
		}
		wantFault(t, save(second), fault.Conflict, "state") // two in use
		twin := statement(1, "c", intake.Superseded)
		wantFault(t, save(twin), fault.Conflict, "version")
		clear(t, s, func(tx clearing.Tx) error {
			first.State = intake.Superseded
			for i, want := range []bool{true, false} {
				if moved, err := tx.ChangeStatement(first, intake.Staged); moved != want || err != nil {
					t.Errorf("superseded %d: %v, %v", i, moved, err)
				}
			}
			_, err := tx.SaveStatement(second)
			return err
		})
		aside := statement(0, "d", intake.Quarantined)
		aside.Channel, aside.MerchantID, aside.Date, aside.Kind = "", "", 0, ""
		aside.Findings = clearing.Findings{Problem: &intake.Problem{File: "x", Line: 1, Field: "header", Value: "v", Text: "unknown"},
			Unknown: &intake.Difference{Layout: "wechat-all", Line: 1, Header: []string{"a"}, Columns: []intake.Column{{Expected: "手续费", Found: "费", Position: 1, What: intake.Renamed, Needed: true}}, Signature: "s"}}
		must(t, save(aside))
		c := s.Clearing()
		want := []clearing.StatementRow{first, second}
		for name, got := range map[string][]clearing.StatementRow{
			"day": get[[]clearing.StatementRow](t)(c.Statements(ctx, channel.UnionPay, day)), "date": get[[]clearing.StatementRow](t)(c.StatementsOn(ctx, day)),
			"versions": get[[]clearing.StatementRow](t)(c.StatementsOf(ctx, channel.UnionPay, shop, day, intake.Payments)),
		} {
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%s:\n got %+v\nwant %+v", name, got, want)
			}
		}
		if got := get[clearing.StatementRow](t)(c.Statement(ctx, aside.ID)); !reflect.DeepEqual(got, aside) {
			t.Errorf("quarantined:\n got %+v\nwant %+v", got, aside)
		}
		if got := get[[]clearing.StatementRow](t)(c.StatementsIn(ctx, intake.Quarantined, 10)); len(got) != 1 || got[0].ID != aside.ID {
			t.Errorf("in quarantine: %+v", got)
		}
		if got := get[[]clearing.StatementRow](t)(c.StatementsWith(ctx, second.SHA256)); len(got) != 1 || got[0].ID != second.ID {
			t.Errorf("by digest: %+v", got)
		}
		_, err := c.Statement(ctx, "none")
		wantFault(t, err, fault.NotFound, "id")
	})
}

func TestClearancesTakeTwoPeople(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		p := clearing.Clearance{ID: newID(), FileID: newID(), Channel: channel.WeChat, Date: day, Signature: "s", Version: 1, Map: "header: yes\n", Rows: 2, Sum: -5,
			State: clearing.Proposed, Reason: "新版", ProposedBy: "lin", ProposedAt: noon.UTC()}
		insert := func(p clearing.Clearance) error {
			return s.Clearing().Update(ctx, func(tx clearing.Tx) error { return tx.InsertClearance(p) })
		}
		must(t, insert(p))
		second := p
		second.ID, second.Version = newID(), 2
		wantFault(t, insert(second), fault.Conflict, "file_id")
		second.FileID, second.Version = newID(), 1
		wantFault(t, insert(second), fault.Conflict, "version")
		decide := func(by string) (moved bool) {
			d := p
			d.State, d.DecidedBy, d.DecidedAt, d.Note = clearing.Approved, by, noon.UTC(), "ok"
			clear(t, s, func(tx clearing.Tx) (err error) { moved, err = tx.DecideClearance(d); return err })
			return moved
		}
		if decide("lin") || !decide("wu") || decide("he") {
			t.Error("want the decision of another person, once")
		}
		c := s.Clearing()
		p.State, p.DecidedBy, p.DecidedAt, p.Note = clearing.Approved, "wu", noon.UTC(), "ok"
		if got := get[[]clearing.Clearance](t)(c.Maps(ctx)); !reflect.DeepEqual(got, []clearing.Clearance{p}) {
			t.Errorf("maps:\n got %+v\nwant %+v", got, p)
		}
		if got := get[[]clearing.Clearance](t)(c.Clearances(ctx, p.FileID)); !reflect.DeepEqual(got, []clearing.Clearance{p}) {
			t.Errorf("clearances: %+v", got)
		}
		if n := get[int](t)(c.MapVersion(ctx, channel.WeChat)); n != 1 {
			t.Errorf("version %d", n)
		}
		if n := get[int](t)(c.MapVersion(ctx, channel.Alipay)); n != 0 {
			t.Errorf("version of another channel %d", n)
		}
	})
}

// oldStatements is the table of statements before migration 22.
const oldStatements = "CREATE TABLE statements (id VARCHAR(26) NOT NULL, channel VARCHAR(32) NOT NULL, merchant_id VARCHAR(64) NOT NULL, clearing_date INT NOT NULL, name VARCHAR(255) NOT NULL, is_empty INT NOT NULL, byte_count BIGINT NOT NULL, sha256 CHAR(64) NOT NULL, path VARCHAR(512) NOT NULL, fetched_at BIGINT NOT NULL, PRIMARY KEY (id))"

// TestStatementsOfBeforeAreTakenOver: of each account and date the file that was
// fetched last is in use, and matched where the day was reconciled.
func TestStatementsOfBeforeAreTakenOver(t *testing.T) {
	dbtest.EachEmpty(t, func(t *testing.T, cfg store.Config) {
		_, err := store.Migrate(ctx, cfg)
		must(t, err)
		s := dbtest.Open(t, cfg)
		clear(t, s, func(tx clearing.Tx) error {
			for _, from := range []clearing.DayState{clearing.Open, clearing.CutOff, clearing.Fetched} {
				to := map[clearing.DayState]clearing.DayState{clearing.Open: clearing.CutOff, clearing.CutOff: clearing.Fetched, clearing.Fetched: clearing.Reconciled}[from]
				if _, err := tx.MoveDay(channel.WeChat, day, from, to, 1, noon); err != nil {
					return err
				}
			}
			return nil
		})
		for _, statement := range []string{
			"DROP TABLE statement_files", "DROP TABLE statement_clearances", "DELETE FROM goose_db_version WHERE version_id >= 22",
			oldStatements,
		} {
			must(t, s.Exec(statement))
		}
		for i, row := range []struct{ channel, merchant, sum string }{{"wechat", "", "a"}, {"unionpay", shop, "b"}, {"unionpay", shop, "c"}} {
			must(t, s.Exec("INSERT INTO statements VALUES (?, ?, ?, ?, 'n', 0, 9, ?, 'p', 1)", strings.Repeat(string(rune('0'+i)), 26), row.channel, row.merchant, int(day), strings.Repeat(row.sum, 64)))
		}
		if cfg.Path == "" { // each migration there can be run again
			_, err = store.Migrate(ctx, cfg)
			must(t, err)
		} else {
			text, err := fs.ReadFile(migrations.SQLite(), "00022_intake.sql")
			must(t, err)
			for statement := range strings.SplitSeq(string(text), ";\n") {
				if statement = strings.TrimSpace(statement); statement != "" {
					must(t, s.Exec(statement))
				}
			}
		}
		var got []string
		for _, r := range get[[]clearing.StatementRow](t)(s.Clearing().StatementsOn(ctx, day)) {
			got = append(got, string(r.Channel)+" "+r.MerchantID+" "+r.SHA256[:1]+" "+string(r.State)+" "+strconv.Itoa(r.Version))
		}
		want := "unionpay " + shop + " b superseded 1, unionpay " + shop + " c staged 2, wechat  a matched 1"
		if strings.Join(got, ", ") != want {
			t.Errorf("\n got %s\nwant %s", strings.Join(got, ", "), want)
		}
		if err := s.Exec("SELECT 1 FROM statements"); err == nil {
			t.Error("the old table is still there")
		}
	})
}
