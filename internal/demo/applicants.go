package demo

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/png"

	"juma/internal/fault"
	"juma/internal/money"
	"juma/merchants"
	"juma/merchants/check"
	"juma/merchants/sandbox"
	"juma/merchants/synthetic"
)

// Who acts in the onboarding of a demo.
const (
	importer = "operator" // brings the file of merchants
	reviewer = "reviewer"
	owner    = "owner" // applies in the portal for the first shop
)

// staleShop is the shop whose person the registry does not confirm though they are
// real: its copy is old, the bank knows better. Shops are enterprises, individual
// businesses and micro merchants by turns; this is the first micro merchant.
const staleShop = 2

// profile is what a shop writes about itself. Numbers and persons are invented.
func (d *Demo) profile(i int) merchants.Profile {
	s := d.plan.Shops[i]
	p := synthetic.Profile(d.cfg.Seed, i, merchants.Kinds[i%len(merchants.Kinds)])
	if p.Kind != merchants.Micro {
		p.Name = s.Name
	}
	p.ShortName, p.MCC, p.Region, p.Address = s.ShortName, s.MCC, s.Region, s.Stores[0].Address
	if p.Account.Kind == merchants.Corporate {
		p.Account.Name = p.Name
	}
	p.Account.BankName, p.Account.CNAPS = s.BankName, s.CNAPS
	p.Stores = nil
	for _, st := range s.Stores {
		p.Stores = append(p.Stores, merchants.ProfileStore{Name: st.Name, Address: st.Address, Region: s.Region})
	}
	p.Rates = []merchants.RateOffer{
		{Channel: "wechat", Rate: s.Rate}, {Channel: "alipay", Rate: s.Rate}, {Channel: "unionpay", Rate: s.Rate, Cap: s.UnionPayCap},
	}
	if i == staleShop {
		p.Legal.IDNo = check.MakeIDNo(p.Legal.IDNo[:14] + sandbox.Stale)
	}
	return p
}

// known are the numbers that a shop brings along: the day was planned with them.
func (d *Demo) known(i int) merchants.Known {
	s := d.plan.Shops[i]
	k := merchants.Known{MerchantNo: s.No, ChannelIDs: map[string]string{"wechat": s.SubMchID, "alipay": s.SMID, "unionpay": s.No, string(outageCarrier): s.No}}
	for _, st := range s.Stores {
		var numbers []string
		for _, t := range st.Terminals {
			numbers = append(numbers, d.plan.Terminals[t].No)
		}
		k.Terminals = append(k.Terminals, numbers)
	}
	return k
}

// apply brings every shop's application to the reviewers: the first through the
// portal, with a rejection on the way, the others by import.
func (d *Demo) apply(ctx context.Context) (map[string]merchants.ApplicationFile, error) {
	if err := d.applyInPortal(ctx); err != nil {
		return nil, err
	}
	var others []merchants.Profile
	for i := range d.plan.Shops[1:] {
		others = append(others, d.profile(i+1))
	}
	if len(others) > 0 {
		if err := d.app.Onboarding.Import(ctx, others, importer); err != nil {
			return nil, err
		}
	}
	if err := d.verify(ctx); err != nil {
		return nil, err
	}
	byName := map[string]merchants.ApplicationFile{}
	q := merchants.ApplicationQuery{States: []merchants.ApplicationState{merchants.InReview}, Limit: 500}
	for {
		page, err := d.app.Store.Onboarding().Applications(ctx, q)
		if err != nil || len(page) == 0 {
			return byName, err
		}
		for _, a := range page {
			byName[a.Profile.Name+a.Profile.ShortName] = a
			q.AfterID = a.ID
		}
	}
}

// applyInPortal is the owner's way: a draft, pictures, a submission that is
// rejected for its address, and another one.
func (d *Demo) applyInPortal(ctx context.Context) error {
	o := d.app.Onboarding
	right := d.profile(0)
	right.Contact = merchants.Contact{Name: right.Legal.Name, Phone: right.Legal.Phone}
	right.Owners = []merchants.BeneficialOwner{{Person: right.Legal, Share: money.Million}}
	right.Contract = o.Contract
	a, err := o.Start(ctx, owner, right)
	if err != nil {
		return err
	}
	for _, kind := range check.Pictures(right.Kind) {
		u, err := d.app.Uploads.Put(ctx, a.ID, kind, bytes.NewReader(photo(kind)), owner)
		if err != nil {
			return err
		}
		right.Pictures = append(right.Pictures, merchants.PictureRef{Kind: kind, UploadID: u.ID})
	}
	wrong := right
	wrong.Address = "示例路"
	if a, err = d.submit(ctx, a, wrong); err != nil {
		return err
	}
	if err := d.verify(ctx); err != nil {
		return err
	}
	if a, err = d.app.Store.Onboarding().Application(ctx, a.ID); err != nil {
		return err
	}
	if a, err = o.Reject(ctx, a.ID, reviewer, a.Revision, []merchants.Reason{{Path: "address", Code: "incomplete", Text: "请补充门牌号"}}); err != nil {
		return err
	}
	_, err = d.submit(ctx, a, right)
	return err
}

func (d *Demo) submit(ctx context.Context, a merchants.ApplicationFile, p merchants.Profile) (merchants.ApplicationFile, error) {
	a, err := d.app.Onboarding.Save(ctx, a.ID, owner, a.Revision, p)
	if err != nil {
		return a, err
	}
	return d.app.Onboarding.Submit(ctx, a.ID, owner, a.Revision)
}

// verify lets registry and bank answer until nothing is open: companies tell the
// amount that came into their account.
func (d *Demo) verify(ctx context.Context) error {
	for range 3 { // the registry, after its no the bank, and nothing
		if _, err := d.app.Onboarding.Verify(ctx); err != nil {
			return err
		}
	}
	store := d.app.Store.Onboarding()
	q := merchants.ApplicationQuery{States: []merchants.ApplicationState{merchants.Submitted}, Limit: 500}
	for {
		page, err := store.Applications(ctx, q)
		if err != nil || len(page) == 0 {
			return err
		}
		for _, a := range page {
			q.AfterID = a.ID
			if err := d.tellAmounts(ctx, a); err != nil {
				return err
			}
		}
	}
}

func (d *Demo) tellAmounts(ctx context.Context, a merchants.ApplicationFile) error {
	all, err := d.app.Store.Onboarding().VerificationsOf(ctx, a.ID)
	if err != nil {
		return err
	}
	for _, v := range all {
		if v.State != merchants.Awaiting {
			continue
		}
		amount, ok := d.bank.Received(v.ID)
		if !ok {
			return fault.New("demo", fault.Internal, "the bank knows nothing of transfer %s", v.ID)
		}
		if err := d.app.Onboarding.ConfirmTransfer(ctx, a.ID, importer, amount); err != nil {
			return err
		}
	}
	return nil
}

// admit lets the reviewer approve a shop, with the numbers that it brings along.
func (d *Demo) admit(ctx context.Context, i int, waiting map[string]merchants.ApplicationFile) error {
	p := d.profile(i)
	a, ok := waiting[p.Name+p.ShortName]
	if !ok {
		return fault.New("demo", fault.Internal, "shop %d (%s) never came to the reviewers", i+1, p.ShortName)
	}
	a, err := d.app.Onboarding.ApproveKnown(ctx, a.ID, reviewer, a.Revision, "", d.known(i))
	if err == nil && a.State != merchants.Approved {
		err = fault.New("demo", fault.Internal, "shop %d is %s, risks %v", i+1, a.State, a.Risks)
	}
	if err != nil {
		return fmt.Errorf("merchant %d (%s): %w", i+1, p.ShortName, err)
	}
	return nil
}

// leaveInQueue leaves the reviewers something to decide when people look: an
// individual business that waits, and a person whom nobody confirms.
func (d *Demo) leaveInQueue(ctx context.Context) error {
	n := len(d.plan.Shops)
	waiting := synthetic.Profile(d.cfg.Seed, n, merchants.Individual)
	impostor := synthetic.Profile(d.cfg.Seed, n+1, merchants.Micro)
	impostor.Legal.IDNo = check.MakeIDNo(impostor.Legal.IDNo[:14] + sandbox.Impostor)
	if err := d.app.Onboarding.Import(ctx, []merchants.Profile{waiting, impostor}, importer); err != nil {
		return err
	}
	return d.verify(ctx)
}

// photo is a picture that shows nothing but that it is one.
func photo(kind merchants.PictureKind) []byte {
	const side = 320
	img := image.NewRGBA(image.Rect(0, 0, side, side*3/4))
	tone := uint8(len(kind) * 17)
	for y := range side * 3 / 4 {
		for x := range side {
			img.Set(x, y, color.RGBA{uint8(x * 255 / side), uint8(y), tone, 255})
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		panic("demo: " + err.Error()) // a picture in memory can be encoded
	}
	return b.Bytes()
}
