package web

import (
	"net/http"

	"juma/internal/access"
)

var (
	applicationReaders = []access.Role{access.OnboardingReviewer, access.Operator, access.Risk, access.Auditor, access.Administrator}
	reviewers          = []access.Role{access.OnboardingReviewer}
)

// reviewRoutes are the queue of applications and the decisions on them. Who made an
// application never decides on it: the service refuses that whatever the role.
func (s *Server) reviewRoutes() []route {
	const file = "/console/applications/:id"
	return []route{
		portal(http.MethodGet, "/console/applications", applicationReaders, s.reviewQueue).inNav(navMerchants, textKey("nav.review"), 'q'),
		portal(http.MethodGet, file, applicationReaders, s.reviewFile),
		portal(http.MethodGet, file+"/pictures/:upload", applicationReaders, s.reviewPicture),
		portal(http.MethodPost, file+"/reveal", reviewers, s.reviewReveal).withStepUp(),
		portal(http.MethodPost, file+"/approve", reviewers, s.reviewApprove).withStepUp(),
		portal(http.MethodPost, file+"/reject", reviewers, s.reviewReject),
		portal(http.MethodPost, file+"/override", reviewers, s.reviewOverride).withStepUp(),
	}
}
