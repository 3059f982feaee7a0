package app_test

import (
	"archive/zip"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"

	"juma/internal/app"
	"juma/internal/dbtest"
	"juma/internal/fault"
	"juma/internal/store"
	"juma/qrcode"
	"juma/qrcode/delivery"
	"juma/qrcode/render"
	"juma/qrcode/scan"
)

// What the press hands out verifies with the key of the data directory, and the
// audit knows who got it, even if he went away in the middle.
func TestPressHandsOutWhatVerifies(t *testing.T) {
	dir := t.TempDir()
	o, err := app.OpenPlateOffice(ctx, dir, "")
	must(t, err)
	defer o.Close()
	press := app.Press{Plates: o.Service, Store: o.Store, Key: o.ManifestKey}
	b, err := o.Request(ctx, qrcode.Order{Grammar: qrcode.UnionPay, Institution: "99982900", Count: 25, By: "operator"})
	must(t, err)
	if err := press.Archive(ctx, io.Discard, b.ID, "", "operator"); !fault.Is(err, fault.NotReady) {
		t.Errorf("a batch that is not made: %v", err)
	}
	b, err = o.Generate(ctx, b.ID, nil)
	must(t, err)
	if err := press.Archive(ctx, io.Discard, b.ID, "poster", "operator"); !fault.Is(err, fault.Invalid) {
		t.Errorf("an unknown product: %v", err)
	}
	if err := press.Archive(ctx, gone{}, b.ID, "code", "somebody"); err == nil {
		t.Error("a client that went away got everything")
	}
	if b, err = o.Repo.Batch(ctx, b.ID); err != nil || b.State != qrcode.Generated {
		t.Errorf("half a file counts as an export: %s, %v", b.State, err)
	}
	for _, product := range []string{"", app.BareCode, render.A4Sheet.Name} {
		var file bytes.Buffer
		must(t, press.Archive(ctx, &file, b.ID, product, "operator"))
		out := t.TempDir()
		z, err := zip.NewReader(bytes.NewReader(file.Bytes()), int64(file.Len()))
		must(t, err)
		must(t, os.CopyFS(out, z))
		report, err := delivery.Verifier{Dir: out, Decode: scan.File, Differs: func(file, problem string) { t.Errorf("%q: %s: %s", product, file, problem) }}.Run(ctx)
		if want := map[string]int{"": 0, app.BareCode: 25, render.A4Sheet.Name: 3}[product]; err != nil || report.Plates != 25 || report.Files != want {
			t.Errorf("%q: %+v, %v", product, report, err)
		}
	}
	if b, err = o.Repo.Batch(ctx, b.ID); err != nil || b.State != qrcode.Exported || b.Manifest == "" {
		t.Errorf("batch %+v, %v", b, err)
	}
	got := map[string]int{}
	rows, err := dbtest.Raw(t, store.Config{Path: filepath.Join(dir, app.DatabaseFile)}).QueryContext(ctx, "SELECT actor FROM audit WHERE action = 'batch.download' AND object = ?", "batch "+b.ID)
	must(t, err)
	defer rows.Close()
	for rows.Next() {
		var actor string
		must(t, rows.Scan(&actor))
		got[actor]++
	}
	if must(t, rows.Err()); got["operator"] != 3 || got["somebody"] != 1 {
		t.Errorf("downloads on record: %v", got)
	}
}

// gone is a client that closed the connection.
type gone struct{}

func (gone) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }
