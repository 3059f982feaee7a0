package sandbox_test

import (
	"strings"
	"testing"

	"juma/acquiring/sandbox"
)

func TestFaultIsChecked(t *testing.T) {
	tests := []struct {
		name  string
		fault sandbox.Fault
		want  string // part of the error, "" for none
	}{
		{"whole", sandbox.Fault{Wallet: "wechat", Kind: "answer_lost", Call: "prepay"}, ""},
		{"no wallet", sandbox.Fault{Kind: "notice_lost"}, `wallet "": want wechat, alipay, unionpay or unionpay-aggregate`},
		{"unknown kind", sandbox.Fault{Wallet: "alipay", Kind: "notice_lots"}, `kind "notice_lots"`},
		{"answer without call", sandbox.Fault{Wallet: "alipay", Kind: "answer_error"}, `call ""`},
		{"notice with call", sandbox.Fault{Wallet: "alipay", Kind: "notice_lost", Call: "prepay"}, `call "prepay": leave it out`},
		{"negative", sandbox.Fault{Wallet: "alipay", Kind: "notice_late", DelaySeconds: -1}, "must not be negative"},
		{"too often", sandbox.Fault{Wallet: "alipay", Kind: "notice_duplicate", Times: 1_000_000_000}, "times must be at most 1000"},
		{"too late", sandbox.Fault{Wallet: "alipay", Kind: "notice_late", DelaySeconds: 1 << 40}, "delay_seconds at most 2592000"},
		{"row without order", sandbox.Fault{Wallet: "alipay", Kind: "row_missing"}, "out_trade_no is missing"},
		{"row day without date", sandbox.Fault{Wallet: "alipay", Kind: "row_day", OutTradeNo: "P1"}, "date is missing"},
		{"row with a bad date", sandbox.Fault{Wallet: "alipay", Kind: "row_day", OutTradeNo: "P1", Date: "20260310"}, `date "20260310"`},
		{"row with a bad time", sandbox.Fault{Wallet: "alipay", Kind: "row_extra", OutTradeNo: "P1", Date: "2026-03-10", Time: "9:15"}, `time "9:15"`},
		{"row state of another wallet", sandbox.Fault{Wallet: "unionpay", Kind: "row_state", OutTradeNo: "P1"}, "only wechat's bill"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := sandbox.NewScript()
			err := s.Add(tt.fault)
			switch {
			case tt.want == "" && err != nil:
				t.Fatalf("refused: %v", err)
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
				t.Fatalf("error %v, want %q in it", err, tt.want)
			}
			if n := len(s.Pending()); (err == nil) != (n == 1) {
				t.Fatalf("%d faults pending after error %v", n, err)
			}
		})
	}
}

func TestAddAllIsAllOrNothing(t *testing.T) {
	s := sandbox.NewScript()
	err := s.AddAll([]sandbox.Fault{{Wallet: "wechat", Kind: "notice_lost"}, {Wallet: "wechat", Kind: "nonsense"}})
	if err == nil || !strings.HasPrefix(err.Error(), "fault 2 of 2: ") {
		t.Fatalf("error %v, want it to name fault 2 of 2", err)
	}
	if n := len(s.Pending()); n != 0 {
		t.Fatalf("%d faults of a refused script are pending", n)
	}
}

func TestStrike(t *testing.T) {
	s := sandbox.NewScript()
	err := s.AddAll([]sandbox.Fault{
		{Wallet: "wechat", Kind: "answer_lost", Call: "query", OutTradeNo: "P1", Times: 2},
		{Wallet: "wechat", Kind: "answer_lost", Call: "identify", Payer: "ann"},
		{Wallet: "wechat", Kind: "notice_duplicate", Times: 3},
	})
	if err != nil {
		t.Fatal(err)
	}
	hit := func(wallet, kind, call, number, payer string) bool {
		_, ok := s.Strike(wallet, kind, call, number, payer)
		return ok
	}
	for i, tt := range []struct{ got, want bool }{
		{hit("alipay", "answer_lost", "query", "P1", ""), false},
		{hit("wechat", "answer_lost", "query", "P2", ""), false},
		{hit("wechat", "answer_lost", "prepay", "P1", ""), false},
		{hit("wechat", "answer_lost", "query", "P1", ""), true},
		{hit("wechat", "answer_lost", "query", "P1", ""), true},
		{hit("wechat", "answer_lost", "query", "P1", ""), false},
		{hit("wechat", "answer_lost", "identify", "", "bob"), false},
		{hit("wechat", "answer_lost", "identify", "", "ann"), true},
		{hit("wechat", "notice_duplicate", "", "P9", ""), true},
		{hit("wechat", "notice_duplicate", "", "P9", ""), false},
	} {
		if tt.got != tt.want {
			t.Errorf("strike %d: %v, want %v", i+1, tt.got, tt.want)
		}
	}
	if n := s.Struck()["answer_lost"]; n != 3 {
		t.Errorf("answer_lost struck %d times, want 3", n)
	}
}

func TestRowFaultsStay(t *testing.T) {
	s := sandbox.NewScript()
	if err := s.Add(sandbox.Fault{Wallet: "alipay", Kind: "row_extra", OutTradeNo: "X1", Date: "2026-03-10"}); err != nil {
		t.Fatal(err)
	}
	for range 2 { // a statement fetched twice is the same twice
		if n := len(s.Extras("alipay", "2026-03-10")); n != 1 {
			t.Fatalf("%d extra rows, want 1", n)
		}
	}
	s.Clear()
	if n := len(s.Extras("alipay", "2026-03-10")); n != 0 {
		t.Fatalf("%d extra rows after Clear", n)
	}
}

func TestDigits(t *testing.T) {
	a, b := sandbox.Digits(12, "trade %s", "P1"), sandbox.Digits(12, "trade %s", "P2")
	if len(a) != 12 || a != sandbox.Digits(12, "trade %s", "P1") || a == b {
		t.Fatalf("Digits: %q and %q", a, b)
	}
}
