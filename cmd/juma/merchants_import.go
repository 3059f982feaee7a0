package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"juma/internal/app"
	"juma/internal/bizdate"
	"juma/internal/clock"
	"juma/internal/id"
	"juma/internal/store"
	"juma/merchants"
	"juma/merchants/importfile"
	"juma/merchants/sandbox"
)

func newMerchantsImport(c *common) *cobra.Command {
	var dryRun bool
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Import merchants from CSV or xlsx, all or nothing",
		Long: `Reads merchants from a table, CSV in UTF-8 or xlsx, checks every row first and
prints all faults at once on standard output as CSV: line,field,value,problem.
Without faults every merchant becomes a submitted application; with any, nothing
is imported. Exit status 0: imported, or clean in a dry run. 2: refused.

The first line of the table is exactly
` + header() + `
kind is enterprise, individual or micro; uscc is empty for micro, everything else
must be there. settle_kind is corporate or personal. Rates are parts per million:
3800 is 0.38 %.`,
		Example: `  juma merchants import merchants.csv --dry-run
  juma merchants import merchants.xlsx > faults.csv`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return fmt.Errorf("name one file to import, CSV or xlsx")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return importMerchants(cmd, c, args[0], dryRun)
		},
	}
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "check everything and import nothing")
	return cmd
}

// header is the table's first line.
func header() string {
	var b bytes.Buffer
	_ = importfile.Write(&b, nil) // a buffer does not fail
	return b.String()
}

func importMerchants(cmd *cobra.Command, c *common, path string, dryRun bool) error {
	f, err := os.Open(path)
	if err != nil {
		return refuseImport(cmd.OutOrStdout(), path, []importfile.Fault{{Value: path, Problem: "cannot be opened: " + reasonOf(err)}})
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return refuseImport(cmd.OutOrStdout(), path, []importfile.Fault{{Value: path, Problem: "is no file; name a CSV or xlsx file"}})
	}
	sink := &importSink{common: c}
	defer sink.close()
	job := importfile.Job{Today: bizdate.Of(clock.Real{}.Now()), By: "command line", DryRun: dryRun, Sink: sink}
	bar := newProgress(os.Stderr)
	job.Progress = func(done, total int64) { bar.show("read "+filepath.Base(path), int(done), int(total)) }
	n, faults, err := job.Run(cmd.Context(), f, info.Size())
	bar.end()
	switch {
	case err != nil:
		return err
	case len(faults) > 0:
		return refuseImport(cmd.OutOrStdout(), path, faults)
	}
	done := map[bool]string{false: "merchants imported; they wait for verification and review", true: "merchants are right; nothing was imported (dry run)"}
	_, err = fmt.Fprintf(cmd.ErrOrStderr(), "%d %s\n", n, done[dryRun])
	return err
}

// refuseImport prints faults and gives exit status 2.
func refuseImport(w io.Writer, path string, faults []importfile.Fault) error {
	if err := importfile.WriteFaults(w, faults); err != nil {
		return err
	}
	return refusal{fmt.Errorf("%s: %d faults; nothing was imported", path, len(faults))}
}

// reasonOf is why a file cannot be opened, without its path.
func reasonOf(err error) string {
	var pe *os.PathError
	if errors.As(err, &pe) {
		return pe.Err.Error()
	}
	return err.Error()
}

// importSink opens the database when it is asked something: a file with faults
// makes none.
type importSink struct {
	*common
	store *store.Store
}

// Taken tells who is known. Where there is no database, nobody is.
func (k *importSink) Taken(ctx context.Context, all []merchants.Profile) ([]int, error) {
	if _, err := os.Stat(filepath.Join(k.data, app.DatabaseFile)); k.db == "" && errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err := k.open(ctx); err != nil {
		return nil, err
	}
	return k.store.Onboarding().Taken(ctx, all)
}

// Import makes the database if there is none, and stores the applications.
func (k *importSink) Import(ctx context.Context, all []merchants.Profile, by string) error {
	if err := k.open(ctx); err != nil {
		return err
	}
	// Nothing is asked of the registry here: the server's sweep does.
	o, err := app.NewOnboarding(k.store, sandbox.New(clock.Real{}), clock.Real{}, id.NewULIDs(rand.Reader), rand.Reader, app.DefaultAcquirer)
	if err != nil {
		return err
	}
	return o.Import(ctx, all, by)
}

func (k *importSink) open(ctx context.Context) (err error) {
	if k.store != nil {
		return nil
	}
	k.store, err = openOrMakeStore(ctx, k.common)
	return err
}

func (k *importSink) close() {
	if k.store != nil {
		k.store.Close()
	}
}
