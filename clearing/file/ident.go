package file

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"strings"
	"time"

	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/internal/id"
)

// PayerToken stands for a wallet's payer id (openid, user_id) in the account
// field: the letter T and 18 letters and digits, 90 bits of a digest. Equal ids
// give equal tokens under one key; the id cannot be read out of one, and without
// the key nobody can test a guess (Alipay's user ids are few enough to try them
// all). An empty id gives "".
func PayerToken(key []byte, id string) string {
	if id == "" {
		return ""
	}
	mac := hmac.New(sha256.New, append([]byte("juma payer token\x00"), key...))
	mac.Write([]byte(id))
	return "T" + tokenText.EncodeToString(mac.Sum(nil))[:payerTokenLen-1]
}

const (
	payerTokenLen = 19 // the width of the account field
	tokenAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
)

var tokenText = base32.NewEncoding(tokenAlphabet).WithPadding(base32.NoPadding)

func isPayerToken(s string) bool {
	return len(s) == payerTokenLen && s[0] == 'T' && strings.Trim(s[1:], tokenAlphabet) == ""
}

// WalletQueryID is the query id of a WeChat or Alipay transaction, which has none
// of its own: YYYYMMDDhhmmss in China time, our trace number and the channel's
// digit; 21 digits as UnionPay's. It returns a fault of kind Invalid for another
// channel or a trace outside 1 to 999999.
func WalletQueryID(channel string, t time.Time, trace int) (string, error) {
	c, ok := channels[channel]
	if !ok || c.queryDigit == "" {
		return "", fault.Field("file.WalletQueryID", "channel", channel, "want wechat or alipay; UnionPay gives its own query id")
	}
	if trace < 1 || trace > id.MaxTrace {
		return "", fault.Field("file.WalletQueryID", "trace", id.Trace(trace), "want 1 to %d", id.MaxTrace)
	}
	return t.In(bizdate.Zone).Format("20060102150405") + id.Trace(trace) + c.queryDigit, nil
}

const queryIDLen = 21

// monthTime prints MMDDhhmmss in China time.
func monthTime(t time.Time) string { return t.In(bizdate.Zone).Format("0102150405") }
