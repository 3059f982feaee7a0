package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func (s *site) command(no, action, reason, as string) *http.Response {
	return probe{route: "POST /console/commands/:no/" + action, path: commandAt + no + "/" + action, form: url.Values{"reason": {reason}}}.send(s, as)
}

func TestCommandsAreDrivenAgain(t *testing.T) {
	s := newSite(t)
	b := s.browser(t, safariUA).as("operator")
	list := bodyOf(t, b.get("/console/commands?state=dead"))
	wantContains(t, list, commandAt+deadRefundNo, "已放弃", "nobody serves this channel", "老王面馆（西湖店）", `<span class="count" title="待处理">1</span>`)
	if strings.Contains(list, failedRefundNo) {
		t.Error("a command that was delivered stands among those given up")
	}
	wantContains(t, bodyOf(t, b.get(commandAt+deadRefundNo)), commandAt+deadRefundNo+"/redrive", "¥3.00", "当日撤销")
	wantContains(t, wantStatus(t, s.command(deadRefundNo, "redrive", "", "operator"), http.StatusUnprocessableEntity), "请填写说明")
	wantStatus(t, s.command(deadRefundNo, "redrive", "the channel is back", "operator"), http.StatusSeeOther)
	wantStatus(t, s.command(deadRefundNo, "redrive", "pressed twice", "operator"), http.StatusConflict)
	if page := bodyOf(t, b.get("/console/commands?state=dead")); strings.Contains(page, deadRefundNo) {
		t.Error("a command that was sent again is still among those given up")
	}

	wantContains(t, bodyOf(t, b.get(commandAt+failedRefundNo)), commandAt+failedRefundNo+"/retry", "NOT_ENOUGH 余额不足")
	wantStatus(t, s.command(failedRefundNo, "retry", "balance was paid in", "operator"), http.StatusSeeOther)
	wantContains(t, wantStatus(t, s.command(failedRefundNo, "retry", "pressed twice", "operator"), http.StatusConflict), "状态已变化")
	wantStatus(t, b.get(commandAt+"R0"), http.StatusNotFound)
	if page := bodyOf(t, s.browser(t, safariUA).as("audit").get(commandAt+deadRefundNo)); strings.Contains(page, "/redrive") {
		t.Error("an auditor is offered to send a command")
	}
}
