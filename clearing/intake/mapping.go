package intake

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"juma/acquiring/channel"
	"juma/clearing/match"
	"juma/clearing/match/mapfile"
	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/internal/gbk"
	"juma/internal/money"
)

// Mapping says where the columns of a layout that nobody knew belong: the map of
// mapfile for their side, for the files of one channel with one header. A negative
// amount is a refund.
type Mapping struct {
	Channel   channel.Name
	Signature string // of the header
	Version   int
	Text      string // the YAML
}

// MappedLayout begins the layout of files that were read through a mapping.
const MappedLayout = "mapped-"

// LayoutID names files that were read through it.
func (m Mapping) LayoutID() string { return fmt.Sprintf("%s%s-%d", MappedLayout, m.Channel, m.Version) }

// CheckMapping reads the text of a mapping. Errors are of kind Invalid and say which
// part is wrong.
func CheckMapping(text string) error {
	_, err := mapfile.Read([]byte(text))
	return err
}

// unknown takes a file of no known layout: through an approved mapping for its header
// where something proves that it is whole, otherwise to quarantine with its difference
// from the nearest known layout.
func (d Desk) unknown(r *Report, text File) {
	diff := d.nearest(text)
	r.Unknown = &diff
	if err := text.table(); err != nil {
		r.stop(Refused, err)
		return
	}
	for _, m := range d.Mappings {
		if m.Signature != diff.Signature || (text.Channel != "" && m.Channel != text.Channel) {
			continue
		}
		if text.Channel == "" && d.several(m.Channel) {
			r.stop(Refused, text.fault(diff.Line, "channel", string(m.Channel.Base()), "there are several accounts at this channel, and its layout is mapped: say whose the file is"))
			return
		}
		if text.Sealed || text.Counted {
			r.mapped(m, diff, text)
			return
		}
		r.Channel = m.Channel
		r.stop(Quarantined, text.fault(diff.Line, "digest", "", "its layout is mapped (version %d), and nothing proves that the file is whole: give its digest, or have two people confirm its count and sum", m.Version))
		return
	}
	near := "it is near to none that is known"
	if diff.Layout != "" {
		near = "the nearest one is " + diff.Layout
	}
	r.stop(Quarantined, text.fault(max(diff.Line, 1), "header", fmt.Sprintf("(%d columns)", len(diff.Header)), "is no layout that this version knows, %s: look at the difference and propose a mapping", near))
}

// table refuses what no mapping can make a statement of: bytes that are no text, and
// a text without two lines that are no comments.
func (f File) table() error {
	text := string(f.Data)
	if !utf8.Valid(f.Data) {
		var ok bool
		if text, ok = gbk.Text(f.Data); !ok {
			line := 1
			if i := strings.IndexRune(text, utf8.RuneError); i > 0 {
				line += strings.Count(text[:i], "\n")
			}
			return f.fault(line, "encoding", "", "holds bytes that are neither UTF-8 nor GBK: damaged, or no text")
		}
	}
	n := 0
	for line := range strings.Lines(text) {
		if strings.TrimSpace(line) != "" && !strings.HasPrefix(line, "#") {
			n++
		}
		if n == 2 {
			return nil
		}
	}
	return f.fault(0, "line", "", "has no row behind its header: it was cut, or is no statement")
}

// nearest is the difference from the layout that shares most columns with the file.
func (d Desk) nearest(f File) Difference {
	var best Difference
	most := 0
	for _, l := range d.Layouts {
		if l.Columns == nil || (f.Channel != "" && l.Channel != f.Channel) {
			continue
		}
		diff, found := compare(f, l)
		n := 0
		for _, c := range diff.Columns {
			if c.What == Same || c.What == Moved {
				n++
			}
		}
		if found && n > most {
			best, most = diff, n
		}
	}
	if most > 0 {
		return best
	}
	lines, isGBK := headLines(f)
	if len(lines) == 0 {
		return best
	}
	cells := splitHeader(lines[0])
	return Difference{Line: 1, Header: cells, GBK: isGBK, Signature: signature(cells), Columns: columnsOf(Layout{}, cells)}
}

// mapped reads a file through a mapping.
func (r *Report) mapped(m Mapping, diff Difference, text File) {
	r.Layout, r.Kind = m.LayoutID(), Payments
	r.step(Recognised, "by the mapping of %s, version %d", m.Channel, m.Version)
	claim := Layout{ID: r.Layout, Channel: m.Channel}
	if err := r.settle(claim, Claim{}, &text); err != nil {
		r.stop(Refused, err)
		return
	}
	content, err := m.read(text, diff.Line)
	if err != nil {
		r.stop(Refused, err)
		return
	}
	r.Unknown = nil
	r.prove(text, m.Channel, content)
}

func (m Mapping) read(f File, headerLine int) (Content, error) {
	side, err := mapfile.Read([]byte(m.Text))
	if err != nil {
		return Content{}, err
	}
	skipped, rest := behindLines(f.Data, headerLine-1)
	var from io.Reader = bytes.NewReader(rest)
	if side.Theirs.GBK {
		from = gbk.NewReader(from)
	}
	scan, err := match.NewScanner(f.Name, from, side.Theirs.Layout)
	if err != nil {
		return Content{}, err
	}
	var out Content
	for row := (match.Row{}); ; {
		switch err := scan.Next(&row); {
		case errors.Is(err, io.EOF):
			return out, nil
		case err != nil:
			return out, fault.Wrap(op, fault.Corrupt, err)
		}
		out.Rows++
		line, err := lineOf(m.Channel, f.Date, row)
		if err != nil {
			return out, at(f.Name, skipped+out.Rows+1, err)
		}
		line.LineNo = skipped + out.Rows + 1
		out.Lines = append(out.Lines, line)
	}
}

// behindLines leaves out what stands before a header.
func behindLines(data []byte, n int) (skipped int, rest []byte) {
	for ; skipped < n; skipped++ {
		i := bytes.IndexByte(data, '\n')
		if i < 0 {
			break
		}
		data = data[i+1:]
	}
	return skipped, data
}

func lineOf(ch channel.Name, d bizdate.Date, row match.Row) (channel.StatementLine, *fault.Error) {
	l := channel.StatementLine{Kind: channel.PaymentLine, OrderNo: string(row.OrderNo), Amount: money.Fen(row.Amount), Fee: money.Fen(row.Fee),
		Payer: string(row.Payer), Date: d, Final: true, State: "mapped"}
	if l.Amount < 0 {
		l.Kind, l.Amount = channel.RefundLine, -l.Amount
	}
	if row.Date != 0 && bizdate.Date(row.Date) != d {
		return l, fault.New(op, fault.Corrupt, "the row is of %s, the file is of %s: two days in one file", bizdate.Date(row.Date), d)
	}
	return l, nil
}
