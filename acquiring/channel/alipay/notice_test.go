package alipay_test

import (
	"maps"
	"os"
	"strings"
	"testing"
	"time"

	"juma/acquiring/channel"
	"juma/acquiring/channel/alipay"
)

func sampleBill(t *testing.T) []byte {
	t.Helper()
	data, err := os.ReadFile("statement/testdata/20889990000000010156_20260310.csv.zip")
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// paid is the notification of a payment.
func paid(changes ...string) map[string]string {
	m := map[string]string{
		"notify_time": "2026-03-10 12:00:10", "notify_type": "trade_status_sync", "notify_id": "N1", "app_id": appID, "charset": "utf-8",
		"version": "1.0", "trade_no": "2026031022001", "out_trade_no": ref.OrderNo, "buyer_id": "2088999000000101", "buyer_logon_id": "138****0000",
		"seller_id": "2088999000000201", "trade_status": "TRADE_SUCCESS", "total_amount": "68.00", "receipt_amount": "68.00",
		"subject": "示例 & 餐厅=+", "gmt_create": "2026-03-10 12:00:00", "gmt_payment": "2026-03-10 12:00:09",
	}
	for i := 0; i < len(changes); i += 2 {
		if changes[i+1] == "" {
			delete(m, changes[i])
		} else {
			m[changes[i]] = changes[i+1]
		}
	}
	return m
}

func refunded(changes ...string) map[string]string {
	m := paid("notify_id", "N2", "gmt_refund", "2026-03-10 12:30:00.123", "refund_fee", "18.00", "out_biz_no", "R1")
	maps.Copy(m, paid(changes...))
	m["notify_id"] = "N2"
	return m
}

func verdict(t *testing.T, a *alipay.Adapter, body []byte) channel.NoticeVerdict {
	t.Helper()
	v, err := a.ReadNotice(ctx, channel.RawNotice{Body: body})
	if err != nil {
		t.Fatal(err)
	}
	if string(v.Ack.Body) != "success" || v.Ack.Status != 200 || string(v.Nack.Body) != "fail" || v.Nack.Status != 400 {
		t.Errorf("replies %+v %+v", v.Ack, v.Nack)
	}
	if v.OK != (v.Problem == "") {
		t.Errorf("OK %t with problem %q", v.OK, v.Problem)
	}
	return v
}

func TestPaymentNotice(t *testing.T) {
	a := newGateway(t).adapter
	v := verdict(t, a, notice(keys().wallet, paid()))
	want := channel.Notice{
		ID: "N1", Event: channel.PaymentEvent, OrderNo: ref.OrderNo, Currency: "CNY", Amount: 6800, ChannelNo: "2026031022001",
		Payer: "138****0000", Time: v.Notice.Time, Result: channel.Result{Outcome: channel.Succeeded, Code: "TRADE_SUCCESS"},
	}
	if !v.OK || v.Notice != want || !v.Notice.Time.Equal(noon.Add(9*time.Second)) {
		t.Errorf("got %+v\nwant %+v", v, want)
	}
	for status, want := range map[string]channel.Outcome{
		"TRADE_FINISHED": channel.Succeeded, "WAIT_BUYER_PAY": channel.Pending, "TRADE_DREAMT": channel.Unknown,
	} {
		if v := verdict(t, a, notice(keys().wallet, paid("trade_status", status))); !v.OK || v.Notice.Result.Outcome != want {
			t.Errorf("%s: %+v, want %s", status, v, want)
		}
	}
	if v := verdict(t, a, notice(keys().wallet, paid("trade_status", "TRADE_CLOSED", "gmt_payment", ""))); v.Notice.Result.Outcome != channel.Refused {
		t.Errorf("closed unpaid: %+v", v)
	}
	provider := newGateway(t, func(c *alipay.Config) { c.PID = "2088999000000000" }).adapter
	if v := verdict(t, provider, notice(keys().wallet, paid())); v.Notice.MerchantID != "2088999000000201" {
		t.Errorf("seller other than the provider: %q", v.Notice.MerchantID)
	}
	if v := verdict(t, provider, notice(keys().wallet, paid("seller_id", "2088999000000000"))); v.Notice.MerchantID != "" {
		t.Errorf("the provider itself as seller: %q", v.Notice.MerchantID)
	}
}

func TestRefundNotice(t *testing.T) {
	a := newGateway(t).adapter
	for name, c := range map[string]struct {
		fields   map[string]string
		refundNo string
		amount   int64
		want     channel.Outcome
	}{
		"sum only":         {refunded(), "R1", 0, channel.Succeeded},
		"single amount":    {refunded("refund_amount", "18.00", "refund_status", "REFUND_SUCCESS"), "R1", 1800, channel.Succeeded},
		"fully refunded":   {refunded("trade_status", "TRADE_CLOSED"), "R1", 0, channel.Succeeded},
		"other number":     {paid("gmt_refund", "2026-03-10 12:30:00", "out_request_no", "R7"), "R7", 0, channel.Succeeded},
		"without a number": {paid("gmt_refund", "2026-03-10 12:30:00"), ref.OrderNo, 0, channel.Succeeded},
		"in progress":      {refunded("refund_status", "REFUND_PROCESSING"), "R1", 0, channel.Unknown},
		"number only":      {paid("out_biz_no", "R1"), "R1", 0, channel.Unknown},
	} {
		v := verdict(t, a, notice(keys().wallet, c.fields))
		n := v.Notice
		if !v.OK || n.Event != channel.RefundEvent || n.OrderNo != ref.OrderNo || n.RefundNo != c.refundNo || int64(n.Amount) != c.amount || n.Result.Outcome != c.want {
			t.Errorf("%s: %+v", name, v)
		}
	}
	v := verdict(t, a, notice(keys().wallet, refunded()))
	if !v.Notice.Time.Equal(noon.Add(30*time.Minute + 123*time.Millisecond)) {
		t.Errorf("time %s", v.Notice.Time)
	}
}

func TestNoticeRefused(t *testing.T) {
	a := newGateway(t).adapter
	whole := string(notice(keys().wallet, paid()))
	for name, body := range map[string][]byte{
		"another's signature": notice(keys().stranger, paid()),
		"amount changed":      []byte(strings.Replace(whole, "total_amount=68.00", "total_amount=0.01", 1)),
		"another app":         notice(keys().wallet, paid("app_id", "2021000000000000")),
		"no id":               notice(keys().wallet, paid("notify_id", "")),
		"no order":            notice(keys().wallet, paid("out_trade_no", "")),
		"no status":           notice(keys().wallet, paid("trade_status", "")),
		"no amount":           notice(keys().wallet, paid("total_amount", "")),
		"amount unreadable":   notice(keys().wallet, paid("total_amount", "many")),
		"time unreadable":     notice(keys().wallet, paid("gmt_payment", "noon")),
		"refund time":         notice(keys().wallet, refunded("gmt_refund", "noon")),
		"refund amount":       notice(keys().wallet, refunded("refund_amount", "-1")),
		"empty":               nil,
		"JSON":                []byte(`{"out_trade_no":"1"}`),
	} {
		if v := verdict(t, a, body); v.OK || v.Notice != (channel.Notice{}) {
			t.Errorf("%s: believed %+v", name, v.Notice)
		}
	}
}
