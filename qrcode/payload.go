package qrcode

import (
	"strings"

	"juma/internal/fault"
	"juma/internal/id"
	"juma/qrcode/emv"
	"juma/qrcode/ndef"
)

// UnionPayHost is the host of UnionPay's URL codes (QR payloads §2.1).
const UnionPayHost = "qr.95516.com"

// MaxPayload keeps a URL code at version 8 or below at level M, so that it scans
// from a counter plate. An EMVCo code of ours has 135 bytes at most, which is
// version 8 too.
const MaxPayload = 128

// GUID names our template in EMVCo codes.
const GUID = "com.juma"

// hostCharacters are those of a host name in its plain form: small letters, so
// that one plate has one payload. opaqueCharacters are what the part of a
// UnionPay URL that belongs to its institution is made of.
const (
	hostCharacters   = "abcdefghijklmnopqrstuvwxyz0123456789.-"
	opaqueCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_./?=&%"
)

// tapMark is what a tap plate's address has behind that of the code: the page is
// the same, and the payment knows that the plate was tapped.
const tapMark = "?" + TapQuery

// TapQuery marks the address behind a plate as one that came over NFC.
const TapQuery = "t=n"

// Payload is what a plate says, in any of the grammars.
type Payload struct {
	Grammar     Grammar
	Host        string // Own: a name, without scheme
	Institution string // UnionPay: 4 digits of institution and 4 of region
	// Key is a plate key of ours, or for UnionPay whatever its institution put
	// there: text that is kept letter by letter.
	Key    string
	Issuer Issuer // EMV
	Tap    bool   // Own and UnionPay: the address is a tap plate's
}

// Print checks the payload and prints it. Errors are fault kind Invalid and name
// the field.
func (p Payload) Print() (string, error) {
	const op = "qrcode.Payload"
	if p.Tap && p.Grammar == EMV {
		return "", fault.Field(op, "payload", string(p.Grammar), "a tap plate holds a web address")
	}
	if p.Grammar == EMV {
		return p.printEMV()
	}
	url, err := p.url()
	if err != nil {
		return "", err
	}
	if p.Tap {
		url += tapMark
	}
	if len(url) > MaxPayload {
		return "", fault.Field(op, "payload", url, "has %d characters, at most %d scan well", len(url), MaxPayload)
	}
	return url, nil
}

func (p Payload) url() (string, error) {
	const op = "qrcode.Payload"
	switch p.Grammar {
	case Own:
		if err := checkHost(p.Host); err != nil {
			return "", err
		}
		if err := id.CheckPlateKey(p.Key); err != nil {
			return "", fault.Wrap(op, fault.Invalid, err)
		}
		return "https://" + p.Host + "/q/" + p.Key, nil
	case UnionPay:
		if err := checkInstitution(p.Institution); err != nil {
			return "", err
		}
		if p.Key == "" || strings.Trim(p.Key, opaqueCharacters) != "" || strings.HasSuffix(p.Key, tapMark) {
			return "", fault.Field(op, "key", p.Key, "want letters, digits and - _ . / ? = & %%")
		}
		return "https://" + UnionPayHost + "/" + p.Institution + "/" + p.Key, nil
	}
	return "", fault.Field(op, "payload", string(p.Grammar), "want own, unionpay or emvco")
}

func checkHost(host string) error {
	if strings.Trim(host, hostCharacters) != "" || host == "" || host == UnionPayHost {
		return fault.Field("qrcode", "host", host, "want a host name of your own, such as q.example.com")
	}
	return nil
}

func checkInstitution(s string) error {
	if len(s) != 8 || strings.Trim(s, "0123456789") != "" {
		return fault.Field("qrcode", "institution", s, "want 8 digits: 4 institution + 4 region")
	}
	return nil
}

// printEMV prints a blank EMVCo plate: our template with the key, no amount, and
// the issuer where a bound merchant's name will be shown by the page.
func (p Payload) printEMV() (string, error) {
	const op = "qrcode.Payload"
	if err := id.CheckPlateKey(p.Key); err != nil {
		return "", fault.Wrap(op, fault.Invalid, err)
	}
	if err := p.Issuer.check(); err != nil {
		return "", err
	}
	s, err := emv.New(
		emv.Field{Tag: emv.TagFormat, Value: "01"},
		emv.Field{Tag: emv.TagTemplate, Value: emv.New(emv.Field{Tag: emv.SubGUID, Value: GUID}, emv.Field{Tag: "01", Value: p.Key}).Value()},
		emv.Field{Tag: emv.TagMCC, Value: "0000"},
		emv.Field{Tag: emv.TagCurrency, Value: "156"},
		emv.Field{Tag: emv.TagCountry, Value: "CN"},
		emv.Field{Tag: emv.TagName, Value: p.Issuer.Name},
		emv.Field{Tag: emv.TagCity, Value: p.Issuer.City},
	).Print()
	return s, fault.Wrap(op, "", err)
}

func (i Issuer) check() error {
	for _, f := range []struct {
		name, value string
		max         int
	}{{"issuer_name", i.Name, 25}, {"issuer_city", i.City, 15}} {
		if f.value == "" || len(f.value) > f.max || strings.ContainsFunc(f.value, func(r rune) bool { return r < ' ' || r > '~' }) {
			return fault.Field("qrcode", f.name, f.value, "want 1 to %d printable ASCII characters", f.max)
		}
	}
	return nil
}

// ParsePayload reads a payload of any grammar. It accepts exactly what Print
// prints, so a payload has one form. A key of ours has its check character
// verified; whether it was issued is for the service to tell. Errors are fault
// kind Invalid.
func ParsePayload(s string) (Payload, error) {
	const op = "qrcode.ParsePayload"
	p, ok := Payload{}, false
	if len(s) <= emv.MaxBytes {
		if strings.HasPrefix(s, "0002") {
			p, ok = splitEMV(s)
		} else {
			p, ok = splitURL(s)
		}
	}
	if !ok {
		return Payload{}, fault.Field(op, "payload", shorten(s), "want https://HOST/q/KEY, https://%s/IIIIRRRR/KEY or an EMVCo code with a template %s", UnionPayHost, GUID)
	}
	printed, err := p.Print()
	if err != nil {
		return Payload{}, fault.Wrap(op, fault.Invalid, err)
	}
	if printed != s {
		return Payload{}, fault.Field(op, "payload", shorten(s), "is not in the plain form %s", printed)
	}
	return p, nil
}

func splitURL(s string) (Payload, bool) {
	rest, ok := strings.CutPrefix(s, "https://")
	if !ok {
		return Payload{}, false
	}
	rest, tap := strings.CutSuffix(rest, tapMark)
	parts := strings.SplitN(rest, "/", 3)
	switch {
	case len(parts) != 3:
		return Payload{}, false
	case parts[0] == UnionPayHost:
		return Payload{Grammar: UnionPay, Institution: parts[1], Key: parts[2], Tap: tap}, true
	case parts[1] == "q":
		return Payload{Grammar: Own, Host: parts[0], Key: parts[2], Tap: tap}, true
	}
	return Payload{}, false
}

func splitEMV(s string) (Payload, bool) {
	c, err := emv.Parse(s)
	if err != nil {
		return Payload{}, false
	}
	ours := c.Template(emv.TagTemplate)
	if guid, _ := ours.Get(emv.SubGUID); guid != GUID {
		return Payload{}, false
	}
	p := Payload{Grammar: EMV}
	p.Key, _ = ours.Get("01")
	p.Issuer.Name, _ = c.Get(emv.TagName)
	p.Issuer.City, _ = c.Get(emv.TagCity)
	return p, true
}

// shorten keeps what strangers sent out of logs, as far as it is long.
func shorten(s string) string {
	if len(s) > MaxPayload {
		return strings.ToValidUTF8(s[:MaxPayload], "") + "…"
	}
	return s
}

// TapURL is the address that the plate's NFC tag holds: that of its code, or for
// an EMVCo code, which is none, the plate's page at our host.
func (p Payload) TapURL(host string) (string, error) {
	if p.Grammar == EMV {
		p = Payload{Grammar: Own, Host: host, Key: p.Key}
	}
	p.Tap = true
	return p.Print()
}

// NDEF is what a tap plate's tag holds: an NDEF message with TapURL. A message
// that an NTAG213 has no room for is fault kind Invalid.
func (p Payload) NDEF(host string) ([]byte, error) {
	const op = "qrcode.NDEF"
	url, err := p.TapURL(host)
	if err != nil {
		return nil, fault.Wrap(op, "", err)
	}
	m, err := ndef.Message(url)
	if err == nil {
		_, err = ndef.TLV(m, ndef.NTAG213)
	}
	return m, fault.Wrap(op, "", err)
}
