package acquiring_test

import (
	"flag"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"juma/acquiring"
)

var update = flag.Bool("update", false, "rewrite the drawings of the tables of states in ARCHITECTURE.md")

// TestDrawingsOfStates holds the drawings in ARCHITECTURE.md to the tables that
// the moves are checked against.
func TestDrawingsOfStates(t *testing.T) {
	const file = "../ARCHITECTURE.md"
	b, err := os.ReadFile(file)
	must(t, err)
	text := string(b)
	for name, want := range map[string]string{"payment": acquiring.PaymentMoves.Mermaid(), "refund": acquiring.RefundMoves.Mermaid(), "command": acquiring.CommandMoves.Mermaid()} {
		section := regexp.MustCompile("(?s)(<!-- states of a " + name + ", written by go test ./acquiring -update -->\n```mermaid\n)(.*?)(```\n)")
		found := section.FindStringSubmatch(text)
		switch {
		case found == nil:
			t.Errorf("%s shows no drawing of a %s's states", file, name)
		case *update:
			text = section.ReplaceAllString(text, "${1}"+want+"${3}")
		case found[2] != want:
			t.Errorf("the drawing of a %s's states is not the table's: run go test ./acquiring -run TestDrawingsOfStates -update\n%s", name, want)
		}
	}
	if *update && text != string(b) {
		must(t, os.WriteFile(file, []byte(text), 0o644))
	}
}

// TestI6StatesOnlyMoveAlongTheTable reads from the tables what people rely on:
// what is final, and what may leave it.
func TestI6StatesOnlyMoveAlongTheTable(t *testing.T) {
	p, r := acquiring.PaymentMoves, acquiring.RefundMoves
	if got := p.Open(); !slices.Equal(got, []acquiring.PaymentState{acquiring.Created, acquiring.Pending, acquiring.Unknown, acquiring.Reversing}) {
		t.Errorf("open payments are %v", got)
	}
	if got := r.Open(); !slices.Equal(got, []acquiring.RefundState{acquiring.RefundCreated, acquiring.RefundUnknown}) {
		t.Errorf("open refunds are %v", got)
	}
	var exits []string
	for _, m := range p.Moves {
		if slices.Contains(p.Final, m.From) {
			exits = append(exits, string(m.From)+">"+string(m.To))
		}
	}
	for _, m := range r.Moves {
		if slices.Contains(r.Final, m.From) {
			exits = append(exits, string(m.From)+">"+string(m.To))
		}
	}
	if got := strings.Join(exits, " "); got != "reversed>reversing closed>paid refused>paid failed>created" {
		t.Errorf("final states are left by %s", got)
	}
	for _, c := range []struct {
		from, to acquiring.PaymentState
		want     bool
	}{
		{acquiring.Pending, acquiring.Pending, true}, {acquiring.Paid, acquiring.Paid, false}, {acquiring.Paid, acquiring.Closed, false},
		{acquiring.Closed, acquiring.Paid, true}, {acquiring.Closed, acquiring.Pending, false},
		{acquiring.Reversed, acquiring.Paid, false}, {acquiring.Reversing, acquiring.Pending, false}, {acquiring.Created, acquiring.Reversing, false}, {"", "", false}, {"lost", "lost", false},
	} {
		if got := p.Allows(c.from, c.to); got != c.want {
			t.Errorf("%s to %s: %v, want %v", c.from, c.to, got, c.want)
		}
	}
}
