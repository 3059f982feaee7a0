package app

import (
	"bytes"
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestKeptKey(t *testing.T) {
	path := filepath.Join(t.TempDir(), tokenKeyFile)
	key, err := keptKey(path, rand.Reader)
	if err != nil || len(key) != keyBytes {
		t.Fatalf("%d bytes, %v", len(key), err)
	}
	if again, err := keptKey(path, rand.Reader); err != nil || !bytes.Equal(key, again) {
		t.Errorf("the kept key changed: %v", err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v: others can read the key", info.Mode(), err)
	}
	if err := os.WriteFile(path, []byte("rubbish"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := keptKey(path, rand.Reader); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("a damaged key file gave %v", err)
	}
}
