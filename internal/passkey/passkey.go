// Package passkey carries out WebAuthn ceremonies. It is the only place that knows
// the WebAuthn library; internal/access declares what it needs of it
// (access.Ceremonies) and keeps credentials and challenges.
//
// Every ceremony demands user verification: the authenticator has checked finger,
// face or PIN, so that a passkey is two factors in one. Attestation is not asked
// for: who made the authenticator decides nothing here.
package passkey

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net"
	"net/url"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"juma/internal/access"
	"juma/internal/fault"
)

// Ceremonies is WebAuthn for one site.
type Ceremonies struct{ site *webauthn.WebAuthn }

var _ access.Ceremonies = (*Ceremonies)(nil)

// New returns the ceremonies of a site. publicURL is where browsers reach it.
// WebAuthn needs a host name, and https except on localhost (W3C WebAuthn §5.1.3):
// for any other address the error is of kind NotReady, and no passkeys can be
// offered.
func New(publicURL, name string) (*Ceremonies, error) {
	const op = "passkey.New"
	u, err := url.Parse(publicURL)
	if err != nil || u.Hostname() == "" {
		return nil, fault.Field(op, "PublicURL", publicURL, "want scheme and host")
	}
	host := u.Hostname()
	if net.ParseIP(host) != nil || u.Scheme != "https" && host != "localhost" {
		return nil, fault.New(op, fault.NotReady, "passkeys need a host name and https (or localhost), %s has not", publicURL)
	}
	site, err := webauthn.New(&webauthn.Config{
		RPID: host, RPDisplayName: name, RPOrigins: []string{u.Scheme + "://" + u.Host},
		AttestationPreference:  protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{ResidentKey: protocol.ResidentKeyRequirementPreferred, UserVerification: protocol.VerificationRequired},
	})
	if err != nil {
		return nil, fault.Wrap(op, fault.Invalid, err)
	}
	return &Ceremonies{site}, nil
}

// BeginRegistration asks for a new passkey; one that the user has already is not
// made again.
func (c *Ceremonies) BeginRegistration(u access.PasskeyUser) (options, state string, err error) {
	who, err := userOf(u)
	if err != nil {
		return "", "", err
	}
	creation, session, err := c.site.BeginRegistration(who, webauthn.WithExclusions(webauthn.Credentials(who.credentials).CredentialDescriptors()))
	return both("passkey.BeginRegistration", creation, session, err)
}

// FinishRegistration checks what the browser made.
func (c *Ceremonies) FinishRegistration(u access.PasskeyUser, state, answer string) (id, data string, err error) {
	const op = "passkey.FinishRegistration"
	session, err := sessionOf(op, state)
	if err != nil {
		return "", "", err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes([]byte(answer))
	if err != nil {
		return "", "", refused(op, err)
	}
	credential, err := c.site.CreateCredential(user{PasskeyUser: u}, session, parsed)
	if err != nil {
		return "", "", refused(op, err)
	}
	return keep(op, credential)
}

// BeginLogin asks for one of the user's passkeys, or for anybody's.
func (c *Ceremonies) BeginLogin(u *access.PasskeyUser) (options, state string, err error) {
	const op = "passkey.BeginLogin"
	if u == nil {
		assertion, session, err := c.site.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
		return both(op, assertion, session, err)
	}
	who, err := userOf(*u)
	if err != nil {
		return "", "", err
	}
	assertion, session, err := c.site.BeginLogin(who, webauthn.WithUserVerification(protocol.VerificationRequired))
	return both(op, assertion, session, err)
}

// FinishLogin checks what the browser signed. A counter that did not go up tells
// of a copied authenticator and is refused.
func (c *Ceremonies) FinishLogin(state, answer string, find func(id string) (access.PasskeyUser, error)) (id, data string, err error) {
	const op = "passkey.FinishLogin"
	session, err := sessionOf(op, state)
	if err != nil {
		return "", "", err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes([]byte(answer))
	if err != nil {
		return "", "", refused(op, err)
	}
	owner, err := find(idOf(parsed.RawID))
	if fault.Is(err, fault.NotFound) {
		return "", "", fault.New(op, fault.Forbidden, "nobody has this passkey")
	}
	if err != nil {
		return "", "", err
	}
	who, err := userOf(owner)
	if err != nil {
		return "", "", err
	}
	credential, err := c.validate(who, session, parsed)
	if err != nil {
		return "", "", refused(op, err)
	}
	if credential.Authenticator.CloneWarning {
		return "", "", fault.New(op, fault.Forbidden, "the passkey's counter went back: it may have been copied; remove it and register another")
	}
	return keep(op, credential)
}

func (c *Ceremonies) validate(who user, session webauthn.SessionData, parsed *protocol.ParsedCredentialAssertionData) (*webauthn.Credential, error) {
	if len(session.UserID) > 0 {
		return c.site.ValidateLogin(who, session, parsed)
	}
	_, credential, err := c.site.ValidatePasskeyLogin(func(_, _ []byte) (webauthn.User, error) { return who, nil }, session, parsed)
	return credential, err
}

// user is an account as the library sees it.
type user struct {
	access.PasskeyUser
	credentials []webauthn.Credential
}

func userOf(u access.PasskeyUser) (user, error) {
	out := user{PasskeyUser: u, credentials: make([]webauthn.Credential, len(u.Data))}
	for i, data := range u.Data {
		if err := json.Unmarshal([]byte(data), &out.credentials[i]); err != nil {
			return user{}, fault.New("passkey.userOf", fault.Corrupt, "a stored passkey of %s is unreadable; remove it", u.Login)
		}
	}
	return out, nil
}

// WebAuthnID names the account to authenticators.
func (u user) WebAuthnID() []byte { return u.Handle }

// WebAuthnName is the login.
func (u user) WebAuthnName() string { return u.Login }

// WebAuthnDisplayName is the person's name.
func (u user) WebAuthnDisplayName() string { return u.Name }

// WebAuthnCredentials lists the account's passkeys.
func (u user) WebAuthnCredentials() []webauthn.Credential { return u.credentials }

// both encodes the two halves of a ceremony that has begun.
func both(op string, options any, session *webauthn.SessionData, err error) (string, string, error) {
	if err != nil {
		return "", "", fault.Wrap(op, fault.Internal, err)
	}
	o, err1 := json.Marshal(options)
	s, err2 := json.Marshal(session)
	if err := errors.Join(err1, err2); err != nil {
		return "", "", fault.Wrap(op, fault.Internal, err)
	}
	return string(o), string(s), nil
}

func sessionOf(op, state string) (webauthn.SessionData, error) {
	var s webauthn.SessionData
	if err := json.Unmarshal([]byte(state), &s); err != nil {
		return s, fault.New(op, fault.Corrupt, "the stored ceremony is unreadable; begin again")
	}
	return s, nil
}

// keep encodes what is to be stored of a credential.
func keep(op string, c *webauthn.Credential) (id, data string, err error) {
	b, err := json.Marshal(c)
	if err != nil {
		return "", "", fault.Wrap(op, fault.Internal, err)
	}
	return idOf(c.ID), string(b), nil
}

// idOf is a credential's id as it is stored: hashed, because it may be a kilobyte
// long.
func idOf(raw []byte) string {
	h := sha256.Sum256(raw)
	return hex.EncodeToString(h[:])
}

// refused says that an answer does not hold. The library's reason is kept for the
// log; it tells nothing secret.
func refused(op string, err error) error {
	var detail *protocol.Error
	if errors.As(err, &detail) && detail.DevInfo != "" {
		return fault.New(op, fault.Forbidden, "the passkey's answer does not hold: %s (%s)", detail.Details, detail.DevInfo)
	}
	return fault.New(op, fault.Forbidden, "the passkey's answer does not hold: %v", err)
}
