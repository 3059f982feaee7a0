package web

import (
	"context"
	"crypto/sha256"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"juma/acquiring"
	"juma/acquiring/channel"
	"juma/internal/fault"
	"juma/internal/id"
	"juma/internal/mask"
	"juma/qrcode"
)

// cashierPage is what cashier.html shows.
type cashierPage struct {
	Wallet    channel.Wallet
	Store     string
	LegalName string // masked
	PayURL    string
}

// cashier is the page that a plate opens. A browser that no wallet has vouched
// for is sent to the wallet's silent authorisation first.
func (s *Server) cashier(ctx context.Context, r *request) (response, error) {
	key := r.param("key")
	wallet, isWallet := walletOf(r.UserAgent())
	payer := ""
	if isWallet {
		payer = s.payer(r, wallet, key)
	}
	if payer == "" { // who has a session is a customer, not a prober
		if ok, wait := s.limits.views.take(addressKey(r.ip)); !ok {
			return response{}, tooMany(wait)
		}
	}
	scan, err := s.resolve(ctx, r, key, payer != "")
	switch {
	case err != nil:
		return response{}, err
	case !isWallet:
		return s.page(r, "wallets", http.StatusOK, nil), nil
	case payer == "":
		return s.authorisePayer(ctx, wallet, key, entryOf(r))
	}
	return s.page(r, "cashier", http.StatusOK, cashierPage{
		Wallet: wallet, Store: scan.Store.Name, LegalName: mask.Name(scan.Merchant.Name), PayURL: "/q/" + key + "/pay" + entryQuery(entryOf(r)),
	}), nil
}

// resolve turns a key into whom it pays. Keys that do not exist are counted by
// address, and an address that guesses is not answered at all for a while:
// otherwise it would learn from the difference. Customers with a session are
// spared, since many of them share a carrier's address.
func (s *Server) resolve(ctx context.Context, r *request, key string, known bool) (acquiring.Scan, error) {
	address := addressKey(r.ip)
	if !known {
		if empty, wait := s.limits.misses.empty(address); empty {
			return acquiring.Scan{}, tooMany(wait)
		}
	}
	scan, err := s.cfg.Cashier.Resolve(ctx, key)
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Invalid) {
		s.limits.misses.take(address)
		return acquiring.Scan{}, &httpFault{status: http.StatusNotFound, code: "plate_unknown"}
	}
	return scan, err
}

// authorisePayer sends the browser to the wallet, remembering what must still
// be true when it comes back.
func (s *Server) authorisePayer(ctx context.Context, wallet channel.Wallet, key string, entry acquiring.Entry) (response, error) {
	state := id.Token(s.cfg.Random)
	cookie, browser := s.newBrowserSecret(wallet, key)
	to, err := s.cfg.Cashier.AuthURL(ctx, wallet, s.cfg.PublicURL+"/q/"+key+"/auth", state)
	if err != nil {
		return response{}, err
	}
	s.cfg.AuthStates.Put(state, AuthState{
		PlateKey: key, Entry: entry, Wallet: wallet, Browser: browser, Expires: s.cfg.Clock.Now().Add(authLifetime),
	})
	return redirect(http.StatusFound, to, cookie), nil
}

// entryOf tells how the payer came to the page: a tap plate's address says that it
// is one. It is what the page says and is kept for people to know; nothing depends
// on it.
func entryOf(r *request) acquiring.Entry {
	name, value, _ := strings.Cut(qrcode.TapQuery, "=")
	if r.URL.Query().Get(name) == value {
		return acquiring.ByTap
	}
	return acquiring.ByScan
}

// scanned leads whoever has the text of a code, in any grammar, to the plate's
// page: an EMVCo code is no address that a phone could open by itself.
func (s *Server) scanned(_ context.Context, r *request) (response, error) {
	if empty, wait := s.limits.misses.empty(addressKey(r.ip)); empty {
		return response{}, tooMany(wait)
	}
	p, err := qrcode.ParsePayload(r.URL.Query().Get("code"))
	if err != nil {
		s.limits.misses.take(addressKey(r.ip))
		return response{}, &httpFault{status: http.StatusNotFound, code: "plate_unknown"}
	}
	return redirect(http.StatusFound, "/q/"+url.PathEscape(p.Key)), nil
}

// entryQuery hands on how the payer came.
func entryQuery(e acquiring.Entry) string {
	if e == acquiring.ByTap {
		return "?" + qrcode.TapQuery
	}
	return ""
}

// errAuthorisation says that the wallet's authorisation cannot be used: too
// old, used, of another browser, or the browser keeps no cookies. The page
// offers to start again; a redirect could go round for ever.
var errAuthorisation = &httpFault{status: http.StatusBadRequest, code: "authorisation"}

// cashierAuth is where the wallet sends the browser back to.
func (s *Server) cashierAuth(ctx context.Context, r *request) (response, error) {
	key := r.param("key")
	wallet, isWallet := walletOf(r.UserAgent())
	state, taken := s.takeState(r, wallet, key)
	if !taken {
		// The return from an authorisation that we began is the second half of a
		// scan that was counted; anything else is a page view of its own.
		if ok, wait := s.limits.views.take(addressKey(r.ip)); !ok {
			return response{}, tooMany(wait)
		}
		if isWallet && s.payer(r, wallet, key) != "" { // the back button led here
			return redirect(http.StatusFound, "/q/"+key), nil
		}
		return response{}, errAuthorisation
	}
	scan, err := s.resolve(ctx, r, key, false)
	if err != nil {
		return response{}, err
	}
	payer, err := s.cfg.Cashier.Identify(ctx, wallet, acquiring.IdentifyInput{Scan: scan, Query: r.URL.Query(), UserAgent: r.UserAgent()})
	if err != nil {
		return response{}, payerFault(err)
	}
	if payer.ID == "" {
		return response{}, fault.New("web.cashierAuth", fault.Internal, "channel %s identified nobody and gave no error", wallet)
	}
	session, err := s.setPayer(wallet, key, payer.ID)
	if err != nil {
		return response{}, fault.Wrap("web.cashierAuth", fault.Internal, err)
	}
	return redirect(http.StatusFound, "/q/"+key+entryQuery(state.Entry), session, s.cookie(authCookie(wallet), "", "/q/"+key, -1)), nil
}

// takeState uses up the state token and tells whether it was made for this
// plate, wallet and browser.
func (s *Server) takeState(r *request, wallet channel.Wallet, key string) (AuthState, bool) {
	state, ok := s.cfg.AuthStates.Take(r.URL.Query().Get("state"))
	if !ok || state.PlateKey != key || state.Wallet != wallet {
		return AuthState{}, false
	}
	cookie, err := r.Cookie(authCookie(wallet))
	return state, err == nil && sha256.Sum256([]byte(cookie.Value)) == state.Browser
}

// payerFault gives refusals a text for the payer, see refusalCode.
func payerFault(err error) error {
	var f *fault.Error
	if errors.As(err, &f) && fault.Is(err, fault.Refused) {
		return &httpFault{status: statusOf[fault.Refused], code: refusalCode(err)}
	}
	return err
}

// refusals maps the fields of Refused faults to texts for the payer.
var refusals = map[string]string{
	"channel_not_enrolled": "channel_off",
	"no_agreement":         "channel_off",
	"no_code_pay":          "no_code",
	"static_limit":         "static_limit",
	"static_limit_open":    "static_limit_open",
	"plate_limit":          "plate_limit",
	"payment_limit":        "payment_limit",
	"store_limit":          "taking_limit",
	"merchant_limit":       "taking_limit",
	"small_credit":         "small_credit",
	"velocity":             "velocity",
	"wallet_refused":       "wallet_refused",
	"order_closed":         "order_over",
	"order_refused":        "order_over",
}

// refusalCode finds the text code of a refusal anywhere in the error's chain.
func refusalCode(err error) string {
	for err != nil {
		var f *fault.Error
		if !errors.As(err, &f) {
			break
		}
		if code, ok := refusals[f.Field]; ok {
			return code
		}
		err = f.Err
	}
	return "refused"
}
