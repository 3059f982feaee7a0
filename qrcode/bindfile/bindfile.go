// Package bindfile binds many plates by a CSV file, all or nothing. The command
// and the page read a file through it, so that both say the same of it.
//
// The header is plate,terminal_no, and merchant_no and store_id behind it where
// they are to be held against the terminal's own.
package bindfile

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"juma/internal/fault"
	"juma/internal/faultcsv"
	"juma/qrcode"
)

// Columns of a file; the last two may be left out.
var Columns = []string{"plate", "terminal_no", "merchant_no", "store_id"}

// Plates are found and bound; *qrcode.Service.
type Plates interface {
	Find(ctx context.Context, text string) (qrcode.Plate, qrcode.Binding, error)
	BindAll(ctx context.Context, all []qrcode.Binding, by, reason string) (problems map[int]error, err error)
}

// Terminal is where a plate can be bound to.
type Terminal struct {
	No, StoreID, MerchantNo string
	Closed                  bool // it, its store or its merchant
}

// Office binds files.
type Office struct {
	Plates Plates
	// Terminal finds a terminal; fault kind NotFound when there is none.
	Terminal func(ctx context.Context, no string) (Terminal, error)
	// MaxLines is the most that a file may have below its header; 0: no bound.
	MaxLines int
}

// Code is why a line is refused, as a stable key for which pages have texts.
type Code string

// The codes of problems.
const (
	NoLine          Code = "line"      // not as many cells as the header, or no CSV
	UnknownPlate    Code = "plate"     // no plate of ours
	NotBlank        Code = "not_blank" // bound, lost, …
	Twice           Code = "twice"     // named in a line above
	UnknownTerminal Code = "terminal"
	ClosedTerminal  Code = "closed"
	OtherMerchant   Code = "merchant" // the terminal is not this merchant's
	OtherStore      Code = "store"    // the terminal is not at this store
	Overtaken       Code = "overtaken"
)

// Codes lists them.
var Codes = []Code{NoLine, UnknownPlate, NotBlank, Twice, UnknownTerminal, ClosedTerminal, OtherMerchant, OtherStore, Overtaken}

// Problem is what is wrong with a line.
type Problem struct {
	qrcode.Problem
	Code Code
}

// What a file as a whole is refused for: the value of a fault of kind Invalid and
// field "file".
const (
	BadHeader = "header"
	NoLines   = "empty"
	ManyLines = "lines"
)

// Bind binds what the lines say and tells how many that were. With any problem
// nothing is bound. An unusable file is a fault of kind Invalid, field "file".
func (o Office) Bind(ctx context.Context, r io.Reader, by, reason string) (bound int, problems []Problem, err error) {
	f, err := o.read(ctx, r)
	if err != nil || len(f.problems) > 0 {
		return 0, f.problems, err
	}
	refused, err := o.Plates.BindAll(ctx, f.bindings, by, reason)
	if err != nil {
		return 0, nil, err
	}
	for i, why := range refused { // somebody was faster than the reading
		f.refuse(f.lines[i], "plate", f.named[i], Overtaken, "%s", sentence(why))
	}
	if len(f.problems) > 0 {
		slices.SortFunc(f.problems, func(a, b Problem) int { return a.Line - b.Line })
		return 0, f.problems, nil
	}
	return len(f.bindings), nil, nil
}

// Check is Bind without binding anything: fit is how many lines would be bound.
func (o Office) Check(ctx context.Context, r io.Reader) (fit int, problems []Problem, err error) {
	f, err := o.read(ctx, r)
	return len(f.bindings), f.problems, err
}

// WriteProblems writes problems as CSV, see package faultcsv.
func WriteProblems(w io.Writer, problems []Problem) error {
	rows := make([]faultcsv.Row, 0, len(problems))
	for _, p := range problems {
		rows = append(rows, faultcsv.Row{Line: p.Line, Field: p.Field, Value: p.Value, Problem: p.Msg})
	}
	return faultcsv.Write(w, rows)
}

// file is what a file holds.
type file struct {
	bindings []qrcode.Binding
	lines    []int    // of the bindings
	named    []string // plates as the lines name them
	problems []Problem
	seen     map[string]int // plate key → line
}

func (f *file) refuse(line int, field, value string, code Code, format string, args ...any) {
	f.problems = append(f.problems, Problem{qrcode.Problem{Line: line, Field: field, Value: value, Msg: fmt.Sprintf(format, args...)}, code})
}

func (o Office) read(ctx context.Context, r io.Reader) (file, error) {
	const op = "bindfile"
	f := file{seen: map[string]int{}}
	in := bufio.NewReader(r)
	if mark, err := in.Peek(3); err == nil && string(mark) == "\xef\xbb\xbf" { // spreadsheets write it
		_, _ = in.Discard(len(mark)) // it is there
	}
	rows := csv.NewReader(in)
	head, err := rows.Read()
	if err != nil || len(head) < 2 || len(head) > len(Columns) || !slices.Equal(head, Columns[:len(head)]) {
		return f, fault.Field(op, "file", BadHeader, "want CSV with the header %s,%s[,%s[,%s]]", Columns[0], Columns[1], Columns[2], Columns[3])
	}
	for n := 1; ; n++ {
		cells, err := rows.Read()
		var at *csv.ParseError
		switch {
		case err == io.EOF && n == 1:
			return f, fault.Field(op, "file", NoLines, "there is no line below the header")
		case err == io.EOF:
			return f, nil
		case o.MaxLines > 0 && n > o.MaxLines:
			return f, fault.Field(op, "file", ManyLines, "has more than %d lines; cut it into several", o.MaxLines)
		case errors.As(err, &at):
			f.refuse(at.Line, "line", "", NoLine, "is no CSV of as many columns as the header")
			continue
		case err != nil:
			return f, fault.Wrap(op, fault.Unavailable, err)
		}
		line, _ := rows.FieldPos(0)
		if err := o.line(ctx, &f, line, append(cells, make([]string, len(Columns)-len(cells))...)); err != nil {
			return f, err
		}
	}
}

// line reads one line: the plate must be there and blank, the terminal there and
// open, and where merchant and store are named they must be the terminal's.
func (o Office) line(ctx context.Context, f *file, line int, cells []string) error {
	p, _, err := o.Plates.Find(ctx, strings.TrimSpace(cells[0]))
	switch {
	case isMissing(err):
		f.refuse(line, "plate", cells[0], UnknownPlate, "is no plate of ours")
		return nil
	case err != nil:
		return err
	case p.State != qrcode.Blank:
		f.refuse(line, "plate", cells[0], NotBlank, "is %s; only a blank plate can be bound", p.State)
		return nil
	}
	t, err := o.Terminal(ctx, strings.TrimSpace(cells[1]))
	switch first, twice := f.seen[p.Key]; {
	case isMissing(err):
		f.refuse(line, "terminal_no", cells[1], UnknownTerminal, "is no terminal of ours")
	case err != nil:
		return err
	case t.Closed:
		f.refuse(line, "terminal_no", cells[1], ClosedTerminal, "is closed, or its store or merchant is")
	case cells[2] != "" && cells[2] != t.MerchantNo:
		f.refuse(line, "merchant_no", cells[2], OtherMerchant, "terminal %s is at store %s of merchant %s", t.No, t.StoreID, t.MerchantNo)
	case cells[3] != "" && cells[3] != t.StoreID:
		f.refuse(line, "store_id", cells[3], OtherStore, "terminal %s is at store %s of merchant %s", t.No, t.StoreID, t.MerchantNo)
	case twice:
		f.refuse(line, "plate", cells[0], Twice, "is in line %d already", first)
	default:
		f.seen[p.Key] = line
		f.bindings = append(f.bindings, qrcode.Binding{PlateKey: p.Key, MerchantNo: t.MerchantNo, StoreID: t.StoreID, TerminalNo: t.No})
		f.lines, f.named = append(f.lines, line), append(f.named, cells[0])
	}
	return nil
}

func isMissing(err error) bool { return fault.Is(err, fault.NotFound) || fault.Is(err, fault.Invalid) }

// sentence is a fault's own words.
func sentence(err error) string {
	var f *fault.Error
	if errors.As(err, &f) && f.Msg != "" {
		return f.Msg
	}
	return err.Error()
}
