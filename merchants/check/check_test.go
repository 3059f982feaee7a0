package check_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/merchants/check"
)

const today = bizdate.Date(20260310)

type vectors struct {
	Valid   []string                  `json:"valid"`
	Invalid []struct{ V, Why string } `json:"invalid"`
}

func readVectors(t testing.TB) (all struct {
	IDCard, USCC, Card, CNAPS vectors
	Mobile                    []string
}) {
	t.Helper()
	text, err := os.ReadFile("../testdata/identifiers.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

func TestIdentifierVectors(t *testing.T) {
	v := readVectors(t)
	for what, set := range map[check.What]vectors{check.IDNo: v.IDCard, check.USCC: v.USCC, check.Card: v.Card, check.CNAPS: v.CNAPS, check.Phone: {Valid: v.Mobile}} {
		if len(set.Valid) == 0 {
			t.Fatalf("no vectors for %s", what)
		}
		for _, s := range set.Valid {
			if err := what.Check(s, today); err != nil {
				t.Error(err)
			}
		}
		for _, c := range set.Invalid {
			if err := what.Check(c.V, today); !fault.Is(err, fault.Invalid) {
				t.Errorf("%s %s (%s): %v", what, c.V, c.Why, err)
			}
		}
	}
}

// TestEverySingleMistakeIsCaught: one character of a right number replaced by any
// other that could stand there.
func TestEverySingleMistakeIsCaught(t *testing.T) {
	v := readVectors(t)
	for what, c := range map[check.What]struct {
		valid    []string
		alphabet string
	}{
		check.IDNo:  {v.IDCard.Valid, "0123456789X"},
		check.USCC:  {v.USCC.Valid, "0123456789ABCDEFGHJKLMNPQRTUWXY"},
		check.Card:  {v.Card.Valid, "0123456789"},
		check.CNAPS: {v.CNAPS.Valid, "0123456789"},
	} {
		for _, s := range c.valid {
			for i := range s {
				for _, x := range c.alphabet {
					if wrong := s[:i] + string(x) + s[i+1:]; wrong != s && what.Rule(wrong, today) == "" {
						t.Errorf("%s: %s passes for %s", what, wrong, s)
					}
				}
			}
		}
	}
}

func TestRules(t *testing.T) {
	for what, values := range map[check.What]map[string]check.Rule{
		check.USCC: {
			"": check.Required, "91310115XXXX00019": check.USCCShape, "91310115xxxx000199": check.USCCShape, "9131011SXXXX000199": check.USCCShape,
			"91310115IXXX00019A": check.USCCShape, "000000000000000000": check.USCCRegion, "91310115XXXX000190": check.USCCCheck,
			" 91310115XXXX000199": check.USCCShape, "91310115ＸXXX000199": check.USCCShape,
		},
		check.IDNo: {
			"": check.Required, "11010119000101001": check.IDShape, "44030519000307003x": check.IDShape, "11010119000101OO14": check.IDShape,
			"990101190001010014": check.IDRegion, "330106190002290057": check.IDDate, "110101190013010014": check.IDDate, "110101000000000014": check.IDDate,
			"110101202603110010": check.IDFuture, "110101190001010015": check.IDCheck, "X10101190001010014": check.IDShape,
		},
		check.Card: {
			"": check.Required, "621626100000": check.CardShape, "62162610000000000021600": check.CardShape, "6216 2610 0000 0000 0216": check.CardShape,
			"6216261000000000217": check.CardLuhn, "4111111111111111": check.CardBIN, "0000000000000000": check.CardBIN,
		},
		check.CorporateAccount: {"": check.Required, "12345678": check.CorporateShape, "123456789": "", strings.Repeat("1", 32): "", strings.Repeat("1", 33): check.CorporateShape, "12345678A": check.CorporateShape},
		check.CNAPS:            {"": check.Required, "99929000001": check.CNAPSShape, "99929000001X": check.CNAPSShape, "999290000013": check.CNAPSCheck},
		check.Phone:            {"": check.Required, "12000000000": check.PhoneShape, "1380000000": check.PhoneShape, "+8613800000000": check.PhoneShape, "13000000000": "", "19900000000": "", "23800000000": check.PhoneShape},
		check.Email: {
			"shop@example.com": "", "a.b+c@mail.example.cn": "", "": check.Required, "shop": check.EmailShape, "shop@example": check.EmailShape, "shop@@example.com": check.EmailShape,
			"Shop <shop@example.com>": check.EmailShape, "shop@example.com\r\nBcc: x@example.com": check.EmailShape, "店@example.com": check.EmailShape,
			"shop@[127.0.0.1]": check.EmailShape, strings.Repeat("a", 250) + "@example.com": check.EmailShape,
		},
		check.MCC:          {"5812": "", "": check.Required, "581": check.MCCShape, "58I2": check.MCCShape, "6010": check.MCCUnknown, "6011": check.MCCUnknown, "0000": check.MCCUnknown},
		check.Region:       {"310115": "", "310000": "", "": check.Required, "31011": check.RegionShape, "31011A": check.RegionShape, "990101": check.RegionProvince},
		check.PersonName:   {"张三": "", "买买提·吐尔逊": "", "": check.Required, "张": check.TextShort, strings.Repeat("长", 26): check.TextLong, "张三 ": check.TextSpaces, "张\x00三": check.TextControl, "张😀": check.TextGBK, "张\xff三": check.TextGBK},
		check.BusinessName: {"=cmd|'/c calc'!A0": "", "上海示例餐饮有限公司": "", "示例\n公司": check.TextControl, "\t示例": check.TextControl, strings.Repeat("长", 61): check.TextLong},
		check.Kind:         {"enterprise": "", "individual": "", "micro": "", "Enterprise": check.KindUnknown, "": check.Required},
		check.AccountKind:  {"corporate": "", "personal": "", "对公": check.AccountUnknown},
		check.Rate:         {"0": "", "3800": "", "100000": "", "100001": check.RateRange, "-1": check.RateRange, "+1": check.RateRange, "3800.0": check.RateRange, "0.38%": check.RateRange, "": check.Required, "9999999999999999999": check.RateRange},
	} {
		for value, want := range values {
			if got := what.Rule(value, today); got != want {
				t.Errorf("%s %q: rule %q, want %q", what, value, got, want)
			}
		}
	}
}

// TestFaultsAreMasked: the sentence of a wrong personal number does not hold it.
func TestFaultsAreMasked(t *testing.T) {
	for what, value := range map[check.What]string{check.IDNo: "110101190001010015", check.Card: "6216261000000000217", check.Phone: "12345678901", check.PersonName: "欧阳\x01小三", check.CorporateAccount: "12345678X"} {
		err := what.Check(value, today)
		if !fault.Is(err, fault.Invalid) || strings.Contains(err.Error(), value) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := check.USCC.Check("91310115XXXX000190", today); !strings.Contains(err.Error(), "91310115XXXX000190") {
		t.Errorf("a public number is shown: %v", err)
	}
}

func TestEveryRuleHasBothTexts(t *testing.T) {
	for rule, text := range check.Texts {
		if text[0] == "" || text[1] == "" || rule.Text() != text[1] {
			t.Errorf("%s lacks a text", rule)
		}
	}
}

func TestNormalise(t *testing.T) {
	for _, c := range []struct {
		what     check.What
		in, want string
	}{
		{check.IDNo, " 44030519000307003x ", "44030519000307003X"},
		{check.USCC, "９１３１０１１５xxxx000199", "91310115XXXX000199"},
		{check.Card, "6216 2610 0000 0000 216", "6216261000000000216"},
		{check.Phone, "138-0000-0000", "13800000000"},
		{check.Email, " shop＠example.com", "shop@example.com"},
		{check.PersonName, " 张 三 ", "张 三"},
	} {
		if got := check.Normalise(c.what, c.in); got != c.want {
			t.Errorf("%s %q: %q, want %q", c.what, c.in, got, c.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		what := rapid.SampledFrom([]check.What{check.USCC, check.IDNo, check.Card, check.Phone, check.Email, check.Address}).Draw(t, "what")
		once := check.Normalise(what, rapid.String().Draw(t, "value"))
		if again := check.Normalise(what, once); again != once {
			t.Fatalf("%q becomes %q", once, again)
		}
		what.Rule(once, today) // any text at all is answered, none panics
	})
}

func TestTables(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range check.Categories() {
		if seen[c.MCC] || check.MCC.Rule(c.MCC, today) != "" || c.Name.Zh == "" || c.Name.En == "" || c.Class == "" {
			t.Errorf("category %+v", c)
		}
		seen[c.MCC] = true
	}
	keys := map[string]bool{}
	for _, b := range check.Businesses() {
		if mcc, ok := check.MCCOf(b.Key); keys[b.Key] || !ok || mcc != b.MCC || !seen[mcc] || b.Name.In("zh-CN") == b.Name.In("en") {
			t.Errorf("business %+v", b)
		}
		keys[b.Key] = true
	}
	if _, ok := check.MCCOf("nothing"); ok {
		t.Error("an unknown business has a category")
	}
	provinces, regions, codes := 0, map[string]bool{}, map[string]bool{}
	for _, p := range check.Places() {
		if p.Province() {
			provinces++
		}
		if check.Region.Rule(p.Region, today) != "" || regions[p.Region] || (p.UnionPay != "" && codes[p.UnionPay]) {
			t.Errorf("place %+v", p)
		}
		regions[p.Region], codes[p.UnionPay] = true, true
		code, ok := check.UnionPayRegion(p.Region)
		if p.UnionPay == "" {
			continue
		}
		if back, known := check.PlaceOfUnionPay(code); !ok || !known || back != p {
			t.Errorf("%s -> %s -> %+v", p.Region, code, back)
		}
	}
	if provinces != 34 {
		t.Errorf("%d provinces", provinces)
	}
	for region, want := range map[string]string{"310115": "2900", "440305": "5840", "440500": "5810", "810000": "", "990000": ""} {
		if got, ok := check.UnionPayRegion(region); got != want || ok != (want != "") {
			t.Errorf("%s: %s, want %s", region, got, want)
		}
	}
	if check.RegionName("330106", "zh") != "浙江 杭州" || check.RegionName("330106", "en") != "Hangzhou, Zhejiang" || check.RegionName("310115", "en") != "Shanghai" || check.RegionName("x", "en") != "x" {
		t.Error("names of regions")
	}
	for card, want := range map[string]string{"6216261000000000216": "Test bank", "6222020000000000": "UnionPay card"} { // the longest prefix wins
		if n, ok := check.Issuer(card); !ok || n.En != want {
			t.Errorf("%s: %+v", card, n)
		}
	}
}
