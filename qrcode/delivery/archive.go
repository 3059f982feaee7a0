package delivery

import (
	"archive/zip"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"os"
	"runtime"
	"strings"
	"time"

	"juma/internal/fault"
	"juma/qrcode"
)

// Archive is a delivery as one ZIP file: unpacked, it is the directory that a
// Maker makes, and a Verifier proves it. It is written in one go and cannot be
// continued.
type Archive struct {
	Batch qrcode.Batch
	// Plates lists the batch's plates by serial, after the given one, at most limit.
	Plates   func(ctx context.Context, afterSerial string, limit int) ([]qrcode.Plate, error)
	Pictures Pictures
	Key      ed25519.PrivateKey
}

// Write writes the file. Pictures go out as they are drawn, a few at a time; the
// manifest waits in a temporary file, because its lines are known only after their
// pictures and entries of a ZIP file do not interleave. So the memory needed does
// not grow with the batch.
func (a Archive) Write(ctx context.Context, w io.Writer) (_ Done, err error) {
	const op = "delivery.Archive"
	lines, err := os.CreateTemp("", "juma-manifest-")
	if err != nil {
		return Done{}, fault.Wrap(op, fault.Unavailable, err)
	}
	defer func() { err = errors.Join(err, lines.Close(), os.Remove(lines.Name())) }()
	out := &archive{zip: zip.NewWriter(w), at: a.Batch.CreatedAt, lines: lines, digest: sha256.New()}
	if err := out.manifest([]byte(strings.Join(Header, ",") + "\n")); err != nil {
		return Done{}, fault.Wrap(op, "", err)
	}
	for out.plates < a.Batch.Count {
		if err := ctx.Err(); err != nil {
			return Done{}, fault.Wrap(op, fault.Unavailable, err)
		}
		if err := a.step(ctx, out); err != nil {
			return Done{}, fault.Wrap(op, "", err)
		}
	}
	done := Done{Plates: out.plates, SHA256: hex.EncodeToString(out.digest.Sum(nil))}
	return done, fault.Wrap(op, "", out.finish(Statement{Batch: a.Batch.ID, Plates: done.Plates, SHA256: done.SHA256}, a.Key))
}

// archive is a ZIP file as far as it is written.
type archive struct {
	zip    *zip.Writer
	at     time.Time // what every entry is dated, so that the same batch is the same file
	lines  *os.File
	digest hash.Hash
	plates int
	last   string // serial
}

// step draws and writes the next plates.
func (a Archive) step(ctx context.Context, out *archive) error {
	want := partPlates
	if a.Pictures.Draw != nil {
		want = a.Pictures.Each * 4 * runtime.GOMAXPROCS(0)
	}
	plates, err := a.Plates(ctx, out.last, min(want, a.Batch.Count-out.plates))
	if err != nil {
		return err
	}
	if len(plates) == 0 {
		return fault.New("delivery.Archive", fault.Conflict, "batch %s has %d plates, %d were ordered", a.Batch.ID, out.plates, a.Batch.Count)
	}
	rows := make([]Row, len(plates))
	for i, plate := range plates {
		if rows[i], err = newRow(plate, a.Batch.Host); err != nil {
			return err
		}
	}
	if a.Pictures.Draw != nil {
		if err := a.draw(plates, rows, out); err != nil {
			return err
		}
	}
	text, err := encode(rows)
	if err != nil {
		return err
	}
	out.plates, out.last = out.plates+len(plates), plates[len(plates)-1].Serial
	return out.manifest(text)
}

// draw draws side by side and writes in order.
func (a Archive) draw(plates []qrcode.Plate, rows []Row, out *archive) error {
	each := a.Pictures.Each
	names, contents := make([]string, (len(plates)+each-1)/each), make([][]byte, (len(plates)+each-1)/each)
	err := a.Pictures.files(len(plates), func(from, to int) (err error) {
		names[from/each], contents[from/each], err = a.Pictures.draw(plates[from:to], rows[from:to])
		return err
	})
	for i := 0; i < len(names) && err == nil; i++ {
		err = out.add(names[i], zip.Store, contents[i]) // pictures are compressed already
	}
	return err
}

// manifest adds lines.
func (o *archive) manifest(text []byte) error {
	o.digest.Write(text)
	_, err := o.lines.Write(text)
	return err
}

func (o *archive) entry(name string, method uint16) (io.Writer, error) {
	return o.zip.CreateHeader(&zip.FileHeader{Name: name, Method: method, Modified: o.at.UTC()})
}

func (o *archive) add(name string, method uint16, content []byte) error {
	w, err := o.entry(name, method)
	if err == nil {
		_, err = w.Write(content)
	}
	return err
}

// finish writes the manifest with its signature, and the end of the file.
func (o *archive) finish(s Statement, key ed25519.PrivateKey) error {
	public, err := PublicPEM(key.Public().(ed25519.PublicKey))
	if err != nil {
		return err
	}
	if _, err := o.lines.Seek(0, io.SeekStart); err != nil {
		return err
	}
	w, err := o.entry(ManifestFile, zip.Deflate)
	if err != nil {
		return err
	}
	if _, err := io.Copy(w, o.lines); err != nil {
		return err
	}
	if err := o.add(SignatureFile, zip.Deflate, s.Sign(key)); err != nil {
		return err
	}
	if err := o.add(PublicKeyFile, zip.Deflate, public); err != nil {
		return err
	}
	return o.zip.Close()
}
