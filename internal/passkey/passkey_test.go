package passkey_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/descope/virtualwebauthn"

	"juma/internal/access"
	"juma/internal/access/accesstest"
	"juma/internal/clock"
	"juma/internal/fault"
	"juma/internal/id"
	"juma/internal/passkey"
)

const (
	password = "a long enough secret"
	origin   = "https://pay.example.com"
)

var (
	ctx = context.Background()
	rp  = virtualwebauthn.RelyingParty{ID: "pay.example.com", Name: "Juma", Origin: origin}
)

// person is somebody with an account and an authenticator.
type person struct {
	t *testing.T
	*access.Service
	repo  *accesstest.Memory
	clk   *clock.Sim
	user  access.User
	token string
	auth  virtualwebauthn.Authenticator
	key   virtualwebauthn.Credential
}

// newKey draws until both coordinates have all their bytes: the virtual
// authenticator leaves leading zeros out, a real one does not (RFC 9053 §7.1.1).
func newKey() virtualwebauthn.Credential {
	const whole = 77 // bytes of an EC2 key on P-256 in CBOR
	for {
		if k := virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2); len(k.Key.AttestationData()) == whole {
			return k
		}
	}
}

func newPerson(t *testing.T) *person {
	t.Helper()
	site, err := passkey.New(origin, "Juma")
	if err != nil {
		t.Fatal(err)
	}
	p := &person{t: t, repo: accesstest.NewMemory(), clk: clock.NewSim(time.Date(2026, 3, 10, 9, 0, 0, 0, time.UTC), 1), key: newKey()}
	p.Service, err = access.New(p.repo, p.clk, id.Seeded(1, t.Name()), access.Config{Passkeys: site, Cost: access.Cost{MemoryKiB: 256, Time: 1, Lanes: 1}})
	if err != nil {
		t.Fatal(err)
	}
	if p.user, err = p.CreateUser(ctx, access.NewUser{Login: "zhao", Name: "李", Role: access.Auditor, Password: password}); err != nil {
		t.Fatal(err)
	}
	if p.token, _, err = p.Login(ctx, "zhao", password, ""); err != nil {
		t.Fatal(err)
	}
	handle := sha256.Sum256([]byte("juma passkey handle zhao"))
	p.auth = virtualwebauthn.NewAuthenticatorWithOptions(virtualwebauthn.AuthenticatorOptions{UserHandle: handle[:]})
	return p
}

// register adds the passkey to the account.
func (p *person) register() {
	p.t.Helper()
	o, err := p.BeginPasskey(ctx, p.user)
	if err != nil {
		p.t.Fatal(err)
	}
	options, err := virtualwebauthn.ParseAttestationOptions(o.Options)
	if err != nil {
		p.t.Fatal(err)
	}
	answer := virtualwebauthn.CreateAttestationResponse(rp, p.auth, p.key, *options)
	fresh, codes, err := p.AddPasskey(ctx, p.token, "手机", access.PasskeyAnswer{Challenge: o.Challenge, Answer: answer})
	if err != nil {
		p.t.Fatal(err)
	}
	if len(codes) != 10 || fresh == p.token {
		p.t.Errorf("%d recovery codes, token changed %v", len(codes), fresh != p.token)
	}
	p.token = fresh
	p.auth.AddCredential(p.key)
}

// sign answers a ceremony's options.
func (p *person) sign(o access.PasskeyOptions, err error, party virtualwebauthn.RelyingParty, auth virtualwebauthn.Authenticator) access.PasskeyAnswer {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
	options, err := virtualwebauthn.ParseAssertionOptions(o.Options)
	if err != nil {
		p.t.Fatal(err)
	}
	p.key.Counter++
	return access.PasskeyAnswer{Challenge: o.Challenge, Answer: virtualwebauthn.CreateAssertionResponse(party, auth, p.key, *options)}
}

func (p *person) wantForbidden(what string, err error) {
	p.t.Helper()
	if !fault.Is(err, fault.Forbidden) {
		p.t.Errorf("%s: got %v, want Forbidden", what, err)
	}
}

func TestPasskeyOpensASession(t *testing.T) {
	p := newPerson(t)
	p.register()
	o, err := p.BeginPasskeyLogin(ctx)
	if strings.Contains(o.Options, "allowCredentials") {
		t.Error("the options for anybody name somebody's passkey")
	}
	a := p.sign(o, err, rp, p.auth)
	token, user, err := p.PasskeyLogin(ctx, a, "203.0.113.9")
	if err != nil || user.Login != "zhao" {
		t.Fatalf("%+v, %v", user, err)
	}
	if s, err := p.Session(ctx, token); err != nil || s.Needs != access.NeedsNothing || !s.SteppedUp(p.clk.Now()) {
		t.Errorf("session %+v, %v", s, err)
	}
	_, _, err = p.PasskeyLogin(ctx, a, "")
	p.wantForbidden("the same answer again", err)
}

func TestPasskeyIsASecondFactorAndAStepUp(t *testing.T) {
	p := newPerson(t)
	p.register()
	token, _, err := p.Login(ctx, "zhao", password, "")
	if err != nil {
		t.Fatal(err)
	}
	if s, err := p.Session(ctx, token); err != nil || s.Needs != access.NeedsCode {
		t.Fatalf("after the password: %+v, %v", s, err)
	}
	o, err := p.BeginProof(ctx, p.user)
	a := p.sign(o, err, rp, p.auth)
	full, err := p.SecondFactor(ctx, token, access.Proof{Passkey: &a}, "")
	if err != nil {
		t.Fatal(err)
	}
	p.clk.AdvanceTo(p.clk.Now().Add(access.StepUpLimit))
	_, err = p.StepUp(ctx, full, access.Proof{Password: password}, "")
	p.wantForbidden("step-up by password alone", err)
	o, err = p.BeginProof(ctx, p.user)
	a = p.sign(o, err, rp, p.auth)
	raised, err := p.StepUp(ctx, full, access.Proof{Password: password, Passkey: &a}, "")
	if err != nil {
		t.Fatal(err)
	}
	if s, err := p.Session(ctx, raised); err != nil || !s.SteppedUp(p.clk.Now()) {
		t.Errorf("after the step-up: %+v, %v", s, err)
	}
	_, err = p.Session(ctx, full)
	p.wantForbidden("the token before the step-up", err)
}

func TestPasskeyAnswersThatDoNotHold(t *testing.T) {
	elsewhere := virtualwebauthn.RelyingParty{ID: rp.ID, Name: rp.Name, Origin: "https://pay.example.com.evil.test"}
	otherSite := virtualwebauthn.RelyingParty{ID: "evil.test", Name: rp.Name, Origin: rp.Origin}
	for name, attempt := range map[string]func(p *person) access.PasskeyAnswer{
		"signed on another origin": func(p *person) access.PasskeyAnswer {
			o, err := p.BeginPasskeyLogin(ctx)
			return p.sign(o, err, elsewhere, p.auth)
		},
		"signed for another site": func(p *person) access.PasskeyAnswer {
			o, err := p.BeginPasskeyLogin(ctx)
			return p.sign(o, err, otherSite, p.auth)
		},
		"person not verified": func(p *person) access.PasskeyAnswer {
			auth := p.auth
			auth.Options.UserNotVerified = true
			o, err := p.BeginPasskeyLogin(ctx)
			return p.sign(o, err, rp, auth)
		},
		"handle of another account": func(p *person) access.PasskeyAnswer {
			auth := p.auth
			auth.Options.UserHandle = []byte("somebody else")
			o, err := p.BeginPasskeyLogin(ctx)
			return p.sign(o, err, rp, auth)
		},
		"unknown passkey": func(p *person) access.PasskeyAnswer {
			p.key = newKey()
			o, err := p.BeginPasskeyLogin(ctx)
			return p.sign(o, err, rp, p.auth)
		},
		"too late": func(p *person) access.PasskeyAnswer {
			o, err := p.BeginPasskeyLogin(ctx)
			p.clk.AdvanceTo(p.clk.Now().Add(5 * time.Minute))
			return p.sign(o, err, rp, p.auth)
		},
		"made for another purpose": func(p *person) access.PasskeyAnswer {
			o, err := p.BeginProof(ctx, p.user)
			return p.sign(o, err, rp, p.auth)
		},
		"counter went back": func(p *person) access.PasskeyAnswer {
			p.key.Counter = 10
			o, err := p.BeginPasskeyLogin(ctx)
			if _, _, err := p.PasskeyLogin(ctx, p.sign(o, err, rp, p.auth), ""); err != nil {
				p.t.Fatal(err)
			}
			p.key.Counter = 3
			o, err = p.BeginPasskeyLogin(ctx)
			return p.sign(o, err, rp, p.auth)
		},
		"no JSON": func(p *person) access.PasskeyAnswer {
			o, _ := p.BeginPasskeyLogin(ctx)
			return access.PasskeyAnswer{Challenge: o.Challenge, Answer: "hello"}
		},
		"altered signature": func(p *person) access.PasskeyAnswer {
			o, err := p.BeginPasskeyLogin(ctx)
			a := p.sign(o, err, rp, p.auth)
			i := strings.Index(a.Answer, `"signature":"`) + len(`"signature":"`) + 20
			b := []byte(a.Answer)
			b[i] = base64.RawURLEncoding.EncodeToString([]byte{b[i] ^ 0xff})[0]
			return access.PasskeyAnswer{Challenge: a.Challenge, Answer: string(b)}
		},
		"locked account": func(p *person) access.PasskeyAnswer {
			account, err := p.repo.Account(ctx, "zhao")
			if err != nil {
				p.t.Fatal(err)
			}
			account.State = access.Locked
			p.repo.Put(account)
			o, err := p.BeginPasskeyLogin(ctx)
			return p.sign(o, err, rp, p.auth)
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPerson(t)
			p.register()
			_, _, err := p.PasskeyLogin(ctx, attempt(p), "")
			p.wantForbidden(name, err)
		})
	}
}

func TestPasskeyIsRegisteredOnceAndRemoved(t *testing.T) {
	p := newPerson(t)
	p.register()
	o, err := p.BeginPasskey(ctx, p.user)
	if err != nil {
		t.Fatal(err)
	}
	options, err := virtualwebauthn.ParseAttestationOptions(o.Options)
	if err != nil || !p.key.IsExcludedForAttestation(*options) {
		t.Errorf("the passkey that is there is not excluded: %v", err)
	}
	answer := virtualwebauthn.CreateAttestationResponse(rp, p.auth, p.key, *options)
	if _, _, err := p.AddPasskey(ctx, p.token, "again", access.PasskeyAnswer{Challenge: o.Challenge, Answer: answer}); !fault.Is(err, fault.Conflict) {
		t.Errorf("registered twice: %v", err)
	}
	f, err := p.Factors(ctx, "zhao")
	if err != nil || len(f.Passkeys) != 1 || f.Passkeys[0].Label != "手机" {
		t.Fatalf("%+v, %v", f, err)
	}
	if err := p.RemovePasskey(ctx, p.user, f.Passkeys[0].ID); err != nil {
		t.Fatal(err)
	}
	if err := p.RemovePasskey(ctx, p.user, f.Passkeys[0].ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("removed twice: %v", err)
	}
	o, err = p.BeginPasskeyLogin(ctx)
	_, _, err = p.PasskeyLogin(ctx, p.sign(o, err, rp, p.auth), "")
	p.wantForbidden("a removed passkey", err)
}

func TestWhereThereCanBeNoPasskeys(t *testing.T) {
	for _, address := range []string{"http://127.0.0.1:8080", "https://127.0.0.1", "https://[::1]:8443", "http://pay.example.com"} {
		if _, err := passkey.New(address, "Juma"); !fault.Is(err, fault.NotReady) {
			t.Errorf("%s: got %v, want NotReady", address, err)
		}
	}
	for _, address := range []string{"http://localhost:8080", "https://pay.example.com", "https://pay.example.com:8443"} {
		if _, err := passkey.New(address, "Juma"); err != nil {
			t.Errorf("%s: %v", address, err)
		}
	}
}
