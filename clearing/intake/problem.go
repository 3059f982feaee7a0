package intake

import (
	"errors"
	"fmt"
	"strings"

	"juma/internal/fault"
)

// Problem is why a file is not used: where, what stands there, and what to do.
type Problem struct {
	File  string `json:"file"`
	Line  int    `json:"line,omitempty"` // from 1; 0: the file as a whole, or said in Text
	Field string `json:"field,omitempty"`
	Value string `json:"value,omitempty"`
	Text  string `json:"text"`
}

// Error says it in one line.
func (p *Problem) Error() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		fmt.Fprintf(&b, " line %d", p.Line)
	}
	b.WriteString(": ")
	switch {
	case p.Field != "" && p.Value != "":
		fmt.Fprintf(&b, "%s %q: ", p.Field, p.Value)
	case p.Field != "":
		b.WriteString(p.Field + ": ")
	}
	b.WriteString(p.Text)
	return b.String()
}

func at(file string, line int, e *fault.Error) error {
	return &fault.Error{Op: op, Kind: e.Kind, Err: &Problem{File: file, Line: line, Field: e.Field, Value: e.Value, Text: e.Msg}}
}

// ProblemOf takes an error of a reader apart.
func ProblemOf(file string, err error) *Problem {
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	var e *fault.Error
	if errors.As(err, &e) && e.Msg != "" {
		return &Problem{File: file, Field: e.Field, Value: e.Value, Text: e.Msg}
	}
	return &Problem{File: file, Text: err.Error()}
}
