package web

import (
	"bytes"
	"image"
	"image/draw"
	"image/png"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"juma/internal/access"
	"juma/internal/id"
	"juma/qrcode"
	"juma/qrcode/emv"
	"juma/qrcode/render"
)

// upload sends a form with a file as a session.
func (s *site) upload(session, path, field string, content []byte, form url.Values) *http.Response {
	s.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	must(s.t, w.WriteField("csrf", s.sealer.formToken(session)))
	for name, values := range form {
		must(s.t, w.WriteField(name, values[0]))
	}
	part, err := w.CreateFormFile(field, "file")
	must(s.t, err)
	_, err = part.Write(content)
	must(s.t, err)
	must(s.t, w.Close())
	return s.browser(s.t, safariUA).as(session).do(http.MethodPost, path, w.FormDataContentType(), body.String())
}

func (s *site) bindPost(session, path string, form url.Values) *http.Response {
	s.t.Helper()
	form.Set("csrf", s.sealer.formToken(session))
	return s.browser(s.t, safariUA).as(session).postForm(path, form)
}

// codePicture draws what a plate's code says.
func codePicture(t testing.TB, payload string) []byte {
	t.Helper()
	var b bytes.Buffer
	must(t, render.Code(&b, render.FormatPNG, payload, render.Options{}))
	return b.Bytes()
}

// TestReadAPlate: a number, an address, a key and a photo lead to the same plate,
// and what is none is told apart.
func TestReadAPlate(t *testing.T) {
	s := newSite(t)
	blank, _ := s.field.plate(blankSerial)
	spare, _ := s.field.plate(spareSerial)
	foreign, err := emv.New(emv.Field{Tag: emv.TagFormat, Value: "01"}, emv.Field{Tag: emv.TagTemplate, Value: emv.New(emv.Field{Tag: emv.SubGUID, Value: "com.other"}).Value()},
		emv.Field{Tag: emv.TagMCC, Value: "5812"}, emv.Field{Tag: emv.TagCurrency, Value: "156"}, emv.Field{Tag: emv.TagCountry, Value: "CN"}, emv.Field{Tag: emv.TagName, Value: "X"}, emv.Field{Tag: emv.TagCity, Value: "Y"}).Print()
	must(t, err)
	forged := id.NewPlateKey(id.Seeded(9, "forger"))
	altered := []byte(blank.Payload)
	altered[len(altered)-3] ^= 1
	ring, err := id.NewPlateRing(id.Seeded(5, "ring"))
	must(t, err)
	for typed, want := range map[string]string{
		blankSerial: bindAt + blankSerial,
		"No. 260310 0000001-" + id.SerialCheck(blankSerial): bindAt + blankSerial,
		blank.Payload:          bindAt + blankSerial,
		blank.Payload + "?t=n": bindAt + blankSerial, // from its NFC tag
		blank.Key:              bindAt + blankSerial,
		" " + blank.Payload:    bindAt + blankSerial,

		"":                         "请扫码、选择照片",
		"2603100000099":            "没有找到这张码牌",
		"260310000000199":          "没有找到这张码牌", // check digits of another number
		"hello":                    "没有找到这张码牌",
		"wxp://f2f0aBcD":           "可能是其他机构的收款码",
		"https://qr.alipay.com/fk": "可能是其他机构的收款码",
		"https://qr.95516.com/48040000/" + blank.Key + "X": "可能是其他机构的收款码",
		foreign:                          "可能是其他机构的收款码",
		strings.Repeat("https://x/", 90): "可能是其他机构的收款码",
		string(altered):                  "可能被篡改或伪造",
		"https://q.test/q/" + forged:     "可能被篡改或伪造",
		"https://q.evil/q/" + blank.Key:  "可能被篡改或伪造", // a genuine key that leads elsewhere
		"https://q.test/q/" + ring.New(id.Seeded(1, "never issued")): "没有找到这张码牌",
	} {
		res := s.bindPost("operator", "/console/bind", url.Values{"code": {typed}})
		if strings.HasPrefix(want, "/") {
			if to := res.Header.Get("Location"); res.StatusCode != http.StatusSeeOther || to != want {
				t.Errorf("%q: status %d to %q, want %s", typed, res.StatusCode, to, want)
			}
			continue
		}
		if body := bodyOf(t, res); res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, want) {
			t.Errorf("%q: status %d without %q", typed, res.StatusCode, want)
		}
	}
	wantRedirect(t, s.upload("operator", "/console/bind", "picture", codePicture(t, spare.Payload), nil), bindAt+spareSerial)
	wantRedirect(t, s.upload("operator", "/console/bind", "picture", codePicture(t, spare.Payload), url.Values{"replaces": {boundSerial}}), bindAt+boundSerial+"/replacements/"+spareSerial)
	for want, content := range map[string][]byte{
		"没有识别到二维码": photo(t), "文件不是图片": []byte("plate"), "不支持 PDF": []byte("%PDF-1.7"), "可能是其他机构的收款码": codePicture(t, "https://example.com/"),
		"尺寸过大": pngOf(t, 12_001, 1),
	} {
		wantContains(t, wantStatus(t, s.upload("operator", "/console/bind", "picture", content, nil), http.StatusUnprocessableEntity), want)
	}
}

// TestPhotoOfSeveral: among others' codes the plate is found; which of two plates
// was meant nobody can tell.
func TestPhotoOfSeveral(t *testing.T) {
	s := newSite(t)
	blank, _ := s.field.plate(blankSerial)
	spare, _ := s.field.plate(spareSerial)
	wantRedirect(t, s.upload("operator", "/console/bind", "picture", beside(t, blank.Payload, "https://qr.alipay.com/fkx1"), nil), bindAt+blankSerial)
	body := wantStatus(t, s.upload("operator", "/console/bind", "picture", beside(t, blank.Payload, spare.Payload), nil), http.StatusUnprocessableEntity)
	wantContains(t, body, "请只拍一张")
}

// TestFindWhereToBind: the search leads to merchants, stores and terminals, and its
// words stand in no address.
func TestFindWhereToBind(t *testing.T) {
	s := newSite(t)
	for typed, want := range map[string]string{
		"王面馆":      `href="` + bindAt + blankSerial + "/merchants/" + merchantA + `"`,
		merchantB:  `href="` + bindAt + blankSerial + "/merchants/" + merchantB + `"`,
		terminalA2: `href="` + bindAt + blankSerial + "/terminals/" + terminalA2 + `"`,
		"没有这家店":    "没有找到商户",
	} {
		wantContains(t, wantStatus(t, s.bindPost("operator", bindAt+blankSerial+"/search", url.Values{"place": {typed}}), http.StatusOK), want)
	}
	wantStatus(t, s.bindPost("operator", bindAt+blankSerial+"/search", url.Values{"place": {" "}}), http.StatusUnprocessableEntity)
	b := s.browser(t, safariUA).as("operator")
	body := wantStatus(t, b.get(bindAt+blankSerial+"/merchants/"+merchantB), http.StatusOK)
	if !strings.Contains(body, terminalB2) || strings.Contains(body, closedTerminal) {
		t.Error("want the terminals in use, and no closed one")
	}
	wantContains(t, wantStatus(t, b.get(bindAt+blankSerial+"/terminals/"+closedTerminal), http.StatusConflict), "已关闭")
	wantStatus(t, s.bindPost("operator", bindAt+blankSerial+"/terminals/"+closedTerminal, url.Values{"version": {"0"}}), http.StatusConflict)
	if p, _ := s.field.plate(blankSerial); p.State != qrcode.Blank {
		t.Errorf("the plate is %s after a binding to a closed terminal", p.State)
	}
	wantRedirect(t, b.get(bindAt+suspendedSerial+"/terminals/"+terminalA2), bindAt+suspendedSerial)
}

func TestBindAndMove(t *testing.T) {
	s := newSite(t)
	b := s.browser(t, safariUA).as("operator")
	at := bindAt + blankSerial + "/terminals/" + terminalA1
	wantContains(t, wantStatus(t, b.get(at), http.StatusOK), `name="version" value="0"`, "260310 0000001-"+id.SerialCheck(blankSerial), terminalA1)
	for range 2 { // the second is a button pressed twice, or a lost answer
		wantRedirect(t, s.bindPost("operator", at, url.Values{"version": {"0"}}), bindAt+blankSerial)
	}
	if p, bound := s.field.plate(blankSerial); p.State != qrcode.Bound || bound.TerminalNo != terminalA1 || bound.MerchantNo != merchantA || bound.StoreID != fieldStoreA || bound.BoundBy != "operator" || bound.Version != 1 {
		t.Errorf("after binding: %s, %+v", p.State, bound)
	}
	wantContains(t, wantStatus(t, b.get(at), http.StatusOK), "码牌已绑定在此终端")

	at = bindAt + blankSerial + "/terminals/" + terminalB2
	wantContains(t, wantStatus(t, b.get(at), http.StatusOK), `name="version" value="1"`, "老王面馆", "小三水果")
	wantContains(t, wantStatus(t, s.bindPost("operator", at, url.Values{"version": {"1"}}), http.StatusUnprocessableEntity), "请填写原因")
	wantRedirect(t, s.bindPost("operator", at, url.Values{"version": {"1"}, "reason": {"店铺转让"}}), bindAt+blankSerial)
	if _, bound := s.field.plate(blankSerial); bound.TerminalNo != terminalB2 || bound.Version != 2 || bound.Reason != "店铺转让" {
		t.Errorf("after the move: %+v", bound)
	}
	for _, version := range []string{"", "x", "-1"} {
		wantStatus(t, s.bindPost("operator", at, url.Values{"version": {version}, "reason": {"x"}}), http.StatusBadRequest)
	}
}

// TestMovingWantsAProof: a bound plate is moved by somebody who has just shown who
// they are. Hanging up a blank one, which is a day's work in the field, does not ask.
func TestMovingWantsAProof(t *testing.T) {
	s := newSite(t)
	s.field.plate(boundSerial) // filled at noon
	s.clock.AdvanceTo(noon.Add(access.StepUpLimit))
	form := url.Values{"version": {"1"}, "reason": {"店铺转让"}}
	wantContains(t, wantStatus(t, s.bindPost("operator", bindAt+boundSerial+"/terminals/"+terminalB1, form), http.StatusForbidden), `action="/stepup"`)
	if _, b := s.field.plate(boundSerial); b.Version != 1 {
		t.Errorf("the plate was moved before the proof: %+v", b)
	}
	wantRedirect(t, s.bindPost("operator", bindAt+blankSerial+"/terminals/"+terminalB1, url.Values{"version": {"0"}}), bindAt+blankSerial)
	wantRedirect(t, s.bindPost("operator", bindAt+lostSerial+"/replacements/"+spareSerial, form), bindAt+spareSerial)
}

// TestTwoBindOnePlate: who confirms what is not true any more changes nothing, and
// is told who was faster and when.
func TestTwoBindOnePlate(t *testing.T) {
	s := newSite(t)
	for serial, seen := range map[string]int{blankSerial: 0, boundSerial: 1} {
		form := url.Values{"version": {strconv.Itoa(seen)}, "reason": {"x"}}
		wantRedirect(t, s.bindPost("admin", bindAt+serial+"/terminals/"+terminalB1, form), bindAt+serial)
		body := wantStatus(t, s.bindPost("operator", bindAt+serial+"/terminals/"+terminalA2, form), http.StatusConflict)
		wantContains(t, body, "admin 已于 2026-03-10 12:00:00 变更了此码牌", "小三水果")
		if _, bound := s.field.plate(serial); bound.TerminalNo != terminalB1 || bound.BoundBy != "admin" {
			t.Errorf("%s: %+v, want the binding of whoever was first", serial, bound)
		}
	}
}

func TestReplaceAPlate(t *testing.T) {
	s := newSite(t)
	b := s.browser(t, safariUA).as("operator")
	wantContains(t, wantStatus(t, b.get(bindAt+boundSerial), http.StatusOK), `href="/console/bind?replaces=`+boundSerial+`"`)
	at := bindAt + boundSerial + "/replacements/" + blankSerial
	wantContains(t, wantStatus(t, b.get(at), http.StatusOK), `name="version" value="1"`, "老王面馆", terminalA1)
	wantStatus(t, s.bindPost("operator", at, url.Values{"version": {"1"}}), http.StatusUnprocessableEntity)
	form := url.Values{"version": {"1"}, "reason": {"划伤"}}
	for range 2 {
		wantRedirect(t, s.bindPost("operator", at, form), bindAt+blankSerial)
	}
	old, none := s.field.plate(boundSerial)
	fresh, bound := s.field.plate(blankSerial)
	if old.State != qrcode.Replaced || none.Version != 0 || fresh.State != qrcode.Bound || bound.TerminalNo != terminalA1 {
		t.Errorf("old %s %+v, new %s %+v", old.State, none, fresh.State, bound)
	}

	// Somebody else, of the same mind with another plate, is told.
	body := wantStatus(t, s.bindPost("admin", bindAt+boundSerial+"/replacements/"+spareSerial, form), http.StatusConflict)
	wantContains(t, body, "operator 已于")
	// A lost plate's binding can be taken over; by a plate that is not blank it cannot.
	wantContains(t, wantStatus(t, b.get(bindAt+lostSerial+"/replacements/"+blankSerial), http.StatusConflict), "新码牌不是空码")
	wantContains(t, wantStatus(t, s.bindPost("operator", bindAt+lostSerial+"/replacements/"+boundSerial, form), http.StatusConflict), "operator 已于")
	wantRedirect(t, s.bindPost("operator", bindAt+lostSerial+"/replacements/"+spareSerial, form), bindAt+spareSerial)
	wantRedirect(t, b.get(bindAt+suspendedSerial+"/replacements/"+spareSerial), bindAt+suspendedSerial)
	wantStatus(t, b.get(bindAt+"1/replacements/"+spareSerial), http.StatusNotFound)
}

// TestOnlyTheScannerHasTheCamera: pages with other business leave it shut.
func TestOnlyTheScannerHasTheCamera(t *testing.T) {
	s := newSite(t)
	b := s.browser(t, safariUA).as("operator")
	for path, want := range map[string]string{"/console/bind": cameraPermitted, bindAt + blankSerial: nothingPermitted, "/login": nothingPermitted} {
		if got := b.get(path).Header.Get("Permissions-Policy"); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}

// TestBindByFile: faults are listed with their lines and can be taken along; with
// any, nothing is bound.
func TestBindByFile(t *testing.T) {
	s := newSite(t)
	send := func(text, then string) *http.Response {
		return s.upload("operator", "/console/bind/file", "file", []byte(text), url.Values{"then": {then}, "reason": {"开业"}})
	}
	bad := bindings(blankSerial, boundSerial, blankSerial) + "2603100000099,10000001\n" + spareSerial + ",99999999\n" + spareSerial + "," + closedTerminal + "\nx\n"
	for _, then := range []string{"bind", "check"} {
		body := wantStatus(t, send(bad, then), http.StatusUnprocessableEntity)
		wantContains(t, body, "发现 6 处错误", "不是空码，不能绑定", "与前面的行重复", "没有这张码牌", "没有这个终端", "已关闭", "列数与表头不符")
		if p, _ := s.field.plate(blankSerial); p.State != qrcode.Blank {
			t.Fatalf("the plate is %s though the file has faults", p.State)
		}
	}
	res := s.upload("operator", "/console/bind/file/faults", "unused", nil, url.Values{"text": {bad}})
	if got := res.Header.Get("Content-Disposition"); !strings.HasPrefix(got, `attachment; filename="faults.csv"`) {
		t.Errorf("Content-Disposition %q", got)
	}
	wantContains(t, wantStatus(t, res, http.StatusOK), "line,field,value,problem\n3,plate,"+boundSerial+",is bound", "\n8,line,,")

	good := "\xef\xbb\xbf" + bindings(blankSerial, spareSerial)
	wantContains(t, wantStatus(t, send(good, "check"), http.StatusOK), "2 张码牌可以绑定")
	wantContains(t, wantStatus(t, send(good, "bind"), http.StatusOK), "已绑定 2 张码牌")
	for _, serial := range []string{blankSerial, spareSerial} {
		if p, b := s.field.plate(serial); p.State != qrcode.Bound || b.TerminalNo != terminalA2 || b.BoundBy != "operator" || b.Reason != "开业" {
			t.Errorf("%s: %s %+v", serial, p.State, b)
		}
	}
	for text, want := range map[string]string{"": "至少有一行", "a,b\n": "表头不符", "plate,terminal_no\n": "至少有一行", bindings(make([]string, 51)...): "文件过大"} {
		wantContains(t, wantStatus(t, send(text, "bind"), http.StatusUnprocessableEntity), want)
	}
	large := "plate,terminal_no\n" + strings.Repeat("x", maxBindFile)
	wantContains(t, wantStatus(t, send(large, "bind"), http.StatusUnprocessableEntity), "文件过大")
	wantStatus(t, s.bindPost("operator", "/console/bind/file", url.Values{"then": {"bind"}}), http.StatusUnprocessableEntity)
}

// pngOf is an empty picture of a size.
func pngOf(t testing.TB, w, h int) []byte {
	t.Helper()
	return encoded(t, image.NewGray(image.Rect(0, 0, w, h)))
}

// beside is a photo of two codes side by side.
func beside(t testing.TB, payloads ...string) []byte {
	t.Helper()
	wall := image.NewRGBA(image.Rect(0, 0, 600*len(payloads), 600))
	draw.Draw(wall, wall.Rect, image.White, image.Point{}, draw.Src)
	for i, payload := range payloads {
		img, err := png.Decode(bytes.NewReader(codePicture(t, payload)))
		must(t, err)
		draw.Draw(wall, img.Bounds().Add(image.Pt(600*i, 20)), img, image.Point{}, draw.Src)
	}
	return encoded(t, wall)
}

func encoded(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	must(t, png.Encode(&b, img))
	return b.Bytes()
}
