package merchants_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"juma/internal/fault"
	"juma/internal/id"
	"juma/merchants"
	"juma/merchants/synthetic"
)

// TestOneLiveApplicationOfABusiness: two files, or a file and an applicant, that
// bring the same business at the same moment do not both succeed. Each looked before
// and found nothing; the index decides.
func TestOneLiveApplicationOfABusiness(t *testing.T) {
	eachDesk(t, func(t *testing.T, d *desk) {
		d.other.IDs = id.NewULIDs(id.Seeded(2, "other process"))
		for round, kind := range merchants.Kinds {
			p := profile(kind, fmt.Sprintf("00%d", round+1))
			errs := make([]error, 2)
			var both sync.WaitGroup
			for i, o := range []*merchants.Onboarding{d.Onboarding, d.other} {
				both.Go(func() {
					errs[i] = o.Import(ctx, []merchants.Profile{synthetic.Profile(9, 10*round+i, kind), p}, fmt.Sprint("operator ", i))
				})
			}
			both.Wait()
			won, lost := errs[0], errs[1]
			if won != nil {
				won, lost = lost, won
			}
			if won != nil || !fault.Is(lost, fault.Conflict) {
				t.Fatalf("%s: two imports at once: %v and %v, want one of them refused as a conflict", kind, errs[0], errs[1])
			}
			if n := len(d.live(t)); n != 2*(round+1) {
				t.Errorf("%s: %d applications, want those of the file that won", kind, n)
			}
			a, err := d.Start(ctx, "shop", p)
			if err == nil {
				_, err = d.Submit(ctx, a.ID, "shop", a.Revision)
			}
			wantKind(t, "an applicant after the import", err, fault.Conflict)
		}
	})
}

// TestRejectedApplicationDoesNotComeBackBesideAnother: who was rejected may apply
// again, unless somebody else has applied for the same business meanwhile.
func TestRejectedApplicationDoesNotComeBackBesideAnother(t *testing.T) {
	eachDesk(t, func(t *testing.T, d *desk) {
		p := profile(merchants.Enterprise, "001")
		a := d.reviewed(t, d.submitted(t, p))
		a, err := d.Reject(ctx, a.ID, "reviewer", a.Revision, []merchants.Reason{{Code: "mismatch"}})
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Import(ctx, []merchants.Profile{p}, "operator"); err != nil {
			t.Fatal(err)
		}
		_, err = d.Submit(ctx, a.ID, "shop", a.Revision)
		var f *fault.Error
		if !errors.As(err, &f) || f.Kind != fault.Conflict || f.Field != "uscc" {
			t.Errorf("resubmission: %v, want a conflict about uscc", err)
		}
		if a = d.read(t, a.ID); a.State != merchants.Rejected {
			t.Errorf("it is %s, want it still rejected", a.State)
		}
	})
}

// live lists the applications that are neither draft nor over.
func (d *desk) live(t *testing.T) []merchants.ApplicationFile {
	t.Helper()
	all, err := d.s.Onboarding().Applications(ctx, merchants.ApplicationQuery{States: merchants.LiveStates, Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestListMerchants(t *testing.T) {
	eachOffice(t, func(t *testing.T, o *office) {
		shop := o.merchantAgain(t)
		person := o.merchant(t, merchants.Micro, "002")
		file := application()
		file.Merchant.No, file.Stores, file.Enrolments = "999290058120077", nil, nil
		bare, _, _, err := o.life.Onboard(ctx, file)
		if err != nil {
			t.Fatal(err)
		}
		if err := o.life.SetState(ctx, shop.No, merchants.Suspended, "zhao", "rent unpaid"); err != nil {
			t.Fatal(err)
		}
		all := []string{shop.No, person.No, bare.No}
		slices.Sort(all)
		kindOf := map[string]merchants.Kind{}
		for _, c := range []struct {
			q    merchants.MerchantQuery
			want []string
		}{
			{merchants.MerchantQuery{}, all},
			{merchants.MerchantQuery{AfterNo: all[0]}, all[1:]},
			{merchants.MerchantQuery{State: merchants.Suspended}, []string{shop.No}},
			{merchants.MerchantQuery{Kind: merchants.Individual}, []string{shop.No}},
			{merchants.MerchantQuery{Kind: merchants.Individual, State: merchants.Active}, nil},
		} {
			c.q.Limit = 10
			found, err := o.up.ListMerchants(ctx, c.q)
			if err != nil {
				t.Fatal(err)
			}
			var nos []string
			for _, m := range found {
				nos, kindOf[m.No] = append(nos, m.No), m.Kind
			}
			if !slices.Equal(nos, c.want) {
				t.Errorf("%+v: %q, want %q", c.q, nos, c.want)
			}
		}
		if kindOf[shop.No] != merchants.Individual || kindOf[bare.No] != "" {
			t.Errorf("kinds %v", kindOf)
		}
	})
}

// TestMerchantTimeline: the application's entries and the merchant's are one story.
func TestMerchantTimeline(t *testing.T) {
	eachOffice(t, func(t *testing.T, o *office) {
		m := o.merchantAgain(t)
		if err := o.life.SetState(ctx, m.No, merchants.Suspended, "zhao", "rent unpaid"); err != nil {
			t.Fatal(err)
		}
		all, err := o.up.MerchantTimeline(ctx, m.No)
		if err != nil || len(all) < 3 {
			t.Fatal(all, err)
		}
		if first, last := all[0].Action, all[len(all)-1]; first != "application.started" || last.Action != "merchant.suspended" || last.Reason != "rent unpaid" {
			t.Errorf("from %s to %+v", first, last)
		}
		_, err = o.up.MerchantTimeline(ctx, "999000000000000")
		wantKind(t, "nobody's", err, fault.NotFound)
	})
}
