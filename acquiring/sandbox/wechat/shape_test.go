package wechat

import (
	"net/http"
	"strings"
	"testing"
)

// A body of the wrong shape is a PARAM_ERROR in JSON's words: no type of the
// sandbox's program is named.
func TestBodyShapes(t *testing.T) {
	s := newShop(t)
	for _, c := range []struct{ address, body, field, issue string }{
		{jsapi, `{"amount":5}`, "amount", "want object"},
		{jsapi, `{"amount":{"total":"5"}}`, "amount.total", "want integer"},
		{jsapi, `{"scene_info":[]}`, "scene_info", "want object"},
		{jsapi, `{"description":{}}`, "description", "want string"},
		{jsapi, `[]`, "body", "want object"},
		{jsapi, `"text"`, "body", "want object"},
		{refunds, `{"amount":{"refund":true}}`, "amount.refund", "want integer"},
		{jsapi, `description=x`, "", ""},
		{jsapi, ``, "", ""},
		{refunds, `{"amount":`, "", ""},
	} {
		resp, body, err := s.request("POST", c.address, c.body, func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") })
		if err != nil {
			t.Fatal(err)
		}
		text := string(body)
		if resp.StatusCode != http.StatusBadRequest || !strings.Contains(text, `"code":"PARAM_ERROR"`) ||
			c.field != "" && (!strings.Contains(text, `"field":"`+c.field+`"`) || !strings.Contains(text, `"issue":"`+c.issue+`"`)) {
			t.Errorf("%s: %d %s, want field %q, %q", c.body, resp.StatusCode, text, c.field, c.issue)
		}
		for _, leak := range []string{"struct", "int64", "wechat.", "invalid character", "unexpected end", "unmarshal"} {
			if strings.Contains(text, leak) {
				t.Errorf("%s: the answer names %q: %s", c.body, leak, text)
			}
		}
	}
}
