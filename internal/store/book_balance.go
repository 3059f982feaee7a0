package store

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/internal/ledger"
)

// bounds are a moment's as numbers: posted until, and clearing dates up to.
func bounds(m ledger.Moment) (until int64, upTo bizdate.Date) {
	until, upTo = math.MaxInt64, math.MaxInt32
	if !m.At.IsZero() {
		until = micros(m.At)
	}
	if m.Date != 0 {
		upTo = m.Date
	}
	return until, upTo
}

// BookBalances says what each account has on both sides at a moment, by account.
// Of sealed dates the kept sums are read, of others the entries.
func (s *Store) BookBalances(ctx context.Context, m ledger.Moment) ([]ledger.Balance, error) {
	const op = "store.BookBalances"
	until, upTo := bounds(m)
	last, err := s.lastSeal(ctx, op) // a date that is sealed while this reads is counted once
	if err != nil {
		return nil, err
	}
	c := s.reader(ctx)
	sealed, err := scanAll(c, op, c.from("ledger_sums s").Joins("JOIN ledger_seals k ON k.clearing_date = s.clearing_date").
		Where("k.seq <= ? AND k.sealed_at <= ? AND k.clearing_date <= ?", last.Seq, until, upTo).Group("s.account").
		Select("s.account, SUM(s.debit_fen), SUM(s.credit_fen)"), balanceFields)
	if err != nil {
		return nil, err
	}
	days, err := bookDays.list(c, op, c.from(bookDays.name).
		Where("clearing_date <= ? AND clearing_date NOT IN (SELECT clearing_date FROM ledger_seals WHERE seq <= ? AND sealed_at <= ?)", upTo, last.Seq, until))
	if err != nil {
		return nil, err
	}
	sum := make(map[ledger.Account]ledger.Balance, len(sealed))
	for _, b := range sealed {
		sum[b.Account] = b
	}
	for _, d := range days {
		open, err := scanAll(c, op, c.from("ledger_entries e").Joins("JOIN ledger_lines l ON l.entry_id = e.id").
			Where("e.clearing_date = ? AND e.posted_at <= ?", d.Date, until).Group("l.account").
			Select("l.account, SUM(l.debit_fen), SUM(l.credit_fen)"), balanceFields)
		if err != nil {
			return nil, err
		}
		for _, b := range open {
			had := sum[b.Account]
			sum[b.Account] = ledger.Balance{Account: b.Account, Debit: had.Debit + b.Debit, Credit: had.Credit + b.Credit}
		}
	}
	return slices.SortedFunc(maps.Values(sum), func(a, b ledger.Balance) int { return strings.Compare(string(a.Account), string(b.Account)) }), nil
}

// BookEntries lists the entries that touch an account at a moment, with all their
// lines, the last first, at most limit, before an entry ("": from the end).
func (s *Store) BookEntries(ctx context.Context, account ledger.Account, m ledger.Moment, before string, limit int) ([]ledger.Entry, error) {
	const op = "store.BookEntries"
	until, upTo := bounds(m)
	c := s.reader(ctx)
	q := c.from("ledger_lines l").Joins("JOIN ledger_entries e ON e.id = l.entry_id").
		Where("l.account = ? AND e.posted_at <= ? AND e.clearing_date <= ?", account, until, upTo)
	if before != "" {
		q = q.Where("l.entry_id < ?", before)
	}
	found, err := scanAll(c, op, q.Order("l.entry_id DESC").Limit(limit).Select(entries.columns("e.")), entries.fields)
	if err != nil {
		return nil, err
	}
	return c.withLines(op, found)
}

// VerifyBook proves every entry of the book, sealed or not, and the book as a
// whole: each entry has lines and balances, each line an entry, every account
// stands in the chart, and debits equal credits. The first thing that does not hold
// is what is wrong.
func (s *Store) VerifyBook(ctx context.Context) (trial ledger.Trial, wrong string, err error) {
	const op = "store.VerifyBook"
	for _, look := range []struct{ query, says string }{
		{"SELECT e.kind, e.ref, e.id FROM ledger_entries e LEFT JOIN ledger_lines l ON l.entry_id = e.id WHERE l.entry_id IS NULL ORDER BY e.id LIMIT 1",
			"entry {id} ({what} {ref}) has no lines"},
		{"SELECT l.account, '', l.entry_id FROM ledger_lines l LEFT JOIN ledger_entries e ON e.id = l.entry_id WHERE e.id IS NULL ORDER BY l.entry_id, l.line_no LIMIT 1",
			"entry {id} was taken out and has left lines, the first on {what}"},
		{"SELECT e.kind, e.ref, e.id FROM ledger_entries e JOIN ledger_lines l ON l.entry_id = e.id WHERE (l.debit_fen > 0) = (l.credit_fen > 0) OR l.debit_fen < 0 OR l.credit_fen < 0 ORDER BY e.id LIMIT 1",
			"entry {id} ({what} {ref}) has a line that is not one positive side"},
		{"SELECT e.kind, e.ref, e.id FROM ledger_entries e JOIN (SELECT entry_id FROM ledger_lines GROUP BY entry_id HAVING SUM(debit_fen) <> SUM(credit_fen) ORDER BY entry_id LIMIT 1) l ON l.entry_id = e.id",
			"entry {id} ({what} {ref}) does not balance"},
	} {
		if wrong, err = s.lookFor(ctx, op, look.query, look.says); err != nil || wrong != "" {
			return trial, wrong, err
		}
	}
	c := s.reader(ctx)
	whole, err := scanAll(c, op, c.from(lines.name).Group("account").Order("account").Select("account, SUM(debit_fen), SUM(credit_fen)"), balanceFields)
	if err != nil {
		return trial, "", err
	}
	trial, err = ledger.NewTrial(whole)
	switch {
	case fault.Is(err, fault.Corrupt):
		return trial, err.Error(), nil
	case err != nil:
		return trial, "", err
	case !trial.Balanced():
		return trial, fmt.Sprintf("debit %s, credit %s", trial.Debit.Yuan(), trial.Credit.Yuan()), nil
	}
	return trial, "", nil
}

// odd is a row that should not be there.
type odd struct{ What, Ref, ID string }

func (s *Store) lookFor(ctx context.Context, op, query, says string) (string, error) {
	c := s.reader(ctx)
	found, err := scanAll(c, op, c.db.Raw(query), func(o *odd) []field {
		return []field{{"what", &o.What}, {"ref", &o.Ref}, {"id", &o.ID}}
	})
	if err != nil || len(found) == 0 {
		return "", err
	}
	return strings.NewReplacer("{what}", found[0].What, "{ref}", found[0].Ref, "{id}", found[0].ID).Replace(says), nil
}
