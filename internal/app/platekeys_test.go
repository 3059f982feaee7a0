package app_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"juma/internal/app"
	"juma/internal/id"
)

func TestPlateKeysAreKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), app.PlateKeyFile)
	serving, err := app.LoadPlateKeys(path, id.Seeded(1, "ring"))
	must(t, err)
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v: the file is a secret", info.Mode(), err)
	}
	old := serving.New(id.Seeded(1, "a"))
	command, err := app.LoadPlateKeys(path, id.Seeded(2, "another ring"))
	must(t, err)
	if err := command.Check(old); err != nil {
		t.Errorf("the second process drew keys of its own: %v", err)
	}
	newest, err := command.Rotate(id.Seeded(3, "ring"))
	must(t, err)
	fresh := command.New(id.Seeded(1, "b"))
	if newest != "B" || fresh[:1] != "B" {
		t.Errorf("key %s is signed with %s", fresh, newest)
	}
	for _, key := range []string{old, fresh} {
		if err := serving.Check(key); err != nil {
			t.Errorf("the serving process, after a rotation in another: %v", err)
		}
	}
	must(t, os.WriteFile(path, []byte("A 00\n"), 0o600))
	if _, err := app.LoadPlateKeys(path, id.Seeded(1, "ring")); err == nil || !strings.Contains(err.Error(), "backup") {
		t.Errorf("a damaged file: %v", err)
	}
}
