package merchants

import (
	"context"
	"slices"

	"juma/internal/bizdate"
	"juma/internal/fault"
)

// fixedFields may not be corrected for a channel alone: they were proven, and
// change by their own way only.
var fixedFields = []string{"kind", "uscc", "legal.name", "legal.id_no", "account.no", "account.kind"}

// Resubmit hands a rejected application in anew under the next version: with a
// corrected profile, or with the merchant's own as it is now when corrected is
// nil. by is who does it, why is kept. Kinds: Conflict when it is not rejected,
// Refused when the correction touches what was proven, Invalid (*ProblemsError)
// when the corrected profile is faulty.
func (s *EnrolmentService) Resubmit(ctx context.Context, merchantNo, channel, by, why string, corrected *Profile) (Enrolment, error) {
	const op = "merchants.Resubmit"
	if why == "" {
		return Enrolment{}, fault.Field(op, "reason", "", "say what was mended")
	}
	seen, err := s.Store.Enrolment(ctx, merchantNo, channel)
	if err != nil {
		return seen, fault.Wrap(op, "", err)
	}
	if seen.State != EnrolRejected {
		return seen, notRejected(op, seen)
	}
	p, err := s.correction(ctx, op, merchantNo, corrected)
	if err != nil {
		return seen, err
	}
	now := s.Clock.Now()
	e := seen
	e.Version++
	e.BusinessCode = BusinessCode(merchantNo, channel, e.Version)
	e.State, e.Reasons, e.Message, e.Attempts, e.NextAt, e.UpdatedAt = EnrolRequested, nil, "", 0, now, now
	r := Resubmission{
		ID: s.IDs.At(now), MerchantNo: merchantNo, Channel: channel, Version: e.Version, Profile: p,
		RejectedCode: seen.BusinessCode, RejectedFor: seen.Reasons, RejectedAnswer: seen.Message, By: by, Why: why, At: now,
	}
	err = s.Store.UpdateEnrolments(ctx, func(tx EnrolmentTx) error {
		moved, err := tx.SaveEnrolment(e, seen)
		if err != nil {
			return err
		}
		if !moved {
			return notRejected(op, seen)
		}
		if err := tx.KeepResubmission(r); err != nil {
			return err
		}
		return s.tell(tx, seen, e, by, why)
	})
	if err != nil {
		return seen, fault.Wrap(op, "", err)
	}
	s.AfterCommit()
	return e, nil
}

func notRejected(op string, e Enrolment) error {
	return &fault.Error{Op: op, Kind: fault.Conflict, Field: "state", Value: string(e.State), Msg: "only a rejected application is handed in anew; look at it again"}
}

// correction is the profile that the next version is sent with.
func (s *EnrolmentService) correction(ctx context.Context, op, merchantNo string, corrected *Profile) (Profile, error) {
	own, err := s.ProfileOf(ctx, merchantNo)
	if err != nil || corrected == nil {
		return own, err
	}
	for _, c := range Diff(own, *corrected) {
		if slices.Contains(fixedFields, c.Path) {
			return own, &fault.Error{Op: op, Kind: fault.Refused, Field: c.Path, Msg: "was proven and cannot be corrected for one channel"}
		}
	}
	if problems := s.Check(*corrected, bizdate.Of(s.Clock.Now())); len(problems) > 0 {
		return own, &ProblemsError{problems}
	}
	return *corrected, nil
}
