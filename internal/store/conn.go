package store

import (
	"context"

	"gorm.io/gorm"

	"juma/internal/audit"
	"juma/internal/bizdate"
	"juma/internal/fault"
)

// conn is what SQL is sent through: a transaction, or the readers' pool.
type conn struct {
	db    *gorm.DB
	store *Store
	// broken is the first failure of the transaction other than a taken number.
	// From then on nothing is sent and nothing is committed, whatever becomes of
	// the error on its way through the caller: after a deadlock MySQL has undone
	// the transaction and would run what follows outside any.
	broken error
	// audits are the entries that join the chain at the commit.
	audits []audit.Entry
	// bookDays are the open dates that the transaction books on, by the dates that
	// its entries are for.
	bookDays map[bizdate.Date]bizdate.Date
}

// exec runs a statement and returns how many rows it found. A violated unique
// index is returned as it is (asDuplicate reads it) and does not break the
// transaction.
func (c *conn) exec(op, statement string, args ...any) (int, error) {
	if c.broken != nil {
		return 0, c.broken
	}
	res := c.db.Exec(statement, args...)
	if res.Error == nil {
		return int(res.RowsAffected), nil
	}
	if d := asDuplicate(res.Error); d != nil {
		return 0, d
	}
	return 0, c.fail(failed(op, res.Error))
}

// moved is exec for a guarded update of at most one row.
func (c *conn) moved(op, statement string, args ...any) (bool, error) {
	n, err := c.exec(op, statement, args...)
	if err == nil && n > 1 {
		err = c.fail(fault.New(op, fault.Internal, "a guarded update found %d rows, at most one may have the key", n))
	}
	return n == 1, err
}

// fail breaks the transaction.
func (c *conn) fail(err error) error {
	if c.broken == nil {
		c.broken = err
	}
	return err
}

// from begins a query.
func (c *conn) from(table string) *gorm.DB { return c.db.Table(table) }

// begin opens the one kind of transaction that there is. Its context is not a
// caller's: callers share it, and one that leaves must not undo the others' work.
func (s *Store) begin() (*conn, error) {
	db := s.write.WithContext(context.Background()).Begin()
	if db.Error != nil {
		return nil, failed("store.begin", db.Error)
	}
	return &conn{db: db, store: s}, nil
}

// commit ends the transaction for good.
func (c *conn) commit() error {
	if err := c.writeAudits(); err != nil {
		c.rollback()
		return err
	}
	err := c.db.Commit().Error
	if err == nil {
		return nil
	}
	if c.store.target.sqlite {
		// SQLite keeps a transaction open whose COMMIT failed, and the pool would
		// hand it to the next one.
		c.store.write.Exec("ROLLBACK")
	}
	return commitFault("store.commit", err)
}

// rollback undoes the transaction. Its own failure means that the connection is
// gone, and the database undoes by itself.
func (c *conn) rollback() { c.db.Rollback() }

// update runs f in a transaction that it may share with others.
func (s *Store) update(ctx context.Context, f func(*conn) error) error {
	return s.group.do(ctx, f)
}

// updateAlone runs f in a transaction of its own: for work so large that others
// should not be undone with it.
func (s *Store) updateAlone(ctx context.Context, f func(*conn) error) error {
	return s.group.alone(ctx, f)
}
