package qrcode

import (
	"net/url"
	"strings"

	"juma/internal/fault"
	"juma/internal/id"
)

// UnionPayHost is the host of UnionPay's URL codes (QR payloads §2.1).
const UnionPayHost = "qr.95516.com"

// MaxPayload keeps a code at version 8 or below at level M, so that it scans
// from a counter plate.
const MaxPayload = 128

// OwnPayload prints https://HOST/q/KEY. host is a name, without scheme.
func OwnPayload(host, key string) (string, error) {
	if host == "" || strings.ContainsAny(host, "/?#@ ") {
		return "", fault.Field("qrcode.OwnPayload", "host", host, "want a host name such as q.example.com")
	}
	return checkPayload("https://"+host+"/q/"+key, key)
}

// UnionPayPayload prints https://qr.95516.com/IIIIRRRR/KEY. institution is the 8
// digit UnionPay institution code (4 institution + 4 region).
func UnionPayPayload(institution, key string) (string, error) {
	if err := checkInstitution(institution); err != nil {
		return "", err
	}
	return checkPayload("https://"+UnionPayHost+"/"+institution+"/"+key, key)
}

func checkInstitution(s string) error {
	if len(s) != 8 || strings.Trim(s, "0123456789") != "" {
		return fault.Field("qrcode", "institution", s, "want 8 digits: 4 institution + 4 region")
	}
	return nil
}

func checkPayload(payload, key string) (string, error) {
	if err := id.CheckPlateKey(key); err != nil {
		return "", fault.Wrap("qrcode.payload", fault.Invalid, err)
	}
	if len(payload) > MaxPayload {
		return "", fault.Field("qrcode.payload", "payload", payload, "has %d characters, at most %d scan well", len(payload), MaxPayload)
	}
	return payload, nil
}

// ParsePayload takes a plate's key out of either grammar, and the institution
// code out of a UnionPay one. The key's check character is verified, so a
// damaged or altered code is refused without asking a database.
func ParsePayload(payload string) (grammar Grammar, institution, key string, err error) {
	const op = "qrcode.ParsePayload"
	u, err := url.Parse(payload)
	if err != nil || u.Scheme != "https" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Port() != "" {
		return "", "", "", fault.Field(op, "payload", payload, "want https://HOST/q/KEY or https://%s/IIIIRRRR/KEY", UnionPayHost)
	}
	first, rest, _ := strings.Cut(strings.TrimPrefix(u.Path, "/"), "/")
	grammar, key = Own, rest
	if u.Host == UnionPayHost {
		grammar, institution = UnionPay, first
		if err := checkInstitution(institution); err != nil {
			return "", "", "", err
		}
	} else if first != "q" {
		return "", "", "", fault.Field(op, "payload", payload, "the path must be /q/KEY")
	}
	if err := id.CheckPlateKey(key); err != nil {
		return "", "", "", fault.Wrap(op, fault.Invalid, err)
	}
	return grammar, institution, key, nil
}
