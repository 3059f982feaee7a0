package access

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"io"
	"strings"
	"time"

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

// Service logs people in and knows them again. It is safe for concurrent use.
type Service struct {
	repo   Repository
	clk    clock.Clock
	rnd    id.Random
	hasher *hasher
	gate   *addressGate
}

// New returns a service. rnd gives salts and tokens: crypto/rand.Reader outside
// of tests and demos. It fails only when rnd does.
func New(repo Repository, clk clock.Clock, rnd id.Random) (*Service, error) {
	return newService(repo, clk, rnd, standardCost)
}

func newService(repo Repository, clk clock.Clock, rnd id.Random, c cost) (*Service, error) {
	h, err := newHasher(rnd, c)
	if err != nil {
		return nil, err
	}
	return &Service{repo: repo, clk: clk, rnd: rnd, hasher: h, gate: newAddressGate(clk)}, nil
}

// NewUser asks for an account.
type NewUser struct {
	Login      string
	Name       string
	Role       Role
	MerchantNo string // for a merchant's roles, and only for them
	Password   string
}

// CreateUser stores a new account. Errors: Invalid with the field at fault;
// Conflict when the login is taken.
func (s *Service) CreateUser(ctx context.Context, n NewUser) (User, error) {
	n.Login = normalLogin(n.Login)
	if err := n.check(); err != nil {
		return User{}, err
	}
	hash, err := s.hasher.hash(ctx, n.Password)
	if err != nil {
		return User{}, err
	}
	u := User{Login: n.Login, Name: n.Name, Role: n.Role, MerchantNo: n.MerchantNo, CreatedAt: s.clk.Now()}
	if err := s.repo.CreateAccount(ctx, Account{User: u, PasswordHash: hash}); err != nil {
		return User{}, fault.Wrap("access.CreateUser", "", err)
	}
	return u, nil
}

func (n NewUser) check() error {
	const op = "access.CreateUser"
	if len(n.Login) < 3 || len(n.Login) > 64 || strings.Trim(n.Login, "abcdefghijklmnopqrstuvwxyz0123456789._@-") != "" {
		return fault.Field(op, "login", n.Login, "take 3 to 64 of the characters a-z, 0-9, '.', '_', '@' and '-'")
	}
	if n.Name == "" {
		return fault.Field(op, "name", "", "say who this is, it is shown beside what they do")
	}
	if !n.Role.Valid() {
		return fault.Field(op, "role", string(n.Role), "not a role; see access.Roles")
	}
	if n.Role.OfMerchant() && n.MerchantNo == "" {
		return fault.Field(op, "merchant_no", "", "role %s works for one merchant: name it", n.Role)
	}
	if !n.Role.OfMerchant() && n.MerchantNo != "" {
		return fault.Field(op, "merchant_no", n.MerchantNo, "role %s works for the platform: leave this empty", n.Role)
	}
	return CheckPassword(n.Login, n.Password)
}

// errLogin is the one answer to a wrong login, a wrong password and a locked
// account, so that it tells nobody which accounts exist.
func errLogin() error {
	return fault.New("access.Login", fault.Forbidden,
		"login or password is wrong, or the account is locked; after %d wrong passwords it stays locked for %d minutes",
		MaxFailures, int(LockTime.Minutes()))
}

// Login checks a password and opens a session. The token goes to the browser
// and nowhere else. Errors: Forbidden when login or password is wrong or the
// account is locked (one text for all), Refused when the address has failed too
// often. ip is the caller's address as the web's proxy rules established it; ""
// skips the address gate.
func (s *Service) Login(ctx context.Context, login, password, ip string) (string, User, error) {
	login = normalLogin(login)
	if err := s.gate.admit(ip); err != nil {
		return "", User{}, err
	}
	user, ok, err := s.verify(ctx, login, password)
	if err != nil {
		return "", User{}, fault.Wrap("access.Login", "", err)
	}
	if !ok {
		s.gate.failed(ip)
		return "", User{}, errLogin()
	}
	if err := s.repo.ClearFailures(ctx, login); err != nil {
		return "", User{}, fault.Wrap("access.Login", "", err)
	}
	token, err := s.open(ctx, login)
	return token, user, err
}

// verify does the same work whether the account exists, is locked or neither.
// The attempt is charged while the hash is being computed: charging writes to
// disk only when there is an account, and computing takes longer, so the write
// cannot be seen from outside.
func (s *Service) verify(ctx context.Context, login, password string) (User, bool, error) {
	account, err := s.repo.Account(ctx, login)
	known := err == nil
	if err != nil && !fault.Is(err, fault.NotFound) {
		return User{}, false, err
	}
	stored := account.PasswordHash
	if !known {
		stored = s.hasher.decoy
	}
	if len(password) > 4*MaxPasswordLen { // no such password can have been set; do not hash megabytes
		password = ""
	}
	type charge struct {
		allowed bool
		err     error
	}
	charged := make(chan charge, 1)
	go func() {
		now := s.clk.Now()
		allowed, err := s.repo.ChargeAttempt(ctx, login, MaxFailures, now, now.Add(LockTime))
		charged <- charge{allowed, err}
	}()
	right, matchErr := s.hasher.matches(ctx, stored, password)
	c := <-charged
	if c.err != nil {
		return User{}, false, c.err
	}
	if matchErr != nil {
		return User{}, false, matchErr
	}
	return account.User, known && c.allowed && right, nil
}

func (s *Service) open(ctx context.Context, login string) (string, error) {
	raw := make([]byte, tokenBytes)
	if _, err := io.ReadFull(s.rnd, raw); err != nil {
		return "", fault.Wrap("access.Login", fault.Internal, err)
	}
	token := base64.RawURLEncoding.EncodeToString(raw)
	now := s.clk.Now()
	row := SessionRow{TokenHash: hashToken(token), Login: login, CreatedAt: now, LastSeenAt: now, ExpiresAt: now.Add(SessionLimit)}
	if err := s.repo.CreateSession(ctx, row); err != nil {
		return "", fault.Wrap("access.Login", "", err)
	}
	return token, nil
}

// Session says who holds the token and keeps the session awake. An unknown,
// idle or expired session is a fault of kind Forbidden.
func (s *Service) Session(ctx context.Context, token string) (User, error) {
	const op = "access.Session"
	ended := fault.New(op, fault.Forbidden, "not logged in, or the session has ended; log in again")
	if token == "" {
		return User{}, ended
	}
	hash := hashToken(token)
	row, user, err := s.repo.Session(ctx, hash)
	if fault.Is(err, fault.NotFound) {
		return User{}, ended
	}
	if err != nil {
		return User{}, fault.Wrap(op, "", err)
	}
	now := s.clk.Now()
	if !now.Before(row.ExpiresAt) || now.Sub(row.LastSeenAt) >= IdleLimit {
		if err := s.repo.DeleteSession(ctx, hash); err != nil {
			return User{}, fault.Wrap(op, "", err)
		}
		return User{}, ended
	}
	// Not every click is a write. A session may so end up to touchInterval early,
	// never late.
	if now.Sub(row.LastSeenAt) >= touchInterval {
		if err := s.repo.TouchSession(ctx, hash, now); err != nil {
			return User{}, fault.Wrap(op, "", err)
		}
	}
	return user, nil
}

// Logout ends the session, if there is one.
func (s *Service) Logout(ctx context.Context, token string) error {
	return fault.Wrap("access.Logout", "", s.repo.DeleteSession(ctx, hashToken(token)))
}

// Sweep removes sessions that have ended and says how many. Run it now and then;
// nothing depends on it, ended sessions are refused anyway.
func (s *Service) Sweep(ctx context.Context) (int, error) {
	now := s.clk.Now()
	n, err := s.repo.DeleteSessions(ctx, now, now.Add(-IdleLimit))
	return n, fault.Wrap("access.Sweep", "", err)
}

// hashToken: the token has 256 random bits, so a plain hash cannot be guessed
// back; it keeps a stolen database from being a stolen session.
func hashToken(token string) string {
	h := sha256.Sum256([]byte(token))
	return hex.EncodeToString(h[:])
}

func normalLogin(login string) string { return strings.ToLower(strings.TrimSpace(login)) }
