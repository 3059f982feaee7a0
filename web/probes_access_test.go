package web

import (
	"context"
	"net/url"

	"juma/internal/access"
)

const ownAccount = "acts on the own account"

var accessProbes = []probe{
	{route: "GET /login/second", anybody: ownAccount},
	{route: "POST /login/second", form: url.Values{"code": {"000000"}}, anybody: ownAccount},
	{route: "GET /stepup", anybody: ownAccount},
	{route: "POST /stepup", form: url.Values{"password": {accountPassword}}, anybody: ownAccount},
	{route: "POST /stepup/options", anybody: ownAccount, prepare: withPasskey},
	{route: "POST /logout", anybody: ownAccount, leaves: true},

	{route: "GET /account", anybody: ownAccount},
	{route: "POST /account/password", form: url.Values{"old": {accountPassword}, "password": {"brass kettle window"}, "again": {"brass kettle window"}}, anybody: ownAccount},
	{route: "GET /account/totp", anybody: ownAccount},
	{route: "GET /account/totp/picture", anybody: ownAccount},
	{route: "POST /account/totp", form: url.Values{"code": {"000000"}}, anybody: ownAccount, prepare: func(s *site, u access.User) { putTOTP(s, u, false) }},
	{route: "POST /account/totp/remove", anybody: ownAccount, prepare: func(s *site, u access.User) { putTOTP(s, u, true) }},
	{route: "GET /account/passkeys", anybody: ownAccount},
	{route: "POST /account/passkeys/options", anybody: ownAccount},
	{route: "POST /account/passkeys", form: url.Values{"label": {"x"}}, anybody: ownAccount},
	{route: "POST /account/passkeys/remove", form: url.Values{"id": {"own key"}}, anybody: ownAccount, prepare: withPasskey},
	{route: "POST /account/passkeys/remove", form: url.Values{"id": {"own key"}}, prepare: func(s *site, u access.User) {
		if u.MerchantNo != merchantB { // the key is of whoever is not of merchant B
			withPasskey(s, u)
		}
	}},
	{route: "POST /account/recovery", anybody: ownAccount},
	{route: "POST /account/sessions/end", anybody: ownAccount, leaves: true},

	{route: "GET /console/users", anybody: "of the platform"},
	{route: "POST /console/users/invite", form: url.Values{"login": {"new-risk"}, "name": {"新"}, "role": {"risk"}, "reason": {"x"}}, anybody: "of the platform"},
	{route: "POST /console/users/withdraw", form: url.Values{"id": {"01JQINVITATION000000000002"}}, anybody: "of the platform"},
	{route: "POST /console/users/role", form: url.Values{"login": {"risk"}, "role": {"auditor"}, "reason": {"x"}}, anybody: "of the platform"},
	{route: "POST /console/users/grants", form: url.Values{"id": {"01JQGRANT0000000000000001"}, "decision": {"confirm"}}, anybody: "of the platform"},
	{route: "POST /console/users/lock", form: url.Values{"login": {"risk"}, "reason": {"x"}}, anybody: "of the platform"},
	{route: "POST /console/users/unlock", form: url.Values{"login": {"risk"}, "reason": {"x"}}, anybody: "of the platform"},
	{route: "POST /console/users/reset", form: url.Values{"login": {"risk"}, "reason": {"x"}}, anybody: "of the platform"},

	{route: "GET /merchant/staff", anybody: "shows the own merchant"},
	{route: "POST /merchant/staff/invite", form: url.Values{"login": {"another"}, "name": {"某"}, "role": {"clerk"}}, anybody: "invites to the own merchant"},
	{route: "POST /merchant/staff/withdraw", form: url.Values{"id": {"01JQINVITATION000000000001"}}},
	{route: "POST /merchant/staff/remove", form: url.Values{"login": {"clerk-a"}}},
}

// withPasskey gives somebody a passkey.
func withPasskey(s *site, u access.User) {
	key := access.Passkey{ID: "own key", Login: u.Login, Label: "x", Data: `{"id":"AAAA"}`, CreatedAt: noon}
	if err := s.people.Update(context.Background(), func(tx access.Tx) error { return tx.InsertPasskey(key) }); err != nil {
		s.t.Fatal(err)
	}
}

// putTOTP gives somebody an authenticator app.
func putTOTP(s *site, u access.User, confirmed bool) {
	x := access.TOTP{Login: u.Login, Secret: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", CreatedAt: noon}
	if confirmed {
		x.ConfirmedAt = noon
	}
	s.people.PutTOTP(x)
}
