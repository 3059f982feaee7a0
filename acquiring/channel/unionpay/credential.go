package unionpay

import (
	"context"

	"juma/acquiring/channel"
	"juma/acquiring/channel/internal/acp"
)

var _ channel.CredentialLister = (*Adapter)(nil)

// Credentials are the signing certificate, UnionPay's root and middle certificate, and
// the certificates that have signed its answers since the start. The end of our own is
// known only where sign_cert_pem was given.
func (a *Adapter) Credentials(context.Context) ([]channel.Credential, error) {
	own := channel.Credential{Use: channel.SignsRequests, Kind: channel.CertificateForm, Serial: a.cfg.CertID}
	if a.cfg.SignCertPEM != "" {
		cert, err := acp.ParseCertificate(a.cfg.SignCertPEM)
		if err != nil {
			return nil, err
		}
		own.NotAfter = cert.NotAfter
	}
	return append([]channel.Credential{own}, a.wire.Credentials()...), nil
}
