package main

import (
	"context"
	"fmt"
	"os"
	"strconv"

	"github.com/spf13/cobra"

	"juma/clearing/calendar"
	"juma/internal/access"
	"juma/internal/app"
	"juma/internal/bizdate"
	"juma/internal/store"
)

func newClearingCalendar(c *common) *cobra.Command {
	cmd := &cobra.Command{
		Use: "calendar", Short: "The business calendar by which money is due; changes take two people",
		Example: "  juma clearing calendar show 2026\n  juma clearing calendar emergency 2026-03-12 off --by clear1 --reason typhoon",
	}
	cmd.AddCommand(newCalendarShow(c), newCalendarList(c), newCalendarSet(c), newCalendarEmergency(c),
		newCalendarDecide(c, "approve", "Put a proposed calendar in force", (*calendar.Service).Approve), newCalendarDecide(c, "reject", "Refuse or withdraw a proposed calendar", (*calendar.Service).Reject))
	return cmd
}

func newCalendarShow(c *common) *cobra.Command {
	return &cobra.Command{
		Use: "show [YEAR]", Short: "Show the weekdays off and the weekends worked of a year", Args: cobra.MaximumNArgs(1), Example: "  juma clearing calendar show 2026",
		RunE: func(cmd *cobra.Command, args []string) error {
			return withClearing(cmd, c, app.DeskConfig{}, func(desk *app.ClearingDesk) error {
				year := bizdate.Of(desk.Clock.Now()).Year()
				if len(args) == 1 {
					var err error
					if year, err = strconv.Atoi(args[0]); err != nil || year < 2000 || year > 2099 {
						return fmt.Errorf("year %q: want 2000 to 2099", args[0])
					}
				}
				days, version, err := desk.Days.InForce(cmd.Context())
				if err != nil {
					return err
				}
				first := bizdate.New(year, 1, 1)
				if w := days.Warning(first); w != "" {
					return fmt.Errorf("version %d of the calendar: %s", version, w)
				}
				if _, err := fmt.Fprintf(cmd.OutOrStdout(), "%d, version %d of the calendar\n", year, version); err != nil {
					return err
				}
				for d := first; d.Year() == year; d = d.AddDays(1) {
					weekend, works := d.Weekday() == 0 || d.Weekday() == 6, days.IsWorkday(d)
					if works != weekend { // as every week
						continue
					}
					if _, err := fmt.Fprintf(cmd.OutOrStdout(), "%s %s %s\n", map[bool]string{true: "work", false: "off "}[works], d, d.Weekday()); err != nil {
						return err
					}
				}
				return nil
			})
		},
	}
}

func newCalendarList(c *common) *cobra.Command {
	return listing(c, &cobra.Command{
		Use: "list", Short: "List versions of the calendar, the newest first", Args: cobra.NoArgs, Example: "  juma clearing calendar list --json",
	}, "VERSION\tSTATE\tPROPOSED\tDECIDED\tREASON", func(ctx context.Context, s *store.Store, out *lister, _ []string) error {
		all, err := s.Calendar().Calendars(ctx, 1000)
		for _, v := range all {
			out.add(map[string]any{"version": v.Version, "state": v.State, "proposed_by": v.ProposedBy, "decided_by": v.DecidedBy, "reason": v.Reason, "note": v.Note},
				"%d\t%s\t%s\t%s\t%s\n", v.Version, v.State, v.ProposedBy, v.DecidedBy, v.Reason)
		}
		return err
	})
}

func newCalendarSet(c *common) *cobra.Command {
	var w who
	cmd := &cobra.Command{
		Use: "set FILE", Short: "Propose a whole calendar; somebody else approves it", Args: cobra.ExactArgs(1),
		Long: `Proposes a calendar of lines "off DATE", "off DATE..DATE", "work DATE"; what is not listed
is as every week, later lines win, and # begins a comment.`,
		Example: `  juma clearing calendar set holidays-2027.txt --by clear1 --reason "the State Council's notice for 2027"`,
		RunE: func(cmd *cobra.Command, args []string) error {
			days, err := os.ReadFile(args[0])
			if err != nil {
				return err
			}
			return withCalendar(cmd, c, w.by, []access.Role{access.ClearingOperator}, func(s *calendar.Service) (string, error) {
				v, err := s.Propose(cmd.Context(), string(days), w.by, w.reason)
				return fmt.Sprintf("version %d of the calendar is proposed", v.Version), err
			})
		},
	}
	w.flags(cmd)
	return cmd
}

func newCalendarEmergency(c *common) *cobra.Command {
	var w who
	cmd := &cobra.Command{
		Use: "emergency DATE off|on", Short: "Propose that a day is off, or worked, against what was published", Args: cobra.ExactArgs(2),
		Example: "  juma clearing calendar emergency 2026-03-12 off --by clear1 --reason typhoon",
		RunE: func(cmd *cobra.Command, args []string) error {
			d, err := bizdate.Parse(args[0])
			if err != nil {
				return err
			}
			if args[1] != "off" && args[1] != "on" {
				return fmt.Errorf("%q: want off or on", args[1])
			}
			return withCalendar(cmd, c, w.by, []access.Role{access.ClearingOperator}, func(s *calendar.Service) (string, error) {
				v, err := s.Emergency(cmd.Context(), d, args[1] == "off", w.by, w.reason)
				return fmt.Sprintf("version %d of the calendar is proposed: %s is %s", v.Version, d, args[1]), err
			})
		},
	}
	w.flags(cmd)
	return cmd
}

func newCalendarDecide(c *common, name, short string, decide func(*calendar.Service, context.Context, int, string, string) error) *cobra.Command {
	var w who
	cmd := &cobra.Command{
		Use: name + " VERSION", Short: short, Args: cobra.ExactArgs(1), Example: "  juma clearing calendar " + name + " 1 --by approver1 --reason seen",
		RunE: func(cmd *cobra.Command, args []string) error {
			version, err := strconv.Atoi(args[0])
			if err != nil {
				return fmt.Errorf("version %q: want a number", args[0])
			}
			roles := []access.Role{access.ClearingApprover}
			if name == "reject" {
				roles = append(roles, access.ClearingOperator)
			}
			return withCalendar(cmd, c, w.by, roles, func(s *calendar.Service) (string, error) {
				return fmt.Sprintf("version %d of the calendar: %s", version, map[string]string{"approve": "in force", "reject": "rejected"}[name]), decide(s, cmd.Context(), version, w.by, w.reason)
			})
		},
	}
	w.flags(cmd)
	return cmd
}

// withCalendar runs f for a person of one of the roles and prints what it says.
func withCalendar(cmd *cobra.Command, c *common, by string, roles []access.Role, f func(*calendar.Service) (string, error)) error {
	return withClearing(cmd, c, app.DeskConfig{}, func(desk *app.ClearingDesk) error {
		if err := desk.Person(cmd.Context(), by, roles...); err != nil {
			return err
		}
		says, err := f(desk.Days)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(cmd.OutOrStdout(), says)
		return err
	})
}
