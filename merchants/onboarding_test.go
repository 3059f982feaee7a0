package merchants_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"juma/internal/clock"
	"juma/internal/dbtest"
	"juma/internal/fault"
	"juma/internal/id"
	"juma/internal/store"
	"juma/merchants"
	"juma/merchants/check"
	"juma/merchants/sandbox"
	"juma/merchants/synthetic"
)

// desk is an onboarding with its surroundings.
type desk struct {
	*merchants.Onboarding
	s     *store.Store
	clk   *clock.Sim
	bank  *sandbox.Provider
	other *merchants.Onboarding // a second process
}

func eachDesk(t *testing.T, f func(t *testing.T, d *desk)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		d := &desk{s: open(), clk: clock.NewSim(day.Start().Add(9*time.Hour), 1)}
		d.bank = sandbox.New(d.clk)
		d.Onboarding, d.other = d.service(t, d.s), d.service(t, open())
		f(t, d)
	})
}

func (d *desk) service(t *testing.T, s *store.Store) *merchants.Onboarding {
	t.Helper()
	o, err := merchants.NewOnboarding(merchants.OnboardingConfig{
		Store: s.Onboarding(), Identity: d.bank, Clock: d.clk, IDs: id.NewULIDs(id.Seeded(1, "ids")), Random: id.Seeded(1, "amounts"),
		Check: check.Profile, CheckImport: check.Profile, UnionPayRegion: region, Acquirer: "999", Contract: "2026-1", Risk: merchants.DefaultRisk(),
	})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func region(gb string) string {
	code, ok := check.UnionPayRegion(gb)
	if !ok {
		return "0000"
	}
	return code
}

// person makes an identity number of a persona.
func person(persona string) string { return check.MakeIDNo("11010119000101" + persona) }

// profile is a plain applicant without risks.
func profile(kind merchants.Kind, persona string) merchants.Profile {
	p := synthetic.Profile(7, 1, kind)
	p.MCC = "5812"
	p.Region, p.Stores[0].Region = "310115", "310115"
	p.Legal.IDNo = person(persona)
	for i := range p.Rates {
		p.Rates[i].Rate = 3800
	}
	if kind != merchants.Enterprise {
		p.Account.Kind, p.Account.No, p.Account.Name, p.Account.Phone = merchants.Personal, "6216261000000000018", p.Legal.Name, p.Legal.Phone
	}
	return p
}

func (d *desk) submitted(t *testing.T, p merchants.Profile) merchants.ApplicationFile {
	t.Helper()
	a, err := d.Start(ctx, "shop", p)
	if err == nil {
		a, err = d.Submit(ctx, a.ID, "shop", a.Revision)
	}
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// reviewed lets verification answer, with time for what is asked again.
func (d *desk) reviewed(t *testing.T, a merchants.ApplicationFile) merchants.ApplicationFile {
	t.Helper()
	for range 6 {
		if _, err := d.Verify(ctx); err != nil {
			t.Fatal(err)
		}
		d.clk.AdvanceTo(d.clk.Now().Add(3 * time.Hour))
	}
	return d.read(t, a.ID)
}

func (d *desk) read(t *testing.T, appID string) merchants.ApplicationFile {
	t.Helper()
	a, err := d.s.Onboarding().Application(ctx, appID)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestFromDraftToMerchant(t *testing.T) {
	eachDesk(t, func(t *testing.T, d *desk) {
		p := profile(merchants.Individual, "001")
		a := d.reviewed(t, d.submitted(t, p))
		if a.State != merchants.InReview || len(a.Risks) != 0 {
			t.Fatalf("%s, risks %v", a.State, a.Risks)
		}
		a, err := d.Approve(ctx, a.ID, "reviewer", a.Revision, "fine")
		if err != nil || a.State != merchants.Approved || a.MerchantNo != "999290058120001" {
			t.Fatal(a.State, a.MerchantNo, err)
		}
		repo := d.s.Merchants()
		m, err := repo.Merchant(ctx, a.MerchantNo)
		if err != nil || m.State != merchants.Active || m.Account.AccountNo != p.Account.No {
			t.Errorf("%+v, %v", m, err)
		}
		terminals, _ := repo.TerminalsOf(ctx, m.No)
		agreements, _ := repo.Agreements(ctx, m.No)
		enrolments, _ := repo.Enrolments(ctx, m.No)
		if len(terminals) != 1 || len(agreements) != 3 || len(enrolments) != 3 || enrolments[0].State != merchants.EnrolRequested || agreements[0].Contract != p.Contract {
			t.Errorf("terminals %v, agreements %v, enrolments %v", terminals, agreements, enrolments)
		}
		timeline, err := d.Timeline(ctx, a)
		var got []string
		for _, e := range timeline {
			got = append(got, e.Actor+" "+e.Action)
		}
		if err != nil || got[0] != "shop application.started" || got[len(got)-1] != "reviewer merchant.created" || !slices.Contains(got, "verification application.to_review") {
			t.Errorf("%v, %v", got, err)
		}
		if proof, err := d.s.VerifyAudit(ctx); err != nil || proof.Fault != "" {
			t.Errorf("%+v, %v", proof, err)
		}
	})
}

// TestPersonas: each outcome of identity verification, and what a reviewer may do.
func TestPersonas(t *testing.T) {
	for persona, want := range map[string]struct {
		state    merchants.ApplicationState
		identity merchants.Proof
		risks    string
	}{
		"001":            {merchants.InReview, merchants.Proof{State: merchants.Passed, Method: merchants.TwoFactor}, ""},
		sandbox.Stale:    {merchants.InReview, merchants.Proof{State: merchants.Passed, Method: merchants.FourFactor}, ""},
		sandbox.Missing:  {merchants.InReview, merchants.Proof{State: merchants.Passed, Method: merchants.FourFactor}, ""},
		sandbox.Impostor: {merchants.InReview, merchants.Proof{State: merchants.Failed, Method: merchants.FourFactor}, "identity_unproven account_unproven"},
		sandbox.Slow:     {merchants.InReview, merchants.Proof{State: merchants.Passed, Method: merchants.TwoFactor}, ""},
		sandbox.Down:     {merchants.Submitted, merchants.Proof{State: merchants.Asking, Method: merchants.TwoFactor}, ""},
		sandbox.BadCard:  {merchants.InReview, merchants.Proof{State: merchants.Passed, Method: merchants.TwoFactor}, "account_unproven"},
	} {
		t.Run(persona, func(t *testing.T) {
			eachDesk(t, func(t *testing.T, d *desk) {
				a := d.reviewed(t, d.submitted(t, profile(merchants.Micro, persona)))
				all, err := d.s.Onboarding().VerificationsOf(ctx, a.ID)
				if got := merchants.ProofOf(all, 1, merchants.IdentityOf); a.State != want.state || got != want.identity || strings.Join(a.Risks, " ") != want.risks || err != nil {
					t.Errorf("%s, identity %v, risks %v, %v; want %+v", a.State, got, a.Risks, err, want)
				}
				if want.risks != "" {
					if _, err := d.Approve(ctx, a.ID, "reviewer", a.Revision, ""); !fault.Is(err, fault.Refused) {
						t.Errorf("approved without proof: %v", err)
					}
				}
			})
		})
	}
}

func TestOverrideTakesTwoPeople(t *testing.T) {
	eachDesk(t, func(t *testing.T, d *desk) {
		p := profile(merchants.Enterprise, sandbox.Stale) // a company's account proves no person
		a := d.submitted(t, p)
		d.reviewed(t, a)
		d.tell(t, a)
		a = d.read(t, a.ID)
		if a.State != merchants.InReview || !slices.Contains(a.Risks, "identity_unproven") {
			t.Fatal(a.State, a.Risks)
		}
		if _, err := d.ProposeOverride(ctx, a.ID, "shop", "it is me"); !fault.Is(err, fault.Forbidden) {
			t.Errorf("the applicant: %v", err)
		}
		if _, err := d.ConfirmOverride(ctx, a.ID, "bob", "seen"); !fault.Is(err, fault.Conflict) {
			t.Errorf("nobody proposed: %v", err)
		}
		if _, err := d.ProposeOverride(ctx, a.ID, "ann", ""); !fault.Is(err, fault.Invalid) {
			t.Errorf("no reason: %v", err)
		}
		if _, err := d.ProposeOverride(ctx, a.ID, "ann", "household book seen"); err != nil {
			t.Fatal(err)
		}
		if _, err := d.ConfirmOverride(ctx, a.ID, "ann", "seen"); !fault.Is(err, fault.Forbidden) {
			t.Errorf("the same person: %v", err)
		}
		a, err := d.ConfirmOverride(ctx, a.ID, "bob", "seen too")
		if err != nil || !slices.Contains(a.Risks, "override") {
			t.Fatal(a.Risks, err)
		}
		a, err = d.Approve(ctx, a.ID, "ann", a.Revision, "")
		if err != nil || a.State != merchants.SecondEye {
			t.Fatal(a.State, err)
		}
		if _, err := d.Approve(ctx, a.ID, "ann", a.Revision, ""); !fault.Is(err, fault.Forbidden) {
			t.Errorf("the same person twice: %v", err)
		}
		if a, err = d.Approve(ctx, a.ID, "bob", a.Revision, ""); err != nil || a.State != merchants.Approved {
			t.Error(a.State, err)
		}
	})
}

// tell tells the amount that came into a company's account.
func (d *desk) tell(t *testing.T, a merchants.ApplicationFile) {
	t.Helper()
	v := d.transfer(t, a)
	amount, ok := d.bank.Received(v.ID)
	if !ok || amount < 1 || amount > 99 {
		t.Fatal(amount, ok)
	}
	if err := d.ConfirmTransfer(ctx, a.ID, "shop", amount%99+1); !fault.Is(err, fault.Invalid) {
		t.Errorf("a wrong amount: %v", err)
	}
	if err := d.ConfirmTransfer(ctx, a.ID, "shop", amount); err != nil {
		t.Fatal(err)
	}
}

func (d *desk) transfer(t *testing.T, a merchants.ApplicationFile) merchants.Verification {
	t.Helper()
	all, err := d.s.Onboarding().VerificationsOf(ctx, a.ID)
	i := slices.IndexFunc(all, func(v merchants.Verification) bool { return v.Method == merchants.SmallTransfer })
	if err != nil || i < 0 {
		t.Fatal(all, err)
	}
	return all[i]
}

func TestTransferEndsAfterThreeWrongAmountsOrFiveDays(t *testing.T) {
	eachDesk(t, func(t *testing.T, d *desk) {
		for name, end := range map[string]func(a merchants.ApplicationFile){
			"amount_wrong": func(a merchants.ApplicationFile) {
				for range merchants.TransferTries {
					if err := d.ConfirmTransfer(ctx, a.ID, "shop", 9999); !fault.Is(err, fault.Invalid) {
						t.Errorf("a wrong amount: %v", err)
					}
				}
				if err := d.ConfirmTransfer(ctx, a.ID, "shop", 1); !fault.Is(err, fault.Conflict) {
					t.Errorf("a fourth try: %v", err)
				}
			},
			"expired": func(merchants.ApplicationFile) {
				d.clk.AdvanceTo(d.clk.Now().Add(merchants.TransferLife))
				d.Verify(ctx)
			},
		} {
			p := profile(merchants.Enterprise, "001")
			p.USCC = check.MakeUSCC(map[string]string{"expired": "91310115XXXX00019", "amount_wrong": "91310115XXXX00027"}[name])
			a := d.submitted(t, p)
			if _, err := d.Verify(ctx); err != nil {
				t.Fatal(err)
			}
			end(a)
			if v := d.transfer(t, a); v.State != merchants.Failed || v.Reason != name {
				t.Errorf("%s: %+v", name, v)
			}
			if a = d.read(t, a.ID); a.State != merchants.InReview || !slices.Contains(a.Risks, "account_unproven") {
				t.Errorf("%s: %s %v", name, a.State, a.Risks)
			}
		}
	})
}

func TestRejectionAndResubmission(t *testing.T) {
	eachDesk(t, func(t *testing.T, d *desk) {
		p := profile(merchants.Individual, "001")
		a := d.reviewed(t, d.submitted(t, p))
		for name, reasons := range map[string][]merchants.Reason{"none": nil, "no such field": {{Path: "shoe_size", Code: "other"}}, "no such code": {{Path: "address", Code: "ugly"}}} {
			if _, err := d.Reject(ctx, a.ID, "reviewer", a.Revision, reasons); !fault.Is(err, fault.Invalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
		reasons := []merchants.Reason{{Path: "address", Code: "incomplete", Text: "门牌号?"}, {Path: "legal.phone", Code: "mismatch"}}
		a, err := d.Reject(ctx, a.ID, "reviewer", a.Revision, reasons)
		if err != nil || a.State != merchants.Rejected {
			t.Fatal(a.State, err)
		}
		if got, err := d.s.Onboarding().ReasonsOf(ctx, a.ID, 1); err != nil || !slices.Equal(got, reasons) {
			t.Errorf("%v, %v", got, err)
		}
		p.Address, p.Legal.Phone = "上海市浦东新区示范路8号", "19900000000"
		if a, err = d.Save(ctx, a.ID, "shop", a.Revision, p); err != nil {
			t.Fatal(err)
		}
		if a, err = d.Submit(ctx, a.ID, "shop", a.Revision); err != nil || a.Submission != 2 {
			t.Fatal(a.Submission, err)
		}
		changes, err := d.Changes(ctx, a)
		if err != nil || len(changes) != 2 || changes[0].Path != "legal.phone" || strings.Contains(fmt.Sprint(changes), "19900000000") || changes[1].After != p.Address {
			t.Errorf("%+v, %v", changes, err)
		}
	})
}

func TestProblemsAreToldAllAtOnce(t *testing.T) {
	eachDesk(t, func(t *testing.T, d *desk) {
		p := profile(merchants.Individual, "001")
		p.USCC, p.MCC = "91310115XXXX000190", "1"
		a, err := d.Start(ctx, "shop", p)
		if err != nil {
			t.Fatal(err)
		}
		_, err = d.Submit(ctx, a.ID, "shop", a.Revision)
		problems, ok := err.(*merchants.ProblemsError)
		if !ok || len(problems.Problems) != 2 || !fault.Is(err, fault.Invalid) {
			t.Fatalf("%v", err)
		}
		if err := d.Import(ctx, []merchants.Profile{profile(merchants.Micro, "001"), p}, "op"); !fault.Is(err, fault.Invalid) {
			t.Errorf("imported: %v", err)
		}
		all, err := d.s.Onboarding().Applications(ctx, merchants.ApplicationQuery{Limit: 10})
		if err != nil || len(all) != 1 {
			t.Errorf("%d applications, %v; want the draft alone", len(all), err)
		}
	})
}

// TestTwoReviewersAtOnce: one wins, the other is told who and when, and one
// merchant exists.
func TestTwoReviewersAtOnce(t *testing.T) {
	eachDesk(t, func(t *testing.T, d *desk) {
		for round := range 10 {
			p := profile(merchants.Individual, "001")
			p.USCC = check.MakeUSCC(fmt.Sprintf("92310115XXXX000%02d", round))
			a := d.reviewed(t, d.submitted(t, p))
			errs := make([]error, 2)
			var wg sync.WaitGroup
			for i, o := range []*merchants.Onboarding{d.Onboarding, d.other} {
				wg.Go(func() { _, errs[i] = o.Approve(ctx, a.ID, fmt.Sprint("reviewer", i), a.Revision, "") })
			}
			wg.Wait()
			loser := slices.IndexFunc(errs, func(err error) bool { return err != nil })
			if loser < 0 || errs[1-loser] != nil {
				t.Fatalf("round %d: %v", round, errs)
			}
			if !fault.Is(errs[loser], fault.Conflict) || !strings.Contains(errs[loser].Error(), fmt.Sprint("reviewer", 1-loser)) || !strings.Contains(errs[loser].Error(), "2026-03-1") {
				t.Fatalf("round %d: the other is told %v", round, errs[loser])
			}
		}
		if all, err := d.s.Merchants().Merchants(ctx, "", 100); err != nil || len(all) != 10 {
			t.Errorf("%d merchants, %v", len(all), err)
		}
	})
}

func TestOwnershipAndStaleSaves(t *testing.T) {
	eachDesk(t, func(t *testing.T, d *desk) {
		a, err := d.Start(ctx, "shop", profile(merchants.Micro, "001"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.Save(ctx, a.ID, "thief", a.Revision, a.Profile); !fault.Is(err, fault.NotFound) {
			t.Errorf("another's application: %v", err)
		}
		if _, err := d.Save(ctx, a.ID, "shop", a.Revision, a.Profile); err != nil {
			t.Fatal(err)
		}
		if _, err := d.Save(ctx, a.ID, "shop", a.Revision, a.Profile); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "shop on 2026-03-10") {
			t.Errorf("a second tab: %v", err)
		}
		if _, err := d.Approve(ctx, a.ID, "reviewer", 2, ""); !fault.Is(err, fault.Conflict) {
			t.Errorf("a draft was approved: %v", err)
		}
	})
}

// TestMovesAreGuarded: a state is only reached from those that the table names.
func TestMovesAreGuarded(t *testing.T) {
	for _, to := range merchants.ApplicationStates {
		for _, from := range merchants.ApplicationMoves(to) {
			if from == merchants.Approved || from == merchants.Withdrawn || from == to {
				t.Errorf("%s is left for %s", from, to)
			}
		}
	}
	if len(merchants.ApplicationMoves(merchants.Draft)) != 0 {
		t.Error("nothing becomes a draft again")
	}
}

func TestFindApplications(t *testing.T) {
	eachDesk(t, func(t *testing.T, d *desk) {
		p := profile(merchants.Individual, "001")
		a := d.submitted(t, p)
		for _, value := range []string{a.ID, p.USCC, p.Legal.IDNo, p.Legal.Phone, p.Account.No} {
			if got, err := d.s.Onboarding().FindApplications(ctx, value, 5); err != nil || len(got) != 1 || got[0].ID != a.ID {
				t.Errorf("%s: %d, %v", value, len(got), err)
			}
		}
		for _, value := range []string{"", "1", "13900000000"} {
			if got, err := d.s.Onboarding().FindApplications(ctx, value, 5); err != nil || len(got) != 0 {
				t.Errorf("%q: %d, %v", value, len(got), err)
			}
		}
		taken, err := d.Taken(ctx, []merchants.Profile{synthetic.Profile(7, 3, merchants.Micro), p, p})
		if err != nil || !slices.Equal(taken, []int{1, 2}) {
			t.Errorf("%v, %v", taken, err)
		}
		if v, err := d.Reveal(ctx, a.ID, "legal.phone", "op", "call back"); err != nil || v != p.Legal.Phone {
			t.Errorf("%s, %v", v, err)
		}
		if _, err := d.Reveal(ctx, a.ID, "mcc", "op", "x"); !fault.Is(err, fault.NotFound) {
			t.Errorf("%v", err)
		}
	})
}

// TestImportOfTenThousand also gives more merchants of one series than four
// digits count.
func TestImportOfTenThousand(t *testing.T) {
	if testing.Short() {
		t.Skip("long")
	}
	eachDesk(t, func(t *testing.T, d *desk) {
		if err := d.Import(ctx, synthetic.Profiles(3, 10_000), "op"); err != nil {
			t.Fatal(err)
		}
		counts, err := d.s.Onboarding().CountApplications(ctx)
		if err != nil || counts[merchants.Submitted] != 10_000 {
			t.Errorf("%v, %v", counts, err)
		}
	})
}
