package web

import (
	"bytes"
	"context"
	"image"
	"image/jpeg"

	"juma/merchants"
)

// reviewID is an application whose identity and account are proven and that waits
// for a reviewer.
const (
	reviewID        = "01JQAPPLICATION00000000004"
	reviewPictureID = "01JQPH0T0S0000000000000002" // all its pictures
)

// fillReview puts it into the desk.
func (d *desk) fillReview(ctx context.Context) error {
	now := d.clk.Now()
	a := merchants.ApplicationFile{
		ID: reviewID, Login: "owner-b", Source: merchants.FromPortal, State: merchants.InReview, Revision: 1, Submission: 1, Profile: complete(9),
		CreatedAt: now, UpdatedAt: now, UpdatedBy: "owner-b", SubmittedAt: now,
	}
	for i := range a.Profile.Pictures {
		a.Profile.Pictures[i].UploadID = reviewPictureID
	}
	var picture bytes.Buffer
	if err := jpeg.Encode(&picture, image.NewGray(image.Rect(0, 0, 600, 400)), nil); err != nil {
		return err
	}
	err := d.store.Uploads().PutUpload(ctx, merchants.Upload{
		ID: reviewPictureID, Owner: reviewID, Kind: merchants.LicencePicture, SHA256: sha(picture.String()), Size: int64(picture.Len()), Width: 600, Height: 400, CreatedAt: now, CreatedBy: "owner-b",
	}, picture.Bytes())
	if err != nil {
		return err
	}
	proof := func(n string, s merchants.Subject, m merchants.Method) merchants.Verification {
		return merchants.Verification{ID: "01JQVERIFY000000000000001" + n, ApplicationID: reviewID, Submission: 1, Subject: s, Method: m, State: merchants.Passed, CreatedAt: now, DecidedAt: now}
	}
	identity := proof("A", merchants.IdentityOf, merchants.TwoFactor)
	if d.denied {
		identity.State, identity.Reason = merchants.Failed, "not on file"
	}
	return d.store.Onboarding().UpdateOnboarding(ctx, func(tx merchants.OnboardingTx) error {
		if err := tx.InsertApplications(a); err != nil {
			return err
		}
		return tx.InsertVerification(identity, proof("B", merchants.AccountOf, merchants.SmallTransfer))
	})
}

func (d *desk) Application(ctx context.Context, appID string) (merchants.ApplicationFile, error) {
	return d.open().store.Onboarding().Application(ctx, appID)
}

func (d *desk) ApplicationOfMerchant(ctx context.Context, no string) (merchants.ApplicationFile, error) {
	return d.open().store.Onboarding().ApplicationOfMerchant(ctx, no)
}

func (d *desk) CountApplications(ctx context.Context) (map[merchants.ApplicationState]int, error) {
	return d.open().store.Onboarding().CountApplications(ctx)
}

func (d *desk) Approve(ctx context.Context, appID, by string, revision int, note string) (merchants.ApplicationFile, error) {
	return d.open().o.Approve(ctx, appID, by, revision, note)
}

func (d *desk) Reject(ctx context.Context, appID, by string, revision int, reasons []merchants.Reason) (merchants.ApplicationFile, error) {
	return d.open().o.Reject(ctx, appID, by, revision, reasons)
}

func (d *desk) ProposeOverride(ctx context.Context, appID, by, reason string) (merchants.ApplicationFile, error) {
	return d.open().o.ProposeOverride(ctx, appID, by, reason)
}

func (d *desk) ConfirmOverride(ctx context.Context, appID, by, reason string) (merchants.ApplicationFile, error) {
	return d.open().o.ConfirmOverride(ctx, appID, by, reason)
}

func (d *desk) Changes(ctx context.Context, a merchants.ApplicationFile) ([]merchants.Change, error) {
	return d.open().o.Changes(ctx, a)
}

func (d *desk) Reveal(ctx context.Context, appID, path, by, reason string) (string, error) {
	return d.open().o.Reveal(ctx, appID, path, by, reason)
}
