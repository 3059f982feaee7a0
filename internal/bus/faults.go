package bus

import (
	"encoding/json"
	"errors"

	"juma/internal/fault"
)

// wireFault is an error on its way through a message. Kind, field, value and
// sentence survive; of the cause only the text does.
type wireFault struct {
	Kind  fault.Kind `json:"kind"`
	Op    string     `json:"op,omitempty"`
	Field string     `json:"field,omitempty"`
	Value string     `json:"value,omitempty"`
	Msg   string     `json:"msg,omitempty"`
	Cause string     `json:"cause,omitempty"`
	Text  string     `json:"text"` // what Error() said where it happened
}

func encodeFault(err error) []byte {
	w := wireFault{Kind: fault.KindOf(err), Text: err.Error()}
	var fe *fault.Error
	if errors.As(err, &fe) {
		w.Op, w.Field, w.Value, w.Msg = fe.Op, fe.Field, fe.Value, fe.Msg
		if fe.Err != nil {
			w.Cause = fe.Err.Error()
		}
	}
	b, err := json.Marshal(w)
	if err != nil {
		panic("bus: " + err.Error()) // strings always marshal
	}
	return b
}

// decodeFault rebuilds the error: same kind, same field, same text.
func decodeFault(b []byte) error {
	var w wireFault
	if err := json.Unmarshal(b, &w); err != nil {
		return fault.New("bus.call", fault.Internal, "the adapter reported an error that cannot be read: %v", err)
	}
	fe := &fault.Error{Op: w.Op, Kind: w.Kind, Field: w.Field, Value: w.Value, Msg: w.Msg}
	if !knownKinds[w.Kind] {
		fe.Kind = fault.Internal
	}
	if w.Cause != "" {
		fe.Err = errors.New(w.Cause)
	}
	if fe.Error() == w.Text {
		return fe
	}
	return &toldFault{text: w.Text, fault: fe}
}

// toldFault is a fault that had other words around it where it came from.
type toldFault struct {
	text  string
	fault *fault.Error
}

func (e *toldFault) Error() string { return e.text }
func (e *toldFault) Unwrap() error { return e.fault }

var knownKinds = map[fault.Kind]bool{
	fault.Invalid: true, fault.NotFound: true, fault.Conflict: true, fault.Refused: true, fault.Unknown: true,
	fault.Unavailable: true, fault.NotReady: true, fault.Forbidden: true, fault.Corrupt: true, fault.Internal: true,
}
