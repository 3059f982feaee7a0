package demo

import (
	"bytes"
	"context"

	"juma/acquiring/sandbox/phone"
	"juma/internal/id"
	"juma/qrcode"
	"juma/qrcode/render"
)

// platesForPhone lists the bound plates with their pictures, and after them one
// plate of each kind that cannot be paid with, so that their pages can be seen: a
// suspended one if there is any, a blank one, and one that nobody issued.
func (d *Demo) platesForPhone(ctx context.Context) ([]phone.PlateView, error) {
	var views []phone.PlateView
	others := map[qrcode.State]phone.PlateView{}
	for after := ""; ; {
		plates, bindings, err := d.app.Store.Plates().Plates(ctx, after, 500)
		if err != nil {
			return nil, err
		}
		if len(plates) == 0 {
			break
		}
		for i, p := range plates {
			after = p.Serial
			_, seen := others[p.State]
			if p.State == qrcode.Void || seen {
				continue
			}
			v, err := d.plateView(ctx, p, bindings[i])
			if err != nil {
				return nil, err
			}
			if p.State == qrcode.Bound {
				views = append(views, v)
			} else {
				others[p.State] = v
			}
		}
	}
	for _, state := range []qrcode.State{qrcode.Suspended, qrcode.Blank} {
		if v, ok := others[state]; ok {
			views = append(views, v)
		}
	}
	invented, err := d.inventedPlate()
	return append(views, invented), err
}

// phoneStates are the words for plates that cannot be paid with.
var phoneStates = map[qrcode.State]phone.PlateState{qrcode.Suspended: phone.Suspended, qrcode.Blank: phone.Blank}

func (d *Demo) plateView(ctx context.Context, p qrcode.Plate, b qrcode.Binding) (phone.PlateView, error) {
	v := phone.PlateView{Serial: p.Serial, URL: p.Payload, State: phoneStates[p.State]}
	if b.MerchantNo != "" {
		m, err := d.app.Store.Merchants().Merchant(ctx, b.MerchantNo)
		if err != nil {
			return v, err
		}
		st, err := d.app.Store.Merchants().StoreByID(ctx, b.StoreID)
		if err != nil {
			return v, err
		}
		v.Merchant, v.Store = m.ShortName, st.Name
	}
	return v, draw(&v)
}

// inventedPlate is a well-formed code with a key that was never issued.
func (d *Demo) inventedPlate() (phone.PlateView, error) {
	key := id.NewPlateKey(id.Seeded(d.cfg.Seed, "a plate that nobody issued"))
	payload, err := qrcode.Payload{Grammar: qrcode.Own, Host: plateHost, Key: key}.Print()
	if err != nil {
		return phone.PlateView{}, err
	}
	v := phone.PlateView{Serial: "00000000000", URL: payload, State: phone.Invented}
	return v, draw(&v)
}

func draw(v *phone.PlateView) error {
	var png bytes.Buffer
	label := render.Label{Payload: v.URL, Serial: v.Serial, Store: v.Store}
	err := render.Plate(&png, render.FormatPNG, render.Sticker, label, render.Options{DPI: phoneDPI})
	v.Picture = png.Bytes()
	return err
}

// phoneDPI is enough for the phone's small pictures.
const phoneDPI = 100

// codePicture draws a payment code for the phone.
func codePicture(digits string) ([]byte, error) {
	var b bytes.Buffer
	err := render.Code(&b, render.FormatPNG, digits, render.Options{})
	return b.Bytes(), err
}
