package merchants_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"juma/internal/fault"
	"juma/internal/money"
	"juma/merchants"
	"juma/merchants/sandbox"
)

// otherCard is another card of the person.
const otherCard = "6216261000000000356"

func newAccount(p merchants.Profile) merchants.ProfileAccount {
	a := p.Account
	a.No = otherCard
	if a.Kind == merchants.Corporate {
		a.No = "310066661234567890"
	}
	return a
}

// asked asks for another account of a merchant and lets the banks answer.
func (o *office) asked(t *testing.T, m merchants.Merchant, kind merchants.Kind, persona string) merchants.AccountChange {
	t.Helper()
	c, err := o.up.RequestAccount(ctx, m.No, "owner", "new bank", newAccount(profile(kind, persona)))
	if err == nil {
		_, err = o.up.SweepAccounts(ctx)
	}
	if err != nil {
		t.Fatal(err)
	}
	return o.change(t, c.ID)
}

func (o *office) change(t *testing.T, changeID string) merchants.AccountChange {
	t.Helper()
	c, err := o.up.AccountChange(ctx, changeID, "")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (o *office) approved(t *testing.T, c merchants.AccountChange) merchants.AccountChange {
	t.Helper()
	for _, by := range []string{"reviewer", "boss"} {
		var err error
		if c, err = o.up.ApproveAccount(ctx, c.ID, by, c.Revision, "seen"); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

func TestAnAccountTakesProofFourEyesAndTime(t *testing.T) {
	eachOffice(t, func(t *testing.T, o *office) {
		m := o.merchant(t, merchants.Individual, "001")
		o.wait(time.Second)
		c := o.asked(t, m, merchants.Individual, "001")
		if c.State != merchants.AccountApproving || c.Proof.Method != merchants.FourFactor || c.Proof.State != merchants.Passed || c.Proof.Reference == "" {
			t.Fatalf("%+v", c)
		}
		_, err := o.up.ApproveAccount(ctx, c.ID, "owner", c.Revision, "")
		refused(t, err, fault.Forbidden, "owner")
		o.wait(time.Second)
		c, err = o.up.ApproveAccount(ctx, c.ID, "reviewer", c.Revision, "")
		if err != nil || c.State != merchants.AccountApproving {
			t.Fatal(c.State, err)
		}
		_, err = o.up.ApproveAccount(ctx, c.ID, "reviewer", c.Revision, "")
		refused(t, err, fault.Forbidden, "reviewer")
		o.wait(time.Second)
		c, err = o.up.ApproveAccount(ctx, c.ID, "boss", c.Revision, "")
		if err != nil || c.State != merchants.AccountCooling || !c.EffectiveAt.Equal(o.clk.Now().Add(merchants.DefaultCooling)) {
			t.Fatal(c, err)
		}
		settled := o.clk.Now()
		o.wait(merchants.DefaultCooling - time.Second)
		if n, err := o.up.SweepAccounts(ctx); n != 0 || err != nil || o.now(t, m.No).Account != m.Account {
			t.Fatalf("before its time: %d, %v", n, err)
		}
		o.wait(time.Second)
		if n, err := o.up.SweepAccounts(ctx); n != 1 || err != nil {
			t.Fatal(n, err)
		}
		if got := o.now(t, m.No).Account; got.AccountNo != otherCard || o.change(t, c.ID).State != merchants.AccountEffective {
			t.Errorf("paid to %s", got.AccountNo)
		}
		if p, err := o.up.ProfileOf(ctx, m.No); err != nil || p.Account.No != otherCard || p.Legal.IDNo != person("001") {
			t.Errorf("channels are told %+v, %v", p.Account, err)
		}
		if at, err := o.s.Merchants().AccountsAt(ctx, settled); err != nil || at[m.No] != m.Account {
			t.Errorf("a day settled before: %+v, %v", at, err)
		}
		if at, err := o.s.Merchants().AccountsAt(ctx, o.clk.Now()); err != nil || len(at) != 0 {
			t.Errorf("from now on: %+v, %v", at, err)
		}
		if got := o.inbox(t, m.No); !slices.Equal(got, []string{"account.requested", "account.approved", "account.effective"}) {
			t.Errorf("messages: %v", got)
		}
		want := []string{"owner account.requested", "sandbox-bank account.verification", "reviewer account.approved_first", "boss account.approved", "juma account.effective"}
		if got := o.actions(t, m.No)[1:]; !slices.Equal(got, want) {
			t.Errorf("audit: %v", got)
		}
		if _, err := o.up.RevealAccount(ctx, c.ID, "boss", ""); err == nil {
			t.Error("revealed without a reason")
		}
		if a, err := o.up.RevealAccount(ctx, c.ID, "boss", "a call from the bank"); err != nil || a.No != otherCard {
			t.Error(a, err)
		}
		if got := o.actions(t, m.No); got[len(got)-1] != "boss account.revealed" {
			t.Errorf("audit: %v", got)
		}
		o.neverInFull(t, m, otherCard)
	})
}

// neverInFull proves that neither messages nor audit show an account.
func (o *office) neverInFull(t *testing.T, m merchants.Merchant, secrets ...string) {
	t.Helper()
	all, _ := o.up.Messages(ctx, m.No, "", 100)
	entries, _ := o.s.AuditOf(ctx, merchants.MerchantObject(m.No), "", 100)
	for _, secret := range append(secrets, m.Account.AccountNo) {
		for _, msg := range all {
			if strings.Contains(fmt.Sprint(msg.Params), secret) {
				t.Errorf("message %s shows the account", msg.Kind)
			}
		}
		for _, e := range entries {
			if strings.Contains(e.Before+e.After+e.Reason, secret) {
				t.Errorf("audit entry %s shows the account", e.Action)
			}
		}
	}
}

func TestCorporateAccountByTheAmountThatCame(t *testing.T) {
	eachOffice(t, func(t *testing.T, o *office) {
		m := o.merchant(t, merchants.Enterprise, "001")
		for _, c := range []struct {
			tell    []int // offsets from the right amount
			wait    time.Duration
			want    merchants.AccountState
			endedBy string
		}{
			{tell: []int{1, 0}, want: merchants.AccountApproving},
			{tell: []int{1, 2, 3}, want: merchants.AccountUnproven},
			{wait: merchants.TransferLife, want: merchants.AccountUnproven},
		} {
			change := o.asked(t, m, merchants.Enterprise, "001")
			if change.Proof.State != merchants.Awaiting || change.Proof.Method != merchants.SmallTransfer {
				t.Fatalf("%+v", change.Proof)
			}
			amount, ok := o.bank.Received(change.ID)
			if !ok || amount < 1 || amount > 99 {
				t.Fatalf("received %d, %v", amount, ok)
			}
			_, err := o.up.TellAmount(ctx, change.ID, "999290058129999", "x", amount)
			refused(t, err, fault.NotFound)
			for _, off := range c.tell {
				_, err := o.up.TellAmount(ctx, change.ID, m.No, "owner", amount+money.Fen(off))
				if (off == 0) != (err == nil) {
					t.Errorf("offset %d: %v", off, err)
				}
			}
			o.wait(c.wait)
			if _, err := o.up.SweepAccounts(ctx); err != nil {
				t.Fatal(err)
			}
			change = o.change(t, change.ID)
			if change.State != c.want {
				t.Fatalf("%v: %s, want %s", c.tell, change.State, c.want)
			}
			_, err = o.up.TellAmount(ctx, change.ID, m.No, "owner", amount)
			refused(t, err, fault.Conflict)
			if change.State.Open() {
				if _, err := o.up.WithdrawAccount(ctx, change.ID, m.No, "owner", "next case"); err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}

// TestABankThatDoesNotAnswerFailsNobody: no answer leaves the change open, a
// definite no ends it.
func TestABankThatDoesNotAnswerFailsNobody(t *testing.T) {
	eachOffice(t, func(t *testing.T, o *office) {
		m := o.merchant(t, merchants.Individual, "001")
		o.bank.Silence(true)
		c := o.asked(t, m, merchants.Individual, "001")
		for range 8 {
			o.wait(3 * time.Hour)
			if _, err := o.up.SweepAccounts(ctx); err != nil {
				t.Fatal(err)
			}
		}
		if c = o.change(t, c.ID); c.State != merchants.AccountProving || c.Proof.State != merchants.Asking || c.Proof.Attempts != 9 {
			t.Fatalf("%s, %+v", c.State, c.Proof)
		}
		o.bank.Silence(false)
		o.wait(3 * time.Hour)
		if _, err := o.up.SweepAccounts(ctx); err != nil {
			t.Fatal(err)
		}
		if c = o.change(t, c.ID); c.State != merchants.AccountApproving {
			t.Errorf("%s after the answer", c.State)
		}
	})
}

func TestAForeignAccountIsUnproven(t *testing.T) {
	eachOffice(t, func(t *testing.T, o *office) {
		m := o.merchant(t, merchants.Enterprise, "001")
		a := newAccount(profile(merchants.Enterprise, "001"))
		a.No = "31006666123456" + sandbox.BadAccount
		c, err := o.up.RequestAccount(ctx, m.No, "owner", "new bank", a)
		if err == nil {
			_, err = o.up.SweepAccounts(ctx)
		}
		if err != nil {
			t.Fatal(err)
		}
		if c = o.change(t, c.ID); c.State != merchants.AccountUnproven || c.EndReason != "no_such_account" {
			t.Errorf("%s, %s", c.State, c.EndReason)
		}
		if got := o.now(t, m.No).Account; got != m.Account {
			t.Errorf("paid to %+v", got)
		}
	})
}

func TestAccountsThatAreNotTaken(t *testing.T) {
	eachOffice(t, func(t *testing.T, o *office) {
		m := o.merchant(t, merchants.Individual, "001")
		good := newAccount(profile(merchants.Individual, "001"))
		for name, c := range map[string]struct {
			change func(*merchants.ProfileAccount)
			kind   fault.Kind
			field  string
		}{
			"card":   {func(a *merchants.ProfileAccount) { a.No = "6216261000000000357" }, fault.Invalid, "account.no"},
			"cnaps":  {func(a *merchants.ProfileAccount) { a.CNAPS = "999290000013" }, fault.Invalid, "account.cnaps"},
			"holder": {func(a *merchants.ProfileAccount) { a.Name = "别人" }, fault.Invalid, "account.name"},
			"same":   {func(a *merchants.ProfileAccount) { a.No = m.Account.AccountNo }, fault.Refused, "account.no"},
		} {
			a := good
			c.change(&a)
			_, err := o.up.RequestAccount(ctx, m.No, "owner", "why", a)
			if !fault.Is(err, c.kind) || !strings.Contains(err.Error(), c.field) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := o.up.RequestAccount(ctx, m.No, "owner", "why", good); err != nil {
			t.Fatal(err)
		}
		_, err := o.up.RequestAccount(ctx, m.No, "owner", "why", good)
		refused(t, err, fault.Conflict)
		_, err = o.up.RequestAccount(ctx, "999290058129999", "owner", "why", good)
		refused(t, err, fault.NotFound)
	})
}

// TestApprovalsAtOnce: of two first approvals, and of two second ones, one counts
// and the other is told whose.
func TestApprovalsAtOnce(t *testing.T) {
	eachOffice(t, func(t *testing.T, o *office) {
		m := o.merchant(t, merchants.Individual, "001")
		for range 10 {
			c := o.asked(t, m, merchants.Individual, "001")
			for _, role := range []string{"reviewer", "boss"} {
				errs := make([]error, 2)
				var wg sync.WaitGroup
				for i, u := range []*merchants.Upkeep{o.up, o.other} {
					wg.Go(func() { _, errs[i] = u.ApproveAccount(ctx, c.ID, fmt.Sprint(role, i), c.Revision, "") })
				}
				wg.Wait()
				loser := slices.IndexFunc(errs, func(err error) bool { return err != nil })
				if loser < 0 || errs[1-loser] != nil {
					t.Fatalf("%s: %v", role, errs)
				}
				refused(t, errs[loser], fault.Conflict, fmt.Sprint(role, 1-loser), "2026-")
				c = o.change(t, c.ID)
			}
			if c.State != merchants.AccountCooling {
				t.Fatalf("%s after two approvals", c.State)
			}
			if _, err := o.up.WithdrawAccount(ctx, c.ID, m.No, "owner", "next round"); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// TestAnApprovalIsOfWhatWasRead: one that was read before another approved does not
// count as the second.
func TestAnApprovalIsOfWhatWasRead(t *testing.T) {
	eachOffice(t, func(t *testing.T, o *office) {
		m := o.merchant(t, merchants.Individual, "001")
		read := o.asked(t, m, merchants.Individual, "001")
		if _, err := o.up.ApproveAccount(ctx, read.ID, "reviewer", read.Revision, ""); err != nil {
			t.Fatal(err)
		}
		_, err := o.up.ApproveAccount(ctx, read.ID, "boss", read.Revision, "")
		refused(t, err, fault.Conflict, "reviewer")
		if c := o.change(t, read.ID); c.State != merchants.AccountApproving || c.SecondBy != "" {
			t.Errorf("%s, second %q", c.State, c.SecondBy)
		}
	})
}

// TestAccountsInForceInThePast: after two changes each instant has the account that
// was paid to then.
func TestAccountsInForceInThePast(t *testing.T) {
	eachOffice(t, func(t *testing.T, o *office) {
		m := o.merchant(t, merchants.Individual, "001")
		var instants []time.Time
		for _, no := range []string{otherCard, m.Account.AccountNo, otherCard} {
			instants = append(instants, o.clk.Now())
			a := newAccount(profile(merchants.Individual, "001"))
			a.No = no
			c, err := o.up.RequestAccount(ctx, m.No, "owner", "again", a)
			if err == nil {
				_, err = o.up.SweepAccounts(ctx)
			}
			if err != nil {
				t.Fatal(err)
			}
			o.approved(t, o.change(t, c.ID))
			o.wait(merchants.DefaultCooling)
			if _, err := o.up.SweepAccounts(ctx); err != nil {
				t.Fatal(err)
			}
			o.wait(time.Hour)
		}
		for i, want := range []string{m.Account.AccountNo, otherCard, m.Account.AccountNo} {
			at, err := o.s.Merchants().AccountsAt(ctx, instants[i])
			if err != nil || at[m.No].AccountNo != want {
				t.Errorf("before change %d: %s, %v; want %s", i+1, at[m.No].AccountNo, err, want)
			}
		}
	})
}

// TestAClosedMerchantsChangeEnds: nothing comes into force behind a closing.
func TestAClosedMerchantsChangeEnds(t *testing.T) {
	eachOffice(t, func(t *testing.T, o *office) {
		m := o.merchant(t, merchants.Individual, "001")
		c := o.approved(t, o.asked(t, m, merchants.Individual, "001"))
		if err := o.life.SetState(ctx, m.No, merchants.Closed, "operator", "gone"); err != nil {
			t.Fatal(err)
		}
		o.wait(merchants.DefaultCooling)
		if _, err := o.up.SweepAccounts(ctx); err != nil {
			t.Fatal(err)
		}
		if c = o.change(t, c.ID); c.State != merchants.AccountRefused || c.EndReason != "merchant_closed" || o.now(t, m.No).Account != m.Account {
			t.Errorf("%s, %s", c.State, c.EndReason)
		}
	})
}
