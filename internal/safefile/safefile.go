// Package safefile writes files so that a reader, or a crash, never sees half of
// one: temporary name, fsync, rename, fsync of the directory.
package safefile

import (
	"os"
	"path/filepath"
)

// Write puts data at path, replacing what was there, all or nothing. The
// directory is made when it is missing.
func Write(path string, data []byte) error { return WriteMode(path, data, 0o644) }

// WriteMode is Write with the file's permissions: 0600 for what only this user
// may read.
func WriteMode(path string, data []byte, mode os.FileMode) error {
	return place(path, data, mode, os.Rename)
}

// Create is WriteMode for a file that must not exist yet: the error is
// fs.ErrExist when it does, and what was there stays.
func Create(path string, data []byte, mode os.FileMode) error {
	return place(path, data, mode, func(temp, path string) error {
		defer os.Remove(temp)
		return os.Link(temp, path)
	})
}

// place writes a temporary file beside path and puts it there.
func place(path string, data []byte, mode os.FileMode, put func(temp, path string) error) (err error) {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".tmp-"+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	if _, err = f.Write(data); err != nil {
		return err
	}
	if err = f.Chmod(mode); err != nil {
		return err
	}
	if err = f.Sync(); err != nil {
		return err
	}
	if err = f.Close(); err != nil {
		return err
	}
	if err = put(f.Name(), path); err != nil {
		return err
	}
	return SyncDir(dir)
}

// SyncDir makes the names in a directory durable.
func SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
