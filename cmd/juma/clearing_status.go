package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"juma/acquiring/channel"
	"juma/clearing"
	"juma/clearing/payout"
	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/internal/store"
)

// recentDays is how far back the list of days goes.
const recentDays = 31

func newClearingStatus(c *common) *cobra.Command {
	return listing(c, &cobra.Command{
		Use: "status [DATE]", Short: "Show where a date stands, or the days of the last month", Args: cobra.MaximumNArgs(1),
		Example: "  juma clearing status 2026-03-10\n  juma clearing status --json",
	}, "DATE\tWHAT\tSTATE\tLINES\tMATCHED\tDIFFERENCES\tREMARKS", func(ctx context.Context, s *store.Store, out *lister, args []string) error {
		if len(args) == 1 {
			d, err := bizdate.Parse(args[0])
			if err != nil {
				return err
			}
			return (&statusOfDays{ctx, s.Clearing(), s.Payouts(), out}).day(d)
		}
		return (&statusOfDays{ctx, s.Clearing(), s.Payouts(), out}).recent()
	})
}

// statusOfDays prints a row for each channel's day and one for each batch.
type statusOfDays struct {
	ctx context.Context
	s   clearing.Store
	pay payout.Store
	out *lister
}

// recent lists the days since the first that is not older than a month before the
// newest.
func (p *statusOfDays) recent() error {
	days, err := p.s.Days(p.ctx, 0)
	if err != nil {
		return err
	}
	seen := bizdate.Date(0)
	for _, day := range days {
		if day.Date == seen {
			continue
		}
		if seen = day.Date; seen < days[0].Date.AddDays(-recentDays) {
			return nil
		}
		if err := p.day(seen); err != nil {
			return err
		}
	}
	return nil
}

func (p *statusOfDays) day(d bizdate.Date) error {
	items, err := p.s.Items(p.ctx, d)
	if err != nil {
		return err
	}
	jobs, err := p.s.Jobs(p.ctx, d)
	if err != nil {
		return err
	}
	accounts, err := p.s.ChannelAccounts(p.ctx)
	if err != nil {
		return err
	}
	for _, ch := range channel.NamesOn(d, accounts) {
		day, err := p.s.Day(p.ctx, ch, d)
		if err != nil {
			return err
		}
		p.channel(ch, day, items, problemOf(jobs, ch, d))
	}
	if err := p.batch(d); err != nil {
		return err
	}
	return p.proofs(d)
}

// proofs are the three-way proofs of a date, as they stood last.
func (p *statusOfDays) proofs(d bizdate.Date) error {
	all, err := p.pay.Proofs(p.ctx, d)
	for _, f := range all {
		p.out.add(map[string]any{
			"clearing_date": d, "what": "proof", "channel": f.Channel, "state": f.State, "ours_fen": f.Ours, "statement_fen": f.Statement, "bank_fen": f.Bank, "waiting": f.Waiting,
		}, "%s\tbank credit of %s\t%s\t\t\t%d\tpayments %s, statement %s, bank %s\n", d, f.Channel, f.State, f.Waiting, f.Ours, f.Statement, f.Bank)
	}
	return err
}

// problemOf is what a process that works on the day by itself last stumbled on.
func problemOf(jobs []clearing.Job, ch channel.Name, d bizdate.Date) string {
	for _, j := range jobs {
		if j.Channel == ch && j.Date == d && j.Problem != "" {
			return fmt.Sprintf("tried %d times, next at %s: %s", j.Tries, shortTime(j.NextAt), j.Problem)
		}
	}
	return ""
}

func (p *statusOfDays) channel(ch channel.Name, day clearing.Day, items []clearing.Item, problem string) {
	classes, differing := map[clearing.Class]int{}, 0
	for _, it := range items {
		if it.Channel == ch {
			classes[it.Class]++
		}
	}
	var found []string
	for _, kind := range clearing.Kinds {
		if n := classes[kind]; n > 0 {
			differing += n
			found = append(found, fmt.Sprintf("%s %d", kind, n))
		}
	}
	if problem != "" {
		found = append(found, problem)
	}
	p.out.add(map[string]any{
		"clearing_date": day.Date, "what": ch, "problem": problem, "state": day.State, "lines": day.TheirsLines, "matched": classes[clearing.Matched], "differences": differing, "classes": classes,
	}, "%s\t%s\t%s\t%d\t%d\t%d\t%s\n", day.Date, ch, day.State, day.TheirsLines, classes[clearing.Matched], differing, strings.Join(found, ", "))
}

func (p *statusOfDays) batch(d bizdate.Date) error {
	b, err := p.s.Batch(p.ctx, d)
	if fault.Is(err, fault.NotFound) {
		p.out.add(map[string]any{"clearing_date": d, "what": "batch", "state": ""}, "%s\tbatch\tnot settled\t\t\t\t\n", d)
		return nil
	}
	if err != nil {
		return err
	}
	settlements, err := p.s.Settlements(p.ctx, d)
	if err != nil {
		return err
	}
	files, err := p.s.Files(p.ctx, d)
	if err != nil {
		return err
	}
	remarks := fmt.Sprintf("settled by %s %s", b.SettledBy, shortTime(b.SettledAt))
	if b.Folder != "" {
		remarks += fmt.Sprintf(", %d files in %s", len(files), b.Folder)
	}
	if b.State == clearing.Released {
		remarks += fmt.Sprintf(", released by %s %s", b.ReleasedBy, shortTime(b.ReleasedAt))
	}
	p.out.add(map[string]any{
		"clearing_date": d, "what": "batch", "state": b.State, "settlement_date": b.SettlementDate, "merchants": len(settlements), "files": len(files),
		"folder": b.Folder, "settled_by": b.SettledBy, "settled_at": b.SettledAt, "released_by": b.ReleasedBy, "released_at": b.ReleasedAt,
	}, "%s\tbatch\t%s\t\t\t\t%s: %s\n", d, b.State, settledSums(clearing.Preview{Batch: b, Settlements: settlements}), remarks)
	return nil
}

func shortTime(t time.Time) string { return t.In(bizdate.Zone).Format("2006-01-02 15:04") }
