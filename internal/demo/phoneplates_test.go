package demo

import (
	"context"
	"testing"

	"juma/acquiring/sandbox/phone"
	"juma/internal/fault"
	"juma/qrcode"
)

// The phone shows every bound plate, and at the end one of each kind that cannot
// be paid with.
func TestPlatesForThePhone(t *testing.T) {
	ctx := context.Background()
	d := open(t, small(t.TempDir()))
	result(t, d)
	views := func() (bound int, rest []phone.PlateView) {
		t.Helper()
		all, err := d.platesForPhone(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for bound < len(all) && all[bound].State == phone.Usable {
			bound++
		}
		return bound, all[bound:]
	}
	bound, rest := views()
	counts, err := d.app.Store.Plates().CountPlates(ctx)
	if err != nil || bound != counts[qrcode.Bound] || len(rest) != 2 || rest[0].State != phone.Blank || rest[1].State != phone.Invented {
		t.Fatalf("%d bound of %v, then %+v, %v", bound, counts, rest, err)
	}
	for _, v := range rest {
		if len(v.Picture) == 0 || v.Store != "" || v.Merchant != "" {
			t.Errorf("%s %s: %d bytes of picture, store %q", v.State, v.Serial, len(v.Picture), v.Store)
		}
	}
	path, err := phone.EntryPath(rest[1].URL)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := d.app.Plates.Resolve(ctx, path[len("/q/"):]); !fault.Is(err, fault.NotFound) {
		t.Errorf("the invented plate: %v", err)
	}
	if err := d.app.Plates.Suspend(ctx, d.plateOf(0).plate.Key, "test", "lost"); err != nil {
		t.Fatal(err)
	}
	if now, rest := views(); now != bound-1 || len(rest) != 3 || rest[0].State != phone.Suspended || rest[0].Store == "" {
		t.Errorf("after one was suspended: %d bound, %+v", now, rest)
	}
}
