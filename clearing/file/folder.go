package file

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"juma/internal/bizdate"
)

// folder is a date folder being verified.
type folder struct {
	path       string
	date       bizdate.Date
	issue      int
	nameIsDate bool
	superseded bool
	src        source
	meter      *meter
	found      *findings

	files     []FileInfo
	merchants map[string]*account
	acqIns    string // the institution code of the first row
	batch     string // the settlement batch of the first row
	traces    map[string]place
	rrns      map[string]place
	orders    map[string]place
	disputes  map[string]place
	terminals map[string]place
	replaces  map[string]controlLine // by data file name
	altered   map[string]bool        // by path: the digest is not the control file's
}

// place is where something stands.
type place struct {
	file string
	line int
}

// account is what a folder's files say about one merchant.
type account struct {
	no     string
	acoma  []txn
	zm     []txn
	zmPath string
	zsum   *summary
	zpsum  *payout

	fees    []rowCheck   // ALFEE
	aerra   []disputeRow // AERRA
	zme     []disputeRow // ZME
	zmePath string
	pos     []rowCheck // POS
}

func newFolder(path string, date bizdate.Date, found *findings) *folder {
	return &folder{path: path, date: date, issue: 1, nameIsDate: true, found: found, merchants: map[string]*account{},
		traces: map[string]place{}, rrns: map[string]place{}, orders: map[string]place{},
		disputes: map[string]place{}, terminals: map[string]place{}, replaces: map[string]controlLine{}, altered: map[string]bool{}}
}

// openFolder finds out the folder's date: from its name, or, if somebody has
// copied it under another name, from its transaction file's.
func openFolder(path, base string, src source, found *findings) *folder {
	f := newFolder(path, 0, found)
	f.src = src
	date, issue, err := ParseFolderName(base)
	if err == nil {
		f.date, f.issue = date, issue
		return f
	}
	f.nameIsDate = false
	for _, name := range src.names {
		n, ok := parseFileName(name)
		if !ok || n.layout != ACOMA {
			continue
		}
		if date, err := bizdate.ParseCompact("20" + n.yymmdd); err == nil {
			f.date = date
			return f
		}
	}
	found.addf(path, 0, "folder", base, "is no date folder: want the name of a clearing date, 2026-03-10, and its files inside")
	return nil
}

// pathOf is how a file of the folder is named in problems.
func (f *folder) pathOf(name string) string {
	if f.path == "." {
		return name
	}
	return filepath.Join(f.path, name)
}

// account returns the merchant's entry.
func (f *folder) account(no string) *account {
	a := f.merchants[no]
	if a == nil {
		a = &account{no: no}
		f.merchants[no] = a
	}
	return a
}

func (f *folder) sortedAccounts() []*account {
	var list []*account
	for _, no := range slices.Sorted(maps.Keys(f.merchants)) {
		list = append(list, f.merchants[no])
	}
	return list
}

// read goes through everything that lies in the folder: data files with their
// control files, and what does not belong there.
func (f *folder) read() {
	present := map[string]bool{}
	for _, name := range f.src.names {
		present[name] = true
	}
	for _, want := range dailyNames(f.date) {
		if !present[want] {
			f.found.addf(f.pathOf(want), 0, "file", want, "is missing; every clearing date has one, an empty one if nothing settled")
		}
	}
	for _, name := range f.src.names {
		data, isControl := strings.CutSuffix(name, controlSuffix)
		switch _, ours := parseFileName(name); {
		case isTempName(name):
			f.found.addf(f.pathOf(name), 0, "file", name, "is left over from a write that was interrupted; write the day again to finish it")
		case isControl && LayoutOf(data) != nil:
			if !present[data] {
				f.found.addf(f.pathOf(name), 0, "file", data, "the file that this control file speaks of is missing")
			}
		case ours:
			f.readWithControl(name, present[ControlName(name)])
		default:
			f.found.addf(f.pathOf(name), 0, "file", name, "does not belong in a settlement folder")
		}
	}
}

func (f *folder) readWithControl(name string, hasControl bool) {
	data, err := f.src.read(name)
	if err != nil {
		f.found.addf(f.pathOf(name), 0, "file", name, "cannot be read: %s", err)
		return
	}
	file := newFile(name, data)
	f.readFile(&file, f.pathOf(name))
	if !hasControl {
		f.found.addf(f.pathOf(name), 0, "file", ControlName(name), "the control file is missing: the file is not finished and must not be loaded")
	} else if control, err := f.src.read(ControlName(name)); err != nil {
		f.found.addf(f.pathOf(ControlName(name)), 0, "file", ControlName(name), "cannot be read: %s", err)
	} else {
		f.replaces[name], f.altered[f.pathOf(name)] = checkControl(f.pathOf(ControlName(name)), file, control, f.pathOf(name), f.found)
		f.meter.add(int64(len(control)))
	}
	f.files = append(f.files, FileInfo{Name: name, Bytes: len(data), Lines: file.Lines, SHA256: file.SHA256})
}

// readFile reads one data file's rows, checks each by itself, counts debit and
// credit, and keeps what the comparison between files needs.
func (f *folder) readFile(file *File, path string) {
	n, _ := parseFileName(file.Name)
	if n.yymmdd != f.date.YYMMDD() {
		f.found.addf(path, 0, "file", file.Name, "carries the date %s, the folder is that of %s", n.yymmdd, f.date)
	}
	switch n.layout {
	case ZM:
		f.account(n.merchant).zmPath = path
	case ZME:
		f.account(n.merchant).zmePath = path
	}
	told := int64(0)
	var last turn
	scan(path, n.layout, file.Data, f.found, func(line int, r Record) {
		file.tally(r)
		f.row(path, line, r, n.merchant)
		last = f.inOrder(path, line, r, last)
		if line%progressEvery == 0 {
			step := int64(progressEvery * (n.layout.Width + len(lineEnd)))
			f.meter.add(step)
			told += step
		}
	})
	f.meter.add(int64(len(file.Data)) - told)
}

// row checks one row by itself and keeps it.
func (f *folder) row(path string, line int, r Record, merchant string) {
	switch r.layout {
	case ACOMA:
		f.acomaRow(path, line, r)
	case ZM:
		f.zmRow(path, line, r, merchant)
	case ZSUM:
		f.zsumRow(path, line, r)
	case ZPSUM:
		f.zpsumRow(path, line, r)
	case AERRA:
		f.aerraRow(path, line, r)
	case ZME:
		f.zmeRow(path, line, r, merchant)
	case ALFEE:
		f.alfeeRow(path, line, r)
	case POS:
		f.posRow(path, line, r)
	}
}

// progressEvery is how many rows are read between two progress messages.
const progressEvery = 2000

// totals is the merchants' transaction figures as ACOMA has them.
func (f *folder) totals() LedgerTotals {
	t := LedgerTotals{}
	for no, a := range f.merchants {
		if len(a.acoma) > 0 {
			t[no] = totalsOf(a.acoma)
		}
	}
	return t
}

func (f *folder) report() FolderReport {
	r := FolderReport{Dir: f.path, Date: f.date, Issue: f.issue, Superseded: f.superseded, ByMerchant: f.totals(), Files: f.files}
	for no, a := range f.merchants {
		r.Rows += len(a.acoma)
		r.Totals = r.Totals.plus(r.ByMerchant[no])
		if a.zsum != nil {
			r.Merchants++
		}
		if a.zpsum != nil {
			r.Adjust += a.zpsum.adjust()
			r.Credited += a.zpsum.fen("creditedAmt")
		}
	}
	r.Net = r.Totals.amount() - r.Totals.Fee + r.Adjust
	return r
}
