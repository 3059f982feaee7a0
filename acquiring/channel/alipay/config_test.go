package alipay_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"juma/acquiring/channel"
	"juma/acquiring/channel/alipay"
	"juma/internal/clock"
	"juma/internal/fault"
)

func TestConfig(t *testing.T) {
	good := alipay.Config{
		GatewayURL: "https://openapi.alipay.com/gateway.do", AppID: appID,
		AppPrivateKeyPEM: privatePEM(keys().app), AlipayPublicKeyPEM: publicPEM(keys().wallet),
	}
	a, err := alipay.New(good, clock.Real{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if a.Name() != channel.Alipay {
		t.Errorf("Name = %s", a.Name())
	}
	for authURL, want := range map[string]string{
		"":                                  "https://openauth.alipay.com/oauth2/publicAppAuthorize.htm?",
		"http://127.0.0.1:9":                "http://127.0.0.1:9/oauth2/publicAppAuthorize.htm?",
		"http://127.0.0.1:9/":               "http://127.0.0.1:9/oauth2/publicAppAuthorize.htm?",
		"http://127.0.0.1:9/oauth2/page.do": "http://127.0.0.1:9/oauth2/page.do?",
	} {
		cfg := good
		cfg.AuthURL = authURL
		a, err := alipay.New(cfg, clock.Real{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		got, _ := a.AuthURL(ctx, channel.AuthRequest{RedirectURL: "https://x.example/", State: "s"})
		if !strings.HasPrefix(got, want) {
			t.Errorf("auth_url %q gives %q, want %q…", authURL, got, want)
		}
	}
	var decoded alipay.Config
	if err := json.Unmarshal([]byte(`{"gateway_url":"u","app_id":"a","app_private_key_pem":"p","alipay_public_key_pem":"q","pid":"i","auth_url":"h"}`), &decoded); err != nil ||
		decoded != (alipay.Config{GatewayURL: "u", AppID: "a", AppPrivateKeyPEM: "p", AlipayPublicKeyPEM: "q", PID: "i", AuthURL: "h"}) {
		t.Errorf("decoded %#v, %v", decoded, err)
	}
	_, err = alipay.New(alipay.Config{GatewayURL: "gateway.do", AppID: "wx1", AppPrivateKeyPEM: "secret!", PID: "1", AuthURL: "x"}, nil, nil)
	if !fault.Is(err, fault.Invalid) {
		t.Fatalf("bad configuration: %v", err)
	}
	for _, field := range []string{"gateway_url", "app_id", "pid", "app_private_key_pem", "alipay_public_key_pem", "auth_url", "clock"} {
		if !strings.Contains(err.Error(), field) {
			t.Errorf("%s is not reported: %v", field, err)
		}
	}
	if strings.Contains(err.Error(), "secret!") || strings.Contains(fmt.Sprintf("%v %+v %#v", good, good, good), "PRIVATE KEY") {
		t.Error("a key is printed")
	}
}
