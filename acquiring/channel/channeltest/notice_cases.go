package channeltest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"juma/acquiring/channel"
	"juma/acquiring/sandbox"
)

func (s *suite) testNotice(t *testing.T) {
	req := s.unpaid(t, 1234)
	s.pass(time.Minute)
	s.press(t, req.OrderNo)
	paidAt := s.Clock.Now()
	letter := s.theLetter(t, req.OrderNo)
	res := s.query(t, req)
	s.checkPaid(t, req, res, paidAt)

	n := letter.Verdict.Notice
	for _, f := range []struct {
		name      string
		got, want any
	}{
		{"event", n.Event, channel.PaymentEvent},
		{"order number", n.OrderNo, req.OrderNo},
		{"refund number", n.RefundNo, ""},
		{"merchant", n.MerchantID, req.MerchantID},
		{"currency", n.Currency, "CNY"},
		{"amount", n.Amount, req.Amount},
		{"the wallet's number", n.ChannelNo, res.ChannelNo},
		{"outcome", n.Result.Outcome, channel.Succeeded},
	} {
		if f.got != f.want {
			t.Errorf("notice: %s %q, want %q", f.name, f.got, f.want)
		}
	}
	if n.ID == "" {
		t.Error("notice: no ID")
	}
	if n.Time.Sub(paidAt).Abs() > time.Second {
		t.Errorf("notice: time %s, want %s", n.Time, paidAt)
	}
	if want := s.Adapter.Name().Cut().DateOf(paidAt); n.SettleDate != 0 && n.SettleDate != want {
		t.Errorf("notice: settles on %s, want %s", n.SettleDate, want)
	}
	s.pass(2 * s.Traits.Retry[0])
	if again := s.letters(req.OrderNo); len(again) != 0 {
		t.Errorf("the reply %q was not taken as acceptance: %d more notices", letter.Reply.Body, len(again))
	}
}

func (s *suite) testNoticeRetried(t *testing.T) {
	req := s.unpaid(t, 1234)
	s.Inbox.Refuse(true)
	s.press(t, req.OrderNo)
	start := s.Clock.Now()
	first := s.theLetter(t, req.OrderNo)
	s.pass(s.Traits.Retry[0])
	s.Inbox.Refuse(false)
	s.pass(s.Traits.Retry[1])
	letters := append([]Letter{first}, s.letters(req.OrderNo)...)
	if len(letters) != 3 {
		t.Fatalf("%d deliveries until acceptance, want 3", len(letters))
	}
	at := start.Add(time.Second)
	for i, l := range letters {
		if i > 0 {
			at = at.Add(s.Traits.Retry[i-1])
		}
		if !l.At.Equal(at) {
			t.Errorf("delivery %d at %s, want %s", i+1, l.At, at)
		}
		if !l.Verdict.OK || l.Verdict.Notice.ID != first.Verdict.Notice.ID {
			t.Errorf("delivery %d: ok %v (%s), ID %q; want the first one's, %q", i+1, l.Verdict.OK, l.Verdict.Problem, l.Verdict.Notice.ID, first.Verdict.Notice.ID)
		}
	}
	s.pass(2 * s.Traits.Retry[2])
	if again := s.letters(req.OrderNo); len(again) != 0 {
		t.Errorf("%d more notices after acceptance", len(again))
	}
}

// testNoticeSchedule refuses a notice until the wallet gives up.
func (s *suite) testNoticeSchedule(t *testing.T) {
	req := s.unpaid(t, 1234)
	s.Inbox.Refuse(true)
	defer s.Inbox.Refuse(false)
	s.press(t, req.OrderNo)
	at := s.Clock.Now().Add(time.Second)
	s.pass(48 * time.Hour)
	letters := s.letters(req.OrderNo)
	if got, want := len(letters), len(s.Traits.Retry)+1; got != want {
		t.Fatalf("%d deliveries of a notice that is never accepted, want %d", got, want)
	}
	for i, l := range letters {
		if i > 0 {
			at = at.Add(s.Traits.Retry[i-1])
		}
		if !l.At.Equal(at) || !l.Verdict.OK {
			t.Errorf("delivery %d at %s, ok %v (%s); want at %s", i+1, l.At, l.Verdict.OK, l.Verdict.Problem, at)
		}
	}
}

func (s *suite) testNoticeDuplicates(t *testing.T) {
	req := s.unpaid(t, 1234)
	s.fault(t, sandbox.Fault{Kind: sandbox.NoticeDuplicate, OutTradeNo: req.OrderNo, Times: 2})
	s.press(t, req.OrderNo)
	s.pass(10 * time.Second)
	letters := s.letters(req.OrderNo)
	if len(letters) != 3 {
		t.Fatalf("%d deliveries, want one and two duplicates", len(letters))
	}
	for i, l := range letters {
		if !l.Verdict.OK || l.Verdict.Notice.ID != letters[0].Verdict.Notice.ID {
			t.Errorf("delivery %d: ok %v (%s), ID %q, want %q", i+1, l.Verdict.OK, l.Verdict.Problem, l.Verdict.Notice.ID, letters[0].Verdict.Notice.ID)
		}
	}
	_, other := s.paid(t, 1234)
	if other.Verdict.Notice.ID == letters[0].Verdict.Notice.ID {
		t.Errorf("two payments share the notice ID %q", other.Verdict.Notice.ID)
	}
}

func (s *suite) testNoticeLostOrLate(t *testing.T) {
	lost := s.unpaid(t, 1234)
	s.fault(t, sandbox.Fault{Kind: sandbox.NoticeLost, OutTradeNo: lost.OrderNo})
	s.press(t, lost.OrderNo)
	s.pass(time.Minute)
	if letters := s.letters(lost.OrderNo); len(letters) != 0 {
		t.Errorf("%d notices came, though they are lost", len(letters))
	}
	if res := s.query(t, lost); res.Outcome != channel.Succeeded {
		t.Errorf("paid, and the notice lost: query says %s, want succeeded", show(res.Result))
	}

	late := s.unpaid(t, 1234)
	s.fault(t, sandbox.Fault{Kind: sandbox.NoticeLate, OutTradeNo: late.OrderNo, DelaySeconds: 600})
	s.press(t, late.OrderNo)
	paidAt := s.Clock.Now()
	s.pass(598 * time.Second)
	if letters := s.letters(late.OrderNo); len(letters) != 0 {
		t.Errorf("%d notices came before the time", len(letters))
	}
	// Late, but signed when it is sent, and true to the time of payment.
	if n := s.theLetter(t, late.OrderNo).Verdict.Notice; n.Time.Sub(paidAt).Abs() > time.Second {
		t.Errorf("the late notice says paid at %s, want %s", n.Time, paidAt)
	}
}

// testNoticeReordered has the payment's notice come after its refund's.
func (s *suite) testNoticeReordered(t *testing.T) {
	req := s.unpaid(t, 1234)
	s.fault(t, sandbox.Fault{Kind: sandbox.NoticeReordered, OutTradeNo: req.OrderNo})
	s.press(t, req.OrderNo)
	s.pass(time.Minute)
	req.ChannelNo = s.query(t, req).ChannelNo
	refund := s.refundOf(req, 1000)
	if res, err := s.Adapter.Refund(t.Context(), refund); err != nil {
		t.Fatalf("Refund: %s, error %v", show(res.Result), err)
	}
	s.pass(10 * time.Second)
	var order []channel.Event
	for _, l := range s.Inbox.Take() {
		n := l.Verdict.Notice
		if !l.Verdict.OK {
			t.Errorf("notice refused: %s", l.Verdict.Problem)
		}
		if n.OrderNo == req.OrderNo || n.RefundNo == refund.RefundNo {
			order = append(order, n.Event)
		}
	}
	if !slices.Equal(order, []channel.Event{channel.RefundEvent, channel.PaymentEvent}) {
		t.Errorf("notices came in the order %v, want the refund's first", order)
	}
}

func (s *suite) testNoticeForged(t *testing.T) {
	for range 2 { // a wallet may have two ways to forge
		req := s.unpaid(t, 1234)
		s.fault(t, sandbox.Fault{Kind: sandbox.NoticeForged, OutTradeNo: req.OrderNo})
		s.press(t, req.OrderNo)
		s.pass(2 * time.Second)
		letters := s.letters(req.OrderNo)
		if len(letters) != 2 {
			t.Fatalf("%d deliveries, want a forged and a genuine one", len(letters))
		}
		s.checkRefused(t, "forged", letters[0].Verdict, letters[0].Err)
		if !letters[1].Verdict.OK {
			t.Errorf("the genuine notice is refused: %s", letters[1].Verdict.Problem)
		}
	}
	if n := s.Core.Notices.Stats().Fooled; n != 0 {
		t.Errorf("%d forged notices were accepted", n)
	}
}

func (s *suite) checkRefused(t testing.TB, what string, v channel.NoticeVerdict, err error) {
	t.Helper()
	if err != nil || v.OK || v.Problem == "" {
		t.Errorf("%s: ok %v, problem %q, error %v; want a refusal with its reason", what, v.OK, v.Problem, err)
	}
	if v.Nack.Status < 400 {
		t.Errorf("%s: replies with status %d, want 4xx or 5xx", what, v.Nack.Status)
	}
}

// testNoticeAltered changes a genuine notice in every way that should matter.
func (s *suite) testNoticeAltered(t *testing.T) {
	_, letter := s.paid(t, 1234)
	read := func(what string, raw channel.RawNotice) {
		t.Helper()
		v, err := s.Adapter.ReadNotice(t.Context(), raw)
		s.checkRefused(t, what, v, err)
	}
	genuine := letter.Raw
	if v, err := s.Adapter.ReadNotice(t.Context(), genuine); err != nil || !v.OK {
		t.Fatalf("the genuine notice again: ok %v (%s), error %v", v.OK, v.Problem, err)
	}
	read("nothing at all", channel.RawNotice{})
	read("empty body", channel.RawNotice{Header: genuine.Header})
	read("half a body", channel.RawNotice{Header: genuine.Header, Body: genuine.Body[:len(genuine.Body)/2]})
	read("not a notice", channel.RawNotice{Header: genuine.Header, Body: []byte("hello & = % {")})
	var members map[string]string
	switch isObject := json.Unmarshal(genuine.Body, &members) == nil; {
	case isObject && members["signature"] != "":
		s.alterMembers(t, genuine, members, read)
	case bytes.HasPrefix(genuine.Body, []byte("{")):
		s.alterSignedBody(genuine, read)
	default:
		s.alterForm(t, genuine, read)
	}
}

// alterSignedBody is for a wallet that signs the raw body and puts the
// signature into headers.
func (s *suite) alterSignedBody(genuine channel.RawNotice, read func(string, channel.RawNotice)) {
	for i := 0; i < len(genuine.Body); i += 7 {
		b := bytes.Clone(genuine.Body)
		b[i] ^= 1
		read("altered body", channel.RawNotice{Header: genuine.Header, Body: b})
	}
	read("longer body", channel.RawNotice{Header: genuine.Header, Body: append(bytes.Clone(genuine.Body), ' ')})
	for name, values := range genuine.Header {
		if !strings.HasPrefix(name, "Wechatpay-") || name == "Wechatpay-Signature-Type" {
			continue
		}
		for what, value := range map[string]string{"altered": alterText(values[0]), "empty": ""} {
			h := cloneHeader(genuine.Header)
			h[name] = []string{value}
			read(what+" header "+name, channel.RawNotice{Header: h, Body: genuine.Body})
		}
		h := cloneHeader(genuine.Header)
		delete(h, name)
		read("no header "+name, channel.RawNotice{Header: h, Body: genuine.Body})
	}
}

// alterMembers is for a wallet that signs the members of a JSON object.
func (s *suite) alterMembers(t *testing.T, genuine channel.RawNotice, members map[string]string, read func(string, channel.RawNotice)) {
	t.Helper()
	with := func(name, value string) channel.RawNotice {
		other := maps.Clone(members)
		other[name] = value
		body, err := json.Marshal(other)
		if err != nil {
			t.Fatal(err)
		}
		return channel.RawNotice{Header: genuine.Header, Body: body}
	}
	for name, value := range members {
		read("altered "+name, with(name, alterText(value)))
		read("empty "+name, with(name, ""))
	}
	read("a member more", with("smuggled_in", "1"))
	twice := fmt.Sprintf(`{"txnAmt":"1",%s`, genuine.Body[1:])
	read("a member twice", channel.RawNotice{Header: genuine.Header, Body: []byte(twice)})
	read("more behind it", channel.RawNotice{Header: genuine.Header, Body: append(bytes.Clone(genuine.Body), "{}"...)})
}

// alterForm is for a wallet that signs the parameters of a form.
func (s *suite) alterForm(t *testing.T, genuine channel.RawNotice, read func(string, channel.RawNotice)) {
	t.Helper()
	form, err := url.ParseQuery(string(genuine.Body))
	if err != nil {
		t.Fatal(err)
	}
	with := func(name string, values ...string) channel.RawNotice {
		other := url.Values{}
		for k, v := range form {
			other[k] = v
		}
		other[name] = values
		return channel.RawNotice{Header: genuine.Header, Body: []byte(other.Encode())}
	}
	for name, values := range form {
		if slices.Contains(s.Traits.UnsignedParams, name) {
			continue
		}
		read("altered "+name, with(name, alterText(values[0])))
		if values[0] != "" {
			read("empty "+name, with(name, ""))
		}
	}
	read("a parameter more", with("smuggled_in", "1"))
}

// alterText changes the first character, so that no padding can swallow it.
func alterText(s string) string {
	if s == "" {
		return "1"
	}
	return string(s[0]^1) + s[1:]
}

func cloneHeader(h map[string][]string) map[string][]string {
	out := make(map[string][]string, len(h))
	for k, v := range h {
		out[k] = v
	}
	return out
}

// testNoticeStale replays a genuine notice when its signature has grown old.
func (s *suite) testNoticeStale(t *testing.T) {
	_, letter := s.paid(t, 1234)
	if s.Traits.NoticeFreshFor == 0 {
		t.Skip("this wallet's notices carry no time to judge by; a replay is caught by the notice's ID")
	}
	s.pass(s.Traits.NoticeFreshFor + time.Second)
	v, err := s.Adapter.ReadNotice(t.Context(), letter.Raw)
	s.checkRefused(t, "a replayed notice", v, err)
}
