// Package testneeds finds the programs that some tests need besides Go: a
// browser, a database server, an independent reader of codes. What is missing is
// left out, visibly, and is a failure where nothing may be left out (CI=true).
package testneeds

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// Tool returns the path of the first of names that is installed. Without any the
// test is left out; debian names the package to install.
func Tool(tb testing.TB, debian string, names ...string) string {
	tb.Helper()
	if path := Find(names...); path != "" {
		return path
	}
	LeaveOut(tb, names[0]+" is not installed", "install Debian's "+debian)
	return ""
}

// Find returns the path of the first of names that is installed, "" when none
// is. It looks where servers are installed too, which is not on everybody's
// PATH.
func Find(names ...string) string {
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
		for _, dir := range []string{"/usr/sbin", "/usr/local/sbin", "/sbin"} {
			if path, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
				return path
			}
		}
	}
	return ""
}

// Chromium finds a browser.
func Chromium(tb testing.TB) string {
	tb.Helper()
	return Tool(tb, "chromium", "chromium", "chromium-browser", "google-chrome")
}

// LeaveOut ends the test: as failed with CI=true, else as skipped, and says so
// once in each test program.
func LeaveOut(tb testing.TB, why, remedy string) {
	tb.Helper()
	sentence := why + ": " + remedy
	if os.Getenv("CI") == "true" {
		tb.Fatal(sentence + "; with CI=true nothing may be left out")
	}
	if _, told := announced.LoadOrStore(sentence, true); !told {
		announce(fmt.Sprintf("left out: %s and others: %s\n", tb.Name(), sentence))
	}
	tb.Skip(sentence)
}

var announced sync.Map

// announce prints where people see it. go test hides what a passing package
// prints, so the line goes to the standard error of the go command that runs
// this program, where the system shows that (Linux), else to our own.
func announce(line string) {
	var w io.Writer = os.Stderr
	if f, err := os.OpenFile(fmt.Sprintf("/proc/%d/fd/2", os.Getppid()), os.O_WRONLY|os.O_APPEND, 0); err == nil {
		defer f.Close()
		w = f
	}
	fmt.Fprint(w, line)
}
