package main

import (
	"github.com/spf13/cobra"

	"juma/acquiring/channel"
	"juma/internal/app"
	"juma/internal/bizdate"
)

func newClearingCutOff(c *common) *cobra.Command {
	var f dayFlags
	return f.step(c, &cobra.Command{
		Use: "cutoff DATE", Short: "Mark the end of a date's day at every channel; payments go on", Example: "  juma clearing cutoff 2026-03-10",
	}, func(desk *app.ClearingDesk, cmd *cobra.Command, ch channel.Name, d bizdate.Date) (string, error) {
		return "cut off", desk.CutOff(cmd.Context(), ch, d)
	})
}
