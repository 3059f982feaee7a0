package access

import (
	"context"
	"strings"
	"time"

	"juma/internal/fault"
)

// Factors says which second factors an account has.
type Factors struct {
	TOTP          bool
	Passkeys      []Passkey
	RecoveryCodes int // left
}

// Any tells whether there is a second factor. Recovery codes alone are none: they
// stand in for one that is out of reach.
func (f Factors) Any() bool { return f.TOTP || len(f.Passkeys) > 0 }

// Factors reads an account's second factors.
func (s *Service) Factors(ctx context.Context, login string) (Factors, error) {
	const op = "access.Factors"
	var f Factors
	totp, err := s.repo.TOTP(ctx, login)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return f, fault.Wrap(op, "", err)
	}
	f.TOTP = err == nil && !totp.ConfirmedAt.IsZero()
	if f.Passkeys, err = s.repo.PasskeysOf(ctx, login); err != nil {
		return f, fault.Wrap(op, "", err)
	}
	f.RecoveryCodes, err = s.repo.RecoveryCodes(ctx, login)
	return f, fault.Wrap(op, "", err)
}

// Proof is what somebody brings to prove who they are.
type Proof struct {
	Password string
	// Code is one of the authenticator app's, or a recovery code.
	Code string
	// Passkey is a finished ceremony, instead of a code.
	Passkey *PasskeyAnswer
}

// SecondFactor ends a login that needs a code or a passkey: the session gets a
// fresh token and opens everything. Errors: Forbidden when the proof does not
// hold or the session has ended; Refused when the address has failed too often.
func (s *Service) SecondFactor(ctx context.Context, token string, p Proof, ip string) (string, error) {
	const op = "access.SecondFactor"
	row, account, err := s.alive(ctx, op, token)
	if err != nil {
		return "", err
	}
	if err := s.gate.admit(ip); err != nil {
		return "", err
	}
	allowed, err := s.charge(ctx, account.Login)
	if err != nil {
		return "", fault.Wrap(op, "", err)
	}
	if !allowed {
		return "", errProof(op)
	}
	return s.prove(ctx, op, row, account, p, ip)
}

// StepUp proves again who is there: the password, and the second factor if there
// is one. The session gets a fresh token, and its step-up time is now. Errors are
// those of SecondFactor.
func (s *Service) StepUp(ctx context.Context, token string, p Proof, ip string) (string, error) {
	const op = "access.StepUp"
	row, account, err := s.alive(ctx, op, token)
	if err != nil {
		return "", err
	}
	if err := s.gate.admit(ip); err != nil {
		return "", err
	}
	if row.Level != Full {
		return "", errProof(op) // the login itself is not finished
	}
	_, ok, err := s.verify(ctx, account.Login, p.Password)
	if err != nil {
		return "", fault.Wrap(op, "", err)
	}
	if !ok {
		s.gate.failed(ip)
		return "", errProof(op)
	}
	f, err := s.Factors(ctx, account.Login)
	if err != nil {
		return "", err
	}
	if f.Any() {
		return s.prove(ctx, op, row, account, p, ip)
	}
	fresh, err := s.raiseAlone(ctx, op, row)
	return fresh, err
}

// raiseAlone raises a session for which nothing more has to be spent.
func (s *Service) raiseAlone(ctx context.Context, op string, row SessionRow) (string, error) {
	fresh, err := s.newToken()
	if err != nil {
		return "", err
	}
	now := s.clk.Now()
	if err := s.repo.Update(ctx, func(tx Tx) error { return s.raise(tx, op, row, fresh, now) }); err != nil {
		return "", fault.Wrap(op, "", err)
	}
	return fresh, fault.Wrap(op, "", s.repo.ClearFailures(ctx, row.Login))
}

// prove spends the second factor and raises the session in one transaction, so a
// code that was spent has done its work and one that was not can be tried again.
func (s *Service) prove(ctx context.Context, op string, row SessionRow, account Account, p Proof, ip string) (string, error) {
	spend, err := s.spender(ctx, account.Login, p)
	if err != nil {
		return "", fault.Wrap(op, "", err)
	}
	fresh, err := s.newToken()
	if err != nil {
		return "", err
	}
	now := s.clk.Now()
	spent := false
	err = s.repo.Update(ctx, func(tx Tx) (err error) {
		if spent, err = spend(tx); err != nil || !spent {
			return err
		}
		return s.raise(tx, op, row, fresh, now)
	})
	if err != nil {
		return "", fault.Wrap(op, "", err)
	}
	if !spent {
		s.gate.failed(ip)
		return "", errProof(op)
	}
	return fresh, fault.Wrap(op, "", s.repo.ClearFailures(ctx, row.Login))
}

// spender checks a second factor and returns what uses it up. A factor that does
// not hold spends nothing.
func (s *Service) spender(ctx context.Context, login string, p Proof) (func(Tx) (bool, error), error) {
	nothing := func(Tx) (bool, error) { return false, nil }
	if p.Passkey != nil {
		use, err := s.usePasskey(ctx, purposeProof, login, *p.Passkey)
		if fault.Is(err, fault.Forbidden) {
			return nothing, nil
		}
		return use.spend, err
	}
	code := strings.NewReplacer(" ", "", "-", "").Replace(strings.TrimSpace(p.Code))
	if len(code) != totpDigits {
		return func(tx Tx) (bool, error) { return s.useRecoveryCode(tx, login, code) }, nil
	}
	t, err := s.repo.TOTP(ctx, login)
	if fault.Is(err, fault.NotFound) {
		return nothing, nil
	}
	if err != nil {
		return nil, err
	}
	secret, err := base32Plain.DecodeString(t.Secret)
	if err != nil {
		return nil, fault.New("access.spender", fault.Corrupt, "the stored secret of the authenticator app is unreadable; reset the account's second factor")
	}
	step, ok := totpMatch(secret, code, s.clk.Now())
	if !ok || t.ConfirmedAt.IsZero() {
		return nothing, nil
	}
	return func(tx Tx) (bool, error) { return tx.UseTOTP(login, step) }, nil
}

// ChangePassword sets a new password, gives the session behind the token a fresh
// one and ends every other session of the account. Errors: Forbidden when the old
// password is wrong; Invalid with Field "password" when the new one will not do.
func (s *Service) ChangePassword(ctx context.Context, token, old, fresh, ip string) (string, error) {
	const op = "access.ChangePassword"
	row, account, err := s.alive(ctx, op, token)
	if err != nil {
		return "", err
	}
	if err := CheckPassword(account.Login, fresh); err != nil {
		return "", err
	}
	if old == fresh {
		return "", fault.Field(op, "password", "", "take another one than before")
	}
	if err := s.gate.admit(ip); err != nil {
		return "", err
	}
	known, ok, err := s.verify(ctx, account.Login, old)
	if err != nil {
		return "", fault.Wrap(op, "", err)
	}
	if !ok || row.Level != Full {
		s.gate.failed(ip)
		return "", errProof(op)
	}
	return s.setPassword(ctx, op, row, known.PasswordHash, fresh)
}

func (s *Service) setPassword(ctx context.Context, op string, row SessionRow, fromHash, password string) (string, error) {
	hash, err := s.hasher.hash(ctx, password)
	if err != nil {
		return "", err
	}
	token, err := s.newToken()
	if err != nil {
		return "", err
	}
	now := s.clk.Now()
	err = s.repo.Update(ctx, func(tx Tx) error {
		moved, err := tx.SetPassword(row.Login, fromHash, hash)
		if err != nil {
			return err
		}
		if !moved {
			return fault.New(op, fault.Conflict, "the password was changed meanwhile; log in with the new one")
		}
		if err := s.raise(tx, op, row, token, now); err != nil {
			return err
		}
		if _, err := tx.DeleteSessionsOf(row.Login, hashToken(token)); err != nil {
			return err
		}
		return s.audit(tx, row.Login, "account.password_changed", row.Login, "", "", "")
	})
	if err != nil {
		return "", fault.Wrap(op, "", err)
	}
	return token, fault.Wrap(op, "", s.repo.ClearFailures(ctx, row.Login))
}

// keepsFactor refuses to take away the last second factor of an account that must
// have one.
func (s *Service) keepsFactor(u User, f Factors) error {
	left := len(f.Passkeys)
	if f.TOTP {
		left++
	}
	if left <= 1 && s.mustHaveFactor(u) {
		return fault.New("access.Remove", fault.Refused, "an account of the platform must have a second factor: add another one first")
	}
	return nil
}

// elapsed tells whether a time that was set lies behind now.
func elapsed(t, now time.Time) bool { return !t.IsZero() && !now.Before(t) }
