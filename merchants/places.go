package merchants

import (
	"context"
	"strings"
	"time"

	"juma/internal/fault"
	"juma/internal/id"
)

// Place is what kind of place is closed.
type Place string

// The places.
const (
	StorePlace    Place = "store"
	TerminalPlace Place = "terminal"
)

// ClosedPlace is a store or terminal that takes no payments any more.
type ClosedPlace struct {
	Place      Place
	ID         string // store id or terminal number
	MerchantNo string
	At         time.Time
	By         string
	Reason     string
}

// NewStore is what is said of a store that opens.
type NewStore struct {
	Name, Address, Region string
}

// maxPlaces bounds how many terminals a merchant may have: their trace counters
// begin apart from each other (id.TraceStart).
const maxPlaces = 1000

// AddStore opens a store with its first terminal. Errors: NotFound; Invalid for a
// faulty field; Refused for a merchant that is closed.
func (u *Upkeep) AddStore(ctx context.Context, merchantNo, by string, n NewStore) (Store, Terminal, error) {
	const op = "merchants.AddStore"
	if err := u.checkStore(op, n); err != nil {
		return Store{}, Terminal{}, err
	}
	before, err := u.Store.TerminalsOf(ctx, merchantNo)
	if err != nil {
		return Store{}, Terminal{}, fault.Wrap(op, "", err)
	}
	st := Store{ID: u.IDs.At(u.Clock.Now()), MerchantNo: merchantNo, Name: n.Name, Address: n.Address, RegionCode: n.Region}
	var t Terminal
	err = u.Store.UpdateUpkeep(ctx, func(tx UpkeepTx) (err error) {
		if err := tx.InsertStore(st); err != nil {
			return err
		}
		if t, err = u.newTerminal(tx, op, st, len(before)); err != nil {
			return err
		}
		if err := tx.Audit(u.record(by, "store.added", merchantNo, "", st.Name, "store "+st.ID)); err != nil {
			return err
		}
		return tx.Audit(u.record(by, "terminal.added", merchantNo, "", t.No, "store "+st.ID))
	})
	return st, t, fault.Wrap(op, "", err)
}

// checkStore holds a store to the rules that an application's stores are held to.
func (u *Upkeep) checkStore(op string, n NewStore) error {
	for _, p := range u.Check(Profile{Stores: []ProfileStore{{n.Name, n.Address, n.Region}}}, today(u.Clock)) {
		if field, ok := strings.CutPrefix(p.Field, "stores[0]."); ok {
			return fault.Field(op, field, p.Value, "%s", p.Message)
		}
	}
	return nil
}

// newTerminal draws a number for a store's next terminal, inside a transaction
// that finds the merchant not closed.
func (u *Upkeep) newTerminal(tx UpkeepTx, op string, st Store, before int) (Terminal, error) {
	m, err := tx.Merchant(st.MerchantNo)
	switch {
	case err != nil:
		return Terminal{}, err
	case m.State == Closed:
		return Terminal{}, &fault.Error{Op: op, Kind: fault.Refused, Field: "state", Value: string(m.State), Msg: "the merchant is closed for good"}
	case before >= maxPlaces:
		return Terminal{}, &fault.Error{Op: op, Kind: fault.Refused, Field: "terminals", Value: "", Msg: "the merchant has as many terminals as one merchant may have"}
	}
	no, err := drawTerminalNo(tx, op)
	if err != nil {
		return Terminal{}, err
	}
	t := Terminal{No: no, MerchantNo: st.MerchantNo, StoreID: st.ID, TraceStart: id.TraceStart(before)}
	return t, tx.InsertTerminal(t)
}

// RenameStore gives a store of the merchant another name, from the one that was
// read. Errors: NotFound, also for another merchant's store; Invalid; Conflict when
// it was renamed meanwhile or is closed.
func (u *Upkeep) RenameStore(ctx context.Context, merchantNo, storeID, by, from, to string) error {
	const op = "merchants.RenameStore"
	st, err := u.openStore(ctx, op, merchantNo, storeID)
	if err != nil {
		return err
	}
	if err := u.checkStore(op, NewStore{to, st.Address, st.RegionCode}); err != nil {
		return err
	}
	return fault.Wrap(op, "", u.Store.UpdateUpkeep(ctx, func(tx UpkeepTx) error {
		moved, err := tx.RenameStore(storeID, from, to)
		if err != nil {
			return err
		}
		if !moved {
			return &fault.Error{Op: op, Kind: fault.Conflict, Field: "name", Value: from, Msg: "is not the store's name any more; look at it again"}
		}
		return tx.Audit(u.record(by, "store.renamed", merchantNo, from, to, "store "+storeID))
	}))
}

// openStore reads a store that is the merchant's and open.
func (u *Upkeep) openStore(ctx context.Context, op, merchantNo, storeID string) (Store, error) {
	st, err := u.Store.StoreByID(ctx, storeID)
	switch {
	case err != nil:
		return st, fault.Wrap(op, "", err)
	case st.MerchantNo != merchantNo:
		return st, fault.New(op, fault.NotFound, "no such store")
	case !st.ClosedAt.IsZero():
		return st, &fault.Error{Op: op, Kind: fault.Conflict, Field: "store", Value: storeID, Msg: "is closed"}
	}
	return st, nil
}

// CloseStore closes a store and its terminals: their plates take no payments any
// more; what is paid goes on settling. Errors as RenameStore.
func (u *Upkeep) CloseStore(ctx context.Context, merchantNo, storeID, by, reason string) error {
	const op = "merchants.CloseStore"
	if err := wantReason(op, reason); err != nil {
		return err
	}
	st, err := u.openStore(ctx, op, merchantNo, storeID)
	if err != nil {
		return err
	}
	all, err := u.Store.TerminalsOf(ctx, merchantNo)
	if err != nil {
		return fault.Wrap(op, "", err)
	}
	return fault.Wrap(op, "", u.Store.UpdateUpkeep(ctx, func(tx UpkeepTx) error {
		if err := u.closePlace(tx, op, StorePlace, st.ID, merchantNo, by, reason); err != nil {
			return err
		}
		for _, t := range all {
			if t.StoreID != st.ID || !t.ClosedAt.IsZero() {
				continue
			}
			// One that was disabled in this moment is as it should be.
			if err := u.closePlace(tx, op, TerminalPlace, t.No, merchantNo, by, reason); err != nil && !fault.Is(err, fault.Conflict) {
				return err
			}
		}
		return nil
	}))
}

func (u *Upkeep) closePlace(tx UpkeepTx, op string, place Place, placeID, merchantNo, by, reason string) error {
	fresh, err := tx.ClosePlace(ClosedPlace{Place: place, ID: placeID, MerchantNo: merchantNo, At: u.Clock.Now(), By: by, Reason: reason})
	if err == nil && !fresh {
		err = &fault.Error{Op: op, Kind: fault.Conflict, Field: string(place), Value: placeID, Msg: "is closed"}
	}
	if err != nil {
		return err
	}
	return tx.Audit(u.record(by, string(place)+".closed", merchantNo, placeID, "", reason))
}

// AddTerminal gives a store one more terminal. Errors: NotFound; Conflict when the
// store is closed; Refused for a merchant that is closed.
func (u *Upkeep) AddTerminal(ctx context.Context, merchantNo, storeID, by string) (Terminal, error) {
	const op = "merchants.AddTerminal"
	st, err := u.openStore(ctx, op, merchantNo, storeID)
	if err != nil {
		return Terminal{}, err
	}
	before, err := u.Store.TerminalsOf(ctx, merchantNo)
	if err != nil {
		return Terminal{}, fault.Wrap(op, "", err)
	}
	var t Terminal
	err = u.Store.UpdateUpkeep(ctx, func(tx UpkeepTx) (err error) {
		if t, err = u.newTerminal(tx, op, st, len(before)); err != nil {
			return err
		}
		return tx.Audit(u.record(by, "terminal.added", merchantNo, "", t.No, "store "+storeID))
	})
	return t, fault.Wrap(op, "", err)
}

// DisableTerminal takes a terminal out of use for good: a plate that is bound to it
// takes no payments any more. Errors: NotFound, also for another merchant's;
// Conflict when it is disabled.
func (u *Upkeep) DisableTerminal(ctx context.Context, merchantNo, terminalNo, by, reason string) error {
	const op = "merchants.DisableTerminal"
	if err := wantReason(op, reason); err != nil {
		return err
	}
	t, err := u.Store.Terminal(ctx, terminalNo)
	switch {
	case err != nil:
		return fault.Wrap(op, "", err)
	case t.MerchantNo != merchantNo:
		return fault.New(op, fault.NotFound, "no such terminal")
	}
	return fault.Wrap(op, "", u.Store.UpdateUpkeep(ctx, func(tx UpkeepTx) error {
		return u.closePlace(tx, op, TerminalPlace, terminalNo, merchantNo, by, reason)
	}))
}
