package web

import (
	"net/http"

	"juma/internal/access"
)

// changeDeciders approve or refuse changes of settlement accounts: two people of
// two desks can, and two of one.
var changeDeciders = []access.Role{access.OnboardingReviewer, access.Risk}

// placeKeepers open and close stores and terminals.
var placeKeepers = []access.Role{access.Owner, access.Manager}

// messageReaders read what the platform tells the merchant. What one has read counts
// as read by all, so clerks do not.
var messageReaders = placeKeepers

// upkeepRoutes are what happens to a merchant after it was approved. Whoever is of
// a merchant names it by the session only: another's change, store or terminal does
// not exist for them.
func (s *Server) upkeepRoutes() []route {
	const own, change, store = "/merchant/account/:id", "/console/changes/:id", storesPath + "/:id"
	return []route{
		portal(http.MethodGet, "/merchant/account", owners, s.settlementAccount).inNav(navMoney, textKey("nav.account_change"), 'k'),
		portal(http.MethodPost, "/merchant/account", owners, s.requestAccount).withStepUp(),
		portal(http.MethodPost, own+"/amount", owners, s.tellAmount).withStepUp(),
		// An owner who did not ask for the change stops it at once: nothing stands in
		// the way of that.
		portal(http.MethodPost, own+"/withdraw", owners, s.withdrawAccount),

		portal(http.MethodGet, "/console/changes", applicationReaders, s.changeQueue).inNav(navMerchants, textKey("nav.changes"), 'k'),
		portal(http.MethodGet, change, applicationReaders, s.changeFile),
		portal(http.MethodPost, change+"/approve", changeDeciders, s.changeApprove).withStepUp(),
		portal(http.MethodPost, change+"/refuse", changeDeciders, s.changeRefuse),
		portal(http.MethodPost, change+"/reveal", changeDeciders, s.changeReveal).withStepUp(),

		portal(http.MethodGet, storesPath, merchantStaff, s.ownStores).inNav(navMerchants, textKey("nav.stores"), 't'),
		portal(http.MethodPost, storesPath, placeKeepers, s.storeAdd),
		portal(http.MethodGet, store, merchantStaff, s.ownStore),
		portal(http.MethodPost, store+"/rename", placeKeepers, s.storeRename),
		portal(http.MethodPost, store+"/close", placeKeepers, s.storeClose),
		portal(http.MethodPost, store+"/terminals", placeKeepers, s.terminalAdd),
		portal(http.MethodPost, store+"/terminals/:no/disable", placeKeepers, s.terminalDisable),

		portal(http.MethodGet, messagesPath, messageReaders, s.messages).inNav(navMerchants, textKey("nav.messages"), 'i'),
		portal(http.MethodPost, messagesPath+"/read", messageReaders, s.messagesRead),
	}
}
