package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/mattn/go-isatty"
	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"juma/internal/bizdate"
	"juma/internal/demo"
)

func newDemo(c *common) *cobra.Command {
	cfg := demo.Config{Payments: demo.DefaultPayments, Merchants: demo.DefaultMerchants, Seed: demo.DefaultSeed}
	date, once := demo.DefaultDate.String(), false
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Play one business day, from blank plates to settlement files, and serve it",
		Long: `Plays one business day in simulated time with everything in this process: plates
are issued, merchants onboarded and bound, consumers scan and pay with three
sandboxed wallets over their real protocols while faults are scripted, the day is
cleared against the wallets' statements, and the settlement files are written and
proved. Then it serves the pages until interrupted. The same seed gives the same
files, byte for byte. A directory with a finished demo is served again.`,
		Example: `  juma demo
  juma demo --once --payments 300 --seed 7 --data /tmp/juma
  juma demo --db mysql://juma:secret@127.0.0.1:3306/juma --nats nats://127.0.0.1:4222`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			d, err := bizdate.Parse(date)
			if err != nil {
				return fmt.Errorf("--date: %w", err)
			}
			cfg.DataDir, cfg.DB, cfg.NATS, cfg.Date = c.data, c.db, c.nats, d
			if once && !cmd.Flags().Changed("listen") {
				cfg.Listen = "127.0.0.1:0" // nobody will look: take any free port
			}
			return runDemo(cmd.Context(), cmd.OutOrStdout(), cfg, once)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&once, "once", false, "exit after the summary instead of serving")
	f.IntVar(&cfg.Payments, "payments", cfg.Payments, "paying consumers")
	f.IntVar(&cfg.Merchants, "merchants", cfg.Merchants, "merchants")
	f.Uint64Var(&cfg.Seed, "seed", cfg.Seed, "seed of everything that looks random in the files")
	f.StringVar(&date, "date", date, "business date, YYYY-MM-DD")
	f.StringVar(&cfg.Listen, "listen", "127.0.0.1:8080", "address of the pages")
	f.BoolVar(&cfg.Fresh, "fresh", false, "throw away what the data directory holds of an earlier demo")
	return cmd
}

func runDemo(ctx context.Context, out io.Writer, cfg demo.Config, once bool) error {
	bar := newProgress(os.Stderr)
	cfg.Progress = bar.show
	d, err := demo.Open(ctx, cfg)
	if err != nil {
		return err
	}
	defer d.Close()
	summary, err := d.Result(ctx)
	bar.end()
	if err != nil {
		return err
	}
	if err := summary.Print(out); err != nil || once {
		return err
	}
	if err := d.Serve(ctx, out); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

// progress shows one bar for each phase on a terminal and nothing elsewhere.
type progress struct {
	w     io.Writer
	phase string
	bar   *progressbar.ProgressBar
}

func newProgress(f *os.File) *progress {
	if !isatty.IsTerminal(f.Fd()) {
		return &progress{}
	}
	return &progress{w: f}
}

// show tells how far a phase is; total 0 is a phase that cannot be counted.
func (p *progress) show(phase string, done, total int) {
	if p.w == nil {
		return
	}
	if phase != p.phase {
		p.end()
		if total == 0 {
			total = -1
		}
		p.phase = phase
		p.bar = progressbar.NewOptions(total, progressbar.OptionSetWriter(p.w), progressbar.OptionSetDescription(fmt.Sprintf("%-28s", phase)),
			progressbar.OptionSetWidth(30), progressbar.OptionShowCount(), progressbar.OptionClearOnFinish())
	}
	// A progress bar that cannot be drawn is no reason to stop.
	_ = p.bar.Set(done)
}

func (p *progress) end() {
	if p.bar != nil {
		_ = p.bar.Finish()
		p.bar, p.phase = nil, ""
	}
}
