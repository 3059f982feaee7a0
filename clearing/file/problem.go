package file

import (
	"fmt"
	"strconv"
	"unicode/utf8"
)

// Problem is one fault found in a settlement folder.
type Problem struct {
	File  string // path as it was given, or the file's name
	Line  int    // 1-based; 0 for what concerns the whole file
	Field string // field key, control file key, or "length", "lineEnd", "separator", "file"
	Value string // what stands there
	Text  string // one sentence: what is wrong, or what it ought to be
}

// String prints "FILE:LINE field value: sentence". A value that is empty or is
// not one plain word is printed in quotes.
func (p Problem) String() string {
	return fmt.Sprintf("%s:%d %s %s: %s", p.File, p.Line, p.Field, plainWord(p.Value), p.Text)
}

func plainWord(s string) string {
	if s == "" || !utf8.ValidString(s) {
		return strconv.Quote(s)
	}
	for _, r := range s {
		if r == ' ' || r == '"' || !strconv.IsPrint(r) {
			return strconv.Quote(s)
		}
	}
	return s
}

// maxProblems is how many problems are kept. A file of another layout has one in
// every field, and nobody reads more than the first page.
const maxProblems = 1000

// findings collects problems up to the cap and counts the rest.
type findings struct {
	list []Problem
	more int
}

func (c *findings) add(p Problem) {
	if len(c.list) >= maxProblems {
		c.more++
		return
	}
	c.list = append(c.list, p)
}

// addf adds a problem with a formatted sentence.
func (c *findings) addf(file string, line int, field, value, format string, args ...any) {
	c.add(Problem{File: file, Line: line, Field: field, Value: value, Text: fmt.Sprintf(format, args...)})
}
