package web

import (
	"context"
	"net/http"
	"time"

	"juma/acquiring"
	"juma/acquiring/channel"
	"juma/internal/money"
)

// resultPage is what result.html shows.
type resultPage struct {
	View     string // paid, processing, closed or refused
	State    acquiring.PaymentState
	Store    string
	Wallet   channel.Wallet
	Amount   money.Fen
	Refunded money.Fen
	OrderNo  string
	Time     time.Time // paid, or else created
	Token    string
	PlateURL string
}

// resultView groups states for the payer. Whatever is not decided is
// "processing": a payer who reads "failed" pays twice.
func resultView(p acquiring.Payment) string {
	switch p.State {
	case acquiring.Paid:
		return "paid"
	case acquiring.Closed, acquiring.Reversed:
		return "closed"
	case acquiring.Refused:
		return "refused"
	}
	return "processing"
}

// result shows what became of a payment to whoever holds its token.
func (s *Server) result(ctx context.Context, r *request) (response, error) {
	token := r.param("token")
	p, err := s.cfg.Cashier.PaymentByToken(ctx, token)
	if err != nil {
		return response{}, err
	}
	page := resultPage{
		View: resultView(p), State: p.State, Wallet: p.Wallet, Amount: p.Amount, Refunded: p.Refunded,
		OrderNo: p.OrderNo, Time: p.PaidAt, Token: token, PlateURL: "/q/" + p.PlateKey,
	}
	if page.Time.IsZero() {
		page.Time = p.CreatedAt
	}
	// The name is an ornament here: without it the page still tells the truth.
	if store, err := s.cfg.Merchants.StoreByID(ctx, p.StoreID); err == nil {
		page.Store = store.Name
	}
	return s.page(r, "result", http.StatusOK, page), nil
}

// stateAnswer is what the result page polls. When View changes, the page loads
// itself anew.
type stateAnswer struct {
	State string `json:"state"`
	View  string `json:"view"`
	Final bool   `json:"final"`
}

func (s *Server) resultState(ctx context.Context, r *request) (response, error) {
	p, err := s.cfg.Cashier.PaymentByToken(ctx, r.param("token"))
	if err != nil {
		return response{}, err
	}
	view := resultView(p)
	return jsonResponse(http.StatusOK, stateAnswer{State: string(p.State), View: view, Final: view != "processing"}), nil
}

// resultReturn is where a wallet's form brings the browser back: what the form
// says is not believed, the page asks our own books.
func (s *Server) resultReturn(ctx context.Context, r *request) (response, error) {
	token := r.param("token")
	if _, err := s.cfg.Cashier.PaymentByToken(ctx, token); err != nil {
		return response{}, err
	}
	return redirect(http.StatusSeeOther, "/r/"+token), nil
}
