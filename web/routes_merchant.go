package web

import (
	"net/http"

	"juma/internal/access"
)

var merchantRefunders = []access.Role{access.Owner, access.Manager}

// merchantRoutes are the merchant's own pages.
func (s *Server) merchantRoutes() []route {
	return []route{
		portal(http.MethodGet, "/merchant", merchantStaff, s.merchantHome).inNav(navMoney, textKey("nav.merchant"), 'h'),
		portal(http.MethodGet, "/merchant/payments/:no", merchantStaff, s.merchantPayment),
		portal(http.MethodPost, "/merchant/refunds", merchantRefunders, s.merchantRefund),
		portal(http.MethodGet, "/merchant/slips/:date", merchantStaff, s.merchantSlip),
		portal(http.MethodGet, "/merchant/slips/:date/pdf", merchantStaff, s.merchantSlipPDF),
	}
}
