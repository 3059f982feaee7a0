// Package ledger is the double-entry book: the chart of accounts (Chart), the
// posting rules (Rules), entries, and the trial balance. It is pure: it makes and
// proves entries, internal/store keeps them. The book is memorandum only (Juma
// holds no money), it only grows, and a correction is a new entry.
//
// Signs: a debit increases what others owe us or what things cost us; a credit
// increases what we owe or earn. Within every entry debits equal credits.
package ledger

import (
	"fmt"
	"time"

	"juma/internal/bizdate"
	"juma/internal/money"
)

// Line is one side of an entry; exactly one of Debit and Credit is positive.
type Line struct {
	Account Account
	Debit   money.Fen
	Credit  money.Fen
}

// Entry is one posting. Kind and Ref together are unique in the book, so the
// same fact is never posted twice.
type Entry struct {
	ID           string // ULID
	Kind         Kind
	Ref          string
	MerchantNo   string // shard key; "" for entries of no merchant
	ClearingDate bizdate.Date
	// OrigDate is the clearing date that the entry was made for, when the book of
	// that date was closed by then; 0: ClearingDate.
	OrigDate bizdate.Date
	At       time.Time
	Lines    []Line
}

// Prove returns an error unless the entry has lines, every line is one positive
// side, and debits equal credits.
func (e Entry) Prove() error {
	var debit, credit money.Fen
	for i, l := range e.Lines {
		if (l.Debit > 0) == (l.Credit > 0) || l.Debit < 0 || l.Credit < 0 {
			return fmt.Errorf("ledger entry %s %s line %d: debit %d, credit %d fen: exactly one must be positive", e.Kind, e.Ref, i+1, l.Debit, l.Credit)
		}
		var err error
		if debit, err = debit.Add(l.Debit); err != nil {
			return err
		}
		if credit, err = credit.Add(l.Credit); err != nil {
			return err
		}
	}
	if len(e.Lines) == 0 || debit != credit {
		return fmt.Errorf("ledger entry %s %s: debit %d fen, credit %d fen: must be equal and not empty", e.Kind, e.Ref, debit, credit)
	}
	return nil
}
