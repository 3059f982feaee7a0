package store

import (
	"context"

	"juma/internal/access"
)

var totps = table[access.TOTP]{"totps", func(t *access.TOTP) []field {
	return []field{
		{"login", &t.Login},
		{"secret", sealed(&t.Secret, "totps.secret", &t.Login)},
		{"created_at", at(&t.CreatedAt)},
		{"confirmed_at", at(&t.ConfirmedAt)},
		{"last_step", &t.LastStep},
	}
}}

// codeRow is a recovery code that is left.
type codeRow struct{ Login, Hash string }

var recoveryCodes = table[codeRow]{"recovery_codes", func(r *codeRow) []field {
	return []field{{"login", &r.Login}, {"code_hash", &r.Hash}}
}}

var passkeys = table[access.Passkey]{"passkeys", func(p *access.Passkey) []field {
	return []field{
		{"id", &p.ID},
		{"login", &p.Login},
		{"label", text(&p.Label)},
		{"data", &p.Data},
		{"created_at", at(&p.CreatedAt)},
		{"used_at", at(&p.UsedAt)},
	}
}}

var challenges = table[access.Challenge]{"challenges", func(c *access.Challenge) []field {
	return []field{{"token_hash", &c.TokenHash}, {"login", &c.Login}, {"purpose", &c.Purpose}, {"state", &c.State}, {"expires_at", at(&c.ExpiresAt)}}
}}

var invitations = table[access.Invitation]{"invitations", func(i *access.Invitation) []field {
	return []field{
		{"id", &i.ID},
		{"token_hash", &i.TokenHash},
		{"login", &i.Login},
		{"name", sealed(&i.Name, "invitations.name", &i.ID)},
		{"role", &i.Role},
		{"merchant_no", &i.MerchantNo},
		{"state", &i.State},
		{"invited_by", &i.InvitedBy},
		{"created_at", at(&i.CreatedAt)},
		{"expires_at", at(&i.ExpiresAt)},
	}
}}

var roleGrants = table[access.Grant]{"role_grants", func(g *access.Grant) []field {
	return []field{
		{"id", &g.ID},
		{"login", &g.Login},
		{"role_from", &g.From},
		{"role_to", &g.To},
		{"invitation_id", &g.InvitationID},
		{"reason", text(&g.Reason)},
		{"state", &g.State},
		{"proposed_by", &g.ProposedBy},
		{"proposed_at", at(&g.ProposedAt)},
		{"decided_by", &g.DecidedBy},
		{"decided_at", at(&g.DecidedAt)},
	}
}}

// TOTP returns an account's authenticator app.
func (s accessStore) TOTP(ctx context.Context, login string) (access.TOTP, error) {
	return totps.one(s.reader(ctx), "store.TOTP", "login", login, "login = ?", login)
}

// RecoveryCodes counts the codes that are left.
func (s accessStore) RecoveryCodes(ctx context.Context, login string) (int, error) {
	c := s.reader(ctx)
	left, err := recoveryCodes.list(c, "store.RecoveryCodes", c.from("recovery_codes").Where("login = ?", login))
	return len(left), err
}

// Passkey returns a passkey by its id.
func (s accessStore) Passkey(ctx context.Context, id string) (access.Passkey, error) {
	return passkeys.one(s.reader(ctx), "store.Passkey", "id", id, "id = ?", id)
}

// PasskeysOf lists an account's passkeys, oldest first.
func (s accessStore) PasskeysOf(ctx context.Context, login string) ([]access.Passkey, error) {
	c := s.reader(ctx)
	return passkeys.list(c, "store.PasskeysOf", c.from("passkeys").Where("login = ?", login).Order("created_at, id"))
}

// Invitation finds an invitation by the hash of its link's token, which is in no
// fault.
func (s accessStore) Invitation(ctx context.Context, tokenHash string) (access.Invitation, error) {
	return invitations.one(s.reader(ctx), "store.Invitation", "token_hash", "", "token_hash = ?", tokenHash)
}

// InvitationByID returns an invitation.
func (s accessStore) InvitationByID(ctx context.Context, id string) (access.Invitation, error) {
	return invitations.one(s.reader(ctx), "store.InvitationByID", "id", id, "id = ?", id)
}

// Invitations lists those that wait or are open, by id.
func (s accessStore) Invitations(ctx context.Context, f access.Filter) ([]access.Invitation, error) {
	c := s.reader(ctx)
	query := c.from("invitations").Where("merchant_no = ? AND state IN ? AND id > ?",
		f.MerchantNo, []access.InvitationState{access.InvitationOpen, access.InvitationWaiting}, f.After)
	if f.Roles != nil {
		query = query.Where("role IN ?", f.Roles)
	}
	return invitations.list(c, "store.Invitations", query.Order("id").Limit(f.Limit))
}

// Grant returns a proposed role.
func (s accessStore) Grant(ctx context.Context, id string) (access.Grant, error) {
	return roleGrants.one(s.reader(ctx), "store.Grant", "id", id, "id = ?", id)
}

// OpenGrants lists what waits for a decision, oldest first.
func (s accessStore) OpenGrants(ctx context.Context) ([]access.Grant, error) {
	c := s.reader(ctx)
	return roleGrants.list(c, "store.OpenGrants", c.from("role_grants").Where("state = ?", access.GrantOpen).Order("id"))
}
