package main

import (
	"crypto/ed25519"
	"encoding/csv"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"juma/qrcode/delivery"
	"juma/qrcode/scan"
)

func newPlatesVerify() *cobra.Command {
	var keyFile string
	cmd := &cobra.Command{
		Use:   "verify DIR",
		Short: "Prove a delivery: signature, every line, and every picture read back by an independent decoder",
		Long: `Looks at a directory as juma plates issue made it and as a print shop gives it back.
It needs no database. Every difference is a line of CSV on standard output,
file,problem. Exit status 0: all agrees. 1: there are differences. 2: the
directory cannot be judged, there is no manifest in it.

Without --key the signature is checked with manifest.pub of the directory, which
shows that nothing was altered by mistake. Against somebody who alters on purpose,
name the public key that was kept apart.`,
		Example: "  juma plates verify batch-1\n  juma plates verify delivery --key manifest.pub",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return unusable{fmt.Errorf("name one directory with a manifest.csv")}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			var key ed25519.PublicKey
			if keyFile != "" {
				text, err := os.ReadFile(keyFile)
				if err == nil {
					key, err = delivery.ParsePublic(text)
				}
				if err != nil {
					return unusable{fmt.Errorf("--key %s: %w", keyFile, err)}
				}
			}
			return verifyDelivery(cmd, args[0], key)
		},
	}
	cmd.Flags().StringVar(&keyFile, "key", "", "the public key (PEM) that the manifest must be signed with")
	return cmd
}

func verifyDelivery(cmd *cobra.Command, dir string, key ed25519.PublicKey) error {
	out := csv.NewWriter(cmd.OutOrStdout())
	bar := newProgress(os.Stderr)
	report, err := delivery.Verifier{
		Dir: dir, Key: key, Decode: scan.File,
		Differs:  func(file, problem string) { _ = out.Write([]string{file, problem}) }, // an error stays in the writer
		Progress: func(done, total int) { bar.show("verify", done, total) },
	}.Run(cmd.Context())
	bar.end()
	out.Flush()
	switch {
	case err != nil:
		return unusable{err}
	case out.Error() != nil:
		return out.Error()
	case report.Differences > 0:
		return fmt.Errorf("differences in %s: %d", dir, report.Differences)
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "%d plates, %d pictures, signed by key %s: all agree\n", report.Plates, report.Files, report.Signer)
	return err
}
