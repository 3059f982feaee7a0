package web

import (
	"context"
	"net/http"
	"slices"

	"juma/acquiring/channel"
	"juma/internal/fault"
	"juma/merchants"
)

// enrolmentShown is where a merchant stands at a channel.
type enrolmentShown struct {
	merchants.Enrolment
	Why       []rejection
	CanResend bool
}

// rejection is why a value was not accepted.
type rejection struct{ Label, Text string }

func (s *Server) fillEnrolments(ctx context.Context, r *request, page *merchantFilePage) error {
	all, err := s.cfg.MerchantRecords.Enrolments(ctx, page.No)
	slices.SortFunc(all, func(a, b merchants.Enrolment) int {
		return channel.Compare(channel.Name(a.Channel), channel.Name(b.Channel))
	})
	for _, e := range all {
		shown := enrolmentShown{Enrolment: e, CanResend: page.May.Resubmit && e.State == merchants.EnrolRejected}
		for _, reason := range e.Reasons {
			shown.Why = append(shown.Why, rejection{r.lang.factLabel(reason.Path), r.lang.reasonText(reason)})
		}
		page.Enrolments = append(page.Enrolments, shown)
	}
	return err
}

// reasonText is a reason in words: those of its code, and what was written to it. A
// channel's reason has its own words only.
func (l lang) reasonText(reason merchants.Reason) string {
	if reason.Code == merchants.ChannelReason {
		return reason.Text
	}
	return joined(" ", l.text("apply.reason."+reason.Code), reason.Text)
}

// enrolmentResubmit hands in anew what a channel rejected, with the merchant's
// profile as it is now.
func (s *Server) enrolmentResubmit(ctx context.Context, r *request) (response, error) {
	mended, err := typedReason(r)
	if err == nil {
		_, err = s.cfg.Enrolments.Resubmit(ctx, r.param("no"), r.PostForm.Get("channel"), r.user.Login, mended, nil)
	}
	page := merchantFilePage{View: viewChannels}
	switch {
	case fault.Is(err, fault.Invalid):
		page.Code = "merchant_reason"
		return s.showMerchant(ctx, r, http.StatusUnprocessableEntity, page)
	case fault.Is(err, fault.Conflict):
		page.Code = "enrol_moved"
		return s.showMerchant(ctx, r, http.StatusConflict, page)
	}
	return s.withToast(redirect(http.StatusSeeOther, merchantPath(r.param("no"))+"?view="+viewChannels), "enrolment_resubmitted"), err
}
