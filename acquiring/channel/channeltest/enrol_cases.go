package channeltest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"testing"
	"time"

	"juma/acquiring/channel"
	"juma/acquiring/sandbox"
	"juma/internal/fault"
)

// enroller is what the enrolment cases need to know of a wallet.
type enroller struct {
	// holder is the wallet's own name of the settlement account's holder.
	holder string
	// number is the form of the merchant's number at the wallet.
	number *regexp.Regexp
}

var enrollers = map[channel.Name]enroller{
	channel.WeChat:   {"account_name", regexp.MustCompile(`^[0-9]{8,10}$`)},
	channel.Alipay:   {"biz_cards.account_holder_name", regexp.MustCompile(`^2088[0-9]{12}$`)},
	channel.UnionPay: {"accName", regexp.MustCompile(`^[0-9A-Z]{15}$`)},

	channel.UnionPayAggregate: {"accName", regexp.MustCompile(`^[0-9A-Z]{15}$`)},
}

func (s *suite) enroller() channel.Enroller { return s.Adapter.(channel.Enroller) }

// application is a new merchant's.
func (s *suite) application(shortName string) channel.EnrolRequest {
	n := s.last.Add(1)
	no := fmt.Sprintf("9992900581%05d", 50_000+n)
	return channel.EnrolRequest{
		EnrolQuery: channel.EnrolQuery{BusinessCode: no + "W01", MerchantNo: no},
		Kind:       channel.EnterpriseKind, Name: "上海示例餐饮有限公司", ShortName: shortName, USCC: "91310000MA1FL0000X",
		LicenceUntil: 20401231, MCC: "5812", Region: "310101", Address: "示例路 1 号", StoreName: shortName + "一店",
		Legal:   channel.EnrolPerson{Name: "张三", IDNo: "110101199003070038", Phone: "13900000001"},
		Contact: channel.EnrolContact{Name: "李四", Phone: "13900000002", Email: "li@example.com"},
		Account: channel.EnrolAccount{Corporate: true, No: "6216261000000000018", Name: "上海示例餐饮有限公司", BankName: "示例银行", CNAPS: "999290000012"},
		Rate:    3800,
		Photos: map[string]string{channel.LicencePhoto: "media-1", channel.IDFrontPhoto: "media-2", channel.IDBackPhoto: "media-3",
			channel.StorefrontPhoto: "media-4", channel.InteriorPhoto: "media-5"},
	}
}

// enrol hands in an application that the wallet must take in, and says how it
// stands. A wallet may decide at once.
func (s *suite) enrol(t testing.TB, req channel.EnrolRequest) channel.EnrolResult {
	t.Helper()
	res, err := s.enroller().Enrol(t.Context(), req)
	if err != nil || res.Outcome == channel.Unknown || res.NotFound {
		t.Fatalf("Enrol %s: %s, error %v; want it taken in", req.BusinessCode, show(res.Result), err)
	}
	return s.enrolled(t, req.EnrolQuery)
}

// enrolled asks how an application stands; an error ends the test.
func (s *suite) enrolled(t testing.TB, q channel.EnrolQuery) channel.EnrolResult {
	t.Helper()
	res, err := s.enroller().QueryEnrolment(t.Context(), q)
	if err != nil {
		t.Fatalf("QueryEnrolment %s: %v", q.BusinessCode, err)
	}
	return res
}

// wantAccepted checks an acceptance and its number.
func (s *suite) wantAccepted(t testing.TB, what string, res channel.EnrolResult) {
	t.Helper()
	if res.Outcome != channel.Succeeded || !enrollers[s.Adapter.Name()].number.MatchString(res.MerchantID) || len(res.Reasons) > 0 {
		t.Errorf("%s: %s, number %q, reasons %v; want accepted with a number", what, show(res.Result), res.MerchantID, res.Reasons)
	}
}

func wantPendingEnrolment(t testing.TB, what string, res channel.EnrolResult) {
	t.Helper()
	if res.Outcome != channel.Pending || res.MerchantID != "" {
		t.Errorf("%s: %s, number %q; want pending without a number", what, show(res.Result), res.MerchantID)
	}
}

// testEnrolAccepted: each kind of merchant gets a number of its own, under which
// it can be paid from then on.
func (s *suite) testEnrolAccepted(t *testing.T) {
	seen := map[string]bool{}
	for _, kind := range []channel.EnrolKind{channel.EnterpriseKind, channel.IndividualKind, channel.MicroKind} {
		req := s.application("示例面馆")
		req.Kind = kind
		if kind == channel.MicroKind {
			req.Name, req.USCC, req.LicenceUntil = req.Legal.Name, "", 0
			req.Account.Corporate, req.Account.Name = false, req.Legal.Name
		}
		res := s.enrol(t, req)
		s.wantAccepted(t, string(kind), res)
		if seen[res.MerchantID] {
			t.Errorf("%s: number %s was given out twice", kind, res.MerchantID)
		}
		seen[res.MerchantID] = true
		order := s.order(s.identify(t, "ann"), 1234)
		order.MerchantID = res.MerchantID
		s.place(t, order)
	}
}

// testEnrolAgain: the same application is one, in every state; other content
// under its code changes nothing.
func (s *suite) testEnrolAgain(t *testing.T) {
	req := s.application("示例粉店")
	first := s.enrol(t, req)
	s.pass(time.Minute)
	again := s.enrol(t, req)
	if again.MerchantID != first.MerchantID || again.ApplicationNo != first.ApplicationNo {
		t.Errorf("again %s %s, was %s %s", again.ApplicationNo, again.MerchantID, first.ApplicationNo, first.MerchantID)
	}
	other := req
	other.ShortName = "另一家"
	res, err := s.enroller().Enrol(t.Context(), other)
	if err != nil || (res.Outcome != channel.Succeeded && res.Outcome != channel.Refused) || (res.Outcome == channel.Succeeded && res.MerchantID != first.MerchantID) {
		t.Errorf("other content under the code: %s %q, error %v; want refused, or the application that is there", show(res.Result), res.MerchantID, err)
	}
	if now := s.enrolled(t, req.EnrolQuery); now.MerchantID != first.MerchantID {
		t.Errorf("after that the number is %q, was %q", now.MerchantID, first.MerchantID)
	}
}

// rejection scripts that a short name is rejected for the account's holder and
// for something that only the wallet knows.
func (s *suite) rejection(t testing.TB, shortName string) {
	t.Helper()
	s.fault(t, sandbox.Fault{Kind: sandbox.EnrolRejected, Merchant: shortName, Field: enrollers[s.Adapter.Name()].holder, Text: "户名与主体不一致"})
	s.fault(t, sandbox.Fault{Kind: sandbox.EnrolRejected, Merchant: shortName, Field: "somethingElse", Text: "请补充材料"})
}

func (s *suite) wantRejected(t testing.TB, what string, res channel.EnrolResult) {
	t.Helper()
	if res.Outcome != channel.Refused || res.NotFound || res.MerchantID != "" || len(res.Reasons) != 2 {
		t.Fatalf("%s: %s, not found %v, reasons %v; want rejected for two", what, show(res.Result), res.NotFound, res.Reasons)
	}
	if r := res.Reasons[0]; r.Path != "account.name" || r.Text != "户名与主体不一致" || r.Field == "" {
		t.Errorf("%s: first reason %+v; want account.name in the wallet's words", what, r)
	}
	if r := res.Reasons[1]; r.Path != "" || r.Text != "请补充材料" {
		t.Errorf("%s: second reason %+v; want no field of ours", what, r)
	}
}

// testEnrolRejected: the reasons come by field, stay, and what is mended is a new
// application.
func (s *suite) testEnrolRejected(t *testing.T) {
	req := s.application("被拒的店")
	s.rejection(t, req.ShortName)
	s.wantRejected(t, "rejected", s.enrol(t, req))
	if res, err := s.enroller().Enrol(t.Context(), req); err != nil || (res.Outcome != channel.Pending && res.Outcome != channel.Refused) {
		t.Errorf("the same again: %s, error %v", show(res.Result), err)
	}
	s.wantRejected(t, "the same again", s.enrolled(t, req.EnrolQuery))

	mended := req
	mended.BusinessCode = req.MerchantNo + "W02"
	mended.Account.Name = "张三"
	s.wantAccepted(t, "mended", s.enrol(t, mended))
	s.wantRejected(t, "the first one afterwards", s.enrolled(t, req.EnrolQuery))
}

func (s *suite) testEnrolSlow(t *testing.T) {
	accepted, rejected := s.application("慢的店"), s.application("又慢又被拒的店")
	for _, req := range []channel.EnrolRequest{accepted, rejected} {
		s.fault(t, sandbox.Fault{Kind: sandbox.EnrolSlow, Merchant: req.ShortName, DelaySeconds: 3600})
	}
	s.rejection(t, rejected.ShortName)
	wantPendingEnrolment(t, "at once", s.enrol(t, accepted))
	wantPendingEnrolment(t, "at once, to be rejected", s.enrol(t, rejected))
	s.pass(59 * time.Minute)
	wantPendingEnrolment(t, "after 59 minutes", s.enrolled(t, accepted.EnrolQuery))
	wantPendingEnrolment(t, "handed in again meanwhile", s.enrol(t, accepted))
	s.pass(2 * time.Minute)
	s.wantAccepted(t, "after an hour", s.enrolled(t, accepted.EnrolQuery))
	s.wantRejected(t, "after an hour", s.enrolled(t, rejected.EnrolQuery))
}

func (s *suite) testEnrolNeverSeen(t *testing.T) {
	req := s.application("没见过的店")
	if res := s.enrolled(t, req.EnrolQuery); res.Outcome != channel.Refused || !res.NotFound {
		t.Errorf("an application that was never handed in: %s, not found %v; want refused and not found", show(res.Result), res.NotFound)
	}
	for name, change := range map[string]func(*channel.EnrolRequest){
		"no name": func(r *channel.EnrolRequest) { r.Name = "" }, "code": func(r *channel.EnrolRequest) { r.BusinessCode = "?" },
	} {
		bad := req
		change(&bad)
		if _, err := s.enroller().Enrol(t.Context(), bad); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: error %v; want kind invalid", name, err)
		}
	}
	if _, err := s.enroller().QueryEnrolment(t.Context(), channel.EnrolQuery{BusinessCode: "?"}); !fault.Is(err, fault.Invalid) {
		t.Errorf("query without a code: error %v; want kind invalid", err)
	}
}

// testEnrolAnswerLost: whether the wallet has the application is not known; a
// query knows, and handing it in again does no harm.
func (s *suite) testEnrolAnswerLost(t *testing.T) {
	for _, kind := range answerFaults {
		req := s.application("答复丢失的店")
		s.during(t, kind, "enrol", req.BusinessCode, func() {
			res, err := s.enroller().Enrol(t.Context(), req)
			wantUnknown(t, kind+" on enrol", res.Result, err)
		})
		first := s.enrolled(t, req.EnrolQuery)
		s.wantAccepted(t, kind+" on enrol, then query", first)
		s.during(t, kind, "enrol_query", req.BusinessCode, func() {
			res, err := s.enroller().QueryEnrolment(t.Context(), req.EnrolQuery)
			wantUnknown(t, kind+" on enrolment query", res.Result, err)
		})
		if again := s.enrol(t, req); again.MerchantID != first.MerchantID {
			t.Errorf("%s and once more: number %q, was %q", kind, again.MerchantID, first.MerchantID)
		}
	}
	// Lost on the way there: the same silence, and the wallet knows nothing.
	req := s.application("没送到的店")
	s.Line.Instead(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, func() {
		res, err := s.enroller().Enrol(t.Context(), req)
		wantUnknown(t, "lost on the way there", res.Result, err)
	})
	if res := s.enrolled(t, req.EnrolQuery); !res.NotFound {
		t.Errorf("lost on the way there, then query: %s; want not found", show(res.Result))
	}
	s.wantAccepted(t, "then handed in", s.enrol(t, req))
}

// testEnrolAltered: an answer that does not prove to be the wallet's says
// nothing, and one about another application neither.
func (s *suite) testEnrolAltered(t *testing.T) {
	req := s.application("被篡改的店")
	both := func(what string) {
		res, err := s.enroller().Enrol(t.Context(), req)
		wantUnknown(t, what+", enrol", res.Result, err)
		res, err = s.enroller().QueryEnrolment(t.Context(), req.EnrolQuery)
		wantUnknown(t, what+", query", res.Result, err)
	}
	s.Line.Alter(func() { both("one byte altered") }, func(_ int, _ *http.Request, answer *httptest.ResponseRecorder) { flipByte(answer) })
	s.Line.Instead(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "Bad Gateway", http.StatusBadGateway) }, func() { both("502 page") })
	s.wantAccepted(t, "after that", s.enrolled(t, req.EnrolQuery))

	other := s.application("别人的店")
	s.enrol(t, other)
	about := httptest.NewRecorder()
	s.Line.Alter(func() { s.enrolled(t, req.EnrolQuery) }, func(_ int, _ *http.Request, answer *httptest.ResponseRecorder) { copyAnswer(about, answer) })
	s.Line.Instead(func(w http.ResponseWriter, _ *http.Request) { copyAnswer(w, about) }, func() {
		res, err := s.enroller().QueryEnrolment(t.Context(), other.EnrolQuery)
		wantUnknown(t, "the answer about another application", res.Result, err)
	})
	s.Line.Down(t, func() {
		if _, err := s.enroller().Enrol(t.Context(), req); !fault.Is(err, fault.Unavailable) {
			t.Errorf("while the wallet is down: error %v; want kind unavailable", err)
		}
	})
}
