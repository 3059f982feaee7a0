// Package synthetic invents merchants for tests and demos: their numbers have
// right check digits and belong to nobody. Persons are born in the year 1900,
// cards have the test BINs 621626 and 999999, corporate accounts and banks begin
// with 999, and names are put together from words.
//
// The same seed gives the same merchants. The n-th merchant of a seed shares no
// identity number, card, account, phone or code with any other of that seed, so
// that a scan for leaked values knows whose they were.
package synthetic

import (
	"fmt"
	"math/rand/v2"

	"juma/internal/money"
	"juma/merchants"
	"juma/merchants/check"
)

// Max is how many different merchants a seed has.
const Max = 100_000

// Profiles invents n merchants, kinds in turn.
func Profiles(seed uint64, n int) []merchants.Profile {
	all := make([]merchants.Profile, n)
	for i := range all {
		all[i] = Profile(seed, i, merchants.Kinds[i%len(merchants.Kinds)])
	}
	return all
}

// Profile invents the i-th merchant of a seed, 0 to Max − 1, of a kind. It is
// what an import carries: without owners, pictures and contract.
func Profile(seed uint64, i int, kind merchants.Kind) merchants.Profile {
	if i < 0 || i >= Max {
		panic(fmt.Sprintf("synthetic: merchant %d of at most %d", i, Max))
	}
	m := maker{rnd: rand.New(rand.NewPCG(seed, uint64(i))), i: i, seed: seed}
	place := pick(m.rnd, places)
	business := pick(m.rnd, check.Businesses())
	short := m.shopName()
	p := merchants.Profile{
		Kind: kind, Name: m.registeredName(kind, place, short), ShortName: short,
		Legal:   merchants.Person{Name: m.personName(), IDNo: m.idNo(place.region), Phone: m.phone()},
		MCC:     business.MCC,
		Region:  place.region,
		Address: fmt.Sprintf("%s示范路%d号", place.name, 1+m.rnd.IntN(999)),
		Rates: []merchants.RateOffer{
			{Channel: "wechat", Rate: m.rate()}, {Channel: "alipay", Rate: m.rate()}, {Channel: "unionpay", Rate: m.rate()},
		},
	}
	if kind == merchants.Micro {
		p.Name = p.Legal.Name
	} else {
		p.USCC = m.uscc(kind, place.region)
	}
	p.Contact = merchants.Contact{Name: p.Legal.Name, Phone: p.Legal.Phone}
	p.Account = m.account(p)
	p.Stores = []merchants.ProfileStore{{Name: short, Address: p.Address, Region: p.Region}}
	return p
}

type maker struct {
	rnd  *rand.Rand
	i    int
	seed uint64
}

func pick[T any](rnd *rand.Rand, of []T) T { return of[rnd.IntN(len(of))] }

var places = []struct{ region, name string }{
	{"310115", "上海市浦东新区"}, {"110101", "北京市东城区"}, {"440305", "深圳市南山区"}, {"510104", "成都市锦江区"}, {"330106", "杭州市西湖区"}, {"420100", "武汉市"}, {"610100", "西安市"},
}

var (
	surnames = []rune("赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨")
	given    = []rune("甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥一二三四五六七八九十")
	shops    = []string{"示例面馆", "示例便利店", "示例花店", "示例书店", "示例茶饮", "示例水果店", "示例理发店", "示例药房"}
)

// personName is different for each of the first 16 × 34 × 34 merchants, and the
// same for two that lie further apart.
func (m maker) personName() string {
	n := m.i
	g, s := len(given), len(surnames)
	return string([]rune{surnames[n%s], given[n/s%g], given[n/s/g%g]})
}

func (m maker) shopName() string { return fmt.Sprintf("%s%05d", pick(m.rnd, shops), m.i) }

func (m maker) registeredName(kind merchants.Kind, place struct{ region, name string }, short string) string {
	if kind == merchants.Enterprise {
		return place.name + short + "有限公司"
	}
	return place.name + short
}

// uscc is a code whose organisation code has the right check digit too.
func (m maker) uscc(kind merchants.Kind, region string) string {
	head := "91"
	if kind == merchants.Individual {
		head = "92"
	}
	organisation := fmt.Sprintf("XX%06d", m.series(1_000_000))
	return check.MakeUSCC(head + region + organisation + organisationCheck(organisation))
}

// organisationCheck is the check digit of an organisation code (GB 11714).
func organisationCheck(code string) string {
	sum := 0
	for i, w := range []int{3, 7, 9, 10, 5, 8, 4, 2} {
		v := int(code[i] - '0')
		if code[i] >= 'A' {
			v = int(code[i]-'A') + 10
		}
		sum += v * w
	}
	return []string{"0", "X", "9", "8", "7", "6", "5", "4", "3", "2", "1"}[sum%11]
}

// series is a number below limit that no other merchant of the seed has; limit
// is Max or a multiple of it.
func (m maker) series(limit int) int {
	return (m.i + int(m.seed%uint64(limit/Max))*Max) % limit
}

// idNo is an identity number of somebody born in 1900: 336 days, which are 12
// months of 28, with 900 sequences each. The sequences from 900 on are left out:
// the sandbox of the registry gives some of them another answer than yes.
func (m maker) idNo(region string) string {
	const sequences = 900
	day := m.i / sequences % 336
	return check.MakeIDNo(fmt.Sprintf("%s1900%02d%02d%03d", region, 1+day/28, 1+day%28, m.i%sequences))
}

// phone is one of the numbers 199 0 ….
func (m maker) phone() string { return fmt.Sprintf("1990%07d", m.series(10_000_000)) }

func (m maker) rate() money.RatePPM { return money.RatePPM(2000 + 100*m.rnd.IntN(40)) }

// account, which never ends in the zeros of an account that the sandbox does not
// know, is a corporate account for two of three businesses with a licence, and
// otherwise the card of the person.
func (m maker) account(p merchants.Profile) merchants.ProfileAccount {
	cnaps := check.MakeCNAPS(fmt.Sprintf("999%04d%04d", 1000+m.rnd.IntN(8000), m.rnd.IntN(10_000)))
	if p.Kind != merchants.Micro && m.i%3 != 1 || p.Kind == merchants.Enterprise {
		return merchants.ProfileAccount{Kind: merchants.Corporate, No: fmt.Sprintf("999%011d1", m.series(100*Max)), Name: p.Name, CNAPS: cnaps}
	}
	bin := pick(m.rnd, []string{"621626", "999999"})
	return merchants.ProfileAccount{
		Kind: merchants.Personal, No: check.MakeCard(fmt.Sprintf("%s%012d", bin, m.series(100*Max))),
		Name: p.Legal.Name, CNAPS: cnaps, Phone: p.Legal.Phone,
	}
}
