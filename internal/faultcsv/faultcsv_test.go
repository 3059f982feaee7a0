package faultcsv

import (
	"strings"
	"testing"
)

// TestNothingIsComputed: no cell of a stranger's file becomes a formula.
func TestNothingIsComputed(t *testing.T) {
	for value, want := range map[string]string{
		"": "", "13800000000": "13800000000", "-5": "-5", "+861": "+861", "a=1": "a=1",
		"=1+1": "'=1+1", "+1+1": "'+1+1", "-1-1": "'-1-1", "--1": "'--1", "-": "'-", "@SUM(A1)": "'@SUM(A1)",
		"\t=1": "'\t=1", "\r=1": "'\r=1", "＝1": "'＝1", "＋1": "'＋1", "－1": "'－1", "＠a": "'＠a",
	} {
		if got := Text(value); got != want {
			t.Errorf("%q became %q, want %q", value, got, want)
		}
	}
	var b strings.Builder
	if err := Write(&b, []Row{{Line: 7, Field: "name", Value: `=cmd|" /C calc"!A1`, Problem: "want a name, please"}}); err != nil {
		t.Fatal(err)
	}
	if want := "line,field,value,problem\n7,name,\"'=cmd|\"\" /C calc\"\"!A1\",\"want a name, please\"\n"; b.String() != want {
		t.Errorf("wrote %q, want %q", b.String(), want)
	}
}
