package store

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"

	"juma/acquiring"
)

// SetTrace sets a terminal's counter, to test what takes a million payments.
func SetTrace(s *Store, terminalNo string, trace int) error {
	return s.Exec("UPDATE terminals SET trace = ? WHERE terminal_no = ?", trace, terminalNo)
}

// Exec runs a statement, to make states that the interfaces do not allow.
func (s *Store) Exec(statement string, args ...any) error {
	return s.update(context.Background(), func(c *conn) error {
		_, err := c.exec("test", statement, args...)
		return err
	})
}

// Column reads the values of one column as text.
func (s *Store) Column(query string, args ...any) ([]string, error) {
	c := s.reader(context.Background())
	return scanAll(c, "test", c.db.Raw(query, args...), idField)
}

// Lanes is how many group transactions run side by side.
func Lanes(s *Store) int { return s.group.lanes }

// Waiting is how many functions wait for their turn.
func Waiting(s *Store) int {
	s.group.mu.Lock()
	defer s.group.mu.Unlock()
	return len(s.group.waiting)
}

// UpdateAlone runs f in a transaction of its own.
func UpdateAlone(s *Store, f func() error) error {
	return s.updateAlone(context.Background(), func(*conn) error { return f() })
}

// UpdateTx runs f in a transaction of its own.
func UpdateTx(s *Store, f func(acquiring.Tx) error) error {
	return s.updateAlone(context.Background(), func(c *conn) error { return f(acquiringTx{c}) })
}

// Raw runs a statement inside a transaction.
func Raw(tx acquiring.Tx, statement string) error {
	_, err := tx.(acquiringTx).exec("test", statement)
	return err
}

// Break makes a statement of the transaction fail.
func Break(tx acquiring.Tx) error { return Raw(tx, "UPDATE no_such_table SET a = 1 WHERE b = 2") }

// GiveUp makes the transaction look as after a deadlock.
func GiveUp(tx acquiring.Tx) {
	tx.(acquiringTx).fail(failed("test", &mysql.MySQLError{Number: 1213, Message: "Deadlock found"}))
}

// ConnectionID is the server's number of the transaction's connection.
func ConnectionID(tx acquiring.Tx) string {
	c := tx.(acquiringTx)
	names, err := scanAll(c.conn, "test", c.db.Raw("SELECT CONNECTION_ID()"), idField)
	if err != nil {
		return err.Error()
	}
	return strings.Join(names, "")
}

// declaration is how a table's list of fields declares a sealed column.
var declaration = regexp.MustCompile(`sealed(?:Blob|JSON)?\(&?[\w.]+, "(\w+\.\w+)"`)

// DeclaredSealedColumns reads the sealed columns out of the package's sources.
func DeclaredSealedColumns(t *testing.T) []string {
	t.Helper()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range declaration.FindAllStringSubmatch(string(text), -1) {
			all = append(all, m[1])
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// ListedSealedColumns are those that Reseal walks.
func ListedSealedColumns() []string {
	var all []string
	for _, t := range sealedTables {
		for _, c := range t.columns {
			all = append(all, t.name+"."+c)
		}
	}
	slices.Sort(all)
	return all
}
