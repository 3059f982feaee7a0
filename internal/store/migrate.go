package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/glebarez/sqlite"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	sqlite3 "modernc.org/sqlite/lib"

	"juma/internal/fault"
	"juma/migrations"
)

// versionTable is where goose notes what has been run; its usual name, so that
// goose's own command can look at it.
const versionTable = goose.DefaultTablename

// Migration says what Migrate did: the schema's number before and after.
type Migration struct {
	From, To int64
}

// String prints what was done.
func (m Migration) String() string {
	if m.From == m.To {
		return fmt.Sprintf("schema %d: nothing to do", m.To)
	}
	return fmt.Sprintf("schema %d → %d", m.From, m.To)
}

// Migrate brings the schema up to what this program needs and says what it did;
// doing it again changes nothing. Two that start at the same time do not disturb
// each other: one waits. Faults are as those of Open.
func Migrate(ctx context.Context, cfg Config) (Migration, error) {
	const op = "store.Migrate"
	t, err := parseTarget(cfg.DSN, cfg.Path)
	if err != nil {
		return Migration{}, err
	}
	if !t.sqlite {
		return migrateMySQL(ctx, op, t)
	}
	if err := os.MkdirAll(filepath.Dir(t.path), 0o750); err != nil {
		return Migration{}, &fault.Error{Op: op, Kind: fault.Unavailable, Field: "database file", Value: t.path, Msg: "its directory cannot be made; choose another path", Err: pathCause(err)}
	}
	if err := touchFile(op, t.path); err != nil {
		return Migration{}, err
	}
	return migrateSQLite(ctx, op, t)
}

// MigrateEmpty migrates a database that holds no table at all, and leaves every
// other one alone: what is on a server is migrated by people, except where there
// is nothing yet. Faults are as those of Open.
func MigrateEmpty(ctx context.Context, cfg Config) error {
	const op = "store.MigrateEmpty"
	t, err := parseTarget(cfg.DSN, cfg.Path)
	if err != nil || t.sqlite { // SQLite is migrated when it is opened
		return err
	}
	pool, err := t.mysqlPool(op)
	if err != nil {
		return err
	}
	defer pool.Close()
	if err := (&Store{target: t}).ping(ctx, op, pool); err != nil {
		return err
	}
	var tables int
	if err := pool.QueryRowContext(ctx, "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE()").Scan(&tables); err != nil {
		return t.unreachable(op, err)
	}
	if tables > 0 {
		return nil
	}
	_, err = migrateMySQL(ctx, op, t)
	return err
}

// busyPatience is how long a migration waits for another one of the same file.
const busyPatience = 30 * time.Second

// migrateSQLite looks first and takes the file for itself only when something is
// to be done: commands are run beside a serving process.
func migrateSQLite(ctx context.Context, op string, t target) (Migration, error) {
	give := time.After(busyPatience)
	for {
		m, err := tryMigrateSQLite(ctx, op, t)
		if code, _ := sqliteCode(err); code&0xff != sqlite3.SQLITE_BUSY {
			return m, err
		}
		select {
		case <-give:
			return m, err
		case <-ctx.Done():
			return m, err
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func tryMigrateSQLite(ctx context.Context, op string, t target) (Migration, error) {
	var m Migration
	err := withSQLite(t, func(pool *sql.DB) error {
		var err error
		m.From, m.To, err = versions(ctx, op, t, pool)
		return err
	}, "busy_timeout(1000)", "query_only(1)")
	if err != nil || m.From == m.To {
		return m, err
	}
	// The exclusive mode keeps the lock of the first write until the connection
	// is closed, so the versions cannot change between looking and doing.
	return m, withSQLite(t, func(pool *sql.DB) error {
		if _, err := pool.ExecContext(ctx, "BEGIN EXCLUSIVE; COMMIT"); err != nil {
			return t.sqliteFault(op, err)
		}
		return up(ctx, op, t, pool, nil)
	}, "busy_timeout(5000)", "locking_mode(EXCLUSIVE)", "journal_mode(WAL)", "synchronous(FULL)")
}

// withSQLite opens the file with one connection for the time of f.
func withSQLite(t target, f func(*sql.DB) error, pragmas ...string) error {
	pool, err := sql.Open(sqlite.DriverName, t.sqliteDSN(pragmas...))
	if err != nil {
		return t.sqliteFault("store.Migrate", err)
	}
	pool.SetMaxOpenConns(1)
	return errors.Join(f(pool), pool.Close())
}

func migrateMySQL(ctx context.Context, op string, t target) (Migration, error) {
	pool, err := t.mysqlPool(op)
	if err != nil {
		return Migration{}, err
	}
	defer pool.Close()
	if err := (&Store{target: t}).ping(ctx, op, pool); err != nil {
		return Migration{}, err
	}
	if err := t.refuseGalera(ctx, op, pool); err != nil {
		return Migration{}, err
	}
	var m Migration
	if m.From, m.To, err = versions(ctx, op, t, pool); err != nil || m.From == m.To {
		return m, err
	}
	// A row with a lease, kept alive while it works: GET_LOCK does not exist
	// everywhere and does not survive a lost connection.
	locker, err := lock.NewMySQLTableLocker(
		lock.WithTableLockTimeout(500*time.Millisecond, 600),
		lock.WithTableLogger(slog.New(slog.DiscardHandler)),
	)
	if err != nil {
		return m, fault.Wrap(op, fault.Internal, err)
	}
	return m, up(ctx, op, t, pool, locker)
}

// up runs what is pending.
func up(ctx context.Context, op string, t target, pool *sql.DB, locker lock.Locker) error {
	options := []goose.ProviderOption{goose.WithLogger(goose.NopLogger()), goose.WithDisableGlobalRegistry(true)}
	if locker != nil {
		options = append(options, goose.WithLocker(locker))
	}
	dialect, files := t.dialect()
	p, err := goose.NewProvider(dialect, pool, files, options...)
	if err != nil {
		return fault.Wrap(op, fault.Internal, err)
	}
	if _, err := p.Up(ctx); err != nil {
		return &fault.Error{Op: op, Kind: fault.Unavailable, Field: "database", Value: t.String(), Msg: "could not be migrated; what was done stays, mend the cause and migrate again", Err: err}
	}
	return nil
}

func (t target) dialect() (goose.Dialect, fs.FS) {
	if t.sqlite {
		return goose.DialectSQLite3, migrations.SQLite()
	}
	return goose.DialectMySQL, migrations.MySQL()
}

// versions returns the number of the schema that the database has (0 = none) and
// that this program needs. A database that is ahead is fault kind Conflict: an
// older program does not know what its columns mean.
func versions(ctx context.Context, op string, t target, pool *sql.DB) (has, needs int64, err error) {
	if needs, err = newest(t); err != nil {
		return 0, 0, fault.Wrap(op, fault.Internal, err)
	}
	tables := "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = ?"
	explain := t.unreachable
	if t.sqlite {
		tables = "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = ?"
		explain = t.sqliteFault
	}
	var found int
	if err := pool.QueryRowContext(ctx, tables, versionTable).Scan(&found); err != nil {
		return 0, 0, explain(op, err)
	}
	if found > 0 {
		if err := pool.QueryRowContext(ctx, "SELECT COALESCE(MAX(version_id), 0) FROM "+versionTable).Scan(&has); err != nil {
			return 0, 0, explain(op, err)
		}
	}
	if has > needs {
		return 0, 0, fault.New(op, fault.Conflict, "database %s has schema %d, this program knows up to %d: it was made by a newer juma, use that one", t, has, needs)
	}
	return has, needs, nil
}

// newest is the number of the last migration in this program.
func newest(t target) (int64, error) {
	_, files := t.dialect()
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		return 0, err
	}
	var last int64
	for _, name := range names {
		n, err := goose.NumericComponent(name)
		if err != nil {
			return 0, err
		}
		last = max(last, n)
	}
	return last, nil
}

// checkMigrated refuses a MySQL that must be migrated first: on a shared server
// that is a decision of people.
func (t target) checkMigrated(ctx context.Context, op string, pool *sql.DB) error {
	has, needs, err := versions(ctx, op, t, pool)
	if err != nil || has == needs {
		return err
	}
	return fault.New(op, fault.NotReady, "database %s has schema %d, this program needs %d: run juma migrate with the same --db", t, has, needs)
}
