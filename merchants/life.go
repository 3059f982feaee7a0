package merchants

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"juma/internal/audit"
	"juma/internal/fault"
	"juma/internal/money"
)

// OpenKind says what keeps a merchant from being closed, as a stable key.
type OpenKind string

// The kinds of open money, in the order in which they are listed.
const (
	OpenPayment   OpenKind = "payment"   // not final: the wallet may still say paid
	OpenUnsettled OpenKind = "unsettled" // paid, in no settlement yet
	OpenRefund    OpenKind = "refund"    // not final, or in no settlement yet
	OpenItem      OpenKind = "item"      // a clearing item that waits
	OpenOwed      OpenKind = "owed"      // suspended days that are not taken back; negative
	OpenKept      OpenKind = "kept"      // kept by a hold or for a small amount, and not paid
	OpenPayout    OpenKind = "payout"    // computed, and in no file yet
)

// OpenMoney is a piece of money that is still under way for a merchant. Ref is an
// order, a refund, an item or a clearing date; for what is owed the merchant.
type OpenMoney struct {
	Kind   OpenKind
	Ref    string
	Amount money.Fen
}

// OpenMoneyError says that a merchant cannot be closed yet, and why.
type OpenMoneyError struct {
	MerchantNo string
	Items      []OpenMoney // at most closeLimit
	More       bool        // there is more than is listed
}

// Error lists what is open.
func (e *OpenMoneyError) Error() string {
	var parts []string
	for _, i := range e.Items {
		parts = append(parts, fmt.Sprintf("%s %s %s", i.Kind, i.Ref, i.Amount.Yuan()))
	}
	if e.More {
		parts = append(parts, "…")
	}
	return "money is still open: " + strings.Join(parts, ", ")
}

// closeLimit bounds what a refused closing lists.
const closeLimit = 20

// merchantMoves are the states that a merchant may come from. Closed is final.
var merchantMoves = map[State][]State{
	Suspended: {Active},
	Active:    {Suspended},
	Closed:    {Active, Suspended},
}

// LifeStore is what the changes of a merchant's life need from storage.
type LifeStore interface {
	// UpdateLife runs f in one transaction; f may be run again.
	UpdateLife(ctx context.Context, f func(LifeTx) error) error
	// OpenMoney lists what is under way for a merchant, at most limit.
	OpenMoney(ctx context.Context, merchantNo string, limit int) ([]OpenMoney, error)
	RateChange(ctx context.Context, id string) (RateChange, error)
	// RateChanges lists by id, after the given one: those of a state, of a merchant,
	// or with "" of all.
	RateChanges(ctx context.Context, state RateChangeState, merchantNo, afterID string, limit int) ([]RateChange, error)
}

// LifeTx is a transaction over a merchant's life.
type LifeTx interface {
	Merchant(no string) (Merchant, error)
	MoveMerchant(no string, from, to State) (moved bool, err error)
	OpenMoney(merchantNo string, limit int) ([]OpenMoney, error)
	Agreements(merchantNo string) ([]Agreement, error)
	InsertAgreement(a Agreement) error
	InsertRateChange(c RateChange) error
	// SaveRateChange stores a decision, if the change is still proposed.
	SaveRateChange(c RateChange) (moved bool, err error)
	// InsertMessage leaves a message for the merchant.
	InsertMessage(m Message) error
	Audit(e audit.Entry) error
}

// SetState suspends, resumes or closes a merchant, with who did it and why in the
// audit, and tells the merchant. A merchant with open money is not closed: kind Refused around an
// *OpenMoneyError. A move that is not possible from the present state is kind
// Conflict. Money that arrives after the closing, from an order that a consumer had
// opened before, is settled as ever.
func (s *Service) SetState(ctx context.Context, no string, to State, by, reason string) error {
	const op = "merchants.SetState"
	from, known := merchantMoves[to]
	switch {
	case !known:
		return fault.Field(op, "state", string(to), "want active, suspended or closed")
	case by == "":
		return fault.Field(op, "by", by, "say who does it")
	case strings.TrimSpace(reason) == "":
		return fault.Field(op, "reason", reason, "say why")
	}
	return fault.Wrap(op, "", s.repo.UpdateLife(ctx, func(tx LifeTx) error {
		m, err := tx.Merchant(no)
		if err != nil {
			return err
		}
		moved := slices.Contains(from, m.State)
		if moved {
			moved, err = tx.MoveMerchant(no, m.State, to)
		}
		if err != nil {
			return err
		}
		if !moved {
			return &fault.Error{Op: op, Kind: fault.Conflict, Field: "state", Value: string(m.State), Msg: "the merchant cannot become " + string(to) + " from here; look at it again"}
		}
		if to == Closed { // after the move, so that the row is ours while we look
			if err := wantNoOpenMoney(op, tx, no); err != nil {
				return err
			}
		}
		if err := tx.InsertMessage(newMessage(s.ids, s.clock.Now(), no, stateActions[to], Contact{}, "reason", reason)); err != nil {
			return err
		}
		return tx.Audit(audit.Entry{At: s.clock.Now(), Actor: by, Action: stateActions[to], Object: MerchantObject(no), Before: string(m.State), After: string(to), Reason: reason})
	}))
}

var stateActions = map[State]string{Active: "merchant.resumed", Suspended: "merchant.suspended", Closed: "merchant.closed"}

func wantNoOpenMoney(op string, tx LifeTx, no string) error {
	open, err := tx.OpenMoney(no, closeLimit+1)
	if err != nil || len(open) == 0 {
		return err
	}
	e := &OpenMoneyError{MerchantNo: no, Items: open[:min(len(open), closeLimit)], More: len(open) > closeLimit}
	return &fault.Error{Op: op, Kind: fault.Refused, Field: "state", Value: string(Closed), Msg: "the merchant cannot be closed; settle what is open first", Err: e}
}
