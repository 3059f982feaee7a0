//go:build proof

package main

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"juma/internal/dbtest"
)

// TestProofAMillionPlates issues 1,000,000 plates, records and manifest, on both
// databases by the real program, holds its peak memory against 256 MiB, and
// proves the manifest.
func TestProofAMillionPlates(t *testing.T) {
	const limit = 256 << 10 // KiB
	for name, db := range map[string]string{"sqlite": "", "mariadb": dbtest.MariaDB(t).DSN} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "out")
			measured := func(line ...string) {
				t.Helper()
				cmd := jumaFor(t, 20*time.Minute, line...)
				start := time.Now()
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Fatalf("juma %s: %v\n%s", strings.Join(line, " "), err, out)
				}
				usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
				if !ok || usage.Maxrss > limit {
					t.Errorf("juma %s: peak of %d KiB, want at most %d", line[1], usage.Maxrss, limit)
				}
				t.Logf("juma plates %s: %v, peak %d MiB", line[1], time.Since(start).Round(time.Second), usage.Maxrss>>10)
			}
			measured("plates", "issue", "--data", t.TempDir(), "--db", db, "--count", "1000000", "--payload", "unionpay", "--institution", "99982900", "--out", dir)
			measured("plates", "verify", dir)
		})
	}
}
