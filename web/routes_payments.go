package web

import (
	"net/http"

	"juma/internal/access"
)

var (
	paymentReaders = []access.Role{access.Operator, access.Risk, access.ClearingOperator, access.ClearingApprover, access.Auditor}
	paymentKeepers = []access.Role{access.Operator}
)

const (
	paymentsPath = "/console/payments"
	openPath     = "/console/payments/unknown"
)

// paymentsRoutes are the platform's payments. What is searched for may name who
// paid, so it comes by POST and is in no address.
func (s *Server) paymentsRoutes() []route {
	const file = paymentsPath + "/:no"
	return []route{
		portal(http.MethodGet, paymentsPath, paymentReaders, s.paymentList).inNav(navMoney, textKey("nav.payments"), 'p'),
		portal(http.MethodPost, paymentsPath+"/find", paymentReaders, s.paymentFind),
		portal(http.MethodGet, openPath, paymentReaders, s.openList).inNav(navMoney, textKey("nav.payments_open"), 'o').counted(s.countOpen),
		portal(http.MethodPost, openPath+"/ask", paymentKeepers, s.openAsk),
		portal(http.MethodGet, file, paymentReaders, s.paymentFile),
		portal(http.MethodPost, file+"/ask", paymentKeepers, s.paymentAsk),
		portal(http.MethodPost, file+"/resend", paymentKeepers, s.paymentResend),
		portal(http.MethodPost, file+"/refund", paymentKeepers, s.paymentRefund).withStepUp(),
		portal(http.MethodPost, file+"/retry", paymentKeepers, s.paymentRetry).withStepUp(),
	}
}
