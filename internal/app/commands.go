package app

import (
	"context"
	"crypto/rand"
	"errors"

	"juma/acquiring"
	"juma/acquiring/channel"
)

// CommandDesk is the part of an App that lets people look after refunds and the
// commands that carry them, without pages, wallets and message bus. It sends
// nothing itself: what it puts into the outbox a running server takes from there.
type CommandDesk struct {
	*acquiring.Service
	office *PlateOffice
}

// OpenCommandDesk opens the database of a data directory.
func OpenCommandDesk(ctx context.Context, dataDir, db string) (*CommandDesk, error) {
	o, err := OpenPlateOffice(ctx, dataDir, db)
	if err != nil {
		return nil, err
	}
	s, err := acquiring.NewService(acquiring.Config{
		Store: o.Store.Acquiring(), Plates: o.Service, Merchants: o.Store.Merchants(), Clock: o.Clock, IDs: o.IDs, Random: rand.Reader,
		NotifyURL: func(channel.Name) string { return "" },
	})
	if err != nil {
		return nil, errors.Join(err, o.Close())
	}
	return &CommandDesk{Service: s, office: o}, nil
}

// Close closes the database.
func (d *CommandDesk) Close() error { return d.office.Close() }
