package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"juma/clearing/payout"
)

func newClearingCredits(c *common) *cobra.Command {
	cmd := &cobra.Command{
		Use: "credits", Short: "Take in what channels paid into the reserve",
		Example: "  juma clearing credits import ADVICE.csv --by clear1",
	}
	cmd.AddCommand(newBankImport(c, &cobra.Command{
		Use: "import FILE", Short: "Take the bank's credit advice in, book it, and prove the days that it pays", Args: cobra.ExactArgs(1),
		Long: `Takes a credit advice in: credit_date, account, amount_fen, reference, payer; the last
line is total,COUNT,SUM. A reference is CHANNEL/DATE, or the clearing date alone where
the payer's name says the channel. Each channel's day is then proved three ways:
payments, statement and bank; juma clearing status shows it.`,
		Example: "  juma clearing credits import ADVICE.csv --by clear1",
	}, func(cmd *cobra.Command, s *payout.Service, f payout.BankFile, by string) (string, error) {
		got, err := s.ImportCredits(cmd.Context(), f, by)
		if err != nil || got.Again {
			return "", err
		}
		return fmt.Sprintf("%d credits, %s, for %v", got.Count, got.Amount, got.Dates), nil
	}))
	return cmd
}
