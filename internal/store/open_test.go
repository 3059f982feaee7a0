package store_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"juma/acquiring"
	"juma/acquiring/channel"
	"juma/internal/dbtest"
	"juma/internal/fault"
	"juma/internal/store"
)

func TestMigrationRunsOnceAlsoSideBySide(t *testing.T) {
	dbtest.EachEmpty(t, func(t *testing.T, cfg store.Config) {
		var mu sync.Mutex
		worked := 0
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				m, err := store.Migrate(ctx, cfg)
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				if m.To < 1 {
					t.Errorf("migrated to %d", m.To)
				}
				if m.From != m.To {
					worked++
				}
			})
		}
		wg.Wait()
		if worked == 0 {
			t.Error("nobody found anything to do on an empty database")
		}
		m, err := store.Migrate(ctx, cfg)
		if err != nil || m.From != m.To {
			t.Errorf("again: %+v, %v; want nothing to do", m, err)
		}
		dbtest.Open(t, cfg)
	})
}

func TestNewerDatabaseIsRefused(t *testing.T) {
	dbtest.EachEmpty(t, func(t *testing.T, cfg store.Config) {
		_, err := store.Migrate(ctx, cfg)
		must(t, err)
		must(t, dbtest.Open(t, cfg).Exec("INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)"))
		_, err = store.Open(ctx, cfg)
		wantFault(t, err, fault.Conflict, "")
		if !strings.Contains(err.Error(), "9999") || !strings.Contains(err.Error(), "newer") {
			t.Errorf("the sentence does not say it: %v", err)
		}
		_, err = store.Migrate(ctx, cfg)
		wantFault(t, err, fault.Conflict, "")
	})
}

func TestMySQLIsMigratedOnlyByMigrate(t *testing.T) {
	cfg := dbtest.MariaDB(t)
	_, err := store.Open(ctx, cfg)
	wantFault(t, err, fault.NotReady, "")
	if !strings.Contains(err.Error(), "juma migrate") {
		t.Errorf("the sentence does not say what to do: %v", err)
	}
}

func TestMigrationStoppedHalfWayGoesOn(t *testing.T) {
	cfg := dbtest.MariaDB(t)
	_, err := store.Migrate(ctx, cfg)
	must(t, err)
	s := dbtest.Open(t, cfg)
	must(t, s.Exec("DROP TABLE sessions"))
	must(t, s.Exec("DELETE FROM goose_db_version WHERE version_id > 0"))
	m, err := store.Migrate(ctx, cfg)
	if err != nil || m.From != 0 {
		t.Fatalf("%+v, %v", m, err)
	}
	must(t, dbtest.Open(t, cfg).Access().DeleteSession(ctx, "x"))
}

// TestOldPaymentsGetTheirWallet: before wallet and channel were two things, each
// wallet had a channel of its own, by the same name.
func TestOldPaymentsGetTheirWallet(t *testing.T) {
	cfg := dbtest.MariaDB(t)
	_, err := store.Migrate(ctx, cfg)
	must(t, err)
	s := dbtest.Open(t, cfg)
	old := payment(1)
	old.Wallet, old.Channel = "", channel.Alipay
	update(t, s, func(tx acquiring.Tx) error { return tx.InsertPayment(old) })
	must(t, s.Exec(oldStatements)) // which migration 22 has taken away
	must(t, s.Exec("DELETE FROM goose_db_version WHERE version_id >= 15"))
	_, err = store.Migrate(ctx, cfg)
	must(t, err)
	if p := get[acquiring.Payment](t)(s.Acquiring().Payment(ctx, old.OrderNo)); p.Wallet != channel.AlipayWallet {
		t.Errorf("wallet %q, want alipay", p.Wallet)
	}
}

func TestDatabaseThatCannotBeOpened(t *testing.T) {
	dir := t.TempDir()
	notADatabase := filepath.Join(dir, "text.db")
	must(t, os.WriteFile(notADatabase, []byte(strings.Repeat("no database ", 100)), 0o600))
	for name, row := range map[string]struct {
		cfg  store.Config
		kind fault.Kind
		says string
	}{
		"unknown scheme":      {store.Config{DSN: "postgres://u:secret@h/d"}, fault.Invalid, `"postgres"`},
		"no scheme":           {store.Config{DSN: "u-secret-h-d"}, fault.Invalid, "sqlite:PATH"},
		"no path":             {store.Config{}, fault.Invalid, "sqlite:PATH"},
		"memory":              {store.Config{DSN: "sqlite::memory:"}, fault.Invalid, "file"},
		"a directory":         {store.Config{Path: dir}, fault.Unavailable, dir},
		"below a file":        {store.Config{Path: filepath.Join(notADatabase, "x", "juma.db")}, fault.Unavailable, "directory"},
		"not a database":      {store.Config{DSN: "sqlite:" + notADatabase}, fault.Corrupt, "text.db"},
		"no user":             {store.Config{DSN: "mysql://127.0.0.1/juma"}, fault.Invalid, "mysql://user:password@host:port/database"},
		"empty user":          {store.Config{DSN: "mysql://:secret@127.0.0.1/juma"}, fault.Invalid, "db user"},
		"no host":             {store.Config{DSN: "mysql://u:secret@/juma"}, fault.Invalid, "db host"},
		"no database":         {store.Config{DSN: "mysql://u:secret@127.0.0.1:3306"}, fault.Invalid, "db database"},
		"port too large":      {store.Config{DSN: "mysql://u:secret@127.0.0.1:99999/juma"}, fault.Invalid, "99999"},
		"port is a word":      {store.Config{DSN: "mysql://u:secret@127.0.0.1:port/juma"}, fault.Invalid, "%XX"},
		"raw % in password":   {store.Config{DSN: "mysql://u:secret%zz@127.0.0.1/juma"}, fault.Invalid, "%XX"},
		"raw # in password":   {store.Config{DSN: "mysql://u:secret#1@127.0.0.1/juma"}, fault.Invalid, "%XX"},
		"unknown option":      {store.Config{DSN: "mysql://u:secret@127.0.0.1/juma?charset=gbk"}, fault.Invalid, "charset"},
		"unknown tls":         {store.Config{DSN: "mysql://u:secret@127.0.0.1/juma?tls=maybe"}, fault.Invalid, "maybe"},
		"nobody listens":      {store.Config{DSN: "mysql://u:secret@127.0.0.1:1/juma"}, fault.Unavailable, "mysql://u@127.0.0.1:1/juma"},
		"no such host at all": {store.Config{DSN: "mysql://u:secret@juma.invalid/juma"}, fault.Unavailable, "juma.invalid"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, f := range []func() error{
				func() error { _, err := store.Open(ctx, row.cfg); return err },
				func() error { _, err := store.Migrate(ctx, row.cfg); return err },
			} {
				began := time.Now()
				err := f()
				wantFault(t, err, row.kind, "")
				if !strings.Contains(err.Error(), row.says) || strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "\n") {
					t.Errorf("the sentence %q: want %q in it, no password, one line", err, row.says)
				}
				if time.Since(began) > 6*time.Second {
					t.Errorf("took %v", time.Since(began))
				}
			}
		})
	}
}

func TestServerThatRefuses(t *testing.T) {
	good := dbtest.MariaDB(t).DSN
	for name, row := range map[string]struct {
		from, to, says string
	}{
		"wrong password":   {"juma:te", "juma:wrong", "user and password"},
		"unknown user":     {"juma:te", "nobody:te", "user and password"},
		"unknown database": {"/juma_test", "/none", "no such database"},
	} {
		dsn := strings.Replace(good, row.from, row.to, 1)
		_, err := store.Open(ctx, store.Config{DSN: dsn})
		wantFault(t, err, fault.Invalid, "database")
		if !strings.Contains(err.Error(), row.says) || strings.Contains(err.Error(), "ss%") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPathMayHoldAnyCharacter(t *testing.T) {
	path := filepath.Join(t.TempDir(), "码牌 a?b#c%41&x=1", "juma.db")
	s := dbtest.Open(t, store.Config{DSN: "sqlite:" + path})
	must(t, s.SetMeta(ctx, "a", "b"))
	info, err := os.Stat(path)
	must(t, err)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the file's mode is %v, want only its owner to read who paid whom", info.Mode())
	}
	if s.String() != "sqlite:"+path {
		t.Errorf("String: %s", s)
	}
}

func TestWhatWasCommittedSurvives(t *testing.T) {
	dbtest.EachEmpty(t, func(t *testing.T, cfg store.Config) {
		_, err := store.Migrate(ctx, cfg)
		must(t, err)
		s, err := store.Open(ctx, cfg)
		must(t, err)
		insertPaid(t, s, day, payment(1))
		must(t, s.Close())
		err = s.Acquiring().Update(ctx, func(acquiring.Tx) error { return nil })
		wantFault(t, err, fault.Unavailable, "")
		_, err = s.Plates().RequestBatch(ctx, first(plateBatch(1)))
		wantFault(t, err, fault.Unavailable, "")
		if got := get[acquiring.Payment](t)(dbtest.Open(t, cfg).Acquiring().Payment(ctx, payment(1).OrderNo)); got.State != acquiring.Paid {
			t.Errorf("after opening again: %+v", got)
		}
	})
}

func first[A, B any](a A, _ B) A { return a }

func TestReadersStopWithTheirContext(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		stopped, cancel := context.WithCancel(ctx)
		cancel()
		_, err := open().Acquiring().Payment(stopped, "P1")
		wantFault(t, err, fault.Unavailable, "")
	})
}
