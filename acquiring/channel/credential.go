package channel

import (
	"context"
	"time"
)

// CredentialLister is an adapter's ability to say by which certificates and keys it
// signs and proves. It is found by assertion; nothing is asked of the wallet, and
// nothing secret is in the answer.
type CredentialLister interface {
	Credentials(ctx context.Context) ([]Credential, error)
}

// CredentialUse is what a certificate or key is good for.
type CredentialUse string

// The uses.
const (
	SignsRequests CredentialUse = "signs"     // ours: without it the channel refuses what we ask
	ProvesAnswers CredentialUse = "proves"    // theirs: without it their answers and notices prove nothing
	Authority     CredentialUse = "authority" // theirs, above what proves
)

// CredentialUses lists them in the order in which they are shown.
var CredentialUses = []CredentialUse{SignsRequests, ProvesAnswers, Authority}

// CredentialKind is its form.
type CredentialKind string

// The forms. A key has no end of its own; a certificate whose NotAfter is zero has one
// that is not known here, because only its number was configured.
const (
	CertificateForm CredentialKind = "certificate"
	KeyForm         CredentialKind = "key"
)

// CredentialKinds lists them.
var CredentialKinds = []CredentialKind{CertificateForm, KeyForm}

// Credential is one certificate or key.
type Credential struct {
	Use  CredentialUse  `json:"use"`
	Kind CredentialKind `json:"kind"`
	// Serial is its number as the wallet writes it: hexadecimal at WeChat, decimal at
	// UnionPay, PUB_KEY_ID_… for a public key of WeChat; "" where it has none.
	Serial   string    `json:"serial,omitempty"`
	NotAfter time.Time `json:"not_after,omitzero"`
}

// DaysLeft is how many whole days a credential is good for from a time on, negative
// once it has ended; known is false where it has no end or one that is not known.
func (c Credential) DaysLeft(at time.Time) (days int, known bool) {
	if c.NotAfter.IsZero() {
		return 0, false
	}
	const day = 24 * time.Hour
	left := c.NotAfter.Sub(at)
	if left < 0 {
		left -= day - 1
	}
	return int(left / day), true
}
