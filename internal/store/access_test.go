package store_test

import (
	"strings"
	"testing"
	"time"

	"juma/internal/access"
	"juma/internal/access/accesstest"
	"juma/internal/audit"
	"juma/internal/dbtest"
	"juma/internal/fault"
	"juma/internal/store"
)

func TestAccess(t *testing.T) {
	for name, test := range accesstest.Cases {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, open func() *store.Store) { test(t, open().Access()) })
		})
	}
}

// TestAccessFaultsHoldNoHash: what opens something stands in no fault, and the
// secret of an authenticator app is not readable in the database.
func TestAccessFaultsHoldNoHash(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		a := s.Access()
		row := access.SessionRow{TokenHash: "h1h1", Login: "wang", CreatedAt: noon, LastSeenAt: noon, ExpiresAt: noon}
		must(t, a.CreateSession(ctx, row))
		err := a.CreateSession(ctx, row)
		wantFault(t, err, fault.Conflict, "token_hash")
		_, _, missing := a.Session(ctx, "h2h2")
		_, err3 := a.Invitation(ctx, "h3h3")
		for _, err := range []error{err, missing, err3} {
			if err == nil || strings.Contains(err.Error(), "h1h1") || strings.Contains(err.Error(), "h2h2") || strings.Contains(err.Error(), "h3h3") {
				t.Errorf("the fault shows the hash: %v", err)
			}
		}
		const secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
		must(t, a.Update(ctx, func(tx access.Tx) error {
			return tx.InsertTOTP(access.TOTP{Login: "wang", Secret: secret, CreatedAt: noon})
		}))
		if stored := get[[]string](t)(s.Column("SELECT secret FROM totps")); len(stored) != 1 || stored[0] == "" || strings.Contains(stored[0], secret) {
			t.Errorf("stored secret %q", stored)
		}
	})
}

// TestAccountChangesAreAudited: the attempt that locks and the merchant that is
// attached leave an entry with the change.
func TestAccountChangesAreAudited(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		a := s.Access()
		owner := access.Account{User: access.User{Login: "wang", Name: "王", Role: access.Owner, CreatedAt: noon}, PasswordHash: "x", State: access.Active}
		must(t, a.Update(ctx, func(tx access.Tx) error { return tx.InsertAccount(owner) }))
		for range 3 {
			get[bool](t)(a.ChargeAttempt(ctx, "wang", 3, noon, noon.Add(time.Hour)))
		}
		must(t, a.AttachMerchant(ctx, "wang", shop, "reviewer", noon.Add(time.Minute)))
		must(t, a.AttachMerchant(ctx, "wang", shop, "reviewer", noon.Add(time.Minute)))
		var actions []string
		for _, e := range get[[]audit.Entry](t)(s.AuditOf(ctx, access.AuditObject("wang"), "", 10)) {
			actions = append(actions, e.Actor+" "+e.Action+" "+e.After)
		}
		if got := strings.Join(actions, "; "); got != "system account.locked_out 2026-03-10T05:00:00Z; reviewer account.merchant_attached "+shop {
			t.Errorf("audit: %s", got)
		}
	})
}
