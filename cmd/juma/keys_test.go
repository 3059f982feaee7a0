package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"juma/internal/app"
	"juma/internal/dbtest"
	"juma/internal/store"
)

// TestKeysAndDoctor: a rotation seals everything again, the old key goes when
// everybody has noticed, and the doctor names what was damaged.
func TestKeysAndDoctor(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	runs(t, "users", "create", "--data", data, "--login", "root1", "--public-url", "https://pay.example.com")
	for _, want := range []string{"ok    audit chain", "ok    sealed values", "ok    book", "ok    bindings"} {
		if out := runs(t, "doctor", "--data", data); !strings.Contains(out, want) {
			t.Errorf("doctor lacks %q:\n%s", want, out)
		}
	}
	keyFile := filepath.Join(data, app.SealKeyFile)
	before, err := os.ReadFile(keyFile)
	if err != nil {
		t.Fatal(err)
	}
	if out := runs(t, "keys", "prune", "--data", data); !strings.Contains(out, "nothing to take out") {
		t.Errorf("prune: %s", out)
	}
	if out := runs(t, "keys", "rotate", "--data", data); !strings.Contains(out, "1 old keys stay readable") {
		t.Errorf("rotate: %s", out)
	}
	failsPlainly(t, []string{"seconds ago"}, "keys", "prune", "--data", data)
	hourAgo := time.Now().Add(-time.Hour)
	if err := os.Chtimes(keyFile, hourAgo, hourAgo); err != nil {
		t.Fatal(err)
	}
	if out := runs(t, "keys", "prune", "--data", data); !strings.Contains(out, "1 old keys taken out") {
		t.Errorf("prune: %s", out)
	}
	after, err := os.ReadFile(keyFile)
	if err != nil || len(after) != len(before) || string(after) == string(before) {
		t.Errorf("the key file is %d bytes, was %d, %v", len(after), len(before), err)
	}

	db := dbtest.Raw(t, store.Config{Path: filepath.Join(data, app.DatabaseFile)})
	if _, err := db.Exec("UPDATE audit SET actor = 'nobody'"); err != nil {
		t.Fatal(err)
	}
	out, err := juma(t, "doctor", "--data", data).Output()
	if err == nil || !strings.Contains(string(out), "FAIL  audit chain") || !strings.Contains(string(out), "altered") || !strings.Contains(string(out), "ok    book") {
		t.Errorf("doctor: %s, %v", out, err)
	}
	if err := os.Remove(keyFile); err != nil {
		t.Fatal(err)
	}
	failsPlainly(t, []string{"seal.keys"}, "doctor", "--data", data)
	if _, err := os.Stat(keyFile); err == nil {
		t.Error("a command that only looks has made keys")
	}
}
