package app

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"

	"juma/internal/clock"
	"juma/internal/id"
	"juma/internal/seal"
	"juma/internal/store"
	"juma/qrcode"
)

// manifestKeyFile keeps the key that signs manifests in the data directory: the
// seed of an Ed25519 key.
const manifestKeyFile = "manifest.key"

// DefaultPlateHost is the host of own plates where nobody says another.
const DefaultPlateHost = "localhost"

// PlateOffice is the part of an App that makes and moves plates, without pages,
// wallets and message bus: what the commands need.
type PlateOffice struct {
	*qrcode.Service
	Store *store.Store
	Ring  *PlateKeys

	dir string
}

// OpenPlateOffice opens the database and the keys of a data directory, and makes
// what is missing. A server's database is migrated only when it is empty.
func OpenPlateOffice(ctx context.Context, dataDir, db string) (*PlateOffice, error) {
	if err := os.MkdirAll(dataDir, 0o755); err != nil {
		return nil, fmt.Errorf("data directory: %w; choose another with --data", err)
	}
	seals, err := seal.Load(filepath.Join(dataDir, SealKeyFile), rand.Reader)
	if err != nil {
		return nil, err
	}
	keys, err := LoadPlateKeys(filepath.Join(dataDir, PlateKeyFile), rand.Reader)
	if err != nil {
		return nil, err
	}
	cfg := store.Config{DSN: db, Path: filepath.Join(dataDir, DatabaseFile), Keys: seals}
	if err := store.MigrateEmpty(ctx, cfg); err != nil {
		return nil, err
	}
	s, err := store.Open(ctx, cfg)
	if err != nil {
		return nil, err
	}
	return &PlateOffice{
		Service: qrcode.NewService(qrcode.Config{
			Repo: s.Plates(), Clock: clock.Real{}, IDs: id.NewULIDs(rand.Reader), Random: rand.Reader, Keys: keys, Host: DefaultPlateHost,
		}),
		Store: s, Ring: keys, dir: dataDir,
	}, nil
}

// Close closes the database.
func (o *PlateOffice) Close() error { return o.Store.Close() }

// ManifestKey is what manifests are signed with. It is drawn when there is none.
func (o *PlateOffice) ManifestKey() (ed25519.PrivateKey, error) {
	seed, err := keptKey(filepath.Join(o.dir, manifestKeyFile), rand.Reader)
	if err != nil {
		return nil, err
	}
	return ed25519.NewKeyFromSeed(seed), nil
}

// RotateKeys adds a key that plate keys are authenticated with and returns its
// id.
func (o *PlateOffice) RotateKeys() (string, error) { return o.Ring.Rotate(rand.Reader) }
