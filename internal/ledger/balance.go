package ledger

import (
	"time"

	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/internal/money"
)

// Moment is the state of the book that is looked at. The zero Moment is now.
type Moment struct {
	At   time.Time    // entries posted until then; zero: all
	Date bizdate.Date // entries of clearing dates up to this one; 0: all
}

// Balance is what an account has on both sides.
type Balance struct {
	Account       Account
	Debit, Credit money.Fen
}

// Net is the balance on the given side: negative when it stands on the other.
func (b Balance) Net(s Side) money.Fen {
	if s == Debit {
		return b.Debit - b.Credit
	}
	return b.Credit - b.Debit
}

// HeadBalance is the sum of a head's accounts.
type HeadBalance struct {
	Head
	Accounts      int
	Debit, Credit money.Fen
}

// Net is the balance on the head's normal side.
func (h HeadBalance) Net() money.Fen { return Balance{"", h.Debit, h.Credit}.Net(h.Normal) }

// Trial is a trial balance: every head of the chart, and the totals.
type Trial struct {
	Heads         []HeadBalance
	Debit, Credit money.Fen
}

// Balanced tells whether debits equal credits.
func (t Trial) Balanced() bool { return t.Debit == t.Credit }

// NewTrial adds accounts up by the heads of the chart. An account that the chart
// has not is fault kind Corrupt.
func NewTrial(accounts []Balance) (Trial, error) {
	t := Trial{Heads: make([]HeadBalance, len(Chart))}
	at := make(map[Code]*HeadBalance, len(Chart))
	for i, h := range Chart {
		t.Heads[i].Head = h
		at[h.Code] = &t.Heads[i]
	}
	for _, b := range accounts {
		h, ok := HeadOf(b.Account)
		if !ok {
			return t, fault.New("ledger.NewTrial", fault.Corrupt, "the book has an account %q, which the chart of accounts has not", b.Account)
		}
		sum := at[h.Code]
		sum.Accounts++
		for _, part := range []struct {
			into *money.Fen
			more money.Fen
		}{{&sum.Debit, b.Debit}, {&sum.Credit, b.Credit}, {&t.Debit, b.Debit}, {&t.Credit, b.Credit}} {
			total, err := part.into.Add(part.more)
			if err != nil {
				return t, err
			}
			*part.into = total
		}
	}
	return t, nil
}
