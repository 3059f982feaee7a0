package access

import (
	"context"
	"strings"

	"juma/internal/fault"
)

// listLimit bounds the lists of people: a merchant or the platform has tens.
const listLimit = 500

// Staff lists the accounts that somebody looks after: an owner those of the own
// merchant, everybody else the platform's, by login.
func (s *Service) Staff(ctx context.Context, by User) ([]Account, error) {
	if by.Role.OfMerchant() && by.MerchantNo == "" {
		return nil, nil
	}
	f := Filter{MerchantNo: by.MerchantNo, Limit: listLimit}
	if !by.Role.OfMerchant() {
		f.Roles = PlatformRoles // applicants have no merchant either, and are many
	}
	all, err := s.repo.Accounts(ctx, f)
	if err != nil {
		return nil, fault.Wrap("access.Staff", "", err)
	}
	shown := all[:0]
	for _, a := range all {
		if a.State == Removed {
			continue
		}
		a.PasswordHash = "" // nobody needs it outside
		shown = append(shown, a)
	}
	return shown, nil
}

// member finds an account that somebody may act upon: an owner those of managers
// and clerks of the own merchant, an administrator the platform's and not the own
// one. Everything else does not exist.
func (s *Service) member(ctx context.Context, op string, by User, login string) (Account, error) {
	a, err := s.repo.Account(ctx, normalLogin(login))
	if err != nil {
		return Account{}, fault.Wrap(op, "", err)
	}
	if !mayGive(by, a.Role) || a.MerchantNo != by.MerchantNo || a.State == Removed {
		return Account{}, fault.New(op, fault.NotFound, "there is no such account")
	}
	if a.Login == by.Login {
		return Account{}, fault.New(op, fault.Refused, "nobody does this to the own account; ask another administrator")
	}
	return a, nil
}

// RemoveStaff takes a manager or clerk away: the account never logs in again, and
// its sessions end. Errors: NotFound.
func (s *Service) RemoveStaff(ctx context.Context, by User, login string) error {
	const op = "access.RemoveStaff"
	a, err := s.member(ctx, op, by, login)
	if err != nil {
		return err
	}
	if by.Role != Owner {
		return fault.New(op, fault.Forbidden, "people of the platform are locked, not removed")
	}
	return s.setState(ctx, op, by, a, Removed, "")
}

// Lock keeps an account out until it is unlocked, and ends its sessions. Errors:
// NotFound; Invalid when there is no reason; Conflict when it is locked already.
func (s *Service) Lock(ctx context.Context, by User, login, reason string) error {
	return s.lock(ctx, "access.Lock", by, login, reason, Locked)
}

// Unlock lets an account in again, also one that locked itself by failed logins.
// Errors as Lock.
func (s *Service) Unlock(ctx context.Context, by User, login, reason string) error {
	return s.lock(ctx, "access.Unlock", by, login, reason, Active)
}

func (s *Service) lock(ctx context.Context, op string, by User, login, reason string, to AccountState) error {
	a, err := s.member(ctx, op, by, login)
	if err != nil {
		return err
	}
	if reason, err = checkReason(op, reason); err != nil {
		return err
	}
	if a.State == to && to == Active && a.LockedUntil.After(s.clk.Now()) {
		return s.unlockFailures(ctx, op, by, a, reason)
	}
	return s.setState(ctx, op, by, a, to, reason)
}

// unlockFailures records that somebody ended a lock that failed logins had made.
func (s *Service) unlockFailures(ctx context.Context, op string, by User, a Account, reason string) error {
	return fault.Wrap(op, "", s.repo.Update(ctx, func(tx Tx) error {
		if err := tx.ClearFailures(a.Login); err != nil {
			return err
		}
		return s.audit(tx, by.Login, "account.unlocked", a.Login, "locked by failures", string(Active), reason)
	}))
}

func (s *Service) setState(ctx context.Context, op string, by User, a Account, to AccountState, reason string) error {
	now := s.clk.Now()
	return fault.Wrap(op, "", s.repo.Update(ctx, func(tx Tx) error {
		moved, err := tx.SetState(a.Login, a.State, to, now)
		if err != nil {
			return err
		}
		if !moved || a.State == to {
			return fault.New(op, fault.Conflict, "the account is %s already", to)
		}
		if to == Active {
			err = tx.ClearFailures(a.Login)
		} else {
			_, err = tx.DeleteSessionsOf(a.Login, "")
		}
		if err != nil {
			return err
		}
		return s.audit(tx, by.Login, "account."+stateVerb[to], a.Login, string(a.State), string(to), reason)
	}))
}

var stateVerb = map[AccountState]string{Active: "unlocked", Locked: "locked", Removed: "removed"}

// ResetFactors takes all second factors and recovery codes away from somebody who
// lost them, and ends the account's sessions. Errors as Lock.
func (s *Service) ResetFactors(ctx context.Context, by User, login, reason string) error {
	const op = "access.ResetFactors"
	a, err := s.member(ctx, op, by, login)
	if err != nil {
		return err
	}
	if reason, err = checkReason(op, reason); err != nil {
		return err
	}
	return fault.Wrap(op, "", s.repo.Update(ctx, func(tx Tx) error {
		if _, err := tx.DeleteTOTP(a.Login); err != nil {
			return err
		}
		if _, err := tx.DeletePasskeysOf(a.Login); err != nil {
			return err
		}
		if err := tx.SetRecoveryCodes(a.Login, nil); err != nil {
			return err
		}
		if _, err := tx.DeleteSessionsOf(a.Login, ""); err != nil {
			return err
		}
		return s.audit(tx, by.Login, "account.factors_reset", a.Login, "", "", reason)
	}))
}

func checkReason(op, reason string) (string, error) {
	reason = strings.TrimSpace(reason)
	if reason == "" || len(reason) > 240 {
		return "", fault.Field(op, "reason", reason, "say why in at most 240 bytes")
	}
	return reason, nil
}

// ProposeRole asks for another role on the platform for somebody; it counts once
// another administrator confirms. Errors: NotFound; Invalid; Conflict when the
// account has the role.
func (s *Service) ProposeRole(ctx context.Context, by User, login string, to Role, reason string) (Grant, error) {
	const op = "access.ProposeRole"
	a, err := s.member(ctx, op, by, login)
	if err != nil {
		return Grant{}, err
	}
	if reason, err = checkReason(op, reason); err != nil {
		return Grant{}, err
	}
	if !to.Valid() || to.OfMerchant() || by.Role != Administrator {
		return Grant{}, fault.Field(op, "role", string(to), "not a role of the platform")
	}
	if a.Role == to {
		return Grant{}, fault.New(op, fault.Conflict, "the account has this role already")
	}
	now := s.clk.Now()
	g := Grant{ID: s.ids.At(now), Login: a.Login, From: a.Role, To: to, Reason: reason, State: GrantOpen, ProposedBy: by.Login, ProposedAt: now}
	err = s.repo.Update(ctx, func(tx Tx) error {
		if err := tx.InsertGrant(g); err != nil {
			return err
		}
		return s.audit(tx, by.Login, "account.role_proposed", a.Login, string(a.Role), string(to), reason)
	})
	return g, fault.Wrap(op, "", err)
}

// Grants lists the proposed roles that wait for a second administrator.
func (s *Service) Grants(ctx context.Context) ([]Grant, error) {
	all, err := s.repo.OpenGrants(ctx)
	return all, fault.Wrap("access.Grants", "", err)
}

// DecideGrant confirms or refuses a proposed role. Nobody confirms what they
// proposed or what they would get themselves; who proposed it may refuse it, which
// takes it back. Errors: NotFound; Forbidden; Conflict when it was decided
// meanwhile, saying by whom and when, or the account has another role by now.
func (s *Service) DecideGrant(ctx context.Context, by User, id string, confirm bool) error {
	const op = "access.DecideGrant"
	g, err := s.repo.Grant(ctx, id)
	if err != nil {
		return fault.Wrap(op, "", err)
	}
	if by.Role != Administrator || confirm && (by.Login == g.ProposedBy || by.Login == g.Login) {
		return fault.New(op, fault.Forbidden, "a role is confirmed by another administrator than the one who proposed it or gets it")
	}
	to := GrantRefused
	if confirm {
		to = GrantConfirmed
	}
	now := s.clk.Now()
	moved := false
	err = s.repo.Update(ctx, func(tx Tx) (err error) {
		if moved, err = tx.DecideGrant(g.ID, to, by.Login, now); err != nil || !moved {
			return err
		}
		if err := s.carryOut(tx, op, g, confirm); err != nil {
			return err
		}
		return s.audit(tx, by.Login, "account.role_"+string(to), g.Login, string(g.From), string(g.To), g.Reason)
	})
	if err == nil && !moved {
		err = s.decidedBefore(ctx, op, id)
	}
	return fault.Wrap(op, "", err)
}

// carryOut does what a decision means: the invitation opens or ends, or the
// account changes its role and logs in again.
func (s *Service) carryOut(tx Tx, op string, g Grant, confirm bool) error {
	if g.InvitationID != "" {
		to := InvitationWithdrawn
		if confirm {
			to = InvitationOpen
		}
		moved, err := tx.MoveInvitation(g.InvitationID, InvitationWaiting, to)
		if err == nil && !moved && confirm {
			err = fault.New(op, fault.Conflict, "the invitation was withdrawn")
		}
		return err
	}
	if !confirm {
		return nil
	}
	moved, err := tx.SetRole(g.Login, g.From, g.To)
	if err == nil && !moved {
		err = fault.New(op, fault.Conflict, "the account has another role by now; refuse this and propose again")
	}
	if err == nil {
		_, err = tx.DeleteSessionsOf(g.Login, "")
	}
	return err
}

func (s *Service) decidedBefore(ctx context.Context, op, id string) error {
	g, err := s.repo.Grant(ctx, id)
	if err != nil {
		return err
	}
	return fault.New(op, fault.Conflict, "%s by %s at %s", g.State, g.DecidedBy, g.DecidedAt.Format("2006-01-02 15:04:05Z07:00"))
}
