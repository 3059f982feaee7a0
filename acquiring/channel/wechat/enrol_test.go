package wechat

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"juma/acquiring/channel"
	"juma/acquiring/channel/wechat/internal/wire"
)

func application() channel.EnrolRequest {
	return channel.EnrolRequest{
		EnrolQuery: channel.EnrolQuery{BusinessCode: "999290058120001W01", MerchantNo: "999290058120001"},
		Kind:       channel.EnterpriseKind, Name: "上海示例餐饮有限公司", ShortName: "示例面馆", USCC: "91310000MA1FL0000X", LicenceUntil: 20401231,
		Legal:   channel.EnrolPerson{Name: "张三", IDNo: "110101199003070038", Phone: "13900000001"},
		Contact: channel.EnrolContact{Name: "李四", Phone: "13900000002", Email: "li@example.com"},
		MCC:     "5812", Region: "310101", Address: "示例路 1 号",
		Account: channel.EnrolAccount{Corporate: true, No: "6216261000000000018", Name: "示例账户", CNAPS: "999290000012"},
	}
}

// TestApplicationOnTheWire: the body has WeChat's shape, and what identifies a
// person is sealed for the platform key that the request names.
func TestApplicationOnTheWire(t *testing.T) {
	f, a := newFake(t)
	f.body = `{"applyment_id":2000002124775691}`
	res, err := a.Enrol(t.Context(), application())
	if err != nil || res.Outcome != channel.Pending || res.ApplicationNo != "2000002124775691" {
		t.Fatalf("%+v, %v", res, err)
	}
	r := f.last()
	if r.Method != http.MethodPost || r.URI != "/v3/applyment4sub/applyment/" || r.Header.Get("Wechatpay-Serial") != testKeyID {
		t.Errorf("%s %s under %q", r.Method, r.URI, r.Header.Get("Wechatpay-Serial"))
	}
	for _, secret := range []string{"110101199003070038", "13900000001", "6216261000000000018", "示例账户", "li@example.com"} {
		if strings.Contains(r.Body, secret) {
			t.Errorf("%s travels in the clear", secret)
		}
	}
	var body map[string]any
	if err := json.Unmarshal([]byte(r.Body), &body); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"business_code": "999290058120001W01", "subject_info.subject_type": "SUBJECT_TYPE_ENTERPRISE",
		"subject_info.business_license_info.license_number": "91310000MA1FL0000X", "subject_info.business_license_info.period_end": "2040-12-31",
		"subject_info.identity_info.id_card_info.card_period_end": "长期", "business_info.merchant_shortname": "示例面馆",
		"settlement_info.settlement_id": "716", "settlement_info.qualification_type": "餐饮", "bank_account_info.bank_account_type": "BANK_ACCOUNT_TYPE_CORPORATE",
		"bank_account_info.account_bank": "其他银行", "bank_account_info.bank_branch_id": "999290000012",
	} {
		if got := at(body, path); got != want {
			t.Errorf("%s is %q, want %q", path, got, want)
		}
	}
	for path, want := range map[string]string{
		"contact_info.contact_name": "张三", "contact_info.mobile_phone": "13900000002", "contact_info.contact_email": "li@example.com",
		"subject_info.identity_info.id_card_info.id_card_name": "张三", "subject_info.identity_info.id_card_info.id_card_number": "110101199003070038",
		"bank_account_info.account_name": "示例账户", "bank_account_info.account_number": "6216261000000000018",
	} {
		sealed, _ := base64.StdEncoding.DecodeString(at(body, path))
		if plain, err := rsa.DecryptOAEP(sha1.New(), rand.Reader, keyring().public, sealed, nil); err != nil || string(plain) != want {
			t.Errorf("%s opens to %q, %v; want %q", path, plain, err, want)
		}
	}
}

// TestNoMailAddressIsSentAsNone: what an application does not give is left out; sealed
// as an empty text, WeChat refuses the application for it.
func TestNoMailAddressIsSentAsNone(t *testing.T) {
	f, a := newFake(t)
	f.body = `{"applyment_id":2000002124775691}`
	req := application()
	req.Contact.Email = ""
	if _, err := a.Enrol(t.Context(), req); err != nil {
		t.Fatal(err)
	}
	var body map[string]any
	if err := json.Unmarshal([]byte(f.last().Body), &body); err != nil {
		t.Fatal(err)
	}
	if got := at(body, "contact_info.contact_email"); got != "" {
		t.Errorf("the mail address that was not given is sent as %q", got)
	}
}

// at reads a text at a path of JSON.
func at(v any, path string) string {
	for _, part := range strings.Split(path, ".") {
		m, _ := v.(map[string]any)
		v = m[part]
	}
	s, _ := v.(string)
	return s
}

// TestApplicationRefusedForAField: a refusal at the counter is a rejection for
// that field; WeChat's copy of the value goes nowhere.
func TestApplicationRefusedForAField(t *testing.T) {
	f, a := newFake(t)
	f.status = http.StatusBadRequest
	f.body = `{"code":"PARAM_ERROR","message":"参数错误","detail":{"field":"/body/bank_account_info/account_number","value":"6216261000000000018","issue":"卡号格式不正确","location":"body"}}`
	f.answers["/v3/applyment4sub/applyment/business_code/999290058120001W01"] = func(w http.ResponseWriter, _ *http.Request) {
		const missing = `{"code":"RESOURCE_NOT_EXISTS","message":"申请单不存在"}`
		f.sign(w.Header(), missing)
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, missing)
	}
	res, err := a.Enrol(t.Context(), application())
	if err != nil || res.Outcome != channel.Refused || res.NotFound || len(res.Reasons) != 1 {
		t.Fatalf("%+v, %v; want refused for one field", res, err)
	}
	if r := res.Reasons[0]; r.Path != "account.no" || r.Text != "卡号格式不正确" || strings.Contains(r.Text+res.Message, "6216") {
		t.Errorf("reason %+v, message %q", r, res.Message)
	}
}

func TestApplymentStates(t *testing.T) {
	for state, want := range map[string]struct {
		outcome  channel.Outcome
		notFound bool
	}{
		"APPLYMENT_STATE_FINISHED": {channel.Succeeded, false}, "APPLYMENT_STATE_REJECTED": {channel.Refused, false}, "APPLYMENT_STATE_CANCELED": {channel.Refused, false},
		"APPLYMENT_STATE_AUDITING": {channel.Pending, false}, "APPLYMENT_STATE_TO_BE_CONFIRMED": {channel.Pending, false}, "APPLYMENT_STATE_TO_BE_SIGNED": {channel.Pending, false},
		"APPLYMENT_STATE_SIGNING": {channel.Pending, false}, "APPLYMENT_STATE_EDITTING": {channel.Refused, true}, "SOMETHING_NEW": {channel.Unknown, false},
	} {
		got := enrolState(wire.ApplymentState{State: state, SubMchID: "1900000109"})
		if got.Outcome != want.outcome || got.NotFound != want.notFound || (got.MerchantID != "") != (want.outcome == channel.Succeeded) {
			t.Errorf("%s: %+v", state, got)
		}
	}
	if got := enrolState(wire.ApplymentState{State: "APPLYMENT_STATE_FINISHED"}); got.Outcome != channel.Unknown {
		t.Errorf("finished without a number: %+v; want unknown", got)
	}
}
