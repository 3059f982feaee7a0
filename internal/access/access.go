// Package access says who may do what: accounts, roles, passwords, sessions and
// the table of routes. Its rules are pure; storage, time and randomness are
// given to it.
//
// What it promises: a password is only ever stored as an Argon2id hash; a session
// token has 256 bits, is stored as its SHA-256 hash and changes when somebody logs
// in or proves again who they are; a session ends after 15 idle minutes and after
// 12 hours in any case; ten failed attempts lock an account for 30 minutes; a code
// of the authenticator app and a recovery code work once; neither the text nor the
// time of an answer tells whether an account exists; a role on the platform takes
// two administrators; and every change of an account leaves an audit entry in the
// same transaction.
package access

import (
	"slices"
	"time"
)

// Role is what an account may be.
type Role string

// The roles. The first three work for one merchant, the others for the platform.
const (
	Owner              Role = "owner"
	Manager            Role = "manager"
	Clerk              Role = "clerk"
	Operator           Role = "operator"
	OnboardingReviewer Role = "onboarding_reviewer"
	ClearingOperator   Role = "clearing_operator" // makes
	ClearingApprover   Role = "clearing_approver" // checks what another made
	Risk               Role = "risk"
	Auditor            Role = "auditor" // reads everything, changes nothing
	Administrator      Role = "administrator"
)

// Roles lists every role in the order in which they are shown.
var Roles = []Role{
	Owner, Manager, Clerk,
	Operator, OnboardingReviewer, ClearingOperator, ClearingApprover, Risk, Auditor, Administrator,
}

// PlatformRoles are the roles that work for the platform.
var PlatformRoles = Roles[3:]

// OfMerchant tells whether the role belongs to a merchant's own staff.
func (r Role) OfMerchant() bool { return r == Owner || r == Manager || r == Clerk }

// Valid tells whether the role is one of Roles.
func (r Role) Valid() bool { return slices.Contains(Roles, r) }

// User is who somebody is once they have logged in. It holds no secret.
type User struct {
	Login string // lower case, unique
	Name  string // shown on pages
	Role  Role
	// MerchantNo is whom a merchant's role works for, and empty for a platform
	// role. Only an owner may have none yet: somebody who applies gets an account
	// first and a merchant number once the application is approved.
	MerchantNo string
	CreatedAt  time.Time
}

// AccountState says whether an account may log in.
type AccountState string

// The states of an account. Failed logins lock it too, for a time: see
// Account.LockedUntil.
const (
	Active  AccountState = "active"
	Locked  AccountState = "locked"  // by an administrator, until one unlocks it
	Removed AccountState = "removed" // by the merchant's owner, for good; the login stays taken
)

// Account is a stored user with what logging in needs.
type Account struct {
	User
	PasswordHash string    // Argon2id in PHC form
	Failed       int       // attempts since the last whole login or the last lock
	LockedUntil  time.Time // zero: never locked
	State        AccountState
}

// Level says how far the person behind a session has proved who they are.
type Level string

// The levels of a session.
const (
	PasswordOnly Level = "password" // the second factor, or its enrolment, is still to come
	Full         Level = "full"
)

// SessionRow is a stored session. The token itself is nowhere on our side.
type SessionRow struct {
	TokenHash  string // SHA-256 of the token, 64 lower-case hex digits
	Login      string
	Level      Level
	IP         string // where it was opened
	CreatedAt  time.Time
	LastSeenAt time.Time
	ExpiresAt  time.Time // the absolute end; idleness ends it earlier
	StepUpAt   time.Time // when the person last proved again who they are
}

// Need is what a session lacks before its pages open.
type Need string

// What a session may lack.
const (
	NeedsNothing   Need = ""
	NeedsCode      Need = "code"      // the second factor
	NeedsEnrolment Need = "enrolment" // a second factor must be set up first
)

// Session is a live session: who is there, and how sure we are.
type Session struct {
	User
	Needs    Need
	StepUpAt time.Time
}

// StepUpLimit is how long a proof of who one is stays good enough for what moves
// money or identities (ASVS 7.5.3).
const StepUpLimit = 5 * time.Minute

// SteppedUp tells whether the last proof is fresh enough at the given instant.
func (s Session) SteppedUp(now time.Time) bool {
	return s.Needs == NeedsNothing && !s.StepUpAt.IsZero() && now.Sub(s.StepUpAt) < StepUpLimit
}

// TOTP is an account's authenticator app.
type TOTP struct {
	Login       string
	Secret      string // base32; sealed at rest
	CreatedAt   time.Time
	ConfirmedAt time.Time // zero: set up and not proved yet
	LastStep    int64     // the newest 30-second step whose code was used
}

// Passkey is a WebAuthn credential of an account.
type Passkey struct {
	ID        string // the credential's id, base64url
	Login     string
	Label     string // what its owner calls it
	Data      string // the ceremonies' own record of it: public key, counter
	CreatedAt time.Time
	UsedAt    time.Time
}

// Challenge is a WebAuthn ceremony under way. It is used once.
type Challenge struct {
	TokenHash string // SHA-256 of the token that the browser brings back
	Login     string // whose ceremony it is; "" when a passkey will tell
	Purpose   string
	State     string // the ceremonies' own
	ExpiresAt time.Time
}

// InvitationState says what has become of an invitation.
type InvitationState string

// The states of an invitation.
const (
	InvitationWaiting   InvitationState = "waiting" // for a second administrator
	InvitationOpen      InvitationState = "open"
	InvitationAccepted  InvitationState = "accepted"
	InvitationWithdrawn InvitationState = "withdrawn"
)

// Invitation lets somebody set a password and so make the account that it names.
type Invitation struct {
	ID         string // ULID
	TokenHash  string // SHA-256 of the link's token
	Login      string
	Name       string
	Role       Role
	MerchantNo string
	State      InvitationState
	InvitedBy  string
	CreatedAt  time.Time
	ExpiresAt  time.Time
}

// GrantState says what has become of a proposed role.
type GrantState string

// The states of a grant.
const (
	GrantOpen      GrantState = "open"
	GrantConfirmed GrantState = "confirmed"
	GrantRefused   GrantState = "refused"
)

// Grant is a platform role that one administrator proposes and another one
// confirms: for an account that is there, or for an invitation.
type Grant struct {
	ID           string // ULID
	Login        string
	From         Role // "" for an invitation
	To           Role
	InvitationID string // "" for an account that is there
	Reason       string
	State        GrantState
	ProposedBy   string
	ProposedAt   time.Time
	DecidedBy    string
	DecidedAt    time.Time
}
