package web

import "net/http"

const scanPath = "/merchant/scan"

// scanRoutes are the pages on which a merchant scans the payer's code. An amount
// may stand in an address; a code may not, because it is as good as money.
func (s *Server) scanRoutes() []route {
	return []route{
		portal(http.MethodGet, scanPath, merchantStaff, s.scanForm).inNav(navMoney, textKey("nav.scan"), 'c').withCamera(),
		portal(http.MethodPost, scanPath, merchantStaff, s.scanSubmit).withCamera(),
		portal(http.MethodGet, scanPath+"/:no", merchantStaff, s.scanOutcome),
	}
}
