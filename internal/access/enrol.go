package access

import (
	"context"
	"io"
	"strings"

	"juma/internal/fault"
)

// Enrolment is what sets up an authenticator app.
type Enrolment struct {
	Secret string // base32, to type in
	URI    string // otpauth://, to be drawn as a QR code
}

// BeginTOTP starts to set up an authenticator app. Asked again before the app was
// proved, it gives the same secret: a page that is loaded twice must not make the
// app that has scanned it wrong. Error: Conflict when there is one already.
func (s *Service) BeginTOTP(ctx context.Context, login string) (Enrolment, error) {
	const op = "access.BeginTOTP"
	t, err := s.repo.TOTP(ctx, login)
	switch {
	case fault.Is(err, fault.NotFound):
		if t, err = s.newTOTP(ctx, login); err != nil {
			return Enrolment{}, fault.Wrap(op, "", err)
		}
	case err != nil:
		return Enrolment{}, fault.Wrap(op, "", err)
	case !t.ConfirmedAt.IsZero():
		return Enrolment{}, fault.New(op, fault.Conflict, "there is an authenticator app already; remove it first")
	}
	return Enrolment{Secret: t.Secret, URI: totpURI(s.cfg.Issuer, login, t.Secret)}, nil
}

func (s *Service) newTOTP(ctx context.Context, login string) (TOTP, error) {
	raw := make([]byte, totpSecretBytes)
	if _, err := io.ReadFull(s.rnd, raw); err != nil {
		return TOTP{}, fault.Wrap("access.BeginTOTP", fault.Internal, err)
	}
	t := TOTP{Login: login, Secret: base32Plain.EncodeToString(raw), CreatedAt: s.clk.Now()}
	return t, s.repo.Update(ctx, func(tx Tx) error { return tx.InsertTOTP(t) })
}

// ConfirmTOTP ends the setting up with a first code. The session gets a fresh
// token and opens everything. When the account has no recovery codes, it gets
// some: they are shown now and never again. Error: Forbidden when the code is
// wrong.
func (s *Service) ConfirmTOTP(ctx context.Context, token, code string) (fresh string, recovery []string, err error) {
	const op = "access.ConfirmTOTP"
	row, account, err := s.alive(ctx, op, token)
	if err != nil {
		return "", nil, err
	}
	if err := s.mayEnrol(ctx, op, row, account); err != nil {
		return "", nil, err
	}
	t, err := s.repo.TOTP(ctx, account.Login)
	if err != nil {
		return "", nil, fault.Wrap(op, "", err)
	}
	secret, err := base32Plain.DecodeString(t.Secret)
	if err != nil {
		return "", nil, fault.New(op, fault.Corrupt, "the stored secret is unreadable; begin again")
	}
	now := s.clk.Now()
	step, ok := totpMatch(secret, strings.ReplaceAll(strings.TrimSpace(code), " ", ""), now)
	if !ok {
		return "", nil, errProof(op)
	}
	return s.enrolled(ctx, op, row, "account.totp_added", func(tx Tx) error {
		moved, err := tx.ConfirmTOTP(account.Login, step, now)
		if err == nil && !moved {
			err = fault.New(op, fault.Conflict, "there is an authenticator app already")
		}
		return err
	})
}

// mayEnrol refuses to add a factor to a session that has not used the ones that
// are there: a stolen password must not bring its own.
func (s *Service) mayEnrol(ctx context.Context, op string, row SessionRow, account Account) error {
	f, err := s.Factors(ctx, account.Login)
	if err == nil && f.Any() && row.Level != Full {
		err = errProof(op)
	}
	return err
}

// enrolled stores a new factor, raises the session and makes recovery codes if
// there are none.
func (s *Service) enrolled(ctx context.Context, op string, row SessionRow, action string, add func(Tx) error) (string, []string, error) {
	fresh, err := s.newToken()
	if err != nil {
		return "", nil, err
	}
	left, err := s.repo.RecoveryCodes(ctx, row.Login)
	if err != nil {
		return "", nil, fault.Wrap(op, "", err)
	}
	var codes []string
	if left == 0 {
		if codes, err = s.drawRecoveryCodes(); err != nil {
			return "", nil, err
		}
	}
	now := s.clk.Now()
	err = s.repo.Update(ctx, func(tx Tx) error {
		if err := add(tx); err != nil {
			return err
		}
		if len(codes) > 0 {
			if err := tx.SetRecoveryCodes(row.Login, hashCodes(row.Login, codes)); err != nil {
				return err
			}
		}
		if err := s.raise(tx, op, row, fresh, now); err != nil {
			return err
		}
		return s.audit(tx, row.Login, action, row.Login, "", "", "")
	})
	if err != nil {
		return "", nil, fault.Wrap(op, "", err)
	}
	return fresh, codes, fault.Wrap(op, "", s.repo.ClearFailures(ctx, row.Login))
}

// RemoveTOTP takes the authenticator app away. Errors: NotFound; Refused when the
// account must have a second factor and this is the last.
func (s *Service) RemoveTOTP(ctx context.Context, u User) error {
	const op = "access.RemoveTOTP"
	f, err := s.Factors(ctx, u.Login)
	if err != nil {
		return err
	}
	if !f.TOTP {
		return fault.New(op, fault.NotFound, "there is no authenticator app")
	}
	if err := s.keepsFactor(u, f); err != nil {
		return err
	}
	return s.removeFactor(ctx, op, u.Login, "account.totp_removed", func(tx Tx) (bool, error) { return tx.DeleteTOTP(u.Login) })
}

func (s *Service) removeFactor(ctx context.Context, op, login, action string, remove func(Tx) (bool, error)) error {
	return fault.Wrap(op, "", s.repo.Update(ctx, func(tx Tx) error {
		moved, err := remove(tx)
		if err != nil {
			return err
		}
		if !moved {
			return fault.New(op, fault.NotFound, "it is gone already")
		}
		return s.audit(tx, login, action, login, "", "", "")
	}))
}

// Recovery codes stand in for a second factor that is out of reach. 80 random bits
// each, so that a plain hash of one cannot be guessed back.
const (
	recoveryCodes     = 10
	recoveryCodeBytes = 10
	recoveryGroup     = 4 // letters between hyphens, for people who copy them
)

func (s *Service) drawRecoveryCodes() ([]string, error) {
	codes := make([]string, recoveryCodes)
	raw := make([]byte, recoveryCodeBytes)
	for i := range codes {
		if _, err := io.ReadFull(s.rnd, raw); err != nil {
			return nil, fault.Wrap("access.recoveryCodes", fault.Internal, err)
		}
		var groups []string
		for text := base32Plain.EncodeToString(raw); text != ""; text = text[recoveryGroup:] {
			groups = append(groups, text[:recoveryGroup])
		}
		codes[i] = strings.Join(groups, "-")
	}
	return codes, nil
}

// hashCodes hashes codes as they are typed: without hyphens, in capital letters.
// The login is in the hash, so that equal codes of two accounts look different.
func hashCodes(login string, codes []string) []string {
	hashes := make([]string, len(codes))
	for i, c := range codes {
		hashes[i] = hashToken(login + " " + strings.ToUpper(strings.ReplaceAll(c, "-", "")))
	}
	return hashes
}

// NewRecoveryCodes replaces the account's recovery codes. They are shown now and
// never again.
func (s *Service) NewRecoveryCodes(ctx context.Context, login string) ([]string, error) {
	const op = "access.NewRecoveryCodes"
	codes, err := s.drawRecoveryCodes()
	if err != nil {
		return nil, err
	}
	err = s.repo.Update(ctx, func(tx Tx) error {
		if err := tx.SetRecoveryCodes(login, hashCodes(login, codes)); err != nil {
			return err
		}
		return s.audit(tx, login, "account.recovery_codes_made", login, "", "", "")
	})
	if err != nil {
		return nil, fault.Wrap(op, "", err)
	}
	return codes, nil
}

// useRecoveryCode spends a recovery code; that it was needed is worth an entry.
func (s *Service) useRecoveryCode(tx Tx, login, code string) (bool, error) {
	moved, err := tx.UseRecoveryCode(login, hashCodes(login, []string{code})[0])
	if err != nil || !moved {
		return false, err
	}
	return true, s.audit(tx, login, "account.recovery_code_used", login, "", "", "")
}
