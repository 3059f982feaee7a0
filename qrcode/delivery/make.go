package delivery

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"sync"

	"juma/internal/fault"
	"juma/internal/safefile"
	"juma/qrcode"
)

// Pictures says how plates become files; the zero value makes none.
type Pictures struct {
	Ext  string // "png"
	Each int    // plates in one file
	// Draw writes one file. The same plates must give the same bytes. It is called
	// by several goroutines at a time.
	Draw func(plates []qrcode.Plate) ([]byte, error)
}

// Maker makes the directory of a batch.
type Maker struct {
	Dir   string
	Batch qrcode.Batch
	// Plates lists the batch's plates by serial, after the given one, at most limit.
	Plates func(ctx context.Context, afterSerial string, limit int) ([]qrcode.Plate, error)
	// Plate returns one of them.
	Plate    func(ctx context.Context, serial string) (qrcode.Plate, error)
	Pictures Pictures
	Key      ed25519.PrivateKey
	Progress func(done, total int) // may be nil
}

// Done is what was made.
type Done struct {
	Plates int
	SHA256 string // of the manifest
}

// How many plates are made between two writes of the manifest: without pictures,
// and with.
const (
	partPlates   = 20_000
	partPictures = 500
)

// Run makes what is missing. When it is stopped, by its context or by the end of
// the process, what is there is a directory without manifest, and the next Run
// goes on behind the last plate that is whole: pictures are written before the
// lines that name them, and the manifest gets its name last. A finished directory
// is left as it is.
func (m Maker) Run(ctx context.Context) (Done, error) {
	const op = "delivery.Run"
	if m.Progress == nil {
		m.Progress = func(int, int) {}
	}
	if done, err := m.finished(); err == nil || !os.IsNotExist(err) {
		return done, fault.Wrap(op, "", err)
	}
	p, err := openPart(filepath.Join(m.Dir, partFile), m.Pictures.Each > 1)
	if err != nil {
		return Done{}, fault.Wrap(op, "", err)
	}
	defer p.close()
	if err := m.recognise(ctx, p); err != nil {
		return Done{}, err
	}
	for p.rows < m.Batch.Count {
		m.Progress(p.rows, m.Batch.Count)
		if err := ctx.Err(); err != nil {
			return Done{}, fault.Wrap(op, fault.Unavailable, err)
		}
		if err := m.step(ctx, p); err != nil {
			return Done{}, fault.Wrap(op, "", err)
		}
	}
	m.Progress(p.rows, m.Batch.Count)
	done := Done{Plates: p.rows, SHA256: hex.EncodeToString(p.digest.Sum(nil))}
	return done, fault.Wrap(op, "", m.finish(p, done))
}

// recognise holds the last line that is there against the database: another
// batch's lines must not be continued.
func (m Maker) recognise(ctx context.Context, p *part) error {
	if p.rows == 0 {
		return nil
	}
	last, err := m.Plate(ctx, p.last.Serial)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return fault.Wrap("delivery.Run", "", err)
	}
	if err != nil || last.Key != p.last.Key {
		return fault.New("delivery.Run", fault.Conflict, "%s holds plates that are not of batch %s; choose another directory", m.Dir, m.Batch.ID)
	}
	return nil
}

// step makes the next part: pictures first, then lines.
func (m Maker) step(ctx context.Context, p *part) error {
	want := partPlates
	if m.Pictures.Draw != nil {
		want = max(1, partPictures/m.Pictures.Each) * m.Pictures.Each
	}
	plates, err := m.Plates(ctx, p.last.Serial, min(want, m.Batch.Count-p.rows))
	if err != nil {
		return err
	}
	if len(plates) == 0 {
		return fault.New("delivery.Run", fault.Conflict, "batch %s has %d plates, %d were ordered", m.Batch.ID, p.rows, m.Batch.Count)
	}
	rows := make([]Row, len(plates))
	for i, plate := range plates {
		if rows[i], err = newRow(plate, m.Batch.Host); err != nil {
			return err
		}
	}
	if m.Pictures.Draw != nil {
		if err := m.draw(plates, rows); err != nil {
			return err
		}
	}
	return p.add(rows)
}

// draw writes the pictures of the plates and names them in their rows.
func (m Maker) draw(plates []qrcode.Plate, rows []Row) error {
	return m.Pictures.files(len(plates), func(from, to int) error { return m.drawFile(plates[from:to], rows[from:to]) })
}

// files calls draw, side by side, for the plates of each file.
func (p Pictures) files(plates int, draw func(from, to int) error) error {
	files := (plates + p.Each - 1) / p.Each
	errs := make([]error, files)
	next := make(chan int)
	var workers sync.WaitGroup
	for range min(files, runtime.GOMAXPROCS(0)) {
		workers.Go(func() {
			for i := range next {
				errs[i] = draw(i*p.Each, min((i+1)*p.Each, plates))
			}
		})
	}
	for i := range files {
		next <- i
	}
	close(next)
	workers.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// drawFile writes one picture. It is written in place: as long as no line names
// it nobody looks at it, and it is written again when this is repeated.
func (m Maker) drawFile(plates []qrcode.Plate, rows []Row) error {
	name, content, err := m.Pictures.draw(plates, rows)
	if err != nil {
		return err
	}
	path := filepath.Join(m.Dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, content, 0o644)
}

// draw makes the content of one file and names it in the plates' rows. The name is
// relative to the manifest, with slashes.
func (p Pictures) draw(plates []qrcode.Plate, rows []Row) (name string, content []byte, err error) {
	if content, err = p.Draw(plates); err != nil {
		return "", nil, fault.Wrap("delivery.draw plate "+plates[0].Serial, "", err)
	}
	first, last := plates[0].Serial, plates[len(plates)-1].Serial
	name = path.Join(pictures, first[:len(first)-3], first) + "." + p.Ext
	if p.Each > 1 {
		name = path.Join(pictures, first+"-"+last) + "." + p.Ext
	}
	sum := sha256.Sum256(content)
	for i := range rows {
		rows[i].File, rows[i].SHA256 = name, hex.EncodeToString(sum[:])
	}
	return name, content, nil
}

// finish signs the manifest and gives it its name.
func (m Maker) finish(p *part, done Done) error {
	public, err := PublicPEM(m.Key.Public().(ed25519.PublicKey))
	if err != nil {
		return err
	}
	if err := safefile.Write(filepath.Join(m.Dir, PublicKeyFile), public); err != nil {
		return err
	}
	statement := Statement{Batch: m.Batch.ID, Plates: done.Plates, SHA256: done.SHA256}
	if err := safefile.Write(filepath.Join(m.Dir, SignatureFile), statement.Sign(m.Key)); err != nil {
		return err
	}
	if err := p.file.Sync(); err != nil {
		return err
	}
	if err := os.Rename(p.file.Name(), filepath.Join(m.Dir, ManifestFile)); err != nil {
		return err
	}
	return safefile.SyncDir(m.Dir)
}

// finished returns what a finished directory says; os.ErrNotExist when it is not.
func (m Maker) finished() (Done, error) {
	if _, err := os.Stat(filepath.Join(m.Dir, ManifestFile)); err != nil {
		return Done{}, err
	}
	text, err := os.ReadFile(filepath.Join(m.Dir, SignatureFile))
	if err != nil {
		return Done{}, fault.New("delivery.Run", fault.Conflict, "%s has a manifest without signature; choose another directory", m.Dir)
	}
	s, err := ReadStatement(text, m.Key.Public().(ed25519.PublicKey))
	if err != nil {
		return Done{}, err
	}
	if s.Batch != m.Batch.ID {
		return Done{}, fault.New("delivery.Run", fault.Conflict, "%s holds batch %s; choose another directory", m.Dir, s.Batch)
	}
	return Done{Plates: s.Plates, SHA256: s.SHA256}, nil
}

// encode prints rows as they stand in the file.
func encode(rows []Row) ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	for _, r := range rows {
		if err := w.Write(r.fields()); err != nil {
			return nil, err
		}
	}
	w.Flush()
	return b.Bytes(), w.Error()
}
