package store

import (
	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/internal/ledger"
)

// bookState says whether a date's book still takes entries.
type bookState string

const (
	bookOpen   bookState = "open"
	bookClosed bookState = "closed"
)

// bookDay is a clearing date that something was booked on.
type bookDay struct {
	Date  bizdate.Date
	State bookState
}

var bookDays = table[bookDay]{"ledger_days", func(d *bookDay) []field {
	return []field{{"clearing_date", &d.Date}, {"state", &d.State}}
}}

// longestClosed bounds the search for an open date: nobody closes a year ahead.
const longestClosed = 400

// intoOpenDay puts an entry on the next date whose book is open, when that of its
// own is closed.
func (c *conn) intoOpenDay(e *ledger.Entry) error {
	open, known := c.bookDays[e.ClearingDate]
	if !known {
		var err error
		if open, err = c.openDay(e.ClearingDate); err != nil {
			return err
		}
		if c.bookDays == nil {
			c.bookDays = map[bizdate.Date]bizdate.Date{}
		}
		c.bookDays[e.ClearingDate] = open
	}
	if open != e.ClearingDate {
		if e.OrigDate == 0 {
			e.OrigDate = e.ClearingDate
		}
		e.ClearingDate = open
	}
	return nil
}

func (c *conn) openDay(d bizdate.Date) (bizdate.Date, error) {
	for range longestClosed {
		state, err := c.holdDay(d)
		if err != nil || state == bookOpen {
			return d, err
		}
		d = d.AddDays(1)
	}
	return 0, c.fail(fault.New("store.Post", fault.Internal, "no clearing date before %s takes entries", d))
}

// holdDay keeps a date's book as it is until the transaction ends: who closes it
// waits for who books. A date that nothing was booked on yet is opened.
func (c *conn) holdDay(d bizdate.Date) (bookState, error) {
	const op = "store.Post"
	for {
		found, err := scanAll(c, op, c.db.Raw("SELECT clearing_date, state FROM ledger_days WHERE clearing_date = ?"+c.sharing(), d), bookDays.fields)
		if err != nil {
			return "", err
		}
		if len(found) > 0 {
			return found[0].State, nil
		}
		// Another transaction may open it at the same time: then that one's row is read.
		if err := bookDays.insert(c, op, bookDay{d, bookOpen}); err != nil && !fault.Is(err, fault.Conflict) {
			return "", err
		}
	}
}

// sharing makes a query keep the rows it reads from being changed by others until
// the transaction ends. SQLite has one writer at a time and needs no words for it;
// these are the words that both MySQL and MariaDB know.
func (c *conn) sharing() string {
	if c.store.target.sqlite {
		return ""
	}
	return " LOCK IN SHARE MODE"
}
