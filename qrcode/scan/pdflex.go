package scan

import (
	"bytes"
	"errors"
	"strconv"
)

// The objects of PDF (ISO 32000-1, 7.3). Numbers are float64, names have their
// slash, strings are opaque: nothing here reads them.
type (
	pdfName   string
	pdfWord   string // an operator, or obj, R, stream
	pdfString struct{}
	pdfArray  []any
	pdfDict   map[pdfName]any
	pdfRef    int
)

var errPDF = errors.New("the PDF is damaged")

// lexer reads objects one after another.
type lexer struct {
	data  []byte
	at    int
	depth int
}

const pdfSpace = "\x00\t\n\f\r "
const pdfDelimiters = "()<>[]{}/%"

func (l *lexer) skipSpace() {
	for l.at < len(l.data) {
		switch c := l.data[l.at]; {
		case bytes.IndexByte([]byte(pdfSpace), c) >= 0:
			l.at++
		case c == '%':
			for l.at < len(l.data) && l.data[l.at] != '\n' && l.data[l.at] != '\r' {
				l.at++
			}
		default:
			return
		}
	}
}

// next returns the next object; nil, nil at the end.
func (l *lexer) next() (any, error) {
	l.skipSpace()
	if l.at >= len(l.data) {
		return nil, nil
	}
	switch c := l.data[l.at]; c {
	case '/':
		l.at++
		return pdfName("/" + l.word()), nil
	case '(':
		return l.literal()
	case '[':
		l.at++
		return l.array()
	case '<':
		if bytes.HasPrefix(l.data[l.at:], []byte("<<")) {
			l.at += 2
			return l.dict()
		}
		end := bytes.IndexByte(l.data[l.at:], '>')
		if end < 0 {
			return nil, errPDF
		}
		l.at += end + 1
		return pdfString{}, nil
	case ']', '>', '{', '}', ')':
		l.at++
		if c == '>' && l.at < len(l.data) && l.data[l.at] == '>' {
			l.at++
		}
		return pdfWord(c), nil
	}
	word := l.word()
	if v, err := strconv.ParseFloat(word, 64); err == nil {
		return v, nil
	}
	return pdfWord(word), nil
}

func (l *lexer) word() string {
	from := l.at
	for l.at < len(l.data) && bytes.IndexByte([]byte(pdfSpace+pdfDelimiters), l.data[l.at]) < 0 {
		l.at++
	}
	return string(l.data[from:l.at])
}

// literal skips a string in parentheses.
func (l *lexer) literal() (any, error) {
	open := 0
	for ; l.at < len(l.data); l.at++ {
		switch l.data[l.at] {
		case '\\':
			l.at++
		case '(':
			open++
		case ')':
			if open--; open == 0 {
				l.at++
				return pdfString{}, nil
			}
		}
	}
	return nil, errPDF
}

// array reads up to the closing bracket and makes references of "n g R".
func (l *lexer) array() (any, error) {
	return l.until(']')
}

func (l *lexer) until(end byte) (pdfArray, error) {
	if l.depth++; l.depth > 20 {
		return nil, errPDF
	}
	defer func() { l.depth-- }()
	a := pdfArray{}
	for {
		v, err := l.next()
		if err != nil {
			return nil, err
		}
		switch w := v.(type) {
		case nil:
			return nil, errPDF
		case pdfWord:
			if w == pdfWord(end) {
				return a, nil
			}
			if number, ok := refNumber(a); ok && w == "R" {
				a = append(a[:len(a)-2], pdfRef(number))
				continue
			}
		}
		a = append(a, v)
	}
}

func refNumber(a pdfArray) (int, bool) {
	if len(a) < 2 {
		return 0, false
	}
	n, ok1 := a[len(a)-2].(float64)
	_, ok2 := a[len(a)-1].(float64)
	return int(n), ok1 && ok2 && n >= 0 && n < 1<<30
}

func (l *lexer) dict() (any, error) {
	a, err := l.until('>')
	if err != nil {
		return nil, err
	}
	d := pdfDict{}
	for i := 0; i+1 < len(a); i += 2 {
		key, ok := a[i].(pdfName)
		if !ok {
			return nil, errPDF
		}
		d[key] = a[i+1]
	}
	return d, nil
}
