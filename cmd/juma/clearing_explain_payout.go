package main

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"juma/acquiring/channel"
	"juma/clearing/payout"
	"juma/internal/clock"
	"juma/internal/mask"
	"juma/internal/money"
)

// explainPayout prints what a payout is made of.
func explainPayout(cmd *cobra.Command, c *common, no string) error {
	s, err := openStore(cmd.Context(), c)
	if err != nil {
		return err
	}
	defer s.Close()
	e, err := payout.NewService(payout.Config{Store: s.Payouts(), Books: s.Clearing(), Parties: s.Merchants(), Clock: clock.Real{}}).Explain(cmd.Context(), no)
	if err != nil {
		return err
	}
	return printPayout(cmd.OutOrStdout(), e)
}

// printPayout prints what a payout is made of, row by row, and its sums.
func printPayout(w io.Writer, e payout.Explanation) error {
	p := e.Payout
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	var err error
	print := func(format string, args ...any) {
		if err == nil {
			_, err = fmt.Fprintf(t, format, args...)
		}
	}
	print("payout %s\t%s\t%s\tto %s of %s, due on %s, paid by %s %s\n", p.No, p.Amount, p.State, mask.Account(p.Account.AccountNo), p.MerchantNo, p.SettlementDate, p.PayerCode, p.PayerName)
	for _, a := range e.Attempts {
		if a.No != p.No {
			print("other attempt %s\t%s\t%s\t%s\n", a.No, a.Amount, a.State, a.Reason)
		}
	}
	for _, r := range e.Results {
		print("the bank says\t\t%s\t%s %s %s %s\n", r.Outcome, shortTime(r.FinishedAt), r.BankRef, r.ReasonCode, r.Reason)
	}
	for _, it := range e.Items {
		sign := money.Fen(1)
		if it.Kind != channel.PaymentLine {
			sign = -1
		}
		print("%s %s\t%s\tfee %s\t%s of %s, %s line %d\n", it.Kind, it.OrderNo, sign*it.OursAmount, sign*it.MerchantFee, it.Channel, it.Date, it.File, it.LineNo)
	}
	for _, a := range e.Adjustments {
		print("%s %s\t%s\tfee %s\t%s: %s\n", a.Kind, a.OrderNo, a.Amount, -a.Fee, a.ID, a.Reason)
	}
	print("gross %s − refund %s − fee %s + adjusted %s + carried %s = %s\n", e.Gross, e.Refund, e.Fee, e.Adjusted, e.Carried, e.Total())
	print("%d rows, each in %s of the settlement files of %s\n", len(e.Items), e.File, p.Date)
	if err != nil {
		return err
	}
	return t.Flush()
}
