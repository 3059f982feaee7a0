// Package mapfile reads the YAML that tells juma reconcile how files from
// elsewhere are laid out. Texts and defaults are told in Help.
package mapfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"

	"juma/clearing/match"
	"juma/internal/fault"
)

// Help describes the file to people.
const Help = `The map is a YAML file. What stands at its top level says how both files are laid
out; under ours: and theirs: each has its own. A side that is not described has
the default columns.

  ours:
    header: no            # yes: the first line names the columns (default no)
  theirs:
    header: yes
    delimiter: ","        # one character, or tab (default ,)
    encoding: gbk         # utf-8 (default) or gbk
    unit: yuan            # of amounts and fees: fen (default) or yuan
    date: YYYY-MM-DD      # default YYYYMMDD; a time of day may follow
    strip: "` + "`" + `"            # taken off both ends of values, beside blanks
    comment: "#"          # lines that begin with it are passed over
    columns:
      order_no: 商户订单号 # by name in the header,
      clear_date: 1       # by position from 1,
      amount_fen: 13
      fee_fen: 手续费
      payer_acct: 用户标识
      channel: =WECHAT    # or the same text for all rows

order_no, channel and amount_fen are needed. Of the others, what one of the two
files does not have is not compared.`

// Map is how the two files are laid out.
type Map struct{ Ours, Theirs Side }

// Side is one of them.
type Side struct {
	Layout match.Layout
	GBK    bool // decode the file before it is read
}

// Default is the map of two files with the default columns.
func Default() Map {
	return Map{Ours: Side{Layout: match.Default()}, Theirs: Side{Layout: match.Default()}}
}

type document struct {
	described `yaml:",inline"`
	Ours      *described `yaml:"ours"`
	Theirs    *described `yaml:"theirs"`
}

type described struct {
	Header    bool                 `yaml:"header"`
	Delimiter string               `yaml:"delimiter"`
	Encoding  string               `yaml:"encoding"`
	Unit      string               `yaml:"unit"`
	Date      string               `yaml:"date"`
	Strip     string               `yaml:"strip"`
	Comment   string               `yaml:"comment"`
	Columns   map[string]yaml.Node `yaml:"columns"`
}

// Read reads a map. Errors are of kind Invalid and say which part is wrong.
func Read(data []byte) (Map, error) {
	var doc document
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	if err := dec.Decode(&doc); err != nil && !errors.Is(err, io.EOF) {
		return Map{}, invalid("", fmt.Errorf("%s", strings.TrimPrefix(strings.ReplaceAll(err.Error(), "in type mapfile.document", "in a map"), "yaml: ")))
	}
	m := Default()
	for _, s := range []struct {
		name string
		own  *described
		into *Side
	}{{"ours", doc.Ours, &m.Ours}, {"theirs", doc.Theirs, &m.Theirs}} {
		d := &doc.described
		if s.own != nil {
			d = s.own
		}
		side, err := d.side()
		if err != nil {
			return Map{}, invalid(s.name+": ", err)
		}
		*s.into = side
	}
	return m, nil
}

func invalid(where string, err error) error {
	return fault.New("reconcile", fault.Invalid, "map: %s%v", where, err)
}

func (d *described) side() (Side, error) {
	s := Side{Layout: match.Layout{Header: d.Header, Date: d.Date, Strip: d.Strip, Comment: d.Comment}}
	switch d.Delimiter {
	case "":
	case "tab", "\t":
		s.Layout.Delimiter = '\t'
	default:
		if len(d.Delimiter) != 1 {
			return s, fmt.Errorf("delimiter: %q, want one character or tab", d.Delimiter)
		}
		s.Layout.Delimiter = d.Delimiter[0]
	}
	switch strings.ToLower(d.Encoding) {
	case "", "utf-8", "utf8":
	case "gbk", "gb18030", "gb2312":
		s.GBK, s.Layout.Decoded = true, true
	default:
		return s, fmt.Errorf("encoding: %q, want utf-8 or gbk", d.Encoding)
	}
	switch d.Unit {
	case "", "fen":
	case "yuan":
		s.Layout.Yuan = true
	default:
		return s, fmt.Errorf("unit: %q, want fen or yuan", d.Unit)
	}
	if err := d.columns(&s.Layout); err != nil {
		return s, err
	}
	return s, s.Layout.Check()
}

// columns places the fields; a map that names none has the default columns.
func (d *described) columns(l *match.Layout) error {
	if len(d.Columns) == 0 {
		l.Columns = match.Default().Columns
		return nil
	}
	l.Columns = map[string]match.Column{}
	for field, node := range d.Columns {
		var c match.Column
		text, fixed := strings.CutPrefix(node.Value, "=")
		switch {
		case node.Kind != yaml.ScalarNode:
			return fmt.Errorf("line %d: columns: %s: want a position, a name, or = and a text", node.Line, field)
		case fixed:
			c.Text = text
		case node.Tag == "!!int":
			if err := node.Decode(&c.Position); err != nil || c.Position < 1 {
				return fmt.Errorf("line %d: columns: %s: %q is no position, want one from 1", node.Line, field, node.Value)
			}
		default:
			c.Name = node.Value
		}
		l.Columns[field] = c
	}
	return nil
}
