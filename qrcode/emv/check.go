package emv

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"juma/internal/fault"
)

// form is what a tag's value looks like.
type form int

const (
	text     form = iota // any characters
	ascii                // printable ASCII
	exactly              // digits, as many as max
	amount               // digits with at most one point between them
	template             // fields, the first of them the scheme's name where the tag asks for one
)

// tags is the table of root tags (QR payloads §3.1). Tags that are not in it are
// reserved: they are kept and not looked at.
var tags = []struct {
	from, to string
	form     form
	max      int // characters
	required bool
}{
	{"00", "00", exactly, 2, true},
	{"01", "01", exactly, 2, false},
	{"02", "25", ascii, 99, false},
	{"26", "51", template, 99, false},
	{"52", "52", exactly, 4, true},
	{"53", "53", exactly, 3, true},
	{"54", "54", amount, 13, false},
	{"55", "55", exactly, 2, false},
	{"56", "56", amount, 13, false},
	{"57", "57", amount, 5, false},
	{"58", "58", ascii, 2, true},
	{"59", "59", text, 25, true},
	{"60", "60", text, 15, true},
	{"61", "61", text, 10, false},
	{"62", "62", template, 99, false},
	{"64", "64", template, 99, false},
	{"80", "99", template, 99, false},
}

// Check tells the first value that its tag does not allow, and the first tag
// that is missing. Errors are fault kind Invalid.
func (c Code) Check() error {
	account := false
	for _, f := range c {
		if err := f.check(); err != nil {
			return err
		}
		account = account || f.Tag >= "02" && f.Tag <= "51"
	}
	for _, t := range tags {
		if _, ok := c.Get(t.from); t.required && !ok {
			return fault.Field("emv.Check", "tag "+t.from, "", "is missing")
		}
	}
	if !account {
		return fault.Field("emv.Check", "tag 02 to 51", "", "is missing: one account at least says who is paid")
	}
	if c[0] != (Field{TagFormat, "01"}) {
		return fault.Field("emv.Check", "tag "+c[0].Tag, c[0].Value, "want tag 00 with value 01 first")
	}
	return nil
}

func (f Field) check() error {
	if len(f.Tag) != 2 || strings.Trim(f.Tag, "0123456789") != "" || f.Tag == TagCRC {
		return fault.Field("emv.Check", "tag", f.Tag, "want two digits, and not %s, which is computed", TagCRC)
	}
	n := utf8.RuneCountInString(f.Value)
	if n == 0 || n > 99 || !utf8.ValidString(f.Value) {
		return fault.Field("emv.Check", "tag "+f.Tag, f.Value, "want 1 to 99 characters of UTF-8")
	}
	for _, t := range tags {
		if f.Tag < t.from || f.Tag > t.to {
			continue
		}
		if n > t.max {
			return fault.Field("emv.Check", "tag "+f.Tag, f.Value, "has %d characters, at most %d are allowed", n, t.max)
		}
		if why := t.form.problem(f, t.max); why != "" {
			return fault.Field("emv.Check", "tag "+f.Tag, f.Value, "%s", why)
		}
	}
	return nil
}

func (form form) problem(f Field, size int) string {
	switch form {
	case ascii:
		if strings.IndexFunc(f.Value, func(r rune) bool { return r < ' ' || r > '~' }) >= 0 {
			return "want printable ASCII"
		}
	case exactly:
		if strings.Trim(f.Value, "0123456789") != "" || len(f.Value) != size {
			return fmt.Sprintf("want %d digits", size)
		}
	case amount:
		whole, cents, point := strings.Cut(f.Value, ".")
		if strings.Trim(whole+cents, "0123456789") != "" || whole == "" || point && cents == "" {
			return "want digits with at most one point between them"
		}
	case template:
		return templateProblem(f)
	}
	return ""
}

func templateProblem(f Field) string {
	sub, err := split(f.Value)
	if err != nil {
		return err.Error()
	}
	named := f.Tag != TagAdditional && f.Tag != TagLanguage
	if guid, ok := sub.Get(SubGUID); named && (!ok || len(guid) > 32) {
		return "want the scheme's name of at most 32 characters in sub-tag 00"
	}
	return ""
}

// Account is what tags 15 and 16 hold: UnionPay's merchant account.
type Account struct {
	Acquirer   string // 8 digits, the acquirer's institution code
	Forwarding string // 8 digits, the forwarding institution's
	MerchantNo string // 15 characters
}

// String prints the account as a value of tag 15: 31 characters.
func (a Account) String() string { return a.Acquirer + a.Forwarding + a.MerchantNo }

// ParseAccount reads the value of tag 15 or 16.
func ParseAccount(value string) (Account, error) {
	if len(value) != 31 || strings.Trim(value[:16], "0123456789") != "" || strings.Trim(value[16:], "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return Account{}, fault.Field("emv.ParseAccount", "account", value, "want 8 + 8 digits of institutions and 15 characters of merchant number")
	}
	return Account{value[:8], value[8:16], value[16:]}, nil
}
