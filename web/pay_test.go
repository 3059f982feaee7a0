package web

import (
	"net/http"
	"strings"
	"testing"

	"juma/acquiring"
	"juma/acquiring/channel"
	"juma/internal/fault"
)

// goodPay is a request that the cashier accepts.
const goodPay = `{"amount":"12.30","request_id":"0123456789abcdef"}`

func TestPayRefusesBadRequests(t *testing.T) {
	for _, c := range []struct {
		name, contentType, body string
		header                  [2]string
		status                  int
		code                    string
	}{
		{name: "amount 0", body: `{"amount":"0","request_id":"0123456789abcdef"}`, status: 400, code: "amount"},
		{name: "amount 0.00", body: `{"amount":"0.00","request_id":"0123456789abcdef"}`, status: 400, code: "amount"},
		{name: "negative", body: `{"amount":"-1","request_id":"0123456789abcdef"}`, status: 400, code: "amount"},
		{name: "three decimals", body: `{"amount":"1.234","request_id":"0123456789abcdef"}`, status: 400, code: "amount"},
		{name: "exponent", body: `{"amount":"1e3","request_id":"0123456789abcdef"}`, status: 400, code: "amount"},
		{name: "comma", body: `{"amount":"1,000","request_id":"0123456789abcdef"}`, status: 400, code: "amount"},
		{name: "full-width digits", body: `{"amount":"１２","request_id":"0123456789abcdef"}`, status: 400, code: "amount"},
		{name: "empty", body: `{"amount":"","request_id":"0123456789abcdef"}`, status: 400, code: "amount"},
		{name: "too large", body: `{"amount":"10000000.00","request_id":"0123456789abcdef"}`, status: 400, code: "amount"},
		{name: "number instead of text", body: `{"amount":12.3,"request_id":"0123456789abcdef"}`, status: 400, code: "invalid"},
		{name: "no request id", body: `{"amount":"1"}`, status: 400, code: "invalid"},
		{name: "short request id", body: `{"amount":"1","request_id":"1"}`, status: 400, code: "invalid"},
		{name: "request id with other characters", body: `{"amount":"1","request_id":"0123456789abcde'"}`, status: 400, code: "invalid"},
		{name: "unknown field", body: `{"amount":"1","request_id":"0123456789abcdef","payer":"bob"}`, status: 400, code: "invalid"},
		{name: "two objects", body: goodPay + goodPay, status: 400, code: "invalid"},
		{name: "no JSON", body: `amount=1`, status: 400, code: "invalid"},
		{name: "form", contentType: "application/x-www-form-urlencoded", body: "amount=1", status: 415, code: "content_type"},
		{name: "plain text, as a form can send it", contentType: "text/plain", body: goodPay, status: 415, code: "content_type"},
		{name: "huge body", body: `{"amount":"` + strings.Repeat("1", maxForm) + `"}`, status: 413, code: "too_large"},
		{name: "cross-site", body: goodPay, header: [2]string{"Sec-Fetch-Site", "cross-site"}, status: 403, code: "forbidden"},
		{name: "same site, other origin", body: goodPay, header: [2]string{"Sec-Fetch-Site", "same-site"}, status: 403, code: "forbidden"},
		{name: "other origin, old browser", body: goodPay, header: [2]string{"Origin", "https://evil.test"}, status: 403, code: "forbidden"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSite(t)
			b := s.browser(t, wechatUA)
			b.scan(goodKey, "alice")
			if c.header[0] != "" {
				b.header.Set(c.header[0], c.header[1])
			}
			contentType := c.contentType
			if contentType == "" {
				contentType = "application/json"
			}
			body := wantStatus(t, b.do(http.MethodPost, "/q/"+goodKey+"/pay", contentType, c.body), c.status)
			wantContains(t, body, `"code":"`+c.code+`"`, `"message":"`, `"request_id":"`)
			wantCalls(t, s.back, "pay")
		})
	}
}

func TestPayFromOurOwnPage(t *testing.T) {
	for _, header := range [][2]string{{"Sec-Fetch-Site", "same-origin"}, {"Origin", "https://pay.test"}, {"X-Nothing", ""}} {
		s := newSite(t)
		b := s.browser(t, wechatUA)
		b.scan(goodKey, "alice")
		b.header.Set(header[0], header[1])
		wantStatus(t, b.postJSON("/q/"+goodKey+"/pay", goodPay), http.StatusOK)
	}
}

func TestPayOutcomes(t *testing.T) {
	pending := acquiring.Payment{OrderNo: "P1", ResultToken: "T1", State: acquiring.Pending}
	paid := acquiring.Payment{OrderNo: "P1", ResultToken: "T1", State: acquiring.Paid}
	prepay := func(o channel.Outcome, b channel.Bridge) acquiring.PayOutput {
		return acquiring.PayOutput{Payment: pending, Prepay: channel.PrepayResult{Result: channel.Result{Outcome: o}, Bridge: b}}
	}
	refusal := func(field string) error {
		return fault.Wrap("outer", "", &fault.Error{Op: "acquiring.Pay", Kind: fault.Refused, Field: field, Msg: "internal words"})
	}
	for _, c := range []struct {
		name   string
		out    acquiring.PayOutput
		err    error
		status int
		want   string
	}{
		{"answer lost", prepay(channel.Unknown, channel.Bridge{}), nil, 504, `"code":"unknown"`},
		{"still deciding", prepay(channel.Pending, channel.Bridge{}), nil, 504, `"code":"unknown"`},
		{"wallet refuses without an error", prepay(channel.Refused, channel.Bridge{}), nil, 422, `"code":"wallet_refused"`},
		{"wallet refuses", acquiring.PayOutput{Payment: pending}, refusal("wallet_refused"), 422, `"code":"wallet_refused"`},
		{"static limit", acquiring.PayOutput{}, refusal("static_limit"), 422, `"code":"static_limit"`},
		{"not enrolled", acquiring.PayOutput{}, refusal("channel_not_enrolled"), 422, `"code":"channel_off"`},
		{"order over", acquiring.PayOutput{Payment: acquiring.Payment{State: acquiring.Closed}}, refusal("order_closed"), 422, `"code":"order_over"`},
		{"another rule", acquiring.PayOutput{}, refusal("risk"), 422, `"code":"refused"`},
		{"other content", acquiring.PayOutput{}, fault.New("x", fault.Conflict, "amount differs"), 409, `"code":"conflict"`},
		{"channel down", acquiring.PayOutput{Payment: pending}, fault.New("x", fault.Unavailable, "refused connection"), 503, `"code":"unavailable"`},
		{"defect", acquiring.PayOutput{}, fault.New("x", fault.Internal, "secret detail"), 500, `"code":"internal"`},
		{"paid already", acquiring.PayOutput{Payment: paid}, fault.New("x", fault.Conflict, "paid already"), 200, `"kind":"paid"`},
		{"redirect to a script", prepay(channel.Succeeded, channel.Bridge{Kind: "redirect", URL: "javascript:alert(1)"}), nil, 500, `"code":"corrupt"`},
		{"redirect to nowhere", prepay(channel.Succeeded, channel.Bridge{Kind: "redirect", URL: "/local"}), nil, 500, `"code":"corrupt"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSite(t)
			s.back.pay = func(acquiring.PayInput) (acquiring.PayOutput, error) { return c.out, c.err }
			b := s.browser(t, wechatUA)
			b.scan(goodKey, "alice")
			body := wantStatus(t, b.postJSON("/q/"+goodKey+"/pay", goodPay), c.status)
			wantContains(t, body, c.want)
			for _, secret := range []string{"internal words", "secret detail", "javascript:"} {
				if strings.Contains(body, secret) {
					t.Errorf("the answer shows %q", secret)
				}
			}
		})
	}
}

func TestPayTellsThePayerInTheirLanguage(t *testing.T) {
	for accept, want := range map[string]string{"zh-CN": "单日限额", "en-US,en;q=0.9": "daily limit"} {
		s := newSite(t)
		s.back.pay = func(acquiring.PayInput) (acquiring.PayOutput, error) {
			return acquiring.PayOutput{}, &fault.Error{Kind: fault.Refused, Field: "static_limit"}
		}
		b := s.browser(t, wechatUA)
		b.header.Set("Accept-Language", accept)
		b.scan(goodKey, "alice")
		wantContains(t, wantStatus(t, b.postJSON("/q/"+goodKey+"/pay", goodPay), 422), want)
	}
}
