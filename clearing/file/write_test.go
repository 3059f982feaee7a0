package file

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"juma/internal/fault"
)

// tree lists a folder's files with their contents.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		got[e.Name()] = string(data)
	}
	return got
}

func mustWrite(t *testing.T, root string, d Day, files []File) string {
	t.Helper()
	dir, err := Write(root, d, files)
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func sound(t *testing.T, dirs ...string) Report {
	t.Helper()
	report, problems := Verify(dirs)
	for _, p := range problems {
		t.Errorf("%s", p)
	}
	return report
}

func TestWriteAndVerify(t *testing.T) {
	root, day := filepath.Join(t.TempDir(), "settlement"), sampleDay()
	files := build(t, day)
	dir := mustWrite(t, root, day, files)
	if dir != filepath.Join(root, "2026-03-10") {
		t.Errorf("folder %s", dir)
	}
	first := tree(t, dir)
	if len(first) != 2*len(files) {
		t.Errorf("%d files lie there, want %d and their control files", len(first), len(files))
	}
	var done, total int64
	report, problems := Verifier{Progress: func(d, n int64) { done, total = d, n }}.Verify([]string{dir, dir + "/"})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if done != total || total == 0 {
		t.Errorf("progress ended at %d of %d", done, total)
	}
	if report.Rows != 6 || report.Totals != (Totals{Gross: 139100 - 1000 + 1000, Refund: 2700, Fee: 517}) || report.Adjust != -1494 || report.Net != 139100-2700-517-1494 || report.Credited != report.Net {
		t.Errorf("report %+v", report)
	}
	if f := report.Folders[0]; len(report.Folders) != 1 || f.Merchants != 3 || f.Issue != 1 || len(f.Files) != 10 || f.Files[0].SHA256 != files[0].SHA256 || f.ByMerchant[grocery].Refund != 2000 {
		t.Errorf("folder %+v", f)
	}

	// Again: nothing changes. After a crash: the rest is written, leftovers go.
	mustWrite(t, root, day, files)
	for _, remove := range []string{ControlName(files[0].Name), files[1].Name, ControlName(files[1].Name)} {
		if err := os.Remove(filepath.Join(dir, remove)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, tempName(files[1].Name)), []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	mustWrite(t, root, day, files)
	again := tree(t, dir)
	for name, data := range first {
		if again[name] != data {
			t.Errorf("%s differs after the second write", name)
		}
	}
	if len(again) != len(first) {
		t.Errorf("%d files, want %d", len(again), len(first))
	}
	sound(t, dir)
}

func TestWriteNeverOverwrites(t *testing.T) {
	root, day := t.TempDir(), sampleDay()
	dir := mustWrite(t, root, day, build(t, day))
	before := tree(t, dir)
	other := sampleDay()
	other.Merchants[0].OtherAmt = 1
	files := build(t, other)
	_, err := Write(root, other, files)
	if !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "INO26031099ZPSUM") || !strings.Contains(err.Error(), "issue the day again") {
		t.Errorf("other content: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "notes.txt"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Write(root, day, build(t, day)); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "notes.txt") {
		t.Errorf("strange file: %v", err)
	}
	delete(before, "notes.txt")
	after := tree(t, dir)
	delete(after, "notes.txt")
	for name := range before {
		if before[name] != after[name] {
			t.Errorf("%s was changed", name)
		}
	}
	if _, err := Write(root, day, []File{newFile("IND26031132ACOMA", nil)}); !fault.Is(err, fault.Invalid) {
		t.Errorf("file of another date: %v", err)
	}
}

func TestReissue(t *testing.T) {
	root, day := t.TempDir(), sampleDay()
	if latest, err := LatestIssue(filepath.Join(root, "none"), march10); latest != "" || err != nil {
		t.Errorf("latest %q %v", latest, err)
	}
	first := mustWrite(t, root, day, build(t, day))
	latest, err := LatestIssue(root, march10)
	if latest != "2026-03-10" || err != nil {
		t.Errorf("latest %q %v", latest, err)
	}

	again := sampleDay()
	again.Replaces = latest
	again.Merchants[0].OtherAmt = 1
	files := build(t, again)
	second := mustWrite(t, root, again, files)
	mustWrite(t, root, again, files) // repeatable too
	if second != first+"-2" {
		t.Errorf("second issue in %s", second)
	}
	control := tree(t, second)["INO26031099ZPSUM.chk"]
	want := "replaces=2026-03-10/INO26031099ZPSUM sha256=" + find(t, build(t, day), "INO26031099ZPSUM").SHA256 + "\n"
	if !strings.HasSuffix(control, want) {
		t.Errorf("control file\n%s\nwant %s", control, want)
	}
	report := sound(t, second, first)
	if len(report.Folders) != 2 || !report.Folders[0].Superseded || report.Folders[1].Superseded || report.Rows != 6 || report.Adjust != -1493 {
		t.Errorf("report %+v", report)
	}
	sound(t, second)
	sound(t, first)

	// A third issue, of a day with one merchant fewer.
	third := sampleDay()
	third.Replaces, third.Rows, third.Merchants = "2026-03-10-2", third.Rows[1:3], third.Merchants[:1]
	third.Disputes = nil
	sound(t, first, second, mustWrite(t, root, third, build(t, third)))

	for _, c := range []struct{ replaces, want string }{
		{"2026-03-11", "want the folder of an earlier issue"}, {"yesterday", "want the folder"}, {"2026-03-10-7", "no such file"},
	} {
		third.Replaces = c.replaces
		if _, err := Write(root, third, build(t, third)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("replaces %s: %v", c.replaces, err)
		}
	}
	if err := os.Remove(filepath.Join(root, "2026-03-10-3", "INO26031032ZSUM.chk")); err != nil {
		t.Fatal(err)
	}
	third.Replaces = "2026-03-10-3"
	if _, err := Write(root, third, build(t, third)); !fault.Is(err, fault.Conflict) {
		t.Errorf("an unfinished issue is replaced: %v", err)
	}
}

func TestFolderNames(t *testing.T) {
	for _, name := range []string{"2026-03-10", "2026-03-10-2", "2026-03-10-13"} {
		d, issue, err := ParseFolderName(name)
		if err != nil || FolderName(d, issue) != name {
			t.Errorf("%s: %s %d %v", name, d, issue, err)
		}
	}
	for _, name := range []string{"", "2026-3-10", "2026-02-30", "2026-03-10-1", "2026-03-10-02", "2026-03-10x2", "2026-03-10--2", "2026-03-10-", "2026-03-102"} {
		if _, _, err := ParseFolderName(name); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestFileNames(t *testing.T) {
	for name, want := range map[string]*Layout{
		ACOMAName(march10): ACOMA, ZSUMName(march10): ZSUM, ZPSUMName(march10): ZPSUM, ZMName(march10, diner): ZM,
		"INN26031088ZME_" + diner: ZME, AERRAName(march10): AERRA, ALFEEName(march10): ALFEE, POSName(march10): POS, "IND26031032POS_" + diner: nil, "IND26031032POS_": nil, "INN26031088ZM": nil, "IND26031099ACOMA": nil,
		"INN26031088ZM_12": nil, "IND26031001ACOM": nil, "IND26031032ACOMA.chk": nil, "": nil,
	} {
		if got := LayoutOf(name); got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
