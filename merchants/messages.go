package merchants

import (
	"context"
	"errors"
	"fmt"
	"time"

	"juma/internal/fault"
	"juma/internal/id"
)

// Message tells a merchant what was done with it. It stands in the portal, and is
// sent to the contact that it names. Kind is a stable key that pages have a text
// for; Params are what the text is filled with, never a personal value in full.
type Message struct {
	ID         string // ULID
	MerchantNo string
	Kind       string // "merchant.suspended"
	Params     map[string]string
	To         Contact // who was the contact when it was written; may be empty
	CreatedAt  time.Time
	NextAt     time.Time // when it is sent, or tried again
	Attempts   int
	SentAt     time.Time // zero: not yet
	ReadAt     time.Time // zero: not yet
	ReadBy     string
}

// Notifier sends a message to the contact that it names, by short message or
// mail. An error means that it was not sent: it is tried again. One that was sent
// may come again.
type Notifier interface {
	Notify(ctx context.Context, m Message) error
}

// MessageKinds lists the kinds of message, for pages that have a text for each.
var MessageKinds = []string{
	"merchant.suspended", "merchant.resumed", "merchant.closed", "rate.changed",
	"account.requested", "account.approved", "account.effective", "account.unproven", "account.refused", "account.withdrawn",
}

// message makes a message; params are names and values in turn.
func (u *Upkeep) message(merchantNo, kind string, to Contact, params ...string) Message {
	return newMessage(u.IDs, u.Clock.Now(), merchantNo, kind, to, params...)
}

// newMessage makes a message. Without a contact it goes to whoever is the contact
// when it is sent.
func newMessage(ids *id.ULIDs, now time.Time, merchantNo, kind string, to Contact, params ...string) Message {
	m := Message{ID: ids.At(now), MerchantNo: merchantNo, Kind: kind, Params: map[string]string{}, To: to, CreatedAt: now, NextAt: now}
	for i := 0; i+1 < len(params); i += 2 {
		m.Params[params[i]] = params[i+1]
	}
	return m
}

// contact is whom a merchant's messages are sent to; empty for a merchant without
// an application, whose messages stay in the portal.
func (u *Upkeep) contact(ctx context.Context, merchantNo string) (Contact, error) {
	a, err := u.Store.ApplicationOfMerchant(ctx, merchantNo)
	if fault.Is(err, fault.NotFound) {
		return Contact{}, nil
	}
	return a.Profile.Contact, err
}

// Messages lists a merchant's messages, newest first, before the given one.
func (u *Upkeep) Messages(ctx context.Context, merchantNo, beforeID string, limit int) ([]Message, error) {
	return u.Store.Messages(ctx, merchantNo, beforeID, limit)
}

// CountUnread counts a merchant's messages that nobody there has read.
func (u *Upkeep) CountUnread(ctx context.Context, merchantNo string) (int, error) {
	return u.Store.CountUnread(ctx, merchantNo)
}

// ReadMessages marks a merchant's messages up to the given one as read.
func (u *Upkeep) ReadMessages(ctx context.Context, merchantNo, upToID, by string) error {
	return u.Store.UpdateUpkeep(ctx, func(tx UpkeepTx) error { return tx.ReadMessages(merchantNo, upToID, by, u.Clock.Now()) })
}

const sendPage = 100

// Send sends what is not sent yet, each message at least once. It returns how many
// were sent.
func (u *Upkeep) Send(ctx context.Context) (sent int, err error) {
	if u.Notifier == nil {
		return 0, nil
	}
	due, err := u.Store.UnsentMessages(ctx, u.Clock.Now(), sendPage)
	if err != nil {
		return 0, err
	}
	var errs []error
	for _, m := range due {
		ok, err := u.send(ctx, m)
		if err != nil {
			errs = append(errs, fmt.Errorf("message %s: %w", m.ID, err))
		}
		if ok {
			sent++
		}
	}
	return sent, errors.Join(errs...)
}

// send claims a message, sends it and notes that it was sent.
func (u *Upkeep) send(ctx context.Context, m Message) (sent bool, err error) {
	seen := m.Attempts
	m.Attempts, m.NextAt = seen+1, u.Clock.Now().Add(askGap(seen))
	if mine, err := u.saveMessage(ctx, m, seen); err != nil || !mine {
		return false, err
	}
	if m.To == (Contact{}) {
		if m.To, err = u.contact(ctx, m.MerchantNo); err != nil {
			return false, err
		}
	}
	if err := u.Notifier.Notify(ctx, m); err != nil {
		return false, err
	}
	m.SentAt = u.Clock.Now()
	return u.saveMessage(ctx, m, m.Attempts)
}

func (u *Upkeep) saveMessage(ctx context.Context, m Message, attempts int) (mine bool, err error) {
	err = u.Store.UpdateUpkeep(ctx, func(tx UpkeepTx) (err error) {
		mine, err = tx.SaveMessage(m, attempts)
		return err
	})
	return mine, err
}
