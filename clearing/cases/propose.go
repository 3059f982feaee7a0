package cases

import (
	"context"
	"errors"
	"strings"

	"juma/clearing"
	"juma/internal/audit"
	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/internal/ledger"
)

// maxWait is how many days a difference may be put off.
const maxWait = 31

// Propose stores what is to be done about cases; another person decides. What is
// refused for one does not stop the others. Kinds: Refused when the action does not
// fit (the fault names those that do) or a limit is exceeded; Invalid with the
// field that is wrong; Conflict when a proposal waits already.
func (s *Service) Propose(ctx context.Context, itemIDs []string, p Proposal, by string) (int, []Refusal, error) {
	const op = "cases.Propose"
	if p.Reason = strings.TrimSpace(p.Reason); p.Reason == "" || len(p.Reason) > maxNote {
		return 0, nil, fault.Field(op, "reason", "", "want 1 to %d bytes that say why", maxNote)
	}
	return s.each(ctx, op, itemIDs, func(c Case) error {
		p := p
		p.ID, p.ItemID, p.MerchantNo, p.State = s.IDs.At(s.Clock.Now()), c.Item.ID, c.Item.MerchantNo, Open
		p.ProposedBy, p.ProposedAt = by, s.Clock.Now()
		if err := s.check(ctx, op, c, p); err != nil {
			return err
		}
		return s.insert(ctx, c, p)
	})
}

func (s *Service) insert(ctx context.Context, c Case, p Proposal) error {
	err := s.Store.UpdateCases(ctx, func(tx Tx) error {
		e := Event{Kind: Proposed, Actor: p.ProposedBy, Detail: string(p.Action), Note: p.Reason}
		return s.change(tx, c, e, audit.Entry{Action: "difference.proposed", After: string(p.Action)}, func() error { return tx.InsertProposal(p) })
	})
	var f *fault.Error
	if errors.As(err, &f) && f.Kind == fault.Conflict && f.Field == "open_key" {
		return &fault.Error{Op: "cases.Propose", Kind: fault.Conflict, Field: "action", Value: string(p.Action), Msg: "a proposal waits for a decision already; decide on it or withdraw it first"}
	}
	return err
}

// check refuses a proposal that could not be carried out.
func (s *Service) check(ctx context.Context, op string, c Case, p Proposal) error {
	if err := c.fits(op, p.Action); err != nil {
		return err
	}
	day := today(s.Clock.Now())
	switch p.Action {
	case Wait:
		if p.Until <= day || p.Until > day.AddDays(maxWait) {
			return fault.Field(op, "until", p.Until.String(), "want a day after today, within %d days", maxWait)
		}
		return nil
	case WriteOff:
		if by := Difference(c.Item).Abs(); by > s.Small {
			return refuse(op, p.Action, TooLarge, "%s is more than the %s that may be written off", by, s.Small)
		}
	case SettleIt:
		if err := s.ownDayIsOver(ctx, op, c); err != nil {
			return err
		}
	case Refund:
		return s.checkRefund(ctx, op, c, p)
	case AcceptLate: // what the wallet says is known when it is asked
		known, err := s.Store.OrderKnown(ctx, c.Item.Kind, c.Item.OrderNo)
		if err == nil && !known {
			err = refuse(op, p.Action, NoOrder, "it is no order of ours, so nothing can be a late success; refund the payer")
		}
		return err
	}
	facts, err := s.facts(ctx, c)
	if err != nil {
		return err
	}
	e, err := Decide(c, p, facts)
	if err != nil || e.Adjustment == nil && e.Dispute == nil {
		return err
	}
	return s.checkPaidByUs(ctx, op, c, p)
}

// ownDayIsOver refuses to settle a line whose own day at our side is still to come:
// there it is found by itself.
func (s *Service) ownDayIsOver(ctx context.Context, op string, c Case) error {
	if c.Item.OursDate <= c.Item.Date {
		return nil
	}
	day, err := s.Books.Day(ctx, c.Item.Channel, c.Item.OursDate)
	if err == nil && day.State != clearing.Reconciled {
		err = refuse(op, SettleIt, DayToCome, "our books date it %s, which is not reconciled yet: it is released there by itself", c.Item.OursDate)
	}
	return err
}

// checkRefund wants to know how money goes back that no order explains, and
// refuses a line that only repeats the payment.
func (s *Service) checkRefund(ctx context.Context, op string, c Case, p Proposal) error {
	known, err := s.Store.OrderKnown(ctx, c.Item.Kind, c.Item.OrderNo)
	switch {
	case err != nil:
		return err
	case !known && strings.TrimSpace(p.Reference) == "":
		return fault.Field(op, "reference", "", "no order of ours can be refunded: say how the money goes back, with the bank's number")
	case !known || c.Item.Class != clearing.Duplicate:
		return nil
	}
	r, err := s.record(ctx, c.Item)
	if err == nil && r != nil && r.ChannelNo == c.Item.ChannelNo {
		err = refuse(op, p.Action, Repeats, "the line bears the payment's own number at the channel: it is listed twice and was paid once")
	}
	return err
}

// checkPaidByUs refuses to settle anything with a merchant that its wallet pays.
func (s *Service) checkPaidByUs(ctx context.Context, op string, c Case, p Proposal) error {
	m, err := s.Parties.Merchant(ctx, c.Item.MerchantNo)
	if err == nil && m.SettledByWallet {
		err = refuse(op, p.Action, WalletPays, "its wallet pays this merchant: settle the difference there")
	}
	return err
}

// facts gathers what a decision rests on.
func (s *Service) facts(ctx context.Context, c Case) (f Facts, err error) {
	f = Facts{Now: s.Clock.Now(), Costs: s.Costs}
	if f.Date, err = s.nextBatch(ctx, c.Item.Date); err != nil {
		return f, err
	}
	if f.Record, err = s.record(ctx, c.Item); err != nil {
		return f, err
	}
	if f.Unbooked, err = s.Store.Unbooked(ctx, c.Item.Kind, c.Item.OrderNo); err != nil {
		return f, err
	}
	before, err := s.Store.AdjustmentsOf(ctx, c.Item.ID)
	for _, a := range before {
		f.Adjusted += a.Amount
	}
	return f, err
}

// nextBatch is the first clearing date that is not settled, and not before d: what
// is approved now counts there.
func (s *Service) nextBatch(ctx context.Context, d bizdate.Date) (bizdate.Date, error) {
	batches, err := s.Books.Batches(ctx)
	if err == nil && len(batches) > 0 {
		d = max(d, batches[0].Date.AddDays(1))
	}
	return d, err
}

// Approve carries a proposal out. Kinds: Forbidden for who proposed it; Conflict
// when it is decided already or the difference has ended meanwhile; Refused and
// Invalid when it cannot be carried out any more.
func (s *Service) Approve(ctx context.Context, proposalID, by, note string) error {
	const op = "cases.Approve"
	c, p, err := s.undecided(ctx, op, proposalID)
	if err != nil {
		return err
	}
	if p.ProposedBy == by {
		return fault.New(op, fault.Forbidden, "who proposed it cannot approve it: another person does")
	}
	if err := s.check(ctx, op, c, p); err != nil {
		return fault.Wrap(op, "", err)
	}
	byHand, err := s.atTheWallet(ctx, c, p, by)
	if err != nil {
		return fault.Wrap(op, "", err)
	}
	facts, err := s.facts(ctx, c)
	if err != nil {
		return fault.Wrap(op, "", err)
	}
	facts.ByHand = byHand
	e, err := Decide(c, p, facts)
	if err != nil {
		return fault.Wrap(op, "", err)
	}
	return fault.Wrap(op, "", s.Store.UpdateCases(ctx, func(tx Tx) error { return s.carryOut(tx, c, p, e, facts, by, note) }))
}

// undecided reads an open proposal with its case.
func (s *Service) undecided(ctx context.Context, op, proposalID string) (Case, Proposal, error) {
	p, err := s.Store.Proposal(ctx, proposalID)
	if err != nil {
		return Case{}, p, fault.Wrap(op, "", err)
	}
	if p.State != Open {
		return Case{}, p, decided(op)
	}
	c, err := s.Store.Case(ctx, p.ItemID)
	return c, p, fault.Wrap(op, "", err)
}

func decided(op string) error {
	return fault.New(op, fault.Conflict, "it was decided already: look at it again")
}

// Reject ends a proposal without effect: the maker withdraws it, others reject it.
func (s *Service) Reject(ctx context.Context, proposalID, by, note string) error {
	const op = "cases.Reject"
	c, p, err := s.undecided(ctx, op, proposalID)
	if err != nil {
		return err
	}
	to, kind := Rejected, WasRejected
	if p.ProposedBy == by {
		to, kind = Withdrawn, WasWithdrawn
	} else if note = strings.TrimSpace(note); note == "" {
		return fault.Field(op, "note", "", "say why it is rejected")
	}
	return fault.Wrap(op, "", s.Store.UpdateCases(ctx, func(tx Tx) error {
		e := Event{Kind: kind, Actor: by, Detail: string(p.Action), Note: note}
		return s.change(tx, c, e, audit.Entry{Action: "difference." + string(kind), Before: string(p.Action)}, func() error {
			return s.decide(tx, op, p, to, by, note)
		})
	}))
}

func (s *Service) decide(tx Tx, op string, p Proposal, to ProposalState, by, note string) error {
	moved, err := tx.DecideProposal(p.ID, to, by, s.Clock.Now(), note)
	if err == nil && !moved {
		err = decided(op)
	}
	return err
}

// carryOut commits an effect, all of it or nothing.
func (s *Service) carryOut(tx Tx, c Case, p Proposal, e Effect, f Facts, by, note string) error {
	const op = "cases.Approve"
	event := Event{Kind: WasApproved, Actor: by, Detail: string(p.Action), Note: note}
	return s.change(tx, c, event, audit.Entry{Action: "difference.approved", Before: string(c.Item.Class), After: string(p.Action)}, func() error {
		if err := s.decide(tx, op, p, Approved, by, note); err != nil {
			return err
		}
		if err := s.applyTo(tx, c, p, e, f); err != nil {
			return err
		}
		if err := s.applyDispute(tx, c, e, f, by); err != nil {
			return err
		}
		return s.applyMoney(tx, e, f)
	})
}

// applyTo moves the item, and ends the case with it.
func (s *Service) applyTo(tx Tx, c Case, p Proposal, e Effect, f Facts) error {
	if e.WaitTo != 0 {
		return tx.SetWait(c.Item.ID, e.WaitTo, f.Now)
	}
	if e.To == "" {
		return nil
	}
	moved, err := tx.MoveItem(c.Item.ID, clearing.Waiting, e.To)
	if err == nil && !moved {
		err = fault.New("cases.Approve", fault.Conflict, "the difference has ended meanwhile: its other half came")
	}
	if err != nil {
		return err
	}
	return tx.EndCase(c.Item.ID, p.Action, f.Now)
}

func (s *Service) applyDispute(tx Tx, c Case, e Effect, f Facts, by string) error {
	switch {
	case e.Dispute != nil:
		x := *e.Dispute
		var err error
		if x.Trace, err = tx.NextTrace(f.Record.TerminalNo); err != nil {
			return err
		}
		return tx.InsertDispute(x)
	case e.Outcome != "":
		moved, err := tx.EndDispute(c.Dispute.ID, e.Outcome, by, f.Now)
		if err == nil && !moved {
			err = decided("cases.Approve")
		}
		return err
	}
	return nil
}

// applyMoney stores new items, corrections, the adjustment and the postings.
func (s *Service) applyMoney(tx Tx, e Effect, f Facts) error {
	for i := range e.Items {
		e.Items[i].ID = s.IDs.At(f.Now)
	}
	if err := tx.InsertItems(e.Items); err != nil {
		return err
	}
	for _, fix := range e.Payers {
		if err := tx.CorrectPayer(fix.OrderNo, fix.After); err != nil {
			return err
		}
		if err := tx.Audit(audit.Entry{ID: s.IDs.At(f.Now), At: f.Now, Actor: "clearing", Action: "payment.payer_corrected", Object: "payment " + fix.OrderNo,
			Before: fix.Before, After: fix.After, Reason: "the channel's statement wins"}); err != nil {
			return err
		}
	}
	if e.Adjustment != nil {
		a := *e.Adjustment
		a.ID = s.IDs.At(f.Now)
		if err := tx.InsertAdjustment(a); err != nil {
			return err
		}
	}
	entries := make([]ledger.Entry, 0, len(e.Entries))
	for _, entry := range e.Entries {
		entry.ID = s.IDs.At(f.Now)
		entries = append(entries, entry)
	}
	return tx.PostAll(entries)
}
