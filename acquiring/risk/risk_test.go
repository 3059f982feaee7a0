package risk

import (
	"math"
	"strings"
	"testing"

	"juma/internal/fault"
	"juma/internal/money"
)

// everything refuses, each limit at an amount of its own.
var everything = Settings{
	Static: Limit{Refuse, 500_00}, Payment: Limit{Refuse, 2_000_00}, Plate: Limit{Refuse, 3_000_00}, Store: Limit{Refuse, 4_000_00},
	Merchant: Limit{Refuse, 5_000_00}, SmallDay: Limit{Refuse, 1_000_00}, SmallMonth: Limit{Refuse, 10_000_00},
	Velocity: Pace{Refuse, 3, 60},
}.WithDefaults()

// TestLimits stands on each limit and one fen above it.
func TestLimits(t *testing.T) {
	for _, c := range []struct {
		name  string
		facts Facts
		rule  Rule // "" passes
	}{
		{"500.00 by a static code", Facts{Static: true, Amount: 500_00}, ""},
		{"500.01 by a static code", Facts{Static: true, Amount: 500_01}, StaticCode},
		{"the last fen of the day", Facts{Static: true, Amount: 1, PayerStatic: 499_99}, ""},
		{"one fen after a full day", Facts{Static: true, Amount: 1, PayerStatic: 500_00}, StaticCode},
		{"much more by the payer's own code", Facts{Amount: 1_999_00, PayerStatic: 500_00}, ""},
		{"2000.00 in one payment", Facts{Amount: 2_000_00}, ""},
		{"2000.01 in one payment", Facts{Amount: 2_000_01}, OnePayment},
		{"a plate's last fen", Facts{Static: true, Amount: 1, Plate: 2_999_99}, ""},
		{"a plate's fen too many", Facts{Static: true, Amount: 1, Plate: 3_000_00}, PlateDay},
		{"the payer's own code is no plate's", Facts{Amount: 1, Plate: 3_000_00}, ""},
		{"a store's last fen", Facts{Amount: 1, Store: 3_999_99}, ""},
		{"a store's fen too many", Facts{Amount: 1, Store: 4_000_00}, StoreDay},
		{"a merchant's last fen", Facts{Amount: 1, Merchant: 4_999_99}, ""},
		{"a merchant's fen too many", Facts{Amount: 1, Merchant: 5_000_00}, MerchantDay},
		{"the third in a minute", Facts{Amount: 1, Recent: 2}, ""},
		{"the fourth in a minute", Facts{Amount: 1, Recent: 3}, TooFast},
		{"the first rule is the one that is told", Facts{Static: true, Amount: 2_000_01, Merchant: 5_000_00}, OnePayment},
		{"a sum that no number holds", Facts{Amount: 1, Merchant: math.MaxInt64}, MerchantDay},
	} {
		v := everything.Judge(c.facts)
		var got Rule
		if v.Refused != nil {
			got = v.Refused.Rule
			if err := v.Refused.Error(); err.Kind != fault.Refused || err.Field != string(got) {
				t.Errorf("%s: the error is %+v", c.name, err)
			}
		}
		if got != c.rule {
			t.Errorf("%s: refused by %q, want %q", c.name, got, c.rule)
		}
		if v.NoCredit || len(v.Warnings) > 0 {
			t.Errorf("%s: %+v; nobody asked for that", c.name, v)
		}
	}
}

// TestModes: above the same limit, each mode does its own.
func TestModes(t *testing.T) {
	above := Facts{Static: true, Amount: 500_01}
	for mode, want := range map[Mode][2]int{Off: {0, 0}, Warn: {0, 1}, Refuse: {1, 0}, "": {1, 0}} {
		v := Settings{Static: Limit{Mode: mode}}.WithDefaults().Judge(above)
		refused := 0
		if v.Refused != nil {
			refused = 1
		}
		if refused != want[0] || len(v.Warnings) != want[1] {
			t.Errorf("mode %q: %+v", mode, v)
		}
	}
}

// TestSmallMerchantsCredit: above the limit credit cards are excluded, and nothing
// else is; merchants with a licence have no such limit.
func TestSmallMerchantsCredit(t *testing.T) {
	s := Settings{}.WithDefaults()
	for _, c := range []struct {
		name  string
		facts Facts
		want  bool
	}{
		{"1000.00 in a day", Facts{Small: true, Amount: 400_00, Merchant: 600_00, MerchantMonth: 600_00}, false},
		{"1000.01 in a day", Facts{Small: true, Amount: 400_01, Merchant: 600_00, MerchantMonth: 600_00}, true},
		{"10000.00 in a month", Facts{Small: true, Amount: 1, MerchantMonth: 9_999_99}, false},
		{"10000.01 in a month", Facts{Small: true, Amount: 1, MerchantMonth: 10_000_00}, true},
		{"the next day", Facts{Small: true, Amount: 400_01, MerchantMonth: 600_00}, false},
		{"a company", Facts{Amount: 400_01, Merchant: 60_000_00, MerchantMonth: 600_000_00}, false},
	} {
		v := s.Judge(c.facts)
		if v.NoCredit != c.want || v.Refused != nil {
			t.Errorf("%s: no credit %v, refused %v; want %v and not refused", c.name, v.NoCredit, v.Refused, c.want)
		}
	}
	s.SmallDay.Mode = Warn
	if v := s.Judge(Facts{Small: true, Amount: 1_000_01}); v.NoCredit || len(v.Warnings) != 1 {
		t.Errorf("warn: %+v", v)
	}
}

func TestDefaults(t *testing.T) {
	s := Settings{}.WithDefaults()
	if err := s.Check(); err != nil {
		t.Fatal(err)
	}
	if s.Static != (Limit{Refuse, 500_00}) || s.Payment.Mode != Off || s.Merchant.Mode != Off || s.Velocity != (Pace{Warn, 10, 60}) {
		t.Errorf("defaults: %+v", s)
	}
	if s := (Settings{Payment: Limit{Amount: 1}}).WithDefaults(); s.Payment.Mode != Refuse {
		t.Errorf("an amount without a mode is %q, want refuse", s.Payment.Mode)
	}
}

func TestRead(t *testing.T) {
	s, err := Read(strings.NewReader(`{"payment":{"amount_fen":200000},"velocity":{"mode":"refuse","payments":5}}`))
	if err != nil || s.Payment.Amount != money.Fen(2_000_00) || s.WithDefaults().Velocity != (Pace{Refuse, 5, 60}) {
		t.Errorf("%+v, %v", s, err)
	}
	for _, bad := range []string{`{"static":{"mode":"maybe"}}`, `{"plate":{"mode":"warn"}}`, `{"velocity":{"payments":-1}}`, `{"statik":{}}`, `[]`, ``} {
		if _, err := Read(strings.NewReader(bad)); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v, want kind invalid", bad, err)
		}
	}
	_, err = Read(strings.NewReader(`{"static":{"mode":"x"},"store":{"mode":"y"}}`))
	if err == nil || !strings.Contains(err.Error(), "static") || !strings.Contains(err.Error(), "store") {
		t.Errorf("not everything is reported: %v", err)
	}
}
