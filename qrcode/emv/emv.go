// Package emv reads and prints EMVCo merchant-presented codes: a sequence of
// two-digit tag, two-digit length and value, from tag 00 to the checksum in tag
// 63. Lengths count characters, not bytes. The source is EMVCo's "QR Code
// Specification for Payment Systems, Merchant-Presented Mode" as far as QR
// payloads §3 tells it.
//
// What is read is printed again byte for byte, unknown tags included; only the
// checksum's letters become capitals.
package emv

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"juma/internal/fault"
)

// MaxBytes is the longest code of the specification.
const MaxBytes = 512

// The tags that Juma itself uses.
const (
	TagFormat     = "00" // always "01"
	TagInitiation = "01" // "11" static, "12" dynamic
	TagUnionPay   = "15" // and "16": UnionPay's merchant account, see Account
	TagTemplate   = "26" // first of the templates for schemes of one's own
	TagMCC        = "52"
	TagCurrency   = "53" // ISO 4217, "156" is CNY
	TagAmount     = "54"
	TagCountry    = "58"
	TagName       = "59"
	TagCity       = "60"
	TagAdditional = "62"
	TagCRC        = "63"
	TagLanguage   = "64"

	// SubGUID is the sub-tag that names a template's scheme.
	SubGUID = "00"
)

// Field is one tag with its value. A template's value is the text of its fields.
type Field struct {
	Tag, Value string
}

// Code is a whole code without tag 63, which is computed. Its fields are in the
// order in which they are printed.
type Code []Field

// New puts fields in the order that a code is printed in: ascending by tag.
func New(fields ...Field) Code {
	c := slices.Clone(fields)
	slices.SortStableFunc(c, func(a, b Field) int { return strings.Compare(a.Tag, b.Tag) })
	return c
}

// Get returns a tag's value.
func (c Code) Get(tag string) (value string, ok bool) {
	i := slices.IndexFunc(c, func(f Field) bool { return f.Tag == tag })
	if i < 0 {
		return "", false
	}
	return c[i].Value, true
}

// Template returns the fields of a template; nil when the tag is not there or is
// no template.
func (c Code) Template(tag string) Code {
	value, ok := c.Get(tag)
	if !ok || !isTemplate(tag) {
		return nil
	}
	fields, err := split(value)
	if err != nil {
		return nil
	}
	return fields
}

// Value joins fields to the value of a template.
func (c Code) Value() string {
	var b strings.Builder
	for _, f := range c {
		fmt.Fprintf(&b, "%s%02d%s", f.Tag, utf8.RuneCountInString(f.Value), f.Value)
	}
	return b.String()
}

// Print checks the code and prints it with its checksum.
func (c Code) Print() (string, error) {
	if err := c.Check(); err != nil {
		return "", err
	}
	s := withCRC(c.Value() + TagCRC + "04")
	if len(s) > MaxBytes {
		return "", fault.New("emv.Print", fault.Invalid, "the code has %d bytes, at most %d are allowed", len(s), MaxBytes)
	}
	return s, nil
}

// Parse reads a code: its structure, its checksum, and that no tag is there
// twice. Unknown tags are kept. Whether the values are what their tags ask for
// is told by Check. Errors are fault kind Invalid and never hold more than the
// tag at fault.
func Parse(s string) (Code, error) {
	const op = "emv.Parse"
	bad := func(format string, args ...any) (Code, error) {
		return nil, fault.New(op, fault.Invalid, format, args...)
	}
	if len(s) > MaxBytes || !utf8.ValidString(s) {
		return bad("a code is UTF-8 of at most %d bytes", MaxBytes)
	}
	c, err := split(s)
	if err != nil {
		return nil, fault.Wrap(op, fault.Invalid, err)
	}
	switch {
	case len(c) == 0 || c[0] != Field{TagFormat, "01"}:
		return bad("a code begins with 000201")
	case c[len(c)-1].Tag != TagCRC:
		return bad("tag %s, the checksum, must be the last", TagCRC)
	}
	body, crc := s[:len(s)-4], c[len(c)-1].Value
	if len(crc) != 4 || withCRC(body)[len(body):] != strings.ToUpper(crc) {
		return bad("the checksum does not fit: the code is damaged or was altered")
	}
	c = c[:len(c)-1]
	if tag, twice := repeated(c); twice {
		return bad("tag %s is there twice", tag)
	}
	for _, f := range c {
		if !isTemplate(f.Tag) {
			continue
		}
		sub, err := split(f.Value)
		if err != nil {
			return bad("template %s: %v", f.Tag, err)
		}
		if tag, twice := repeated(sub); twice {
			return bad("template %s: tag %s is there twice", f.Tag, tag)
		}
	}
	return c, nil
}

// split cuts a text into fields.
func split(s string) (Code, error) {
	var c Code
	for len(s) > 0 {
		if len(s) < 4 || strings.Trim(s[:4], "0123456789") != "" {
			return nil, fmt.Errorf("field %d: want two digits of tag and two of length", len(c)+1)
		}
		tag, n := s[:2], int(s[2]-'0')*10+int(s[3]-'0')
		s = s[4:]
		end := 0
		for range n {
			if end == len(s) {
				return nil, fmt.Errorf("tag %s: the length goes past the end", tag)
			}
			_, size := utf8.DecodeRuneInString(s[end:])
			end += size
		}
		if n == 0 {
			return nil, fmt.Errorf("tag %s: it is empty", tag)
		}
		c = append(c, Field{tag, s[:end]})
		s = s[end:]
	}
	return c, nil
}

func repeated(c Code) (string, bool) {
	var seen [100]bool
	for _, f := range c {
		i := int(f.Tag[0]-'0')*10 + int(f.Tag[1]-'0')
		if seen[i] {
			return f.Tag, true
		}
		seen[i] = true
	}
	return "", false
}

// isTemplate: 26–51, 62, 64 and 80–99 hold fields, the others a plain value.
func isTemplate(tag string) bool {
	return tag >= "26" && tag <= "51" || tag == TagAdditional || tag == TagLanguage || tag >= "80"
}

// withCRC appends the checksum, CRC-16/CCITT-FALSE over all bytes up to and
// including "6304".
func withCRC(body string) string {
	crc := uint16(0xFFFF)
	for i := range len(body) {
		crc ^= uint16(body[i]) << 8
		for range 8 {
			top := crc & 0x8000
			crc <<= 1
			if top != 0 {
				crc ^= 0x1021
			}
		}
	}
	return fmt.Sprintf("%s%04X", body, crc)
}
