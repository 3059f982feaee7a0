// Package store keeps every domain's rows: one implementation on gorm for SQLite
// and for MySQL and what speaks its protocol. It is the only package that knows
// gorm. The domains declare what they need (acquiring.Store, clearing.Store,
// merchants.Repository, qrcode.Repository, access.Repository); a Store has a view
// for each, and the outbox's side for the message bus.
//
// How it keeps its word:
//
//   - Money moves in transactions that are opened in one place (group.go). What
//     waits at the same time shares one commit, so the disk's pace limits commits
//     and not payments.
//   - A state changes by an UPDATE that names the state it expects; the number of
//     rows moved is the answer. Uniqueness is an index, translated into a fault
//     that names the field (keys.go).
//   - A transaction that the database gave up (deadlock, lock wait, busy) is run
//     again as a whole. A lost answer to COMMIT is fault kind Unknown: read again.
//   - SQL is the part that both dialects agree on. Instants are stored as
//     microseconds and come back in UTC; the zero time is 0.
package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"gorm.io/gorm"

	"juma/acquiring"
	"juma/clearing"
	"juma/internal/access"
	"juma/internal/fault"
	"juma/internal/id"
	"juma/internal/seal"
	"juma/merchants"
	"juma/qrcode"
)

// Config says where the database is.
type Config struct {
	// DSN is what --db says: "" (SQLite at Path), "sqlite:PATH", or
	// "mysql://user:password@host:port/database". Characters of user and password
	// that mean something in an address are written as %XX.
	DSN string
	// Path is the SQLite file when DSN names none.
	Path string
	// Logger gets slow statements, without their values; nil discards them.
	Logger *slog.Logger
	// Random makes the identifiers of the audit rows that the store writes itself;
	// nil means crypto/rand.
	Random id.Random
	// Keys seal what identifies a person. Without them such columns can neither be
	// written nor read.
	Keys *seal.Keyring
	// ReloadKeys returns the keys when their file has changed, else nil (see
	// seal.Watch); nil: they never change.
	ReloadKeys func() (*seal.Keyring, error)
}

// Store is an open database. It is safe for concurrent use.
type Store struct {
	target  target
	write   *gorm.DB
	read    *gorm.DB // the same as write on MySQL
	group   *group
	ids     *id.ULIDs
	keys    liveRing
	closers []io.Closer
}

// pingTimeout is how long Open and Migrate wait for the database to answer.
const pingTimeout = 5 * time.Second

// Open opens the database. SQLite is created and migrated as needed; MySQL must
// have been migrated (Migrate). A database that cannot be used is refused with
// one sentence that never holds the password: fault kind Unavailable when it
// cannot be reached, NotReady when it must be migrated first, Conflict when it
// was made by a newer program, Invalid for an address or a server that will not
// do, Corrupt for a file that is no database.
func Open(ctx context.Context, cfg Config) (*Store, error) {
	const op = "store.Open"
	t, err := parseTarget(cfg.DSN, cfg.Path)
	if err != nil {
		return nil, err
	}
	s := &Store{target: t, ids: id.NewULIDs(cfg.Random)}
	s.keys.now.Store(cfg.Keys)
	s.keys.reload = cfg.ReloadKeys
	if cfg.Random == nil {
		s.ids = id.NewULIDs(rand.Reader)
	}
	log := cfg.Logger
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	if t.sqlite {
		err = s.openSQLite(ctx, op, log)
	} else {
		err = s.openMySQL(ctx, op, log)
	}
	if err != nil {
		return nil, errors.Join(err, s.closePools())
	}
	s.group = newGroup(s.begin, t.lanes())
	if err := s.checkKeys(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Close lets the transactions that wait or run end, and closes the database.
// Updates that come later are refused with fault kind Unavailable.
func (s *Store) Close() error {
	s.group.close()
	return s.closePools()
}

func (s *Store) closePools() error {
	var errs []error
	for _, c := range s.closers {
		errs = append(errs, c.Close())
	}
	s.closers = nil
	return errors.Join(errs...)
}

// String names the database without its password.
func (s *Store) String() string { return s.target.String() }

// Stats says how the group committer has done since Open.
func (s *Store) Stats() Stats { return s.group.stats() }

// Acquiring is the store as acquiring needs it.
func (s *Store) Acquiring() acquiring.Store { return acquiringStore{s} }

// Clearing is the store as clearing needs it.
func (s *Store) Clearing() clearing.Store { return clearingStore{s} }

// Merchants is the store as merchants needs it.
func (s *Store) Merchants() merchants.Repository { return merchantStore{s} }

// Uploads is the store as merchants.Uploads needs it.
func (s *Store) Uploads() merchants.UploadRepository { return uploadStore{s} }

// Plates is the store as qrcode needs it.
func (s *Store) Plates() qrcode.Repository { return plateStore{s} }

// Access is the store as access needs it.
func (s *Store) Access() access.Repository { return accessStore{s} }

// reader returns a connection for reading outside transactions.
func (s *Store) reader(ctx context.Context) *conn {
	return &conn{db: s.read.WithContext(ctx), store: s}
}

// openPool gives gorm a pool that is already open.
func (s *Store) openPool(pool *sql.DB, d gorm.Dialector, log *slog.Logger) (*gorm.DB, error) {
	s.closers = append(s.closers, pool)
	return gorm.Open(translating{d}, &gorm.Config{
		SkipDefaultTransaction:   true, // transactions are opened in group.go only
		DisableNestedTransaction: true, // they would be savepoints
		DisableAutomaticPing:     true,
		TranslateError:           true,
		Logger:                   quietLogger{log},
	})
}

// ping asks the database whether it is there.
func (s *Store) ping(ctx context.Context, op string, pool *sql.DB) error {
	ctx, cancel := context.WithTimeout(ctx, pingTimeout)
	defer cancel()
	if err := pool.PingContext(ctx); err != nil {
		return s.target.unreachable(op, err)
	}
	return nil
}

// touchFile makes sure that the file can be written and that nobody else may
// read it: it holds who paid whom.
func touchFile(op, path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return &fault.Error{Op: op, Kind: fault.Unavailable, Field: "database file", Value: path, Msg: "cannot be opened for writing; choose another path or mend its permissions", Err: pathCause(err)}
	}
	return f.Close()
}

// pathCause leaves the path out of a file error that is named already.
func pathCause(err error) error {
	var pe *os.PathError
	if errors.As(err, &pe) {
		return fmt.Errorf("%s: %w", pe.Op, pe.Err)
	}
	return err
}
