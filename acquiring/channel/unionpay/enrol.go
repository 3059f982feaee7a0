package unionpay

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"

	"juma/acquiring/channel"
	"juma/acquiring/channel/internal/acp"
	"juma/internal/fault"
)

var _ channel.Enroller = (*Adapter)(nil)

// The whole transaction below is an assumption. UnionPay has no public wire for
// registering a merchant (入网): an institution does it in UnionPay's own system
// or by files that are agreed with it. So that a merchant is enrolled at all
// three channels in one way, an acp 5.1.0 message is assumed, signed like every
// other, and it is assumed here and nowhere else:
//
//   - txnType 92 to backTransReq.do, sub-type 01 hands in, 02 asks. orderId is the
//     business code and names the application by itself; txnTime is the message's.
//   - merId is the merchant number that the acquirer composed; with acceptance it
//     is the merchant's.
//   - merInfo is the application as JSON in Base64. UnionPay would have the
//     personal parts encrypted with its certificate for that; here TLS alone
//     covers them.
//   - The answer's merState is 01 accepted, 02 rejected, 00 under review, and
//     merReasons a JSON list of field and reason in Base64.
const (
	txnEnrol  = "92"
	subHandIn = "01"
	subAsk    = "02"

	merReviewing = "00"
	merAccepted  = "01"
	merRejected  = "02"
)

// merInfo is an application in the assumed names.
type merInfo struct {
	MerName     string `json:"merName"`
	MerAbbr     string `json:"merAbbr"`
	MerType     string `json:"merType"` // 1 enterprise, 2 individual business, 3 micro
	MerCatCode  string `json:"merCatCode"`
	LicenceNo   string `json:"licNo,omitempty"`
	LicenceEnd  string `json:"licEnd,omitempty"` // YYYYMMDD, none is long term
	LegalName   string `json:"legalName"`
	LegalID     string `json:"legalId"`
	LegalIDEnd  string `json:"legalIdEnd,omitempty"`
	LegalPhone  string `json:"legalPhone,omitempty"`
	Contact     string `json:"contact"`
	Phone       string `json:"phone"`
	Email       string `json:"email,omitempty"`
	AreaCode    string `json:"areaCode"` // GB/T 2260
	Address     string `json:"address"`
	StoreName   string `json:"storeName,omitempty"`
	AccType     string `json:"accType"` // 1 corporate, 2 personal
	AccNo       string `json:"accNo"`
	AccName     string `json:"accName"`
	AccBank     string `json:"accBank,omitempty"`
	AccBankCode string `json:"accBankCode,omitempty"` // CNAPS
	FeeRate     string `json:"feeRate,omitempty"`     // percent
}

var merTypes = map[channel.EnrolKind]string{channel.EnterpriseKind: "1", channel.IndividualKind: "2", channel.MicroKind: "3"}

// enrolFields translates the assumed names to ours.
var enrolFields = map[string]string{
	"merId": "merchant_no", "merName": "name", "merAbbr": "short_name", "merType": "kind", "merCatCode": "mcc", "licNo": "uscc", "licEnd": "licence_until",
	"legalName": "legal.name", "legalId": "legal.id_no", "legalIdEnd": "legal.id_until", "legalPhone": "legal.phone",
	"contact": "contact.name", "phone": "contact.phone", "email": "contact.email", "areaCode": "region", "address": "address",
	"storeName": "store_name", "accType": "account.corporate", "accNo": "account.no", "accName": "account.name", "accBank": "account.bank_name", "accBankCode": "account.cnaps", "feeRate": "rate",
}

// Enrol hands in a merchant's application.
func (a *Adapter) Enrol(ctx context.Context, req channel.EnrolRequest) (channel.EnrolResult, error) {
	const op = "unionpay.Enrol"
	if err := req.Check(op); err != nil {
		return channel.EnrolResult{}, err
	}
	info, err := json.Marshal(merInfoOf(req))
	if err != nil {
		return channel.EnrolResult{}, fault.New(op, fault.Internal, "the application cannot be written")
	}
	p := a.request(txnEnrol, subHandIn, req.MerchantNo, req.BusinessCode, a.clk.Now())
	p["merInfo"] = base64.StdEncoding.EncodeToString(info)
	answer, res, err := a.exchange(ctx, op, a.ep.back, p)
	switch {
	case err != nil:
		return channel.EnrolResult{}, err
	case res.Outcome == channel.Refused:
		return channel.EnrolledBefore(ctx, a, req.EnrolQuery, res)
	case res.Outcome == channel.Unknown:
		return channel.EnrolResult{Result: res}, nil
	}
	return enrolState(answer, res), nil
}

// QueryEnrolment asks how an application stands. A refusal other than "never
// seen" is of the question.
func (a *Adapter) QueryEnrolment(ctx context.Context, q channel.EnrolQuery) (channel.EnrolResult, error) {
	const op = "unionpay.QueryEnrolment"
	if err := q.Check(op); err != nil {
		return channel.EnrolResult{}, err
	}
	answer, res, err := a.exchange(ctx, op, a.ep.back, a.request(txnEnrol, subAsk, q.MerchantNo, q.BusinessCode, a.clk.Now()))
	switch {
	case err != nil:
		return channel.EnrolResult{}, err
	case res.Outcome == channel.Refused && res.Code == codeNotFound:
		return channel.EnrolResult{Result: res, NotFound: true}, nil
	case res.Outcome != channel.Succeeded:
		res.Outcome = channel.Unknown
		return channel.EnrolResult{Result: res}, nil
	}
	return enrolState(answer, res), nil
}

// enrolState translates an answer that was accepted.
func enrolState(answer acp.Params, res channel.Result) channel.EnrolResult {
	out := channel.EnrolResult{Result: res, ApplicationNo: answer["queryId"]}
	switch answer["merState"] {
	case merAccepted:
		out.Outcome, out.MerchantID = channel.Succeeded, answer["merId"]
	case merReviewing:
		out.Outcome = channel.Pending
	case merRejected:
		var reasons []struct{ Field, Reason string }
		raw, err := base64.StdEncoding.DecodeString(answer["merReasons"])
		if err == nil {
			err = json.Unmarshal(raw, &reasons)
		}
		if err != nil {
			out.Outcome, out.Message = channel.Unknown, "the reasons of a rejection cannot be read"
			return out
		}
		out.Outcome = channel.Refused
		for _, r := range reasons {
			out.Reasons = append(out.Reasons, channel.EnrolReason{Path: enrolFields[r.Field], Field: r.Field, Text: r.Reason})
		}
	default:
		out.Outcome, out.Message = channel.Unknown, "the answer names no known state of the application"
	}
	return out
}

// merInfoOf writes an application in the assumed names.
func merInfoOf(req channel.EnrolRequest) merInfo {
	m := merInfo{
		MerName: req.Name, MerAbbr: req.ShortName, MerType: merTypes[req.Kind], MerCatCode: req.MCC, LicenceNo: req.USCC,
		LegalName: req.Legal.Name, LegalID: req.Legal.IDNo, LegalPhone: req.Legal.Phone,
		Contact: req.Contact.Name, Phone: req.Contact.Phone, Email: req.Contact.Email,
		AreaCode: req.Region, Address: req.Address, StoreName: cmp.Or(req.StoreName, req.ShortName),
		AccType: "2", AccNo: req.Account.No, AccName: req.Account.Name, AccBank: req.Account.BankName, AccBankCode: req.Account.CNAPS,
		FeeRate: req.Rate.Percent(),
	}
	if req.Account.Corporate {
		m.AccType = "1"
	}
	if req.LicenceUntil != 0 {
		m.LicenceEnd = req.LicenceUntil.Start().Format("20060102")
	}
	if req.Legal.IDUntil != 0 {
		m.LegalIDEnd = req.Legal.IDUntil.Start().Format("20060102")
	}
	return m
}
