package store

import (
	"context"
	"time"

	"juma/internal/access"
	"juma/internal/audit"
	"juma/internal/fault"
)

// accessStore is the Store as access sees it.
type accessStore struct{ *Store }

var _ access.Repository = accessStore{}

var accounts = table[access.Account]{"users", func(a *access.Account) []field {
	return []field{
		{"login", &a.Login},
		{"name", sealed(&a.Name, "users.name", &a.Login)},
		{"role", &a.Role},
		{"merchant_no", &a.MerchantNo},
		{"password_hash", &a.PasswordHash},
		{"failed", &a.Failed},
		{"locked_until", at(&a.LockedUntil)},
		{"created_at", at(&a.CreatedAt)},
	}
}}

// stateRow keeps an account out; an account without one is active.
type stateRow struct {
	Login     string
	State     access.AccountState
	ChangedAt time.Time
}

var userStates = table[stateRow]{"user_states", func(r *stateRow) []field {
	return []field{{"login", &r.Login}, {"state", &r.State}, {"changed_at", at(&r.ChangedAt)}}
}}

// Account returns an account by its login.
func (s accessStore) Account(ctx context.Context, login string) (access.Account, error) {
	return s.reader(ctx).account("store.Account", login)
}

func (c *conn) account(op, login string) (access.Account, error) {
	a, err := accounts.one(c, op, "login", login, "login = ?", login)
	if err != nil {
		return a, err
	}
	all := []access.Account{a}
	err = c.addStates(op, all)
	return all[0], err
}

// Accounts lists by login.
func (s accessStore) Accounts(ctx context.Context, f access.Filter) ([]access.Account, error) {
	const op = "store.Accounts"
	c := s.reader(ctx)
	query := c.from("users").Where("merchant_no = ? AND login > ?", f.MerchantNo, f.After)
	if f.Roles != nil {
		query = query.Where("role IN ?", f.Roles)
	}
	all, err := accounts.list(c, op, query.Order("login").Limit(f.Limit))
	if err != nil {
		return nil, err
	}
	return all, c.addStates(op, all)
}

// addStates fills in who is kept out.
func (c *conn) addStates(op string, all []access.Account) error {
	logins := make([]string, len(all))
	for i := range all {
		all[i].State = access.Active
		logins[i] = all[i].Login
	}
	if len(all) == 0 {
		return nil
	}
	rows, err := userStates.list(c, op, c.from("user_states").Where("login IN ?", logins))
	if err != nil {
		return err
	}
	byLogin := map[string]access.AccountState{}
	for _, r := range rows {
		byLogin[r.Login] = r.State
	}
	for i := range all {
		if state, kept := byLogin[all[i].Login]; kept {
			all[i].State = state
		}
	}
	return nil
}

// ChargeAttempt pays for one attempt before its result is known. The columns are
// set in this order because MySQL reads values already assigned.
func (s accessStore) ChargeAttempt(ctx context.Context, login string, limit int, now, lockUntil time.Time) (allowed bool, err error) {
	const op = "store.ChargeAttempt"
	err = s.update(ctx, func(c *conn) (err error) {
		allowed, err = c.moved(op, "UPDATE users SET"+
			" locked_until = CASE WHEN failed + 1 >= ? THEN ? ELSE locked_until END,"+
			" failed = CASE WHEN failed + 1 >= ? THEN 0 ELSE failed + 1 END"+
			" WHERE login = ? AND locked_until <= ?",
			limit, micros(lockUntil), limit, login, micros(now))
		if err != nil || !allowed {
			return err
		}
		a, err := accounts.one(c, op, "login", login, "login = ?", login)
		if err != nil || !a.LockedUntil.After(now) {
			return err
		}
		return c.Audit(audit.Entry{At: now, Actor: "system", Action: "account.locked_out", Object: access.AuditObject(login), After: a.LockedUntil.Format(time.RFC3339)})
	})
	return allowed && err == nil, err
}

// ClearFailures forgets failures and unlocks. An account that is gone is no error.
func (s accessStore) ClearFailures(ctx context.Context, login string) error {
	return s.update(ctx, func(c *conn) error { return accessTx{c}.ClearFailures(login) })
}

// AttachMerchant gives an owner the number of the approved merchant, once.
func (s accessStore) AttachMerchant(ctx context.Context, login, merchantNo, actor string, at time.Time) error {
	return s.update(ctx, func(c *conn) error { return c.attachMerchant(login, merchantNo, actor, at) })
}

// attachMerchant is AttachMerchant inside a transaction, for an approval that does
// more.
func (c *conn) attachMerchant(login, merchantNo, actor string, at time.Time) error {
	const op = "store.AttachMerchant"
	moved, err := c.moved(op, "UPDATE users SET merchant_no = ? WHERE login = ? AND role = ? AND merchant_no = ''", merchantNo, login, access.Owner)
	if err != nil {
		return err
	}
	if moved {
		return c.Audit(audit.Entry{At: at, Actor: actor, Action: "account.merchant_attached", Object: access.AuditObject(login), After: merchantNo})
	}
	a, err := accounts.one(c, op, "login", login, "login = ?", login)
	if err == nil && a.MerchantNo != merchantNo {
		err = &fault.Error{Op: op, Kind: fault.Conflict, Field: "merchant_no", Value: a.MerchantNo, Msg: "the account works for this merchant, or is no owner; attach another account"}
	}
	return err
}

// Update runs f in one transaction.
func (s accessStore) Update(ctx context.Context, f func(access.Tx) error) error {
	return s.update(ctx, func(c *conn) error { return f(accessTx{c}) })
}
