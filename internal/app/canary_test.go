package app_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"unicode/utf16"

	"juma/internal/access"
	"juma/internal/app"
	"juma/internal/clock"
	"juma/merchants"
	"juma/merchants/synthetic"
)

// syncBuffer is a log that goroutines may write to.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

// canaryPersons is how many invented persons the scan looks for.
const canaryPersons = 1000

// TestCanaryScan: a thousand invented persons go through onboarding with
// everything that is written on the way, logs at debug level included, and no
// byte that was produced holds an identity number, card, phone or name of theirs,
// as text, base64, hexadecimal or UTF-16.
func TestCanaryScan(t *testing.T) {
	dir := t.TempDir()
	log := &syncBuffer{}
	persons := synthetic.Profiles(11, canaryPersons)
	playCanaries(t, dir, log, persons)
	scan := newCanaryScan(persons)
	scan.look(t, "the log", log.b.Bytes())
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		scan.look(t, d.Name(), data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"plain": persons[0].Legal.IDNo, "base64": base64.StdEncoding.EncodeToString([]byte("x" + persons[1].Legal.Phone + "y")), "hex": hex.EncodeToString([]byte(persons[2].Account.No))} {
		if !scan.hit([]byte("… " + text + " …")) {
			t.Errorf("the scan does not see a value in %s: it proves nothing", name)
		}
	}
}

// playCanaries runs the onboarding: import, verification, review, enrolment at
// the channels, accounts, search, reveal, a refused import, and a restart.
func playCanaries(t *testing.T, dir string, log *syncBuffer, persons []merchants.Profile) {
	t.Helper()
	ctx := context.Background()
	clk := clock.Real{}
	a, err := app.Open(ctx, app.Config{
		DataDir: dir, Listen: "127.0.0.1:0", PlateHost: "q.example.com", Institution: "99980000", Clock: clk,
		Wallets: wallets(t), Channels: direct, Log: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	step := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	step(a.Onboarding.Import(ctx, persons, "operator"))
	if err := a.Onboarding.Import(ctx, persons[:1], "operator"); err != nil { // nothing of it may be told
		a.Log.Error("import", "error", err)
	}
	for range 3 {
		_, err := a.Onboarding.Verify(ctx)
		step(err)
	}
	store := a.Store.Onboarding()
	waiting, err := store.Applications(ctx, merchants.ApplicationQuery{States: []merchants.ApplicationState{merchants.InReview}, Limit: 40})
	step(err)
	if len(waiting) == 0 {
		t.Fatal("nobody came to the reviewers")
	}
	for i, w := range waiting {
		if i%4 == 0 {
			_, err = a.Onboarding.Reject(ctx, w.ID, "reviewer", w.Revision, []merchants.Reason{{Path: "legal.id_no", Code: "mismatch"}})
		} else {
			_, err = a.Onboarding.Approve(ctx, w.ID, "reviewer", w.Revision, "")
		}
		if err != nil {
			a.Log.Error("decision", "error", err)
		}
	}
	if n, err := a.Enrolment.Sweep(ctx); err != nil || n == 0 {
		t.Errorf("%d merchants were taken to the channels, %v", n, err)
	}
	p := persons[0]
	for _, value := range []string{p.Legal.IDNo, p.Legal.Phone, p.Account.No} {
		found, err := store.FindApplications(ctx, value, 5)
		step(err)
		if len(found) == 0 {
			t.Error("a person is not found by what identifies them")
			continue
		}
		_, err = a.Onboarding.Reveal(ctx, found[0].ID, "legal.phone", "operator", "call back")
		step(err)
	}
	_, err = a.Access.CreateUser(ctx, access.NewUser{Login: "shop1", Name: p.Legal.Name, Role: access.Owner, Password: "teapot lantern river"})
	step(err)
}

// canaryScan finds values in bytes, whatever stands around them.
type canaryScan struct {
	byLength map[int]map[string]bool
	first    [256]bool
}

func newCanaryScan(persons []merchants.Profile) *canaryScan {
	s := &canaryScan{byLength: map[int]map[string]bool{}}
	for _, p := range persons {
		for _, value := range []string{p.Legal.IDNo, p.Legal.Phone, p.Account.No} {
			s.add(value)
		}
		if len([]rune(p.Legal.Name)) >= 3 { // two characters may be any other word
			s.add(p.Legal.Name)
		}
	}
	return s
}

// add notes a value in each form that it may be written in.
func (s *canaryScan) add(value string) {
	forms := []string{value, hex.EncodeToString([]byte(value)), strings.ToUpper(hex.EncodeToString([]byte(value))), utf16le(value)}
	for shift := range 3 { // base64 of a text that holds the value looks different at each place
		encoded := base64.RawStdEncoding.EncodeToString(append(make([]byte, shift), value...))
		from, to := (shift*8+5)/6, len(encoded)-1
		forms = append(forms, encoded[from:to])
	}
	for _, f := range forms {
		if s.byLength[len(f)] == nil {
			s.byLength[len(f)] = map[string]bool{}
		}
		s.byLength[len(f)][f] = true
		s.first[f[0]] = true
	}
}

func utf16le(text string) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(text)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return string(b)
}

func (s *canaryScan) hit(data []byte) bool { return s.find(data) >= 0 }

func (s *canaryScan) find(data []byte) int {
	for i, c := range data {
		if !s.first[c] {
			continue
		}
		for n, values := range s.byLength {
			if i+n <= len(data) && values[string(data[i:i+n])] {
				return i
			}
		}
	}
	return -1
}

func (s *canaryScan) look(t *testing.T, name string, data []byte) {
	t.Helper()
	if i := s.find(data); i >= 0 {
		t.Errorf("%s holds a personal value at byte %d of %d, near %q", name, i, len(data), bytes.ToValidUTF8(data[max(0, i-60):i], []byte("?")))
	}
}
