package wire

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// maxNotice is the longest notification that is looked at, in bytes.
const maxNotice = 256 << 10

// ReadNotice parses and verifies the form of a notification. The error says why
// it must not be believed; it never holds a value of the form.
func (c *Client) ReadNotice(ctx context.Context, body []byte) (url.Values, error) {
	if len(body) > maxNotice {
		return nil, fmt.Errorf("notification of %d bytes: want at most %d", len(body), maxNotice)
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, fmt.Errorf("the notification is not a form")
	}
	for name, values := range form {
		// A repeated name would let the signed value and the one that is read differ.
		if len(values) != 1 {
			return nil, fmt.Errorf("parameter %q stands in the form %d times", name, len(values))
		}
	}
	if t := form.Get("sign_type"); t != "RSA2" {
		return nil, fmt.Errorf("sign_type %q: want RSA2", t)
	}
	if form.Get("sign") == "" {
		return nil, fmt.Errorf("sign is missing")
	}
	keys, err := c.keysFor(ctx, form.Get("alipay_cert_sn"))
	if err != nil {
		return nil, err
	}
	if !verifyForm(keys, form) {
		return nil, fmt.Errorf("the signature does not fit Alipay's public key")
	}
	if got := form.Get("app_id"); got != c.appID {
		return nil, fmt.Errorf("app_id %q: the notification is for another app", got)
	}
	return form, nil
}

// verifyForm tries the documented rule (empty values dropped) and then the
// string with empty values kept, as Alipay's own server kits build it. The two
// differ only in parameters without a value, so accepting either lets nothing
// through that was not signed.
func verifyForm(keys []*rsa.PublicKey, form url.Values) bool {
	dropped := noticeString(form, false)
	if verify(keys, []byte(dropped), form.Get("sign")) {
		return true
	}
	kept := noticeString(form, true)
	return kept != dropped && verify(keys, []byte(kept), form.Get("sign"))
}

// noticeString is the text that Alipay signs in a notification: the decoded
// parameters without sign, sign_type and alipay_cert_sn, sorted by name.
func noticeString(form url.Values, keepEmpty bool) string {
	var names []string
	for name, values := range form {
		if name == "sign" || name == "sign_type" || name == "alipay_cert_sn" || (values[0] == "" && !keepEmpty) {
			continue
		}
		names = append(names, name)
	}
	slices.Sort(names)
	for i, name := range names {
		names[i] = name + "=" + form.Get(name)
	}
	return strings.Join(names, "&")
}

// verify checks RSA2 (RSA PKCS#1 v1.5 with SHA-256, Base64) under any of the keys.
func verify(keys []*rsa.PublicKey, data []byte, signature string) bool {
	sig, err := base64.StdEncoding.DecodeString(signature)
	if err != nil {
		return false
	}
	sum := sha256.Sum256(data)
	return slices.ContainsFunc(keys, func(k *rsa.PublicKey) bool { return rsa.VerifyPKCS1v15(k, crypto.SHA256, sum[:], sig) == nil })
}
