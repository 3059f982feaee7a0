package main

import (
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/spf13/cobra"

	"juma/acquiring/channel"
	"juma/acquiring/risk"
	"juma/internal/app"
	"juma/internal/bus"
	"juma/internal/clock"
)

// logger writes warnings and worse to standard error.
func logger(w io.Writer) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelWarn}))
}

// clearDays are how far clearing days may go by themselves.
var clearDays = map[string]app.ClearDays{"off": app.DaysOff, "prepare": app.DaysPrepare, "settle": app.DaysSettle}

func newServe(c *common) *cobra.Command {
	var listen, publicURL, plateHost, institution, payerText, walletFile, limitsFile, days string
	var remote, mfa bool
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve the cashier, notifications, portal and console",
		Long: `Serves the pages and takes notifications. The wallets' adapters run in this
process, or elsewhere (juma channel …) when --remote-channels is given.`,
		Example: `  juma sandbox --json > wallets.json &
  juma serve --wallets wallets.json --listen 127.0.0.1:8080`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if remote && c.nats == "" {
				return fmt.Errorf("--nats is missing: adapters in other processes need a broker that both can reach, such as nats://127.0.0.1:4222")
			}
			goes, known := clearDays[days]
			if !known {
				return fmt.Errorf("--clear-days %q: want off, prepare or settle", days)
			}
			wallets, err := app.ReadWallets(walletFile)
			if err != nil {
				return err
			}
			limits, err := readLimits(limitsFile)
			if err != nil {
				return err
			}
			payer, err := readPayer(payerText)
			if err != nil {
				return err
			}
			cfg := app.Config{
				Payer:     payer,
				ClearDays: goes,
				PayLimits: limits,
				DataDir:   c.data, DB: c.db, NATS: c.nats, Listen: listen, PublicURL: publicURL, PlateHost: plateHost,
				Institution: institution, Wallets: wallets, Channels: wallets.Channels(), RequireMFA: mfa, Log: logger(os.Stderr),
			}
			if remote {
				cfg.Channels = nil
			}
			a, err := app.Open(cmd.Context(), cfg)
			if err != nil {
				return err
			}
			defer a.Close()
			if _, err := fmt.Fprintf(cmd.OutOrStdout(), "serving %s (listening on %s); Ctrl-C ends it\n", a.PublicURL, a.LocalURL()); err != nil {
				return err
			}
			a.RunSweeps(cmd.Context())
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&listen, "listen", "127.0.0.1:8080", "address to listen on")
	f.StringVar(&publicURL, "public-url", "", "address by which browsers and wallets reach this server (default: http://LISTEN)")
	f.StringVar(&plateHost, "plate-host", "localhost", "host name printed on own plates")
	f.StringVar(&institution, "institution", "99982900", "8-digit institution code of the acquirer")
	f.StringVar(&days, "clear-days", "prepare", "clearing days by themselves: off; prepare (cut off, fetch from 09:00, reconcile; people settle); settle (make batch and files too; people release)")
	payerFlag(cmd, &payerText)
	f.StringVar(&walletFile, "wallets", "wallets.json", "wallet configuration, one JSON object as juma sandbox --json prints it")
	f.StringVar(&limitsFile, "limits", "", "limits of payments, one JSON object; what it leaves out keeps its default (see README)")
	f.BoolVar(&mfa, "require-mfa", true, "accounts of the platform must have a second factor")
	f.BoolVar(&remote, "remote-channels", false, "the adapters run in other processes (juma channel …)")
	return cmd
}

// readLimits reads the limits of payments; "" is all defaults.
func readLimits(file string) (risk.Settings, error) {
	if file == "" {
		return risk.Settings{}, nil
	}
	f, err := os.Open(file)
	if err != nil {
		return risk.Settings{}, fmt.Errorf("limits: %w", err)
	}
	defer f.Close()
	limits, err := risk.Read(f)
	if err != nil {
		return risk.Settings{}, fmt.Errorf("limits %s: %w", file, err)
	}
	return limits, nil
}

func newChannel(c *common) *cobra.Command {
	var walletFile string
	cmd := &cobra.Command{
		Use:   "channel wechat|alipay|unionpay|unionpay-aggregate|ACCOUNT",
		Short: "Run one channel's adapter as a process of its own",
		Long: `Runs one channel's adapter and serves the channel contract over NATS. Any number
of processes of the same channel share the work. A further account of a channel, such as
wechat_east, is a channel of its own.`,
		Example:   `  juma channel wechat --nats nats://127.0.0.1:4222 --wallets wallets.json`,
		ValidArgs: []string{"wechat", "alipay", "unionpay", "unionpay-aggregate"},
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return fmt.Errorf("name one channel: juma channel wechat, alipay, unionpay, unionpay-aggregate, or a further account such as wechat_east")
			}
			name, err := channel.ParseName(args[0])
			if err != nil {
				return err
			}
			if c.nats == "" {
				return fmt.Errorf("--nats is missing: an adapter in a process of its own needs a broker, such as nats://127.0.0.1:4222")
			}
			wallets, err := app.ReadWallets(walletFile)
			if err != nil {
				return err
			}
			adapter, err := wallets.Adapter(name, clock.Real{}, nil)
			if err != nil {
				return err
			}
			b, err := bus.Start(bus.Config{URL: c.nats, Name: "juma channel " + args[0], Log: logger(os.Stderr)})
			if err != nil {
				return err
			}
			defer b.Close()
			if _, err := b.Serve(cmd.Context(), adapter); err != nil {
				return err
			}
			if _, err := fmt.Fprintf(cmd.OutOrStdout(), "serving channel %s over %s; Ctrl-C ends it\n", name, c.nats); err != nil {
				return err
			}
			<-cmd.Context().Done()
			return nil
		},
	}
	cmd.Flags().StringVar(&walletFile, "wallets", "wallets.json", "wallet configuration, one JSON object as juma sandbox --json prints it")
	return cmd
}
