package web

import (
	"context"
	"io"

	"juma/internal/access"
)

// Accounts changes accounts; access.Service, which says what each does and fails
// with.
type Accounts interface {
	// A login's second half, and a fresh proof. Each returns a fresh token.
	SecondFactor(ctx context.Context, token string, p access.Proof, ip string) (string, error)
	StepUp(ctx context.Context, token string, p access.Proof, ip string) (string, error)
	PasskeysOffered() bool
	BeginPasskeyLogin(ctx context.Context) (access.PasskeyOptions, error)
	PasskeyLogin(ctx context.Context, a access.PasskeyAnswer, ip string) (string, access.User, error)
	BeginProof(ctx context.Context, u access.User) (access.PasskeyOptions, error)

	// The own account.
	Factors(ctx context.Context, login string) (access.Factors, error)
	ChangePassword(ctx context.Context, token, old, fresh, ip string) (string, error)
	BeginTOTP(ctx context.Context, login string) (access.Enrolment, error)
	ConfirmTOTP(ctx context.Context, token, code string) (fresh string, recovery []string, err error)
	RemoveTOTP(ctx context.Context, u access.User) error
	BeginPasskey(ctx context.Context, u access.User) (access.PasskeyOptions, error)
	AddPasskey(ctx context.Context, token, label string, a access.PasskeyAnswer) (fresh string, recovery []string, err error)
	RemovePasskey(ctx context.Context, u access.User, id string) error
	NewRecoveryCodes(ctx context.Context, login string) ([]string, error)
	Sessions(ctx context.Context, token string) ([]access.OpenSession, error)
	EndSessions(ctx context.Context, login string) error

	// People who have no account yet.
	Join(ctx context.Context, login, name, password string) error
	Invitation(ctx context.Context, token string) (access.Invitation, error)
	Accept(ctx context.Context, token, password string) (access.User, error)

	// Other people's accounts.
	Staff(ctx context.Context, by access.User) ([]access.Account, error)
	Invitations(ctx context.Context, by access.User) ([]access.Invitation, error)
	Invite(ctx context.Context, by access.User, n access.NewInvitation) (string, access.Invitation, error)
	Withdraw(ctx context.Context, by access.User, id string) error
	RemoveStaff(ctx context.Context, by access.User, login string) error
	Grants(ctx context.Context) ([]access.Grant, error)
	ProposeRole(ctx context.Context, by access.User, login string, to access.Role, reason string) (access.Grant, error)
	DecideGrant(ctx context.Context, by access.User, id string, confirm bool) error
	Lock(ctx context.Context, by access.User, login, reason string) error
	Unlock(ctx context.Context, by access.User, login, reason string) error
	ResetFactors(ctx context.Context, by access.User, login, reason string) error
}

// QR draws a QR code as a PNG picture.
type QR interface {
	PNG(w io.Writer, payload string) error
}
