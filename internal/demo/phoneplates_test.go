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
	if err != nil || bound != counts[qrcode.Bound] || len(rest) != 3 || rest[0].State != phone.Suspended || rest[1].State != phone.Blank || rest[2].State != phone.Invented {
		t.Fatalf("%d bound of %v, then %d, %v", bound, counts, len(rest), err)
	}
	if rest[0].Serial != d.stopped.plate.Serial || rest[0].Store == "" {
		t.Errorf("the suspended one is %s at %q", rest[0].Serial, rest[0].Store)
	}
	for _, v := range rest[1:] {
		if len(v.Picture) == 0 || v.Store != "" || v.Merchant != "" {
			t.Errorf("%s %s: %d bytes of picture, store %q", v.State, v.Serial, len(v.Picture), v.Store)
		}
	}
	path, err := phone.EntryPath(rest[2].URL)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := d.app.Plates.Resolve(ctx, path[len("/q/"):]); !fault.Is(err, fault.NotFound) {
		t.Errorf("the invented plate: %v", err)
	}
}
