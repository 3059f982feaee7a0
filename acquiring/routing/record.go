package routing

import (
	"encoding/json"
	"time"

	"juma/acquiring/channel"
	"juma/internal/fault"
)

// Record is why a payment went where it went: the decision, and every try. It is kept
// with the payment, and a try is written down before it is made: what is not in it was
// not sent.
type Record struct {
	Decision
	Tries []Try `json:"tries,omitempty"`
}

// Try is one attempt to place the order.
type Try struct {
	Channel channel.Name `json:"channel"`
	At      time.Time    `json:"at"`
	Result  TryResult    `json:"result,omitempty"` // "" = sent, or perhaps sent
	Code    string       `json:"code,omitempty"`   // the channel's, of a refusal
	// Shared: another request for the payment sends at the same time, so what this one
	// learns is not the end of it.
	Shared bool `json:"shared,omitempty"`
}

// TryResult is an end of a try after which another channel may be asked.
type TryResult string

// The ends.
const (
	NotSent TryResult = "not_sent" // certainly nothing was sent
	SaidNo  TryResult = "said_no"  // the channel refused, finally
)

// Parse reads a record as it is kept; an empty one is of a payment before there were
// any.
func Parse(text string) (Record, error) {
	var r Record
	if text == "" {
		return r, nil
	}
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		return r, fault.New("routing.Parse", fault.Corrupt, "the record of a payment's route is no JSON")
	}
	return r, nil
}

// Text writes the record as it is kept.
func (r Record) Text() string {
	b, err := json.Marshal(r)
	if err != nil {
		panic("routing: a record that cannot be written: " + err.Error()) // texts, numbers and times always marshal
	}
	return string(b)
}

// Trying is the record with one more try, at the payment's channel.
func (r Record) Trying(ch channel.Name, at time.Time) Record {
	r.Tries = append(append([]Try(nil), r.Tries...), Try{Channel: ch, At: at.UTC().Truncate(time.Millisecond)})
	return r
}

// Again is the record of a payment that is sent once more: a new try, or where the
// last is not over, that one shared.
func (r Record) Again(ch channel.Name, at time.Time) Record {
	if n := len(r.Tries); n == 0 || r.Tries[n-1].Result != "" {
		return r.Trying(ch, at)
	}
	r.Tries = append([]Try(nil), r.Tries...)
	r.Tries[len(r.Tries)-1].Shared = true
	return r
}

// Shared tells whether the last try is shared.
func (r Record) Shared() bool { return len(r.Tries) > 0 && r.Tries[len(r.Tries)-1].Shared }

// Ended is the record with the end of its last try; a shared one has none.
func (r Record) Ended(result TryResult, code string) Record {
	if r.Shared() {
		return r
	}
	r.Tries = append([]Try(nil), r.Tries...)
	last := &r.Tries[len(r.Tries)-1]
	last.Result, last.Code = result, code
	return r
}

// MayMove tells whether another channel may be asked: every try has ended without
// anything at the channel. Nothing is moved on a guess.
func (r Record) MayMove() bool {
	for _, t := range r.Tries {
		if t.Result != NotSent && t.Result != SaidNo {
			return false
		}
	}
	return true
}

// Next is where the payment may go now: the first of the decision's others that was
// not tried, unless something may have been sent. ready tells of a channel that it is
// up.
func (r Record) Next(ready func(channel.Name) bool) (Choice, bool) {
	if !r.MayMove() {
		return Choice{}, false
	}
	for _, c := range r.Others {
		tried := false
		for _, t := range r.Tries {
			tried = tried || t.Channel == c.Channel
		}
		if !tried && ready(c.Channel) {
			return c, true
		}
	}
	return Choice{}, false
}
