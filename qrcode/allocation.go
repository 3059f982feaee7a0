package qrcode

import (
	"bufio"
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"juma/internal/fault"
)

// What a code of an allocation file may be: it is a part of a path in our own
// addresses too, so it is letters and digits only.
const (
	minCode  = 16
	maxCode  = 40
	maxLine  = 512 // bytes
	maxFault = 1000
)

// Problem is one fault of a file, by line. Value never holds more than 64 bytes.
type Problem struct {
	Line         int
	Field, Value string
	Msg          string
}

// String prints the fault as line, field, value and what is wanted.
func (p Problem) String() string {
	return fmt.Sprintf("line %d: %s %q: %s", p.Line, p.Field, p.Value, p.Msg)
}

// Allocation reads an allocation file of UnionPay: one code a line, as a whole
// address or its last part, alone or in a column of a CSV file, whose header
// names it "code", "payload", "url", "qrcode" or "码". Empty lines are left out.
type Allocation struct {
	Institution string // 8 digits; codes of another are foreign
	Length      int    // of each code; 0 is that of most
}

// anyLength lets codes of every length pass.
const anyLength = -1

// usual returns the allocation with the length that most codes of the file have,
// unless one is asked for.
func (a Allocation) usual(open AllocationFile) (Allocation, error) {
	if a.Length != 0 {
		return a, nil
	}
	in, err := open()
	if err != nil {
		return a, err
	}
	defer in.Close()
	a.Length = anyLength
	var counts [maxCode + 1]int
	_, err = a.Each(in, func(_ int, code string) error { counts[len(code)]++; return nil })
	for n, count := range counts {
		if a.Length == anyLength || count > counts[a.Length] {
			a.Length = n
		}
	}
	return a, err
}

// Each calls f for each line that holds a sound code, in order, and returns what
// is wrong with the others, at most a thousand faults. Whether a code is there
// twice is not looked at.
func (a Allocation) Each(r io.Reader, f func(line int, code string) error) ([]Problem, error) {
	const op = "qrcode.Allocation"
	if err := checkInstitution(a.Institution); err != nil {
		return nil, err
	}
	var problems []Problem
	column := 0
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, maxLine), maxLine)
	for line, first := 1, true; lines.Scan(); line++ {
		text := strings.TrimSpace(strings.TrimPrefix(lines.Text(), "\uFEFF"))
		if text == "" {
			continue
		}
		cells := strings.Split(text, ",")
		if first {
			first = false
			if n := headerColumn(cells); n >= 0 {
				column = n
				continue
			}
		}
		code, p := a.code(cells, column)
		if p == nil && a.Length != anyLength && len(code) != a.Length {
			p = &Problem{Field: "length", Value: code, Msg: fmt.Sprintf("has %d characters, want %d as most codes here", len(code), a.Length)}
		}
		if p == nil {
			if err := f(line, code); err != nil {
				return problems, err
			}
			continue
		}
		p.Line = line
		if problems = append(problems, *p); len(problems) == maxFault {
			return problems, nil
		}
	}
	if lines.Err() == bufio.ErrTooLong {
		return problems, fault.New(op, fault.Invalid, "a line has more than %d bytes: this is no allocation file", maxLine)
	}
	return problems, fault.Wrap(op, fault.Unavailable, lines.Err())
}

func headerColumn(cells []string) int {
	for i, c := range cells {
		switch strings.ToLower(unquote(c)) {
		case "code", "payload", "url", "qrcode", "qr_code", "码", "二维码":
			return i
		}
	}
	return -1
}

func unquote(cell string) string { return strings.Trim(strings.TrimSpace(cell), `"`) }

// code reads one line.
func (a Allocation) code(cells []string, column int) (string, *Problem) {
	if column >= len(cells) {
		return "", &Problem{Field: "code", Msg: fmt.Sprintf("the line has %d columns, the code stands in column %d", len(cells), column+1)}
	}
	text := unquote(cells[column])
	bad := func(field, value, format string, args ...any) (string, *Problem) {
		return "", &Problem{Field: field, Value: strings.ToValidUTF8(value[:min(len(value), 64)], ""), Msg: fmt.Sprintf(format, args...)}
	}
	code := text
	if rest, isURL := strings.CutPrefix(text, "https://"+UnionPayHost+"/"); isURL {
		institution, opaque, found := strings.Cut(rest, "/")
		if !found || checkInstitution(institution) != nil {
			return bad("institution", institution, "want an address https://%s/IIIIRRRR/CODE", UnionPayHost)
		}
		if institution != a.Institution {
			return bad("institution", institution, "is another institution's; this batch is of %s", a.Institution)
		}
		code = opaque
	}
	if strings.Trim(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789") != "" {
		return bad("code", text, "want https://%s/%s/CODE or CODE, of letters and digits", UnionPayHost, a.Institution)
	}
	if len(code) < minCode || len(code) > maxCode {
		return bad("length", code, "has %d characters, want %d to %d", len(code), minCode, maxCode)
	}
	return code, nil
}

// Source of an allocation file that can be read more than once.
type AllocationFile func() (io.ReadCloser, error)

// Import stores the plates of an allocation file as one batch, all or nothing.
// Problems are what is wrong with its lines; then nothing was stored. The file
// is read twice, and its codes are not kept in memory.
func (s *Service) Import(ctx context.Context, a Allocation, open AllocationFile, o Order) (Batch, []Problem, error) {
	const op = "qrcode.Import"
	a, err := a.usual(open)
	if err != nil {
		return Batch{}, nil, err
	}
	count, shape, problems, err := s.checkAllocation(ctx, a, open)
	if err != nil || len(problems) > 0 {
		return Batch{}, problems, err
	}
	if count == 0 {
		return Batch{}, nil, fault.Field(op, "codes", "0", "the file holds none")
	}
	o.Grammar, o.Institution, o.Count = UnionPay, a.Institution, count
	if _, err := s.change(op, o.By, o.Reason); err != nil {
		return Batch{}, nil, err
	}
	b := s.batch(o)
	b.State, b.Source, b.ApprovedBy, b.Shape, b.Made = Generated, Imported, o.By, shape, count
	in, err := open()
	if err != nil {
		return Batch{}, nil, err
	}
	defer in.Close()
	stream := newCodeStream(ctx, a, in)
	defer stream.close()
	made := 0
	b, err = s.Repo.ImportBatch(ctx, b, func(b Batch) ([]Plate, error) {
		codes, err := stream.next(importChunk)
		plates := make([]Plate, len(codes))
		for i, code := range codes {
			if err == nil {
				plates[i], err = b.plate(made+i, code)
			}
		}
		made += len(codes)
		if len(codes) == 0 && err == nil && made != count {
			err = fault.New(op, fault.Conflict, "the file had %d codes and now has %d: it was changed meanwhile", count, made)
		}
		return plates, err
	})
	s.shapes.forget()
	return b, nil, fault.Wrap(op, "", err)
}

const importChunk = 5000

// checkAllocation reads the file once: every fault of its lines, codes that are
// there twice, and codes that are plates already.
func (s *Service) checkAllocation(ctx context.Context, a Allocation, open AllocationFile) (count int, keyShape string, problems []Problem, err error) {
	in, err := open()
	if err != nil {
		return 0, "", nil, err
	}
	defer in.Close()
	seen := map[[16]byte]int32{} // digests: a map of the codes themselves would be twice as large
	var form shaper
	var lines []int
	var codes []string
	var more []Problem
	flush := func() error {
		taken, err := s.Repo.Taken(ctx, codes)
		for i, code := range codes {
			if taken[code] {
				more = append(more, Problem{Line: lines[i], Field: "code", Value: code, Msg: "is a plate already"})
			}
		}
		lines, codes = lines[:0], codes[:0]
		return err
	}
	problems, err = a.Each(in, func(line int, code string) error {
		sum := sha256.Sum256([]byte(code))
		digest := [16]byte(sum[:16])
		if first, twice := seen[digest]; twice {
			more = append(more, Problem{Line: line, Field: "code", Value: code, Msg: fmt.Sprintf("stands in line %d already", first)})
		}
		seen[digest] = int32(line)
		form.add(code)
		if count++; count > MaxBatch {
			return fault.Field("qrcode.Import", "codes", fmt.Sprint(count), "want at most %d in a file", MaxBatch)
		}
		lines, codes = append(lines, line), append(codes, code)
		if len(codes) == importChunk {
			return flush()
		}
		return nil
	})
	if err == nil {
		err = flush()
	}
	return count, form.String(), mergeProblems(problems, more), err
}

func mergeProblems(a, b []Problem) []Problem {
	all := append(a, b...)
	slices.SortStableFunc(all, func(a, b Problem) int { return cmp.Compare(a.Line, b.Line) })
	return all[:min(len(all), maxFault)]
}

// codeStream turns the reader's calls into chunks that are asked for.
type codeStream struct {
	codes  chan string
	cancel context.CancelFunc
	mu     sync.Mutex
	err    error
}

func newCodeStream(ctx context.Context, a Allocation, in io.Reader) *codeStream {
	ctx, cancel := context.WithCancel(ctx)
	s := &codeStream{codes: make(chan string, importChunk), cancel: cancel}
	go func() {
		defer close(s.codes)
		problems, err := a.Each(in, func(_ int, code string) error {
			select {
			case s.codes <- code:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
		if err == nil && len(problems) > 0 {
			err = fault.New("qrcode.Import", fault.Conflict, "the file was changed meanwhile: %s", problems[0])
		}
		s.mu.Lock()
		s.err = err
		s.mu.Unlock()
	}()
	return s
}

func (s *codeStream) next(n int) ([]string, error) {
	var all []string
	for len(all) < n {
		code, more := <-s.codes
		if !more {
			s.mu.Lock()
			defer s.mu.Unlock()
			return all, s.err
		}
		all = append(all, code)
	}
	return all, nil
}

// close ends the reader and waits for it.
func (s *codeStream) close() {
	s.cancel()
	for range s.codes {
	}
}
