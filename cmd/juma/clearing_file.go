package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"juma/internal/app"
	"juma/internal/bizdate"
)

func newClearingFile(c *common) *cobra.Command {
	var f dayFlags
	cmd := &cobra.Command{
		Use: "file DATE", Short: "Write the files of a settled date, if every figure agrees with the books", Args: cobra.ExactArgs(1),
		Example: "  juma clearing file 2026-03-10",
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.withDay(cmd, c, args, func(desk *app.ClearingDesk, d bizdate.Date) error {
				if err := desk.WriteFiles(cmd.Context(), d); err != nil {
					return err
				}
				b, err := desk.Store.Batch(cmd.Context(), d)
				if err != nil {
					return err
				}
				rows, err := desk.Store.Files(cmd.Context(), d)
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s has %d files in %s\n", d, len(rows), b.Folder)
				return err
			})
		},
	}
	f.files(cmd)
	return cmd
}
