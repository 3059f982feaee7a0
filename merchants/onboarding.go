package merchants

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"juma/internal/audit"
	"juma/internal/bizdate"
	"juma/internal/clock"
	"juma/internal/fault"
	"juma/internal/id"
	"juma/internal/money"
)

// Onboarding takes applications from the first line to the merchant. It is safe
// for concurrent use.
type Onboarding struct {
	OnboardingConfig
}

// OnboardingConfig is what an Onboarding is made of. Fields without a stated
// default must be given.
type OnboardingConfig struct {
	Store    OnboardingStore
	Identity IdentityProvider
	Clock    clock.Clock
	IDs      *id.ULIDs
	Random   id.Random // amounts of small transfers
	// Check finds what is wrong with a whole application; CheckImport with one that
	// came in a file, which has less.
	Check, CheckImport func(Profile, bizdate.Date) []Problem
	// UnionPayRegion is the 4-digit UnionPay code of a GB/T 2260 region.
	UnionPayRegion func(region string) string
	Acquirer       string // first 3 digits of merchant numbers
	Contract       string // version of the contract that is offered now
	Risk           RiskRules
	// AlsoAt are channels besides those of the rates that a new merchant is registered
	// at, because they may carry those rates' wallets.
	AlsoAt []string
	// AfterApproval is told that a merchant was made; may be nil.
	AfterApproval func()
}

// NewOnboarding checks the configuration and returns the service.
func NewOnboarding(cfg OnboardingConfig) (*Onboarding, error) {
	if cfg.Store == nil || cfg.Identity == nil || cfg.Clock == nil || cfg.IDs == nil || cfg.Random == nil || cfg.Check == nil || cfg.CheckImport == nil || cfg.UnionPayRegion == nil {
		return nil, fault.New("merchants.NewOnboarding", fault.Internal, "a dependency is missing")
	}
	if len(cfg.Acquirer) != 3 {
		return nil, fault.Field("merchants.NewOnboarding", "acquirer", cfg.Acquirer, "want 3 digits")
	}
	if cfg.AfterApproval == nil {
		cfg.AfterApproval = func() {}
	}
	return &Onboarding{cfg}, nil
}

// Start opens a draft for a login.
func (o *Onboarding) Start(ctx context.Context, login string, p Profile) (ApplicationFile, error) {
	now := o.Clock.Now()
	a := ApplicationFile{
		ID: o.IDs.At(now), Login: login, Source: FromPortal, State: Draft, Revision: 1, Profile: p,
		CreatedAt: now, UpdatedAt: now, UpdatedBy: login,
	}
	err := o.Store.UpdateOnboarding(ctx, func(tx OnboardingTx) error {
		if err := tx.InsertApplications(a); err != nil {
			return err
		}
		return tx.Audit(o.entry(a, login, "application.started", "", string(Draft), ""))
	})
	return a, fault.Wrap("merchants.Start", "", err)
}

// Own returns an application of a login; another's is kind NotFound.
func (o *Onboarding) Own(ctx context.Context, applicationID, login string) (ApplicationFile, error) {
	a, err := o.Store.Application(ctx, applicationID)
	if err == nil && a.Login != login {
		return ApplicationFile{}, fault.New("merchants.Own", fault.NotFound, "no such application")
	}
	return a, err
}

// Save writes the applicant's draft; revision is the one that the change was made
// from. A draft that was saved meanwhile is kind Conflict and says by whom and
// when. What is not finished may be saved; Submit checks it.
func (o *Onboarding) Save(ctx context.Context, applicationID, login string, revision int, p Profile) (ApplicationFile, error) {
	const op = "merchants.Save"
	a, err := o.Own(ctx, applicationID, login)
	if err != nil {
		return a, err
	}
	if a.Revision != revision {
		return a, stale(op, a)
	}
	a.Profile = p
	return o.write(ctx, op, a, login, func(tx OnboardingTx) error { return nil }, Draft, Rejected)
}

// write stores an application that was changed, in one transaction with more.
func (o *Onboarding) write(ctx context.Context, op string, a ApplicationFile, by string, more func(OnboardingTx) error, from ...ApplicationState) (ApplicationFile, error) {
	before, second := a.Revision, false
	a.Revision, a.UpdatedAt, a.UpdatedBy = before+1, o.Clock.Now(), by
	err := o.Store.UpdateOnboarding(ctx, func(tx OnboardingTx) error {
		moved, err := tx.SaveApplication(a, before, from...)
		second = isField(err, applicantField)
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
		return more(tx)
	})
	if second {
		return a, secondApplication(op, a)
	}
	return a, fault.Wrap(op, "", err)
}

// stale says who was faster.
func stale(op string, now ApplicationFile) error {
	return &fault.Error{Op: op, Kind: fault.Conflict, Field: "state", Value: string(now.State), Msg: fmt.Sprintf("the application was changed by %s on %s and is %s now; look at it again",
		now.UpdatedBy, now.UpdatedAt.In(bizdate.Zone).Format(time.DateTime), now.State)}
}

// ProblemsError says that an application cannot be submitted, with every fault.
type ProblemsError struct{ Problems []Problem }

// Error names the first fault and how many there are.
func (e *ProblemsError) Error() string {
	first := e.Problems[0]
	return fmt.Sprintf("%d fields must be mended, first %s: %s", len(e.Problems), first.Field, first.Message)
}

// Unwrap makes it a fault of kind Invalid.
func (e *ProblemsError) Unwrap() error {
	return fault.Field("merchants.Submit", e.Problems[0].Field, e.Problems[0].Value, "%s", e.Problems[0].Message)
}

// Submit checks a draft, or one that was rejected, and sends it on: verification
// begins. Faults are a *ProblemsError with all of them.
func (o *Onboarding) Submit(ctx context.Context, applicationID, login string, revision int) (ApplicationFile, error) {
	const op = "merchants.Submit"
	a, err := o.Own(ctx, applicationID, login)
	if err != nil {
		return a, err
	}
	if a.Revision != revision {
		return a, stale(op, a)
	}
	if problems := o.Check(a.Profile, bizdate.Of(o.Clock.Now())); len(problems) > 0 {
		return a, &ProblemsError{problems}
	}
	if err := o.freeCode(ctx, op, a); err != nil {
		return a, err
	}
	before := a.State
	a = o.submitted(a)
	return o.write(ctx, op, a, login, func(tx OnboardingTx) error {
		if err := o.begin(tx, a); err != nil {
			return err
		}
		return tx.Audit(o.entry(a, login, "application.submitted", string(before), string(a.State), fmt.Sprintf("submission %d", a.Submission)))
	}, Draft, Rejected)
}

// applicantField is the field of the store's conflict about a business that has a
// live application: one that was handed in at the same moment, or while this one
// was rejected.
const applicantField = "applicant"

// freeCode refuses a company that applies a second time.
func (o *Onboarding) freeCode(ctx context.Context, op string, a ApplicationFile) error {
	if a.State == Rejected {
		return nil
	}
	taken, err := o.Store.Taken(ctx, []Profile{a.Profile})
	if err == nil && len(taken) > 0 {
		err = secondApplication(op, a)
	}
	return err
}

func secondApplication(op string, a ApplicationFile) error {
	return &fault.Error{Op: op, Kind: fault.Conflict, Field: "uscc", Value: a.Profile.USCC, Msg: "has an application already; continue that one, or withdraw it"}
}

// submitted is the application as it is from a submission on.
func (o *Onboarding) submitted(a ApplicationFile) ApplicationFile {
	a.State, a.Submission, a.SubmittedAt = Submitted, a.Submission+1, o.Clock.Now()
	a.FirstBy, a.FirstAt, a.OverrideBy = "", time.Time{}, ""
	a.Risks = o.Risk.Of(a.Profile)
	return a
}

// begin keeps what was submitted and asks the first questions.
func (o *Onboarding) begin(tx OnboardingTx, a ApplicationFile) error {
	s, asked := o.first(a)
	return errors.Join(tx.KeepSubmission(s), tx.InsertVerification(asked...))
}

// first is what a submission begins with.
func (o *Onboarding) first(a ApplicationFile) (Submission, []Verification) {
	s := Submission{ID: o.IDs.At(a.SubmittedAt), ApplicationID: a.ID, Number: a.Submission, Profile: a.Profile, At: a.SubmittedAt, By: a.Login}
	asked := firstQuestions(a.Profile)
	for i := range asked {
		v := &asked[i]
		v.ID, v.ApplicationID, v.Submission = o.IDs.At(a.SubmittedAt), a.ID, a.Submission
		v.State, v.CreatedAt, v.NextAt = Asking, a.SubmittedAt, a.SubmittedAt
	}
	return s, asked
}

// Withdraw ends an application that is not approved, by its applicant.
func (o *Onboarding) Withdraw(ctx context.Context, applicationID, login, reason string) (ApplicationFile, error) {
	a, err := o.Own(ctx, applicationID, login)
	if err != nil {
		return a, err
	}
	before := a.State
	a.State = Withdrawn
	return o.write(ctx, "merchants.Withdraw", a, login, func(tx OnboardingTx) error {
		return tx.Audit(o.entry(a, login, "application.withdrawn", string(before), string(Withdrawn), reason))
	}, applicationMoves[Withdrawn]...)
}

// Import stores applications that came in a file, all or none, as submitted.
// Their faults were found before; what is wrong all the same is a
// *ProblemsError, and a business that has applied meanwhile is kind Conflict:
// Taken tells which.
func (o *Onboarding) Import(ctx context.Context, all []Profile, by string) error {
	const op = "merchants.Import"
	now := o.Clock.Now()
	files := make([]ApplicationFile, len(all))
	for i, p := range all {
		if problems := o.CheckImport(p, bizdate.Of(now)); len(problems) > 0 {
			return &ProblemsError{problems}
		}
		p.Contract = o.Contract
		a := ApplicationFile{ID: o.IDs.At(now), Source: FromImport, Revision: 1, Profile: p, CreatedAt: now, UpdatedAt: now, UpdatedBy: by}
		files[i] = o.submitted(a)
	}
	var subs []Submission
	var asked []Verification
	for _, a := range files {
		s, vs := o.first(a)
		subs, asked = append(subs, s), append(asked, vs...)
	}
	err := o.Store.UpdateOnboarding(ctx, func(tx OnboardingTx) error {
		if err := errors.Join(tx.InsertApplications(files...), tx.KeepSubmission(subs...), tx.InsertVerification(asked...)); err != nil {
			return err
		}
		for _, a := range files {
			if err := tx.Audit(o.entry(a, by, "application.imported", "", string(Submitted), "")); err != nil {
				return err
			}
		}
		return nil
	})
	return fault.Wrap(op, "", err)
}

// Taken tells which profiles are known already, see OnboardingStore.
func (o *Onboarding) Taken(ctx context.Context, all []Profile) ([]int, error) {
	return o.Store.Taken(ctx, all)
}

// object is how the audit names an application.
func (a ApplicationFile) object() string { return "application " + a.ID }

func (o *Onboarding) entry(a ApplicationFile, by, action, before, after, reason string) audit.Entry {
	return audit.Entry{At: o.Clock.Now(), Actor: by, Action: action, Object: a.object(), Before: before, After: after, Reason: reason}
}

// Timeline is everything that happened to an application and the merchant that it
// became, oldest first.
func (o *Onboarding) Timeline(ctx context.Context, a ApplicationFile) ([]audit.Entry, error) {
	all, err := o.Store.AuditOf(ctx, a.object(), "", timelineRows)
	if err != nil || a.MerchantNo == "" {
		return all, err
	}
	more, err := o.Store.AuditOf(ctx, MerchantObject(a.MerchantNo), "", timelineRows)
	all = append(all, more...)
	slices.SortStableFunc(all, func(x, y audit.Entry) int { return x.At.Compare(y.At) })
	return all, err
}

// timelineRows bounds what a timeline shows.
const timelineRows = 500

// MerchantObject is how the audit names a merchant.
func MerchantObject(no string) string { return "merchant " + no }

// Reveal returns a personal value in full, with an audit entry that says who read
// it and why. Role and fresh proof of who asks are the caller's to demand.
func (o *Onboarding) Reveal(ctx context.Context, applicationID, path, by, reason string) (string, error) {
	const op = "merchants.Reveal"
	if reason == "" {
		return "", fault.Field(op, "reason", "", "say why the value is needed")
	}
	a, err := o.Store.Application(ctx, applicationID)
	if err != nil {
		return "", err
	}
	f, ok := a.Profile.Field(path)
	if !ok || !f.Personal() {
		return "", fault.New(op, fault.NotFound, "no such personal field")
	}
	err = o.Store.UpdateOnboarding(ctx, func(tx OnboardingTx) error {
		return tx.Audit(o.entry(a, by, "application.revealed", "", path, reason))
	})
	return f.Value, fault.Wrap(op, "", err)
}

// randomFen draws an amount of 1 to 99 fen.
func randomFen(random id.Random) (money.Fen, error) {
	var b [1]byte
	for {
		if _, err := io.ReadFull(random, b[:]); err != nil {
			return 0, fault.Wrap("merchants.randomFen", fault.Internal, err)
		}
		if b[0] < 198 { // 2 × 99: every amount equally likely
			return money.Fen(b[0])%99 + 1, nil
		}
	}
}
