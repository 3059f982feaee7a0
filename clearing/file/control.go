package file

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"juma/internal/money"
)

// File is one finished settlement file in memory, with what its control file
// says about it. What debit and credit mean is said in the package comment.
type File struct {
	Name        string
	Data        []byte
	Lines       int // number of CRLF
	DebitCount  int
	Debit       money.Fen
	CreditCount int
	Credit      money.Fen
	SHA256      string // lower-case hexadecimal
}

// newFile completes a file whose rows are encoded.
func newFile(name string, data []byte) File {
	f := File{Name: name, Data: data, Lines: bytes.Count(data, []byte(lineEnd))}
	digest := sha256.Sum256(data)
	f.SHA256 = hex.EncodeToString(digest[:])
	return f
}

// tally counts one row as debit or credit; a row of POS counts as all its
// transactions.
func (f *File) tally(r Record) {
	switch r.layout {
	case ACOMA:
		c, _ := classOfACOMA(r)
		f.count(c.forward, r.Fen("amount"))
	case ZM:
		c, _ := classOfZM(r)
		f.count(c.forward, r.Fen("txnAmt"))
	case AERRA:
		c, _ := classOfDispute(DisputeCode(r.Get("errFlag")))
		f.count(c.forward, r.Fen("amount"))
	case ZME:
		c, _ := classOfDispute(DisputeCode(r.Get("errCode")))
		f.count(c.forward, r.Fen("txnAmt"))
	case ALFEE:
		f.countSigned(r, "brandFee")
	case ZSUM:
		f.countSigned(r, "settleAmt")
	case ZPSUM:
		f.countSigned(r, "creditedAmt")
	case POS:
		f.DebitCount += int(r.Fen("debitCount"))
		f.Debit += r.Fen("debitSum")
		f.CreditCount += int(r.Fen("creditCount"))
		f.Credit += r.Fen("creditSum")
	}
}

func (f *File) countSigned(r Record, key string) {
	f.count(strings.HasPrefix(r.Get(key), "D"), r.Fen(key).Abs())
}

func (f *File) count(debit bool, amount money.Fen) {
	if debit {
		f.DebitCount++
		f.Debit += amount
		return
	}
	f.CreditCount++
	f.Credit += amount
}

// pair is one line of a control file.
type pair struct{ key, value string }

// control lists the lines of the file's control file in order. replaces names
// what the file replaces; see replacesText.
func (f File) control(replaces string) []pair {
	return []pair{
		{"file", f.Name},
		{"bytes", strconv.Itoa(len(f.Data))},
		{"lines", strconv.Itoa(f.Lines)},
		{"debit_count", strconv.Itoa(f.DebitCount)},
		{"debit_fen", strconv.FormatInt(int64(f.Debit), 10)},
		{"credit_count", strconv.Itoa(f.CreditCount)},
		{"credit_fen", strconv.FormatInt(int64(f.Credit), 10)},
		{"sha256", f.SHA256},
		{"replaces", replaces},
	}
}

// ControlText is the control file of f: key=value lines that end in LF. replaces
// is empty for a first issue.
func (f File) ControlText(replaces string) []byte {
	var b bytes.Buffer
	for _, p := range f.control(replaces) {
		fmt.Fprintf(&b, "%s=%s\n", p.key, p.value)
	}
	return b.Bytes()
}

// replacesText names a file of an earlier issue with its digest, as the replaces
// line carries it: "2026-03-10/IND26031032ACOMA sha256=…".
func replacesText(folder, name, digest string) string {
	return folder + "/" + name + " sha256=" + digest
}

// splitReplaces reads what replacesText wrote.
func splitReplaces(s string) (folder, name, digest string, ok bool) {
	path, digest, ok := strings.Cut(s, " sha256=")
	if !ok || len(digest) != sha256.Size*2 || strings.Trim(digest, "0123456789abcdef") != "" {
		return "", "", "", false
	}
	folder, name, ok = strings.Cut(path, "/")
	return folder, name, digest, ok
}

// readControl reads a control file: LF or CRLF, the same in every line, and each
// key once. It returns the lines by key with their line numbers.
func readControl(path string, data []byte, found *findings) map[string]controlLine {
	got := map[string]controlLine{}
	first, _, _ := bytes.Cut(data, []byte("\n"))
	crlf := bytes.HasSuffix(first, []byte("\r"))
	for line := 1; len(data) > 0; line++ {
		raw, rest, ended := bytes.Cut(data, []byte("\n"))
		data = rest
		text, cr := strings.CutSuffix(string(raw), "\r")
		if cr != crlf && ended {
			found.addf(path, line, "lineEnd", string(tail(raw)), "ends in another way than line 1; the file was altered here")
		}
		key, value, ok := strings.Cut(text, "=")
		switch _, twice := got[key]; {
		case !ended:
			found.addf(path, line, "lineEnd", string(tail(raw)), "the last line has no line end; the file may be cut off here")
		case !ok || key == "":
			found.addf(path, line, "line", text, "want key=value")
			continue
		case twice:
			found.addf(path, line, key, value, "stands twice")
			continue
		}
		got[key] = controlLine{line: line, value: value}
	}
	return got
}

type controlLine struct {
	line  int
	value string
}

// checkControl compares a control file with the file it speaks of. It returns the
// replaces line, which the caller judges, and whether the digests differ.
func checkControl(path string, f File, data []byte, dataPath string, found *findings) (replaces controlLine, altered bool) {
	got := readControl(path, data, found)
	replaces = got["replaces"]
	for _, want := range f.control(replaces.value) {
		have, ok := got[want.key]
		delete(got, want.key)
		switch {
		case !ok:
			found.addf(path, 0, want.key, "", "the line is missing, want %s=%s", want.key, want.value)
		case have.value == want.value:
		case want.key == "sha256":
			altered = true
			found.addf(dataPath, 0, "sha256", want.value, "the control file %s says %s in line %d: one of the two files was altered", ControlName(f.Name), plainWord(have.value), have.line)
		default:
			found.addf(path, have.line, want.key, have.value, "the file itself has %s", want.value)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(got)) {
		found.addf(path, got[key].line, key, got[key].value, "no such key in a control file")
	}
	return replaces, altered
}
