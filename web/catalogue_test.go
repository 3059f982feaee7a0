package web

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var (
	fixedKey  = regexp.MustCompile(`\bt "([^"]+)"`)
	prefixKey = regexp.MustCompile(`\bt \(print "([^"]+)" [^)"]*(?:"([^"]+)")?\)`)
	wordKey   = regexp.MustCompile(`\bword "([^"]+)"`)
	verb      = regexp.MustCompile(`%[a-z]`)
)

// asked is what templates and Go code ask the catalogue for.
type asked struct {
	keys     map[string]bool
	families map[[2]string]bool // prefix and suffix
	words    map[string]bool    // prefixes of families that are shown as tags
	literals []string           // every other string of the Go code
}

// TestCatalogueIsComplete: every key that a template or a handler can ask for is
// there, in both languages, with the same verbs, and nothing else is. What an
// area adds it says in its chapter; this test knows no area.
func TestCatalogueIsComplete(t *testing.T) {
	all := readAsked(t)
	wanted, optional := all.keys, map[string]bool{}
	known := map[[2]string]bool{}
	for _, c := range chapters {
		for _, f := range c.families {
			if f.suffixes == nil {
				f.suffixes = []string{""}
			}
			for _, suffix := range f.suffixes {
				known[[2]string{f.prefix, suffix}] = true
			}
			for _, word := range f.words {
				if all.words[f.prefix] && !slices.Contains([]string{Good, Info, Warn, Bad, Idle}, toneOf[f.prefix+word]) {
					t.Errorf("%q is shown as a tag and has no tone", f.prefix+word)
				}
				for _, suffix := range f.suffixes {
					wanted[f.prefix+word+suffix] = true
				}
				for _, suffix := range f.optional {
					optional[f.prefix+word+suffix] = true
				}
			}
			if !slices.ContainsFunc(all.literals, func(s string) bool { return strings.HasPrefix(s, f.prefix) }) {
				t.Errorf("nobody asks for texts of the family %q", f.prefix)
			}
		}
	}
	for pair := range all.families {
		if !known[pair] {
			t.Errorf("texts %q…%q are asked for, and no chapter has that family", pair[0], pair[1])
		}
	}
	for key := range wanted {
		if pair := catalogue[key]; pair[zh] == "" || pair[en] == "" {
			t.Errorf("text %q is missing: %q", key, pair)
		}
	}
	for key, pair := range catalogue {
		if !slices.Equal(verb.FindAllString(pair[zh], -1), verb.FindAllString(pair[en], -1)) {
			t.Errorf("text %q has different verbs in the two languages: %q", key, pair)
		}
		if !wanted[key] && !optional[key] {
			t.Errorf("text %q is used nowhere", key)
		}
	}
}

// TestCatalogueHasEachKeyOnce: two areas that choose one key would silently
// share a text.
func TestCatalogueHasEachKeyOnce(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range chapters {
		for key := range c.texts {
			if seen[key] {
				t.Errorf("text %q is in two chapters", key)
			}
			seen[key] = true
		}
	}
}

func readAsked(t *testing.T) *asked {
	t.Helper()
	all := &asked{keys: map[string]bool{"error.title": true}, families: map[[2]string]bool{}, words: map[string]bool{}}
	for _, source := range templateSources(t) {
		for _, m := range fixedKey.FindAllStringSubmatch(source, -1) {
			all.keys[m[1]] = true
		}
		for _, m := range prefixKey.FindAllStringSubmatch(source, -1) {
			all.families[[2]string{m[1], m[2]}] = true
			all.literals = append(all.literals, m[1])
		}
		for _, m := range wordKey.FindAllStringSubmatch(source, -1) {
			all.word(m[1])
		}
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if !strings.HasSuffix(file, "_test.go") && !strings.HasPrefix(file, "catalogue_") {
			all.readGo(t, file)
		}
	}
	return all
}

// word notes a family that is shown as tags: its words need tones.
func (all *asked) word(prefix string) {
	all.families[[2]string{prefix, ""}], all.words[prefix] = true, true
	all.literals = append(all.literals, prefix)
}

// readGo finds x.text("key"), x.text("prefix." + …) and textKey("key").
func (all *asked) readGo(t *testing.T, file string) {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(parsed, func(n ast.Node) bool {
		if s, ok := stringOf(n); ok {
			all.literals = append(all.literals, s)
		}
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) == 0 {
			return true
		}
		fun := ""
		switch f := call.Fun.(type) {
		case *ast.SelectorExpr:
			fun = f.Sel.Name
		case *ast.Ident:
			fun = f.Name
		}
		if fun == "word" {
			if s, ok := stringOf(call.Args[0]); ok {
				all.word(s)
			}
		}
		if fun != "text" && fun != "textKey" {
			return true
		}
		if s, ok := stringOf(call.Args[0]); ok {
			all.keys[s] = true
		}
		if sum, ok := call.Args[0].(*ast.BinaryExpr); ok {
			if s, ok := stringOf(sum.X); ok {
				all.families[[2]string{s, ""}] = true
			}
		}
		return true
	})
}

func stringOf(n ast.Node) (string, bool) {
	lit, ok := n.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	s, err := strconv.Unquote(lit.Value)
	return s, err == nil
}

func templateSources(t *testing.T) []string {
	t.Helper()
	var sources []string
	err := fs.WalkDir(templateFiles, "templates", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(templateFiles, name)
		sources = append(sources, string(b))
		return err
	})
	if err != nil || len(sources) == 0 {
		t.Fatal("no templates", err)
	}
	return sources
}
