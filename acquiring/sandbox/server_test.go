package sandbox_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"juma/acquiring/sandbox"
	"juma/internal/clock"
)

func start(t *testing.T, wallets func(*sandbox.Core) []sandbox.Wallet) (*sandbox.Server, *sandbox.Core) {
	t.Helper()
	core := sandbox.NewCore(clock.Real{}, nil)
	s, err := sandbox.Start(t.Context(), core, wallets(core), sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close(); http.DefaultClient.CloseIdleConnections() })
	return s, core
}

func call(t *testing.T, method, url, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

func TestReadyLineLeadsToTheWallets(t *testing.T) {
	s, _ := start(t, func(core *sandbox.Core) []sandbox.Wallet {
		return []sandbox.Wallet{newTill(core, "wechat"), newTill(core, "unionpay")}
	})
	var line bytes.Buffer
	if err := s.WriteReady(&line); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(line.String(), "\n"); n != 1 {
		t.Fatalf("%d lines, want one", n)
	}
	var ready struct {
		WeChat, UnionPay struct {
			BaseURL string `json:"base_url"`
		}
		ControlURL string `json:"control_url"`
	}
	if err := json.Unmarshal(line.Bytes(), &ready); err != nil {
		t.Fatal(err)
	}
	for name, url := range map[string]string{"wechat": ready.WeChat.BaseURL, "unionpay": ready.UnionPay.BaseURL} {
		if _, got := call(t, "GET", url, ""); got != name+" at "+url+" for consumer-1" {
			t.Errorf("%s answers %q", url, got)
		}
	}
	if status, _ := call(t, "GET", ready.ControlURL+"/orders", ""); status != http.StatusOK {
		t.Errorf("control plane answers %d", status)
	}
	var text strings.Builder
	if err := s.WriteText(&text); err != nil || !strings.Contains(text.String(), ready.WeChat.BaseURL) {
		t.Errorf("text for people: %v\n%s", err, text.String())
	}
}

func TestControl(t *testing.T) {
	s, core := start(t, func(core *sandbox.Core) []sandbox.Wallet {
		return []sandbox.Wallet{phoned{newTill(core, "wechat", "P1", "P2")}, newTill(core, "alipay", "A1")}
	})
	tests := []struct {
		name, method, path, body string
		status                   int
		want                     string
	}{
		{"orders of all", "GET", "/orders", "", 200, `"out_trade_no":"A1"`},
		{"orders of one wallet", "GET", "/orders?wallet=alipay", "", 200, `{"orders":[{"wallet":"alipay"`},
		{"one order", "GET", "/orders?out_trade_no=P2", "", 200, `{"orders":[{"wallet":"wechat","out_trade_no":"P2"`},
		{"no such order", "GET", "/orders?out_trade_no=P3", "", 404, `no wallet knows such an order`},
		{"no such wallet", "GET", "/orders?wallet=paypal", "", 404, `want one of wechat, alipay`},
		{"pay", "POST", "/confirm", `{"wallet":"wechat","out_trade_no":"P1","payer":"bob"}`, 200, `"payer":"bob","state":"PAID"`},
		{"pay again", "POST", "/confirm", `{"wallet":"wechat","out_trade_no":"P1"}`, 409, `paid already`},
		{"pay nothing", "POST", "/confirm", `{"wallet":"wechat"}`, 400, `out_trade_no is missing`},
		{"pay unknown", "POST", "/confirm", `{"wallet":"wechat","out_trade_no":"P9"}`, 404, `wechat knows no such order`},
		{"pay nowhere", "POST", "/confirm", `{"out_trade_no":"P2"}`, 400, `wallet \"\": want one of`},
		{"pay misspelt", "POST", "/confirm", `{"wallet":"wechat","order":"P2"}`, 400, `unknown field \"order\"`},
		{"pay empty", "POST", "/confirm", ``, 400, `the body is empty`},
		{"pay twice in one body", "POST", "/confirm", `{"wallet":"wechat","out_trade_no":"P2"}{}`, 400, `more after the JSON value`},
		{"pay cut off", "POST", "/confirm", `{"wallet":"wech`, 400, `ends too early`},
		{"pay with a number", "POST", "/confirm", `{"wallet":"wechat","out_trade_no":7}`, 400, `out_trade_no: got a JSON number, want string`},
		{"a code", "POST", "/codes", `{"wallet":"wechat","payer":"bob"}`, 200, `{"auth_code":"13 of bob","valid_seconds":60}`},
		{"nobody's code", "POST", "/codes", `{"wallet":"wechat"}`, 400, `payer is missing`},
		{"a code of no wallet", "POST", "/codes", `{"wallet":"paypal","payer":"bob"}`, 404, `want one of wechat, alipay`},
		{"a wallet without codes", "POST", "/codes", `{"wallet":"alipay","payer":"bob"}`, 400, `show no payment codes`},
		{"one fault", "POST", "/faults", `{"wallet":"wechat","kind":"notice_lost","out_trade_no":"P2"}`, 200, `{"added":1}`},
		{"two faults", "POST", "/faults", ` [{"wallet":"alipay","kind":"notice_late","delay_seconds":5},{"wallet":"alipay","kind":"notice_lost"}]`, 200, `{"added":2}`},
		{"a wrong fault", "POST", "/faults", `{"wallet":"alipay","kind":"gone"}`, 400, `kind \"gone\"`},
		{"a misspelt fault", "POST", "/faults", `[{"wallet":"alipay","kind":"notice_lost","time":1}]`, 400, `time: got a JSON number`},
		{"faults too large", "POST", "/faults", `[` + strings.Repeat(" ", 1<<20) + `]`, 400, `too large`},
		{"faults listed", "GET", "/faults", "", 200, `"pending":[{"wallet":"wechat","kind":"notice_lost"`},
		{"notices", "GET", "/notices", "", 200, `"total":{"sent":`},
		{"no such page", "GET", "/", "", 404, `the control plane has`},
		{"wrong method", "PUT", "/faults", "", 404, `PUT /faults`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			status, body := call(t, tt.method, s.ControlURL()+tt.path, tt.body)
			if status != tt.status || !strings.Contains(body, tt.want) {
				t.Fatalf("%d %swant %d with %s", status, body, tt.status, tt.want)
			}
			if status >= 400 {
				var refusal map[string]string
				if err := json.Unmarshal([]byte(body), &refusal); err != nil || len(refusal) != 1 || refusal["error"] == "" {
					t.Fatalf("refusal %s: want {\"error\": sentence}", body)
				}
			}
		})
	}
	if n := len(core.Faults.Pending()); n != 3 {
		t.Errorf("%d faults pending, want 3", n)
	}
}

// phoned is a till whose consumers can show a payment code.
type phoned struct{ *till }

func (phoned) ShowCode(payer string) string { return "13 of " + payer }

func TestControlRefusesOtherSites(t *testing.T) {
	s, _ := start(t, func(core *sandbox.Core) []sandbox.Wallet { return nil })
	req, _ := http.NewRequest("POST", s.ControlURL()+"/faults", strings.NewReader(`{"wallet":"wechat","kind":"notice_lost"}`))
	req.Header.Set("Sec-Fetch-Site", "cross-site")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusForbidden {
		t.Fatalf("status %d, want 403", resp.StatusCode)
	}
}

// A stand-alone sandbox runs on the real clock: pressing pay is all it takes.
func TestConfirmSendsTheNoticeByItself(t *testing.T) {
	e := listen(t)
	s, _ := start(t, func(core *sandbox.Core) []sandbox.Wallet {
		w := newTill(core, "wechat", "P1")
		w.hook = e.url
		return []sandbox.Wallet{w}
	})
	if status, body := call(t, "POST", s.ControlURL()+"/confirm", `{"wallet":"wechat","out_trade_no":"P1"}`); status != 200 {
		t.Fatalf("%d %s", status, body)
	}
	for end := time.Now().Add(4 * time.Second); len(e.all()) == 0; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("no notice came")
		}
	}
}

func TestPortInUse(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	port := l.Addr().(*net.TCPAddr).Port
	core := sandbox.NewCore(clock.Real{}, nil)
	wallets := []sandbox.Wallet{newTill(core, "wechat")}
	for _, tt := range []struct {
		opts sandbox.Options
		want string
	}{
		{sandbox.Options{ControlPort: port}, fmt.Sprintf("port %d for the sandboxes' control plane is in use", port)},
		{sandbox.Options{Ports: map[string]int{"wechat": port}}, fmt.Sprintf("port %d for the wechat sandbox is in use", port)},
		{sandbox.Options{Ports: map[string]int{"wechat": 70000}}, "port 70000 for the wechat sandbox: want 1 to 65535"},
		{sandbox.Options{Ports: map[string]int{"paypal": 0}}, `port for wallet "paypal": want one of wechat`},
	} {
		_, err := sandbox.Start(t.Context(), core, wallets, tt.opts)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("error %v, want %q", err, tt.want)
		}
	}
}

func TestServerEndsWithItsContext(t *testing.T) {
	core := sandbox.NewCore(clock.Real{}, nil)
	ctx, cancel := context.WithCancel(t.Context())
	s, err := sandbox.Start(ctx, core, nil, sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	select {
	case <-s.Done():
	case <-time.After(5 * time.Second):
		t.Fatal("still serving after its context ended")
	}
	s.Close() // after the end is harmless
}
