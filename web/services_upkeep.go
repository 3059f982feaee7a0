package web

import (
	"context"

	"juma/internal/money"
	"juma/merchants"
)

// Upkeep is what a merchant's own people and the platform's do with a merchant that
// exists; merchants.Upkeep, which says what each does and fails with.
type Upkeep interface {
	// ProfileOf is kind NotFound for a merchant without an application on file.
	ProfileOf(ctx context.Context, merchantNo string) (merchants.Profile, error)
	RequestAccount(ctx context.Context, merchantNo, by, reason string, account merchants.ProfileAccount) (merchants.AccountChange, error)
	TellAmount(ctx context.Context, changeID, callersMerchant, by string, amount money.Fen) (merchants.AccountChange, error)
	WithdrawAccount(ctx context.Context, changeID, merchantNo, by, reason string) (merchants.AccountChange, error)
	AccountChange(ctx context.Context, changeID, callersMerchant string) (merchants.AccountChange, error)
	AccountChanges(ctx context.Context, q merchants.ChangeQuery) ([]merchants.AccountChange, error)
	ApproveAccount(ctx context.Context, changeID, by string, revision int, note string) (merchants.AccountChange, error)
	RefuseAccount(ctx context.Context, changeID, by, reason string) (merchants.AccountChange, error)
	RevealAccount(ctx context.Context, changeID, by, reason string) (merchants.ProfileAccount, error)

	AddStore(ctx context.Context, merchantNo, by string, n merchants.NewStore) (merchants.Store, merchants.Terminal, error)
	RenameStore(ctx context.Context, merchantNo, storeID, by, from, to string) error
	CloseStore(ctx context.Context, merchantNo, storeID, by, reason string) error
	AddTerminal(ctx context.Context, merchantNo, storeID, by string) (merchants.Terminal, error)
	DisableTerminal(ctx context.Context, merchantNo, terminalNo, by, reason string) error

	Messages(ctx context.Context, merchantNo, beforeID string, limit int) ([]merchants.Message, error)
	CountUnread(ctx context.Context, merchantNo string) (int, error)
	ReadMessages(ctx context.Context, merchantNo, upToID, by string) error
}

// OwnPlaces reads a merchant's stores and terminals; see merchants.Repository.
type OwnPlaces interface {
	StoresOf(ctx context.Context, merchantNo string) ([]merchants.Store, error)
	StoreByID(ctx context.Context, id string) (merchants.Store, error)
	TerminalsOf(ctx context.Context, merchantNo string) ([]merchants.Terminal, error)
}
