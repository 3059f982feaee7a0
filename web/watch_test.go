package web

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"juma/acquiring/watch"
)

func (s *site) alarm(action, reason, as string) *http.Response {
	return probe{route: "POST /console/alarms/:id/" + action, path: alarmAt + "/" + action, form: url.Values{"reason": {reason}}}.send(s, as)
}

func TestAlarmIsLookedIntoAndClosed(t *testing.T) {
	s := newSite(t)
	b := s.browser(t, safariUA).as("risk")
	page := bodyOf(t, b.get("/console/alarms"))
	wantContains(t, page, alarmAt, "停用后被扫 4 次，付款 1 笔。", "老王面馆（西湖店）", `<span class="count" title="待处理">1</span>`)
	if strings.Contains(page, closedAlarmID) {
		t.Error("a closed alarm stands among those that wait")
	}
	wantContains(t, bodyOf(t, b.get("/console/alarms?state=closed")), closedAlarmID, "2 名付款人几分钟前还在广东")
	wantStatus(t, s.alarm("acknowledge", "calling the shop", "risk"), http.StatusSeeOther)
	if body := wantStatus(t, s.alarm("acknowledge", "", "operator"), http.StatusConflict); !strings.Contains(body, "calling the shop") {
		t.Error("who comes second is not told of the first")
	}
	wantContains(t, wantStatus(t, s.alarm("close", "", "operator"), http.StatusUnprocessableEntity), "请填写说明")
	wantStatus(t, s.alarm("close", "the owner sold her phone", "operator"), http.StatusSeeOther)
	a, err := s.yard.Alarm(context.Background(), openAlarmID)
	must(t, err)
	if a.State != watch.Closed || a.AckedBy != "risk" || a.ClosedBy != "operator" || a.Reason != "the owner sold her phone" {
		t.Errorf("alarm %+v", a)
	}
	if page := bodyOf(t, b.get("/console/alarms")); strings.Contains(page, `class="count" title="待处理"`) || strings.Contains(page, alarmAt) {
		t.Error("a closed alarm is still counted or shown")
	}
}

// An alarm that the watch closed by itself says so in the reader's language.
func TestAlarmThatEndedByItselfSaysSo(t *testing.T) {
	s := newSite(t)
	_, err := s.yard.Close(context.Background(), openAlarmID, watch.Actor, "sold again")
	must(t, err)
	page := bodyOf(t, s.browser(t, safariUA).as("risk").get(alarmAt))
	wantContains(t, page, "码牌恢复收款，告警自动关闭。")
	if strings.Contains(page, "sold again") {
		t.Error("the page shows the program's words")
	}
}

func TestAuditorsReadAlarmsOnly(t *testing.T) {
	s := newSite(t)
	if page := bodyOf(t, s.browser(t, safariUA).as("audit").get(alarmAt)); strings.Contains(page, alarmAt+"/close") {
		t.Error("an auditor is offered to close an alarm")
	}
}
