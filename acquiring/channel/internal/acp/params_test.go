package acp

import (
	"maps"
	"testing"
)

func TestParseAnswer(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       Params
	}{
		{"plain", "a=1&b=2", Params{"a": "1", "b": "2"}},
		{"only the first = splits, + stays", "s=ab+c/==&t=x=y", Params{"s": "ab+c/==", "t": "x=y"}},
		{"braces keep their &", "r={k=v&x={y&z}}&b=2", Params{"r": "{k=v&x={y&z}}", "b": "2"}},
		{"brackets keep their &", "m=ok[1&2]&b=2", Params{"m": "ok[1&2]", "b": "2"}},
		{"an opening one alone is text", "m=oh [no&b=2&c={x", Params{"m": "oh [no", "b": "2", "c": "{x"}},
		{"line end is not a value", "a=1&b=\r\n", Params{"a": "1", "b": ""}},
		{"percent is not decoded", "u=%41&v=x", Params{"u": "%41", "v": "x"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := ParseAnswer([]byte(c.text))
			if err != nil || !maps.Equal(got, c.want) {
				t.Fatalf("got %v, %v; want %v", got, err, c.want)
			}
		})
	}
	for _, bad := range []string{"", "\r\n", "a", "=1", "a=1&a=2", "a=1&&b=2", "<html>"} {
		if p, err := ParseAnswer([]byte(bad)); err == nil {
			t.Errorf("%q was read as %v", bad, p)
		}
	}
}

func TestParseFormRefuses(t *testing.T) {
	for _, bad := range []string{"", "a=1&a=2", "a=%zz", "a=1;b=2"} {
		if p, err := ParseForm([]byte(bad)); err == nil {
			t.Errorf("%q was read as %v", bad, p)
		}
	}
}

func TestSignStringDropsEmptyAndSignature(t *testing.T) {
	p := Params{"b": "2", "a": "x&y", "c": "", "signature": "s", "B": "upper first"}
	if got, want := p.SignString(), "B=upper first&a=x&y&b=2"; got != want {
		t.Fatalf("got %q, want %q", got, want)
	}
	if got, want := (Params{"a": "+ /", "c": ""}).Form(), "a=%2B+%2F"; got != want {
		t.Fatalf("form %q, want %q", got, want)
	}
}

func FuzzParseAnswer(f *testing.F) {
	f.Add([]byte("a=1&b={x&y}&c=[z"))
	f.Fuzz(func(t *testing.T, body []byte) {
		p, err := ParseAnswer(body)
		if err == nil && len(p) == 0 {
			t.Fatal("an answer without parameters and without an error")
		}
	})
}
