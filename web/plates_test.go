package web

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"

	"juma/qrcode"
	"juma/qrcode/delivery"
	"juma/qrcode/scan"
)

func (s *site) plateState(t *testing.T, serial string) qrcode.State {
	t.Helper()
	p, _, err := s.yard.PlateBySerial(context.Background(), serial)
	must(t, err)
	return p.State
}

func TestPlateIsFoundByWhateverNamesIt(t *testing.T) {
	s := newSite(t)
	p := s.yard.open().all[0]
	find := func(q string) *http.Response {
		return probe{route: "POST /console/plates/find", form: url.Values{"q": {q}}}.send(s, "operator")
	}
	for _, q := range []string{usedSerial, " " + usedSerial[:6] + " " + usedSerial[6:], p.Key, p.Payload} {
		if res := find(q); res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != plateAt+usedSerial {
			t.Errorf("%q: status %d to %q", q, res.StatusCode, res.Header.Get("Location"))
		}
	}
	for _, q := range []string{"", "2603109999999", "https://elsewhere.example/x", p.Key[:20] + "ZZ", strings.Repeat("9", 600)} {
		wantContains(t, wantStatus(t, find(q), http.StatusUnprocessableEntity), "没有找到这块码牌")
	}
	if res := (probe{route: "POST /console/search", form: url.Values{"q": {p.Payload}}}).send(s, "operator"); res.Header.Get("Location") != plateAt+usedSerial {
		t.Errorf("the search box leads to %q", res.Header.Get("Location"))
	}
}

func TestPlatesAreFiltered(t *testing.T) {
	s := newSite(t)
	b := s.browser(t, safariUA).as("risk")
	for query, want := range map[string][]string{
		"": {usedSerial, stoppedSerial, stockSerial}, "?state=suspended": {stoppedSerial}, "?state=bound": {usedSerial}, "?merchant=" + merchantA: {usedSerial, stoppedSerial}, "?merchant=" + merchantB: nil, "?after=" + stoppedSerial: {stockSerial},
	} {
		page := bodyOf(t, b.get("/console/plates"+query))
		for _, serial := range []string{usedSerial, stoppedSerial, stockSerial} {
			shown, expected := strings.Contains(page, plateAt+serial+`"`), strings.Contains(strings.Join(want, " "), serial)
			if shown != expected {
				t.Errorf("%q: %s shown %v, want %v", query, serial, shown, expected)
			}
		}
	}
}

func TestPlatePageTellsItsLife(t *testing.T) {
	s := newSite(t)
	b := s.browser(t, safariUA).as("risk")
	page := bodyOf(t, b.get(plateAt+usedSerial))
	wantContains(t, page, "老王面馆（西湖店）", "00000001", "绑定", "operator", "生效中", `<svg class="spark" role="img" aria-label="近 30 日共 27 笔`, "P20260310000000010000000", plateAt+usedSerial+"/suspend")
	if n := strings.Count(page, "<rect "); n != 30 {
		t.Errorf("%d bars, want 30 days", n)
	}
	page = bodyOf(t, b.get(plateAt+stoppedSerial))
	wantContains(t, page, "a photo of it was seen elsewhere", alarmAt, plateAt+stoppedSerial+"/resume")
	if strings.Contains(page, closedAlarmID) || strings.Contains(page, plateAt+stoppedSerial+"/suspend") {
		t.Error("a stopped plate shows a closed alarm or can be stopped again")
	}
	if page := bodyOf(t, s.browser(t, safariUA).as("audit").get(plateAt+usedSerial)); strings.Contains(page, plateAt+usedSerial+"/suspend") {
		t.Error("an auditor is offered to stop a plate")
	}
	wantStatus(t, b.get(plateAt+"2603109999999"), http.StatusNotFound)
}

func TestPlateIsMovedWithAReason(t *testing.T) {
	s := newSite(t)
	move := func(serial, name, reason string) *http.Response {
		return probe{route: "POST /console/plates/:serial/" + name, path: plateAt + serial + "/" + name, form: url.Values{"reason": {reason}}}.send(s, "risk")
	}
	wantContains(t, wantStatus(t, move(usedSerial, "suspend", " "), http.StatusUnprocessableEntity), "请填写说明")
	wantStatus(t, move(usedSerial, "suspend", strings.Repeat("长", 100)), http.StatusUnprocessableEntity)
	if st := s.plateState(t, usedSerial); st != qrcode.Bound {
		t.Fatalf("without a reason it is %s", st)
	}
	for _, m := range []struct {
		name string
		want qrcode.State
	}{{"suspend", qrcode.Suspended}, {"resume", qrcode.Bound}, {"lost", qrcode.Lost}, {"void", qrcode.Void}} {
		wantStatus(t, move(usedSerial, m.name, "because"), http.StatusSeeOther)
		if st := s.plateState(t, usedSerial); st != m.want {
			t.Errorf("after %s it is %s, want %s", m.name, st, m.want)
		}
	}
	wantContains(t, wantStatus(t, move(usedSerial, "resume", "because"), http.StatusConflict), "码牌状态已变")
}

func TestPreviewIsWhatIsPrinted(t *testing.T) {
	s := newSite(t)
	b := s.browser(t, safariUA).as("operator")
	for _, product := range products() {
		wantContains(t, bodyOf(t, b.get(plateAt+usedSerial+"/preview?product="+product)), usedSerial+"/preview/"+product)
		res := b.get(plateAt + usedSerial + "/preview/" + product)
		content := bodyOf(t, res)
		if _, err := png.Decode(strings.NewReader(content)); err != nil || res.Header.Get("Content-Type") != "image/png" {
			t.Errorf("%s: %s, %v", product, res.Header.Get("Content-Type"), err)
		}
		file := t.TempDir() + "/plate.png"
		must(t, os.WriteFile(file, []byte(content), 0o600))
		codes, err := scan.File(file)
		if want := s.yard.all[0].Payload; err != nil || len(codes) != 1 || codes[0] != want {
			t.Errorf("%s says %v (%v), want %s", product, codes, err, want)
		}
	}
	wantStatus(t, b.get(plateAt+usedSerial+"/preview/poster"), http.StatusNotFound)
}

func TestBatchIsOrderedApprovedAndMade(t *testing.T) {
	s := newSite(t)
	post := func(as, path string, form url.Values) *http.Response {
		return probe{route: "POST /console/plates/batches", path: path, form: form}.send(s, as)
	}
	for field, form := range map[string]url.Values{
		"整数":   {"count": {"0"}, "payload": {"own"}, "reason": {"x"}},
		"机构代码": {"count": {"3"}, "payload": {"unionpay"}, "institution": {"9998"}, "reason": {"x"}},
		"类型":   {"count": {"3"}, "payload": {"paper"}, "reason": {"x"}},
		"说明":   {"count": {"3"}, "payload": {"own"}},
	} {
		wantContains(t, wantStatus(t, post("operator", batchesPath, form), http.StatusUnprocessableEntity), field)
	}
	res := post("operator", batchesPath, url.Values{"count": {"101"}, "payload": {"unionpay"}, "institution": {"99982900"}, "reason": {"branch 7"}})
	at := res.Header.Get("Location")
	if res.StatusCode != http.StatusSeeOther || !strings.HasPrefix(at, batchAt) {
		t.Fatalf("order: status %d to %q", res.StatusCode, at)
	}
	wantContains(t, bodyOf(t, s.browser(t, safariUA).as("operator").get(at)), "需要另一人审批")
	wantContains(t, wantStatus(t, post("operator", at+"/approve", nil), http.StatusConflict), "须由另一人审批")
	wantStatus(t, post("operator", at+"/generate", nil), http.StatusConflict)
	wantStatus(t, post("operator", at+"/export", nil), http.StatusConflict)
	wantContains(t, wantStatus(t, post("admin", at+"/reject", nil), http.StatusUnprocessableEntity), "请填写说明")
	wantStatus(t, post("admin", at+"/approve", nil), http.StatusSeeOther)
	wantStatus(t, post("operator", at+"/generate", nil), http.StatusSeeOther)
	b, err := s.yard.Batch(context.Background(), strings.TrimPrefix(at, batchAt))
	must(t, err)
	if b.State != qrcode.Generated || b.Made != 101 || b.ApprovedBy != "admin" || b.CreatedBy != "operator" || b.Reason != "branch 7" {
		t.Errorf("batch %+v", b)
	}
	wantContains(t, wantStatus(t, post("admin", at+"/approve", nil), http.StatusConflict), "批次状态已变")
	wantStatus(t, post("operator", batchAt+waitingBatch+"/reject", because), http.StatusSeeOther)
}

// The browser gets a ZIP file that, unpacked, is a delivery that verifies.
func TestBatchIsDownloaded(t *testing.T) {
	s := newSite(t)
	res := probe{route: "POST /console/plates/batches/:id/export", path: batchAt + readyBatch + "/export", form: url.Values{"product": {"code"}}}.send(s, "operator")
	content := []byte(wantStatus(t, res, http.StatusOK))
	if kind, name := res.Header.Get("Content-Type"), res.Header.Get("Content-Disposition"); kind != "application/zip" || !strings.Contains(name, `attachment; filename="plates-`+readyBatch+`.zip"`) {
		t.Errorf("%s, %s", kind, name)
	}
	z, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	must(t, err)
	dir := t.TempDir()
	must(t, os.CopyFS(dir, z))
	report, err := delivery.Verifier{Dir: dir, Key: pressKey.Public().(ed25519.PublicKey), Differs: func(file, problem string) { t.Errorf("%s: %s", file, problem) }, Decode: scan.File}.Run(context.Background())
	if err != nil || report.Plates != 6 || report.Files != 6 || report.Signer == "" {
		t.Errorf("report %+v, %v", report, err)
	}
	if len(s.yard.printed) != 1 || s.yard.printed[0] != "code for operator" {
		t.Errorf("printed %q", s.yard.printed)
	}
}

// A download that fails in the middle is cut off: half a file must not look whole.
func TestBrokenDownloadIsCutOff(t *testing.T) {
	s := newSite(t)
	s.yard.open().breaks = errors.New("the database is away")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.AddCookie(&http.Cookie{Name: s.sessionCookie(), Value: "operator"})
		s.Handler().ServeHTTP(w, r)
	}))
	defer server.Close()
	res, err := server.Client().PostForm(server.URL+batchAt+readyBatch+"/export", url.Values{"csrf": {s.sealer.formToken("operator")}})
	if err != nil {
		return // cut off before anything was sent
	}
	defer res.Body.Close()
	if _, err := io.ReadAll(res.Body); err == nil {
		t.Error("the answer ends as if it were whole")
	}
}
