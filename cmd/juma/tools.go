package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"juma/internal/app"
	"juma/internal/id"
	"juma/internal/seal"
	"juma/internal/store"
)

// openStore opens the database of a command that only reads. It does not make
// one: a directory without database is a mistake in --data.
func openStore(ctx context.Context, c *common) (*store.Store, error) {
	path := filepath.Join(c.data, app.DatabaseFile)
	if c.db == "" {
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("%s holds no database: name another --data, or make one with juma demo", c.data)
		}
	}
	return openWith(ctx, c, seal.Read)
}

// openWith opens the database with the sealing keys of the data directory, read
// by seal.Read (for who only looks: nothing is made) or seal.Load.
func openWith(ctx context.Context, c *common, read func(string, id.Random) (*seal.Keyring, error)) (*store.Store, error) {
	keys, err := read(filepath.Join(c.data, app.SealKeyFile), rand.Reader)
	if err != nil {
		return nil, err
	}
	return store.Open(ctx, store.Config{DSN: c.db, Path: filepath.Join(c.data, app.DatabaseFile), Keys: keys})
}

func newMigrate(c *common) *cobra.Command {
	return &cobra.Command{
		Use:   "migrate",
		Short: "Bring the database to this version",
		Long: `Applies the migrations that the database lacks; running it again changes nothing.
SQLite is migrated whenever it is opened; MySQL only by this command.`,
		Example: `  juma migrate --db mysql://juma:secret@127.0.0.1:3306/juma`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if c.db == "" {
				if err := os.MkdirAll(c.data, 0o755); err != nil {
					return fmt.Errorf("data directory: %w", err)
				}
			}
			m, err := store.Migrate(cmd.Context(), store.Config{DSN: c.db, Path: filepath.Join(c.data, app.DatabaseFile)})
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), m)
			return err
		},
	}
}

// listing completes a command that lists rows of the database: it opens it, adds
// --json, and prints what list adds below the header.
func listing(c *common, cmd *cobra.Command, header string, list func(context.Context, *store.Store, *lister, []string) error) *cobra.Command {
	asJSON := cmd.Flags().Bool("json", false, "print one JSON array")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		s, err := openStore(cmd.Context(), c)
		if err != nil {
			return err
		}
		defer s.Close()
		out := newLister(cmd, *asJSON, header)
		if err := list(cmd.Context(), s, out, args); err != nil {
			return err
		}
		return out.end()
	}
	return cmd
}

// lister prints rows as an aligned table, or one by one as a JSON array, so that
// a long list needs no memory.
type lister struct {
	w     io.Writer
	table *tabwriter.Writer // nil: JSON
	rows  int
	err   error
}

func newLister(cmd *cobra.Command, asJSON bool, header string) *lister {
	l := &lister{w: cmd.OutOrStdout()}
	if !asJSON {
		l.table = tabwriter.NewWriter(l.w, 0, 4, 2, ' ', 0)
		l.printf(l.table, "%s\n", header)
	}
	return l
}

// add prints a row: format and args for the table, row for JSON.
func (l *lister) add(row any, format string, args ...any) {
	if l.table != nil {
		l.printf(l.table, format, args...)
		return
	}
	text, err := json.Marshal(row)
	if err != nil {
		l.err = cmp.Or(l.err, err)
		return
	}
	l.rows++
	l.printf(l.w, "%s%s", map[bool]string{true: "[\n", false: ",\n"}[l.rows == 1], text)
}

func (l *lister) printf(w io.Writer, format string, args ...any) {
	if l.err == nil {
		_, l.err = fmt.Fprintf(w, format, args...)
	}
}

func (l *lister) end() error {
	switch {
	case l.table != nil && l.err == nil:
		return l.table.Flush()
	case l.table == nil && l.rows == 0:
		l.printf(l.w, "[]\n")
	case l.table == nil:
		l.printf(l.w, "\n]\n")
	}
	return l.err
}
