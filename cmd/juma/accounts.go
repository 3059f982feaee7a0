package main

import (
	"context"
	"crypto/rand"
	"fmt"

	"github.com/spf13/cobra"

	"juma/acquiring/channel"
	"juma/internal/audit"
	"juma/internal/bizdate"
	"juma/internal/clock"
	"juma/internal/id"
	"juma/internal/store"
)

func newAccounts(c *common) *cobra.Command {
	cmd := &cobra.Command{Use: "accounts", Short: "See and end further accounts at channels", Example: "  juma accounts list"}
	cmd.AddCommand(newAccountsList(c), newAccountsEnd(c))
	return cmd
}

func newAccountsList(c *common) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List further accounts and the clearing dates on which they are in use", Args: cobra.NoArgs, Example: "  juma accounts list",
		Long: `Lists the further accounts (wechat_east beside wechat) that were ever in a wallet
configuration. Every clearing date needs the statement of each account in use on it.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := openStore(cmd.Context(), c)
			if err != nil {
				return err
			}
			defer s.Close()
			all, err := s.ChannelAccounts(cmd.Context())
			if err != nil {
				return err
			}
			for _, a := range all {
				until := "in use"
				if a.Until != 0 {
					until = "until " + a.Until.String()
				}
				if _, err := fmt.Fprintf(cmd.OutOrStdout(), "%-30s from %s %s\n", a.Name, a.From, until); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

func newAccountsEnd(c *common) *cobra.Command {
	var until, by, reason string
	cmd := &cobra.Command{
		Use: "end ACCOUNT", Short: "Say on which clearing date an account is in use for the last time", Args: cobra.ExactArgs(1),
		Long: `Ends a further account: later clearing dates do without its statement. Take it out of
the rules of routing and of the wallet configuration first; a server that still has it
puts it in use again.`,
		Example: `  juma accounts end wechat_east --until 2026-03-31 --by ops1 --reason "one contract is enough"`,
		RunE: func(cmd *cobra.Command, args []string) error {
			last, err := bizdate.Parse(until)
			if err != nil {
				return fmt.Errorf("--until %q: want the last clearing date, such as 2026-03-31", until)
			}
			if by == "" || reason == "" {
				return fmt.Errorf("--by and --reason must both be given")
			}
			name, err := channel.ParseName(args[0])
			if err != nil {
				return err
			}
			s, err := openStore(cmd.Context(), c)
			if err != nil {
				return err
			}
			defer s.Close()
			return endAccount(cmd.Context(), s, clock.Real{}, name, last, by, reason)
		},
	}
	cmd.Flags().StringVar(&until, "until", "", "last clearing date, YYYY-MM-DD")
	cmd.Flags().StringVar(&by, "by", "", "who says so, for the audit")
	cmd.Flags().StringVar(&reason, "reason", "", "why, for the audit")
	return cmd
}

func endAccount(ctx context.Context, s *store.Store, clk clock.Clock, name channel.Name, until bizdate.Date, by, reason string) error {
	now := clk.Now()
	return s.EndAccount(ctx, name, until, audit.Entry{
		ID: id.NewULIDs(rand.Reader).At(now), At: now, Actor: by, Action: "account.ended", Object: "account " + string(name), After: "until " + until.String(), Reason: reason,
	})
}
