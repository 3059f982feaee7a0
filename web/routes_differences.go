package web

import (
	"net/http"

	"juma/internal/access"
)

// differenceWorkers propose and comment; deciding is the approver's.
var (
	differenceWorkers  = []access.Role{access.ClearingOperator}
	differenceDeciders = []access.Role{access.ClearingApprover}
	differencePeople   = []access.Role{access.ClearingOperator, access.ClearingApprover}
)

const differencesPath = "/console/differences"

// differenceRoutes are the work on differences.
func (s *Server) differenceRoutes() []route {
	const one = differencesPath + "/:id"
	return []route{
		portal(http.MethodGet, differencesPath, settlementReaders, s.differenceList).inNav(navMoney, textKey("nav.differences"), 'e').counted(s.countDifferences),
		portal(http.MethodGet, differencesPath+"/list.csv", settlementReaders, s.differenceCSV),
		portal(http.MethodPost, differencesPath+"/bulk", differenceWorkers, s.differenceBulk),
		portal(http.MethodPost, differencesPath+"/find", settlementReaders, s.differenceFind),
		portal(http.MethodGet, one, settlementReaders, s.differenceFile),
		portal(http.MethodPost, one+"/take", differenceWorkers, s.differenceTake),
		portal(http.MethodPost, one+"/hand", differenceWorkers, s.differenceHand),
		portal(http.MethodPost, one+"/comment", differencePeople, s.differenceComment),
		portal(http.MethodPost, one+"/propose", differenceWorkers, s.differencePropose),
		portal(http.MethodPost, one+"/approve", differenceDeciders, s.differenceApprove).withStepUp(),
		portal(http.MethodPost, one+"/reject", differencePeople, s.differenceReject),
	}
}
