package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"juma/internal/app"
	"juma/internal/bizdate"
	"juma/internal/store"
	"juma/qrcode"
)

func newPlates(c *common) *cobra.Command {
	cmd := &cobra.Command{Use: "plates", Short: "Make plates, prove deliveries, and move plates through their life", Example: "  juma plates issue --count 1000 --payload own --format png --template sticker --out batch-1"}
	cmd.AddCommand(
		newPlatesIssue(c), newPlatesApprove(c), newPlatesImport(c), newPlatesExport(c), newPlatesVerify(), newPlatesStock(c),
		newPlatesBind(c), newPlatesReplace(c),
		newPlatesMove(c, "suspend", "Stop bound plates for now", (*qrcode.Service).Suspend),
		newPlatesMove(c, "resume", "Let suspended plates pay again", (*qrcode.Service).Resume),
		newPlatesMove(c, "lost", "Stop plates that are gone; they wait to be replaced", (*qrcode.Service).Lose),
		newPlatesMove(c, "void", "End plates for ever", (*qrcode.Service).Void),
		newPlatesList(c), newPlatesBatches(c), newPlatesShow(c), newPlatesRotateKey(c), newPlatesFourEyes(c),
	)
	return cmd
}

// openPlates opens what a command needs that changes plates which are there: a
// directory without database is a mistake in --data.
func openPlates(ctx context.Context, c *common) (*app.PlateOffice, error) {
	if c.db == "" {
		if _, err := os.Stat(filepath.Join(c.data, app.DatabaseFile)); errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("%s holds no database: name another --data, or make plates with juma plates issue", c.data)
		}
	}
	return app.OpenPlateOffice(ctx, c.data, c.db)
}

// who are the flags of every command that changes something.
type who struct {
	by, reason string
}

func (w *who) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&w.by, "by", "", "who does this (default: the user of this machine)")
	cmd.Flags().StringVar(&w.reason, "reason", "", "why, for the history")
}

// name is who does it.
func (w *who) name() string {
	if w.by != "" {
		return w.by
	}
	if u, err := user.Current(); err == nil && u.Username != "" {
		return u.Username
	}
	return cmp.Or(os.Getenv("USER"), "command line")
}

// plateRow is a plate as list prints it.
type plateRow struct {
	Serial     string `json:"serial"`
	Payload    string `json:"payload"`
	State      string `json:"state"`
	Stage      string `json:"stage"`
	MerchantNo string `json:"merchant_no"`
	TerminalNo string `json:"terminal_no"`
	StoreID    string `json:"store_id"`
	Holder     string `json:"holder"`
	BatchID    string `json:"batch_id"`
}

func newPlatesList(c *common) *cobra.Command {
	var f qrcode.Filter
	var state string
	cmd := listing(c, &cobra.Command{
		Use: "list", Short: "List plates with their state and binding", Args: cobra.NoArgs,
		Example: "  juma plates list --json\n  juma plates list --state bound --merchant 999290058120001",
	}, "SERIAL\tSTATE\tMERCHANT\tTERMINAL\tPAYLOAD", func(ctx context.Context, s *store.Store, out *lister, _ []string) error {
		f.State = qrcode.State(state)
		if state != "" && !knownState(f.State) {
			return fmt.Errorf("--state %q: want one of %v", state, qrcode.States)
		}
		batches := map[string]qrcode.Batch{}
		for after := ""; ; {
			plates, bindings, err := s.Plates().FindPlates(ctx, f, after, 1000)
			if err != nil || len(plates) == 0 {
				return err
			}
			for i, p := range plates {
				b, known := batches[p.BatchID]
				if !known {
					if b, err = s.Plates().Batch(ctx, p.BatchID); err != nil {
						return err
					}
					batches[p.BatchID] = b
				}
				r := plateRow{p.Serial, p.Payload, string(p.State), qrcode.Stage(p, b), bindings[i].MerchantNo, bindings[i].TerminalNo, bindings[i].StoreID, p.Holder, p.BatchID}
				out.add(r, "%s\t%s\t%s\t%s\t%s\n", r.Serial, r.Stage, r.MerchantNo, r.TerminalNo, r.Payload)
				after = p.Serial
			}
		}
	})
	cmd.Flags().StringVar(&state, "state", "", "only plates in this state")
	cmd.Flags().StringVar(&f.BatchID, "batch", "", "only plates of this batch")
	cmd.Flags().StringVar(&f.MerchantNo, "merchant", "", "only plates that are bound to this merchant now")
	cmd.Flags().StringVar(&f.Holder, "holder", "", "only plates that this branch or agent was given")
	return cmd
}

func knownState(s qrcode.State) bool {
	for _, known := range qrcode.States {
		if s == known {
			return true
		}
	}
	return false
}

func newPlatesBatches(c *common) *cobra.Command {
	return listing(c, &cobra.Command{
		Use: "batches", Short: "List batches of plates", Args: cobra.NoArgs, Example: "  juma plates batches --json",
	}, "BATCH\tSTATE\tPLATES\tPAYLOAD\tORDERED BY\tAPPROVED BY", func(ctx context.Context, s *store.Store, out *lister, _ []string) error {
		for after := ""; ; {
			batches, err := s.Plates().Batches(ctx, after, 1000)
			if err != nil || len(batches) == 0 {
				return err
			}
			for _, b := range batches {
				out.add(map[string]any{
					"batch": b.ID, "state": b.State, "source": b.Source, "payload": b.Grammar, "institution": b.Institution, "count": b.Count, "made": b.Made,
					"first_serial": qrcode.Serial(b.SerialDay, b.SerialFrom), "ordered_by": b.CreatedBy, "approved_by": b.ApprovedBy, "manifest_sha256": b.Manifest, "reason": b.Reason,
				}, "%s\t%s\t%d\t%s\t%s\t%s\n", b.ID, b.State, b.Count, b.Grammar, b.CreatedBy, b.ApprovedBy)
				after = b.ID
			}
		}
	})
}

func newPlatesShow(c *common) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "show PLATE", Short: "Show a plate, by serial, key or payload, with its bindings and history", Example: "  juma plates show 2603100000001",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o, err := openPlates(cmd.Context(), c)
			if err != nil {
				return err
			}
			defer o.Close()
			return showPlate(cmd, o, args[0], asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the history as one JSON array")
	return cmd
}

func showPlate(cmd *cobra.Command, o *app.PlateOffice, text string, asJSON bool) error {
	ctx := cmd.Context()
	p, _, err := o.Find(ctx, text)
	if err != nil {
		return err
	}
	b, err := o.Repo.Batch(ctx, p.BatchID)
	if err != nil {
		return err
	}
	events, err := o.Repo.History(ctx, p)
	if err != nil {
		return err
	}
	bindings, err := o.Repo.Bindings(ctx, p.Key)
	if err != nil {
		return err
	}
	if !asJSON {
		w := cmd.OutOrStdout()
		fmt.Fprintf(w, "plate %s  %s  %s\n%s\nbatch %s, ordered by %s\n", p.Serial, qrcode.Stage(p, b), p.Holder, p.Payload, b.ID, b.CreatedBy)
		for _, in := range bindings {
			fmt.Fprintf(w, "binding %d  %s to %s  merchant %s  store %s  terminal %s  by %s\n", in.Version, clockText(in.From), clockText(in.To), in.MerchantNo, in.StoreID, in.TerminalNo, in.BoundBy)
		}
	}
	out := newLister(cmd, asJSON, "WHEN\tWHAT\tFROM\tTO\tWHO\tWHY")
	for _, e := range events {
		out.add(map[string]any{"at": e.At, "action": e.Action, "before": e.Before, "after": e.After, "by": e.By, "reason": e.Reason},
			"%s\t%s\t%s\t%s\t%s\t%s\n", clockText(e.At), e.Action, e.Before, e.After, e.By, e.Reason)
	}
	return out.end()
}

func clockText(t time.Time) string {
	if t.IsZero() {
		return "now"
	}
	return t.In(bizdate.Zone).Format(time.DateTime)
}

func newPlatesRotateKey(c *common) *cobra.Command {
	return &cobra.Command{
		Use: "rotate-key", Short: "Sign the keys of new plates with a new secret; older plates stay genuine", Args: cobra.NoArgs, Example: "  juma plates rotate-key",
		Long: `Adds a key to plate.keys in the data directory. Running servers see it with the
first plate that was made with it. Put the file into the backup again.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o, err := openPlates(cmd.Context(), c)
			if err != nil {
				return err
			}
			defer o.Close()
			newest, err := o.RotateKeys()
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "new plates are signed with key %s; back up %s\n", newest, filepath.Join(c.data, app.PlateKeyFile))
			return err
		},
	}
}

func newPlatesFourEyes(c *common) *cobra.Command {
	var w who
	cmd := &cobra.Command{
		Use: "four-eyes [COUNT]", Short: "Show or set the largest batch that one person may order and make", Args: cobra.MaximumNArgs(1),
		Example: "  juma plates four-eyes 10000 --by boss",
		RunE: func(cmd *cobra.Command, args []string) error {
			o, err := app.OpenPlateOffice(cmd.Context(), c.data, c.db)
			if err != nil {
				return err
			}
			defer o.Close()
			if len(args) == 1 {
				n, err := strconv.Atoi(args[0])
				if err != nil {
					return fmt.Errorf("COUNT %q: want a whole number of plates", args[0])
				}
				if err := o.SetFourEyesAbove(cmd.Context(), n, w.name(), w.reason); err != nil {
					return err
				}
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "batches of more than %d plates wait for a second person\n", o.FourEyesAbove)
			return err
		},
	}
	w.flags(cmd)
	return cmd
}
