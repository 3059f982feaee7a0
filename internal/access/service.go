package access

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"io"
	"strings"
	"time"

	"juma/internal/audit"
	"juma/internal/clock"
	"juma/internal/fault"
	"juma/internal/id"
)

// The life of a session and of a lock (PCI DSS 4.0.1, 8.2.8 and 8.3.4).
const (
	IdleLimit     = 15 * time.Minute
	SessionLimit  = 12 * time.Hour
	MaxFailures   = 10
	LockTime      = 30 * time.Minute
	tokenBytes    = 32               // 256 bits
	touchInterval = 30 * time.Second // a session's LastSeenAt is not written more often
)

// Config says how strict a Service is.
type Config struct {
	// RequireMFA leads platform accounts without a second factor to set one up
	// before anything else opens.
	RequireMFA bool
	// Issuer is what authenticator apps show beside the login; "" = "Juma".
	Issuer string
	// Passkeys carries out WebAuthn ceremonies; nil offers no passkeys.
	Passkeys Ceremonies
	// Cost is what hashing a password takes; zero takes StandardCost. Tests take less.
	Cost Cost
}

// Service logs people in, knows them again, and changes their accounts. It is
// safe for concurrent use.
type Service struct {
	repo   Repository
	clk    clock.Clock
	rnd    id.Random
	ids    *id.ULIDs
	hasher *hasher
	gate   *addressGate
	cfg    Config
}

// New returns a service. rnd gives salts and tokens: crypto/rand.Reader outside
// of tests and demos. It fails only when rnd does.
func New(repo Repository, clk clock.Clock, rnd id.Random, cfg Config) (*Service, error) {
	if cfg.Cost == (Cost{}) {
		cfg.Cost = StandardCost
	}
	h, err := newHasher(rnd, cfg.Cost)
	if err != nil {
		return nil, err
	}
	if cfg.Issuer == "" {
		cfg.Issuer = "Juma"
	}
	return &Service{repo: repo, clk: clk, rnd: rnd, ids: id.NewULIDs(rnd), hasher: h, gate: newAddressGate(clk), cfg: cfg}, nil
}

// NewUser asks for an account.
type NewUser struct {
	Login      string
	Name       string
	Role       Role
	MerchantNo string // for a merchant's roles, and only for them; an owner may have none yet
	Password   string
	// By is who asks, for the audit: a login, or "" for the program itself.
	By string
}

// CreateUser stores a new account. Errors: Invalid with the field at fault;
// Conflict when the login is taken. It asks nobody's leave: it is for the command
// line, which belongs to who owns the machine, and for demos.
func (s *Service) CreateUser(ctx context.Context, n NewUser) (User, error) {
	a, err := s.newAccount(ctx, n)
	if err != nil {
		return User{}, err
	}
	err = s.repo.Update(ctx, func(tx Tx) error { return s.insertAccount(tx, a, actor(n.By), "account.created") })
	return a.User, fault.Wrap("access.CreateUser", "", err)
}

// newAccount checks what is asked for and hashes the password.
func (s *Service) newAccount(ctx context.Context, n NewUser) (Account, error) {
	n.Login, n.Name = normalLogin(n.Login), strings.TrimSpace(n.Name)
	if err := checkIdentity("access.CreateUser", n.Login, n.Name, n.Role, n.MerchantNo); err != nil {
		return Account{}, err
	}
	if err := CheckPassword(n.Login, n.Password); err != nil {
		return Account{}, err
	}
	hash, err := s.hasher.hash(ctx, n.Password)
	if err != nil {
		return Account{}, err
	}
	u := User{Login: n.Login, Name: n.Name, Role: n.Role, MerchantNo: n.MerchantNo, CreatedAt: s.clk.Now()}
	return Account{User: u, PasswordHash: hash, State: Active}, nil
}

func (s *Service) insertAccount(tx Tx, a Account, by, action string) error {
	if err := tx.InsertAccount(a); err != nil {
		return err
	}
	after := string(a.Role)
	if a.MerchantNo != "" {
		after += " of " + a.MerchantNo
	}
	return s.audit(tx, by, action, a.Login, "", after, "")
}

// checkIdentity checks everything of an account but its password.
func checkIdentity(op, login, name string, role Role, merchantNo string) error {
	if len(login) < 3 || len(login) > 64 || strings.Trim(login, "abcdefghijklmnopqrstuvwxyz0123456789._@-") != "" {
		return fault.Field(op, "login", login, "take 3 to 64 of the characters a-z, 0-9, '.', '_', '@' and '-'")
	}
	if name == "" || len(name) > 200 {
		return fault.Field(op, "name", "", "say who this is in at most 200 bytes, it is shown beside what they do")
	}
	if !role.Valid() {
		return fault.Field(op, "role", string(role), "not a role; see access.Roles")
	}
	if role.OfMerchant() && role != Owner && merchantNo == "" {
		return fault.Field(op, "merchant_no", "", "role %s works for one merchant: name it", role)
	}
	if !role.OfMerchant() && merchantNo != "" {
		return fault.Field(op, "merchant_no", merchantNo, "role %s works for the platform: leave this empty", role)
	}
	return nil
}

// AttachMerchant gives an owner the number of the merchant that was approved,
// once. Errors: NotFound for the login; Conflict when the account has another
// merchant or is no owner.
func (s *Service) AttachMerchant(ctx context.Context, by, login, merchantNo string) error {
	const op = "access.AttachMerchant"
	if err := id.CheckMerchantNo(merchantNo); err != nil {
		return fault.Wrap(op, fault.Invalid, err)
	}
	return fault.Wrap(op, "", s.repo.AttachMerchant(ctx, normalLogin(login), merchantNo, actor(by), s.clk.Now()))
}

// audit records a change of an account.
func (s *Service) audit(tx Tx, by, action, login, before, after, reason string) error {
	return tx.Audit(audit.Entry{At: s.clk.Now(), Actor: by, Action: action, Object: AuditObject(login), Before: before, After: after, Reason: reason})
}

// AuditObject names an account in the audit.
func AuditObject(login string) string { return "account " + login }

// actor is who acted: the program itself when nobody is named.
func actor(login string) string {
	if login == "" {
		return "system"
	}
	return login
}

// newToken draws 256 bits for what opens something.
func (s *Service) newToken() (string, error) {
	raw := make([]byte, tokenBytes)
	if _, err := io.ReadFull(s.rnd, raw); err != nil {
		return "", fault.Wrap("access.newToken", fault.Internal, err)
	}
	return base64.RawURLEncoding.EncodeToString(raw), nil
}

// hashToken: the token has 256 random bits, so a plain hash cannot be guessed
// back; it keeps a stolen database from being a stolen session.
func hashToken(token string) string {
	h := sha256.Sum256([]byte(token))
	return hex.EncodeToString(h[:])
}

func normalLogin(login string) string { return strings.ToLower(strings.TrimSpace(login)) }
