package app

import (
	"cmp"
	"context"
	"errors"
	"strings"

	"juma/acquiring/channel"
	"juma/internal/fault"
	"juma/merchants"
	"juma/merchants/check"
)

// makeEnrolment puts together what registers merchants at the channels.
func (a *App) makeEnrolment(remote map[channel.Name]channel.Adapter) (err error) {
	at := map[string]merchants.Enroller{}
	for name, adapter := range remote {
		if e, ok := adapter.(channel.Enroller); ok {
			at[string(name)] = enroller{e}
		}
	}
	a.Enrolment, err = merchants.NewEnrolmentService(merchants.EnrolmentConfig{
		Store: a.Store.Enrolments(), Channels: at, Check: check.Profile, Clock: a.Clock, IDs: a.IDs, AfterCommit: a.Relay.Kick,
		ProfileOf: a.Upkeep.ProfileOf,
	})
	return err
}

// enroller speaks a channel's words to merchants.Enroller's.
type enroller struct{ channel.Enroller }

// Enrol hands in an application. What lacks a field that every channel wants is
// rejected here, for that field: asking the channel again would not mend it.
func (r enroller) Enrol(ctx context.Context, e merchants.Enrolment, p merchants.Profile) (merchants.EnrolmentAnswer, error) {
	res, err := r.Enroller.Enrol(ctx, enrolRequest(e, p))
	var f *fault.Error
	if errors.As(err, &f) && f.Kind == fault.Invalid && f.Field != "" {
		path := profilePath(e.Channel, f.Field)
		if _, known := p.Field(path); known {
			return merchants.EnrolmentAnswer{State: merchants.EnrolRejected, Message: "not handed in",
				Reasons: []merchants.Reason{{Path: path, Code: "incomplete", Text: f.Msg}}}, nil
		}
	}
	return enrolmentAnswer(e.Channel, res), err
}

// Ask asks what became of an application.
func (r enroller) Ask(ctx context.Context, e merchants.Enrolment) (merchants.EnrolmentAnswer, error) {
	res, err := r.QueryEnrolment(ctx, channel.EnrolQuery{BusinessCode: e.BusinessCode, MerchantNo: e.MerchantNo})
	return enrolmentAnswer(e.Channel, res), err
}

func enrolmentAnswer(name string, res channel.EnrolResult) merchants.EnrolmentAnswer {
	a := merchants.EnrolmentAnswer{NotFound: res.NotFound, ChannelID: res.MerchantID, Message: cmp.Or(res.Message, res.Code)}
	switch {
	case res.NotFound:
	case res.Outcome == channel.Succeeded:
		a.State = merchants.EnrolAccepted
	case res.Outcome == channel.Pending:
		a.State = merchants.EnrolPending
	case res.Outcome == channel.Refused:
		a.State = merchants.EnrolRejected
	}
	for _, r := range res.Reasons {
		a.Reasons = append(a.Reasons, merchants.Reason{Path: profilePath(name, r.Path), Code: merchants.ChannelReason, Text: r.Text})
	}
	return a
}

// profilePath is the profile's path of a field of channel.EnrolRequest; "" for
// one that is not the applicant's.
func profilePath(name, path string) string {
	switch path {
	case "store_name":
		return "stores[0].name"
	case "rate":
		return "rates." + ratedAs(name) + ".rate"
	case "account.corporate":
		return "account.kind"
	case "business_code", "merchant_no":
		return ""
	}
	if photo, ok := strings.CutPrefix(path, "photos."); ok {
		return "pictures." + photo
	}
	return path
}

// ratedAs is the wallet whose agreed rate a channel is told: of several, UnionPay's.
func ratedAs(name string) string {
	if channel.Name(name).ByUnionPay() {
		return string(channel.UnionPayWallet)
	}
	return string(channel.Name(name).Base())
}

// enrolRequest writes a profile as an application to a channel.
func enrolRequest(e merchants.Enrolment, p merchants.Profile) channel.EnrolRequest {
	req := channel.EnrolRequest{
		EnrolQuery: channel.EnrolQuery{BusinessCode: e.BusinessCode, MerchantNo: e.MerchantNo},
		Kind:       channel.EnrolKind(p.Kind), Name: p.Name, ShortName: p.ShortName, USCC: p.USCC, LicenceUntil: p.LicenceUntil,
		Legal:   channel.EnrolPerson{Name: p.Legal.Name, IDNo: p.Legal.IDNo, IDUntil: p.Legal.IDUntil, Phone: p.Legal.Phone},
		Contact: channel.EnrolContact{Name: cmp.Or(p.Contact.Name, p.Legal.Name), Phone: cmp.Or(p.Contact.Phone, p.Legal.Phone), Email: p.Contact.Email},
		MCC:     p.MCC, Region: p.Region, Address: p.Address,
		Account: channel.EnrolAccount{Corporate: p.Account.Kind == merchants.Corporate, No: p.Account.No, Name: p.Account.Name, BankName: p.Account.BankName, CNAPS: p.Account.CNAPS},
	}
	if len(p.Stores) > 0 {
		req.StoreName = p.Stores[0].Name
	}
	for _, o := range p.Rates { // the channel is told the rate of whatever has none of its own
		if o.Channel == ratedAs(e.Channel) && (req.Rate == 0 || o.CardKind == merchants.AnyCard) {
			req.Rate = o.Rate
		}
	}
	for _, pic := range p.Pictures {
		if req.Photos == nil {
			req.Photos = map[string]string{}
		}
		if req.Photos[string(pic.Kind)] == "" { // the first of a kind
			req.Photos[string(pic.Kind)] = pic.UploadID
		}
	}
	return req
}
