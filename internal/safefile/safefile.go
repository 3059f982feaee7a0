// Package safefile writes files so that a reader, or a crash, never sees half of
// one: temporary name, fsync, rename, fsync of the directory.
package safefile

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"juma/internal/crash"
)

// Write puts data at path, replacing what was there, all or nothing. The
// directory is made when it is missing.
func Write(path string, data []byte) error { return WriteMode(path, data, 0o644) }

// WriteMode is Write with the file's permissions: 0600 for what only this user
// may read.
func WriteMode(path string, data []byte, mode os.FileMode) error {
	return place(path, whole(data), mode, os.Rename)
}

// Stream is WriteMode for what is written piece by piece: an error of write is
// returned and leaves what was at path.
func Stream(path string, mode os.FileMode, write func(io.Writer) error) error {
	return place(path, write, mode, os.Rename)
}

func whole(data []byte) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	}
}

// Create is WriteMode for a file that must not exist yet: the error is
// fs.ErrExist when it does, and what was there stays.
func Create(path string, data []byte, mode os.FileMode) error {
	return place(path, whole(data), mode, func(temp, path string) error {
		defer os.Remove(temp)
		return os.Link(temp, path)
	})
}

// place writes a temporary file beside path and puts it there.
func place(path string, write func(io.Writer) error, mode os.FileMode, put func(temp, path string) error) (err error) {
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
	w := bufio.NewWriterSize(f, 64<<10)
	if err = write(w); err != nil {
		return err
	}
	if err = w.Flush(); err != nil {
		return err
	}
	if err = f.Chmod(mode); err != nil {
		return err
	}
	if err = f.Sync(); err != nil {
		return err
	}
	crash.At("safefile.synced")
	if err = f.Close(); err != nil {
		return err
	}
	if err = put(f.Name(), path); err != nil {
		return err
	}
	return SyncDir(dir)
}

// Clean removes what writers of path left that were killed before it had its name. A
// writer of this moment loses its work and is told so.
func Clean(path string) error {
	dir, prefix := filepath.Dir(path), ".tmp-"+filepath.Base(path)+"-"
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), prefix) {
			if err := os.Remove(filepath.Join(dir, e.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	return nil
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

// Scratch is room on disk in a directory ("" for the system's) that is gone when
// it is closed, or when the process ends in whatever way.
type Scratch struct {
	*os.File
	named bool // the system does not let go of the name of an open file
}

// NewScratch makes one.
func NewScratch(dir string) (*Scratch, error) {
	f, err := os.CreateTemp(dir, "juma-scratch-*")
	if err != nil {
		return nil, err
	}
	return &Scratch{File: f, named: os.Remove(f.Name()) != nil}, nil
}

// Close gives the room back.
func (s *Scratch) Close() error {
	err := s.File.Close()
	if s.named {
		err = errors.Join(err, os.Remove(s.Name()))
	}
	return err
}
