package acquiring

import (
	"fmt"
	"slices"
	"strings"
)

// Move is a row of a table of states: a move that there is, and what makes it.
type Move[S ~string] struct {
	From, To S
	By       string
}

// StateTable lists the moves that there are between an object's states. It is
// what every move is checked against (invariant I6), by the service that makes
// it and once more by the store; and it is what the drawing in ARCHITECTURE.md
// is made from. Staying in a state that is not final is no move.
type StateTable[S ~string] struct {
	First S         // in which the row is committed
	Moves []Move[S] // in the order of the drawing
	Final []S       // left by nothing but moves that the table lists on purpose
}

// Into lists the states from which there is a move to the state.
func (t StateTable[S]) Into(to S) (from []S) {
	for _, m := range t.Moves {
		if m.To == to && !slices.Contains(from, m.From) {
			from = append(from, m.From)
		}
	}
	return from
}

// Open lists the states that are not final, in the order of the table.
func (t StateTable[S]) Open() (open []S) {
	for _, s := range t.states() {
		if !slices.Contains(t.Final, s) {
			open = append(open, s)
		}
	}
	return open
}

// Allows tells whether a row may go from one state to the other, or stay.
func (t StateTable[S]) Allows(from, to S) bool {
	if from == to {
		return slices.Contains(t.states(), from) && !slices.Contains(t.Final, from)
	}
	return slices.ContainsFunc(t.Moves, func(m Move[S]) bool { return m.From == from && m.To == to })
}

// states lists every state of the table, the first one first.
func (t StateTable[S]) states() []S {
	all := []S{t.First}
	for _, m := range t.Moves {
		for _, s := range []S{m.From, m.To} {
			if !slices.Contains(all, s) {
				all = append(all, s)
			}
		}
	}
	return all
}

// Mermaid draws the table as a Mermaid state diagram.
func (t StateTable[S]) Mermaid() string {
	var b strings.Builder
	fmt.Fprintf(&b, "stateDiagram-v2\n    [*] --> %s\n", t.First)
	for _, m := range t.Moves {
		fmt.Fprintf(&b, "    %s --> %s: %s\n", m.From, m.To, m.By)
	}
	for _, s := range t.Final {
		fmt.Fprintf(&b, "    %s --> [*]\n", s)
	}
	return b.String()
}

// PaymentMoves is the table of a payment's states. Closed and refused are left
// by a late success alone: the money is there whatever we believed. Reversing is
// not: once an order is being undone, a success that comes is undone with it. How much of a
// paid order went back is an amount (Refunded), not a state.
var PaymentMoves = StateTable[PaymentState]{
	First: Created,
	Moves: []Move[PaymentState]{
		{Created, Pending, "the wallet has the order"},
		{Created, Unknown, "answer lost"},
		{Created, Refused, "the wallet says no"},
		{Created, Paid, "proof overtakes the answer"},
		{Created, Closed, "expired, never arrived"},
		{Pending, Paid, "notice or query proves it"},
		{Pending, Closed, "expired, closed at the wallet first"},
		{Pending, Unknown, "placed again, answer lost"},
		{Pending, Refused, "placed again, the wallet says no"},
		{Unknown, Pending, "placed again, the wallet has it"},
		{Unknown, Paid, "notice or query proves it"},
		{Unknown, Closed, "a query says that it was not paid"},
		{Unknown, Refused, "placed again, the wallet says no"},
		{Pending, Reversing, "time is up (by code)"},
		{Unknown, Reversing, "time is up (by code)"},
		{Reversing, Reversed, "the wallet has undone it"},
		{Reversing, Paid, "the wallet will not undo it, and a query proves it paid"},
		{Reversed, Reversing, "a success came after all, to be undone too"},
		{Closed, Paid, "late success"},
		{Refused, Paid, "late success"},
	},
	Final: []PaymentState{Paid, Closed, Refused, Reversed},
}

// RefundMoves is the table of a refund's states. What makes them is the same for
// a cancellation (撤销) within the clearing day, which is a refund by another way.
var RefundMoves = StateTable[RefundState]{
	First: RefundCreated,
	Moves: []Move[RefundState]{
		{RefundCreated, RefundUnknown, "sent: accepted, or answer lost"},
		{RefundCreated, RefundSucceeded, "the wallet says done"},
		{RefundCreated, RefundFailed, "the wallet says no, reservation released"},
		{RefundUnknown, RefundSucceeded, "notice or query proves it"},
		{RefundUnknown, RefundFailed, "notice or query says no, reservation released"},
		{RefundFailed, RefundCreated, "tried again by a person, reserved anew"},
	},
	Final: []RefundState{RefundSucceeded, RefundFailed},
}
