package unionpay

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"testing"

	"juma/acquiring/channel"
)

func application() channel.EnrolRequest {
	return channel.EnrolRequest{
		EnrolQuery: channel.EnrolQuery{BusinessCode: merchant + "U01", MerchantNo: merchant},
		Kind:       channel.EnterpriseKind, Name: "上海示例餐饮有限公司", ShortName: "示例面馆", USCC: "91310000MA1FL0000X", LicenceUntil: 20401231,
		Legal: channel.EnrolPerson{Name: "张三", IDNo: "110101199003070038", Phone: "13900000001"}, Contact: channel.EnrolContact{Name: "李四", Phone: "13900000002"},
		MCC: "5812", Region: "310101", Address: "示例路 1 号", Rate: 3800,
		Account: channel.EnrolAccount{Corporate: true, No: "6216261000000000018", Name: "示例账户", CNAPS: "999290000012"},
	}
}

// TestApplicationOnTheWire: the assumed message, signed like every other (the
// gateway of these tests checks that).
func TestApplicationOnTheWire(t *testing.T) {
	g := newGateway(t)
	a, _ := newAdapter(t, g)
	g.answer = values("merState", "00", "queryId", "2026031000001")
	res, err := a.Enrol(t.Context(), application())
	if err != nil || res.Outcome != channel.Pending || res.ApplicationNo != "2026031000001" || res.MerchantID != "" {
		t.Fatalf("%+v, %v", res, err)
	}
	c := g.last()
	for name, want := range map[string]string{"txnType": "92", "txnSubType": "01", "merId": merchant, "orderId": merchant + "U01", "txnTime": "20260310101500"} {
		if got := c.form.Get(name); got != want || c.path != "/gateway/api/backTransReq.do" {
			t.Errorf("%s %s is %q, want %q", c.path, name, got, want)
		}
	}
	raw, err := base64.StdEncoding.DecodeString(c.form.Get("merInfo"))
	var info map[string]string
	if err != nil || json.Unmarshal(raw, &info) != nil {
		t.Fatalf("merInfo: %v", err)
	}
	for name, want := range map[string]string{
		"merName": "上海示例餐饮有限公司", "merType": "1", "licNo": "91310000MA1FL0000X", "licEnd": "20401231", "legalId": "110101199003070038",
		"accType": "1", "accBankCode": "999290000012", "feeRate": application().Rate.Percent(),
	} {
		if info[name] != want {
			t.Errorf("merInfo.%s is %q, want %q", name, info[name], want)
		}
	}
}

func TestApplicationStates(t *testing.T) {
	reasons := base64.StdEncoding.EncodeToString([]byte(`[{"field":"accName","reason":"户名不符"},{"field":"x","reason":"其他"}]`))
	for name, c := range map[string]struct {
		answer  func(call) url.Values
		outcome channel.Outcome
		missing bool
		reasons int
	}{
		"accepted":           {values("merState", "01"), channel.Succeeded, false, 0},
		"review":             {values("merState", "00"), channel.Pending, false, 0},
		"rejected":           {values("merState", "02", "merReasons", reasons), channel.Refused, false, 2},
		"unreadable reasons": {values("merState", "02", "merReasons", "?"), channel.Unknown, false, 0},
		"no state":           {values(), channel.Unknown, false, 0},
		"never seen":         {values("respCode", "34"), channel.Refused, true, 0},
		"unclear":            {values("respCode", "04"), channel.Unknown, false, 0},
		"question refused":   {values("respCode", "32"), channel.Unknown, false, 0},
		"another merchant's": {values("merState", "01", "merId", "999290058120099"), channel.Unknown, false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			g := newGateway(t)
			a, _ := newAdapter(t, g)
			g.answer = c.answer
			res, err := a.QueryEnrolment(t.Context(), application().EnrolQuery)
			if err != nil || res.Outcome != c.outcome || res.NotFound != c.missing || len(res.Reasons) != c.reasons {
				t.Errorf("%+v, %v", res, err)
			}
			if (res.MerchantID == merchant) != (c.outcome == channel.Succeeded) {
				t.Errorf("number %q", res.MerchantID)
			}
			if c.reasons > 0 && (res.Reasons[0].Path != "account.name" || res.Reasons[1].Path != "") {
				t.Errorf("reasons %+v", res.Reasons)
			}
		})
	}
}
