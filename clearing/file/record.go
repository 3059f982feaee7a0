package file

import (
	"fmt"
	"strconv"
	"strings"

	"juma/internal/fault"
	"juma/internal/gbk"
	"juma/internal/money"
)

// Record is the values of one row. Numbers are kept as their digits, signed
// amounts as C or D and digits, text without its padding. The zero value of a
// field is "not used".
type Record struct {
	layout *Layout
	values []string
}

// NewRecord makes a row in which no field is used.
func (l *Layout) NewRecord() Record {
	return Record{layout: l, values: make([]string, len(l.Fields))}
}

// Get returns a field's value. It panics when the layout has no such field.
func (r Record) Get(key string) string { return r.values[r.layout.at(key)] }

// Set gives a field its value; Append checks it. It panics when the layout has
// no such field.
func (r Record) Set(key, value string) { r.values[r.layout.at(key)] = value }

// SetNumber gives a numeric field its value.
func (r Record) SetNumber(key string, n int64) { r.Set(key, strconv.FormatInt(n, 10)) }

// SetSigned gives a signed field a computed amount; zero is C0…0.
func (r Record) SetSigned(key string, amount money.Fen) {
	i := r.layout.at(key)
	r.values[i] = signed(amount, r.layout.Fields[i].Len)
}

// Fen reads a numeric or signed amount: C is positive, D negative. A value that
// is no amount is 0; the reader has already reported it.
func (r Record) Fen(key string) money.Fen {
	n, _ := parseFen(r.Get(key))
	return n
}

// signed prints an amount as C or D and digits in a field of n bytes. An amount
// too large comes out longer than n, which Append refuses.
func signed(amount money.Fen, n int) string {
	sign := "C"
	if amount < 0 {
		sign = "D"
	}
	digits := strings.TrimPrefix(strconv.FormatInt(int64(amount), 10), "-")
	if len(digits) < n-1 {
		digits = zeros[:n-1-len(digits)] + digits
	}
	return sign + digits
}

func parseFen(s string) (money.Fen, error) {
	neg := strings.HasPrefix(s, "D")
	if neg || strings.HasPrefix(s, "C") {
		s = s[1:]
	}
	n, err := strconv.ParseUint(s, 10, 63)
	if err != nil {
		return 0, fmt.Errorf("%q is no amount", s)
	}
	if neg {
		return -money.Fen(n), nil
	}
	return money.Fen(n), nil
}

// Append writes the row and its line end at the end of dst. It returns a fault
// of kind Invalid that names the field and the value when a value does not suit
// its field: not a number, too long (a name is cut at a character instead), or a
// character that GBK does not have.
func (r Record) Append(dst []byte) ([]byte, error) {
	for i, f := range r.layout.Fields {
		if i > 0 {
			dst = append(dst, ' ')
		}
		var err error
		if dst, err = f.append(dst, r.values[i]); err != nil {
			return nil, fault.Field("file."+r.layout.Name, f.Key, r.values[i], "%s (%s, %d bytes): %s", f.Name, f.Type, f.Len, err)
		}
	}
	return append(dst, lineEnd...), nil
}

func (f Field) append(dst []byte, value string) ([]byte, error) {
	switch f.Type {
	case N:
		return f.appendNumber(dst, value)
	case XN:
		if value == "" {
			value = f.blank()
		}
		if err := f.check([]byte(value)); err != nil {
			return nil, err
		}
		return append(dst, value...), nil
	}
	return f.appendText(dst, value)
}

func (f Field) appendNumber(dst []byte, value string) ([]byte, error) {
	if len(value) > f.Len {
		return nil, fmt.Errorf("has %d digits", len(value))
	}
	if at := firstNot([]byte(value), isDigit); at >= 0 {
		return nil, fmt.Errorf("character %d is no digit", at+1)
	}
	dst = append(dst, zeros[:f.Len-len(value)]...)
	return append(dst, value...), nil
}

func (f Field) appendText(dst []byte, value string) ([]byte, error) {
	b, err := gbk.Encode(strings.TrimRight(value, " "))
	if err != nil {
		return nil, err
	}
	if len(b) > f.Len {
		if !f.Cut {
			return nil, fmt.Errorf("has %d bytes", len(b))
		}
		b = trimRight(gbk.Cut(b, f.Len))
	}
	if at := firstNot(b, isAlnum); f.Type == AN && at >= 0 {
		return nil, fmt.Errorf("character %d is no letter or digit", at+1)
	}
	dst = append(dst, b...)
	for range f.Len - len(b) {
		dst = append(dst, ' ')
	}
	return dst, nil
}

// check verifies the bytes of a field against its type, text excepted (gbk.Decode
// checks that).
func (f Field) check(raw []byte) error {
	if len(raw) != f.Len {
		return fmt.Errorf("has %d bytes", len(raw))
	}
	switch f.Type {
	case N:
		if at := firstNot(raw, isDigit); at >= 0 {
			return fmt.Errorf("byte %d is no digit", at+1)
		}
	case XN:
		if raw[0] != 'C' && raw[0] != 'D' && firstNot(raw, func(c byte) bool { return c == '0' }) >= 0 {
			return fmt.Errorf("begins with neither C nor D and is not all zeros")
		}
		if at := firstNot(raw[1:], isDigit); at >= 0 {
			return fmt.Errorf("byte %d is no digit", at+2)
		}
	case AN:
		if at := firstNot(trimRight(raw), isAlnum); at >= 0 {
			return fmt.Errorf("byte %d is no letter or digit", at+1)
		}
	}
	return nil
}

func firstNot(b []byte, ok func(byte) bool) int {
	for i, c := range b {
		if !ok(c) {
			return i
		}
	}
	return -1
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isAlnum(c byte) bool {
	return isDigit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')
}

// isPlain tells whether a byte is printable ASCII, the same in GBK and UTF-8.
func isPlain(c byte) bool { return c >= 0x20 && c < 0x7f }

func isDigits(s string, n int) bool {
	return len(s) == n && firstNot([]byte(s), isDigit) < 0
}
