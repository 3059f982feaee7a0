package ledger

import (
	"bytes"
	"time"

	"juma/internal/audit"
	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/internal/money"
)

// Seal closes the book of a clearing date for good: Hash covers every entry of the
// date and the seal before, so whatever is altered later shows. Dates are sealed
// in the order in which they are closed, which need not be that of the calendar.
type Seal struct {
	Seq           int64 // from 1
	Date          bizdate.Date
	Entries       int64
	Debit, Credit money.Fen
	Hash          string
	At            time.Time
	By            string
}

// link is the hash of a seal that follows another over the date's pages.
func (s Seal) link(before, pages string) string {
	h := audit.NewHash()
	h.Text(before)
	for _, n := range []int64{s.Seq, int64(s.Date), s.Entries, int64(s.Debit), int64(s.Credit), s.At.UnixMicro()} {
		h.Int(n)
	}
	h.Text(s.By)
	h.Text(pages)
	return h.Hex()
}

const (
	// PageEntries is how many entries stand in a page.
	PageEntries = 1000
	idLen       = 26
	markLen     = idLen + 32
)

// Digest covers everything that an entry says: 32 bytes.
func Digest(e Entry) []byte {
	h := audit.NewHash()
	for _, s := range []string{e.ID, string(e.Kind), e.Ref, e.MerchantNo} {
		h.Text(s)
	}
	for _, n := range []int64{int64(e.ClearingDate), int64(e.OrigDate), e.At.UnixMicro(), int64(len(e.Lines))} {
		h.Int(n)
	}
	for _, l := range e.Lines {
		h.Text(string(l.Account))
		h.Int(int64(l.Debit))
		h.Int(int64(l.Credit))
	}
	return h.Sum()
}

// mark is an entry's place in a page: its id and its digest.
func mark(e Entry) []byte {
	m := make([]byte, 0, markLen)
	return append(append(m, (e.ID + "                          ")[:idLen]...), Digest(e)...)
}

// Page makes a page of entries, which are in the order of their ids.
func Page(entries []Entry) []byte {
	body := make([]byte, 0, len(entries)*markLen)
	for _, e := range entries {
		body = append(body, mark(e)...)
	}
	return body
}

// LastOf is the id of a page's last entry, "" of an empty page.
func LastOf(page []byte) string {
	if len(page) < markLen {
		return ""
	}
	return markID(page[len(page)-markLen:])
}

func markID(m []byte) string { return string(bytes.TrimRight(m[:idLen], " ")) }

// Sealer adds up a date, page by page.
type Sealer struct {
	Entries       int64
	Debit, Credit money.Fen
	Sums          map[Account]Balance
	pages         string // hash over the pages so far
}

// Add takes the next page and its entries. An entry that does not prove is fault
// kind Corrupt: it is not sealed, it is looked into.
func (s *Sealer) Add(page []byte, entries []Entry) error {
	if s.Sums == nil {
		s.Sums = map[Account]Balance{}
	}
	for _, e := range entries {
		if err := e.Prove(); err != nil {
			return fault.Wrap("ledger.Seal", fault.Corrupt, err)
		}
		for _, l := range e.Lines {
			b := s.Sums[l.Account]
			s.Sums[l.Account] = Balance{l.Account, b.Debit + l.Debit, b.Credit + l.Credit}
			s.Debit, s.Credit = s.Debit+l.Debit, s.Credit+l.Credit
		}
	}
	s.Entries += int64(len(entries))
	h := audit.NewHash()
	h.Text(s.pages)
	h.Text(string(page))
	s.pages = h.Hex()
	return nil
}

// Seal is what was added up, behind the seal before (the zero Seal: none).
func (s *Sealer) Seal(before Seal, d bizdate.Date, at time.Time, by string) Seal {
	now := Seal{Seq: before.Seq + 1, Date: d, Entries: s.Entries, Debit: s.Debit, Credit: s.Credit, At: at.UTC().Truncate(time.Microsecond), By: by}
	now.Hash = now.link(before.Hash, s.pages)
	return now
}

// Differ compares a page with the entries that stand in the book now, both in the
// order of ids, and names the first that was altered, taken out or put in; "" when
// they agree.
func Differ(page []byte, entries []Entry) string {
	for len(page) >= markLen || len(entries) > 0 {
		switch {
		case len(page) < markLen:
			return entryFault(entries[0], "was put in after its date was sealed")
		case len(entries) == 0 || markID(page) < entries[0].ID:
			return "entry " + markID(page) + " was taken out"
		case entries[0].ID < markID(page):
			return entryFault(entries[0], "was put in after its date was sealed")
		case !bytes.Equal(page[:markLen], mark(entries[0])):
			return entryFault(entries[0], "was altered")
		}
		page, entries = page[markLen:], entries[1:]
	}
	if len(page) > 0 {
		return "the list of its entries was altered"
	}
	return ""
}

func entryFault(e Entry, what string) string {
	return "entry " + e.ID + " (" + string(e.Kind) + " " + e.Ref + ") " + what
}
