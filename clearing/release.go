package clearing

import (
	"context"

	"juma/internal/audit"
	"juma/internal/bizdate"
	"juma/internal/crash"
	"juma/internal/fault"
)

// Preview is what a batch would be, or is.
type Preview struct {
	Batch       Batch // State "" while nothing is settled
	Settlements []Settlement
}

// PreviewSettlement computes the batch of a date without committing anything; of a
// date that is settled it shows what was. Kind NotReady while a channel is not
// reconciled.
func (s *Service) PreviewSettlement(ctx context.Context, d bizdate.Date) (Preview, error) {
	batch, err := s.Store.Batch(ctx, d)
	if err == nil {
		settlements, err := s.Store.Settlements(ctx, d)
		return Preview{batch, settlements}, err
	}
	if !fault.Is(err, fault.NotFound) {
		return Preview{}, err
	}
	batch, out, err := s.compute(ctx, d)
	batch.State = ""
	return Preview{batch, out.Settlements}, err
}

// Release lets a filed batch go: from here on operators may have its files, and
// merchants are paid. by must not be who settled it: kind Forbidden. What is released
// stays as it is, whoever asks again. Kind NotReady while there are no files.
func (s *Service) Release(ctx context.Context, d bizdate.Date, by string) (Batch, error) {
	const op = "clearing.Release"
	if by == "" {
		return Batch{}, fault.Field(op, "by", by, "say who releases")
	}
	batch, err := s.Store.Batch(ctx, d)
	switch {
	case err != nil:
		return batch, err
	case batch.State == Released:
		return batch, s.OnRelease(ctx, d)
	case batch.State != Filed:
		return batch, fault.New(op, fault.NotReady, "the batch of %s is %s: its files come first", d, batch.State)
	case batch.SettledBy == by:
		return batch, &fault.Error{Op: op, Kind: fault.Forbidden, Field: "by", Value: by, Msg: "settled this batch; another person releases it"}
	}
	now := s.Clock.Now()
	err = s.Store.Update(ctx, func(tx Tx) error {
		moved, err := tx.ReleaseBatch(d, by, now)
		if err == nil && !moved {
			err = fault.New(op, fault.Conflict, "the batch of %s was released by somebody else meanwhile", d)
		}
		if err != nil {
			return err
		}
		return tx.Audit(s.step(by, "batch.released", d, string(Filed), string(Released)))
	})
	if err != nil {
		return batch, err
	}
	crash.At("clearing.released")
	if batch, err = s.Store.Batch(ctx, d); err != nil {
		return batch, err
	}
	return batch, s.OnRelease(ctx, d)
}

// step is the audit entry of a step of a batch.
func (s *Service) step(by, action string, d bizdate.Date, before, after string) audit.Entry {
	now := s.Clock.Now()
	return audit.Entry{ID: s.IDs.At(now), At: now, Actor: by, Action: action, Object: "batch " + d.String(), Before: before, After: after}
}
