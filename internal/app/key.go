package app

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"juma/internal/id"
	"juma/internal/safefile"
)

// tokenKeyFile keeps the key of the payer tokens in the data directory.
const tokenKeyFile = "token.key"

// keyBytes is the length of a kept key.
const keyBytes = 32

// keptKey reads a key, or draws and keeps one when there is none yet. Only this
// user may read the file.
func keptKey(path string, rnd id.Random) ([]byte, error) {
	text, err := os.ReadFile(path)
	if err == nil {
		key, err := hex.DecodeString(strings.TrimSpace(string(text)))
		if err != nil || len(key) != keyBytes {
			return nil, fmt.Errorf("%s holds no key: want %d hexadecimal digits; restore it from the backup", path, 2*keyBytes)
		}
		return key, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	key := make([]byte, keyBytes)
	if _, err := io.ReadFull(rnd, key); err != nil {
		return nil, err
	}
	err = safefile.Create(path, fmt.Appendf(nil, "%x\n", key), 0o600)
	if errors.Is(err, fs.ErrExist) { // another process was faster
		return keptKey(path, rnd)
	}
	return key, err
}
