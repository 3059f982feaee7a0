package web

import (
	"net/http"

	"juma/internal/access"
)

var (
	statementReaders  = []access.Role{access.ClearingOperator, access.ClearingApprover, access.Auditor}
	statementKeepers  = []access.Role{access.ClearingOperator}
	statementDeciders = []access.Role{access.ClearingApprover}
)

const (
	statementsPath = "/console/statements"
	// maxStatementForm bounds a form with a statement; larger ones are brought by command.
	maxStatementForm = 64 << 20
)

// statementRoutes are the files that channels and banks send about a day.
func (s *Server) statementRoutes() []route {
	const one = statementsPath + "/:id"
	return []route{
		portal(http.MethodGet, statementsPath, statementReaders, s.statementDay).inNav(navMoney, textKey("nav.statements"), 'z').counted(s.countQuarantine),
		portal(http.MethodPost, statementsPath, statementKeepers, s.statementImport).withTable().withBody(maxStatementForm),
		portal(http.MethodGet, one, statementReaders, s.statementFile),
		portal(http.MethodPost, one+"/propose", statementKeepers, s.statementPropose),
		portal(http.MethodPost, one+"/decide", statementDeciders, s.statementDecide),
	}
}
