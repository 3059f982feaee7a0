package demo

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"juma/acquiring/risk"
	"juma/internal/bizdate"
)

// small is the smallest day there is.
func small(dir string) Config {
	return Config{DataDir: dir, Listen: "127.0.0.1:0", Payments: 1, Merchants: 1, Seed: 1, Date: DefaultDate, plates: 6}
}

// play runs the demo of a directory as juma demo --once does.
func play(t *testing.T, cfg Config) error {
	t.Helper()
	d, err := Open(context.Background(), cfg)
	if err != nil {
		return err
	}
	defer d.Close()
	_, err = d.Result(context.Background())
	return err
}

// played is the smallest day, played already, in a directory of the test's own: the day
// itself is played once for all tests.
func played(t *testing.T) Config {
	t.Helper()
	day, err := playedOnce()
	if err != nil {
		t.Fatal(err)
	}
	cfg := small(t.TempDir())
	if err := os.CopyFS(cfg.DataDir, os.DirFS(day)); err != nil {
		t.Fatal(err)
	}
	return cfg
}

// playedDir is where the day that tests share is kept; TestMain removes it.
var playedDir string

var playedOnce = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "juma-demo-played-")
	if err != nil {
		return "", err
	}
	playedDir = dir
	d, err := Open(context.Background(), small(dir))
	if err != nil {
		return "", err
	}
	defer d.Close()
	_, err = d.Result(context.Background())
	return dir, err
})

func TestMain(m *testing.M) {
	code := m.Run()
	for _, dir := range []string{playedDir, crashableDir} {
		if dir != "" {
			_ = os.RemoveAll(dir) // a directory in the temporary one
		}
	}
	os.Exit(code)
}

func wantError(t *testing.T, err error, part string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), part) {
		t.Errorf("got %v, want %q", err, part)
	}
}

// A finished directory is served again only as long as its files are those that
// the summary speaks of.
func TestServedAgainOnlyWithItsFiles(t *testing.T) {
	cfg := played(t)
	if err := play(t, cfg); err != nil {
		t.Fatal("served again:", err)
	}
	acoma := filepath.Join(cfg.DataDir, "settlement", "2026-03-10", "IND26031032ACOMA")
	good, err := os.ReadFile(acoma)
	if err != nil {
		t.Fatal(err)
	}
	altered := append([]byte(nil), good...)
	altered[70] ^= 1
	if err := os.WriteFile(acoma, altered, 0o644); err != nil {
		t.Fatal(err)
	}
	wantError(t, play(t, cfg), "the settlement files do not agree")
	if err := os.Remove(acoma); err != nil {
		t.Fatal(err)
	}
	wantError(t, play(t, cfg), "is missing")
	if err := os.WriteFile(acoma, good, 0o644); err != nil {
		t.Fatal(err)
	}

	summary := filepath.Join(cfg.DataDir, summaryFile)
	text, err := os.ReadFile(summary)
	if err != nil {
		t.Fatal(err)
	}
	digest := strings.Index(string(text), `"sha256": "`) + len(`"sha256": "`)
	text[digest] ^= 1
	if err := os.WriteFile(summary, text, 0o644); err != nil {
		t.Fatal(err)
	}
	wantError(t, play(t, cfg), "the file is another")
	if err := os.WriteFile(summary, []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	wantError(t, play(t, cfg), "summary.json cannot be read, use --fresh")
}

// A demo that could not begin leaves nothing behind that refuses the next one.
func TestRefusedDemoLeavesTheDirectoryEmpty(t *testing.T) {
	cfg := small(t.TempDir())
	for part, spoil := range map[string]func(*Config){
		"no NATS server":    func(c *Config) { c.NATS = "nats://127.0.0.1:1" },
		"cannot be reached": func(c *Config) { c.DB = "mysql://juma:pw@127.0.0.1:1/juma" },
	} {
		spoilt := cfg
		spoil(&spoilt)
		wantError(t, play(t, spoilt), part)
		left, err := os.ReadDir(cfg.DataDir)
		if err != nil || len(left) > 0 {
			t.Errorf("%s: left behind %v, %v", part, left, err)
		}
	}
}

func TestUnreachableDatabaseKeepsAFinishedDemo(t *testing.T) {
	cfg := played(t)
	spoilt := cfg
	spoilt.Fresh, spoilt.DB = true, "mysql://juma:pw@127.0.0.1:1/juma"
	wantError(t, play(t, spoilt), "cannot be reached")
	if err := play(t, cfg); err != nil {
		t.Error(err)
	}
}

func TestDateOutsideTheFileNamesCentury(t *testing.T) {
	for _, d := range []bizdate.Date{19000101, 19991231, 21000101, 99991231} {
		cfg := small(t.TempDir())
		cfg.Date = d
		wantError(t, play(t, cfg), "want 2000-01-01 to 2099-12-31")
	}
}

// The sandboxes' certificates hold on the first and the last date that file names
// can carry.
func TestFirstAndLastDate(t *testing.T) {
	for _, d := range []bizdate.Date{firstDate, lastDate} {
		cfg := small(t.TempDir())
		cfg.Date, cfg.Payments = d, 5 // all three wallets
		if err := play(t, cfg); err != nil {
			t.Error(d, err)
		}
	}
}

// An interrupted day says so in one line, and is played anew.
func TestInterruptedDay(t *testing.T) {
	cfg := small(t.TempDir())
	cfg.Payments = 12
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	cfg.Progress = func(phase string, done, _ int) {
		if phase == "consumers" && done > 5 {
			cancel()
		}
	}
	d, err := Open(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	_, err = d.Result(ctx)
	d.Close()
	if err == nil || err.Error() != "interrupted before the day was over: run it again, it begins anew" {
		t.Error(err)
	}
	cfg.Progress = nil
	if err := play(t, cfg); err != nil {
		t.Error(err)
	}
}

func TestErrorsOfOneInstantAreOneSentence(t *testing.T) {
	if err := firstOf([]error{nil, nil}); err != nil {
		t.Error(err)
	}
	a, b := errors.New("no broker"), errors.New("no broker either")
	if err := firstOf([]error{nil, a}); err != a {
		t.Error(err)
	}
	if err := firstOf([]error{a, nil, b}); err.Error() != "no broker (1 more like it)" || !errors.Is(err, a) {
		t.Error(err)
	}
}

// TestSmallMerchantsSellAllDay: the limit for credit cards at small merchants,
// which UnionPay's wallet can only be refused for, once ended a day of full size.
func TestSmallMerchantsSellAllDay(t *testing.T) {
	d := open(t, played(t))
	v := d.app.Acquiring.Limits.Judge(risk.Facts{Amount: 40_000, Static: true, Small: true, Merchant: 5_000_000, MerchantMonth: 5_000_000})
	if v.Refused != nil || v.NoCredit {
		t.Errorf("a small merchant that sells well: %+v", v)
	}
}
