package sandbox

import (
	"errors"
	"testing"
	"time"
)

func submission(code, shortName, content string) Submission {
	return Submission{Code: code, ShortName: shortName, Content: content, Number: func(try int) string { return []string{"N1", "N2", "N3"}[try] }}
}

func TestApplicationsFollowTheScript(t *testing.T) {
	now := time.Date(2026, 3, 10, 9, 0, 0, 0, time.UTC)
	script := NewScript()
	if err := script.AddAll([]Fault{
		{Wallet: WeChat, Kind: EnrolRejected, Merchant: "面馆", Field: "account_name", Text: "户名不符"},
		{Wallet: WeChat, Kind: EnrolRejected, Merchant: "面馆", Field: "id_card_copy", Text: "不清晰"},
		{Wallet: WeChat, Kind: EnrolSlow, OutTradeNo: "C2", DelaySeconds: 60},
		{Wallet: Alipay, Kind: EnrolRejected, Text: "another wallet's"},
	}); err != nil {
		t.Fatal(err)
	}
	b := NewApplications(WeChat, script)
	first, err := b.Submit(submission("C1", "面馆", "a"), now)
	if err != nil || first.Pending(now) || len(first.Reasons) != 2 || first.Reasons[1].Field != "id_card_copy" {
		t.Fatalf("%+v, %v; want rejected for two fields", first, err)
	}
	again, err := b.Submit(submission("C1", "面馆", "a"), now)
	if err != nil || again.No != first.No || !again.Rejected() {
		t.Errorf("again %+v, %v; want the same application", again, err)
	}
	if _, err := b.Submit(submission("C1", "面馆", "other"), now); !errors.Is(err, ErrOtherContent) {
		t.Errorf("other content: %v", err)
	}
	mended := submission("C1", "面馆", "mended")
	mended.Overwrites = true
	if a, err := b.Submit(mended, now); err != nil || a.Rejected() || a.MerchantID != "N1" {
		t.Errorf("mended %+v, %v; want accepted: each rejection strikes once", a, err)
	}
	slow, err := b.Submit(submission("C2", "粉店", "b"), now)
	if err != nil || !slow.Pending(now.Add(59*time.Second)) || slow.Pending(now.Add(time.Minute)) || slow.MerchantID != "N2" {
		t.Errorf("slow %+v, %v; want pending for a minute, and a number of its own", slow, err)
	}
	if waiting := script.Pending(); len(waiting) != 1 || waiting[0].Wallet != Alipay {
		t.Errorf("still waiting: %+v", waiting)
	}
}

// TestOwnNumberTaken: where the provider chooses the number, a second merchant
// under it is rejected by that field.
func TestOwnNumberTaken(t *testing.T) {
	b := NewApplications(UnionPay, NewScript())
	s := submission("C1", "面馆", "a")
	s.NumberField = "merId"
	if a, err := b.Submit(s, time.Time{}); err != nil || a.Rejected() {
		t.Fatal(a, err)
	}
	s.Code = "C2"
	if a, err := b.Submit(s, time.Time{}); err != nil || len(a.Reasons) != 1 || a.Reasons[0].Field != "merId" {
		t.Errorf("%+v, %v; want rejected for merId", a, err)
	}
}

func TestEnrolmentFaultsAreChecked(t *testing.T) {
	for _, f := range []Fault{
		{Wallet: WeChat, Kind: EnrolRejected},
		{Wallet: WeChat, Kind: EnrolSlow},
		{Wallet: WeChat, Kind: EnrolSlow, DelaySeconds: 5, Text: "x"},
		{Wallet: WeChat, Kind: NoticeLost, Merchant: "x"},
		{Wallet: WeChat, Kind: NoticeLost, Field: "x"},
	} {
		if err := NewScript().Add(f); err == nil {
			t.Errorf("%+v was taken", f)
		}
	}
}
