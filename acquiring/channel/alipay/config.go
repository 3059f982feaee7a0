package alipay

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"juma/acquiring/channel/alipay/internal/wire"
)

// Config says which app at which gateway. It decodes from the "alipay" object
// that juma sandbox --json prints.
type Config struct {
	// GatewayURL is the absolute address of gateway.do.
	GatewayURL string `json:"gateway_url"`
	// AppID is the app's number (2021…, 16 digits).
	AppID string `json:"app_id"`
	// AppPrivateKeyPEM is the app's RSA key, PKCS#1 or PKCS#8: PEM, or the bare
	// Base64 that Alipay's key tool writes. A secret; never printed.
	AppPrivateKeyPEM string `json:"app_private_key_pem"`
	// AlipayPublicKeyPEM is Alipay's public key for this app: PEM or bare Base64.
	// While the key changes, two PEM blocks, the new and the old one. Not needed in
	// certificate mode.
	AlipayPublicKeyPEM string `json:"alipay_public_key_pem,omitempty"`
	// AppCertPEM, AlipayCertPEM and AlipayRootCertPEM are the three certificates of
	// certificate mode, all or none of them. Alipay's next certificate is fetched
	// when it first shows; the root proves it.
	AppCertPEM        string `json:"app_cert_pem,omitempty"`
	AlipayCertPEM     string `json:"alipay_cert_pem,omitempty"`
	AlipayRootCertPEM string `json:"alipay_root_cert_pem,omitempty"`
	// PID is the service provider's own account number (2088…, 16 digits).
	// Optional: it goes into orders as the provider, and lets a notification's
	// seller be told apart from the provider itself.
	PID string `json:"pid,omitempty"`
	// AuthURL is where consumers are sent for authorisation: an origin
	// (https://openauth.alipay.com), or the whole address of the page. Empty: the
	// real one for a real gateway, otherwise the gateway's own origin.
	AuthURL string `json:"auth_url,omitempty"`
}

// String prints the configuration without its secret.
func (c Config) String() string {
	return fmt.Sprintf("alipay app %s at %s", c.AppID, c.GatewayURL)
}

// GoString is String: %#v must not print the key either.
func (c Config) GoString() string { return c.String() }

// authPage is the path of the authorisation page on its host.
const authPage = "/oauth2/publicAppAuthorize.htm"

// authOrigins are the authorisation hosts of the gateways that are Alipay's own.
var authOrigins = map[string]string{
	wire.ProductionGateway:                                "https://openauth.alipay.com",
	"https://openapi-sandbox.dl.alipaydev.com/gateway.do": "https://openauth-sandbox.dl.alipaydev.com",
}

// minKeyBits is the smallest RSA key that RSA2 is used with.
const minKeyBits = 2048

// checked is a configuration that has been found to be in order.
type checked struct {
	private *rsa.PrivateKey
	public  []*rsa.PublicKey
	certs   *wire.Certs // nil without certificate mode
	authURL string
}

// check reports every fault of the configuration together. No message holds any
// part of a key.
func (c Config) check() (checked, error) {
	var out checked
	var faults []error
	bad := func(field, format string, args ...any) {
		faults = append(faults, fmt.Errorf(field+": "+format, args...))
	}
	gateway, err := absoluteURL(c.GatewayURL)
	if err != nil {
		bad("gateway_url", "%w", err)
	} else if gateway.Path == "" || gateway.RawQuery != "" {
		bad("gateway_url", "%q: want the whole address of gateway.do without a query", c.GatewayURL)
	}
	if !isDigits(c.AppID) || len(c.AppID) > 32 {
		bad("app_id", "%q: want the digits of the app's number", c.AppID)
	}
	if c.PID != "" && (!isDigits(c.PID) || len(c.PID) != 16) {
		bad("pid", "%q: want 16 digits, or nothing", c.PID)
	}
	if out.private, err = privateKey(c.AppPrivateKeyPEM); err != nil {
		bad("app_private_key_pem", "%w", err)
	}
	out.public, out.certs = c.alipayKeys(out.private, bad)
	if out.authURL, err = c.authAddress(gateway); err != nil {
		bad("auth_url", "%w", err)
	}
	return out, errors.Join(faults...)
}

// alipayKeys reads Alipay's keys: of either mode, or of both while the app changes
// from one to the other.
func (c Config) alipayKeys(own *rsa.PrivateKey, bad func(field, format string, args ...any)) ([]*rsa.PublicKey, *wire.Certs) {
	texts := map[string]string{"app_cert_pem": c.AppCertPEM, "alipay_cert_pem": c.AlipayCertPEM, "alipay_root_cert_pem": c.AlipayRootCertPEM}
	given := 0
	for _, text := range texts {
		if text != "" {
			given++
		}
	}
	var keys []*rsa.PublicKey
	if c.AlipayPublicKeyPEM != "" || given == 0 {
		var err error
		if keys, err = publicKeys(c.AlipayPublicKeyPEM); err != nil {
			bad("alipay_public_key_pem", "%w", err)
		}
	}
	if given == 0 {
		return keys, nil
	}
	chains := map[string][]*x509.Certificate{}
	for field, text := range texts {
		if text == "" {
			bad(field, "missing: the three certificates belong together")
			continue
		}
		chain, err := wire.ReadChain([]byte(text))
		if err != nil && field != "alipay_root_cert_pem" { // the roots may be of kinds that we do not read
			bad(field, "%w", err)
		}
		chains[field] = chain
	}
	app, alipay := chains["app_cert_pem"], chains["alipay_cert_pem"]
	if app == nil || alipay == nil {
		return keys, nil
	}
	if own != nil && !own.PublicKey.Equal(app[0].PublicKey) {
		bad("app_cert_pem", "does not belong to app_private_key_pem")
	}
	return keys, &wire.Certs{App: app[0], Alipay: alipay, Root: c.AlipayRootCertPEM}
}

// authAddress is the whole address of the authorisation page.
func (c Config) authAddress(gateway *url.URL) (string, error) {
	origin := c.AuthURL
	if origin == "" {
		if gateway == nil {
			return "", nil // reported as a fault of gateway_url
		}
		if known, ok := authOrigins[c.GatewayURL]; ok {
			origin = known
		} else {
			origin = gateway.Scheme + "://" + gateway.Host
		}
	}
	u, err := absoluteURL(origin)
	if err != nil {
		return "", err
	}
	if u.RawQuery != "" {
		return "", fmt.Errorf("%q: want no query", origin)
	}
	if u.Path == "" || u.Path == "/" {
		u.Path = authPage
	}
	return u.String(), nil
}

func absoluteURL(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.Fragment != "" {
		return nil, fmt.Errorf("%q: want an absolute http or https address", s)
	}
	return u, nil
}

func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// keyDER takes a key out of its PEM or bare Base64 form.
func keyDER(text string) ([]byte, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return nil, errors.New("missing")
	}
	if block, _ := pem.Decode([]byte(text)); block != nil {
		return block.Bytes, nil
	}
	der, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil {
		return nil, errors.New("neither PEM nor Base64")
	}
	return der, nil
}

func privateKey(text string) (*rsa.PrivateKey, error) {
	der, err := keyDER(text)
	if err != nil {
		return nil, err
	}
	key, err := x509.ParsePKCS1PrivateKey(der)
	if err != nil {
		parsed, err := x509.ParsePKCS8PrivateKey(der)
		if err != nil {
			return nil, errors.New("not an RSA private key in PKCS#1 or PKCS#8 form")
		}
		var ok bool
		if key, ok = parsed.(*rsa.PrivateKey); !ok {
			return nil, errors.New("not an RSA key: RSA2 needs one")
		}
	}
	if bits := key.N.BitLen(); bits < minKeyBits {
		return nil, fmt.Errorf("an RSA key of %d bits: want at least %d", bits, minKeyBits)
	}
	return key, nil
}

// publicKeys reads one key, or several PEM blocks.
func publicKeys(text string) ([]*rsa.PublicKey, error) {
	der, err := keyDER(text)
	if err != nil {
		return nil, err
	}
	ders := [][]byte{der}
	_, rest := pem.Decode([]byte(strings.TrimSpace(text)))
	for block, rest := pem.Decode(rest); block != nil; block, rest = pem.Decode(rest) {
		ders = append(ders, block.Bytes)
	}
	var keys []*rsa.PublicKey
	for _, der := range ders {
		key, err := publicKey(der)
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	return keys, nil
}

func publicKey(der []byte) (*rsa.PublicKey, error) {
	parsed, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return nil, errors.New("not a public key in PKIX form")
	}
	key, ok := parsed.(*rsa.PublicKey)
	if !ok {
		return nil, errors.New("not an RSA key: RSA2 needs one")
	}
	if bits := key.N.BitLen(); bits < minKeyBits {
		return nil, fmt.Errorf("an RSA key of %d bits: want at least %d", bits, minKeyBits)
	}
	return key, nil
}
