package store

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"juma/internal/audit"
	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/internal/ledger"
)

var seals = table[ledger.Seal]{"ledger_seals", func(s *ledger.Seal) []field {
	return []field{
		{"seq", &s.Seq},
		{"clearing_date", &s.Date},
		{"entry_count", &s.Entries},
		{"debit_fen", &s.Debit},
		{"credit_fen", &s.Credit},
		{"hash", &s.Hash},
		{"sealed_at", at(&s.At)},
		{"sealed_by", &s.By},
	}
}}

// bookPage lists entries of a sealed date.
type bookPage struct {
	Date bizdate.Date
	Page int // from 1
	Body []byte
}

var bookPages = table[bookPage]{"ledger_pages", func(p *bookPage) []field {
	return []field{{"clearing_date", &p.Date}, {"page", &p.Page}, {"body", &p.Body}}
}}

// bookSum is what a sealed date booked on an account.
type bookSum struct {
	Date bizdate.Date
	ledger.Balance
}

var bookSums = table[bookSum]{"ledger_sums", func(s *bookSum) []field {
	return append([]field{{"clearing_date", &s.Date}}, balanceFields(&s.Balance)...)
}}

func balanceFields(b *ledger.Balance) []field {
	return []field{{"account", &b.Account}, {"debit_fen", &b.Debit}, {"credit_fen", &b.Credit}}
}

// sealAction is what the audit calls a sealing; its After is the seal's hash, so
// that a chain whose end was cut off does not look like a shorter one.
const sealAction = "ledger.sealed"

func sealObject(d bizdate.Date) string { return "ledger " + d.String() }

// SealBook closes the book of a clearing date and seals it; a sealed one stays as
// it is. From the first step on, entries for the date go to the next open one. It
// may stop anywhere and be run again.
func (s clearingStore) SealBook(ctx context.Context, d bizdate.Date, at time.Time, by string) (ledger.Seal, error) {
	const op, tries = "store.SealBook", 10
	if found, err := s.sealOf(ctx, op, d); err != nil || found.Seq > 0 {
		return found, err
	}
	if err := s.closeDay(ctx, op, d); err != nil {
		return ledger.Seal{}, err
	}
	sealer, err := s.sealPages(ctx, op, d)
	if err != nil {
		return ledger.Seal{}, err
	}
	var seal ledger.Seal
	for range tries { // another date may take the next place in the chain meanwhile
		last, err := s.lastSeal(ctx, op)
		if err != nil {
			return seal, err
		}
		seal = sealer.Seal(last, d, at, by)
		err = s.updateAlone(ctx, func(c *conn) error { return c.writeSeal(op, seal, sealer) })
		if !fault.Is(err, fault.Conflict) {
			return seal, err
		}
		if found, err := s.sealOf(ctx, op, d); err != nil || found.Seq > 0 {
			return found, err // somebody else has sealed this very date
		}
	}
	return seal, fault.New(op, fault.Conflict, "the book of %s was not sealed: others seal dates all the time", d)
}

// closeDay lets nothing more into the date. Once it is committed, so is whatever
// was booked before.
func (s clearingStore) closeDay(ctx context.Context, op string, d bizdate.Date) error {
	return s.updateAlone(ctx, func(c *conn) error {
		if err := bookDays.insert(c, op, bookDay{d, bookClosed}); !fault.Is(err, fault.Conflict) {
			return err
		}
		_, err := c.moved(op, "UPDATE ledger_days SET state = ? WHERE clearing_date = ? AND state = ?", bookClosed, d, bookOpen)
		return err
	})
}

// sealPages lists the entries of a closed date, which no longer change: so it does
// not matter when a page is there already.
func (s clearingStore) sealPages(ctx context.Context, op string, d bizdate.Date) (*ledger.Sealer, error) {
	sealer, after := &ledger.Sealer{}, ""
	for n := 1; ; n++ {
		part, err := s.entriesOn(ctx, op, d, after, "", ledger.PageEntries)
		if err != nil || len(part) == 0 {
			return sealer, err
		}
		page := ledger.Page(part)
		if err := sealer.Add(page, part); err != nil {
			return nil, err
		}
		err = s.updateAlone(ctx, func(c *conn) error { return bookPages.insert(c, op, bookPage{d, n, page}) })
		if err != nil && !fault.Is(err, fault.Conflict) {
			return nil, err
		}
		after = part[len(part)-1].ID
	}
}

func (c *conn) writeSeal(op string, seal ledger.Seal, sealer *ledger.Sealer) error {
	if err := seals.insert(c, op, seal); err != nil {
		return err
	}
	sums := make([]bookSum, 0, len(sealer.Sums))
	for _, account := range slices.Sorted(maps.Keys(sealer.Sums)) {
		sums = append(sums, bookSum{seal.Date, sealer.Sums[account]})
	}
	if err := bookSums.insert(c, op, sums...); err != nil {
		return err
	}
	return c.Audit(audit.Entry{At: seal.At, Actor: seal.By, Action: sealAction, Object: sealObject(seal.Date), After: seal.Hash, Reason: "the date's books are closed"})
}

// entriesOn lists a date's entries by id, after one and up to one ("": no bound).
func (s *Store) entriesOn(ctx context.Context, op string, d bizdate.Date, after, upTo string, limit int) ([]ledger.Entry, error) {
	c := s.reader(ctx)
	q := c.from(entries.name).Where("clearing_date = ? AND id > ?", d, after)
	if upTo != "" {
		q = q.Where("id <= ?", upTo)
	}
	found, err := entries.list(c, op, q.Order("id").Limit(limit))
	if err != nil {
		return nil, err
	}
	return c.withLines(op, found)
}

func (s *Store) sealOf(ctx context.Context, op string, d bizdate.Date) (ledger.Seal, error) {
	found, err := s.sealsWhere(ctx, op, 1, "clearing_date = ?", d)
	return firstOf(found), err
}

func (s *Store) lastSeal(ctx context.Context, op string) (ledger.Seal, error) {
	found, err := s.sealsWhere(ctx, op, 1, "seq > ?", 0)
	return firstOf(found), err
}

// BookSeals lists sealed dates, the last sealed first, at most limit, before a
// place in the chain (0: from the end).
func (s *Store) BookSeals(ctx context.Context, before int64, limit int) ([]ledger.Seal, error) {
	if before > 0 {
		return s.sealsWhere(ctx, "store.BookSeals", limit, "seq < ?", before)
	}
	return s.sealsWhere(ctx, "store.BookSeals", limit, "seq > ?", 0)
}

func (s *Store) sealsWhere(ctx context.Context, op string, limit int, where string, args ...any) ([]ledger.Seal, error) {
	c := s.reader(ctx)
	return seals.list(c, op, c.from(seals.name).Where(where, args...).Order("seq DESC").Limit(limit))
}

func firstOf[T any](all []T) (first T) {
	if len(all) > 0 {
		first = all[0]
	}
	return first
}

// BookProof is what VerifySeals found.
type BookProof struct {
	Seals, Entries int64
	Fault          string // the first thing that does not hold, "" when all does
}

// VerifySeals recomputes the chain of sealed dates, entry by entry. An error means
// that the database could not be read.
func (s *Store) VerifySeals(ctx context.Context) (BookProof, error) {
	const op = "store.VerifySeals"
	var p BookProof
	c := s.reader(ctx)
	all, err := seals.list(c, op, c.from(seals.name).Order("seq"))
	if err != nil {
		return p, err
	}
	said, err := s.auditedSeals(ctx, op)
	if err != nil {
		return p, err
	}
	var last ledger.Seal
	for _, seal := range all {
		if p.Fault, err = s.verifySeal(ctx, op, last, seal); err != nil || p.Fault != "" {
			return p, err
		}
		if said[sealObject(seal.Date)] != seal.Hash {
			p.Fault = "the seal of " + seal.Date.String() + " is not the one that the audit recorded"
			return p, nil
		}
		delete(said, sealObject(seal.Date))
		last, p.Seals, p.Entries = seal, p.Seals+1, p.Entries+seal.Entries
	}
	if left := slices.Sorted(maps.Keys(said)); len(left) > 0 {
		p.Fault = "the seal of " + strings.TrimPrefix(left[0], "ledger ") + ", which the audit recorded, was taken out"
	}
	return p, nil
}

func (s *Store) auditedSeals(ctx context.Context, op string) (map[string]string, error) {
	c := s.reader(ctx)
	found, err := audits.list(c, op, c.from(audits.name).Where("action = ?", sealAction))
	said := make(map[string]string, len(found))
	for _, a := range found {
		said[a.Object] = a.After
	}
	return said, err
}

// verifySeal recomputes a sealed date.
func (s *Store) verifySeal(ctx context.Context, op string, before, seal ledger.Seal) (wrong string, err error) {
	sealer, after, in := &ledger.Sealer{}, "", seal.Date.String()+": "
	for n := 1; ; n++ {
		c := s.reader(ctx)
		pages, err := bookPages.list(c, op, c.from(bookPages.name).Where("clearing_date = ? AND page = ?", seal.Date, n))
		if err != nil {
			return "", err
		}
		page := firstOf(pages).Body
		upTo := ledger.LastOf(page)
		part, err := s.entriesOn(ctx, op, seal.Date, after, upTo, 2*ledger.PageEntries)
		if err != nil {
			return "", err
		}
		if wrong := ledger.Differ(page, part); wrong != "" {
			return in + wrong, nil
		}
		if len(page) == 0 {
			break
		}
		if err := sealer.Add(page, part); err != nil {
			return in + err.Error(), nil
		}
		after = upTo
	}
	if sealer.Seal(before, seal.Date, seal.At, seal.By) != seal {
		return in + "its entries are as they were listed, and the seal over them was altered", nil
	}
	return s.verifySums(ctx, op, seal.Date, sealer)
}

// verifySums compares what a sealed date is said to have booked on each account.
func (s *Store) verifySums(ctx context.Context, op string, d bizdate.Date, sealer *ledger.Sealer) (string, error) {
	c := s.reader(ctx)
	found, err := bookSums.list(c, op, c.from(bookSums.name).Where("clearing_date = ?", d).Order("account"))
	if err != nil {
		return "", err
	}
	kept := make(map[ledger.Account]ledger.Balance, len(found))
	for _, b := range found {
		kept[b.Account] = b.Balance
	}
	for _, account := range slices.Sorted(maps.Keys(sealer.Sums)) {
		if kept[account] != sealer.Sums[account] {
			return d.String() + ": the sum kept of account " + string(account) + " is not that of its entries", nil
		}
		delete(kept, account)
	}
	if left := slices.Sorted(maps.Keys(kept)); len(left) > 0 {
		return d.String() + ": a sum is kept of account " + string(left[0]) + ", which nothing was booked on", nil
	}
	return "", nil
}
