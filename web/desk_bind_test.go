package web

import (
	"context"
	"fmt"
	"io"
	"sync"
	"testing"

	"juma/internal/clock"
	"juma/internal/dbtest"
	"juma/internal/id"
	"juma/internal/store"
	"juma/merchants"
	"juma/merchants/check"
	"juma/merchants/picture"
	"juma/merchants/sandbox"
	"juma/qrcode"
	"juma/qrcode/bindfile"
	"juma/qrcode/scan"
)

// Where plates can be bound in tests: both merchants have a store with two
// terminals, and merchant B one that is closed.
const (
	terminalA1, terminalA2 = "10000001", "10000002"
	terminalB1, terminalB2 = "20000001", "20000002"
	closedTerminal         = "20000003"
	fieldStoreA            = "01JQFIELDST0RE000000000001"
	fieldStoreB            = "01JQFIELDST0RE000000000002"
)

// Serials of the plates that every field has.
const (
	blankSerial     = "2603100000001"
	boundSerial     = "2603100000002" // to terminalA1, by "admin"
	lostSerial      = "2603100000003" // was bound to terminalB1
	suspendedSerial = "2603100000004"
	spareSerial     = "2603100000005" // blank
	voidSerial      = "2603100000006"
)

// field is the real plate service over a store of its own, filled when it is first
// asked.
type field struct {
	t      testing.TB
	clk    clock.Clock
	once   sync.Once
	store  *store.Store
	plates *qrcode.Service
	ring   *id.PlateRing
	made   []qrcode.Plate
	upkeep *merchants.Upkeep
}

func (f *field) open() *field {
	f.once.Do(func() {
		s := dbtest.Migrated(f.t)
		f.store = s
		var err error
		f.ring, err = id.NewPlateRing(id.Seeded(5, "ring"))
		must(f.t, err)
		f.plates = qrcode.NewService(qrcode.Config{
			Repo: s.Plates(), Clock: f.clk, IDs: id.NewULIDs(id.Seeded(5, "plates")), Random: id.Seeded(5, "keys"), Keys: f.ring, Host: "q.test",
		})
		f.upkeep, err = merchants.NewUpkeep(merchants.UpkeepConfig{
			Store: s.Upkeep(), Identity: sandbox.New(f.clk), Clock: f.clk, IDs: id.NewULIDs(id.Seeded(5, "upkeep")), Random: id.Seeded(5, "amounts"), Check: check.Application,
		})
		must(f.t, err)
		must(f.t, f.fill(context.Background()))
	})
	return f
}

// fill makes merchants with places, and plates in every state.
func (f *field) fill(ctx context.Context) error {
	repo := f.store.Merchants()
	for _, m := range []struct {
		no, store string
		terminals []string
	}{{merchantA, fieldStoreA, []string{terminalA1, terminalA2}}, {merchantB, fieldStoreB, []string{terminalB1, terminalB2, closedTerminal}}} {
		of := fakeMerchants[m.no]
		of.MCC, of.RegionCode, of.CreatedAt = "5812", "330106", noon
		var terminals []merchants.Terminal
		for i, no := range m.terminals {
			terminals = append(terminals, merchants.Terminal{No: no, MerchantNo: m.no, StoreID: m.store, TraceStart: id.TraceStart(i)})
		}
		st := merchants.Store{ID: m.store, MerchantNo: m.no, Name: of.ShortName, Address: "西湖区文三路 1 号", RegionCode: "330106"}
		if err := repo.CreateMerchant(ctx, of, []merchants.Store{st}, terminals, nil, nil); err != nil {
			return err
		}
	}
	if err := f.upkeep.DisableTerminal(ctx, merchantB, closedTerminal, "operator", "broken"); err != nil {
		return err
	}
	_, made, err := f.plates.Issue(ctx, qrcode.Order{Grammar: qrcode.Own, Count: 6, By: "printer"})
	if err != nil {
		return err
	}
	f.made = made
	return f.move(ctx)
}

// move brings the plates to their states.
func (f *field) move(ctx context.Context) error {
	var errs []error
	done := func(_ any, err error) { errs = append(errs, err) }
	done(f.plates.Bind(ctx, f.made[1].Key, merchantA, fieldStoreA, terminalA1, "admin"))
	done(f.plates.Bind(ctx, f.made[2].Key, merchantB, fieldStoreB, terminalB1, "admin"))
	done(nil, f.plates.Lose(ctx, f.made[2].Key, "admin", "gone"))
	done(f.plates.Bind(ctx, f.made[3].Key, merchantA, fieldStoreA, terminalA1, "admin"))
	done(nil, f.plates.Suspend(ctx, f.made[3].Key, "risk", "odd"))
	done(nil, f.plates.Void(ctx, f.made[5].Key, "admin", "misprint"))
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// plate is what the store has of a plate.
func (f *field) plate(serial string) (qrcode.Plate, qrcode.Binding) {
	f.t.Helper()
	p, b, err := f.open().plates.Find(context.Background(), serial)
	must(f.t, err)
	return p, b
}

func (f *field) Recognise(ctx context.Context, text string) (qrcode.Plate, qrcode.Binding, error) {
	return f.open().plates.Recognise(ctx, text)
}

func (f *field) Find(ctx context.Context, text string) (qrcode.Plate, qrcode.Binding, error) {
	return f.open().plates.Find(ctx, text)
}

func (f *field) History(ctx context.Context, p qrcode.Plate) ([]qrcode.Event, error) {
	return f.open().plates.History(ctx, p)
}

func (f *field) BindFrom(ctx context.Context, seen int, to qrcode.Binding, by, reason string) (qrcode.Binding, error) {
	return f.open().plates.BindFrom(ctx, seen, to, by, reason)
}

func (f *field) ReplaceFrom(ctx context.Context, oldKey string, seen int, newKey, by, reason string) (qrcode.Binding, error) {
	return f.open().plates.ReplaceFrom(ctx, oldKey, seen, newKey, by, reason)
}

func (f *field) Merchant(ctx context.Context, no string) (merchants.Merchant, error) {
	return f.open().store.Merchants().Merchant(ctx, no)
}

func (f *field) StoreByID(ctx context.Context, storeID string) (merchants.Store, error) {
	return f.open().store.Merchants().StoreByID(ctx, storeID)
}

func (f *field) StoresOf(ctx context.Context, no string) ([]merchants.Store, error) {
	return f.open().store.Merchants().StoresOf(ctx, no)
}

func (f *field) TerminalsOf(ctx context.Context, no string) ([]merchants.Terminal, error) {
	return f.open().store.Merchants().TerminalsOf(ctx, no)
}

func (f *field) Terminal(ctx context.Context, no string) (merchants.Terminal, error) {
	return f.open().store.Merchants().Terminal(ctx, no)
}

func (f *field) Search(ctx context.Context, typed string, limit int) ([]merchants.Hit, error) {
	return f.open().upkeep.Search(ctx, typed, limit)
}

func (f *field) Codes(_ context.Context, r io.Reader) ([]string, error) {
	img, err := picture.Decode(r)
	if err != nil {
		return nil, err
	}
	return scan.Photo(img)
}

// files is the field's office for files.
type files struct{ *field }

func (f files) office() bindfile.Office {
	return bindfile.Office{Plates: f.open().plates, MaxLines: 50, Terminal: func(ctx context.Context, no string) (bindfile.Terminal, error) {
		t, err := f.store.Merchants().Terminal(ctx, no)
		return bindfile.Terminal{No: t.No, StoreID: t.StoreID, MerchantNo: t.MerchantNo, Closed: !t.ClosedAt.IsZero()}, err
	}}
}

func (f files) Bind(ctx context.Context, r io.Reader, by, reason string) (int, []bindfile.Problem, error) {
	return f.office().Bind(ctx, r, by, reason)
}

func (f files) Check(ctx context.Context, r io.Reader) (int, []bindfile.Problem, error) {
	return f.office().Check(ctx, r)
}

// bindings is a file that binds plates to terminalA2.
func bindings(serials ...string) string {
	text := "plate,terminal_no\n"
	for _, serial := range serials {
		text += fmt.Sprintf("%s,%s\n", serial, terminalA2)
	}
	return text
}
