// Package mask hides the middle of what identifies a person, for pages, lists
// and command output. What is hidden cannot be computed back, and a text that is
// too short to hide anything in is hidden whole. The forms are those that people
// in China read everywhere: 138****5678, 张*三, 6222 **** 1234.
//
// A mask is for showing. Nothing is stored, compared or searched masked.
package mask

import (
	"regexp"
	"strings"
)

// Phone masks a telephone number: 138****5678. Blanks, hyphens and the country
// code +86 do not count; "" stays "".
func Phone(s string) string {
	digits := strip(strings.TrimPrefix(strings.TrimSpace(s), "+86"))
	switch n := len(digits); {
	case n == 0:
		return ""
	case n < 8:
		return "****"
	case n < 11:
		return "****" + digits[n-4:]
	default:
		return digits[:3] + "****" + digits[n-4:]
	}
}

// Card masks a card or account number: 6222 **** 1234. The first four digits
// name the bank, the last four let the owner recognise it; a number of fewer
// than 12 digits keeps only the last four, one of fewer than 8 nothing.
func Card(s string) string {
	digits := strip(s)
	switch n := len(digits); {
	case n == 0:
		return ""
	case n < 8:
		return "****"
	case n < 12:
		return "**** " + digits[n-4:]
	default:
		return digits[:4] + " **** " + digits[n-4:]
	}
}

// IDNumber masks an identity number (GB 11643) or another document's: the first
// three and the last two characters stay. The usual six and four would leave
// only the date of birth to guess, and the check digit tells a right guess.
func IDNumber(s string) string {
	s = strings.TrimSpace(s)
	switch n := len(s); {
	case n == 0:
		return ""
	case n < 9 || !ascii(s):
		return "****"
	default:
		return s[:3] + strings.Repeat("*", n-5) + s[n-2:]
	}
}

// Name masks a person's or a company's name, so that who knows it recognises it
// and a passer-by learns little: 张*三, 杭州****有限公司.
func Name(s string) string {
	r := []rune(strings.TrimSpace(s))
	switch n := len(r); {
	case n == 0:
		return ""
	case n == 1:
		return "*"
	case n == 2:
		return string(r[:1]) + "*"
	case n <= 4:
		return string(r[:1]) + strings.Repeat("*", n-2) + string(r[n-1:])
	case n <= 8:
		return string(r[:2]) + "**" + string(r[n-2:])
	default:
		return string(r[:2]) + "****" + string(r[n-4:])
	}
}

// Account masks whatever names a payer at a wallet, a telephone number, a card
// or an open id: 138****5678, 6222****1234, oUpF****x9kQ. What the wallet has
// masked already stays as it is.
func Account(s string) string {
	r := []rune(s)
	switch n := len(r); {
	case n == 0 || strings.Contains(s, "*"):
		return s
	case n <= 2:
		return "**"
	case n < 8:
		return string(r[:1]) + "****" + string(r[n-1:])
	case n == 11:
		return string(r[:3]) + "****" + string(r[7:])
	default:
		return string(r[:4]) + "****" + string(r[n-4:])
	}
}

// strip leaves the letters and digits of a number that people wrote with blanks
// and hyphens.
func strip(s string) string {
	return strings.Map(func(c rune) rune {
		if c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' {
			return c
		}
		return -1
	}, s)
}

func ascii(s string) bool {
	return strings.IndexFunc(s, func(c rune) bool { return c > 0x7e }) < 0
}

// told are what a sentence of others may tell of a person: a mail address, a number
// of a telephone, card, document or account, an open id. Our own numbers begin with a
// letter and stay.
var told = regexp.MustCompile(`[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+|\b\d{11,19}[Xx]?\b|\bo[A-Za-z0-9_-]{27}\b`)

// Text masks what names a person within a text that others wrote, such as a wallet's
// message.
func Text(s string) string { return told.ReplaceAllStringFunc(s, Account) }
