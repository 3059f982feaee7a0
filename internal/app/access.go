package app

import (
	"io"

	"juma/internal/access"
	"juma/internal/fault"
	"juma/internal/passkey"
	"juma/qrcode/render"
)

// newAccess makes the service of accounts. Passkeys are offered where the public
// address allows them.
func newAccess(a *App) (*access.Service, error) {
	cfg := access.Config{RequireMFA: a.RequireMFA}
	site, err := passkey.New(a.PublicURL, "Juma")
	switch {
	case err == nil:
		cfg.Passkeys = site
	case !fault.Is(err, fault.NotReady):
		return nil, err
	}
	return access.New(a.Store.Access(), a.Clock, a.Random, cfg)
}

// qrPictures draws the codes that authenticator apps scan.
type qrPictures struct{}

// PNG draws a payload.
func (qrPictures) PNG(w io.Writer, payload string) error {
	return render.Code(w, render.FormatPNG, payload, render.Options{})
}
