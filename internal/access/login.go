package access

import (
	"context"
	"time"

	"juma/internal/fault"
)

// errLogin is the one answer to a wrong login, a wrong password and a locked
// account, so that it tells nobody which accounts exist.
func errLogin() error {
	return fault.New("access.Login", fault.Forbidden,
		"login or password is wrong, or the account is locked; after %d wrong passwords it stays locked for %d minutes",
		MaxFailures, int(LockTime.Minutes()))
}

// errProof is the one answer to a proof that does not hold.
func errProof(op string) error {
	return fault.New(op, fault.Forbidden, "password or code is wrong or was used already, or the account is locked")
}

// Login checks a password and opens a session. The token goes to the browser
// and nowhere else. When the account has a second factor, or must get one, the
// session opens nothing yet: see Session.Needs. Errors: Forbidden when login or
// password is wrong or the account is locked (one text for all), Refused when the
// address has failed too often. ip is the caller's address as the web's proxy
// rules established it; "" skips the address gate.
func (s *Service) Login(ctx context.Context, login, password, ip string) (string, User, error) {
	const op = "access.Login"
	login = normalLogin(login)
	if err := s.gate.admit(ip); err != nil {
		return "", User{}, err
	}
	account, ok, err := s.verify(ctx, login, password)
	if err != nil {
		return "", User{}, fault.Wrap(op, "", err)
	}
	if !ok {
		s.gate.failed(ip)
		return "", User{}, errLogin()
	}
	level, err := s.levelAfterPassword(ctx, account.User)
	if err != nil {
		return "", User{}, fault.Wrap(op, "", err)
	}
	// With a second factor to come the attempt stays charged: a known password must
	// not buy endless guesses at the code.
	if level == Full {
		if err := s.repo.ClearFailures(ctx, login); err != nil {
			return "", User{}, fault.Wrap(op, "", err)
		}
	}
	token, err := s.open(ctx, login, level, ip)
	return token, account.User, err
}

// levelAfterPassword says what a right password is worth for the account.
func (s *Service) levelAfterPassword(ctx context.Context, u User) (Level, error) {
	f, err := s.Factors(ctx, u.Login)
	if err != nil {
		return "", err
	}
	if f.Any() || s.mustHaveFactor(u) {
		return PasswordOnly, nil
	}
	return Full, nil
}

// mustHaveFactor tells whether the rules demand a second factor.
func (s *Service) mustHaveFactor(u User) bool { return s.cfg.RequireMFA && !u.Role.OfMerchant() }

// verify does the same work whether the account exists, is locked or neither.
// The attempt is charged while the hash is being computed: charging writes to
// disk only when there is an account, and computing takes longer, so the write
// cannot be seen from outside.
func (s *Service) verify(ctx context.Context, login, password string) (Account, bool, error) {
	account, err := s.repo.Account(ctx, login)
	known := err == nil
	if err != nil && !fault.Is(err, fault.NotFound) {
		return Account{}, false, err
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
		allowed, err := s.charge(ctx, login)
		charged <- charge{allowed, err}
	}()
	right, matchErr := s.hasher.matches(ctx, stored, password)
	c := <-charged
	if c.err != nil {
		return Account{}, false, c.err
	}
	if matchErr != nil {
		return Account{}, false, matchErr
	}
	return account, known && c.allowed && right && account.State == Active, nil
}

// charge pays for one attempt.
func (s *Service) charge(ctx context.Context, login string) (bool, error) {
	now := s.clk.Now()
	return s.repo.ChargeAttempt(ctx, login, MaxFailures, now, now.Add(LockTime))
}

func (s *Service) open(ctx context.Context, login string, level Level, ip string) (string, error) {
	token, err := s.newToken()
	if err != nil {
		return "", err
	}
	now := s.clk.Now()
	row := SessionRow{TokenHash: hashToken(token), Login: login, Level: level, IP: ip, CreatedAt: now, LastSeenAt: now, ExpiresAt: now.Add(SessionLimit)}
	if level == Full {
		row.StepUpAt = now
	}
	if err := s.repo.CreateSession(ctx, row); err != nil {
		return "", fault.Wrap("access.Login", "", err)
	}
	return token, nil
}

// errEnded is the one answer to every session that does not hold.
func errEnded(op string) error {
	return fault.New(op, fault.Forbidden, "not logged in, or the session has ended; log in again")
}

// Session says who holds the token and keeps the session awake. An unknown,
// idle or expired session, and one of an account that is not active, is a fault
// of kind Forbidden.
func (s *Service) Session(ctx context.Context, token string) (Session, error) {
	const op = "access.Session"
	if token == "" {
		return Session{}, errEnded(op)
	}
	row, account, err := s.alive(ctx, op, token)
	if err != nil {
		return Session{}, err
	}
	out := Session{User: account.User, StepUpAt: row.StepUpAt}
	if row.Level != Full {
		f, err := s.Factors(ctx, account.Login)
		if err != nil {
			return Session{}, fault.Wrap(op, "", err)
		}
		out.Needs = NeedsEnrolment
		if f.Any() {
			out.Needs = NeedsCode
		}
	}
	return out, nil
}

// alive finds a session that still holds and keeps it awake.
func (s *Service) alive(ctx context.Context, op, token string) (SessionRow, Account, error) {
	hash := hashToken(token)
	row, account, err := s.repo.Session(ctx, hash)
	if fault.Is(err, fault.NotFound) {
		return SessionRow{}, Account{}, errEnded(op)
	}
	if err != nil {
		return SessionRow{}, Account{}, fault.Wrap(op, "", err)
	}
	now := s.clk.Now()
	if !now.Before(row.ExpiresAt) || now.Sub(row.LastSeenAt) >= IdleLimit || account.State != Active {
		if err := s.repo.DeleteSession(ctx, hash); err != nil {
			return SessionRow{}, Account{}, fault.Wrap(op, "", err)
		}
		return SessionRow{}, Account{}, errEnded(op)
	}
	// Not every click is a write. A session may so end up to touchInterval early,
	// never late.
	if now.Sub(row.LastSeenAt) >= touchInterval {
		if err := s.repo.TouchSession(ctx, hash, now); err != nil {
			return SessionRow{}, Account{}, fault.Wrap(op, "", err)
		}
	}
	return row, account, nil
}

// raise gives a session a fresh token, the full level and the time of the proof.
// It is an error of kind Forbidden when the session has ended meanwhile.
func (s *Service) raise(tx Tx, op string, row SessionRow, token string, now time.Time) error {
	from := row.TokenHash
	row.TokenHash, row.Level, row.StepUpAt = hashToken(token), Full, now
	moved, err := tx.RotateSession(from, row)
	if err == nil && !moved {
		err = errEnded(op)
	}
	return err
}

// Logout ends the session, if there is one.
func (s *Service) Logout(ctx context.Context, token string) error {
	return fault.Wrap("access.Logout", "", s.repo.DeleteSession(ctx, hashToken(token)))
}

// OpenSession is a session as its owner sees it in a list.
type OpenSession struct {
	IP         string
	CreatedAt  time.Time
	LastSeenAt time.Time
	Current    bool
}

// Sessions lists the live sessions of the account behind the token.
func (s *Service) Sessions(ctx context.Context, token string) ([]OpenSession, error) {
	const op = "access.Sessions"
	own, _, err := s.alive(ctx, op, token)
	if err != nil {
		return nil, err
	}
	rows, err := s.repo.SessionsOf(ctx, own.Login)
	if err != nil {
		return nil, fault.Wrap(op, "", err)
	}
	var open []OpenSession
	now := s.clk.Now()
	for _, r := range rows {
		if now.Before(r.ExpiresAt) && now.Sub(r.LastSeenAt) < IdleLimit {
			open = append(open, OpenSession{IP: r.IP, CreatedAt: r.CreatedAt, LastSeenAt: r.LastSeenAt, Current: r.TokenHash == own.TokenHash})
		}
	}
	return open, nil
}

// EndSessions ends every session of an account, everywhere and at once: the next
// request of any of them finds nothing.
func (s *Service) EndSessions(ctx context.Context, login string) error {
	return fault.Wrap("access.EndSessions", "", s.repo.Update(ctx, func(tx Tx) error {
		if _, err := tx.DeleteSessionsOf(login, ""); err != nil {
			return err
		}
		return s.audit(tx, login, "account.sessions_ended", login, "", "", "")
	}))
}

// Sweep removes sessions and challenges that have ended and says how many
// sessions. Run it now and then; nothing depends on it, ended ones are refused
// anyway.
func (s *Service) Sweep(ctx context.Context) (int, error) {
	now := s.clk.Now()
	n, err := s.repo.DeleteSessions(ctx, now, now.Add(-IdleLimit))
	return n, fault.Wrap("access.Sweep", "", err)
}
