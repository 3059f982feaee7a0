package juma_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// pkg is a package of the house with what it imports; test files apart, because
// a test may know the other side that its package must not.
type pkg struct {
	path    string // "juma/acquiring"
	imports []string
	tests   []string
}

// rule forbids imports, with the reason that is shown when one is drawn.
type rule struct {
	from   string   // package path, or prefix ending in /...
	except []string // packages below from that may
	banned []string // import paths, or prefixes ending in /...
	tests  bool     // test files too
	why    string
}

var rules = []rule{
	{from: "juma/...", except: []string{"juma/web"}, banned: []string{"github.com/labstack/..."}, tests: true,
		why: "one technology, one package: echo is known to web only, so that moving to v5 is a change in one package"},
	{from: "juma/...", except: []string{"juma/internal/store"}, banned: []string{"gorm.io/...", "github.com/glebarez/...", "modernc.org/...", "github.com/go-sql-driver/..."},
		why: "one technology, one package: databases are known to internal/store only"},
	{from: "juma/...", except: []string{"juma/internal/bus"}, banned: []string{"github.com/nats-io/..."},
		why: "one technology, one package: NATS is known to internal/bus only"},
	{from: "juma/...", except: []string{"juma/qrcode/render"}, banned: []string{"github.com/skip2/..."}, tests: true,
		why: "one technology, one package: the QR encoder is known to qrcode/render only"},
	{from: "juma/...", except: []string{"juma/merchants/picture", "juma/qrcode/render"}, banned: []string{"golang.org/x/image/..."},
		why: "one technology, one package: strangers' photos are decoded in merchants/picture only, and fonts read in qrcode/render only"},
	{from: "juma/...", except: []string{"juma/merchants/importfile", "juma/clearing/bill"}, banned: []string{"github.com/xuri/..."}, tests: true,
		why: "workbooks are read in merchants/importfile only, and written in clearing/bill only"},
	{from: "juma/clearing/bill", banned: pureBans("juma/clearing/file", "juma/clearing/match", "juma/acquiring", "juma/acquiring/sandbox/...", "juma/merchants", "juma/qrcode", "os"),
		why: "a merchant's statement is pure: rows are given to it, and it writes to what it is given"},
	{from: "juma/...", except: []string{"juma/internal/passkey"}, banned: []string{"github.com/go-webauthn/..."}, tests: true,
		why: "one technology, one package: WebAuthn is known to internal/passkey only"},
	{from: "juma/internal/passkey", banned: pureBans("juma/acquiring/...", "juma/clearing/...", "juma/merchants", "juma/qrcode/..."),
		why: "ceremonies know accounts and nothing of what the accounts are for"},
	{from: "juma/...", except: []string{"juma/qrcode/render"}, banned: []string{"github.com/signintech/..."}, tests: true,
		why: "one technology, one package: PDF is known to qrcode/render only"},
	{from: "juma/...", except: []string{"juma/qrcode/scan"}, banned: []string{"github.com/makiuchi-d/..."}, tests: true,
		why: "one technology, one package: the QR decoder is known to qrcode/scan only"},
	{from: "juma/qrcode/scan", banned: []string{"juma/qrcode", "juma/qrcode/render", "github.com/skip2/...", "github.com/signintech/..."},
		why: "who reads a picture back shares no code with who drew it, or the proof proves nothing"},
	{from: "juma/qrcode/render", banned: pureBans("juma/qrcode", "juma/qrcode/scan", "juma/merchants", "juma/acquiring/...", "juma/clearing/..."), why: "pictures are pure: they are drawn from what they are given"},
	{from: "juma/...", except: []string{"juma/acquiring/channel/wechat/..."}, banned: []string{"github.com/wechatpay-apiv3/..."}, tests: true,
		why: "a wallet's SDK is known to that wallet's adapter only"},
	{from: "juma/...", except: []string{"juma/acquiring/channel/alipay/..."}, banned: []string{"github.com/smartwalle/..."}, tests: true,
		why: "a wallet's SDK is known to that wallet's adapter only"},

	{from: "juma/acquiring/channel/wechat/...", banned: adapterBans("wechat"), why: whyAdapter},
	{from: "juma/acquiring/channel/alipay/...", banned: adapterBans("alipay"), why: whyAdapter},
	{from: "juma/acquiring/channel/unionpay/...", banned: adapterBans("unionpay"), why: whyAdapter},
	{from: "juma/acquiring/channel/aggregate/...", banned: adapterBans("aggregate"), why: whyAdapter},
	{from: "juma/acquiring/channel/internal/acp", banned: adapterBans("acp"), why: "UnionPay's signatures are shared by its two adapters and know neither"},
	{from: "juma/acquiring/channel/internal/hop", banned: []string{"juma/..."}, why: "how far a request came is the same question for every wallet"},
	{from: "juma/acquiring/sandbox/...", banned: []string{"juma/acquiring", "juma/acquiring/channel/wechat/...", "juma/acquiring/channel/alipay/...", "juma/acquiring/channel/unionpay/...", "juma/acquiring/channel/aggregate/...", "juma/acquiring/channel/internal/...", "github.com/..."},
		why: "a sandbox shares no signing or parsing with the adapter it faces: two people who never met must be able to talk"},
	{from: "juma/clearing/file", banned: []string{"juma/acquiring/...", "juma/clearing", "juma/merchants", "juma/internal/store", "juma/internal/bus"},
		why: "settlement files are pure: the verifier must not need the database that wrote them"},
	{from: "juma/clearing/fee", banned: pureBans("juma/clearing", "juma/acquiring/...", "juma/merchants", "juma/qrcode", "os"),
		why: "prices are a table that explains itself: whoever opens the file gives it a reader"},
	{from: "juma/clearing/match", banned: pureBans("juma/clearing", "juma/clearing/file", "juma/acquiring/...", "juma/merchants", "juma/qrcode", "os", "time", "golang.org/..."),
		why: "the reconciliation engine is a function over two streams: no files, no clock, no wallet, and room outside of memory is given to it"},
	{from: "juma/clearing/daycheck", banned: pureBans("juma/clearing/file", "juma/clearing/match", "juma/acquiring", "juma/acquiring/sandbox/...", "juma/acquiring/channel/wechat/...", "juma/acquiring/channel/alipay/...", "juma/acquiring/channel/unionpay/...", "juma/acquiring/channel/aggregate/...", "juma/merchants", "juma/qrcode", "os"),
		why: "the check of a day is pure: whoever opens files and knows the wallets' formats gives it rows"},
	{from: "juma/clearing/intake", banned: pureBans("juma/clearing", "juma/acquiring", "juma/acquiring/sandbox/...", "juma/acquiring/channel/wechat/...", "juma/acquiring/channel/alipay/...", "juma/acquiring/channel/unionpay/...", "juma/acquiring/channel/aggregate/...", "juma/merchants", "juma/qrcode", "os"),
		why: "the intake is pure: it judges bytes by layouts that are given to it, opens no file and stores nothing"},
	{from: "juma/clearing/intake/layouts", banned: pureBans("juma/clearing", "juma/acquiring", "juma/acquiring/sandbox/...", "juma/merchants", "juma/qrcode", "os"),
		why: "the one place that ties the wallets' readers to the intake"},
	{from: "juma/clearing/calendar", banned: pureBans("juma/clearing", "juma/clearing/file", "juma/clearing/match", "juma/clearing/terms", "juma/acquiring/...", "juma/merchants", "juma/qrcode", "os"),
		why: "the calendar's versions are vocabulary that settlement is computed by"},
	{from: "juma/clearing/terms", banned: pureBans("juma/clearing", "juma/clearing/file", "juma/clearing/match", "juma/acquiring/...", "juma/merchants", "juma/qrcode", "os"),
		why: "terms and holds are vocabulary that settlement is computed by: they know no batch"},
	{from: "juma/clearing/bankcredit", banned: pureBans("juma/clearing", "juma/clearing/file", "juma/clearing/match", "juma/acquiring/...", "juma/merchants", "juma/qrcode", "os"),
		why: "a reader is pure: bytes in, rows out"},
	{from: "juma/...", except: []string{"juma/clearing/match/mapfile"}, banned: []string{"go.yaml.in/..."}, tests: true,
		why: "one technology, one package: YAML is known to clearing/match/mapfile only"},
	{from: "juma/...", banned: []string{"juma/clearing/match/synthetic"}, except: []string{"juma/clearing/match/bench"}, why: "invented rows are for proofs and benchmarks only"},
	{from: "juma/acquiring", banned: pureBans("juma/clearing/...", "juma/web", "juma/acquiring/sandbox/...", "juma/acquiring/channel/wechat/...", "juma/acquiring/channel/alipay/...", "juma/acquiring/channel/unionpay/...", "juma/acquiring/channel/aggregate/..."), why: whyPure},
	{from: "juma/acquiring/watch", banned: pureBans("juma/acquiring", "juma/acquiring/channel/...", "juma/acquiring/sandbox/...", "juma/merchants", "juma/qrcode/...", "juma/clearing/..."), why: "the watch judges facts that it is given: it knows the vocabulary only"},
	{from: "juma/acquiring/risk", banned: pureBans("juma/acquiring", "juma/acquiring/channel/...", "juma/acquiring/sandbox/...", "juma/merchants", "juma/qrcode/...", "juma/clearing/...", "os"), why: "limits are pure rules over facts that are given to them"},
	{from: "juma/acquiring/routing", banned: pureBans("juma/acquiring", "juma/acquiring/sandbox/...", "juma/acquiring/channel/wechat/...", "juma/acquiring/channel/alipay/...", "juma/acquiring/channel/unionpay/...", "juma/acquiring/channel/aggregate/...", "juma/merchants", "juma/qrcode", "juma/clearing/...", "os"), why: "a route is decided by rules and facts that are given: no wallet's wire, no storage"},
	{from: "juma/acquiring/channel/measure", banned: pureBans("juma/acquiring", "juma/acquiring/routing", "juma/merchants", "juma/qrcode", "juma/clearing/...", "os"), why: "calls are counted around the contract, whoever makes them"},
	{from: "juma/acquiring/channel/around", banned: pureBans("juma/acquiring", "juma/acquiring/routing", "juma/merchants", "juma/qrcode", "juma/clearing/...", "os"), why: "what is put around the contract's calls knows the contract only"},
	{from: "juma/acquiring/channel/wiretap", banned: []string{"juma/acquiring", "juma/acquiring/routing", "juma/merchants", "juma/qrcode", "juma/clearing/...", "juma/web", "juma/internal/store", "juma/internal/bus", "juma/acquiring/channel/wechat/...", "juma/acquiring/channel/alipay/...", "juma/acquiring/channel/unionpay/...", "juma/acquiring/channel/aggregate/..."}, why: "a tape is recorded whoever's wire it is, and decides nothing"},
	{from: "juma/acquiring/health", banned: pureBans("juma/acquiring", "juma/acquiring/sandbox/...", "juma/acquiring/channel/wechat/...", "juma/acquiring/channel/alipay/...", "juma/acquiring/channel/unionpay/...", "juma/acquiring/channel/aggregate/...", "juma/merchants", "juma/qrcode", "juma/clearing/...", "os"), why: "how the channels are is put together from what is given: no bus, no storage, no wallet's wire"},
	{from: "juma/acquiring/channel", banned: pureBans("juma/acquiring", "juma/merchants", "juma/qrcode", "juma/clearing/..."), why: "the channel contract knows the vocabulary only"},
	{from: "juma/clearing", banned: pureBans("juma/web", "juma/acquiring/sandbox/...", "juma/acquiring/channel/wechat/...", "juma/acquiring/channel/alipay/...", "juma/acquiring/channel/unionpay/...", "juma/acquiring/channel/aggregate/..."), why: whyPure},
	{from: "juma/clearing/cases", banned: pureBans("juma/qrcode", "juma/acquiring/sandbox/...", "juma/acquiring/channel/wechat/...", "juma/acquiring/channel/alipay/...", "juma/acquiring/channel/unionpay/...", "juma/acquiring/channel/aggregate/...", "os"),
		why: "what an action does to a difference is a rule: wallets and storage are given to it"},
	{from: "juma/clearing/payout", banned: pureBans("juma/qrcode", "juma/acquiring", "juma/acquiring/sandbox/...", "juma/acquiring/channel/wechat/...", "juma/acquiring/channel/alipay/...", "juma/acquiring/channel/unionpay/...", "juma/acquiring/channel/aggregate/...", "juma/clearing/cases", "juma/clearing/match"),
		why: "payouts know what batches owe and what a bank says: no wallet, no storage of their own"},
	{from: "juma/merchants", banned: pureBans("juma/qrcode", "juma/acquiring/...", "juma/clearing/..."), why: "merchants and plates know nothing of each other or of payments"},
	{from: "juma/merchants/check", banned: pureBans("juma/qrcode", "juma/acquiring/...", "juma/clearing/..."), why: "checks are pure: the same answer for the page, the import and the review"},
	{from: "juma/merchants/picture", banned: pureBans("juma/merchants", "juma/qrcode", "juma/acquiring/...", "juma/clearing/...", "os"), why: "bytes in, a picture out: nothing else"},
	{from: "juma/merchants/importfile", banned: pureBans("juma/qrcode", "juma/acquiring/...", "juma/clearing/...", "os"), why: "the import's reader is pure: it opens no file and stores nothing"},
	{from: "juma/...", except: []string{"juma/internal/demo"}, banned: []string{"juma/merchants/synthetic"}, why: "invented merchants are for tests and the demo only"},
	{from: "juma/qrcode/delivery", banned: pureBans("juma/qrcode/render", "juma/qrcode/scan", "juma/merchants", "juma/acquiring/...", "juma/clearing/..."),
		why: "who makes and who proves a delivery is given a painter and a reader, which know nothing of each other"},
	{from: "juma/qrcode/bindfile", banned: pureBans("juma/qrcode/render", "juma/qrcode/scan", "juma/merchants", "juma/acquiring/...", "juma/clearing/...", "os"),
		why: "a file of bindings is read the same for the command and the page: it is given plates and terminals, and opens nothing"},
	{from: "juma/qrcode/emv", banned: pureBans("juma/qrcode", "juma/merchants", "juma/acquiring/...", "juma/clearing/...", "os"), why: "a grammar is pure"},
	{from: "juma/qrcode/ndef", banned: pureBans("juma/qrcode", "juma/merchants", "juma/acquiring/...", "juma/clearing/...", "os"), why: "a grammar is pure"},
	{from: "juma/qrcode", banned: pureBans("juma/merchants", "juma/acquiring/...", "juma/clearing/..."), why: "merchants and plates know nothing of each other or of payments"},
	{from: "juma/web", banned: []string{"juma/internal/store", "juma/internal/bus", "juma/acquiring/sandbox/...", "juma/internal/app", "juma/internal/demo"},
		why: "pages ask services; they know neither the database nor the sandboxes"},
	{from: "juma/internal/store", banned: []string{"juma/web", "juma/internal/bus", "juma/internal/app", "juma/internal/demo"}, why: "technologies do not know each other"},
	{from: "juma/internal/bus", banned: []string{"juma/web", "juma/internal/store", "juma/internal/app", "juma/internal/demo"}, why: "technologies do not know each other"},
}

const (
	whyAdapter = "an adapter knows the contract and the vocabulary: never acquiring, never another adapter, never a sandbox"
	whyPure    = "rules are pure: no web, no database, no message bus, no wallet's wire"
)

// vocabulary may be imported by everyone and imports nothing of the house but
// itself.
var vocabulary = []string{"juma/internal/money", "juma/internal/bizdate", "juma/internal/id", "juma/internal/fault", "juma/internal/clock", "juma/internal/ledger", "juma/internal/access", "juma/internal/safefile", "juma/internal/gbk", "juma/internal/seal", "juma/internal/audit", "juma/internal/mask", "juma/internal/faultcsv", "juma/internal/crash"}

// vocabularyLibraries are the only foreign libraries there.
var vocabularyLibraries = []string{"github.com/oklog/ulid/v2", "golang.org/x/crypto/argon2", "golang.org/x/time/rate", "golang.org/x/text/encoding/simplifiedchinese"}

func adapterBans(own string) []string {
	bans := []string{"juma/acquiring", "juma/acquiring/sandbox/...", "juma/clearing/...", "juma/merchants", "juma/qrcode/...", "juma/web", "juma/internal/store", "juma/internal/bus"}
	for _, other := range []string{"wechat", "alipay", "unionpay", "aggregate"} {
		if other != own {
			bans = append(bans, "juma/acquiring/channel/"+other+"/...")
		}
	}
	return bans
}

func pureBans(more ...string) []string {
	return append([]string{"juma/web", "juma/internal/store", "juma/internal/bus", "juma/internal/app", "juma/internal/demo", "net/http", "database/sql"}, more...)
}

// TestArrows fails for each forbidden import and says why it is forbidden.
func TestArrows(t *testing.T) {
	for _, p := range house(t) {
		for _, r := range rules {
			if !covers(r.from, p.path) || slices.ContainsFunc(r.except, func(e string) bool { return covers(e, p.path) }) {
				continue
			}
			imports := p.imports
			if r.tests {
				imports = slices.Concat(p.imports, p.tests)
			}
			for _, imp := range imports {
				if slices.ContainsFunc(r.banned, func(b string) bool { return covers(b, imp) }) {
					t.Errorf("%s imports %s: %s", p.path, imp, r.why)
				}
			}
		}
		if slices.Contains(vocabulary, p.path) {
			checkVocabulary(t, p)
		}
	}
}

func checkVocabulary(t *testing.T, p pkg) {
	for _, imp := range p.imports {
		foreign := strings.Contains(strings.Split(imp, "/")[0], ".")
		switch {
		case foreign && !slices.Contains(vocabularyLibraries, imp):
			t.Errorf("%s imports %s: the vocabulary is the standard library and %v", p.path, imp, vocabularyLibraries)
		case strings.HasPrefix(imp, "juma/") && !slices.Contains(vocabulary, imp):
			t.Errorf("%s imports %s: the vocabulary knows nothing above it", p.path, imp)
		}
	}
}

// TestTopLevel fails when an entry appears at the top that ARCHITECTURE.md does
// not plan.
func TestTopLevel(t *testing.T) {
	planned := []string{
		"cmd", "acquiring", "qrcode", "clearing", "merchants", "web", "migrations", "internal",
		"go.mod", "go.sum", "README.md", "ARCHITECTURE.md", "CHANGELOG.md", "LICENSE", "Makefile", "arrows_test.go",
		".ci", ".git", ".gitignore", ".golangci.yml", "juma", "juma-data", // the last two are built, and ignored by git
	}
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !slices.Contains(planned, e.Name()) {
			t.Errorf("%s is not planned at the top level: put it in a room, or say in ARCHITECTURE.md why it stands here", e.Name())
		}
	}
}

// TestNoFloatMoney fails where a float type is named in a package that handles
// money.
func TestNoFloatMoney(t *testing.T) {
	for _, dir := range []string{"internal/money", "internal/ledger", "acquiring", "merchants", "clearing", "internal/store", "migrations"} {
		err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !(strings.HasSuffix(name, ".go") || strings.HasSuffix(name, ".sql")) || strings.HasSuffix(name, "_test.go") || strings.Contains(name, "channeltest") { // a test suite: its benchmark metrics are floats
				return err
			}
			if filepath.ToSlash(name) == "clearing/bill/workbook.go" { // a workbook's numbers are floats by its format: the amounts' texts become them, and nothing is computed
				return nil
			}
			text, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			for i, line := range strings.Split(string(text), "\n") {
				code, _, _ := strings.Cut(line, "//")
				for _, word := range []string{"float64", "float32", "ParseFloat", " DECIMAL", " DOUBLE", " REAL", " FLOAT"} {
					if strings.Contains(code, word) {
						t.Errorf("%s:%d: %s: money is integer fen, rates are integer ppm", name, i+1, strings.TrimSpace(word))
					}
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// covers tells whether a pattern ("a/b" or "a/b/...") covers an import path.
func covers(pattern, imp string) bool {
	if prefix, ok := strings.CutSuffix(pattern, "/..."); ok {
		return imp == prefix || strings.HasPrefix(imp, prefix+"/")
	}
	return imp == pattern
}

// house reads the imports of every package.
func house(t *testing.T) []pkg {
	t.Helper()
	byDir := map[string]*pkg{}
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if n := d.Name(); n == "testdata" || n == "juma-data" || (strings.HasPrefix(n, ".") && n != ".") {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") || filepath.Dir(name) == "." {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		dir := filepath.ToSlash(filepath.Dir(name))
		p := byDir[dir]
		if p == nil {
			p = &pkg{path: path.Join("juma", dir)}
			byDir[dir] = p
		}
		for _, spec := range f.Imports {
			imp, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			if strings.HasSuffix(name, "_test.go") {
				p.tests = append(p.tests, imp)
			} else {
				p.imports = append(p.imports, imp)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var all []pkg
	for _, p := range byDir {
		all = append(all, *p)
	}
	slices.SortFunc(all, func(a, b pkg) int { return strings.Compare(a.path, b.path) })
	return all
}
