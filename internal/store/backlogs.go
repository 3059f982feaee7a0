package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"juma/acquiring"
	"juma/acquiring/channel"
	"juma/acquiring/health"
)

// backlogRow is a channel's share of one table.
type backlogRow struct {
	channel channel.Name
	health.Backlog
	oldest time.Time
}

// Backlogs counts what waits at each channel, by age.
func (s Desk) Backlogs(ctx context.Context, now time.Time) (map[channel.Name]health.Backlog, error) {
	const op = "store.Backlogs"
	c := s.reader(ctx)
	all := map[channel.Name]health.Backlog{}
	for table, states := range map[string]any{payments.name: acquiring.PaymentMoves.Open(), refunds.name: acquiring.RefundMoves.Open()} {
		bands, args := ageBands(now)
		rows, err := scanAll(c, op, c.from(table).Select("channel, "+bands+", MIN(created_at)", args...).Where("state IN ?", states).Group("channel"), backlogFields)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			sum := all[r.channel]
			for i, n := range r.Open {
				sum.Open[i] += n
			}
			if sum.Oldest.IsZero() || r.oldest.Before(sum.Oldest) {
				sum.Oldest = r.oldest
			}
			all[r.channel] = sum
		}
	}
	return all, c.countCommands(op, all)
}

// ageBands counts rows by their age: one expression for each band.
func ageBands(now time.Time) (string, []any) {
	const band = "SUM(CASE WHEN %s THEN 1 ELSE 0 END)"
	var cases []string
	var args []any
	for i, age := range health.BacklogAges {
		younger := "created_at > ?"
		if i > 0 {
			younger += " AND created_at <= ?"
		}
		cases = append(cases, fmt.Sprintf(band, younger))
		args = append(args, micros(now.Add(-age)))
		if i > 0 {
			args = append(args, micros(now.Add(-health.BacklogAges[i-1])))
		}
	}
	last := health.BacklogAges[len(health.BacklogAges)-1]
	cases = append(cases, fmt.Sprintf(band, "created_at <= ?"))
	return strings.Join(cases, ", "), append(args, micros(now.Add(-last)))
}

func backlogFields(r *backlogRow) []field {
	fields := []field{{"channel", &r.channel}}
	for i := range r.Open {
		fields = append(fields, field{"open", &r.Open[i]})
	}
	return append(fields, field{"oldest", at(&r.oldest)})
}

// countCommands adds the commands that were not carried out.
func (c *conn) countCommands(op string, to map[channel.Name]health.Backlog) error {
	type row struct {
		channel channel.Name
		state   acquiring.CommandState
		count   int
	}
	rows, err := scanAll(c, op, c.from(commands.name).Select("channel, state, COUNT(*)").
		Where("state IN ?", []acquiring.CommandState{acquiring.CommandWaiting, acquiring.CommandDead}).Group("channel, state"),
		func(r *row) []field {
			return []field{{"channel", &r.channel}, {"state", &r.state}, {"count", &r.count}}
		})
	for _, r := range rows {
		sum := to[r.channel]
		if r.state == acquiring.CommandDead {
			sum.Dead = r.count
		} else {
			sum.Waiting = r.count
		}
		to[r.channel] = sum
	}
	return err
}
