package acp

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// Names of the parameters that the protocol itself needs.
const (
	fieldVersion    = "version"
	fieldEncoding   = "encoding"
	fieldSignMethod = "signMethod"
	fieldCertID     = "certId"
	fieldSignature  = "signature"
	fieldSignerCert = "signPubKeyCert"
)

// The one variant that is spoken here.
const (
	version510 = "5.1.0"
	methodRSA  = "01"
	encoding   = "UTF-8"
)

// Params is one acp message: names and raw, not URL-encoded, values.
type Params map[string]string

// SignString is the text that is signed: every parameter but the signature
// itself, empty ones dropped, sorted by name, joined raw.
func (p Params) SignString() string {
	var b strings.Builder
	for _, k := range slices.Sorted(maps.Keys(p)) {
		if k == fieldSignature || p[k] == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('&')
		}
		b.WriteString(k)
		b.WriteByte('=')
		b.WriteString(p[k])
	}
	return b.String()
}

// Form is the message as a URL-encoded form body. Empty values are left out,
// because they are not part of what is signed.
func (p Params) Form() string {
	v := make(url.Values, len(p))
	for k, s := range p {
		if s != "" {
			v.Set(k, s)
		}
	}
	return v.Encode()
}

// ParseForm reads a URL-encoded form, as notifications are sent. A parameter
// that comes twice is refused: it could mean one thing to the signature and
// another to the reader.
func ParseForm(body []byte) (Params, error) {
	v, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, fmt.Errorf("form body cannot be decoded: %w", err)
	}
	p := make(Params, len(v))
	for k, s := range v {
		if len(s) != 1 {
			return nil, fmt.Errorf("parameter %q comes %d times, want once", k, len(s))
		}
		p[k] = s[0]
	}
	if len(p) == 0 {
		return nil, fmt.Errorf("form body is empty")
	}
	return p, nil
}

// ParseAnswer reads the text k=v&k=v… that the gateway answers with. It is not
// URL-encoded: + and = stay, only the first = splits, and an & between matching
// braces or brackets belongs to the value.
func ParseAnswer(body []byte) (Params, error) {
	text := strings.TrimRight(string(body), "\r\n")
	if text == "" {
		return nil, fmt.Errorf("answer is empty")
	}
	p := Params{}
	for _, pair := range splitPairs(text) {
		k, v, ok := strings.Cut(pair, "=")
		if !ok || k == "" {
			return nil, fmt.Errorf("answer has a part without a name and =, %d bytes long", len(pair))
		}
		if _, twice := p[k]; twice {
			return nil, fmt.Errorf("answer has parameter %q twice", k)
		}
		p[k] = v
	}
	return p, nil
}

// splitPairs cuts at every & outside of braces and brackets. An opening one that
// is never closed is an ordinary character (a message text may hold one).
func splitPairs(text string) []string {
	var pairs []string
	start := 0
	unclosed := map[byte]bool{}
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case '&':
			pairs = append(pairs, text[start:i])
			start = i + 1
		case '{', '[':
			if unclosed[c] { // searched once and not found: never search again
				continue
			}
			if end := closing(text, i); end > 0 {
				i = end
			} else {
				unclosed[c] = true
			}
		}
	}
	return append(pairs, text[start:])
}

// closing finds the partner of the brace or bracket at text[open]; -1 if it has
// none.
func closing(text string, open int) int {
	opener, closer := text[open], byte('}')
	if opener == '[' {
		closer = ']'
	}
	depth := 0
	for i := open; i < len(text); i++ {
		switch text[i] {
		case opener:
			depth++
		case closer:
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}
