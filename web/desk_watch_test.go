package web

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"juma/acquiring"
	"juma/acquiring/channel"
	"juma/acquiring/watch"
	"juma/internal/audit"
	"juma/internal/clock"
	"juma/internal/dbtest"
	"juma/internal/id"
	"juma/internal/money"
	"juma/internal/store"
	"juma/qrcode"
)

// Alarms that every yard has.
const (
	openAlarmID   = "01JQALARM00000000000000001" // of the stopped plate
	closedAlarmID = "01JQALARM00000000000000002"
)

// yard is the real plates and the real watch over a real store, opened when it is
// first asked.
type yard struct {
	t      testing.TB
	clk    clock.Clock
	once   sync.Once
	opened bool
	store  *store.Store
	plates *qrcode.Service
	watch  *watch.Service
	office *acquiring.Service // refunds
	all    []qrcode.Plate     // of the first batch

	printed []string // what the press was asked for
	breaks  error    // what the press breaks off with; set before use
}

func newYard(t testing.TB, clk clock.Clock) *yard { return &yard{t: t, clk: clk} }

func (y *yard) open() *yard {
	y.once.Do(func() {
		y.opened = true
		y.store = dbtest.Migrated(y.t)
		ring, err := id.NewPlateRing(id.Seeded(5, "ring"))
		must(y.t, err)
		y.plates = qrcode.NewService(qrcode.Config{
			Repo: y.store.Plates(), Clock: y.clk, IDs: id.NewULIDs(id.Seeded(5, "plates")), Random: id.Seeded(5, "keys"), Keys: ring, Host: "pay.test", FourEyesAbove: 100,
		})
		y.watch, err = watch.NewService(watch.Config{Store: y.store.Watch(), Clock: y.clk, IDs: id.NewULIDs(id.Seeded(5, "watch"))})
		must(y.t, err)
		y.office, err = y.newOffice()
		must(y.t, err)
		must(y.t, y.fill(context.Background()))
	})
	return y
}

// fill makes a batch of six: one in use, one stopped, the others blank.
func (y *yard) fill(ctx context.Context) (err error) {
	if _, y.all, err = y.plates.Issue(ctx, qrcode.Order{ID: readyBatch, Grammar: qrcode.Own, Count: 6, By: "operator", Reason: "first shops"}); err != nil {
		return err
	}
	if _, err := y.plates.Request(ctx, qrcode.Order{ID: waitingBatch, Grammar: qrcode.Own, Count: 101, By: "boss-2", Reason: "branch 4"}); err != nil {
		return err
	}
	for i := range 2 {
		if _, err := y.plates.Bind(ctx, y.all[i].Key, merchantA, storeID, fmt.Sprintf("0000000%d", i+1), "operator"); err != nil {
			return err
		}
	}
	if err := y.plates.Suspend(ctx, y.all[1].Key, "risk", "a photo of it was seen elsewhere"); err != nil {
		return err
	}
	if err := y.sell(ctx); err != nil {
		return err
	}
	if err := y.refunds(ctx); err != nil {
		return err
	}
	for _, a := range []watch.Alarm{
		{ID: openAlarmID, Kind: watch.Suspended, Finding: watch.Finding{Count: 4, Paid: 1, From: y.clk.Now(), To: y.clk.Now()}},
		{ID: closedAlarmID, Kind: watch.City, Finding: watch.Finding{Count: 2, Was: "440103", Is: "310115", From: y.clk.Now(), To: y.clk.Now()}},
	} {
		a.State, a.PlateKey, a.Serial, a.MerchantNo, a.StoreID, a.RaisedAt = watch.Open, y.all[1].Key, y.all[1].Serial, merchantA, storeID, y.clk.Now()
		if _, err := y.store.Watch().Raise(ctx, a, audit.Entry{At: a.RaisedAt, Actor: watch.Actor, Action: "alarm.open", Object: "alarm " + a.ID}); err != nil {
			return err
		}
	}
	_, err = y.watch.Close(ctx, closedAlarmID, "risk", "two members of one family")
	return err
}

// sell pays on the plate in use on the days before.
func (y *yard) sell(ctx context.Context) error {
	return y.store.Acquiring().Update(ctx, func(tx acquiring.Tx) error {
		for i := range 30 {
			at := y.clk.Now().Add(-time.Duration(i*i) * time.Hour)
			p := acquiring.Payment{
				OrderNo: fmt.Sprintf("P2026031000000001%07d", i), MerchantNo: merchantA, StoreID: storeID, TerminalNo: "00000001", PlateKey: y.all[0].Key, BindingVersion: 1,
				Entry: acquiring.ByScan, Wallet: channel.Wallets[i%3], Channel: channel.Names[i%3], Amount: money.Fen(1200 + 50*i), State: acquiring.Paid, PayerID: "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o",
				RRN: fmt.Sprintf("%012d", i), RequestID: fmt.Sprint("yard-", i), ResultToken: fmt.Sprint("yard-token-", i), CreatedAt: at, PaidAt: at, ClearingDate: 20260310,
			}
			if err := tx.InsertPayment(p); err != nil {
				return err
			}
		}
		return nil
	})
}

func (y *yard) Alarms(ctx context.Context, q watch.Query) ([]watch.Alarm, error) {
	return y.open().watch.Alarms(ctx, q)
}

func (y *yard) Alarm(ctx context.Context, id string) (watch.Alarm, error) {
	return y.open().watch.Alarm(ctx, id)
}

// CountAlarms is asked by every page; it opens nothing for those of other areas.
func (y *yard) CountAlarms(ctx context.Context) (map[watch.Kind]int, error) {
	if !y.opened {
		return map[watch.Kind]int{watch.Suspended: 1}, nil
	}
	return y.watch.CountAlarms(ctx)
}

func (y *yard) Acknowledge(ctx context.Context, id, by, note string) (watch.Alarm, error) {
	return y.open().watch.Acknowledge(ctx, id, by, note)
}

func (y *yard) Close(ctx context.Context, id, by, reason string) (watch.Alarm, error) {
	return y.open().watch.Close(ctx, id, by, reason)
}
