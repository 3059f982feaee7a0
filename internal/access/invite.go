package access

import (
	"context"
	"strings"
	"time"

	"juma/internal/fault"
)

// InvitationLife is how long an invitation's link works.
const InvitationLife = 72 * time.Hour

// NewInvitation asks for an invitation.
type NewInvitation struct {
	Login string
	Name  string
	Role  Role
	// MerchantNo is for InviteByConsole; Invite takes the inviter's.
	MerchantNo string
	// Reason says why somebody gets a role on the platform; a merchant's staff needs
	// none.
	Reason string
}

// Invite makes a link by which somebody sets a password and gets an account. An
// owner invites managers and clerks of the own merchant; an administrator invites
// the platform's people, and then the link works only after another administrator
// has confirmed the role. The token goes into the link and nowhere else. Errors:
// Forbidden when the role may not be given; Invalid with the field at fault;
// Conflict when the login is taken.
func (s *Service) Invite(ctx context.Context, by User, n NewInvitation) (string, Invitation, error) {
	const op = "access.Invite"
	inv := Invitation{
		Login: normalLogin(n.Login), Name: strings.TrimSpace(n.Name), Role: n.Role, MerchantNo: by.MerchantNo,
		State: InvitationOpen, InvitedBy: by.Login, CreatedAt: s.clk.Now(),
	}
	inv.ExpiresAt = inv.CreatedAt.Add(InvitationLife)
	if err := checkIdentity(op, inv.Login, inv.Name, inv.Role, inv.MerchantNo); err != nil {
		return "", Invitation{}, err
	}
	if !mayGive(by, inv.Role) {
		return "", Invitation{}, fault.New(op, fault.Forbidden, "role %s may not invite role %s", by.Role, inv.Role)
	}
	if _, err := s.repo.Account(ctx, inv.Login); err == nil {
		return "", Invitation{}, &fault.Error{Op: op, Kind: fault.Conflict, Field: "login", Value: inv.Login, Msg: "is taken; choose another"}
	} else if !fault.Is(err, fault.NotFound) {
		return "", Invitation{}, fault.Wrap(op, "", err)
	}
	if !inv.Role.OfMerchant() {
		if n.Reason = strings.TrimSpace(n.Reason); n.Reason == "" {
			return "", Invitation{}, fault.Field(op, "reason", "", "say why")
		}
		inv.State = InvitationWaiting
	}
	return s.invite(ctx, op, inv, n.Reason, false)
}

// InviteByConsole makes a link on the word of who runs the program on its
// machine; nobody else has to confirm it. It is how the first administrator comes
// in.
func (s *Service) InviteByConsole(ctx context.Context, n NewInvitation) (string, Invitation, error) {
	const op = "access.InviteByConsole"
	inv := Invitation{Login: normalLogin(n.Login), Name: strings.TrimSpace(n.Name), Role: n.Role, MerchantNo: n.MerchantNo, State: InvitationOpen, InvitedBy: actor(""), CreatedAt: s.clk.Now()}
	inv.ExpiresAt = inv.CreatedAt.Add(InvitationLife)
	if err := checkIdentity(op, inv.Login, inv.Name, inv.Role, inv.MerchantNo); err != nil {
		return "", Invitation{}, err
	}
	if _, err := s.repo.Account(ctx, inv.Login); !fault.Is(err, fault.NotFound) {
		if err == nil {
			err = &fault.Error{Kind: fault.Conflict, Field: "login", Value: inv.Login, Msg: "is taken; choose another"}
		}
		return "", Invitation{}, fault.Wrap(op, "", err)
	}
	return s.invite(ctx, op, inv, n.Reason, true)
}

// invite stores the invitation, and the grant that another administrator must
// confirm.
func (s *Service) invite(ctx context.Context, op string, inv Invitation, reason string, trusted bool) (string, Invitation, error) {
	token, err := s.newToken()
	if err != nil {
		return "", Invitation{}, err
	}
	inv.ID, inv.TokenHash = s.ids.At(inv.CreatedAt), hashToken(token)
	err = s.repo.Update(ctx, func(tx Tx) error {
		if err := tx.InsertInvitation(inv); err != nil {
			return err
		}
		if !inv.Role.OfMerchant() && !trusted {
			g := Grant{
				ID: s.ids.At(inv.CreatedAt), Login: inv.Login, To: inv.Role, InvitationID: inv.ID, Reason: reason,
				State: GrantOpen, ProposedBy: inv.InvitedBy, ProposedAt: inv.CreatedAt,
			}
			if err := tx.InsertGrant(g); err != nil {
				return err
			}
		}
		return s.audit(tx, inv.InvitedBy, "account.invited", inv.Login, "", string(inv.Role), reason)
	})
	if err != nil {
		return "", Invitation{}, fault.Wrap(op, "", err)
	}
	return token, inv, nil
}

// mayGive tells whether somebody may invite people of a role.
func mayGive(by User, role Role) bool {
	switch by.Role {
	case Owner:
		return by.MerchantNo != "" && (role == Manager || role == Clerk)
	case Administrator:
		return !role.OfMerchant()
	}
	return false
}

// Invitation shows what a link invites to. A link that is unknown, used, withdrawn
// or over is a fault of kind NotFound; one that waits for a second administrator
// of kind NotReady.
func (s *Service) Invitation(ctx context.Context, token string) (Invitation, error) {
	const op = "access.Invitation"
	inv, err := s.repo.Invitation(ctx, hashToken(token))
	if err != nil {
		return Invitation{}, fault.Wrap(op, "", err)
	}
	switch {
	case elapsed(inv.ExpiresAt, s.clk.Now()) || inv.State == InvitationAccepted || inv.State == InvitationWithdrawn:
		return Invitation{}, fault.New(op, fault.NotFound, "the invitation was used, withdrawn or is older than %d hours; ask for another", int(InvitationLife.Hours()))
	case inv.State == InvitationWaiting:
		return Invitation{}, fault.New(op, fault.NotReady, "a second administrator must confirm the role first")
	}
	return inv, nil
}

// Accept sets the password that a link asks for and makes the account. Errors as
// Invitation; Invalid with Field "password"; Conflict when the login was taken
// meanwhile.
func (s *Service) Accept(ctx context.Context, token, password string) (User, error) {
	const op = "access.Accept"
	inv, err := s.Invitation(ctx, token)
	if err != nil {
		return User{}, err
	}
	a, err := s.newAccount(ctx, NewUser{Login: inv.Login, Name: inv.Name, Role: inv.Role, MerchantNo: inv.MerchantNo, Password: password})
	if err != nil {
		return User{}, err
	}
	err = s.repo.Update(ctx, func(tx Tx) error {
		moved, err := tx.MoveInvitation(inv.ID, InvitationOpen, InvitationAccepted)
		if err != nil {
			return err
		}
		if !moved {
			return fault.New(op, fault.NotFound, "the invitation was used or withdrawn meanwhile")
		}
		return s.insertAccount(tx, a, inv.Login, "account.created")
	})
	return a.User, fault.Wrap(op, "", err)
}

// Invitations lists the open invitations that somebody may see: an owner those of
// the own merchant, an administrator the platform's.
func (s *Service) Invitations(ctx context.Context, by User) ([]Invitation, error) {
	all, err := s.repo.Invitations(ctx, Filter{MerchantNo: by.MerchantNo, Limit: listLimit})
	if err != nil {
		return nil, fault.Wrap("access.Invitations", "", err)
	}
	now := s.clk.Now()
	open := all[:0]
	for _, inv := range all {
		if !elapsed(inv.ExpiresAt, now) && mayGive(by, inv.Role) {
			open = append(open, inv)
		}
	}
	return open, nil
}

// Withdraw ends an invitation that was not accepted yet. One that is not there for
// the caller, or of another merchant, is a fault of kind NotFound.
func (s *Service) Withdraw(ctx context.Context, by User, id string) error {
	const op = "access.Withdraw"
	inv, err := s.repo.InvitationByID(ctx, id)
	if err != nil {
		return fault.Wrap(op, "", err)
	}
	gone := fault.New(op, fault.NotFound, "there is no such open invitation")
	open := inv.State == InvitationOpen || inv.State == InvitationWaiting
	if !open || inv.MerchantNo != by.MerchantNo || !mayGive(by, inv.Role) {
		return gone
	}
	return fault.Wrap(op, "", s.repo.Update(ctx, func(tx Tx) error {
		moved, err := tx.MoveInvitation(inv.ID, inv.State, InvitationWithdrawn)
		if err != nil {
			return err
		}
		if !moved {
			return gone
		}
		return s.audit(tx, by.Login, "account.invitation_withdrawn", inv.Login, string(inv.Role), "", "")
	}))
}

// Join makes an account for somebody who wants to apply: an owner without merchant.
// Nobody learns from the answer whether the login was taken: that is no error, and
// takes as long; whoever tries to log in sees. Errors: Invalid with the field at
// fault.
func (s *Service) Join(ctx context.Context, login, name, password string) error {
	const op = "access.Join"
	a, err := s.newAccount(ctx, NewUser{Login: login, Name: name, Role: Owner, Password: password})
	if err != nil {
		return err
	}
	err = s.repo.Update(ctx, func(tx Tx) error { return s.insertAccount(tx, a, a.Login, "account.joined") })
	if fault.Is(err, fault.Conflict) {
		// Recording it is worth something by itself, and writes as much as success.
		err = s.repo.Update(ctx, func(tx Tx) error {
			return s.audit(tx, actor(""), "account.join_refused", a.Login, "", "", "the login is taken")
		})
	}
	return fault.Wrap(op, "", err)
}
