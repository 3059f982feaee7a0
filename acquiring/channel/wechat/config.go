package wechat

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/wechatpay-apiv3/wechatpay-go/core/auth"
	"github.com/wechatpay-apiv3/wechatpay-go/core/auth/signers"
	"github.com/wechatpay-apiv3/wechatpay-go/utils"

	"juma/acquiring/channel/wechat/internal/wire"
	"juma/internal/fault"
)

// WeChat's production hosts.
const (
	productionBase = "https://api.mch.weixin.qq.com"
	productionOpen = "https://open.weixin.qq.com"
	productionAPI  = "https://api.weixin.qq.com"
)

// Config is a service provider's account. It decodes from the "wechat" object
// of juma sandbox --json.
type Config struct {
	// BaseURL is the pay API ("" = WeChat's production host). When it is set,
	// OpenURL and APIURL default to it.
	BaseURL string `json:"base_url"`
	// OpenURL is the host of the silent authorisation page.
	OpenURL string `json:"open_url,omitempty"`
	// APIURL is the host of the identity API (sns).
	APIURL string `json:"api_url,omitempty"`

	SPAppID string `json:"sp_appid"` // the provider's official account
	SPMchID string `json:"sp_mchid"` // the provider's merchant number
	// SubMchID is used for orders that name no merchant ("" = every order must).
	SubMchID string `json:"sub_mchid,omitempty"`
	// AppSecret belongs to SPAppID; production needs it for Identify.
	AppSecret string `json:"app_secret,omitempty"`

	CertSerial    string `json:"cert_serial"`     // serial number of the merchant API certificate, hexadecimal
	PrivateKeyPEM string `json:"private_key_pem"` // its key, PKCS#8 or PKCS#1
	// MerchantCertPEM is that certificate. Optional: it is only read for its end, and
	// checked to have the number.
	MerchantCertPEM string `json:"merchant_cert_pem,omitempty"`
	APIv3Key        string `json:"api_v3_key"` // 32 bytes; opens notices

	// The platform's keys, which prove answers and notices: the certificate, or
	// the public key of newer accounts, or both during a change.
	PlatformCertSerial   string `json:"platform_cert_serial,omitempty"` // "" = taken from the certificate
	PlatformCertPEM      string `json:"platform_cert_pem,omitempty"`
	PlatformPublicKeyID  string `json:"platform_public_key_id,omitempty"` // "PUB_KEY_ID_…"
	PlatformPublicKeyPEM string `json:"platform_public_key_pem,omitempty"`
}

// String prints the account without its secrets.
func (c Config) String() string {
	return fmt.Sprintf("wechat sp_mchid=%s sp_appid=%s base_url=%s", c.SPMchID, c.SPAppID, c.BaseURL)
}

// GoString keeps secrets out of %#v.
func (c Config) GoString() string { return c.String() }

// settings is a Config read.
type settings struct {
	Config
	base, sns *url.URL
	open      string
	signer    auth.Signer
	platform  []wire.PlatformKey // the first is the one to ask for
	own       wire.PlatformKey   // our own certificate, where it was given
}

// resolve reads every field and reports all faults together.
func (c Config) resolve() (settings, error) {
	r := resolver{settings: settings{Config: c}}
	r.addresses()
	for _, f := range [][2]string{{"sp_appid", c.SPAppID}, {"sp_mchid", c.SPMchID}, {"cert_serial", c.CertSerial}} {
		if strings.TrimSpace(f[1]) == "" {
			r.fault("%s is missing", f[0])
		}
	}
	if len(c.APIv3Key) != 32 {
		r.fault("api_v3_key has %d bytes, want 32", len(c.APIv3Key))
	}
	key, err := privateKey(c.PrivateKeyPEM)
	if err != nil {
		r.fault("private_key_pem: %v", err)
	}
	r.signer = &signers.SHA256WithRSASigner{MchID: c.SPMchID, CertificateSerialNo: c.CertSerial, PrivateKey: key}
	if c.MerchantCertPEM != "" {
		if r.own, err = wire.ReadCertificate(c.MerchantCertPEM, c.CertSerial); err != nil {
			r.fault("merchant_cert_pem, cert_serial: %v", err)
		}
	}
	r.platformKeys()
	if len(r.faults) > 0 {
		return settings{}, fault.New("wechat.New", fault.Invalid, "configuration: %s", strings.Join(r.faults, "; "))
	}
	return r.settings, nil
}

type resolver struct {
	settings
	faults []string
}

func (r *resolver) fault(format string, args ...any) {
	r.faults = append(r.faults, fmt.Sprintf(format, args...))
}

func (r *resolver) addresses() {
	deputy := strings.TrimRight(r.BaseURL, "/")
	pick := func(field, own, production string) *url.URL {
		s := strings.TrimRight(own, "/")
		if s == "" {
			s = deputy
		}
		if s == "" {
			s = production
		}
		u, err := url.Parse(s)
		if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
			r.fault("%s %q: want http(s)://host without query", field, own)
			return &url.URL{}
		}
		return u
	}
	r.base = pick("base_url", r.BaseURL, productionBase)
	r.open = pick("open_url", r.OpenURL, productionOpen).String()
	r.sns = pick("api_url", r.APIURL, productionAPI)
}

// platformKeys reads whichever of the platform's two kinds of key is configured; the
// serial number in each answer chooses between them. The newer kind, a public key, is
// the one to ask for and to encrypt for.
func (r *resolver) platformKeys() {
	switch {
	case (r.PlatformPublicKeyID == "") != (r.PlatformPublicKeyPEM == ""):
		r.fault("platform_public_key_id and platform_public_key_pem belong together, one is missing")
	case r.PlatformPublicKeyPEM != "":
		key, err := utils.LoadPublicKey(r.PlatformPublicKeyPEM)
		if err != nil {
			r.fault("platform_public_key_pem: not an RSA public key in PEM")
			break
		}
		r.platform = append(r.platform, wire.PlatformKey{ID: r.PlatformPublicKeyID, Key: key})
	case r.PlatformCertPEM == "":
		r.fault("platform_cert_pem or platform_public_key_pem is missing: answers could not be verified")
	}
	switch {
	case r.PlatformCertPEM != "":
		key, err := wire.ReadCertificate(r.PlatformCertPEM, r.PlatformCertSerial)
		if err != nil {
			r.fault("platform_cert_pem, platform_cert_serial: %v", err)
		}
		r.platform = append(r.platform, key)
	case r.PlatformCertSerial != "":
		r.fault("platform_cert_pem is missing for platform_cert_serial %q", r.PlatformCertSerial)
	}
}

// privateKey reads an RSA key in either of the usual PEM forms. Errors never
// quote it.
func privateKey(text string) (*rsa.PrivateKey, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errors.New("is missing or not PEM")
	}
	if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return key, nil
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, errors.New("neither PKCS#8 nor PKCS#1")
	}
	rsaKey, ok := key.(*rsa.PrivateKey)
	if !ok {
		return nil, errors.New("not an RSA key")
	}
	return rsaKey, nil
}
