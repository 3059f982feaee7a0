package web

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"juma/acquiring"
	"juma/internal/fault"
	"juma/internal/id"
	"juma/internal/money"
	"juma/merchants"
)

// maxReason is the longest reason of a refund, in characters; the wallets take
// 80 or more.
const maxReason = 80

// paymentPage is what payment.html shows.
type paymentPage struct {
	Payment acquiring.Payment
	Store   merchants.Store
	Refunds []acquiring.Refund
	Form    refundForm
}

// refundForm is the form of a refund: what may be given back, what was typed, and
// what was wrong with that.
type refundForm struct {
	OrderNo    string
	Refundable money.Fen // what may still be given back, 0 unless paid
	MayRefund  bool      // the role may, and something is left
	RequestID  string    // of the form; sent twice it is one refund
	Amount     string    // as typed, or all that is left
	Reason     string
	Code       string   // text code of what was wrong with the refund
	Problems   problems // with single fields
}

// merchantPayment shows one payment with its refunds and, to those who may, the
// refund form.
func (s *Server) merchantPayment(ctx context.Context, r *request) (response, error) {
	p, err := s.ownPayment(ctx, r, r.param("no"))
	if err != nil {
		return response{}, err
	}
	return s.showPayment(ctx, r, p, http.StatusOK, paymentPage{})
}

// ownPayment finds a payment of the user's merchant. Another's does not exist:
// the answer tells nothing about it.
func (s *Server) ownPayment(ctx context.Context, r *request, orderNo string) (acquiring.Payment, error) {
	no, err := ownMerchant(r)
	if err != nil {
		return acquiring.Payment{}, err
	}
	p, err := s.cfg.Payments.Payment(ctx, orderNo)
	if err == nil && p.MerchantNo != no {
		err = fault.New("web.ownPayment", fault.NotFound, "no such payment")
	}
	if err != nil {
		return acquiring.Payment{}, err
	}
	return p, nil
}

func (s *Server) showPayment(ctx context.Context, r *request, p acquiring.Payment, status int, page paymentPage) (response, error) {
	var err error
	page.Payment = p
	if page.Refunds, err = s.cfg.Payments.RefundsOf(ctx, p.OrderNo); err != nil {
		return response{}, err
	}
	if store, err := s.cfg.Merchants.StoreByID(ctx, p.StoreID); err == nil {
		page.Store = store // an ornament, see result
	}
	s.offerRefund(&page.Form, p, slices.Contains(merchantRefunders, r.user.Role))
	return s.page(r, "payment", status, page), nil
}

// offerRefund fills in what the form offers, to those who may.
func (s *Server) offerRefund(form *refundForm, p acquiring.Payment, may bool) {
	form.OrderNo = p.OrderNo
	if p.State == acquiring.Paid {
		form.Refundable = p.Amount - p.Refunded
	}
	form.MayRefund = may && form.Refundable > 0
	if form.RequestID == "" {
		form.RequestID = id.Token(s.cfg.Random)
	}
	if form.Amount == "" {
		form.Amount = form.Refundable.Yuan()
	}
}

// merchantRefund takes a refund in.
func (s *Server) merchantRefund(ctx context.Context, r *request) (response, error) {
	p, err := s.ownPayment(ctx, r, r.PostForm.Get("order_no"))
	if err != nil {
		return response{}, err
	}
	form, status, err := s.takeRefund(ctx, r, p)
	switch {
	case err != nil:
		return response{}, err
	case status != 0:
		return s.showPayment(ctx, r, p, status, paymentPage{Form: form})
	}
	return s.withToast(redirect(http.StatusSeeOther, "/merchant/payments/"+p.OrderNo), "refund_taken"), nil
}

// takeRefund takes the form of a refund in. A form that is sent twice is one refund,
// because it carries the request id that it was rendered with. A status other than 0
// says that it was not taken and the form, which says why, is to be shown again.
func (s *Server) takeRefund(ctx context.Context, r *request, p acquiring.Payment) (form refundForm, status int, err error) {
	form = refundForm{
		RequestID: r.PostForm.Get("request_id"), Amount: strings.TrimSpace(r.PostForm.Get("amount")), Reason: strings.TrimSpace(r.PostForm.Get("reason")),
	}
	amount, err := readRefund(form)
	if err == nil {
		_, err = s.cfg.Refunds.RequestRefund(ctx, acquiring.RefundInput{
			OrderNo: p.OrderNo, Amount: amount, Reason: form.Reason, RequestID: form.RequestID, By: r.user.Login,
		})
	}
	if err == nil {
		return form, 0, nil
	}
	code, status := refundProblem(err)
	switch code {
	case "":
		return form, 0, err
	case "amount", "reason":
		form.Problems = problems{code: code}
	default:
		form.Code = code
	}
	if fault.Is(err, fault.Conflict) || fault.Is(err, fault.Refused) {
		form.RequestID = "" // this one is spent
	}
	return form, status, nil
}

func readRefund(form refundForm) (money.Fen, error) {
	switch {
	case !requestIDPattern.MatchString(form.RequestID):
		return 0, fault.New("web.readRefund", fault.Invalid, "the form carries no request id")
	case form.Reason == "" || utf8.RuneCountInString(form.Reason) > maxReason:
		return 0, &httpFault{status: http.StatusBadRequest, code: "reason"}
	}
	return readAmount(form.Amount)
}

// refundProblem says what to tell on the form; "" when it is not the form's
// fault.
func refundProblem(err error) (code string, status int) {
	var hf *httpFault
	switch {
	case errors.As(err, &hf):
		return hf.code, hf.status
	case fault.Is(err, fault.Refused):
		return "refund_refused", statusOf[fault.Refused]
	case fault.Is(err, fault.Conflict):
		return "refund_conflict", statusOf[fault.Conflict]
	case fault.Is(err, fault.Invalid):
		return "refund_invalid", statusOf[fault.Invalid]
	}
	return "", 0
}
