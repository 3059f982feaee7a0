package payout

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"juma/clearing"
	"juma/internal/audit"
	"juma/internal/bizdate"
	"juma/internal/clock"
	"juma/internal/fault"
	"juma/internal/id"
	"juma/internal/money"
	"juma/merchants"
)

// Books is what payouts read of clearing; clearing.Store.
type Books interface {
	Batch(ctx context.Context, d bizdate.Date) (clearing.Batch, error)
	Batches(ctx context.Context) ([]clearing.Batch, error) // newest first
	Settlements(ctx context.Context, d bizdate.Date) ([]clearing.Settlement, error)
}

// Parties knows the merchants' accounts; merchants.Repository.
type Parties interface {
	Merchant(ctx context.Context, no string) (merchants.Merchant, error)
	Merchants(ctx context.Context, after string, limit int) ([]merchants.Merchant, error)
	AccountsAt(ctx context.Context, at time.Time) (map[string]merchants.SettlementAccount, error)
}

// Config is what a Service is made of.
type Config struct {
	Store    Store
	Books    Books
	Parties  Parties
	Calendar *bizdate.Calendar
	Clock    clock.Clock
	IDs      *id.ULIDs
	DataDir  string // holds payouts/
}

// Service pays merchants.
type Service struct{ Config }

// NewService returns the service of payouts.
func NewService(cfg Config) *Service { return &Service{cfg} }

// Instruct makes the payouts of a released batch: one for each merchant that gets
// something and is not paid by its wallet. Once they are made it changes nothing.
// Kind NotReady while the batch is not released.
func (s *Service) Instruct(ctx context.Context, d bizdate.Date) ([]Payout, error) {
	const op = "payout.Instruct"
	b, err := s.Books.Batch(ctx, d)
	if err != nil {
		return nil, fault.Wrap(op, "", err)
	}
	if b.State != clearing.Released {
		return nil, fault.New(op, fault.NotReady, "the batch of %s is %s: merchants are paid once it is released", d, b.State)
	}
	if have, err := s.Store.PayoutsOn(ctx, d); err != nil || len(have) > 0 {
		return have, fault.Wrap(op, "", err)
	}
	all, total, err := s.due(ctx, b)
	if err != nil || len(all) == 0 {
		return nil, fault.Wrap(op, "", err)
	}
	err = s.Store.UpdatePayouts(ctx, func(tx Tx) error {
		if err := tx.InsertPayouts(all); err != nil {
			return err
		}
		return tx.Audit(s.audit(b.ReleasedBy, "payouts.instructed", "batch "+d.String(), "", fmt.Sprintf("%d, %s yuan", len(all), total.Yuan())))
	})
	if fault.Is(err, fault.Conflict) { // somebody else made them in this moment
		return s.Store.PayoutsOn(ctx, d)
	}
	return all, fault.Wrap(op, "", err)
}

// due computes the payouts of a batch, by number.
func (s *Service) due(ctx context.Context, b clearing.Batch) (all []Payout, total money.Fen, err error) {
	settlements, err := s.Books.Settlements(ctx, b.Date)
	if err != nil {
		return nil, 0, err
	}
	accounts, err := s.accountsAt(ctx, b.SettledAt)
	if err != nil {
		return nil, 0, err
	}
	now := s.Clock.Now()
	for _, st := range settlements {
		if st.Credited <= 0 {
			continue
		}
		if accounts[st.MerchantNo].AccountNo == "" {
			return nil, 0, fault.Field("payout.Instruct", "merchant_no", st.MerchantNo, "is to get %s and has no settlement account", st.Credited.Yuan())
		}
		all = append(all, Payout{
			No: Number(b.Date, st.MerchantNo, 1), Date: b.Date, MerchantNo: st.MerchantNo, Attempt: 1, State: Instructed, Amount: st.Credited,
			Account: accounts[st.MerchantNo], SettlementDate: st.SettlementDate, PayerCode: st.PayerCode, PayerName: st.PayerName,
			MadeBy: b.SettledBy, MadeAt: b.SettledAt, ReleasedBy: b.ReleasedBy, ReleasedAt: b.ReleasedAt, UpdatedAt: now,
		})
		if total, err = total.Add(st.Credited); err != nil {
			return nil, 0, err
		}
	}
	slices.SortFunc(all, func(a, b Payout) int { return cmp.Compare(a.No, b.No) })
	return all, total, nil
}

// accountsAt are all merchants' accounts as they were in force at an instant.
func (s *Service) accountsAt(ctx context.Context, at time.Time) (map[string]merchants.SettlementAccount, error) {
	accounts := map[string]merchants.SettlementAccount{}
	for after := ""; ; {
		page, err := s.Parties.Merchants(ctx, after, 500)
		if err != nil {
			return nil, err
		}
		if len(page) == 0 {
			break
		}
		for _, m := range page {
			accounts[m.No], after = m.Account, m.No
		}
	}
	before, err := s.Parties.AccountsAt(ctx, at)
	for no, a := range before {
		accounts[no] = a
	}
	return accounts, err
}

// ProposeAgain asks to pay again what failed or came back, to the merchant's account
// as it is now. Somebody else releases it. Kinds: Refused when it is not unpaid;
// Conflict when it is being paid again already.
func (s *Service) ProposeAgain(ctx context.Context, no, by, reason string) (Payout, error) {
	const op = "payout.ProposeAgain"
	if by == "" || strings.TrimSpace(reason) == "" {
		return Payout{}, fault.Field(op, "reason", reason, "say who asks and why it will arrive now")
	}
	old, err := s.Store.Payout(ctx, no)
	if err != nil {
		return Payout{}, fault.Wrap(op, "", err)
	}
	if !old.State.Unpaid() {
		return Payout{}, fault.New(op, fault.Refused, "payout %s is %s: only what failed or came back is paid again", no, old.State)
	}
	m, err := s.Parties.Merchant(ctx, old.MerchantNo)
	if err != nil {
		return Payout{}, fault.Wrap(op, "", err)
	}
	p := old
	if p.Attempt, err = s.nextAttempt(ctx, old); err != nil {
		return Payout{}, err
	}
	now := s.Clock.Now()
	p.No, p.State, p.Account, p.Replaces = Number(old.Date, old.MerchantNo, p.Attempt), Proposed, m.Account, old.No
	p.MadeBy, p.MadeAt, p.UpdatedAt, p.ReleasedBy, p.ReleasedAt, p.FinishedAt = by, now, now, "", time.Time{}, time.Time{}
	p.InstructionID, p.ReasonCode, p.Reason, p.BankRef = "", "", "", ""
	e := s.audit(by, "payout.proposed_again", "payout "+p.No, old.No, p.Amount.Yuan())
	e.Reason = reason
	err = s.Store.UpdatePayouts(ctx, func(tx Tx) error {
		if err := tx.InsertPayouts([]Payout{p}); err != nil {
			return err
		}
		return tx.Audit(e)
	})
	return p, fault.Wrap(op, "", err)
}

func (s *Service) nextAttempt(ctx context.Context, old Payout) (int, error) {
	all, err := s.Store.PayoutsOf(ctx, old.MerchantNo)
	last := 0
	for _, p := range all {
		if p.Date == old.Date {
			last = max(last, p.Attempt)
		}
	}
	if err == nil && last >= maxAttempts {
		err = fault.New("payout.ProposeAgain", fault.Refused, "%d attempts were made to pay this", last)
	}
	return last + 1, err
}

// ReleaseAgain lets a proposal go, as somebody else than who made it: from here on it
// is a payout like any other. Kinds: Forbidden for who proposed it; Conflict when it
// is decided already, or the merchant's account has changed since.
func (s *Service) ReleaseAgain(ctx context.Context, no, by string) error {
	const op = "payout.ReleaseAgain"
	p, err := s.undecided(ctx, op, no, by)
	if err != nil {
		return err
	}
	if p.MadeBy == by {
		return &fault.Error{Op: op, Kind: fault.Forbidden, Field: "by", Value: by, Msg: "proposed this payout; another person releases it"}
	}
	m, err := s.Parties.Merchant(ctx, p.MerchantNo)
	if err != nil {
		return fault.Wrap(op, "", err)
	}
	if m.Account != p.Account {
		return fault.New(op, fault.Conflict, "the merchant's account has changed since this was proposed: withdraw it and propose again")
	}
	d, err := s.openDate(ctx)
	if err != nil {
		return fault.Wrap(op, "", err)
	}
	now := s.Clock.Now()
	err = s.Store.UpdatePayouts(ctx, func(tx Tx) error {
		moved, err := tx.ReleasePayout(no, by, s.Calendar.NextWorkday(bizdate.Of(now)), now)
		if err == nil && !moved {
			err = fault.New(op, fault.Conflict, "somebody else has decided about payout %s meanwhile", no)
		}
		if err != nil {
			return err
		}
		if err := tx.PostAll(Postings(p, Instructed, d, now)); err != nil {
			return err
		}
		return tx.Audit(s.audit(by, "payout.released_again", "payout "+no, string(Proposed), string(Instructed)))
	})
	return fault.Wrap(op, "", err)
}

// WithdrawAgain gives a proposal up.
func (s *Service) WithdrawAgain(ctx context.Context, no, by string) error {
	const op = "payout.WithdrawAgain"
	if _, err := s.undecided(ctx, op, no, by); err != nil {
		return err
	}
	now := s.Clock.Now()
	err := s.Store.UpdatePayouts(ctx, func(tx Tx) error {
		moved, err := tx.WithdrawPayout(no, by, now)
		if err == nil && !moved {
			err = fault.New(op, fault.Conflict, "somebody else has decided about payout %s meanwhile", no)
		}
		if err != nil {
			return err
		}
		return tx.Audit(s.audit(by, "payout.withdrawn", "payout "+no, string(Proposed), string(Withdrawn)))
	})
	return fault.Wrap(op, "", err)
}

func (s *Service) undecided(ctx context.Context, op, no, by string) (Payout, error) {
	if by == "" {
		return Payout{}, fault.Field(op, "by", by, "say who decides")
	}
	p, err := s.Store.Payout(ctx, no)
	if err == nil && p.State != Proposed {
		err = fault.New(op, fault.Conflict, "payout %s is %s: it is decided already", no, p.State)
	}
	return p, fault.Wrap(op, "", err)
}

// openDate is the first clearing date without a batch: what is posted now belongs to
// it, because the book of a date with a batch may be closed.
func (s *Service) openDate(ctx context.Context) (bizdate.Date, error) {
	batches, err := s.Books.Batches(ctx)
	if err != nil || len(batches) == 0 {
		return bizdate.Of(s.Clock.Now()), err
	}
	return batches[0].Date.AddDays(1), nil
}

func (s *Service) audit(by, action, object, before, after string) audit.Entry {
	now := s.Clock.Now()
	return audit.Entry{ID: s.IDs.At(now), At: now, Actor: by, Action: action, Object: object, Before: before, After: after}
}
