package app_test

import (
	"encoding/json"
	"net/http"
	"regexp"
	"testing"
	"time"

	"juma/acquiring/channel"
	"juma/acquiring/sandbox"
	"juma/acquiring/sandbox/alipay"
	"juma/acquiring/sandbox/unionpay"
	"juma/acquiring/sandbox/wechat"
	"juma/internal/app"
	"juma/internal/clock"
	"juma/merchants"
	"juma/merchants/check"
	"juma/merchants/synthetic"
	"juma/qrcode"
)

// office is an app with sandboxes on one simulated clock.
type office struct {
	*app.App
	t    *testing.T
	clk  *clock.Sim
	core *sandbox.Core
}

func openOffice(t *testing.T) office {
	t.Helper()
	o := office{t: t, clk: clock.NewSim(time.Now(), 1)}
	o.core = sandbox.NewCore(o.clk, nil)
	wx, err := wechat.New(o.core)
	must(t, err)
	ali, err := alipay.New(o.core)
	must(t, err)
	up, err := unionpay.New(o.core)
	must(t, err)
	s, err := sandbox.Start(ctx, o.core, []sandbox.Wallet{wx, ali, up}, sandbox.Options{})
	must(t, err)
	t.Cleanup(s.Close)
	text, err := json.Marshal(s.Ready())
	must(t, err)
	w, err := app.ParseWallets(text)
	must(t, err)
	o.App, err = app.Open(ctx, app.Config{
		DataDir: t.TempDir(), Listen: "127.0.0.1:0", PlateHost: "q.example.com", Institution: "99982900", Wallets: w, Channels: w.Channels(), Clock: o.clk,
	})
	must(t, err)
	t.Cleanup(o.Close)
	return o
}

// approved takes an applicant through verification and review.
func (o office) approved(p merchants.Profile) merchants.ApplicationFile {
	o.t.Helper()
	a, err := o.Onboarding.Start(ctx, "applicant", p)
	must(o.t, err)
	a, err = o.Onboarding.Submit(ctx, a.ID, "applicant", a.Revision)
	must(o.t, err)
	for range 6 {
		_, err := o.Onboarding.Verify(ctx)
		must(o.t, err)
		o.clk.AdvanceTo(o.clk.Now().Add(3 * time.Hour))
	}
	a, err = o.Store.Onboarding().Application(ctx, a.ID)
	must(o.t, err)
	a, err = o.Onboarding.Approve(ctx, a.ID, "reviewer", a.Revision, "fine")
	must(o.t, err)
	if a.State != merchants.Approved {
		o.t.Fatalf("the application is %s, risks %v", a.State, a.Risks)
	}
	return a
}

func (o office) applicant(shortName string) merchants.Profile {
	p := synthetic.Profile(7, 1, merchants.Individual)
	p.ShortName, p.MCC, p.Region, p.Stores[0].Region, p.Stores[0].Name = shortName, "5812", "310115", "310115", "总店"
	p.Legal.IDNo = check.MakeIDNo("11010119000101001")
	p.Account.Kind, p.Account.No, p.Account.Name, p.Account.Phone = merchants.Personal, "6216261000000000018", p.Legal.Name, p.Legal.Phone
	for i := range p.Rates {
		p.Rates[i].Rate = 3800
	}
	p.Pictures = nil
	for _, kind := range []merchants.PictureKind{merchants.LicencePicture, merchants.IDFrontPicture, merchants.IDBackPicture, merchants.StorefrontPhoto, merchants.InteriorPhoto, merchants.CounterPhoto} {
		p.Pictures = append(p.Pictures, merchants.PictureRef{Kind: kind, UploadID: o.IDs.At(o.clk.Now())})
	}
	p.Account.BankName, p.Contract = "示例银行", app.Contract
	return p
}

// sweeps lets the enrolments that are due go on, with time in between.
func (o office) sweeps(n int) {
	o.t.Helper()
	for range n {
		_, err := o.Enrolment.Sweep(ctx)
		must(o.t, err)
		o.clk.AdvanceTo(o.clk.Now().Add(3 * time.Hour))
	}
}

func (o office) enrolments(merchantNo string) map[string]merchants.Enrolment {
	o.t.Helper()
	all, err := o.Store.Merchants().Enrolments(ctx, merchantNo)
	must(o.t, err)
	by := map[string]merchants.Enrolment{}
	for _, e := range all {
		by[e.Channel] = e
	}
	return by
}

// TestFromApplicationToPayment: an applicant is reviewed, registered at every
// channel over the bus and the wallets' wires, and paid through a plate under the
// numbers that the wallets gave. Before a channel has accepted the merchant,
// nobody can pay there.
func TestFromApplicationToPayment(t *testing.T) {
	o := openOffice(t)
	a := o.approved(o.applicant("示例面馆"))
	stores, err := o.Store.Merchants().StoresOf(ctx, a.MerchantNo)
	must(t, err)
	terminals, err := o.Store.Merchants().TerminalsOf(ctx, a.MerchantNo)
	must(t, err)
	_, plates, err := o.Plates.Issue(ctx, qrcode.Order{Grammar: qrcode.Own, Count: 1, By: "test"})
	must(t, err)
	_, err = o.Plates.Bind(ctx, plates[0].Key, a.MerchantNo, stores[0].ID, terminals[0].No, "test")
	must(t, err)
	s := shop{o.App, t, plates[0]}

	_, resp := s.open(channel.WeChat)
	resp.Body.Close()
	if resp.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a scan before the enrolment: status %d, want 422", resp.StatusCode)
	}
	o.sweeps(3)
	forms := map[string]string{"wechat": `^[0-9]{8,10}$`, "alipay": `^2088[0-9]{12}$`, "unionpay": "^" + a.MerchantNo + "$"}
	for name, form := range forms {
		e := o.enrolments(a.MerchantNo)[name]
		if e.State != merchants.EnrolAccepted || !regexp.MustCompile(form).MatchString(e.ChannelID) {
			t.Errorf("%s: %+v, want accepted with a number like %s", name, e, form)
		}
		c, payURL := s.scan(channel.Name(name))
		if order, status := s.press(c, payURL, "enrolled-request-"+name); status != http.StatusOK || order.OrderNo == "" {
			t.Errorf("%s: paying under the new number: status %d", name, status)
		}
	}
}

// TestChannelRejectsAndIsMended: the wallet's field comes back as the profile's
// path, and the corrected application is accepted.
func TestChannelRejectsAndIsMended(t *testing.T) {
	o := openOffice(t)
	p := o.applicant("含糊的简称")
	for wallet, field := range map[string]string{"wechat": "business_info.merchant_shortname", "alipay": "alias_name", "unionpay": "merAbbr"} {
		must(t, o.core.Faults.Add(sandbox.Fault{Wallet: wallet, Kind: sandbox.EnrolRejected, Merchant: p.ShortName, Field: field, Text: "简称不规范"}))
		must(t, o.core.Faults.Add(sandbox.Fault{Wallet: wallet, Kind: sandbox.EnrolSlow, Merchant: p.ShortName, DelaySeconds: 4 * 3600}))
	}
	a := o.approved(p)
	o.sweeps(1)
	for name, e := range o.enrolments(a.MerchantNo) {
		if e.State != merchants.EnrolPending {
			t.Errorf("%s: %s, want pending", name, e.State)
		}
	}
	o.sweeps(3)
	mended := p
	mended.ShortName = "示例面馆"
	for name, e := range o.enrolments(a.MerchantNo) {
		if e.State != merchants.EnrolRejected || len(e.Reasons) != 1 || e.Reasons[0].Path != "short_name" || e.Reasons[0].Text != "简称不规范" || e.Reasons[0].Code != merchants.ChannelReason {
			t.Errorf("%s: %+v, want rejected for short_name", name, e)
			continue
		}
		_, err := o.Enrolment.Resubmit(ctx, a.MerchantNo, name, "operator", "简称已更正", &mended)
		must(t, err)
	}
	o.sweeps(3)
	for name, e := range o.enrolments(a.MerchantNo) {
		if e.State != merchants.EnrolAccepted || e.Version != 2 || e.ChannelID == "" {
			t.Errorf("%s: %+v, want accepted under version 2", name, e)
		}
	}
}

// TestIncompleteIsNotHandedIn: what no channel would take is rejected for its
// field and sent nowhere.
func TestIncompleteIsNotHandedIn(t *testing.T) {
	o := openOffice(t)
	p := o.applicant("缺地址的店")
	p.Address = ""
	now := o.clk.Now()
	const no = "999290058120009"
	e := merchants.Enrolment{MerchantNo: no, Channel: "wechat", State: merchants.EnrolRequested, Version: 1, BusinessCode: merchants.BusinessCode(no, "wechat", 1), NextAt: now, UpdatedAt: now}
	must(t, o.Store.Merchants().CreateMerchant(ctx, merchants.Merchant{No: no, Name: "x", ShortName: "x", MCC: "5812", RegionCode: "310115", State: merchants.Active, CreatedAt: now}, nil, nil, nil, []merchants.Enrolment{e}))
	must(t, o.Store.Onboarding().UpdateOnboarding(ctx, func(tx merchants.OnboardingTx) error {
		return tx.InsertApplications(merchants.ApplicationFile{ID: o.IDs.At(now), Login: "x", State: merchants.Approved, Profile: p, MerchantNo: no, CreatedAt: now, UpdatedAt: now})
	}))
	o.sweeps(1)
	if e := o.enrolments(no)["wechat"]; e.State != merchants.EnrolRejected || len(e.Reasons) != 1 || e.Reasons[0].Path != "address" || e.Reasons[0].Code != "incomplete" {
		t.Errorf("%+v, want rejected for address", e)
	}
}
