package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"juma/acquiring/channel"
	"juma/clearing"
	"juma/internal/dbtest"
	"juma/internal/money"
	"juma/merchants"
	"juma/qrcode/delivery"
	"juma/qrcode/scan"
)

// someDay is a small day with every fault in it.
func someDay(t *testing.T, seed uint64, payments int) Config {
	return Config{DataDir: t.TempDir(), Listen: "127.0.0.1:0", Payments: payments, Merchants: 5, Seed: seed, Date: DefaultDate}
}

// open opens a demo for the time of the test.
func open(t *testing.T, cfg Config) *Demo {
	t.Helper()
	d, err := Open(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return d
}

func result(t *testing.T, d *Demo) Summary {
	t.Helper()
	s, err := d.Result(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// contents reads all files below parts of a directory, by path.
func contents(t *testing.T, dir string, parts ...string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, part := range parts {
		err := filepath.WalkDir(filepath.Join(dir, part), func(path string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() {
				return err
			}
			data, err := os.ReadFile(path)
			name, _ := filepath.Rel(dir, path) // it lies below dir
			all[name] = string(data)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// TestSameSeedSameFiles: the files of a seed are the same on SQLite with all
// processors and on MariaDB with one, byte for byte.
func TestSameSeedSameFiles(t *testing.T) {
	first := someDay(t, 3, 100)
	d := open(t, first)
	s := result(t, d)
	wantContract(t, first, s)
	want := contents(t, first.DataDir, "settlement", "plates")
	if len(want) < 2*4+200 {
		t.Fatalf("only %d files", len(want))
	}
	t.Run("served again", func(t *testing.T) { servedAgain(t, first, d, s) })
	t.Run("mariadb, one processor", func(t *testing.T) {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
		cfg := someDay(t, 3, 100)
		cfg.DB = dbtest.MariaDB(t).DSN
		other := result(t, open(t, cfg))
		if !maps.Equal(want, contents(t, cfg.DataDir, "settlement", "plates")) {
			t.Error("the files differ from SQLite's")
		}
		if a, b := comparable(t, s), comparable(t, other); a != b {
			t.Errorf("summaries differ:\n%s\n%s", a, b)
		}
	})
}

// comparable is a summary without what may differ between two runs of a seed.
func comparable(t *testing.T, s Summary) string {
	t.Helper()
	s.ElapsedMS, s.Bus = 0, nil
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// wantContract holds a summary to what its readers are promised.
func wantContract(t *testing.T, cfg Config, s Summary) {
	t.Helper()
	var paid int
	var amount money.Fen
	for _, ch := range channel.Names {
		c := s.Channels[ch]
		paid, amount = paid+c.Paid, amount+c.Amount
		if c.Paid == 0 || s.Bus[ch].Requests == 0 {
			t.Errorf("%s: %d payments, %d requests", ch, c.Paid, s.Bus[ch].Requests)
		}
	}
	st, r, tr := s.Settlement, s.Reconciliation, s.Trouble
	for what, ok := range map[string]bool{
		"payments are what was asked for": s.Payments.Paid == cfg.Payments && paid == cfg.Payments,
		"channels sum to payments":        amount == s.Payments.Amount,
		"paid = gross + held + next day":  s.Payments.Amount == st.Gross+st.Held.Amount+st.NextDay.Amount,
		"net":                             st.Net == st.Gross-st.Refund-st.Fee+st.Adjust,
		"ledger":                          s.Ledger.Debit == s.Ledger.Credit && s.Ledger.Debit > 0,
		"T+1":                             s.ClearingDate == cfg.Date && s.SettlementDate == cfg.Date.AddDays(1),
		"notices":                         s.Notices.Duplicates > 0 && s.Notices.ForgedRefused > 0 && s.Notices.Received > cfg.Payments,
		"theirs":                          r.Theirs == r.Matched+r.Discrepancies[clearing.MissingOurs]+r.Discrepancies[clearing.AmountDiffers]+r.Discrepancies[clearing.StateDiffers]+r.Discrepancies[clearing.Spill]+r.Discrepancies[clearing.Duplicate],
		"ours":                            r.Ours == r.Matched+r.Discrepancies[clearing.MissingTheirs]+r.Discrepancies[clearing.AmountDiffers]+r.Discrepancies[clearing.StateDiffers],
		"planted = found":                 maps.Equal(r.Planted, r.Discrepancies),
		"a channel was out of reach":      tr.Outage != nil && tr.Outage.Channel == channel.WeChat && tr.Outage.Carried.Count >= 2 && tr.Outage.Carried.Count == s.Channels[channel.UnionPayAggregate].Paid,
		"nothing is left open":            tr.Open == 0 && tr.Asked.Count > 0,
		"codes, storm":                    tr.ByCode.Count > 0 && tr.Storm.Count >= 3,
		"late, each way":                  tr.LateAccepted.Count == 1 && tr.LateRefunded.Count == 1,
		"files":                           len(s.Files) == 6+st.Merchants,
	} {
		if !ok {
			t.Errorf("%s: %+v", what, s)
		}
	}
	for _, kind := range clearing.Kinds {
		if r.Planted[kind] != 1 {
			t.Errorf("%d faults of kind %s were planted, want 1 in a day of this size", r.Planted[kind], kind)
		}
	}
	// What a printer would get is proved without anything of ours.
	report, err := delivery.Verifier{
		Dir: filepath.Join(cfg.DataDir, "plates"), Decode: scan.File,
		Differs: func(file, problem string) { t.Errorf("plates: %s: %s", file, problem) },
	}.Run(context.Background())
	if err != nil || report.Plates != 200 || report.Files != 200 || report.Signer == "" {
		t.Errorf("plates: %+v, %v", report, err)
	}
}

// servedAgain: a finished directory is served with nothing recomputed, and no
// other seed may have it.
func servedAgain(t *testing.T, cfg Config, d *Demo, s Summary) {
	t.Helper()
	d.Close()
	before := contents(t, cfg.DataDir, "settlement", "plates", "statements", summaryFile)
	again := open(t, cfg)
	if got := result(t, again); got.ElapsedMS != s.ElapsedMS {
		t.Errorf("played again: %d ms, was %d ms", got.ElapsedMS, s.ElapsedMS)
	}
	var printed bytes.Buffer
	if err := s.Print(&printed); err != nil || !strings.Contains(printed.String(), s.Payments.Amount.String()) {
		t.Errorf("the printed summary lacks the amount: %v\n%s", err, printed.String())
	}
	ctx, cancel := context.WithCancel(context.Background())
	printed.Reset()
	if err := again.Serve(ctx, &printed); err != nil || !strings.Contains(printed.String(), again.Logins()[0].Password) {
		t.Errorf("serve: %v\n%s", err, printed.String())
	}
	cancel()
	again.Close()
	if !maps.Equal(before, contents(t, cfg.DataDir, "settlement", "plates", "statements", summaryFile)) {
		t.Error("serving changed files")
	}
	for field, change := range map[string]func(*Config){
		"seed 4": func(c *Config) { c.Seed = 4 }, "101 payments": func(c *Config) { c.Payments = 101 },
		"6 merchants": func(c *Config) { c.Merchants = 6 }, "date 2026-03-11": func(c *Config) { c.Date = c.Date.AddDays(1) },
	} {
		other := cfg
		change(&other)
		_, err := Open(context.Background(), other)
		wantError(t, err, field)
		wantError(t, err, "--fresh")
	}
	if !maps.Equal(before, contents(t, cfg.DataDir, "settlement", "plates", "statements", summaryFile)) {
		t.Error("refusing changed files")
	}
}

// TestInterruptedDemoIsPlayedAnew: what an interrupted demo left is cleared away,
// what is not a demo's stays.
func TestInterruptedDemoIsPlayedAnew(t *testing.T) {
	cfg := small(t.TempDir())
	put := func(name, text string) {
		t.Helper()
		path := filepath.Join(cfg.DataDir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	marker, err := json.Marshal(cfg.fingerprint())
	if err != nil {
		t.Fatal(err)
	}
	put(markerFile, string(marker))
	put("juma.db", "half a database")
	put("settlement/2026-03-10/IND26031032ACOMA", "half a file")
	put("plates/26031099999.png", "half a picture")
	put("notes.txt", "mine")
	put("wallets.json", "{}")
	if err := play(t, cfg); err != nil {
		t.Fatal(err)
	}
	files := contents(t, cfg.DataDir, "")
	if files["notes.txt"] != "mine" || files["wallets.json"] != "{}" {
		t.Error("files that no demo made are gone")
	}
	if _, stale := files["plates/26031099999.png"]; stale || files["settlement/2026-03-10/IND26031032ACOMA"] == "half a file" {
		t.Error("what the interrupted demo left is still there")
	}
	cfg.Fresh, cfg.Seed = true, 2 // and throwing a finished one away spares them, too
	if err := play(t, cfg); err != nil {
		t.Fatal(err)
	}
	if files := contents(t, cfg.DataDir, ""); files["notes.txt"] != "mine" {
		t.Error("--fresh removed a file that no demo made")
	}
}

// TestStrangersAreNotTouched: a directory with data that no demo made is refused
// as it is, also with --fresh.
func TestStrangersAreNotTouched(t *testing.T) {
	for _, name := range []string{"juma.db", "settlement", "summary.json", "juma.db-wal"} {
		cfg := small(t.TempDir())
		cfg.Fresh = true
		if err := os.WriteFile(filepath.Join(cfg.DataDir, name), []byte("somebody's"), 0o644); err != nil {
			t.Fatal(err)
		}
		wantError(t, play(t, cfg), name)
		files := contents(t, cfg.DataDir, "")
		delete(files, "juma.lock")
		if len(files) != 1 || files[name] != "somebody's" {
			t.Errorf("%s: the directory holds %v", name, files)
		}
	}
	cfg := small(t.TempDir())
	if err := os.WriteFile(filepath.Join(cfg.DataDir, markerFile), []byte("not json"), 0o644); err != nil {
		t.Fatal(err)
	}
	wantError(t, play(t, cfg), "is not a demo's marker")
}

// TestProveFindsEveryWrongFigure: the demo ends well only if everything agrees,
// so each figure that is off must be found.
func TestProveFindsEveryWrongFigure(t *testing.T) {
	cfg := someDay(t, 5, 30)
	cfg.plates = 8
	d := open(t, cfg)
	s := result(t, d)
	ctx := context.Background()
	if err := d.prove(ctx, s); err != nil {
		t.Fatal(err)
	}
	for what, change := range map[string]func(*Summary){
		"ledger debit":        func(s *Summary) { s.Ledger.Debit++ },
		"net is not":          func(s *Summary) { s.Settlement.Net++ },
		"paid is not":         func(s *Summary) { s.Payments.Amount++ },
		"refunded is not":     func(s *Summary) { s.Refunds.Amount++ },
		"were planted and":    func(s *Summary) { s.Reconciliation.Planted[clearing.Spill]++ },
		"kind payer":          func(s *Summary) { s.Reconciliation.Discrepancies[clearing.PayerDiffers]++ },
		"consumers pressed":   func(s *Summary) { s.Payments.Paid-- },
		"the files say gross": func(s *Summary) { s.Settlement.Gross--; s.Settlement.Net--; s.Settlement.Held.Amount++ },
		"fee":                 func(s *Summary) { s.Settlement.Fee++; s.Settlement.Net-- },
		"the file is another": func(s *Summary) { s.Files[0].SHA256 = s.Files[1].SHA256 },
		"late payments":       func(s *Summary) { s.Trouble.LateAccepted.Count-- },
		"by another route":    func(s *Summary) { o := *s.Trouble.Outage; o.Carried.Count++; s.Trouble.Outage = &o },
		"orders are open":     func(s *Summary) { s.Trouble.Open++ },
		"the summary lists":   func(s *Summary) { s.Files = s.Files[1:] },
	} {
		wrong := s
		wrong.Reconciliation.Planted, wrong.Reconciliation.Discrepancies = maps.Clone(s.Reconciliation.Planted), maps.Clone(s.Reconciliation.Discrepancies)
		wrong.Files = append([]File(nil), s.Files...)
		change(&wrong)
		err := d.prove(ctx, wrong)
		wantError(t, err, what)
		if err != nil && strings.Contains(err.Error(), "\n") {
			t.Errorf("more than one sentence: %v", err)
		}
	}
}

// TestMerchantsArriveThroughOnboarding: every merchant of a day has an approved
// application, one of them after a rejection and one by its bank's word alone.
func TestMerchantsArriveThroughOnboarding(t *testing.T) {
	cfg := someDay(t, 5, 10)
	cfg.plates = 8
	d := open(t, cfg)
	d.plan = NewPlan(d.cfg.Seed, d.cfg.Date, d.cfg.Merchants, d.cfg.Payments)
	if err := d.setUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	store := d.app.Store.Onboarding()
	kinds := map[merchants.Kind]bool{}
	for i, shop := range d.plan.Shops {
		a, err := store.ApplicationOfMerchant(t.Context(), shop.No)
		if err != nil || a.State != merchants.Approved {
			t.Fatalf("shop %d: %s, %v", i, a.State, err)
		}
		kinds[a.Profile.Kind] = true
		proofs, err := store.VerificationsOf(t.Context(), a.ID)
		want := merchants.TwoFactor
		if i == staleShop {
			want = merchants.FourFactor
		}
		if got := merchants.ProofOf(proofs, a.Submission, merchants.IdentityOf); err != nil || got.State != merchants.Passed || got.Method != want {
			t.Errorf("shop %d: identity %+v, %v", i, got, err)
		}
		if i > 0 {
			continue
		}
		reasons, err := store.ReasonsOf(t.Context(), a.ID, 1)
		changes, err2 := d.app.Onboarding.Changes(t.Context(), a)
		if err != nil || err2 != nil || a.Submission != 2 || len(reasons) != 1 || len(changes) != 1 || changes[0].Path != "address" {
			t.Errorf("submission %d, reasons %v, changes %v, %v %v", a.Submission, reasons, changes, err, err2)
		}
		if _, user, err := d.app.Access.Login(t.Context(), owner, d.Logins()[1].Password, "127.0.0.1"); err != nil || user.MerchantNo != shop.No {
			t.Errorf("the owner works for %q, %v", user.MerchantNo, err)
		}
	}
	if len(kinds) != len(merchants.Kinds) {
		t.Errorf("kinds %v", kinds)
	}
	counts, err := store.CountApplications(t.Context())
	if err != nil || counts[merchants.InReview] != 2 || counts[merchants.Approved] != len(d.plan.Shops) {
		t.Errorf("%v, %v; want two left to decide", counts, err)
	}
}
