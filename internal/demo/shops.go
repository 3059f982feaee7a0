package demo

import (
	"fmt"
	"math/rand/v2"

	"juma/internal/id"
	"juma/internal/money"
)

// Shop is an invented merchant (acquirer 999, never a real one).
type Shop struct {
	No, Name, ShortName, MCC string
	Region                   string // GB/T 2260
	City                     string
	CNAPS, Account, BankName string
	SubMchID, SMID           string
	Rate                     money.RatePPM
	UnionPayCap              money.Fen
	Stores                   []ShopStore
}

// ShopStore is one of its stores.
type ShopStore struct {
	Name, Address string
	Terminals     []int // indexes into Plan.Terminals
}

// TerminalPlan is a terminal with a plate.
type TerminalPlan struct {
	No          string
	Shop, Store int
}

var cities = []struct{ name, unionpay, gb, street string }{
	{"上海", "2900", "310000", "南京西路"},
	{"深圳", "5840", "440300", "深南大道"},
	{"广州", "5810", "440100", "北京路"},
	{"北京", "1000", "110000", "东直门内大街"},
	{"成都", "6510", "510100", "春熙路"},
	{"杭州", "3310", "330100", "延安路"},
}

var trades = []struct {
	word, mcc string
	rate      money.RatePPM
}{
	{"面馆", "5812", 3800}, {"便利店", "5499", 3800}, {"大药房", "5912", 3800}, {"水果店", "5499", 3800},
	{"书店", "5942", 6000}, {"奶茶店", "5814", 3800}, {"理发店", "7230", 6000}, {"早餐铺", "5814", 2500},
	{"火锅店", "5812", 6000}, {"五金店", "5211", 3800},
}

var brands = []string{
	"示例", "样本", "清风", "四海", "长乐", "新月", "福满", "晨光", "百味", "聚贤",
	"江南", "老街", "春和", "云起", "安康", "金桥", "小满", "知味", "石榴", "竹里",
	"半亩", "听雨", "南山", "北岸", "东篱", "西塘", "青禾", "白鹭", "红叶", "蓝田",
}

// The invented banks and their valid payment-system numbers.
var banks = []struct{ name, cnaps string }{
	{"示例银行上海示例支行", "999290000012"}, {"示例银行深圳示例支行", "999584000026"},
	{"示例银行北京示例支行", "999100000038"}, {"示例银行杭州示例支行", "999331000049"},
}

func newShops(rnd *rand.Rand, n int) ([]Shop, []TerminalPlan) {
	var terminals []TerminalPlan
	shops := make([]Shop, n)
	// Every shop has one terminal; second ones are given while plates are left.
	spare := max(0, 2*platesPerGrammar-n)
	another := func() int {
		more := min(rnd.IntN(2), spare)
		spare -= more
		return more
	}
	for i := range shops {
		city, trade, bank := cities[rnd.IntN(len(cities))], trades[rnd.IntN(len(trades))], banks[rnd.IntN(len(banks))]
		short := brands[i%len(brands)] + trade.word
		s := Shop{
			ShortName: short, Name: fmt.Sprintf("%s市%s%s有限公司", city.name, short, ordinal(i)), MCC: trade.mcc,
			Region: city.gb, City: city.name, CNAPS: bank.cnaps, BankName: bank.name,
			Account: fmt.Sprintf("9999%014d", i+1), SubMchID: fmt.Sprintf("19991%05d", i+1), SMID: fmt.Sprintf("2088999%09d", i+1),
			Rate: trade.rate,
		}
		if i%4 == 3 {
			s.UnionPayCap = 150 // a capped rate, so that caps occur
		}
		no, err := id.MerchantNo("999", city.unionpay, trade.mcc, i+1)
		if err != nil {
			panic("demo: " + err.Error()) // the number of merchants is checked before
		}
		s.No = no
		for st := range 1 + another() {
			store := ShopStore{Name: fmt.Sprintf("%s（%s%s）", short, city.street, []string{"店", "二店"}[st]), Address: fmt.Sprintf("%s市%s%d号", city.name, city.street, 1+rnd.IntN(900))}
			for range 1 + another() {
				tno, err := id.TerminalNo(10_000_000 + len(terminals) + 1)
				if err != nil {
					panic("demo: " + err.Error())
				}
				store.Terminals = append(store.Terminals, len(terminals))
				terminals = append(terminals, TerminalPlan{No: tno, Shop: i, Store: st})
			}
			s.Stores = append(s.Stores, store)
		}
		shops[i] = s
	}
	return shops, terminals
}

func ordinal(i int) string {
	if i < len(brands) {
		return ""
	}
	return fmt.Sprintf("（%d）", i/len(brands)+1)
}
