package app

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"io"
	"path/filepath"

	"juma/acquiring"
	"juma/internal/audit"
	"juma/internal/fault"
	"juma/internal/id"
	"juma/internal/store"
	"juma/qrcode"
	"juma/qrcode/delivery"
	"juma/qrcode/render"
)

// BareCode is the product that is no template: the code and its quiet zone.
const BareCode = "code"

// pdfPlates is how many plates one PDF holds, or as many as fill whole sheets.
const pdfPlates = 240

// Pictures says how plates become files of a format: as the bare code, or as one
// of render.Templates, with a logo of one or two characters in the middle of the
// code if it is not "". Errors are fault kind Invalid and name format or template.
func Pictures(format render.Format, product, logo string) (delivery.Pictures, error) {
	opt := render.Options{Logo: logo}
	drawn := func(draw func(io.Writer) error) ([]byte, error) {
		var b bytes.Buffer
		err := draw(&b)
		return b.Bytes(), err
	}
	if product == BareCode {
		return delivery.Pictures{Ext: string(format), Each: 1, Draw: func(plates []qrcode.Plate) ([]byte, error) {
			return drawn(func(w io.Writer) error { return render.Code(w, format, plates[0].Payload, opt) })
		}}, nil
	}
	template, err := render.ParseTemplate(product)
	if err != nil {
		return delivery.Pictures{}, err
	}
	each := template.PerPage()
	if format == render.FormatPDF {
		each = pdfPlates / each * each
	}
	return delivery.Pictures{Ext: string(format), Each: each, Draw: func(plates []qrcode.Plate) ([]byte, error) {
		labels := make([]render.Label, len(plates))
		for i, p := range plates {
			labels[i] = render.Label{Payload: p.Payload, Serial: p.Serial}
		}
		return drawn(func(w io.Writer) error { return render.Sheet(w, format, template, labels, opt) })
	}}, nil
}

// manifestKey is what manifests are signed with in a data directory. It is drawn
// when there is none.
func manifestKey(dir string, rnd id.Random) (ed25519.PrivateKey, error) {
	seed, err := keptKey(filepath.Join(dir, ManifestKeyFile), rnd)
	if err != nil {
		return nil, err
	}
	return ed25519.NewKeyFromSeed(seed), nil
}

// ManifestKey is what this server's manifests are signed with.
func (a *App) ManifestKey() (ed25519.PrivateKey, error) {
	return manifestKey(a.DataDir, a.ManifestSeed)
}

// Press hands out batches of plates as ZIP files.
type Press struct {
	Plates *qrcode.Service
	Store  *store.Store
	Key    func() (ed25519.PrivateKey, error) // signs the manifests
}

// Archive writes a batch with PNG pictures of a product; "" is the manifest alone.
// That it is handed out is in the audit before the first byte leaves, whatever
// becomes of the rest; the batch counts as exported when it was written to its
// end. A batch that is not made is fault kind NotReady.
func (p *Press) Archive(ctx context.Context, w io.Writer, batchID, product, by string) error {
	const op = "app.Archive"
	b, err := p.Plates.Repo.Batch(ctx, batchID)
	if err != nil {
		return fault.Wrap(op, "", err)
	}
	if !qrcode.MoveExport.Allows(b.State) {
		return &fault.Error{Op: op, Kind: fault.NotReady, Field: "batch", Value: b.ID, Msg: "its plates are not made yet"}
	}
	pictures := delivery.Pictures{}
	if product != "" {
		if pictures, err = Pictures(render.FormatPNG, product, ""); err != nil {
			return fault.Wrap(op, "", err)
		}
	}
	key, err := p.Key()
	if err != nil {
		return err
	}
	if err := p.record(ctx, b, product, by); err != nil {
		return fault.Wrap(op, "", err)
	}
	done, err := delivery.Archive{Batch: b, Pictures: pictures, Key: key, Plates: p.platesOf(b.ID)}.Write(ctx, w)
	if err != nil {
		return fault.Wrap(op, "", err)
	}
	_, err = p.Plates.Export(ctx, b.ID, done.SHA256, by)
	return fault.Wrap(op, "", err)
}

func (p *Press) platesOf(batchID string) func(context.Context, string, int) ([]qrcode.Plate, error) {
	return func(ctx context.Context, after string, limit int) ([]qrcode.Plate, error) {
		plates, _, err := p.Plates.Repo.FindPlates(ctx, qrcode.Filter{BatchID: batchID}, after, limit)
		return plates, err
	}
}

// record says in the audit who gets the plates' codes.
func (p *Press) record(ctx context.Context, b qrcode.Batch, product, by string) error {
	e := audit.Entry{At: p.Plates.Clock.Now(), Actor: by, Action: "batch.download", Object: "batch " + b.ID, Before: string(b.State), After: "zip " + product}
	return p.Store.Acquiring().Update(ctx, func(tx acquiring.Tx) error { return tx.Audit(e) })
}
