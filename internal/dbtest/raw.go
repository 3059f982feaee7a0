package dbtest

import (
	"database/sql"
	"fmt"
	"net/url"
	"testing"

	"juma/internal/store"
)

// Raw opens a pool beside the store: to look at rows that no domain reads back
// (audit, notices), and to damage what a test wants damaged. Both kinds of
// database take ? for a parameter.
func Raw(tb testing.TB, cfg store.Config) *sql.DB {
	tb.Helper()
	driver, dsn := "sqlite", "file:"+(&url.URL{Path: cfg.Path}).EscapedPath()+"?_pragma=busy_timeout(5000)"
	if cfg.DSN != "" {
		u, err := url.Parse(cfg.DSN)
		if err != nil {
			tb.Fatal("the address of the test database is not readable")
		}
		password, _ := u.User.Password()
		driver, dsn = "mysql", fmt.Sprintf("%s:%s@tcp(%s)%s", u.User.Username(), password, u.Host, u.Path)
	}
	db, err := sql.Open(driver, dsn) // the drivers are the ones that internal/store brings
	if err != nil {
		tb.Fatalf("open the test database: %v", err)
	}
	tb.Cleanup(func() {
		if err := db.Close(); err != nil {
			tb.Errorf("close the test database: %v", err)
		}
	})
	return db
}
