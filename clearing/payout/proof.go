package payout

import (
	"time"

	"juma/acquiring/channel"
	"juma/clearing"
	"juma/internal/bizdate"
	"juma/internal/money"
)

// LineSum sums up lines of a date's statements that reconciliation put into the same
// class and state.
type LineSum struct {
	Channel channel.Name
	Kind    channel.LineKind
	Class   clearing.Class
	State   clearing.ItemState
	Count   int
	Ours    money.Fen // by our books
	Theirs  money.Fen // by the statement
	Fee     money.Fen // what the channel keeps: positive of payments, negative of refunds
}

// ProofState is what a proof came to.
type ProofState string

// The states of a proof. The bank is looked at first: a difference there is money.
const (
	Balanced ProofState = "balanced" // payments, statement and bank agree
	Missing  ProofState = "missing"  // the bank has credited nothing yet
	Short    ProofState = "short"    // the bank credited less than the statement says
	Over     ProofState = "over"     // … or more
	Open     ProofState = "open"     // the bank agrees with the statement; lines of it wait for their other half
)

// ProofStates lists them in the order in which they are shown.
var ProofStates = []ProofState{Balanced, Missing, Short, Over, Open}

// Proof is the three-way proof of a channel's day: payments ↔ statement ↔ bank.
type Proof struct {
	Date      bizdate.Date
	Channel   channel.Name
	Ours      money.Fen // matched, less what the channel keeps
	Statement money.Fen // all that the statement shows as done, less what it keeps
	Bank      money.Fen // credited to the reserve for the date
	Waiting   int       // lines of the statement that are not explained
	State     ProofState
	ProvedAt  time.Time
}

// Difference is bank − statement.
func (p Proof) Difference() money.Fen { return p.Bank - p.Statement }

// Unmatched is statement − ours.
func (p Proof) Unmatched() money.Fen { return p.Statement - p.Ours }

// Prove proves a date for each channel that has lines or credits, all its accounts taken
// together: a bank's advice need not say which of them pays. Lines that the statement
// itself calls not done count nowhere.
func Prove(d bizdate.Date, sums []LineSum, credits []Credit, at time.Time) []Proof {
	of := map[channel.Name]*Proof{}
	get := func(ch channel.Name) *Proof {
		if of[ch] == nil {
			of[ch] = &Proof{Date: d, Channel: ch, ProvedAt: at}
		}
		return of[ch]
	}
	for _, s := range sums {
		if s.Class != clearing.StateDiffers {
			get(s.Channel.Base()).add(s)
		}
	}
	for _, c := range credits {
		get(c.Channel.Base()).Bank += c.Amount
	}
	var proofs []Proof
	for _, ch := range channel.Names {
		if p := of[ch]; p != nil {
			p.State = p.judge()
			proofs = append(proofs, *p)
		}
	}
	return proofs
}

func (p *Proof) add(s LineSum) {
	theirs, ours := s.Theirs, s.Ours
	if s.Kind == channel.RefundLine {
		theirs, ours = -theirs, -ours
	}
	p.Statement += theirs - s.Fee
	switch {
	case s.State == clearing.Waiting:
		p.Waiting += s.Count
	case s.State == clearing.Cleared: // explained by another day or by people, as the statement has it
		p.Ours += theirs - s.Fee
	default:
		p.Ours += ours - s.Fee
	}
}

func (p *Proof) judge() ProofState {
	switch {
	case p.Bank == 0 && p.Statement != 0:
		return Missing
	case p.Bank < p.Statement:
		return Short
	case p.Bank > p.Statement:
		return Over
	case p.Ours != p.Statement || p.Waiting > 0:
		return Open
	}
	return Balanced
}
