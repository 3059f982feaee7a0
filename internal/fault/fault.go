// Package fault is Juma's one error type. The kind of a fault is decided where
// it is known and translated once, at the edge: into an HTTP status, a process
// exit status, or a sentence. Its kind survives the message bus (see Code).
package fault

import (
	"errors"
	"fmt"
	"strings"
)

// Kind says what a caller can do about an error.
type Kind string

const (
	Invalid     Kind = "invalid"     // the input is wrong; mend it
	NotFound    Kind = "not_found"   // no such thing
	Conflict    Kind = "conflict"    // same number, other content; or the state has moved on
	Refused     Kind = "refused"     // a rule or the wallet says no, definitely
	Unknown     Kind = "unknown"     // it may or may not have happened; ask again
	Unavailable Kind = "unavailable" // certainly not done; try later
	NotReady    Kind = "not_ready"   // does not exist yet, but is expected
	Forbidden   Kind = "forbidden"   // the caller may not
	Corrupt     Kind = "corrupt"     // stored or received data contradicts itself
	Internal    Kind = "internal"    // a defect of ours
)

// Error carries what is needed to mend the matter: the operation, the kind, the
// field and value at fault when there is one, and the cause.
type Error struct {
	Op    string // what was being done, "qrcode.Bind"
	Kind  Kind
	Field string // the field at fault, if one
	Value string // its value; never a secret
	Msg   string // one sentence that says what to do
	Err   error  // the cause, if any
}

// Error prints the sentence; the operation stands in front.
func (e *Error) Error() string {
	var b strings.Builder
	if e.Op != "" {
		b.WriteString(e.Op + ": ")
	}
	if e.Field != "" {
		fmt.Fprintf(&b, "%s %q: ", e.Field, e.Value)
	}
	switch {
	case e.Msg != "" && e.Err != nil:
		b.WriteString(e.Msg + ": " + e.Err.Error())
	case e.Msg != "":
		b.WriteString(e.Msg)
	case e.Err != nil:
		b.WriteString(e.Err.Error())
	default:
		b.WriteString(string(e.Kind))
	}
	return b.String()
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// New makes an error of a kind with a formatted sentence.
func New(op string, kind Kind, format string, args ...any) *Error {
	return &Error{Op: op, Kind: kind, Msg: fmt.Sprintf(format, args...)}
}

// Field makes an Invalid error about one field.
func Field(op, field, value, format string, args ...any) *Error {
	return &Error{Op: op, Kind: Invalid, Field: field, Value: value, Msg: fmt.Sprintf(format, args...)}
}

// Wrap gives a cause an operation and a kind. It returns nil for nil. A cause
// that already has a kind keeps it when kind is empty.
func Wrap(op string, kind Kind, err error) error {
	if err == nil {
		return nil
	}
	if kind == "" {
		kind = KindOf(err)
	}
	return &Error{Op: op, Kind: kind, Err: err}
}

// KindOf returns the outermost kind in err's chain; Internal when there is none.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}

// Is tells whether err has the kind.
func Is(err error, kind Kind) bool { return err != nil && KindOf(err) == kind }
