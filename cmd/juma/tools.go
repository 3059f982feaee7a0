package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"juma/internal/app"
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
	return store.Open(ctx, store.Config{DSN: c.db, Path: path})
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

func newPlates(c *common) *cobra.Command {
	var asJSON bool
	list := &cobra.Command{
		Use: "list", Short: "List plates with their state and binding", Args: cobra.NoArgs, Example: "  juma plates list --json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := openStore(cmd.Context(), c)
			if err != nil {
				return err
			}
			defer s.Close()
			type row struct {
				Serial     string `json:"serial"`
				Payload    string `json:"payload"`
				State      string `json:"state"`
				MerchantNo string `json:"merchant_no"`
				TerminalNo string `json:"terminal_no"`
			}
			out := newLister(cmd, asJSON, "SERIAL\tSTATE\tMERCHANT\tTERMINAL\tPAYLOAD")
			for after := ""; ; {
				plates, bindings, err := s.Plates().Plates(cmd.Context(), after, 1000)
				if err != nil {
					return err
				}
				if len(plates) == 0 {
					return out.end()
				}
				for i, p := range plates {
					r := row{p.Serial, p.Payload, string(p.State), bindings[i].MerchantNo, bindings[i].TerminalNo}
					out.add(r, "%s\t%s\t%s\t%s\t%s\n", r.Serial, r.State, r.MerchantNo, r.TerminalNo, r.Payload)
					after = p.Serial
				}
			}
		},
	}
	list.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a line")
	cmd := &cobra.Command{Use: "plates", Short: "Look at plates"}
	cmd.AddCommand(list)
	return cmd
}

func newMerchants(c *common) *cobra.Command {
	var asJSON bool
	list := &cobra.Command{
		Use: "list", Short: "List merchants", Args: cobra.NoArgs, Example: "  juma merchants list --json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := openStore(cmd.Context(), c)
			if err != nil {
				return err
			}
			defer s.Close()
			type row struct {
				No    string `json:"merchant_no"`
				Name  string `json:"name"`
				MCC   string `json:"mcc"`
				State string `json:"state"`
			}
			out := newLister(cmd, asJSON, "MERCHANT\tMCC\tSTATE\tNAME")
			for after := ""; ; {
				page, err := s.Merchants().Merchants(cmd.Context(), after, 1000)
				if err != nil {
					return err
				}
				if len(page) == 0 {
					return out.end()
				}
				for _, m := range page {
					r := row{m.No, m.Name, m.MCC, string(m.State)}
					out.add(r, "%s\t%s\t%s\t%s\n", r.No, r.MCC, r.State, r.Name)
					after = m.No
				}
			}
		},
	}
	list.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a line")
	cmd := &cobra.Command{Use: "merchants", Short: "Look at merchants"}
	cmd.AddCommand(list)
	return cmd
}

// lister prints rows as an aligned table or as JSON lines.
type lister struct {
	table *tabwriter.Writer
	json  *json.Encoder
	err   error
}

func newLister(cmd *cobra.Command, asJSON bool, header string) *lister {
	if asJSON {
		return &lister{json: json.NewEncoder(cmd.OutOrStdout())}
	}
	l := &lister{table: tabwriter.NewWriter(cmd.OutOrStdout(), 0, 4, 2, ' ', 0)}
	_, l.err = fmt.Fprintln(l.table, header)
	return l
}

func (l *lister) add(row any, format string, args ...any) {
	if l.err != nil {
		return
	}
	if l.json != nil {
		l.err = l.json.Encode(row)
		return
	}
	_, l.err = fmt.Fprintf(l.table, format, args...)
}

func (l *lister) end() error {
	if l.err == nil && l.table != nil {
		return l.table.Flush()
	}
	return l.err
}
