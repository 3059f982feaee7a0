package web

import "net/http"

const ledgerPath = "/console/ledger"

// ledgerRoutes are the book: its balance, its accounts and entries, its rules.
func (s *Server) ledgerRoutes() []route {
	return []route{
		portal(http.MethodGet, ledgerPath, settlementReaders, s.ledgerBalance).inNav(navMoney, textKey("nav.ledger"), 'y'),
		portal(http.MethodGet, ledgerPath+"/balance.csv", settlementReaders, s.ledgerCSV),
		portal(http.MethodGet, ledgerPath+"/accounts", settlementReaders, s.ledgerAccounts),
		portal(http.MethodGet, ledgerPath+"/entries", settlementReaders, s.ledgerEntries),
		portal(http.MethodGet, ledgerPath+"/rules", settlementReaders, s.ledgerRules),
	}
}
