package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"juma/clearing"
	"juma/clearing/file"
	"juma/internal/fault"
)

const (
	goodFile = "/console/files/01JQFILE000000000000000001"
	goodDay  = "/console/settlement/2026-03-09"
)

func TestWhoMaySeeWhat(t *testing.T) {
	for _, c := range []struct {
		path   string
		status map[string]int // by session; others are refused with 403
	}{
		{"/console/settlement", map[string]int{"clear": 200, "audit": 200}},
		{goodDay, map[string]int{"clear": 200, "audit": 200}},
		{goodFile, map[string]int{"clear": 200}},
		{"/merchant", map[string]int{"owner-a": 200, "clerk-a": 200, "owner-b": 200}},
		{"/merchant/payments/P2026031000000001000060", map[string]int{"owner-a": 200, "clerk-a": 200, "owner-b": 404}},
		{"/merchant/slips/2026-03-08", map[string]int{"owner-a": 200, "clerk-a": 200, "owner-b": 200}},
	} {
		for _, session := range []string{"owner-a", "clerk-a", "owner-b", "clear", "audit", "risk"} {
			want, named := c.status[session]
			if !named {
				want = http.StatusForbidden
			}
			t.Run(session+" "+c.path, func(t *testing.T) {
				s := newSite(t)
				wantStatus(t, s.browser(t, safariUA).as(session).get(c.path), want)
				if want != http.StatusOK {
					wantCalls(t, s.back, "download")
				}
			})
		}
		t.Run("nobody "+c.path, func(t *testing.T) {
			s := newSite(t)
			wantStatus(t, s.browser(t, safariUA).get(c.path), http.StatusSeeOther)
			wantStatus(t, s.browser(t, safariUA).as("forged").get(c.path), http.StatusSeeOther)
			wantCalls(t, s.back, "download")
		})
	}
}

func TestSettlementDays(t *testing.T) {
	s := newSite(t)
	body := wantStatus(t, s.browser(t, safariUA).as("clear").get("/console/settlement"), http.StatusOK)
	wantContains(t, body, "2026-03-09", "2026-03-10", "¥123,466.78", "¥122,826.93", "¥45.67", "已出文件")
	s.back.batches = nil
	body = wantStatus(t, s.browser(t, safariUA).as("clear").get("/console/settlement"), http.StatusOK)
	wantContains(t, body, "还没有结算批次")
}

func TestSettlementDay(t *testing.T) {
	s := newSite(t)
	b := s.browser(t, safariUA).as("clear")
	body := wantStatus(t, b.get(goodDay), http.StatusOK)
	wantContains(t, body, "IND26030932ACOMA", fileSHA256, goodFile, "老王面馆（西湖店）", "¥122,866.78", "-¥39.85",
		"2026-03-10 12:00:00", "20260309_ALL.csv:17", "1,024")
	for _, kind := range clearing.Kinds {
		wantContains(t, body, zh.text("kind."+string(kind)), zh.text("kind."+string(kind)+".text"))
	}
	b.header.Set("Accept-Language", "en")
	wantContains(t, wantStatus(t, b.get(goodDay+"?kind=spill"), http.StatusOK), "Clearing date 2026-03-09", en.text("kind.spill.text"))
	for _, path := range []string{"/console/settlement/2026-03-07", "/console/settlement/yesterday", "/console/settlement/20260309"} {
		wantStatus(t, b.get(path), http.StatusNotFound)
	}
	auditor := bodyOf(t, s.browser(t, safariUA).as("audit").get(goodDay))
	if containsText(auditor, goodFile) {
		t.Error("an auditor is offered downloads that are refused")
	}
}

func TestDownload(t *testing.T) {
	s := newSite(t)
	res := s.browser(t, safariUA).as("clear").get(goodFile)
	if body := wantStatus(t, res, http.StatusOK); body != fileBody {
		t.Errorf("body %q, want %q", body, fileBody)
	}
	for name, want := range map[string]string{
		"Content-Disposition":    `attachment; filename="IND26030932ACOMA"; filename*=UTF-8''IND26030932ACOMA`,
		"Content-Length":         "12",
		"Content-Type":           "application/octet-stream",
		"Repr-Digest":            reprDigest(t, fileSHA256),
		"Cache-Control":          "no-store",
		"X-Content-Type-Options": "nosniff",
	} {
		if got := res.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	wantCalls(t, s.back, "download", "download 01JQFILE000000000000000001 by clear from 192.0.2.1 at 2026-03-10 12:00:00")
}

func TestDownloadRefused(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(s *site, path string)
		status int
		logged int
	}{
		{"unknown id", func(s *site, _ string) { s.back.files = nil }, 404, 0},
		{"altered by one byte", func(_ *site, path string) { os.WriteFile(path, []byte("head\r\ntaiL\r\n"), 0o644) }, 500, 0},
		{"truncated", func(_ *site, path string) { os.WriteFile(path, []byte("head\r\n"), 0o644) }, 500, 0},
		{"gone", func(_ *site, path string) { os.Remove(path) }, 500, 0},
		{"register leads outside", func(s *site, _ string) { s.back.files[0].Folder = "../../etc" }, 500, 0},
		{"link leads outside", func(_ *site, path string) { os.Remove(path); os.Symlink("/etc/hostname", path) }, 500, 0},
		{"no data directory", func(s *site, _ string) { s.cfg.DataDir = "" }, 503, 0},
		{"cannot be logged", func(s *site, _ string) { s.back.logErr = errors.New("disk full") }, 500, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSite(t)
			c.change(s, filepath.Join(s.cfg.DataDir, "settlement", "2026-03-09", "IND26030932ACOMA"))
			body := wantStatus(t, s.browser(t, safariUA).as("clear").get(goodFile), c.status)
			if containsText(body, "head\r\n") {
				t.Error("file content leaked")
			}
			if n := len(s.back.changed("download")); n != c.logged {
				t.Errorf("%d downloads logged, want %d", n, c.logged)
			}
		})
	}
}

func TestAttachmentNames(t *testing.T) {
	for name, want := range map[string]string{
		"IND26031032ACOMA": `attachment; filename="IND26031032ACOMA"; filename*=UTF-8''IND26031032ACOMA`,
		"业务 明细.csv":        `attachment; filename="__ __.csv"; filename*=UTF-8''%E4%B8%9A%E5%8A%A1%20%E6%98%8E%E7%BB%86.csv`,
		"a\"b\r\nc":        `attachment; filename="a_b__c"; filename*=UTF-8''a%22b%0D%0Ac`,
	} {
		if got := attachment(name); got != want {
			t.Errorf("attachment(%q) = %s, want %s", name, got, want)
		}
	}
}

// The specification page is the tables of the room that writes the files.
func TestFileSpecification(t *testing.T) {
	s := newSite(t)
	b := s.browser(t, safariUA).as("clear")
	body := wantStatus(t, b.get("/console/spec"), http.StatusOK)
	for _, f := range file.Specification() {
		wantContains(t, body, f.Name, `id="`+f.Layout+`"`)
		last := f.Fields[len(f.Fields)-1]
		wantContains(t, body, fmt.Sprintf(`<td class="num">%d</td><td class="num">%d</td><td class="num">%d</td>`, last.Len, last.Offset, last.End))
	}
	wantContains(t, body, "商户手续费", "replaces=…", `<span class="mono">156</span>`)
	for _, page := range []string{"/console/settlement", goodDay} {
		wantContains(t, bodyOf(t, b.get(page)), `href="/console/spec"`)
	}
}

// TestSettleAndRelease: a day is previewed, settled by an operator and released by an
// approver; what a reader cannot do is not offered.
func TestSettleAndRelease(t *testing.T) {
	const open, filed = "/console/settlement/2026-03-10", "/console/settlement/2026-03-08"
	s := newSite(t)
	clear, approver := s.browser(t, safariUA).as("clear"), s.browser(t, safariUA).as("approver")
	wantContains(t, bodyOf(t, clear.get("/console/settlement")), `href="`+open+`"`, "未结算的清算日", "超时告警", "已试 19 次")
	body := bodyOf(t, clear.get(open))
	wantContains(t, body, "结算预览", "¥774.05", open+"/settle")
	if shown := bodyOf(t, approver.get(open)); containsText(shown, open+"/settle") {
		t.Error("an approver is offered to settle")
	}
	if shown := bodyOf(t, clear.get(filed)); containsText(shown, filed+"/release") {
		t.Error("an operator is offered to release")
	}
	wantContains(t, bodyOf(t, approver.get(filed)), filed+"/release", "clear-2 结算于")

	form := func(session string) url.Values { return url.Values{"csrf": {s.sealer.formToken(session)}} }
	wantRedirect(t, clear.postForm(open+"/settle", form("clear")), open)
	wantRedirect(t, approver.postForm(filed+"/release", form("approver")), filed)
	wantCalls(t, s.back, "settle", "settle 2026-03-10 by clear")
	wantCalls(t, s.back, "files", "files of 2026-03-10")
	wantCalls(t, s.back, "release", "release 2026-03-08 by approver")

	s.back.batches[1].SettledBy = "approver"
	wantContains(t, bodyOf(t, approver.get(filed)), "须由另一位清算复核员放行")
	wantContains(t, wantStatus(t, approver.postForm(filed+"/release", form("approver")), http.StatusForbidden), "须由两人完成")
	s.back.settleErr = fault.New("fake", fault.NotReady, "alipay")
	wantContains(t, wantStatus(t, clear.postForm(open+"/settle", form("clear")), http.StatusConflict), "不能结算")
	s.back.behind = true
	if shown := bodyOf(t, clear.get(open)); containsText(shown, open+"/settle") || !containsText(shown, "暂时不能预览和结算") {
		t.Error("a day that is not reconciled is offered to be settled")
	}
}

// TestNoFileBeforeTheRelease leaves the disk, though its page lists it.
func TestNoFileBeforeTheRelease(t *testing.T) {
	s := newSite(t)
	s.back.batches[0].State = clearing.Filed
	clear := s.browser(t, safariUA).as("clear")
	wantContains(t, bodyOf(t, clear.get(goodDay)), "IND26030932ACOMA", "放行后才能下载文件")
	if containsText(bodyOf(t, clear.get(goodDay)), goodFile) {
		t.Error("a download is offered that is refused")
	}
	wantContains(t, wantStatus(t, clear.get(goodFile), http.StatusConflict), "还没有放行")
	wantCalls(t, s.back, "download")
}
