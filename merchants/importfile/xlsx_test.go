package importfile_test

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"fmt"
	"hash/crc32"
	"io/fs"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"juma/merchants/importfile"
	"juma/merchants/synthetic"
)

// workbook writes rows as text cells; a row of nil is left out.
func workbook(t testing.TB, rows [][]string, change ...func(*excelize.File)) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	for i, row := range rows {
		for j, v := range row {
			cell, err := excelize.CoordinatesToCellName(j+1, i+1)
			if err == nil && v != "" {
				err = f.SetCellStr("Sheet1", cell, v)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, c := range change {
		c(f)
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func readBook(book []byte) ([]importfile.Row, []importfile.Fault) {
	return importfile.Read(bytes.NewReader(book), int64(len(book)), today, nil)
}

func TestReadsWorkbooks(t *testing.T) {
	want := synthetic.Profiles(1, 6)
	for name, change := range map[string]func(*excelize.File){
		"plain": func(*excelize.File) {},
		"numbers where numbers are exact": func(f *excelize.File) {
			must(t, f.SetCellInt("Sheet1", "G2", int64(number(want[0].MCC))))
			must(t, f.SetCellInt("Sheet1", "F3", int64(number(want[1].Legal.Phone))))
		},
		"an empty second sheet": func(f *excelize.File) { _, err := f.NewSheet("Sheet2"); must(t, err) },
		"styled cells outside": func(f *excelize.File) {
			style, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
			must(t, err)
			must(t, f.SetCellStyle("Sheet1", "R1", "T40", style))
		},
	} {
		rows, faults := readBook(workbook(t, grid(t, 6), change))
		if len(faults) > 0 || !reflect.DeepEqual(profiles(rows), want) {
			t.Errorf("%s: %+v", name, faults)
		}
	}
}

// TestWorkbookRowsAreTheSheets: rows that are empty count.
func TestWorkbookRowsAreTheSheets(t *testing.T) {
	rows := grid(t, 4)
	rows[4][6] = "0000"
	rows = [][]string{rows[0], rows[1], nil, nil, rows[2], nil, rows[3], rows[4]}
	good, faults := readBook(workbook(t, rows))
	if got := at(faults); !slices.Equal(got, []string{"8 mcc"}) || len(good) != 3 || good[1].Line != 5 || good[2].Line != 7 {
		t.Errorf("%+v %+v", faults, good)
	}
}

func TestWorkbookFaults(t *testing.T) {
	rows := grid(t, 2)
	for name, c := range map[string]struct {
		change func(*excelize.File)
		want   []string
	}{
		// A spreadsheet keeps 15 digits of a number: an identity number typed without
		// text format is damaged, and that is found.
		"identity number as a number": {func(f *excelize.File) { must(t, f.SetCellFloat("Sheet1", "E2", 110101190001010014, -1, 64)) }, []string{"2 legal_id"}},
		"missing cell at the end":     {func(f *excelize.File) { must(t, f.SetCellStr("Sheet1", "Q3", "")) }, []string{"3 store_name"}},
		"header lacks a column":       {func(f *excelize.File) { must(t, f.RemoveCol("Sheet1", "Q")) }, []string{"1 store_name"}},
		"a cell outside":              {func(f *excelize.File) { must(t, f.SetCellStr("Sheet1", "T2", "note")) }, []string{"2"}},
		"a row far too wide":          {func(f *excelize.File) { must(t, f.SetCellStr("Sheet1", "XFD2", "note")) }, []string{"2"}},
		"a second sheet": {func(f *excelize.File) {
			_, err := f.NewSheet("Sheet2")
			must(t, err)
			must(t, f.SetCellStr("Sheet2", "A1", "name"))
		}, []string{"0"}},
	} {
		if _, faults := readBook(workbook(t, rows, c.change)); !slices.Equal(at(faults), c.want) {
			t.Errorf("%s: %+v, want %q", name, faults, c.want)
		}
	}
}

// TestFormulasAreText: a formula counts as what the sheet says it shows, and text
// that looks like one is a name.
func TestFormulasAreText(t *testing.T) {
	rows := grid(t, 1)
	rows[1][0] = "=1+1 有限公司"
	good, faults := readBook(workbook(t, rows))
	if len(faults) > 0 || good[0].Profile.Name != "=1+1 有限公司" {
		t.Errorf("%+v %+v", good, faults)
	}
	sheet := part(t, workbook(t, rows), "xl/worksheets/sheet1.xml")
	at := strings.Index(sheet, `<c r="Q2"`)
	end := at + strings.Index(sheet[at:], "</c>")
	book := replace(t, workbook(t, rows), "xl/worksheets/sheet1.xml", sheet[:at]+`<c r="Q2" t="str"><f>"示例"&amp;"店"</f><v>示例店</v>`+sheet[end:])
	good, faults = readBook(book)
	if len(faults) > 0 || good[0].Profile.ShortName != "示例店" {
		t.Errorf("%+v %+v", good, faults)
	}
}

// TestWorkbookBombs: a file that unpacks to more than is allowed is refused before
// it is unpacked, also when its header lies.
func TestWorkbookBombs(t *testing.T) {
	sheet := `<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>`
	for name, book := range map[string][]byte{
		"a large part":     bomb(t, "xl/worksheets/sheet1.xml", importfile.MaxUnpacked+1),
		"many parts":       bomb(t, "xl/media/%d.bin", 100<<20, 100<<20, 100<<20),
		"a lying header":   bomb(t, "xl/worksheets/sheet1.xml", 10),
		"no content types": bomb(t, "a.txt", 4096),
		"the last row":     replace(t, workbook(t, grid(t, 1)), "xl/worksheets/sheet1.xml", sheet+`<row r="1048576"><c r="A1048576" t="str"><v>a</v></c></row></sheetData></worksheet>`),
		"a far row":        replace(t, workbook(t, grid(t, 1)), "xl/worksheets/sheet1.xml", sheet+`<row r="999999999999"><c r="A1"/></row></sheetData></worksheet>`),
		"broken XML":       replace(t, workbook(t, grid(t, 1)), "xl/worksheets/sheet1.xml", sheet+`<row r="1"><c r="A1" t="s"><v>999999</v></c></row`),
		"entities":         replace(t, workbook(t, grid(t, 1)), "xl/sharedStrings.xml", `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><sst><si><t>&b;</t></si></sst>`),
	} {
		start := time.Now()
		rows, faults := readBook(book)
		if len(rows) > 0 || len(faults) == 0 {
			t.Errorf("%s: %d rows, %+v", name, len(rows), faults)
		}
		if d := time.Since(start); d > 10*time.Second {
			t.Errorf("%s took %v", name, d)
		}
	}
}

// TestDamagedWorkbooksAreRefused: a workbook that lost something on its way is
// never read up to where it is damaged.
func TestDamagedWorkbooksAreRefused(t *testing.T) {
	book := workbook(t, grid(t, 50))
	old, err := zip.NewReader(bytes.NewReader(book), int64(len(book)))
	must(t, err)
	for _, f := range old.File {
		if !strings.HasPrefix(f.Name, "xl/worksheets/") && f.Name != "xl/sharedStrings.xml" {
			continue
		}
		at, err := f.DataOffset()
		must(t, err)
		for _, part := range []int64{2, 3} { // half way, a third of the way
			damaged := slices.Clone(book)
			damaged[at+int64(f.CompressedSize64)/part] ^= 0x55
			if rows, faults := readBook(damaged); len(faults) == 0 {
				t.Errorf("%s damaged: %d rows", f.Name, len(rows))
			}
		}
		cut := part(t, book, f.Name)
		cut = cut[:strings.LastIndex(cut[:len(cut)/2], "<")] // whole elements, and then no more
		if rows, faults := readBook(replace(t, book, f.Name, cut)); len(faults) == 0 {
			t.Errorf("%s cut: %d rows", f.Name, len(rows))
		}
	}
	if rows, faults := readBook(book[:len(book)-30]); len(faults) == 0 {
		t.Errorf("the file's end is missing: %d rows", len(rows))
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func number(s string) int {
	n := 0
	for _, c := range s {
		n = n*10 + int(c-'0')
	}
	return n
}

// bomb writes a zip whose parts say that they unpack to so many bytes; what is in
// them is 4 KiB of zeros.
func bomb(t testing.TB, name string, declared ...int) []byte {
	t.Helper()
	var packed bytes.Buffer
	deflate, err := flate.NewWriter(&packed, flate.BestCompression)
	must(t, err)
	zeros := make([]byte, 4096)
	_, err = deflate.Write(zeros)
	must(t, err)
	must(t, deflate.Close())
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i, size := range declared {
		w, err := z.CreateRaw(&zip.FileHeader{
			Name: strings.ReplaceAll(name, "%d", fmt.Sprint(i)), Method: zip.Deflate, CRC32: crc32.ChecksumIEEE(zeros),
			CompressedSize64: uint64(packed.Len()), UncompressedSize64: uint64(size),
		})
		must(t, err)
		_, err = w.Write(packed.Bytes())
		must(t, err)
	}
	must(t, z.Close())
	return b.Bytes()
}

// part reads a part of a workbook.
func part(t testing.TB, book []byte, name string) string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(book), int64(len(book)))
	must(t, err)
	text, err := fs.ReadFile(z, name)
	must(t, err)
	return string(text)
}

// replace writes a workbook again with another content of one part.
func replace(t testing.TB, book []byte, part, content string) []byte {
	t.Helper()
	old, err := zip.NewReader(bytes.NewReader(book), int64(len(book)))
	must(t, err)
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, f := range old.File {
		if f.Name != part {
			must(t, z.Copy(f))
		}
	}
	w, err := z.Create(part)
	must(t, err)
	_, err = w.Write([]byte(content))
	must(t, err)
	must(t, z.Close())
	return b.Bytes()
}
