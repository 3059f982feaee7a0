package unionpay

import (
	"crypto/rsa"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"juma/acquiring/channel/internal/acp"
	"juma/acquiring/channel/wiretap"
	"juma/internal/clock"
	"juma/internal/fault"
)

// Config is what a merchant or acquirer gets from UnionPay. It decodes from the
// "unionpay" object of juma sandbox --json.
type Config struct {
	// GatewayURL is the gateway's address, with or without /gateway/api/ at its
	// end. Production: https://gateway.95516.com/gateway/api/
	GatewayURL string `json:"gateway_url"`
	// FileURL is the address that file downloads are posted to. Production:
	// https://filedownload.95516.com/
	FileURL string `json:"file_url"`
	// AuthURL is the host of the silent authorisation page. Empty: the gateway's
	// own host, or https://qr.95516.com when the gateway is UnionPay's.
	AuthURL string `json:"auth_url,omitempty"`
	// MerID is the 15-character merchant number that is used where a request
	// names none.
	MerID string `json:"mer_id"`
	// CertID is the decimal serial number of the signing certificate.
	CertID string `json:"cert_id"`
	// PrivateKeyPEM is the RSA key of the signing certificate.
	PrivateKeyPEM string `json:"private_key_pem"`
	// SignCertPEM is the signing certificate. Optional: it is only used to check
	// that CertID and PrivateKeyPEM belong together.
	SignCertPEM string `json:"sign_cert_pem,omitempty"`
	// RootCertPEM and MiddleCertPEM are UnionPay's own, which the signer of every
	// answer must chain to.
	RootCertPEM   string `json:"root_cert_pem"`
	MiddleCertPEM string `json:"middle_cert_pem"`
	// AcqInsCode (8 to 11 digits) turns requests into those of an acquiring
	// institution (accessType 1). Empty: direct merchant access (accessType 0).
	AcqInsCode string `json:"acq_ins_code,omitempty"`
	// MerCatCode is the four-digit merchant category that an acquiring
	// institution states. Needed with AcqInsCode only.
	MerCatCode string `json:"mer_cat_code,omitempty"`
	// OrderLifeMinutes is the longest time that an order can be paid after its
	// creation. Zero: 15. Prepay never asks for a later payTimeout than this, so
	// that Close can tell from the creation time alone when an order is dead.
	OrderLifeMinutes int `json:"order_life_minutes,omitempty"`
}

const (
	gatewayPath       = "/gateway/api"
	productionDomain  = "95516.com"
	productionAuthURL = "https://qr.95516.com"
	authPath          = "/qrcGtwWeb-web/api/userAuth"

	defaultOrderLife = 15 * time.Minute
)

// endpoints are the addresses derived from the configuration.
type endpoints struct{ app, back, query, file, auth string }

// New makes the adapter. It reports every fault of the configuration at once,
// as one error of kind Invalid. A nil client means one with keep-alive and a ten
// second time-out.
func New(cfg Config, clk clock.Clock, client *http.Client) (*Adapter, error) {
	var faults []error
	report := func(field string, err error) {
		if err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", field, err))
		}
	}
	ep := cfg.endpoints(report)
	report("mer_id", acp.CheckMerID(cfg.MerID))
	report("cert_id", checkDigits(cfg.CertID, 1, 32))
	if cfg.AcqInsCode != "" {
		report("acq_ins_code", checkDigits(cfg.AcqInsCode, 8, 11))
		report("mer_cat_code", checkDigits(cfg.MerCatCode, 4, 4))
	}
	life := time.Duration(cfg.OrderLifeMinutes) * time.Minute
	switch {
	case cfg.OrderLifeMinutes == 0:
		life = defaultOrderLife
	case cfg.OrderLifeMinutes < 1 || cfg.OrderLifeMinutes > 24*60:
		report("order_life_minutes", fmt.Errorf("%d: want 1 to 1440", cfg.OrderLifeMinutes))
	}
	signer, err := acp.NewSigner(cfg.CertID, cfg.PrivateKeyPEM)
	report("private_key_pem", err)
	if err == nil {
		report("sign_cert_pem", cfg.checkSignCert(signer))
	}
	trust, err := acp.NewTrust(cfg.RootCertPEM, cfg.MiddleCertPEM, clk)
	if err != nil {
		faults = append(faults, err) // names its field itself
	}
	if len(faults) > 0 {
		return nil, fault.Wrap("unionpay.New", fault.Invalid, errors.Join(faults...))
	}
	if client == nil {
		client = acp.DefaultClient()
	}
	return &Adapter{cfg: cfg, ep: ep, clk: clk, life: life, wire: acp.NewClient(signer, trust, wiretap.Client(client))}, nil
}

func (c Config) endpoints(report func(string, error)) endpoints {
	gateway, err := parseURL(c.GatewayURL)
	report("gateway_url", err)
	file, err := parseURL(c.FileURL)
	report("file_url", err)
	auth := c.AuthURL
	if auth == "" {
		auth = productionAuthURL
		if host := gateway.Hostname(); host != "gateway."+productionDomain {
			auth = gateway.Scheme + "://" + gateway.Host
		}
	} else if _, err := parseURL(auth); err != nil {
		report("auth_url", err)
	}
	api := strings.TrimRight(gateway.String(), "/")
	if !strings.HasSuffix(api, gatewayPath) {
		api += gatewayPath
	}
	if file.Path == "" {
		file.Path = "/"
	}
	return endpoints{
		app: api + "/newAppTransReq.do", back: api + "/backTransReq.do", query: api + "/queryTrans.do",
		file: file.String(), auth: strings.TrimRight(auth, "/") + authPath,
	}
}

// parseURL always returns a usable value, so that checking can go on.
func parseURL(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
		return &url.URL{}, fmt.Errorf("%q: want an http or https address without query", s)
	}
	return u, nil
}

// checkSignCert compares certificate, key and certificate number.
func (c Config) checkSignCert(s *acp.Signer) error {
	if c.SignCertPEM == "" {
		return nil
	}
	cert, err := acp.ParseCertificate(c.SignCertPEM)
	if err != nil {
		return err
	}
	if cert.SerialNumber.String() != c.CertID {
		return fmt.Errorf("the certificate has number %s, cert_id says %s", cert.SerialNumber, c.CertID)
	}
	if pub, ok := cert.PublicKey.(*rsa.PublicKey); !ok || !pub.Equal(s.Public()) {
		return fmt.Errorf("certificate %s does not belong to private_key_pem", c.CertID)
	}
	return nil
}

func checkDigits(s string, least, most int) error {
	if len(s) < least || len(s) > most || strings.Trim(s, "0123456789") != "" {
		return fmt.Errorf("%q: want %d to %d digits", s, least, most)
	}
	return nil
}
