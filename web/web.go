// Package web is Juma's face: the cashier page that a plate opens, the result
// page, the wallets' notifications, the merchant's page and the operator's
// settlement page. It is the only package that knows the HTTP framework, and it
// decides nothing about money: it reads a request, asks a service, and shows
// the answer.
//
// Handlers are func(ctx, *request) (response, error) behind one bridge
// (bridge.go); every route stands in one table with the roles that may use it
// (routes.go); an error's kind becomes a status in one place (failure.go); every
// text that people read is in one catalogue, in Chinese and English
// (catalogue*.go). Pages hold no inline script or style and load nothing from
// elsewhere.
package web

import (
	"log/slog"
	"net/http"
	"net/url"
	"reflect"
	"strings"

	"github.com/labstack/echo/v4"

	"juma/acquiring/channel"
	"juma/internal/clock"
	"juma/internal/fault"
	"juma/internal/id"
)

// Config is what a Server is made of. Fields without a stated default must be
// given; New reports all that are missing at once.
type Config struct {
	// PublicURL is where browsers and wallets reach this server, scheme and host
	// only: "https://pay.example.com". Cookies are Secure when it is https.
	PublicURL string
	// DataDir is the data directory that settlement files are served from;
	// "" refuses downloads.
	DataDir string
	// SealKey protects payer sessions and form tokens: 32 bytes, the same on
	// every instance that serves the same PublicURL. Empty: drawn from Random,
	// which ends payer sessions at a restart and suits one instance.
	SealKey []byte

	// Channels are the channels with their further accounts, which notifications come in
	// for and pages offer; nil is the channels.
	Channels []channel.Name

	// What the pages ask, one field for each interface of services_<area>.go. An
	// interface without a default must be given; one that may be nil says so by
	// the tag web:"optional".
	Cashier   Cashier
	Notices   Notices
	Refunds   Refunds
	Scans     CodeScans
	Payments  Payments
	Clearing  Clearing
	Bills     Bills
	Merchants Merchants
	Logins    Logins
	Accounts  Accounts
	QR        QR
	// Applications of people who want to become merchants.
	Onboarding   Onboarding
	Applications Applications
	Uploads      Uploads
	// Review decides on applications; ReviewFiles reads them.
	Review      Review
	ReviewFiles ReviewFiles
	// Commands drives the commands of refunds again, CommandRecords reads them.
	Commands       Commands
	CommandRecords CommandRecords
	// Book is the ledger.
	Book Book
	// Differences is the work on what the reconciliation leaves open.
	Differences Differences
	// PayoutRecords reads payouts, PayoutOffice pays again what failed or came back.
	PayoutRecords PayoutRecords
	PayoutOffice  PayoutOffice
	// TermOffice keeps settlement terms and holds.
	TermOffice TermOffice
	// ClearingOffice takes days from the preview to the release.
	ClearingOffice ClearingOffice
	// StatementOffice takes statement files in and clears those in quarantine.
	StatementOffice StatementOffice
	// RouteOffice keeps the rules of routing, RouteReasons knows why a payment went where
	// it went.
	RouteOffice  RouteOffice
	RouteReasons RouteReasons
	// ChannelHealth says how the channels are.
	ChannelHealth ChannelHealth
	// Alarms are those about plates. PlateOffice orders and moves plates, PlateRecords
	// and PlateSales read them, Press prints them.
	Alarms       Alarms
	PlateOffice  PlateOffice
	PlateRecords PlateRecords
	PlateSales   PlateSales
	Press        Press
	// The operator's merchants: who and what, what is on record, changes, and their
	// registration at the channels.
	MerchantDesk    MerchantDesk
	MerchantRecords MerchantRecords
	MerchantLife    MerchantLife
	Enrolments      Enrolments
	Import          Import
	// FieldPlates are bound by people in the field, to Places that PlaceSearch finds;
	// PhotoCodes reads the photos that they take, BindFiles many lines at once.
	FieldPlates FieldPlates
	Places      Places
	PlaceSearch PlaceSearch
	PhotoCodes  PhotoCodes
	BindFiles   BindFiles
	// Upkeep is what merchants' own people do; OwnPlaces reads where they sell.
	Upkeep    Upkeep
	OwnPlaces OwnPlaces
	// PaymentDesk reads the payments of all merchants, PaymentOffice acts on them.
	PaymentDesk   PaymentDesk
	PaymentOffice PaymentOffice
	// Contract is the version of the contract that applicants accept now.
	Contract string
	// AuthStates keeps pending wallet authorisations; nil keeps them in memory,
	// which suits one instance.
	AuthStates AuthStates `web:"optional"`

	Limits Limits
	Clock  clock.Clock
	Random id.Random    // tokens and nonces; crypto/rand.Reader in production
	Logger *slog.Logger // nil: discard
}

// Server serves the pages. It starts no goroutine and holds no file open
// between requests.
type Server struct {
	cfg        Config
	log        *slog.Logger
	secure     bool // cookies only over TLS
	sealer     *sealer
	views      *views
	limits     *limiters
	crossSite  *http.CrossOriginProtection
	ids        *id.ULIDs
	requestIDs *requestIDs
	table      []route // of all areas, see routes
	echo       *echo.Echo
	handler    http.Handler
}

// New checks the configuration and returns a server. Errors are of kind Invalid
// and name the field.
func New(cfg Config) (*Server, error) {
	const op = "web.New"
	if missing := cfg.missing(); len(missing) > 0 {
		return nil, fault.New(op, fault.Invalid, "the configuration lacks %s", strings.Join(missing, ", "))
	}
	origin, err := checkPublicURL(cfg.PublicURL)
	if err != nil {
		return nil, err
	}
	cfg.PublicURL = origin
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.AuthStates == nil {
		cfg.AuthStates = NewAuthStates(cfg.Clock)
	}
	if cfg.Channels == nil {
		cfg.Channels = channel.Names
	}
	s := &Server{
		cfg: cfg, log: cfg.Logger, secure: strings.HasPrefix(origin, "https://"),
		limits: newLimiters(cfg.Limits.withDefaults(), cfg.Clock), ids: id.NewULIDs(cfg.Random),
		requestIDs: newRequestIDs(cfg.Random), crossSite: http.NewCrossOriginProtection(),
	}
	if err := s.crossSite.AddTrustedOrigin(origin); err != nil {
		return nil, fault.Wrap(op, fault.Invalid, err)
	}
	if s.sealer, err = newSealer(cfg.SealKey, cfg.Random); err != nil {
		return nil, err
	}
	if s.views, err = sharedViews(); err != nil {
		return nil, err
	}
	s.table = s.routes()
	s.echo = s.newEcho()
	s.handler = chain(s.echo, s.withAccessLog, s.withRecovery, s.withSecurityHeaders)
	return s, nil
}

// Handler is the whole site. Listening, TLS and time-outs are the caller's.
func (s *Server) Handler() http.Handler { return s.handler }

// NotifyPath is where a channel's notifications are received.
func NotifyPath(ch channel.Name) string { return "/notify/" + string(ch) }

// missing names what was not given: PublicURL, and every interface that is not
// optional.
func (c Config) missing() []string {
	var names []string
	if c.PublicURL == "" {
		names = append(names, "PublicURL")
	}
	v := reflect.ValueOf(c)
	for _, field := range reflect.VisibleFields(v.Type()) {
		if field.Type.Kind() == reflect.Interface && field.Tag.Get("web") != "optional" && v.FieldByIndex(field.Index).IsNil() {
			names = append(names, field.Name)
		}
	}
	return names
}

// checkPublicURL returns the origin without a trailing slash.
func checkPublicURL(raw string) (string, error) {
	u, err := url.Parse(raw)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.User != nil ||
		strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return "", fault.Field("web.New", "PublicURL", raw, "want scheme and host only, such as https://pay.example.com")
	}
	return u.Scheme + "://" + u.Host, nil
}
