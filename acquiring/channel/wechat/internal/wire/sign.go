package wire

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/wechatpay-apiv3/wechatpay-go/core/consts"
	"github.com/wechatpay-apiv3/wechatpay-go/utils"
)

const (
	// scheme names the signature in the Authorization header and in
	// Wechatpay-Signature-Type.
	scheme = "WECHATPAY2-SHA256-RSA2048"
	// signatureTypeHeader is optional in answers and notices.
	signatureTypeHeader = "Wechatpay-Signature-Type"
	// probePrefix begins a signature by which WeChat tries whether we verify.
	probePrefix = "WECHATPAY/SIGNTEST/"
	// maxSkew is the difference of clocks from which a signature is stale.
	maxSkew = 300 * time.Second
)

// authorize makes the Authorization header of a request.
func (c *Client) authorize(ctx context.Context, method, canonicalURL, body string) (string, error) {
	nonce, err := utils.GenerateNonce()
	if err != nil {
		return "", fmt.Errorf("nonce: %w", err)
	}
	now := c.opt.Clock.Now().Unix()
	sig, err := c.opt.Signer.Sign(ctx, requestMessage(method, canonicalURL, now, nonce, body))
	if err != nil {
		return "", fmt.Errorf("sign request: %w", err)
	}
	return fmt.Sprintf(consts.HeaderAuthorizationFormat, scheme, sig.MchID, nonce, now, sig.CertificateSerialNo, sig.Signature), nil
}

// requestMessage is the text that a request's signature covers.
func requestMessage(method, canonicalURL string, timestamp int64, nonce, body string) string {
	return fmt.Sprintf(consts.SignatureMessageFormat, method, canonicalURL, timestamp, nonce, body)
}

// PaySign makes the parameters that open the payment sheet for a prepay id.
// Its keys are spelled as the page's bridge wants them.
func (c *Client) PaySign(ctx context.Context, appID, prepayID string) (map[string]string, error) {
	nonce, err := utils.GenerateNonce()
	if err != nil {
		return nil, fmt.Errorf("nonce: %w", err)
	}
	timestamp := strconv.FormatInt(c.opt.Clock.Now().Unix(), 10)
	pack := "prepay_id=" + prepayID
	sig, err := c.opt.Signer.Sign(ctx, payMessage(appID, timestamp, nonce, pack))
	if err != nil {
		return nil, fmt.Errorf("sign payment sheet: %w", err)
	}
	return map[string]string{
		"appId": appID, "timeStamp": timestamp, "nonceStr": nonce,
		"package": pack, "signType": "RSA", "paySign": sig.Signature,
	}, nil
}

// payMessage is the text that paySign covers.
func payMessage(appID, timestamp, nonce, pack string) string {
	return appID + "\n" + timestamp + "\n" + nonce + "\n" + pack + "\n"
}

// verify proves that headers and body are the wallet's and fresh.
func (c *Client) verify(ctx context.Context, h http.Header, body []byte) error {
	s, err := c.signatureOf(h, body)
	if err != nil {
		return err
	}
	return c.verifySignature(ctx, s.serial, s.message, s.signature)
}

// signed is what there is to verify in an answer or notice: the platform key's id,
// the text that the signature covers, and the signature.
type signed struct{ serial, message, signature string }

// signatureOf reads the headers and refuses what no key could make good: a missing
// one, the probe, another algorithm, a time that is not now.
func (c *Client) signatureOf(h http.Header, body []byte) (signed, error) {
	names := []string{consts.WechatPaySignature, consts.WechatPaySerial, consts.WechatPayNonce, consts.WechatPayTimestamp}
	var v [4]string
	for i, name := range names {
		if v[i] = h.Get(name); v[i] == "" {
			return signed{}, fmt.Errorf("header %s is missing", name)
		}
	}
	signature, serial, nonce, stamp := v[0], v[1], v[2], v[3]
	if strings.HasPrefix(signature, probePrefix) {
		return signed{}, errors.New("signature is WeChat's probe, which must be refused")
	}
	if t := h.Get(signatureTypeHeader); t != "" && t != scheme {
		return signed{}, fmt.Errorf("header %s %q: want %s", signatureTypeHeader, t, scheme)
	}
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil {
		return signed{}, fmt.Errorf("header %s %q: want seconds", consts.WechatPayTimestamp, stamp)
	}
	// Whole seconds are compared, as the signature carries whole seconds.
	if d := c.opt.Clock.Now().Unix() - seconds; d >= int64(maxSkew/time.Second) || d <= -int64(maxSkew/time.Second) {
		return signed{}, fmt.Errorf("header %s %q: %d seconds off our clock, the limit is %d", consts.WechatPayTimestamp, stamp, d, maxSkew/time.Second)
	}
	return signed{serial, stamp + "\n" + nonce + "\n" + string(body) + "\n", signature}, nil
}
