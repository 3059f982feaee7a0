package access_test

import (
	"encoding/base32"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"juma/internal/access"
	"juma/internal/fault"
)

// app is an authenticator app of a test. It computes codes by itself, from the
// address that it was shown.
type app struct{ secret []byte }

func newApp(t *testing.T, e access.Enrolment) app {
	t.Helper()
	u, err := url.Parse(e.URI)
	if err != nil || u.Scheme != "otpauth" || u.Host != "totp" || u.Query().Get("secret") != e.Secret || u.Query().Get("issuer") != "Juma" {
		t.Fatalf("address %q, %v", e.URI, err)
	}
	secret, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(u.Query().Get("secret"))
	if err != nil || len(secret) != 20 {
		t.Fatalf("secret of %d bytes, %v", len(secret), err)
	}
	return app{secret}
}

func (a app) code(at time.Time) string { return access.TOTPCode(a.secret, at) }

// enrol gives auditor.li an authenticator app and returns it, a full session and
// the recovery codes.
func (f *fixture) enrol() (app, string, []string) {
	f.t.Helper()
	token := f.mustLogin()
	e, err := f.BeginTOTP(ctx, "auditor.li")
	if err != nil {
		f.t.Fatal(err)
	}
	a := newApp(f.t, e)
	fresh, codes, err := f.ConfirmTOTP(ctx, token, a.code(f.clk.Now()))
	if err != nil {
		f.t.Fatal(err)
	}
	f.wantEnded(token)
	f.wantAwake(fresh)
	f.pass(time.Minute) // the step of the first code is used up
	return a, fresh, codes
}

func (f *fixture) needs(token string) access.Need {
	f.t.Helper()
	s, err := f.Session(ctx, token)
	if err != nil {
		f.t.Fatal(err)
	}
	return s.Needs
}

func TestSecondFactorOpensTheSession(t *testing.T) {
	f := setup(t)
	a, _, _ := f.enrol()
	token := f.mustLogin()
	if f.needs(token) != access.NeedsCode {
		t.Fatal("the password alone opened the session")
	}
	if s, _ := f.Session(ctx, token); s.SteppedUp(f.clk.Now()) {
		t.Error("the password alone counts as a fresh proof")
	}
	_, err := f.SecondFactor(ctx, token, access.Proof{Code: "000000"}, "")
	wantKind(t, err, fault.Forbidden)
	full, err := f.SecondFactor(ctx, token, access.Proof{Code: a.code(f.clk.Now())[:3] + " " + a.code(f.clk.Now())[3:]}, "")
	if err != nil {
		t.Fatal(err)
	}
	f.wantEnded(token) // rotated
	if f.needs(full) != access.NeedsNothing {
		t.Error("the session is still not open")
	}
}

func TestACodeWorksOnce(t *testing.T) {
	f := setup(t)
	a, _, _ := f.enrol()
	code := a.code(f.clk.Now())
	first, second := f.mustLogin(), f.mustLogin()
	if _, err := f.SecondFactor(ctx, first, access.Proof{Code: code}, ""); err != nil {
		t.Fatal(err)
	}
	_, err := f.SecondFactor(ctx, second, access.Proof{Code: code}, "")
	wantKind(t, err, fault.Forbidden)
	_, err = f.SecondFactor(ctx, second, access.Proof{Code: a.code(f.clk.Now().Add(-30 * time.Second))}, "")
	wantKind(t, err, fault.Forbidden) // an older one neither
	if _, err = f.SecondFactor(ctx, second, access.Proof{Code: a.code(f.clk.Now().Add(30 * time.Second))}, ""); err != nil {
		t.Errorf("the next step's code: %v", err)
	}
}

// TestAKnownPasswordBuysFewGuesses: a right password must not clear the count of
// wrong codes.
func TestAKnownPasswordBuysFewGuesses(t *testing.T) {
	f := setup(t)
	a, _, _ := f.enrol()
	guesses := 0
	for range 30 {
		token, err := f.login(goodPassword)
		if err != nil {
			break
		}
		if _, err := f.SecondFactor(ctx, token, access.Proof{Code: "000000"}, ""); err == nil {
			t.Fatal("let in")
		}
		guesses++
	}
	if guesses > access.MaxFailures/2 {
		t.Errorf("%d guesses at the code before the lock", guesses)
	}
	f.pass(access.LockTime)
	if _, err := f.SecondFactor(ctx, f.mustLogin(), access.Proof{Code: a.code(f.clk.Now())}, ""); err != nil {
		t.Errorf("after the lock: %v", err)
	}
	if !slices.Contains(f.repo.Audits(), "account.locked_out") {
		t.Error("the lock left no entry")
	}
}

func TestRecoveryCodes(t *testing.T) {
	f := setup(t)
	_, full, codes := f.enrol()
	if len(codes) != 10 || !regexp.MustCompile(`^([A-Z2-7]{4}-){3}[A-Z2-7]{4}$`).MatchString(codes[0]) {
		t.Fatalf("codes %q", codes)
	}
	for i, typed := range []string{codes[0], strings.ToLower(codes[1]), strings.ReplaceAll(codes[2], "-", "")} {
		token := f.mustLogin()
		if _, err := f.SecondFactor(ctx, token, access.Proof{Code: typed}, ""); err != nil {
			t.Errorf("code %d typed as %q: %v", i, typed, err)
		}
		_, err := f.SecondFactor(ctx, f.mustLogin(), access.Proof{Code: typed}, "")
		wantKind(t, err, fault.Forbidden)
		f.pass(time.Minute)
	}
	if fs, err := f.Factors(ctx, "auditor.li"); err != nil || fs.RecoveryCodes != 7 {
		t.Errorf("%+v, %v; want 7 left", fs, err)
	}
	fresh, err := f.NewRecoveryCodes(ctx, "auditor.li")
	if err != nil || len(fresh) != 10 || slices.Contains(fresh, codes[9]) {
		t.Fatalf("%q, %v", fresh, err)
	}
	_, err = f.SecondFactor(ctx, f.mustLogin(), access.Proof{Code: codes[9]}, "")
	wantKind(t, err, fault.Forbidden)
	f.wantAwake(full)
}

func TestAPageLoadedTwiceShowsTheSameSecret(t *testing.T) {
	f := setup(t)
	one, err1 := f.BeginTOTP(ctx, "auditor.li")
	two, err2 := f.BeginTOTP(ctx, "auditor.li")
	if err1 != nil || err2 != nil || one != two {
		t.Errorf("%v %v, %v %v", one, err1, two, err2)
	}
	f.enrol()
	_, err := f.BeginTOTP(ctx, "auditor.li")
	wantKind(t, err, fault.Conflict)
}

// TestAStolenPasswordCannotBringItsOwnFactor: who has not shown the factors that
// are there adds none.
func TestAStolenPasswordCannotBringItsOwnFactor(t *testing.T) {
	f := setup(t)
	f.enrol()
	thief := f.mustLogin()
	if err := f.RemoveTOTP(ctx, access.User{Login: "auditor.li", Role: access.Auditor}); err != nil {
		t.Fatal(err)
	}
	e, err := f.BeginTOTP(ctx, "auditor.li")
	if err != nil {
		t.Fatal(err)
	}
	fresh, _, err := f.ConfirmTOTP(ctx, f.mustLogin(), newApp(t, e).code(f.clk.Now()))
	if err != nil {
		t.Fatal(err)
	}
	f.wantAwake(fresh)
	_, _, err = f.ConfirmTOTP(ctx, thief, "123456")
	wantKind(t, err, fault.Forbidden)
	_, err = f.ChangePassword(ctx, thief, goodPassword, "another long secret", "")
	wantKind(t, err, fault.Forbidden)
	_, err = f.StepUp(ctx, thief, access.Proof{Password: goodPassword, Code: newApp(t, e).code(f.clk.Now().Add(30 * time.Second))}, "")
	wantKind(t, err, fault.Forbidden)
}

func TestRequiredSecondFactor(t *testing.T) {
	f := setup(t, func(c *access.Config) { c.RequireMFA = true })
	f.create("owner", access.Owner, "")
	owner, _, err := f.Login(ctx, "owner", goodPassword, "")
	if err != nil || f.needs(owner) != access.NeedsNothing {
		t.Errorf("a merchant's owner: %v, %v", f.needs(owner), err)
	}
	token := f.mustLogin()
	if f.needs(token) != access.NeedsEnrolment {
		t.Fatal("an account of the platform opened without second factor")
	}
	e, err := f.BeginTOTP(ctx, "auditor.li")
	if err != nil {
		t.Fatal(err)
	}
	fresh, codes, err := f.ConfirmTOTP(ctx, token, newApp(t, e).code(f.clk.Now()))
	if err != nil || len(codes) != 10 || f.needs(fresh) != access.NeedsNothing {
		t.Fatalf("%d codes, %v", len(codes), err)
	}
	err = f.RemoveTOTP(ctx, access.User{Login: "auditor.li", Role: access.Auditor})
	wantKind(t, err, fault.Refused)
}

func TestStepUp(t *testing.T) {
	f := setup(t)
	a, full, _ := f.enrol()
	s, err := f.Session(ctx, full)
	if err != nil || !s.SteppedUp(f.clk.Now()) || s.SteppedUp(s.StepUpAt.Add(access.StepUpLimit)) || !s.SteppedUp(s.StepUpAt.Add(access.StepUpLimit-1)) {
		t.Errorf("%+v, %v", s, err)
	}
	f.pass(access.StepUpLimit)
	for _, p := range []access.Proof{{Password: goodPassword}, {Code: a.code(f.clk.Now())}, {Password: "not the password", Code: a.code(f.clk.Now())}, {Password: goodPassword, Code: "000000"}} {
		_, err := f.StepUp(ctx, full, p, "")
		wantKind(t, err, fault.Forbidden)
	}
	fresh, err := f.StepUp(ctx, full, access.Proof{Password: goodPassword, Code: a.code(f.clk.Now())}, "")
	if err != nil {
		t.Fatal(err)
	}
	f.wantEnded(full)
	if s, err := f.Session(ctx, fresh); err != nil || !s.SteppedUp(f.clk.Now()) {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestStepUpDoesNotProlongTheSession(t *testing.T) {
	f := setup(t)
	token := f.mustLogin()
	for range 72 {
		f.pass(10*time.Minute - time.Second)
		fresh, err := f.StepUp(ctx, token, access.Proof{Password: goodPassword}, "")
		if err != nil {
			t.Fatal(err)
		}
		token = fresh
	}
	f.pass(2 * time.Minute)
	f.wantEnded(token)
}

func TestChangePassword(t *testing.T) {
	f := setup(t)
	here, there := f.mustLogin(), f.mustLogin()
	const fresh = "another long secret"
	_, err := f.ChangePassword(ctx, here, "not the password", fresh, "")
	wantKind(t, err, fault.Forbidden)
	for _, bad := range []string{goodPassword, "short", "password1234"} {
		_, err = f.ChangePassword(ctx, here, goodPassword, bad, "")
		wantKind(t, err, fault.Invalid)
	}
	token, err := f.ChangePassword(ctx, here, goodPassword, fresh, "")
	if err != nil {
		t.Fatal(err)
	}
	f.wantAwake(token)
	f.wantEnded(here)
	f.wantEnded(there)
	if _, err := f.login(goodPassword); err == nil {
		t.Error("the old password still works")
	}
	if _, err := f.login(fresh); err != nil {
		t.Error(err)
	}
}

func TestEndSessionsEverywhere(t *testing.T) {
	f := setup(t)
	here, there := f.mustLogin(), f.mustLogin()
	list, err := f.Sessions(ctx, here)
	if err != nil || len(list) != 2 || list[0].Current == list[1].Current {
		t.Fatalf("%+v, %v", list, err)
	}
	if err := f.EndSessions(ctx, "auditor.li"); err != nil {
		t.Fatal(err)
	}
	f.wantEnded(here)
	f.wantEnded(there)
}
