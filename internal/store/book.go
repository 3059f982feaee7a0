package store

import (
	"juma/internal/fault"
	"juma/internal/ledger"
	"juma/internal/money"
)

var entries = table[ledger.Entry]{"ledger_entries", func(e *ledger.Entry) []field {
	return []field{
		{"id", &e.ID},
		{"kind", &e.Kind},
		{"ref", &e.Ref},
		{"merchant_no", &e.MerchantNo},
		{"clearing_date", &e.ClearingDate},
		{"orig_date", &e.OrigDate},
		{"posted_at", at(&e.At)},
	}
}}

// lineRow is a side of an entry as it is stored.
type lineRow struct {
	EntryID    string
	LineNo     int // from 1
	MerchantNo string
	Account    ledger.Account
	Debit      money.Fen
	Credit     money.Fen
}

var lines = table[lineRow]{"ledger_lines", func(l *lineRow) []field {
	return []field{
		{"entry_id", &l.EntryID},
		{"line_no", &l.LineNo},
		{"merchant_no", &l.MerchantNo},
		{"account", &l.Account},
		{"debit_fen", &l.Debit},
		{"credit_fen", &l.Credit},
	}
}}

// Post adds an entry to the book, see acquiring.Tx.
func (c *conn) Post(e ledger.Entry) error { return c.PostAll([]ledger.Entry{e}) }

// PostAll adds entries to the book, with their lines, in two statements a few
// hundred rows. An entry without an ID gets one from its time. Entries without
// lines are ignored; one that does not prove is refused (fault kind Internal: a
// posting rule is wrong) and nothing is posted; a fact that is posted already is
// fault kind Conflict with Field "ref". What is for a date whose book is closed is
// posted on the next open one.
func (c *conn) PostAll(all []ledger.Entry) error {
	const op = "store.Post"
	posted := make([]ledger.Entry, 0, len(all))
	rows := make([]lineRow, 0, 2*len(all))
	for _, e := range all {
		if len(e.Lines) == 0 {
			continue
		}
		if err := e.Prove(); err != nil {
			return fault.Wrap(op, fault.Internal, err)
		}
		if e.ID == "" {
			e.ID = c.store.ids.At(e.At)
		}
		if err := c.intoOpenDay(&e); err != nil {
			return err
		}
		posted = append(posted, e)
		for i, l := range e.Lines {
			rows = append(rows, lineRow{e.ID, i + 1, e.MerchantNo, l.Account, l.Debit, l.Credit})
		}
	}
	if err := entries.insert(c, op, posted...); err != nil {
		return err
	}
	return lines.insert(c, op, rows...)
}

// withLines fills in the lines of entries.
func (c *conn) withLines(op string, all []ledger.Entry) ([]ledger.Entry, error) {
	ids, at := make([]string, len(all)), make(map[string]*ledger.Entry, len(all))
	for i := range all {
		ids[i], at[all[i].ID] = all[i].ID, &all[i]
	}
	for _, part := range chunks(ids, maxParams) {
		sides, err := lines.list(c, op, c.from(lines.name).Where("entry_id IN ?", part).Order("entry_id, line_no"))
		if err != nil {
			return nil, err
		}
		for _, l := range sides {
			e := at[l.EntryID]
			e.Lines = append(e.Lines, ledger.Line{Account: l.Account, Debit: l.Debit, Credit: l.Credit})
		}
	}
	return all, nil
}
