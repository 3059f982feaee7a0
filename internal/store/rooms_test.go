package store_test

import (
	"fmt"
	"strings"
	"testing"

	"juma/internal/dbtest"
	"juma/internal/fault"
	"juma/internal/store"
	"juma/merchants"
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
			from, to merchants.State
			moved    bool
		}{
			{merchants.Suspended, merchants.Active, false},
			{merchants.Active, merchants.Closed, true},
			{merchants.Active, merchants.Suspended, false},
		} {
			must(t, m.UpdateLife(ctx, func(tx merchants.LifeTx) error {
				moved, err := tx.MoveMerchant(shop, row.from, row.to)
				if moved != row.moved {
					t.Errorf("%v to %s: %v, want %v", row.from, row.to, moved, row.moved)
				}
				return err
			}))
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
