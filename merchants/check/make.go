package check

import "juma/internal/id"

// MakeUSCC completes 17 characters with their check character, MakeIDNo and
// MakeCard digits with their check digit. They are for synthetic data: a demo, a
// test. What is given must have the right characters.
func MakeUSCC(first17 string) string { return first17 + string(usccCheck(first17)) }

// MakeIDNo completes the first 17 digits of an identity number.
func MakeIDNo(first17 string) string { return first17 + string(idCheck(first17)) }

// MakeCard completes a card number.
func MakeCard(digits string) string { return digits + string(luhn(digits)) }

// MakeCNAPS completes the first 11 digits of a payment-system bank number.
func MakeCNAPS(first11 string) string {
	for c := byte('0'); c <= '9'; c++ {
		if s := first11 + string(c); id.CheckCNAPS(s) == nil {
			return s
		}
	}
	return ""
}
