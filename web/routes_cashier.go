package web

import (
	"net/http"
)

// cashierRoutes are the pages behind a plate and what the wallets send.
func (s *Server) cashierRoutes() []route {
	all := []route{
		public(http.MethodGet, "/q/:key", s.cashier, asPage),
		public(http.MethodGet, "/scan", s.scanned, asPage),
		public(http.MethodGet, "/q/:key/auth", s.cashierAuth, asPage),
		public(http.MethodPost, "/q/:key/pay", s.cashierPay, asJSON),
		public(http.MethodGet, "/r/:token", s.result, asPage),
		public(http.MethodGet, "/r/:token/state", s.resultState, asJSON),
	}
	// A wallet that redirects may come back with a form (UnionPay's frontUrl).
	back := public(http.MethodPost, "/r/:token", s.resultReturn, asPage)
	back.foreign = true
	all = append(all, back)
	for _, ch := range s.cfg.Channels {
		notice := public(http.MethodPost, NotifyPath(ch), s.notice(ch), asNotice)
		notice.foreign = true
		all = append(all, notice)
	}
	return all
}
