package file

import (
	"bytes"
	"strconv"

	"juma/internal/gbk"
)

// Read cuts a file into rows by bytes, decodes each field and checks its type,
// the separators, the length and the line end of every row. It does not stop at
// the first fault: it returns the rows that have the right length (a faulty field in
// them holds what stands there) and all problems, at most 1000, under the given
// file name. Only CRLF is a line end here: these are our own files, byte for
// byte.
func Read(name string, l *Layout, data []byte) ([]Record, []Problem) {
	var found findings
	var rows []Record
	scan(name, l, data, &found, func(_ int, r Record) {
		rows = append(rows, Record{layout: l, values: append([]string(nil), r.values...)})
	})
	return rows, found.list
}

// scan reads rows one by one. The record handed to row is used again for the
// next one.
func scan(name string, l *Layout, data []byte, found *findings, row func(line int, r Record)) {
	rec := l.NewRecord()
	stride := l.Width + len(lineEnd)
	if len(data)%stride == 0 { // by position, so that a damaged line end stays a matter of one row
		for line, at := 1, 0; at < len(data); line, at = line+1, at+stride {
			if end := data[at+l.Width : at+stride]; string(end) != lineEnd {
				found.addf(name, line, "lineEnd", string(end), `a row ends in "\r\n"`)
			}
			rec.decode(name, line, data[at:at+l.Width], found)
			row(line, rec)
		}
		return
	}
	for line := 1; len(data) > 0; line++ {
		raw, rest, ended := bytes.Cut(data, []byte("\n"))
		data = rest
		body, hasCR := bytes.CutSuffix(raw, []byte("\r"))
		if !ended || !hasCR {
			found.addf(name, line, "lineEnd", tail(raw), `a row ends in "\r\n"; the file may be cut off here`)
		}
		if len(body) != l.Width {
			found.addf(name, line, "length", strconv.Itoa(len(body)), "a row of %s has %d bytes", l.Name, l.Width)
			continue
		}
		rec.decode(name, line, body, found)
		row(line, rec)
	}
}

// tail is the end of a row, for a message.
func tail(b []byte) string { return string(b[max(0, len(b)-4):]) }

// decode cuts one row into the record's values.
func (r Record) decode(name string, line int, raw []byte, found *findings) {
	whole := string(raw) // one allocation; the values are parts of it
	for i, f := range r.layout.Fields {
		end := f.Offset + f.Len
		if i+1 < len(r.layout.Fields) && raw[end] != ' ' {
			found.addf(name, line, "separator", string(raw[end:end+1]), "one space follows field %d %s", f.Number, f.Key)
		}
		part := raw[f.Offset:end]
		switch f.Type {
		case N, XN:
			r.values[i] = whole[f.Offset:end]
		default:
			part = trimRight(part)
			r.values[i] = whole[f.Offset : f.Offset+len(part)]
			if f.Type == ANS {
				r.decodeText(i, name, line, part, found)
				continue
			}
		}
		if err := f.check(raw[f.Offset:end]); err != nil {
			found.addf(name, line, f.Key, r.values[i], "%s (%s, %d bytes) %s", f.Name, f.Type, f.Len, err)
		}
	}
}

func (r Record) decodeText(i int, name string, line int, part []byte, found *findings) {
	if firstNot(part, isPlain) < 0 {
		return // plain ASCII is already there
	}
	f := r.layout.Fields[i]
	text, err := gbk.Decode(part)
	if err != nil {
		r.values[i] = gbk.Lossy(part)
		found.addf(name, line, f.Key, r.values[i], "%s (%s, %d bytes) %s", f.Name, f.Type, f.Len, err)
		return
	}
	r.values[i] = text
}
