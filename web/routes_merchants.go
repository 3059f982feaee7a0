package web

import (
	"net/http"

	"juma/internal/access"
)

var (
	merchantKeepers  = []access.Role{access.Operator, access.Risk}
	merchantClosers  = []access.Role{access.Operator}
	rateProposers    = []access.Role{access.Operator}
	rateDeciders     = []access.Role{access.Operator, access.Risk}
	importers        = []access.Role{access.Operator}
	enrolmentSenders = []access.Role{access.Operator, access.OnboardingReviewer}
)

const (
	merchantsPath = "/console/merchants"
	importPath    = "/console/import"
)

// merchantsRoutes are the operator's merchants. What is searched for may identify a
// person, so it comes by POST and is in no address.
func (s *Server) merchantsRoutes() []route {
	const file = merchantsPath + "/:no"
	return []route{
		portal(http.MethodGet, merchantsPath, platformRoles, s.merchantsList).inNav(navMerchants, textKey("nav.merchants"), 'm'),
		portal(http.MethodPost, merchantsPath+"/search", platformRoles, s.merchantsSearch),
		portal(http.MethodGet, file, platformRoles, s.merchantFile),
		portal(http.MethodPost, file+"/suspend", merchantKeepers, s.merchantSuspend),
		portal(http.MethodPost, file+"/resume", merchantKeepers, s.merchantResume),
		portal(http.MethodPost, file+"/close", merchantClosers, s.merchantClose).withStepUp(),
		portal(http.MethodPost, file+"/rates", rateProposers, s.ratePropose).withStepUp(),
		portal(http.MethodPost, file+"/rates/:id", rateDeciders, s.rateDecide).withStepUp(),
		portal(http.MethodPost, file+"/resubmit", enrolmentSenders, s.enrolmentResubmit),
		portal(http.MethodGet, importPath, importers, s.importForm).inNav(navMerchants, textKey("nav.import"), 'i'),
		portal(http.MethodGet, importPath+"/template", importers, s.importTemplate),
		portal(http.MethodPost, importPath, importers, s.importTable).withTable(),
		portal(http.MethodPost, importPath+"/faults", importers, s.importFaults).withBody(maxTable),
	}
}
