package main

import (
	"context"
	"encoding/csv"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/internal/ledger"
	"juma/internal/store"
)

func newLedger(c *common) *cobra.Command {
	cmd := &cobra.Command{Use: "ledger", Short: "Look into the book", Example: "  juma ledger balance --date 2026-03-10"}
	cmd.AddCommand(newLedgerBalance(c), newLedgerEntries(c), newLedgerSeals(c))
	return cmd
}

// moment reads --at and --date.
type moment struct{ at, date string }

func (m *moment) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&m.at, "at", "", "what was posted until this time, such as 2026-03-11T09:00:00 (China time)")
	cmd.Flags().StringVar(&m.date, "date", "", "what belongs to clearing dates up to this one")
	cmd.MarkFlagsMutuallyExclusive("at", "date")
}

func (m *moment) read() (ledger.Moment, error) {
	var when ledger.Moment
	var err error
	if m.date != "" {
		when.Date, err = bizdate.Parse(m.date)
	}
	if m.at != "" {
		if when.At, err = time.ParseInLocation("2006-01-02T15:04:05", m.at, bizdate.Zone); err != nil {
			err = fault.Field("ledger", "at", m.at, "want a time such as 2026-03-11T09:00:00")
		}
	}
	return when, err
}

func newLedgerBalance(c *common) *cobra.Command {
	var when moment
	var asCSV, accounts bool
	cmd := &cobra.Command{
		Use: "balance", Short: "Print the trial balance", Args: cobra.NoArgs,
		Long: `Prints both sides of every head of the chart of accounts and its balance, on its
normal side, now or at a moment. Exit status 1: debits and credits differ.`,
		Example: "  juma ledger balance --date 2026-03-10\n  juma ledger balance --at 2026-03-11T09:00:00 --accounts --csv",
		RunE: func(cmd *cobra.Command, _ []string) error {
			m, err := when.read()
			if err != nil {
				return err
			}
			s, err := openStore(cmd.Context(), c)
			if err != nil {
				return err
			}
			defer s.Close()
			all, err := s.BookBalances(cmd.Context(), m)
			if err != nil {
				return err
			}
			trial, err := ledger.NewTrial(all)
			if err != nil {
				return err
			}
			if err := printBalance(cmd, trial, all, accounts, asCSV); err != nil {
				return err
			}
			if !trial.Balanced() {
				return fmt.Errorf("debit %s, credit %s: the book does not balance; run juma doctor", trial.Debit.Yuan(), trial.Credit.Yuan())
			}
			return nil
		},
	}
	when.flags(cmd)
	cmd.Flags().BoolVar(&asCSV, "csv", false, "print CSV, amounts in fen")
	cmd.Flags().BoolVar(&accounts, "accounts", false, "print every account, not only the heads")
	return cmd
}

func printBalance(cmd *cobra.Command, trial ledger.Trial, all []ledger.Balance, accounts, asCSV bool) error {
	table := ledger.TrialTable(trial)
	if accounts {
		table = ledger.AccountTable(all)
	}
	w := cmd.OutOrStdout()
	if asCSV {
		out := csv.NewWriter(w)
		return out.WriteAll(table)
	}
	l := newLister(cmd, false, "ACCOUNT\tTYPE\tDEBIT\tCREDIT\tBALANCE\tON THE")
	for _, b := range rowsOf(trial, all, accounts) {
		l.add(nil, "%s\t%s\t%s\t%s\t%s\t%s\n", b.name, b.head.Type, b.balance.Debit.Yuan(), b.balance.Credit.Yuan(), b.balance.Net(b.head.Normal).Yuan(), b.head.Normal)
	}
	l.add(nil, "total\t\t%s\t%s\t\t\n", trial.Debit.Yuan(), trial.Credit.Yuan())
	return l.end()
}

// balanceRow is a line of the balance that is printed.
type balanceRow struct {
	name    string
	head    ledger.Head
	balance ledger.Balance
}

func rowsOf(trial ledger.Trial, all []ledger.Balance, accounts bool) []balanceRow {
	var rows []balanceRow
	for _, h := range trial.Heads {
		if !accounts {
			rows = append(rows, balanceRow{string(h.Code) + " " + h.Name.Chinese, h.Head, ledger.Balance{Debit: h.Debit, Credit: h.Credit}})
		}
	}
	for _, b := range all {
		if h, ok := ledger.HeadOf(b.Account); ok && accounts {
			rows = append(rows, balanceRow{string(b.Account), h, b})
		}
	}
	return rows
}

func newLedgerEntries(c *common) *cobra.Command {
	var when moment
	var limit int
	cmd := listing(c, &cobra.Command{
		Use: "entries ACCOUNT", Short: "List the entries of an account, the last first", Args: cobra.ExactArgs(1),
		Example: "  juma ledger entries merchant_payable/999290058120001 --date 2026-03-10",
	}, "POSTED\tCLEARING DATE\tRULE\tREFERENCE\tDEBIT\tCREDIT", func(ctx context.Context, s *store.Store, out *lister, args []string) error {
		m, err := when.read()
		if err != nil {
			return err
		}
		account := ledger.Account(args[0])
		if _, ok := ledger.HeadOf(account); !ok {
			return fault.Field("ledger", "account", args[0], "is not in the chart of accounts; juma ledger balance --accounts lists them")
		}
		found, err := s.BookEntries(ctx, account, m, "", limit)
		if err != nil {
			return err
		}
		for _, e := range found {
			i := slices.IndexFunc(e.Lines, func(l ledger.Line) bool { return l.Account == account })
			l := e.Lines[i]
			out.add(e, "%s\t%s\t%s\t%s\t%s\t%s\n", e.At.In(bizdate.Zone).Format(time.DateTime), e.ClearingDate, e.Kind, e.Ref, l.Debit.Yuan(), l.Credit.Yuan())
		}
		return nil
	})
	when.flags(cmd)
	cmd.Flags().IntVar(&limit, "limit", 200, "at most so many")
	return cmd
}

func newLedgerSeals(c *common) *cobra.Command {
	return listing(c, &cobra.Command{
		Use: "seals", Short: "List the sealed days, the last sealed first", Args: cobra.NoArgs, Example: "  juma ledger seals",
	}, "NO.\tCLEARING DATE\tENTRIES\tDEBIT = CREDIT\tSEALED\tHASH", func(ctx context.Context, s *store.Store, out *lister, _ []string) error {
		for before := int64(0); ; {
			page, err := s.BookSeals(ctx, before, 500)
			if err != nil || len(page) == 0 {
				return err
			}
			for _, k := range page {
				out.add(k, "%d\t%s\t%d\t%s\t%s\t%s\n", k.Seq, k.Date, k.Entries, k.Debit.Yuan(), k.At.In(bizdate.Zone).Format(time.DateTime), k.Hash)
				before = k.Seq
			}
			if before == 1 {
				return nil
			}
		}
	})
}
