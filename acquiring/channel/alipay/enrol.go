package alipay

import (
	"cmp"
	"context"
	"regexp"
	"strings"

	"juma/acquiring/channel"
	"juma/acquiring/channel/alipay/internal/wire"
)

var _ channel.Enroller = (*Adapter)(nil)

// Assumptions about an application that are not confirmed for an acquiring
// institution; they are made here and nowhere else.
//
//   - The call is that of 直付通 sub-merchants (zft.create and zftorder.query),
//     which reviews and gives reasons. ant.merchant.expand.indirect.create, the
//     other one of indirect mode, answers at once and knows no review.
//   - The merchant needs no Alipay account of its own to sign with
//     (binding_alipay_logon_id), and a person may be paid to a card, because the
//     acquirer pays.
//   - A reason names fields as "field:text" with ";" between; anything else is a
//     reason without a field.
//   - Pictures are sent as they are referred to; in production those must be keys
//     of ant.merchant.expand.indirect.image.upload, which is not built.
var fieldReason = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9_.]*):(.+)$`)

// How an application stands.
const (
	applyDone      = "99"
	applyFailed    = "-1"
	applyReviewing = "031"
)

// merchantTypes and certTypes are Alipay's codes of a kind of merchant and of
// what proves it: 营业执照 or 身份证.
var (
	merchantTypes = map[channel.EnrolKind]string{channel.EnterpriseKind: "01", channel.IndividualKind: "07", channel.MicroKind: "06"}
	certTypes     = map[channel.EnrolKind]string{channel.EnterpriseKind: certLicence, channel.IndividualKind: certLicence, channel.MicroKind: certIDCard}
)

const (
	certLicence = "201"
	certIDCard  = "100"
	faceToFace  = "当面付"
)

// enrolFields translates Alipay's field names to ours.
var enrolFields = map[string]string{
	"name": "name", "alias_name": "short_name", "mcc": "mcc", "cert_no": "uscc", "cert_name": "name", "cert_image": "photos.licence",
	"legal_name": "legal.name", "legal_cert_no": "legal.id_no", "legal_cert_front_image": "photos.id_front", "legal_cert_back_image": "photos.id_back",
	"business_address": "address", "business_address.address": "address", "business_address.district_code": "region",
	"service_phone": "contact.phone", "contact_infos": "contact.phone", "contact_infos.name": "contact.name", "contact_infos.mobile": "contact.phone",
	"contact_infos.email": "contact.email", "biz_cards": "account.no", "biz_cards.account_no": "account.no",
	"biz_cards.account_holder_name": "account.name", "biz_cards.account_inst_name": "account.bank_name", "biz_cards.bank_code": "account.cnaps",
	"out_door_images": "photos.storefront", "in_door_images": "photos.interior",
}

// enrolReasons reads a reason as assumed above.
func enrolReasons(text string) []channel.EnrolReason {
	var all []channel.EnrolReason
	for _, part := range strings.Split(text, ";") {
		m := fieldReason.FindStringSubmatch(part)
		if m == nil {
			return []channel.EnrolReason{{Text: text}}
		}
		all = append(all, channel.EnrolReason{Path: enrolFields[m[1]], Field: m[1], Text: m[2]})
	}
	return all
}

// Enrol hands in a sub-merchant's application, which Alipay reviews: taken in is
// Pending. A code that Alipay has had before is answered by a query.
func (a *Adapter) Enrol(ctx context.Context, req channel.EnrolRequest) (channel.EnrolResult, error) {
	const op = "alipay.Enrol"
	if err := req.Check(op); err != nil {
		return channel.EnrolResult{}, err
	}
	created, status, err := a.wire.CreateMerchant(ctx, merchantOf(req))
	result, err := settle(op, status, err)
	switch {
	case err != nil:
		return channel.EnrolResult{}, err
	case result.Outcome == channel.Refused:
		return channel.EnrolledBefore(ctx, a, req.EnrolQuery, result)
	case result.Outcome != channel.Succeeded:
		return channel.EnrolResult{Result: result}, nil
	case created.OrderID == "":
		return channel.EnrolResult{Result: mismatch("order_id", "", "an application's number")}, nil
	}
	result.Outcome = channel.Pending
	return channel.EnrolResult{Result: result, ApplicationNo: created.OrderID}, nil
}

// QueryEnrolment asks how an application stands. A refusal is of the question and
// says nothing about the application.
func (a *Adapter) QueryEnrolment(ctx context.Context, q channel.EnrolQuery) (channel.EnrolResult, error) {
	const op = "alipay.QueryEnrolment"
	if err := q.Check(op); err != nil {
		return channel.EnrolResult{}, err
	}
	found, status, err := a.wire.QueryMerchant(ctx, q.BusinessCode)
	result, err := settle(op, status, err)
	if err != nil {
		return channel.EnrolResult{}, err
	}
	if result.Outcome != channel.Succeeded {
		result.Outcome = channel.Unknown
		return channel.EnrolResult{Result: result}, nil
	}
	if len(found.Orders) == 0 {
		return channel.EnrolResult{NotFound: true, Result: channel.Result{
			Outcome: channel.Refused, Code: codeDone, Message: "Alipay knows of no such application",
		}}, nil
	}
	order := found.Orders[0]
	if order.ExternalID != q.BusinessCode {
		return channel.EnrolResult{Result: mismatch("external_id", order.ExternalID, q.BusinessCode)}, nil
	}
	return enrolState(order), nil
}

// enrolState translates how an application stands.
func enrolState(o wire.ZftOrder) channel.EnrolResult {
	out := channel.EnrolResult{Result: channel.Result{Outcome: channel.Unknown, Code: o.Status}, ApplicationNo: o.OrderID}
	switch {
	case o.Status == applyDone && o.SMID == "":
		out.Message = "the application is done and the answer carries no smid"
	case o.Status == applyDone:
		out.Outcome, out.MerchantID = channel.Succeeded, o.SMID
	case o.Status == applyFailed:
		out.Outcome = channel.Refused
		out.Message = cmp.Or(o.ClientMemo, o.RiskMemo)
		if text := cmp.Or(o.Reason, o.ClientMemo, o.RiskMemo); text != "" {
			out.Reasons = enrolReasons(text)
		}
	case o.Status == applyReviewing:
		out.Outcome = channel.Pending
	}
	return out
}

// merchantOf writes an application in Alipay's names.
func merchantOf(req channel.EnrolRequest) wire.ZftCreate {
	p := wire.ZftCreate{
		ExternalID: req.BusinessCode, Name: req.Name, AliasName: req.ShortName,
		MerchantType: merchantTypes[req.Kind], MCC: req.MCC, CertType: certTypes[req.Kind],
		CertNo: req.USCC, CertName: req.Name, CertImage: req.Photos[channel.LicencePhoto],
		LegalName: req.Legal.Name, LegalCertNo: req.Legal.IDNo, LegalCertType: certIDCard,
		LegalFrontImage: req.Photos[channel.IDFrontPhoto], LegalBackImage: req.Photos[channel.IDBackPhoto],
		BusinessAddress: address(req.Region, req.Address), ServicePhone: req.Contact.Phone,
		Contacts: []wire.ZftContact{{Name: req.Contact.Name, Mobile: req.Contact.Phone, Email: req.Contact.Email, Tag: "06", Type: "OTHER"}},
		Cards: []wire.ZftCard{{
			AccountHolderName: req.Account.Name, AccountNo: req.Account.No, AccountInstName: req.Account.BankName,
			AccountType: "DC", UsageType: "02", BankCode: req.Account.CNAPS,
		}},
		Services: []string{faceToFace},
	}
	if req.Account.Corporate {
		p.Cards[0].UsageType = "01"
	}
	if req.Kind == channel.MicroKind {
		p.CertNo, p.CertImage = req.Legal.IDNo, req.Photos[channel.IDFrontPhoto]
	}
	if req.Contact.Name == req.Legal.Name {
		p.Contacts[0].Type = "LEGAL_PERSON"
	}
	if photo := req.Photos[channel.StorefrontPhoto]; photo != "" {
		p.OutDoorImages = []string{photo}
	}
	if photo := req.Photos[channel.InteriorPhoto]; photo != "" {
		p.InDoorImages = []string{photo}
	}
	return p
}

// address splits a region into the codes of its province, city and district.
func address(region, street string) wire.ZftAddress {
	if len(region) != 6 {
		return wire.ZftAddress{DistrictCode: region, Address: street}
	}
	return wire.ZftAddress{ProvinceCode: region[:2] + "0000", CityCode: region[:4] + "00", DistrictCode: region, Address: street}
}
