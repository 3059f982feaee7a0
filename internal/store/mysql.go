package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"log/slog"
	"strings"
	"time"

	gomysql "github.com/go-sql-driver/mysql"
	"gorm.io/driver/mysql"

	"juma/internal/fault"
)

// The pool: enough for the group transactions, single ones and readers.
const (
	mysqlConns    = 24
	mysqlIdle     = 12
	mysqlLifetime = 5 * time.Minute // so that a moved server is found again
)

// openMySQL opens a pool and refuses what must not hold money.
func (s *Store) openMySQL(ctx context.Context, op string, log *slog.Logger) error {
	pool, err := s.target.mysqlPool(op)
	if err != nil {
		return err
	}
	s.write, err = s.openPool(pool, mysql.New(mysql.Config{Conn: pool, SkipInitializeWithVersion: true}), log)
	s.read = s.write
	if err != nil {
		return s.target.unreachable(op, err)
	}
	if err := s.ping(ctx, op, pool); err != nil {
		return err
	}
	if err := s.target.refuseGalera(ctx, op, pool); err != nil {
		return err
	}
	return s.target.checkMigrated(ctx, op, pool)
}

func (t target) mysqlPool(op string) (*sql.DB, error) {
	connector, err := gomysql.NewConnector(t.mysqlConfig())
	if err != nil {
		return nil, fault.New(op, fault.Invalid, "database %s: the address is not usable; want %s", t, mysqlForm)
	}
	pool := sql.OpenDB(readCommitted{connector})
	pool.SetMaxOpenConns(mysqlConns)
	pool.SetMaxIdleConns(mysqlIdle)
	pool.SetConnMaxLifetime(mysqlLifetime)
	return pool, nil
}

// refuseGalera: with write-set replication on, updates are lost without any
// fault (promises §1.1), so it must not hold money.
func (t target) refuseGalera(ctx context.Context, op string, pool *sql.DB) error {
	var name, value string
	err := pool.QueryRowContext(ctx, "SHOW VARIABLES LIKE 'wsrep_on'").Scan(&name, &value)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return t.unreachable(op, err)
	}
	return galeraFault(op, t, value)
}

func galeraFault(op string, t target, wsrepOn string) error {
	if strings.EqualFold(wsrepOn, "ON") || wsrepOn == "1" {
		return &fault.Error{Op: op, Kind: fault.Invalid, Field: "database", Value: t.String(), Msg: "runs Galera replication (wsrep_on), which loses updates; use a server with wsrep_on=OFF"}
	}
	return nil
}

// readCommitted sets the isolation level of every new connection, by the one
// statement that all servers know: the variable's name differs between MySQL and
// MariaDB. At this level an update sees what was committed before it, and takes
// no locks on gaps.
type readCommitted struct{ driver.Connector }

// Connect opens a connection and sets its level.
func (c readCommitted) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	execer, ok := conn.(driver.ExecerContext)
	if !ok {
		return nil, errors.Join(fault.New("store.Connect", fault.Internal, "the driver cannot set the isolation level"), conn.Close())
	}
	if _, err := execer.ExecContext(ctx, "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED", nil); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}
