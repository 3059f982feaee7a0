package wire

import (
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/smartwalle/alipay/v3"
	"github.com/smartwalle/nsign"
)

// Vectors signed elsewhere prove that we and Alipay mean the same bytes.

func vector(t *testing.T, name string, into any) {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, into); err != nil {
		t.Fatal(err)
	}
}

func pemKey(t *testing.T, text string) *rsa.PublicKey {
	t.Helper()
	block, _ := pem.Decode([]byte(text))
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return key.(*rsa.PublicKey)
}

func TestRequestVector(t *testing.T) {
	var v struct {
		Key      string            `json:"app_public_key"`
		Text     string            `json:"sign_string"`
		Sum      string            `json:"sign_string_sha256"`
		Params   map[string]string `json:"params"`
		FormBody string            `json:"form_body"`
	}
	vector(t, "alipay-request.json", &v)
	// The SDK builds the text that our requests are signed over; let it build the
	// vector's through the signer that we give it.
	values := url.Values{}
	for name, value := range v.Params {
		if name != "sign" && name != "timestamp" {
			values.Set(name, value)
		}
	}
	at, err := time.ParseInLocation(TimeLayout, v.Params["timestamp"], time.FixedZone("CST", 8*3600))
	if err != nil {
		t.Fatal(err)
	}
	var text []byte
	signer := stampingSigner{
		Signer: nsign.New(nsign.WithEncoder(alipay.Encoder{}), nsign.WithMethod(textMethod{&text})),
		now:    func() time.Time { return at },
	}
	if _, err := signer.SignValues(values); err != nil {
		t.Fatal(err)
	}
	if string(text) != v.Text {
		t.Errorf("signing string\n got %s\nwant %s", text, v.Text)
	}
	if sum := sha256.Sum256(text); hex.EncodeToString(sum[:]) != v.Sum {
		t.Errorf("sha256 = %x, want %s", sum, v.Sum)
	}
	if !verify([]*rsa.PublicKey{pemKey(t, v.Key)}, text, v.Params["sign"]) {
		t.Error("the vector's signature does not verify")
	}
	form, err := url.ParseQuery(v.FormBody)
	if err != nil || form.Get("sign") != v.Params["sign"] {
		t.Errorf("form body does not carry the signature: %v", err)
	}
}

// textMethod keeps the text instead of signing it.
type textMethod struct{ text *[]byte }

func (m textMethod) Sign(data []byte) ([]byte, error) {
	*m.text = append([]byte(nil), data...)
	return []byte("x"), nil
}
func (m textMethod) Verify([]byte, []byte) error { return nil }

func TestResponseVector(t *testing.T) {
	var v struct {
		Key    string `json:"alipay_public_key"`
		Signed string `json:"signed_substring"`
		Raw    string `json:"raw"`
	}
	vector(t, "alipay-response.json", &v)
	c := &Client{keys: keyring{given: []*rsa.PublicKey{pemKey(t, v.Key)}}}
	var created Created
	status, err := c.readAnswer(t.Context(), "alipay.trade.create", []byte(v.Raw), &created)
	if err != nil || !status.OK() || created.OutTradeNo != "P20260310000005" || created.TradeNo != "2026031022009990000000000001" {
		t.Fatalf("answer = %+v %+v, %v", status, created, err)
	}
	for name, raw := range map[string]string{
		"one digit changed":      strings.Replace(v.Raw, "0001\"", "0002\"", 1),
		"a blank inserted":       strings.Replace(v.Raw, `"code":"10000"`, `"code": "10000"`, 1),
		"no signature":           strings.Replace(v.Raw, `"sign"`, `"sing"`, 1),
		"signature not a string": `{"alipay_trade_create_response":` + v.Signed + `,"sign":7}`,
		"another method":         strings.Replace(v.Raw, "trade_create", "trade_query", 1),
		"cut off":                v.Raw[:len(v.Raw)-1],
		"empty":                  "",
		"array":                  "[]",
	} {
		var created Created
		_, err := c.readAnswer(t.Context(), "alipay.trade.create", []byte(raw), &created)
		call, ok := err.(*CallError)
		if !ok || !call.Sent || created.TradeNo != "" {
			t.Errorf("%s: answer %+v, error %v; want an unsure call and nothing read", name, created, err)
		}
	}
	// Blanks around the value are not part of the signed text.
	spaced := `{ "alipay_trade_create_response" :  ` + v.Signed + ` , "sign"` + v.Raw[strings.LastIndex(v.Raw, `:"`):]
	if _, err := c.readAnswer(t.Context(), "alipay.trade.create", []byte(spaced), &created); err != nil {
		t.Errorf("spaced answer: %v", err)
	}
}

func TestNoticeVector(t *testing.T) {
	var v struct {
		Key  string `json:"alipay_public_key"`
		Text string `json:"sign_string"`
		Body string `json:"raw_form_body"`
	}
	vector(t, "alipay-notify.json", &v)
	c := &Client{keys: keyring{given: []*rsa.PublicKey{pemKey(t, v.Key)}}, appID: "2021999000000001"}
	form, err := c.ReadNotice(t.Context(), []byte(v.Body))
	if err != nil {
		t.Fatal(err)
	}
	if got := noticeString(form, false); got != v.Text {
		t.Errorf("signing string\n got %s\nwant %s", got, v.Text)
	}
	if _, err := c.ReadNotice(t.Context(), []byte(v.Body+"&dback_status=")); err != nil {
		t.Errorf("an empty parameter more: %v, want it dropped", err)
	}
	other := &Client{keys: keyring{given: c.keys.given}, appID: "2021999000000002"}
	for name, try := range map[string]func() error{
		"other amount": func() error {
			_, err := c.ReadNotice(t.Context(), []byte(strings.Replace(v.Body, "68.00", "69.00", 1)))
			return err
		},
		"parameter added":    func() error { _, err := c.ReadNotice(t.Context(), []byte(v.Body+"&gmt_refund=x")); return err },
		"parameter repeated": func() error { _, err := c.ReadNotice(t.Context(), []byte("out_trade_no=X&"+v.Body)); return err },
		"other app":          func() error { _, err := other.ReadNotice(t.Context(), []byte(v.Body)); return err },
		"no sign": func() error {
			_, err := c.ReadNotice(t.Context(), []byte(strings.Replace(v.Body, "&sign=", "&sing=", 1)))
			return err
		},
		"sign_type RSA": func() error {
			_, err := c.ReadNotice(t.Context(), []byte(strings.Replace(v.Body, "sign_type=RSA2", "sign_type=RSA", 1)))
			return err
		},
		"not a form": func() error { _, err := c.ReadNotice(t.Context(), []byte("%zz")); return err },
		"too long":   func() error { _, err := c.ReadNotice(t.Context(), make([]byte, maxNotice+1)); return err },
		"empty":      func() error { _, err := c.ReadNotice(t.Context(), nil); return err },
	} {
		if try() == nil {
			t.Errorf("%s: believed", name)
		}
	}
}

func TestBillHosts(t *testing.T) {
	gateway, _ := url.Parse("http://127.0.0.1:4711/gateway.do")
	c := &Client{gateway: gateway, http: http.DefaultClient}
	for address, want := range map[string]bool{
		"http://127.0.0.1:4711/bill?x=1":               true,
		"https://dwbillcenter.alipay.com/download":     true,
		"http://dwbillcenter.alipay.com/download":      true,
		"https://dwbillcenter.alipaydev.com/download":  true,
		"http://127.0.0.1:4712/bill":                   false, // another port is another server
		"https://alipay.com.example.com/":              false,
		"https://evilalipay.com/":                      false,
		"https://dwbillcenter.alipay.com@example.com/": false,
		"file:///etc/passwd":                           false,
		"ftp://dwbillcenter.alipay.com/":               false,
		"":                                             false,
	} {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.checkBillHost(u); (err == nil) != want {
			t.Errorf("%q: %v, want allowed %t", address, err, want)
		}
	}
}
