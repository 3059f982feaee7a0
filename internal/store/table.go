package store

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"time"

	"gorm.io/gorm"

	"juma/internal/fault"
)

// table ties a domain type to a table. Its fields are named once: the same list
// writes and reads, so the two cannot drift apart.
type table[T any] struct {
	name   string
	fields func(*T) []field
}

// field is a column and where its value lives.
type field struct {
	column string
	value  any // pointer; read through and written from
}

// columns lists the columns, each with the prefix ("" or "p.").
func (t table[T]) columns(prefix string) string {
	var row T
	fields := t.fields(&row)
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = prefix + f.column
	}
	return strings.Join(names, ", ")
}

// maxParams bounds the values of one statement: below every database's limit,
// and small enough that a statement costs little memory.
const maxParams = 2000

// insert writes rows in as few statements as maxParams allows. A taken number is
// fault kind Conflict with the field that the violated index stands for.
func (t table[T]) insert(c *conn, op string, rows ...T) error {
	var row T
	width := len(t.fields(&row))
	size := max(1, maxParams/width)
	head := "INSERT INTO " + t.name + " (" + t.columns("") + ") VALUES "
	one := "(" + strings.TrimSuffix(strings.Repeat("?, ", width), ", ") + ")"
	for len(rows) > 0 {
		chunk := rows[:min(size, len(rows))]
		rows = rows[len(chunk):]
		args := make([]any, 0, len(chunk)*width)
		for i := range chunk {
			for _, f := range c.withKeys(t.fields(&chunk[i])) {
				args = append(args, f.value)
			}
		}
		n, err := c.exec(op, head+one+strings.Repeat(", "+one, len(chunk)-1), args...)
		if d := asDuplicate(err); d != nil {
			return t.taken(op, chunk, d)
		}
		if err == nil && n != len(chunk) {
			err = c.fail(fault.New(op, fault.Internal, "stored %d of %d rows of %s", n, len(chunk), t.name))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// save writes all columns of a row where it still is as the condition says, and
// tells whether it was.
func (t table[T]) save(c *conn, op string, row T, where string, args ...any) (moved bool, err error) {
	statement, values := "UPDATE "+t.name+" SET ", []any{}
	for i, f := range c.withKeys(t.fields(&row)) {
		if i > 0 {
			statement += ", "
		}
		statement += f.column + " = ?"
		values = append(values, f.value)
	}
	return c.moved(op, statement+" WHERE "+where, append(values, args...)...)
}

// taken is the fault of a violated unique index.
func (t table[T]) taken(op string, chunk []T, d *duplicate) error {
	name := takenField(t.name, d.index)
	value := fmt.Sprintf("(in one of %d rows)", len(chunk))
	if len(chunk) == 1 {
		value = ""
		for _, f := range t.fields(&chunk[0]) {
			if f.column == name && !secretColumns[name] {
				value = fmt.Sprint(reflect.ValueOf(f.value).Elem().Interface())
			}
		}
	}
	return &fault.Error{Op: op, Kind: fault.Conflict, Field: name, Value: value, Msg: "is taken already in " + t.name + "; use another, or read what is there"}
}

// secretColumns hold values that open something; no fault shows them.
var secretColumns = map[string]bool{"result_token": true, "token_hash": true, "plate_key": true, "code_hash": true}

// list reads the rows of a query that was begun with conn.from(t.name).
func (t table[T]) list(c *conn, op string, query *gorm.DB) ([]T, error) {
	return scanAll(c, op, query.Select(t.columns("")), t.fields)
}

// one reads the row of a query, or fails with kind NotFound, naming what was
// looked for.
func (t table[T]) one(c *conn, op, name, value, where string, args ...any) (T, error) {
	rows, err := t.list(c, op, c.from(t.name).Where(where, args...).Limit(1))
	if err != nil || len(rows) == 0 {
		var none T
		if err == nil {
			err = &fault.Error{Op: op, Kind: fault.NotFound, Field: name, Value: value, Msg: "is not in " + t.name + "; check the number"}
		}
		return none, err
	}
	return rows[0], nil
}

// scanAll runs the query and reads every row into a T.
func scanAll[T any](c *conn, op string, query *gorm.DB, fields func(*T) []field) ([]T, error) {
	if c.broken != nil {
		return nil, c.broken
	}
	rows, err := query.Rows()
	if err != nil {
		return nil, c.fail(failed(op, err))
	}
	defer rows.Close()
	var all []T
	for rows.Next() {
		var row T
		list := c.withKeys(fields(&row))
		into := make([]any, len(list))
		for i, f := range list {
			into[i] = f.value
		}
		if err := rows.Scan(into...); err != nil {
			return nil, c.fail(failed(op, err))
		}
		if err := openSealed(list); err != nil {
			return nil, c.fail(fault.Wrap(op, "", err))
		}
		all = append(all, row)
	}
	if err := rows.Err(); err != nil {
		return nil, c.fail(failed(op, err))
	}
	return all, nil
}

// instant stores a time as microseconds since 1970 UTC, and the zero time as 0.
type instant time.Time

// at lets a column live in a time.
func at(t *time.Time) *instant { return (*instant)(t) }

// Value is what is stored.
func (i instant) Value() (driver.Value, error) { return micros(time.Time(i)), nil }

// Scan reads what was stored.
func (i *instant) Scan(src any) error {
	n, ok := src.(int64)
	if !ok {
		return fmt.Errorf("instant: got %T, want a BIGINT of microseconds", src)
	}
	*i = instant(fromMicros(n))
	return nil
}

// nullText stores the empty text as NULL, so that a unique index does not count
// it.
type nullText string

// orNull lets a column live in a string that may be missing.
func orNull(s *string) *nullText { return (*nullText)(s) }

// Value is what is stored.
func (n nullText) Value() (driver.Value, error) {
	if n == "" {
		return nil, nil
	}
	return string(n), nil
}

// Scan reads what was stored.
func (n *nullText) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*n = ""
	case string:
		*n = nullText(v)
	case []byte:
		*n = nullText(v)
	default:
		return fmt.Errorf("nullText: got %T, want text", src)
	}
	return nil
}

// jsonText is a list that nothing searches in, stored as JSON; an empty one as
// the empty text.
type jsonText[T any] struct{ into *[]T }

// inJSON lets a column live in a list.
func inJSON[T any](list *[]T) *jsonText[T] { return &jsonText[T]{list} }

// Value is what is stored.
func (j *jsonText[T]) Value() (driver.Value, error) {
	if len(*j.into) == 0 {
		return "", nil
	}
	b, err := json.Marshal(*j.into)
	return string(b), err
}

// Scan reads what was stored.
func (j *jsonText[T]) Scan(src any) error {
	var s nullText
	if err := s.Scan(src); err != nil {
		return err
	}
	*j.into = nil
	if s == "" {
		return nil
	}
	return json.Unmarshal([]byte(s), j.into)
}

// jsonPairs are names and values that nothing searches in, stored as JSON.
type jsonPairs struct{ into *map[string]string }

// document lets a column live in a map.
func document(pairs *map[string]string) *jsonPairs { return &jsonPairs{pairs} }

// Value is what is stored.
func (j *jsonPairs) Value() (driver.Value, error) {
	b, err := json.Marshal(*j.into)
	return string(b), err
}

// Scan reads what was stored.
func (j *jsonPairs) Scan(src any) error {
	var s nullText
	if err := s.Scan(src); err != nil {
		return err
	}
	return json.Unmarshal([]byte(s), j.into)
}

// unread is a column that is written and searched, never read back: its value is
// part of another column.
type unread struct{ of *string }

func writeOnly(of *string) *unread { return &unread{of} }

// Value is what is stored.
func (u *unread) Value() (driver.Value, error) { return *u.of, nil }

// Scan passes over what was stored.
func (u *unread) Scan(any) error { return nil }

func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func fromMicros(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.UnixMicro(n).UTC()
}

// freeText is text that others wrote, a wallet's message or a reason: whatever
// its bytes are, it must not stop a payment from being stored.
type freeText string

// text lets a column live in a string that others wrote.
func text(s *string) *freeText { return (*freeText)(s) }

// Value replaces what is not UTF-8.
func (f freeText) Value() (driver.Value, error) {
	return strings.ToValidUTF8(string(f), "\uFFFD"), nil
}

// marks writes n placeholders, "?, ?, ?".
func marks(n int) string { return strings.TrimSuffix(strings.Repeat("?, ", n), ", ") }
