package web_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"juma/acquiring"
	"juma/acquiring/channel"
	"juma/acquiring/sandbox"
	"juma/acquiring/sandbox/alipay"
	"juma/acquiring/sandbox/unionpay"
	"juma/acquiring/sandbox/wechat"
	"juma/internal/access"
	"juma/internal/app"
	"juma/internal/clock"
	"juma/merchants"
	"juma/qrcode"
	"juma/web"
)

// TestFromApplicationToBoundPlate is the whole application, with everything that
// can be embedded, and the wallets' sandboxes around it.
func TestFromApplicationToBoundPlate(t *testing.T) { web.FieldChain(t, openWorld(t)) }

// world is a web.World.
type world struct {
	*app.App
	t   *testing.T
	ctx context.Context
	clk *clock.Sim
}

func openWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, ctx: context.WithoutCancel(t.Context()), clk: clock.NewSim(time.Now(), 1)} // it is closed after the test's own context
	core := sandbox.NewCore(w.clk, nil)
	wx, err := wechat.New(core)
	w.must(err)
	ali, err := alipay.New(core)
	w.must(err)
	up, err := unionpay.New(core)
	w.must(err)
	s, err := sandbox.Start(w.ctx, core, []sandbox.Wallet{wx, ali, up}, sandbox.Options{})
	w.must(err)
	t.Cleanup(s.Close)
	text, err := json.Marshal(s.Ready())
	w.must(err)
	wallets, err := app.ParseWallets(text)
	w.must(err)
	w.App, err = app.Open(w.ctx, app.Config{
		DataDir: t.TempDir(), Listen: "127.0.0.1:0", PlateHost: "q.example.com", Institution: "99982900", Wallets: wallets, Channels: []channel.Name{channel.WeChat, channel.Alipay, channel.UnionPay}, Clock: w.clk,
		Limits: web.Limits{Logins: -1, Joins: -1},
	})
	w.must(err)
	t.Cleanup(w.Close)
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) URL() string { return w.LocalURL() }

func (w *world) Plates() []string {
	_, plates, err := w.App.Plates.Issue(w.ctx, qrcode.Order{Grammar: qrcode.Own, Count: 3, By: "printer"})
	w.must(err)
	return []string{plates[0].Payload, plates[1].Payload, plates[2].Payload}
}

func (w *world) Person(login, role, password string) {
	_, err := w.Access.CreateUser(w.ctx, access.NewUser{Login: login, Name: login, Role: access.Role(role), Password: password})
	w.must(err)
}

func (w *world) later() { w.clk.AdvanceTo(w.clk.Now().Add(3 * time.Hour)) }

func (w *world) Verify() {
	for range 6 {
		_, err := w.Onboarding.Verify(w.ctx)
		w.must(err)
		w.later()
	}
}

func (w *world) Transfer(login string) string {
	files, err := w.Store.Onboarding().Applications(w.ctx, merchants.ApplicationQuery{Login: login, Limit: 1})
	w.must(err)
	tried, err := w.Store.Onboarding().VerificationsOf(w.ctx, files[0].ID)
	w.must(err)
	for _, v := range tried {
		if v.State == merchants.Awaiting {
			return v.Amount.Yuan()
		}
	}
	return ""
}

func (w *world) Enrol(shortName string) string {
	for range 3 {
		_, err := w.Enrolment.Sweep(w.ctx)
		w.must(err)
		w.later()
	}
	all, err := w.Store.Merchants().Merchants(w.ctx, "", 10)
	w.must(err)
	for _, m := range all {
		if m.ShortName != shortName {
			continue
		}
		enrolments, err := w.Store.Merchants().Enrolments(w.ctx, m.No)
		w.must(err)
		for _, e := range enrolments {
			if e.State != merchants.EnrolAccepted {
				w.t.Errorf("%s at %s: %s, want accepted", m.No, e.Channel, e.State)
			}
		}
		if len(enrolments) != len(channel.Wallets) {
			w.t.Errorf("%s: %d enrolments, want one for each wallet", m.No, len(enrolments))
		}
		return m.No
	}
	w.t.Fatalf("there is no merchant %s", shortName)
	return ""
}

func (w *world) Pays(payload string) string {
	p, _, err := w.App.Plates.ResolvePayload(w.ctx, payload)
	w.must(err)
	scan, err := w.Acquiring.Resolve(w.ctx, p.Key)
	var no *acquiring.PlateError
	if !errors.As(err, &no) {
		w.must(err)
	}
	return scan.Merchant.No
}
