package sandbox_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"juma/acquiring/sandbox"
	"juma/acquiring/sandbox/alipay"
	"juma/acquiring/sandbox/unionpay"
	"juma/acquiring/sandbox/wechat"
)

// published is the line that other programs read: these names are a promise.
var published = map[string][]string{
	"wechat": {"base_url", "sp_appid", "sp_mchid", "sub_mchid", "cert_serial", "private_key_pem", "api_v3_key",
		"platform_cert_serial", "platform_cert_pem", "platform_public_key_id", "platform_public_key_pem"},
	"alipay":   {"gateway_url", "app_id", "app_private_key_pem", "alipay_public_key_pem"},
	"unionpay": {"gateway_url", "file_url", "mer_id", "cert_id", "private_key_pem", "sign_cert_pem", "root_cert_pem", "middle_cert_pem"},
}

// TestTheThreeWallets starts what juma sandbox starts.
func TestTheThreeWallets(t *testing.T) {
	s, _ := start(t, func(core *sandbox.Core) []sandbox.Wallet {
		w, errW := wechat.New(core)
		a, errA := alipay.New(core)
		u, errU := unionpay.New(core)
		if errW != nil || errA != nil || errU != nil {
			t.Fatal(errW, errA, errU)
		}
		return []sandbox.Wallet{w, a, u}
	})
	var b strings.Builder
	if err := s.WriteReady(&b); err != nil {
		t.Fatal(err)
	}
	var ready map[string]json.RawMessage
	if err := json.Unmarshal([]byte(b.String()), &ready); err != nil {
		t.Fatal(err)
	}
	for wallet, names := range published {
		var credentials map[string]any
		if err := json.Unmarshal(ready[wallet], &credentials); err != nil {
			t.Fatalf("%s: want an object: %v", wallet, err)
		}
		for _, name := range names {
			v, _ := credentials[name].(string)
			switch {
			case v == "":
				t.Errorf("%s.%s is missing", wallet, name)
			case strings.HasSuffix(name, "_pem") != strings.HasPrefix(v, "-----BEGIN "):
				t.Errorf("%s.%s: PEM or not? %.30q", wallet, name, v)
			case strings.HasSuffix(name, "_url") != strings.HasPrefix(v, "http://127.0.0.1:"):
				t.Errorf("%s.%s: an address or not? %.30q", wallet, name, v)
			}
		}
	}
	if status, body := call(t, http.MethodGet, s.ControlURL()+"/orders", ""); status != http.StatusOK || strings.TrimSpace(body) != `{"orders":[]}` {
		t.Errorf("orders of new wallets: %d %s", status, body)
	}
	for wallet := range published {
		status, body := call(t, http.MethodPost, s.ControlURL()+"/confirm", `{"wallet":"`+wallet+`","out_trade_no":"P1"}`)
		if status != http.StatusNotFound {
			t.Errorf("confirm an order that %s never saw: %d %s", wallet, status, body)
		}
	}
}
