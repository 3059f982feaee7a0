package alipay_test

import (
	"testing"

	"juma/acquiring/sandbox"
)

const (
	applyCall = "ant.merchant.expand.indirect.zft.create"
	askCall   = "ant.merchant.expand.indirect.zftorder.query"
)

func applicant(code string) m {
	return m{
		"external_id": code, "name": "示例面馆", "alias_name": "面馆", "merchant_type": "07", "mcc": "5812", "cert_no": "92310000MA1FL0000X", "cert_type": "201",
		"legal_name": "张三", "legal_cert_no": "110101199003070038", "service_phone": "13900000001",
		"business_address": m{"province_code": "310000", "city_code": "310100", "district_code": "310101", "address": "示例路 1 号"},
		"contact_infos":    []m{{"name": "张三", "mobile": "13900000001"}},
		"biz_cards":        []m{{"account_holder_name": "张三", "account_no": "6216261000000000018", "usage_type": "02"}},
		"service":          []string{"当面付"},
	}
}

func (s *shop) asked(code string) m {
	s.t.Helper()
	got := s.call(askCall, nil, m{"external_id": code})
	orders, _ := got["orders"].([]any)
	if got["code"] != "10000" || len(orders) > 1 {
		s.t.Fatalf("asked about %s: %v", code, got)
	}
	if len(orders) == 0 {
		return nil
	}
	return orders[0].(m)
}

func TestSubMerchant(t *testing.T) {
	s := newShop(t)
	if o := s.asked("CODE0001"); o != nil {
		t.Errorf("never handed in: %v", o)
	}
	first := s.call(applyCall, nil, applicant("CODE0001"))
	again := s.call(applyCall, nil, applicant("CODE0001"))
	if first["code"] != "10000" || first["order_id"] == nil || again["order_id"] != first["order_id"] {
		t.Errorf("%v, again %v", first, again)
	}
	if o := s.asked("CODE0001"); o["status"] != "99" || o["smid"] == "" || o["order_id"] != first["order_id"] || o["external_id"] != "CODE0001" {
		t.Errorf("done: %v", o)
	}
	other := applicant("CODE0001")
	other["name"] = "另一家"
	if got := s.call(applyCall, nil, other); got["code"] != "40004" {
		t.Errorf("other content under the number: %v", got)
	}
	for _, f := range []sandbox.Fault{
		{Kind: sandbox.EnrolRejected, Merchant: "被拒", Field: "cert_no", Text: "证照号不符"}, {Kind: sandbox.EnrolRejected, Merchant: "被拒", Field: "mcc", Text: "类目不符"},
	} {
		f.Wallet = sandbox.Alipay
		if err := s.core.Faults.Add(f); err != nil {
			t.Fatal(err)
		}
	}
	bad := applicant("CODE0002")
	bad["alias_name"] = "被拒"
	s.call(applyCall, nil, bad)
	if o := s.asked("CODE0002"); o["status"] != "-1" || o["reason"] != "cert_no:证照号不符;mcc:类目不符" || o["kz_audit"] != "REJECT" || o["smid"] != nil {
		t.Errorf("failed: %v", o)
	}
}

func TestSubMerchantRefused(t *testing.T) {
	s := newShop(t)
	for name, change := range map[string]func(m){
		"no name": func(p m) { p["name"] = "" }, "no card": func(p m) { p["biz_cards"] = []m{} }, "cert of another kind": func(p m) { p["cert_type"] = "100" },
		"kind": func(p m) { p["merchant_type"] = "99" }, "region": func(p m) { p["business_address"] = m{"address": "x"} }, "service": func(p m) { p["service"] = []string{} },
	} {
		p := applicant("CODE0001")
		change(p)
		if got := s.call(applyCall, nil, p); got["code"] != "40004" {
			t.Errorf("%s: %v", name, got)
		}
	}
	form := s.form(applyCall, nil, applicant("CODE0001"))
	form.Set("biz_content", `{"external_id":"CODE0001"}`) // after the signature
	if got, err := s.post(form); err != nil || got["sub_code"] != "isv.invalid-signature" {
		t.Errorf("altered behind the signature: %v, %v", got, err)
	}
	if o := s.asked("CODE0001"); o != nil {
		t.Errorf("what was refused is there: %v", o)
	}
}
