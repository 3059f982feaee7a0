package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"juma/acquiring/channel"
	"juma/clearing"
	"juma/internal/app"
	"juma/internal/bizdate"
)

// newClearing lists the steps of a clearing day; each is in a file of its own.
func newClearing(c *common) *cobra.Command {
	cmd := &cobra.Command{
		Use: "clearing", Short: "Clear days step by step, close them, and look at them",
		Long: `The steps of a clearing day in their order: cutoff, fetch or import, reconcile, settle, file,
release. Each can be run again, then says the same and changes nothing. Who releases
a day must not be who settled it. close runs all of them up to file.`,
		Example: "  juma clearing status 2026-03-10",
	}
	cmd.AddCommand(newClearingStatus(c), newClearingCutOff(c), newClearingFetch(c), newClearingImport(c), newClearingStatements(c),
		newClearingReconcile(c), newClearingSettle(c),
		newClearingFile(c), newClearingRelease(c), newClearingClose(c), newClearingShow(c), newClearingTerms(c), newClearingHold(c), newClearingCalendar(c), newClearingCases(c), newClearingExplain(c), newClearingPayouts(c), newClearingCredits(c))
	return cmd
}

// dayFlags are those of the steps that ask wallets or write files.
type dayFlags struct {
	walletFile, institution, payer string
}

func (f *dayFlags) wallets(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.walletFile, "wallets", "wallets.json", "wallet configuration, one JSON object as juma sandbox --json prints it")
}

func (f *dayFlags) files(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.institution, "institution", "99982900", "8-digit institution code of the acquirer")
	payerFlag(cmd, &f.payer)
}

// withDay runs f with the date of the arguments and a desk that clears it.
func (f *dayFlags) withDay(cmd *cobra.Command, c *common, args []string, run func(*app.ClearingDesk, bizdate.Date) error) error {
	d, err := bizdate.Parse(args[0])
	if err != nil {
		return err
	}
	var wallets app.Wallets
	if f.walletFile != "" {
		wallets, err = app.ReadWallets(f.walletFile)
		if errors.Is(err, fs.ErrNotExist) && !cmd.Flags().Changed("wallets") {
			wallets, err = app.Wallets{}, nil // what is done, or was brought, needs no wallet; what does need one says so
		}
		if err != nil {
			return err
		}
	}
	payer, err := readPayer(f.payer)
	if err != nil {
		return err
	}
	cfg := app.DeskConfig{Institution: f.institution, Payer: payer, Wallets: wallets}
	return withClearing(cmd, c, cfg, func(desk *app.ClearingDesk) error { return run(desk, d) })
}

// withClearing runs f with a desk over the database of the flags, which must be there.
func withClearing(cmd *cobra.Command, c *common, cfg app.DeskConfig, f func(*app.ClearingDesk) error) error {
	if c.db == "" {
		if _, err := os.Stat(filepath.Join(c.data, app.DatabaseFile)); errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s holds no database: name another --data", c.data)
		}
	}
	bar := newProgress(os.Stderr)
	cfg.DataDir, cfg.DB, cfg.Step, cfg.Log = c.data, c.db, func(s string) { bar.show(s, 0, 0) }, logger(os.Stderr)
	desk, err := app.OpenClearingDesk(cmd.Context(), cfg)
	if err != nil {
		return err
	}
	err = f(desk)
	bar.end()
	return errors.Join(err, desk.Close())
}

// payerFlag is who pays merchants, as the commands that settle take it.
func payerFlag(cmd *cobra.Command, payer *string) {
	cmd.Flags().StringVar(payer, "payer", "", `licensed institution that pays merchants, "CODE NAME" (default: the acquirer's institution code)`)
}

// readPayer reads "CODE NAME"; "" is the default.
func readPayer(text string) (clearing.Payer, error) {
	if text == "" {
		return clearing.Payer{}, nil
	}
	code, name, ok := strings.Cut(strings.TrimSpace(text), " ")
	if name = strings.TrimSpace(name); !ok || name == "" || len(code) > 32 || utf8.RuneCountInString(name) > 128 {
		return clearing.Payer{}, fmt.Errorf("--payer %q: want a code of at most 32 characters, a blank and a name", text)
	}
	return clearing.Payer{Code: code, Name: name}, nil
}

// step is a step that every channel takes for itself.
func (f *dayFlags) step(c *common, cmd *cobra.Command, run func(*app.ClearingDesk, *cobra.Command, channel.Name, bizdate.Date) (string, error)) *cobra.Command {
	cmd.Args = cobra.ExactArgs(1)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return f.withDay(cmd, c, args, func(desk *app.ClearingDesk, d bizdate.Date) error {
			names, err := desk.Names(cmd.Context(), d)
			if err != nil {
				return err
			}
			for _, ch := range names {
				says, err := run(desk, cmd, ch, d)
				if err != nil {
					return err
				}
				if _, err := fmt.Fprintf(cmd.OutOrStdout(), "%s %s: %s\n", d, ch, says); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return cmd
}
