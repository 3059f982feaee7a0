package check

import (
	"net/mail"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"juma/internal/bizdate"
	"juma/internal/gbk"
	"juma/internal/id"
	"juma/internal/money"
	"juma/merchants"
)

// digits tells whether s is made of min to max digits and nothing else.
func digits(s string, min, max int) bool {
	return len(s) >= min && len(s) <= max && strings.Trim(s, "0123456789") == ""
}

func kindRule(s string) Rule {
	if !slices.Contains(merchants.Kinds, merchants.Kind(s)) {
		return KindUnknown
	}
	return ""
}

func accountKindRule(s string) Rule {
	if k := merchants.AccountKind(s); k != merchants.Corporate && k != merchants.Personal {
		return AccountUnknown
	}
	return ""
}

// usccAlphabet and usccWeights are those of GB 32100: 31 characters, a prime, so
// that the check character catches every single mistake.
const usccAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"

var usccWeights = [17]int{1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28}

// usccRule checks 1 registering department + 1 entity type + 6 region + 9
// organisation code + 1 check character. The organisation code's own check digit
// is not asked for: the whole code's is stronger.
func usccRule(s string) Rule {
	if len(s) != 18 || strings.Trim(s, usccAlphabet) != "" || !digits(s[2:8], 6, 6) {
		return USCCShape
	}
	// 10 is the national office, which registers for no province.
	if _, ok := provinces[s[2:4]]; s[0] == '0' || !ok && s[2:4] != "10" {
		return USCCRegion
	}
	if usccCheck(s[:17]) != s[17] {
		return USCCCheck
	}
	return ""
}

// usccCheck is the check character of the 17 before it.
func usccCheck(s string) byte {
	sum := 0
	for i, w := range usccWeights {
		sum += w * strings.IndexByte(usccAlphabet, s[i])
	}
	return usccAlphabet[(31-sum%31)%31]
}

var idWeights = [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}

// idRule checks 6 region + 8 date of birth + 3 sequence + 1 check digit.
func idRule(s string, today bizdate.Date) Rule {
	if len(s) != 18 || !digits(s[:17], 17, 17) || s[17] != 'X' && !digits(s[17:], 1, 1) {
		return IDShape
	}
	if _, ok := provinces[s[:2]]; !ok && s[:2] != "83" { // 83: residence permit of a person from Taiwan
		return IDRegion
	}
	birth, err := bizdate.ParseCompact(s[6:14])
	if err != nil || birth.Year() < 1800 {
		return IDDate
	}
	if birth > today {
		return IDFuture
	}
	if idCheck(s[:17]) != s[17] {
		return IDCheck
	}
	return ""
}

// idCheck is the check digit of the 17 before it.
func idCheck(s string) byte {
	sum := 0
	for i, w := range idWeights {
		sum += w * int(s[i]-'0')
	}
	return "10X98765432"[sum%11]
}

func cardRule(s string) Rule {
	switch {
	case !digits(s, 13, 19):
		return CardShape
	case luhn(s[:len(s)-1]) != s[len(s)-1]:
		return CardLuhn
	case binOf(s) == nil:
		return CardBIN
	}
	return ""
}

// luhn is the check digit (ISO/IEC 7812) of the digits before it.
func luhn(s string) byte {
	sum := 0
	for i := range len(s) {
		d := int(s[len(s)-1-i] - '0')
		if i%2 == 0 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return '0' + byte((10-sum%10)%10)
}

func corporateRule(s string) Rule {
	if !digits(s, 9, 32) {
		return CorporateShape
	}
	return ""
}

func cnapsRule(s string) Rule {
	switch {
	case !digits(s, 12, 12):
		return CNAPSShape
	case id.CheckCNAPS(s) != nil:
		return CNAPSCheck
	}
	return ""
}

func phoneRule(s string) Rule {
	if !digits(s, 11, 11) || s[0] != '1' || s[1] < '3' {
		return PhoneShape
	}
	return ""
}

// maxEmail is the longest address that mail servers take (RFC 5321).
const maxEmail = 254

func emailRule(s string) Rule {
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s || len(s) > maxEmail || strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII }) {
		return EmailShape
	}
	_, host, _ := strings.Cut(s, "@")
	if !strings.Contains(strings.Trim(host, "."), ".") || strings.HasPrefix(host, "[") {
		return EmailShape
	}
	return ""
}

func mccRule(s string) Rule {
	if !digits(s, 4, 4) {
		return MCCShape
	}
	if _, ok := Category(s); !ok {
		return MCCUnknown
	}
	return ""
}

func regionRule(s string) Rule {
	if !digits(s, 6, 6) {
		return RegionShape
	}
	if _, ok := provinces[s[:2]]; !ok {
		return RegionProvince
	}
	return ""
}

// MaxRate is the highest rate that may be agreed: 10 %.
const MaxRate money.RatePPM = 100_000

// ParseRate reads a rate in parts per million: digits only, 0 to MaxRate.
func ParseRate(s string) (money.RatePPM, Rule) {
	if s == "" {
		return 0, Required
	}
	if !digits(s, 1, 6) {
		return 0, RateRange
	}
	var n money.RatePPM
	for _, c := range s {
		n = n*10 + money.RatePPM(c-'0')
	}
	if n > MaxRate {
		return 0, RateRange
	}
	return n, ""
}

func rateRule(s string) Rule {
	_, r := ParseRate(s)
	return r
}

// textRule checks a text of min to max characters that a settlement file can
// carry. A text may begin with = or +: what exports it writes it as text.
func textRule(min, max int) func(string, bizdate.Date) Rule {
	return func(s string, _ bizdate.Date) Rule {
		n := utf8.RuneCountInString(s)
		switch {
		case strings.ContainsFunc(s, unicode.IsControl):
			return TextControl
		case strings.TrimSpace(s) != s:
			return TextSpaces
		case n < min:
			return TextShort
		case n > max:
			return TextLong
		}
		if _, err := gbk.Encode(s); err != nil {
			return TextGBK
		}
		return ""
	}
}

// Normalise mends how people write a number: full-width digits and letters
// become plain ones, blanks around it go, and inside a number too; letters of
// codes become capitals. The wizard uses it before it checks; an import takes
// values as they stand.
func Normalise(w What, s string) string {
	s = strings.TrimSpace(s)
	switch w {
	case USCC, IDNo, Card, CorporateAccount, CNAPS, Phone, MCC, Region:
	case Email:
		return strings.Map(narrow, s)
	default:
		return s
	}
	return strings.ToUpper(strings.Map(func(r rune) rune {
		if r = narrow(r); r == '-' || unicode.IsSpace(r) {
			return -1
		}
		return r
	}, s))
}

// narrow gives the plain form of a full-width character.
func narrow(r rune) rune {
	if r >= 0xff01 && r <= 0xff5e {
		return r - 0xfee0
	}
	return r
}
