package main

import (
	"context"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"juma/clearing/file"
	"juma/internal/bizdate"
	"juma/internal/store"
)

func newSettlement(c *common) *cobra.Command {
	cmd := &cobra.Command{Use: "settlement", Short: "List and verify settlement files", Example: "  juma settlement verify juma-data/settlement/2026-03-10"}
	cmd.AddCommand(newSettlementVerify(), newSettlementList(c))
	return cmd
}

func newSettlementVerify() *cobra.Command {
	return &cobra.Command{
		Use:   "verify DIR…",
		Short: "Read settlement files back and recompute everything, without a database",
		Long: `Reads the files of one or more date folders back, recomputes every control file,
record, total and cross-check between the files, and prints each fault on standard
error as FILE:LINE field value. Exit status 0: all agree.`,
		Example: `  juma settlement verify juma-data/settlement/2026-03-10`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return fmt.Errorf("name at least one date folder, such as juma-data/settlement/2026-03-10")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			bar := newProgress(os.Stderr)
			report, problems := file.Verifier{Progress: func(done, total int64) { bar.show("verify", int(done), int(total)) }}.Verify(args)
			bar.end()
			for _, p := range problems {
				fmt.Fprintln(cmd.ErrOrStderr(), p)
			}
			if n := len(problems) + report.More; n > 0 {
				return fmt.Errorf("faults in the settlement files: %d", n)
			}
			w := cmd.OutOrStdout()
			for _, f := range report.Folders {
				fmt.Fprintf(w, "%s  clearing date %s  %d files  %d transactions  %d merchants\n", f.Dir, f.Date, len(f.Files), f.Rows, f.Merchants)
			}
			for _, note := range report.Notes {
				fmt.Fprintln(w, "note:", note)
			}
			t := report.Totals
			_, err := fmt.Fprintf(w, "gross %s  refund %s  fee %s  adjust %s  net %s  credited %s\nall files agree\n",
				t.Gross, t.Refund, t.Fee, report.Adjust, report.Net, report.Credited)
			return err
		},
	}
}

func newSettlementList(c *common) *cobra.Command {
	return listing(c, &cobra.Command{
		Use: "list", Short: "List settled days and their files", Args: cobra.NoArgs, Example: "  juma settlement list --json",
	}, "CLEARING DATE\tPAID ON\tSTATE\tFILES\tFOLDER", func(ctx context.Context, s *store.Store, out *lister, _ []string) error {
		type row struct {
			ClearingDate   bizdate.Date `json:"clearing_date"`
			SettlementDate bizdate.Date `json:"settlement_date"`
			State          string       `json:"state"`
			Folder         string       `json:"folder"`
			Files          int          `json:"files"`
		}
		batches, err := s.Clearing().Batches(ctx)
		if err != nil {
			return err
		}
		for _, b := range batches {
			files, err := s.Clearing().Files(ctx, b.Date)
			if err != nil {
				return err
			}
			r := row{b.Date, b.SettlementDate, string(b.State), b.Folder, len(files)}
			out.add(r, "%s\t%s\t%s\t%d\t%s\n", r.ClearingDate, r.SettlementDate, r.State, r.Files, r.Folder)
		}
		return nil
	})
}
