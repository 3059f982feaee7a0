package demo

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"juma/internal/bizdate"
)

// The points at which a clearing day is killed, in the order of the day. Where a point
// is passed more than once, ":n" is the time that is meant.
var crashPoints = []string{
	"safefile.synced",
	"clearing.f1.half_download",
	"clearing.f2.stored",
	"clearing.f3.half_parsed:2",
	"clearing.f4.half_matched",
	"clearing.f5.batch_computed",
	"clearing.f6.temp_written:2",
	"clearing.f7.synced",
	"clearing.f8.renamed",
	"clearing.f9.registered",
	"clearing.released",
	"payouts.assigned",
	"safefile.synced",
	"payouts.half_written",
	"payouts.placed",
}

// TestKilledAtEveryPoint (T-A1, f1 to f9): a process that is killed with SIGKILL at one
// point of the day after the other, and then left alone, writes the files that an
// undisturbed one writes, byte for byte.
func TestKilledAtEveryPoint(t *testing.T) {
	eve := preparedEve(t, "", 7)
	want := eve.undisturbed(t)
	day := eve.copy(t)
	for _, point := range crashPoints {
		day.killed(t, point)
	}
	day.finishes(t, want)
}

// eve is a day that is over and not cleared: its data directory, and the sandboxes that
// still know it.
type eve struct {
	date, dir, db, wallets string
	program                string // juma, built to be killed
}

// crashable is juma with its crash points, built once.
var crashable = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "juma-crash-")
	if err != nil {
		return "", err
	}
	crashableDir = dir
	path := filepath.Join(dir, "juma")
	out, err := exec.Command("go", "build", "-tags", "crash", "-o", path, "juma/cmd/juma").CombinedOutput()
	if err != nil {
		err = errors.New(err.Error() + ": " + string(out))
	}
	return path, err
})

// crashableDir is where it lies; TestMain removes it.
var crashableDir string

// preparedEve plays a small day up to the evening. It is the day before yesterday: the
// program's clock is the wall's, and so is that of the sandboxes from then on.
func preparedEve(t *testing.T, db string, seed uint64) eve {
	t.Helper()
	go func() { _, _ = crashable() }() // while the day is played
	ctx := context.Background()
	cfg := small(t.TempDir())
	cfg.DB, cfg.Payments, cfg.Merchants, cfg.Seed, cfg.Date = db, 12, 2, seed, bizdate.Of(time.Now()).AddDays(-2)
	d := open(t, cfg)
	if _, err := d.playUntilMorning(ctx); err != nil {
		t.Fatal(err)
	}
	d.app.Close()
	d.clock.AdvanceTo(time.Now())
	d.clock.GoLive()
	program, err := crashable()
	if err != nil {
		t.Fatal(err)
	}
	ready, err := json.Marshal(d.sandbox.Ready())
	e := eve{date: cfg.Date.String(), dir: cfg.DataDir, db: db, wallets: filepath.Join(t.TempDir(), "wallets.json"), program: program}
	err = errors.Join(err, os.WriteFile(e.wallets, ready, 0o600),
		os.WriteFile(filepath.Join(e.dir, "token.key"), bytes.Repeat([]byte("07"), 32), 0o600),
		os.RemoveAll(filepath.Join(e.dir, "nats")), os.RemoveAll(filepath.Join(e.dir, "plates")))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// copy is the same evening in a directory of its own.
func (e eve) copy(t *testing.T) eve {
	t.Helper()
	from := e.dir
	e.dir = t.TempDir()
	if err := os.CopyFS(e.dir, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	return e
}

// run starts the two commands that take the day to its end, to be killed at a point or,
// at "", not at all. It gives the error of the one that ended first.
func (e eve) run(t *testing.T, point string) error {
	t.Helper()
	common := []string{"--data", e.dir, "--db", e.db}
	for _, line := range []string{
		"clearing close " + e.date + " --by " + clearingOperator + " --release-by " + clearingApprover + " --wallets " + e.wallets,
		"clearing payouts send " + e.date + " --by " + clearingOperator,
	} {
		if err := e.juma(t, point, append(strings.Fields(line), common...)...); err != nil {
			return err
		}
	}
	return nil
}

func (e eve) juma(t *testing.T, point string, line ...string) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, e.program, line...)
	cmd.Env = append(os.Environ(), "JUMA_CRASH_AT="+point)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL {
		return errKilled
	}
	if err != nil {
		t.Fatalf("juma %s: %v\n%s", strings.Join(line, " "), err, out)
	}
	return nil
}

var errKilled = errors.New("killed")

// killed runs the day and wants it killed at the point.
func (e eve) killed(t *testing.T, point string) {
	t.Helper()
	if err := e.run(t, point); !errors.Is(err, errKilled) {
		t.Errorf("%s was not reached: %v", point, err)
	}
}

// undisturbed runs a copy of the day and gives its files.
func (e eve) undisturbed(t *testing.T) map[string]string {
	t.Helper()
	e = e.copy(t)
	if err := e.run(t, ""); err != nil {
		t.Fatal(err)
	}
	files := e.files(t)
	if len(files) < 4*2+2*2+2 {
		t.Fatalf("only %d files: %v", len(files), maps.Keys(files))
	}
	return files
}

// files are those of settlement, payouts and statements. An instruction says when it
// was decided, which is another second in each run.
func (e eve) files(t *testing.T) map[string]string {
	t.Helper()
	all := contents(t, e.dir, "settlement", "payouts", "statements")
	for name, text := range all {
		if control, ok := all[name+".chk"]; ok && strings.HasPrefix(name, "payouts") {
			sum := fmt.Sprintf("%x", sha256.Sum256([]byte(text)))
			if !strings.Contains(control, sum) {
				t.Errorf("%s is not what its control file says", name)
			}
			all[name+".chk"] = strings.Replace(control, sum, "", 1)
			all[name] = decidedAt.ReplaceAllString(text, "")
		}
	}
	return all
}

var decidedAt = regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d`)

// finishes runs the day to its end, twice, and wants the files and a sound database.
func (e eve) finishes(t *testing.T, want map[string]string) {
	t.Helper()
	for range 2 {
		if err := e.run(t, ""); err != nil {
			t.Fatal(err)
		}
	}
	got := e.files(t)
	for name, text := range want {
		if got[name] != text {
			t.Errorf("%s differs from the undisturbed run's:\n%s\nwant\n%s", name, got[name], text)
		}
		delete(got, name)
	}
	for name := range got {
		t.Errorf("%s was left behind", name)
	}
	if err := e.juma(t, "", "doctor", "--data", e.dir, "--db", e.db, "--wallets", ""); err != nil {
		t.Error(err)
	}
}
