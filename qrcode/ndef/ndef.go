// Package ndef writes and reads what an NFC plate (碰一碰) holds: an NDEF message
// of one URI record. Sources: NFC Forum's URI Record Type Definition and Type 2
// Tag, as far as QR payloads §7 tells them.
package ndef

import (
	"encoding/binary"
	"strings"
	"unicode/utf8"

	"juma/internal/fault"
)

// prefixes are the abbreviations of the URI record, by their code; code 0 is no
// abbreviation.
var prefixes = []string{"", "http://www.", "https://www.", "http://", "https://"}

// Capacities of the tags' user memory, in bytes.
const (
	NTAG213 = 144
	NTAG215 = 504
	NTAG216 = 888
)

// maxMessage bounds what is read: the largest of the tags.
const maxMessage = NTAG216

// The header of the one record: first and last of its message, short or long
// length, well-known type "U".
const (
	shortRecord = 0xD1
	longRecord  = 0xC1
	typeURI     = 'U'
)

// Message is the NDEF message of a web address. Errors are fault kind Invalid.
func Message(url string) ([]byte, error) {
	if url == "" || !utf8.ValidString(url) || strings.ContainsFunc(url, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		return nil, fault.Field("ndef.Message", "url", url, "want a web address without spaces")
	}
	code := code(url)
	rest := url[len(prefixes[code]):]
	n := 1 + len(rest)
	var m []byte
	if n <= 255 {
		m = []byte{shortRecord, 1, byte(n)}
	} else {
		m = binary.BigEndian.AppendUint32([]byte{longRecord, 1}, uint32(n))
	}
	m = append(m, typeURI, byte(code))
	return append(m, rest...), nil
}

// code is the longest abbreviation that the address begins with.
func code(url string) int {
	best := 0
	for i, p := range prefixes {
		if strings.HasPrefix(url, p) && len(p) > len(prefixes[best]) {
			best = i
		}
	}
	return best
}

// Parse reads a message that Message wrote: one URI record, abbreviated as far
// as it can be. Anything else is fault kind Invalid.
func Parse(m []byte) (url string, err error) {
	bad := fault.New("ndef.Parse", fault.Invalid, "want one NDEF record of type U with a web address")
	var n int
	var body []byte
	switch {
	case len(m) > maxMessage:
		return "", bad
	case len(m) >= 5 && m[0] == shortRecord && m[1] == 1:
		n, body = int(m[2]), m[3:]
	case len(m) >= 8 && m[0] == longRecord && m[1] == 1 && m[2] == 0 && m[3] == 0:
		n, body = int(binary.BigEndian.Uint32(m[2:6])), m[6:]
	default:
		return "", bad
	}
	if len(body) != 1+n || body[0] != typeURI || n < 1 || int(body[1]) >= len(prefixes) {
		return "", bad
	}
	url = prefixes[body[1]] + string(body[2:])
	if again, err := Message(url); err != nil || string(again) != string(m) {
		return "", bad
	}
	return url, nil
}

// TLV wraps a message as it stands in a tag's user memory: 03, length, message,
// FE. A message that the tag has no room for is fault kind Invalid.
func TLV(message []byte, capacity int) ([]byte, error) {
	b := []byte{0x03}
	if n := len(message); n < 255 {
		b = append(b, byte(n))
	} else {
		b = binary.BigEndian.AppendUint16(append(b, 0xFF), uint16(min(n, 0xFFFF)))
	}
	b = append(append(b, message...), 0xFE)
	if len(b) > capacity {
		return nil, fault.New("ndef.TLV", fault.Invalid, "the tag needs %d bytes and holds %d: take a shorter host name, or larger tags", len(b), capacity)
	}
	return b, nil
}
