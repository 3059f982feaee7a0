package web

import (
	"context"

	"juma/internal/audit"
	"juma/internal/bizdate"
	"juma/internal/id"
	"juma/merchants"
	"juma/merchants/check"
	"juma/merchants/sandbox"
)

// Of the merchant that every desk has beside its applications: merchantA, an
// enterprise with two stores, that is accepted at WeChat, rejected at Alipay, and
// waits at UnionPay.
const (
	deskStore    = "01JQSTORE00000000000000011"
	deskChange   = "01JQRATECHANGE000000000001" // a rate that "risk" proposed
	subMerchant  = "1900000888"
	alipayReason = "门头照与营业执照不符"
)

// shops is the real merchants' services over the desk's store.
type shops struct {
	*desk
	up   *merchants.Upkeep
	life *merchants.Service
	at   *merchants.EnrolmentService
}

func newShops(d *desk) *shops { return &shops{desk: d} }

func (s *shops) ready() *shops {
	s.open()
	if s.up != nil {
		return s
	}
	var err error
	ids := id.NewULIDs(id.Seeded(5, "shops"))
	s.up, err = merchants.NewUpkeep(merchants.UpkeepConfig{
		Store: s.store.Upkeep(), Identity: sandbox.New(s.clk), Clock: s.clk, IDs: ids, Random: id.Seeded(5, "amounts"), Check: check.Application,
	})
	must(s.t, err)
	s.life = merchants.NewService(s.store.Merchants(), s.clk, ids)
	s.at, err = merchants.NewEnrolmentService(merchants.EnrolmentConfig{Store: s.store.Enrolments(), ProfileOf: s.up.ProfileOf, Clock: s.clk, IDs: ids})
	must(s.t, err)
	return s
}

// deskProfile is what merchantA was approved with.
func deskProfile() merchants.Profile { return complete(12) }

// fillMerchants puts the merchant into the desk.
func (d *desk) fillMerchants(ctx context.Context) error {
	now, p := d.clk.Now(), deskProfile()
	a := merchants.ApplicationFile{
		ID: "01JQAPPLICATION00000000005", Login: "owner-a", Source: merchants.FromPortal, State: merchants.Approved, Revision: 2, Submission: 1, Profile: p,
		MerchantNo: merchantA, CreatedAt: now, UpdatedAt: now, UpdatedBy: "reviewer", SubmittedAt: now,
	}
	m := merchants.Merchant{
		No: merchantA, Name: p.Name, ShortName: "老王面馆（西湖店）", MCC: p.MCC, RegionCode: p.Region, State: merchants.Active, CreatedAt: now,
		Account: merchants.SettlementAccount{BankName: p.Account.BankName, CNAPS: p.Account.CNAPS, AccountNo: p.Account.No, AccountName: p.Account.Name},
	}
	stores := []merchants.Store{{ID: deskStore, MerchantNo: merchantA, Name: "西湖店", Address: p.Address, RegionCode: p.Region}}
	terminals := []merchants.Terminal{{No: "00000011", MerchantNo: merchantA, StoreID: deskStore}, {No: "00000012", MerchantNo: merchantA, StoreID: deskStore, TraceStart: 1000}}
	agreed := func(n, channel string, version int, from bizdate.Date) merchants.Agreement {
		return merchants.Agreement{ID: "01JQAGREEMENT000000000000" + n, MerchantNo: merchantA, Channel: channel, Rate: 3800, From: from, Version: version, Contract: testContract}
	}
	old := agreed("1", "wechat", 1, 20260101)
	cheaper := agreed("2", "wechat", 2, 20260301)
	cheaper.Rate, cheaper.Reason, cheaper.MadeBy, cheaper.CheckedBy = 3000, "续约优惠", "operator", "risk"
	at := func(channel, channelID string, st merchants.EnrolmentState) merchants.Enrolment {
		return merchants.Enrolment{MerchantNo: merchantA, Channel: channel, ChannelID: channelID, State: st, BusinessCode: merchants.BusinessCode(merchantA, channel, 1), Version: 1, NextAt: now, UpdatedAt: now}
	}
	rejected := at("alipay", "", merchants.EnrolRejected)
	rejected.Reasons, rejected.Message = []merchants.Reason{{Path: "pictures.storefront", Code: merchants.ChannelReason, Text: alipayReason}}, "请修改后重新提交"
	err := d.store.Onboarding().UpdateOnboarding(ctx, func(tx merchants.OnboardingTx) error {
		if err := tx.InsertApplications(a); err != nil {
			return err
		}
		if err := tx.Audit(audit.Entry{At: now, Actor: "reviewer", Action: "application.approved", Object: "application " + a.ID, After: "approved"}); err != nil {
			return err
		}
		return tx.CreateMerchant(m, stores, terminals, []merchants.Agreement{old, cheaper, agreed("3", "alipay", 1, 20260101)},
			[]merchants.Enrolment{at("wechat", subMerchant, merchants.EnrolAccepted), rejected, at("unionpay", "", merchants.EnrolPending)})
	})
	if err != nil {
		return err
	}
	return d.store.Merchants().UpdateLife(ctx, func(tx merchants.LifeTx) error {
		return tx.InsertRateChange(merchants.RateChange{
			ID: deskChange, MerchantNo: merchantA, Channel: "alipay", Rate: 3500, Cap: 2000, From: 20260401, Contract: testContract, Reason: "同城竞争", State: merchants.RateProposed,
			ProposedBy: "another-operator", ProposedAt: now,
		})
	})
}

func (s *shops) ListMerchants(ctx context.Context, q merchants.MerchantQuery) ([]merchants.ListedMerchant, error) {
	return s.ready().up.ListMerchants(ctx, q)
}

func (s *shops) Search(ctx context.Context, typed string, limit int) ([]merchants.Hit, error) {
	return s.ready().up.Search(ctx, typed, limit)
}

func (s *shops) MerchantTimeline(ctx context.Context, no string) ([]audit.Entry, error) {
	return s.ready().up.MerchantTimeline(ctx, no)
}

func (s *shops) Messages(ctx context.Context, no, beforeID string, limit int) ([]merchants.Message, error) {
	return s.ready().up.Messages(ctx, no, beforeID, limit)
}

func (s *shops) Merchant(ctx context.Context, no string) (merchants.Merchant, error) {
	return s.ready().store.Merchants().Merchant(ctx, no)
}

func (s *shops) StoresOf(ctx context.Context, no string) ([]merchants.Store, error) {
	return s.ready().store.Merchants().StoresOf(ctx, no)
}

func (s *shops) TerminalsOf(ctx context.Context, no string) ([]merchants.Terminal, error) {
	return s.ready().store.Merchants().TerminalsOf(ctx, no)
}

func (s *shops) Agreements(ctx context.Context, no string) ([]merchants.Agreement, error) {
	return s.ready().store.Merchants().Agreements(ctx, no)
}

func (s *shops) Enrolments(ctx context.Context, no string) ([]merchants.Enrolment, error) {
	return s.ready().store.Merchants().Enrolments(ctx, no)
}

func (s *shops) SetState(ctx context.Context, no string, to merchants.State, by, reason string) error {
	return s.ready().life.SetState(ctx, no, to, by, reason)
}

func (s *shops) ProposeRate(ctx context.Context, c merchants.RateChange, by string) (merchants.RateChange, error) {
	return s.ready().life.ProposeRate(ctx, c, by)
}

func (s *shops) ApproveRate(ctx context.Context, changeID, by, note string) (merchants.RateChange, error) {
	return s.ready().life.ApproveRate(ctx, changeID, by, note)
}

func (s *shops) RejectRate(ctx context.Context, changeID, by, reason string) (merchants.RateChange, error) {
	return s.ready().life.RejectRate(ctx, changeID, by, reason)
}

func (s *shops) RateChange(ctx context.Context, changeID string) (merchants.RateChange, error) {
	return s.ready().life.RateChange(ctx, changeID)
}

func (s *shops) RateChanges(ctx context.Context, st merchants.RateChangeState, no, afterID string, limit int) ([]merchants.RateChange, error) {
	return s.ready().life.RateChanges(ctx, st, no, afterID, limit)
}

func (s *shops) ExplainPaymentRate(ctx context.Context, p merchants.PaidFacts) (merchants.PaymentRate, error) {
	return s.ready().life.ExplainPaymentRate(ctx, p)
}

func (s *shops) Resubmit(ctx context.Context, no, channel, by, why string, corrected *merchants.Profile) (merchants.Enrolment, error) {
	return s.ready().at.Resubmit(ctx, no, channel, by, why, corrected)
}

func (s *shops) Taken(ctx context.Context, all []merchants.Profile) ([]int, error) {
	return s.open().o.Taken(ctx, all)
}

func (s *shops) Import(ctx context.Context, all []merchants.Profile, by string) error {
	return s.open().o.Import(ctx, all, by)
}
