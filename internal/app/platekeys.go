package app

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"time"

	"juma/internal/id"
	"juma/internal/safefile"
)

// PlateKeyFile holds the keys that plate keys are authenticated with. It belongs
// in the backup: without it no plate that hangs in a shop is genuine any more.
const PlateKeyFile = "plate.keys"

// PlateKeys is the ring that a file keeps. A key with an id that is not known
// yet, made after a rotation in another process, makes it look at the file again.
// It is safe for concurrent use.
type PlateKeys struct {
	path string

	mu       sync.RWMutex
	ring     *id.PlateRing
	modified time.Time
}

// LoadPlateKeys reads the ring, or draws and keeps one when there is none.
func LoadPlateKeys(path string, rnd id.Random) (*PlateKeys, error) {
	k := &PlateKeys{path: path}
	err := k.read()
	if !errors.Is(err, fs.ErrNotExist) {
		return k, err
	}
	ring, err := id.NewPlateRing(rnd)
	if err != nil {
		return nil, err
	}
	err = safefile.Create(path, []byte(ring.Text()), 0o600)
	if err != nil && !errors.Is(err, fs.ErrExist) { // another process may have been faster
		return nil, err
	}
	return k, k.read()
}

// read takes what the file holds.
func (k *PlateKeys) read() error {
	info, err := os.Stat(k.path)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(k.path)
	if err != nil {
		return err
	}
	ring, err := id.ParsePlateRing(string(text))
	if err != nil {
		return fmt.Errorf("%s holds no plate keys, restore it from the backup: %w", k.path, err)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.ring, k.modified = ring, info.ModTime()
	return nil
}

func (k *PlateKeys) now() (*id.PlateRing, time.Time) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.ring, k.modified
}

// New draws a plate key.
func (k *PlateKeys) New(rnd id.Random) string {
	ring, _ := k.now()
	return ring.New(rnd)
}

// Check refuses every key that the ring did not make.
func (k *PlateKeys) Check(key string) error {
	ring, modified := k.now()
	err := ring.Check(key)
	if err == nil || id.CheckPlateKey(key) != nil || key[:1] <= ring.Newest() {
		return err
	}
	info, statErr := os.Stat(k.path)
	if statErr != nil || info.ModTime().Equal(modified) || k.read() != nil {
		return err
	}
	ring, _ = k.now()
	return ring.Check(key)
}

// Rotate adds a key to the file, which signs from now on, and returns its id.
// Older plates stay genuine.
func (k *PlateKeys) Rotate(rnd id.Random) (newest string, err error) {
	ring, _ := k.now()
	next, err := ring.Rotate(rnd)
	if err != nil {
		return "", err
	}
	if err := safefile.WriteMode(k.path, []byte(next.Text()), 0o600); err != nil {
		return "", err
	}
	return next.Newest(), k.read()
}
