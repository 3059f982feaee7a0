package web

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"sync"
	"testing"

	"juma/internal/access"
	"juma/internal/access/accesstest"
	"juma/internal/clock"
	"juma/internal/id"
	"juma/internal/passkey"
)

// fakeQR writes what would be drawn.
type fakeQR struct{}

func (fakeQR) PNG(w io.Writer, payload string) error {
	_, err := io.WriteString(w, payload)
	return err
}

// accountPassword is that of every account of a test's real service.
const accountPassword = "teapot lantern river"

// cheapHash is a hash of accountPassword that took no time.
var cheapHash = sync.OnceValue(func() string {
	repo := accesstest.NewMemory()
	s, err := access.New(repo, clock.NewSim(noon, 1), id.Seeded(1, "cheap"), access.Config{Cost: cheapCost})
	if err == nil {
		_, err = s.CreateUser(context.Background(), access.NewUser{Login: "somebody", Name: "x", Role: access.Risk, Password: accountPassword})
	}
	a, err2 := repo.Account(context.Background(), "somebody")
	if err != nil || err2 != nil {
		panic("no cheap hash")
	}
	return a.PasswordHash
})

var cheapCost = access.Cost{MemoryKiB: 256, Time: 1, Lanes: 1}

// newAccounts is the real service with the accounts and sessions of the fakes.
func newAccounts(t testing.TB, clk clock.Clock, b *backend, change ...func(*access.Config)) (*access.Service, *accesstest.Memory) {
	t.Helper()
	site, err := passkey.New("https://pay.test", "Juma")
	if err != nil {
		t.Fatal(err)
	}
	cfg := access.Config{Cost: cheapCost, Passkeys: site}
	for _, c := range change {
		c(&cfg)
	}
	repo := accesstest.NewMemory()
	s, err := access.New(repo, clk, id.Seeded(2, t.Name()), cfg)
	if err != nil {
		t.Fatal(err)
	}
	for token, u := range b.sessions {
		repo.Put(access.Account{User: u, PasswordHash: cheapHash(), State: access.Active})
		row := access.SessionRow{
			TokenHash: sha(token), Login: u.Login, Level: access.Full, IP: "192.0.2.1",
			CreatedAt: noon, LastSeenAt: noon, ExpiresAt: noon.Add(access.SessionLimit), StepUpAt: noon,
		}
		if err := repo.CreateSession(context.Background(), row); err != nil {
			t.Fatal(err)
		}
	}
	addSamplePeople(t, repo)
	return s, repo
}

// Tokens of the samples.
const (
	halfSession      = "half-way"      // has given the password, owes a code
	enrollingSession = "enrolling"     // owes a second factor
	sampleInvitation = "an-invitation" // of merchant A
)

// addSamplePeople makes what the pages of accounts show: a passkey and an
// authenticator app, an open invitation, a proposed role.
func addSamplePeople(t testing.TB, repo *accesstest.Memory) {
	t.Helper()
	repo.PutTOTP(access.TOTP{Login: "half", Secret: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", CreatedAt: noon, ConfirmedAt: noon, LastStep: 1})
	inv := access.Invitation{
		ID: "01JQINVITATION000000000001", TokenHash: sha(sampleInvitation), Login: "new-clerk", Name: "小陈", Role: access.Clerk, MerchantNo: merchantA,
		State: access.InvitationOpen, InvitedBy: "owner-a", CreatedAt: noon, ExpiresAt: noon.Add(access.InvitationLife),
	}
	waiting := access.Invitation{
		ID: "01JQINVITATION000000000002", TokenHash: sha("waiting"), Login: "new-auditor", Name: "新审计", Role: access.Auditor,
		State: access.InvitationWaiting, InvitedBy: "admin", CreatedAt: noon, ExpiresAt: noon.Add(access.InvitationLife),
	}
	err := repo.Update(context.Background(), func(tx access.Tx) error {
		return errors.Join(
			tx.InsertPasskey(access.Passkey{ID: sha("key of manager-a"), Login: "manager-a", Label: "手机", Data: "{}", CreatedAt: noon, UsedAt: noon}),
			tx.InsertInvitation(inv), tx.InsertInvitation(waiting),
			tx.InsertGrant(access.Grant{ID: "01JQGRANT0000000000000001", Login: "new-auditor", To: access.Auditor, InvitationID: waiting.ID, Reason: "新同事", State: access.GrantOpen, ProposedBy: "somebody", ProposedAt: noon}),
		)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func sha(s string) string {
	hash := sha256.Sum256([]byte(s))
	return hex.EncodeToString(hash[:])
}
