package store_test

import (
	"slices"
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
		seeds := func() []string {
			rows := get[[]string](t)(s.Column("SELECT name FROM fences ORDER BY name"))
			rows = append(rows, get[[]string](t)(s.Column("SELECT name FROM audit_head ORDER BY name"))...)
			return append(rows, get[[]string](t)(s.Column("SELECT CAST(bucket AS CHAR) FROM payer_locks ORDER BY bucket"))...)
		}
		before := seeds()
		must(t, s.EraseAll(ctx))
		if after := seeds(); len(after) < 250 || !slices.Equal(before, after) {
			t.Errorf("rows that come with the migrations: %v, before %v", after, before)
		}
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
