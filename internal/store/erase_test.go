package store_test

import (
	"testing"

	"juma/internal/dbtest"
	"juma/internal/store"
	"juma/qrcode"
)

func TestEraseAllLeavesAnEmptyUsableDatabase(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		createShop(t, s)
		must(t, s.SetMeta(ctx, "demo", "x"))
		b, plates := plateBatch(3)
		storePlates(t, s, b, plates)
		must(t, s.EraseAll(ctx))
		if _, found, err := s.Meta(ctx, "demo"); found || err != nil {
			t.Errorf("the fact is still there: %v", err)
		}
		if counts := get[map[qrcode.State]int](t)(s.Plates().CountPlates(ctx)); len(counts) != 0 {
			t.Errorf("plates are still there: %v", counts)
		}
		createShop(t, s) // and it can be used again
		storePlates(t, s, b, plates)
	})
}
