package delivery

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"juma/internal/fault"
)

// Verifier proves a directory: that its manifest is the one that was signed, that
// every line of it is sound, and that every picture is there, unaltered, and says
// what its line says.
type Verifier struct {
	Dir string
	// Key is whose signature is expected; nil takes the one that lies in the
	// directory, which proves that nothing was altered by mistake.
	Key ed25519.PublicKey
	// Decode reads the codes of a picture in reading order. It must share no code
	// with what draws them.
	Decode func(path string) ([]string, error)
	// Differs is told each difference, in the order of the manifest; the file is
	// relative to the directory.
	Differs  func(file, problem string)
	Progress func(done, total int) // total is 0 as long as nobody signed for it; may be nil
}

// Report is what was looked at.
type Report struct {
	Plates, Files, Differences int
	Signer                     string // fingerprint of the key; "" without a valid signature
}

// Run looks at everything and tells each difference. An error means that the
// directory cannot be judged: there is no manifest in it, or it cannot be read.
func (v Verifier) Run(ctx context.Context) (Report, error) {
	const op = "delivery.Verify"
	f, err := os.Open(filepath.Join(v.Dir, ManifestFile))
	if err != nil {
		return Report{}, fault.New(op, fault.NotFound, "%s holds no %s: it is no delivery, or one that is not finished", v.Dir, ManifestFile)
	}
	defer f.Close()
	run := &proof{Verifier: v, seen: map[[16]byte]bool{}, files: map[[16]byte]bool{}}
	signed := run.readSignature()
	digest := sha256.New()
	rows, err := newReader(io.TeeReader(f, digest))
	if err != nil {
		return Report{}, fault.Wrap(op, fault.Invalid, err)
	}
	for more := true; more; {
		var group []fileRows
		if group, more, err = run.readGroup(rows); err != nil {
			return Report{}, fault.Wrap(op, fault.Internal, err)
		}
		run.lookAt(group)
		if err := ctx.Err(); err != nil {
			return run.report, fault.Wrap(op, fault.Unavailable, err)
		}
		if v.Progress != nil {
			v.Progress(run.report.Plates, signed.Plates)
		}
	}
	if run.report.Signer != "" && signed.SHA256 != hex.EncodeToString(digest.Sum(nil)) {
		run.differs(ManifestFile, "is not the file that was signed")
		run.report.Signer = ""
	}
	if run.report.Signer != "" && signed.Plates != run.report.Plates {
		run.differs(ManifestFile, fmt.Sprintf("has %d lines, %d were signed", run.report.Plates, signed.Plates))
	}
	return run.report, fault.Wrap(op, fault.Internal, run.strangers())
}

// proof is one run of a Verifier.
type proof struct {
	Verifier
	report     Report
	lastSerial string
	open       fileRows          // rows of a file that goes on in the next group
	seen       map[[16]byte]bool // digests of the keys
	files      map[[16]byte]bool // digests of the names of files that lines speak of
}

// fileRows are consecutive lines of one file; without file, one line.
type fileRows struct {
	rows     []Row
	problems []string // of the lines
}

func (p *proof) differs(file, problem string) {
	p.report.Differences++
	p.Differs(file, problem)
}

func digestOf(s string) [16]byte {
	sum := sha256.Sum256([]byte(s))
	return [16]byte(sum[:16])
}

// readSignature returns what was signed; differences when nothing valid was.
func (p *proof) readSignature() Statement {
	key := p.Key
	if key == nil {
		text, err := os.ReadFile(filepath.Join(p.Dir, PublicKeyFile))
		if err == nil {
			key, err = ParsePublic(text)
		}
		if err != nil {
			p.differs(PublicKeyFile, sentence(err, "missing"))
			return Statement{}
		}
	}
	text, err := os.ReadFile(filepath.Join(p.Dir, SignatureFile))
	if err != nil {
		p.differs(SignatureFile, "missing")
		return Statement{}
	}
	s, err := ReadStatement(text, key)
	if err != nil {
		p.differs(SignatureFile, sentence(err, "unreadable"))
		return Statement{}
	}
	p.report.Signer = Fingerprint(key)
	return s
}

// sentence is the error's own words without the operation.
func sentence(err error, missing string) string {
	var f *fault.Error
	if errors.Is(err, fs.ErrNotExist) {
		return missing
	}
	if errors.As(err, &f) && f.Msg != "" {
		return f.Msg
	}
	return err.Error()
}

// groupFiles is how many files are looked at side by side.
const groupFiles = 512

// readGroup reads lines until they speak of enough files.
func (p *proof) readGroup(in *reader) (group []fileRows, more bool, err error) {
	for len(group) < groupFiles {
		row, problem, err := in.next()
		if err == io.EOF {
			if len(p.open.rows) > 0 {
				group = append(group, p.open)
				p.open = fileRows{}
			}
			return group, false, nil
		}
		if err != nil {
			return group, false, err
		}
		p.report.Plates++
		if problem == "" {
			problem = p.rowProblem(row)
		}
		if problem != "" {
			problem = fmt.Sprintf("line %d: %s", in.line, problem)
		}
		if n := len(p.open.rows); n > 0 && (row.File == "" || p.open.rows[n-1].File != row.File) {
			group = append(group, p.open)
			p.open = fileRows{}
		}
		p.open.rows, p.open.problems = append(p.open.rows, row), append(p.open.problems, problem)
	}
	return group, true, nil
}

// rowProblem is what a line says against itself and against those before it.
func (p *proof) rowProblem(r Row) string {
	key := digestOf(r.Key)
	twice := p.seen[key]
	p.seen[key] = true
	why := r.problem()
	switch {
	case twice:
		why = "key " + r.Key + " is there twice"
	case why == "" && r.Serial <= p.lastSerial:
		why = fmt.Sprintf("serial %s does not follow %s", r.Serial, p.lastSerial)
	}
	p.lastSerial = r.Serial
	return why
}

// lookAt judges the files of a group side by side and tells in order.
func (p *proof) lookAt(group []fileRows) {
	found := make([][]string, len(group))
	next := make(chan int)
	var workers sync.WaitGroup
	for range min(len(group), runtime.GOMAXPROCS(0)) {
		workers.Go(func() {
			for i := range next {
				found[i] = p.fileProblems(group[i])
			}
		})
	}
	for i := range group {
		next <- i
	}
	close(next)
	workers.Wait()
	for i, g := range group {
		for _, problem := range g.problems {
			if problem != "" {
				p.differs(ManifestFile, problem)
			}
		}
		file := g.rows[0].File
		if file == "" {
			continue
		}
		name := digestOf(file)
		if p.files[name] {
			found[i] = append(found[i], "stands in the manifest in two places")
		}
		p.files[name] = true
		p.report.Files++
		for _, problem := range found[i] {
			p.differs(file, problem)
		}
	}
}

// fileProblems holds a picture against its lines.
func (p *proof) fileProblems(g fileRows) []string {
	file := g.rows[0].File
	if file == "" || !filepath.IsLocal(file) {
		return nil // the line said so
	}
	path := filepath.Join(p.Dir, filepath.FromSlash(file))
	if info, err := os.Lstat(path); err == nil && !info.Mode().IsRegular() {
		return []string{"is no regular file"} // a link may lead anywhere
	}
	content, err := os.Open(path)
	if err != nil {
		return []string{"missing"}
	}
	defer content.Close()
	digest := sha256.New()
	if _, err := io.Copy(digest, content); err != nil {
		return []string{"unreadable"}
	}
	var problems []string
	if sum := hex.EncodeToString(digest.Sum(nil)); slices.ContainsFunc(g.rows, func(r Row) bool { return r.SHA256 != sum }) {
		problems = append(problems, "altered: its SHA-256 is "+sum)
	}
	codes, err := p.Decode(path)
	if err != nil {
		return append(problems, "no code can be read: "+sentence(err, "missing"))
	}
	var want []string
	for _, r := range g.rows {
		want = append(want, r.Payload)
	}
	if !slices.Equal(codes, want) {
		problems = append(problems, contradiction(codes, want))
	}
	return problems
}

// contradiction tells the first code that is not what the manifest says.
func contradiction(codes, want []string) string {
	for i := range min(len(codes), len(want)) {
		if codes[i] != want[i] {
			return fmt.Sprintf("code %d says %q, the manifest %q", i+1, codes[i], want[i])
		}
	}
	return fmt.Sprintf("has %d codes, the manifest %d", len(codes), len(want))
}

// strangers tells of files that no line speaks of.
func (p *proof) strangers() error {
	ours := map[string]bool{ManifestFile: true, SignatureFile: true, PublicKeyFile: true, orderFile: true}
	return filepath.WalkDir(p.Dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(p.Dir, path)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		if !ours[name] && !p.files[digestOf(name)] {
			p.differs(strings.ToValidUTF8(name, "?"), "is in no line of the manifest")
		}
		return nil
	})
}
