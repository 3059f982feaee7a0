package app_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"time"

	"juma/acquiring"
	"juma/internal/app"
)

// wantWire: what went over the wallet's wire for a payment and its refund can be read,
// with the order and its amount in it, and without the payer, a signature or a key.
func (s shop) wantWire(p acquiring.Payment, w app.Wallets) {
	s.t.Helper()
	var all []acquiring.WireMessage
	missing := func() []string {
		said := map[string]bool{}
		for _, m := range all {
			said[m.Method] = true
		}
		return slices.DeleteFunc([]string{"prepay", "notice", "refund"}, func(method string) bool { return said[method] })
	}
	for end := time.Now().Add(20 * time.Second); len(all) == 0 || len(missing()) > 0; time.Sleep(20 * time.Millisecond) {
		var err error
		all, err = s.Store.Desk().WireOf(ctx, p.OrderNo, 100)
		must(s.t, err)
		if time.Now().After(end) {
			s.t.Fatalf("%s: nothing of %v was kept", p.Channel, missing())
		}
	}
	text, err := json.MarshalIndent(all, "", " ")
	must(s.t, err)
	for _, m := range all {
		if m.Method == "prepay" && (!strings.Contains(m.Request, p.OrderNo) || !strings.Contains(m.Request, "1234") && !strings.Contains(m.Request, "12.34") || m.Status != 200 || m.Answer == "") {
			s.t.Errorf("%s: of placing the order one can read only %+v", p.Channel, m.Exchange)
		}
	}
	for what, secret := range map[string]string{"the payer": p.PayerID, "WeChat's key": w.WeChat.APIv3Key, "WeChat's secret": w.WeChat.AppSecret} {
		if strings.Contains(string(text), secret) {
			s.t.Errorf("%s: %s stands in the messages", p.Channel, what)
		}
	}
	if found := sealedText.FindString(string(text)); found != "" {
		s.t.Errorf("%s: what looks like a signature or a key stands in the messages: %s", p.Channel, found)
	}
}

// sealedText is a run that only a signature, a ciphertext or a key has: our own numbers
// and the wallets' are shorter or have digits only.
var sealedText = regexp.MustCompile(`[A-Za-z0-9+/]{44,}|BEGIN |%2B[A-Za-z0-9%]{40,}`)
