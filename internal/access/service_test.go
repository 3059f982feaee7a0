package access

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"juma/internal/clock"
	"juma/internal/fault"
	"juma/internal/id"
)

const goodPassword = "a long enough secret"

type fixture struct {
	*Service
	repo *memory
	clk  *clock.Sim
	t    *testing.T
}

func setup(t *testing.T) *fixture {
	t.Helper()
	clk := clock.NewSim(time.Date(2026, 3, 10, 9, 0, 0, 0, time.UTC), 1)
	repo := newMemory()
	s, err := newService(repo, clk, id.Seeded(1, t.Name()), cost{memoryKiB: 256, time: 1, lanes: 1}) // cheap, the rules are the same
	if err != nil {
		t.Fatal(err)
	}
	f := &fixture{s, repo, clk, t}
	if _, err := s.CreateUser(context.Background(), NewUser{Login: "Auditor.Li ", Name: "Li", Role: Auditor, Password: goodPassword}); err != nil {
		t.Fatal(err)
	}
	return f
}

func (f *fixture) pass(d time.Duration) { f.clk.AdvanceTo(f.clk.Now().Add(d)) }

func (f *fixture) login(password string) (string, error) {
	token, _, err := f.Login(context.Background(), "auditor.li", password, "")
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
	if _, err := f.Session(context.Background(), token); !fault.Is(err, fault.Forbidden) {
		f.t.Fatalf("session: got %v, want Forbidden", err)
	}
}

func (f *fixture) wantAwake(token string) {
	f.t.Helper()
	u, err := f.Session(context.Background(), token)
	if err != nil || u.Login != "auditor.li" || u.Role != Auditor {
		f.t.Fatalf("session: got %+v, %v", u, err)
	}
}

func TestTokenIsLongAndStoredHashed(t *testing.T) {
	f := setup(t)
	token := f.mustLogin()
	if len(token) != 43 { // 32 bytes in base64 without padding
		t.Errorf("token %q: has %d characters, want 43", token, len(token))
	}
	for hash := range f.repo.sessions {
		if strings.Contains(hash, token) || len(hash) != 64 {
			t.Errorf("stored %q, want the SHA-256 of the token in hex", hash)
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
	f.pass(IdleLimit)
	f.wantEnded(token)
	if len(f.repo.sessions) != 0 {
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
	if f.repo.touches != 2 {
		t.Errorf("60 clicks in a minute made %d writes, want 2", f.repo.touches)
	}
}

func TestLogoutAndSweep(t *testing.T) {
	f := setup(t)
	gone, idle := f.mustLogin(), f.mustLogin()
	if err := f.Logout(context.Background(), gone); err != nil {
		t.Fatal(err)
	}
	f.wantEnded(gone)
	f.wantAwake(idle)
	f.pass(IdleLimit)
	if n, err := f.Sweep(context.Background()); n != 1 || err != nil {
		t.Errorf("sweep removed %d, %v; want 1", n, err)
	}
}

func TestLockAfterTenFailures(t *testing.T) {
	f := setup(t)
	for i := range MaxFailures {
		if _, err := f.login("not the password"); !fault.Is(err, fault.Forbidden) {
			t.Fatalf("attempt %d: %v", i+1, err)
		}
	}
	if _, err := f.login(goodPassword); !fault.Is(err, fault.Forbidden) {
		t.Fatalf("locked account let in: %v", err)
	}
	f.pass(LockTime - time.Second)
	if _, err := f.login(goodPassword); err == nil {
		t.Fatal("let in before the lock was over")
	}
	f.pass(time.Second)
	f.mustLogin()
}

func TestRightPasswordForgetsFailures(t *testing.T) {
	f := setup(t)
	for range 3 {
		for range MaxFailures - 1 {
			f.login("not the password")
		}
		f.mustLogin()
	}
}

func TestAttemptsSideBySideCannotOutrunTheLock(t *testing.T) {
	f := setup(t)
	var wg sync.WaitGroup
	for range MaxFailures + 5 {
		wg.Go(func() { f.login("not the password") })
	}
	wg.Wait()
	if _, err := f.login(goodPassword); err == nil {
		t.Fatal("fifteen wrong passwords at once did not lock the account")
	}
}

func TestAnswersDoNotTellWhichAccountsExist(t *testing.T) {
	f := setup(t)
	_, wrong := f.login("not the password")
	_, _, unknown := f.Login(context.Background(), "nobody", goodPassword, "")
	_, huge := f.login(strings.Repeat("x", 1<<20))
	for range MaxFailures {
		f.login("not the password")
	}
	_, locked := f.login(goodPassword)
	for _, err := range []error{unknown, huge, locked} {
		if err == nil || err.Error() != wrong.Error() || !fault.Is(err, fault.Forbidden) {
			t.Errorf("got %v, want the same as for a wrong password: %v", err, wrong)
		}
	}
	// Time: with and without an account one hash of the same cost is computed.
	stored, _ := parsePHC(f.repo.accounts["auditor.li"].PasswordHash)
	decoy, err := parsePHC(f.hasher.decoy)
	if err != nil || decoy.cost != stored.cost || len(decoy.key) != len(stored.key) {
		t.Errorf("decoy costs %+v, a real hash %+v; %v", decoy, stored, err)
	}
}

func TestStorageFaultIsNotAWrongPassword(t *testing.T) {
	f := setup(t)
	f.repo.broken = fault.New("memory", fault.Unavailable, "database is away")
	if _, err := f.login(goodPassword); !fault.Is(err, fault.Unavailable) {
		t.Errorf("got %v, want Unavailable", err)
	}
	f.repo.broken = nil
	a := f.repo.accounts["auditor.li"]
	a.PasswordHash = "plain text?"
	f.repo.accounts["auditor.li"] = a
	if _, err := f.login(goodPassword); !fault.Is(err, fault.Corrupt) {
		t.Errorf("got %v, want Corrupt", err)
	}
}

func TestAddressGate(t *testing.T) {
	clk := clock.NewSim(time.Unix(0, 0), 1)
	g := newAddressGate(clk)
	for range addressFailures {
		if err := g.admit("203.0.113.9"); err != nil {
			t.Fatal(err)
		}
		g.failed("203.0.113.9")
	}
	if err := g.admit("203.0.113.9"); !fault.Is(err, fault.Refused) {
		t.Errorf("got %v, want Refused", err)
	}
	if err := g.admit("203.0.113.10"); err != nil {
		t.Errorf("another address was refused: %v", err)
	}
	clk.AdvanceTo(clk.Now().Add(addressWindow))
	if err := g.admit("203.0.113.9"); err != nil {
		t.Errorf("still refused after the window: %v", err)
	}
	for i := range maxAddresses + 10 {
		g.failed(string(rune(i + 1000)))
	}
	if len(g.by) > maxAddresses {
		t.Errorf("gate remembers %d addresses, want at most %d", len(g.by), maxAddresses)
	}
}

func TestCreateUserRefuses(t *testing.T) {
	ok := NewUser{Login: "clerk1", Name: "Wang", Role: Clerk, MerchantNo: "898310054110001", Password: goodPassword}
	for name, c := range map[string]struct {
		mend  func(*NewUser)
		field string
		kind  fault.Kind
	}{
		"login too short":        {func(n *NewUser) { n.Login = "ab" }, "login", fault.Invalid},
		"login with a space":     {func(n *NewUser) { n.Login = "a b c" }, "login", fault.Invalid},
		"no name":                {func(n *NewUser) { n.Name = "" }, "name", fault.Invalid},
		"no such role":           {func(n *NewUser) { n.Role = "king" }, "role", fault.Invalid},
		"clerk without merchant": {func(n *NewUser) { n.MerchantNo = "" }, "merchant_no", fault.Invalid},
		"risk with merchant":     {func(n *NewUser) { n.Role = Risk }, "merchant_no", fault.Invalid},
		"password of 11":         {func(n *NewUser) { n.Password = "abcdefghijk" }, "password", fault.Invalid},
		"password of 129":        {func(n *NewUser) { n.Password = strings.Repeat("abcdefghij", 13)[:129] }, "password", fault.Invalid},
		"password is the login":  {func(n *NewUser) { n.Password = "xx-CLERK1-xx" }, "password", fault.Invalid},
		"password of one letter": {func(n *NewUser) { n.Password = strings.Repeat("a", 12) }, "password", fault.Invalid},
		"password not UTF-8":     {func(n *NewUser) { n.Password = "abcdefghijkl\xff" }, "password", fault.Invalid},
		"password with a bell":   {func(n *NewUser) { n.Password = "abcdefghijkl\a" }, "password", fault.Invalid},
		"login taken":            {func(n *NewUser) { n.Login = "AUDITOR.LI" }, "login", fault.Conflict},
	} {
		t.Run(name, func(t *testing.T) {
			f := setup(t)
			n := ok
			c.mend(&n)
			_, err := f.CreateUser(context.Background(), n)
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

func TestTwelveCharactersOfAnyScriptAreEnough(t *testing.T) {
	if err := CheckPassword("clerk1", "床前明月光疑是地上霜举头"); err != nil {
		t.Error(err)
	}
}

func TestPHC(t *testing.T) {
	h, err := newHasher(id.Seeded(1, "phc"), standardCost)
	if err != nil {
		t.Fatal(err)
	}
	one, _ := h.hash(context.Background(), goodPassword)
	two, _ := h.hash(context.Background(), goodPassword)
	if one == two || !strings.HasPrefix(one, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("hashes %q and %q: want different salts and the stated cost", one, two)
	}
	for _, bad := range []string{"", "x", "$argon2i$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aaaaaaaaaaaaaaaaaaaaaaaa",
		"$argon2id$v=19$m=99999999,t=2,p=1$c2FsdHNhbHQ$aaaaaaaaaaaaaaaaaaaaaaaa", "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$"} {
		if ok, err := h.matches(context.Background(), bad, ""); ok || !fault.Is(err, fault.Corrupt) {
			t.Errorf("hash %q: got %v, %v; want Corrupt", bad, ok, err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for range parallelHashes {
		h.slots <- struct{}{}
	}
	if _, err := h.hash(ctx, goodPassword); !fault.Is(err, fault.Unavailable) {
		t.Errorf("no free slot: got %v, want Unavailable", err)
	}
}
