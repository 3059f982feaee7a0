package web

import (
	"net/http"
	"strings"
	"testing"

	"juma/acquiring"
)

func TestResultStates(t *testing.T) {
	token := "T0000000000000000000000000"
	for _, c := range []struct {
		state  acquiring.PaymentState
		title  string
		answer string
		polls  bool
	}{
		{acquiring.Created, "处理中", `{"state":"created","view":"processing","final":false}`, true},
		{acquiring.Pending, "处理中", `{"state":"pending","view":"processing","final":false}`, true},
		{acquiring.Unknown, "处理中", `{"state":"unknown","view":"processing","final":false}`, true},
		{acquiring.Paid, "支付成功", `{"state":"paid","view":"paid","final":true}`, false},
		{acquiring.Closed, "已关闭", `{"state":"closed","view":"closed","final":true}`, false},
		{acquiring.Refused, "支付失败", `{"state":"refused","view":"refused","final":true}`, false},
	} {
		t.Run(string(c.state), func(t *testing.T) {
			s := newSite(t)
			s.back.setState(token, c.state)
			b := s.browser(t, wechatUA)
			body := wantStatus(t, b.get("/r/"+token), http.StatusOK)
			wantContains(t, body, ">"+c.title+"</h1>", "12.30", "2026-03-10 12:00:00", "P2026031000000001000060", "老王面馆（西湖店）")
			// "To be paid" beside "do not pay again" would make anybody pay again.
			if got := strings.Contains(body, "当前状态"); got == c.polls {
				t.Errorf("the state is shown: %v, while processing: %v", got, c.polls)
			}
			if got := strings.Contains(body, "result.js"); got != c.polls {
				t.Errorf("polling is %v, want %v", got, c.polls)
			}
			if got := strings.TrimSpace(bodyOf(t, b.get("/r/"+token+"/state"))); got != c.answer {
				t.Errorf("state %s, want %s", got, c.answer)
			}
		})
	}
}

func TestResultOfNobody(t *testing.T) {
	s := newSite(t)
	b := s.browser(t, wechatUA)
	wantStatus(t, b.get("/r/unknown"), http.StatusNotFound)
	wantContains(t, wantStatus(t, b.get("/r/unknown/state"), http.StatusNotFound), `"code":"not_found"`)
	wantStatus(t, b.postForm("/r/unknown", nil), http.StatusNotFound)
}

func TestWalletComesBackWithAForm(t *testing.T) {
	s := newSite(t)
	b := s.browser(t, unionpayUA)
	b.header.Set("Sec-Fetch-Site", "cross-site")
	b.header.Set("Origin", "https://gateway.95516.com")
	res := b.postForm("/r/T0000000000000000000000002", map[string][]string{"respCode": {"00"}})
	if got := res.Header.Get("Location"); res.StatusCode != http.StatusSeeOther || got != "/r/T0000000000000000000000002" {
		t.Errorf("status %d to %q, want 303 to the result page", res.StatusCode, got)
	}
	wantContains(t, bodyOf(t, b.get("/r/T0000000000000000000000002")), "处理中")
}
