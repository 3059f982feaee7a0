package bindfile

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"juma/internal/fault"
	"juma/qrcode"
)

// stock is plates in memory: their states by name, which is their key too.
type stock struct {
	states map[string]qrcode.State
	taken  map[string]bool // by somebody who was faster than the reading
	err    error
	bound  []qrcode.Binding
}

func (s *stock) Find(_ context.Context, text string) (qrcode.Plate, qrcode.Binding, error) {
	st, ok := s.states[text]
	if !ok {
		return qrcode.Plate{}, qrcode.Binding{}, fault.New("stock", fault.NotFound, "no plate")
	}
	return qrcode.Plate{Key: text, State: st}, qrcode.Binding{}, s.err
}

func (s *stock) BindAll(_ context.Context, all []qrcode.Binding, _, _ string) (map[int]error, error) {
	problems := map[int]error{}
	for i, b := range all {
		if s.taken[b.PlateKey] {
			problems[i] = fault.New("stock", fault.Conflict, "plate %s is bound by agent", b.PlateKey)
		}
	}
	if len(problems) == 0 {
		s.bound = append(s.bound, all...)
	}
	return problems, nil
}

func office(s *stock) Office {
	return Office{Plates: s, MaxLines: 20, Terminal: func(_ context.Context, no string) (Terminal, error) {
		switch no {
		case "T1":
			return Terminal{No: no, StoreID: "S1", MerchantNo: "M1"}, nil
		case "T0":
			return Terminal{No: no, StoreID: "S1", MerchantNo: "M1", Closed: true}, nil
		}
		return Terminal{}, fault.New("stock", fault.NotFound, "no terminal")
	}}
}

func newStock() *stock {
	return &stock{states: map[string]qrcode.State{"A": qrcode.Blank, "B": qrcode.Blank, "C": qrcode.Bound, "D": qrcode.Blank}, taken: map[string]bool{}}
}

// TestEveryFaultHasItsLine: all of them come at once, in the file's order, and
// nothing is bound.
func TestEveryFaultHasItsLine(t *testing.T) {
	s := newStock()
	text := "\xef\xbb\xbfplate,terminal_no,merchant_no,store_id\n" +
		"A,T1,M1,S1\n" + // 2
		"X,T1,,\n" + // 3
		"C,T1,,\n" + // 4
		"B,T9,,\n" + // 5
		"B,T0,,\n" + // 6
		"B,T1,M2,\n" + // 7
		"B,T1,,S2\n" + // 8
		" A , T1 ,,\n" + // 9: the same plate again
		"A,T1\n" + // 10
		"\"D\nD\",T1,,\n" // 11 and 12
	n, problems, err := office(s).Bind(t.Context(), strings.NewReader(text), "agent", "")
	if err != nil || n != 0 || len(s.bound) != 0 {
		t.Fatalf("%d bound, %v, %v", n, s.bound, err)
	}
	type at struct {
		line  int
		field string
		code  Code
	}
	want := []at{
		{3, "plate", UnknownPlate}, {4, "plate", NotBlank}, {5, "terminal_no", UnknownTerminal}, {6, "terminal_no", ClosedTerminal},
		{7, "merchant_no", OtherMerchant}, {8, "store_id", OtherStore}, {9, "plate", Twice}, {10, "line", NoLine}, {11, "plate", UnknownPlate},
	}
	var got []at
	for _, p := range problems {
		got = append(got, at{p.Line, p.Field, p.Code})
		if p.Msg == "" || !slices.Contains(Codes, p.Code) {
			t.Errorf("line %d: says %q, code %q", p.Line, p.Msg, p.Code)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("problems %v\nwant     %v", got, want)
	}
	var out bytes.Buffer
	if err := WriteProblems(&out, problems[:2]); err != nil || out.String() != "line,field,value,problem\n3,plate,X,is no plate of ours\n4,plate,C,is bound; only a blank plate can be bound\n" {
		t.Errorf("written %q, %v", out.String(), err)
	}
}

// TestFasterThanTheFile: whoever is bound between the reading and the binding is a
// fault of its line, and all or nothing holds.
func TestFasterThanTheFile(t *testing.T) {
	s := newStock()
	s.taken["B"], s.taken["D"] = true, true
	text := "plate,terminal_no\nA,T1\nB,T1\nD,T1\n"
	if n, problems, err := office(s).Check(t.Context(), strings.NewReader(text)); n != 3 || len(problems) != 0 || err != nil {
		t.Errorf("check: %d, %v, %v", n, problems, err)
	}
	n, problems, err := office(s).Bind(t.Context(), strings.NewReader(text), "agent", "")
	if err != nil || n != 0 || len(problems) != 2 || problems[0].Line != 3 || problems[1].Line != 4 || problems[0].Code != Overtaken || problems[0].Value != "B" || problems[0].Msg != "plate B is bound by agent" {
		t.Errorf("%d, %+v, %v", n, problems, err)
	}
	s.taken = nil
	if n, problems, err := office(s).Bind(t.Context(), strings.NewReader(text), "agent", ""); n != 3 || len(problems) != 0 || err != nil || len(s.bound) != 3 || s.bound[2] != (qrcode.Binding{PlateKey: "D", MerchantNo: "M1", StoreID: "S1", TerminalNo: "T1"}) {
		t.Errorf("%d, %v, %v, bound %+v", n, problems, err, s.bound)
	}
}

func TestUnusableFiles(t *testing.T) {
	for text, want := range map[string]string{
		"": BadHeader, "plate\nA\n": BadHeader, "plate,terminal\nA,T1\n": BadHeader, "plate,terminal_no,store_id\n": BadHeader, "plate,terminal_no\n": NoLines,
		"plate,terminal_no\n" + strings.Repeat("A,T1\n", 21): ManyLines,
	} {
		_, _, err := office(newStock()).Bind(t.Context(), strings.NewReader(text), "agent", "")
		var f *fault.Error
		if !errors.As(err, &f) || f.Kind != fault.Invalid || f.Field != "file" || f.Value != want {
			t.Errorf("%.30q: %v, want invalid file, %s", text, err, want)
		}
	}
	s := newStock()
	s.err = fault.New("stock", fault.Unavailable, "database gone")
	if _, _, err := office(s).Bind(t.Context(), strings.NewReader("plate,terminal_no\nA,T1\n"), "agent", ""); !fault.Is(err, fault.Unavailable) {
		t.Errorf("without a database: %v, want unavailable", err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add("plate,terminal_no\nA,T1\n")
	f.Add("\xef\xbb\xbfplate,terminal_no,merchant_no,store_id\nA,T1,M1,S1\n\"")
	f.Fuzz(func(t *testing.T, text string) {
		s := newStock()
		n, problems, err := office(s).Bind(t.Context(), strings.NewReader(text), "agent", "")
		if n > 0 && (len(problems) > 0 || err != nil || len(s.bound) != n) || n == 0 && len(s.bound) > 0 {
			t.Errorf("%d bound with %d problems, %v; stored %d", n, len(problems), err, len(s.bound))
		}
	})
}
