package clearing

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"juma/acquiring/channel"
	"juma/internal/audit"
	"juma/internal/bizdate"
	"juma/internal/crash"
	"juma/internal/fault"
	"juma/internal/ledger"
	"juma/internal/money"
)

// Reconcile proves a channel's day against its statements: items, corrections,
// the channel's cost and the long money are committed together, once.
func (s *Service) Reconcile(ctx context.Context, ch channel.Name, d bizdate.Date) error {
	day, err := s.Store.Day(ctx, ch, d)
	if err != nil || day.State == Reconciled {
		return err
	}
	if day.State != Fetched {
		return fault.New("clearing.Reconcile", fault.Conflict, "%s's statements of %s are not fetched yet", ch, d)
	}
	theirs, files, err := s.readLines(ctx, ch, d)
	if fault.Is(err, fault.Corrupt) { // what is kept was damaged since: the next run fetches it again
		return errors.Join(err, s.moveDay(ctx, ch, d, Fetched, CutOff, 0))
	}
	if err != nil {
		return err
	}
	in, err := s.gather(ctx, ch, d, theirs)
	if err != nil {
		return err
	}
	out, err := Reconcile(in)
	if err != nil {
		return err
	}
	now := s.Clock.Now()
	for i := range out.Items {
		out.Items[i].ID = s.IDs.At(now)
	}
	return s.Store.Update(ctx, func(tx Tx) error {
		if err := tx.InsertItems(out.Items); err != nil {
			return err
		}
		crash.At("clearing.f4.half_matched")
		if err := tx.PostAll(s.costEntries(out.Items, out.Explained, d, now)); err != nil {
			return err
		}
		if err := s.apply(tx, out); err != nil {
			return err
		}
		if err := matched(tx, files); err != nil {
			return err
		}
		moved, err := tx.MoveDay(ch, d, Fetched, Reconciled, len(theirs), now)
		if err == nil && !moved {
			err = fault.New("clearing.Reconcile", fault.Conflict, "%s's day %s was reconciled by someone else meanwhile", ch, d)
		}
		return err
	})
}

// gather reads our side. Statement lines that our books do not call final are
// asked about once more before they are judged.
func (s *Service) gather(ctx context.Context, ch channel.Name, d bizdate.Date, theirs []Line) (Input, error) {
	ours, err := s.Store.Records(ctx, ch, d)
	if err != nil {
		return Input{}, err
	}
	strange := StrangeKeys(ours, theirs)
	other, err := s.Store.RecordsByKey(ctx, ch, strange)
	if err != nil {
		return Input{}, err
	}
	if asked, err := s.askAgain(ctx, strange, other); err != nil {
		return Input{}, err
	} else if asked {
		if ours, err = s.Store.Records(ctx, ch, d); err != nil {
			return Input{}, err
		}
		if other, err = s.Store.RecordsByKey(ctx, ch, StrangeKeys(ours, theirs)); err != nil {
			return Input{}, err
		}
	}
	pool, err := s.Store.WaitingItems(ctx, ch, d)
	return Input{Channel: ch, Date: d, Ours: ours, Theirs: theirs, OtherDay: other, Pool: pool, Costs: s.Costs}, err
}

func (s *Service) askAgain(ctx context.Context, strange []Key, known []Record) (asked bool, err error) {
	for _, key := range strange {
		if slices.ContainsFunc(known, func(r Record) bool { return r.key() == key }) {
			continue
		}
		err := s.Asker.Ask(ctx, key.Kind, key.OrderNo)
		if fault.Is(err, fault.NotFound) {
			continue // no order of ours: a long
		}
		if err != nil {
			return asked, err
		}
		asked = true
	}
	return asked, nil
}

// costEntries are the postings of a proof, each with its number.
func (s *Service) costEntries(items, explained []Item, d bizdate.Date, now time.Time) []ledger.Entry {
	entries := Postings(items, explained, d, now)
	for i := range entries {
		entries[i].ID = s.IDs.At(now)
	}
	return entries
}

// Postings books what the channel charges on what may settle, the long money that
// nothing of ours explains, and takes back the long money of earlier days that has
// been explained on d.
func Postings(items, explained []Item, d bizdate.Date, now time.Time) []ledger.Entry {
	var entries []ledger.Entry
	add := func(e ledger.Entry) {
		if len(e.Lines) > 0 {
			entries = append(entries, e)
		}
	}
	for _, it := range items {
		switch {
		case it.State == Ready:
			add(ledger.PostCost(it.OrderNo, it.MerchantNo, string(it.Channel), it.Date, now, it.TheirsFee))
		case it.Class == MissingOurs:
			add(ledger.PostLong(longRef(it), string(it.Channel), it.Date, now, longAmount(it)))
		}
	}
	for _, it := range explained {
		add(ledger.PostLong(longRef(it)+"/explained", string(it.Channel), d, now, -longAmount(it)))
	}
	return entries
}

func longRef(it Item) string { return fmt.Sprintf("%s/%s/%s", it.Channel, it.Date, it.OrderNo) }

func longAmount(it Item) money.Fen {
	if it.Kind == channel.RefundLine {
		return -it.TheirsAmount
	}
	return it.TheirsAmount
}

// apply carries out what the statement knows better, each with an audit row,
// and releases the pool items whose other half has come.
func (s *Service) apply(tx Tx, out Outcome) error {
	for _, id := range out.Cleared {
		if _, err := tx.MoveItem(id, Waiting, Cleared); err != nil {
			return err
		}
	}
	for _, f := range out.Payers {
		if err := tx.CorrectPayer(f.OrderNo, f.After); err != nil {
			return err
		}
		if err := tx.Audit(s.audit("payment.payer_corrected", "payment "+f.OrderNo, f.Before, f.After)); err != nil {
			return err
		}
	}
	for _, f := range out.TimesFix {
		filled, err := tx.FillRefundTime(f.RefundNo, f.Time)
		if err != nil {
			return err
		}
		if !filled {
			continue
		}
		if err := tx.Audit(s.audit("refund.time_from_statement", "refund "+f.RefundNo, "", f.Time.In(bizdate.Zone).Format(time.DateTime))); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) audit(action, object, before, after string) audit.Entry {
	now := s.Clock.Now()
	return audit.Entry{ID: s.IDs.At(now), At: now, Actor: "clearing", Action: action, Object: object, Before: before, After: after, Reason: "the channel's statement wins"}
}
