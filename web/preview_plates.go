package web

import (
	"bytes"
	"context"
	"net/http"

	"juma/internal/fault"
	"juma/qrcode/render"
)

// bareCode is the product that is no template: the code alone.
const bareCode = "code"

// products are what a plate can be printed as.
func products() []string {
	names := []string{bareCode}
	for _, t := range render.Templates {
		names = append(names, t.Name)
	}
	return names
}

// previewPage is what plate_preview.html shows.
type previewPage struct {
	Serial   string
	Product  string
	Products []Option
}

// productOptions are the products as people choose them.
func (l lang) productOptions() []Option {
	var all []Option
	for _, name := range products() {
		all = append(all, option(name, l.text("product."+name)))
	}
	return all
}

func (s *Server) platePreview(ctx context.Context, r *request) (response, error) {
	p, _, err := s.cfg.PlateRecords.PlateBySerial(ctx, r.param("serial"))
	if err != nil {
		return response{}, err
	}
	page := previewPage{Serial: p.Serial, Product: render.DeskStand.Name, Products: r.lang.productOptions()}
	for _, o := range page.Products {
		if o.Value == r.query().Get("product") {
			page.Product = o.Value
		}
	}
	return s.page(r, "plate_preview", http.StatusOK, page), nil
}

// previewDPI is sharp enough for a screen, and quick to draw.
const previewDPI = 144

// platePicture draws a plate as it would be printed now.
func (s *Server) platePicture(ctx context.Context, r *request) (response, error) {
	p, b, err := s.cfg.PlateRecords.PlateBySerial(ctx, r.param("serial"))
	if err != nil {
		return response{}, err
	}
	var picture bytes.Buffer
	if r.param("name") == bareCode {
		err = render.Code(&picture, render.FormatPNG, p.Payload, render.Options{})
		return response{contentType: render.FormatPNG.ContentType(), body: picture.Bytes()}, err
	}
	template, err := render.ParseTemplate(r.param("name"))
	if err != nil {
		return response{}, fault.Wrap("web.platePicture", fault.NotFound, err)
	}
	_, store, err := s.boundTo(ctx, b)
	if err != nil {
		return response{}, err
	}
	label := render.Label{Payload: p.Payload, Serial: p.Serial, Store: store}
	err = render.Plate(&picture, render.FormatPNG, template, label, render.Options{DPI: previewDPI})
	return response{contentType: render.FormatPNG.ContentType(), body: picture.Bytes()}, err
}
