package app

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"juma/clearing/fee"
	"juma/internal/fault"
)

// ReadPrices reads what channels and networks charge from the data directory's own
// table; without one the usual prices count (fee.Default).
func ReadPrices(dataDir string) (*fee.Table, error) {
	path := filepath.Join(dataDir, fee.FileName)
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return fee.Default(), nil
	}
	if err != nil {
		return nil, fault.Wrap("app.ReadPrices", fault.Unavailable, err)
	}
	defer f.Close()
	return fee.Read(path, f)
}
