package store_test

import (
	"fmt"
	"testing"

	"juma/acquiring/channel"
	"juma/internal/audit"
	"juma/internal/dbtest"
	"juma/internal/fault"
	"juma/internal/store"
)

// TestChannelAccounts: an account belongs to the dates from the first that met it to the
// one that ended it, and comes back when a configuration has it again.
func TestChannelAccounts(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		const east, second = channel.Name("wechat_east"), channel.Name("alipay_2")
		end := func(name channel.Name) error {
			return s.EndAccount(ctx, name, 20260331, audit.Entry{ID: "01JQXA00000000000000000001", At: noon, Actor: "ops1", Action: "account.ended", Object: "account " + string(name), Reason: "over"})
		}
		must(t, s.MeetAccount(ctx, second, 20260310))
		must(t, s.MeetAccount(ctx, east, 20260310))
		must(t, s.MeetAccount(ctx, east, 20260311)) // at each start of a server
		if err := end("wechat_west"); !fault.Is(err, fault.NotFound) {
			t.Errorf("an account that is not there was ended: %v", err)
		}
		must(t, end(east))
		want := func(says string) {
			t.Helper()
			all, err := s.ChannelAccounts(ctx)
			must(t, err)
			if got := fmt.Sprint(all); got != says {
				t.Errorf("accounts %s, want %s", got, says)
			}
		}
		want("[{wechat_east 2026-03-10 2026-03-31} {alipay_2 2026-03-10 " + fmt.Sprint(channel.Account{}.Until) + "}]")
		must(t, s.MeetAccount(ctx, east, 20260401))
		want("[{wechat_east 2026-03-10 " + fmt.Sprint(channel.Account{}.Until) + "} {alipay_2 2026-03-10 " + fmt.Sprint(channel.Account{}.Until) + "}]")
	})
}
