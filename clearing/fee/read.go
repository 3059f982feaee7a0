package fee

import (
	_ "embed"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/internal/money"
)

// FileName is what a table of the operator's own is called in the data directory.
const FileName = "prices.csv"

//go:embed prices.csv
var defaults string

// Default is the table that counts until there is an own one: public prices and
// usual ones, each with its mark of certainty.
func Default() *Table {
	t, err := Read(FileName, strings.NewReader(defaults))
	if err != nil {
		panic(err) // the file is part of the program and a test reads it
	}
	return t
}

// header names the columns, which are all there.
var header = []string{"part", "channel", "card", "class", "above_fen", "up_to_fen", "rate_ppm", "min_fen", "cap_fen", "from", "to", "mark", "source"}

// classPart marks a line that puts an MCC (in the column of the channel) into a
// class.
const classPart = "class"

// Read reads a table from CSV. A fault names line, column and value; all of them
// are reported together.
func Read(name string, r io.Reader) (*Table, error) {
	in := csv.NewReader(r)
	in.Comment, in.FieldsPerRecord = '#', len(header)
	t := &Table{Name: name, classes: map[string]Class{}}
	first, err := in.Read()
	if err != nil || !slices.Equal(first, header) {
		return nil, fault.New("fee.Read", fault.Invalid, "%s must begin with the columns %s", name, strings.Join(header, ","))
	}
	var faults []error
	for {
		row, err := in.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, fault.New("fee.Read", fault.Invalid, "%s: %v", name, err)
		}
		line, _ := in.FieldPos(0)
		p := parser{name: name, line: line, row: row}
		if row[0] == classPart {
			t.classes[row[1]] = p.class(true)
		} else {
			t.Prices = append(t.Prices, p.price())
		}
		faults = append(faults, p.faults...)
	}
	if len(faults) == 0 {
		return t, t.check()
	}
	return nil, fault.Wrap("fee.Read", fault.Invalid, errors.Join(faults...))
}

// parser reads one line and collects what is wrong with it.
type parser struct {
	name   string
	line   int
	row    []string
	faults []error
}

func (p *parser) at(column string) string { return p.row[slices.Index(header, column)] }

func (p *parser) bad(column, want string) {
	p.faults = append(p.faults, fmt.Errorf("%s:%d %s %q: want %s", p.name, p.line, column, p.at(column), want))
}

func (p *parser) price() Price {
	price := Price{
		Part: Part(p.at("part")), Channel: p.at("channel"), Card: Card(p.at("card")), Class: p.class(false),
		Above: money.Fen(p.number("above_fen")), UpTo: money.Fen(p.number("up_to_fen")),
		Tariff: money.Tariff{Rate: money.RatePPM(p.number("rate_ppm")), Min: money.Fen(p.number("min_fen")), Cap: money.Fen(p.number("cap_fen"))},
		From:   p.date("from", true), To: p.date("to", false), Mark: p.at("mark"), Source: p.at("source"), Line: p.line,
	}
	if price.Part != ChannelCost && price.Part != Network {
		p.bad("part", "channel_cost, network_fee or class")
	}
	if price.Channel == "" {
		p.bad("channel", "the channel's name")
	}
	if !slices.Contains([]Card{AnyCard, Debit, Credit, Other}, price.Card) {
		p.bad("card", "debit, credit, other or nothing")
	}
	if price.Rate > money.Million {
		p.bad("rate_ppm", "at most 1000000")
	}
	if price.UpTo != 0 && price.UpTo <= price.Above {
		p.bad("up_to_fen", "more than above_fen, or 0 for no end")
	}
	if price.Cap != 0 && price.Cap < price.Min {
		p.bad("cap_fen", "not below min_fen, or 0 for none")
	}
	if price.To != 0 && price.To < price.From {
		p.bad("to", "not before from, or nothing")
	}
	return price
}

func (p *parser) class(must bool) Class {
	c := Class(p.at("class"))
	if !slices.Contains([]Class{Standard, Preferential, Exempt}, c) && (must || c != "") {
		p.bad("class", "standard, preferential or exempt")
	}
	return c
}

func (p *parser) number(column string) int64 {
	n, err := strconv.ParseInt(p.at(column), 10, 64)
	if err != nil || n < 0 {
		p.bad(column, "a whole number, 0 or more")
	}
	return n
}

func (p *parser) date(column string, must bool) bizdate.Date {
	if p.at(column) == "" && !must {
		return 0
	}
	d, err := bizdate.Parse(p.at(column))
	if err != nil {
		p.bad(column, "a day such as 2026-03-10")
	}
	return d
}
