//go:build bench

// Command bench is `make bench-reconcile`: juma reconcile on two files of ten
// million rows with planted differences, beside DuckDB's join of the same files.
// Both may use two cores; what is judged is the time on the clock, of the median
// round, and juma's peak memory.
package main

import (
	"bufio"
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"juma/clearing/match/synthetic"
)

// limit is what peak memory may be, in KiB.
const limit = 512 << 10

func main() {
	rows := flag.Int("rows", 10_000_000, "rows of each file")
	rounds := flag.Int("rounds", 3, "how often each runs")
	duckdb := flag.String("duckdb", "", "directory with node_modules/@duckdb/node-api; empty: without DuckDB")
	flag.Parse()
	if flag.NArg() != 2 {
		fmt.Fprintln(os.Stderr, "usage: bench [--rows N] [--rounds N] [--duckdb DIR] JUMA SCRATCH; see make bench-reconcile")
		os.Exit(2)
	}
	b := bench{juma: flag.Arg(0), dir: flag.Arg(1), duckdb: *duckdb}
	if err := b.run(*rows, *rounds); err != nil {
		fmt.Fprintln(os.Stderr, "bench-reconcile:", err)
		os.Exit(1)
	}
}

type bench struct{ juma, dir, duckdb string }

func (b bench) path(name string) string { return filepath.Join(b.dir, name) }

func (b bench) run(rows, rounds int) error {
	want, err := b.generate(rows)
	if err != nil {
		return err
	}
	var us, them []time.Duration
	var peak int64
	for range rounds {
		took, kib, err := b.ours(want)
		if err != nil {
			return err
		}
		us, peak = append(us, took), max(peak, kib)
		if b.duckdb == "" {
			continue
		}
		took, _, err = b.theirs()
		if err != nil {
			return err
		}
		them = append(them, took)
	}
	fmt.Printf("all %d planted differences and nothing else\n", len(want))
	if peak > limit {
		return fmt.Errorf("peak memory %d MiB, want at most %d", peak>>10, limit>>10)
	}
	if b.duckdb == "" {
		fmt.Println("left out: DuckDB (node, npm and @duckdb/node-api are needed)")
		return nil
	}
	ratio := median(us).Seconds() / median(them).Seconds()
	fmt.Printf("time of juma to time of duckdb, medians of %d: %.2f\n", rounds, ratio)
	if ratio > 1 {
		return errors.New("slower than DuckDB")
	}
	return nil
}

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}

func (b bench) generate(rows int) (want []string, err error) {
	ours, err := os.Create(b.path("ours.csv"))
	if err != nil {
		return nil, err
	}
	defer ours.Close()
	theirs, err := os.Create(b.path("theirs.csv"))
	if err != nil {
		return nil, err
	}
	defer theirs.Close()
	start := time.Now()
	if want, err = (synthetic.Plan{Rows: rows, Seed: 1, Every: 1000}).Write(ours, theirs); err != nil {
		return nil, err
	}
	size, err := ours.Seek(0, 1)
	fmt.Printf("two files of %d rows, %d MB each, in %.1f s\n", rows, size/1e6, time.Since(start).Seconds())
	return want, errors.Join(err, ours.Sync(), theirs.Sync())
}

// ours runs juma and holds its result against the plan.
func (b bench) ours(want []string) (time.Duration, int64, error) {
	out := b.path("diff.csv")
	took, kib, err := timed("juma", exec.Command(b.juma, "reconcile", "--ours", b.path("ours.csv"), "--theirs", b.path("theirs.csv"), "--out", out, "--temp", b.dir))
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 {
		return 0, 0, fmt.Errorf("juma reconcile: %v, want exit status 1", err)
	}
	text, err := os.ReadFile(out)
	if err != nil {
		return 0, 0, err
	}
	i := 0
	for s := bufio.NewScanner(bytes.NewReader(text)); s.Scan(); i++ {
		if i >= len(want) || s.Text() != want[i] {
			return 0, 0, fmt.Errorf("line %d of the result is %s, which was not planted", i+1, s.Text())
		}
	}
	if i != len(want) {
		return 0, 0, fmt.Errorf("%d lines, %d were planted", i, len(want))
	}
	return took, kib, nil
}

func (b bench) theirs() (time.Duration, int64, error) {
	script, err := filepath.Abs("clearing/match/bench/duckdb.js")
	if err != nil {
		return 0, 0, err
	}
	cmd := exec.Command("node", script, b.path("ours.csv"), b.path("theirs.csv"), b.path("duckdb.csv"))
	cmd.Dir = b.duckdb
	return timed("duckdb", cmd)
}

// timed gives the time on the clock and peak memory in KiB, and prints both with
// the processor's time, which tells a busy machine.
func timed(name string, cmd *exec.Cmd) (time.Duration, int64, error) {
	var errs strings.Builder
	cmd.Stderr = &errs
	start := time.Now()
	err := cmd.Run()
	took := time.Since(start)
	if err != nil {
		err = fmt.Errorf("%w\n%s", err, errs.String())
	}
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return took, 0, err
	}
	busy := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	fmt.Printf("%-8s%8.2f s  processor %6.2f s  peak %4d MiB\n", name, took.Seconds(), busy.Seconds(), usage.Maxrss>>10)
	return took, usage.Maxrss, err
}
