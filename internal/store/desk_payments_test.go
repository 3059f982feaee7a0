package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"juma/acquiring"
	"juma/acquiring/channel"
	"juma/acquiring/health"
	"juma/clearing"
	"juma/internal/dbtest"
	"juma/internal/ledger"
	"juma/internal/store"
)

// orderNos are the numbers of payments.
func orderNos(all []acquiring.Payment) (nos []string) {
	for _, p := range all {
		nos = append(nos, p.OrderNo)
	}
	return nos
}

func TestPaymentsOfAllMerchantsAreFiltered(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		var nos []string
		update(t, s, func(tx acquiring.Tx) error {
			for n := 1; n <= 5; n++ {
				p := payment(n)
				if n > 3 { // at the same time
					p.CreatedAt = payment(3).CreatedAt
				}
				if n == 2 {
					p.MerchantNo, p.PlateKey, p.Wallet, p.Channel, p.State = "999290058120009", "K2", channel.AlipayWallet, channel.Alipay, acquiring.Closed
				}
				nos = append(nos, p.OrderNo)
				if err := tx.InsertPayment(p); err != nil {
					return err
				}
			}
			return nil
		})
		slices.Reverse(nos)
		desk := s.Desk()
		for name, c := range map[string]struct {
			q    acquiring.PaymentQuery
			want []string
		}{
			"all":      {acquiring.PaymentQuery{}, nos},
			"merchant": {acquiring.PaymentQuery{MerchantNo: "999290058120009"}, nos[3:4]},
			"plate":    {acquiring.PaymentQuery{PlateKey: "K2"}, nos[3:4]},
			"wallet":   {acquiring.PaymentQuery{Wallet: channel.AlipayWallet}, nos[3:4]},
			"channel":  {acquiring.PaymentQuery{Channel: channel.Alipay}, nos[3:4]},
			"state":    {acquiring.PaymentQuery{State: acquiring.Closed}, nos[3:4]},
			"band":     {acquiring.PaymentQuery{Least: 200, Most: 300}, nos[2:4]},
			"day":      {acquiring.PaymentQuery{}.OnDay(day), nos},
			"next day": {acquiring.PaymentQuery{}.OnDay(day.AddDays(1)), nil},
			"since":    {acquiring.PaymentQuery{Since: payment(3).CreatedAt}, nos[:3]},
			"until":    {acquiring.PaymentQuery{Until: payment(3).CreatedAt}, nos[3:]},
		} {
			c.q.Limit = 10
			if got := orderNos(get[[]acquiring.Payment](t)(desk.FindPayments(ctx, c.q))); !slices.Equal(got, c.want) {
				t.Errorf("%s: %v, want %v", name, got, c.want)
			}
		}
		var paged []string
		for before := ""; len(paged) <= len(nos); {
			page := orderNos(get[[]acquiring.Payment](t)(desk.FindPayments(ctx, acquiring.PaymentQuery{Before: before, Limit: 2})))
			if paged = append(paged, page...); len(page) < 2 {
				break
			}
			before = page[1]
		}
		if !slices.Equal(paged, nos) {
			t.Errorf("by pages %v, want %v", paged, nos)
		}
	})
}

func TestOrdersAreFoundByEachOfTheirNumbers(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		p, other := payment(1), payment(2)
		other.PayerID = "openid-2"
		r := refund(7, p, 10)
		r.ChannelNo = "5030"
		insertPaid(t, s, day, p, other)
		update(t, s, func(tx acquiring.Tx) error { return tx.InsertRefund(r) })
		for _, c := range []struct {
			typed, refund string
			by            acquiring.FoundBy
		}{
			{" " + strings.ToLower(p.OrderNo), "", acquiring.FoundByOrder}, {r.RefundNo, r.RefundNo, acquiring.FoundByRefund}, {p.RRN, "", acquiring.FoundByRRN}, {r.RRN, r.RefundNo, acquiring.FoundByRRN},
			{"wx" + p.OrderNo, "", acquiring.FoundByChannel}, {"5030", r.RefundNo, acquiring.FoundByChannel}, {p.Trace, "", acquiring.FoundByTrace},
			{strings.ToLower(terminal) + "/" + p.Trace, "", acquiring.FoundByTrace}, {"openid-1", "", acquiring.FoundByPayer},
		} {
			found := get[[]acquiring.FoundPayment](t)(s.Desk().SearchPayments(ctx, c.typed, 5))
			if len(found) != 1 || found[0].OrderNo != p.OrderNo || found[0].RefundNo != c.refund || found[0].By != c.by {
				t.Errorf("%q: %+v, want %s by %s", c.typed, found, p.OrderNo, c.by)
			}
		}
		for typed, want := range map[string]int{"": 0, "nothing": 0, "00000009 " + p.Trace: 0, "oUpF8u***": 2} { // of both, as the statement names who paid
			if found := get[[]acquiring.FoundPayment](t)(s.Desk().SearchPayments(ctx, typed, 5)); len(found) != want {
				t.Errorf("%q: %d payments, want %d", typed, len(found), want)
			}
		}
		if found := get[[]acquiring.FoundPayment](t)(s.Desk().SearchPayments(ctx, "oUpF8u***", 1)); len(found) != 1 {
			t.Errorf("%d payments, want at most one", len(found))
		}
	})
}

func TestOpenOrdersAreTheOldestFirst(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		old, paid, young := payment(1), payment(2), payment(3)
		young.State, young.Channel = acquiring.Unknown, channel.Alipay
		insertPaid(t, s, day, paid)
		r := refund(7, paid, 10)
		r.CreatedAt = noon.Add(2 * time.Second)
		update(t, s, func(tx acquiring.Tx) error {
			for _, p := range []acquiring.Payment{young, old} {
				if err := tx.InsertPayment(p); err != nil {
					return err
				}
			}
			return tx.InsertRefund(r)
		})
		desk := s.Desk()
		for name, c := range map[string]struct {
			q    acquiring.OpenQuery
			want []string
		}{
			"all":     {acquiring.OpenQuery{Until: noon.Add(time.Hour), Limit: 9}, []string{old.OrderNo, r.RefundNo, young.OrderNo}},
			"two":     {acquiring.OpenQuery{Until: noon.Add(time.Hour), Limit: 2}, []string{old.OrderNo, r.RefundNo}},
			"old":     {acquiring.OpenQuery{Until: old.CreatedAt, Limit: 9}, []string{old.OrderNo}},
			"channel": {acquiring.OpenQuery{Until: noon.Add(time.Hour), Channel: channel.Alipay, Limit: 9}, []string{young.OrderNo}},
		} {
			var nos []string
			for _, o := range get[[]acquiring.OpenOrder](t)(desk.OpenOrders(ctx, c.q)) {
				nos = append(nos, o.No)
			}
			if !slices.Equal(nos, c.want) {
				t.Errorf("%s: %v, want %v", name, nos, c.want)
			}
		}
		if all, some := get[int](t)(desk.CountOpen(ctx, noon.Add(time.Hour))), get[int](t)(desk.CountOpen(ctx, old.CreatedAt)); all != 3 || some != 1 {
			t.Errorf("counted %d and %d, want 3 and 1", all, some)
		}
	})
}

func TestWhatBecameOfAPayment(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		p, other := payment(1), payment(2)
		insertPaid(t, s, day, p, other)
		r := refund(7, p, 10)
		insertRefunded(t, s, day, noon.Add(2*time.Hour), r)
		update(t, s, func(tx acquiring.Tx) error {
			for i, no := range []string{p.OrderNo, other.OrderNo} {
				n := acquiring.NoticeRow{ID: newID(), Channel: p.Channel, NoticeID: no, Event: channel.PaymentEvent, OrderNo: no, Disposition: acquiring.Applied, ReceivedAt: noon.Add(time.Duration(i) * time.Second)}
				if _, err := tx.RecordNotice(n); err != nil {
					return err
				}
			}
			return nil
		})
		clear(t, s, func(tx clearing.Tx) error {
			item := clearing.Item{Channel: p.Channel, Date: day, Kind: channel.PaymentLine, Class: clearing.Matched, State: clearing.Ready}
			all := []clearing.Item{item, item}
			all[0].ID, all[0].OrderNo, all[1].ID, all[1].OrderNo = newID(), p.OrderNo, newID(), other.OrderNo
			return tx.InsertItems(all)
		})
		desk := s.Desk()
		if got := get[[]acquiring.NoticeRow](t)(desk.NoticesOf(ctx, p.OrderNo)); len(got) != 1 || got[0].NoticeID != p.OrderNo {
			t.Errorf("notices %+v", got)
		}
		entries := get[[]ledger.Entry](t)(desk.EntriesOf(ctx, p.OrderNo, r.RefundNo))
		if len(entries) != 2 || entries[0].Kind != ledger.Refunded || entries[1].Kind != ledger.Paid {
			t.Errorf("entries %+v", entries)
		}
		for _, e := range entries {
			if err := e.Prove(); err != nil {
				t.Errorf("as read: %v", err)
			}
		}
		if got := get[[]clearing.Item](t)(desk.ItemsOf(ctx, p.OrderNo, r.RefundNo)); len(got) != 1 || got[0].OrderNo != p.OrderNo {
			t.Errorf("items %+v", got)
		}
	})
}

// TestBacklogsAreCountedByAge: one open payment at each edge of a band falls where it
// belongs, and what is final is not counted.
func TestBacklogsAreCountedByAge(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		s, now := open(), payment(1).CreatedAt.Add(48*time.Hour)
		ages := []time.Duration{0, time.Minute - time.Second, time.Minute, 5 * time.Minute, 30 * time.Minute, 24*time.Hour - time.Second, 24 * time.Hour, 25 * time.Hour}
		update(t, s, func(tx acquiring.Tx) error {
			for n, age := range ages {
				p := payment(n + 1)
				p.CreatedAt, p.State = now.Add(-age), acquiring.Unknown
				if err := tx.InsertPayment(p); err != nil {
					return err
				}
			}
			done := payment(50)
			done.State = acquiring.Paid
			if err := tx.InsertPayment(done); err != nil {
				return err
			}
			for n, st := range []acquiring.CommandState{acquiring.CommandWaiting, acquiring.CommandDead, acquiring.CommandDead, acquiring.CommandDone} {
				m := acquiring.Command{Kind: acquiring.RefundCommand, ObjectNo: fmt.Sprint("R", n), MerchantNo: "m", Channel: channel.Alipay, State: st, CreatedAt: now, ChangedAt: now}
				if err := tx.InsertCommand(m); err != nil {
					return err
				}
			}
			return nil
		})
		got, err := s.Desk().Backlogs(t.Context(), now)
		if err != nil {
			t.Fatal(err)
		}
		ch := payment(1).Channel
		want := map[channel.Name]health.Backlog{
			ch:             {Open: [5]int{2, 1, 1, 2, 2}, Oldest: now.Add(-25 * time.Hour)},
			channel.Alipay: {Waiting: 1, Dead: 2},
		}
		for name, b := range want {
			g := got[name]
			if g.Open != b.Open || !g.Oldest.Equal(b.Oldest) || g.Waiting != b.Waiting || g.Dead != b.Dead {
				t.Errorf("%s: %+v, want %+v", name, g, b)
			}
		}
		if len(got) != len(want) {
			t.Errorf("backlogs of %d channels", len(got))
		}
	})
}
