package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"

	"github.com/spf13/cobra"

	"juma/clearing/payout"
	"juma/internal/access"
	"juma/internal/app"
	"juma/internal/bizdate"
	"juma/internal/mask"
	"juma/internal/money"
	"juma/internal/store"
)

func newClearingPayouts(c *common) *cobra.Command {
	cmd := listing(c, &cobra.Command{
		Use: "payouts DATE", Short: "List a date's payouts, send them to the bank, and take its results", Args: cobra.ExactArgs(1),
		Long: `Lists what a released date's merchants are paid, with account numbers masked. send
writes the instruction file, import takes the bank's results, and what failed or came
back (退票) is paid again by two people: again and release.`,
		Example: "  juma clearing payouts 2026-03-10\n  juma clearing payouts send 2026-03-10 --out pay.csv --by clear1",
	}, "PAYOUT\tMERCHANT\tACCOUNT\tAMOUNT\tSTATE\tDUE\tPAID BY\tREPLACES\tREMARKS", listPayouts)
	cmd.AddCommand(newPayoutsSend(c), newPayoutsImport(c), newPayoutsAgain(c), newPayoutsRelease(c))
	return cmd
}

func listPayouts(ctx context.Context, s *store.Store, out *lister, args []string) error {
	d, err := bizdate.Parse(args[0])
	if err != nil {
		return err
	}
	all, err := s.Payouts().PayoutsOn(ctx, d)
	if err != nil {
		return err
	}
	counts, sums := map[payout.State]int{}, map[payout.State]money.Fen{}
	for _, p := range all {
		counts[p.State]++
		sums[p.State] += p.Amount
		remarks := p.ReasonCode
		if p.Reason != "" {
			remarks += " " + p.Reason
		}
		out.add(map[string]any{
			"payout_no": p.No, "clearing_date": p.Date, "merchant_no": p.MerchantNo, "account": mask.Account(p.Account.AccountNo), "amount_fen": p.Amount, "state": p.State,
			"settlement_date": p.SettlementDate, "payer": p.PayerCode, "replaces": p.Replaces, "reason_code": p.ReasonCode, "reason": p.Reason, "bank_ref": p.BankRef,
		}, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", p.No, p.MerchantNo, mask.Account(p.Account.AccountNo), p.Amount, p.State, p.SettlementDate, p.PayerCode, p.Replaces, remarks)
	}
	for _, state := range payout.States {
		if counts[state] > 0 && out.table != nil {
			out.add(nil, "total %s\t%d\t\t%s\t\t\t\t\t\n", state, counts[state], sums[state])
		}
	}
	return nil
}

func newPayoutsSend(c *common) *cobra.Command {
	var by, to string
	cmd := &cobra.Command{
		Use: "send DATE", Short: "Write the instruction file for the bank", Args: cobra.ExactArgs(1),
		Long: `Writes what is instructed of a released date into an instruction file with its .chk,
below payouts/ in the data directory, and with --out a copy that nobody else may read.
Nothing is in two files, nothing is overwritten, and run again it gives the same file.`,
		Example: "  juma clearing payouts send 2026-03-10 --out pay.csv --by clear1",
		RunE: func(cmd *cobra.Command, args []string) error {
			var f dayFlags
			return f.withDay(cmd, c, args, func(desk *app.ClearingDesk, d bizdate.Date) error {
				if err := desk.Person(cmd.Context(), by, access.ClearingOperator); err != nil {
					return err
				}
				return sendPayouts(cmd, desk.Payouts, d, by, to)
			})
		},
	}
	cmd.Flags().StringVar(&by, "by", "", "login of who sends, a clearing operator")
	cmd.Flags().StringVar(&to, "out", "", "also copy the date's last file there")
	return cmd
}

func sendPayouts(cmd *cobra.Command, s *payout.Service, d bizdate.Date, by, to string) error {
	files, err := s.Send(cmd.Context(), d, by)
	if err != nil {
		return err
	}
	if len(files) == 0 {
		_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s: nobody is to be paid\n", d)
		return err
	}
	for _, i := range files {
		if _, err := fmt.Fprintf(cmd.OutOrStdout(), "%s/%s: %d payouts, %s, SHA-256 %s\n", i.Folder(), i.Name, i.Count, i.Amount, i.SHA256); err != nil {
			return err
		}
	}
	if to == "" {
		return nil
	}
	_, data, err := s.File(cmd.Context(), files[len(files)-1].ID)
	if err != nil {
		return err
	}
	return payout.Put(to, data)
}

func newPayoutsImport(c *common) *cobra.Command {
	return newBankImport(c, &cobra.Command{
		Use: "import FILE", Short: "Take the bank's results in", Args: cobra.ExactArgs(1),
		Long: `Takes a file of results in: payout_no, amount_fen, result (paid, failed, returned),
reason_code, reason, bank_ref, finished_at; the last line is total,COUNT,SUM. The file
is proved by its SHA-256 (--sha256, or FILE.chk beside it), count and sum, and taken in
whole or not at all; the same file again changes nothing.`,
		Example: "  juma clearing payouts import RESULT.csv --by clear1",
	}, func(cmd *cobra.Command, s *payout.Service, f payout.BankFile, by string) (string, error) {
		got, err := s.ImportResults(cmd.Context(), f, by)
		if err != nil || got.Again {
			return "", err
		}
		return fmt.Sprintf("%d results, %s: %d paid, %d failed, %d returned, %d known before", got.Count, got.Amount,
			got.Fresh[payout.Paid], got.Fresh[payout.Failed], got.Fresh[payout.Returned], got.Known), nil
	})
}

// newBankImport is a command that takes a bank's file in. run says what came of it, ""
// when the file was there before.
func newBankImport(c *common, cmd *cobra.Command, run func(*cobra.Command, *payout.Service, payout.BankFile, string) (string, error)) *cobra.Command {
	var by, digest string
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		f, err := readBankFile(args[0], digest)
		if err != nil {
			return unusable{err}
		}
		return withClearing(cmd, c, app.DeskConfig{}, func(desk *app.ClearingDesk) error {
			if err := desk.Person(cmd.Context(), by, access.ClearingOperator); err != nil {
				return err
			}
			says, err := run(cmd, desk.Payouts, f, by)
			if err != nil {
				return unusable{err}
			}
			if says == "" {
				says = "was taken in before; nothing changed"
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s: %s\n", f.Name, says)
			return err
		})
	}
	cmd.Flags().StringVar(&by, "by", "", "login of who imports, a clearing operator")
	cmd.Flags().StringVar(&digest, "sha256", "", "SHA-256 as the bank gives it (default: from FILE.chk)")
	return cmd
}

// hexDigest finds a SHA-256 in a control file, however it is written there.
var hexDigest = regexp.MustCompile(`(?i)\b[0-9a-f]{64}\b`)

func readBankFile(path, digest string) (payout.BankFile, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return payout.BankFile{}, err
	}
	if digest == "" {
		control, err := os.ReadFile(path + ".chk")
		if errors.Is(err, fs.ErrNotExist) {
			return payout.BankFile{}, fmt.Errorf("%s: give its SHA-256 with --sha256, or put %s.chk beside it", path, filepath.Base(path))
		}
		if err != nil {
			return payout.BankFile{}, err
		}
		digest = hexDigest.FindString(string(control))
	}
	return payout.BankFile{Name: filepath.Base(path), Data: data, SHA256: digest}, nil
}

func newPayoutsAgain(c *common) *cobra.Command {
	var w who
	cmd := &cobra.Command{
		Use: "again PAYOUT", Short: "Propose to pay again what failed or came back", Args: cobra.ExactArgs(1),
		Long:    "Proposes to pay the merchant's account as it is now. Somebody else releases it.",
		Example: "  juma clearing payouts again O2026031099929005812000101 --by clear1 --reason \"name corrected\"",
		RunE: func(cmd *cobra.Command, args []string) error {
			return withPayouts(cmd, c, w.by, access.ClearingOperator, func(s *payout.Service) (string, error) {
				p, err := s.ProposeAgain(cmd.Context(), args[0], w.by, w.reason)
				return fmt.Sprintf("%s: %s, instead of %s; somebody else releases it", p.No, p.Amount, args[0]), err
			})
		},
	}
	w.flags(cmd)
	return cmd
}

func newPayoutsRelease(c *common) *cobra.Command {
	var by string
	cmd := &cobra.Command{
		Use: "release PAYOUT", Short: "Release what somebody else proposed to pay again", Args: cobra.ExactArgs(1),
		Example: "  juma clearing payouts release O2026031099929005812000102 --by approver1",
		RunE: func(cmd *cobra.Command, args []string) error {
			return withPayouts(cmd, c, by, access.ClearingApprover, func(s *payout.Service) (string, error) {
				return args[0] + " is released; send the payouts of its date", s.ReleaseAgain(cmd.Context(), args[0], by)
			})
		},
	}
	cmd.Flags().StringVar(&by, "by", "", "login of who releases, a clearing approver")
	return cmd
}

// withPayouts does one thing to payouts as somebody of a role, and prints what came
// of it.
func withPayouts(cmd *cobra.Command, c *common, by string, role access.Role, f func(*payout.Service) (string, error)) error {
	return withClearing(cmd, c, app.DeskConfig{}, func(desk *app.ClearingDesk) error {
		if err := desk.Person(cmd.Context(), by, role); err != nil {
			return err
		}
		says, err := f(desk.Payouts)
		if err == nil {
			_, err = fmt.Fprintln(cmd.OutOrStdout(), says)
		}
		return err
	})
}
