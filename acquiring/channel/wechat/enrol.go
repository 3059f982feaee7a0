package wechat

import (
	"cmp"
	"context"
	"strconv"
	"strings"

	"juma/acquiring/channel"
	"juma/acquiring/channel/wechat/internal/wire"
	"juma/internal/bizdate"
)

var _ channel.Enroller = (*Adapter)(nil)

// Assumptions about an application that no public page or library confirms; they
// are made here and nowhere else.
//
//   - The super administrator is the legal person: it is the only one whose
//     identity card is known. Telephone and address are the contact's.
//   - The settlement rule follows the kind of merchant, and the trade's
//     qualification is the general one; WeChat has a table of trades for both.
//   - Pictures are sent as they are referred to; in production those must be
//     media ids of WeChat's upload call, which is not built.
//   - The days on which licence and card begin are left out: they are not asked
//     of merchants.
const (
	generalTrade = "零售批发/生活娱乐/其他"
	cateringName = "餐饮"
	otherBank    = "其他银行" // known by its number only
)

var settlementIDs = map[channel.EnrolKind]string{channel.EnterpriseKind: "716", channel.IndividualKind: "719", channel.MicroKind: "703"}

var subjectTypes = map[channel.EnrolKind]string{
	channel.EnterpriseKind: "SUBJECT_TYPE_ENTERPRISE", channel.IndividualKind: "SUBJECT_TYPE_INDIVIDUAL", channel.MicroKind: "SUBJECT_TYPE_MICRO",
}

// enrolFields translates the last part of WeChat's field names to ours.
var enrolFields = map[string]string{
	"merchant_name": "name", "micro_name": "store_name", "merchant_shortname": "short_name", "service_phone": "contact.phone",
	"license_number": "uscc", "license_copy": "photos.licence", "period_end": "licence_until",
	"legal_person": "legal.name", "id_card_name": "legal.name", "id_card_number": "legal.id_no", "card_period_end": "legal.id_until",
	"id_card_copy": "photos.id_front", "id_card_national": "photos.id_back",
	"contact_name": "legal.name", "mobile_phone": "contact.phone", "contact_email": "contact.email",
	"biz_store_name": "store_name", "biz_store_address": "address", "micro_address": "address",
	"biz_address_code": "region", "micro_address_code": "region", "bank_address_code": "region",
	"store_entrance_pic": "photos.storefront", "indoor_pic": "photos.interior", "micro_indoor_copy": "photos.interior",
	"qualification_type": "mcc", "settlement_id": "mcc",
	"bank_account_type": "account.corporate", "account_name": "account.name", "account_number": "account.no",
	"account_bank": "account.bank_name", "bank_name": "account.bank_name", "bank_branch_id": "account.cnaps",
}

func enrolReason(field, text string) channel.EnrolReason {
	return channel.EnrolReason{Path: enrolFields[field[strings.LastIndexAny(field, "./")+1:]], Field: field, Text: text}
}

// Enrol hands in an application (特约商户进件), which WeChat reviews: accepted for
// review is Pending. A code that WeChat has had before is answered by a query.
func (a *Adapter) Enrol(ctx context.Context, req channel.EnrolRequest) (channel.EnrolResult, error) {
	const op = "wechat.Enrol"
	if err := req.Check(op); err != nil {
		return channel.EnrolResult{}, err
	}
	ans, callErr := a.wire.Apply(ctx, applyment(req))
	res, ok, err := judge(op, ans, callErr)
	switch {
	case err != nil:
		return channel.EnrolResult{}, err
	case res.Outcome == channel.Refused:
		return a.enrolledBefore(ctx, req.EnrolQuery, res, ans)
	case !ok:
		return channel.EnrolResult{Result: res}, nil
	}
	var taken struct {
		ApplymentID int64 `json:"applyment_id"`
	}
	if err := ans.Decode(&taken); err != nil || taken.ApplymentID == 0 {
		return channel.EnrolResult{Result: unknown("", "the answer carries no applyment_id")}, nil
	}
	res.Outcome = channel.Pending
	return channel.EnrolResult{Result: res, ApplicationNo: strconv.FormatInt(taken.ApplymentID, 10)}, nil
}

// enrolledBefore tells whether a refusal meant that WeChat has the application
// already: then how that one stands is the answer. It was sent, so no error may
// say that it was not.
func (a *Adapter) enrolledBefore(ctx context.Context, q channel.EnrolQuery, refusal channel.Result, ans wire.Answer) (channel.EnrolResult, error) {
	known, err := a.QueryEnrolment(ctx, q)
	switch {
	case err != nil:
		return channel.EnrolResult{Result: unknown(refusal.Code, err.Error())}, nil
	case !known.NotFound:
		return known, nil
	}
	out := channel.EnrolResult{Result: refusal}
	var e struct {
		Detail struct{ Field, Issue string } `json:"detail"`
	}
	if err := ans.Decode(&e); err == nil && e.Detail.Field != "" { // its value is not read: it may be a person's
		out.Reasons = []channel.EnrolReason{enrolReason(e.Detail.Field, cmp.Or(e.Detail.Issue, refusal.Message))}
	}
	return out, nil
}

// QueryEnrolment asks how an application stands.
func (a *Adapter) QueryEnrolment(ctx context.Context, q channel.EnrolQuery) (channel.EnrolResult, error) {
	const op = "wechat.QueryEnrolment"
	if err := q.Check(op); err != nil {
		return channel.EnrolResult{}, err
	}
	ans, callErr := a.wire.QueryApplyment(ctx, q.BusinessCode)
	res, absent, ok, err := judgeQuery(op, ans, callErr)
	if !ok || err != nil {
		return channel.EnrolResult{Result: res, NotFound: absent}, err
	}
	var s wire.ApplymentState
	if err := ans.Decode(&s); err != nil {
		return channel.EnrolResult{Result: unknown("", err.Error())}, nil
	}
	if s.BusinessCode != q.BusinessCode {
		return channel.EnrolResult{Result: unknown("", "the answer speaks of application "+strconv.Quote(s.BusinessCode))}, nil
	}
	return enrolState(s), nil
}

// enrolState translates a state. What waits for the merchant's own hand
// (confirming the account, signing) is Pending, with WeChat's word for it.
func enrolState(s wire.ApplymentState) channel.EnrolResult {
	out := channel.EnrolResult{
		Result:        channel.Result{Outcome: channel.Unknown, Code: s.State, Message: s.StateMsg},
		ApplicationNo: strconv.FormatInt(s.ApplymentID, 10),
	}
	switch s.State {
	case "APPLYMENT_STATE_FINISHED":
		if s.SubMchID == "" {
			out.Message = "the application is finished and the answer carries no sub_mchid"
			return out
		}
		out.Outcome, out.MerchantID = channel.Succeeded, s.SubMchID
	case "APPLYMENT_STATE_REJECTED", "APPLYMENT_STATE_CANCELED":
		out.Outcome = channel.Refused
		for _, d := range s.AuditDetail {
			out.Reasons = append(out.Reasons, enrolReason(d.Field, d.RejectReason))
		}
	case "APPLYMENT_STATE_AUDITING", "APPLYMENT_STATE_TO_BE_CONFIRMED", "APPLYMENT_STATE_TO_BE_SIGNED", "APPLYMENT_STATE_SIGNING":
		out.Outcome = channel.Pending
	case "APPLYMENT_STATE_EDITTING": // it broke off on its way in: hand it in again
		out.Outcome, out.NotFound = channel.Refused, true
	}
	return out
}

// applyment writes an application in WeChat's names.
func applyment(req channel.EnrolRequest) wire.Applyment {
	out := wire.Applyment{
		BusinessCode: req.BusinessCode,
		ContactInfo:  wire.ApplyContact{ContactType: "LEGAL", ContactName: req.Legal.Name, MobilePhone: req.Contact.Phone, ContactEmail: req.Contact.Email},
		SubjectInfo: wire.ApplySubject{
			SubjectType: subjectTypes[req.Kind],
			Identity: wire.ApplyIdentity{
				HolderType: "LEGAL", DocType: "IDENTIFICATION_TYPE_IDCARD", Owner: true,
				Card: wire.ApplyIDCard{
					Front: req.Photos[channel.IDFrontPhoto], Back: req.Photos[channel.IDBackPhoto],
					Name: req.Legal.Name, Number: req.Legal.IDNo, PeriodEnd: periodEnd(req.Legal.IDUntil),
				},
			},
		},
		BusinessInfo:   applyBusiness(req),
		SettlementInfo: wire.ApplySettle{SettlementID: settlementIDs[req.Kind], QualificationType: trade(req.MCC)},
		BankAccount: wire.ApplyBank{
			Type: "BANK_ACCOUNT_TYPE_PERSONAL", AccountName: req.Account.Name, AccountBank: cmp.Or(req.Account.BankName, otherBank),
			AddressCode: req.Region, BranchID: req.Account.CNAPS, AccountNumber: req.Account.No,
		},
	}
	if req.Account.Corporate {
		out.BankAccount.Type = "BANK_ACCOUNT_TYPE_CORPORATE"
	}
	if req.Kind == channel.MicroKind {
		out.SubjectInfo.Micro = &wire.ApplyMicro{Type: "MICRO_TYPE_STORE", Store: wire.ApplyMicroStore{
			Name: cmp.Or(req.StoreName, req.ShortName), AddressCode: req.Region, Address: req.Address,
			EntrancePic: req.Photos[channel.StorefrontPhoto], IndoorPic: req.Photos[channel.InteriorPhoto],
		}}
	} else {
		out.SubjectInfo.Licence = &wire.ApplyLicence{
			Copy: req.Photos[channel.LicencePhoto], Number: req.USCC, MerchantName: req.Name,
			LegalPerson: req.Legal.Name, PeriodEnd: periodEnd(req.LicenceUntil),
		}
	}
	return out
}

func applyBusiness(req channel.EnrolRequest) wire.ApplyBusiness {
	one := func(kind string) []string {
		if req.Photos[kind] == "" {
			return nil
		}
		return []string{req.Photos[kind]}
	}
	return wire.ApplyBusiness{
		ShortName: req.ShortName, ServicePhone: req.Contact.Phone,
		Sales: wire.ApplySales{Scenes: []string{"SALES_SCENES_STORE"}, Store: wire.ApplyStore{
			Name: cmp.Or(req.StoreName, req.ShortName), AddressCode: req.Region, Address: req.Address,
			EntrancePics: one(channel.StorefrontPhoto), IndoorPics: one(channel.InteriorPhoto),
		}},
	}
}

// periodEnd writes a last day; none is 长期, long term.
func periodEnd(d bizdate.Date) string {
	if d == 0 {
		return "长期"
	}
	return d.Start().Format("2006-01-02")
}

// trade is the qualification type of a merchant category.
func trade(mcc string) string {
	if mcc == "5812" || mcc == "5814" {
		return cateringName
	}
	return generalTrade
}
