package wechat

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"juma/acquiring/sandbox"
)

const applyPath = "/v3/applyment4sub/applyment/"

// sealFor encrypts for a platform key.
func (s *shop) sealFor(serial, plain string) string {
	s.t.Helper()
	b, err := rsa.EncryptOAEP(sha1.New(), rand.Reader, s.platformKey(serial), []byte(plain), nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(b)
}

// applicationOf is an application with its secrets sealed by seal.
func applicationOf(code string, seal func(string) string) object {
	return object{
		"business_code": code,
		"contact_info":  object{"contact_type": "LEGAL", "contact_name": seal("张三"), "mobile_phone": seal("13900000001")},
		"subject_info": object{
			"subject_type":          "SUBJECT_TYPE_INDIVIDUAL",
			"business_license_info": object{"license_number": "92310000MA1FL0000X", "merchant_name": "示例面馆", "legal_person": "张三"},
			"identity_info": object{"id_holder_type": "LEGAL", "id_doc_type": "IDENTIFICATION_TYPE_IDCARD",
				"id_card_info": object{"id_card_name": seal("张三"), "id_card_number": seal("110101199003070038")}},
		},
		"business_info": object{"merchant_shortname": "示例面馆", "service_phone": "13900000001",
			"sales_info": object{"sales_scenes_type": []string{"SALES_SCENES_STORE"}}},
		"settlement_info": object{"settlement_id": "719", "qualification_type": "餐饮"},
		"bank_account_info": object{"bank_account_type": "BANK_ACCOUNT_TYPE_PERSONAL", "account_name": seal("张三"), "account_bank": "其他银行",
			"bank_address_code": "310101", "account_number": seal("6216261000000000018")},
	}
}

// TestApplymentUnderEitherKey: both kinds of platform key open an application,
// and the same content sealed anew is the same application.
func TestApplymentUnderEitherKey(t *testing.T) {
	s := newShop(t)
	for i, named := range []string{s.creds["platform_cert_serial"], s.creds["platform_public_key_id"]} {
		s.named = named
		seal := func(plain string) string { return s.sealFor(named, plain) }
		code := []string{"CODE0001", "CODE0002"}[i]
		first := s.call(http.StatusOK, http.MethodPost, applyPath, applicationOf(code, seal))
		again := s.call(http.StatusOK, http.MethodPost, applyPath, applicationOf(code, seal))
		if first["applyment_id"] == nil || first["applyment_id"] != again["applyment_id"] {
			t.Errorf("%s: %v, again %v", code, first, again)
		}
		state := s.call(http.StatusOK, http.MethodGet, applyPath+"business_code/"+code, nil)
		if state["applyment_state"] != applymentFinished || state["business_code"] != code || !subMchIDForm.MatchString(state["sub_mchid"].(string)) {
			t.Errorf("%s: %v", code, state)
		}
	}
	s.call(http.StatusNotFound, http.MethodGet, applyPath+"business_code/NOBODYS", nil)
}

// TestApplymentRefused: plain text, text sealed for another key, and a wrong
// signature come nowhere.
func TestApplymentRefused(t *testing.T) {
	s := newShop(t)
	s.named = s.creds["platform_public_key_id"]
	good := func(plain string) string { return s.sealFor(s.named, plain) }
	for name, body := range map[string]object{
		"plain text":      applicationOf("CODE0001", func(plain string) string { return plain }),
		"for another key": applicationOf("CODE0001", func(plain string) string { return s.sealFor(s.creds["platform_cert_serial"], plain) }),
		"empty":           applicationOf("CODE0001", func(string) string { return "" }),
		"a bad code":      applicationOf("?", good),
	} {
		out := s.call(http.StatusBadRequest, http.MethodPost, applyPath, body)
		if out["code"] != paramError || out["detail"] == nil || strings.Contains(out["message"].(string), "110101") {
			t.Errorf("%s: %v", name, out)
		}
	}
	text, err := json.Marshal(applicationOf("CODE0001", good))
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*http.Request){
		"no platform key named": func(r *http.Request) { r.Header.Set("Wechatpay-Serial", "NOBODYS") },
		"signature": func(r *http.Request) {
			r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), `signature="`, `signature="AAAA`, 1))
		},
	} {
		resp, b, err := s.request(http.MethodPost, applyPath, string(text), change)
		if err != nil || resp.StatusCode < 400 {
			t.Errorf("%s: status %v %s, %v; want it refused", name, resp, b, err)
		}
	}
	s.call(http.StatusNotFound, http.MethodGet, applyPath+"business_code/CODE0001", nil)
}

// TestApplymentMendedUnderItsCode: as WeChat's documents have it, other content
// under the code of a rejected application mends it; otherwise it is refused.
func TestApplymentMendedUnderItsCode(t *testing.T) {
	s := newShop(t)
	s.named = s.creds["platform_public_key_id"]
	seal := func(plain string) string { return s.sealFor(s.named, plain) }
	s.fault(sandbox.Fault{Wallet: sandbox.WeChat, Kind: sandbox.EnrolRejected, OutTradeNo: "CODE0001", Field: "account_name", Text: "户名不符"})
	s.call(http.StatusOK, http.MethodPost, applyPath, applicationOf("CODE0001", seal))
	state := s.call(http.StatusOK, http.MethodGet, applyPath+"business_code/CODE0001", nil)
	if detail, _ := json.Marshal(state["audit_detail"]); state["applyment_state"] != applymentRejected || !strings.Contains(string(detail), "户名不符") {
		t.Errorf("rejected: %v", state)
	}
	mended := applicationOf("CODE0001", seal)
	mended["business_info"].(object)["merchant_shortname"] = "示例面馆二"
	s.call(http.StatusOK, http.MethodPost, applyPath, mended)
	if state := s.call(http.StatusOK, http.MethodGet, applyPath+"business_code/CODE0001", nil); state["applyment_state"] != applymentFinished {
		t.Errorf("mended: %v", state)
	}
	if out := s.call(http.StatusBadRequest, http.MethodPost, applyPath, applicationOf("CODE0001", seal)); out["code"] != invalidRequest {
		t.Errorf("other content once it is finished: %v", out)
	}
}
