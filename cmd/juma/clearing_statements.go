package main

import (
	"context"

	"github.com/spf13/cobra"

	"juma/internal/bizdate"
	"juma/internal/store"
)

func newClearingStatements(c *common) *cobra.Command {
	return listing(c, &cobra.Command{
		Use: "statements DATE", Short: "Show the statement files of a date: states, versions, digests", Args: cobra.ExactArgs(1),
		Example: "  juma clearing statements 2026-03-10",
	}, statementHeader, func(ctx context.Context, s *store.Store, out *lister, args []string) error {
		d, err := bizdate.Parse(args[0])
		if err != nil {
			return err
		}
		rows, err := s.Clearing().StatementsOn(ctx, d)
		if err != nil {
			return err
		}
		for _, r := range rows {
			printStatement(out, r, "")
		}
		return nil
	})
}
