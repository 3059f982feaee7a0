package web

import (
	"net/http"

	"juma/internal/access"
)

var (
	termReaders   = []access.Role{access.ClearingOperator, access.ClearingApprover, access.Risk, access.Auditor}
	termProposers = []access.Role{access.ClearingOperator}
	termDeciders  = []access.Role{access.ClearingApprover}
	holders       = []access.Role{access.ClearingOperator, access.Risk}
	holdEnders    = []access.Role{access.ClearingApprover, access.Risk}
)

const termsPath = "/console/terms"

// termRoutes are settlement terms and holds.
func (s *Server) termRoutes() []route {
	return []route{
		portal(http.MethodGet, termsPath, termReaders, s.termList).inNav(navMoney, textKey("nav.terms"), 'v'),
		portal(http.MethodPost, termsPath+"/propose", termProposers, s.termPropose),
		portal(http.MethodPost, termsPath+"/decide", termDeciders, s.termDecide).withStepUp(),
		portal(http.MethodPost, termsPath+"/hold", holders, s.holdPut),
		portal(http.MethodPost, termsPath+"/end", holdEnders, s.holdEnd).withStepUp(),
	}
}
