package merchants

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"juma/internal/fault"
	"juma/internal/money"
)

// verifyPage is how many open verifications a sweep reads at once.
const verifyPage = 100

// Verify asks about every verification that is due and moves applications on that
// have all their answers. Run it again and again; two at the same time do not
// ask twice. It returns how many answers it got.
func (o *Onboarding) Verify(ctx context.Context) (answered int, err error) {
	var errs []error
	for after := ""; ; {
		due, err := o.Store.DueVerifications(ctx, o.Clock.Now(), after, verifyPage)
		if err != nil || len(due) == 0 {
			return answered, errors.Join(append(errs, err)...)
		}
		for _, v := range due {
			after = v.ID
			ok, err := o.verifyOne(ctx, v)
			if err != nil {
				errs = append(errs, fmt.Errorf("verification %s: %w", v.ID, err)) // one bad row never stops the others
			}
			if ok {
				answered++
			}
		}
	}
}

// verifyOne claims a verification, asks, and stores what came.
func (o *Onboarding) verifyOne(ctx context.Context, v Verification) (answered bool, err error) {
	a, err := o.Store.Application(ctx, v.ApplicationID)
	if err != nil {
		return false, err
	}
	if v.State == Awaiting { // its time is over
		v.State, v.Reason, v.DecidedAt = Failed, "expired", o.Clock.Now()
		return true, o.settle(ctx, a, v, v.Attempts)
	}
	claimed := v.Attempts
	v.Attempts++
	v.NextAt = o.Clock.Now().Add(askGap(claimed))
	if v.Method == SmallTransfer && v.Amount == 0 {
		if v.Amount, err = randomFen(o.Random); err != nil { // kept before it is sent: the same amount is asked for again
			return false, err
		}
	}
	mine := false
	err = o.Store.UpdateOnboarding(ctx, func(tx OnboardingTx) (err error) {
		mine, err = tx.SaveVerification(v, claimed)
		return err
	})
	if err != nil || !mine {
		return false, err
	}
	answer, err := ask(ctx, o.Identity, a.Profile, v)
	if err != nil || answer.Verdict == Busy {
		return false, nil // no answer is no "no": NextAt stands
	}
	return true, o.settle(ctx, a, decide(v, answer, o.Clock.Now()), v.Attempts)
}

// ask puts a verification's question to the provider.
func ask(ctx context.Context, from IdentityProvider, p Profile, v Verification) (Answer, error) {
	switch {
	case v.Method == TwoFactor:
		return from.TwoFactor(ctx, p.Legal.Name, p.Legal.IDNo)
	case v.Method == SmallTransfer:
		return from.SendSmallAmount(ctx, v.ID, p.Account, v.Amount)
	case cardOfLegal(p):
		return from.FourFactor(ctx, p.Legal.Name, p.Legal.IDNo, p.Account.No, phoneAtBank(p))
	}
	return Answer{Verdict: Mismatch, Provider: "juma", Reason: "no_card_of_person"}, nil
}

// decide puts an answer into the verification.
func decide(v Verification, a Answer, now time.Time) Verification {
	v.Provider, v.Reference, v.Reason = a.Provider, a.Reference, a.Reason
	switch {
	case a.Verdict == Match && v.Method == SmallTransfer:
		v.State, v.NextAt = Awaiting, now.Add(TransferLife)
	case a.Verdict == Match:
		v.State, v.DecidedAt = Passed, now
	default:
		v.State, v.DecidedAt = Failed, now
	}
	return v
}

// settle stores a verification's outcome, asks the next question when there is
// one, and moves the application on when all are answered.
func (o *Onboarding) settle(ctx context.Context, a ApplicationFile, v Verification, attempts int) error {
	return o.Store.UpdateOnboarding(ctx, func(tx OnboardingTx) error {
		moved, err := tx.SaveVerification(v, attempts)
		if err != nil || !moved {
			return err
		}
		err = tx.Audit(o.entry(a, v.Provider, "application.verification", string(v.Method), string(v.State), string(v.Subject)+": "+v.Reason))
		if err != nil {
			return err
		}
		if next, ok := fallback(a.Profile, v); ok {
			now := o.Clock.Now()
			next.ID, next.CreatedAt, next.NextAt = o.IDs.At(now), now, now
			return tx.InsertVerification(next)
		}
		return o.advance(tx, a.ID)
	})
}

// fallback is the question after a registry's no. Its copy may be old, so the
// person's bank is asked before anybody is turned away.
func fallback(p Profile, v Verification) (next Verification, ok bool) {
	if v.Method != TwoFactor || v.State != Failed || !cardOfLegal(p) {
		return Verification{}, false
	}
	return Verification{ApplicationID: v.ApplicationID, Submission: v.Submission, Subject: IdentityOf, Method: FourFactor, State: Asking}, true
}

// advance hands an application to the reviewers once nothing is open.
func (o *Onboarding) advance(tx OnboardingTx, applicationID string) error {
	a, err := tx.Application(applicationID)
	if err != nil || a.State != Submitted {
		return err
	}
	all, err := tx.Verifications(applicationID)
	if err != nil || slices.ContainsFunc(all, func(v Verification) bool { return v.Submission == a.Submission && v.Open() }) {
		return err
	}
	for _, s := range Subjects {
		if ProofOf(all, a.Submission, s).State != Passed {
			a.Risks = addOnce(a.Risks, string(s)+"_unproven")
		}
	}
	before := a.Revision
	a.State, a.Revision, a.UpdatedAt, a.UpdatedBy = InReview, before+1, o.Clock.Now(), "verification"
	if _, err := tx.SaveApplication(a, before, Submitted); err != nil {
		return err
	}
	return tx.Audit(o.entry(a, "verification", "application.to_review", string(Submitted), string(InReview), ""))
}

func addOnce(list []string, s string) []string {
	if slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}

// ConfirmTransfer takes the amount that the holder says came. A wrong one is kind
// Refused and says how many tries are left; after the last the account counts as
// not proven. by is the applicant, or an operator who was told.
func (o *Onboarding) ConfirmTransfer(ctx context.Context, applicationID, by string, amount money.Fen) error {
	const op = "merchants.ConfirmTransfer"
	a, err := o.Store.Application(ctx, applicationID)
	if err != nil {
		return err
	}
	all, err := o.Store.VerificationsOf(ctx, applicationID)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(v Verification) bool {
		return v.Submission == a.Submission && v.Method == SmallTransfer && v.State == Awaiting
	})
	if i < 0 {
		return fault.New(op, fault.Conflict, "no transfer waits for its amount; look at the application again")
	}
	v := all[i]
	right := v.told(amount, o.Clock.Now())
	attempts := v.Attempts
	v.Attempts++ // two answers side by side are two tries
	stored := v.Attempts
	if err := o.settle(ctx, a, v, attempts); err != nil {
		return err
	}
	now, err := o.Store.VerificationsOf(ctx, applicationID)
	if err != nil {
		return err
	}
	if j := slices.IndexFunc(now, func(w Verification) bool { return w.ID == v.ID }); j < 0 || now[j].Attempts != stored {
		return fault.New(op, fault.Conflict, "the amount was told by someone else in this moment; look at it again")
	}
	if !right {
		return wrongAmount(op, amount, v)
	}
	return nil
}

// told counts an amount that the holder says came, and tells whether it is the one
// that was sent.
func (v *Verification) told(amount money.Fen, now time.Time) (right bool) {
	right = v.Amount == amount
	if v.Tries++; right {
		v.State, v.Reason, v.DecidedAt = Passed, "amount_told", now
	} else if v.Tries >= TransferTries {
		v.State, v.Reason, v.DecidedAt = Failed, "amount_wrong", now
	}
	return right
}

func wrongAmount(op string, amount money.Fen, v Verification) error {
	return fault.Field(op, "amount", amount.Yuan(), "is not what was sent; %d of %d tries are left", TransferTries-v.Tries, TransferTries)
}

// ProposeOverride and ConfirmOverride let two people accept a person whom the
// registry does not confirm, with a reason that is kept as evidence. The second
// must be another than the first, and neither may be the applicant.
func (o *Onboarding) ProposeOverride(ctx context.Context, applicationID, by, reason string) (ApplicationFile, error) {
	const op = "merchants.ProposeOverride"
	a, err := o.reviewable(ctx, op, applicationID, by)
	if err != nil {
		return a, err
	}
	if reason == "" {
		return a, fault.Field(op, "reason", "", "say what proves the person")
	}
	if err := o.wantUnproven(ctx, op, a); err != nil {
		return a, err
	}
	if a.OverrideBy != "" {
		return a, fault.New(op, fault.Conflict, "%s proposed it already; another person may confirm", a.OverrideBy)
	}
	a.OverrideBy = by
	return o.write(ctx, op, a, by, func(tx OnboardingTx) error {
		return tx.Audit(o.entry(a, by, "application.override_proposed", "", "", reason))
	}, InReview)
}

// ConfirmOverride is the second half.
func (o *Onboarding) ConfirmOverride(ctx context.Context, applicationID, by, reason string) (ApplicationFile, error) {
	const op = "merchants.ConfirmOverride"
	a, err := o.reviewable(ctx, op, applicationID, by)
	switch {
	case err != nil:
		return a, err
	case reason == "":
		return a, fault.Field(op, "reason", "", "say what proves the person")
	case a.OverrideBy == "":
		return a, fault.New(op, fault.Conflict, "nobody has proposed it yet")
	case a.OverrideBy == by:
		return a, fault.New(op, fault.Forbidden, "%s proposed it: another person must confirm", by)
	}
	now := o.Clock.Now()
	v := Verification{
		ID: o.IDs.At(now), ApplicationID: a.ID, Submission: a.Submission, Subject: IdentityOf, Method: Override, State: Passed,
		Provider: "juma", Reason: reason, By: a.OverrideBy + " " + by, CreatedAt: now, DecidedAt: now,
	}
	a.Risks = addOnce(a.Risks, "override")
	return o.write(ctx, op, a, by, func(tx OnboardingTx) error {
		if err := tx.InsertVerification(v); err != nil {
			return err
		}
		return tx.Audit(o.entry(a, by, "application.override_confirmed", a.OverrideBy, by, reason))
	}, InReview)
}

func (o *Onboarding) wantUnproven(ctx context.Context, op string, a ApplicationFile) error {
	all, err := o.Store.VerificationsOf(ctx, a.ID)
	if err == nil && ProofOf(all, a.Submission, IdentityOf).State == Passed {
		err = fault.New(op, fault.Conflict, "the identity is proven; nothing is to be overridden")
	}
	return err
}
