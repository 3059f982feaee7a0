package merchants_test

import (
	"context"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"juma/internal/bizdate"
	"juma/internal/clock"
	"juma/internal/dbtest"
	"juma/internal/fault"
	"juma/internal/id"
	"juma/internal/money"
	"juma/internal/store"
	"juma/merchants"
)

const day = bizdate.Date(20260310)

var ctx = context.Background()

func application() merchants.Application {
	return merchants.Application{
		Merchant: merchants.Merchant{No: "999290058120001", Name: "上海示例餐饮有限公司", ShortName: "示例面馆", MCC: "5812", RegionCode: "310000",
			Account: merchants.SettlementAccount{BankName: "示例银行", CNAPS: "999290000012", AccountNo: "6216261000000000018", AccountName: "示例"}},
		Stores:     []merchants.ApplicationStore{{Name: "总店", RegionCode: "310000", Terminals: []string{"10000001", "T0000001"}}, {Name: "二店", RegionCode: "310000"}},
		Agreements: []merchants.Agreement{{Channel: "wechat", Rate: 3800, From: day}},
		Enrolments: []merchants.Enrolment{{Channel: "wechat", ChannelID: "1900000109"}},
	}
}

func each(t *testing.T, f func(t *testing.T, s *merchants.Service, repo merchants.Repository)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		repo := open().Merchants()
		f(t, merchants.NewService(repo, clock.NewSim(day.Start(), 1), id.NewULIDs(id.Seeded(1, "ids"))), repo)
	})
}

func TestOnboard(t *testing.T) {
	each(t, func(t *testing.T, s *merchants.Service, repo merchants.Repository) {
		m, stores, terminals, err := s.Onboard(ctx, application())
		if err != nil || m.State != merchants.Active || len(stores) != 2 || len(terminals) != 2 || terminals[1].StoreID != stores[0].ID {
			t.Fatal(m, stores, terminals, err)
		}
		if no, err := repo.MerchantNoAt(ctx, "wechat", "1900000109"); err != nil || no != m.No {
			t.Errorf("found %s, %v", no, err)
		}
		agreements, err := repo.Agreements(ctx, m.No)
		if err != nil || len(agreements) != 1 || agreements[0].ID == "" || agreements[0].MerchantNo != m.No {
			t.Errorf("agreements %+v, %v", agreements, err)
		}
		if _, _, _, err := s.Onboard(ctx, application()); !fault.Is(err, fault.Conflict) {
			t.Errorf("the same number again: %v", err)
		}
		other := application()
		other.Merchant.No = "999290058120002"
		other.Stores[0].Terminals = []string{"10000009"}
		if _, _, _, err := s.Onboard(ctx, other); !fault.Is(err, fault.Conflict) { // the wallet's number is the first merchant's
			t.Errorf("another merchant with the same wallet number: %v", err)
		}
		if _, err := repo.Merchant(ctx, other.Merchant.No); !fault.Is(err, fault.NotFound) {
			t.Errorf("half of a refused application was stored: %v", err)
		}
	})
}

func TestOnboardRefuses(t *testing.T) {
	each(t, func(t *testing.T, s *merchants.Service, repo merchants.Repository) {
		for field, change := range map[string]func(*merchants.Application){
			"merchant_no":  func(a *merchants.Application) { a.Merchant.No = "99929005812000" },
			"name":         func(a *merchants.Application) { a.Merchant.ShortName = "" },
			"mcc":          func(a *merchants.Application) { a.Merchant.MCC = "58I2" },
			"region_code":  func(a *merchants.Application) { a.Merchant.RegionCode = "31000" },
			"account_name": func(a *merchants.Application) { a.Merchant.Account.AccountName = "快乐😀小店" }, // not in GBK: the files could not be written
			"cnaps":        func(a *merchants.Application) { a.Merchant.Account.CNAPS = "999290000013" },
			"terminal_no":  func(a *merchants.Application) { a.Stores[0].Terminals[1] = "1000002" },
			"rate_ppm":     func(a *merchants.Application) { a.Agreements[0].Rate = 100_001 },
			"cap_fen":      func(a *merchants.Application) { a.Agreements[0].Cap = -1 },
			"valid_from":   func(a *merchants.Application) { a.Agreements[0].From = 0 },
			"valid_to":     func(a *merchants.Application) { a.Agreements[0].To = day.AddDays(-1) },
		} {
			a := application()
			change(&a)
			if _, _, _, err := s.Onboard(ctx, a); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), field) {
				t.Errorf("%s: got %v", field, err)
			}
		}
		if all, err := repo.Merchants(ctx, "", 10); err != nil || len(all) != 0 {
			t.Errorf("refused applications left %v, %v", all, err)
		}
	})
}

// TestSettledByWalletNeedsNoAccount: nothing is ever paid out to it; but an
// account that is given must be right.
func TestSettledByWalletNeedsNoAccount(t *testing.T) {
	each(t, func(t *testing.T, s *merchants.Service, _ merchants.Repository) {
		a := application()
		a.Merchant.SettledByWallet = true
		a.Merchant.Account.CNAPS = "999290000013"
		if _, _, _, err := s.Onboard(ctx, a); !fault.Is(err, fault.Invalid) {
			t.Errorf("a wrong account was taken: %v", err)
		}
		a.Merchant.Account = merchants.SettlementAccount{}
		if _, _, _, err := s.Onboard(ctx, a); err != nil {
			t.Error(err)
		}
	})
}

// TestIdentifierVectors holds the checks to the domain's own vectors.
func TestIdentifierVectors(t *testing.T) {
	var v struct {
		CNAPS struct {
			Valid   []string                  `json:"valid"`
			Invalid []struct{ V, Why string } `json:"invalid"`
		} `json:"cnaps"`
		MerchantNo []string `json:"merchant_no"`
		TerminalNo []string `json:"terminal_no"`
	}
	data, err := os.ReadFile("testdata/identifiers.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	try := func(change func(*merchants.Application)) error {
		a := application()
		change(&a)
		_, _, _, err := merchants.NewService(nothing{}, clock.Real{}, id.NewULIDs(id.Seeded(1, "ids"))).Onboard(ctx, a)
		return err
	}
	if len(v.CNAPS.Valid) == 0 || len(v.CNAPS.Invalid) == 0 || len(v.MerchantNo) == 0 || len(v.TerminalNo) == 0 {
		t.Fatal("vectors are missing")
	}
	for _, s := range v.CNAPS.Valid {
		if err := try(func(a *merchants.Application) { a.Merchant.Account.CNAPS = s }); err != nil {
			t.Errorf("%s: %v", s, err)
		}
		for i := range s { // a single wrong digit is always caught
			wrong := []byte(s)
			wrong[i] = '0' + (wrong[i]-'0'+1)%10
			if try(func(a *merchants.Application) { a.Merchant.Account.CNAPS = string(wrong) }) == nil {
				t.Errorf("%s was taken for %s", wrong, s)
			}
		}
	}
	for _, c := range v.CNAPS.Invalid {
		if try(func(a *merchants.Application) { a.Merchant.Account.CNAPS = c.V }) == nil {
			t.Errorf("%s was taken (%s)", c.V, c.Why)
		}
	}
	for _, s := range v.MerchantNo {
		if err := try(func(a *merchants.Application) { a.Merchant.No = s }); err != nil {
			t.Errorf("%s: %v", s, err)
		}
	}
	for _, s := range v.TerminalNo {
		if err := try(func(a *merchants.Application) { a.Stores[0].Terminals = []string{s} }); err != nil {
			t.Errorf("%s: %v", s, err)
		}
	}
}

// nothing stores nothing.
type nothing struct{ merchants.Repository }

func (nothing) CreateMerchant(context.Context, merchants.Merchant, []merchants.Store, []merchants.Terminal, []merchants.Agreement, []merchants.Enrolment) error {
	return nil
}

func TestAgreementAt(t *testing.T) {
	all := []merchants.Agreement{
		{ID: "1", Channel: "wechat", Rate: 3800, From: 20260101, To: 20260310},
		{ID: "2", Channel: "wechat", Rate: 3000, From: 20260305, To: 20260305}, // one day's campaign
		{ID: "3", Channel: "wechat", Rate: 6000, From: 20260311},
		{ID: "4", Channel: "alipay", Rate: 2500, From: 20260310},
		{ID: "6", Channel: "alipay", Rate: 2600, From: 20260310},
	}
	for _, c := range []struct {
		channel string
		d       bizdate.Date
		want    string
	}{
		{"wechat", 20251231, ""}, {"wechat", 20260101, "1"}, {"wechat", 20260304, "1"}, {"wechat", 20260305, "2"}, {"wechat", 20260306, "1"},
		{"wechat", 20260310, "1"}, {"wechat", 20260311, "3"}, {"wechat", 20991231, "3"},
		{"alipay", 20260309, ""}, {"alipay", 20260310, "6"}, {"unionpay", 20260310, ""},
	} {
		got, ok := merchants.AgreementAt(all, c.channel, c.d)
		if got.ID != c.want || ok != (c.want != "") {
			t.Errorf("%s on %s: agreement %q, want %q", c.channel, c.d, got.ID, c.want)
		}
	}
}

func TestFee(t *testing.T) {
	for _, c := range []struct{ rate, amount, limit, want int64 }{
		{3800, 1000, 0, 4}, {3800, 131, 0, 0}, {3800, 132, 0, 1}, {3800, 100_000, 150, 150}, {3800, 100_000, 0, 380}, {0, 100_000, 0, 0}, {3800, 0, 0, 0},
	} {
		got, err := merchants.Agreement{Rate: money.RatePPM(c.rate), Cap: money.Fen(c.limit)}.Fee(money.Fen(c.amount))
		if err != nil || got != money.Fen(c.want) {
			t.Errorf("%+v: %d, %v", c, got, err)
		}
	}
}
