package merchants

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"juma/internal/audit"
	"juma/internal/fault"
)

// enrolPage is how many due enrolments a sweep reads at once.
const enrolPage = 100

// Sweep hands in and asks about every enrolment that is due, and says how many of
// them changed their state. Run it again and again: several at the same time send
// nothing twice, and one that stops in between leaves nothing behind, because an
// enrolment that was taken up comes due again. A channel that cannot be reached is
// no error.
func (s *EnrolmentService) Sweep(ctx context.Context) (changed int, err error) {
	var errs []error
	q := EnrolmentQuery{States: []EnrolmentState{EnrolRequested, EnrolPending}, DueAt: s.Clock.Now(), Limit: enrolPage}
	for ctx.Err() == nil {
		due, err := s.Store.EnrolmentQueue(ctx, q)
		if err != nil || len(due) == 0 {
			return changed, errors.Join(append(errs, err)...)
		}
		for _, e := range due {
			q.AfterMerchantNo, q.AfterChannel = e.MerchantNo, e.Channel
			ok, err := s.sweepOne(ctx, e)
			if err != nil { // one bad row never stops the others
				errs = append(errs, fmt.Errorf("enrolment of %s at %s: %w", e.MerchantNo, e.Channel, err))
			}
			if ok {
				changed++
			}
		}
	}
	return changed, errors.Join(errs...)
}

// sweepOne takes an enrolment up, finds out how it stands, and stores that. The
// number of attempts is the fence: whoever was overtaken stores nothing.
func (s *EnrolmentService) sweepOne(ctx context.Context, seen Enrolment) (changed bool, err error) {
	at := s.Channels[seen.Channel]
	if at == nil {
		return false, nil // not served by this process
	}
	e := seen
	e.Attempts++
	e.NextAt = s.Clock.Now().Add(askGap(seen.Attempts))
	mine := false
	err = s.Store.UpdateEnrolments(ctx, func(tx EnrolmentTx) (err error) {
		mine, err = tx.SaveEnrolment(e, seen)
		return err
	})
	if err != nil || !mine {
		return false, err
	}
	answer, err := s.standing(ctx, at, e, seen.Attempts > 0)
	switch kind := fault.KindOf(err); {
	case err != nil && (kind == fault.Unavailable || kind == fault.Unknown):
		return false, nil // nobody knows more than before: NextAt stands
	case err != nil:
		return false, err
	}
	return s.settle(ctx, e, answer)
}

// standing finds out how an application stands. One that may have been sent is
// asked about before it is sent again.
func (s *EnrolmentService) standing(ctx context.Context, at Enroller, e Enrolment, sent bool) (EnrolmentAnswer, error) {
	if sent {
		answer, err := at.Ask(ctx, e)
		if err != nil || !answer.NotFound {
			return answer, err
		}
	}
	p, err := s.profileFor(ctx, e)
	if err != nil {
		return EnrolmentAnswer{}, err
	}
	return at.Enrol(ctx, e, p)
}

// profileFor is what a version of an application is sent with.
func (s *EnrolmentService) profileFor(ctx context.Context, e Enrolment) (Profile, error) {
	if e.Version <= 1 {
		return s.ProfileOf(ctx, e.MerchantNo)
	}
	all, err := s.Store.Resubmissions(ctx, e.MerchantNo, e.Channel)
	if err != nil {
		return Profile{}, err
	}
	for _, r := range all {
		if r.Version == e.Version {
			return r.Profile, nil
		}
	}
	return Profile{}, fault.New("merchants.Sweep", fault.Corrupt, "version %d was never handed in anew", e.Version)
}

// settle stores what a channel said.
func (s *EnrolmentService) settle(ctx context.Context, seen Enrolment, a EnrolmentAnswer) (changed bool, err error) {
	e := seen
	e.Message = a.Message
	switch {
	case a.State == EnrolAccepted && a.ChannelID != "":
		e.State, e.ChannelID, e.Reasons = EnrolAccepted, a.ChannelID, nil
	case a.State == EnrolRejected:
		e.State, e.Reasons = EnrolRejected, a.Reasons
	case a.State == EnrolPending:
		e.State = EnrolPending
	}
	if e.State == seen.State && e.Message == seen.Message {
		return false, nil
	}
	if e.State != seen.State {
		e.UpdatedAt = s.Clock.Now()
	}
	err = s.Store.UpdateEnrolments(ctx, func(tx EnrolmentTx) error {
		moved, err := tx.SaveEnrolment(e, seen)
		if changed = moved && e.State != seen.State; err != nil || !changed {
			return err
		}
		return s.tell(tx, seen, e, "enrolment", e.summary())
	})
	if err != nil {
		return false, err
	}
	if changed {
		s.AfterCommit()
	}
	return changed, nil
}

// summary says in one line why a state is what it is. The words about a field
// stay in the row: a channel may quote what was typed.
func (e Enrolment) summary() string {
	if e.State != EnrolRejected || len(e.Reasons) == 0 {
		return e.Message
	}
	var paths []string
	for _, r := range e.Reasons {
		paths = append(paths, cmp.Or(r.Path, "other"))
	}
	return strings.Join(paths, ", ")
}

// tell writes the audit entry and the event of a change.
func (s *EnrolmentService) tell(tx EnrolmentTx, before, e Enrolment, by, why string) error {
	payload, err := json.Marshal(map[string]any{"merchant_no": e.MerchantNo, "channel": e.Channel, "state": e.State, "version": e.Version})
	if err != nil {
		return fault.Wrap("merchants.tell", fault.Internal, err)
	}
	now := s.Clock.Now()
	err = tx.Emit(EnrolmentEvent{ID: s.IDs.At(now), Subject: EnrolmentChanged, Key: e.MerchantNo, Payload: payload, At: now})
	if err != nil {
		return err
	}
	return tx.Audit(audit.Entry{
		At: now, Actor: by, Action: "enrolment." + string(e.State), Object: MerchantObject(e.MerchantNo),
		Before: before.place(), After: e.place(), Reason: why,
	})
}

// place says where an enrolment stands.
func (e Enrolment) place() string {
	if e.State == "" { // not there yet
		return ""
	}
	text := e.Channel + " " + string(e.State)
	if e.Version > 1 {
		text += fmt.Sprintf(" version %d", e.Version)
	}
	if e.ChannelID != "" {
		text += " " + e.ChannelID
	}
	return text
}
