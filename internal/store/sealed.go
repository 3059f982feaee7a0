package store

import (
	"context"
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"juma/internal/fault"
	"juma/internal/seal"
)

// sealedText is a column whose value is encrypted, bound to its table, column and
// row. The row's key must be among the fields of the same table.
type sealedText struct {
	into   *string
	column string  // "merchants.account_no"
	row    *string // the row's primary key
	keys   *seal.Keyring
	stored string
}

// sealed lets a sealed column live in a string: column is "table.column", row the
// row's primary key. It is sealed as it is written and opened as it is read.
func sealed(into *string, column string, row *string) *sealedText {
	return &sealedText{into: into, column: column, row: row}
}

func (s *sealedText) place() string { return s.column + "." + *s.row }

// Value is what is stored.
func (s *sealedText) Value() (driver.Value, error) {
	if *s.into == "" {
		return "", nil
	}
	if s.keys == nil {
		return nil, fault.New("store.seal", fault.Internal, "%s must be sealed and the store has no keys", s.column)
	}
	return s.keys.Seal(s.place(), *s.into)
}

// Scan keeps what was stored; open reads it once the whole row is there.
func (s *sealedText) Scan(src any) error {
	switch v := src.(type) {
	case string:
		s.stored = v
	case []byte:
		s.stored = string(v)
	default:
		return fmt.Errorf("%s: got %T, want text", s.column, src)
	}
	return nil
}

func (s *sealedText) open() (err error) {
	if s.stored == "" {
		*s.into = ""
		return nil
	}
	if s.keys == nil {
		return fault.New("store.open", fault.Internal, "%s is sealed and the store has no keys", s.column)
	}
	*s.into, err = s.keys.Open(s.place(), s.stored)
	return err
}

// sealedBytes is sealedText for what is large, in a BLOB column.
type sealedBytes struct {
	into   *[]byte
	column string
	row    *string
	keys   *seal.Keyring
	stored []byte
}

// sealedBlob lets a sealed BLOB column live in bytes, see sealed.
func sealedBlob(into *[]byte, column string, row *string) *sealedBytes {
	return &sealedBytes{into: into, column: column, row: row}
}

// Value is what is stored.
func (s *sealedBytes) Value() (driver.Value, error) {
	if s.keys == nil {
		return nil, fault.New("store.seal", fault.Internal, "%s must be sealed and the store has no keys", s.column)
	}
	return s.keys.SealBytes(s.column+"."+*s.row, *s.into)
}

// Scan keeps what was stored; open reads it once the whole row is there.
func (s *sealedBytes) Scan(src any) error {
	v, ok := src.([]byte)
	if !ok {
		return fmt.Errorf("%s: got %T, want bytes", s.column, src)
	}
	s.stored = append([]byte(nil), v...) // the driver's own, and only until the next row
	return nil
}

func (s *sealedBytes) open() (err error) {
	if s.keys == nil {
		return fault.New("store.open", fault.Internal, "%s is sealed and the store has no keys", s.column)
	}
	*s.into, err = s.keys.OpenBytes(s.column+"."+*s.row, s.stored)
	return err
}

// blindText is the blind index of a value beside its sealed column: it is written
// and searched, never read back.
type blindText struct {
	of      *string
	purpose string
	keys    *seal.Keyring
}

// blind lets an index column live beside a sealed one.
func blind(of *string, purpose string) *blindText { return &blindText{of: of, purpose: purpose} }

// Value is the index.
func (b *blindText) Value() (driver.Value, error) {
	if *b.of == "" {
		return "", nil
	}
	if b.keys == nil {
		return nil, fault.New("store.index", fault.Internal, "the store has no keys for the index of %s", b.purpose)
	}
	return b.keys.Index(b.purpose, *b.of), nil
}

// Scan passes over what was stored.
func (b *blindText) Scan(any) error { return nil }

// sealedDocument is sealedText for a value that is stored as one JSON text.
type sealedDocument struct {
	sealedText
	v    any
	text string
}

// sealedJSON lets a sealed column live in a whole value, see sealed.
func sealedJSON(v any, column string, row *string) *sealedDocument {
	d := &sealedDocument{v: v}
	d.sealedText = sealedText{into: &d.text, column: column, row: row}
	return d
}

// Value is what is stored.
func (d *sealedDocument) Value() (driver.Value, error) {
	b, err := json.Marshal(d.v)
	if err != nil {
		return nil, err
	}
	d.text = string(b)
	return d.sealedText.Value()
}

func (d *sealedDocument) open() error {
	if err := d.sealedText.open(); err != nil {
		return err
	}
	return json.Unmarshal([]byte(d.text), d.v)
}

func (s *sealedText) useKeys(k *seal.Keyring)  { s.keys = k }
func (s *sealedBytes) useKeys(k *seal.Keyring) { s.keys = k }
func (b *blindText) useKeys(k *seal.Keyring)   { b.keys = k }

// withKeys hands the store's keys to the fields that need them.
func (c *conn) withKeys(fields []field) []field {
	for _, f := range fields {
		if v, ok := f.value.(interface{ useKeys(*seal.Keyring) }); ok {
			v.useKeys(c.store.ring())
		}
	}
	return fields
}

// openSealed opens the sealed fields of a row that was read.
func openSealed(fields []field) error {
	for _, f := range fields {
		if v, ok := f.value.(interface{ open() error }); ok {
			if err := v.open(); err != nil {
				return err
			}
		}
	}
	return nil
}

// liveRing is the keys in use. They are looked at again now and then, because a
// rotation changes the key file while servers run.
type liveRing struct {
	now    atomic.Pointer[seal.Keyring]
	reload func() (*seal.Keyring, error)
	mu     sync.Mutex
	looked time.Time
}

// ringGap is how long a changed key file may stay unnoticed. It is real time:
// the file is changed by another process.
const ringGap = 5 * time.Second

// ring returns the keys, nil when the store has none.
func (s *Store) ring() *seal.Keyring {
	l := &s.keys
	if l.reload == nil || !l.mu.TryLock() {
		return l.now.Load()
	}
	defer l.mu.Unlock()
	if time.Since(l.looked) >= ringGap {
		l.looked = time.Now()
		if k, err := l.reload(); err == nil && k != nil { // an unreadable file is told by whoever opens it next
			l.now.Store(k)
		}
	}
	return l.now.Load()
}

// checkKeys makes sure that the keys are those that the database was filled with;
// with the first keys it notes which they are.
func (s *Store) checkKeys(ctx context.Context) error {
	const op, name = "store.Open", "seal_check"
	keys := s.keys.now.Load()
	check, found, err := s.Meta(ctx, name)
	switch {
	case err != nil:
		return err
	case keys == nil && found:
		return fault.New(op, fault.NotReady, "%s is sealed and its key file, seal.keys, is not in the data directory; name the right --data, or restore the file from the backup", s)
	case keys == nil:
		return nil
	case !found:
		return s.SetMeta(ctx, name, keys.Check())
	case check != keys.Check():
		return fault.New(op, fault.Conflict, "the sealing keys are not those of %s; restore its key file from the backup", s)
	}
	return nil
}

// sealedTable is a table with sealed columns, as Reseal walks it.
type sealedTable struct {
	name, key string // primary key column
	columns   []string
}

// sealedTables lists every table with sealed columns; a test compares it with the
// tables' own lists.
var sealedTables = []sealedTable{
	{"merchants", "merchant_no", []string{"name", "account_no", "account_name"}},
	{"users", "login", []string{"name"}},
	{"invitations", "id", []string{"name"}},
	{"applications", "id", []string{"profile"}},
	{"application_submissions", "id", []string{"profile"}},
	{"enrolment_resubmissions", "id", []string{"profile"}},
	{"account_changes", "id", []string{"account", "account_before"}},
	{"messages", "id", []string{"recipient"}},
	{"payouts", "payout_no", []string{"account"}},
	{"uploads", "id", []string{"content"}},
	{"totps", "login", []string{"secret"}},
}

// sealedBlobs are the columns among them that hold bytes, and much of them.
var sealedBlobs = map[string]bool{"uploads.content": true}

// blobPageRows is how many rows with a blob are resealed in one transaction.
const blobPageRows = 4

func (t sealedTable) pageRows() int {
	for _, column := range t.columns {
		if sealedBlobs[t.name+"."+column] {
			return blobPageRows
		}
	}
	return resealPageRows
}

// Reseal seals every value that is not under the newest key again, a page at a
// time while others work, and says how many it changed. It may be stopped and run
// again. Faults are those of the database, and of kind Corrupt for a value that
// does not open.
func (s *Store) Reseal(ctx context.Context, progress func(done int)) (changed int, err error) {
	for _, t := range sealedTables {
		for after := ""; ; {
			n, last, err := s.resealPage(ctx, t, after)
			changed += n
			if progress != nil {
				progress(changed)
			}
			if err != nil {
				return changed, err
			}
			if last == "" {
				break
			}
			after = last
		}
	}
	return changed, nil
}

// resealRow is a row's key and its sealed columns as they are stored.
type resealRow struct {
	Key    string
	Values []string
}

const resealPageRows = 500

func (s *Store) resealPage(ctx context.Context, t sealedTable, after string) (changed int, last string, err error) {
	const op = "store.Reseal"
	rows, err := s.sealedPage(ctx, t, after)
	if err != nil || len(rows) == 0 {
		return 0, "", err
	}
	err = s.update(ctx, func(c *conn) error {
		changed = 0
		for _, r := range rows {
			n, err := c.resealRow(op, t, r)
			if err != nil {
				return err
			}
			changed += n
		}
		return nil
	})
	return changed, rows[len(rows)-1].Key, err
}

// sealedPage reads the next rows of a table with their sealed columns, as stored.
func (s *Store) sealedPage(ctx context.Context, t sealedTable, after string) ([]resealRow, error) {
	c := s.reader(ctx)
	columns := t.key
	for _, col := range t.columns {
		columns += ", " + col
	}
	return scanAll(c, "store.sealedPage", c.from(t.name).Select(columns).Where(t.key+" > ?", after).Order(t.key).Limit(t.pageRows()), func(r *resealRow) []field {
		r.Values = make([]string, len(t.columns))
		list := []field{{t.key, &r.Key}}
		for i := range t.columns {
			list = append(list, field{t.columns[i], &r.Values[i]})
		}
		return list
	})
}

// resealRow seals a row's old values again, each only if it is still there.
func (c *conn) resealRow(op string, t sealedTable, r resealRow) (changed int, err error) {
	for i, column := range t.columns {
		if r.Values[i] == "" || seal.KeyOf(r.Values[i]) == c.store.ring().Newest() {
			continue
		}
		place := t.name + "." + column + "." + r.Key
		old, again, err := c.resealed(place, r.Values[i], sealedBlobs[t.name+"."+column])
		if err != nil {
			return changed, fault.Wrap(op, "", err)
		}
		moved, err := c.moved(op, "UPDATE "+t.name+" SET "+column+" = ? WHERE "+t.key+" = ? AND "+column+" = ?", again, r.Key, old)
		if err != nil {
			return changed, err
		}
		if moved {
			changed++
		}
	}
	return changed, nil
}

// resealed gives a stored value and what takes its place, as the column's type
// wants them.
func (c *conn) resealed(place, stored string, blob bool) (old, again any, err error) {
	if blob {
		plain, err := c.store.ring().OpenBytes(place, []byte(stored))
		if err != nil {
			return nil, nil, err
		}
		fresh, err := c.store.ring().SealBytes(place, plain)
		return []byte(stored), fresh, err
	}
	plain, err := c.store.ring().Open(place, stored)
	if err != nil {
		return nil, nil, err
	}
	fresh, err := c.store.ring().Seal(place, plain)
	return stored, fresh, err
}
