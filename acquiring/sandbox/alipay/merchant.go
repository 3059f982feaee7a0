package alipay

import (
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"juma/acquiring/sandbox"
)

// Status of an application (直付通二级商户申请单).
const (
	orderDone      = "99"
	orderFailed    = "-1"
	orderReviewing = "031"
)

var externalIDForm = regexp.MustCompile(`^[0-9A-Za-z_]{1,64}$`)

// merchantRequest is biz_content of ant.merchant.expand.indirect.zft.create, as
// far as it is checked. Images are keys of Alipay's upload, which the sandbox
// does not look up.
type merchantRequest struct {
	ExternalID      string `json:"external_id"`
	Name            string `json:"name"`
	AliasName       string `json:"alias_name"`
	MerchantType    string `json:"merchant_type"`
	MCC             string `json:"mcc"`
	CertNo          string `json:"cert_no"`
	CertType        string `json:"cert_type"`
	LegalName       string `json:"legal_name"`
	LegalCertNo     string `json:"legal_cert_no"`
	ServicePhone    string `json:"service_phone"`
	BusinessAddress struct {
		ProvinceCode string `json:"province_code"`
		CityCode     string `json:"city_code"`
		DistrictCode string `json:"district_code"`
		Address      string `json:"address"`
	} `json:"business_address"`
	ContactInfos []struct {
		Name   string `json:"name"`
		Mobile string `json:"mobile"`
	} `json:"contact_infos"`
	BizCards []struct {
		AccountHolderName string `json:"account_holder_name"`
		AccountNo         string `json:"account_no"`
		AccountInstName   string `json:"account_inst_name"`
		UsageType         string `json:"usage_type"`
	} `json:"biz_cards"`
	Service []string `json:"service"`
}

// check says which field is wrong.
func (q merchantRequest) check() (failure, bool) {
	wrong := func(field, why string) (failure, bool) { return badParam(field, why), false }
	for _, f := range [][2]string{
		{"name", q.Name}, {"alias_name", q.AliasName}, {"cert_no", q.CertNo}, {"legal_name", q.LegalName}, {"legal_cert_no", q.LegalCertNo},
		{"service_phone", q.ServicePhone}, {"business_address.address", q.BusinessAddress.Address},
	} {
		if f[1] == "" {
			return wrong(f[0], "必填")
		}
	}
	licensed := q.MerchantType == "01" || q.MerchantType == "07"
	switch {
	case !externalIDForm.MatchString(q.ExternalID):
		return wrong("external_id", "字母、数字、下划线，不超过 64 位")
	case !licensed && q.MerchantType != "06":
		return wrong("merchant_type", "不支持的商户类型")
	case licensed && q.CertType != "201", !licensed && q.CertType != "100":
		return wrong("cert_type", "与商户类型不符")
	case len(q.MCC) != 4:
		return wrong("mcc", "4 位数字")
	case len(q.BusinessAddress.DistrictCode) != 6:
		return wrong("business_address.district_code", "6 位数字")
	case len(q.ContactInfos) == 0 || q.ContactInfos[0].Mobile == "":
		return wrong("contact_infos", "必填")
	case len(q.BizCards) != 1 || q.BizCards[0].AccountNo == "" || q.BizCards[0].AccountHolderName == "":
		return wrong("biz_cards", "只允许一张结算卡，卡号与户名必填")
	case !slices.Contains(q.Service, "当面付"):
		return wrong("service", "缺少当面付")
	}
	return failure{}, true
}

type merchantCreated struct {
	success
	OrderID string `json:"order_id"`
}

// createMerchant takes a sub-merchant's application in.
func (w *Wallet) createMerchant(p url.Values, _ content) outcome {
	var q merchantRequest
	text := p.Get("biz_content")
	if err := json.Unmarshal([]byte(text), &q); err != nil {
		return outcome{answer: badParam("biz_content", "不是约定的格式")}
	}
	out := outcome{numbers: []string{q.ExternalID}}
	if bad, ok := q.check(); !ok {
		out.answer = bad
		return out
	}
	a, err := w.applications.Submit(sandbox.Submission{
		Code: q.ExternalID, ShortName: q.AliasName, Content: text,
		Number: func(try int) string { return "2088" + sandbox.Digits(12, "alipay smid %s %d", q.ExternalID, try) },
	}, w.core.Clock.Now())
	if err != nil {
		out.answer = business("ACQ.EXTERNAL_ID_REPEAT", "外部商户编号已用于另一申请")
		return out
	}
	out.answer = merchantCreated{success: done, OrderID: a.No}
	return out
}

// merchantOrder is an application as the query shows it.
type merchantOrder struct {
	OrderID     string `json:"order_id"`
	ExternalID  string `json:"external_id"`
	ApplyTime   string `json:"apply_time"`
	ApplyType   string `json:"apply_type"`
	Status      string `json:"status"`
	FkAudit     string `json:"fk_audit"`
	KzAudit     string `json:"kz_audit"`
	KzAuditMemo string `json:"kz_audit_memo,omitempty"`
	SMID        string `json:"smid,omitempty"`
	Reason      string `json:"reason,omitempty"`
}

type merchantOrders struct {
	success
	Orders []merchantOrder `json:"orders,omitempty"`
}

// queryMerchant is ant.merchant.expand.indirect.zftorder.query. For a number that
// nobody has applied under, the list is empty.
func (w *Wallet) queryMerchant(p url.Values, _ content) outcome {
	var q struct {
		ExternalID string `json:"external_id"`
	}
	if err := json.Unmarshal([]byte(p.Get("biz_content")), &q); err != nil || q.ExternalID == "" {
		return outcome{answer: badParam("external_id", "必填")}
	}
	out := outcome{numbers: []string{q.ExternalID}}
	a, known := w.applications.Find(q.ExternalID)
	if !known {
		out.answer = merchantOrders{success: done}
		return out
	}
	o := merchantOrder{
		OrderID: a.No, ExternalID: a.Code, ApplyTime: chinaTime(a.SubmittedAt), ApplyType: "ZHIFUTONG_CREATE", Status: orderDone, FkAudit: "PASS", KzAudit: "PASS",
	}
	switch {
	case a.Pending(w.core.Clock.Now()):
		o.Status, o.FkAudit, o.KzAudit = orderReviewing, "CREATE", "CREATE"
	case a.Rejected():
		o.Status, o.KzAudit = orderFailed, "REJECT"
		var parts []string
		for _, r := range a.Reasons {
			parts = append(parts, r.Field+":"+r.Text)
		}
		o.Reason, o.KzAuditMemo = strings.Join(parts, ";"), "资料审核不通过"
	default:
		o.SMID = a.MerchantID
	}
	out.answer = merchantOrders{success: done, Orders: []merchantOrder{o}}
	return out
}
