package demo

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"juma/internal/app"
	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/internal/safefile"
)

// The files of a demo in its data directory.
const (
	markerFile  = "demo.json"    // whose demo this is, written first
	summaryFile = "summary.json" // written last: its presence says finished
)

// fingerprint names a demo: the same one is served again, another is refused.
type fingerprint struct {
	Seed      uint64       `json:"seed"`
	Payments  int          `json:"payments"`
	Merchants int          `json:"merchants"`
	Date      bizdate.Date `json:"date"`
}

func (c Config) fingerprint() fingerprint {
	return fingerprint{c.Seed, c.Payments, c.Merchants, c.Date}
}

// String prints what was asked for.
func (f fingerprint) String() string {
	return fmt.Sprintf("seed %d, %d payments, %d merchants, date %s", f.Seed, f.Payments, f.Merchants, f.Date)
}

func (f fingerprint) refuse(where string, asked fingerprint, remedy string) error {
	return fault.New("demo", fault.Conflict, "%s holds the demo of %s; asked for %s: %s", where, f, asked, remedy)
}

// prepareDir looks at the data directory. A finished demo of the same kind is to
// be served again (finished), an interrupted one is cleared away and played
// anew, another one is refused unless cfg.Fresh. Only files that a demo makes
// are ever removed, and only where a demo's marker stands.
func prepareDir(cfg Config) (finished bool, err error) {
	if err := os.MkdirAll(cfg.DataDir, 0o755); err != nil {
		return false, fmt.Errorf("data directory: %w", err)
	}
	marker := filepath.Join(cfg.DataDir, markerFile)
	text, err := os.ReadFile(marker)
	switch {
	case errors.Is(err, os.ErrNotExist):
		if err := refuseStrangers(cfg.DataDir); err != nil {
			return false, err
		}
	case err != nil:
		return false, err
	default:
		var there fingerprint
		if err := json.Unmarshal(text, &there); err != nil {
			return false, fault.New("demo", fault.Corrupt, "%s is not a demo's marker: %v", marker, err)
		}
		if there != cfg.fingerprint() && !cfg.Fresh {
			return false, there.refuse(cfg.DataDir, cfg.fingerprint(), "choose another --data, or --fresh to throw the old one away")
		}
		if _, err := os.Stat(filepath.Join(cfg.DataDir, summaryFile)); err == nil && !cfg.Fresh {
			return true, nil
		}
		if err := clearAway(cfg.DataDir); err != nil {
			return false, err
		}
	}
	text, err = json.Marshal(cfg.fingerprint())
	if err != nil {
		return false, err
	}
	return false, safefile.Write(marker, append(text, '\n'))
}

// made lists what a demo makes in its directory.
var made = []string{summaryFile, "plates", app.PlateKeyFile, app.ManifestKeyFile, "statements", "settlement", "nats", app.SealKeyFile, app.DatabaseFile, app.DatabaseFile + "-wal", app.DatabaseFile + "-shm"}

// clearAway removes what a demo made, and the files named besides.
func clearAway(dir string, besides ...string) error {
	for _, name := range append(slices.Clone(made), besides...) {
		if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	return nil
}

// refuseStrangers keeps a demo from mixing with what is not a demo's.
func refuseStrangers(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if slices.Contains(made, e.Name()) || strings.HasPrefix(e.Name(), app.DatabaseFile) {
			return fault.New("demo", fault.Conflict, "%s holds %s, which no demo made: choose an empty --data", dir, e.Name())
		}
	}
	return nil
}

// ReadSummary returns the summary of the finished demo in a directory.
func ReadSummary(dir string) (Summary, error) {
	var s Summary
	data, err := os.ReadFile(filepath.Join(dir, summaryFile))
	if err != nil {
		return s, err
	}
	if err := json.Unmarshal(data, &s); err != nil {
		return s, fault.New("demo", fault.Corrupt, "%s cannot be read, use --fresh to play the day again: %v", filepath.Join(dir, summaryFile), err)
	}
	return s, nil
}

func writeSummary(dir string, s Summary) error {
	data, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	return safefile.Write(filepath.Join(dir, summaryFile), append(data, '\n'))
}
