package merchants_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/png"
	"strings"
	"testing"

	"juma/internal/clock"
	"juma/internal/dbtest"
	"juma/internal/fault"
	"juma/internal/id"
	"juma/internal/store"
	"juma/merchants"
)

func photo(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 60, 40))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestUploads(t *testing.T) {
	dbtest.EachEmpty(t, func(t *testing.T, cfg store.Config) {
		if _, err := store.Migrate(ctx, cfg); err != nil {
			t.Fatal(err)
		}
		s := dbtest.Open(t, cfg)
		uploads := func(s *store.Store) *merchants.Uploads {
			return merchants.NewUploads(s.Uploads(), clock.NewSim(day.Start(), 1), id.NewULIDs(id.Seeded(1, "uploads")))
		}
		u := uploads(s)
		up, err := u.Put(ctx, "application-1", merchants.LicencePicture, bytes.NewReader(photo(t)), "owner1")
		if err != nil || up.Width != 60 || up.Height != 40 || up.Size == 0 || up.CreatedBy != "owner1" || !up.CreatedAt.Equal(day.Start()) {
			t.Fatalf("%+v, %v", up, err)
		}
		up.CreatedAt = up.CreatedAt.UTC() // as it is read back
		got, content, err := u.Open(ctx, up.ID)
		if err != nil || got != up || int64(len(content)) != up.Size || !bytes.HasPrefix(content, []byte("\xff\xd8\xff")) {
			t.Errorf("%+v, %d bytes, %v", got, len(content), err)
		}
		if found, err := u.Find(ctx, up.ID); err != nil || found != up {
			t.Errorf("%+v, %v", found, err)
		}
		if mine, err := u.List(ctx, "application-1"); err != nil || len(mine) != 1 || mine[0] != up {
			t.Errorf("%+v, %v", mine, err)
		}
		if others, err := u.List(ctx, "application-2"); err != nil || len(others) != 0 {
			t.Errorf("another's: %+v, %v", others, err)
		}
		if _, _, err := u.Open(ctx, "01ARZ3NDEKTSV4RRFFQ69G5FAV"); !fault.Is(err, fault.NotFound) {
			t.Errorf("none: %v", err)
		}

		raw := dbtest.Raw(t, cfg)
		var stored []byte
		if err := raw.QueryRow("SELECT content FROM uploads").Scan(&stored); err != nil || len(stored) <= len(content) || bytes.Contains(stored, content[:16]) {
			t.Errorf("%d bytes are stored for %d, %v", len(stored), len(content), err)
		}
		fresh, err := cfg.Keys.WithNewKey()
		if err != nil {
			t.Fatal(err)
		}
		both, after := cfg, cfg
		both.Keys, after.Keys = fresh, fresh.OnlyNewest()
		if n, err := dbtest.Open(t, both).Reseal(ctx, nil); err != nil || n != 1 {
			t.Errorf("resealed %d, %v", n, err)
		}
		if _, again, err := uploads(dbtest.Open(t, after)).Open(ctx, up.ID); err != nil || !bytes.Equal(again, content) {
			t.Errorf("with the new key alone: %v", err)
		}
		if _, err := raw.Exec("UPDATE uploads SET sha256 = 'x'"); err != nil {
			t.Fatal(err)
		}
		if _, _, err := uploads(dbtest.Open(t, after)).Open(ctx, up.ID); !fault.Is(err, fault.Corrupt) {
			t.Errorf("another picture than was stored: %v", err)
		}
	})
}

func TestUploadsRefuse(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		u := merchants.NewUploads(s.Uploads(), clock.NewSim(day.Start(), 1), id.NewULIDs(id.Seeded(1, "uploads")))
		if _, err := u.Put(ctx, "a", "selfie", bytes.NewReader(photo(t)), "owner1"); !fault.Is(err, fault.Invalid) {
			t.Errorf("an unknown kind: %v", err)
		}
		if _, err := u.Put(ctx, "a", merchants.LicencePicture, strings.NewReader("<svg/>"), "owner1"); !fault.Is(err, fault.Invalid) {
			t.Errorf("no photo: %v", err)
		}
		if _, err := u.Put(ctx, "", merchants.LicencePicture, bytes.NewReader(photo(t)), "owner1"); err == nil {
			t.Error("a picture of nobody")
		}
		gone, cancel := context.WithCancel(ctx)
		cancel()
		if _, err := u.Put(gone, "a", merchants.LicencePicture, bytes.NewReader(photo(t)), "owner1"); !errors.Is(err, context.Canceled) {
			t.Errorf("a visitor who left: %v", err)
		}
		ids := id.NewULIDs(id.Seeded(2, "many"))
		for range 200 {
			full := merchants.Upload{ID: ids.At(day.Start()), Owner: "full", Kind: merchants.LicencePicture}
			if err := s.Uploads().PutUpload(ctx, full, []byte("x")); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := u.Put(ctx, "full", merchants.LicencePicture, bytes.NewReader(photo(t)), "owner1"); !fault.Is(err, fault.Refused) {
			t.Errorf("one more: %v", err)
		}
		if left, err := u.List(ctx, "a"); err != nil || len(left) != 0 {
			t.Errorf("refused pictures were stored: %+v, %v", left, err)
		}
	})
}
