package unionpay

import (
	"encoding/json"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"juma/acquiring/channel"
	"juma/acquiring/channel/internal/acp"
	"juma/internal/bizdate"
)

func notice(kv ...string) url.Values {
	v := url.Values{"txnType": {"01"}, "txnSubType": {"01"}, "bizType": {"000000"}, "accessType": {"0"}, "merId": {merchant}, "orderId": {order.OrderNo},
		"txnTime": {"20260310101500"}, "txnAmt": {"5000"}, "currencyCode": {"156"}, "queryId": {"202603101015301001088"}, "traceNo": {"100108"},
		"traceTime": {"0310101530"}, "settleDate": {"0310"}, "accNo": {"621626*********0018"}, "respCode": {"00"}, "respMsg": {"成功[0000000]"}}
	for i := 0; i < len(kv); i += 2 {
		v.Set(kv[i], kv[i+1])
	}
	return v
}

func read(t *testing.T, v url.Values) channel.NoticeVerdict {
	t.Helper()
	a, _ := newAdapter(t, newGateway(t))
	got, err := a.ReadNotice(ctx, channel.RawNotice{Body: []byte(v.Encode())})
	if err != nil {
		t.Fatal(err)
	}
	if got.Ack.Status != 200 || string(got.Ack.Body) != "ok" || got.Nack.Status != 400 {
		t.Errorf("replies %+v, %+v", got.Ack, got.Nack)
	}
	return got
}

func genuine(v url.Values) url.Values { return signed(v, keys().leaf, keys().key) }

func TestPaymentNotice(t *testing.T) {
	got := read(t, genuine(notice()))
	want := channel.Notice{ID: "202603101015301001088-01-00", Event: channel.PaymentEvent, OrderNo: order.OrderNo, MerchantID: merchant, Currency: "CNY",
		Amount: 5000, ChannelNo: "202603101015301001088", Payer: "621626*********0018", Time: start.Add(30 * time.Second), SettleDate: 20260310,
		Result: channel.Result{Outcome: channel.Succeeded, Code: "00", Message: "成功[0000000]"}}
	if !got.OK || !got.Notice.Time.Equal(want.Time) {
		t.Fatalf("got %+v", got)
	}
	got.Notice.Time = want.Time
	if got.Notice != want {
		t.Fatalf("got %+v\nwant %+v", got.Notice, want)
	}
}

func TestRefundNotices(t *testing.T) {
	for _, txnType := range []string{"04", "31"} {
		v := notice("txnType", txnType, "orderId", "R2026031000000001000002", "txnAmt", "2000", "queryId", "202603101115001001098", "origQryId", "202603101015301001088")
		for _, k := range []string{"traceTime", "settleDate", "currencyCode", "accNo", "traceNo"} {
			v.Del(k)
		}
		n := read(t, genuine(v))
		if !n.OK || n.Notice.Event != channel.RefundEvent || n.Notice.RefundNo != "R2026031000000001000002" || n.Notice.Amount != 2000 ||
			!n.Notice.Time.IsZero() || n.Notice.SettleDate != 0 || n.Notice.Currency != "CNY" || n.Notice.ID != "202603101115001001098-"+txnType+"-00" {
			t.Errorf("txnType %s: %+v", txnType, n)
		}
	}
}

func TestNoticeOutcomes(t *testing.T) {
	for code, want := range map[string]channel.Outcome{"00": channel.Succeeded, "A6": channel.Succeeded, "05": channel.Pending, "64": channel.Refused} {
		if n := read(t, genuine(notice("respCode", code))); !n.OK || n.Notice.Result.Outcome != want {
			t.Errorf("%s: %+v", code, n)
		}
	}
	if n := read(t, genuine(notice("currencyCode", "840"))); n.Notice.Currency != "840" {
		t.Errorf("currency %q", n.Notice.Currency)
	}
	// 31 December in a notice that comes on 1 January.
	n := read(t, genuine(notice("txnTime", "20251231225950", "traceTime", "1231230005", "settleDate", "0101")))
	if n.Notice.SettleDate != 20260101 || n.Notice.Time.Year() != 2025 {
		t.Errorf("New Year: %+v", n.Notice)
	}
	if n := read(t, genuine(notice("queryId", "", "respCode", "64"))); !n.OK || !strings.HasPrefix(n.Notice.ID, merchant) {
		t.Errorf("failed without queryId: %+v", n)
	}
}

func TestNoticesThatAreRefused(t *testing.T) {
	changed := genuine(notice())
	changed.Set("txnAmt", "1")
	unsigned := notice("version", "5.1.0", "signMethod", "01")
	for name, v := range map[string]url.Values{
		"changed after signing": changed,
		"unsigned":              unsigned,
		"signed by a stranger":  signed(notice(), keys().stranger, keys().strangerKey),
		"stranger's key under the right certificate": signed(notice(), keys().leaf, keys().strangerKey),
		"a query's type": genuine(notice("txnType", "00")),
		"no order":       genuine(notice("orderId", "")),
		"no merchant":    genuine(notice("merId", "")),
		"no amount":      genuine(notice("txnAmt", "")),
		"amount zero":    genuine(notice("txnAmt", "0")),
		"amount in yuan": genuine(notice("txnAmt", "50.00")),
		"no queryId":     genuine(notice("queryId", "")),
		"no result":      genuine(notice("respCode", "")),
		"empty":          {},
		"twice the same": {"orderId": {"a", "b"}},
		"too long":       {"x": {strings.Repeat("x", maxNotice)}},
	} {
		if n := read(t, v); n.OK || n.Problem == "" {
			t.Errorf("%s: accepted as %+v", name, n.Notice)
		}
	}
}

// The published notification, through the whole adapter.
func TestNoticeVector(t *testing.T) {
	b, err := os.ReadFile("../internal/acp/testdata/unionpay-510-notify.json")
	if err != nil {
		t.Fatal(err)
	}
	v := map[string]string{}
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	g := newGateway(t)
	cfg := g.config()
	cfg.RootCertPEM, cfg.MiddleCertPEM = v["root_cert"], v["middle_cert"]
	a, err := New(cfg, newSim(), nil)
	if err != nil {
		t.Fatal(err)
	}
	n, err := a.ReadNotice(ctx, channel.RawNotice{Body: []byte(v["raw_form_body"])})
	if err != nil || !n.OK || n.Notice.OrderNo != "P20260310000008" || n.Notice.Amount != 5000 || n.Notice.SettleDate != 20260310 {
		t.Fatalf("got %+v, %v", n, err)
	}
}

func TestNearest(t *testing.T) {
	anchor := func(s string) time.Time {
		at, err := time.ParseInLocation(acp.TimeLayout, s, bizdate.Zone)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	for _, c := range [][3]string{
		{"0310101530", "20260310101500", "20260310101530"},
		{"1231235959", "20260101000010", "20251231235959"},
		{"0101000001", "20251231235959", "20260101000001"},
		{"0229120000", "20280301000000", "20280229120000"},
		{"0230120000", "20260301000000", ""},
		{"x", "20260301000000", ""},
		{"", "20260301000000", ""},
	} {
		at := acp.Nearest(c[0], anchor(c[1]))
		text := ""
		if !at.IsZero() {
			text = acp.Stamp(at)
		}
		if text != c[2] {
			t.Errorf("%s near %s: got %s, want %s", c[0], c[1], text, c[2])
		}
	}
}
