package web

import (
	"bytes"
	"context"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"juma/merchants"
	"juma/merchants/check"
)

// TestEveryRuleHasTexts: no number is refused without a sentence in the page's
// language.
func TestEveryRuleHasTexts(t *testing.T) {
	for rule := range check.Texts {
		for _, l := range langs {
			if text := l.text("rule." + string(rule)); text == "" || strings.HasPrefix(text, "[") {
				t.Errorf("rule %s has no text in %s: %q", rule, l.tag(), text)
			}
		}
	}
}

var revisionShown = regexp.MustCompile(`name="revision" value="(\d+)"`)

func revision(t *testing.T, page string) string {
	t.Helper()
	m := revisionShown.FindStringSubmatch(page)
	if m == nil {
		t.Fatalf("the page names no revision: %.300s", page)
	}
	return m[1]
}

// saveStep opens a step, and sends its form with values.
func (b *browser) saveStep(id, step string, form url.Values) *http.Response {
	b.t.Helper()
	page := b.open(stepPath(id, step))
	m := revisionShown.FindStringSubmatch(page)
	if m == nil {
		b.t.Fatal("no revision")
	}
	form.Set("revision", m[1])
	return b.submit(page, stepPath(id, step), form)
}

// formOf is what an applicant types for a profile, step by step.
func formOf(step string, p merchants.Profile) url.Values {
	form := url.Values{}
	for _, g := range questionsOf(step, &p) {
		for _, q := range g.questions {
			form.Set(q.path, q.value())
		}
	}
	switch step {
	case stepBusiness:
		form.Set("mcc", businessOf(p.MCC))
	case stepContract:
		form.Set("contract", p.Contract)
	}
	return form
}

func (b *browser) sendPicture(id, kind string, content []byte) *http.Response {
	b.t.Helper()
	page := b.open(stepPath(id, stepPictures))
	m := revisionShown.FindStringSubmatch(page)
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for name, value := range map[string]string{"csrf": csrf(b.t, page), "revision": m[1], "kind": kind} {
		must(b.t, w.WriteField(name, value))
	}
	part, err := w.CreateFormFile("picture", "photo.png")
	must(b.t, err)
	_, err = part.Write(content)
	must(b.t, err)
	must(b.t, w.Close())
	return b.do(http.MethodPost, stepPath(id, stepPictures), w.FormDataContentType(), body.String())
}

// TestApplyStepByStep goes the whole way for each kind of merchant, without
// scripts: every value that is typed is in the profile that is submitted.
func TestApplyStepByStep(t *testing.T) {
	for i, kind := range merchants.Kinds {
		t.Run(string(kind), func(t *testing.T) {
			s := newSite(t)
			b := s.browser(t, safariUA).as("applicant")
			want := typed(kind, 20+i)
			res := b.submit(b.open("/apply"), "/apply", url.Values{"kind": {string(kind)}})
			first := res.Header.Get("Location")
			id := strings.Split(first+"//", "/")[2]
			wantRedirect(t, res, stepPath(id, stepSubject))
			for _, step := range applySteps[:len(applySteps)-1] {
				if step == stepPictures {
					for _, k := range check.Pictures(kind) {
						wantRedirect(t, b.sendPicture(id, string(k), photo(t)), stepPath(id, stepPictures)+"#f-pictures."+string(k))
					}
					continue
				}
				wantRedirect(t, b.saveStep(id, step, formOf(step, want)), stepPath(id, nextStep(step)))
			}
			page := b.open(stepPath(id, stepSubmit))
			wantContains(t, page, "资料已填写完整")
			if p := want.Legal.IDNo; strings.Contains(page, p) {
				t.Error("the last step shows an identity number in full")
			}
			wantRedirect(t, b.submit(page, stepPath(id, stepSubmit), url.Values{"revision": {revision(t, page)}}), applicationPath(id))
			wantContains(t, b.open(applicationPath(id)), "验证中", "已提交", "申请已提交。")
			got, err := s.desk.Own(context.Background(), id, "applicant")
			must(t, err)
			got.Profile.Pictures = nil
			for _, c := range merchants.Diff(want, got.Profile) {
				t.Errorf("%s was typed as %q and is %q", c.Path, c.Before, c.After)
			}
			wantRedirect(t, b.get(stepPath(id, stepPeople)), applicationPath(id)) // nothing is changed any more
		})
	}
}

// typed is a whole application without pictures.
func typed(kind merchants.Kind, n int) merchants.Profile {
	p := complete(n)
	p.Pictures = nil
	switch kind {
	case merchants.Individual:
		p.Kind, p.USCC, p.Owners = kind, check.MakeUSCC("92"+p.USCC[2:17]), nil
	case merchants.Micro:
		p.Kind, p.USCC, p.Owners, p.Name = kind, "", nil, p.Legal.Name
		p.Account = merchants.ProfileAccount{Kind: merchants.Personal, No: check.MakeCard("621626" + strconv.Itoa(100_000_000_000+n)), Name: p.Legal.Name, BankName: "测试银行", CNAPS: p.Account.CNAPS, Phone: p.Legal.Phone}
	}
	return p
}

// TestFaultsAreKeptAndNamed: what is wrong is saved all the same, and said below
// its field, in the page's language.
func TestFaultsAreKeptAndNamed(t *testing.T) {
	s := newSite(t)
	b := s.browser(t, safariUA).as("owner-a")
	form := formOf(stepPeople, applicant(0))
	form.Set("legal.id_no", "110101190001010010")
	form.Set("owners[0].share", "much")
	body := wantStatus(t, b.saveStep(draftID, stepPeople, form), http.StatusUnprocessableEntity)
	wantContains(t, body, "身份证号码的校验位不符", "请填写 0 到 100 的百分比", `value="110101190001010010"`)
	b.header.Set("Accept-Language", "en")
	body = b.open(stepPath(draftID, stepPeople))
	wantContains(t, body, "The check digit does not fit", `value="110101190001010010"`)
	review := b.open(stepPath(draftID, stepSubmit))
	wantContains(t, review, `href="/apply/`+draftID+`/people#f-legal.id_no"`, "The check digit does not fit")
	wantStatus(t, b.submit(b.open("/apply"), stepPath(draftID, stepSubmit), url.Values{"revision": {revision(t, b.open(stepPath(draftID, stepPeople)))}}), http.StatusUnprocessableEntity)
}

// TestStaleSave: of two windows the slower is told, and overwrites nothing.
func TestStaleSave(t *testing.T) {
	s := newSite(t)
	b := s.browser(t, safariUA).as("owner-a")
	old := b.open(stepPath(draftID, stepSubject))
	form := formOf(stepSubject, applicant(0))
	form.Set("short_name", "先到的")
	wantRedirect(t, b.saveStep(draftID, stepSubject, form), stepPath(draftID, stepPeople))
	form.Set("short_name", "后到的")
	form.Set("revision", revision(t, old))
	refused := wantStatus(t, b.submit(old, stepPath(draftID, stepSubject), form), http.StatusConflict)
	wantContains(t, refused, "此申请已在别处保存过", "后到的", "打开最新内容")
	form.Set("revision", revision(t, refused))
	wantStatus(t, b.submit(refused, stepPath(draftID, stepSubject), form), http.StatusConflict)
	a, err := s.desk.Own(context.Background(), draftID, "owner-a")
	must(t, err)
	if a.Profile.ShortName != "先到的" {
		t.Errorf("the short name is %q", a.Profile.ShortName)
	}
}

// TestRowsAreAddedAndTakenOut: a second store, and the first emptied.
func TestRowsAreAddedAndTakenOut(t *testing.T) {
	s := newSite(t)
	b := s.browser(t, safariUA).as("owner-a")
	form := formOf(stepStores, applicant(0))
	form.Set("then", "add")
	wantRedirect(t, b.saveStep(draftID, stepStores, form), stepPath(draftID, stepStores)+"?add")
	wantContains(t, b.open(stepPath(draftID, stepStores)+"?add"), `name="stores[1].name"`)
	for name, value := range map[string]string{"stores[1].name": "二店", "stores[1].address": "示范路二号", "stores[1].region": "310000", "stores[0].name": "", "stores[0].address": "", "then": "later"} {
		form.Set(name, value)
	}
	wantRedirect(t, b.saveStep(draftID, stepStores, form), applicationPath(draftID))
	a, err := s.desk.Own(context.Background(), draftID, "owner-a")
	must(t, err)
	if len(a.Profile.Stores) != 1 || a.Profile.Stores[0].Name != "二店" {
		t.Errorf("stores %+v", a.Profile.Stores)
	}
}

// TestPicturesOfAnApplication: shown to the applicant, refused in words, and not
// served under another application.
func TestPicturesOfAnApplication(t *testing.T) {
	s := newSite(t)
	b := s.browser(t, safariUA).as("owner-a")
	wantContains(t, wantStatus(t, b.sendPicture(draftID, "interior", []byte("%PDF-1.7\nnothing")), http.StatusUnprocessableEntity), "不支持 PDF")
	wantContains(t, wantStatus(t, b.sendPicture(draftID, "interior", nil), http.StatusUnprocessableEntity), "请选择图片文件")
	wantStatus(t, b.sendPicture(draftID, "secret", photo(t)), http.StatusUnprocessableEntity)
	wantRedirect(t, b.sendPicture(draftID, "interior", append(photo(t), make([]byte, 2<<20)...)), stepPath(draftID, stepPictures)+"#f-pictures.interior") // larger than a form may be
	wantStatus(t, b.sendPicture(draftID, "interior", make([]byte, maxUpload)), http.StatusRequestEntityTooLarge)
	address := regexp.MustCompile(`src="(/apply/`+draftID+`/pictures/[0-9A-Z]{26})"`).FindAllStringSubmatch(b.open(stepPath(draftID, stepPictures)), -1)
	if len(address) != 4 {
		t.Fatalf("%d previews, want 4", len(address))
	}
	shown := b.get(address[3][1])
	if body := wantStatus(t, shown, http.StatusOK); shown.Header.Get("Content-Type") != "image/jpeg" || !strings.HasPrefix(body, "\xff\xd8") || shown.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("the picture is served as %q, %q", shown.Header.Get("Content-Type"), shown.Header.Get("Cache-Control"))
	}
	wantStatus(t, b.get(strings.Replace(address[3][1], draftID, rejectedID, 1)), http.StatusNotFound)
	wantStatus(t, s.browser(t, safariUA).as("owner-b").get(address[3][1]), http.StatusNotFound)
}

// TestStatusOfApplications: reasons lead to their field, the transfer takes its
// amount, and a withdrawal says why.
func TestStatusOfApplications(t *testing.T) {
	s := newSite(t)
	b := s.browser(t, safariUA).as("owner-a")
	wantContains(t, b.open(applicationPath(rejectedID)), "门店名称 1", "与其他资料不一致。 与门头不同", `href="/apply/`+rejectedID+`/subject#f-short_name"`, "核对并重新提交")
	wantContains(t, b.open(stepPath(rejectedID, stepSubject)), "与其他资料不一致。 与门头不同", `aria-invalid="true"`)
	wantRedirect(t, b.saveStep(rejectedID, stepSubject, formOf(stepSubject, complete(3))), stepPath(rejectedID, stepPeople))
	page := b.open(stepPath(rejectedID, stepSubmit))
	wantRedirect(t, b.submit(page, stepPath(rejectedID, stepSubmit), url.Values{"revision": {revision(t, page)}}), applicationPath(rejectedID))
	wantContains(t, b.open(applicationPath(rejectedID)), "验证中")

	transfer := applicationPath(verifiedID) + "/transfer"
	page = b.open(applicationPath(verifiedID))
	wantContains(t, page, "还可尝试 3 次")
	wantContains(t, wantStatus(t, b.submit(page, transfer, url.Values{"amount": {"many"}}), http.StatusUnprocessableEntity), "还可尝试 3 次")
	wantContains(t, wantStatus(t, b.submit(page, transfer, url.Values{"amount": {"0.36"}}), http.StatusUnprocessableEntity), "还可尝试 2 次", "金额与打款不符")
	wantRedirect(t, b.submit(page, transfer, url.Values{"amount": {"0.37"}}), applicationPath(verifiedID))
	wantContains(t, b.open(applicationPath(verifiedID)), "结算账户核实通过", "审核中")

	page = b.open(applicationPath(draftID))
	wantStatus(t, b.submit(page, applicationPath(draftID)+"/withdraw", url.Values{"reason": {" "}}), http.StatusUnprocessableEntity)
	wantRedirect(t, b.submit(page, applicationPath(draftID)+"/withdraw", url.Values{"reason": {"不做了"}}), applicationPath(draftID))
	wantContains(t, b.open(applicationPath(draftID)), "已撤回")
	wantStatus(t, b.submit(page, applicationPath(draftID)+"/withdraw", url.Values{"reason": {"又"}}), http.StatusConflict)
}

// TestCheckWhileTyping: the rule's sentence in the page's language, by POST.
func TestCheckWhileTyping(t *testing.T) {
	s := newSite(t)
	b := s.browser(t, safariUA).as("owner-a")
	page := b.open("/apply")
	for _, c := range []struct{ what, value, kind, language, want string }{
		{"id_no", "110101190001010010", "", "zh-CN", "身份证号码的校验位不符"},
		{"id_no", "110101190001010010", "", "en", "The check digit does not fit"},
		{"account", "6216261000000000018", "personal", "en", `"note":"Test bank"`},
		{"account", "12", "corporate", "en", "Want the 9 to 32 digits"},
		{"phone", "199 0123 4567", "", "en", "{}"},
		{"secrets", "x", "", "en", "{}"},
	} {
		b.header.Set("Accept-Language", c.language)
		got := wantStatus(t, b.submit(page, "/apply/check", url.Values{"what": {c.what}, "value": {c.value}, "kind": {c.kind}}), http.StatusOK)
		wantContains(t, got, c.want)
		if strings.Contains(got, c.value) {
			t.Errorf("the answer repeats what was typed: %s", got)
		}
	}
}

// TestSlowUpload: a photo over a slow network is not cut off with the forms.
func TestSlowUpload(t *testing.T) {
	s := newSite(t)
	front := httptest.NewUnstartedServer(s.Handler())
	front.Config.ReadTimeout = 300 * time.Millisecond
	front.Start()
	defer front.Close()
	b := s.browser(t, safariUA).as("owner-a")
	page := b.open(stepPath(draftID, stepPictures))
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	must(t, w.WriteField("csrf", csrf(t, page)))
	must(t, w.WriteField("kind", "secret"))
	must(t, w.Close())
	slow, in := io.Pipe()
	go func() {
		time.Sleep(600 * time.Millisecond)
		_, err := io.Copy(in, &body)
		in.CloseWithError(err)
	}()
	req, err := http.NewRequest(http.MethodPost, front.URL+stepPath(draftID, stepPictures), slow)
	must(t, err)
	req.Header.Set("Content-Type", w.FormDataContentType())
	req.AddCookie(&http.Cookie{Name: s.sessionCookie(), Value: "owner-a"})
	res, err := front.Client().Do(req)
	must(t, err)
	defer res.Body.Close()
	wantContains(t, wantStatus(t, res, http.StatusUnprocessableEntity), "商户申请")
}
