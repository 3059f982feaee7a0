package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"juma/clearing/terms"
	"juma/internal/access"
	"juma/internal/store"
)

func newClearingHold(c *common) *cobra.Command {
	cmd := &cobra.Command{
		Use: "hold", Short: "Keep a merchant's money or a payment back until a second person lets it go",
		Example: "  juma clearing hold list\n  juma clearing hold put merchant 999290058120001 --by risk1 --reason complaints",
	}
	cmd.AddCommand(newHoldList(c), newHoldPut(c), newHoldEnd(c))
	return cmd
}

func newHoldList(c *common) *cobra.Command {
	return listing(c, &cobra.Command{
		Use: "list [MERCHANT]", Short: "List holds, the newest first", Args: cobra.MaximumNArgs(1), Example: "  juma clearing hold list --json",
	}, "ID\tSCOPE\tNUMBER\tMERCHANT\tKIND\tSTATE\tHELD BY\tENDED BY\tREASON", func(ctx context.Context, s *store.Store, out *lister, args []string) error {
		all, err := s.Terms().Holds(ctx, append(args, "")[0], "", 1000)
		for _, h := range all {
			out.add(map[string]any{
				"id": h.ID, "scope": h.Scope, "number": h.ObjectNo, "merchant_no": h.MerchantNo, "kind": h.Kind, "state": h.State,
				"held_by": h.HeldBy, "held_at": h.HeldAt, "ended_by": h.EndedBy, "reason": h.Reason, "end_reason": h.EndReason,
			}, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", h.ID, h.Scope, h.ObjectNo, h.MerchantNo, h.Kind, h.State, h.HeldBy, h.EndedBy, h.Reason)
		}
		return err
	})
}

func newHoldPut(c *common) *cobra.Command {
	var w who
	var kind string
	cmd := &cobra.Command{
		Use: "put merchant|payment NUMBER", Short: "Hold a merchant's money or a payment from the next batch on", Args: cobra.ExactArgs(2),
		Example: "  juma clearing hold put payment P2026031010000001000002 --by clear1 --reason \"a court asks\"",
		RunE: func(cmd *cobra.Command, args []string) error {
			roles := []access.Role{access.ClearingOperator, access.Risk}
			return withTerms(cmd, c, w.by, roles, func(s *terms.Service) (string, error) {
				h, err := s.Put(cmd.Context(), terms.Scope(args[0]), args[1], terms.Kind(kind), w.by, w.reason)
				return fmt.Sprintf("%s: %s %s is held", h.ID, h.Scope, h.ObjectNo), err
			})
		},
	}
	w.flags(cmd)
	cmd.Flags().StringVar(&kind, "kind", string(terms.Ordinary), "ordinary or risk")
	return cmd
}

func newHoldEnd(c *common) *cobra.Command {
	var w who
	cmd := &cobra.Command{
		Use: "end ID", Short: "Let go what somebody else has held", Args: cobra.ExactArgs(1),
		Example: "  juma clearing hold end 01KKAM41M0JSXAK5YAN6HMXZ63 --by approver1 --reason explained",
		RunE: func(cmd *cobra.Command, args []string) error {
			roles := []access.Role{access.ClearingApprover, access.Risk}
			return withTerms(cmd, c, w.by, roles, func(s *terms.Service) (string, error) {
				if err := s.End(cmd.Context(), args[0], w.by, w.reason); err != nil {
					return "", err
				}
				h, err := s.Hold(cmd.Context(), args[0])
				return fmt.Sprintf("%s: %s %s is let go", h.ID, h.Scope, h.ObjectNo), err
			})
		},
	}
	w.flags(cmd)
	return cmd
}
