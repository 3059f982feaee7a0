package web

import (
	"net/http"

	"juma/internal/access"
)

const payoutsPath = "/console/payouts"

var (
	payoutProposers = []access.Role{access.ClearingOperator}
	payoutReleasers = []access.Role{access.ClearingApprover}
)

// payoutRoutes are what merchants are paid, and what failed or came back.
func (s *Server) payoutRoutes() []route {
	return []route{
		portal(http.MethodGet, payoutsPath, settlementReaders, s.payoutList).inNav(navMoney, textKey("nav.payouts"), 'f').counted(s.countUnpaid),
		portal(http.MethodGet, payoutsPath+"/files/:id", settlementDownloads, s.payoutFile),
		portal(http.MethodPost, payoutsPath+"/again", payoutProposers, s.payoutAgain),
		portal(http.MethodPost, payoutsPath+"/withdraw", payoutProposers, s.payoutWithdraw),
		portal(http.MethodPost, payoutsPath+"/release", payoutReleasers, s.payoutRelease).withStepUp(),
	}
}
