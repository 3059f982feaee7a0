package main

import (
	"context"

	"github.com/spf13/cobra"

	"juma/internal/bizdate"
	"juma/internal/store"
)

func newClearingShow(c *common) *cobra.Command {
	return listing(c, &cobra.Command{
		Use: "show DATE", Short: "Show what the proof of a date found", Args: cobra.ExactArgs(1), Example: "  juma clearing show 2026-03-10",
	}, "CHANNEL\tKIND\tSTATE\tWHAT WAS SEEN", func(ctx context.Context, s *store.Store, out *lister, args []string) error {
		d, err := bizdate.Parse(args[0])
		if err != nil {
			return err
		}
		items, err := s.Clearing().Items(ctx, d)
		if err != nil {
			return err
		}
		for _, it := range items {
			if it.Note == "" {
				continue
			}
			out.add(map[string]any{
				"channel": it.Channel, "kind": it.Class, "state": it.State, "order_no": it.OrderNo, "merchant_no": it.MerchantNo,
				"ours_fen": it.OursAmount, "theirs_fen": it.TheirsAmount, "file": it.File, "line": it.LineNo, "note": it.Note,
			}, "%s\t%s\t%s\t%s\n", it.Channel, it.Class, it.State, it.Note)
		}
		return nil
	})
}
