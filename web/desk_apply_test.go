package web

import (
	"bytes"
	"context"
	"image"
	"image/png"
	"io"
	"sync"
	"testing"

	"juma/internal/audit"
	"juma/internal/clock"
	"juma/internal/dbtest"
	"juma/internal/id"
	"juma/internal/money"
	"juma/internal/store"
	"juma/merchants"
	"juma/merchants/check"
	"juma/merchants/sandbox"
	"juma/merchants/synthetic"
)

const testContract = "2026-1"

// Applications that every desk has, all of owner-a.
const (
	draftID    = "01JQAPPLICATION00000000001" // an enterprise that has everything but two pictures
	rejectedID = "01JQAPPLICATION00000000002" // sent back for its short name
	verifiedID = "01JQAPPLICATION00000000003" // its transfer waits for the amount
	pictureID  = "01JQPH0T0S0000000000000001" // the draft's licence
)

// desk is the real onboarding over a real store, opened when it is first asked.
type desk struct {
	t     testing.TB
	clk   clock.Clock
	once  sync.Once
	store *store.Store
	o     *merchants.Onboarding
	ups   *merchants.Uploads

	denied bool // the registry says no to the person of reviewID; set before use
}

func newDesk(t testing.TB, clk clock.Clock) *desk { return &desk{t: t, clk: clk} }

func (d *desk) open() *desk {
	d.once.Do(func() {
		d.store = dbtest.Migrated(d.t)
		d.o = newOnboarding(d.t, d.store, d.clk)
		d.ups = merchants.NewUploads(d.store.Uploads(), d.clk, id.NewULIDs(id.Seeded(3, "uploads")))
		must(d.t, d.fill(context.Background()))
		must(d.t, d.fillReview(context.Background()))
		must(d.t, d.fillMerchants(context.Background()))
	})
	return d
}

func newOnboarding(t testing.TB, s *store.Store, clk clock.Clock) *merchants.Onboarding {
	t.Helper()
	o, err := merchants.NewOnboarding(merchants.OnboardingConfig{
		Store: s.Onboarding(), Identity: sandbox.New(clk), Clock: clk, IDs: id.NewULIDs(id.Seeded(1, "applications")), Random: id.Seeded(1, "amounts"),
		Check: check.Application, CheckImport: check.Profile, UnionPayRegion: func(string) string { return "1000" }, Acquirer: "999", Contract: testContract, Risk: merchants.DefaultRisk(),
	})
	must(t, err)
	return o
}

// applicant is an enterprise that has filled in everything but two pictures.
func applicant(n int) merchants.Profile {
	p := synthetic.Profile(7, n, merchants.Enterprise)
	p.Region, p.Stores[0].Region, p.MCC = "310000", "310000", "5812"
	p.Account.BankName, p.Contract, p.Rates = "测试银行", testContract, StandardRates
	p.Owners = []merchants.BeneficialOwner{{Person: merchants.Person{Name: p.Legal.Name, IDNo: p.Legal.IDNo}, Share: 600_000}}
	for _, kind := range check.Pictures(p.Kind)[:3] {
		p.Pictures = append(p.Pictures, merchants.PictureRef{Kind: kind, UploadID: pictureID})
	}
	return p
}

// complete is applicant with all pictures.
func complete(n int) merchants.Profile {
	p := applicant(n)
	p.Pictures = nil
	for _, kind := range check.Pictures(p.Kind) {
		p.Pictures = append(p.Pictures, merchants.PictureRef{Kind: kind, UploadID: pictureID})
	}
	return p
}

func (d *desk) fill(ctx context.Context) error {
	now := d.clk.Now()
	file := func(appID string, st merchants.ApplicationState, submission int, p merchants.Profile) merchants.ApplicationFile {
		return merchants.ApplicationFile{
			ID: appID, Login: "owner-a", Source: merchants.FromPortal, State: st, Revision: 1, Submission: submission, Profile: p,
			CreatedAt: now, UpdatedAt: now, UpdatedBy: "owner-a", SubmittedAt: now,
		}
	}
	waits := merchants.Verification{
		ID: "01JQVERIFY0000000000000001", ApplicationID: verifiedID, Submission: 1, Subject: merchants.AccountOf, Method: merchants.SmallTransfer, State: merchants.Awaiting,
		Amount: 37, CreatedAt: now, NextAt: now.Add(merchants.TransferLife),
	}
	err := d.store.Onboarding().UpdateOnboarding(ctx, func(tx merchants.OnboardingTx) error {
		err := tx.InsertApplications(file(draftID, merchants.Draft, 0, applicant(0)), file(rejectedID, merchants.Rejected, 1, complete(3)), file(verifiedID, merchants.Submitted, 1, complete(6)))
		if err == nil {
			err = tx.SetReasons(rejectedID, 1, []merchants.Reason{{Path: "short_name", Code: "mismatch", Text: "与门头不同"}})
		}
		if err == nil {
			err = tx.InsertVerification(waits)
		}
		return err
	})
	if err != nil {
		return err
	}
	return d.store.Uploads().PutUpload(ctx, merchants.Upload{
		ID: pictureID, Owner: draftID, Kind: merchants.LicencePicture, SHA256: sha("JPEG"), Size: 4, Width: 1, Height: 1, CreatedAt: now, CreatedBy: "owner-a",
	}, []byte("JPEG"))
}

// photo is a small picture as a phone would send it.
func photo(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	must(t, png.Encode(&b, image.NewGray(image.Rect(0, 0, 600, 400))))
	return b.Bytes()
}

func (d *desk) Start(ctx context.Context, login string, p merchants.Profile) (merchants.ApplicationFile, error) {
	return d.open().o.Start(ctx, login, p)
}

func (d *desk) Own(ctx context.Context, appID, login string) (merchants.ApplicationFile, error) {
	return d.open().o.Own(ctx, appID, login)
}

func (d *desk) Save(ctx context.Context, appID, login string, revision int, p merchants.Profile) (merchants.ApplicationFile, error) {
	return d.open().o.Save(ctx, appID, login, revision, p)
}

func (d *desk) Submit(ctx context.Context, appID, login string, revision int) (merchants.ApplicationFile, error) {
	return d.open().o.Submit(ctx, appID, login, revision)
}

func (d *desk) Withdraw(ctx context.Context, appID, login, reason string) (merchants.ApplicationFile, error) {
	return d.open().o.Withdraw(ctx, appID, login, reason)
}

func (d *desk) ConfirmTransfer(ctx context.Context, appID, by string, amount money.Fen) error {
	return d.open().o.ConfirmTransfer(ctx, appID, by, amount)
}

func (d *desk) Timeline(ctx context.Context, a merchants.ApplicationFile) ([]audit.Entry, error) {
	return d.open().o.Timeline(ctx, a)
}

func (d *desk) Applications(ctx context.Context, q merchants.ApplicationQuery) ([]merchants.ApplicationFile, error) {
	return d.open().store.Onboarding().Applications(ctx, q)
}

func (d *desk) ReasonsOf(ctx context.Context, appID string, submission int) ([]merchants.Reason, error) {
	return d.open().store.Onboarding().ReasonsOf(ctx, appID, submission)
}

func (d *desk) VerificationsOf(ctx context.Context, appID string) ([]merchants.Verification, error) {
	return d.open().store.Onboarding().VerificationsOf(ctx, appID)
}

func (d *desk) Put(ctx context.Context, owner string, kind merchants.PictureKind, r io.Reader, by string) (merchants.Upload, error) {
	return d.open().ups.Put(ctx, owner, kind, r, by)
}

func (d *desk) Open(ctx context.Context, uploadID string) (merchants.Upload, []byte, error) {
	return d.open().ups.Open(ctx, uploadID)
}
