package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"juma/acquiring"
	"juma/internal/app"
	"juma/internal/bizdate"
	"juma/internal/store"
)

func newCommands(c *common) *cobra.Command {
	cmd := &cobra.Command{
		Use: "commands", Short: "Look after the commands that carry refunds to the wallets",
		Example: "  juma commands list --state dead\n" + `  juma commands redrive R2026031010000001000002 --reason "the wallet is back"`,
	}
	cmd.AddCommand(newCommandsList(c),
		newCommandsMove(c, "redrive", "Send commands again that were given up", (*acquiring.Service).Redrive,
			func(m acquiring.Command) string { return fmt.Sprintf("command %s is %s", m.ObjectNo, m.State) }),
		newCommandsMove(c, "retry", "Try refunds again that the wallet has refused", (*acquiring.Service).RetryRefund,
			func(r acquiring.Refund) string {
				return fmt.Sprintf("refund %s is %s, try %d", r.RefundNo, r.State, r.Tries)
			}))
	return cmd
}

func newCommandsList(c *common) *cobra.Command {
	var state string
	cmd := listing(c, &cobra.Command{
		Use: "list", Short: "List commands, the latest change first", Args: cobra.NoArgs, Example: "  juma commands list --state dead",
	}, "REFUND\tCHANNEL\tSTATE\tCHANGED\tDELIVERIES\tREDRIVEN\tWHY", func(ctx context.Context, s *store.Store, out *lister, _ []string) error {
		page := acquiring.CommandPage{State: acquiring.CommandState(state), Limit: 500}
		for {
			rows, err := s.Acquiring().Commands(ctx, page)
			if err != nil || len(rows) == 0 {
				return err
			}
			for _, m := range rows {
				changed := m.ChangedAt.In(bizdate.Zone)
				out.add(map[string]any{
					"refund_no": m.ObjectNo, "merchant_no": m.MerchantNo, "channel": m.Channel, "state": m.State, "deliveries": m.Deliveries,
					"redrives": m.Redrives, "reason": m.Reason, "changed_at": changed.Format(time.RFC3339),
				}, "%s\t%s\t%s\t%s\t%d\t%d\t%s\n", m.ObjectNo, m.Channel, m.State, changed.Format(time.DateTime), m.Deliveries, m.Redrives, m.Reason)
			}
			page.Before = rows[len(rows)-1]
		}
	})
	cmd.Flags().StringVar(&state, "state", "", "waiting, done or dead; all when left out")
	return cmd
}

// newCommandsMove is a command that does something to refunds one after another.
func newCommandsMove[T any](c *common, name, short string, move func(*acquiring.Service, context.Context, string, string, string) (T, error), says func(T) string) *cobra.Command {
	var w who
	cmd := &cobra.Command{
		Use: name + " REFUND…", Short: short + "; a running server sends them", Args: cobra.MinimumNArgs(1),
		Example: "  juma commands " + name + ` R2026031010000001000002 --reason "the wallet is back"`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return withDesk(cmd, c, func(d *app.CommandDesk) error {
				for _, no := range args {
					moved, err := move(d.Service, cmd.Context(), no, w.name(), w.reason)
					if err != nil {
						return err
					}
					if _, err := fmt.Fprintln(cmd.OutOrStdout(), says(moved)); err != nil {
						return err
					}
				}
				return nil
			})
		},
	}
	w.flags(cmd)
	return cmd
}

// withDesk runs f with the database of the flags, which must be there.
func withDesk(cmd *cobra.Command, c *common, f func(*app.CommandDesk) error) error {
	if c.db == "" {
		if _, err := os.Stat(filepath.Join(c.data, app.DatabaseFile)); errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s holds no database: name another --data", c.data)
		}
	}
	d, err := app.OpenCommandDesk(cmd.Context(), c.data, c.db)
	if err != nil {
		return err
	}
	return errors.Join(f(d), d.Close())
}

// newMerchantsLate sets what becomes of money that comes after an order has ended.
func newMerchantsLate(c *common) *cobra.Command {
	var w who
	cmd := &cobra.Command{
		Use: "late MERCHANT accept|refund", Short: "Set what becomes of money that a wallet took after the order had ended",
		Long: `A consumer may pay in the very moment in which an order ends. The money is booked
either way. "accept", the default, lets the payment count; "refund" gives it back
whole at once, and nobody is told that it was paid.`,
		Example: `  juma merchants late 999290058120001 refund --reason "paid at the till by then"`, Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withDesk(cmd, c, func(d *app.CommandDesk) error {
				if err := d.SetLatePolicy(cmd.Context(), args[0], acquiring.LatePolicy(args[1]), w.name(), w.reason); err != nil {
					return err
				}
				_, err := fmt.Fprintf(cmd.OutOrStdout(), "merchant %s: late money: %s\n", args[0], args[1])
				return err
			})
		},
	}
	w.flags(cmd)
	return cmd
}
