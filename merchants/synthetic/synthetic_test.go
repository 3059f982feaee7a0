package synthetic_test

import (
	"reflect"
	"testing"

	"juma/internal/bizdate"
	"juma/merchants"
	"juma/merchants/check"
	"juma/merchants/synthetic"
)

func TestProfilesAreRightAndDifferent(t *testing.T) {
	all := synthetic.Profiles(7, 20_000)
	seen := map[string]int{}
	kinds := map[merchants.Kind]int{}
	for i, p := range all {
		if found := check.Profile(p, bizdate.Date(20260310)); len(found) > 0 {
			t.Fatalf("merchant %d: %+v", i, found)
		}
		for what, value := range map[string]string{"uscc": p.USCC, "id": p.Legal.IDNo, "phone": p.Legal.Phone, "account": p.Account.No} {
			if value == "" {
				continue
			}
			if before, ok := seen[what+value]; ok {
				t.Fatalf("%s of merchant %d is that of %d", what, i, before)
			}
			seen[what+value] = i
		}
		kinds[p.Kind]++
	}
	if len(kinds) != 3 || kinds[merchants.Micro] < 6000 {
		t.Errorf("kinds %v", kinds)
	}
	if !reflect.DeepEqual(all, synthetic.Profiles(7, 20_000)) || reflect.DeepEqual(all[:9], synthetic.Profiles(8, 9)) {
		t.Error("the same seed repeats, another seed does not")
	}
}
