package wiretap

import (
	"net/url"
	"strings"
	"testing"
)

// TestOnlyWhatIsListedIsSeen: a field that nobody has listed, a value that does not look
// like what its field holds, and whatever cannot be read are hidden.
func TestOnlyWhatIsListedIsSeen(t *testing.T) {
	key := "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKjMzEfYyjiWA4R4"
	for _, c := range []struct{ name, in, want, never string }{
		{"amounts and numbers", `{"out_trade_no":"P1","amount":{"total":12,"currency":"CNY"}}`, `"out_trade_no": "P1"`, hidden},
		{"a new field", `{"birthday":"1990-01-01"}`, `"birthday": "…"`, "1990"},
		{"a key in a listed field", `{"out_trade_no":"` + key + `=="}`, `"out_trade_no": "…"`, "MIIE"},
		{"a payer", `{"payer":{"openid":"oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"}}`, "oUpF****eS6o", "8uMuAJO"},
		{"a telephone in a sentence", `{"message":"用户 13800005678 余额不足"}`, "138****5678", "13800005678"},
		{"an object that is not listed", `{"secrets":{"code":"1234"}}`, `"secrets": "…"`, "1234"},
		{"names that say something", `{"amount":{"张三 13800005678":1}}`, `"amount": "…"`, "张三"},
		{"an envelope of Alipay", `{"alipay_trade_query_response":{"code":"10000"},"sign":"` + key + `"}`, `"code": "10000"`, "MIIE"},
		{"a form", "orderId=P1&signature=" + key + "&accNo=6216261000000000018", "orderId=P1", "6216261000000000018"},
		{"a form in a form", "method=x&biz_content=" + url.QueryEscape(`{"buyer_id":"2088999000000011","trade_no":"7"}`), `"trade_no": "7"`, "2088999000000011"},
		{"a list of strangers", `{"detail":[{"id_card":"33010619900307881X"}]}`, `"id_card": "…"`, "330106"},
		{"a page of a proxy", "<html>Bad Gateway 13800005678</html>", "(36 bytes)", "138"},
		{"half a message", `{"out_trade_no":"P1","openid":"oUpF8uMuAJO`, "bytes)", "oUpF"},
		{"nothing", "", "", hidden},
	} {
		got := message([]byte(c.in))
		if !strings.Contains(got, c.want) || strings.Contains(got, c.never) {
			t.Errorf("%s: %s", c.name, got)
		}
	}
	if long := message([]byte(`{"msg":"` + strings.Repeat("a", 1000) + `"}`)); len(long) > 300 {
		t.Errorf("a long sentence takes %d bytes", len(long))
	}
	deep := strings.Repeat(`{"amount":`, 20) + "1" + strings.Repeat("}", 20)
	if got := message([]byte(deep)); strings.Contains(got, "1") {
		t.Errorf("a deep one is shown: %s", got)
	}
	many := `{"` + strings.Repeat(`a":1,"b`, 3000) + `":1}`
	if got := message([]byte(many)); len(got) > maxText+8 {
		t.Errorf("a large one takes %d bytes", len(got))
	}
}

// FuzzMessage: whatever comes, the masked form is bounded.
func FuzzMessage(f *testing.F) {
	f.Add([]byte(`{"out_trade_no":"P1"}`))
	f.Add([]byte("a=b&c=d"))
	f.Fuzz(func(t *testing.T, body []byte) {
		if got := message(body); len(got) > maxText+8 {
			t.Errorf("%d bytes", len(got))
		}
	})
}
