package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"juma/internal/store"
)

// errSick ends juma doctor when something is wrong; what it is was printed.
var errSick = errors.New("the database contradicts itself: see the lines above; restore the backup or call whoever runs it")

func newDoctor(c *common) *cobra.Command {
	var walletFile string
	cmd := &cobra.Command{
		Use: "doctor", Short: "Prove that the database does not contradict itself, and warn of certificates that end", Args: cobra.NoArgs, Example: "  juma doctor",
		Long: `Recomputes what must hold and prints a line for each: the audit's hash chain, every
sealed value, each entry of the book, the chain of its sealed days down to the entry
that is wrong, adjustments, and plates' bindings.
Certificates of the wallet configuration are warned of thirty days before they end. It
changes nothing.
Exit status 0: everything holds. 1: something does not, or a certificate has ended.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := openStore(cmd.Context(), c)
			if err != nil {
				return err
			}
			defer s.Close()
			sick := false
			for _, check := range doctorChecks {
				found, wrong, err := check.run(cmd.Context(), s)
				switch {
				case err != nil:
					return fmt.Errorf("%s: %w", check.name, err)
				case wrong != "":
					sick = true
					fmt.Fprintf(cmd.OutOrStdout(), "FAIL  %-16s %s\n", check.name, wrong)
				default:
					fmt.Fprintf(cmd.OutOrStdout(), "ok    %-16s %s\n", check.name, found)
				}
			}
			expired := checkCredentials(cmd.Context(), cmd.OutOrStdout(), walletFile, time.Now())
			if sick {
				return errSick
			}
			return expired
		},
	}
	cmd.Flags().StringVar(&walletFile, "wallets", "wallets.json", "wallet configuration whose certificates are looked at")
	return cmd
}

// doctorCheck tells what it looked at, and what is wrong, "" when nothing is. An
// error means that it could not look.
type doctorCheck struct {
	name string
	run  func(context.Context, *store.Store) (found, wrong string, err error)
}

var doctorChecks = []doctorCheck{
	{"audit chain", func(ctx context.Context, s *store.Store) (string, string, error) {
		p, err := s.VerifyAudit(ctx)
		return fmt.Sprintf("%d entries follow each other", p.Entries), p.Fault, err
	}},
	{"sealed values", func(ctx context.Context, s *store.Store) (string, string, error) {
		n, wrong, err := s.VerifySealed(ctx)
		return fmt.Sprintf("%d values open where they stand", n), wrong, err
	}},
	{"book", func(ctx context.Context, s *store.Store) (string, string, error) {
		t, wrong, err := s.VerifyBook(ctx)
		return fmt.Sprintf("every entry balances; debit = credit = %s yuan", t.Debit.Yuan()), wrong, err
	}},
	{"sealed days", func(ctx context.Context, s *store.Store) (string, string, error) {
		p, err := s.VerifySeals(ctx)
		return fmt.Sprintf("%d days follow each other, their %d entries are as they were sealed", p.Seals, p.Entries), p.Fault, err
	}},
	{"adjustments", func(ctx context.Context, s *store.Store) (string, string, error) {
		n, wrong, err := s.VerifyAdjustments(ctx)
		return fmt.Sprintf("%d adjustments, each once in the book and in its settlement", n), wrong, err
	}},
	{"payouts", func(ctx context.Context, s *store.Store) (string, string, error) {
		n, wrong, err := s.VerifyPayouts(ctx)
		return fmt.Sprintf("%d payouts, all that was credited, none twice; the book has on its way what is", n), wrong, err
	}},
	{"bindings", func(ctx context.Context, s *store.Store) (string, string, error) {
		n, wrong, err := s.VerifyBindings(ctx)
		return fmt.Sprintf("%d bindings, none overlaps another of its plate", n), wrong, err
	}},
}
