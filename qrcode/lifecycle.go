package qrcode

import (
	"fmt"
	"slices"
	"strings"
)

// State of a plate.
type State string

// The states of a plate. Blank covers the way to the shop, which Stage tells
// apart. A key is never issued again, whatever becomes of its plate.
const (
	Blank     State = "blank"     // made, and bound to nobody
	Bound     State = "bound"     // payments go to its terminal
	Suspended State = "suspended" // stopped for now; the binding stays
	Lost      State = "lost"      // stopped for good; waits to be replaced
	Replaced  State = "replaced"  // another plate has its terminal
	Void      State = "void"      // the end
)

// States lists them in the order of life.
var States = []State{Blank, Bound, Suspended, Lost, Replaced, Void}

// BatchState is where an order of plates stands.
type BatchState string

// The states of a batch.
const (
	Requested BatchState = "requested"
	Approved  BatchState = "approved"
	Generated BatchState = "generated" // every plate is stored
	Exported  BatchState = "exported"  // a manifest was made for the printer
	Rejected  BatchState = "rejected"
)

// Move is one arrow of a plate's life cycle.
type Move struct {
	Name string
	From []State
	To   State
	// Ends says that the binding in force ends with the move.
	Ends bool
}

// The life cycle of plates. This table is the only one: guards, tests and the
// documentation read it.
var (
	MoveBind    = Move{Name: "bind", From: []State{Blank}, To: Bound}
	MoveRebind  = Move{Name: "rebind", From: []State{Bound}, To: Bound, Ends: true}
	MoveSuspend = Move{Name: "suspend", From: []State{Bound}, To: Suspended}
	MoveResume  = Move{Name: "resume", From: []State{Suspended}, To: Bound}
	MoveLost    = Move{Name: "lost", From: []State{Blank, Bound}, To: Lost}
	// MoveReplace is not for suspended plates: a stop by risk does not end by
	// taking another plate.
	MoveReplace = Move{Name: "replace", From: []State{Bound, Lost}, To: Replaced, Ends: true}
	MoveVoid    = Move{Name: "void", From: []State{Blank, Bound, Suspended, Lost, Replaced}, To: Void, Ends: true}

	Moves = []Move{MoveBind, MoveRebind, MoveSuspend, MoveResume, MoveLost, MoveReplace, MoveVoid}
)

// Allows tells whether the move begins in the state.
func (m Move) Allows(s State) bool { return slices.Contains(m.From, s) }

// BatchMove is one arrow of a batch's life cycle.
type BatchMove struct {
	Name string
	From []BatchState
	To   BatchState
}

// Allows tells whether the move begins in the state.
func (m BatchMove) Allows(s BatchState) bool { return slices.Contains(m.From, s) }

// The life cycle of batches.
var (
	MoveApprove  = BatchMove{Name: "approve", From: []BatchState{Requested}, To: Approved}
	MoveReject   = BatchMove{Name: "reject", From: []BatchState{Requested}, To: Rejected}
	MoveGenerate = BatchMove{Name: "generate", From: []BatchState{Approved}, To: Generated}
	MoveExport   = BatchMove{Name: "export", From: []BatchState{Generated, Exported}, To: Exported}

	BatchMoves = []BatchMove{MoveApprove, MoveReject, MoveGenerate, MoveExport}
)

// Stage is where a plate is on its way: its state, and for a blank one how far
// it has come from the order to the shop.
func Stage(p Plate, b Batch) string {
	switch {
	case p.State != Blank:
		return string(p.State)
	case p.Holder != "":
		return "in_stock"
	case b.State == Exported:
		return "exported"
	}
	return "generated"
}

// LifeCycle prints both tables as Markdown, for the documentation.
func LifeCycle() string {
	var b strings.Builder
	b.WriteString("| what | move | from | to |\n| --- | --- | --- | --- |\n")
	for _, m := range BatchMoves {
		fmt.Fprintf(&b, "| batch | %s | %s | %s |\n", m.Name, join(m.From), m.To)
	}
	for _, m := range Moves {
		fmt.Fprintf(&b, "| plate | %s | %s | %s |\n", m.Name, join(m.From), m.To)
	}
	return b.String()
}

func join[S ~string](states []S) string {
	words := make([]string, len(states))
	for i, s := range states {
		words[i] = string(s)
	}
	return strings.Join(words, ", ")
}
