package payout_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"juma/clearing"
	"juma/clearing/payout"
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

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	day    = bizdate.Date(20260310)
	diner  = "999290058120001"
	market = "999290058120002"
	chain  = "999290058120003" // its wallet pays it
)

var (
	ctx  = context.Background()
	noon = day.AddDays(1).Start().Add(12 * time.Hour)
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func get[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		must(t, err)
		return v
	}
}

// wantFault checks the kind of an error and the field that it names.
func wantFault(t testing.TB, err error, kind fault.Kind, field string) *fault.Error {
	t.Helper()
	var f *fault.Error
	if !errors.As(err, &f) || fault.KindOf(err) != kind {
		t.Fatalf("got %v, want fault kind %s, field %q", err, kind, field)
	}
	for inner := f; field != "" && inner.Field != field; {
		if !errors.As(inner.Err, &inner) {
			t.Fatalf("got %v, want field %q", err, field)
		}
	}
	return f
}

// office is the service over a store with a released batch: 129.51 for diner, 498.10
// for market, nothing from us for chain.
type office struct {
	testing.TB
	*payout.Service
	store *store.Store
	clk   *clock.Sim
	dir   string
}

func newOffice(t testing.TB, s *store.Store) *office {
	t.Helper()
	o := &office{TB: t, store: s, clk: clock.NewSim(noon, 1), dir: t.TempDir()}
	ids := id.NewULIDs(id.Seeded(1, "payouts"))
	for no, wallet := range map[string]bool{diner: false, market: false, chain: true} {
		account := merchants.SettlementAccount{BankName: "工商银行", CNAPS: "999290000012", AccountNo: "62162610000000000" + no[13:], AccountName: "店" + no[14:]}
		if wallet {
			account = merchants.SettlementAccount{}
		}
		must(t, s.Merchants().CreateMerchant(ctx, merchants.Merchant{No: no, Name: "店" + no[14:], ShortName: "店", MCC: "5812", RegionCode: "310115", State: merchants.Active,
			CreatedAt: noon, Account: account, SettledByWallet: wallet}, nil, nil, nil, nil))
	}
	o.batch(day, map[string]money.Fen{diner: 12_951, market: 49_810, chain: 0})
	o.Service = payout.NewService(payout.Config{Store: s.Payouts(), Books: s.Clearing(), Parties: s.Merchants(),
		Calendar: bizdate.Official(), Clock: o.clk, IDs: ids, DataDir: o.dir})
	return o
}

// batch stores a released batch, posted as it is settled.
func (o *office) batch(d bizdate.Date, credited map[string]money.Fen) {
	o.Helper()
	must(o, o.store.Clearing().Update(ctx, func(tx clearing.Tx) error {
		if err := tx.InsertBatch(clearing.Batch{Date: d, SettlementDate: d.AddDays(1), State: clearing.Filed, SettledBy: "clear1", SettledAt: noon, UpdatedAt: noon}); err != nil {
			return err
		}
		for no, amount := range credited {
			if err := tx.InsertSettlements([]clearing.Settlement{{Date: d, MerchantNo: no, Gross: amount, Credited: amount, SettlementDate: d.AddDays(1), PayerCode: "99982900", PayerName: "示例银行"}}); err != nil {
				return err
			}
			if err := tx.Post(ledger.PostSettlement(d.String()+"/"+no, no, d, noon, amount)); err != nil {
				return err
			}
		}
		_, err := tx.ReleaseBatch(d, "approve1", noon)
		return err
	}))
}

// healthy fails when the books and the payouts contradict each other.
func (o *office) healthy() {
	o.Helper()
	if _, wrong, err := o.store.VerifyPayouts(ctx); err != nil || wrong != "" {
		o.Errorf("doctor: %q, %v", wrong, err)
	}
}

// bank is a file of results: each line is "attempt-1 payout's merchant, result, hour".
func bankFile(lines ...payout.Result) payout.BankFile {
	var b strings.Builder
	b.WriteString("payout_no,amount_fen,result,reason_code,reason,bank_ref,finished_at\n")
	var total money.Fen
	for _, r := range lines {
		fmt.Fprintf(&b, "%s,%d,%s,%s,%s,%s,%s\n", r.PayoutNo, r.Amount, r.Outcome, r.ReasonCode, r.Reason, r.BankRef, r.FinishedAt.In(bizdate.Zone).Format(time.DateTime))
		total += r.Amount
	}
	fmt.Fprintf(&b, "total,%d,%d\n", len(lines), total)
	return signed("RESULT.csv", b.String())
}

func signed(name, text string) payout.BankFile {
	sum := sha256.Sum256([]byte(text))
	return payout.BankFile{Name: name, Data: []byte(text), SHA256: hex.EncodeToString(sum[:])}
}

func says(p payout.Payout, outcome payout.State, hour int) payout.Result {
	r := payout.Result{PayoutNo: p.No, Amount: p.Amount, Outcome: outcome, BankRef: fmt.Sprintf("B%s%d", p.No[8:], hour), FinishedAt: day.AddDays(1).Start().Add(time.Duration(hour) * time.Hour)}
	if outcome != payout.Paid {
		r.ReasonCode, r.Reason = "E12", "account closed"
	}
	return r
}

// TestAWeekOfPayouts: instructed once, sent once, paid, returned days later, paid
// again by two people; the book follows every step.
func TestAWeekOfPayouts(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		o := newOffice(t, open())
		all := get[[]payout.Payout](t)(o.Instruct(ctx, day))
		if len(all) != 2 || all[0].No != "O20260310"+diner+"01" || all[0].Amount != 12_951 || all[1].Amount != 49_810 || all[0].Account.AccountNo == "" {
			t.Fatalf("payouts: %+v", all)
		}
		if again := get[[]payout.Payout](t)(o.Instruct(ctx, day)); len(again) != 2 {
			t.Errorf("again: %+v", again)
		}
		o.healthy()
		early := says(all[0], payout.Paid, 9)
		wantFault(t, second(o.ImportResults(ctx, bankFile(early), "clear1")), fault.Conflict, "payout_no") // was never sent

		files := get[[]payout.Instruction](t)(o.Send(ctx, day, "clear1"))
		if len(files) != 1 || files[0].Count != 2 || files[0].Amount != 62_761 || files[0].Name != "PAYOUT20260310-1.csv" {
			t.Fatalf("files: %+v", files)
		}
		if again := get[[]payout.Instruction](t)(o.Send(ctx, day, "clear2")); len(again) != 1 || again[0] != files[0] {
			t.Errorf("sent again: %+v", again)
		}
		_, data, err := o.File(ctx, files[0].ID)
		must(t, err)
		if text := string(data); !strings.HasPrefix(text, "payout_instruction,1,2026-03-10/1,99982900,示例银行,2026-03-11 12:00:00,2,62761\r\nbatch,line,payout_no,") ||
			!strings.Contains(text, "2026-03-10/1,2,"+all[1].No+","+market+",店2,6216261000000000002,工商银行,999290000012,49810,2026-03-11,结算款 2026-03-10\r\n") {
			t.Errorf("the file:\n%s", text)
		}

		file := bankFile(says(all[0], payout.Paid, 9), says(all[1], payout.Failed, 9))
		got := get[payout.Imported](t)(o.ImportResults(ctx, file, "clear1"))
		if got.Again || got.Fresh[payout.Paid] != 1 || got.Fresh[payout.Failed] != 1 || got.Amount != 62_761 {
			t.Errorf("imported: %+v", got)
		}
		if got := get[payout.Imported](t)(o.ImportResults(ctx, file, "clear1")); !got.Again {
			t.Errorf("the same file again: %+v", got)
		}
		o.healthy()
		o.clk.AdvanceTo(o.clk.Now().Add(48 * time.Hour))
		got = get[payout.Imported](t)(o.ImportResults(ctx, bankFile(says(all[0], payout.Paid, 9), says(all[0], payout.Returned, 33)), "clear1"))
		if got.Known != 1 || got.Fresh[payout.Returned] != 1 {
			t.Errorf("returned: %+v", got)
		}
		o.healthy()
		o.again(all[1])
		if waiting := get[[]payout.Payout](t)(o.Store.Unpaid(ctx)); len(waiting) != 1 || waiting[0].No != all[0].No {
			t.Errorf("waiting: %+v", waiting)
		}
	})
}

func second[T any](_ T, err error) error { return err }

// again pays what failed once more, by two people.
func (o *office) again(old payout.Payout) {
	o.Helper()
	p := get[payout.Payout](o)(o.ProposeAgain(ctx, old.No, "clear1", "the merchant corrected the name"))
	if p.Attempt != 2 || p.Replaces != old.No || p.State != payout.Proposed || p.Amount != old.Amount {
		o.Errorf("proposed: %+v", p)
	}
	wantFault(o, second(o.ProposeAgain(ctx, old.No, "clear2", "once more")), fault.Conflict, "replaces")
	wantFault(o, o.ReleaseAgain(ctx, p.No, "clear1"), fault.Forbidden, "by")
	must(o, o.WithdrawAgain(ctx, p.No, "clear1"))
	p = get[payout.Payout](o)(o.ProposeAgain(ctx, old.No, "clear1", "now it is right"))
	must(o, o.ReleaseAgain(ctx, p.No, "approve1"))
	wantFault(o, o.ReleaseAgain(ctx, p.No, "approve2"), fault.Conflict, "")
	o.healthy()
	files := get[[]payout.Instruction](o)(o.Send(ctx, day, "clear1"))
	if len(files) != 2 || files[1].Seq != 2 || files[1].Count != 1 || files[1].Amount != old.Amount {
		o.Errorf("files: %+v", files)
	}
	get[payout.Imported](o)(o.ImportResults(ctx, bankFile(says(p, payout.Paid, 50)), "clear1"))
	o.healthy()
}

// TestResultsThatAreRefused: each names line, field and value, and nothing of the
// file is taken in.
func TestResultsThatAreRefused(t *testing.T) {
	o := newOffice(t, dbtest.Migrated(t))
	all := get[[]payout.Payout](t)(o.Instruct(ctx, day))
	get[[]payout.Instruction](t)(o.Send(ctx, day, "clear1"))
	paid, other := says(all[0], payout.Paid, 9), says(all[1], payout.Paid, 9)
	changed := func(f func(*payout.Result)) payout.BankFile {
		r := other
		f(&r)
		return bankFile(paid, r)
	}
	good := string(bankFile(paid, other).Data)
	altered := bankFile(paid)
	altered.Data = append(altered.Data, '\n')
	for name, c := range map[string]struct {
		file  payout.BankFile
		kind  fault.Kind
		field string
		says  string
	}{
		"digest":           {altered, fault.Invalid, "sha256", ""},
		"unknown payout":   {changed(func(r *payout.Result) { r.PayoutNo = "O1" }), fault.Conflict, "payout_no", "line 3"},
		"another amount":   {changed(func(r *payout.Result) { r.Amount++ }), fault.Conflict, "amount_fen", "line 3"},
		"another word":     {changed(func(r *payout.Result) { r.Outcome = "lost" }), fault.Corrupt, "result", "line 3"},
		"no reason":        {changed(func(r *payout.Result) { r.Outcome = payout.Failed }), fault.Corrupt, "reason_code", "line 3"},
		"no reference":     {changed(func(r *payout.Result) { r.BankRef = "" }), fault.Corrupt, "bank_ref", "line 3"},
		"paid and failed":  {bankFile(paid, says(all[0], payout.Failed, 10)), fault.Conflict, "result", "line 3"},
		"back before paid": {bankFile(paid, says(all[0], payout.Returned, 8)), fault.Conflict, "finished_at", "line 3"},
		"two references":   {bankFile(paid, func() payout.Result { r := paid; r.BankRef = "X"; return r }()), fault.Conflict, "bank_ref", "line 3"},
		"count":            {signed("r", strings.Replace(good, "total,2,", "total,3,", 1)), fault.Corrupt, "total", "line 4"},
		"sum":              {signed("r", strings.Replace(good, ",62761\n", ",62760\n", 1)), fault.Corrupt, "total", "line 4"},
		"cut":              {signed("r", good[:strings.Index(good, "total")]), fault.Corrupt, "total", ""},
		"cut in a line":    {signed("r", good[:len(good)-1]), fault.Corrupt, "line", ""},
		"more after it":    {signed("r", good+"x\n"), fault.Corrupt, "line", "line 5"},
		"header":           {signed("r", strings.Replace(good, "result,", "", 1)), fault.Corrupt, "header", "line 1"},
	} {
		f := wantFault(t, second(o.ImportResults(ctx, c.file, "clear1")), c.kind, c.field)
		if !strings.Contains(f.Error(), c.says) {
			t.Errorf("%s: %v does not name %s", name, f, c.says)
		}
	}
	for _, p := range get[[]payout.Payout](t)(o.Store.PayoutsOn(ctx, day)) {
		if p.State != payout.Sent {
			t.Errorf("%s is %s: a refused file has moved it", p.No, p.State)
		}
	}
	got := get[payout.Imported](t)(o.ImportResults(ctx, bankFile(says(all[0], payout.Returned, 12)), "clear1"))
	if got.Fresh[payout.Returned] != 1 {
		t.Errorf("returned: %+v", got)
	}
	get[payout.Imported](t)(o.ImportResults(ctx, bankFile(paid, other), "clear1")) // told late, dated before
	if p := get[payout.Payout](t)(o.Store.Payout(ctx, all[0].No)); p.State != payout.Returned {
		t.Errorf("it came back and is %s", p.State)
	}
	o.healthy()
}

// TestAFileIsNeverOverwritten: another content under the name stops the command.
func TestAFileIsNeverOverwritten(t *testing.T) {
	o := newOffice(t, dbtest.Migrated(t))
	folder := filepath.Join(o.dir, "payouts", "2026-03-10")
	must(t, os.MkdirAll(folder, 0o750))
	must(t, os.WriteFile(filepath.Join(folder, "PAYOUT20260310-1.csv"), []byte("other"), 0o600))
	wantFault(t, second(o.Send(ctx, day, "clear1")), fault.Conflict, "file")
}
