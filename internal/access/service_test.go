package access_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"juma/internal/access"
	"juma/internal/access/accesstest"
	"juma/internal/clock"
	"juma/internal/fault"
	"juma/internal/id"
)

const goodPassword = "a long enough secret"

var ctx = context.Background()

// cheap hashes take no time; the rules are the same.
var cheap = access.Cost{MemoryKiB: 256, Time: 1, Lanes: 1}

type fixture struct {
	*access.Service
	repo *accesstest.Memory
	clk  *clock.Sim
	t    *testing.T
}

func setup(t *testing.T, change ...func(*access.Config)) *fixture {
	t.Helper()
	clk := clock.NewSim(time.Date(2026, 3, 10, 9, 0, 0, 0, time.UTC), 1)
	repo := accesstest.NewMemory()
	cfg := access.Config{Cost: cheap}
	for _, c := range change {
		c(&cfg)
	}
	s, err := access.New(repo, clk, id.Seeded(1, t.Name()), cfg)
	if err != nil {
		t.Fatal(err)
	}
	f := &fixture{s, repo, clk, t}
	f.create("Auditor.Li ", access.Auditor, "")
	return f
}

// create makes an account.
func (f *fixture) create(login string, role access.Role, merchantNo string) access.User {
	f.t.Helper()
	u, err := f.CreateUser(ctx, access.NewUser{Login: login, Name: login, Role: role, MerchantNo: merchantNo, Password: goodPassword})
	if err != nil {
		f.t.Fatal(err)
	}
	return u
}

// wantKind fails when an error is of another kind.
func wantKind(t *testing.T, err error, kind fault.Kind) {
	t.Helper()
	if !fault.Is(err, kind) {
		t.Fatalf("got %v, want %s", err, kind)
	}
}

func (f *fixture) pass(d time.Duration) { f.clk.AdvanceTo(f.clk.Now().Add(d)) }

func (f *fixture) login(password string) (string, error) {
	token, _, err := f.Login(ctx, "auditor.li", password, "")
	return token, err
}

func (f *fixture) mustLogin() string {
	f.t.Helper()
	token, err := f.login(goodPassword)
	if err != nil {
		f.t.Fatal(err)
	}
	return token
}

func (f *fixture) wantEnded(token string) {
	f.t.Helper()
	if _, err := f.Session(ctx, token); !fault.Is(err, fault.Forbidden) {
		f.t.Fatalf("session: got %v, want Forbidden", err)
	}
}

func (f *fixture) wantAwake(token string) {
	f.t.Helper()
	u, err := f.Session(ctx, token)
	if err != nil || u.Login != "auditor.li" || u.Role != access.Auditor {
		f.t.Fatalf("session: got %+v, %v", u, err)
	}
}

func TestTokenIsLongAndStoredHashed(t *testing.T) {
	f := setup(t)
	token := f.mustLogin()
	if len(token) != 43 { // 32 bytes in base64 without padding
		t.Errorf("token %q: has %d characters, want 43", token, len(token))
	}
	for _, row := range f.repo.SessionRows() {
		if hash := row.TokenHash; strings.Contains(hash, token) || len(hash) != 64 {
			t.Errorf("stored %q, want the SHA-256 of the token in hex", row.TokenHash)
		}
	}
	if other := f.mustLogin(); other == token {
		t.Error("two logins gave the same token")
	}
	f.wantAwake(token)
	f.wantEnded("")
	f.wantEnded(token + "x")
}

func TestSessionEndsWhenIdle(t *testing.T) {
	f := setup(t)
	token := f.mustLogin()
	for range 4 { // used every 14 minutes it lives on
		f.pass(14 * time.Minute)
		f.wantAwake(token)
	}
	f.pass(access.IdleLimit)
	f.wantEnded(token)
	if len(f.repo.SessionRows()) != 0 {
		t.Error("an ended session is still stored")
	}
}

func TestSessionEndsAfterTwelveHoursInUse(t *testing.T) {
	f := setup(t)
	token := f.mustLogin()
	for range 71 {
		f.pass(10 * time.Minute)
		f.wantAwake(token)
	}
	f.pass(10 * time.Minute)
	f.wantEnded(token)
}

func TestClicksAreNotAllWritten(t *testing.T) {
	f := setup(t)
	token := f.mustLogin()
	for range 60 {
		f.pass(time.Second)
		f.wantAwake(token)
	}
	if f.repo.Touches() != 2 {
		t.Errorf("60 clicks in a minute made %d writes, want 2", f.repo.Touches())
	}
}

func TestLogoutAndSweep(t *testing.T) {
	f := setup(t)
	gone, idle := f.mustLogin(), f.mustLogin()
	if err := f.Logout(ctx, gone); err != nil {
		t.Fatal(err)
	}
	f.wantEnded(gone)
	f.wantAwake(idle)
	f.pass(access.IdleLimit)
	if n, err := f.Sweep(ctx); n != 1 || err != nil {
		t.Errorf("sweep removed %d, %v; want 1", n, err)
	}
}

func TestLockAfterTenFailures(t *testing.T) {
	f := setup(t)
	for i := range access.MaxFailures {
		if _, err := f.login("not the password"); !fault.Is(err, fault.Forbidden) {
			t.Fatalf("attempt %d: %v", i+1, err)
		}
	}
	if _, err := f.login(goodPassword); !fault.Is(err, fault.Forbidden) {
		t.Fatalf("locked account let in: %v", err)
	}
	f.pass(access.LockTime - time.Second)
	if _, err := f.login(goodPassword); err == nil {
		t.Fatal("let in before the lock was over")
	}
	f.pass(time.Second)
	f.mustLogin()
}

func TestRightPasswordForgetsFailures(t *testing.T) {
	f := setup(t)
	for range 3 {
		for range access.MaxFailures - 1 {
			f.login("not the password")
		}
		f.mustLogin()
	}
}

func TestAttemptsSideBySideCannotOutrunTheLock(t *testing.T) {
	f := setup(t)
	var wg sync.WaitGroup
	for range access.MaxFailures + 5 {
		wg.Go(func() { f.login("not the password") })
	}
	wg.Wait()
	if _, err := f.login(goodPassword); err == nil {
		t.Fatal("fifteen wrong passwords at once did not lock the account")
	}
}

// TestAnswersDoNotTellWhichAccountsExist: one text and one kind for all. That the
// work is the same is in password_test.go, the time in timing_test.go.
func TestAnswersDoNotTellWhichAccountsExist(t *testing.T) {
	f := setup(t)
	_, wrong := f.login("not the password")
	_, _, unknown := f.Login(ctx, "nobody", goodPassword, "")
	_, huge := f.login(strings.Repeat("x", 1<<20))
	for range access.MaxFailures {
		f.login("not the password")
	}
	_, locked := f.login(goodPassword)
	for _, err := range []error{unknown, huge, locked} {
		if err == nil || err.Error() != wrong.Error() || !fault.Is(err, fault.Forbidden) {
			t.Errorf("got %v, want the same as for a wrong password: %v", err, wrong)
		}
	}
}

func TestStorageFaultIsNotAWrongPassword(t *testing.T) {
	f := setup(t)
	f.repo.Break(fault.New("memory", fault.Unavailable, "database is away"))
	if _, err := f.login(goodPassword); !fault.Is(err, fault.Unavailable) {
		t.Errorf("got %v, want Unavailable", err)
	}
	f.repo.Break(nil)
	a, err := f.repo.Account(ctx, "auditor.li")
	if err != nil {
		t.Fatal(err)
	}
	a.PasswordHash = "plain text?"
	f.repo.Put(a)
	if _, err := f.login(goodPassword); !fault.Is(err, fault.Corrupt) {
		t.Errorf("got %v, want Corrupt", err)
	}
}

func TestCreateUserRefuses(t *testing.T) {
	ok := access.NewUser{Login: "clerk1", Name: "Wang", Role: access.Clerk, MerchantNo: "898310054110001", Password: goodPassword}
	for name, c := range map[string]struct {
		mend  func(*access.NewUser)
		field string
		kind  fault.Kind
	}{
		"login too short":        {func(n *access.NewUser) { n.Login = "ab" }, "login", fault.Invalid},
		"login with a space":     {func(n *access.NewUser) { n.Login = "a b c" }, "login", fault.Invalid},
		"no name":                {func(n *access.NewUser) { n.Name = "" }, "name", fault.Invalid},
		"no such role":           {func(n *access.NewUser) { n.Role = "king" }, "role", fault.Invalid},
		"clerk without merchant": {func(n *access.NewUser) { n.MerchantNo = "" }, "merchant_no", fault.Invalid},
		"risk with merchant":     {func(n *access.NewUser) { n.Role = access.Risk }, "merchant_no", fault.Invalid},
		"password of 11":         {func(n *access.NewUser) { n.Password = "abcdefghijk" }, "password", fault.Invalid},
		"password of 129":        {func(n *access.NewUser) { n.Password = strings.Repeat("abcdefghij", 13)[:129] }, "password", fault.Invalid},
		"password is the login":  {func(n *access.NewUser) { n.Password = "xx-CLERK1-xx" }, "password", fault.Invalid},
		"password of one letter": {func(n *access.NewUser) { n.Password = strings.Repeat("a", 12) }, "password", fault.Invalid},
		"password not UTF-8":     {func(n *access.NewUser) { n.Password = "abcdefghijkl\xff" }, "password", fault.Invalid},
		"password with a bell":   {func(n *access.NewUser) { n.Password = "abcdefghijkl\a" }, "password", fault.Invalid},
		"login taken":            {func(n *access.NewUser) { n.Login = "AUDITOR.LI" }, "login", fault.Conflict},
	} {
		t.Run(name, func(t *testing.T) {
			f := setup(t)
			n := ok
			c.mend(&n)
			_, err := f.CreateUser(ctx, n)
			if !fault.Is(err, c.kind) {
				t.Fatalf("got %v, want %s", err, c.kind)
			}
			if c.kind == fault.Invalid {
				var e *fault.Error
				if !errors.As(err, &e) || e.Field != c.field {
					t.Errorf("got %v, want field %s", err, c.field)
				}
			}
			if strings.Contains(err.Error(), n.Password) {
				t.Error("the error holds the password")
			}
		})
	}
}
