// Package dbtest gives tests a database of each kind that Juma runs on, so that
// one suite proves them all:
//
//	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
//		s := open()
//		…
//	})
//
// Each runs its function once on SQLite (a file in the test's own directory) and
// once on MariaDB: a private server that is started with the first test that
// asks, serves the test process, and ends with it however that ends. Every
// subtest has a database of its own. Where mariadbd is not installed the MariaDB
// half is skipped and says so, except with CI=true in the environment, where it
// fails. JUMA_TEST_MYSQL=mysql://user:password@host:port/name adds a server that
// is there already (MySQL 8, TiDB); its user must be allowed to create databases.
//
// For tests only: no other package may import it outside _test files.
package dbtest

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"juma/internal/id"
	"juma/internal/seal"
	"juma/internal/store"
	"juma/internal/testneeds"
)

// Each runs f once for every kind of database. open opens the subtest's
// database, migrated; called again it opens the same one again, as a second
// process would. What was opened is closed when the subtest ends.
func Each(t *testing.T, f func(t *testing.T, open func() *store.Store)) {
	t.Helper()
	EachEmpty(t, func(t *testing.T, cfg store.Config) {
		migrate(t, cfg)
		f(t, func() *store.Store { return Open(t, cfg) })
	})
}

// migrate migrates an empty database. A file is copied from one that was
// migrated once: that is many times faster.
func migrate(t testing.TB, cfg store.Config) {
	t.Helper()
	if cfg.Path == "" {
		if _, err := store.Migrate(context.Background(), cfg); err != nil {
			t.Fatalf("migrate: %v", err)
		}
		return
	}
	file, err := template()
	if err == nil {
		err = os.WriteFile(cfg.Path, file, 0o600)
	}
	if err != nil {
		t.Fatalf("migrate: %v", err)
	}
}

// template is the content of a migrated SQLite file.
var template = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "juma-template-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "juma.db")
	if _, err := store.Migrate(context.Background(), store.Config{Path: path}); err != nil {
		return nil, err
	}
	return os.ReadFile(path) // the last connection has put the write-ahead log into it
})

// EachEmpty is Each with an empty database that nothing has migrated yet.
func EachEmpty(t *testing.T, f func(t *testing.T, cfg store.Config)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { f(t, SQLite(t)) })
	t.Run("mariadb", func(t *testing.T) { f(t, MariaDB(t)) })
	if dsn := os.Getenv("JUMA_TEST_MYSQL"); dsn != "" {
		t.Run("mysql", func(t *testing.T) { f(t, newDatabase(t, dsn)) })
	}
}

// Open opens a migrated database for the time of the test.
func Open(tb testing.TB, cfg store.Config) *store.Store {
	tb.Helper()
	s, err := store.Open(context.Background(), cfg)
	if err != nil {
		tb.Fatalf("open %s: %v", cfg.Path, err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Errorf("close the database: %v", err)
		}
	})
	return s
}

// SQLite is a file that does not exist yet.
func SQLite(tb testing.TB) store.Config {
	tb.Helper()
	return store.Config{Path: filepath.Join(tb.TempDir(), "juma.db"), Keys: keys()}
}

// Migrated opens a fresh, migrated SQLite database for the time of the test, for
// tests of what lies above the store.
func Migrated(tb testing.TB) *store.Store {
	tb.Helper()
	cfg := SQLite(tb)
	migrate(tb, cfg)
	return Open(tb, cfg)
}

// MariaDB is an empty database on the private server.
func MariaDB(tb testing.TB) store.Config {
	tb.Helper()
	server, err := private()
	if err == errNotInstalled {
		testneeds.LeaveOut(tb, "mariadbd is not installed", "install Debian's mariadb-server")
	}
	if err != nil {
		tb.Fatalf("MariaDB: %v", err)
	}
	return newDatabase(tb, server)
}

// keys seal what identifies a person, the same for all tests.
var keys = sync.OnceValue(func() *seal.Keyring {
	k, err := seal.New(id.Seeded(1, "test seal"))
	if err != nil {
		panic("dbtest: " + err.Error()) // a seeded source does not fail
	}
	return k
})

// databases numbers the databases of this process.
var databases atomic.Int64

// newDatabase makes an empty database on the server and drops it with the test.
func newDatabase(tb testing.TB, server string) store.Config {
	tb.Helper()
	u, err := url.Parse(server)
	if err != nil {
		tb.Fatal("JUMA_TEST_MYSQL: want mysql://user:password@host:port/name")
	}
	name := fmt.Sprintf("juma_test_%d_%d", os.Getpid(), databases.Add(1))
	if err := run(u, "CREATE DATABASE "+name); err != nil {
		tb.Fatalf("create database %s: %v", name, err)
	}
	tb.Cleanup(func() {
		if err := run(u, "DROP DATABASE "+name); err != nil {
			tb.Errorf("drop database %s: %v", name, err)
		}
	})
	u.Path = "/" + name
	return store.Config{DSN: u.String(), Keys: keys()}
}
