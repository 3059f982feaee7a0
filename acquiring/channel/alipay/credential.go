package alipay

import (
	"context"

	"juma/acquiring/channel"
	"juma/acquiring/channel/alipay/internal/wire"
)

var _ channel.CredentialLister = (*Adapter)(nil)

// Credentials are, in certificate mode, the app's certificate and those of Alipay's that
// are known, numbered as Alipay numbers them; otherwise the two keys, which have neither
// number nor end.
func (a *Adapter) Credentials(context.Context) ([]channel.Credential, error) {
	var all []channel.Credential
	use := channel.SignsRequests // the first
	for _, cert := range a.wire.Certificates() {
		all = append(all, channel.Credential{Use: use, Kind: channel.CertificateForm, Serial: wire.CertSN(cert), NotAfter: cert.NotAfter})
		use = channel.ProvesAnswers
	}
	if all == nil {
		all = []channel.Credential{{Use: channel.SignsRequests, Kind: channel.KeyForm}, {Use: channel.ProvesAnswers, Kind: channel.KeyForm}}
	}
	return all, nil
}
