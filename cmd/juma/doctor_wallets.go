package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"juma/acquiring/channel"
	"juma/acquiring/health"
	"juma/internal/app"
	"juma/internal/clock"
)

// errExpired ends juma doctor when a channel cannot be used for its certificates.
var errExpired = errors.New("certificates have ended: replace them in the wallet configuration")

// checkCredentials prints a line for each channel about its certificates and keys: WARN
// from health.SoonDays before an end on, FAIL after it. Nothing is asked of a wallet.
func checkCredentials(ctx context.Context, out io.Writer, walletFile string, now time.Time) error {
	wallets, err := app.ReadWallets(walletFile)
	if errors.Is(err, os.ErrNotExist) {
		fmt.Fprintf(out, "skip  %-16s no file %s; name another with --wallets\n", "certificates", walletFile)
		return nil
	}
	if err != nil {
		return err
	}
	expired := false
	for _, name := range wallets.Configured() {
		all, err := credentialsOf(ctx, wallets, name)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		warnings := health.CredentialWarnings(all, now)
		for _, w := range warnings {
			expired = expired || w.Kind == health.CredentialOver
			fmt.Fprintln(out, credentialLine(name, w))
		}
		if len(warnings) == 0 {
			fmt.Fprintf(out, "ok    %-16s %d certificates and keys, none ends within %d days\n", name, len(all), health.SoonDays)
		}
	}
	if expired {
		return errExpired
	}
	return nil
}

// credentialsOf asks an adapter that is made for the question.
func credentialsOf(ctx context.Context, wallets app.Wallets, name channel.Name) ([]channel.Credential, error) {
	a, err := wallets.Adapter(name, clock.Real{}, nil)
	if err != nil {
		return nil, err
	}
	lister, ok := a.(channel.CredentialLister)
	if !ok {
		return nil, nil
	}
	return lister.Credentials(ctx)
}

func credentialLine(name channel.Name, w health.Warning) string {
	switch w.Kind {
	case health.CredentialOver:
		return fmt.Sprintf("FAIL  %-16s certificate %s ended %d days ago", name, w.Serial, w.Count)
	case health.CredentialSoon:
		return fmt.Sprintf("WARN  %-16s certificate %s ends in %d days; ask the wallet for the next one", name, w.Serial, w.Count)
	}
	return fmt.Sprintf("note  %-16s of certificate %s only the number is configured, its end is not known", name, w.Serial)
}
