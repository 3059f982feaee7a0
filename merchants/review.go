package merchants

import (
	"context"
	"slices"
	"strings"
	"time"

	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/internal/id"
	"juma/internal/money"
)

// RiskRules say when two people must approve.
type RiskRules struct {
	// MCCs that are risky for what is sold there (jewellery, pawn shops, massage …).
	MCCs []string
	// CostFloor is the rate below which a merchant costs more than it brings; 0 = off.
	CostFloor money.RatePPM
	// Second tells how many risks need a second person: 1 by default, 0 takes the
	// default, a negative number never asks for one.
	Second int
}

// DefaultRisk is a cautious start: goods that turn into cash, and entertainment.
func DefaultRisk() RiskRules {
	return RiskRules{MCCs: []string{"5094", "5933", "5944", "5998", "6211", "7297", "7298", "7911"}, CostFloor: 2000}
}

// Of lists the risks of a profile as stable keys.
func (r RiskRules) Of(p Profile) []string {
	var risks []string
	if slices.Contains(r.MCCs, p.MCC) {
		risks = append(risks, "mcc")
	}
	if slices.ContainsFunc(p.Rates, func(o RateOffer) bool { return o.Rate < r.CostFloor }) {
		risks = append(risks, "rate_below_cost")
	}
	if slices.ContainsFunc(p.Stores, func(s ProfileStore) bool { return head(s.Region, 2) != head(p.Region, 2) }) {
		risks = append(risks, "store_elsewhere")
	}
	if p.Kind == Enterprise && p.Account.Kind == Personal {
		risks = append(risks, "personal_account")
	}
	return risks
}

func head(s string, n int) string { return s[:min(n, len(s))] }

// needsSecond tells whether the application's risks ask for two people.
func (r RiskRules) needsSecond(risks []string) bool {
	limit := r.Second
	if limit == 0 {
		limit = 1
	}
	return limit > 0 && len(risks) >= limit
}

// reviewable reads an application that a reviewer may decide on.
func (o *Onboarding) reviewable(ctx context.Context, op, applicationID, by string) (ApplicationFile, error) {
	a, err := o.Store.Application(ctx, applicationID)
	switch {
	case err != nil:
		return a, fault.Wrap(op, "", err)
	case a.Login == by:
		return a, fault.New(op, fault.Forbidden, "%s is the applicant: another person must decide", by)
	case a.State != InReview && a.State != SecondEye:
		return a, stale(op, a)
	}
	return a, nil
}

// Approve accepts an application; revision is the one that the reviewer read. A
// risky one waits for a second person; the approval that completes it makes the
// merchant with stores, terminals, rates and requests to the channels, in one
// transaction. Of two who decide at once one wins; the other gets kind Conflict,
// which says who was faster and when.
func (o *Onboarding) Approve(ctx context.Context, applicationID, by string, revision int, note string) (ApplicationFile, error) {
	return o.ApproveKnown(ctx, applicationID, by, revision, note, Known{})
}

// Known are the numbers that a merchant brings along from an acquirer or channel
// where it is registered already; the zero value brings none. What is given is kept,
// what is missing is drawn.
type Known struct {
	MerchantNo string
	Terminals  [][]string        // by store, in the profile's order
	ChannelIDs map[string]string // by channel: enrolled there already
}

// ApproveKnown is Approve for a merchant that brings numbers along.
func (o *Onboarding) ApproveKnown(ctx context.Context, applicationID, by string, revision int, note string, known Known) (ApplicationFile, error) {
	const op = "merchants.Approve"
	a, err := o.reviewable(ctx, op, applicationID, by)
	if err != nil {
		return a, err
	}
	if a.Revision != revision {
		return a, stale(op, a)
	}
	if err := o.wantProof(ctx, op, a); err != nil {
		return a, err
	}
	before := a.State
	if a.FirstBy == "" && o.Risk.needsSecond(a.Risks) {
		a.State, a.FirstBy, a.FirstAt = SecondEye, by, o.Clock.Now()
		return o.write(ctx, op, a, by, func(tx OnboardingTx) error {
			return tx.Audit(o.entry(a, by, "application.approved_first", string(before), string(SecondEye), note))
		}, InReview)
	}
	if a.FirstBy == by {
		return a, fault.New(op, fault.Forbidden, "%s approved it on %s: a second person must", by, a.FirstAt.In(bizdate.Zone).Format(time.DateTime))
	}
	a.State = Approved
	// The number is drawn inside the transaction that writes the application, which
	// therefore is written with it.
	return o.approve(ctx, op, a, by, before, note, known)
}

// wantProof refuses to approve what is not proven.
func (o *Onboarding) wantProof(ctx context.Context, op string, a ApplicationFile) error {
	all, err := o.Store.VerificationsOf(ctx, a.ID)
	if err != nil {
		return err
	}
	for _, s := range Subjects {
		if p := ProofOf(all, a.Submission, s); p.State != Passed {
			return &fault.Error{Op: op, Kind: fault.Refused, Field: string(s), Value: string(p.State), Msg: "is not proven; reject the application with the reason, or let two people override an identity"}
		}
	}
	return nil
}

func (o *Onboarding) approve(ctx context.Context, op string, a ApplicationFile, by string, before ApplicationState, note string, known Known) (ApplicationFile, error) {
	revision := a.Revision
	a.Revision, a.UpdatedAt, a.UpdatedBy = revision+1, o.Clock.Now(), by
	result := a
	err := o.Store.UpdateOnboarding(ctx, func(tx OnboardingTx) error {
		a := a // the function may be run again
		made, err := o.make(tx, a.Profile, known)
		if err != nil {
			return err
		}
		a.MerchantNo = made.m.No
		moved, err := tx.SaveApplication(a, revision, before)
		if err != nil {
			return err
		}
		if !moved {
			now, err := tx.Application(a.ID)
			if err != nil {
				return err
			}
			return stale(op, now)
		}
		if err := tx.CreateMerchant(made.m, made.stores, made.terminals, made.agreements, made.enrolments); err != nil {
			return err
		}
		if a.Login != "" {
			if err := o.attach(tx, a, by); err != nil {
				return err
			}
		}
		entry := o.entry(a, by, "application.approved", string(before), string(Approved), note)
		if err := tx.Audit(entry); err != nil {
			return err
		}
		entry.Action, entry.Object, entry.Before, entry.After = "merchant.created", MerchantObject(a.MerchantNo), "", string(Active)
		result = a
		return tx.Audit(entry)
	})
	if err == nil {
		o.AfterApproval()
	}
	return result, fault.Wrap(op, "", err)
}

// attach gives the applicant's account the merchant. One that works for a merchant
// already keeps it: its owner has two merchants and needs another account for this
// one.
func (o *Onboarding) attach(tx OnboardingTx, a ApplicationFile, by string) error {
	err := tx.AttachMerchant(a.Login, a.MerchantNo, by, a.UpdatedAt)
	if fault.Is(err, fault.Conflict) || fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}

// newMerchant is a merchant with everything that makes it payable.
type newMerchant struct {
	m          Merchant
	stores     []Store
	terminals  []Terminal
	agreements []Agreement
	enrolments []Enrolment
}

// firstTerminal keeps the numbers that we give apart from those that acquirers
// brought along.
const firstTerminal = 20_000_000

// make turns a profile into a merchant.
func (o *Onboarding) make(tx OnboardingTx, p Profile, known Known) (n newMerchant, err error) {
	now := o.Clock.Now()
	no, err := o.merchantNo(tx, p, known)
	if err != nil {
		return n, err
	}
	n.m = Merchant{
		No: no, Name: p.Name, ShortName: p.ShortName, MCC: p.MCC, RegionCode: p.Region, State: Active, CreatedAt: now,
		Account: SettlementAccount{BankName: p.Account.BankName, CNAPS: p.Account.CNAPS, AccountNo: p.Account.No, AccountName: p.Account.Name},
	}
	for i, s := range p.Stores {
		st := Store{ID: o.IDs.At(now), MerchantNo: no, Name: s.Name, Address: s.Address, RegionCode: s.Region}
		n.stores = append(n.stores, st)
		numbers, err := terminalNos(tx, known, i)
		if err != nil {
			return n, err
		}
		for _, tno := range numbers {
			n.terminals = append(n.terminals, Terminal{No: tno, MerchantNo: no, StoreID: st.ID, TraceStart: id.TraceStart(len(n.terminals))})
		}
	}
	for _, r := range p.Rates {
		n.agreements = append(n.agreements, Agreement{
			ID: o.IDs.At(now), MerchantNo: no, Channel: r.Channel, CardKind: r.CardKind, Rate: r.Rate, Cap: r.Cap,
			From: bizdate.Of(now), Version: 1, Contract: p.Contract,
		})
		if !slices.ContainsFunc(n.enrolments, func(e Enrolment) bool { return e.Channel == r.Channel }) {
			n.enrolments = append(n.enrolments, enrolmentOf(no, r.Channel, known, now))
		}
	}
	for _, channel := range o.AlsoAt {
		n.enrolments = append(n.enrolments, enrolmentOf(no, channel, known, now))
	}
	return n, nil
}

// merchantNo is the number that the merchant brings along, or the next of its
// series.
func (o *Onboarding) merchantNo(tx OnboardingTx, p Profile, known Known) (string, error) {
	const op = "merchants.Approve"
	if known.MerchantNo != "" {
		return known.MerchantNo, fault.Wrap(op, fault.Invalid, id.CheckMerchantNo(known.MerchantNo))
	}
	region := o.UnionPayRegion(p.Region)
	seq, err := tx.NextNumber("merchant " + o.Acquirer + region + p.MCC)
	if err != nil {
		return "", err
	}
	no, err := id.MerchantNo(o.Acquirer, region, p.MCC, seq)
	return no, fault.Wrap(op, fault.Internal, err)
}

// terminalNos are the numbers of a store's terminals: those that it brings along,
// or one that is drawn.
func terminalNos(tx OnboardingTx, known Known, store int) ([]string, error) {
	const op = "merchants.Approve"
	if store < len(known.Terminals) {
		for _, no := range known.Terminals[store] {
			if err := id.CheckTerminalNo(no); err != nil {
				return nil, fault.Wrap(op, fault.Invalid, err)
			}
		}
		return known.Terminals[store], nil
	}
	no, err := drawTerminalNo(tx, op)
	return []string{no}, err
}

// drawTerminalNo takes the next terminal number.
func drawTerminalNo(tx interface {
	NextNumber(series string) (int, error)
}, op string) (string, error) {
	seq, err := tx.NextNumber("terminal")
	if err != nil {
		return "", err
	}
	no, err := id.TerminalNo(firstTerminal + seq)
	return no, fault.Wrap(op, fault.Internal, err)
}

func enrolmentOf(merchantNo, channel string, known Known, now time.Time) Enrolment {
	e := Enrolment{
		MerchantNo: merchantNo, Channel: channel, State: EnrolRequested, Version: 1,
		BusinessCode: BusinessCode(merchantNo, channel, 1), NextAt: now, UpdatedAt: now,
	}
	if number := known.ChannelIDs[channel]; number != "" {
		e.State, e.ChannelID, e.BusinessCode = EnrolAccepted, number, ""
	}
	return e
}

// Reject sends an application back with reasons; each names a field of the
// profile, or none for the whole.
func (o *Onboarding) Reject(ctx context.Context, applicationID, by string, revision int, reasons []Reason) (ApplicationFile, error) {
	const op = "merchants.Reject"
	a, err := o.Store.Application(ctx, applicationID)
	switch {
	case err != nil:
		return a, fault.Wrap(op, "", err)
	case a.Login == by:
		return a, fault.New(op, fault.Forbidden, "%s is the applicant: another person must decide", by)
	case a.Revision != revision:
		return a, stale(op, a)
	}
	if err := checkReasons(op, a.Profile, reasons); err != nil {
		return a, err
	}
	before := a.State
	a.State = Rejected
	return o.write(ctx, op, a, by, func(tx OnboardingTx) error {
		if err := tx.SetReasons(a.ID, a.Submission, reasons); err != nil {
			return err
		}
		return tx.Audit(o.entry(a, by, "application.rejected", string(before), string(Rejected), summary(reasons)))
	}, applicationMoves[Rejected]...)
}

func checkReasons(op string, p Profile, reasons []Reason) error {
	if len(reasons) == 0 {
		return fault.Field(op, "reasons", "", "name at least one field and why it is not accepted")
	}
	for _, r := range reasons {
		if _, ok := p.Field(r.Path); !ok && r.Path != "" && !slices.Contains(RejectableSections(), r.Path) {
			return fault.Field(op, "reasons", r.Path, "is no field of this application")
		}
		if !slices.Contains(ReasonCodes, r.Code) {
			return fault.Field(op, "code", r.Code, "want one of %s", strings.Join(ReasonCodes, ", "))
		}
	}
	return nil
}

// RejectableSections lists what may be rejected as a whole: what is missing has no
// field of its own.
func RejectableSections() []string {
	all := []string{"owners", "stores", "rates", "pictures"}
	for _, kind := range PictureKinds {
		all = append(all, "pictures."+string(kind))
	}
	return all
}

func summary(reasons []Reason) string {
	var parts []string
	for _, r := range reasons {
		parts = append(parts, r.Path+": "+r.Code)
	}
	return strings.Join(parts, ", ")
}

// Changes is what a resubmission changed since the submission before; none for
// the first.
func (o *Onboarding) Changes(ctx context.Context, a ApplicationFile) ([]Change, error) {
	all, err := o.Store.Submissions(ctx, a.ID)
	if err != nil || len(all) < 2 {
		return nil, err
	}
	return Diff(all[len(all)-2].Profile, all[len(all)-1].Profile), nil
}
