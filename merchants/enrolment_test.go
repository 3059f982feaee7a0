package merchants_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"juma/internal/fault"
	"juma/merchants"
)

func TestEnrolmentSlowToAccept(t *testing.T) {
	eachBench(t, func(t *testing.T, b *bench) {
		b.wechat.enrol, b.wechat.ask = pending, pending
		if n := b.sweep(t); n != 1 {
			t.Errorf("%d changed, want 1", n)
		}
		if e := b.want(t, merchants.EnrolPending, ""); e.Message != "审核中" || e.Attempts != 1 || !e.NextAt.After(b.clk.Now()) {
			t.Errorf("pending %+v", e)
		}
		if n := b.sweep(t); n != 0 || len(b.wechat.asked) != 1 { // not due
			t.Errorf("%d changed, calls %v: it was not due", n, b.wechat.asked)
		}
		b.later()
		b.sweep(t)
		b.wechat.ask = accepted("1900000109")
		b.later()
		b.sweep(t)
		b.want(t, merchants.EnrolAccepted, "1900000109")
		b.later()
		b.sweep(t)
		const code = enrolling + "W01"
		b.calls(t, "enrol "+code, "ask "+code, "ask "+code)
		if no, err := b.s.Merchants().MerchantNoAt(ctx, "wechat", "1900000109"); err != nil || no != enrolling {
			t.Errorf("behind the number: %q, %v", no, err)
		}
		if p := b.wechat.handed[code]; p.Name != b.profile.Name || p.Account.No != b.profile.Account.No {
			t.Error("the channel was handed another profile")
		}
		b.wantTold(t, "wechat requested → wechat pending", "wechat pending → wechat accepted 1900000109")
	})
}

// wantTold checks the audit entries of the merchant and that each has its event.
func (b *bench) wantTold(t *testing.T, want ...string) {
	t.Helper()
	entries, err := b.s.Onboarding().AuditOf(ctx, merchants.MerchantObject(enrolling), "", 50)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Before+" → "+e.After)
	}
	if !slices.Equal(got, want) {
		t.Errorf("audit %q, want %q", got, want)
	}
	events, _, err := b.s.ClaimEvents(ctx, b.clk.Now(), "test", time.Minute, 50)
	if err != nil || len(events) != len(want) {
		t.Errorf("%d events, %v; want one for each change", len(events), err)
	}
	for _, e := range events {
		if e.Subject != merchants.EnrolmentChanged || e.Key != enrolling || strings.Contains(string(e.Payload), b.profile.Name) {
			t.Errorf("event %s %s %s", e.Subject, e.Key, e.Payload)
		}
	}
}

// TestEnrolmentUnknownIsAskedAgain: silence never fails an enrolment. What may
// have been sent is asked about first, and sent again only when the channel has
// never seen it.
func TestEnrolmentUnknownIsAskedAgain(t *testing.T) {
	eachBench(t, func(t *testing.T, b *bench) {
		const code = enrolling + "W01"
		b.wechat.enrol, b.wechat.ask = down, notSeen
		b.sweep(t) // nothing was sent
		b.want(t, merchants.EnrolRequested, "")
		b.later()
		b.wechat.enrol = silence
		b.sweep(t) // lost on the way: not seen, sent again, no answer
		b.want(t, merchants.EnrolRequested, "")
		b.later()
		b.wechat.ask = silence
		b.sweep(t)
		if e := b.want(t, merchants.EnrolRequested, ""); e.Message != "no answer" || e.Attempts != 3 {
			t.Errorf("after silence %+v", e)
		}
		b.later()
		b.wechat.ask = accepted("1900000109")
		b.sweep(t)
		b.want(t, merchants.EnrolAccepted, "1900000109")
		b.calls(t, "enrol "+code, "ask "+code, "enrol "+code, "ask "+code, "ask "+code)
		b.wantTold(t, "wechat requested → wechat accepted 1900000109")
	})
}

func TestEnrolmentGapsGrow(t *testing.T) {
	eachBench(t, func(t *testing.T, b *bench) {
		b.wechat.enrol, b.wechat.ask = down, down
		var last time.Duration
		for range 7 {
			b.sweep(t)
			e := b.stands(t)
			gap := e.NextAt.Sub(b.clk.Now())
			if gap < last || gap > 2*time.Hour || gap < 30*time.Second {
				t.Errorf("gap %v after %v", gap, last)
			}
			last = gap
			b.clk.AdvanceTo(e.NextAt)
		}
		if last != 2*time.Hour {
			t.Errorf("the last gap is %v", last)
		}
	})
}

func TestEnrolmentRejectedAndMended(t *testing.T) {
	eachBench(t, func(t *testing.T, b *bench) {
		b.wechat.enrol = rejected
		b.sweep(t)
		e := b.want(t, merchants.EnrolRejected, "")
		if len(e.Reasons) != 1 || e.Reasons[0].Path != "short_name" || e.Reasons[0].Text != "简称不规范" {
			t.Errorf("reasons %+v", e.Reasons)
		}
		b.later()
		b.sweep(t) // a rejection is final: nobody asks again
		b.calls(t, "enrol "+enrolling+"W01")

		mended := b.profile
		mended.ShortName = "规范的简称"
		e, err := b.Resubmit(ctx, enrolling, "wechat", "operator", "简称已更正", &mended)
		if err != nil || e.State != merchants.EnrolRequested || e.Version != 2 || e.BusinessCode != enrolling+"W02" || e.Reasons != nil {
			t.Fatalf("resubmitted %+v, %v", e, err)
		}
		if _, err := b.Resubmit(ctx, enrolling, "wechat", "operator", "once more", &mended); !fault.Is(err, fault.Conflict) {
			t.Errorf("handed in anew twice: %v", err)
		}
		b.wechat.enrol = accepted("1900000109")
		b.sweep(t)
		b.want(t, merchants.EnrolAccepted, "1900000109")
		if p := b.wechat.handed[enrolling+"W02"]; p.ShortName != "规范的简称" {
			t.Errorf("version 2 was sent with %q", p.ShortName)
		}
		kept, err := b.s.Enrolments().Resubmissions(ctx, enrolling, "wechat")
		if err != nil || len(kept) != 1 || kept[0].RejectedCode != enrolling+"W01" || kept[0].RejectedFor[0].Text != "简称不规范" || kept[0].By != "operator" || kept[0].Why != "简称已更正" {
			t.Errorf("kept %d, %v", len(kept), err)
		}
		b.wantTold(t, "wechat requested → wechat rejected", "wechat rejected → wechat requested version 2",
			"wechat requested version 2 → wechat accepted version 2 1900000109")
	})
}

func TestEnrolmentCorrectionIsChecked(t *testing.T) {
	eachBench(t, func(t *testing.T, b *bench) {
		try := func(why string, change func(*merchants.Profile)) error {
			p := b.profile
			change(&p)
			_, err := b.Resubmit(ctx, enrolling, "wechat", "operator", why, &p)
			return err
		}
		if err := try("early", func(*merchants.Profile) {}); !fault.Is(err, fault.Conflict) {
			t.Errorf("what is not rejected: %v", err)
		}
		b.wechat.enrol = rejected
		b.sweep(t)
		for field, change := range map[string]func(*merchants.Profile){
			"legal.id_no": func(p *merchants.Profile) { p.Legal.IDNo = "110101199003070038" },
			"account.no":  func(p *merchants.Profile) { p.Account.No = "6216261000000000018" },
			"uscc":        func(p *merchants.Profile) { p.USCC = "91310000MA1FL0000X" },
		} {
			err := try("changed", change)
			if !fault.Is(err, fault.Refused) || !strings.Contains(err.Error(), field) || strings.Contains(err.Error(), "1101") || strings.Contains(err.Error(), "6216") {
				t.Errorf("%s: %v; want refused, naming the field and not the value", field, err)
			}
		}
		var problems *merchants.ProblemsError
		if err := try("no address", func(p *merchants.Profile) { p.Address = "" }); !errors.As(err, &problems) || problems.Problems[0].Field != "address" {
			t.Errorf("a faulty profile: %v", err)
		}
		if err := try("", func(*merchants.Profile) {}); !fault.Is(err, fault.Invalid) {
			t.Errorf("without a reason: %v", err)
		}
		if _, err := b.Resubmit(ctx, enrolling, "alipay", "operator", "x", nil); !fault.Is(err, fault.NotFound) {
			t.Errorf("a channel that was never asked: %v", err)
		}
		b.want(t, merchants.EnrolRejected, "")
		if _, err := b.Resubmit(ctx, enrolling, "wechat", "operator", "the channel was wrong", nil); err != nil {
			t.Errorf("the profile as it is: %v", err)
		}
	})
}

// TestEnrolmentNumberOfAnother: a number that another merchant has is never
// stored twice; the enrolment stays and its fault is told.
func TestEnrolmentNumberOfAnother(t *testing.T) {
	eachBench(t, func(t *testing.T, b *bench) {
		b.wechat.enrol = accepted("1900000109")
		b.sweep(t)
		b.request(t, "999290058120002", "wechat")
		b.profileForAll()
		b.wechat.ask = accepted("1900000109")
		if _, err := b.Sweep(ctx); !fault.Is(errors.Unwrap(first(err)), fault.Conflict) {
			t.Errorf("the number of another: %v", err)
		}
		e, err := b.s.Enrolments().Enrolment(ctx, "999290058120002", "wechat")
		if err != nil || e.State != merchants.EnrolRequested || e.ChannelID != "" {
			t.Errorf("enrolment %+v, %v", e, err)
		}
	})
}

func (b *bench) profileForAll() {
	b.EnrolmentService.ProfileOf = func(context.Context, string) (merchants.Profile, error) { return b.profile, nil }
}

// first is the first of errors that were joined.
func first(err error) error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()[0]
	}
	return err
}

// TestEnrolmentOneBadRow: a merchant without a profile never holds up the others.
func TestEnrolmentOneBadRow(t *testing.T) {
	eachBench(t, func(t *testing.T, b *bench) {
		b.request(t, "999290058120000", "wechat") // sorts before, and has no application
		b.wechat.enrol = accepted("1900000109")
		n, err := b.Sweep(ctx)
		if n != 1 || err == nil || !strings.Contains(err.Error(), "999290058120000") {
			t.Errorf("%d changed, %v; want one, and the other named", n, err)
		}
		b.want(t, merchants.EnrolAccepted, "1900000109")
	})
}

// TestEnrolmentSweepsSideBySide: many sweeps in two processes hand each
// application in once.
func TestEnrolmentSweepsSideBySide(t *testing.T) {
	eachBench(t, func(t *testing.T, b *bench) {
		const more = 20
		for i := range more {
			b.request(t, fmt.Sprintf("9992900581201%02d", i), "wechat")
		}
		number := 0
		b.wechat.enrol = func(merchants.Enrolment) (merchants.EnrolmentAnswer, error) {
			number++ // under the counter's lock
			return merchants.EnrolmentAnswer{State: merchants.EnrolAccepted, ChannelID: fmt.Sprintf("19000%05d", number)}, nil
		}
		services := []*merchants.EnrolmentService{b.EnrolmentService, b.again(), b.again()}
		var wg sync.WaitGroup
		for _, s := range services {
			s.ProfileOf = func(context.Context, string) (merchants.Profile, error) { return b.profile, nil }
			wg.Go(func() {
				if _, err := s.Sweep(ctx); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if len(b.wechat.asked) != more+1 {
			t.Errorf("the channel heard %d calls for %d applications", len(b.wechat.asked), more+1)
		}
		counts, err := b.s.Enrolments().CountEnrolments(ctx)
		if err != nil || counts[merchants.EnrolAccepted] != more+1 || len(counts) != 1 {
			t.Errorf("counts %v, %v", counts, err)
		}
	})
}

// TestEnrolmentOvertaken: who comes back late with an answer to an old version
// changes nothing.
func TestEnrolmentOvertaken(t *testing.T) {
	eachBench(t, func(t *testing.T, b *bench) {
		b.wechat.ask = rejected
		b.wechat.enrol = func(merchants.Enrolment) (merchants.EnrolmentAnswer, error) {
			b.wechat.mu.Unlock() // another process is faster meanwhile
			b.later()
			if _, err := b.again().Sweep(ctx); err != nil {
				t.Error(err)
			}
			if _, err := b.Resubmit(ctx, enrolling, "wechat", "operator", "mended", nil); err != nil {
				t.Error(err)
			}
			b.wechat.mu.Lock()
			return merchants.EnrolmentAnswer{State: merchants.EnrolAccepted, ChannelID: "1900000109"}, nil
		}
		if n := b.sweep(t); n != 0 {
			t.Errorf("%d changed by who was overtaken", n)
		}
		if e := b.want(t, merchants.EnrolRequested, ""); e.Version != 2 {
			t.Errorf("version %d", e.Version)
		}
	})
}

func TestEnrolmentQueue(t *testing.T) {
	eachBench(t, func(t *testing.T, b *bench) {
		b.request(t, "999290058120002", "alipay")
		b.request(t, "999290058120003", "unionpay")
		b.wechat.enrol = rejected
		b.sweep(t) // alipay and unionpay are not served here and stay
		list := func(q merchants.EnrolmentQuery) (got []string) {
			t.Helper()
			all, err := b.s.Enrolments().EnrolmentQueue(ctx, q)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range all {
				got = append(got, e.MerchantNo[14:]+" "+e.Channel+" "+string(e.State))
			}
			return got
		}
		if got := list(merchants.EnrolmentQuery{Limit: 2}); !slices.Equal(got, []string{"1 wechat rejected", "2 alipay requested"}) {
			t.Errorf("first page %q", got)
		}
		if got := list(merchants.EnrolmentQuery{Limit: 2, AfterMerchantNo: "999290058120002", AfterChannel: "alipay"}); !slices.Equal(got, []string{"3 unionpay requested"}) {
			t.Errorf("second page %q", got)
		}
		if got := list(merchants.EnrolmentQuery{Limit: 9, States: []merchants.EnrolmentState{merchants.EnrolRejected}}); len(got) != 1 {
			t.Errorf("rejected %q", got)
		}
		if got := list(merchants.EnrolmentQuery{Limit: 9, DueAt: b.clk.Now().Add(-time.Hour)}); len(got) != 0 {
			t.Errorf("due an hour ago %q", got)
		}
	})
}

// TestEnrolmentAtOneMoreChannel: a merchant that is there already can be registered
// at a channel that came later, once.
func TestEnrolmentAtOneMoreChannel(t *testing.T) {
	eachBench(t, func(t *testing.T, b *bench) {
		const gathered = "unionpay-aggregate"
		e, err := b.Request(ctx, enrolling, gathered, "ops1", "by transfer")
		if err != nil || e.State != merchants.EnrolRequested || e.BusinessCode != enrolling+"G01" {
			t.Fatalf("%+v, %v", e, err)
		}
		b.wantTold(t, " → "+gathered+" requested")
		if _, err := b.Request(ctx, enrolling, gathered, "ops1", "again"); !fault.Is(err, fault.Conflict) {
			t.Errorf("asked twice: %v; want conflict", err)
		}
		if _, err := b.Request(ctx, enrolling, "alipay", "ops1", ""); !fault.Is(err, fault.Invalid) {
			t.Errorf("without a reason: %v", err)
		}
	})
}
