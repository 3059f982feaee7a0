package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"juma/acquiring/channel"
	"juma/clearing"
	"juma/clearing/intake"
	"juma/internal/app"
	"juma/internal/bizdate"
)

// importFlags say what is known about the files beforehand.
type importFlags struct {
	wallets, channel, date, digest, by string
	asJSON                             bool
}

func newClearingImport(c *common) *cobra.Command {
	var f importFlags
	cmd := &cobra.Command{
		Use: "import FILE...", Short: "Take statement files in, as if they had been fetched", Args: cobra.MinimumNArgs(1),
		Long: `Takes statement files in: bills of WeChat (ALL, SUCCESS, REFUND, fund flow) and
Alipay (detail, sums), UnionPay's ZM, ZME, ACOM, ACOMN, ACOMA, ALFEE and AERRA, and
the bank's credit advice; plain, gzip, or zip with any number of them. A file is told
by what it holds and proved before a row of it is used; its bytes are kept. What came
in whole counts as fetched: the day need not ask the channel for it.

The same file again changes nothing. A corrected file is a new version. A layout that
nobody knows, and a bare text that nothing proves to be whole, is quarantined: give
its --digest, or let two people clear it on the console's page of statements.

Exit status 0: everything is in use or was before; 2: something cannot be used.`,
		Example: `  juma clearing import 20260310_ALL.csv.gz bills/2088*_20260310.csv.zip
  juma clearing import INN26031088ZM_999290058120001 --digest 9f86d08…`,
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd, c, args) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.wallets, "wallets", "", "wallet configuration: our own numbers must then stand in the files (default: any)")
	flags.StringVar(&f.channel, "channel", "", "channel that made the files (default: what they say)")
	flags.StringVar(&f.date, "date", "", "clearing date of the files, YYYY-MM-DD (default: what they say)")
	flags.StringVar(&f.digest, "digest", "", "SHA-256 or SHA-1 of the one file, as its maker gave it")
	flags.StringVar(&f.by, "by", "", "login of who brings the files (default: the user of this machine)")
	flags.BoolVar(&f.asJSON, "json", false, "print one JSON array")
	return cmd
}

// file is what is known about every file.
func (f *importFlags) file(files int) (in intake.File, err error) {
	if f.channel != "" {
		if in.Channel, err = channel.ParseName(f.channel); err != nil {
			return in, err
		}
	}
	if f.date != "" {
		if in.Date, err = bizdate.Parse(f.date); err != nil {
			return in, fmt.Errorf("--date: %w", err)
		}
	}
	if in.Digest = f.digest; f.digest != "" && files != 1 {
		return in, errors.New("--digest is of one file: import it by itself")
	}
	return in, nil
}

func (f *importFlags) run(cmd *cobra.Command, c *common, paths []string) error {
	in, err := f.file(len(paths))
	if err != nil {
		return unusable{err}
	}
	var wallets app.Wallets
	if f.wallets != "" {
		if wallets, err = app.ReadWallets(f.wallets); err != nil {
			return unusable{err}
		}
	}
	bad := 0
	err = withClearing(cmd, c, app.DeskConfig{Wallets: wallets}, func(desk *app.ClearingDesk) (err error) {
		bad, err = f.all(cmd, desk, in, paths)
		return err
	})
	if err != nil {
		return unusable{err}
	}
	if bad > 0 {
		return unusable{fmt.Errorf("%d of the files cannot be used; nothing of them was", bad)}
	}
	return nil
}

// all takes the files in one after the other, and counts those that cannot be used.
func (f *importFlags) all(cmd *cobra.Command, desk *app.ClearingDesk, in intake.File, paths []string) (bad int, err error) {
	out := newLister(cmd, f.asJSON, statementHeader+"\tWHAT WAS FOUND")
	for _, path := range paths {
		taken, err := importOne(cmd.Context(), desk, in, path, (&who{by: f.by}).name())
		if err != nil {
			return bad, errors.Join(out.end(), fmt.Errorf("%s: %w", path, err))
		}
		for _, t := range taken {
			if t.Row.Unusable() != nil {
				bad++
			}
			printStatement(out, t.Row, "\t"+saysOf(t))
		}
	}
	return bad, out.end()
}

func importOne(ctx context.Context, desk *app.ClearingDesk, in intake.File, path, by string) ([]clearing.Taken, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > intake.MaxFile {
		return nil, fmt.Errorf("want a file of at most %d bytes", intake.MaxFile)
	}
	in.Name = filepath.Base(path)
	if in.Data, err = os.ReadFile(path); err != nil {
		return nil, err
	}
	return desk.Import(ctx, in, by)
}

// saysOf is one sentence about what became of a file.
func saysOf(t clearing.Taken) string {
	if err := t.Row.Unusable(); err != nil {
		return err.Error()
	}
	if t.Again {
		return fmt.Sprintf("was here before, as version %d: nothing changed", t.Row.Version)
	}
	var notes []string
	for _, s := range t.Row.Findings.Steps {
		if s.State == intake.Proved || s.State == intake.Staged {
			notes = append(notes, s.Note)
		}
	}
	return strings.Join(notes, "; ")
}

const statementHeader = "DATE\tCHANNEL\tMERCHANT\tKIND\tLAYOUT\tSTATE\tVERSION\tROWS\tPAID\tREFUNDED\tSHA256\tFILE"

func printStatement(out *lister, r clearing.StatementRow, more string) {
	date, dash := "-", func(s string) string {
		if s == "" {
			return "-"
		}
		return s
	}
	if r.Date != 0 {
		date = r.Date.String()
	}
	problem := ""
	if err := r.Unusable(); err != nil {
		problem = err.Error()
	}
	out.add(map[string]any{
		"date": date, "channel": r.Channel, "merchant_id": r.MerchantID, "kind": r.Kind, "layout": r.Layout, "state": r.State, "version": r.Version, "rows": r.Rows,
		"totals": r.Totals, "sha256": r.SHA256, "file": r.Name, "path": r.Path, "id": r.ID, "origin": r.Origin, "by": r.Actor, "problem": problem,
	}, "%s\t%s\t%s\t%s\t%s\t%s\t%d\t%d\t%s\t%s\t%s\t%s%s\n", date, dash(string(r.Channel)), dash(r.MerchantID), dash(string(r.Kind)), dash(r.Layout), r.State, r.Version, r.Rows,
		r.Totals.Paid.Yuan(), r.Totals.Refunded.Yuan(), r.SHA256[:12], r.Name, more)
}
