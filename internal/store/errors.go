package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"net"

	"github.com/go-sql-driver/mysql"
	"gorm.io/gorm"
	sqlite3 "modernc.org/sqlite/lib"

	"juma/internal/fault"
)

// translating replaces the dialects' translation of errors, which throws away
// the name of the index: a caller must learn which number is taken.
type translating struct{ gorm.Dialector }

// Translate recognises a violated unique index.
func (translating) Translate(err error) error {
	if d := asDuplicate(err); d != nil {
		return d
	}
	return err
}

// duplicate is a violated unique index, named as the dialect names it.
type duplicate struct{ index string }

func (d *duplicate) Error() string { return "unique index " + d.index + " has this value already" }

// Is makes it gorm's error too.
func (d *duplicate) Is(target error) bool { return target == gorm.ErrDuplicatedKey }

// asDuplicate reads the index out of the two dialects' messages:
//
//	UNIQUE constraint failed: payments.request_id (2067)
//	Duplicate entry 'x' for key 'payments_request'
//	Duplicate entry 'x' for key 'payments.payments_request'   (MySQL 8, TiDB)
func asDuplicate(err error) *duplicate {
	var d *duplicate
	if errors.As(err, &d) {
		return d
	}
	var me *mysql.MySQLError
	if errors.As(err, &me) && (me.Number == 1062 || me.Number == 1586) {
		return &duplicate{mysqlIndex(me.Message)}
	}
	switch code, _ := sqliteCode(err); code {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
		return &duplicate{sqliteIndex(err.Error())}
	}
	return nil
}

// transient tells that the database gave the whole transaction up, or never
// began it, and that running it again may succeed.
func transient(err error) bool {
	var me *mysql.MySQLError
	if errors.As(err, &me) {
		switch me.Number {
		case 1213, // deadlock
			1205,       // lock wait timeout
			1020,       // record has changed since last read (MariaDB snapshot isolation)
			8002, 8022, // TiDB: retry the transaction
			8028, 9007: // TiDB: schema changed, write conflict
			return true
		}
		return false
	}
	code, _ := sqliteCode(err)
	switch code & 0xff {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return true
	}
	return false
}

// lost tells that the connection went away, so an answer did not arrive.
func lost(err error) bool {
	var ne net.Error
	return errors.Is(err, driver.ErrBadConn) || errors.Is(err, mysql.ErrInvalidConn) || errors.Is(err, sql.ErrConnDone) || errors.As(err, &ne)
}

// full tells that there is no space left, which SQLite answers by undoing the
// transaction.
func full(err error) bool {
	code, _ := sqliteCode(err)
	return code&0xff == sqlite3.SQLITE_FULL
}

// failed gives a database error of a statement its kind. A statement that failed
// changed nothing that stays, because its transaction is not committed.
func failed(op string, err error) error {
	var me *mysql.MySQLError
	code, _ := sqliteCode(err)
	kind, msg := fault.Internal, "the database refused a statement"
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded), code&0xff == sqlite3.SQLITE_INTERRUPT:
		kind, msg = fault.Unavailable, "the caller stopped waiting for the database"
	case transient(err):
		kind, msg = fault.Unavailable, "the database is busy; try again"
	case lost(err):
		kind, msg = fault.Unavailable, "the database cannot be reached; try again"
	case full(err):
		kind, msg = fault.Unavailable, "the disk of the database is full; make room and try again"
	case code&0xff == sqlite3.SQLITE_CORRUPT, code&0xff == sqlite3.SQLITE_NOTADB:
		kind, msg = fault.Corrupt, "the database file is damaged; restore it"
	case errors.As(err, &me) && (me.Number == 1406 || me.Number == 1264 || me.Number == 1366):
		kind, msg = fault.Invalid, "a value does not fit its column; shorten or correct it"
	}
	return &fault.Error{Op: op, Kind: kind, Msg: msg, Err: err}
}

// commitFault gives a failed COMMIT its kind: certainly not done when the
// database says so, unknown when the answer is lost.
func commitFault(op string, err error) error {
	var me *mysql.MySQLError
	if transient(err) || full(err) || errors.As(err, &me) {
		return failed(op, err)
	}
	return &fault.Error{Op: op, Kind: fault.Unknown, Msg: "the database's answer to the commit was lost; read again what is stored", Err: err}
}
