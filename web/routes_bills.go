package web

import "net/http"

const billsPath = "/merchant/statements"

// billRoutes are a merchant's own statements, by month and by day.
func (s *Server) billRoutes() []route {
	return []route{
		portal(http.MethodGet, billsPath, merchantStaff, s.bills).inNav(navMoney, textKey("nav.bills"), 'b'),
		portal(http.MethodGet, billsPath+"/:period/rows.csv", merchantStaff, s.billRows),
		portal(http.MethodGet, billsPath+"/:period/days.csv", merchantStaff, s.billDays),
		portal(http.MethodGet, billsPath+"/:period/statement.xlsx", merchantStaff, s.billWorkbook),
	}
}
