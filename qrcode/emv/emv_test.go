package emv_test

import (
	"encoding/json"
	"os"
	"runtime"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"juma/internal/fault"
	"juma/qrcode/emv"
)

type vector struct{ Source, Case, Payload string }

func vectors(t testing.TB) (good, bad []vector) {
	t.Helper()
	text, err := os.ReadFile("testdata/emv-qr.json")
	if err != nil {
		t.Fatal(err)
	}
	var v struct{ Library, Synthetic, Negative []vector }
	if err := json.Unmarshal(text, &v); err != nil || len(v.Library) == 0 || len(v.Synthetic) == 0 || len(v.Negative) == 0 {
		t.Fatal(err, v)
	}
	return append(v.Library, v.Synthetic...), v.Negative
}

func TestVectorsComeBack(t *testing.T) {
	good, bad := vectors(t)
	for _, v := range good {
		c, err := emv.Parse(v.Payload)
		if err != nil {
			t.Errorf("%s%s: %v", v.Source, v.Case, err)
			continue
		}
		if printed, err := c.Print(); err != nil || printed != v.Payload {
			t.Errorf("%s%s: printed %s, %v; want %s", v.Source, v.Case, printed, err, v.Payload)
		}
	}
	for _, v := range bad {
		if c, err := emv.Parse(v.Payload); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: read as %v, %v", v.Case, c, err)
		}
	}
}

// TestDecodedSample is sample 2 of QR payloads §4, field by field.
func TestDecodedSample(t *testing.T) {
	c, err := emv.Parse("000201010211153125000344000203445000344701100015204701153033445802HK5916Discount Testing6008Hongkong62600120000000000000000000000520000000000000000000000708888888886304F153")
	if err != nil {
		t.Fatal(err)
	}
	for tag, want := range map[string]string{"00": "01", "01": "11", "52": "7011", "53": "344", "58": "HK", "59": "Discount Testing", "60": "Hongkong"} {
		if got, ok := c.Get(tag); !ok || got != want {
			t.Errorf("tag %s is %q, want %q", tag, got, want)
		}
	}
	value, _ := c.Get(emv.TagUnionPay)
	account, err := emv.ParseAccount(value)
	if want := (emv.Account{Acquirer: "25000344", Forwarding: "00020344", MerchantNo: "500034470110001"}); err != nil || account != want || account.String() != value {
		t.Errorf("account %+v, %v", account, err)
	}
	if label, _ := c.Template(emv.TagAdditional).Get("07"); label != "88888888" {
		t.Errorf("terminal label %q", label)
	}
	if _, ok := c.Get("54"); ok || c.Template("15") != nil || c.Template("26") != nil {
		t.Error("there is no amount, no template 26, and 15 is no template")
	}
}

func TestLengthsCountCharacters(t *testing.T) {
	good, _ := vectors(t)
	c, err := emv.Parse(good[0].Payload)
	if err != nil {
		t.Fatal(err)
	}
	if name, _ := c.Template(emv.TagLanguage).Get("01"); name != "最佳运输" {
		t.Errorf("merchant name %q", name)
	}
}

// sound is a code that prints.
var sound = emv.New(emv.Field{Tag: "60", Value: "GUANGZHOU"}, emv.Field{Tag: "00", Value: "01"}, emv.Field{Tag: "26", Value: "0008com.juma0103KEY"},
	emv.Field{Tag: "52", Value: "0000"}, emv.Field{Tag: "53", Value: "156"}, emv.Field{Tag: "58", Value: "CN"}, emv.Field{Tag: "59", Value: "SHILI"})

// with replaces or adds one field; an empty value takes it away.
func with(tag, value string) emv.Code {
	fields := []emv.Field{}
	for _, f := range sound {
		if f.Tag != tag {
			fields = append(fields, f)
		}
	}
	if value != "" {
		fields = append(fields, emv.Field{Tag: tag, Value: value})
	}
	return emv.New(fields...)
}

func TestPrintChecksEveryTag(t *testing.T) {
	if s, err := sound.Print(); err != nil || !strings.HasPrefix(s, "00020126") {
		t.Fatal(s, err)
	}
	for _, bad := range [][2]string{
		{"00", ""}, {"00", "02"}, {"26", ""}, {"26", "0103KEY"}, {"26", "00"}, {"26", "0009com.juma"}, {"52", ""}, {"52", "123"}, {"52", "12345"}, {"52", "58a2"},
		{"53", ""}, {"53", "15"}, {"54", "1.2.3"}, {"54", ".5"}, {"54", "5."}, {"54", "-1"}, {"54", "12345678901.00"}, {"55", "1"}, {"58", ""}, {"58", "中国"}, {"58", "CHN"},
		{"59", ""}, {"59", strings.Repeat("示", 26)}, {"60", strings.Repeat("x", 16)}, {"61", "12345678901"}, {"62", "x"}, {"63", "ABCD"}, {"6", "x"}, {"6x", "x"},
		{"15", "中"}, {"81", "0102ab"}, {"70", strings.Repeat("x", 100)}, {"59", "\xff"},
	} {
		if s, err := with(bad[0], bad[1]).Print(); !fault.Is(err, fault.Invalid) {
			t.Errorf("tag %s with %q printed as %q, %v", bad[0], bad[1], s, err)
		}
	}
	for _, good := range [][2]string{{"54", "50.00"}, {"54", "50"}, {"59", strings.Repeat("示", 25)}, {"65", "anything"}, {"81", "0004guid"}, {"62", "0603***"}} {
		if _, err := with(good[0], good[1]).Print(); err != nil {
			t.Errorf("tag %s with %q: %v", good[0], good[1], err)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	printed, err := sound.Print()
	if err != nil {
		t.Fatal(err)
	}
	// sealed computes the checksum of a body through Print's own arithmetic.
	for name, s := range map[string]string{
		"nothing":           "",
		"no checksum":       printed[:len(printed)-8],
		"a bit more":        printed + "0",
		"a tag after":       printed + "700101",
		"a changed name":    strings.Replace(printed, "SHILI", "SHILJ", 1),
		"no 00 first":       printed[6:],
		"letters as length": "0002016304x",
		"a tag twice":       "00020100020163040000",
		"a long one":        strings.Repeat("7099"+strings.Repeat("x", 99), 6),
		"not UTF-8":         "000201590\xff",
	} {
		if c, err := emv.Parse(s); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: read as %v, %v", name, c, err)
		}
	}
	lower := printed[:len(printed)-4] + strings.ToLower(printed[len(printed)-4:])
	if c, err := emv.Parse(lower); err != nil {
		t.Errorf("a checksum in small letters: %v", err)
	} else if again, _ := c.Print(); again != printed {
		t.Errorf("%s becomes %s", lower, again)
	}
}

// TestCodesComeBack: whatever is printed is read as the same fields.
func TestCodesComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := with("59", rapid.StringMatching(`[\x{20}-\x{7e}\x{4e00}-\x{4eff}]{1,25}`).Draw(t, "name"))
		if rapid.Bool().Draw(t, "amount") {
			c = emv.New(append(c, emv.Field{Tag: "54", Value: rapid.StringMatching(`[0-9]{1,9}(\.[0-9]{2})?`).Draw(t, "amount")})...)
		}
		s, err := c.Print()
		if err != nil {
			t.Fatal(err)
		}
		back, err := emv.Parse(s)
		if err != nil || back.Value() != c.Value() {
			t.Errorf("%s gave %v, %v", s, back, err)
		}
	})
}

// FuzzParse: any bytes are refused or printed again as they were, in less than a
// megabyte.
func FuzzParse(f *testing.F) {
	good, bad := vectors(f)
	for _, v := range append(good, bad...) {
		f.Add(v.Payload)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		c, err := emv.Parse(s)
		runtime.ReadMemStats(&after)
		if n := after.TotalAlloc - before.TotalAlloc; n > 1<<20 {
			t.Errorf("%d bytes allocated", n)
		}
		if err != nil {
			return
		}
		if c.Check() != nil {
			return // its structure is sound, its values are not what the tags ask for
		}
		if back, err := c.Print(); err != nil || !strings.EqualFold(back, s) || back[:len(back)-4] != s[:len(s)-4] {
			t.Errorf("%q comes back as %q, %v", s, back, err)
		}
	})
}
