package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"
	"gorm.io/gorm"

	"juma/internal/fault"
)

func TestFailuresGetTheirKind(t *testing.T) {
	server := func(number uint16) error { return fmt.Errorf("wrapped: %w", &mysql.MySQLError{Number: number}) }
	for name, row := range map[string]struct {
		err       error
		statement fault.Kind // of a failed statement
		commit    fault.Kind // of a failed commit
		again     bool       // the transaction is run again
	}{
		"deadlock":          {server(1213), fault.Unavailable, fault.Unavailable, true},
		"lock wait":         {server(1205), fault.Unavailable, fault.Unavailable, true},
		"TiDB conflict":     {server(9007), fault.Unavailable, fault.Unavailable, true},
		"TiDB retry":        {server(8022), fault.Unavailable, fault.Unavailable, true},
		"TiDB schema":       {server(8028), fault.Unavailable, fault.Unavailable, true},
		"too long":          {server(1406), fault.Invalid, fault.Invalid, false},
		"unknown table":     {server(1146), fault.Internal, fault.Internal, false},
		"lost connection":   {mysql.ErrInvalidConn, fault.Unavailable, fault.Unknown, false},
		"bad connection":    {driver.ErrBadConn, fault.Unavailable, fault.Unknown, false},
		"network":           {&net.OpError{Op: "read", Err: errors.New("reset")}, fault.Unavailable, fault.Unknown, false},
		"caller left":       {context.Canceled, fault.Unavailable, fault.Unknown, false},
		"never seen before": {errors.New("?"), fault.Internal, fault.Unknown, false},
	} {
		if got := fault.KindOf(failed("op", row.err)); got != row.statement {
			t.Errorf("%s in a statement: %s, want %s", name, got, row.statement)
		}
		if got := fault.KindOf(commitFault("op", row.err)); got != row.commit {
			t.Errorf("%s in a commit: %s, want %s", name, got, row.commit)
		}
		if got := transient(failed("op", row.err)); got != row.again {
			t.Errorf("%s is run again: %v, want %v", name, got, row.again)
		}
	}
}

func TestTranslationKeepsTheIndexAndGormsError(t *testing.T) {
	err := translating{}.Translate(&mysql.MySQLError{Number: 1062, Message: "Duplicate entry 'x' for key 'users.PRIMARY'"})
	if !errors.Is(err, gorm.ErrDuplicatedKey) || asDuplicate(err).index != "PRIMARY" {
		t.Errorf("translated to %v", err)
	}
	plain := errors.New("plain")
	if (translating{}).Translate(plain) != plain {
		t.Error("another error was changed")
	}
}

func TestGaleraIsRefused(t *testing.T) {
	for value, refused := range map[string]bool{"ON": true, "on": true, "1": true, "OFF": false, "": false} {
		err := galeraFault("op", target{user: "u", addr: "h:3306", database: "d"}, value)
		if (err != nil) != refused || (refused && !strings.Contains(err.Error(), "wsrep_on")) {
			t.Errorf("wsrep_on=%q: %v, want refused %v", value, err, refused)
		}
	}
}

func TestLogHoldsNoValues(t *testing.T) {
	text, values := quietLogger{}.ParamsFilter(context.Background(), "SELECT ?", "secret")
	if text != "SELECT ?" || values != nil {
		t.Errorf("logged %q with %v", text, values)
	}
}
