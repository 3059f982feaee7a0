//go:build bench

// Command bench is `make bench-plates`: the bare code in PNG, from payload to
// bytes in memory, beside libqrencode with libpng on the same payloads. Both run
// on one core, in turns, and what is counted is the processor's time (the garbage
// collector's included), so that a busy machine changes little; each is judged by
// its median round.
package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"juma/internal/id"
	"juma/qrcode/render"
	"juma/qrcode/scan"
)

const (
	pictures = 3000
	rounds   = 9
	wanted   = 0.8
)

// result is one round's rate and size.
type result struct {
	perSecond float64
	bytes     int
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: bench RIVAL; see make bench-plates")
		os.Exit(2)
	}
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "bench-plates:", err)
		os.Exit(1)
	}
}

func run(rival string) error {
	payloads := make([]string, pictures)
	rnd := id.Seeded(1, "bench")
	for i := range payloads { // as long as a key with its authentication code
		payloads[i] = "https://q.example.com/q/" + (id.NewPlateKey(rnd) + id.NewPlateKey(rnd))[:28]
	}
	if err := sameCode(rival, payloads[0]); err != nil {
		return err
	}
	var us, them, matrix []result
	for range rounds {
		ours, err := measure(payloads, func(w *bytes.Buffer, p string) error {
			return render.Code(w, render.FormatPNG, p, render.Options{Size: 512})
		})
		if err != nil {
			return err
		}
		part, err := measure(payloads, func(_ *bytes.Buffer, p string) error {
			_, err := render.Matrix(p, render.LevelM)
			return err
		})
		if err != nil {
			return err
		}
		theirs, err := measureRival(rival, payloads)
		if err != nil {
			return err
		}
		us, them, matrix = append(us, ours), append(them, theirs), append(matrix, part)
	}
	a, b := median(us), median(them)
	fmt.Printf("%d pictures of 512 × 512 at level M, payloads of %d characters, one core, median of %d rounds\n", pictures, len(payloads[0]), rounds)
	fmt.Printf("  juma                    %6.0f a second  %5d bytes a picture  (its matrix alone: %.0f a second)\n", a.perSecond, a.bytes, median(matrix).perSecond)
	fmt.Printf("  libqrencode + libpng    %6.0f a second  %5d bytes a picture\n", b.perSecond, b.bytes)
	fmt.Printf("  ratio %.2f (want at least %.1f)\n", a.perSecond/b.perSecond, wanted)
	if a.perSecond < wanted*b.perSecond {
		return fmt.Errorf("slower than wanted")
	}
	return nil
}

func measure(payloads []string, draw func(*bytes.Buffer, string) error) (result, error) {
	var b bytes.Buffer
	total := 0
	from := processorTime()
	for _, p := range payloads {
		b.Reset()
		if err := draw(&b, p); err != nil {
			return result{}, err
		}
		total += b.Len()
	}
	return result{float64(len(payloads)) / (processorTime() - from).Seconds(), total / len(payloads)}, nil
}

// processorTime is what this process has used so far.
func processorTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func measureRival(rival string, payloads []string, args ...string) (result, error) {
	cmd := exec.Command(rival, args...)
	cmd.Stdin = strings.NewReader(strings.Join(payloads, "\n") + "\n")
	out, err := cmd.Output()
	if err != nil {
		return result{}, fmt.Errorf("rival: %w", err)
	}
	var seconds float64
	var total, n int
	if _, err := fmt.Sscan(string(out), &seconds, &total, &n); err != nil || n != len(payloads) {
		return result{}, fmt.Errorf("rival says %q: %v", out, err)
	}
	return result{float64(n) / seconds, total / n}, nil
}

// sameCode has both pictures of a payload read back: a race between different
// works would prove nothing.
func sameCode(rival, payload string) error {
	dir, err := os.MkdirTemp("", "bench-plates")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	theirs := filepath.Join(dir, "theirs.png")
	if _, err := measureRival(rival, []string{payload}, theirs); err != nil {
		return err
	}
	ours := filepath.Join(dir, "ours.png")
	var b bytes.Buffer
	if err := render.Code(&b, render.FormatPNG, payload, render.Options{Size: 512}); err != nil {
		return err
	}
	if err := os.WriteFile(ours, b.Bytes(), 0o600); err != nil {
		return err
	}
	for _, file := range []string{ours, theirs} {
		if got, err := scan.File(file); err != nil || !slices.Equal(got, []string{payload}) {
			return fmt.Errorf("%s says %q, want %q: %v", filepath.Base(file), got, payload, err)
		}
	}
	return nil
}

func median(all []result) result {
	sorted := slices.Clone(all)
	slices.SortFunc(sorted, func(a, b result) int { return int(a.perSecond - b.perSecond) })
	return sorted[len(sorted)/2]
}
