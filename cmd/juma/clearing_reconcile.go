package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"juma/acquiring/channel"
	"juma/clearing"
	"juma/internal/app"
	"juma/internal/bizdate"
)

func newClearingReconcile(c *common) *cobra.Command {
	var f dayFlags
	cmd := f.step(c, &cobra.Command{
		Use: "reconcile DATE", Short: "Prove a date against its statements: every line of both sides in one class",
		Example: "  juma clearing reconcile 2026-03-10 --wallets wallets.json",
	}, func(desk *app.ClearingDesk, cmd *cobra.Command, ch channel.Name, d bizdate.Date) (string, error) {
		if err := desk.Reconcile(cmd.Context(), ch, d); err != nil {
			return "", err
		}
		day, err := desk.Store.Day(cmd.Context(), ch, d)
		if err != nil {
			return "", err
		}
		items, err := desk.Store.Items(cmd.Context(), d)
		matched, differing := 0, 0
		for _, it := range items {
			switch {
			case it.Channel != ch:
			case it.Class == clearing.Matched:
				matched++
			default:
				differing++
			}
		}
		return fmt.Sprintf("%d statement lines, %d matched, %d differences", day.TheirsLines, matched, differing), err
	})
	f.wallets(cmd)
	return cmd
}
