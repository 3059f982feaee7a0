package dbtest_test

import (
	"context"
	"testing"

	"juma/internal/dbtest"
	"juma/internal/store"
)

func TestEachOpensTheSameDatabaseTwice(t *testing.T) {
	kinds := 0
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		kinds++
		ctx := context.Background()
		if err := open().SetMeta(ctx, "seed", "7"); err != nil {
			t.Fatal(err)
		}
		if v, found, err := open().Meta(ctx, "seed"); v != "7" || !found || err != nil {
			t.Fatalf("the second store reads %q, %v, %v", v, found, err)
		}
	})
	if kinds == 0 {
		t.Fatal("no kind of database ran")
	}
}
