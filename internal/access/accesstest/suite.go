package accesstest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"juma/internal/access"
	"juma/internal/audit"
	"juma/internal/fault"
)

// Cases is the suite that every access.Repository must pass; each case wants an
// empty one.
var Cases = map[string]func(*testing.T, access.Repository){
	"accounts": testAccounts, "attempts": testAttempts, "states": testStates, "merchant once": testAttach, "sessions": testSessions,
	"authenticator app": testTOTP, "recovery codes": testCodes, "passkeys": testPasskeys, "challenges": testChallenges,
	"invitations": testInvitations, "grants": testGrants, "undone whole": testUndone, "side by side": testSideBySide,
}

var (
	ctx   = context.Background()
	start = time.Date(2026, 3, 10, 4, 0, 0, 0, time.UTC)
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantFault(t *testing.T, err error, kind fault.Kind, field string) {
	t.Helper()
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind != kind || field != "" && f.Field != field {
		t.Fatalf("got %v, want %s of %q", err, kind, field)
	}
}

func wantSame[T any](t *testing.T, got T, err error, want T) {
	t.Helper()
	must(t, err)
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("got  %+v\nwant %+v", got, want)
	}
}

// wantMoves runs guarded changes one after the other and compares their answers.
func wantMoves(t *testing.T, r access.Repository, want []bool, changes ...func(access.Tx) (bool, error)) {
	t.Helper()
	for i, change := range changes {
		var moved bool
		must(t, r.Update(ctx, func(tx access.Tx) (err error) { moved, err = change(tx); return err }))
		if moved != want[i] {
			t.Fatalf("change %d: moved %v, want %v", i+1, moved, want[i])
		}
	}
}

func insert(t *testing.T, r access.Repository, login string, role access.Role, merchantNo string) access.Account {
	t.Helper()
	a := access.Account{User: access.User{Login: login, Name: "王" + login, Role: role, MerchantNo: merchantNo, CreatedAt: start}, PasswordHash: "$argon2id$", State: access.Active}
	must(t, r.Update(ctx, func(tx access.Tx) error { return tx.InsertAccount(a) }))
	return a
}

func testAccounts(t *testing.T, r access.Repository) {
	wang := insert(t, r, "wang", access.OnboardingReviewer, "")
	li := insert(t, r, "li", access.Auditor, "")
	clerk := insert(t, r, "clerk", access.Clerk, "999290058120001")
	got, err := r.Account(ctx, "wang")
	wantSame(t, got, err, wang)
	_, err = r.Account(ctx, "nobody")
	wantFault(t, err, fault.NotFound, "")
	wantFault(t, r.Update(ctx, func(tx access.Tx) error { return tx.InsertAccount(wang) }), fault.Conflict, "login")
	all, err := r.Accounts(ctx, access.Filter{Limit: 9})
	wantSame(t, all, err, []access.Account{li, wang})
	all, err = r.Accounts(ctx, access.Filter{After: "li", Limit: 1})
	wantSame(t, all, err, []access.Account{wang})
	all, err = r.Accounts(ctx, access.Filter{Roles: []access.Role{access.Auditor, access.Clerk}, Limit: 9})
	wantSame(t, all, err, []access.Account{li})
	all, err = r.Accounts(ctx, access.Filter{MerchantNo: clerk.MerchantNo, Limit: 9})
	wantSame(t, all, err, []access.Account{clerk})
	wantMoves(t, r, []bool{true, false, true, false},
		func(tx access.Tx) (bool, error) { return tx.SetPassword("wang", "$argon2id$", "new") },
		func(tx access.Tx) (bool, error) { return tx.SetPassword("wang", "$argon2id$", "other") },
		func(tx access.Tx) (bool, error) {
			return tx.SetRole("wang", access.OnboardingReviewer, access.Administrator)
		},
		func(tx access.Tx) (bool, error) { return tx.SetRole("wang", access.OnboardingReviewer, access.Risk) })
	wang.PasswordHash, wang.Role = "new", access.Administrator
	got, err = r.Account(ctx, "wang")
	wantSame(t, got, err, wang)
}

func testAttempts(t *testing.T, r access.Repository) {
	insert(t, r, "wang", access.Risk, "")
	until := start.Add(time.Hour)
	for i, want := range []bool{true, true, true, false} {
		allowed, err := r.ChargeAttempt(ctx, "wang", 3, start, until)
		must(t, err)
		if allowed != want {
			t.Fatalf("attempt %d: allowed %v", i+1, allowed)
		}
	}
	if a, err := r.Account(ctx, "wang"); err != nil || a.Failed != 0 || !a.LockedUntil.Equal(until) {
		t.Fatalf("locked account %+v, %v", a, err)
	}
	if allowed, err := r.ChargeAttempt(ctx, "nobody", 3, start, until); allowed || err != nil {
		t.Fatalf("nobody: %v, %v", allowed, err)
	}
	if allowed, err := r.ChargeAttempt(ctx, "wang", 3, until, until.Add(time.Hour)); !allowed || err != nil {
		t.Fatalf("after the lock: %v, %v", allowed, err)
	}
	must(t, r.ClearFailures(ctx, "wang"))
	must(t, r.ClearFailures(ctx, "nobody"))
	must(t, r.Update(ctx, func(tx access.Tx) error { return tx.ClearFailures("nobody") }))
	if a, err := r.Account(ctx, "wang"); err != nil || a.Failed != 0 || !a.LockedUntil.IsZero() {
		t.Fatalf("cleared account %+v, %v", a, err)
	}
}

func testStates(t *testing.T, r access.Repository) {
	insert(t, r, "wang", access.Risk, "")
	set := func(from, to access.AccountState) func(access.Tx) (bool, error) {
		return func(tx access.Tx) (bool, error) { return tx.SetState("wang", from, to, start) }
	}
	wantMoves(t, r, []bool{false, true, false, false, true}, set(access.Locked, access.Active), set(access.Active, access.Locked), set(access.Active, access.Locked),
		set(access.Removed, access.Active), set(access.Locked, access.Removed))
	if a, err := r.Account(ctx, "wang"); err != nil || a.State != access.Removed {
		t.Fatalf("%+v, %v", a, err)
	}
	wantMoves(t, r, []bool{true, false}, set(access.Removed, access.Active), set(access.Removed, access.Active))
	if all, err := r.Accounts(ctx, access.Filter{Limit: 1}); err != nil || all[0].State != access.Active {
		t.Fatalf("%+v, %v", all, err)
	}
}

func testAttach(t *testing.T, r access.Repository) {
	insert(t, r, "owner", access.Owner, "")
	insert(t, r, "risk", access.Risk, "")
	must(t, r.AttachMerchant(ctx, "owner", "999290058120001", "reviewer", start))
	must(t, r.AttachMerchant(ctx, "owner", "999290058120001", "reviewer", start))
	wantFault(t, r.AttachMerchant(ctx, "owner", "999290058120002", "reviewer", start), fault.Conflict, "merchant_no")
	wantFault(t, r.AttachMerchant(ctx, "risk", "999290058120001", "reviewer", start), fault.Conflict, "merchant_no")
	wantFault(t, r.AttachMerchant(ctx, "nobody", "999290058120001", "reviewer", start), fault.NotFound, "")
	if a, err := r.Account(ctx, "owner"); err != nil || a.MerchantNo != "999290058120001" {
		t.Fatalf("%+v, %v", a, err)
	}
}

func session(hash, login string, at time.Time) access.SessionRow {
	return access.SessionRow{TokenHash: hash, Login: login, Level: access.PasswordOnly, IP: "203.0.113.9", CreatedAt: at, LastSeenAt: at, ExpiresAt: at.Add(12 * time.Hour)}
}

func testSessions(t *testing.T, r access.Repository) {
	wang := insert(t, r, "wang", access.Risk, "")
	old, young := session("old", "wang", start), session("young", "wang", start.Add(time.Hour))
	for _, s := range []access.SessionRow{old, young} {
		must(t, r.CreateSession(ctx, s))
	}
	row, account, err := r.Session(ctx, "old")
	wantSame(t, row, err, old)
	wantSame(t, account, nil, wang)
	_, _, err = r.Session(ctx, "none")
	wantFault(t, err, fault.NotFound, "")
	must(t, r.TouchSession(ctx, "old", start.Add(time.Minute)))
	must(t, r.TouchSession(ctx, "none", start))
	old.LastSeenAt = start.Add(time.Minute)

	raised := old
	raised.TokenHash, raised.Level, raised.StepUpAt = "fresh", access.Full, start.Add(2*time.Minute)
	rotate := func(tx access.Tx) (bool, error) { return tx.RotateSession("old", raised) }
	wantMoves(t, r, []bool{true, false}, rotate, rotate)
	all, err := r.SessionsOf(ctx, "wang")
	wantSame(t, all, err, []access.SessionRow{young, raised})

	must(t, r.Update(ctx, func(tx access.Tx) error {
		if n, err := tx.DeleteSessionsOf("wang", "young"); n != 1 || err != nil {
			t.Errorf("ended %d, %v", n, err)
		}
		return nil
	}))
	must(t, r.DeleteSession(ctx, "none"))
	if n, err := r.DeleteSessions(ctx, young.ExpiresAt.Add(-1), young.LastSeenAt.Add(-time.Microsecond)); n != 0 || err != nil {
		t.Fatalf("swept %d, %v", n, err)
	}
	if n, err := r.DeleteSessions(ctx, start, young.LastSeenAt); n != 1 || err != nil {
		t.Fatalf("swept %d, %v", n, err)
	}
}

func testTOTP(t *testing.T, r access.Repository) {
	first := access.TOTP{Login: "wang", Secret: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", CreatedAt: start}
	put := func(x access.TOTP) error {
		return r.Update(ctx, func(tx access.Tx) error { return tx.InsertTOTP(x) })
	}
	_, err := r.TOTP(ctx, "wang")
	wantFault(t, err, fault.NotFound, "")
	must(t, put(first))
	first.Secret = "MFRGGZDFMZTWQ2LK"
	must(t, put(first))
	got, err := r.TOTP(ctx, "wang")
	wantSame(t, got, err, first)
	use := func(step int64) func(access.Tx) (bool, error) {
		return func(tx access.Tx) (bool, error) { return tx.UseTOTP("wang", step) }
	}
	confirm := func(tx access.Tx) (bool, error) { return tx.ConfirmTOTP("wang", 100, start) }
	wantMoves(t, r, []bool{false, true, false, false, true, false, false}, use(99), confirm, confirm, use(100), use(101), use(101), use(100))
	wantFault(t, put(first), fault.Conflict, "login")
	remove := func(tx access.Tx) (bool, error) { return tx.DeleteTOTP("wang") }
	wantMoves(t, r, []bool{true, false}, remove, remove)
}

func testCodes(t *testing.T, r access.Repository) {
	set := func(login string, hashes ...string) {
		must(t, r.Update(ctx, func(tx access.Tx) error { return tx.SetRecoveryCodes(login, hashes) }))
	}
	left := func(want int) {
		t.Helper()
		n, err := r.RecoveryCodes(ctx, "wang")
		wantSame(t, n, err, want)
	}
	set("wang", "a", "b")
	set("li", "a")
	use := func(hash string) func(access.Tx) (bool, error) {
		return func(tx access.Tx) (bool, error) { return tx.UseRecoveryCode("wang", hash) }
	}
	wantMoves(t, r, []bool{true, false, false}, use("a"), use("a"), use("c"))
	left(1)
	set("wang", "c", "d", "e")
	left(3)
	set("wang")
	left(0)
	wantMoves(t, r, []bool{true}, func(tx access.Tx) (bool, error) { return tx.UseRecoveryCode("li", "a") })
}

func testPasskeys(t *testing.T, r access.Repository) {
	one := access.Passkey{ID: "one", Login: "wang", Label: "手机", Data: "{1}", CreatedAt: start}
	two := access.Passkey{ID: "two", Login: "wang", Label: "key", Data: "{2}", CreatedAt: start.Add(time.Second)}
	for _, p := range []access.Passkey{two, one} {
		must(t, r.Update(ctx, func(tx access.Tx) error { return tx.InsertPasskey(p) }))
	}
	wantFault(t, r.Update(ctx, func(tx access.Tx) error { return tx.InsertPasskey(one) }), fault.Conflict, "id")
	all, err := r.PasskeysOf(ctx, "wang")
	wantSame(t, all, err, []access.Passkey{one, two})
	use := func(tx access.Tx) (bool, error) { return tx.UsePasskey("one", "{1}", "{1b}", start.Add(time.Minute)) }
	same := func(tx access.Tx) (bool, error) { return tx.UsePasskey("two", "{2}", "{2}", time.Time{}) }
	remove := func(login string) func(access.Tx) (bool, error) {
		return func(tx access.Tx) (bool, error) { return tx.DeletePasskey(login, "two") }
	}
	wantMoves(t, r, []bool{true, false, true, true, false, true, false}, use, use, same, same, remove("li"), remove("wang"), remove("wang"))
	one.Data, one.UsedAt = "{1b}", start.Add(time.Minute)
	got, err := r.Passkey(ctx, "one")
	wantSame(t, got, err, one)
	must(t, r.Update(ctx, func(tx access.Tx) error { _, err := tx.DeletePasskeysOf("wang"); return err }))
	_, err = r.Passkey(ctx, "one")
	wantFault(t, err, fault.NotFound, "")
}

func testChallenges(t *testing.T, r access.Repository) {
	c := access.Challenge{TokenHash: "hash", Login: "wang", Purpose: "login", State: "{}", ExpiresAt: start}
	put := func() {
		must(t, r.Update(ctx, func(tx access.Tx) error { return tx.InsertChallenge(c) }))
	}
	put()
	must(t, r.Update(ctx, func(tx access.Tx) error {
		got, err := tx.Challenge("hash")
		wantSame(t, got, err, c)
		return nil
	}))
	take := func(tx access.Tx) (bool, error) { return tx.DeleteChallenge("hash") }
	wantMoves(t, r, []bool{true, false}, take, take)
	put()
	if _, err := r.DeleteSessions(ctx, start, start); err != nil {
		t.Fatal(err)
	}
	wantMoves(t, r, []bool{false}, take)
}

func testInvitations(t *testing.T, r access.Repository) {
	inv := func(id, merchantNo string, state access.InvitationState) access.Invitation {
		return access.Invitation{ID: id, TokenHash: "hash " + id, Login: "login" + id, Name: "名", Role: access.Clerk, MerchantNo: merchantNo, State: state, InvitedBy: "owner", CreatedAt: start, ExpiresAt: start.Add(time.Hour)}
	}
	a, b, other := inv("1", "m1", access.InvitationOpen), inv("2", "m1", access.InvitationWaiting), inv("3", "m2", access.InvitationOpen)
	for _, i := range []access.Invitation{a, b, other} {
		must(t, r.Update(ctx, func(tx access.Tx) error { return tx.InsertInvitation(i) }))
	}
	got, err := r.Invitation(ctx, "hash 1")
	wantSame(t, got, err, a)
	got, err = r.InvitationByID(ctx, "3")
	wantSame(t, got, err, other)
	_, err = r.Invitation(ctx, "none")
	wantFault(t, err, fault.NotFound, "")
	_, err = r.InvitationByID(ctx, "none")
	wantFault(t, err, fault.NotFound, "")
	all, err := r.Invitations(ctx, access.Filter{MerchantNo: "m1", Limit: 9})
	wantSame(t, all, err, []access.Invitation{a, b})
	accept := func(tx access.Tx) (bool, error) {
		return tx.MoveInvitation("1", access.InvitationOpen, access.InvitationAccepted)
	}
	wantMoves(t, r, []bool{true, false}, accept, accept)
	all, err = r.Invitations(ctx, access.Filter{MerchantNo: "m1", Limit: 9})
	wantSame(t, all, err, []access.Invitation{b})
}

func testGrants(t *testing.T, r access.Repository) {
	g := access.Grant{ID: "1", Login: "wang", From: access.Risk, To: access.Administrator, Reason: "why", State: access.GrantOpen, ProposedBy: "li", ProposedAt: start}
	second := g
	second.ID = "2"
	for _, x := range []access.Grant{second, g} {
		must(t, r.Update(ctx, func(tx access.Tx) error { return tx.InsertGrant(x) }))
	}
	all, err := r.OpenGrants(ctx)
	wantSame(t, all, err, []access.Grant{g, second})
	decide := func(by string) func(access.Tx) (bool, error) {
		return func(tx access.Tx) (bool, error) {
			return tx.DecideGrant("1", access.GrantConfirmed, by, start.Add(time.Hour))
		}
	}
	wantMoves(t, r, []bool{true, false}, decide("zhao"), decide("qian"))
	g.State, g.DecidedBy, g.DecidedAt = access.GrantConfirmed, "zhao", start.Add(time.Hour)
	got, err := r.Grant(ctx, "1")
	wantSame(t, got, err, g)
	_, err = r.Grant(ctx, "none")
	wantFault(t, err, fault.NotFound, "")
}

func testUndone(t *testing.T, r access.Repository) {
	insert(t, r, "wang", access.Risk, "")
	stop := errors.New("stop")
	err := r.Update(ctx, func(tx access.Tx) error {
		if _, err := tx.SetRole("wang", access.Risk, access.Auditor); err != nil {
			return err
		}
		if err := tx.Audit(audit.Entry{At: start, Actor: "li", Action: "x", Object: "y"}); err != nil {
			return err
		}
		return stop
	})
	if !errors.Is(err, stop) {
		t.Fatalf("got %v", err)
	}
	if a, err := r.Account(ctx, "wang"); err != nil || a.Role != access.Risk {
		t.Fatalf("%+v, %v", a, err)
	}
}

// testSideBySide: of many that spend the same thing at once, one does.
func testSideBySide(t *testing.T, r access.Repository) {
	must(t, r.Update(ctx, func(tx access.Tx) error {
		return tx.InsertTOTP(access.TOTP{Login: "wang", Secret: "A", CreatedAt: start})
	}))
	must(t, r.Update(ctx, func(tx access.Tx) error { _, err := tx.ConfirmTOTP("wang", 1, start); return err }))
	var spent atomic.Int32
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			var moved bool
			err := r.Update(ctx, func(tx access.Tx) (err error) { moved, err = tx.UseTOTP("wang", 2); return err })
			if err != nil {
				t.Error(fmt.Errorf("side by side: %w", err))
			}
			if moved {
				spent.Add(1)
			}
		})
	}
	wg.Wait()
	if spent.Load() != 1 {
		t.Fatalf("a code was spent %d times", spent.Load())
	}
}
