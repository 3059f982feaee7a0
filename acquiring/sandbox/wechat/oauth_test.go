package wechat

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"testing"
	"time"

	"juma/acquiring/sandbox"
)

// authorise goes through the page as a browser and returns where it is sent.
func (s *shop) authorise(payer string, change map[string]string) (*http.Response, url.Values) {
	s.t.Helper()
	q := url.Values{"appid": {spAppID}, "redirect_uri": {"http://cashier.test/back"}, "response_type": {"code"}, "scope": {"snsapi_base"}, "state": {"S 1"}, "connect_redirect": {"1"}}
	for k, v := range change {
		q.Set(k, v)
	}
	req, _ := http.NewRequest("GET", s.srv.URL+"/connect/oauth2/authorize?"+q.Encode(), nil)
	if payer != "" {
		req.AddCookie(&http.Cookie{Name: sandbox.PayerCookie, Value: payer})
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		s.t.Fatal(err)
	}
	resp.Body.Close()
	s.t.Cleanup(http.DefaultTransport.(*http.Transport).CloseIdleConnections)
	u, err := resp.Location()
	if err != nil {
		return resp, nil
	}
	return resp, u.Query()
}

func (s *shop) token(code string, change map[string]string) (map[string]any, error) {
	q := url.Values{"appid": {spAppID}, "secret": {s.creds["app_secret"]}, "code": {code}, "grant_type": {"authorization_code"}}
	for k, v := range change {
		q.Set(k, v)
	}
	resp, err := s.srv.Client().Get(s.srv.URL + "/sns/oauth2/access_token?" + q.Encode())
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	b, _ := io.ReadAll(resp.Body)
	out := map[string]any{}
	return out, json.Unmarshal(b, &out)
}

func TestSilentAuthorisation(t *testing.T) {
	s := newShop(t)
	resp, back := s.authorise("ann", nil)
	if resp.StatusCode != 302 || back.Get("state") != "S 1" || back.Get("code") == "" {
		t.Fatalf("status %d, back with %v", resp.StatusCode, back)
	}
	a, err := s.token(back.Get("code"), nil)
	if err != nil || a["openid"] != openID("ann") || len(openID("ann")) != 28 || a["scope"] != "snsapi_base" || a["expires_in"] != 7200.0 {
		t.Fatalf("got %v, %v", a, err)
	}
	if a, _ := s.token(back.Get("code"), nil); a["errcode"] != 40163.0 {
		t.Errorf("used code: %v", a)
	}
	if a, _ := s.token("invented", nil); a["errcode"] != 40029.0 {
		t.Errorf("invented code: %v", a)
	}
	_, late := s.authorise("", nil)
	s.pass(codeLife + time.Second)
	if a, _ := s.token(late.Get("code"), nil); a["errcode"] != 40029.0 {
		t.Errorf("old code: %v", a)
	}
	_, other := s.authorise("", nil)
	if a, _ := s.token(other.Get("code"), nil); a["openid"] != openID(sandbox.DefaultPayer) {
		t.Errorf("without a cookie: %v", a)
	}
	for field, want := range map[string]float64{"appid": 40013, "secret": 40125, "grant_type": 40002} {
		if a, _ := s.token("x", map[string]string{field: "wrong"}); a["errcode"] != want {
			t.Errorf("wrong %s: %v", field, a)
		}
	}
	for field, wrong := range map[string]string{"appid": "wx1", "redirect_uri": "/relative", "response_type": "token", "scope": "snsapi_userinfo", "state": string(make([]byte, 129))} {
		if resp, _ := s.authorise("ann", map[string]string{field: wrong}); resp.StatusCode != 400 {
			t.Errorf("wrong %s: status %d", field, resp.StatusCode)
		}
	}
}

func TestIdentifyFaults(t *testing.T) {
	s := newShop(t)
	_, back := s.authorise("ann", nil)
	s.fault(sandbox.Fault{Kind: sandbox.AnswerLost, Call: "identify", Payer: openID("ann")})
	if a, err := s.token(back.Get("code"), nil); err == nil && a["openid"] != nil {
		t.Errorf("an answer came: %v", a)
	}
	if a, _ := s.token(back.Get("code"), nil); a["errcode"] != 40163.0 {
		t.Errorf("the code is not used up: %v", a)
	}
	_, back = s.authorise("ann", nil)
	s.fault(sandbox.Fault{Kind: sandbox.AnswerError, Call: "identify"})
	if a, _ := s.token(back.Get("code"), nil); a["errcode"] != -1.0 {
		t.Errorf("got %v", a)
	}
}
