package aggregate

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"juma/acquiring/channel"
	"juma/acquiring/channel/internal/acp"
	"juma/acquiring/channel/wiretap"
	"juma/internal/clock"
	"juma/internal/fault"
)

// Config is what a service provider gets from UnionPay. It decodes from the
// "unionpay-aggregate" object of juma sandbox --json, whose member acp is for Acp.
type Config struct {
	// GatewayURL is the interface's host. Production: https://partner.95516.com
	GatewayURL string `json:"gateway_url"`
	// SerProvID is the service provider's number.
	SerProvID string `json:"ser_prov_id"`
	// SubAppID is the app at WeChat that payers' openids belong to. Without it,
	// WeChat orders are refused.
	SubAppID string `json:"sub_app_id,omitempty"`
	// PrivateKeyPEM is the RSA key that signs requests.
	PrivateKeyPEM string `json:"private_key_pem"`
	// UnionPayPublicKeyPEM proves answers and notices. While the key changes, two PEM
	// blocks, the new and the old one.
	UnionPayPublicKeyPEM string `json:"unionpay_public_key_pem"`
}

// Acp is what this channel leaves to UnionPay's acp gateway: who holds the phone
// (of UnionPay's wallet), merchants' registration, and statements.
type Acp interface {
	AuthURL(ctx context.Context, req channel.AuthRequest) (string, error)
	Identify(ctx context.Context, req channel.IdentifyRequest) (channel.Payer, error)
	Statement(ctx context.Context, req channel.StatementRequest) (channel.StatementFile, error)
	channel.Enroller
}

// New makes the adapter. It reports every fault of the configuration at once, as
// one error of kind Invalid. A nil client means acp's: keep-alive and a ten second
// time-out.
func New(cfg Config, gateway Acp, clk clock.Clock, client *http.Client) (*Adapter, error) {
	var faults []error
	report := func(field string, err error) {
		if err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", field, err))
		}
	}
	u, err := url.Parse(cfg.GatewayURL)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
		report("gateway_url", fmt.Errorf("%q: want an http or https address without query", cfg.GatewayURL))
	}
	if cfg.SerProvID == "" {
		report("ser_prov_id", errors.New("is missing"))
	}
	signer, err := acp.NewSigner("", cfg.PrivateKeyPEM)
	report("private_key_pem", err)
	keys, err := publicKeys(cfg.UnionPayPublicKeyPEM)
	report("unionpay_public_key_pem", err)
	if gateway == nil {
		report("acp", errors.New("is missing"))
	}
	if len(faults) > 0 {
		return nil, fault.Wrap("aggregate.New", fault.Invalid, errors.Join(faults...))
	}
	if client == nil {
		client = acp.DefaultClient()
	}
	base := strings.TrimSuffix(strings.TrimRight(cfg.GatewayURL, "/"), strings.TrimRight(apiPath, "/")) + apiPath
	return &Adapter{cfg: cfg, base: base, acp: gateway, clk: clk, signer: signer, keys: keys, http: acp.Straight(wiretap.Client(client))}, nil
}

// apiPath stands before the name of each call.
const apiPath = "/gateway/api/pay/"

func publicKeys(text string) ([]*rsa.PublicKey, error) {
	var keys []*rsa.PublicKey
	for block, rest := pem.Decode([]byte(text)); block != nil; block, rest = pem.Decode(rest) {
		parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
		if block.Type != "PUBLIC KEY" || err != nil {
			return nil, errors.New("no public key in PKIX form")
		}
		key, ok := parsed.(*rsa.PublicKey)
		if !ok {
			return nil, fmt.Errorf("key is %T, want RSA", parsed)
		}
		keys = append(keys, key)
	}
	if len(keys) == 0 {
		return nil, errors.New("no PEM public key found")
	}
	return keys, nil
}
