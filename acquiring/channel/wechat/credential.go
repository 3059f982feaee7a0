package wechat

import (
	"context"

	"juma/acquiring/channel"
)

var _ channel.CredentialLister = (*Adapter)(nil)

// Credentials are the merchant API certificate, and the platform's keys: its public key
// and its certificates, with those that were fetched since. The end of the merchant's
// is known only where merchant_cert_pem was given: signing needs no more than its number.
func (a *Adapter) Credentials(context.Context) ([]channel.Credential, error) {
	all := []channel.Credential{{
		Use: channel.SignsRequests, Kind: channel.CertificateForm, Serial: a.cfg.CertSerial, NotAfter: a.cfg.own.NotAfter,
	}}
	for _, k := range a.wire.PlatformKeys() {
		form := channel.CertificateForm
		if k.NotAfter.IsZero() {
			form = channel.KeyForm
		}
		all = append(all, channel.Credential{Use: channel.ProvesAnswers, Kind: form, Serial: k.ID, NotAfter: k.NotAfter})
	}
	return all, nil
}
