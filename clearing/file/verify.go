package file

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"juma/internal/bizdate"
	"juma/internal/money"
)

// Report is what Verify found in the folders, sums over the latest issue of each
// date.
type Report struct {
	Folders  []FolderReport
	Rows     int // settled transactions
	Totals   Totals
	Adjust   money.Fen // ZPSUM errAmt + errFeeBack + otherAmt
	Net      money.Fen // gross − refund − fee + adjust
	Credited money.Fen // Σ ZPSUM creditedAmt
	// Notes are sentences about what could not be proved with these folders alone;
	// they are no faults.
	Notes []string
	// More counts the problems beyond the first 1000.
	More int
}

// FolderReport is one date folder.
type FolderReport struct {
	Dir        string
	Date       bizdate.Date
	Issue      int  // 1, 2 …
	Superseded bool // a later issue of the date is among the folders
	Files      []FileInfo
	Rows       int
	Merchants  int // rows of ZSUM
	Totals     Totals
	Adjust     money.Fen
	Net        money.Fen
	Credited   money.Fen
	ByMerchant LedgerTotals
}

// FileInfo is one data file as it was read.
type FileInfo struct {
	Name   string
	Bytes  int
	Lines  int // number of CRLF
	SHA256 string
}

// Verify reads back all files of one or more date folders and proves them; see
// Verifier.
func Verify(dirs []string) (Report, []Problem) { return Verifier{}.Verify(dirs) }

// Verifier proves settlement folders without any database. The zero value is
// ready for use.
type Verifier struct {
	// Progress, when given, is told now and then how many bytes of how many are
	// read.
	Progress func(done, total int64)
}

// Verify reads back all files of the folders and recomputes everything they say.
// The folders may come in any order; the same one twice counts once. Where a
// date was issued again, the latest issue among the folders counts for what goes
// over several folders, and each issue must be sound in itself. No problem means
// that every byte is as it was written.
func (v Verifier) Verify(dirs []string) (Report, []Problem) {
	var found findings
	if len(dirs) == 0 {
		found.addf("", 0, "folder", "", "nothing to verify: name at least one date folder")
	}
	folders := openFolders(dirs, &found)
	meter := newMeter(v.Progress, folders)
	for _, f := range folders {
		f.meter = meter
		f.read()
		f.balance()
	}
	slices.SortStableFunc(folders, func(a, b *folder) int { return cmp.Or(cmp.Compare(a.date, b.date), cmp.Compare(a.issue, b.issue)) })
	span := newSpan(&found)
	for i, f := range folders {
		f.superseded = i+1 < len(folders) && folders[i+1].date == f.date
		checkReplaced(f, folders[:i])
		if !f.superseded {
			span.add(f)
		}
	}
	report := summarize(folders)
	report.Notes = append(report.Notes, span.notes...)
	report.More = found.more
	return report, found.list
}

// openFolders lists the folders' files. A folder that cannot be read is a
// problem and is left out.
func openFolders(dirs []string, found *findings) []*folder {
	var folders []*folder
	seen := map[string]bool{}
	for _, dir := range dirs {
		dir = filepath.Clean(dir)
		abs, err := filepath.Abs(dir)
		if err != nil {
			abs = dir
		}
		if seen[abs] {
			continue
		}
		seen[abs] = true
		entries, err := os.ReadDir(dir)
		if err != nil {
			found.addf(dir, 0, "folder", filepath.Base(dir), "cannot be read: %s", err)
			continue
		}
		if f := openFolder(dir, filepath.Base(abs), osSource(dir, entries), found); f != nil {
			folders = append(folders, f)
		}
	}
	return folders
}

// source is where a folder's files come from.
type source struct {
	names []string
	sizes map[string]int64
	read  func(name string) ([]byte, error)
}

func osSource(dir string, entries []os.DirEntry) source {
	s := source{sizes: map[string]int64{}, read: func(name string) ([]byte, error) { return os.ReadFile(filepath.Join(dir, name)) }}
	for _, e := range entries {
		s.names = append(s.names, e.Name())
		if info, err := e.Info(); err == nil {
			s.sizes[e.Name()] = info.Size()
		}
	}
	return s
}

func summarize(folders []*folder) Report {
	var r Report
	for _, f := range folders {
		fr := f.report()
		r.Folders = append(r.Folders, fr)
		if !f.nameIsDate {
			r.Notes = append(r.Notes, fmt.Sprintf("%s: the folder's name is no clearing date, so the date %s of its files is taken", f.path, f.date))
		}
		if f.superseded {
			continue
		}
		r.Rows += fr.Rows
		r.Totals = r.Totals.plus(fr.Totals)
		r.Adjust += fr.Adjust
		r.Net += fr.Net
		r.Credited += fr.Credited
	}
	return r
}

// meter tells the progress of reading.
type meter struct {
	tell        func(done, total int64)
	done, total int64
}

func newMeter(tell func(done, total int64), folders []*folder) *meter {
	m := &meter{tell: tell}
	for _, f := range folders {
		for _, size := range f.src.sizes {
			m.total += size
		}
	}
	return m
}

func (m *meter) add(n int64) {
	if m == nil || m.tell == nil {
		return
	}
	m.done += n
	m.tell(m.done, max(m.total, m.done))
}
