package qrcode

import (
	"strings"

	"juma/internal/fault"
	"juma/internal/id"
)

// UnionPayHost is the host of UnionPay's URL codes (QR payloads §2.1).
const UnionPayHost = "qr.95516.com"

// MaxPayload keeps a code at version 8 or below at level M, so that it scans
// from a counter plate.
const MaxPayload = 128

// hostCharacters are those of a host name in its plain form: small letters, so
// that one plate has one payload.
const hostCharacters = "abcdefghijklmnopqrstuvwxyz0123456789.-"

// OwnPayload prints https://HOST/q/KEY. host is a name, without scheme.
func OwnPayload(host, key string) (string, error) {
	if strings.Trim(host, hostCharacters) != "" || host == "" || host == UnionPayHost {
		return "", fault.Field("qrcode.OwnPayload", "host", host, "want a host name of your own, such as q.example.com")
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
// code out of a UnionPay one. It accepts exactly what the two functions above
// print. The key's check character is verified, so a damaged or altered code is
// refused without asking a database.
func ParsePayload(payload string) (grammar Grammar, institution, key string, err error) {
	const op = "qrcode.ParsePayload"
	bad := fault.Field(op, "payload", payload, "want https://HOST/q/KEY or https://%s/IIIIRRRR/KEY", UnionPayHost)
	rest, ok := strings.CutPrefix(payload, "https://")
	parts := strings.Split(rest, "/")
	if !ok || len(parts) != 3 {
		return "", "", "", bad
	}
	var printed string
	host, key := parts[0], parts[2]
	switch {
	case host == UnionPayHost:
		grammar, institution = UnionPay, parts[1]
		printed, err = UnionPayPayload(institution, key)
	case parts[1] == "q":
		grammar = Own
		printed, err = OwnPayload(host, key)
	default:
		return "", "", "", bad
	}
	if err != nil {
		return "", "", "", fault.Wrap(op, fault.Invalid, err)
	}
	if printed != payload {
		return "", "", "", bad
	}
	return grammar, institution, key, nil
}
