// Package migrations holds the numbered SQL that builds and changes the
// database, one folder per dialect with the same numbers in each. Migrations go
// forward only: a mistake is mended by the next number. internal/store runs them.
//
// Conventions, the same on both dialects so that nothing depends on a driver:
// money is a BIGINT in fen (columns *_fen), a rate a BIGINT in parts per million,
// a business date an INT yyyymmdd (0 = not known), an instant a BIGINT in
// microseconds since 1970 UTC (0 = never). Text compares byte by byte. Every
// index that proves uniqueness is named in internal/store, which turns it into
// the field that a caller can mend.
package migrations

import (
	"embed"
	"io/fs"
)

//go:embed sqlite/*.sql mysql/*.sql
var files embed.FS

// SQLite returns the migrations of SQLite.
func SQLite() fs.FS { return dialect("sqlite") }

// MySQL returns the migrations of MySQL and what speaks its protocol.
func MySQL() fs.FS { return dialect("mysql") }

func dialect(name string) fs.FS {
	sub, err := fs.Sub(files, name)
	if err != nil {
		panic("migrations: " + err.Error()) // the folder is embedded above
	}
	return sub
}
