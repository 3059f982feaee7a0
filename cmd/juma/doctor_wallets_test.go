package main

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"juma/acquiring/sandbox"
	wxbox "juma/acquiring/sandbox/wechat"
	"juma/internal/clock"
)

// TestDoctorWarnsOfCertificates: thirty days before its end a certificate is warned of,
// after it the doctor fails, and without a configuration it says that it did not look.
func TestDoctorWarnsOfCertificates(t *testing.T) {
	start := time.Date(2026, 3, 10, 4, 0, 0, 0, time.UTC)
	box, err := wxbox.New(sandbox.NewCore(clock.NewSim(start, 1), nil))
	if err != nil {
		t.Fatal(err)
	}
	creds := box.Credentials()
	creds["base_url"] = "http://127.0.0.1:1"
	text, err := json.Marshal(map[string]any{"wechat": creds})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "wallets.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	end := start.AddDate(-1, 0, 0).AddDate(5, 0, 0) // a year before the start and five years long
	for _, c := range []struct {
		at   time.Time
		want string
		err  error
	}{
		{end.AddDate(0, 0, -31), "ok    wechat", nil},
		{end.AddDate(0, 0, -30), "WARN  wechat", nil},
		{end.AddDate(0, 0, 1), "FAIL  wechat", errExpired},
	} {
		var out strings.Builder
		if err := checkCredentials(t.Context(), &out, file, c.at); !errors.Is(err, c.err) || !strings.Contains(out.String(), c.want) {
			t.Errorf("at %s: %v, want %v and %q:\n%s", c.at, err, c.err, c.want, out.String())
		}
	}
	var out strings.Builder
	if err := checkCredentials(t.Context(), &out, file+".not", end); err != nil || !strings.Contains(out.String(), "skip") {
		t.Errorf("without a file: %v, %s", err, out.String())
	}
}
