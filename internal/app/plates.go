package app

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"juma/acquiring"
	"juma/internal/audit"
	"juma/internal/clock"
	"juma/internal/fault"
	"juma/internal/id"
	"juma/internal/seal"
	"juma/internal/store"
	"juma/qrcode"
)

// ManifestKeyFile keeps the key that signs manifests in the data directory: the
// seed of an Ed25519 key.
const ManifestKeyFile = "manifest.key"

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
	above, err := FourEyesAbove(ctx, s)
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return &PlateOffice{
		Service: qrcode.NewService(qrcode.Config{
			Repo: s.Plates(), Clock: clock.Real{}, IDs: id.NewULIDs(rand.Reader), Random: rand.Reader, Keys: keys, Host: DefaultPlateHost, FourEyesAbove: above,
		}),
		Store: s, Ring: keys, dir: dataDir,
	}, nil
}

// Close closes the database.
func (o *PlateOffice) Close() error { return o.Store.Close() }

// ManifestKey is what manifests are signed with. It is drawn when there is none.
func (o *PlateOffice) ManifestKey() (ed25519.PrivateKey, error) {
	return manifestKey(o.dir, rand.Reader)
}

// RotateKeys adds a key that plate keys are authenticated with and returns its
// id.
func (o *PlateOffice) RotateKeys() (string, error) { return o.Ring.Rotate(rand.Reader) }

// metaFourEyes is where the largest batch that one person may make is kept.
const metaFourEyes = "plates.four_eyes_above"

// FourEyesAbove is the largest batch of plates that needs no second person; 0 when
// nobody has set it, which is qrcode.DefaultFourEyesAbove.
func FourEyesAbove(ctx context.Context, s *store.Store) (int, error) {
	text, found, err := s.Meta(ctx, metaFourEyes)
	if err != nil || !found {
		return 0, err
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return 0, fault.New("app.FourEyesAbove", fault.Corrupt, "the database says %q for %s; set it again", text, metaFourEyes)
	}
	return n, nil
}

// SetFourEyesAbove changes it for batches that are ordered from now on, with an
// audit entry. A running server takes it when it is started again.
func (o *PlateOffice) SetFourEyesAbove(ctx context.Context, n int, by, reason string) error {
	if n < 1 || n > qrcode.MaxBatch {
		return fault.Field("app.SetFourEyesAbove", "count", strconv.Itoa(n), "want 1 to %d", qrcode.MaxBatch)
	}
	before := strconv.Itoa(o.FourEyesAbove)
	err := o.Store.Acquiring().Update(ctx, func(tx acquiring.Tx) error {
		return tx.Audit(audit.Entry{At: o.Clock.Now(), Actor: by, Action: "plates.four_eyes_above", Object: "plates", Before: before, After: strconv.Itoa(n), Reason: reason})
	})
	if err != nil {
		return err
	}
	o.FourEyesAbove = n
	return o.Store.SetMeta(ctx, metaFourEyes, strconv.Itoa(n))
}
