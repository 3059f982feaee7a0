package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"juma/acquiring/channel"
	"juma/internal/app"
	"juma/internal/bizdate"
)

// newClearing lists the steps of a clearing day; each is in a file of its own.
func newClearing(c *common) *cobra.Command {
	cmd := &cobra.Command{
		Use: "clearing", Short: "Clear days step by step, close them, and look at them",
		Long: `The steps of a clearing day in their order: cutoff, fetch, reconcile, settle, file,
release. Each can be run again, then says the same and changes nothing. Who releases
a day must not be who settled it. close runs all of them up to file.`,
		Example: "  juma clearing status 2026-03-10",
	}
	cmd.AddCommand(newClearingStatus(c), newClearingCutOff(c), newClearingFetch(c), newClearingReconcile(c), newClearingSettle(c),
		newClearingFile(c), newClearingRelease(c), newClearingClose(c), newClearingShow(c))
	return cmd
}

// dayFlags are those of the steps that ask wallets or write files.
type dayFlags struct {
	walletFile, institution string
}

func (f *dayFlags) wallets(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.walletFile, "wallets", "wallets.json", "wallet configuration, one JSON object as juma sandbox --json prints it")
}

func (f *dayFlags) files(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.institution, "institution", "99982900", "8-digit institution code of the acquirer")
}

// withDay runs f with the date of the arguments and a desk that clears it.
func (f *dayFlags) withDay(cmd *cobra.Command, c *common, args []string, run func(*app.ClearingDesk, bizdate.Date) error) error {
	d, err := bizdate.Parse(args[0])
	if err != nil {
		return err
	}
	var wallets app.Wallets
	if f.walletFile != "" {
		if wallets, err = app.ReadWallets(f.walletFile); err != nil {
			return err
		}
	}
	if c.db == "" {
		if _, err := os.Stat(filepath.Join(c.data, app.DatabaseFile)); errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s holds no database: name another --data", c.data)
		}
	}
	bar := newProgress(os.Stderr)
	desk, err := app.OpenClearingDesk(cmd.Context(), app.DeskConfig{
		DataDir: c.data, DB: c.db, Institution: f.institution, Wallets: wallets, Step: func(s string) { bar.show(s, 0, 0) }, Log: logger(os.Stderr),
	})
	if err != nil {
		return err
	}
	err = run(desk, d)
	bar.end()
	return errors.Join(err, desk.Close())
}

// step is a step that every channel takes for itself.
func (f *dayFlags) step(c *common, cmd *cobra.Command, run func(*app.ClearingDesk, *cobra.Command, channel.Name, bizdate.Date) (string, error)) *cobra.Command {
	cmd.Args = cobra.ExactArgs(1)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return f.withDay(cmd, c, args, func(desk *app.ClearingDesk, d bizdate.Date) error {
			for _, ch := range channel.Names {
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
