// Package gbk writes and reads the Chinese encoding of settlement files: GBK
// proper, without the additions that other tables make, so that any receiver's
// reader understands it. Fields are cut by bytes, never through a character.
package gbk

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// Encode gives the GBK bytes of a text. It refuses control characters, and
// characters that GBK does not have.
func Encode(s string) ([]byte, error) {
	if !strings.ContainsFunc(s, func(r rune) bool { return r < 0x20 || r >= 0x7f }) {
		return []byte(s), nil
	}
	out := make([]byte, 0, len(s))
	enc := simplifiedchinese.GBK.NewEncoder()
	for i, r := range s {
		switch {
		case r < 0x20 || r == 0x7f:
			return nil, fmt.Errorf("holds the control character %U", r)
		case r < utf8.RuneSelf:
			out = append(out, byte(r))
			continue
		case r == utf8.RuneError:
			return nil, fmt.Errorf("is not valid text at byte %d", i)
		}
		b, err := enc.Bytes([]byte(string(r)))
		if err != nil || !isCharacter(b) {
			return nil, fmt.Errorf("the character %c (%U) does not exist in GBK, use another spelling", r, r)
		}
		out = append(out, b...)
	}
	return out, nil
}

// Readable gives the GBK bytes of a text that people read and nobody parses: what
// Encode refuses becomes a question mark.
func Readable(s string) []byte {
	if b, err := Encode(s); err == nil {
		return b
	}
	var out []byte
	for _, r := range s {
		b, err := Encode(string(r))
		if err != nil {
			b = []byte("?")
		}
		out = append(out, b...)
	}
	return out
}

// Cut shortens GBK bytes to at most n bytes without cutting a character in
// two.
func Cut(b []byte, n int) []byte {
	at := 0
	for at < len(b) {
		size := 1
		if b[at] >= 0x80 {
			size = 2
		}
		if at+size > n {
			break
		}
		at += size
	}
	return b[:at]
}

// Decode gives the text of GBK bytes. It refuses half characters, bytes that
// stand for nothing, and control characters.
func Decode(b []byte) (string, error) {
	ascii := true
	for at := 0; at < len(b); {
		switch c := b[at]; {
		case c < 0x20 || c == 0x7f:
			return "", fmt.Errorf("byte %d is the control character 0x%02x", at+1, c)
		case c < 0x80:
			at++
		case at+1 == len(b):
			return "", fmt.Errorf("ends in half a GBK character (byte 0x%02x)", c)
		case !isCharacter(b[at : at+2]):
			return "", fmt.Errorf("bytes %d and %d, 0x%02x%02x, are no GBK character", at+1, at+2, c, b[at+1])
		default:
			ascii = false
			at += 2
		}
	}
	if ascii {
		return string(b), nil
	}
	out, err := simplifiedchinese.GBK.NewDecoder().Bytes(b)
	if err != nil {
		return "", fmt.Errorf("is not GBK: %w", err)
	}
	for i, r := range string(out) {
		if r == utf8.RuneError {
			return "", fmt.Errorf("holds bytes that are no GBK character, near character %d", utf8.RuneCount(out[:i])+1)
		}
	}
	return string(out), nil
}

// Lossy is the text of damaged bytes for a message, with a replacement
// character where there is none.
func Lossy(b []byte) string {
	s, err := simplifiedchinese.GBK.NewDecoder().String(string(b))
	if err != nil {
		return string(b)
	}
	return s
}

// isCharacter tells whether two bytes may be a character of GBK proper. The
// library's table is the browsers', which adds a one-byte euro sign and the
// GB18030 additions below; a receiver's GBK reader need not know those.
func isCharacter(b []byte) bool {
	if len(b) != 2 || b[0] < 0x81 || b[0] > 0xfe || b[1] < 0x40 || b[1] > 0xfe || b[1] == 0x7f {
		return false
	}
	switch code := int(b[0])<<8 | int(b[1]); {
	case code == 0xa8bf, code >= 0xa989 && code <= 0xa995, code >= 0xfe50:
		return false
	}
	return true
}

// NewReader decodes a stream of GBK, and of GB18030 which has more characters, to
// UTF-8. Bytes that are neither come out as U+FFFD.
func NewReader(r io.Reader) io.Reader {
	return simplifiedchinese.GB18030.NewDecoder().Reader(r)
}

// Text decodes a text of many lines, as NewReader does; ok is false when it holds
// bytes that are no character.
func Text(b []byte) (text string, ok bool) {
	out, err := io.ReadAll(NewReader(bytes.NewReader(b)))
	return string(out), err == nil && !bytes.ContainsRune(out, utf8.RuneError)
}
