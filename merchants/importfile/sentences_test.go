package importfile_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"juma/merchants/importfile"
)

// TestFaultsAreSaidInBothLanguages: whatever is wrong, each reader is told what to do
// in his own, and no sentence has a hole.
func TestFaultsAreSaidInBothLanguages(t *testing.T) {
	rows := grid(t, 4)
	rows[1][1], rows[2][4], rows[3][15] = "tiny", "\xff", "lots"
	rows = append(rows, rows[4], []string{"short"})
	head := strings.Join(importfile.Columns, ",")
	hole := regexp.MustCompile(`%!|%[a-z]`)
	seen := 0
	for _, text := range []string{
		join(t, rows), "", head + "\n", "\xff\xfex", "\xd0\xcf\x11\xe0", "PK\x03\x04x", head + "\na\"b,\n", head + "\n\"a\"b,\n", head + "\n\"a\n",
		head + ",extra\n", "uscc,name\n", head + ",name\n", "kind,name" + strings.TrimPrefix(head, "name,kind") + "\n",
	} {
		_, faults := read(text)
		if len(faults) == 0 {
			t.Errorf("no fault in %.40q", text)
		}
		for _, f := range faults {
			seen++
			zh, en := f.In("zh-CN"), f.In("en")
			if !strings.ContainsFunc(zh, func(r rune) bool { return unicode.Is(unicode.Han, r) }) || strings.ContainsFunc(en, func(r rune) bool { return unicode.Is(unicode.Han, r) }) || en == "" {
				t.Errorf("%d %s: %q and %q", f.Line, f.Field, zh, en)
			}
			if hole.MatchString(zh + en) {
				t.Errorf("a hole in %q or %q", zh, en)
			}
		}
	}
	if seen < 20 {
		t.Errorf("only %d faults were looked at", seen)
	}
}

// TestMerchantsOfNoKindAreNoTwins: lines whose kind is mistyped and that have no code
// are not reported as one merchant.
func TestMerchantsOfNoKindAreNoTwins(t *testing.T) {
	rows := grid(t, 6)
	for _, line := range []int{3, 6} { // micro merchants
		rows[line][1] = "tiny"
	}
	if _, faults := read(join(t, rows)); !slices.Equal(at(faults), []string{"4 kind", "7 kind"}) {
		t.Errorf("%+v, want the kind of both lines and nothing else", faults)
	}
}
