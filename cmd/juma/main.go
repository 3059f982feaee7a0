// Command juma is the whole of Juma: the demo, the server and its roles, the
// sandboxes, and the operators' tools. `juma --help` lists the commands.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
)

// version is the release; a build may set it with -ldflags "-X main.version=…".
var version = "0.1.0-dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the process at once
	if err := newRoot().ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "juma:", err)
		os.Exit(statusOf(err))
	}
}

// refusal is what a command gives when it works as it should and its answer is no:
// exit status 2, while 1 says that it could not do its work.
type refusal struct{ error }

// unusable is the error of a command that judges (exit status 1: differences) when
// there is nothing to judge: exit status 2.
type unusable struct{ error }

func statusOf(err error) int {
	var nothing unusable
	if errors.As(err, &nothing) {
		return 2
	}
	var no refusal
	if errors.As(err, &no) {
		return 2
	}
	return 1
}

// common are the flags that every command takes.
type common struct {
	data, db, nats string
}

func newRoot() *cobra.Command {
	var c common
	root := &cobra.Command{
		Use:   "juma",
		Short: "Aggregated QR acquiring: from blank plate to T+1 settlement file",
		Long: `Juma (聚码) takes payments on static QR plates with WeChat, Alipay and UnionPay,
proves each day against the wallets' statements and writes T+1 settlement files.

Start with:  juma demo`,
		SilenceErrors: true, SilenceUsage: true,
		Version: version,
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		what, _, numeric := strings.Cut(err.Error(), ": strconv.")
		if numeric {
			what += ": want a whole number in range"
		}
		return fmt.Errorf("%s; see %s --help", what, cmd.CommandPath())
	})
	flags := root.PersistentFlags()
	flags.StringVar(&c.data, "data", "./juma-data", "data directory")
	flags.StringVar(&c.db, "db", "", `database: empty for SQLite in the data directory, or mysql://user:password@host:port/database`)
	flags.StringVar(&c.nats, "nats", "", `message broker: empty for one in this process, or nats://host:port`)
	root.AddCommand(
		newDemo(&c), newServe(&c), newChannel(&c), newSandbox(), newMigrate(&c),
		newSettlement(&c), newPlates(&c), newMerchants(&c), newCommands(&c), newUsers(&c), newClearing(&c), newLedger(&c), newKeys(&c), newAccounts(&c), newDoctor(&c), newReconcile(), newVersion(),
	)
	return root
}

func newVersion() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version", Args: cobra.NoArgs, Example: "  juma version",
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := fmt.Fprintln(cmd.OutOrStdout(), "juma", version)
			return err
		},
	}
}
