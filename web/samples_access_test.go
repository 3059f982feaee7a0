package web

var accessSamples = []sample{
	{route: "/login/second", urls: []string{"/login/second", "/login/second?next=/console/settlement"}, session: halfSession},
	{route: "/stepup", urls: []string{"/stepup", "/stepup?next=/account"}, session: "manager-a"},
	{route: "/join", urls: []string{"/join"}},
	{route: "/invitation/:token", urls: []string{"/invitation/" + sampleInvitation}},
	{route: "/account", urls: []string{"/account"}, session: "manager-a"},
	{route: "/account", urls: []string{"/account"}, session: "admin"},
	{route: "/account/totp", urls: []string{"/account/totp"}, session: "owner-a"},
	{route: "/account/totp", urls: []string{"/account/totp"}, session: enrollingSession},
	{route: "/account/totp/picture", noPage: "a picture"},
	{route: "/account/passkeys", urls: []string{"/account/passkeys"}, session: "owner-a"},
	{route: "/console/users", urls: []string{"/console/users"}, session: "admin"},
	{route: "/merchant/staff", urls: []string{"/merchant/staff"}, session: "owner-a"},
	{route: "/merchant/staff", urls: []string{"/merchant/staff"}, session: "applicant"},
}
