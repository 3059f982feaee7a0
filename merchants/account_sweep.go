package merchants

import (
	"context"
	"errors"
	"fmt"

	"juma/internal/fault"
	"juma/internal/mask"
	"juma/internal/money"
)

const accountPage = 100

// SweepAccounts asks the banks about every new account that is due, and brings
// into force what has waited long enough. Run it again and again; two at the same
// time do nothing twice. It returns how many changes moved.
func (u *Upkeep) SweepAccounts(ctx context.Context) (moved int, err error) {
	var errs []error
	for after := ""; ; {
		due, err := u.Store.DueAccountChanges(ctx, u.Clock.Now(), after, accountPage)
		if err != nil || len(due) == 0 {
			return moved, errors.Join(append(errs, err)...)
		}
		for _, c := range due {
			after = c.ID
			ok, err := u.sweepOne(ctx, c)
			if err != nil && !fault.Is(err, fault.Conflict) { // another was faster
				errs = append(errs, fmt.Errorf("account change %s: %w", c.ID, err)) // one bad row never stops the others
			}
			if ok && err == nil {
				moved++
			}
		}
	}
}

// sweeper is who acts when no person does.
const sweeper = "juma"

func (u *Upkeep) sweepOne(ctx context.Context, c AccountChange) (moved bool, err error) {
	const op = "merchants.SweepAccounts"
	m, err := u.Store.Merchant(ctx, c.MerchantNo)
	switch {
	case err != nil:
		return false, err
	case m.State == Closed:
		_, err := u.end(ctx, op, c, sweeper, "merchant_closed", AccountRefused)
		return true, err
	case c.State == AccountCooling:
		return true, u.effect(ctx, op, c)
	case c.Proof.State == Awaiting: // its time is over
		c.Proof.State, c.Proof.Reason, c.Proof.DecidedAt = Failed, "expired", u.Clock.Now()
		return true, u.proven(ctx, op, c)
	}
	return u.prove(ctx, op, c)
}

// prove claims the question, asks, and stores what came.
func (u *Upkeep) prove(ctx context.Context, op string, c AccountChange) (moved bool, err error) {
	p, err := u.profileWith(ctx, op, c.MerchantNo, c.Account)
	if err != nil {
		return false, err
	}
	c.Proof.ID = c.ID // what a small transfer is known by
	seen := c.Proof.Attempts
	c.Proof.Attempts++
	c.Proof.NextAt = u.Clock.Now().Add(askGap(seen))
	if c.Proof.Method == SmallTransfer && c.Proof.Amount == 0 {
		if c.Proof.Amount, err = randomFen(u.Random); err != nil { // kept before it is sent
			return false, err
		}
	}
	if c, err = u.save(ctx, op, c, AccountProving, func(UpkeepTx) error { return nil }); err != nil {
		return false, err
	}
	answer, err := ask(ctx, u.Identity, p, c.Proof)
	if err != nil || answer.Verdict == Busy {
		return false, nil // no answer is no "no": NextAt stands
	}
	c.Proof = decide(c.Proof, answer, u.Clock.Now())
	return true, u.proven(ctx, op, c)
}

// proven stores an outcome and moves the change on.
func (u *Upkeep) proven(ctx context.Context, op string, c AccountChange) error {
	switch c.Proof.State {
	case Passed:
		c.State = AccountApproving
	case Failed:
		_, err := u.end(ctx, op, c, c.Proof.Provider, c.Proof.Reason, AccountUnproven)
		return err
	}
	_, err := u.save(ctx, op, c, AccountProving, func(tx UpkeepTx) error {
		return tx.Audit(u.record(c.Proof.Provider, "account.verification", c.MerchantNo, string(c.Proof.Method), string(c.Proof.State), c.Proof.Reason))
	})
	return err
}

// effect brings an account into force.
func (u *Upkeep) effect(ctx context.Context, op string, c AccountChange) error {
	contact, err := u.contact(ctx, c.MerchantNo)
	if err != nil {
		return err
	}
	m, err := u.Store.Merchant(ctx, c.MerchantNo)
	if err != nil {
		return err
	}
	// Nothing but this function changes an account, and a merchant has one change
	// under way: what was read is what is replaced.
	c.Before = m.Account
	c.State, c.EndedBy, c.EndedAt = AccountEffective, sweeper, u.Clock.Now()
	_, err = u.save(ctx, op, c, AccountCooling, func(tx UpkeepTx) error {
		if err := tx.SetAccount(c.MerchantNo, c.settlementAccount()); err != nil {
			return err
		}
		if err := tx.InsertMessage(u.message(c.MerchantNo, "account.effective", contact, "account", mask.Card(c.Account.No))); err != nil {
			return err
		}
		return tx.Audit(u.record(sweeper, "account.effective", c.MerchantNo, mask.Card(m.Account.AccountNo), mask.Card(c.Account.No), c.Reason))
	})
	return err
}

// TellAmount takes the amount of the small transfer that the holder says came. A
// wrong one is kind Invalid and says how many tries are left; after the last the
// account counts as not the merchant's. Errors: NotFound, also for another
// merchant's change; Conflict when no transfer waits for its amount.
func (u *Upkeep) TellAmount(ctx context.Context, changeID, callersMerchant, by string, amount money.Fen) (AccountChange, error) {
	const op = "merchants.TellAmount"
	c, err := u.AccountChange(ctx, changeID, callersMerchant)
	if err != nil {
		return c, err
	}
	if c.State != AccountProving || c.Proof.State != Awaiting {
		return c, fault.New(op, fault.Conflict, "no transfer waits for its amount; look at the change again")
	}
	right := c.Proof.told(amount, u.Clock.Now())
	switch {
	case c.Proof.State == Failed:
		c, err = u.end(ctx, op, c, by, c.Proof.Reason, AccountUnproven)
	default:
		if right {
			c.State = AccountApproving
		}
		c, err = u.save(ctx, op, c, AccountProving, func(tx UpkeepTx) error {
			return tx.Audit(u.record(by, "account.amount_told", c.MerchantNo, string(Awaiting), string(c.Proof.State), ""))
		})
	}
	if err == nil && !right {
		err = wrongAmount(op, amount, c.Proof)
	}
	return c, err
}
