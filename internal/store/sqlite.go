package store

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"os"
	"path/filepath"

	gosqlite "github.com/glebarez/go-sqlite"
	"github.com/glebarez/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"juma/internal/fault"
)

// Memory is bounded: a page cache of 4 MiB for the writer and 1 MiB for each of
// a few readers (negative sizes are KiB).
const (
	sqliteReaders     = 4
	sqliteWriterCache = "cache_size(-4096)"
	sqliteReaderCache = "cache_size(-1024)"
)

// durable is what every connection has: WAL, so that readers never wait, and an
// fsync in every commit, so that what was answered stays.
var durable = []string{"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(0)"}

// openSQLite creates, migrates and opens the file: one connection that writes
// and a few that read.
func (s *Store) openSQLite(ctx context.Context, op string, log *slog.Logger) error {
	if err := os.MkdirAll(filepath.Dir(s.target.path), 0o750); err != nil {
		return &fault.Error{Op: op, Kind: fault.Unavailable, Field: "database file", Value: s.target.path, Msg: "its directory cannot be made; choose another path", Err: pathCause(err)}
	}
	if err := touchFile(op, s.target.path); err != nil {
		return err
	}
	if _, err := migrateSQLite(ctx, op, s.target); err != nil {
		return err
	}
	writer, err := s.sqlitePool(1, append(durable[:len(durable):len(durable)], sqliteWriterCache)...)
	if err != nil {
		return err
	}
	if s.write, err = s.openPool(writer, &sqlite.Dialector{Conn: writer}, log); err != nil {
		return s.target.sqliteFault(op, err)
	}
	readers, err := s.sqlitePool(sqliteReaders, append(durable[:len(durable):len(durable)], sqliteReaderCache, "query_only(1)")...)
	if err != nil {
		return err
	}
	if s.read, err = s.openPool(readers, &sqlite.Dialector{Conn: readers}, log); err != nil {
		return s.target.sqliteFault(op, err)
	}
	return nil
}

func (s *Store) sqlitePool(size int, pragmas ...string) (*sql.DB, error) {
	pool, err := sql.Open(sqlite.DriverName, s.target.sqliteDSN(pragmas...))
	if err != nil {
		return nil, s.target.sqliteFault("store.Open", err)
	}
	pool.SetMaxOpenConns(size)
	pool.SetMaxIdleConns(size)
	return pool, nil
}

// sqliteFault explains in one sentence what is wrong with the file.
func (t target) sqliteFault(op string, err error) error {
	f := &fault.Error{Op: op, Kind: fault.Unavailable, Field: "database file", Value: t.path, Err: err}
	switch code, _ := sqliteCode(err); code & 0xff {
	case sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT:
		f.Kind, f.Msg = fault.Corrupt, "is not a sound SQLite database; restore it or choose another path"
	case sqlite3.SQLITE_BUSY:
		f.Msg = "is in use by another program; stop that first"
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN:
		f.Msg = "cannot be opened for writing; choose another path or mend its permissions"
	default:
		f.Msg = "cannot be opened"
	}
	return f
}

// sqliteCode finds SQLite's extended result code in an error.
func sqliteCode(err error) (int, bool) {
	var se *gosqlite.Error
	if errors.As(err, &se) {
		return se.Code(), true
	}
	return 0, false
}
