package demo

import (
	"bytes"
	"cmp"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"juma/internal/access"
	"juma/internal/id"
	"juma/merchants"
	"juma/qrcode"
	"juma/qrcode/delivery"
	"juma/qrcode/render"
)

// issuedPlate is a plate with the terminal it is bound to, if any.
type issuedPlate struct {
	plate      qrcode.Plate
	merchantNo string
	store      string
	terminal   int // index into Plan.Terminals; -1: blank
}

// setUp issues plates, onboards merchants, binds and draws.
func (d *Demo) setUp(ctx context.Context) error {
	if err := d.issuePlates(ctx); err != nil {
		return err
	}
	if err := d.createLogins(ctx); err != nil { // the owner applies for the first shop
		return err
	}
	if err := d.onboard(ctx); err != nil {
		return err
	}
	if err := d.agreeOnRoutes(ctx); err != nil {
		return err
	}
	return d.drawPlates(ctx)
}

func (d *Demo) issuePlates(ctx context.Context) error {
	count := max(cmp.Or(d.cfg.plates, platesPerGrammar), (len(d.plan.Terminals)+1)/2)
	numbers := id.NewULIDs(id.Seeded(d.cfg.Seed, "batches"))
	for _, g := range []qrcode.Grammar{qrcode.UnionPay, qrcode.Own} {
		_, plates, err := d.app.Plates.Issue(ctx, qrcode.Order{ID: numbers.At(d.clock.Now()), Grammar: g, Institution: institution, Count: count, By: "demo"})
		if err != nil {
			return err
		}
		for _, p := range plates {
			d.plates = append(d.plates, issuedPlate{plate: p, terminal: -1})
		}
	}
	return nil
}

// onboard brings each shop through the onboarding and binds a plate to each of its
// terminals, UnionPay and own ones by turns.
func (d *Demo) onboard(ctx context.Context) error {
	waiting, err := d.apply(ctx)
	if err != nil {
		return err
	}
	for i, shop := range d.plan.Shops {
		if err := d.admit(ctx, i, waiting); err != nil {
			return err
		}
		if err := d.bindPlates(ctx, shop.No); err != nil {
			return err
		}
		d.cfg.Progress("merchants", i+1, len(d.plan.Shops))
	}
	return d.leaveInQueue(ctx)
}

func (d *Demo) bindPlates(ctx context.Context, merchantNo string) error {
	stores, err := d.app.Store.Merchants().StoresOf(ctx, merchantNo)
	if err != nil {
		return err
	}
	terminals, err := d.app.Store.Merchants().TerminalsOf(ctx, merchantNo)
	if err != nil {
		return err
	}
	for _, t := range terminals {
		index := slices.IndexFunc(d.plan.Terminals, func(p TerminalPlan) bool { return p.No == t.No })
		p := d.plateOf(index)
		if _, err := d.app.Plates.Bind(ctx, p.plate.Key, t.MerchantNo, t.StoreID, t.No, "demo"); err != nil {
			return err
		}
		store := stores[slices.IndexFunc(stores, func(s merchants.Store) bool { return s.ID == t.StoreID })]
		p.merchantNo, p.store, p.terminal = t.MerchantNo, store.Name, index
	}
	return nil
}

// plateOf is the plate of a terminal: even ones UnionPay's, odd ones own.
func (d *Demo) plateOf(terminal int) *issuedPlate {
	return &d.plates[terminal%2*len(d.plates)/2+terminal/2]
}

// drawPlates makes what a printer would get: a picture for each plate and a signed
// manifest of both batches, which juma plates verify proves.
func (d *Demo) drawPlates(ctx context.Context) error {
	key, err := d.app.ManifestKey()
	if err != nil {
		return err
	}
	stores := make(map[string]string, len(d.plates))
	for _, p := range d.plates {
		stores[p.plate.Key] = p.store
	}
	dir := filepath.Join(d.cfg.DataDir, "plates")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	batches := []string{d.plates[0].plate.BatchID, d.plates[len(d.plates)-1].plate.BatchID}
	done, err := delivery.Maker{
		Dir: dir, Key: key,
		Batch: qrcode.Batch{ID: strings.Join(batches, "+"), Host: plateHost, Count: len(d.plates)},
		Plates: func(ctx context.Context, after string, limit int) ([]qrcode.Plate, error) {
			plates, _, err := d.app.Store.Plates().Plates(ctx, after, limit)
			return plates, err
		},
		Plate: func(ctx context.Context, serial string) (qrcode.Plate, error) {
			p, _, err := d.app.Store.Plates().PlateBySerial(ctx, serial)
			return p, err
		},
		Pictures: delivery.Pictures{Ext: string(render.FormatPNG), Each: 1, Draw: func(plates []qrcode.Plate) ([]byte, error) {
			return drawPlate(plates[0], stores[plates[0].Key])
		}},
		Progress: func(done, total int) { d.cfg.Progress("plates", done, total) },
	}.Run(ctx)
	for _, b := range batches {
		if err == nil {
			_, err = d.app.Plates.Export(ctx, b, done.SHA256, "demo")
		}
	}
	return err
}

// drawPlate draws a plate with its shop's name.
func drawPlate(p qrcode.Plate, store string) ([]byte, error) {
	var b bytes.Buffer
	label := render.Label{Payload: p.Payload, Serial: p.Serial, Store: store}
	err := render.Plate(&b, render.FormatPNG, render.Sticker, label, render.Options{})
	return b.Bytes(), err
}

// Who settles the demo's day, and who releases it: it takes two people.
const (
	clearingOperator = "clearing"
	clearingApprover = "approver"
)

// Login is an account of the demo. The password is drawn from the seed: it
// protects invented data on a loopback address.
type Login struct {
	Login, Password, Page string
	Who                   string // the account's name on the pages
	Label                 string // how the demo's last lines call it
}

// Logins lists the demo's accounts.
func (d *Demo) Logins() []Login {
	rnd := id.Seeded(d.cfg.Seed, "logins")
	word := func() string { return id.Token(rnd)[:16] }
	return []Login{
		{clearingOperator, word(), "/console/settlement", "演示清算员", "clearing operator 清算员"},
		{owner, word(), "/merchant", "演示店主", "a merchant's owner 商户"},
		{reviewer, word(), "/console/applications", "演示审核员", "reviewer 审核员"},
		{"operator", word(), "/console/merchants", "演示运营", "operator 运营"},
		{"risk", word(), "/console/alarms", "演示风控员", "risk officer 风控员"},
		{clearingApprover, word(), "/console/settlement", "演示清算复核", "clearing approver 清算复核员"},
	}
}

func (d *Demo) createLogins(ctx context.Context) error {
	roles := map[string]access.Role{clearingOperator: access.ClearingOperator, clearingApprover: access.ClearingApprover, owner: access.Owner, reviewer: access.OnboardingReviewer, "risk": access.Risk, "operator": access.Operator}
	for _, l := range d.Logins() {
		if _, err := d.app.Access.CreateUser(ctx, access.NewUser{Login: l.Login, Name: l.Who, Role: roles[l.Login], Password: l.Password}); err != nil {
			return err
		}
	}
	return nil
}
