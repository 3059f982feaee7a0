package web

import "net/http"

// applyRoutes are the applicant's own applications. Every one of them asks
// Onboarding.Own first, for which another's application does not exist.
func (s *Server) applyRoutes() []route {
	return []route{
		portal(http.MethodGet, "/apply", owners, s.applications).inNav(navMerchants, textKey("nav.apply"), 'j'),
		portal(http.MethodPost, "/apply", owners, s.applyStart),
		portal(http.MethodPost, "/apply/check", owners, s.applyCheck),
		portal(http.MethodGet, "/apply/:id", owners, s.applyStatus),
		portal(http.MethodGet, "/apply/:id/:step", owners, s.applyStep),
		portal(http.MethodPost, "/apply/:id/:step", owners, s.applySave),
		portal(http.MethodPost, "/apply/:id/pictures", owners, s.applyPicture).withUpload(),
		portal(http.MethodGet, "/apply/:id/pictures/:upload", owners, s.applyUpload),
		portal(http.MethodPost, "/apply/:id/submit", owners, s.applySubmit),
		portal(http.MethodPost, "/apply/:id/withdraw", owners, s.applyWithdraw),
		portal(http.MethodPost, "/apply/:id/transfer", owners, s.applyTransfer),
	}
}
