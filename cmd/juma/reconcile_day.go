package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"juma/clearing/daycheck"
	"juma/internal/app"
	"juma/internal/bizdate"
	"juma/internal/safefile"
)

// runDay proves a day of a ledger against a directory of statements and gives the
// number of results that need somebody.
func (f *reconcileFlags) runDay(cmd *cobra.Command) (int64, error) {
	for _, flag := range []struct{ name, value string }{{"--ledger", f.ledger}, {"--statements", f.statements}, {"--date", f.date}, {"--out", f.out}} {
		if flag.value == "" {
			return 0, fmt.Errorf("%s is missing; see juma reconcile --help", flag.name)
		}
	}
	if f.ours != "" || f.theirs != "" || f.mapping != "" {
		return 0, errors.New("--ledger and --statements stand instead of --ours, --theirs and --map: give one or the other")
	}
	date, err := bizdate.Parse(f.date)
	if err != nil {
		return 0, fmt.Errorf("--date %q: want a day as YYYY-MM-DD", f.date)
	}
	if err := checkOut(f.out, f.ledger); err != nil {
		return 0, err
	}
	entries, err := f.readLedger()
	if err != nil {
		return 0, err
	}
	folder, err := app.ReadStatementFolder(f.statements, date)
	if err != nil {
		return 0, err
	}
	for _, p := range folder.Passed {
		fmt.Fprintln(cmd.ErrOrStderr(), "passed over:", p)
	}
	report, err := daycheck.Prove(date, entries, folder.Bills)
	if err != nil {
		return 0, err
	}
	if err := writeResults(f.out, report.Results); err != nil {
		return 0, err
	}
	return printResults(cmd.ErrOrStderr(), len(folder.Read), report)
}

func (f *reconcileFlags) readLedger() ([]daycheck.Entry, error) {
	file, err := os.Open(f.ledger)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return daycheck.ReadLedger(f.ledger, file)
}

func writeResults(path string, results []daycheck.Result) error {
	return safefile.Stream(path, 0o644, func(to io.Writer) error {
		w := csv.NewWriter(to)
		_ = w.Write([]string{"channel", "order_no", "result", "channel_amount_fen", "action"}) // Error tells
		for _, r := range results {
			amount := ""
			if r.InBill {
				amount = strconv.FormatInt(int64(r.Amount), 10)
			}
			_ = w.Write([]string{strings.ToUpper(string(r.Channel)), r.OrderNo, string(r.Outcome), amount, r.Action})
		}
		w.Flush()
		return w.Error()
	})
}

// printResults counts the results and gives the number of those that need
// somebody.
func printResults(to io.Writer, files int, report daycheck.Report) (open int64, err error) {
	counts := map[daycheck.Outcome]int{}
	for _, r := range report.Results {
		counts[r.Outcome]++
		if !r.Outcome.Settles() && r.Outcome != daycheck.Buffered {
			open++
		}
	}
	w := tabwriter.NewWriter(to, 0, 4, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "statements\t%d\t\nresults\t%d\t\n", files, len(report.Results))
	for _, o := range daycheck.Outcomes {
		if counts[o] > 0 {
			fmt.Fprintf(w, "%s\t%d\t\n", o, counts[o])
		}
	}
	if report.Outside > 0 {
		fmt.Fprintf(w, "ledger rows of earlier days\t%d\t\n", report.Outside)
	}
	return open, w.Flush()
}
