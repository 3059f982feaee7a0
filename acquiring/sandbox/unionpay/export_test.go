package unionpay

import (
	"sync"

	"juma/acquiring/sandbox"
)

var sharedKeys = sync.OnceValues(newKeyring)

// NewWithSharedKeys makes a wallet under one keyring for all tests: drawing keys
// takes longer than most of them.
func NewWithSharedKeys(core *sandbox.Core) *Wallet {
	keys, err := sharedKeys()
	if err != nil {
		panic(err)
	}
	return newWallet(core, keys)
}

// UserIDOf is the appUserId of a consumer.
var UserIDOf = userIDOf

// ServeProvider makes the wallet one that serves a service provider.
func (w *Wallet) ServeProvider() { w.name = sandbox.UnionPayAggregate }
