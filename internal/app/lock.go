package app

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// Lock takes a data directory for this process until unlock is called or the
// process ends, however it ends. It protects what only one process may write:
// the embedded broker's store, and a demo's files. A directory that is taken is
// an error that says so.
func Lock(dir string) (unlock func(), err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("data directory: %w; choose another with --data", err)
	}
	f, err := os.Open(dir) // the directory itself is locked: no file is left behind
	if err != nil {
		return nil, fmt.Errorf("data directory: %w; choose another with --data", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("data directory %s is in use by another juma: end that one, choose another --data, or share the work over a broker with --nats", dir)
		}
		return nil, fmt.Errorf("data directory %s: %w", dir, err)
	}
	return func() { f.Close() }, nil
}
