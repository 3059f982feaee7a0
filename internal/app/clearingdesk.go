package app

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"path/filepath"
	"slices"

	"juma/acquiring"
	"juma/acquiring/channel"
	"juma/clearing"
	"juma/clearing/calendar"
	"juma/clearing/payout"
	"juma/clearing/terms"
	"juma/internal/access"
	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/internal/store"
)

// ClearingDesk is the part of an App that clears days, without pages and message bus:
// it asks the wallets itself, beside a server or without one.
type ClearingDesk struct {
	*clearing.Service
	Terms   *terms.Service
	Days    *calendar.Service
	Payouts *payout.Service
	Records *store.Store

	office *PlateOffice
}

// DeskConfig says which database a ClearingDesk works on and how.
type DeskConfig struct {
	DataDir, DB string
	Institution string
	Payer       clearing.Payer // see clearing.Config
	Wallets     Wallets        // the zero value: no wallet can be asked
	Step        func(string)
	Log         *slog.Logger
}

// OpenClearingDesk opens the database of a data directory.
func OpenClearingDesk(ctx context.Context, cfg DeskConfig) (*ClearingDesk, error) {
	o, err := OpenPlateOffice(ctx, cfg.DataDir, cfg.DB)
	if err != nil {
		return nil, err
	}
	names, err := cfg.Wallets.meet(ctx, o.Store, o.Clock)
	if err != nil {
		return nil, errors.Join(err, o.Close())
	}
	adapters := map[channel.Name]channel.Adapter{}
	for _, name := range names {
		if adapter, err := cfg.Wallets.Adapter(name, o.Clock, nil); err == nil { // what is not configured cannot be asked, and says so
			adapters[name] = adapter
		}
	}
	asker, err := acquiring.NewService(acquiring.Config{
		Store: o.Store.Acquiring(), Plates: o.Service, Merchants: o.Store.Merchants(), Channels: adapters, Clock: o.Clock, IDs: o.IDs, Random: rand.Reader,
		NotifyURL: func(channel.Name) string { return "" },
	})
	if err != nil {
		return nil, errors.Join(err, o.Close())
	}
	key, err := keptKey(filepath.Join(cfg.DataDir, tokenKeyFile), rand.Reader)
	if err != nil {
		return nil, errors.Join(err, o.Close())
	}
	prices, err := ReadPrices(cfg.DataDir)
	if err != nil {
		return nil, errors.Join(err, o.Close())
	}
	agreed := terms.NewService(o.Store.Terms(), o.Clock, o.IDs)
	payouts := newPayouts(o.Store, o.Clock, o.IDs, cfg.DataDir)
	days := calendar.NewService(o.Store.Calendar(), o.Clock, o.IDs)
	return &ClearingDesk{Records: o.Store, Terms: agreed, Days: days, Payouts: payouts, office: o, Service: clearing.NewService(clearing.Config{
		Costs: prices, OnRelease: pays(payouts),
		Store: o.Store.Clearing(), Channels: adapters, Layouts: cfg.Wallets.Layouts(), Merchants: o.Store.Merchants(),
		Asker: asker, Calendar: bizdate.Official(), Calendars: days, Clock: o.Clock, IDs: o.IDs, DataDir: cfg.DataDir,
		Institution: cfg.Institution, Payer: cfg.Payer, Terms: agreed, TokenKey: key, Step: cfg.Step, Log: cfg.Log,
	})}, nil
}

// Close closes the database.
func (d *ClearingDesk) Close() error { return d.office.Close() }

// Person makes sure that somebody has an account of one of the roles that is in use.
// Kind Invalid names the field "by".
func (d *ClearingDesk) Person(ctx context.Context, login string, roles ...access.Role) error {
	const op = "app.Person"
	if login == "" {
		return fault.Field(op, "by", login, "say who does this: --by LOGIN, an account of role %s", roles[0])
	}
	a, err := d.Records.Access().Account(ctx, login)
	switch {
	case fault.Is(err, fault.NotFound):
		return fault.Field(op, "by", login, "there is no such account; juma users list shows them")
	case err != nil:
		return err
	case a.State != access.Active:
		return fault.Field(op, "by", login, "this account is %s", a.State)
	case !slices.Contains(roles, a.Role):
		return fault.Field(op, "by", login, "its role is %s; this takes %s", a.Role, roles[0])
	}
	return nil
}
