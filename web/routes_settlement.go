package web

import (
	"net/http"

	"juma/internal/access"
)

var (
	settlementReaders   = []access.Role{access.ClearingOperator, access.ClearingApprover, access.Auditor}
	settlementDownloads = []access.Role{access.ClearingOperator, access.ClearingApprover}
	settlers            = []access.Role{access.ClearingOperator}
	releasers           = []access.Role{access.ClearingApprover}
)

// settlementRoutes are the operator's settlement pages.
func (s *Server) settlementRoutes() []route {
	return []route{
		portal(http.MethodGet, "/console/settlement", settlementReaders, s.settlementDays).inNav(navMoney, textKey("nav.settlement"), 's'),
		portal(http.MethodGet, "/console/settlement/:date", settlementReaders, s.settlementDay),
		portal(http.MethodPost, "/console/settlement/:date/settle", settlers, s.settleDay),
		portal(http.MethodPost, "/console/settlement/:date/release", releasers, s.releaseDay).withStepUp(),
		portal(http.MethodGet, "/console/spec", settlementReaders, s.fileSpec),
		portal(http.MethodGet, "/console/files/:id", settlementDownloads, s.download),
	}
}
