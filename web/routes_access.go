package web

import (
	"net/http"

	"juma/internal/access"
)

var (
	administrators = []access.Role{access.Administrator}
	owners         = []access.Role{access.Owner}
)

// accountRoutes are everybody's own account.
func (s *Server) accountRoutes() []route {
	const enrolment = access.NeedsEnrolment
	return []route{
		portal(http.MethodGet, "/account", anyRole, s.account).inNav(navStaff, textKey("nav.account"), 'a'),
		portal(http.MethodPost, "/account/password", anyRole, s.changePassword),
		portal(http.MethodGet, "/account/totp", anyRole, s.totpForm).withStepUp().open(enrolment),
		portal(http.MethodGet, "/account/totp/picture", anyRole, s.totpPicture).withStepUp().open(enrolment),
		portal(http.MethodPost, "/account/totp", anyRole, s.totpSubmit).withStepUp().open(enrolment),
		portal(http.MethodPost, "/account/totp/remove", anyRole, s.totpRemove).withStepUp(),
		portal(http.MethodGet, "/account/passkeys", anyRole, s.passkeyForm).withStepUp().open(enrolment),
		portal(http.MethodPost, "/account/passkeys/options", anyRole, s.passkeyRegistration).withStepUp().open(enrolment),
		portal(http.MethodPost, "/account/passkeys", anyRole, s.passkeySubmit).withStepUp().open(enrolment),
		portal(http.MethodPost, "/account/passkeys/remove", anyRole, s.passkeyRemove).withStepUp(),
		portal(http.MethodPost, "/account/recovery", anyRole, s.recoverySubmit).withStepUp(),
		portal(http.MethodPost, "/account/sessions/end", anyRole, s.sessionsEnd),
	}
}

// peopleRoutes are other people's accounts: the platform's for administrators, a
// merchant's staff for its owner.
func (s *Server) peopleRoutes() []route {
	return []route{
		portal(http.MethodGet, "/console/users", administrators, s.users).inNav(navStaff, textKey("nav.users"), 'u'),
		portal(http.MethodPost, "/console/users/invite", administrators, s.invite).withStepUp(),
		portal(http.MethodPost, "/console/users/withdraw", administrators, s.withdraw).withStepUp(),
		portal(http.MethodPost, "/console/users/role", administrators, s.proposeRole).withStepUp(),
		portal(http.MethodPost, "/console/users/grants", administrators, s.decideGrant).withStepUp(),
		portal(http.MethodPost, "/console/users/lock", administrators, s.lockUser).withStepUp(),
		portal(http.MethodPost, "/console/users/unlock", administrators, s.unlockUser).withStepUp(),
		portal(http.MethodPost, "/console/users/reset", administrators, s.resetFactors).withStepUp(),

		portal(http.MethodGet, "/merchant/staff", owners, s.staff).inNav(navStaff, textKey("nav.staff"), 's'),
		portal(http.MethodPost, "/merchant/staff/invite", owners, s.invite).withStepUp(),
		portal(http.MethodPost, "/merchant/staff/withdraw", owners, s.withdraw).withStepUp(),
		portal(http.MethodPost, "/merchant/staff/remove", owners, s.removeStaff).withStepUp(),
	}
}
