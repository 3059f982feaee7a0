package fee_test

import (
	"strings"
	"testing"

	"juma/clearing/fee"
	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/internal/money"
)

const columns = "part,channel,card,class,above_fen,up_to_fen,rate_ppm,min_fen,cap_fen,from,to,mark,source\n"

// bank is a table with all that prices are told apart by.
const bank = columns + `
# two bands, two cards, three classes, a change of prices
channel_cost,unionpay,,,0,100000,2000,0,0,2026-01-01,,M,up to 1000 yuan
channel_cost,unionpay,debit,,100000,0,3500,0,1300,2026-01-01,,C2,debit above it
channel_cost,unionpay,credit,,100000,0,4500,0,0,2026-01-01,2026-05-31,C2,credit above it
channel_cost,unionpay,credit,,100000,0,4000,0,0,2026-06-01,,D,and from June
channel_cost,unionpay,debit,preferential,100000,0,2730,1,1014,2026-01-01,,M,supermarkets
network_fee,unionpay,,exempt,0,0,0,0,0,2026-01-01,,C2,none
class,5411,,preferential,,,,,,,,M,supermarkets
class,8398,,exempt,,,,,,,,M,charities
`

func TestFind(t *testing.T) {
	table, err := fee.Read("bank.csv", strings.NewReader(bank))
	if err != nil {
		t.Fatal(err)
	}
	const march, june = bizdate.Date(20260310), bizdate.Date(20260601)
	for _, c := range []struct {
		name   string
		card   fee.Card
		mcc    string
		amount money.Fen
		on     bizdate.Date
		line   int // 0: there is none
		want   money.Fen
	}{
		{"the band's last fen", fee.Debit, "5812", 100_000, march, 4, 200},
		{"debit, the first fen above", fee.Debit, "5812", 100_001, march, 5, 350},
		{"debit at the cap", fee.Debit, "5812", 400_000, march, 5, 1_300},
		{"a supermarket's", fee.Debit, "5411", 400_000, march, 8, 1_014},
		{"a supermarket's, with no price of its own", fee.Credit, "5411", 200_000, march, 6, 900},
		{"credit", fee.Credit, "5812", 200_000, march, 6, 900},
		{"credit, from June", fee.Credit, "5812", 200_000, june, 7, 800},
		{"not known: as credit", fee.AnyCard, "5812", 200_000, march, 6, 900},
		{"prepaid above the band", fee.Other, "5812", 200_000, march, 0, 0},
		{"prepaid in the band", fee.Other, "5812", 2_000, march, 4, 4},
		{"before there were prices", fee.Debit, "5812", 2_000, 20251231, 0, 0},
	} {
		p, err := table.Find(fee.Query{Part: fee.ChannelCost, Channel: "unionpay", Card: c.card, Class: table.Class(c.mcc), Amount: c.amount, Date: c.on})
		if c.line == 0 {
			if !fault.Is(err, fault.NotFound) || !strings.Contains(err.Error(), "bank.csv") {
				t.Errorf("%s: %v, %v", c.name, p, err)
			}
			continue
		}
		if err != nil || p.Line != c.line {
			t.Errorf("%s: line %d, %v; want line %d", c.name, p.Line, err, c.line)
			continue
		}
		if got, err := p.Fee(c.amount); got != c.want || err != nil {
			t.Errorf("%s: %d fen, %v; want %d", c.name, got, err, c.want)
		}
	}
}

// TestDefaults: the usual wholesale price of every channel, and the network's of
// the classes (fees-and-clearing §3).
func TestDefaults(t *testing.T) {
	table := fee.Default()
	for _, p := range table.Prices {
		if p.Mark == "" || p.Source == "" {
			t.Errorf("line %d does not say how certain it is", p.Line)
		}
	}
	for mcc, want := range map[string]money.Fen{"5812": 42, "5411": 33, "8062": 0} {
		p, err := table.Find(fee.Query{Part: fee.Network, Channel: "unionpay", Class: table.Class(mcc), Amount: 128_800, Date: 20260310})
		if got, feeErr := p.Fee(128_800); err != nil || feeErr != nil || got != want {
			t.Errorf("network fee of MCC %s: %d, %v, %v; want %d", mcc, got, err, feeErr, want)
		}
	}
	if _, err := table.Find(fee.Query{Part: fee.Network, Channel: "wechat", Amount: 1, Date: 20260310}); !fault.Is(err, fault.NotFound) {
		t.Errorf("a wallet has no network fee: %v", err)
	}
}

func TestReadNamesEveryFault(t *testing.T) {
	_, err := fee.Read("bank.csv", strings.NewReader(columns+
		"tax,,gold,rich,-1,x,1000001,9,5,2026-13-01,2026-01-01,M,s\n"+
		"channel_cost,wechat,,,10,10,1,0,0,2026-02-01,2026-01-01,M,s\nclass,5411,,,,,,,,,,M,s\n"))
	for _, want := range []string{
		`bank.csv:2 part "tax"`, `channel ""`, `card "gold"`, `class "rich"`, `above_fen "-1"`, `up_to_fen "x"`, `rate_ppm "1000001"`,
		`cap_fen "5"`, `from "2026-13-01"`, `bank.csv:3 up_to_fen "10"`, `bank.csv:3 to "2026-01-01"`, `bank.csv:4 class ""`,
	} {
		if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %s", err, want)
		}
	}
	for name, text := range map[string]string{
		"other columns": "part,channel\n", "nothing": "", "a short line": columns + "channel_cost,wechat\n",
		"two lines for one thing": columns + "channel_cost,wechat,,,0,500,1,0,0,2026-01-01,,M,s\nchannel_cost,wechat,,,400,0,2,0,0,2026-01-01,,M,s\n",
	} {
		if _, err := fee.Read("bank.csv", strings.NewReader(text)); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
