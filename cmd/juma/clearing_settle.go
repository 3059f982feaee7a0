package main

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"juma/clearing"
	"juma/internal/access"
	"juma/internal/app"
	"juma/internal/bizdate"
	"juma/internal/money"
)

func newClearingSettle(c *common) *cobra.Command {
	var f dayFlags
	var by string
	var preview bool
	cmd := &cobra.Command{
		Use: "settle DATE", Short: "Compute a date's settlement and post it, or show it with --preview", Args: cobra.ExactArgs(1),
		Long: `Settles what is matched or approved and posts it to the books, once. With --preview
it prints what every merchant would get and changes nothing.`,
		Example: "  juma clearing settle 2026-03-10 --preview\n  juma clearing settle 2026-03-10 --by clear1",
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.withDay(cmd, c, args, func(desk *app.ClearingDesk, d bizdate.Date) error {
				if !preview {
					if err := desk.Person(cmd.Context(), by, access.ClearingOperator); err != nil {
						return err
					}
					if err := desk.Settle(cmd.Context(), d, by); err != nil {
						return err
					}
				}
				p, err := desk.PreviewSettlement(cmd.Context(), d)
				if err != nil {
					return err
				}
				if preview {
					return printPreview(cmd.OutOrStdout(), p)
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s is settled by %s: %s\n", d, p.Batch.SettledBy, settledSums(p))
				return err
			})
		},
	}
	f.files(cmd)
	cmd.Flags().StringVar(&by, "by", "", "login of who settles, a clearing operator; somebody else releases")
	cmd.Flags().BoolVar(&preview, "preview", false, "show the computation without committing it")
	return cmd
}

// settledSums is a batch in a sentence.
func settledSums(p clearing.Preview) string {
	var net, credited money.Fen
	rows := 0
	for _, s := range p.Settlements {
		net, credited, rows = net+s.Net(), credited+s.Credited, rows+s.Rows
	}
	return fmt.Sprintf("%d merchants, %d rows, net %s, credited %s, due on %s", len(p.Settlements), rows, net, credited, p.Batch.SettlementDate)
}

func printPreview(w io.Writer, p clearing.Preview) error {
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', tabwriter.AlignRight)
	print := func(format string, args ...any) (err error) {
		_, err = fmt.Fprintf(t, format, args...)
		return err
	}
	if err := print("MERCHANT\tROWS\tGROSS\tREFUND\tFEE\tNET\tSUSPENDED\tREPLENISHED\tRELEASED\tCREDITED\tTERMS\tDUE\tPAID BY\t\n"); err != nil {
		return err
	}
	for _, s := range p.Settlements {
		if err := print("%s\t%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t\n", s.MerchantNo, s.Rows, s.Gross, s.Refund, s.Fee, s.Net(), s.Suspended,
			s.Replenished, s.Released, s.Credited, s.Cycle, s.SettlementDate, s.PayerCode); err != nil {
			return err
		}
	}
	if err := t.Flush(); err != nil {
		return err
	}
	state := "not settled yet"
	if p.Batch.State != "" {
		state = "settled by " + p.Batch.SettledBy
	}
	_, err := fmt.Fprintf(w, "%s, %s: %s\n", p.Batch.Date, state, settledSums(p))
	return err
}
