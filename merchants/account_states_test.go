package merchants_test

import (
	"slices"
	"testing"

	"juma/internal/fault"
	"juma/merchants"
)

// TestStatesOfAnAccountChange tries every act in every state: what the table of
// moves does not name is a conflict and changes nothing.
func TestStatesOfAnAccountChange(t *testing.T) {
	acts := map[merchants.AccountState]func(*office, merchants.Merchant, merchants.AccountChange) error{
		merchants.AccountCooling: func(o *office, m merchants.Merchant, c merchants.AccountChange) error {
			_, err := o.up.ApproveAccount(ctx, c.ID, "third", c.Revision, "")
			return err
		},
		merchants.AccountRefused: func(o *office, m merchants.Merchant, c merchants.AccountChange) error {
			_, err := o.up.RefuseAccount(ctx, c.ID, "risk", "why")
			return err
		},
		merchants.AccountWithdrawn: func(o *office, m merchants.Merchant, c merchants.AccountChange) error {
			_, err := o.up.WithdrawAccount(ctx, c.ID, m.No, "owner", "not mine")
			return err
		},
	}
	reach := map[merchants.AccountState]func(*testing.T, *office, merchants.Merchant) merchants.AccountChange{
		merchants.AccountProving: func(t *testing.T, o *office, m merchants.Merchant) merchants.AccountChange {
			o.bank.Silence(true)
			defer o.bank.Silence(false)
			return o.asked(t, m, merchants.Individual, "001")
		},
		merchants.AccountApproving: func(t *testing.T, o *office, m merchants.Merchant) merchants.AccountChange {
			c, err := o.up.ApproveAccount(ctx, o.asked(t, m, merchants.Individual, "001").ID, "reviewer", 3, "")
			if err != nil {
				t.Fatal(err)
			}
			return c
		},
		merchants.AccountCooling: func(t *testing.T, o *office, m merchants.Merchant) merchants.AccountChange {
			return o.approved(t, o.asked(t, m, merchants.Individual, "001"))
		},
		merchants.AccountEffective: func(t *testing.T, o *office, m merchants.Merchant) merchants.AccountChange {
			c := o.approved(t, o.asked(t, m, merchants.Individual, "001"))
			o.wait(merchants.DefaultCooling)
			if _, err := o.up.SweepAccounts(ctx); err != nil {
				t.Fatal(err)
			}
			return o.change(t, c.ID)
		},
		merchants.AccountRefused: func(t *testing.T, o *office, m merchants.Merchant) merchants.AccountChange {
			c, err := o.up.RefuseAccount(ctx, o.asked(t, m, merchants.Individual, "001").ID, "risk", "why")
			if err != nil {
				t.Fatal(err)
			}
			return c
		},
	}
	eachOffice(t, func(t *testing.T, o *office) {
		m := o.merchant(t, merchants.Individual, "001")
		for from, get := range reach {
			for to, act := range acts {
				if o.now(t, m.No).Account.AccountNo == otherCard { // the same account again is no change
					m = o.merchantAgain(t)
				}
				c := get(t, o, m)
				if c.State != from {
					t.Fatalf("reached %s, want %s", c.State, from)
				}
				err := act(o, m, c)
				allowed := slices.Contains(merchants.AccountMoves(to), from)
				now := o.change(t, c.ID)
				if allowed && (err != nil || now.State != to) || !allowed && (!fault.Is(err, fault.Conflict) || now.State != from) {
					t.Errorf("from %s to %s: %v, is %s", from, to, err, now.State)
				}
				if now.State.Open() {
					if _, err := o.up.WithdrawAccount(ctx, c.ID, m.No, "owner", "next case"); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
	})
}
