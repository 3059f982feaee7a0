package testneeds

import (
	"runtime"
	"strings"
	"testing"
)

// recorder is a test that notes how it was ended.
type recorder struct {
	testing.TB
	failed, skipped string
}

func (r *recorder) Helper()      {}
func (r *recorder) Name() string { return "TestOfARecorder" }
func (r *recorder) Fatal(args ...any) {
	r.failed = args[0].(string)
	runtime.Goexit()
}
func (r *recorder) Skip(args ...any) {
	r.skipped = args[0].(string)
	runtime.Goexit()
}

func run(f func(testing.TB)) *recorder {
	r, done := &recorder{}, make(chan struct{})
	go func() {
		defer close(done)
		f(r)
	}()
	<-done
	return r
}

func TestWhatIsMissingIsLeftOutOrFails(t *testing.T) {
	need := func(tb testing.TB) { Tool(tb, "no-such-package", "no-such-program") }
	t.Setenv("CI", "true")
	if r := run(need); !strings.Contains(r.failed, "no-such-package") || r.skipped != "" {
		t.Errorf("with CI=true: failed %q, skipped %q", r.failed, r.skipped)
	}
	t.Setenv("CI", "")
	announced.Store("no-such-program is not installed: install Debian's no-such-package", true) // not shown to people: nothing is left out here
	if r := run(need); !strings.Contains(r.skipped, "no-such-package") || r.failed != "" {
		t.Errorf("without: failed %q, skipped %q", r.failed, r.skipped)
	}
	if Find("no-such-program", "sh") == "" {
		t.Error("sh was not found")
	}
}
