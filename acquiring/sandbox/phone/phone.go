// Package phone is a consumer's phone for the sandboxes: a page that shows code
// plates and opens the real cashier page as each wallet would.
//
// What makes a browser a wallet is its User-Agent and the bridge that the
// wallet puts into pages. The phone adds both from outside, so that the cashier
// holds no sandbox code: each wallet has two addresses of its own,
//
//   - the shop front, a reverse proxy of the cashier that sends the wallet's
//     User-Agent and adds the wallet's bridge script to pages, and
//   - the wallet front, the sandboxed wallet itself, where silent authorisation
//     and payment pages are opened as the consumer who holds the phone.
//
// Redirections that cross from one to the other are turned to stay on these two
// addresses; otherwise the browser would walk out of the wallet. They are
// addresses of their own because both sides use absolute paths, and their
// cookies carry the wallet's name because browsers do not tell ports apart.
package phone

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"juma/acquiring/sandbox"
	"juma/internal/clock"
)

// PlateView is a code plate as the phone shows it.
type PlateView struct {
	// Serial names the plate on the page, "B001-0001".
	Serial string
	// URL is what the plate's code says.
	URL string
	// Picture is the code as PNG; with none, PictureURL is shown, which must be
	// an address at the cashier.
	Picture    []byte
	PictureURL string
	Merchant   string // "" when the plate is not bound
	Store      string
	State      PlateState
}

// PlateState says why a plate cannot be paid with.
type PlateState string

// The states of a plate on the phone.
const (
	Usable    PlateState = "" // bound to a store
	Blank     PlateState = "blank"
	Suspended PlateState = "suspended"
	Invented  PlateState = "invented" // nobody issued it
)

// Config is what a phone needs.
type Config struct {
	// Plates lists the plates to show, in the order to show them. It is asked
	// for every page.
	Plates func(context.Context) ([]PlateView, error)
	// CashierURL is where the web really is: "http://127.0.0.1:8080".
	CashierURL string
	// PublicURL is what the web believes to be its address, when that is another
	// (a demo's plates name a host that does not exist); "" is CashierURL.
	PublicURL string
	// Wallets are the sandboxes, with their base addresses set already.
	Wallets []sandbox.Wallet
	// CodePicture draws a payment code as PNG; nil shows the digits alone.
	CodePicture func(digits string) ([]byte, error)
	// Clock is the sandboxes' clock, shown on the phone.
	Clock clock.Clock
	// Host is where to listen; "" is 127.0.0.1.
	Host string
	// Port is the page's port, 0 a free one. The wallets' addresses always take
	// free ones.
	Port int
	// Transport carries requests to the cashier; nil is a plain one.
	Transport http.RoundTripper
}

// Phone serves the page and the wallets' addresses.
type Phone struct {
	cfg     Config
	cashier *url.URL
	public  *url.URL
	wallets []*wallet

	pictures pictures
	page     *sandbox.Site
	sites    []*sandbox.Site
	stop     func() bool
	once     sync.Once
}

// wallet is one wallet on the phone.
type wallet struct {
	sandbox.Wallet
	phone     *Phone
	kind      kind
	shopSite  *sandbox.Site // the cashier, seen through this wallet
	frontSite *sandbox.Site // the wallet's own pages
	links     *links
}

// New checks the configuration and reports everything that is wrong with it.
func New(cfg Config) (*Phone, error) {
	p := &Phone{cfg: cfg}
	var problems []string
	problem := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	base := func(field, text string) *url.URL {
		u, err := url.Parse(text)
		if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || strings.Trim(u.Path, "/") != "" {
			problem("%s %q: want scheme and host, such as http://127.0.0.1:8080", field, text)
			return nil
		}
		return &url.URL{Scheme: u.Scheme, Host: u.Host}
	}
	p.cashier = base("CashierURL", cfg.CashierURL)
	if p.public = p.cashier; cfg.PublicURL != "" {
		p.public = base("PublicURL", cfg.PublicURL)
	}
	if cfg.Plates == nil {
		problem("Plates is missing: the phone has nothing to scan")
	}
	if cfg.Clock == nil {
		problem("Clock is missing: give the sandboxes' clock")
	}
	for _, w := range cfg.Wallets {
		k, ok := kinds[w.Name()]
		if !ok {
			problem("wallet %q: the phone knows wechat, alipay and unionpay", w.Name())
			continue
		}
		p.wallets = append(p.wallets, &wallet{Wallet: w, phone: p, kind: k})
	}
	if len(problems) > 0 {
		return nil, fmt.Errorf("phone: %s", strings.Join(problems, "; "))
	}
	return p, nil
}

// Start opens the addresses and serves until Close or until ctx ends. When one
// port cannot be had, nothing is left open.
func (p *Phone) Start(ctx context.Context) error {
	if err := p.listen(); err != nil {
		for _, s := range p.sites {
			s.Close()
		}
		return err
	}
	for _, w := range p.wallets {
		w.links = newLinks(w)
		w.shopSite.Serve(w.shop())
		w.frontSite.Serve(w.front())
	}
	p.page.Serve(p.pages())
	p.stop = context.AfterFunc(ctx, p.close)
	return nil
}

func (p *Phone) listen() error {
	open := func(name string, port int) (*sandbox.Site, error) {
		s, err := sandbox.Listen(name, p.cfg.Host, port)
		if err == nil {
			p.sites = append(p.sites, s)
		}
		return s, err
	}
	var err error
	if p.page, err = open("the phone", p.cfg.Port); err != nil {
		return err
	}
	for _, w := range p.wallets {
		if w.shopSite, err = open("the phone's "+w.Name(), 0); err != nil {
			return err
		}
		if w.frontSite, err = open("the phone's "+w.Name()+" pages", 0); err != nil {
			return err
		}
	}
	return nil
}

// URL is the page's address, "" before Start.
func (p *Phone) URL() string {
	if p.page == nil {
		return ""
	}
	return p.page.URL()
}

// WalletURL is the address at which a wallet's browser sees the cashier, ""
// before Start and for a wallet that the phone does not have. Add a plate's path to open it.
func (p *Phone) WalletURL(name string) string {
	for _, w := range p.wallets {
		if w.Name() == name && w.shopSite != nil {
			return w.shopSite.URL()
		}
	}
	return ""
}

// Close ends all servers and waits for them.
func (p *Phone) Close() {
	if p.stop != nil {
		p.stop()
	}
	p.close()
}

func (p *Phone) close() {
	p.once.Do(func() {
		var all sync.WaitGroup
		for _, s := range p.sites {
			all.Go(s.Close)
		}
		all.Wait()
	})
}

// EntryPath is the path at the cashier that a plate's code leads to. Both kinds
// of codes end in the plate's key: https://HOST/q/KEY is the cashier's own, and
// the UnionPay host of https://qr.95516.com/IIIIRRRR/KEY sends it on to /q/KEY.
func EntryPath(plateURL string) (string, error) {
	u, err := url.Parse(plateURL)
	if err != nil {
		return "", fmt.Errorf("plate %q: not an address: %w", plateURL, err)
	}
	parts := strings.Split(strings.Trim(u.EscapedPath(), "/"), "/")
	if len(parts) != 2 || parts[1] == "" || (u.Host != unionPayHost && parts[0] != "q") {
		return "", fmt.Errorf("plate %q: want https://HOST/q/KEY or https://%s/IIIIRRRR/KEY", plateURL, unionPayHost)
	}
	return "/q/" + parts[1], nil
}

// unionPayHost is the host of codes in UnionPay's format.
const unionPayHost = "qr.95516.com"
