package store

import (
	"errors"
	"net"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"

	"juma/internal/fault"
)

// target is a parsed --db.
type target struct {
	sqlite   bool
	path     string // SQLite
	user     string // MySQL …
	password string // never printed
	addr     string
	database string
	tls      string // "", "true", "skip-verify" or "preferred"
}

// mysqlForm is what an address of MySQL looks like.
const mysqlForm = "mysql://user:password@host:port/database"

// parseTarget reads --db; path is the SQLite file when it names none.
func parseTarget(dsn, path string) (target, error) {
	const op = "store.Open"
	scheme, rest, found := strings.Cut(dsn, ":")
	switch {
	case dsn == "":
		return sqliteTarget(op, path)
	case found && scheme == "sqlite":
		return sqliteTarget(op, strings.TrimPrefix(rest, "//"))
	case found && scheme == "mysql":
		return mysqlTarget(op, dsn)
	case !found:
		scheme = "" // never show what may hold a password
	}
	return target{}, fault.Field(op, "db scheme", scheme, "is not known; want sqlite:PATH or %s", mysqlForm)
}

func sqliteTarget(op, path string) (target, error) {
	if path == "" || strings.Contains(path, ":memory:") {
		return target{}, fault.Field(op, "db path", path, "want the path of a file, sqlite:PATH")
	}
	return target{sqlite: true, path: filepath.Clean(path)}, nil
}

// mysqlTarget never shows the parser's own error: it repeats the address with
// the password in it.
func mysqlTarget(op, dsn string) (target, error) {
	u, err := url.Parse(dsn)
	if err != nil || u.Opaque != "" || u.User == nil {
		return target{}, fault.New(op, fault.Invalid, "the address of the database is not readable; want %s, with special characters of user and password written as %%XX", mysqlForm)
	}
	t := target{user: u.User.Username(), database: strings.TrimPrefix(u.Path, "/")}
	t.password, _ = u.User.Password()
	port := u.Port()
	if port == "" {
		port = "3306"
	}
	t.addr = net.JoinHostPort(u.Hostname(), port)
	n, err := strconv.Atoi(port)
	switch {
	case t.user == "":
		return target{}, fault.Field(op, "db user", "", "is missing; want %s", mysqlForm)
	case u.Hostname() == "":
		return target{}, fault.Field(op, "db host", "", "is missing; want %s", mysqlForm)
	case err != nil || n < 1 || n > 65535:
		return target{}, fault.Field(op, "db port", port, "want 1 to 65535")
	case t.database == "" || strings.Contains(t.database, "/"):
		return target{}, fault.Field(op, "db database", t.database, "want one database name; want %s", mysqlForm)
	}
	return t, t.readOptions(op, u.Query())
}

// readOptions takes the one option there is: tls, as go-sql-driver names it.
func (t *target) readOptions(op string, q url.Values) error {
	for name := range q {
		if name != "tls" {
			return fault.Field(op, "db option", name, "is not known; only tls is (true, skip-verify or preferred)")
		}
	}
	switch t.tls = q.Get("tls"); t.tls {
	case "", "true", "skip-verify", "preferred":
		return nil
	}
	return fault.Field(op, "db option tls", t.tls, "want true, skip-verify or preferred")
}

// String names the database for people; never the password.
func (t target) String() string {
	if t.sqlite {
		return "sqlite:" + t.path
	}
	return "mysql://" + t.user + "@" + t.addr + "/" + t.database
}

// lanes is how many group transactions may run side by side: SQLite has one
// writer.
func (t target) lanes() int {
	if t.sqlite {
		return 1
	}
	return 4
}

// sqliteDSN names the file as a URI, so that no character of the path is taken
// for an option. Pragmas are run on every new connection.
func (t target) sqliteDSN(pragmas ...string) string {
	dsn := "file:" + (&url.URL{Path: t.path}).EscapedPath() + "?_txlock=immediate"
	for _, p := range pragmas {
		dsn += "&_pragma=" + url.QueryEscape(p)
	}
	return dsn
}

// mysqlConfig is the session that every connection to MySQL has.
func (t target) mysqlConfig() *mysql.Config {
	c := mysql.NewConfig()
	c.User, c.Passwd, c.Net, c.Addr, c.DBName = t.user, t.password, "tcp", t.addr, t.database
	c.TLSConfig = t.tls
	c.Collation = "utf8mb4_bin"
	c.ParseTime, c.Loc = true, time.UTC
	// An update that finds its row but changes nothing reports one row: that is
	// what a guarded update asks.
	c.ClientFoundRows = true
	// One round trip a statement instead of three; safe because the connection
	// speaks utf8mb4.
	c.InterpolateParams = true
	c.Timeout, c.ReadTimeout, c.WriteTimeout = pingTimeout, 60*time.Second, 60*time.Second
	c.Logger = &mysql.NopLogger{} // what it would print is in the errors that we return
	c.Params = map[string]string{
		// Too long a text is an error, never cut.
		"sql_mode":                 "'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'",
		"innodb_lock_wait_timeout": "5", // seconds; then the transaction is run again
	}
	return c
}

// unreachable explains in one sentence why the database cannot be opened.
func (t target) unreachable(op string, err error) error {
	f := &fault.Error{Op: op, Kind: fault.Unavailable, Field: "database", Value: t.String()}
	var me *mysql.MySQLError
	if errors.As(err, &me) {
		f.Kind = fault.Invalid
		switch me.Number {
		case 1045, 1698:
			f.Msg = "the server refuses this user and password; check them in --db"
			return f
		case 1044:
			f.Msg = "the user may not use this database; grant it the rights"
			return f
		case 1049:
			f.Msg = "the server has no such database; create it, or correct the name in --db"
			return f
		}
	}
	f.Msg, f.Err = "cannot be reached; check that it runs and that the address in --db is right", err
	return f
}
