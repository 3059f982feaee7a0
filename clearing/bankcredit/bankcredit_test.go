package bankcredit

import (
	"strings"
	"testing"

	"juma/internal/bizdate"
	"juma/internal/fault"
)

const good = "credit_date,account,amount_fen,reference,payer\r\n2026-03-11,9999000001,1295100,2026-03-10,\"示例机构,清算部\"\r\n2026-03-11,9999000001,4900,2026-03-10/2,示例机构\r\ntotal,2,1300000\r\n"

func TestRead(t *testing.T) {
	a, err := Read([]byte(good))
	want := Credit{Line: 2, Date: bizdate.New(2026, 3, 11), Account: "9999000001", Amount: 1295100, Reference: "2026-03-10", Payer: "示例机构,清算部"}
	if err != nil || len(a.Credits) != 2 || a.Credits[0] != want || a.Total != 1300000 || a.Date != want.Date || a.Account != want.Account {
		t.Errorf("%+v, %v", a, err)
	}
	if a, err := Read([]byte("credit_date,account,amount_fen,reference,payer\ntotal,0,0\n")); err != nil || len(a.Credits) != 0 {
		t.Errorf("a day without credits: %+v, %v", a, err)
	}
}

func TestReadRefuses(t *testing.T) {
	for _, c := range []struct{ old, new, says string }{
		{"total,2,1300000\r\n", "", "is missing"},
		{"total,2,1300000", "total,2,1300001", "the rows say total,2,1300000"},
		{"total,2,", "total,3,", "the rows say"},
		{"1300000\r\n", "1300000", "no end"},
		{"1300000\r\n", "1300000\r\nx\r\n", "nothing may follow"},
		{",4900,", ",-4900,", "above zero"},
		{",4900,", ",49.00,", "whole fen"},
		{"\r\n2026-03-11,9999000001,4900", "\r\n2026-03-12,9999000001,4900", "two days"},
		{"\r\n2026-03-11,9999000001,4900", "\r\n2026-03-11,9999000002,4900", "one account"},
		{"2026-03-10/2,示例机构", "2026-03-10/2", "has 4 values"},
		{"2026-03-10/2,示例机构", ",示例机构", "names what is paid"},
		{"reference", "ref", "want credit_date"},
	} {
		if !strings.Contains(good, c.old) {
			t.Fatalf("no %q", c.old)
		}
		if _, err := Read([]byte(strings.Replace(good, c.old, c.new, 1))); !fault.Is(err, fault.Corrupt) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%q for %q: %v, want %q", c.new, c.old, err, c.says)
		}
	}
	for n := range good {
		if _, err := Read([]byte(good[:n])); err == nil {
			t.Errorf("cut at byte %d: accepted", n)
		}
	}
}
