package merchants_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"juma/internal/bizdate"
	"juma/internal/clock"
	"juma/internal/dbtest"
	"juma/internal/fault"
	"juma/internal/id"
	"juma/internal/store"
	"juma/merchants"
	"juma/merchants/synthetic"
)

const enrolling = "999290058120001"

// counter is a channel's counter for applications: it does what it is told and
// remembers what it was handed.
type counter struct {
	mu     sync.Mutex
	handed map[string]merchants.Profile // by business code
	asked  []string                     // calls in order: "enrol CODE", "ask CODE"
	enrol  func(merchants.Enrolment) (merchants.EnrolmentAnswer, error)
	ask    func(merchants.Enrolment) (merchants.EnrolmentAnswer, error)
}

func (c *counter) Enrol(_ context.Context, e merchants.Enrolment, p merchants.Profile) (merchants.EnrolmentAnswer, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked = append(c.asked, "enrol "+e.BusinessCode)
	if c.handed == nil {
		c.handed = map[string]merchants.Profile{}
	}
	c.handed[e.BusinessCode] = p
	return c.enrol(e)
}

func (c *counter) Ask(_ context.Context, e merchants.Enrolment) (merchants.EnrolmentAnswer, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked = append(c.asked, "ask "+e.BusinessCode)
	return c.ask(e)
}

type answer = func(merchants.Enrolment) (merchants.EnrolmentAnswer, error)

func says(a merchants.EnrolmentAnswer) answer {
	return func(merchants.Enrolment) (merchants.EnrolmentAnswer, error) { return a, nil }
}

var (
	pending = says(merchants.EnrolmentAnswer{State: merchants.EnrolPending, Message: "审核中"})
	silence = says(merchants.EnrolmentAnswer{Message: "no answer"})
	notSeen = says(merchants.EnrolmentAnswer{NotFound: true})
	down    = func(merchants.Enrolment) (merchants.EnrolmentAnswer, error) {
		return merchants.EnrolmentAnswer{}, fault.New("test", fault.Unavailable, "down")
	}
	rejected = says(merchants.EnrolmentAnswer{State: merchants.EnrolRejected, Message: "驳回",
		Reasons: []merchants.Reason{{Path: "short_name", Code: merchants.ChannelReason, Text: "简称不规范"}}})
)

func accepted(number string) answer {
	return says(merchants.EnrolmentAnswer{State: merchants.EnrolAccepted, ChannelID: number})
}

// bench is an enrolment service over one merchant whose enrolment at WeChat is
// requested.
type bench struct {
	*merchants.EnrolmentService
	s       *store.Store
	again   func() *merchants.EnrolmentService // another process
	clk     *clock.Sim
	wechat  *counter
	profile merchants.Profile
}

func eachBench(t *testing.T, f func(t *testing.T, b *bench)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		b := &bench{s: open(), clk: clock.NewSim(day.Start().Add(9*time.Hour), 1), wechat: &counter{}, profile: synthetic.Profile(7, 1, merchants.Individual)}
		ids := id.NewULIDs(id.Seeded(1, "ids"))
		service := func(s *store.Store) *merchants.EnrolmentService {
			made, err := merchants.NewEnrolmentService(merchants.EnrolmentConfig{
				Store: s.Enrolments(), Clock: b.clk, IDs: ids, Channels: map[string]merchants.Enroller{"wechat": b.wechat},
				ProfileOf: func(_ context.Context, no string) (merchants.Profile, error) {
					if no != enrolling {
						return merchants.Profile{}, fault.New("test", fault.NotFound, "no application")
					}
					return b.profile, nil
				},
				Check: func(p merchants.Profile, _ bizdate.Date) []merchants.Problem {
					if p.Address == "" {
						return []merchants.Problem{{Field: "address", Message: "is missing"}}
					}
					return nil
				},
			})
			if err != nil {
				t.Fatal(err)
			}
			return made
		}
		b.EnrolmentService = service(b.s)
		b.again = func() *merchants.EnrolmentService { return service(open()) }
		b.request(t, enrolling, "wechat")
		f(t, b)
	})
}

// request stores a merchant whose enrolment is to be sent.
func (b *bench) request(t *testing.T, no, channel string) {
	t.Helper()
	now := b.clk.Now()
	err := b.s.Merchants().CreateMerchant(ctx, merchants.Merchant{No: no, Name: "示例", ShortName: "示例", MCC: "5812", RegionCode: "310115", State: merchants.Active, CreatedAt: now}, nil, nil, nil,
		[]merchants.Enrolment{{MerchantNo: no, Channel: channel, State: merchants.EnrolRequested, Version: 1, BusinessCode: merchants.BusinessCode(no, channel, 1), NextAt: now, UpdatedAt: now}})
	if err != nil {
		t.Fatal(err)
	}
}

func (b *bench) sweep(t *testing.T) int {
	t.Helper()
	n, err := b.Sweep(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// later lets the longest gap go by.
func (b *bench) later() { b.clk.AdvanceTo(b.clk.Now().Add(3 * time.Hour)) }

func (b *bench) stands(t *testing.T) merchants.Enrolment {
	t.Helper()
	e, err := b.s.Enrolments().Enrolment(ctx, enrolling, "wechat")
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func (b *bench) want(t *testing.T, state merchants.EnrolmentState, number string) merchants.Enrolment {
	t.Helper()
	e := b.stands(t)
	if e.State != state || e.ChannelID != number {
		t.Errorf("enrolment %s %q, want %s %q", e.State, e.ChannelID, state, number)
	}
	return e
}

func (b *bench) calls(t *testing.T, want ...string) {
	t.Helper()
	if !slices.Equal(b.wechat.asked, want) {
		t.Errorf("the channel heard %v, want %v", b.wechat.asked, want)
	}
}
