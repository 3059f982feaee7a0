package access

import (
	"context"
	"crypto/sha256"
	"strings"
	"time"
	"unicode/utf8"

	"juma/internal/fault"
)

// Ceremonies carries out WebAuthn. Options go to the browser as JSON, state stays
// with us between the two halves, and answers come back from the browser as JSON.
// An answer that does not hold is a fault of kind Forbidden.
type Ceremonies interface {
	BeginRegistration(u PasskeyUser) (options, state string, err error)
	FinishRegistration(u PasskeyUser, state, answer string) (id, data string, err error)
	// BeginLogin asks for one of the user's passkeys, or for anybody's when u is nil.
	BeginLogin(u *PasskeyUser) (options, state string, err error)
	// FinishLogin asks find whose the passkey of the answer is, and returns the
	// passkey's id and what is to be kept of it from now on.
	FinishLogin(state, answer string, find func(id string) (PasskeyUser, error)) (id, data string, err error)
}

// PasskeyUser is an account as a ceremony sees it.
type PasskeyUser struct {
	Handle []byte // names the account to authenticators
	Login  string
	Name   string
	Data   []string // Passkey.Data of each passkey that counts
}

// PasskeyAnswer is what a browser brings back from a ceremony.
type PasskeyAnswer struct {
	Challenge string // the ceremony's token, from PasskeyOptions
	Answer    string // JSON
}

// PasskeyOptions is what a browser needs for a ceremony.
type PasskeyOptions struct {
	Challenge string
	Options   string // JSON
}

// The purposes keep an answer from being used for another thing than it was asked
// for.
const (
	purposeRegister = "register"
	purposeLogin    = "login"
	purposeProof    = "proof" // second factor and step-up
)

// challengeLife is how long a ceremony may take: fingers, phones and codes.
const challengeLife = 5 * time.Minute

// maxPasskeys bounds what an account keeps.
const maxPasskeys = 10

// PasskeysOffered tells whether ceremonies are possible at all.
func (s *Service) PasskeysOffered() bool { return s.cfg.Passkeys != nil }

var errNoPasskeys = fault.New("access.Passkeys", fault.NotReady,
	"passkeys need a public address with a host name and https; this server has none")

// passkeyHandle is an account's name for authenticators. They store the login as
// it is beside it, so there is nothing to hide; it only must not change.
func passkeyHandle(login string) []byte {
	h := sha256.Sum256([]byte("juma passkey handle " + login))
	return h[:]
}

func passkeyUser(u User, keys []Passkey) PasskeyUser {
	p := PasskeyUser{Handle: passkeyHandle(u.Login), Login: u.Login, Name: u.Name}
	for _, k := range keys {
		p.Data = append(p.Data, k.Data)
	}
	return p
}

// BeginPasskey asks the browser for a new passkey of the account.
func (s *Service) BeginPasskey(ctx context.Context, u User) (PasskeyOptions, error) {
	const op = "access.BeginPasskey"
	if s.cfg.Passkeys == nil {
		return PasskeyOptions{}, errNoPasskeys
	}
	keys, err := s.repo.PasskeysOf(ctx, u.Login)
	if err != nil {
		return PasskeyOptions{}, fault.Wrap(op, "", err)
	}
	if len(keys) >= maxPasskeys {
		return PasskeyOptions{}, fault.New(op, fault.Refused, "an account may have %d passkeys; remove one first", maxPasskeys)
	}
	options, state, err := s.cfg.Passkeys.BeginRegistration(passkeyUser(u, keys))
	if err != nil {
		return PasskeyOptions{}, fault.Wrap(op, "", err)
	}
	return s.challenge(ctx, u.Login, purposeRegister, options, state)
}

// challenge keeps a ceremony's state until its answer comes.
func (s *Service) challenge(ctx context.Context, login, purpose, options, state string) (PasskeyOptions, error) {
	token, err := s.newToken()
	if err != nil {
		return PasskeyOptions{}, err
	}
	c := Challenge{TokenHash: hashToken(token), Login: login, Purpose: purpose, State: state, ExpiresAt: s.clk.Now().Add(challengeLife)}
	err = s.repo.Update(ctx, func(tx Tx) error { return tx.InsertChallenge(c) })
	if err != nil {
		return PasskeyOptions{}, fault.Wrap("access.challenge", "", err)
	}
	return PasskeyOptions{Challenge: token, Options: options}, nil
}

// takeChallenge uses a challenge up, whatever becomes of the answer. One that is
// unknown, used, over or of another purpose is a fault of kind Forbidden.
func (s *Service) takeChallenge(ctx context.Context, token, purpose string) (c Challenge, err error) {
	taken := false
	err = s.repo.Update(ctx, func(tx Tx) (err error) {
		if c, err = tx.Challenge(hashToken(token)); err != nil {
			return err
		}
		taken, err = tx.DeleteChallenge(c.TokenHash)
		return err
	})
	if fault.Is(err, fault.NotFound) || err == nil && (!taken || c.Purpose != purpose || elapsed(c.ExpiresAt, s.clk.Now())) {
		return Challenge{}, errProof("access.Passkey")
	}
	return c, err
}

// AddPasskey ends the registration of a passkey. The session gets a fresh token
// and opens everything; recovery codes as ConfirmTOTP. Errors: Forbidden when the
// answer does not hold; Conflict when the passkey is registered already.
func (s *Service) AddPasskey(ctx context.Context, token, label string, a PasskeyAnswer) (fresh string, recovery []string, err error) {
	const op = "access.AddPasskey"
	row, account, err := s.alive(ctx, op, token)
	if err != nil {
		return "", nil, err
	}
	if s.cfg.Passkeys == nil {
		return "", nil, errNoPasskeys
	}
	if err := s.mayEnrol(ctx, op, row, account); err != nil {
		return "", nil, err
	}
	if label = strings.TrimSpace(label); label == "" || utf8.RuneCountInString(label) > 40 {
		return "", nil, fault.Field(op, "label", label, "give the passkey a name of at most 40 characters")
	}
	c, err := s.takeChallenge(ctx, a.Challenge, purposeRegister)
	if err != nil {
		return "", nil, err
	}
	if c.Login != account.Login {
		return "", nil, errProof(op)
	}
	id, data, err := s.cfg.Passkeys.FinishRegistration(passkeyUser(account.User, nil), c.State, a.Answer)
	if err != nil {
		return "", nil, fault.Wrap(op, "", err)
	}
	key := Passkey{ID: id, Login: account.Login, Label: label, Data: data, CreatedAt: s.clk.Now()}
	return s.enrolled(ctx, op, row, "account.passkey_added", func(tx Tx) error { return tx.InsertPasskey(key) })
}

// RemovePasskey takes a passkey away. Errors as RemoveTOTP.
func (s *Service) RemovePasskey(ctx context.Context, u User, id string) error {
	const op = "access.RemovePasskey"
	f, err := s.Factors(ctx, u.Login)
	if err != nil {
		return err
	}
	if err := s.keepsFactor(u, f); err != nil {
		return err
	}
	return s.removeFactor(ctx, op, u.Login, "account.passkey_removed", func(tx Tx) (bool, error) { return tx.DeletePasskey(u.Login, id) })
}

// BeginProof asks the browser for one of the account's passkeys, as second factor
// or step-up.
func (s *Service) BeginProof(ctx context.Context, u User) (PasskeyOptions, error) {
	const op = "access.BeginProof"
	if s.cfg.Passkeys == nil {
		return PasskeyOptions{}, errNoPasskeys
	}
	keys, err := s.repo.PasskeysOf(ctx, u.Login)
	if err != nil {
		return PasskeyOptions{}, fault.Wrap(op, "", err)
	}
	if len(keys) == 0 {
		return PasskeyOptions{}, fault.New(op, fault.NotFound, "the account has no passkey")
	}
	user := passkeyUser(u, keys)
	options, state, err := s.cfg.Passkeys.BeginLogin(&user)
	if err != nil {
		return PasskeyOptions{}, fault.Wrap(op, "", err)
	}
	return s.challenge(ctx, u.Login, purposeProof, options, state)
}

// BeginPasskeyLogin asks the browser for a passkey of whoever sits there.
func (s *Service) BeginPasskeyLogin(ctx context.Context) (PasskeyOptions, error) {
	if s.cfg.Passkeys == nil {
		return PasskeyOptions{}, errNoPasskeys
	}
	options, state, err := s.cfg.Passkeys.BeginLogin(nil)
	if err != nil {
		return PasskeyOptions{}, fault.Wrap("access.BeginPasskeyLogin", "", err)
	}
	return s.challenge(ctx, "", purposeLogin, options, state)
}

// PasskeyLogin opens a session by a passkey alone: the authenticator has checked
// the person, so it is two factors in one. Errors are those of Login.
func (s *Service) PasskeyLogin(ctx context.Context, a PasskeyAnswer, ip string) (string, User, error) {
	const op = "access.PasskeyLogin"
	if err := s.gate.admit(ip); err != nil {
		return "", User{}, err
	}
	use, err := s.usePasskey(ctx, purposeLogin, "", a)
	if err == nil && (use.account.State != Active || use.account.LockedUntil.After(s.clk.Now())) {
		err = errProof(op)
	}
	if fault.Is(err, fault.Forbidden) {
		s.gate.failed(ip)
		return "", User{}, errLogin()
	}
	if err != nil {
		return "", User{}, fault.Wrap(op, "", err)
	}
	spent := false
	err = s.repo.Update(ctx, func(tx Tx) (err error) {
		spent, err = use.spend(tx)
		return err
	})
	if err != nil {
		return "", User{}, fault.Wrap(op, "", err)
	}
	if !spent {
		return "", User{}, errLogin()
	}
	token, err := s.open(ctx, use.account.Login, Full, ip)
	return token, use.account.User, err
}

// passkeyUse is a passkey whose answer holds.
type passkeyUse struct {
	account Account
	spend   func(Tx) (bool, error)
}

// usePasskey checks an answer. login, when given, is whose passkey it must be.
// The record is kept only if nobody used the passkey meanwhile, so two answers
// with the same counter cannot both count.
func (s *Service) usePasskey(ctx context.Context, purpose, login string, a PasskeyAnswer) (passkeyUse, error) {
	const op = "access.usePasskey"
	if s.cfg.Passkeys == nil {
		return passkeyUse{}, errNoPasskeys
	}
	c, err := s.takeChallenge(ctx, a.Challenge, purpose)
	if err != nil {
		return passkeyUse{}, err
	}
	var account Account
	var key Passkey
	find := func(id string) (PasskeyUser, error) {
		if key, err = s.repo.Passkey(ctx, id); err != nil {
			return PasskeyUser{}, err
		}
		if account, err = s.repo.Account(ctx, key.Login); err != nil {
			return PasskeyUser{}, err
		}
		keys, err := s.repo.PasskeysOf(ctx, key.Login)
		return passkeyUser(account.User, keys), err
	}
	id, data, err := s.cfg.Passkeys.FinishLogin(c.State, a.Answer, find)
	if err != nil {
		return passkeyUse{}, fault.Wrap(op, "", err)
	}
	if id != key.ID || account.Login != c.Login && c.Login != "" || account.Login != login && login != "" {
		return passkeyUse{}, errProof(op)
	}
	now := s.clk.Now()
	return passkeyUse{account: account, spend: func(tx Tx) (bool, error) { return tx.UsePasskey(id, key.Data, data, now) }}, nil
}
