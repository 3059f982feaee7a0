package store

import (
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"

	"juma/migrations"
)

// schema is what a dialect's migrations make: for each table its columns, and
// its unique indexes as "table index (columns)".
type schema struct {
	columns map[string][]string
	unique  []string
}

var (
	dropTable   = regexp.MustCompile(`(?m)^DROP TABLE (?:IF EXISTS )?(\w+);`)
	createTable = regexp.MustCompile(`(?s)CREATE TABLE (?:IF NOT EXISTS )?(\w+) \((.*?)\n\)`)
	primaryKey  = regexp.MustCompile(`PRIMARY KEY \(([\w, ]+)\)`)
	uniqueKey   = regexp.MustCompile(`UNIQUE KEY (\w+) \(([\w, ]+)\)`)
	uniqueOn    = regexp.MustCompile(`CREATE UNIQUE INDEX (\w+) ON (\w+) \(([\w, ]+)\)`)
	column      = regexp.MustCompile(`(?m)^    ([a-z_0-9]+) `)
)

// drop forgets a table that a later migration makes anew.
func (s *schema) drop(table string) {
	delete(s.columns, table)
	s.unique = slices.DeleteFunc(s.unique, func(u string) bool { return strings.HasPrefix(u, table+" ") })
}

func readSchema(t *testing.T, files fs.FS) schema {
	t.Helper()
	s := schema{columns: map[string][]string{}}
	names, err := fs.Glob(files, "*.sql")
	if err != nil || len(names) == 0 {
		t.Fatalf("migrations: %v, %v", names, err)
	}
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range dropTable.FindAllStringSubmatch(string(text), -1) {
			s.drop(m[1])
		}
		for _, m := range createTable.FindAllStringSubmatch(string(text), -1) {
			table, body := m[1], m[2]
			for _, c := range column.FindAllStringSubmatch(body, -1) {
				s.columns[table] = append(s.columns[table], c[1])
			}
			s.unique = append(s.unique, fmt.Sprintf("%s PRIMARY (%s)", table, primaryKey.FindStringSubmatch(body)[1]))
			for _, u := range uniqueKey.FindAllStringSubmatch(body, -1) {
				s.unique = append(s.unique, fmt.Sprintf("%s %s (%s)", table, u[1], u[2]))
			}
		}
		for _, u := range uniqueOn.FindAllStringSubmatch(string(text), -1) {
			s.unique = append(s.unique, fmt.Sprintf("%s %s (%s)", u[2], u[1], u[3]))
		}
		for _, m := range dropTable.FindAllStringSubmatchIndex(string(text), -1) {
			if name := string(text[m[2]:m[3]]); !strings.Contains(string(text[m[1]:]), " "+name+" (\n") {
				s.drop(name) // and not made anew below
			}
		}
	}
	slices.Sort(s.unique)
	return s
}

func TestBothDialectsHaveTheSameSchema(t *testing.T) {
	lite, my := readSchema(t, migrations.SQLite()), readSchema(t, migrations.MySQL())
	if fmt.Sprint(lite.columns) != fmt.Sprint(my.columns) {
		t.Errorf("columns differ:\nsqlite %v\nmysql  %v", lite.columns, my.columns)
	}
	if !slices.Equal(lite.unique, my.unique) {
		t.Errorf("unique indexes differ:\nsqlite %v\nmysql  %v", lite.unique, my.unique)
	}
}

func TestEveryUniqueIndexHasAField(t *testing.T) {
	var listed []string
	for _, u := range uniqueIndexes {
		listed = append(listed, fmt.Sprintf("%s %s (%s)", u.table, u.name, strings.ReplaceAll(u.columns, u.table+".", "")))
	}
	slices.Sort(listed)
	if made := readSchema(t, migrations.MySQL()).unique; !slices.Equal(listed, made) {
		t.Errorf("keys.go lists\n%s\nthe migrations make\n%s", strings.Join(listed, "\n"), strings.Join(made, "\n"))
	}
}

func TestMoneyTablesCarryTheShardKey(t *testing.T) {
	columns := readSchema(t, migrations.MySQL()).columns
	for _, table := range []string{"payments", "refunds", "rrns", "ledger_entries", "ledger_lines", "clearing_items", "settlements", "adjustments", "case_proposals", "disputes", "payouts", "rate_agreements", "bindings", "terminals"} {
		if !slices.Contains(columns[table], "merchant_no") {
			t.Errorf("table %s has no merchant_no", table)
		}
	}
}

func TestIndexNamesOfEveryServer(t *testing.T) {
	for message, want := range map[string]string{
		"Duplicate entry 'x' for key 'payments_request'":          "request_id",
		"Duplicate entry 'x' for key 'payments.payments_request'": "request_id",
		"Duplicate entry 'a for key 'b' for key 'PRIMARY'":        "order_no",
		"Duplicate entry 'x' for key 'payments.PRIMARY'":          "order_no",
		"Duplicate entry 'x' for key 'something_new'":             "something_new",
		"a message of another kind":                               "a message of another kind",
	} {
		if got := takenField("payments", mysqlIndex(message)); got != want {
			t.Errorf("%s: field %q, want %q", message, got, want)
		}
	}
	for message, want := range map[string]string{
		"constraint failed: UNIQUE constraint failed: payments.request_id (2067)": "request_id",
		"constraint failed: UNIQUE constraint failed: payments.order_no (1555)":   "order_no",
		"something else": "something else",
	} {
		if got := takenField("payments", sqliteIndex(message)); got != want {
			t.Errorf("%s: field %q, want %q", message, got, want)
		}
	}
}
