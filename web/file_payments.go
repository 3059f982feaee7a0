package web

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"juma/acquiring"
	"juma/acquiring/channel"
	"juma/acquiring/routing"
	"juma/clearing"
	"juma/internal/access"
	"juma/internal/audit"
	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/internal/ledger"
	"juma/internal/money"
	"juma/merchants"
)

// paymentFilePage is what payment_file.html shows: all that is known of a payment.
type paymentFilePage struct {
	acquiring.Payment
	Final    bool
	Merchant string
	Store    string
	Serial   string // of the plate
	Rate     merchants.PaymentRate
	Fee      money.Fen      // what the merchant is charged for it
	Why      routing.Record // why it went where it went …
	Reason   string         // … in words
	Refunds  []acquiring.Refund
	Notices  []acquiring.NoticeRow
	Entries  []ledger.Entry
	Items    []settledItem
	Events   []Event
	Form     refundForm
	Acts     bool // the reader may act
	Opens    opens
	Code     string
	Problems problems
	Typed    string
	RefundNo string // of the refund that a form was about
	// Askable is what the wallet may be asked about, Retriable the refunds that it has
	// refused.
	Askable, Retriable []Option

	Resendable []Option // what can be told once more

	audits []audit.Entry
	wire   []acquiring.WireMessage
}

// opens says to which other pages the reader is led.
type opens struct{ Plate, Settlement, Files bool }

// settledItem is what reconciliation made of the payment or a refund, with its batch.
type settledItem struct {
	clearing.Item
	Batch clearing.Batch
	Day   clearing.Day
	Files []clearing.FileRow // of the batch: the ones that hold rows of payments
}

// maxAudits bounds how much of an object's history a page reads.
const maxAudits = 100

func (s *Server) paymentFile(ctx context.Context, r *request) (response, error) {
	no := r.param("no")
	if strings.HasPrefix(no, "R") {
		refund, err := s.cfg.PaymentDesk.Refund(ctx, no)
		if err != nil {
			return response{}, err
		}
		return redirect(http.StatusSeeOther, paymentPath(refund.OrderNo)+"#refunds"), nil
	}
	return s.showPaymentFile(ctx, r, http.StatusOK, paymentFilePage{})
}

func (s *Server) showPaymentFile(ctx context.Context, r *request, status int, page paymentFilePage) (response, error) {
	var err error
	if page.Payment, err = s.cfg.PaymentDesk.Payment(ctx, r.param("no")); err != nil {
		return response{}, err
	}
	for _, fill := range []func(context.Context, *request, *paymentFilePage) error{
		s.fillPaymentNames, s.fillPaymentRate, s.fillPaymentFacts, s.fillPaymentClearing,
	} {
		if err := fill(ctx, r, &page); err != nil {
			return response{}, err
		}
	}
	if page.Why, err = routing.Parse(page.Route); err != nil {
		return response{}, err
	}
	page.Reason = r.lang.route(page.Why)
	page.Final = slices.Contains(acquiring.PaymentMoves.Final, page.State)
	page.Acts = mayAsk(r.user)
	page.Opens = opensOf(r.user)
	page.offer(r.lang)
	s.offerRefund(&page.Form, page.Payment, page.Acts)
	page.Events = r.lang.paymentTimeline(page)
	return s.page(r, "payment_file", status, page), nil
}

func opensOf(u access.User) opens {
	return opens{
		Plate: slices.Contains(plateReaders, u.Role), Settlement: slices.Contains(settlementReaders, u.Role), Files: slices.Contains(settlementDownloads, u.Role),
	}
}

// fillPaymentNames names merchant, store and plate.
func (s *Server) fillPaymentNames(ctx context.Context, _ *request, page *paymentFilePage) (err error) {
	if page.Merchant, page.Store, err = s.boundTo(ctx, qrcodeBinding(page.Payment)); err != nil || page.PlateKey == "" {
		return err
	}
	plate, _, err := s.cfg.PlateOffice.Find(ctx, page.PlateKey)
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Invalid) {
		return nil // an ornament
	}
	page.Serial = plate.Serial
	return err
}

// fillPaymentRate explains by which agreement the payment is charged.
func (s *Server) fillPaymentRate(ctx context.Context, _ *request, page *paymentFilePage) (err error) {
	page.Rate, err = s.cfg.MerchantLife.ExplainPaymentRate(ctx, merchants.PaidFacts{
		MerchantNo: page.MerchantNo, Channel: string(page.Wallet), Day: bizdate.Of(page.CreatedAt), AgreementID: page.AgreementID,
	})
	if err != nil {
		return err
	}
	page.Fee, err = merchants.Agreement{Rate: page.FeeRate, Cap: page.FeeCap}.Fee(page.Amount)
	return err
}

// fillPaymentFacts reads what became of the payment: refunds, notices, book, record.
func (s *Server) fillPaymentFacts(ctx context.Context, _ *request, page *paymentFilePage) (err error) {
	desk := s.cfg.PaymentDesk
	if page.Refunds, err = desk.RefundsOf(ctx, page.OrderNo); err != nil {
		return err
	}
	if page.Notices, err = desk.NoticesOf(ctx, page.OrderNo); err != nil {
		return err
	}
	if page.wire, err = desk.WireOf(ctx, page.OrderNo, maxWire); err != nil {
		return err
	}
	if page.Entries, err = desk.EntriesOf(ctx, page.numbers()...); err != nil {
		return err
	}
	for i, no := range page.numbers() {
		object := "payment "
		if i > 0 {
			object = "refund "
		}
		more, err := desk.AuditOf(ctx, object+no, "", maxAudits)
		if err != nil {
			return err
		}
		page.audits = append(page.audits, more...)
	}
	return nil
}

// numbers are the payment's own and those of its refunds.
func (page *paymentFilePage) numbers() []string {
	all := []string{page.OrderNo}
	for _, r := range page.Refunds {
		all = append(all, r.RefundNo)
	}
	return all
}

// fillPaymentClearing reads what reconciliation and settlement made of it.
func (s *Server) fillPaymentClearing(ctx context.Context, _ *request, page *paymentFilePage) error {
	items, err := s.cfg.PaymentDesk.ItemsOf(ctx, page.numbers()...)
	if err != nil {
		return err
	}
	for _, it := range items {
		row := settledItem{Item: it}
		if row.Day, err = s.cfg.Clearing.Day(ctx, it.Channel, it.Date); err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		if it.State == clearing.Settled {
			if row.Batch, err = s.cfg.Clearing.Batch(ctx, it.SettledOn); err != nil {
				return err
			}
			if row.Files, err = s.cfg.Clearing.Files(ctx, it.SettledOn); err != nil {
				return err
			}
			row.Files = slices.DeleteFunc(row.Files, func(f clearing.FileRow) bool { return !holdsRows(f, it) })
		}
		page.Items = append(page.Items, row)
	}
	return nil
}

// offer lists what may be done about the payment and its refunds. Of a closed or
// refused payment the wallet may have taken the money late, so it can be asked, too.
func (page *paymentFilePage) offer(l lang) {
	page.Resendable = page.resendable(l)
	if page.State != acquiring.Paid && page.State != acquiring.Reversed {
		page.Askable = append(page.Askable, option("", l.text("payments.this_one", page.OrderNo)))
	}
	for _, r := range page.Refunds {
		text := joined(" · ", r.RefundNo, r.Amount.Yuan())
		switch {
		case !slices.Contains(acquiring.RefundMoves.Final, r.State):
			page.Askable = append(page.Askable, option(r.RefundNo, text))
		case r.State == acquiring.RefundFailed:
			page.Retriable = append(page.Retriable, option(r.RefundNo, text))
		}
	}
}

// paymentAsk asks the wallet about the payment, or about one of its refunds.
func (s *Server) paymentAsk(ctx context.Context, r *request) (response, error) {
	no, refundNo := r.param("no"), r.PostForm.Get("refund_no")
	kind, about := channel.PaymentLine, no
	if refundNo != "" {
		if err := s.refundOf(ctx, no, refundNo); err != nil {
			return response{}, err
		}
		kind, about = channel.RefundLine, refundNo
	}
	reason := strings.TrimSpace(r.PostForm.Get("reason"))
	err := s.cfg.PaymentOffice.AskAgain(ctx, kind, about, r.user.Login, reason)
	return s.paymentActed(ctx, r, err, "payment_asked", paymentFilePage{Typed: reason, RefundNo: refundNo})
}

// refundOf makes sure that a refund is one of the payment.
func (s *Server) refundOf(ctx context.Context, orderNo, refundNo string) error {
	refund, err := s.cfg.PaymentDesk.Refund(ctx, refundNo)
	if err == nil && refund.OrderNo != orderNo {
		err = fault.New("web.refundOf", fault.NotFound, "payment %s has no refund %s", orderNo, refundNo)
	}
	return err
}

// paymentRetry tries a refund again that the wallet has refused.
func (s *Server) paymentRetry(ctx context.Context, r *request) (response, error) {
	no, refundNo := r.param("no"), r.PostForm.Get("refund_no")
	if err := s.refundOf(ctx, no, refundNo); err != nil {
		return response{}, err
	}
	reason := strings.TrimSpace(r.PostForm.Get("reason"))
	var err error
	if reason == "" {
		err = fault.Field("web.paymentRetry", "reason", "", "must be given")
	} else {
		_, err = s.cfg.PaymentOffice.RetryRefund(ctx, refundNo, r.user.Login, reason)
	}
	return s.paymentActed(ctx, r, err, "payment_retried", paymentFilePage{Typed: reason, RefundNo: refundNo})
}

// paymentActed shows what an action led to.
func (s *Server) paymentActed(ctx context.Context, r *request, err error, toast string, page paymentFilePage) (response, error) {
	switch {
	case err == nil:
		return s.withToast(redirect(http.StatusSeeOther, paymentPath(r.param("no"))), toast), nil
	case faultField(err) == "reason":
		page.Problems = problems{"reason": "why_needed"}
		return s.showPaymentFile(ctx, r, http.StatusUnprocessableEntity, page)
	case fault.Is(err, fault.Conflict):
		page.Code = "refund_moved"
		return s.showPaymentFile(ctx, r, http.StatusConflict, page)
	case fault.Is(err, fault.Refused):
		page.Code = "refund_refused"
		return s.showPaymentFile(ctx, r, statusOf[fault.Refused], page)
	case fault.Is(err, fault.Unavailable):
		page.Code = "channel_away"
		return s.showPaymentFile(ctx, r, http.StatusOK, page)
	}
	return response{}, err
}

// paymentRefund takes in a refund that the platform makes for a merchant.
func (s *Server) paymentRefund(ctx context.Context, r *request) (response, error) {
	p, err := s.cfg.PaymentDesk.Payment(ctx, r.param("no"))
	if err != nil {
		return response{}, err
	}
	form, status, err := s.takeRefund(ctx, r, p)
	switch {
	case err != nil:
		return response{}, err
	case status != 0:
		return s.showPaymentFile(ctx, r, status, paymentFilePage{Form: form})
	}
	return s.withToast(redirect(http.StatusSeeOther, paymentPath(p.OrderNo)+"#refunds"), "refund_taken"), nil
}
