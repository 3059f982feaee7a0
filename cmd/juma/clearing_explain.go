package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"juma/clearing"
	"juma/clearing/file"
	"juma/clearing/payout"
	"juma/internal/app"
	"juma/internal/money"
)

func newClearingExplain(c *common) *cobra.Command {
	return &cobra.Command{
		Use: "explain PAYMENT|REFUND|PAYOUT", Short: "Tell what became of a payment or refund and how each fee was worked out, or what a payout is made of", Args: cobra.ExactArgs(1),
		Long: `Works every fee of a paid payment or a succeeded refund out again and prints each step:
the agreement or the line of the table of prices (prices.csv in the data directory, or
the usual prices), band, rate, the exact figure, rounding, minimum and cap. Then what
reconciliation made of it, its batch, and its row in the settlement files. Of a payout
(O…): what the bank said, and every payment, refund, fee and adjustment in it, added up.`,
		Example: "  juma clearing explain P2026031010000001000012",
		RunE: func(cmd *cobra.Command, args []string) error {
			if payout.IsNumber(args[0]) {
				return explainPayout(cmd, c, args[0])
			}
			s, err := openStore(cmd.Context(), c)
			if err != nil {
				return err
			}
			defer s.Close()
			prices, err := app.ReadPrices(c.data)
			if err != nil {
				return err
			}
			x, err := s.Explainer(prices).Explain(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			w := cmd.OutOrStdout()
			tellFees(w, x)
			return tellWay(w, x, c.data)
		},
	}
}

// tellFees prints how each fee was worked out.
func tellFees(w io.Writer, x clearing.Explanation) {
	fmt.Fprintf(w, "%s %s of %s: %s by %s, clearing date %s\n", x.Kind, x.OrderNo, x.MerchantNo, x.Amount, x.Channel, x.Date)
	if x.OrigOrderNo != "" {
		fmt.Fprintf(w, "it gives back part of %s (%s, %s refunded before)\n", x.OrigOrderNo, x.OrigAmount, x.OrigRefundedBefore)
	}
	a := x.Fees.Agreement
	tellWorking(w, "merchant fee", x.Fees.Merchant, fmt.Sprintf("agreement %s version %d", a.ID, a.Version))
	for _, part := range []struct {
		name string
		clearing.WorkedPrice
	}{{"channel cost", x.Fees.Cost}, {"network fee", x.Fees.Network}} {
		if part.Found {
			tellWorking(w, part.name, part.Worked, fmt.Sprintf("line %d of the prices (%s, %s: %s), merchant class %s, card %s",
				part.Price.Line, bandOf(part.Price.Above, part.Price.UpTo), part.Price.Mark, part.Price.Source, x.Fees.Class, orUnknown(string(x.Card))))
		} else {
			fmt.Fprintf(w, "%-13s none\n", part.name)
		}
	}
}

func orUnknown(s string) string {
	if s == "" {
		return "unknown"
	}
	return s
}

func bandOf(above, upTo money.Fen) string {
	switch {
	case above == 0 && upTo == 0:
		return "any amount"
	case upTo == 0:
		return "above " + above.Yuan()
	}
	return "above " + above.Yuan() + " up to " + upTo.Yuan()
}

func tellWorking(w io.Writer, name string, k clearing.Worked, by string) {
	fmt.Fprintf(w, "%-13s %s yuan by %s\n", name, k.Fee.Yuan(), by)
	for _, step := range []money.Working{k.Before, k.After} {
		if step.Amount == 0 {
			continue
		}
		fmt.Fprintf(w, "              %s of %d fen is %s fen, rounded %d", step.Rate.Percent(), int64(step.Amount), step.Exact, int64(step.Rounded))
		if step.Lifted {
			fmt.Fprintf(w, ", at least %d", int64(step.Min))
		}
		if step.Capped {
			fmt.Fprintf(w, ", at most %d", int64(step.Cap))
		}
		fmt.Fprintf(w, ": %d fen\n", int64(step.Fee))
	}
}

// tellWay prints what reconciliation and settlement made of it.
func tellWay(w io.Writer, x clearing.Explanation, dataDir string) error {
	for _, it := range x.Items {
		fmt.Fprintf(w, "reconciled    %s: %s, %s; statement %s line %d, channel's fee %s\n", it.Date, it.Class, it.State, it.File, it.LineNo, it.TheirsFee.Yuan())
		if it.Note != "" {
			fmt.Fprintf(w, "              %s\n", it.Note)
		}
	}
	if x.Settled.ID == "" {
		_, err := fmt.Fprintln(w, "not settled")
		return err
	}
	fmt.Fprintf(w, "settled       batch of %s, %s: merchant fee %s, network fee %s\n", x.Batch.Date, x.Batch.State, x.Settled.MerchantFee.Yuan(), x.Settled.NetworkFee.Yuan())
	if x.Batch.Folder == "" {
		return nil
	}
	for _, name := range []string{file.ACOMAName(x.Batch.Date), file.ZMName(x.Batch.Date, x.MerchantNo), file.ALFEEName(x.Batch.Date)} {
		line, err := lineOf(filepath.Join(dataDir, x.Batch.Folder, name), fileKey(x, name))
		if err != nil {
			return err
		}
		if line > 0 {
			fmt.Fprintf(w, "file row      %s:%d\n", filepath.Join(x.Batch.Folder, name), line)
		}
	}
	return nil
}

// fileKey is what a file names a row by: ALFEE has no order numbers, and rows of one
// retrieval reference.
func fileKey(x clearing.Explanation, name string) string {
	if name == file.ALFEEName(x.Batch.Date) {
		return x.RRN
	}
	return x.OrderNo
}

// lineOf finds the line of a file that holds a text; 0 when none does or the file is
// elsewhere.
func lineOf(path, text string) (int, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		if strings.Contains(lines.Text(), text) {
			return n, nil
		}
	}
	return 0, lines.Err()
}
