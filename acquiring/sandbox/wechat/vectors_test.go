package wechat

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"os"
	"testing"
)

func load(t *testing.T, name string, into any) {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err == nil {
		err = json.Unmarshal(b, into)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func publicKey(t testing.TB, text string) *rsa.PublicKey {
	t.Helper()
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		t.Fatalf("no PEM in %.30q", text)
	}
	if cert, err := x509.ParseCertificate(block.Bytes); err == nil {
		return cert.PublicKey.(*rsa.PublicKey)
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return key.(*rsa.PublicKey)
}

// Requests: the header is parsed, the message built and the signature accepted
// as a third party made them.
func TestRequestVectors(t *testing.T) {
	var v struct {
		Key   string `json:"merchant_public_key"`
		Cases []struct {
			Method        string
			CanonicalURL  string `json:"canonical_url"`
			Body, Message string
			Authorization string
		}
	}
	load(t, "wechat-request.json", &v)
	key := publicKey(t, v.Key)
	for _, c := range v.Cases {
		a, err := parseAuthorization(c.Authorization)
		if err != nil {
			t.Fatal(err)
		}
		m := requestMessage(c.Method, c.CanonicalURL, a.timestamp, a.nonce, []byte(c.Body))
		if m != c.Message {
			t.Errorf("message %q, want %q", m, c.Message)
		}
		if err := verify(key, m, a.signature); err != nil {
			t.Errorf("%s %s: %v", c.Method, c.CanonicalURL, err)
		}
		if verify(key, m+" ", a.signature) == nil {
			t.Error("another message is accepted")
		}
	}
}

func TestPaySignVector(t *testing.T) {
	var v struct {
		Key     string `json:"merchant_public_key"`
		Message string
		Params  struct{ PaySign string }
	}
	load(t, "wechat-jsapi-paysign.json", &v)
	if err := verify(publicKey(t, v.Key), v.Message, v.Params.PaySign); err != nil {
		t.Fatal(err)
	}
}

type noticeVector struct {
	Headers   map[string]string
	Body      string
	Message   string `json:"signed_message"`
	Plaintext string
}

// Notices: the signed message, and the encryption in both directions.
func TestNoticeVectors(t *testing.T) {
	var v struct {
		Key   string `json:"platform_public_key"`
		API   string `json:"api_v3_key"`
		Cases []noticeVector
	}
	load(t, "wechat-notify.json", &v)
	for _, c := range v.Cases {
		checkNotice(t, c, publicKey(t, v.Key), v.API)
	}
	var lib struct {
		noticeVector
		API  string `json:"api_v3_key"` // 16 characters: AES-128
		Cert string `json:"certificate"`
	}
	load(t, "wechat-notify-library.json", &lib)
	checkNotice(t, lib.noticeVector, publicKey(t, lib.Cert), lib.API)
}

func checkNotice(t *testing.T, c noticeVector, key *rsa.PublicKey, api string) {
	t.Helper()
	m := answerMessage(c.Headers["Wechatpay-Timestamp"], c.Headers["Wechatpay-Nonce"], []byte(c.Body))
	if c.Message != "" && m != c.Message {
		t.Errorf("message %q, want %q", m, c.Message)
	}
	if err := verify(key, m, c.Headers["Wechatpay-Signature"]); err != nil {
		t.Error(err)
	}
	var n notification
	if err := json.Unmarshal([]byte(c.Body), &n); err != nil {
		t.Fatal(err)
	}
	plain := open(t, api, n.Resource.sealed)
	if c.Plaintext != "" && string(plain) != c.Plaintext {
		t.Errorf("plaintext %s, want %s", plain, c.Plaintext)
	}
	again, err := seal(api, n.Resource.Nonce, n.Resource.AssociatedData, plain)
	if err != nil || again != n.Resource.sealed {
		t.Errorf("sealed again: %+v, %v", again, err)
	}
}

// open is the receiver's half of the encryption.
func open(t testing.TB, key string, s sealed) []byte {
	t.Helper()
	block, err := aes.NewCipher([]byte(key))
	if err != nil {
		t.Fatal(err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	ct, err := base64.StdEncoding.DecodeString(s.Ciphertext)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := gcm.Open(nil, []byte(s.Nonce), ct, []byte(s.AssociatedData))
	if err != nil {
		t.Fatal(err)
	}
	return plain
}

func TestSealSDKVector(t *testing.T) {
	got, err := seal("testAPIv3Key0000", "wCq51qZv4Yfg", "Dl56FrqWQJF1t9LtC3vEUsniZKvbqdR8", []byte("Hello World"))
	if err != nil || got.Ciphertext != "FsdXzxryWfKwvLJKf8LG/ToRPTRh8RN9wROC" {
		t.Fatalf("got %+v, %v", got, err)
	}
}

func TestRequestMessageExample(t *testing.T) {
	want := "GET\n/v3/certificates\n1624523846\nA1B2C3D4E5F6G7\n\n"
	if got := requestMessage("GET", "/v3/certificates", "1624523846", "A1B2C3D4E5F6G7", nil); got != want {
		t.Fatalf("got %q, want %q", got, want)
	}
}

func TestAuthorizationRefused(t *testing.T) {
	good := `WECHATPAY2-SHA256-RSA2048 mchid="1",nonce_str="n",timestamp="1",serial_no="A",signature="s=="`
	if a, err := parseAuthorization(good); err != nil || a.signature != "s==" {
		t.Fatalf("got %+v, %v", a, err)
	}
	for _, bad := range []string{
		"", "Bearer x", `WECHATPAY2-SHA256-RSA2048mchid="1"`,
		`WECHATPAY2-SHA256-RSA2048 mchid="1",nonce_str="n",timestamp="1",serial_no="A"`,
		`WECHATPAY2-SHA256-RSA2048 mchid="1",mchid="2",nonce_str="n",timestamp="1",serial_no="A",signature="s"`,
		`WECHATPAY2-SHA256-RSA2048 mchid=1,nonce_str="n",timestamp="1",serial_no="A",signature="s"`,
		`WECHATPAY2-SHA256-RSA2048 mchid="1", nonce_str="n",timestamp="1",serial_no="A",signature="s"`,
		good + `,extra="1"`,
	} {
		if a, err := parseAuthorization(bad); err == nil {
			t.Errorf("%q was read as %+v", bad, a)
		}
	}
}
