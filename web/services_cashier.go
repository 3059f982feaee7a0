package web

import (
	"context"

	"juma/acquiring"
	"juma/acquiring/channel"
)

// Cashier is what the pages behind a plate ask of acquiring.
type Cashier interface {
	// Resolve turns a plate's key into whom it pays. Unknown keys are fault kind
	// NotFound, plates that cannot be paid on an *acquiring.PlateError.
	Resolve(ctx context.Context, key string) (acquiring.Scan, error)
	// AuthURL is where the browser goes for the wallet's silent authorisation.
	AuthURL(ctx context.Context, w channel.Wallet, redirectURL, state string) (string, error)
	// Identify asks the wallet who came back from there.
	Identify(ctx context.Context, w channel.Wallet, in acquiring.IdentifyInput) (channel.Payer, error)
	// Pay places an order; the same RequestID gives the same order again.
	Pay(ctx context.Context, in acquiring.PayInput) (acquiring.PayOutput, error)
	// PaymentByToken finds what a result page shows.
	PaymentByToken(ctx context.Context, token string) (acquiring.Payment, error)
}

// Notices takes the wallets' notifications. An error means that nothing is
// known to be committed and the wallet must send again.
type Notices interface {
	Notice(ctx context.Context, ch channel.Name, raw channel.RawNotice) (channel.Reply, error)
}
