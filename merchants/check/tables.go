package check

import (
	"embed"
	"encoding/csv"
	"slices"
	"strings"
)

// The tables are data, so that a longer one can take a file's place without a
// change of code.
//
//go:embed data/*.csv
var data embed.FS

// Names is a name in both languages.
type Names struct{ Zh, En string }

// In is the name in the language: "zh" or any other for English.
func (n Names) In(lang string) string {
	if strings.HasPrefix(lang, "zh") {
		return n.Zh
	}
	return n.En
}

// BIN is the beginning of a card number and who issued it.
type BIN struct {
	Prefix string
	Issuer Names
}

// Class is how a merchant category is priced.
type Class string

// The classes of merchant categories.
const (
	Standard     Class = "standard"
	Preferential Class = "preferential" // 优惠类
	Exempt       Class = "exempt"       // 减免类
)

// MerchantCategory is a row of the table of merchant category codes.
type MerchantCategory struct {
	MCC   string
	Name  Names
	Class Class
}

// Business is a business kind (经营类目) that an applicant chooses; it stands for
// a merchant category.
type Business struct {
	Key  string // stable, "snack_bar"
	MCC  string
	Name Names
}

// Place is a province or city by GB/T 2260.
type Place struct {
	Region   string // 6 digits
	Name     Names
	UnionPay string // 4 digits, "" where it is not known; not GB/T 2260
}

// Province tells whether the place is a province and no city of one.
func (p Place) Province() bool { return strings.HasSuffix(p.Region, "0000") }

var (
	bins       = load("bins", func(r []string) BIN { return BIN{r[0], Names{r[1], r[2]}} })
	categories = load("categories", func(r []string) MerchantCategory { return MerchantCategory{r[0], Names{r[1], r[2]}, Class(r[3])} })
	businesses = load("businesses", func(r []string) Business { return Business{r[0], r[1], Names{r[2], r[3]}} })
	places     = load("regions", func(r []string) Place { return Place{r[0], Names{r[1], r[2]}, r[3]} })

	categoryOf = index(categories, func(c MerchantCategory) string { return c.MCC })
	businessOf = index(businesses, func(b Business) string { return b.Key })
	placeOf    = index(places, func(p Place) string { return p.Region })
	unionPayOf = index(places, func(p Place) string { return p.UnionPay })
	provinces  = provinceTable()
)

// load reads a table; its first line names the columns. The tables are part of
// the program, so a broken one is found by the first test.
func load[T any](name string, row func([]string) T) []T {
	f, err := data.Open("data/" + name + ".csv")
	if err != nil {
		panic(err)
	}
	defer f.Close()
	records, err := csv.NewReader(f).ReadAll()
	if err != nil {
		panic(name + ": " + err.Error())
	}
	all := make([]T, 0, len(records))
	for _, r := range records[1:] {
		all = append(all, row(r))
	}
	return all
}

func index[T any](all []T, key func(T) string) map[string]T {
	m := make(map[string]T, len(all))
	for _, v := range all {
		if k := key(v); k != "" {
			m[k] = v
		}
	}
	return m
}

func provinceTable() map[string]Place {
	m := map[string]Place{}
	for _, p := range places {
		if p.Province() {
			m[p.Region[:2]] = p
		}
	}
	return m
}

// binOf is the longest prefix of a card number that the table has, nil for none.
func binOf(card string) *BIN {
	var best *BIN
	for i, b := range bins {
		if strings.HasPrefix(card, b.Prefix) && (best == nil || len(b.Prefix) > len(best.Prefix)) {
			best = &bins[i]
		}
	}
	return best
}

// Issuer names who issued a card.
func Issuer(card string) (Names, bool) {
	if b := binOf(card); b != nil {
		return b.Issuer, true
	}
	return Names{}, false
}

// Category is the row of a merchant category code.
func Category(mcc string) (MerchantCategory, bool) {
	c, ok := categoryOf[mcc]
	return c, ok
}

// Categories lists the merchant categories by code.
func Categories() []MerchantCategory { return slices.Clone(categories) }

// Businesses lists the business kinds in the order in which they are offered.
func Businesses() []Business { return slices.Clone(businesses) }

// MCCOf is the merchant category code of a business kind.
func MCCOf(business string) (string, bool) {
	b, ok := businessOf[business]
	return b.MCC, ok
}

// Places lists provinces, each followed by its main cities.
func Places() []Place { return slices.Clone(places) }

// PlaceOf is the nearest place of the table that holds a region: its city, or
// its province. A county is in its city.
func PlaceOf(region string) (Place, bool) {
	if len(region) != 6 {
		return Place{}, false
	}
	if p, ok := placeOf[region[:4]+"00"]; ok {
		return p, true
	}
	p, ok := placeOf[region[:2]+"0000"]
	return p, ok
}

// RegionName is the name of the nearest place: "浙江 杭州", "Hangzhou, Zhejiang".
func RegionName(region, lang string) string {
	p, ok := PlaceOf(region)
	if !ok {
		return region
	}
	if p.Province() {
		return p.Name.In(lang)
	}
	province := provinces[region[:2]].Name
	if strings.HasPrefix(lang, "zh") {
		return province.Zh + " " + p.Name.Zh
	}
	return p.Name.En + ", " + province.En
}

// UnionPayRegion is UnionPay's code for a region (identifiers §8). A city without
// a known code takes its province's capital, which is the first of the province
// that has one: the code is part of a merchant number and decides nothing else.
func UnionPayRegion(region string) (string, bool) {
	p, ok := PlaceOf(region)
	if !ok {
		return "", false
	}
	if p.UnionPay != "" {
		return p.UnionPay, true
	}
	for _, other := range places {
		if other.Region[:2] == region[:2] && other.UnionPay != "" {
			return other.UnionPay, true
		}
	}
	return "", false
}

// PlaceOfUnionPay is the place that a UnionPay region code stands for.
func PlaceOfUnionPay(code string) (Place, bool) {
	p, ok := unionPayOf[code]
	return p, ok
}
