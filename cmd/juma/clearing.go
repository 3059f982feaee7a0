package main

import (
	"context"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"juma/internal/app"
	"juma/internal/bizdate"
	"juma/internal/store"
)

func newClearing(c *common) *cobra.Command {
	cmd := &cobra.Command{Use: "clearing", Short: "Close clearing days and look at them", Example: "  juma clearing show 2026-03-10"}
	cmd.AddCommand(newClearingClose(c), newClearingShow(c))
	return cmd
}

func newClearingClose(c *common) *cobra.Command {
	var walletFile, institution string
	cmd := &cobra.Command{
		Use:   "close DATE",
		Short: "Cut off, fetch statements, reconcile, settle and write the files of a date",
		Long: `Takes a clearing date from cut-off to settlement files. It stops at the first thing
that is not ready and goes on there when it is run again; a closed day stays as it
is.`,
		Example: `  juma clearing close 2026-03-10 --wallets wallets.json`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			d, err := bizdate.Parse(args[0])
			if err != nil {
				return err
			}
			wallets, err := app.ReadWallets(walletFile)
			if err != nil {
				return err
			}
			bar := newProgress(os.Stderr)
			defer bar.end()
			a, err := app.Open(cmd.Context(), app.Config{
				DataDir: c.data, DB: c.db, NATS: c.nats, Listen: "127.0.0.1:0", Institution: institution, Wallets: wallets,
				Channels: wallets.Channels(), Step: func(s string) { bar.show(s, 0, 0) }, Log: logger(os.Stderr),
			})
			if err != nil {
				return err
			}
			defer a.Close()
			b, err := a.Clearing.CloseDay(cmd.Context(), d)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s is %s, to be paid on %s; files in %s\n", b.Date, b.State, b.SettlementDate, b.Folder)
			return err
		},
	}
	cmd.Flags().StringVar(&walletFile, "wallets", "wallets.json", "wallet configuration, one JSON object as juma sandbox --json prints it")
	cmd.Flags().StringVar(&institution, "institution", "99982900", "8-digit institution code of the acquirer")
	return cmd
}

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
