package file

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"juma/internal/bizdate"
	"juma/internal/crash"
	"juma/internal/fault"
)

const writeOp = "file.Write"

// Write puts a day's files, as Build made them, into their date folder below root
// and returns the folder's path: root/2026-03-10, or for a day with Replaces the
// folder after the replaced one, root/2026-03-10-2. Each file is written under a
// temporary name, synced and renamed; when all data files are there, the control
// files follow the same way, so a file with a control file is a finished file.
//
// A finished file is never written again. Write is repeatable: what is already
// there with the same content is accepted, and what an interrupted Write left
// under a temporary name is removed. A folder that holds anything else gives a
// fault of kind Conflict and is left as it is: the day has to be issued again, see
// LatestIssue. Two Writes of one date must not run at the same time.
func Write(root string, day Day, files []File) (dir string, err error) {
	folder, replaces, err := issueOf(root, day)
	if err != nil {
		return "", err
	}
	for _, f := range files {
		if n, ok := parseFileName(f.Name); !ok || n.yymmdd != day.ClearingDate.YYMMDD() {
			return "", fault.Field(writeOp, "file", f.Name, "is no file of clearing date %s", day.ClearingDate)
		}
	}
	dir = filepath.Join(root, folder)
	plan := writePlan(files, replaces)
	todo, err := compareFolder(dir, plan)
	if err != nil {
		return "", err
	}
	if err := makeFolder(root, dir); err != nil {
		return "", err
	}
	if err := removeTemps(dir); err != nil {
		return "", err
	}
	for _, stage := range []bool{false, true} { // data first, then control files
		written := false
		for _, p := range todo {
			if strings.HasSuffix(p.name, controlSuffix) != stage {
				continue
			}
			if err := writeOne(dir, p); err != nil {
				return "", err
			}
			written = true
		}
		if written {
			if err := syncDir(dir); err != nil {
				return "", err
			}
		}
	}
	return dir, nil
}

// LatestIssue returns the folder name of the last issue of a clearing date below
// root, for Day.Replaces; "" when the date was never issued.
func LatestIssue(root string, date bizdate.Date) (string, error) {
	entries, err := os.ReadDir(root)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fault.Wrap("file.LatestIssue", fault.Unavailable, err)
	}
	latest := 0
	for _, e := range entries {
		if d, issue, err := ParseFolderName(e.Name()); err == nil && e.IsDir() && d == date {
			latest = max(latest, issue)
		}
	}
	if latest == 0 {
		return "", nil
	}
	return FolderName(date, latest), nil
}

// issueOf names the day's folder and gives the replaces text of each file.
func issueOf(root string, day Day) (folder string, replaces map[string]string, err error) {
	if day.Replaces == "" {
		return FolderName(day.ClearingDate, 1), nil, nil
	}
	date, issue, err := ParseFolderName(day.Replaces)
	if err != nil || date != day.ClearingDate {
		return "", nil, fault.Field(writeOp, "replaces", day.Replaces, "want the folder of an earlier issue of %s", day.ClearingDate)
	}
	replaces, err = finishedFiles(root, day.Replaces)
	return FolderName(date, issue+1), replaces, err
}

// finishedFiles lists the replaces text of each file in an earlier issue, which
// must be finished.
func finishedFiles(root, folder string) (map[string]string, error) {
	entries, err := os.ReadDir(filepath.Join(root, folder))
	if err != nil {
		return nil, fault.Wrap(writeOp, fault.NotFound, err)
	}
	list := map[string]string{}
	for _, e := range entries {
		if LayoutOf(e.Name()) == nil {
			continue
		}
		data, err := os.ReadFile(filepath.Join(root, folder, e.Name()))
		if err != nil {
			return nil, fault.Wrap(writeOp, fault.Unavailable, err)
		}
		if _, err := os.Stat(filepath.Join(root, folder, ControlName(e.Name()))); err != nil {
			return nil, fault.New(writeOp, fault.Conflict, "%s/%s has no control file: finish that issue before it is replaced", folder, e.Name())
		}
		list[e.Name()] = replacesText(folder, e.Name(), newFile(e.Name(), data).SHA256)
	}
	if len(list) == 0 {
		return nil, fault.New(writeOp, fault.NotFound, "%s holds no settlement files, so there is nothing to replace", folder)
	}
	return list, nil
}

// plannedFile is one file that the folder is to hold.
type plannedFile struct {
	name string
	data []byte
}

func writePlan(files []File, replaces map[string]string) []plannedFile {
	var plan []plannedFile
	for _, f := range files {
		plan = append(plan, plannedFile{f.Name, f.Data}, plannedFile{ControlName(f.Name), f.ControlText(replaces[f.Name])})
	}
	return plan
}

// compareFolder returns what is not in the folder yet, and a Conflict when
// something else is. It changes nothing.
func compareFolder(dir string, plan []plannedFile) (todo []plannedFile, err error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return plan, nil
	}
	if err != nil {
		return nil, fault.Wrap(writeOp, fault.Unavailable, err)
	}
	strange := map[string]bool{}
	for _, e := range entries {
		strange[e.Name()] = !isTempName(e.Name())
	}
	for _, p := range plan {
		if !strange[p.name] {
			todo = append(todo, p)
			continue
		}
		delete(strange, p.name)
		have, err := os.ReadFile(filepath.Join(dir, p.name))
		if err != nil {
			return nil, fault.Wrap(writeOp, fault.Unavailable, err)
		}
		if !bytes.Equal(have, p.data) {
			return nil, conflict(dir, p.name, "is there already with other content")
		}
	}
	for _, e := range entries {
		if strange[e.Name()] {
			return nil, conflict(dir, e.Name(), "is there but not among the day's files")
		}
	}
	return todo, nil
}

func conflict(dir, name, what string) error {
	return &fault.Error{Op: writeOp, Kind: fault.Conflict, Field: "file", Value: filepath.Join(dir, name),
		Msg: what + "; a finished folder is never changed, issue the day again in a folder of its own"}
}

// makeFolder creates the date folder. Account numbers lie in it, so others may
// not look inside.
func makeFolder(root, dir string) error {
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return fault.Wrap(writeOp, fault.Unavailable, err)
	}
	return syncDir(root)
}

func removeTemps(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fault.Wrap(writeOp, fault.Unavailable, err)
	}
	for _, e := range entries {
		if isTempName(e.Name()) {
			if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
				return fault.Wrap(writeOp, fault.Unavailable, err)
			}
		}
	}
	return nil
}

// writeOne writes, syncs and renames one file. A failure leaves at most the
// temporary file, which the next Write removes.
func writeOne(dir string, p plannedFile) error {
	temp := filepath.Join(dir, tempName(p.name))
	out, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fault.Wrap(writeOp, fault.Unavailable, err)
	}
	_, err = out.Write(p.data)
	crash.At("clearing.f6.temp_written")
	if err == nil {
		err = out.Sync()
	}
	crash.At("clearing.f7.synced")
	if closeErr := out.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(temp, filepath.Join(dir, p.name))
	}
	return fault.Wrap(writeOp, fault.Unavailable, err)
}

// syncDir makes the names in a directory durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fault.Wrap(writeOp, fault.Unavailable, err)
	}
	err = d.Sync()
	if closeErr := d.Close(); err == nil {
		err = closeErr
	}
	return fault.Wrap(writeOp, fault.Unavailable, err)
}
