package web

import (
	"context"

	"juma/acquiring"
	"juma/acquiring/channel"
	"juma/clearing"
	"juma/internal/access"
	"juma/internal/bizdate"
	"juma/merchants"
)

// Cashier is what the pages behind a plate ask of acquiring.
type Cashier interface {
	// Resolve turns a plate's key into whom it pays. Unknown keys are fault kind
	// NotFound, plates that cannot be paid on an *acquiring.PlateError.
	Resolve(ctx context.Context, key string) (acquiring.Scan, error)
	// AuthURL is where the browser goes for the wallet's silent authorisation.
	AuthURL(ctx context.Context, ch channel.Name, redirectURL, state string) (string, error)
	// Identify asks the wallet who came back from there.
	Identify(ctx context.Context, ch channel.Name, in acquiring.IdentifyInput) (channel.Payer, error)
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

// Refunds gives money back on a merchant's word.
type Refunds interface {
	RequestRefund(ctx context.Context, in acquiring.RefundInput) (acquiring.Refund, error)
}

// Payments reads payments and refunds; see acquiring.Store.
type Payments interface {
	Payment(ctx context.Context, orderNo string) (acquiring.Payment, error)
	PaymentsOf(ctx context.Context, merchantNo, beforeOrderNo string, limit int) ([]acquiring.Payment, error)
	RefundsOf(ctx context.Context, orderNo string) ([]acquiring.Refund, error)
}

// Clearing reads settlement and records downloads; see clearing.Store.
type Clearing interface {
	Day(ctx context.Context, ch channel.Name, d bizdate.Date) (clearing.Day, error)
	Items(ctx context.Context, d bizdate.Date) ([]clearing.Item, error)
	Batch(ctx context.Context, d bizdate.Date) (clearing.Batch, error)
	Batches(ctx context.Context) ([]clearing.Batch, error)
	Settlements(ctx context.Context, d bizdate.Date) ([]clearing.Settlement, error)
	SettlementsOf(ctx context.Context, merchantNo string) ([]clearing.Settlement, error)
	Unsettled(ctx context.Context, d bizdate.Date) (held, nextDay, refundsHeld, refundsNextDay clearing.Sum, err error)
	Files(ctx context.Context, d bizdate.Date) ([]clearing.FileRow, error)
	File(ctx context.Context, id string) (clearing.FileRow, error)
	LogDownload(ctx context.Context, d clearing.Download) error
}

// Merchants reads who is who; see merchants.Repository.
type Merchants interface {
	Merchant(ctx context.Context, no string) (merchants.Merchant, error)
	StoreByID(ctx context.Context, id string) (merchants.Store, error)
}

// Logins opens and ends sessions; access.Service.
type Logins interface {
	Login(ctx context.Context, login, password, ip string) (token string, u access.User, err error)
	// Session returns whose session a token opens; any fault means none.
	Session(ctx context.Context, token string) (access.User, error)
	Logout(ctx context.Context, token string) error
}
