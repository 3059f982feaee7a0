package mask

import (
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"
)

func TestMasks(t *testing.T) {
	for _, c := range []struct {
		name string
		mask func(string) string
		want map[string]string
	}{
		{"Phone", Phone, map[string]string{
			"": "", "13800005678": "138****5678", "138 0000 5678": "138****5678", "+86-138-0000-5678": "138****5678",
			"0571-88881234": "057****1234", "88881234": "****1234", "110": "****", "12345": "****",
		}},
		{"Card", Card, map[string]string{
			"": "", "6222021234561234": "6222 **** 1234", "6222 0212 3456 1234 567": "6222 **** 4567", "571234567": "**** 4567", "1234567": "****",
		}},
		{"IDNumber", IDNumber, map[string]string{
			"": "", "33010619900307881X": "330*************1X", "E12345678": "E12****78", "E1234567": "****", "身份证号码在此一二三": "****",
		}},
		{"Name", Name, map[string]string{
			"": "", "张": "*", "张三": "张*", "张小三": "张*三", " 欧阳小三 ": "欧**三", "老王面馆": "老**馆", "西湖老王面馆": "西湖**面馆", "杭州西湖区老王面馆有限公司": "杭州****有限公司",
		}},
		{"Text", Text, map[string]string{
			"": "", "order P2026031000000001000001 of 13800005678": "order P2026031000000001000001 of 138****5678", "zhang.san@example.com 余额不足": "zhan****.com 余额不足",
			"openid oUpF8uMuAJO_M2pxb1Q9zNjWeS6o": "openid oUpF****eS6o", "33010619900307881X": "3301****881X", "amount 123.46, order has 123.45": "amount 123.46, order has 123.45",
		}},
		{"Account", Account, map[string]string{
			"": "", "1": "**", "abcd": "a****d", "13800005678": "138****5678", "6222021234561234": "6222****1234", "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o": "oUpF****eS6o", "158****1562": "158****1562",
		}},
	} {
		for in, want := range c.want {
			if got := c.mask(in); got != want {
				t.Errorf("%s(%q) = %q, want %q", c.name, in, got, want)
			}
		}
	}
}

// TestMasksHide holds every mask to what it is for: of any number at
// least four digits are gone.
func TestMasksHide(t *testing.T) {
	for name, mask := range map[string]func(string) string{"Phone": Phone, "Card": Card, "IDNumber": IDNumber} {
		rapid.Check(t, func(t *rapid.T) {
			in := rapid.StringMatching(`[1-9][0-9]{4,22}`).Draw(t, "number")
			shown := strings.Map(func(c rune) rune {
				if unicode.IsDigit(c) {
					return c
				}
				return -1
			}, mask(in))
			if len(in)-len(shown) < 4 {
				t.Fatalf("%s(%q) = %q shows too much", name, in, mask(in))
			}
		})
	}
}
