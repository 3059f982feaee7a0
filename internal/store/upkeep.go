package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"juma/internal/fault"
	"juma/merchants"
)

// upkeepStore is the Store as the upkeep sees it: with everything that merchants
// are read by.
type upkeepStore struct {
	merchantStore
	onboarding onboardingStore
}

// upkeepTx is a transaction as the upkeep sees it.
type upkeepTx struct{ *conn }

var (
	_ merchants.UpkeepStore = upkeepStore{}
	_ merchants.UpkeepTx    = upkeepTx{}
)

// Upkeep is the store as the upkeep needs it.
func (s *Store) Upkeep() merchants.UpkeepStore {
	return upkeepStore{merchantStore{s}, onboardingStore{s}}
}

// accountChangeRow is a change of an account with what keeps it the only open one.
type accountChangeRow struct {
	merchants.AccountChange
	openKey string
}

func accountChangeOf(c merchants.AccountChange) accountChangeRow {
	r := accountChangeRow{AccountChange: c}
	if c.State.Open() {
		r.openKey = c.MerchantNo
	}
	return r
}

var accountChanges = table[accountChangeRow]{"account_changes", func(c *accountChangeRow) []field {
	v := &c.Proof
	return []field{
		{"id", &c.ID},
		{"merchant_no", &c.MerchantNo},
		{"state", &c.State},
		{"open_key", orNull(&c.openKey)},
		{"revision", &c.Revision},
		{"account", sealedJSON(&c.Account, "account_changes.account", &c.ID)},
		{"account_index", blind(&c.Account.No, indexAccount)},
		{"account_before", sealedJSON(&c.Before, "account_changes.account_before", &c.ID)},
		{"reason", text(&c.Reason)},
		{"requested_by", &c.RequestedBy},
		{"requested_at", at(&c.RequestedAt)},
		{"method", &v.Method},
		{"proof", &v.State},
		{"provider", &v.Provider},
		{"reference", &v.Reference},
		{"proof_reason", text(&v.Reason)},
		{"amount_fen", &v.Amount},
		{"tries", &v.Tries},
		{"attempts", &v.Attempts},
		{"next_at", at(&v.NextAt)},
		{"decided_at", at(&v.DecidedAt)},
		{"first_by", &c.FirstBy},
		{"first_at", at(&c.FirstAt)},
		{"second_by", &c.SecondBy},
		{"second_at", at(&c.SecondAt)},
		{"effective_at", at(&c.EffectiveAt)},
		{"ended_by", &c.EndedBy},
		{"ended_at", at(&c.EndedAt)},
		{"end_reason", text(&c.EndReason)},
	}
}}

var messages = table[merchants.Message]{"messages", func(m *merchants.Message) []field {
	return []field{
		{"id", &m.ID},
		{"merchant_no", &m.MerchantNo},
		{"kind", &m.Kind},
		{"params", document(&m.Params)},
		{"recipient", sealedJSON(&m.To, "messages.recipient", &m.ID)},
		{"created_at", at(&m.CreatedAt)},
		{"next_at", at(&m.NextAt)},
		{"attempts", &m.Attempts},
		{"sent_at", at(&m.SentAt)},
		{"read_at", at(&m.ReadAt)},
		{"read_by", &m.ReadBy},
	}
}}

var closedPlaces = table[merchants.ClosedPlace]{"closed_places", func(p *merchants.ClosedPlace) []field {
	return []field{
		{"place", &p.Place},
		{"place_id", &p.ID},
		{"merchant_no", &p.MerchantNo},
		{"closed_at", at(&p.At)},
		{"closed_by", &p.By},
		{"reason", text(&p.Reason)},
	}
}}

// UpdateUpkeep runs f in a transaction of its own: what is refused must not undo
// others' work.
func (s upkeepStore) UpdateUpkeep(ctx context.Context, f func(merchants.UpkeepTx) error) error {
	return s.updateAlone(ctx, func(c *conn) error { return f(upkeepTx{c}) })
}

// ApplicationOfMerchant returns the application that a merchant came from.
func (s upkeepStore) ApplicationOfMerchant(ctx context.Context, merchantNo string) (merchants.ApplicationFile, error) {
	return s.onboarding.ApplicationOfMerchant(ctx, merchantNo)
}

// Merchant reads the merchant inside the transaction.
func (c upkeepTx) Merchant(no string) (merchants.Merchant, error) {
	return c.merchant("store.Merchant", no)
}

// SetAccount changes where a merchant is paid.
func (c upkeepTx) SetAccount(merchantNo string, a merchants.SettlementAccount) error {
	const op = "store.SetAccount"
	m, err := c.merchant(op, merchantNo)
	if err != nil {
		return err
	}
	state := m.State
	m.Account = a
	moved, err := merchantRows.save(c.conn, op, m, "merchant_no = ? AND state = ?", merchantNo, state)
	if err == nil && !moved {
		err = c.fail(&fault.Error{Op: op, Kind: fault.Conflict, Field: "state", Value: string(state), Msg: "the merchant was changed in this moment; try again"})
	}
	return err
}

// InsertStore stores a new store.
func (c upkeepTx) InsertStore(s merchants.Store) error {
	const op = "store.InsertStore"
	if err := storeRows.insert(c.conn, op, s); err != nil {
		return err
	}
	return c.indexStores(op, s)
}

// RenameStore changes a name that is still the one that was seen.
func (c upkeepTx) RenameStore(id, from, to string) (bool, error) {
	const op = "store.RenameStore"
	moved, err := c.moved(op, "UPDATE stores SET name = ? WHERE id = ? AND name = ?", to, id, from)
	if err != nil || !moved {
		return false, err
	}
	return true, c.indexStores(op, merchants.Store{ID: id, Name: to})
}

// InsertTerminal stores a new terminal.
func (c upkeepTx) InsertTerminal(t merchants.Terminal) error {
	return newTerminals.insert(c.conn, "store.InsertTerminal", t)
}

// ClosePlace closes a store or terminal.
func (c upkeepTx) ClosePlace(p merchants.ClosedPlace) (fresh bool, err error) {
	err = closedPlaces.insert(c.conn, "store.ClosePlace", p)
	if conflictField(err) == "place_id" {
		return false, nil
	}
	return err == nil, err
}

// NextNumber takes the next number of a series.
func (c upkeepTx) NextNumber(series string) (int, error) { return onboardingTx(c).NextNumber(series) }

// InsertAccountChange stores a change that was asked for.
func (c upkeepTx) InsertAccountChange(a merchants.AccountChange) error {
	return accountChanges.insert(c.conn, "store.InsertAccountChange", accountChangeOf(a))
}

// AccountChange reads a change inside the transaction.
func (c upkeepTx) AccountChange(id string) (merchants.AccountChange, error) {
	return c.accountChange(id)
}

func (c *conn) accountChange(id string) (merchants.AccountChange, error) {
	r, err := accountChanges.one(c, "store.AccountChange", "account change", id, "id = ?", id)
	return r.AccountChange, err
}

// SaveAccountChange writes the row if it is as it was read.
func (c upkeepTx) SaveAccountChange(a merchants.AccountChange, revision int, from merchants.AccountState) (bool, error) {
	return accountChanges.save(c.conn, "store.SaveAccountChange", accountChangeOf(a), "id = ? AND revision = ? AND state = ?", a.ID, revision, from)
}

// InsertMessage stores a message.
func (c upkeepTx) InsertMessage(m merchants.Message) error { return c.insertMessage(m) }

// InsertMessage stores a message.
func (c lifeTx) InsertMessage(m merchants.Message) error { return c.insertMessage(m) }

func (c *conn) insertMessage(m merchants.Message) error {
	return messages.insert(c, "store.InsertMessage", m)
}

// SaveMessage writes the row if nobody tried to send it since.
func (c upkeepTx) SaveMessage(m merchants.Message, attempts int) (bool, error) {
	return c.moved("store.SaveMessage", "UPDATE messages SET attempts = ?, next_at = ?, sent_at = ? WHERE id = ? AND attempts = ? AND sent_at = 0",
		m.Attempts, micros(m.NextAt), micros(m.SentAt), m.ID, attempts)
}

// ReadMessages marks a merchant's messages up to the id as read.
func (c upkeepTx) ReadMessages(merchantNo, upToID, by string, at time.Time) error {
	_, err := c.exec("store.ReadMessages", "UPDATE messages SET read_at = ?, read_by = ? WHERE merchant_no = ? AND id <= ? AND read_at = 0", micros(at), by, merchantNo, upToID)
	return err
}

// AccountChange returns a change of an account.
func (s upkeepStore) AccountChange(ctx context.Context, id string) (merchants.AccountChange, error) {
	return s.reader(ctx).accountChange(id)
}

// AccountChanges lists changes of accounts.
func (s upkeepStore) AccountChanges(ctx context.Context, q merchants.ChangeQuery) ([]merchants.AccountChange, error) {
	c := s.reader(ctx)
	return accountChangesIn(accountChanges.list(c, "store.AccountChanges", changesOf(c, q)))
}

// changesOf selects changes in the order asked for. One that is open has its
// open_key.
func changesOf(c *conn, q merchants.ChangeQuery) *gorm.DB {
	query := c.from("account_changes")
	if q.MerchantNo != "" {
		query = query.Where("merchant_no = ?", q.MerchantNo)
	}
	if q.Open {
		query = query.Where("open_key IS NOT NULL")
	}
	if q.State != "" {
		query = query.Where("state = ?", q.State)
	}
	order, beyond := "id DESC", "id < ?"
	if q.OldestFirst {
		order, beyond = "id", "id > ?"
	}
	if q.AfterID != "" {
		query = query.Where(beyond, q.AfterID)
	}
	return query.Order(order).Limit(q.Limit)
}

// DueAccountChanges lists those to be asked about or to come into force.
func (s upkeepStore) DueAccountChanges(ctx context.Context, now time.Time, afterID string, limit int) ([]merchants.AccountChange, error) {
	c := s.reader(ctx)
	return accountChangesIn(accountChanges.list(c, "store.DueAccountChanges", c.from("account_changes").
		Where("((state = ? AND next_at <= ?) OR (state = ? AND effective_at <= ?)) AND id > ?",
			merchants.AccountProving, micros(now), merchants.AccountCooling, micros(now), afterID).Order("id").Limit(limit)))
}

func accountChangesIn(rows []accountChangeRow, err error) ([]merchants.AccountChange, error) {
	all := make([]merchants.AccountChange, len(rows))
	for i, r := range rows {
		all[i] = r.AccountChange
	}
	return all, err
}

// Messages lists a merchant's messages, newest first.
func (s upkeepStore) Messages(ctx context.Context, merchantNo, beforeID string, limit int) ([]merchants.Message, error) {
	c := s.reader(ctx)
	query := c.from("messages").Where("merchant_no = ?", merchantNo)
	if beforeID != "" {
		query = query.Where("id < ?", beforeID)
	}
	return messages.list(c, "store.Messages", query.Order("id DESC").Limit(limit))
}

// CountUnread counts a merchant's messages that nobody has read.
func (s upkeepStore) CountUnread(ctx context.Context, merchantNo string) (int, error) {
	c := s.reader(ctx)
	n, err := scanAll(c, "store.CountUnread", c.from("messages").Select("COUNT(*)").Where("merchant_no = ? AND read_at = 0", merchantNo),
		func(n *int) []field { return []field{{"n", n}} })
	if err != nil {
		return 0, err
	}
	return n[0], nil
}

// UnsentMessages lists those to be sent, oldest first.
func (s upkeepStore) UnsentMessages(ctx context.Context, now time.Time, limit int) ([]merchants.Message, error) {
	c := s.reader(ctx)
	return messages.list(c, "store.UnsentMessages", c.from("messages").Where("sent_at = 0 AND next_at <= ?", micros(now)).Order("id").Limit(limit))
}

// AccountsAt are the accounts in force at an instant, of those that changed since:
// the first change after it knows what it replaced.
func (s merchantStore) AccountsAt(ctx context.Context, at time.Time) (map[string]merchants.SettlementAccount, error) {
	c := s.reader(ctx)
	rows, err := accountChanges.list(c, "store.AccountsAt", c.from("account_changes").
		Where("state = ? AND ended_at > ?", merchants.AccountEffective, micros(at)).Order("ended_at, id"))
	before := map[string]merchants.SettlementAccount{}
	for _, r := range rows {
		if _, known := before[r.MerchantNo]; !known {
			before[r.MerchantNo] = r.Before
		}
	}
	return before, err
}
