package web

import (
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"juma/clearing"
	"juma/internal/fault"
	"juma/merchants"
	"juma/qrcode/render"
)

func containsText(body, part string) bool { return strings.Contains(body, part) }

func reprDigest(t *testing.T, sum string) string {
	t.Helper()
	b, err := hex.DecodeString(sum)
	if err != nil {
		t.Fatal(err)
	}
	return "sha-256=:" + base64.StdEncoding.EncodeToString(b) + ":"
}

const refundable = "P2026031000000001000053" // ¥90.07, ¥10.00 given back before

func TestMerchantHome(t *testing.T) {
	s := newSite(t)
	body := wantStatus(t, s.browser(t, safariUA).as("owner-a").get("/merchant"), http.StatusOK)
	wantContains(t, body, "老王面馆（西湖店）", "2026-03-10", "2026-03-09",
		"¥3,146.90", "¥10.00", "¥3,136.90", // today: paid, refunded, left; unpaid ones are not counted
		"支付成功", "待支付", "处理中", "已关闭", "转入退款", "138****5678", "oUpF****eS6o", "¥122,866.78", "− ¥469.00",
		"?before=P2026031000000001000011#payments")
	for _, secret := range []string{"13800005678", "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o", "P2026031000000009000001", "小三水果"} {
		if containsText(body, secret) {
			t.Errorf("the page shows %q", secret)
		}
	}
	older := wantStatus(t, s.browser(t, safariUA).as("owner-a").get("/merchant?before=P2026031000000001000011"), http.StatusOK)
	wantContains(t, older, "P2026031000000001000001", "回到最新")
	if containsText(older, "payments/P2026031000000001000011") {
		t.Error("a payment is on both pages")
	}
}

func TestOtherMerchantsDataDoesNotExist(t *testing.T) {
	s := newSite(t)
	b := s.browser(t, safariUA).as("owner-b")
	missing := wantStatus(t, b.get("/merchant/payments/P9"), http.StatusNotFound)
	foreign := wantStatus(t, b.get("/merchant/payments/"+refundable), http.StatusNotFound)
	if len(missing) != len(foreign) {
		t.Error("a foreign payment looks different from one that does not exist")
	}
	token := csrf(t, bodyOf(t, b.get("/merchant")))
	wantStatus(t, b.postForm("/merchant/refunds", url.Values{
		"csrf": {token}, "order_no": {refundable}, "amount": {"1"}, "reason": {"x"}, "request_id": {"0123456789abcdef"},
	}), http.StatusNotFound)
	wantCalls(t, s.back, "refund")
	wantStatus(t, b.get("/merchant/slips/2026-03-01"), http.StatusNotFound)
}

func TestRefund(t *testing.T) {
	good := url.Values{"order_no": {refundable}, "amount": {"80.07"}, "reason": {"菜没上"}, "request_id": {"0123456789abcdef"}}
	for _, c := range []struct {
		name    string
		session string
		set     [2]string
		err     error
		status  int
		call    string
		shows   string
	}{
		{name: "owner", session: "owner-a", status: 303, call: "refund " + refundable + " 80.07 菜没上 by owner-a"},
		{name: "clerk", session: "clerk-a", status: 403},
		{name: "no token", session: "owner-a", set: [2]string{"csrf", ""}, status: 403},
		{name: "amount 0", session: "owner-a", set: [2]string{"amount", "0"}, status: 400, shows: "请输入正确的金额"},
		{name: "three decimals", session: "owner-a", set: [2]string{"amount", "1.001"}, status: 400, shows: "请输入正确的金额"},
		{name: "no reason", session: "owner-a", set: [2]string{"reason", " "}, status: 400, shows: "请填写退款原因"},
		{name: "long reason", session: "owner-a", set: [2]string{"reason", strings.Repeat("长", 81)}, status: 400, shows: "请填写退款原因"},
		{name: "bad request id", session: "owner-a", set: [2]string{"request_id", "x"}, status: 400, shows: "退款信息有误"},
		{name: "unknown order", session: "owner-a", set: [2]string{"order_no", "P9"}, status: 404},
		{name: "more than was paid", session: "owner-a", err: fault.New("x", fault.Refused, "too much"), status: 422,
			call: "refund " + refundable + " 80.07 菜没上 by owner-a", shows: "超过可退金额"},
		{name: "other content", session: "owner-a", err: fault.New("x", fault.Conflict, "differs"), status: 409,
			call: "refund " + refundable + " 80.07 菜没上 by owner-a", shows: "已提交过"},
		{name: "database gone", session: "owner-a", err: fault.New("x", fault.Unavailable, "gone"), status: 503,
			call: "refund " + refundable + " 80.07 菜没上 by owner-a"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSite(t)
			s.back.refundErr = c.err
			b := s.browser(t, safariUA).as(c.session)
			form := url.Values{"csrf": {csrf(t, bodyOf(t, b.get("/merchant")))}}
			for k, v := range good {
				form[k] = v
			}
			if c.set[0] != "" {
				form.Set(c.set[0], c.set[1])
			}
			res := b.postForm("/merchant/refunds", form)
			wantContains(t, wantStatus(t, res, c.status), c.shows)
			if c.status == 303 && res.Header.Get("Location") != "/merchant/payments/"+refundable {
				t.Errorf("Location %q", res.Header.Get("Location"))
			}
			if c.call == "" {
				wantCalls(t, s.back, "refund")
			} else {
				wantCalls(t, s.back, "refund", c.call)
			}
		})
	}
}

func TestRefundForm(t *testing.T) {
	s := newSite(t)
	body := bodyOf(t, s.browser(t, safariUA).as("owner-a").get("/merchant/payments/"+refundable))
	wantContains(t, body, `value="80.07"`, "最多可退 ¥80.07", "少上了一份小菜", "退款成功", "0.38%")
	if containsText(bodyOf(t, s.browser(t, safariUA).as("clerk-a").get("/merchant/payments/"+refundable)), "/merchant/refunds") {
		t.Error("a clerk is offered a refund")
	}
	for _, unpaid := range []string{"P2026031000000001000058", "P2026031000000001000051"} {
		if containsText(bodyOf(t, s.browser(t, safariUA).as("owner-a").get("/merchant/payments/"+unpaid)), "/merchant/refunds") {
			t.Errorf("payment %s is not paid and can be refunded", unpaid)
		}
	}
}

func TestSlip(t *testing.T) {
	s := newSite(t)
	body := wantStatus(t, s.browser(t, safariUA).as("owner-a").get("/merchant/slips/2026-03-09"), http.StatusOK)
	wantContains(t, body, "收款 − 退款 − 手续费 = 到账", "¥123,456.78", "− ¥123.00", "− ¥469.00", "+ ¥2.00", "¥122,866.78", "结算日期 2026-03-10，共 412 笔")
	negative := wantStatus(t, s.browser(t, safariUA).as("owner-b").get("/merchant/slips/2026-03-09"), http.StatusOK)
	wantContains(t, negative, "-¥39.85", "+ ¥39.85", "¥0.00", "+ ¥0.15")
}

// The printed slip is a PDF of the own merchant's settlement; who has none on the
// date gets none.
func TestSlipIsPrinted(t *testing.T) {
	s := newSite(t)
	owner := s.browser(t, safariUA).as("owner-a")
	wantContains(t, bodyOf(t, owner.get("/merchant/slips/2026-03-09")), `href="/merchant/slips/2026-03-09/pdf"`)
	res := owner.get("/merchant/slips/2026-03-09/pdf")
	name := "settlement-" + merchantA + "-2026-03-09.pdf"
	for header, want := range map[string]string{"Content-Type": "application/pdf", "Content-Disposition": `attachment; filename="` + name + `"; filename*=UTF-8''` + name} {
		if got := res.Header.Get(header); got != want {
			t.Errorf("%s: %s, want %s", header, got, want)
		}
	}
	if body := wantStatus(t, res, http.StatusOK); !strings.HasPrefix(body, "%PDF-") {
		t.Errorf("the slip begins %q", body[:min(20, len(body))])
	}
	wantStatus(t, owner.get("/merchant/slips/2026-03-01/pdf"), http.StatusNotFound)
}

// What the slip prints is what the page says, in both languages.
func TestSlipSaysWhatThePageSays(t *testing.T) {
	page := slipPage{Merchant: merchants.Merchant{No: merchantB, Name: "店"}, Batch: clearing.Batch{Date: 20260309, SettlementDate: 20260310},
		Slip: clearing.Settlement{Date: 20260309, Rows: 2, Gross: 1000, Refund: 5000, Fee: -15, Suspended: -3985}}
	want := render.SlipText{Title: "Settlement slip",
		Head:  []render.SlipRow{{Label: "Merchant", Value: "店"}, {Label: "Merchant number", Value: merchantB}, {Label: "Clearing date", Value: "2026-03-09"}, {Label: "Settlement date", Value: "2026-03-10"}, {Label: "Items", Value: "2"}},
		Body:  []render.SlipRow{{Label: "Paid", Value: "¥10.00"}, {Label: "Refunds", Value: "− ¥50.00"}, {Label: "Fees", Value: "+ ¥0.15"}, {Label: "Net", Value: "-¥39.85"}, {Label: "Put off", Value: "+ ¥39.85"}},
		Total: render.SlipRow{Label: "Received", Value: "¥0.00"}, Sign: "Signature", Foot: "Merchant copy"}
	if got := page.print(en); !reflect.DeepEqual(got, want) {
		t.Errorf("have %+v\nwant %+v", got, want)
	}
	if got := page.print(zh); got.Title != "商户结算单" || got.Body[0].Label != "收款" {
		t.Errorf("%+v", got)
	}
}
