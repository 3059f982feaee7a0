package statement

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"juma/acquiring/channel"
	"juma/internal/fault"
)

// The bills SUCCESS and REFUND together hold the rows of ALL.
func TestPartialBills(t *testing.T) {
	read := func(name string) []channel.StatementLine {
		st, err := Reader{Account: "1999000000", Partial: true}.Read(file(sample(t, name)))
		if err != nil {
			t.Fatal(name, err)
		}
		for i := range st.Lines {
			st.Lines[i].LineNo = 0
		}
		return st.Lines
	}
	all, parts := read("20260310_ALL.csv"), append(read("20260310_SUCCESS.csv"), read("20260310_REFUND.csv")...)
	if !slices.Equal(all, parts) {
		t.Errorf("\n got %+v\nwant %+v", parts, all)
	}
	refund := bytes.Replace(sample(t, "20260310_SUCCESS.csv"), []byte("`SUCCESS"), []byte("`REFUND"), 1)
	if _, err := (Reader{Partial: true}).Read(file(refund)); !fault.Is(err, fault.Corrupt) || !strings.Contains(err.Error(), "no columns for refunds") {
		t.Errorf("a refund in a bill of payments: %v", err)
	}
}

func TestRecognise(t *testing.T) {
	const provider = "1999000000"
	for name, want := range map[string]Sign{
		"20260310_ALL.csv": {Bill: BillAll, Date: day, Provider: provider}, "20260310_ALL.csv.gz": {Bill: BillAll, Date: day, Provider: provider}, "20260310_SUCCESS.csv": {Bill: BillSuccess, Date: day, Provider: provider},
		"20260310_REFUND.csv": {Bill: BillRefund, Date: day, Provider: provider}, "20260310_fundflow_BASIC.csv": {Fund: true, Bill: BillFunds, Date: day},
	} {
		if got, ok := Recognise(sample(t, name)); !ok || got != want {
			t.Errorf("%s: %+v, %v", name, got, ok)
		}
	}
	for _, other := range []string{"", "a,b,c\n", "\x1f\x8bbroken", "#支付宝业务明细查询\n"} {
		if got, ok := Recognise([]byte(other)); ok {
			t.Errorf("%q is taken for %+v", other, got)
		}
	}
}
