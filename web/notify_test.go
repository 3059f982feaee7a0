package web

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"juma/acquiring/channel"
	"juma/internal/fault"
)

func TestNoticesGoThroughUntouched(t *testing.T) {
	replies := map[channel.Name]channel.Reply{
		channel.WeChat:   {Status: http.StatusNoContent},
		channel.Alipay:   {Status: http.StatusOK, ContentType: "text/plain", Body: []byte("success")},
		channel.UnionPay: {Status: http.StatusOK, ContentType: "text/plain;charset=UTF-8", Body: []byte("ok")},
	}
	for ch, reply := range replies {
		t.Run(string(ch), func(t *testing.T) {
			s := newSite(t)
			var got channel.RawNotice
			s.back.notice = func(_ channel.Name, raw channel.RawNotice) (channel.Reply, error) {
				got = raw
				return reply, nil
			}
			b := s.browser(t, "wallet server")
			b.header.Set("Wechatpay-Signature", "c2ln")
			b.header.Set("Origin", "https://elsewhere.test")
			res := b.do(http.MethodPost, NotifyPath(ch)+"?a=1", "application/x-www-form-urlencoded", "b=%E4%B8%AD&c=+ \r\n")
			body := wantStatus(t, res, reply.Status)
			if body != string(reply.Body) || res.Header.Get("Content-Type") != reply.ContentType {
				t.Errorf("reply %q (%s), want %q (%s)", body, res.Header.Get("Content-Type"), reply.Body, reply.ContentType)
			}
			if string(got.Body) != "b=%E4%B8%AD&c=+ \r\n" || got.Query.Get("a") != "1" || got.Header["Wechatpay-Signature"][0] != "c2ln" {
				t.Errorf("the service got %+v", got)
			}
		})
	}
}

func TestNoticeThatIsNotCommittedIsSentAgain(t *testing.T) {
	for _, c := range []struct {
		name  string
		err   error
		reply channel.Reply
	}{
		{"defect", errors.New("disk full"), channel.Reply{}},
		{"order unknown", fault.New("x", fault.NotFound, "no such order"), channel.Reply{}},
		{"conflict", fault.New("x", fault.Conflict, "busy"), channel.Reply{Status: 200, Body: []byte("success")}},
		{"no reply", nil, channel.Reply{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSite(t)
			s.back.notice = func(channel.Name, channel.RawNotice) (channel.Reply, error) { return c.reply, c.err }
			body := wantStatus(t, s.browser(t, "").do(http.MethodPost, "/notify/alipay", "text/plain", "x"), http.StatusInternalServerError)
			if body != "" {
				t.Errorf("body %q, want none", body)
			}
		})
	}
}

func TestNoticeLimits(t *testing.T) {
	s := newSite(t)
	s.back.notice = func(channel.Name, channel.RawNotice) (channel.Reply, error) { return channel.Reply{Status: 200}, nil }
	b := s.browser(t, "")
	wantStatus(t, b.do(http.MethodPost, "/notify/wechat", "text/plain", strings.Repeat("x", maxNotice)), http.StatusOK)
	wantStatus(t, b.do(http.MethodPost, "/notify/wechat", "text/plain", strings.Repeat("x", maxNotice+1)), http.StatusRequestEntityTooLarge)
	wantStatus(t, b.do(http.MethodPost, "/notify/paypal", "text/plain", "x"), http.StatusNotFound)
	wantStatus(t, b.get("/notify/wechat"), http.StatusMethodNotAllowed)
	if n := len(s.back.changed("notice")); n != 1 {
		t.Errorf("%d notices came through, want 1", n)
	}
}
