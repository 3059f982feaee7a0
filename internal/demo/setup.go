package demo

import (
	"bytes"
	"cmp"
	"context"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"

	"juma/internal/access"
	"juma/internal/id"
	"juma/internal/safefile"
	"juma/merchants"
	"juma/qrcode"
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
	return d.drawPlates(ctx)
}

func (d *Demo) issuePlates(ctx context.Context) error {
	count := max(platesPerGrammar, (len(d.plan.Terminals)+1)/2)
	for _, g := range []qrcode.Grammar{qrcode.UnionPay, qrcode.Own} {
		_, plates, err := d.app.Plates.Issue(ctx, qrcode.Order{Grammar: g, Institution: institution, Count: count, By: "demo"})
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

// drawPlates writes a picture for each plate and the manifest.
func (d *Demo) drawPlates(ctx context.Context) error {
	dir := filepath.Join(d.cfg.DataDir, "plates")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	errs := make([]error, len(d.plates))
	sem := make(chan struct{}, runtime.GOMAXPROCS(0))
	var wg sync.WaitGroup
	for i, p := range d.plates {
		if err := ctx.Err(); err != nil {
			return err
		}
		sem <- struct{}{}
		wg.Go(func() {
			defer func() { <-sem }()
			errs[i] = drawPlate(dir, p.plate, p.store)
		})
		d.cfg.Progress("plates", i+1, len(d.plates))
	}
	wg.Wait()
	if err := cmp.Or(errs...); err != nil {
		return err
	}
	if err := safefile.SyncDir(dir); err != nil {
		return err
	}
	return d.writeManifest(dir)
}

// drawPlate writes one picture. Pictures are not synced one by one: the manifest
// that names them is written after all, and a run without it starts over.
func drawPlate(dir string, p qrcode.Plate, store string) error {
	var b bytes.Buffer
	label := render.Label{Payload: p.Payload, Serial: p.Serial, Store: store}
	if err := render.Plate(&b, render.FormatPNG, render.Sticker, label, render.Options{}); err != nil {
		return fmt.Errorf("plate %s: %w", p.Serial, err)
	}
	return os.WriteFile(filepath.Join(dir, pictureName(p)), b.Bytes(), 0o644)
}

func pictureName(p qrcode.Plate) string { return p.Serial + ".png" }

func (d *Demo) writeManifest(dir string) error {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	rows := [][]string{{"serial", "url", "merchant_no", "store", "file"}}
	for _, p := range d.plates {
		rows = append(rows, []string{p.plate.Serial, p.plate.Payload, p.merchantNo, p.store, pictureName(p.plate)})
	}
	if err := w.WriteAll(rows); err != nil {
		return err
	}
	return safefile.Write(filepath.Join(dir, "manifest.csv"), b.Bytes())
}

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
		{"clearing", word(), "/console/settlement", "演示清算员", "clearing operator 清算员"},
		{owner, word(), "/merchant", "演示店主", "a merchant's owner 商户"},
		{reviewer, word(), "/console/applications", "演示审核员", "reviewer 审核员"},
		{"operator", word(), "/console/merchants", "演示运营", "operator 运营"},
	}
}

func (d *Demo) createLogins(ctx context.Context) error {
	roles := map[string]access.Role{"clearing": access.ClearingOperator, owner: access.Owner, reviewer: access.OnboardingReviewer, "operator": access.Operator}
	for _, l := range d.Logins() {
		if _, err := d.app.Access.CreateUser(ctx, access.NewUser{Login: l.Login, Name: l.Who, Role: roles[l.Login], Password: l.Password}); err != nil {
			return err
		}
	}
	return nil
}
