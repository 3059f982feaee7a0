package access_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"juma/internal/access"
	"juma/internal/fault"
)

const (
	shopA = "999290058120001"
	shopB = "999290058120002"
)

// platform has two administrators, people to act upon, and two merchants.
type platform struct {
	*fixture
	one, two, risk, ownerA, clerkA, ownerB access.User
}

func newPlatform(t *testing.T) platform {
	f := setup(t)
	return platform{
		f, f.create("admin1", access.Administrator, ""), f.create("admin2", access.Administrator, ""), f.create("risky", access.Risk, ""),
		f.create("owner-a", access.Owner, shopA), f.create("clerk-a", access.Clerk, shopA), f.create("owner-b", access.Owner, shopB),
	}
}

func (p platform) role(login string) access.Role {
	p.t.Helper()
	a, err := p.repo.Account(ctx, login)
	if err != nil {
		p.t.Fatal(err)
	}
	return a.Role
}

// TestRoleNeedsTwoAdministrators (T-Z4): neither the proposer nor the one who gets
// the role confirms it; of two who confirm, one wins and the other learns who did.
func TestRoleNeedsTwoAdministrators(t *testing.T) {
	p := newPlatform(t)
	token, _, err := p.Login(ctx, "risky", goodPassword, "")
	if err != nil {
		t.Fatal(err)
	}
	g, err := p.ProposeRole(ctx, p.one, "risky", access.Administrator, "stands in during leave")
	if err != nil {
		t.Fatal(err)
	}
	if p.role("risky") != access.Risk {
		t.Fatal("one administrator was enough")
	}
	wantKind(t, p.DecideGrant(ctx, p.one, g.ID, true), fault.Forbidden)
	wantKind(t, p.DecideGrant(ctx, p.risk, g.ID, true), fault.Forbidden)
	wantKind(t, p.DecideGrant(ctx, access.User{Login: "risky", Role: access.Administrator}, g.ID, true), fault.Forbidden)
	if err := p.DecideGrant(ctx, p.two, g.ID, true); err != nil {
		t.Fatal(err)
	}
	if p.role("risky") != access.Administrator {
		t.Error("confirmed, and nothing changed")
	}
	if _, err := p.Session(ctx, token); err == nil {
		t.Error("a session with the old role is still open")
	}
	err = p.DecideGrant(ctx, access.User{Login: "admin3", Role: access.Administrator}, g.ID, true)
	wantKind(t, err, fault.Conflict)
	if !strings.Contains(err.Error(), "admin2 at 2026-03-10") {
		t.Errorf("%v: does not say who and when", err)
	}
	for _, action := range []string{"account.role_proposed", "account.role_confirmed"} {
		if !slices.Contains(p.repo.Audits(), action) {
			t.Errorf("no audit entry %s", action)
		}
	}
}

func TestRoleProposals(t *testing.T) {
	p := newPlatform(t)
	for name, c := range map[string]struct {
		by     access.User
		login  string
		to     access.Role
		reason string
		kind   fault.Kind
	}{
		"a role of a merchant":   {p.one, "risky", access.Owner, "x", fault.Invalid},
		"no such role":           {p.one, "risky", "king", "x", fault.Invalid},
		"the role that is there": {p.one, "risky", access.Risk, "x", fault.Conflict},
		"no reason":              {p.one, "risky", access.Auditor, " ", fault.Invalid},
		"for oneself":            {p.one, "admin1", access.Auditor, "x", fault.Refused},
		"for a merchant's owner": {p.one, "owner-a", access.Auditor, "x", fault.NotFound},
		"for nobody":             {p.one, "nobody", access.Auditor, "x", fault.NotFound},
		"by risk":                {p.risk, "admin1", access.Auditor, "x", fault.NotFound},
		"by an owner":            {p.ownerA, "clerk-a", access.Auditor, "x", fault.Invalid},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := p.ProposeRole(ctx, c.by, c.login, c.to, c.reason)
			wantKind(t, err, c.kind)
		})
	}
	// Two proposals for one account: the second finds another role.
	a, err1 := p.ProposeRole(ctx, p.one, "risky", access.Auditor, "x")
	p.pass(time.Second)
	b, err2 := p.ProposeRole(ctx, p.two, "risky", access.Operator, "x")
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	if open, err := p.Grants(ctx); err != nil || len(open) != 2 || open[0].ID != a.ID {
		t.Errorf("%+v, %v", open, err)
	}
	if err := p.DecideGrant(ctx, p.two, a.ID, true); err != nil {
		t.Fatal(err)
	}
	wantKind(t, p.DecideGrant(ctx, p.one, b.ID, true), fault.Conflict)
	if err := p.DecideGrant(ctx, p.two, b.ID, false); err != nil { // who proposed takes it back
		t.Fatal(err)
	}
	if p.role("risky") != access.Auditor {
		t.Errorf("role %s", p.role("risky"))
	}
}

func TestOwnerInvitesStaff(t *testing.T) {
	p := newPlatform(t)
	token, inv, err := p.Invite(ctx, p.ownerA, access.NewInvitation{Login: "New-Clerk", Name: "小陈", Role: access.Clerk})
	if err != nil || len(token) != 43 || inv.TokenHash == token {
		t.Fatalf("%d characters, %v", len(token), err)
	}
	if _, err := p.Accept(ctx, token, "short"); !fault.Is(err, fault.Invalid) {
		t.Errorf("short password: %v", err)
	}
	u, err := p.Accept(ctx, token, goodPassword)
	if err != nil || u.Login != "new-clerk" || u.MerchantNo != shopA || u.Role != access.Clerk {
		t.Fatalf("%+v, %v", u, err)
	}
	if _, _, err := p.Login(ctx, "new-clerk", goodPassword, ""); err != nil {
		t.Error(err)
	}
	_, err = p.Accept(ctx, token, goodPassword)
	wantKind(t, err, fault.NotFound)
	staff, err := p.Staff(ctx, p.ownerA)
	if err != nil || len(staff) != 3 || staff[0].PasswordHash != "" {
		t.Errorf("%+v, %v", staff, err)
	}
}

func TestInvitationsEnd(t *testing.T) {
	p := newPlatform(t)
	late, _, err := p.Invite(ctx, p.ownerA, access.NewInvitation{Login: "late", Name: "迟", Role: access.Clerk})
	if err != nil {
		t.Fatal(err)
	}
	gone, inv, err := p.Invite(ctx, p.ownerA, access.NewInvitation{Login: "gone", Name: "走", Role: access.Manager})
	if err != nil {
		t.Fatal(err)
	}
	wantKind(t, p.Withdraw(ctx, p.ownerB, inv.ID), fault.NotFound) // another merchant's does not exist
	wantKind(t, p.Withdraw(ctx, p.one, inv.ID), fault.NotFound)
	if err := p.Withdraw(ctx, p.ownerA, inv.ID); err != nil {
		t.Fatal(err)
	}
	wantKind(t, p.Withdraw(ctx, p.ownerA, inv.ID), fault.NotFound)
	_, err = p.Accept(ctx, gone, goodPassword)
	wantKind(t, err, fault.NotFound)
	p.pass(access.InvitationLife - time.Second)
	if _, err := p.Invitation(ctx, late); err != nil {
		t.Errorf("just before its end: %v", err)
	}
	p.pass(time.Second)
	_, err = p.Accept(ctx, late, goodPassword)
	wantKind(t, err, fault.NotFound)
	_, err = p.Invitation(ctx, "no such token")
	wantKind(t, err, fault.NotFound)
	if open, err := p.Invitations(ctx, p.ownerA); err != nil || len(open) != 0 {
		t.Errorf("%+v, %v", open, err)
	}
}

// TestInvitationToThePlatformNeedsTwo: an administrator cannot make a second self.
func TestInvitationToThePlatformNeedsTwo(t *testing.T) {
	p := newPlatform(t)
	_, _, err := p.Invite(ctx, p.one, access.NewInvitation{Login: "newcomer", Name: "新", Role: access.Administrator})
	wantKind(t, err, fault.Invalid) // no reason
	token, inv, err := p.Invite(ctx, p.one, access.NewInvitation{Login: "newcomer", Name: "新", Role: access.Administrator, Reason: "joins the team"})
	if err != nil || inv.State != access.InvitationWaiting {
		t.Fatalf("%+v, %v", inv, err)
	}
	_, err = p.Accept(ctx, token, goodPassword)
	wantKind(t, err, fault.NotReady)
	open, err := p.Grants(ctx)
	if err != nil || len(open) != 1 || open[0].InvitationID != inv.ID {
		t.Fatalf("%+v, %v", open, err)
	}
	wantKind(t, p.DecideGrant(ctx, p.one, open[0].ID, true), fault.Forbidden)
	if err := p.DecideGrant(ctx, p.two, open[0].ID, true); err != nil {
		t.Fatal(err)
	}
	if u, err := p.Accept(ctx, token, goodPassword); err != nil || u.Role != access.Administrator {
		t.Errorf("%+v, %v", u, err)
	}
	second, _, err := p.Invite(ctx, p.one, access.NewInvitation{Login: "second", Name: "二", Role: access.Risk, Reason: "x"})
	if err != nil {
		t.Fatal(err)
	}
	if open, err = p.Grants(ctx); err != nil || len(open) != 1 {
		t.Fatalf("%+v, %v", open, err)
	}
	if err := p.DecideGrant(ctx, p.two, open[0].ID, false); err != nil {
		t.Fatal(err)
	}
	_, err = p.Accept(ctx, second, goodPassword)
	wantKind(t, err, fault.NotFound)
}

func TestWhoMayInviteWhom(t *testing.T) {
	p := newPlatform(t)
	applicant := p.create("applicant", access.Owner, "")
	for name, c := range map[string]struct {
		by   access.User
		role access.Role
		kind fault.Kind
	}{
		"owner invites owner":            {p.ownerA, access.Owner, fault.Forbidden},
		"owner invites risk":             {p.ownerA, access.Risk, fault.Invalid},
		"clerk invites clerk":            {p.clerkA, access.Clerk, fault.Forbidden},
		"applicant invites clerk":        {applicant, access.Clerk, fault.Invalid},
		"administrator invites clerk":    {p.one, access.Clerk, fault.Invalid},
		"administrator invites an owner": {p.one, access.Owner, fault.Forbidden},
		"risk invites auditor":           {p.risk, access.Auditor, fault.Forbidden},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := p.Invite(ctx, c.by, access.NewInvitation{Login: "somebody", Name: "某", Role: c.role, Reason: "x"})
			wantKind(t, err, c.kind)
		})
	}
	_, _, err := p.Invite(ctx, p.ownerA, access.NewInvitation{Login: "OWNER-B", Name: "某", Role: access.Clerk})
	wantKind(t, err, fault.Conflict)
}

func TestStaffOfAnotherMerchantDoesNotExist(t *testing.T) {
	p := newPlatform(t)
	for name, err := range map[string]error{
		"another merchant's clerk": p.RemoveStaff(ctx, p.ownerB, "clerk-a"), "nobody": p.RemoveStaff(ctx, p.ownerA, "nobody"), "oneself": p.RemoveStaff(ctx, p.ownerA, "owner-a"),
		"the platform's": p.RemoveStaff(ctx, p.ownerA, "risky"), "by a clerk": p.RemoveStaff(ctx, p.clerkA, "owner-a"),
	} {
		if !fault.Is(err, fault.NotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	wantKind(t, p.RemoveStaff(ctx, p.one, "risky"), fault.Forbidden)
	token, _, err := p.Login(ctx, "clerk-a", goodPassword, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := p.RemoveStaff(ctx, p.ownerA, "clerk-a"); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Session(ctx, token); err == nil {
		t.Error("a removed clerk's session is open")
	}
	if _, _, err := p.Login(ctx, "clerk-a", goodPassword, ""); err == nil {
		t.Error("a removed clerk logged in")
	}
	if staff, err := p.Staff(ctx, p.ownerA); err != nil || len(staff) != 1 {
		t.Errorf("%+v, %v", staff, err)
	}
	wantKind(t, p.RemoveStaff(ctx, p.ownerA, "clerk-a"), fault.NotFound)
}

func TestLockUnlockAndReset(t *testing.T) {
	p := newPlatform(t)
	a, full, _ := p.enrol()
	wantKind(t, p.Lock(ctx, p.one, "auditor.li", ""), fault.Invalid)
	wantKind(t, p.Lock(ctx, p.one, "admin1", "x"), fault.Refused)
	wantKind(t, p.Lock(ctx, p.one, "owner-a", "x"), fault.NotFound)
	if err := p.Lock(ctx, p.one, "auditor.li", "laptop stolen"); err != nil {
		t.Fatal(err)
	}
	wantKind(t, p.Lock(ctx, p.two, "auditor.li", "again"), fault.Conflict)
	p.wantEnded(full)
	if _, err := p.login(goodPassword); err == nil {
		t.Error("a locked account logged in")
	}
	if err := p.ResetFactors(ctx, p.one, "auditor.li", "laptop stolen"); err != nil {
		t.Fatal(err)
	}
	if err := p.Unlock(ctx, p.two, "auditor.li", "new laptop"); err != nil {
		t.Fatal(err)
	}
	token := p.mustLogin()
	if p.needs(token) != access.NeedsNothing {
		t.Error("the reset factors are still asked for")
	}
	if fs, err := p.Factors(ctx, "auditor.li"); err != nil || fs.Any() || fs.RecoveryCodes != 0 {
		t.Errorf("%+v, %v", fs, err)
	}
	_, err := p.StepUp(ctx, token, access.Proof{Password: goodPassword, Code: a.code(p.clk.Now())}, "")
	if err != nil {
		t.Error(err)
	}
	for range access.MaxFailures {
		p.login("not the password")
	}
	if err := p.Unlock(ctx, p.one, "auditor.li", "called in person"); err != nil {
		t.Fatal(err)
	}
	p.mustLogin()
	wantKind(t, p.Unlock(ctx, p.one, "auditor.li", "x"), fault.Conflict)
	for _, action := range []string{"account.locked", "account.unlocked", "account.factors_reset", "account.totp_added", "account.locked_out"} {
		if !slices.Contains(p.repo.Audits(), action) {
			t.Errorf("no audit entry %s", action)
		}
	}
}

// TestJoinTellsNobody: a taken login and a free one get the same answer.
func TestJoinTellsNobody(t *testing.T) {
	p := newPlatform(t)
	if err := p.Join(ctx, "newshop", "老王", goodPassword); err != nil {
		t.Fatal(err)
	}
	if err := p.Join(ctx, "owner-a", "小偷", "another long secret"); err != nil {
		t.Fatalf("a taken login shows: %v", err)
	}
	if _, _, err := p.Login(ctx, "owner-a", "another long secret", ""); err == nil {
		t.Error("joining took over an account")
	}
	_, u, err := p.Login(ctx, "newshop", goodPassword, "")
	if err != nil || u.Role != access.Owner || u.MerchantNo != "" {
		t.Fatalf("%+v, %v", u, err)
	}
	wantKind(t, p.Join(ctx, "x", "名", goodPassword), fault.Invalid)
	if staff, err := p.Staff(ctx, u); err != nil || len(staff) != 0 {
		t.Errorf("an applicant sees %+v, %v", staff, err)
	}
	if err := p.AttachMerchant(ctx, "admin1", "newshop", "999290058120009"); err != nil {
		t.Fatal(err)
	}
	wantKind(t, p.AttachMerchant(ctx, "admin1", "newshop", shopA), fault.Conflict)
	wantKind(t, p.AttachMerchant(ctx, "admin1", "newshop", "x"), fault.Invalid)
}

func TestTheFirstAdministratorComesByConsole(t *testing.T) {
	f := setup(t)
	token, inv, err := f.InviteByConsole(ctx, access.NewInvitation{Login: "root1", Name: "first", Role: access.Administrator})
	if err != nil || inv.InvitedBy != "system" {
		t.Fatalf("%+v, %v", inv, err)
	}
	if u, err := f.Accept(ctx, token, goodPassword); err != nil || u.Role != access.Administrator {
		t.Errorf("%+v, %v", u, err)
	}
	_, _, err = f.InviteByConsole(ctx, access.NewInvitation{Login: "root1", Name: "again", Role: access.Administrator})
	wantKind(t, err, fault.Conflict)
}

// TestAuditHoldsNoSecret: passwords, tokens, codes and secrets stay out of it.
func TestAuditHoldsNoSecret(t *testing.T) {
	p := newPlatform(t)
	_, full, codes := p.enrol()
	e, _, err := p.Invite(ctx, p.ownerA, access.NewInvitation{Login: "new-clerk", Name: "小陈", Role: access.Clerk})
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range p.repo.Entries() {
		text := strings.Join([]string{entry.Actor, entry.Action, entry.Object, entry.Before, entry.After, entry.Reason}, " ")
		for _, secret := range append(codes, full, e, goodPassword) {
			if strings.Contains(text, secret) {
				t.Errorf("the audit holds a secret: %s", text)
			}
		}
		if entry.At.IsZero() || entry.Actor == "" || entry.Object == "" {
			t.Errorf("entry %+v lacks who, when or what", entry)
		}
	}
}
