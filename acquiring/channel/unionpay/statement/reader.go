package statement

import (
	"bytes"
	"cmp"

	"juma/acquiring/channel"
)

// Reader is UnionPay's channel.StatementReader. It has no state.
type Reader struct {
	// Channel is whose statements these are; "" is channel.UnionPay.
	Channel channel.Name
}

var _ channel.StatementReader = Reader{}

// Read parses and proves one merchant's statement of one clearing date: the zip
// of the file download, or the bare ZM text. MerchantID of the file must be that
// of every row ("" skips this check). A row whose time lies outside the clearing
// date is kept and given the statement's date: the channel's own date wins.
// Errors are of kind Corrupt and name line, field and value.
func (r Reader) Read(f channel.StatementFile) (channel.Statement, error) {
	out := channel.Statement{Channel: cmp.Or(r.Channel, channel.UnionPay), Date: f.Date}
	switch {
	case f.Date == 0:
		return out, corrupt(f.Name, 0, "clearing date", "", "is missing, the file carries none of its own")
	case f.Empty && len(f.Data) > 0:
		return out, corrupt(f.Name, 0, "", "", "is marked as an empty day and has %d bytes", len(f.Data))
	case f.Empty:
		return out, nil
	case len(f.Data) == 0:
		return out, corrupt(f.Name, 0, "", "", "has no content; a missing file is not an empty day")
	}
	t, err := open(f)
	if err != nil {
		return out, err
	}
	rest, lineNo := t.data, 0
	for len(rest) > 0 {
		var line []byte
		line, rest, _ = bytes.Cut(rest, []byte("\n"))
		lineNo++
		row, err := parseRow(t.name, lineNo, bytes.TrimSuffix(line, []byte("\r")))
		if err != nil {
			return out, err
		}
		l, err := row.line(f.Date, f.MerchantID)
		if err != nil {
			return out, err
		}
		out.Lines = append(out.Lines, l)
	}
	return out, nil
}
