package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"juma/internal/access"
	"juma/internal/app"
	"juma/internal/bizdate"
)

func newClearingRelease(c *common) *cobra.Command {
	var f dayFlags
	var by string
	cmd := &cobra.Command{
		Use: "release DATE", Short: "Let a filed date go, as somebody else than who settled it", Args: cobra.ExactArgs(1),
		Long: `Releases a filed date: from here on its files are handed out and its merchants are
paid. Who releases must not be who settled.`,
		Example: "  juma clearing release 2026-03-10 --by approver1",
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.withDay(cmd, c, args, func(desk *app.ClearingDesk, d bizdate.Date) error {
				return release(cmd, desk, d, by)
			})
		},
	}
	cmd.Flags().StringVar(&by, "by", "", "login of who releases, a clearing approver")
	return cmd
}

func release(cmd *cobra.Command, desk *app.ClearingDesk, d bizdate.Date, by string) error {
	if err := desk.Person(cmd.Context(), by, access.ClearingApprover); err != nil {
		return err
	}
	b, err := desk.Release(cmd.Context(), d, by)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s is released by %s, settled by %s; due on %s\n", d, b.ReleasedBy, b.SettledBy, b.SettlementDate)
	return err
}
