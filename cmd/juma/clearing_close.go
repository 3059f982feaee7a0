package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"juma/clearing"
	"juma/internal/access"
	"juma/internal/app"
	"juma/internal/bizdate"
)

func newClearingClose(c *common) *cobra.Command {
	var f dayFlags
	var w who
	var releaser string
	cmd := &cobra.Command{
		Use:   "close DATE",
		Short: "Cut off, fetch statements, reconcile, settle and write the files of a date",
		Long: `Takes a clearing date from cut-off to settlement files. It stops at the first thing
that is not ready and goes on there when it is run again; a closed day stays as it
is. Files go out, and merchants are paid, when a second person has released it.`,
		Example: `  juma clearing close 2026-03-10 --wallets wallets.json
  juma clearing close 2026-03-10 --by clear1 --release-by approver1`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.withDay(cmd, c, args, func(desk *app.ClearingDesk, d bizdate.Date) error {
				if w.by != "" {
					if err := desk.Person(cmd.Context(), w.by, access.ClearingOperator); err != nil {
						return err
					}
				}
				b, err := desk.CloseDay(cmd.Context(), d, w.name())
				if err != nil {
					return err
				}
				if _, err := fmt.Fprintf(cmd.OutOrStdout(), "%s is %s, to be paid on %s; files in %s\n", b.Date, b.State, b.SettlementDate, b.Folder); err != nil {
					return err
				}
				if releaser != "" {
					return release(cmd, desk, d, releaser)
				}
				if b.State != clearing.Released {
					_, err = fmt.Fprintf(cmd.OutOrStdout(), "A second person must release it: juma clearing release %s --by LOGIN\n", d)
				}
				return err
			})
		},
	}
	f.wallets(cmd)
	f.files(cmd)
	cmd.Flags().StringVar(&w.by, "by", "", "login of who settles, a clearing operator (default: the user of this machine)")
	cmd.Flags().StringVar(&releaser, "release-by", "", "login of a clearing approver who releases it at once")
	return cmd
}
