package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"juma/clearing/terms"
	"juma/internal/access"
	"juma/internal/app"
	"juma/internal/bizdate"
	"juma/internal/money"
	"juma/internal/store"
)

func newClearingTerms(c *common) *cobra.Command {
	cmd := &cobra.Command{
		Use: "terms", Short: "When and on what conditions merchants are paid; changes take two people",
		Example: "  juma clearing terms list\n  juma clearing terms propose 999290058120001 --cycle D+1 --minimum 10.00 --from 2026-03-20 --by clear1 --reason \"agreed on\"",
	}
	cmd.AddCommand(newTermsList(c), newTermsPropose(c), newTermsDecide(c, "approve", "Let proposed terms count", (*terms.Service).Approve),
		newTermsDecide(c, "reject", "Refuse or withdraw proposed terms", (*terms.Service).Reject))
	return cmd
}

// newTermsList lists changes, the newest first.
func newTermsList(c *common) *cobra.Command {
	return listing(c, &cobra.Command{
		Use: "list [MERCHANT]", Short: "List terms that were proposed and decided, the newest first", Args: cobra.MaximumNArgs(1), Example: "  juma clearing terms list --json",
	}, "ID\tMERCHANT\tSTATE\tTERMS\tFROM\tPROPOSED\tDECIDED\tREASON", func(ctx context.Context, s *store.Store, out *lister, args []string) error {
		all, err := s.Terms().Changes(ctx, append(args, "")[0], "", 1000)
		for _, t := range all {
			out.add(map[string]any{
				"id": t.ID, "merchant_no": t.MerchantNo, "state": t.State, "cycle": t.Terms.Cycle, "minimum_fen": t.Terms.Minimum, "from": t.From,
				"proposed_by": t.ProposedBy, "decided_by": t.DecidedBy, "reason": t.Reason, "note": t.Note,
			}, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", t.ID, t.MerchantNo, t.State, t.Terms, t.From, t.ProposedBy, t.DecidedBy, t.Reason)
		}
		return err
	})
}

func newTermsPropose(c *common) *cobra.Command {
	var w who
	var cycle, minimum, from string
	cmd := &cobra.Command{
		Use: "propose MERCHANT", Short: "Propose a merchant's terms from a date on; somebody else approves them", Args: cobra.ExactArgs(1),
		Example: `  juma clearing terms propose 999290058120001 --cycle D+1 --minimum 10.00 --from 2026-03-20 --by clear1 --reason "agreed on"`,
		RunE: func(cmd *cobra.Command, args []string) error {
			t, err := readTerms(cycle, minimum)
			if err != nil {
				return err
			}
			since, err := bizdate.Parse(from)
			if err != nil {
				return fmt.Errorf("--from: %w", err)
			}
			return withTerms(cmd, c, w.by, []access.Role{access.ClearingOperator}, func(s *terms.Service) (string, error) {
				change, err := s.Propose(cmd.Context(), args[0], t, since, w.by, w.reason)
				return fmt.Sprintf("%s: merchant %s %s since %s, proposed", change.ID, change.MerchantNo, t, since), err
			})
		},
	}
	w.flags(cmd)
	cmd.Flags().StringVar(&cycle, "cycle", string(terms.Next), "T+n: n working days after the clearing date; D+n: n calendar days")
	cmd.Flags().StringVar(&minimum, "minimum", "0", "smallest amount in yuan that is paid; less is carried forward")
	cmd.Flags().StringVar(&from, "from", "", "first clearing date that the terms count for")
	return cmd
}

func readTerms(cycle, minimum string) (terms.Terms, error) {
	least, err := money.ParseYuan(minimum)
	if err != nil {
		return terms.Terms{}, fmt.Errorf("--minimum: %w", err)
	}
	t := terms.Terms{Cycle: terms.Cycle(cycle), Minimum: least}
	return t, t.Check()
}

func newTermsDecide(c *common, name, short string, decide func(*terms.Service, context.Context, string, string, string) error) *cobra.Command {
	var w who
	cmd := &cobra.Command{
		Use: name + " ID", Short: short, Args: cobra.ExactArgs(1), Example: "  juma clearing terms " + name + ` 01KKAM41M0JSXAK5YAN6HMXZ63 --by approver1 --reason "seen"`,
		RunE: func(cmd *cobra.Command, args []string) error {
			roles := []access.Role{access.ClearingApprover}
			if name == "reject" {
				roles = append(roles, access.ClearingOperator)
			}
			return withTerms(cmd, c, w.by, roles, func(s *terms.Service) (string, error) {
				if err := decide(s, cmd.Context(), args[0], w.by, w.reason); err != nil {
					return "", err
				}
				t, err := s.Change(cmd.Context(), args[0])
				return fmt.Sprintf("%s: merchant %s %s since %s, %s", t.ID, t.MerchantNo, t.Terms, t.From, t.State), err
			})
		},
	}
	w.flags(cmd)
	return cmd
}

// withTerms runs f for a person of one of the roles and prints what it says.
func withTerms(cmd *cobra.Command, c *common, by string, roles []access.Role, f func(*terms.Service) (string, error)) error {
	return withClearing(cmd, c, app.DeskConfig{}, func(desk *app.ClearingDesk) error {
		if err := desk.Person(cmd.Context(), by, roles...); err != nil {
			return err
		}
		says, err := f(desk.Terms)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(cmd.OutOrStdout(), says)
		return err
	})
}
