package store_test

import (
	"fmt"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"juma/internal/dbtest"
	"juma/internal/fault"
	"juma/internal/store"
	"juma/merchants"
	"juma/qrcode"
)

func TestMerchantIsStoredWhole(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		createShop(t, s)
		m := s.Merchants()
		got := get[merchants.Merchant](t)(m.Merchant(ctx, shop))
		if got.Name != "上海某某餐饮有限公司" || got.Account.CNAPS != "999290000012" || got.State != merchants.Active || !got.CreatedAt.Equal(noon) || got.SettledByWallet {
			t.Errorf("merchant %+v", got)
		}
		stores := get[[]merchants.Store](t)(m.StoresOf(ctx, shop))
		if len(stores) != 1 || get[merchants.Store](t)(m.StoreByID(ctx, stores[0].ID)) != stores[0] {
			t.Errorf("stores %+v", stores)
		}
		if got := get[[]merchants.Terminal](t)(m.TerminalsOf(ctx, shop)); len(got) != 1 || get[merchants.Terminal](t)(m.Terminal(ctx, terminal)) != got[0] {
			t.Errorf("terminals %+v", got)
		}
		if got := get[[]merchants.Agreement](t)(m.Agreements(ctx, shop)); len(got) != 1 || got[0].Rate != 3800 || got[0].From != day {
			t.Errorf("agreements %+v", got)
		}
		if got := get[[]merchants.Enrolment](t)(m.Enrolments(ctx, shop)); len(got) != 1 {
			t.Errorf("enrolments %+v", got)
		}
		if got := get[string](t)(m.MerchantNoAt(ctx, "wechat", "1900000109")); got != shop {
			t.Errorf("merchant at the channel: %s", got)
		}
		for name, err := range map[string]error{
			"merchant_no": second(m.Merchant(ctx, "none")), "id": second(m.StoreByID(ctx, "none")), "terminal_no": second(m.Terminal(ctx, "none")),
			"channel_id": second(m.MerchantNoAt(ctx, "alipay", "1900000109")),
		} {
			wantFault(t, err, fault.NotFound, name)
		}
	})
}

func second[T any](_ T, err error) error { return err }

func TestMerchantWithATakenNumberIsNotStored(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		createShop(t, s)
		const other = "999581054110002"
		for _, row := range []struct {
			field      string
			no         string
			terminals  []merchants.Terminal
			agreements []merchants.Agreement
			enrolments []merchants.Enrolment
		}{
			{field: "merchant_no", no: shop},
			{field: "terminal_no", no: other, terminals: []merchants.Terminal{{No: terminal, MerchantNo: other}}},
			{field: "channel_id", no: other, enrolments: []merchants.Enrolment{{MerchantNo: other, Channel: "wechat", ChannelID: "1900000109", State: merchants.EnrolAccepted}}},
			{field: "channel", no: other, enrolments: []merchants.Enrolment{{MerchantNo: shop, Channel: "wechat", ChannelID: "2", State: merchants.EnrolAccepted}}},
			{field: "version", no: other, agreements: []merchants.Agreement{{ID: newID(), MerchantNo: shop, Channel: "wechat", From: day}}},
		} {
			err := s.Merchants().CreateMerchant(ctx, merchants.Merchant{No: row.no, State: merchants.Active}, nil, row.terminals, row.agreements, row.enrolments)
			wantFault(t, err, fault.Conflict, row.field)
			wantFault(t, second(s.Merchants().Merchant(ctx, other)), fault.NotFound, "")
		}
	})
}

func TestMerchantsPageAndMove(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		m := open().Merchants()
		for i := range 5 {
			must(t, m.CreateMerchant(ctx, merchants.Merchant{No: fmt.Sprintf("99929005812000%d", 5-i), State: merchants.Active, SettledByWallet: i == 0}, nil, nil, nil, nil))
		}
		var seen []string
		for after := ""; ; {
			page := get[[]merchants.Merchant](t)(m.Merchants(ctx, after, 2))
			if len(page) == 0 {
				break
			}
			for _, x := range page {
				seen = append(seen, x.No[14:])
			}
			after = page[len(page)-1].No
		}
		if strings.Join(seen, "") != "12345" {
			t.Errorf("pages hold %v", seen)
		}
		for _, row := range []struct {
			from  []merchants.State
			to    merchants.State
			moved bool
		}{
			{[]merchants.State{merchants.Suspended}, merchants.Active, false},
			{[]merchants.State{merchants.Active, merchants.Suspended}, merchants.Closed, true},
			{[]merchants.State{merchants.Active}, merchants.Suspended, false},
		} {
			if moved := get[bool](t)(m.SetMerchantState(ctx, shop, row.from, row.to)); moved != row.moved {
				t.Errorf("%v to %s: %v, want %v", row.from, row.to, moved, row.moved)
			}
		}
	})
}

// plateBatch makes n blank plates with serials from 0.
func plateBatch(n int) (qrcode.Batch, []qrcode.Plate) {
	b := qrcode.Batch{ID: newID(), Grammar: qrcode.Own, Count: n, CreatedAt: noon, CreatedBy: "operator"}
	all := make([]qrcode.Plate, n)
	for i := range all {
		key := fmt.Sprintf("KEY%019d", i)
		all[i] = qrcode.Plate{Key: key, Serial: fmt.Sprintf("2603%07d", i), BatchID: b.ID, Grammar: qrcode.Own, Payload: "https://pay.example.com/q/" + key, State: qrcode.Blank, CreatedAt: noon.UTC()}
	}
	return b, all
}

func TestPlatesAreIssuedAllOrNone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		b, all := plateBatch(700)
		must(t, s.Plates().CreateBatch(ctx, b, all))
		b2, twice := plateBatch(400)
		for i := range twice {
			twice[i].Serial = "x" + twice[i].Serial
			if i < 399 {
				twice[i].Key = "x" + twice[i].Key
			}
		}
		wantFault(t, s.Plates().CreateBatch(ctx, b2, twice), fault.Conflict, "plate_key")
		twice[399].Key, twice[399].Serial = "y", all[0].Serial
		wantFault(t, s.Plates().CreateBatch(ctx, b2, twice), fault.Conflict, "serial")
		if got := get[map[qrcode.State]int](t)(s.Plates().CountPlates(ctx)); !reflect.DeepEqual(got, map[qrcode.State]int{qrcode.Blank: 700}) {
			t.Errorf("plates by state: %v", got)
		}
		page, bound, err := s.Plates().Plates(ctx, all[697].Serial, 5)
		if err != nil || len(page) != 2 || page[1] != all[699] || len(bound) != 2 || bound[0] != (qrcode.Binding{}) {
			t.Errorf("last page %+v %+v %v", page, bound, err)
		}
		_, _, err = s.Plates().Plate(ctx, "another-shop's-key")
		wantFault(t, err, fault.NotFound, "plate_key")
		if strings.Contains(err.Error(), "another-shop") {
			t.Errorf("the fault repeats the key: %v", err)
		}
	})
}

func TestOfTwoWhoBindOneWins(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		stores := []*store.Store{open(), open()}
		b, all := plateBatch(1)
		must(t, stores[0].Plates().CreateBatch(ctx, b, all))
		var winners atomic.Int64
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				moved, err := stores[i%2].Plates().Bind(ctx, qrcode.Binding{PlateKey: all[0].Key, MerchantNo: shop, StoreID: "S", TerminalNo: fmt.Sprint("T", i), From: noon, BoundBy: "op"})
				if err != nil {
					t.Error(err)
				}
				if moved {
					winners.Add(1)
				}
			})
		}
		wg.Wait()
		history := get[[]qrcode.Binding](t)(stores[0].Plates().Bindings(ctx, all[0].Key))
		if winners.Load() != 1 || len(history) != 1 || history[0].Version != 1 {
			t.Errorf("%d winners, history %+v", winners.Load(), history)
		}
	})
}

func TestPlateLifeAndBindingHistory(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		p := s.Plates()
		b, all := plateBatch(2)
		must(t, p.CreateBatch(ctx, b, all))
		key := all[0].Key
		bind := func(version int) (bool, error) {
			return p.Bind(ctx, qrcode.Binding{PlateKey: key, Version: version, MerchantNo: shop, StoreID: "S", TerminalNo: terminal, From: noon.UTC(), BoundBy: "op"})
		}
		move := func(from, to qrcode.State, at time.Time, want bool) {
			t.Helper()
			if moved, err := p.SetPlateState(ctx, key, []qrcode.State{from}, to, "op", "reason", at); moved != want || err != nil {
				t.Errorf("%s to %s: %v, %v; want %v", from, to, moved, err, want)
			}
		}
		if moved, err := bind(1); !moved || err != nil {
			t.Fatalf("bind: %v, %v", moved, err)
		}
		if moved, err := bind(2); moved || err != nil {
			t.Errorf("bound twice: %v, %v", moved, err)
		}
		move(qrcode.Blank, qrcode.Suspended, noon, false)
		move(qrcode.Bound, qrcode.Suspended, noon.Add(time.Hour), true)
		if got, in, err := p.Plate(ctx, key); err != nil || got.State != qrcode.Suspended || in.Version != 1 {
			t.Errorf("a suspended plate keeps its binding: %+v %+v %v", got, in, err)
		}
		move(qrcode.Suspended, qrcode.Blank, noon.Add(2*time.Hour), true)
		if _, in, _ := p.Plate(ctx, key); in != (qrcode.Binding{}) {
			t.Errorf("a blank plate has a binding: %+v", in)
		}
		if moved, err := bind(1); moved || !fault.Is(err, fault.Conflict) {
			t.Errorf("version 1 again: %v, %v; want a conflict", moved, err)
		}
		if moved, err := bind(0); !moved || err != nil { // the next version
			t.Errorf("bound again: %v, %v", moved, err)
		}
		move(qrcode.Bound, qrcode.Void, noon.Add(3*time.Hour), true)
		history := get[[]qrcode.Binding](t)(p.Bindings(ctx, key))
		if len(history) != 2 || !history[0].To.Equal(noon.Add(2*time.Hour)) || history[1].Version != 2 || !history[1].To.Equal(noon.Add(3*time.Hour)) {
			t.Errorf("history %+v", history)
		}
		changes, err := s.Column("SELECT CONCAT(value_before, '>', value_after, ' ', actor, ' ', reason) FROM audit WHERE object = ? ORDER BY happened_at", "plate "+all[0].Serial)
		if err != nil || strings.Join(changes, ", ") != "bound>suspended op reason, suspended>blank op reason, bound>void op reason" {
			t.Errorf("audit %v, %v", changes, err)
		}
		if moved, err := p.SetPlateState(ctx, "none", []qrcode.State{qrcode.Blank}, qrcode.Void, "op", "", noon); moved || err != nil {
			t.Errorf("no such plate: %v, %v; want false", moved, err)
		}
	})
}

func TestMetaIsOverwritten(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		if _, found, err := s.Meta(ctx, "seed"); found || err != nil {
			t.Errorf("found %v, %v", found, err)
		}
		for _, v := range []string{"1", "1", "二"} {
			must(t, s.SetMeta(ctx, "seed", v))
			if got, found, err := s.Meta(ctx, "seed"); got != v || !found || err != nil {
				t.Errorf("got %q %v %v, want %q", got, found, err, v)
			}
		}
	})
}
