package store

import (
	"context"
	"errors"
	"time"

	"juma/internal/fault"
	"juma/merchants"
)

// merchantStore is the Store as merchants sees it.
type merchantStore struct{ *Store }

var _ merchants.Repository = merchantStore{}

var merchantRows = table[merchants.Merchant]{"merchants", func(m *merchants.Merchant) []field {
	return []field{
		{"merchant_no", &m.No},
		{"name", sealed(&m.Name, "merchants.name", &m.No)}, // a micro merchant has its person's
		{"short_name", &m.ShortName},
		{"mcc", &m.MCC},
		{"region_code", &m.RegionCode},
		{"bank_name", &m.Account.BankName},
		{"cnaps", &m.Account.CNAPS},
		{"clearing_no", &m.Account.ClearingNo},
		{"account_no", sealed(&m.Account.AccountNo, "merchants.account_no", &m.No)},
		{"account_name", sealed(&m.Account.AccountName, "merchants.account_name", &m.No)},
		{"settled_by_wallet", &m.SettledByWallet},
		{"state", &m.State},
		{"created_at", at(&m.CreatedAt)},
	}
}}

var storeRows = table[merchants.Store]{"stores", func(s *merchants.Store) []field {
	return []field{
		{"id", &s.ID},
		{"merchant_no", &s.MerchantNo},
		{"name", &s.Name},
		{"address", &s.Address},
		{"region_code", &s.RegionCode},
	}
}}

func terminalFields(t *merchants.Terminal) []field {
	return []field{{"terminal_no", &t.No}, {"merchant_no", &t.MerchantNo}, {"store_id", &t.StoreID}}
}

// A new terminal is written with its counter's beginning; afterwards only
// NextTrace touches the counter.
var (
	terminals    = table[merchants.Terminal]{"terminals", terminalFields}
	newTerminals = table[merchants.Terminal]{"terminals", func(t *merchants.Terminal) []field {
		return append(terminalFields(t), field{"trace", &t.TraceStart})
	}}
)

var agreements = table[merchants.Agreement]{"rate_agreements", func(a *merchants.Agreement) []field {
	return []field{
		{"id", &a.ID},
		{"merchant_no", &a.MerchantNo},
		{"channel", &a.Channel},
		{"card_kind", &a.CardKind},
		{"rate_ppm", &a.Rate},
		{"cap_fen", &a.Cap},
		{"valid_from", &a.From},
		{"valid_to", &a.To},
		{"version", &a.Version},
		{"contract", &a.Contract},
		{"reason", text(&a.Reason)},
		{"made_by", &a.MadeBy},
		{"checked_by", &a.CheckedBy},
	}
}}

var enrolments = table[merchants.Enrolment]{"channel_enrolments", func(e *merchants.Enrolment) []field {
	return []field{
		{"merchant_no", &e.MerchantNo},
		{"channel", &e.Channel},
		{"channel_id", orNull(&e.ChannelID)},
		{"state", &e.State},
		{"business_code", &e.BusinessCode},
		{"version", &e.Version},
		{"reasons", inJSON(&e.Reasons)},
		{"message", text(&e.Message)},
		{"attempts", &e.Attempts},
		{"next_at", at(&e.NextAt)},
		{"updated_at", at(&e.UpdatedAt)},
	}
}}

// CreateMerchant stores a merchant with everything that makes it payable.
func (s merchantStore) CreateMerchant(ctx context.Context, m merchants.Merchant, stores []merchants.Store, terms []merchants.Terminal, agreed []merchants.Agreement, enrolled []merchants.Enrolment) error {
	const op = "store.CreateMerchant"
	return s.update(ctx, func(c *conn) error {
		return c.createMerchant(op, m, stores, terms, agreed, enrolled)
	})
}

func (c *conn) createMerchant(op string, m merchants.Merchant, stores []merchants.Store, terms []merchants.Terminal, agreed []merchants.Agreement, enrolled []merchants.Enrolment) error {
	if err := merchantRows.insert(c, op, m); err != nil {
		return err
	}
	if err := storeRows.insert(c, op, stores...); err != nil {
		return err
	}
	if err := errors.Join(c.indexMerchant(op, m), c.indexStores(op, stores...)); err != nil {
		return err
	}
	if err := newTerminals.insert(c, op, terms...); err != nil {
		return err
	}
	if err := agreements.insert(c, op, agreed...); err != nil {
		return err
	}
	return enrolments.insert(c, op, enrolled...)
}

// Merchant returns a merchant by its number.
func (s merchantStore) Merchant(ctx context.Context, no string) (merchants.Merchant, error) {
	return s.reader(ctx).merchant("store.Merchant", no)
}

func (c *conn) merchant(op, no string) (merchants.Merchant, error) {
	return merchantRows.one(c, op, "merchant_no", no, "merchant_no = ?", no)
}

// Merchants lists by number.
func (s merchantStore) Merchants(ctx context.Context, afterNo string, limit int) ([]merchants.Merchant, error) {
	c := s.reader(ctx)
	return merchantRows.list(c, "store.Merchants", c.from("merchants").Where("merchant_no > ?", afterNo).Order("merchant_no").Limit(limit))
}

// ListMerchants lists by number, with the kind that the application says.
func (s upkeepStore) ListMerchants(ctx context.Context, q merchants.MerchantQuery) ([]merchants.ListedMerchant, error) {
	c := s.reader(ctx)
	query := c.from("merchants AS m").Joins("LEFT JOIN applications AS a ON a.merchant_no = m.merchant_no").
		Select(merchantRows.columns("m.")+", COALESCE(a.kind, '')").Where("m.merchant_no > ?", q.AfterNo)
	if q.State != "" {
		query = query.Where("m.state = ?", q.State)
	}
	if q.Kind != "" {
		query = query.Where("a.kind = ?", q.Kind)
	}
	return scanAll(c, "store.ListMerchants", query.Order("m.merchant_no").Limit(q.Limit), func(m *merchants.ListedMerchant) []field {
		return append(merchantRows.fields(&m.Merchant), field{"kind", &m.Kind})
	})
}

// places reads rows of stores or terminals together with when they were closed.
type places[T any] struct {
	table[T]
	place    merchants.Place
	key      string // primary key column
	closedAt func(*T) *time.Time
}

var (
	storePlaces    = places[merchants.Store]{storeRows, merchants.StorePlace, "id", func(s *merchants.Store) *time.Time { return &s.ClosedAt }}
	terminalPlaces = places[merchants.Terminal]{terminals, merchants.TerminalPlace, "terminal_no", func(t *merchants.Terminal) *time.Time { return &t.ClosedAt }}
)

func (p places[T]) find(c *conn, op, where string, args ...any) ([]T, error) {
	query := c.from(p.name+" AS t").Joins("LEFT JOIN closed_places AS p ON p.place = ? AND p.place_id = t."+p.key, p.place).
		Select(p.columns("t.")+", COALESCE(p.closed_at, 0)").Where(where, args...).Order("t." + p.key)
	return scanAll(c, op, query, func(row *T) []field { return append(p.fields(row), field{"closed_at", at(p.closedAt(row))}) })
}

func (p places[T]) one(c *conn, op, value string) (T, error) {
	rows, err := p.find(c, op, "t."+p.key+" = ?", value)
	if err != nil || len(rows) == 0 {
		var none T
		if err == nil {
			err = &fault.Error{Op: op, Kind: fault.NotFound, Field: p.key, Value: value, Msg: "is not in " + p.name + "; check the number"}
		}
		return none, err
	}
	return rows[0], nil
}

// StoresOf lists a merchant's stores by id.
func (s merchantStore) StoresOf(ctx context.Context, merchantNo string) ([]merchants.Store, error) {
	return storePlaces.find(s.reader(ctx), "store.StoresOf", "t.merchant_no = ?", merchantNo)
}

// StoreByID returns a store.
func (s merchantStore) StoreByID(ctx context.Context, id string) (merchants.Store, error) {
	return storePlaces.one(s.reader(ctx), "store.StoreByID", id)
}

// TerminalsOf lists a merchant's terminals by number.
func (s merchantStore) TerminalsOf(ctx context.Context, merchantNo string) ([]merchants.Terminal, error) {
	return terminalPlaces.find(s.reader(ctx), "store.TerminalsOf", "t.merchant_no = ?", merchantNo)
}

// Terminal returns a terminal by its number.
func (s merchantStore) Terminal(ctx context.Context, no string) (merchants.Terminal, error) {
	return terminalPlaces.one(s.reader(ctx), "store.Terminal", no)
}

// Agreements lists a merchant's rates by channel and first day.
func (s merchantStore) Agreements(ctx context.Context, merchantNo string) ([]merchants.Agreement, error) {
	return s.reader(ctx).agreementsOf(merchantNo)
}

func (c *conn) agreementsOf(merchantNo string) ([]merchants.Agreement, error) {
	return agreements.list(c, "store.Agreements", c.from("rate_agreements").Where("merchant_no = ?", merchantNo).Order("channel, card_kind, version"))
}

// Enrolments lists a merchant's numbers by channel.
func (s merchantStore) Enrolments(ctx context.Context, merchantNo string) ([]merchants.Enrolment, error) {
	c := s.reader(ctx)
	return enrolments.list(c, "store.Enrolments", c.from("channel_enrolments").Where("merchant_no = ?", merchantNo).Order("channel"))
}

// MerchantNoAt finds the merchant behind a channel's number.
func (s merchantStore) MerchantNoAt(ctx context.Context, channel, channelID string) (string, error) {
	e, err := enrolments.one(s.reader(ctx), "store.MerchantNoAt", "channel_id", channelID, "channel = ? AND channel_id = ?", channel, channelID)
	return e.MerchantNo, err
}

// conflictField is the field of a conflict.
func conflictField(err error) string {
	if f, ok := err.(*fault.Error); ok {
		return f.Field
	}
	return ""
}
