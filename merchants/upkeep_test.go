package merchants_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/internal/id"
	"juma/merchants"
	"juma/merchants/check"
)

// office is a desk with the upkeep of the merchants that it approved.
type office struct {
	*desk
	life      *merchants.Service
	up, other *merchants.Upkeep // other: a second process
	post      *postbox
	again     int // merchants of merchantAgain
}

// postbox is a notifier that tests can make fail.
type postbox struct {
	mu   sync.Mutex
	down bool
	sent []merchants.Message
}

func (p *postbox) Notify(_ context.Context, m merchants.Message) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.down {
		return errors.New("no signal")
	}
	p.sent = append(p.sent, m)
	return nil
}

func eachOffice(t *testing.T, f func(t *testing.T, o *office)) {
	t.Helper()
	eachDesk(t, func(t *testing.T, d *desk) {
		o := &office{desk: d, post: &postbox{}, life: merchants.NewService(d.s.Merchants(), d.clk, id.NewULIDs(id.Seeded(1, "life")))}
		o.up, o.other = o.upkeep(t, "one"), o.upkeep(t, "two")
		f(t, o)
	})
}

func (o *office) upkeep(t *testing.T, label string) *merchants.Upkeep {
	t.Helper()
	u, err := merchants.NewUpkeep(merchants.UpkeepConfig{
		Store: o.s.Upkeep(), Identity: o.bank, Clock: o.clk, IDs: id.NewULIDs(id.Seeded(1, label)), Random: id.Seeded(1, label),
		Check: check.Profile, Notifier: o.post,
	})
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// merchant approves an applicant.
func (o *office) merchant(t *testing.T, kind merchants.Kind, persona string) merchants.Merchant {
	t.Helper()
	a := o.submitted(t, profile(kind, persona))
	if kind == merchants.Enterprise {
		o.reviewed(t, a)
		o.tell(t, a)
	}
	a = o.reviewed(t, a)
	a, err := o.Approve(ctx, a.ID, "reviewer", a.Revision, "")
	if err != nil {
		t.Fatal(err)
	}
	return o.now(t, a.MerchantNo)
}

func (o *office) now(t *testing.T, no string) merchants.Merchant {
	t.Helper()
	m, err := o.s.Merchants().Merchant(ctx, no)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func (o *office) wait(d time.Duration) { o.clk.AdvanceTo(o.clk.Now().Add(d)) }

// actions lists what the audit says of a merchant, "who what".
func (o *office) actions(t *testing.T, no string) []string {
	t.Helper()
	all, err := o.s.AuditOf(ctx, merchants.MerchantObject(no), "", 100)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range all {
		got = append(got, e.Actor+" "+e.Action)
	}
	return got
}

// inbox lists the kinds of a merchant's messages, oldest first.
func (o *office) inbox(t *testing.T, no string) []string {
	t.Helper()
	all, err := o.up.Messages(ctx, no, "", 100)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range all {
		if got = append(got, m.Kind); !slices.Contains(merchants.MessageKinds, m.Kind) {
			t.Errorf("no page has a text for %s", m.Kind)
		}
	}
	slices.Reverse(got)
	return got
}

// refused checks an error's kind and what it says.
func refused(t *testing.T, err error, kind fault.Kind, says ...string) {
	t.Helper()
	if !fault.Is(err, kind) {
		t.Fatalf("got %v, want kind %s", err, kind)
	}
	for _, s := range says {
		if !strings.Contains(err.Error(), s) {
			t.Errorf("%q does not say %q", err, s)
		}
	}
}

func TestStoresAndTerminals(t *testing.T) {
	eachOffice(t, func(t *testing.T, o *office) {
		m := o.merchant(t, merchants.Individual, "001")
		o.wait(time.Second)
		st, first, err := o.up.AddStore(ctx, m.No, "owner", merchants.NewStore{Name: "浦东二店", Address: "浦东新区示例路 2 号", Region: "310115"})
		if err != nil || len(first.No) != 8 || first.StoreID != st.ID {
			t.Fatal(st, first, err)
		}
		_, _, err = o.up.AddStore(ctx, m.No, "owner", merchants.NewStore{Name: "三店", Address: "示例路 3 号", Region: "000000"})
		refused(t, err, fault.Invalid, "region")
		second, err := o.up.AddTerminal(ctx, m.No, st.ID, "owner")
		if err != nil || second.No == first.No {
			t.Fatal(second, err)
		}
		if err := o.up.RenameStore(ctx, m.No, st.ID, "owner", "浦东二店", "张江店"); err != nil {
			t.Fatal(err)
		}
		refused(t, o.up.RenameStore(ctx, m.No, st.ID, "owner", "浦东二店", "川沙店"), fault.Conflict)
		for _, err := range []error{ // another merchant's do not exist
			o.up.RenameStore(ctx, "999290058129999", st.ID, "x", "张江店", "川沙店"),
			o.up.CloseStore(ctx, "999290058129999", st.ID, "x", "why"),
			o.up.DisableTerminal(ctx, "999290058129999", first.No, "x", "why"),
		} {
			refused(t, err, fault.NotFound)
		}
		if err := o.up.DisableTerminal(ctx, m.No, first.No, "owner", "stolen"); err != nil {
			t.Fatal(err)
		}
		refused(t, o.up.DisableTerminal(ctx, m.No, first.No, "owner", "stolen"), fault.Conflict)
		if err := o.up.CloseStore(ctx, m.No, st.ID, "owner", "lease over"); err != nil {
			t.Fatal(err)
		}
		refused(t, o.up.CloseStore(ctx, m.No, st.ID, "owner", "lease over"), fault.Conflict)
		_, err = o.up.AddTerminal(ctx, m.No, st.ID, "owner")
		refused(t, err, fault.Conflict)
		stores, _ := o.s.Merchants().StoresOf(ctx, m.No)
		terminals, _ := o.s.Merchants().TerminalsOf(ctx, m.No)
		if len(stores) != 2 || !stores[0].ClosedAt.IsZero() || stores[1].ClosedAt.IsZero() || stores[1].Name != "张江店" {
			t.Errorf("stores %+v", stores)
		}
		if len(terminals) != 3 || !terminals[0].ClosedAt.IsZero() || terminals[1].ClosedAt.IsZero() || terminals[2].ClosedAt.IsZero() {
			t.Errorf("terminals %+v", terminals)
		}
		want := []string{"owner store.added", "owner terminal.added", "owner terminal.added", "owner store.renamed", "owner terminal.closed", "owner store.closed", "owner terminal.closed"}
		if got := o.actions(t, m.No)[1:]; !slices.Equal(got, want) {
			t.Errorf("audit: %v", got)
		}
		if err := o.life.SetState(ctx, m.No, merchants.Closed, "operator", "gone"); err != nil {
			t.Fatal(err)
		}
		_, _, err = o.up.AddStore(ctx, m.No, "owner", merchants.NewStore{Name: "四店", Address: "示例路 4 号", Region: "310115"})
		refused(t, err, fault.Refused)
	})
}

// TestMessagesAreSentAtLeastOnce: one that could not be sent is tried again, and
// two processes do not both send what is claimed.
func TestMessagesAreSentAtLeastOnce(t *testing.T) {
	eachOffice(t, func(t *testing.T, o *office) {
		m := o.merchant(t, merchants.Individual, "001")
		if _, err := o.up.RequestAccount(ctx, m.No, "owner", "why", newAccount(profile(merchants.Individual, "001"))); err != nil {
			t.Fatal(err)
		}
		o.post.down = true
		if n, err := o.up.Send(ctx); n != 0 || err == nil {
			t.Fatalf("sent %d, %v", n, err)
		}
		o.post.down = false
		if n, err := o.up.Send(ctx); n != 0 || err != nil {
			t.Fatalf("before its time: sent %d, %v", n, err)
		}
		o.wait(time.Minute)
		sent := make([]int, 2)
		var wg sync.WaitGroup
		for i, u := range []*merchants.Upkeep{o.up, o.other} {
			wg.Go(func() {
				n, err := u.Send(ctx)
				if err != nil {
					t.Error(err)
				}
				sent[i] = n
			})
		}
		wg.Wait()
		if sent[0]+sent[1] != 1 || len(o.post.sent) != 1 || o.post.sent[0].To != profile(merchants.Individual, "001").Contact || o.post.sent[0].Params["by"] != "owner" {
			t.Errorf("sent %v: %+v", sent, o.post.sent)
		}
		if n, err := o.up.CountUnread(ctx, m.No); n != 1 || err != nil {
			t.Errorf("%d unread, %v", n, err)
		}
		all, _ := o.up.Messages(ctx, m.No, "", 10)
		if err := o.up.ReadMessages(ctx, m.No, all[0].ID, "owner"); err != nil {
			t.Fatal(err)
		}
		all, _ = o.up.Messages(ctx, m.No, "", 10)
		if n, err := o.up.CountUnread(ctx, m.No); n != 0 || err != nil || all[0].ReadBy != "owner" || all[0].SentAt.IsZero() {
			t.Errorf("%d unread, %v, %+v", n, err, all)
		}
	})
}

// staleList is a store whose list of unsent messages was read a moment ago.
type staleList struct {
	merchants.UpkeepStore
	list []merchants.Message
}

func (s staleList) UnsentMessages(context.Context, time.Time, int) ([]merchants.Message, error) {
	return s.list, nil
}

// TestAClaimedMessageIsNotSentByAnother: two processes that read the same list send
// each message once.
func TestAClaimedMessageIsNotSentByAnother(t *testing.T) {
	eachOffice(t, func(t *testing.T, o *office) {
		m := o.merchant(t, merchants.Individual, "001")
		if _, err := o.up.RequestAccount(ctx, m.No, "owner", "why", newAccount(profile(merchants.Individual, "001"))); err != nil {
			t.Fatal(err)
		}
		list, err := o.s.Upkeep().UnsentMessages(ctx, o.clk.Now(), 10)
		if err != nil || len(list) != 1 {
			t.Fatal(list, err)
		}
		late := *o.other
		late.Store = staleList{o.s.Upkeep(), list}
		for i, u := range []*merchants.Upkeep{o.up, &late} {
			if n, err := u.Send(ctx); n != 1-i || err != nil {
				t.Errorf("process %d sent %d, %v", i, n, err)
			}
		}
		if len(o.post.sent) != 1 {
			t.Errorf("%d went out", len(o.post.sent))
		}
	})
}

// TestAMerchantIsTold: what is done with a merchant reaches its contact, and every
// kind of message is one that pages know.
func TestAMerchantIsTold(t *testing.T) {
	eachOffice(t, func(t *testing.T, o *office) {
		m := o.merchant(t, merchants.Individual, "001")
		for _, to := range []merchants.State{merchants.Suspended, merchants.Active} {
			o.wait(time.Second)
			if err := o.life.SetState(ctx, m.No, to, "risk", "a complaint"); err != nil {
				t.Fatal(err)
			}
		}
		o.wait(time.Second)
		c, err := o.life.ProposeRate(ctx, merchants.RateChange{MerchantNo: m.No, Channel: "wechat", Rate: 3000, From: bizdate.Of(o.clk.Now()).AddDays(1), Reason: "volume"}, "sales")
		if err == nil {
			_, err = o.life.ApproveRate(ctx, c.ID, "boss", "")
		}
		if err != nil {
			t.Fatal(err)
		}
		got := o.inbox(t, m.No)
		if !slices.Equal(got, []string{"merchant.suspended", "merchant.resumed", "rate.changed"}) {
			t.Errorf("messages: %v", got)
		}
		if n, err := o.up.Send(ctx); n != 3 || err != nil || o.post.sent[0].To != profile(merchants.Individual, "001").Contact {
			t.Errorf("sent %d, %v: %+v", n, err, o.post.sent)
		}
	})
}
