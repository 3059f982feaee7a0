package file

import "fmt"

// Type is how a field is padded and what it may hold.
type Type string

// The four types of the interface standard.
const (
	N   Type = "n"   // digits, right-aligned, zero-padded
	AN  Type = "an"  // ASCII letters and digits, left-aligned, space-padded
	ANS Type = "ans" // any GBK text, left-aligned, space-padded
	XN  Type = "xn"  // C or D and digits, zero-padded; all zeros when not used
)

// Field is one column of a record.
type Field struct {
	Number int    // 1-based, as the standard counts
	Key    string // the name used here and in problems
	Name   string // the standard's Chinese name
	Type   Type
	Len    int  // bytes
	Offset int  // 0-based first byte in the record
	Cut    bool // a name: text that is too long is cut at a character, elsewhere it is an error
}

// blank is the value of the field when it is not used.
func (f Field) blank() string {
	if f.Type == N || f.Type == XN {
		return zeros[:f.Len]
	}
	return ""
}

// Layout is a record: fields of fixed width joined by one space.
type Layout struct {
	Name   string
	Width  int // bytes without the line end
	Fields []Field
	index  map[string]int
}

const (
	lineEnd = "\r\n"
	// zeros is longer than any numeric field.
	zeros = "000000000000000000000000000000000000000000000000"
)

// newLayout numbers the fields and computes their offsets. The width is the one
// that the standard states; a table that does not add up to it is a defect of
// this package and stops the program at start.
func newLayout(name string, width int, fields []Field) *Layout {
	l := &Layout{Name: name, Width: width, Fields: fields, index: make(map[string]int, len(fields))}
	at := 0
	for i := range fields {
		fields[i].Number, fields[i].Offset = i+1, at
		at += fields[i].Len + 1
		l.index[fields[i].Key] = i
	}
	if at-1 != width || len(l.index) != len(fields) {
		panic(fmt.Sprintf("file: layout %s has %d bytes and %d different keys in %d fields, want %d bytes", name, at-1, len(l.index), len(fields), width))
	}
	return l
}

// at is the position of a field. Keys are constants of this package's tables, so
// a wrong one is a programming mistake.
func (l *Layout) at(key string) int {
	i, ok := l.index[key]
	if !ok {
		panic(fmt.Sprintf("file: layout %s has no field %q", l.Name, key))
	}
	return i
}
