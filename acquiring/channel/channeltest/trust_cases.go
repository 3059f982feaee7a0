package channeltest

import (
	"bytes"
	"cmp"
	"net/http"
	"net/http/httptest"
	"regexp"
	"testing"
	"time"

	"juma/acquiring/channel"
	"juma/acquiring/sandbox"
)

// learnGap is more than the least time that an adapter leaves between two fetches of
// the wallet's certificates.
const learnGap = 2 * time.Minute

// testAnswerHalf cuts the connection in the middle of an answer that announced more.
func (s *suite) testAnswerHalf(t *testing.T) {
	s.trouble(t, "half an answer", func(f func()) {
		s.Line.Instead(func(w http.ResponseWriter, r *http.Request) {
			answer := httptest.NewRecorder()
			s.Line.wallet.ServeHTTP(answer, r)
			copyHeader(w, answer)
			w.Header().Set("Content-Length", "100000")
			w.WriteHeader(answer.Code)
			_, _ = w.Write(answer.Body.Bytes()[:answer.Body.Len()/2])
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		}, f)
	})
}

// testAnswerUnderServerError has the wallet's own words come under a status that says
// it broke: such an answer is nobody's word.
func (s *suite) testAnswerUnderServerError(t *testing.T) {
	for _, status := range []int{http.StatusInternalServerError, http.StatusServiceUnavailable} {
		s.trouble(t, "a genuine answer under a server error", func(f func()) {
			s.Line.Alter(f, func(_ int, _ *http.Request, answer *httptest.ResponseRecorder) { answer.Code = status })
		})
	}
}

// Where the wallets put the signature of an answer: in a JSON member, in a field of
// k=v text, in headers.
var signatureIn = regexp.MustCompile(`("sign(?:ature)?":")[^"]+|(\bsignature=)[^&]+`)

// resign puts another signature under an answer, "" takes it away.
func resign(answer *httptest.ResponseRecorder, with func(old string) string) {
	if h := answer.Header(); h.Get(wechatSignature) != "" {
		h.Set(wechatSignature, with(h.Get(wechatSignature)))
		return
	}
	body := signatureIn.ReplaceAllFunc(answer.Body.Bytes(), func(b []byte) []byte {
		m := signatureIn.FindSubmatch(b)
		name := cmp.Or(string(m[1]), string(m[2]))
		return []byte(name + with(string(b[len(name):])))
	})
	answer.Body = bytes.NewBuffer(body)
}

const wechatSignature = "Wechatpay-Signature"

func (s *suite) testAnswerSignature(t *testing.T) {
	var earlier string
	s.Line.Alter(func() { s.unpaid(t, 1234) }, func(_ int, _ *http.Request, answer *httptest.ResponseRecorder) {
		resign(answer, func(old string) string { earlier = old; return old })
	})
	if earlier == "" {
		t.Fatal("no answer carries a signature where this case looks for it")
	}
	for what, with := range map[string]func(string) string{
		"no signature":                        func(string) string { return "" },
		"another answer's signature":          func(string) string { return earlier },
		"a signature that is no Base64":       func(string) string { return "***" },
		"a signature with one character else": alterText,
	} {
		s.trouble(t, what, func(f func()) {
			s.Line.Alter(f, func(_ int, _ *http.Request, answer *httptest.ResponseRecorder) { resign(answer, with) })
		})
	}
}

// testAnswerAmountAltered changes the amount alone, in every spelling that it has.
func (s *suite) testAnswerAmountAltered(t *testing.T) {
	req, _ := s.paid(t, 10_100)
	changed := false
	s.Line.Alter(func() {
		res, err := s.Adapter.Query(t.Context(), req.OrderRef)
		wantUnknown(t, "another amount in the answer", res.Result, err)
	}, func(_ int, _ *http.Request, answer *httptest.ResponseRecorder) {
		body := answer.Body.Bytes()
		for old, other := range map[string]string{"10100": "10101", "101.00": "101.01"} {
			changed = changed || bytes.Contains(body, []byte(old))
			body = bytes.ReplaceAll(body, []byte(old), []byte(other))
		}
		answer.Body = bytes.NewBuffer(body)
	})
	if !changed {
		t.Error("the answer to the query carries no amount to alter")
	}
	if res := s.query(t, req); res.Amount != 10_100 {
		t.Errorf("after that: %d fen", res.Amount)
	}
}

// testProbe: WeChat sends, now and then, an answer or notice whose signature is true
// behind the words WECHATPAY/SIGNTEST/. Who believes one does not verify.
func (s *suite) testProbe(t *testing.T) {
	_, letter := s.paid(t, 1234)
	if letter.Raw.Header[wechatSignature] == nil {
		t.Skip("this wallet sends no probes")
	}
	const probe = "WECHATPAY/SIGNTEST/"
	h := cloneHeader(letter.Raw.Header)
	h[wechatSignature] = []string{probe + h[wechatSignature][0]}
	v, err := s.Adapter.ReadNotice(t.Context(), channel.RawNotice{Header: h, Body: letter.Raw.Body})
	s.checkRefused(t, "a probing notice", v, err)
	s.trouble(t, "a probing answer", func(f func()) {
		s.Line.Alter(f, func(_ int, _ *http.Request, answer *httptest.ResponseRecorder) {
			resign(answer, func(old string) string { return probe + old })
		})
	})
}

// Where the wallets name the key or certificate that they signed with.
const wechatSerial = "Wechatpay-Serial"

var (
	certificateIn     = regexp.MustCompile(`("alipay_cert_sn":")[0-9a-f]+`)
	certificateInForm = regexp.MustCompile(`alipay_cert_sn=[0-9a-f]+`)
)

// testUnknownSerial names a key in the answers that nobody has ever seen.
func (s *suite) testUnknownSerial(t *testing.T) {
	req := s.unpaid(t, 1234)
	named := false
	rename := func(_ int, _ *http.Request, answer *httptest.ResponseRecorder) {
		if h := answer.Header(); h.Get(wechatSerial) != "" {
			named = true
			h.Set(wechatSerial, "0BADC0DE00000000000000000000000000000001")
		}
		body := answer.Body.Bytes()
		named = named || certificateIn.Match(body)
		answer.Body = bytes.NewBuffer(certificateIn.ReplaceAll(body, []byte("${1}0badc0de000000000000000000000001")))
	}
	s.Line.Alter(func() { s.query(t, req) }, func(_ int, _ *http.Request, answer *httptest.ResponseRecorder) {
		named = answer.Header().Get(wechatSerial) != "" || certificateIn.Match(answer.Body.Bytes())
	})
	if !named {
		t.Skip("this wallet's messages name no key, or bring their certificate along")
	}
	s.trouble(t, "an unknown serial number", func(f func()) { s.Line.Alter(f, rename) })
	// A flood of them must not become a flood of questions for the certificate.
	_, letter := s.paid(t, 1234)
	h := cloneHeader(letter.Raw.Header)
	if h[wechatSerial] != nil {
		h[wechatSerial] = []string{"0BADC0DE00000000000000000000000000000002"}
	}
	body := certificateInForm.ReplaceAll(letter.Raw.Body, []byte("alipay_cert_sn=0badc0de000000000000000000000002"))
	asked := s.Line.Count(func() {
		for range 20 {
			v, err := s.Adapter.ReadNotice(t.Context(), channel.RawNotice{Header: h, Body: body})
			s.checkRefused(t, "a notice under an unknown serial number", v, err)
		}
	})
	if asked > 1 {
		t.Errorf("20 false notices made %d requests, want one at most", asked)
	}
	s.pass(learnGap)
}

// testKeyChanged goes through a change of the wallet's signing key: what is under way
// goes on, answers and notices alike.
func (s *suite) testKeyChanged(t *testing.T) {
	before := s.unpaid(t, 1234)
	changer, ok := s.Wallet.(sandbox.KeyChanger)
	if !ok {
		t.Fatal("the sandbox cannot change its keys")
	}
	if err := changer.ChangeKeys(); err != nil {
		t.Fatal(err)
	}
	s.pass(learnGap)
	if s.Traits.KeysByHand {
		res, err := s.Adapter.Query(t.Context(), before.OrderRef)
		wantUnknown(t, "a key that nobody has handed us", res.Result, err)
		s.Adapter = s.Rebuild(t)
		s.Inbox.Use(s.Adapter)
		s.Inbox.Take() // what was refused meanwhile
	}
	s.press(t, before.OrderNo)
	s.theLetter(t, before.OrderNo)
	after, _ := s.paid(t, 4321)
	s.checkPaid(t, after, s.query(t, after), s.Clock.Now().Add(-2*time.Second))
	refund := s.refundOf(after, 1)
	s.refund(t, refund)
	s.refundDone(t, refund)
	s.drain()
}

// testKeysMixed has the wallet sign in the way that was not asked for: the platform's
// certificate where its public key was named, a certificate where none was. Who holds
// both understands both; who does not, knows nothing.
func (s *suite) testKeysMixed(t *testing.T) {
	mixer, ok := s.Wallet.(sandbox.KeyMixer)
	if !ok {
		t.Skip("this wallet has one kind of key")
	}
	mixer.MixKeys(true)
	defer mixer.MixKeys(false)
	if s.Traits.OneKindOfKey {
		mixer.MixKeys(false)
		s.trouble(t, "the other kind of key", func(f func()) {
			mixer.MixKeys(true)
			f()
			mixer.MixKeys(false)
		})
		return
	}
	req, _ := s.paid(t, 1234)
	s.checkPaid(t, req, s.query(t, req), s.Clock.Now().Add(-2*time.Second))
	mixer.MixKeys(false) // in the middle of an order
	refund := s.refundOf(req, 1_000)
	s.refund(t, refund)
	s.refundDone(t, refund)
	s.drain()
}
