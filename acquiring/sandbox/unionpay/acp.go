package unionpay

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// maxRequest is the longest request that is read, in bytes.
const maxRequest = 1 << 20

// params are the fields of one acp message.
type params map[string]string

// signText is what a message's signature covers: all fields but signature, the
// empty ones dropped, sorted by name, raw values.
func (p params) signText() string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(p)) {
		if name != "signature" && p[name] != "" {
			parts = append(parts, name+"="+p[name])
		}
	}
	return strings.Join(parts, "&")
}

// digest of acp 5.1.0: the RSA signature covers the SHA-256 of the lower-case
// hex of the text's SHA-256 (hashed twice on purpose of UnionPay's).
func (p params) digest() []byte {
	sum := sha256.Sum256([]byte(p.signText()))
	again := sha256.Sum256([]byte(hex.EncodeToString(sum[:])))
	return again[:]
}

// sign fills in the certificate and the signature.
func (p params) sign(by identity) error {
	return p.signAs(by.signPubKeyCert(), by.key)
}

// signAs signs with a key that need not belong to the certificate shown.
func (p params) signAs(cert string, key *rsa.PrivateKey) error {
	p["version"], p["encoding"], p["signMethod"], p["signPubKeyCert"] = "5.1.0", "UTF-8", "01", cert
	return p.signBare(key)
}

// signBare fills in the signature alone.
func (p params) signBare(key *rsa.PrivateKey) error {
	sig, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, p.digest())
	if err != nil {
		return err
	}
	p["signature"] = base64.StdEncoding.EncodeToString(sig)
	return nil
}

// verify checks a signature made with the key of a certificate.
func (p params) verify(by *rsa.PublicKey) error {
	sig, err := base64.StdEncoding.DecodeString(p["signature"])
	if err != nil {
		return errors.New("signature is not Base64")
	}
	return rsa.VerifyPKCS1v15(by, crypto.SHA256, p.digest(), sig)
}

// text is a message as the gateway answers it: k=v&k=v, nothing URL-encoded.
func (p params) text() string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(p)) {
		if p[name] != "" {
			parts = append(parts, name+"="+p[name])
		}
	}
	return strings.Join(parts, "&")
}

// form is a message as UnionPay posts it to a backUrl.
func (p params) form() string {
	v := url.Values{}
	for name, value := range p {
		if value != "" {
			v.Set(name, value)
		}
	}
	return v.Encode()
}

// readForm reads a posted form. A name that stands twice is refused: nobody can
// tell which of the two was signed.
func readForm(r *http.Request) (params, error) {
	if ct := r.Header.Get("Content-Type"); !strings.HasPrefix(ct, "application/x-www-form-urlencoded") {
		return nil, fmt.Errorf("Content-Type %q: want application/x-www-form-urlencoded", ct)
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxRequest+1))
	if err != nil || len(body) > maxRequest {
		return nil, fmt.Errorf("a body of at most %d bytes is wanted", maxRequest)
	}
	values, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, errors.New("the body is not a form")
	}
	p := params{}
	for name, all := range values {
		if len(all) != 1 {
			return nil, fmt.Errorf("%s stands in the form %d times", name, len(all))
		}
		p[name] = all[0]
	}
	return p, nil
}

// The response codes that are used, with UnionPay's words for them.
const (
	respOK        = "00"
	respTimeout   = "03"
	respUnclear   = "04"
	respAccepted  = "05"
	respFormat    = "10"
	respSignature = "11"
	respDuplicate = "12"
	respMissing   = "13"
	respNoRight   = "32"
	respTooMuch   = "33"
	respNotFound  = "34"
	respState     = "35"
	respDiffers   = "36"
	respGivenBack = "45"
	respNoBalance = "64"
	respPayLate   = "69"
	respExpired   = "73"
	respNoFile    = "98"
)

var respWords = map[string]string{
	respOK: "成功", respTimeout: "交易超时，请查询", respUnclear: "交易状态未明，请查询", respAccepted: "交易已受理，请稍后查询",
	respFormat: "报文格式错误", respSignature: "验证签名失败", respDuplicate: "重复交易", respMissing: "报文交易要素缺失",
	respNoRight: "无此交易权限", respTooMuch: "交易金额超限", respNotFound: "查无此交易", respState: "原交易不存在或状态不正确",
	respDiffers: "与原交易信息不符", respGivenBack: "已被成功退货或已被成功撤销", respNoBalance: "余额不足", respPayLate: "支付超时", respExpired: "授权码无效或已过期",
	respNoFile: "文件不存在",
}

// respMsg is a code's text in UnionPay's manner, with what is wrong behind it.
func respMsg(code, detail string) string {
	msg := fmt.Sprintf("%s[%s00000]", respWords[code], code)
	if detail != "" {
		msg += " " + detail
	}
	return msg
}
