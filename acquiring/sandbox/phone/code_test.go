package phone_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"juma/acquiring/sandbox"
	"juma/acquiring/sandbox/alipay"
	"juma/acquiring/sandbox/phone"
	"juma/acquiring/sandbox/unionpay"
	"juma/acquiring/sandbox/wechat"
	"juma/internal/clock"
)

var shownDigits = regexp.MustCompile(`data-code="([0-9 ]+)"`)

// TestPaymentCode: each wallet shows a code of its own kind, a fresh one each time,
// with its picture.
func TestPaymentCode(t *testing.T) {
	core := sandbox.NewCore(clock.NewSim(noon, 1), nil)
	t.Cleanup(core.Notices.Close)
	w, errW := wechat.New(core)
	a, errA := alipay.New(core)
	u, errU := unionpay.New(core)
	if errW != nil || errA != nil || errU != nil {
		t.Fatal(errW, errA, errU)
	}
	p, _ := startPhone(t, func(c *phone.Config) {
		c.Wallets = []sandbox.Wallet{w, a, u}
		c.CodePicture = func(digits string) ([]byte, error) { return []byte("PNG of " + digits), nil }
	})
	b := browser(t)
	_, index := get(t, b, p.URL()+"/?lang=en&payer=ann")
	for name, form := range map[string]string{"wechat": `^13[0-9]{16}$`, "alipay": `^28[0-9]{16}$`, "unionpay": `^62[0-9]{17}$`} {
		address := "/code?lang=en&amp;payer=ann&amp;wallet=" + name
		if !strings.Contains(index, address) {
			t.Errorf("the phone has no link to %s", address)
		}
		seen := map[string]bool{}
		for range 3 {
			resp, page := get(t, b, p.URL()+strings.ReplaceAll(address, "&amp;", "&"))
			found := shownDigits.FindStringSubmatch(page)
			if resp.StatusCode != http.StatusOK || found == nil || resp.Header.Get("Cache-Control") != "no-store" {
				t.Fatalf("%s: %d %s", name, resp.StatusCode, page)
			}
			digits := strings.ReplaceAll(found[1], " ", "")
			if !regexp.MustCompile(form).MatchString(digits) || seen[digits] {
				t.Errorf("%s shows %s, want a fresh one like %s", name, digits, form)
			}
			seen[digits] = true
			if _, picture := get(t, b, p.URL()+"/picture/"+digits); picture != "PNG of "+digits {
				t.Errorf("%s: the picture is %q", name, picture)
			}
		}
	}
	if resp, _ := get(t, b, p.URL()+"/code?wallet=nobody"); resp.StatusCode != http.StatusNotFound {
		t.Errorf("a wallet that there is none of: %d", resp.StatusCode)
	}
}
