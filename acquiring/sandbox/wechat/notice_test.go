package wechat

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"juma/acquiring/sandbox"
)

// content opens a notice as its receiver would.
func (s *shop) content(l letter) (notification, map[string]any) {
	s.t.Helper()
	if err := s.signedBy(l.header, l.body); err != nil {
		s.t.Errorf("notice signature: %v", err)
	}
	if at := fmt.Sprint(l.at.Unix()); l.header.Get("Wechatpay-Timestamp") != at {
		s.t.Errorf("signed at %s, sent at %s", l.header.Get("Wechatpay-Timestamp"), at)
	}
	var n notification
	if err := json.Unmarshal(l.body, &n); err != nil {
		s.t.Fatal(err)
	}
	out := map[string]any{}
	if err := json.Unmarshal(open(s.t, s.creds["api_v3_key"], n.Resource.sealed), &out); err != nil {
		s.t.Fatal(err)
	}
	return n, out
}

func TestNotices(t *testing.T) {
	s := newShop(t)
	s.paid("P20260310000001", 10000)
	s.pass(2 * time.Second)
	got := s.took()
	if len(got) != 1 {
		t.Fatalf("%d notices", len(got))
	}
	n, c := s.content(got[0])
	if n.EventType != "TRANSACTION.SUCCESS" || n.ResourceType != "encrypt-resource" || n.Resource.OriginalType != "transaction" || n.CreateTime != "2026-03-10T09:15:01+08:00" {
		t.Errorf("notice %+v", n)
	}
	if c["trade_state"] != "SUCCESS" || c["out_trade_no"] != "P20260310000001" || dig(c, "amount", "total") != 10000.0 || dig(c, "payer", "sp_openid") != openID("ann") {
		t.Errorf("content %v", c)
	}
	s.call(200, "POST", refunds, s.refund("P20260310000001", "R20260310000001", 2500, 10000))
	s.pass(2 * time.Second)
	if got = s.took(); len(got) != 1 {
		t.Fatalf("%d notices", len(got))
	}
	r, c := s.content(got[0])
	if r.EventType != "REFUND.SUCCESS" || r.ID == n.ID || c["out_refund_no"] != "R20260310000001" || c["refund_status"] != "SUCCESS" || dig(c, "amount", "refund") != 2500.0 {
		t.Errorf("refund notice %+v %v", r, c)
	}
	silent := s.refund("P20260310000001", "R20260310000002", 1, 10000)
	delete(silent, "notify_url")
	s.call(200, "POST", refunds, silent)
	s.pass(time.Minute)
	if got = s.took(); len(got) != 0 {
		t.Errorf("%d notices to nowhere", len(got))
	}
}

func TestNoticeSchedule(t *testing.T) {
	s := newShop(t)
	s.reply = 500
	s.paid("P20260310000001", 10000)
	s.pass(48 * time.Hour)
	got := s.took()
	if len(got) != len(noticeRetry)+1 {
		t.Fatalf("%d attempts, want %d", len(got), len(noticeRetry)+1)
	}
	var total time.Duration
	ids := map[string]bool{}
	for i, l := range got {
		if i > 0 {
			total += noticeRetry[i-1]
		}
		if want := start.Add(time.Second + total); !l.at.Equal(want) {
			t.Errorf("attempt %d at %s, want %s", i+1, l.at, want)
		}
		n, _ := s.content(l)
		ids[n.ID] = true
	}
	if total != 24*time.Hour+4*time.Minute || len(ids) != 1 {
		t.Errorf("schedule of %s, event ids %v", total, ids)
	}
	s.reply = 200
	s.paid("P20260311000001", 10000)
	s.pass(time.Hour)
	if got := s.took(); len(got) != 1 {
		t.Errorf("%d attempts after status 200", len(got))
	}
}

// A forged notice differs from the genuine one in nothing but the signature, in
// one of two ways.
func TestForgedNotices(t *testing.T) {
	s := newShop(t)
	probes := 0
	const tries = 16
	for i := range tries {
		no := fmt.Sprintf("P202603100000%02d", i)
		s.fault(sandbox.Fault{Kind: sandbox.NoticeForged, OutTradeNo: no})
		s.paid(no, 100)
		s.pass(2 * time.Second)
		got := s.took()
		if len(got) != 2 {
			t.Fatalf("%d notices", len(got))
		}
		if s.signedBy(got[0].header, got[0].body) == nil {
			t.Errorf("%s: the forged notice is signed truly", no)
		}
		if strings.HasPrefix(got[0].header.Get("Wechatpay-Signature"), probePrefix) {
			probes++
		}
		s.content(got[1])
	}
	if probes == 0 || probes == tries {
		t.Errorf("%d of %d forgeries are probes, want some of each", probes, tries)
	}
}
