package store

import (
	"context"
	"time"

	"juma/acquiring"
	"juma/internal/fault"
)

// latePolicy is what a merchant wants done with late money.
type latePolicy struct {
	MerchantNo string
	Policy     acquiring.LatePolicy
	SetBy      string
	SetAt      time.Time
}

var latePolicies = table[latePolicy]{"late_policies", func(p *latePolicy) []field {
	return []field{{"merchant_no", &p.MerchantNo}, {"policy", &p.Policy}, {"set_by", &p.SetBy}, {"set_at", at(&p.SetAt)}}
}}

// LatePolicy reads a merchant's policy; "" when none was set.
func (c *conn) LatePolicy(merchantNo string) (acquiring.LatePolicy, error) {
	found, err := latePolicies.list(c, "store.LatePolicy", c.from(latePolicies.name).Where("merchant_no = ?", merchantNo))
	if err != nil || len(found) == 0 {
		return "", err
	}
	return found[0].Policy, nil
}

// LatePolicy reads a merchant's policy, see acquiring.Store.
func (s acquiringStore) LatePolicy(ctx context.Context, merchantNo string) (acquiring.LatePolicy, error) {
	return s.reader(ctx).LatePolicy(merchantNo)
}

// SetLatePolicy stores a merchant's policy in the place of the one before.
func (c acquiringTx) SetLatePolicy(merchantNo string, policy acquiring.LatePolicy, by string, when time.Time) error {
	const op = "store.SetLatePolicy"
	moved, err := c.moved(op, "UPDATE late_policies SET policy = ?, set_by = ?, set_at = ? WHERE merchant_no = ?", policy, by, micros(when), merchantNo)
	if err != nil || moved {
		return err
	}
	err = latePolicies.insert(c.conn, op, latePolicy{merchantNo, policy, by, when})
	if !fault.Is(err, fault.Conflict) {
		return err
	}
	_, err = c.moved(op, "UPDATE late_policies SET policy = ?, set_by = ?, set_at = ? WHERE merchant_no = ?", policy, by, micros(when), merchantNo)
	return err // somebody else has set the first one at the same time
}
