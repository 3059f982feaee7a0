package web

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"juma/acquiring"
	"juma/acquiring/channel"
	"juma/internal/fault"
	"juma/internal/id"
	"juma/internal/money"
)

// scanPage is what scan.html shows: first it asks for the amount, then for the
// code.
type scanPage struct {
	Stores    []placeStore // that a payment can be taken at
	Store     placeStore   // the one that is chosen
	Amount    string       // as it was typed
	Sum       money.Fen    // 0: the amount is still to be asked for
	RequestID string
	Code      string // why the last try was not taken
	Problems  problems
}

// scanForm asks for the amount; with one in the address, for the code.
func (s *Server) scanForm(ctx context.Context, r *request) (response, error) {
	q := r.URL.Query()
	page := scanPage{Amount: strings.TrimSpace(q.Get("amount"))}
	if q.Has("amount") {
		var err error
		if page.Sum, err = readAmount(page.Amount); err != nil {
			page.Problems = problems{"amount": "amount"}
		}
	}
	return s.showScan(ctx, r, http.StatusOK, page, q.Get("store"))
}

func (s *Server) showScan(ctx context.Context, r *request, status int, page scanPage, store string) (response, error) {
	no, err := ownMerchant(r)
	if err != nil {
		return response{}, err
	}
	open, err := s.openStores(ctx, no)
	if err != nil {
		return response{}, err
	}
	for _, st := range open {
		if len(st.Terminals) == 0 {
			continue
		}
		page.Stores = append(page.Stores, st)
		if st.ID == store {
			page.Store = st
		}
	}
	if page.Store.ID == "" && len(page.Stores) > 0 {
		page.Store = page.Stores[0]
		if store != "" && len(page.Stores) > 1 { // it was closed meanwhile: let people choose again
			page.Sum = 0
		}
	}
	if page.RequestID == "" {
		page.RequestID = id.Token(s.cfg.Random)
	}
	return s.page(r, "scan", status, page), nil
}

// scanSubmit takes the payment. A form that is sent twice is one payment, because it
// carries the request id that it was rendered with.
func (s *Server) scanSubmit(ctx context.Context, r *request) (response, error) {
	no, err := ownMerchant(r)
	if err != nil {
		return response{}, err
	}
	page := scanPage{Amount: strings.TrimSpace(r.PostForm.Get("amount")), RequestID: r.PostForm.Get("request_id")}
	store := r.PostForm.Get("store")
	if page.Sum, err = readAmount(page.Amount); err != nil {
		page.Problems = problems{"amount": "amount"}
		return s.showScan(ctx, r, http.StatusBadRequest, page, store)
	}
	if !requestIDPattern.MatchString(page.RequestID) {
		return response{}, fault.New("web.scanSubmit", fault.Invalid, "the form carries no request id")
	}
	p, err := s.cfg.Scans.PayByCode(ctx, acquiring.CodeInput{
		MerchantNo: no, StoreID: store, Code: readCode(r.PostForm.Get("code")), Amount: page.Sum,
		RequestID: page.RequestID, ClientIP: r.ip, Operator: r.user.Login,
	})
	if err == nil {
		return redirect(http.StatusSeeOther, scanPath+"/"+p.OrderNo), nil
	}
	status, _ := classify(err)
	code, onCode := scanProblem(err)
	switch {
	case code == "":
		return response{}, err
	case onCode:
		page.Problems = problems{"code": code}
	default:
		page.Code = code
	}
	if fault.Is(err, fault.Conflict) {
		page.RequestID = "" // this one is spent
	}
	return s.showScan(ctx, r, status, page, store)
}

// readCode takes the spaces out that people type and scanners add.
func readCode(s string) channel.PayCode {
	return channel.PayCode(strings.Map(func(c rune) rune {
		if strings.ContainsRune(" \t\r\n-", c) {
			return -1
		}
		return c
	}, s))
}

// scanProblem says what to tell on the form, and whether the code is to blame; ""
// when it is not the form's fault.
func scanProblem(err error) (code string, onCode bool) {
	var plate *acquiring.PlateError
	var f *fault.Error
	switch {
	case errors.As(err, &plate):
		return "scan_closed", false
	case fault.Is(err, fault.Conflict):
		return "scan_conflict", false
	case fault.Is(err, fault.Unavailable):
		return "scan_busy", false
	case fault.Is(err, fault.Refused):
		return scanRefusals[refusalCode(err)], false
	}
	for next := err; errors.As(next, &f); next = f.Err {
		if f.Field == "code" {
			return "scan_foreign", true
		}
	}
	return "", false
}

// scanRefusals are the refusals as the merchant reads them, by the payer's.
var scanRefusals = map[string]string{
	"channel_off": "scan_channel_off", "payment_limit": "payment_limit", "taking_limit": "scan_taking_limit", "small_credit": "scan_small_credit", "no_code": "scan_no_code", "refused": "scan_refused",
}

// scannedPage is what scanned.html shows.
type scannedPage struct {
	Payment acquiring.Payment
	View    string // asking, password, paid, refused, undoing or undone
	Why     string // of refused: the reason's word, "other" without one
	Again   string // where the next payment of this store begins
}

// scanView groups states for the merchant.
func scanView(p acquiring.Payment) string {
	switch p.State {
	case acquiring.Paid:
		return "paid"
	case acquiring.Pending:
		return "password"
	case acquiring.Refused:
		return "refused"
	case acquiring.Reversing:
		return "undoing"
	case acquiring.Reversed, acquiring.Closed:
		return "undone"
	}
	return "asking"
}

// refreshSeconds is how often the page of a payment that is not decided loads
// itself anew. A header does that: no script is needed.
const refreshSeconds = 3

// scanOutcome shows how a payment by code stands, and takes it on.
func (s *Server) scanOutcome(ctx context.Context, r *request) (response, error) {
	p, err := s.ownPayment(ctx, r, r.param("no"))
	if err != nil {
		return response{}, err
	}
	if p.Entry != acquiring.ByCode {
		return redirect(http.StatusSeeOther, "/merchant/payments/"+p.OrderNo), nil
	}
	if p, err = s.cfg.Scans.Look(ctx, p.OrderNo); err != nil {
		return response{}, err
	}
	page := scannedPage{Payment: p, View: scanView(p), Why: string(p.Reason), Again: scanPath + "?store=" + p.StoreID}
	if page.Why == "" {
		page.Why = "other"
	}
	answer := s.page(r, "scanned", http.StatusOK, page)
	if page.View == "asking" || page.View == "password" || page.View == "undoing" {
		answer = answer.with("Refresh", strconv.Itoa(refreshSeconds))
	}
	return answer, nil
}
