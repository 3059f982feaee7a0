package alipay_test

import (
	"testing"

	"juma/acquiring/channel"
)

const (
	createCall = "ant.merchant.expand.indirect.zft.create"
	orderCall  = "ant.merchant.expand.indirect.zftorder.query"
	appCode    = "999290058120001A01"
)

func application() channel.EnrolRequest {
	return channel.EnrolRequest{
		EnrolQuery: channel.EnrolQuery{BusinessCode: appCode, MerchantNo: "999290058120001"},
		Kind:       channel.IndividualKind, Name: "示例面馆", ShortName: "面馆", USCC: "92310000MA1FL0000X",
		Legal: channel.EnrolPerson{Name: "张三", IDNo: "110101199003070038"}, Contact: channel.EnrolContact{Name: "张三", Phone: "13900000002"},
		MCC: "5812", Region: "310101", Address: "示例路 1 号",
		Account: channel.EnrolAccount{No: "6216261000000000018", Name: "张三", BankName: "示例银行", CNAPS: "999290000012"},
	}
}

func TestApplicationOnTheWire(t *testing.T) {
	g := newGateway(t)
	g.answers[createCall] = `{"code":"10000","msg":"Success","order_id":"2017112200502000000004754299"}`
	res, err := g.adapter.Enrol(t.Context(), application())
	if err != nil || res.Outcome != channel.Pending || res.ApplicationNo != "2017112200502000000004754299" {
		t.Fatalf("%+v, %v", res, err)
	}
	biz := g.last(createCall).biz
	for name, want := range map[string]string{
		"external_id": appCode, "name": "示例面馆", "alias_name": "面馆", "merchant_type": "07", "cert_type": "201", "cert_no": "92310000MA1FL0000X",
		"mcc": "5812", "legal_cert_no": "110101199003070038", "service_phone": "13900000002",
	} {
		if biz[name] != want {
			t.Errorf("%s is %v, want %s", name, biz[name], want)
		}
	}
	place := biz["business_address"].(map[string]any)
	if place["province_code"] != "310000" || place["city_code"] != "310100" || place["district_code"] != "310101" {
		t.Errorf("address %v", place)
	}
	card := biz["biz_cards"].([]any)[0].(map[string]any)
	if card["usage_type"] != "02" || card["account_no"] != "6216261000000000018" {
		t.Error("the settlement account is another")
	}
	micro := application()
	micro.Kind, micro.USCC = channel.MicroKind, ""
	if _, err := g.adapter.Enrol(t.Context(), micro); err != nil {
		t.Fatal(err)
	}
	if biz := g.last(createCall).biz; biz["merchant_type"] != "06" || biz["cert_type"] != "100" || biz["cert_no"] != "110101199003070038" {
		t.Errorf("a person is sent as %v %v", biz["merchant_type"], biz["cert_type"])
	}
}

func TestApplicationStates(t *testing.T) {
	for name, c := range map[string]struct {
		order   string
		outcome channel.Outcome
		reasons int
	}{
		"done":                 {`"status":"99","smid":"2088999000000011"`, channel.Succeeded, 0},
		"done without number":  {`"status":"99"`, channel.Unknown, 0},
		"review":               {`"status":"031","smid":"2088999000000011"`, channel.Pending, 0},
		"new word":             {`"status":"77"`, channel.Unknown, 0},
		"failed by fields":     {`"status":"-1","reason":"cert_no:证照号不符;biz_cards:户名不符"`, channel.Refused, 2},
		"failed in a sentence": {`"status":"-1","reason":"资料不全; 请联系客服: 95188"`, channel.Refused, 1},
		"failed by a memo":     {`"status":"-1","fk_audit_memo":"风险商户"`, channel.Refused, 1},
	} {
		t.Run(name, func(t *testing.T) {
			g := newGateway(t)
			g.answers[orderCall] = `{"code":"10000","msg":"Success","orders":[{"order_id":"2017","external_id":"` + appCode + `",` + c.order + `}]}`
			res, err := g.adapter.QueryEnrolment(t.Context(), application().EnrolQuery)
			if err != nil || res.Outcome != c.outcome || len(res.Reasons) != c.reasons || (res.MerchantID != "") != (c.outcome == channel.Succeeded) {
				t.Errorf("%+v, %v", res, err)
			}
			if c.reasons == 2 && (res.Reasons[0].Path != "uscc" || res.Reasons[1].Path != "account.no" || res.Reasons[0].Text != "证照号不符") {
				t.Errorf("reasons %+v", res.Reasons)
			}
			if c.reasons == 1 && (res.Reasons[0].Path != "" || res.Reasons[0].Text == "") {
				t.Errorf("reason %+v, want the sentence as it is", res.Reasons[0])
			}
		})
	}
}

// TestApplicationRefused: a refusal of the question says nothing about the
// application, one of the application rejects it when Alipay has none.
func TestApplicationRefused(t *testing.T) {
	g := newGateway(t)
	g.answers[createCall] = `{"code":"40004","msg":"Business Failed","sub_code":"INVALID_PARAMETER","sub_msg":"mcc 不支持"}`
	g.answers[orderCall] = `{"code":"10000","msg":"Success"}`
	res, err := g.adapter.Enrol(t.Context(), application())
	if err != nil || res.Outcome != channel.Refused || res.NotFound || len(res.Reasons) != 1 || res.Reasons[0].Text != "mcc 不支持" {
		t.Errorf("%+v, %v; want refused in Alipay's words", res, err)
	}
	g.answers[orderCall] = `{"code":"40004","msg":"Business Failed","sub_code":"isv.invalid"}`
	if res, err := g.adapter.QueryEnrolment(t.Context(), application().EnrolQuery); err != nil || res.Outcome != channel.Unknown {
		t.Errorf("a question that is refused: %+v, %v; want unknown", res, err)
	}
	if res, err := g.adapter.Enrol(t.Context(), application()); err != nil || res.Outcome != channel.Unknown {
		t.Errorf("refused, and nobody can say whether it is there: %+v, %v; want unknown", res, err)
	}
}
