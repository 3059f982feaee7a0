package web

import (
	"context"
	"errors"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"juma/acquiring"
	"juma/internal/fault"
)

// statusOf is the one table from fault kinds to HTTP statuses.
var statusOf = map[fault.Kind]int{
	fault.Invalid:     http.StatusBadRequest,
	fault.NotFound:    http.StatusNotFound,
	fault.Conflict:    http.StatusConflict,
	fault.Refused:     http.StatusUnprocessableEntity,
	fault.Unknown:     http.StatusGatewayTimeout,
	fault.Unavailable: http.StatusServiceUnavailable,
	fault.NotReady:    http.StatusNotFound,
	fault.Forbidden:   http.StatusForbidden,
	fault.Corrupt:     http.StatusInternalServerError,
	fault.Internal:    http.StatusInternalServerError,
}

// plateStatus is the same for plates that cannot be paid on: the plate exists,
// but its state is in the way, for now or for good.
var plateStatus = map[string]int{
	"blank":     http.StatusConflict,
	"suspended": http.StatusConflict,
	"merchant":  http.StatusConflict,
	"lost":      http.StatusConflict,
	"replaced":  http.StatusGone,
	"void":      http.StatusGone,
}

// httpFault is a failure that exists only in HTTP. code is the key of its
// texts: "error."+code.
type httpFault struct {
	status     int
	code       string
	retryAfter time.Duration
}

// Error names the code.
func (f *httpFault) Error() string { return "web: " + f.code }

// tooMany says that a limit is used up until then.
func tooMany(wait time.Duration) error {
	return &httpFault{status: http.StatusTooManyRequests, code: "too_many", retryAfter: wait}
}

// errNoSession asks for a login (pages) or a new scan (cashier).
var errNoSession = &httpFault{status: http.StatusUnauthorized, code: "session"}

// classify gives status and text code of an error. Codes are catalogue keys:
// the fault's own words, written for operators, are logged and not shown.
func classify(err error) (status int, code string) {
	var hf *httpFault
	var pe *acquiring.PlateError
	var tooLarge *http.MaxBytesError
	var unfinished *unfinishedLogin
	switch {
	case errors.As(err, &hf):
		return hf.status, hf.code
	case errors.As(err, &unfinished):
		return http.StatusUnauthorized, "session"
	case errors.As(err, &pe):
		if status, ok := plateStatus[pe.State]; ok {
			return status, "plate_" + pe.State
		}
		return http.StatusConflict, "plate_suspended"
	case errors.As(err, &tooLarge):
		return http.StatusRequestEntityTooLarge, "too_large"
	}
	kind := fault.KindOf(err)
	status, known := statusOf[kind]
	if !known {
		return http.StatusInternalServerError, string(fault.Internal)
	}
	return status, string(kind)
}

// faultField is the field that an error or one of its causes names, "" for none.
func faultField(err error) string {
	var f *fault.Error
	for errors.As(err, &f) && f.Field == "" {
		err = f.Err
	}
	if f == nil {
		return ""
	}
	return f.Field
}

// failure turns an error into an answer in the route's form, and logs what is
// a defect or an outage of ours.
func (s *Server) failure(ctx context.Context, r *request, err error) response {
	status, code := classify(err)
	if status >= 500 {
		s.log.ErrorContext(ctx, "request failed", "route", r.route.rule.Path, "status", status, "request_id", requestIDOf(ctx), "error", err)
	}
	var p response
	switch r.route.as {
	case asNotice:
		// The wallet reads nothing but the status, and sends again.
		p = response{status: status}
	case asJSON:
		p = jsonResponse(status, errorAnswer{Error: errorBody{Code: code, Message: r.lang.text("error." + code), RequestID: requestIDOf(ctx)}})
	default:
		if p, ok := s.detour(ctx, r, err); ok {
			return p
		}
		name := "error"
		if r.session != "" { // people at work keep their navigation
			name = "failed"
		}
		p = s.page(r, name, status, errorPage{Title: errorTitle(code), Code: code, Status: status, RequestID: requestIDOf(ctx)})
	}
	var hf *httpFault
	if errors.As(err, &hf) && hf.retryAfter > 0 {
		p = p.with("Retry-After", strconv.Itoa(int(math.Ceil(hf.retryAfter.Seconds()))))
	}
	return p
}

type errorAnswer struct {
	Error errorBody `json:"error"`
}

type errorBody struct {
	Code      string `json:"code"`
	Message   string `json:"message"`
	RequestID string `json:"request_id,omitempty"`
}

// errorPage is what error.html shows.
type errorPage struct {
	Title     string // catalogue key
	Code      string
	Status    int
	RequestID string
}

// detour leads a browser to what must come first: the login, its second half, the
// application of a merchant, or a fresh proof.
func (s *Server) detour(ctx context.Context, r *request, err error) (response, bool) {
	var unfinished *unfinishedLogin
	switch {
	case errors.Is(err, errNoSession):
		return loginFirst(r), true
	case errors.As(err, &unfinished):
		return unfinished.page(r), true
	case errors.Is(err, errNoMerchant) && r.Method == http.MethodGet: // an applicant: on to the application
		return redirect(http.StatusSeeOther, s.homeOf(r.user)), true
	case errors.Is(err, errStepUp):
		return s.stepUpFirst(ctx, r), true
	}
	return response{}, false
}

// loginFirst sends a browser to the login page and remembers where it wanted
// to go, if coming back there with GET makes sense.
//
// A request by htmx would put the login page into the place of a list; it is
// told to send the whole browser there.
func loginFirst(r *request) response {
	to := "/login"
	if r.Method == http.MethodGet {
		to += "?next=" + url.QueryEscape(r.URL.RequestURI())
	}
	if r.Header.Get("HX-Request") == "true" {
		return response{status: http.StatusUnauthorized}.with("HX-Redirect", to)
	}
	return redirect(http.StatusSeeOther, to)
}
