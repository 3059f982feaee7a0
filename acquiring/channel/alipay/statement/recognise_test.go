package statement_test

import (
	"slices"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"

	"juma/acquiring/channel/alipay/statement"
)

func TestBareDetail(t *testing.T) {
	detail, summary := texts(t)
	gbk := func(s string) []byte {
		b, err := simplifiedchinese.GBK.NewEncoder().Bytes([]byte(s))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	want, err := read(sample(t))
	if err != nil {
		t.Fatal(err)
	}
	got, err := read(gbk(detail))
	if err != nil || !slices.Equal(got.Lines, want.Lines) {
		t.Errorf("%+v, %v", got, err)
	}
	const account = "2088999000000001"
	for name, tt := range map[string]struct {
		data []byte
		sign statement.Sign
		ok   bool
	}{
		"zip": {sample(t), statement.Sign{Date: day, Account: account}, true}, "detail": {gbk(detail), statement.Sign{Date: day, Account: account}, true}, "summary": {gbk(summary), statement.Sign{Summary: true, Date: day, Account: account}, true},
		"nothing": {nil, statement.Sign{}, false}, "other": {[]byte("#a comment\na,b\n"), statement.Sign{}, false}, "broken": {sample(t)[:200], statement.Sign{}, false},
	} {
		if sign, ok := statement.Recognise(tt.data); ok != tt.ok || (ok && sign != tt.sign) {
			t.Errorf("%s: %+v, %v", name, sign, ok)
		}
	}
}
