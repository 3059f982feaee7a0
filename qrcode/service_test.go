package qrcode_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"juma/internal/bizdate"
	"juma/internal/clock"
	"juma/internal/dbtest"
	"juma/internal/fault"
	"juma/internal/id"
	"juma/internal/store"
	"juma/qrcode"
)

var ctx = context.Background()

// bench is the plate service over a real database.
type bench struct {
	*qrcode.Service
	repo  qrcode.Repository
	clock *clock.Sim
	store *store.Store
}

func service(repo qrcode.Repository, clk clock.Clock) *qrcode.Service {
	return qrcode.NewService(qrcode.Config{
		Repo: repo, Clock: clk, IDs: id.NewULIDs(id.Seeded(1, "ids")), Random: id.Seeded(1, "keys"), Keys: ring, Host: "q.example.com", FourEyesAbove: 2000,
	})
}

func each(t *testing.T, f func(t *testing.T, b bench)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		b := bench{repo: s.Plates(), store: s, clock: clock.NewSim(bizdate.Date(20260310).Start().Add(9*time.Hour), 1)}
		b.Service = service(b.repo, b.clock)
		f(t, b)
	})
}

func own(count int) qrcode.Order {
	return qrcode.Order{Grammar: qrcode.Own, Count: count, By: "printer"}
}

func (b bench) issue(t testing.TB, count int) []qrcode.Plate {
	t.Helper()
	_, plates, err := b.Issue(ctx, own(count))
	if err != nil {
		t.Fatal(err)
	}
	return plates
}

func TestIssue(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		batch, plates, err := b.Issue(ctx, qrcode.Order{Grammar: qrcode.UnionPay, Institution: "99982900", Count: 1000, By: "printer", Reason: "for Pudong"})
		if err != nil || batch.Count != 1000 || batch.State != qrcode.Generated || len(plates) != 1000 {
			t.Fatal(batch, len(plates), err)
		}
		if p := plates[0]; p.Serial != "2603100000001" || p.State != qrcode.Blank || p.BatchID != batch.ID || p.Payload != "https://qr.95516.com/99982900/"+p.Key {
			t.Errorf("first plate %+v", p)
		}
		seen := map[string]bool{}
		for _, p := range plates {
			if seen[p.Key] || seen[p.Serial] {
				t.Fatalf("%s or its serial %s is there twice", p.Key, p.Serial)
			}
			seen[p.Key], seen[p.Serial] = true, true
			if q, err := qrcode.ParsePayload(p.Payload); q.Grammar != qrcode.UnionPay || q.Key != p.Key || err != nil {
				t.Fatalf("%s: %v", p.Payload, err)
			}
		}
		if more := b.issue(t, 3); more[2].Serial != "2603100001003" {
			t.Errorf("the next batch ends at %s", more[2].Serial)
		}
		if counts, err := b.repo.CountPlates(ctx); err != nil || counts[qrcode.Blank] != 1003 {
			t.Errorf("%v, %v", counts, err)
		}
	})
}

func TestIssueRefuses(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		for field, o := range map[string]qrcode.Order{
			"count":       own(0),
			"by":          {Grammar: qrcode.Own, Count: 1},
			"payload":     {Grammar: "emv", Count: 1, By: "printer"},
			"institution": {Grammar: qrcode.UnionPay, Institution: "9998290x", Count: 1, By: "printer"},
			"host":        {Grammar: qrcode.Own, Host: "Q.example.com", Count: 1, By: "printer"},
			"issuer_name": {Grammar: qrcode.EMV, Issuer: qrcode.Issuer{Name: "示例", City: "X"}, Count: 1, By: "printer"},
			"reason":      {Grammar: qrcode.Own, Count: 1, By: "printer", Reason: strings.Repeat("x", 256)},
			"scan well":   {Grammar: qrcode.Own, Host: strings.Repeat("a", 85) + ".example.com", Count: 1, By: "printer"}, // 128 characters fit a tag, too
		} {
			_, _, err := b.Issue(ctx, o)
			if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), field) {
				t.Errorf("%s: got %v", field, err)
			}
		}
		if _, err := b.Request(ctx, own(qrcode.MaxBatch+1)); !fault.Is(err, fault.Invalid) {
			t.Errorf("too many: %v", err)
		}
	})
}

func TestFourEyes(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		batch, err := b.Request(ctx, own(2001))
		if err != nil || batch.State != qrcode.Requested {
			t.Fatal(batch, err)
		}
		if _, err := b.Generate(ctx, batch.ID, nil); !fault.Is(err, fault.NotReady) {
			t.Errorf("made without approval: %v", err)
		}
		if _, err := b.Approve(ctx, batch.ID, "printer", ""); !fault.Is(err, fault.Forbidden) {
			t.Errorf("who ordered it approved it: %v", err)
		}
		if got, err := b.Approve(ctx, batch.ID, "boss", "for the season"); err != nil || got.State != qrcode.Approved || got.ApprovedBy != "boss" {
			t.Fatalf("%+v, %v", got, err)
		}
		if _, err := b.Reject(ctx, batch.ID, "boss", ""); !fault.Is(err, fault.Conflict) {
			t.Errorf("rejected after the approval: %v", err)
		}
		if got, err := b.Generate(ctx, batch.ID, nil); err != nil || got.Made != 2001 {
			t.Errorf("%+v, %v", got, err)
		}
		order := own(2001)
		order.ID = batch.ID
		if again, err := b.Request(ctx, order); err != nil || again.State != qrcode.Generated {
			t.Errorf("the same order again: %+v, %v", again, err)
		}
		order.Count = 7
		if _, err := b.Request(ctx, order); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "count") {
			t.Errorf("another order with the number: %v", err)
		}
		other, err := b.Request(ctx, own(2001))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := b.Reject(ctx, other.ID, "boss", "too many"); err != nil {
			t.Error(err)
		}
		if _, err := b.Generate(ctx, other.ID, nil); !fault.Is(err, fault.NotReady) {
			t.Errorf("a rejected batch was made: %v", err)
		}
	})
}

// TestStageTellsTheWay: the words for a plate on its way from the order to the
// shop.
func TestStageTellsTheWay(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		batch, plates, err := b.Issue(ctx, own(1))
		if err != nil {
			t.Fatal(err)
		}
		key := plates[0].Key
		stage := func(want string) {
			t.Helper()
			p, _, err := b.repo.Plate(ctx, key)
			if err != nil {
				t.Fatal(err)
			}
			of, err := b.repo.Batch(ctx, batch.ID)
			if got := qrcode.Stage(p, of); err != nil || got != want {
				t.Errorf("stage %s, %v; want %s", got, err, want)
			}
		}
		stage("generated")
		if _, err := b.Export(ctx, batch.ID, "digest", "printer"); err != nil {
			t.Fatal(err)
		}
		stage("exported")
		if n, err := b.Stock(ctx, qrcode.Range{BatchID: batch.ID}, "Pudong branch", "printer", ""); n != 1 || err != nil {
			t.Fatal(n, err)
		}
		stage("in_stock")
		if _, err := b.Bind(ctx, key, "999290058120001", "S", "10000001", "agent"); err != nil {
			t.Fatal(err)
		}
		stage("bound")
	})
}

// TestLifeCycle tries every move from every state and holds what happens against
// the table.
func TestLifeCycle(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		plates := b.issue(t, 200)
		next := func() string {
			key := plates[0].Key
			plates = plates[1:]
			return key
		}
		do := map[string]func(key string) error{
			"bind": func(key string) error {
				_, err := b.Bind(ctx, key, "999290058120001", "S", "10000001", "agent")
				return err
			},
			"rebind": func(key string) error {
				_, err := b.Rebind(ctx, key, "999290058120001", "S", "10000002", "agent", "moved")
				return err
			},
			"replace": func(key string) error {
				_, err := b.Replace(ctx, key, next(), "agent", "broken")
				return err
			},
			"suspend": func(key string) error { return b.Suspend(ctx, key, "risk", "odd place") },
			"resume":  func(key string) error { return b.Resume(ctx, key, "risk", "explained") },
			"lost":    func(key string) error { return b.Lose(ctx, key, "shop", "gone") },
			"void":    func(key string) error { return b.Void(ctx, key, "risk", "the end") },
		}
		way := map[qrcode.State][]string{
			qrcode.Blank: {}, qrcode.Bound: {"bind"}, qrcode.Suspended: {"bind", "suspend"},
			qrcode.Lost: {"bind", "lost"}, qrcode.Replaced: {"bind", "replace"}, qrcode.Void: {"void"},
		}
		for _, state := range qrcode.States {
			for _, move := range qrcode.Moves {
				key := next()
				for _, step := range way[state] {
					if err := do[step](key); err != nil {
						t.Fatal(err)
					}
				}
				err, want := do[move.Name](key), state
				if move.Allows(state) {
					want = move.To
				}
				if move.Allows(state) != (err == nil) || (err != nil && !fault.Is(err, fault.Conflict)) {
					t.Errorf("%s of a %s plate: %v", move.Name, state, err)
				}
				if p, _, err := b.Resolve(ctx, key); err != nil || p.State != want {
					t.Errorf("%s of a %s plate left it %s, %v; want %s", move.Name, state, p.State, err, want)
				}
			}
		}
		if proof, err := b.store.VerifyAudit(ctx); err != nil || proof.Fault != "" {
			t.Errorf("audit: %+v, %v", proof, err)
		}
	})
}

// TestLostBlankPlateHasNoTerminal: there is nothing that another could take over.
func TestLostBlankPlateHasNoTerminal(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		plates := b.issue(t, 2)
		if err := b.Lose(ctx, plates[0].Key, "branch", "a box is missing"); err != nil {
			t.Fatal(err)
		}
		if _, err := b.Replace(ctx, plates[0].Key, plates[1].Key, "branch", ""); !fault.Is(err, fault.Conflict) {
			t.Errorf("replaced: %v", err)
		}
		if p, _, err := b.repo.Plate(ctx, plates[1].Key); err != nil || p.State != qrcode.Blank {
			t.Errorf("the other plate is %s, %v", p.State, err)
		}
	})
}

func TestBindingIsHistory(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		plates := b.issue(t, 2)
		key := plates[0].Key
		first, err := b.Bind(ctx, key, "999290058120001", "S", "10000001", "agent")
		if err != nil || first.Version != 1 || !first.To.IsZero() {
			t.Fatal(first, err)
		}
		_, err = b.Bind(ctx, key, "999581054110002", "S2", "10000002", "another agent")
		if !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "merchant 999290058120001 since 2026-03-10 09:00:00 by agent") {
			t.Errorf("the second is not told who and when: %v", err)
		}
		if _, err := b.Bind(ctx, id.NewPlateKey(id.Seeded(5, "unknown")), "999290058120001", "S", "10000001", "agent"); !fault.Is(err, fault.NotFound) {
			t.Errorf("a plate that was never issued: %v", err)
		}
		if err := b.Suspend(ctx, key, "risk", "odd place"); err != nil {
			t.Fatal(err)
		}
		_, err = b.Rebind(ctx, key, "999290058120001", "S", "10000003", "agent", "")
		if !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "suspend by risk at 2026-03-10 09:00:00") {
			t.Errorf("the agent is not told who suspended it: %v", err)
		}
		problems, err := b.BindAll(ctx, []qrcode.Binding{{PlateKey: plates[1].Key, MerchantNo: "M", StoreID: "S", TerminalNo: "T"}, {PlateKey: key, MerchantNo: "M", StoreID: "S", TerminalNo: "T"}}, "agent", "")
		if err != nil || len(problems) != 1 || !fault.Is(problems[1], fault.Conflict) {
			t.Errorf("%v, %v", problems, err)
		}
		if p, _, err := b.repo.Plate(ctx, plates[1].Key); err != nil || p.State != qrcode.Blank {
			t.Errorf("half of the list was bound: %+v, %v", p, err)
		}
		history, err := b.repo.Bindings(ctx, key)
		if err != nil || len(history) != 1 || history[0].MerchantNo != "999290058120001" || history[0].BoundBy != "agent" {
			t.Errorf("history %+v, %v", history, err)
		}
		if at, err := b.BindingAt(ctx, key, first.From); err != nil || at.Version != 1 {
			t.Errorf("%+v, %v", at, err)
		}
	})
}

// TestFindReadsWhatPeopleType: serial with and without check digits, key, and
// every payload that leads to the plate.
func TestFindReadsWhatPeopleType(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		p := b.issue(t, 1)[0]
		emv, err := qrcode.Payload{Grammar: qrcode.EMV, Key: p.Key, Issuer: qrcode.DefaultIssuer}.Print()
		if err != nil {
			t.Fatal(err)
		}
		check := id.SerialCheck(p.Serial)
		for _, text := range []string{p.Serial, p.Serial + check, "No. " + p.Serial[:6] + " " + p.Serial[6:] + "-" + check, p.Key, p.Payload, p.Payload + "?t=n", "https://qr.95516.com/99982900/" + p.Key, emv} {
			if got, _, err := b.Find(ctx, text); err != nil || got != p {
				t.Errorf("%s: %+v, %v", text, got, err)
			}
		}
		wrong := "00"
		if check == wrong {
			wrong = "01"
		}
		for text, kind := range map[string]fault.Kind{p.Serial + wrong: fault.NotFound, "2603100000099": fault.NotFound, "": fault.NotFound, "https://q.example.com/q/x": fault.Invalid} {
			if _, _, err := b.Find(ctx, text); !fault.Is(err, kind) {
				t.Errorf("%q: %v, want %s", text, err, kind)
			}
		}
	})
}

// TestLifeCycleIsDocumented: the house's plan shows the table that the guards
// read.
func TestLifeCycleIsDocumented(t *testing.T) {
	text, err := os.ReadFile("../ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), qrcode.LifeCycle()) {
		t.Errorf("ARCHITECTURE.md does not show this table:\n%s", qrcode.LifeCycle())
	}
}

// failing is a repository that is away.
type failing struct{ qrcode.Repository }

func (failing) Batch(context.Context, string) (qrcode.Batch, error) {
	return qrcode.Batch{}, errors.New("gone")
}

func TestFaultsOfTheRepositoryArrive(t *testing.T) {
	s := service(failing{}, clock.Real{})
	if _, err := s.Generate(ctx, "B", nil); err == nil || !strings.Contains(err.Error(), "gone") {
		t.Errorf("got %v", err)
	}
}
