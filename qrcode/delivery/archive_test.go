package delivery_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"juma/qrcode"
	"juma/qrcode/delivery"
)

func archiveOf(b qrcode.Batch, all []qrcode.Plate, p delivery.Pictures) delivery.Archive {
	m := maker("", b, all, p)
	return delivery.Archive{Batch: m.Batch, Plates: m.Plates, Pictures: m.Pictures, Key: m.Key}
}

// unpacked writes the files of an archive into a directory.
func unpacked(t *testing.T, content []byte) (dir string) {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	dir = t.TempDir()
	if err := os.CopyFS(dir, z); err != nil {
		t.Fatal(err)
	}
	return dir
}

// An archive, unpacked, is the directory that Maker makes, byte for byte; the same
// batch is the same archive.
func TestAnArchiveIsTheDirectoryInOneFile(t *testing.T) {
	for _, each := range []int{0, 1, 7} {
		t.Run(fmt.Sprint(each), func(t *testing.T) {
			b, all := batch(t, 100)
			pictures := delivery.Pictures{}
			if each > 0 {
				pictures = texts(each)
			}
			var first, second bytes.Buffer
			done, err := archiveOf(b, all, pictures).Write(ctx, &first)
			if err != nil || done.Plates != 100 {
				t.Fatalf("%+v, %v", done, err)
			}
			if _, err := archiveOf(b, all, pictures).Write(ctx, &second); err != nil || !bytes.Equal(first.Bytes(), second.Bytes()) {
				t.Errorf("the same batch gives another file (%v)", err)
			}
			dir, want := unpacked(t, first.Bytes()), made(t, 100, each)
			report, lines := proof(t, dir)
			if report.Plates != 100 || report.Signer == "" || len(lines) != 0 {
				t.Errorf("%+v %q", report, lines)
			}
			err = filepath.WalkDir(want, func(path string, d fs.DirEntry, err error) error {
				if err != nil || d.IsDir() {
					return err
				}
				name, _ := filepath.Rel(want, path)
				a, errA := os.ReadFile(path)
				b, errB := os.ReadFile(filepath.Join(dir, name))
				if err := errors.Join(errA, errB); err != nil || !bytes.Equal(a, b) {
					t.Errorf("%s differs (%v)", name, err)
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
}

// watched tells how much memory is in use while an archive is written.
type watched struct {
	bytes int64
	most  uint64
}

func (w *watched) Write(p []byte) (int, error) {
	if before := w.bytes; before>>24 != (before+int64(len(p)))>>24 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		w.most = max(w.most, m.HeapAlloc)
	}
	w.bytes += int64(len(p))
	return len(p), nil
}

func TestAnArchiveNeedsLittleMemory(t *testing.T) {
	b, all := batch(t, 20_000)
	page := make([]byte, 12<<10)
	pictures := delivery.Pictures{Ext: "bin", Each: 1, Draw: func([]qrcode.Plate) ([]byte, error) { return bytes.Clone(page), nil }}
	runtime.GC()
	var before runtime.MemStats
	runtime.ReadMemStats(&before)
	w := &watched{}
	if _, err := archiveOf(b, all, pictures).Write(ctx, w); err != nil {
		t.Fatal(err)
	}
	if w.bytes < 230<<20 || w.most > before.HeapAlloc+48<<20 {
		t.Errorf("%d MiB written, %d MiB of memory in use before, %d at the most", w.bytes>>20, before.HeapAlloc>>20, w.most>>20)
	}
}

// Who goes away while it is written leaves no temporary file.
func TestAnArchiveThatIsStoppedLeavesNothing(t *testing.T) {
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	b, all := batch(t, 300)
	stopped, stop := context.WithCancel(ctx)
	a := archiveOf(b, all, texts(1))
	next := a.Plates
	a.Plates = func(ctx context.Context, after string, limit int) ([]qrcode.Plate, error) {
		if after != "" {
			stop()
		}
		return next(ctx, after, limit)
	}
	if _, err := a.Write(stopped, io.Discard); err == nil {
		t.Error("it went on")
	}
	if left, err := os.ReadDir(tmp); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
