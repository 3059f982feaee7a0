package store

import (
	"context"
	"slices"

	"juma/acquiring/channel"
	"juma/internal/audit"
	"juma/internal/bizdate"
	"juma/internal/fault"
)

var channelAccounts = table[channel.Account]{"channel_accounts", func(a *channel.Account) []field {
	return []field{{"name", &a.Name}, {"from_date", &a.From}, {"until_date", &a.Until}}
}}

// ChannelAccounts lists the further accounts at channels, in the order in which they are
// shown.
func (s *Store) ChannelAccounts(ctx context.Context) ([]channel.Account, error) {
	c := s.reader(ctx)
	all, err := channelAccounts.list(c, "store.ChannelAccounts", c.from(channelAccounts.name))
	slices.SortFunc(all, func(a, b channel.Account) int { return channel.Compare(a.Name, b.Name) })
	return all, err
}

// MeetAccount registers an account that is in use from a clearing date on; one that is
// known stays as it is, unless it was ended: then it is in use again.
func (s *Store) MeetAccount(ctx context.Context, name channel.Name, from bizdate.Date) error {
	err := s.update(ctx, func(c *conn) error {
		known, err := channelAccounts.list(c, "store.MeetAccount", c.from(channelAccounts.name).Where("name = ?", name))
		if err != nil {
			return err
		}
		if len(known) == 0 {
			return channelAccounts.insert(c, "store.MeetAccount", channel.Account{Name: name, From: from})
		}
		_, err = c.moved("store.MeetAccount", "UPDATE channel_accounts SET until_date = 0 WHERE name = ? AND until_date > 0 AND until_date < ?", name, from)
		return err
	})
	if fault.Is(err, fault.Conflict) { // another process met it at the same moment
		return nil
	}
	return err
}

// EndAccount says that an account is in use for the last time on a clearing date, with its
// audit. Kind NotFound when there is none of that name.
func (s *Store) EndAccount(ctx context.Context, name channel.Name, until bizdate.Date, e audit.Entry) error {
	const op = "store.EndAccount"
	return s.update(ctx, func(c *conn) error {
		found, err := channelAccounts.list(c, op, c.from(channelAccounts.name).Where("name = ?", name))
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return &fault.Error{Op: op, Kind: fault.NotFound, Field: "channel", Value: string(name), Msg: "is no further account that was ever configured"}
		}
		if _, err = c.moved(op, "UPDATE channel_accounts SET until_date = ? WHERE name = ?", until, name); err != nil {
			return err
		}
		return c.Audit(e)
	})
}
