//go:build proof

package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"juma/clearing/match/synthetic"
)

// TestProofTenMillionRows reconciles two files of 10,000,000 rows by the real
// program: every planted difference and nothing else, in at most 512 MiB.
func TestProofTenMillionRows(t *testing.T) {
	const rows, limit = 10_000_000, 512 << 10 // KiB
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	var files [2]*os.File
	for i, name := range []string{"ours.csv", "theirs.csv"} {
		f, err := os.Create(path(name))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		files[i] = f
	}
	want, err := synthetic.Plan{Rows: rows, Seed: 2, Every: 500}.Write(files[0], files[1])
	if err != nil {
		t.Fatal(err)
	}
	cmd := jumaFor(t, 20*time.Minute, "reconcile", "--ours", path("ours.csv"), "--theirs", path("theirs.csv"), "--out", path("diff.csv"), "--temp", dir)
	start := time.Now()
	said, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 {
		t.Fatalf("%v\n%s", err, said)
	}
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok || usage.Maxrss > limit {
		t.Errorf("peak of %d KiB, want at most %d", usage.Maxrss, limit)
	}
	t.Logf("%v, peak %d MiB\n%s", time.Since(start).Round(100*time.Millisecond), usage.Maxrss>>10, said)
	got, err := os.ReadFile(path("diff.csv"))
	if err != nil || string(got) != strings.Join(want, "\n")+"\n" {
		t.Errorf("%d lines differ from the %d that were planted, or %v", strings.Count(string(got), "\n"), len(want), err)
	}
}
