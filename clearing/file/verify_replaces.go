package file

import (
	"path/filepath"
	"slices"
)

// checkReplaced judges the replaces lines of a folder's control files: empty in a
// first issue; in a re-issue the same file of one earlier issue with its digest,
// or empty for a file that the earlier issue did not have. Where the earlier
// issue is among the folders given, the digests are compared.
func checkReplaced(f *folder, earlier []*folder) {
	replaced := ""
	for _, file := range f.files {
		if folder, _, _, ok := splitReplaces(f.replaces[file.Name].value); ok {
			replaced = folder
			break
		}
	}
	if f.issue > 1 && replaced == "" && len(f.replaces) > 0 {
		f.found.addf(f.path, 0, "replaces", "", "a re-issue says in its control files what it replaces")
		return
	}
	old := findFolder(earlier, f, replaced)
	for _, file := range f.files {
		line, ok := f.replaces[file.Name]
		if !ok {
			continue
		}
		if why := f.replacesFault(file.Name, line.value, replaced, old); why != "" {
			f.found.addf(f.pathOf(ControlName(file.Name)), line.line, "replaces", line.value, "%s", why)
		}
	}
}

// replacesFault says what is wrong with one replaces value, "" when nothing is.
// replaced is the folder that f replaces and old that folder, if it was given.
func (f *folder) replacesFault(name, value, replaced string, old *folder) string {
	var was *FileInfo
	if old != nil {
		was = old.file(name)
	}
	if value == "" {
		if was != nil {
			return "want the file of " + replaced + " that this one replaces"
		}
		return ""
	}
	folder, target, digest, ok := splitReplaces(value)
	date, issue, err := ParseFolderName(folder)
	switch {
	case f.issue == 1 && f.nameIsDate:
		return "a first issue replaces nothing"
	case !ok || err != nil || target != name || date != f.date || (f.nameIsDate && issue >= f.issue):
		return "want FOLDER/" + name + " sha256=DIGEST of an earlier issue of " + f.date.String()
	case folder != replaced:
		return "other files of this folder replace " + replaced
	case old != nil && was == nil:
		return filepath.Base(old.path) + " holds no such file"
	case was != nil && was.SHA256 != digest:
		return old.pathOf(name) + " has the digest " + was.SHA256
	}
	return ""
}

// findFolder finds an issue of f's date by its folder name.
func findFolder(folders []*folder, f *folder, name string) *folder {
	i := slices.IndexFunc(folders, func(o *folder) bool { return o.date == f.date && FolderName(o.date, o.issue) == name })
	if i < 0 {
		return nil
	}
	return folders[i]
}

// file finds a data file that was read.
func (f *folder) file(name string) *FileInfo {
	i := slices.IndexFunc(f.files, func(o FileInfo) bool { return o.Name == name })
	if i < 0 {
		return nil
	}
	return &f.files[i]
}
