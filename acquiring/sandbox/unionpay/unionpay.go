// Package unionpay is UnionPay's (银联) side of the table, on loopback: the acp
// 5.1.0 gateway, the file host, the wallet's authorisation and payment pages,
// and the host that static plates point at. It is written on the standard
// library from UnionPay's documents and shares nothing with the adapter that it
// faces: signatures are really made and really verified, under a certificate
// chain that is fresh at every start.
//
// One transaction is named by merId + orderId + txnTime. Any well-formed merId
// is served, all under the one signing certificate of the acquirer, and each has
// a statement of its own.
package unionpay

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"

	"juma/acquiring/sandbox"
)

// DefaultMerID is the merchant number in Credentials. Any other well-formed
// number is served as well.
const DefaultMerID = "999290058120001"

// The paths under the base address.
const (
	gatewayPath = "/gateway/api/"
	filePath    = "/file/"
	authPath    = "/qrcGtwWeb-web/api/userAuth"
	payPath     = "/qrcGtwWeb-web/pay"
)

// Wallet is the sandboxed UnionPay. It is safe for concurrent use; no lock is
// held while anything is signed or verified.
type Wallet struct {
	name  string
	core  *sandbox.Core
	keys  *keyring
	book  *book
	visit *visits

	applications *sandbox.Applications
	payCodes     *sandbox.Codes

	mu        sync.RWMutex
	base      string     // where we are reached
	signers   []identity // UnionPay's, in the order of issue: the last one signs
	plateBase string     // where plates lead
}

var _ sandbox.Wallet = (*Wallet)(nil)

// New makes a UnionPay with fresh keys and certificates. It fails only when the
// machine has no randomness.
func New(core *sandbox.Core) (*Wallet, error) {
	keys, err := newKeyring()
	if err != nil {
		return nil, fmt.Errorf("unionpay sandbox: make keys and certificates: %w", err)
	}
	return newWallet(core, keys), nil
}

// NewAggregate makes another UnionPay, which serves a service provider: its orders
// come by the interface of partner.go, for all three wallets; payers' authorisation,
// merchants' registration and statements are acp's, as everywhere at UnionPay.
func NewAggregate(core *sandbox.Core) (*Wallet, error) {
	w, err := New(core)
	if err != nil {
		return nil, err
	}
	w.name = sandbox.UnionPayAggregate
	w.applications = sandbox.NewApplications(w.name, core.Faults)
	return w, nil
}

func newWallet(core *sandbox.Core, keys *keyring) *Wallet {
	return &Wallet{
		name: sandbox.UnionPay, core: core, keys: keys, signers: []identity{keys.unionpay}, book: newBook(), visit: newVisits(),
		applications: sandbox.NewApplications(sandbox.UnionPay, core.Faults), payCodes: sandbox.NewCodes(sandbox.UnionPay, "62", 19),
	}
}

// Name is sandbox.UnionPay or sandbox.UnionPayAggregate.
func (w *Wallet) Name() string { return w.name }

// SetBaseURL tells where the wallet is reached ("http://127.0.0.1:4711").
func (w *Wallet) SetBaseURL(base string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.base = strings.TrimRight(base, "/")
}

// SetPlateURL tells the acquirer's own base address: UnionPay's host of a plate
// sends the consumer to base + "/q/" + KEY with the code's query, as the registered institution of a
// plate's code is asked for its page.
func (w *Wallet) SetPlateURL(base string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.plateBase = strings.TrimRight(base, "/")
}

func (w *Wallet) urls() (base, plate string) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.base, w.plateBase
}

// Credentials is what an acquirer needs: the two addresses, a merchant number,
// its own signing key (PKCS#8) and certificate (sign_cert_pem) with the
// certificate's decimal serial number (cert_id), and the chain that proves
// UnionPay's answers: root, middle, and the signing certificate that each answer
// carries as well (unionpay_cert_pem). Of the service provider's UnionPay, these are
// the member acp.
func (w *Wallet) Credentials() map[string]any {
	base, _ := w.urls()
	acp := map[string]any{
		"gateway_url":       base + gatewayPath,
		"file_url":          base + filePath,
		"mer_id":            DefaultMerID,
		"cert_id":           w.keys.acquirer.serial(),
		"private_key_pem":   w.keys.acquirer.privatePEM(),
		"sign_cert_pem":     w.keys.acquirer.certPEM(),
		"unionpay_cert_pem": w.signer().certPEM(),
		"middle_cert_pem":   w.keys.middle.certPEM(),
		"root_cert_pem":     w.keys.root.certPEM(),
	}
	if w.name == sandbox.UnionPayAggregate {
		return w.partnerCredentials(base, acp)
	}
	return acp
}

// Handler serves all of UnionPay's hosts on one base address.
func (w *Wallet) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+gatewayPath+"{path}", func(rw http.ResponseWriter, r *http.Request) { w.serve(rw, r, r.PathValue("path")) })
	for _, p := range []string{filePath + "{$}", strings.TrimSuffix(filePath, "/")} {
		mux.HandleFunc("POST "+p, func(rw http.ResponseWriter, r *http.Request) { w.serve(rw, r, fileHost) })
	}
	if w.name == sandbox.UnionPayAggregate {
		mux.HandleFunc("POST "+partnerPath+"{call}", w.servePartner)
	}
	mux.HandleFunc("GET "+authPath, w.userAuth)
	mux.HandleFunc("GET "+payPath, w.payPage)
	mux.HandleFunc("POST "+payPath, w.payConfirm)
	mux.HandleFunc("GET /{institution}/{key}", w.plate)
	mux.HandleFunc("GET /favicon.ico", func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusNoContent) })
	return mux
}

var institutionShape = regexp.MustCompile(`^[0-9]{8}$`)

// plate is the wallet's host of a static code (qr.95516.com/IIIIRRRR/KEY).
func (w *Wallet) plate(rw http.ResponseWriter, r *http.Request) {
	if !institutionShape.MatchString(r.PathValue("institution")) {
		http.NotFound(rw, r)
		return
	}
	_, plate := w.urls()
	if plate == "" {
		http.Error(rw, "no acquirer has registered a page for its plates yet", http.StatusNotFound)
		return
	}
	to := plate + "/q/" + url.PathEscape(r.PathValue("key"))
	if r.URL.RawQuery != "" { // a tap plate's address says so behind the code
		to += "?" + r.URL.RawQuery
	}
	http.Redirect(rw, r, to, http.StatusFound)
}
