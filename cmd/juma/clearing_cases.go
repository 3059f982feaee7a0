package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"juma/clearing/cases"
	"juma/internal/bizdate"
	"juma/internal/clock"
	"juma/internal/store"
)

func newClearingCases(c *common) *cobra.Command {
	cmd := &cobra.Command{
		Use: "cases", Short: "Look at the differences that wait for people", Example: "  juma clearing cases list --state open\n  juma clearing cases show 01KKAM41M0JSXAK5YAN6HMXZ63",
	}
	cmd.AddCommand(newCasesList(c), newCasesShow(c))
	return cmd
}

// caseDesk reads the work on differences; nothing is changed from the command line.
func caseDesk(s *store.Store) *cases.Service {
	return cases.NewService(cases.Config{Store: s.Cases(), Books: s.Clearing(), Calendar: bizdate.Official(), Clock: clock.Real{}})
}

func newCasesList(c *common) *cobra.Command {
	var date, state string
	cmd := listing(c, &cobra.Command{
		Use: "list", Short: "List open differences, oldest first", Args: cobra.NoArgs, Example: "  juma clearing cases list --date 2026-03-10 --state open --json",
	}, "ID\tDATE\tCHANNEL\tCLASS\tSIGN\tYUAN\tSTATE\tOWNER\tAGE\tWHAT DIFFERS", func(ctx context.Context, s *store.Store, out *lister, _ []string) error {
		f := cases.Filter{State: cases.State(state)}
		if state != "" && !slices.Contains(cases.States, f.State) {
			return fmt.Errorf("--state %q: want one of %v", state, cases.States)
		}
		if date != "" {
			var err error
			if f.Date, err = bizdate.Parse(date); err != nil {
				return err
			}
		}
		q, err := caseDesk(s).Queue(ctx, f)
		for _, r := range q.Rows {
			it, says := r.Item, cases.Explain(r.Item).English
			out.add(map[string]any{
				"id": it.ID, "date": it.Date, "channel": it.Channel, "class": it.Class, "sign": r.Sign, "difference_fen": r.Money, "kind": it.Kind, "order_no": it.OrderNo,
				"merchant_no": it.MerchantNo, "ours_fen": it.OursAmount, "theirs_fen": it.TheirsAmount, "file": it.File, "line": it.LineNo, "state": r.State,
				"owner": r.Owner, "age_workdays": r.Age, "buffered_until": r.BufferedTo(), "says": says,
			}, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%d\t%s\n", it.ID, it.Date, it.Channel, it.Class, r.Sign, r.Money.Yuan(), r.State, r.Owner, r.Age, says)
		}
		return err
	})
	cmd.Flags().StringVar(&date, "date", "", "only of this clearing date, YYYY-MM-DD")
	cmd.Flags().StringVar(&state, "state", "", "only in this state: open, proposed, disputed, buffered or waiting")
	return cmd
}

func newCasesShow(c *common) *cobra.Command {
	return listing(c, &cobra.Command{
		Use: "show ID", Short: "Show a difference with both sides and what was done about it", Args: cobra.ExactArgs(1), Example: "  juma clearing cases show 01KKAM41M0JSXAK5YAN6HMXZ63",
	}, "WHAT\tOUR RECORD\tSTATEMENT", func(ctx context.Context, s *store.Store, out *lister, args []string) error {
		f, err := caseDesk(s).File(ctx, args[0])
		if err != nil {
			return err
		}
		it := f.Item
		row := func(what, ours, theirs string) {
			if !it.Ours {
				ours = "-"
			}
			if !it.Theirs {
				theirs = "-"
			}
			out.add(map[string]string{"what": what, "ours": ours, "theirs": theirs}, "%s\t%s\t%s\n", what, ours, theirs)
		}
		said := func(what, text string) {
			out.add(map[string]string{"what": what, "text": text}, "%s\t%s\t\n", what, text)
		}
		row("number", it.OrderNo, it.OrderNo)
		row("amount", it.OursAmount.Yuan(), it.TheirsAmount.Yuan())
		row("date", it.OursDate.String(), it.Date.String())
		row("charge", it.OursCost.Yuan(), it.TheirsFee.Yuan())
		row("place", it.MerchantNo, fmt.Sprintf("%s:%d", it.File, it.LineNo))
		said("differs", cases.Explain(it).English)
		said("state", fmt.Sprintf("%s, owner %s, %d working days old", f.State, cmp.Or(f.Owner, "nobody"), f.Age))
		said("fits", fmt.Sprint(f.Offers))
		for _, e := range f.Events {
			said(e.At.In(bizdate.Zone).Format("2006-01-02 15:04:05"), fmt.Sprintf("%s %s %s %s", e.Kind, e.Detail, e.Actor, e.Note))
		}
		return nil
	})
}
