package access

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // RFC 6238's default, and the only one that every authenticator app knows
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// The parameters of RFC 6238 that authenticator apps take when an address names
// no others.
const (
	totpPeriod      = 30 * time.Second
	totpDigits      = 6
	totpSecretBytes = 20 // RFC 4226 §4 R6 recommends 160 bits
	totpSkew        = 1  // steps before and after; RFC 6238 §5.2
)

var base32Plain = base32.StdEncoding.WithPadding(base32.NoPadding)

// totpStep is the number of the 30-second step of an instant.
func totpStep(t time.Time) int64 { return t.Unix() / int64(totpPeriod/time.Second) }

// totpCode is the code of a step: HMAC-SHA-1 and dynamic truncation (RFC 4226
// §5.3), the last digits decimal digits.
func totpCode(secret []byte, step int64, digits int) string {
	mac := hmac.New(sha1.New, secret)
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(step)))
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 0x0f
	n := binary.BigEndian.Uint32(sum[at:]) & 0x7fffffff
	modulus := uint32(1)
	for range digits {
		modulus *= 10
	}
	return fmt.Sprintf("%0*d", digits, n%modulus)
}

// totpMatch finds the step around now whose code this is. Every candidate is
// compared, so the time does not tell which one matched.
func totpMatch(secret []byte, code string, now time.Time) (step int64, ok bool) {
	for skew := int64(-totpSkew); skew <= totpSkew; skew++ {
		candidate := totpStep(now) + skew
		if subtle.ConstantTimeCompare([]byte(totpCode(secret, candidate, totpDigits)), []byte(code)) == 1 {
			step, ok = candidate, true
		}
	}
	return step, ok
}

// totpURI is what an authenticator app reads from a picture: the key URI format
// of Google Authenticator, which the others took over. Algorithm, digits and
// period are the defaults and left out, because some apps stumble over them.
func totpURI(issuer, login, secret string) string {
	q := url.Values{"secret": {secret}, "issuer": {issuer}}
	return "otpauth://totp/" + url.PathEscape(issuer) + ":" + url.PathEscape(login) + "?" + strings.ReplaceAll(q.Encode(), "+", "%20") // apps show a plus as it is
}
