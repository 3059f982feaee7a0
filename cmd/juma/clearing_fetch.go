package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"juma/acquiring/channel"
	"juma/internal/app"
	"juma/internal/bizdate"
)

func newClearingFetch(c *common) *cobra.Command {
	var f dayFlags
	cmd := f.step(c, &cobra.Command{
		Use: "fetch DATE", Short: "Fetch the statements of a date, prove that they can be read, and keep them", Example: "  juma clearing fetch 2026-03-10 --wallets wallets.json",
	}, func(desk *app.ClearingDesk, cmd *cobra.Command, ch channel.Name, d bizdate.Date) (string, error) {
		if err := desk.Fetch(cmd.Context(), ch, d); err != nil {
			return "", err
		}
		rows, err := desk.Store.Statements(cmd.Context(), ch, d)
		bytes, empty := 0, 0
		for _, r := range rows {
			bytes += r.Bytes
			if r.Empty {
				empty++
			}
		}
		return fmt.Sprintf("%d statements, %d bytes, %d said to be empty", len(rows), bytes, empty), err
	})
	f.wallets(cmd)
	return cmd
}
