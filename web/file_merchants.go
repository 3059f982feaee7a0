package web

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"juma/internal/access"
	"juma/internal/audit"
	"juma/internal/fault"
	"juma/internal/mask"
	"juma/merchants"
	"juma/merchants/check"
)

// The views of a merchant's page, as its address names them; "" is the first.
const (
	viewFacts    = ""
	viewRates    = "rates"
	viewChannels = "channels"
	viewHistory  = "history"
)

var merchantViews = []string{viewFacts, viewRates, viewChannels, viewHistory}

// viewTexts name the views.
var viewTexts = map[string]textKey{
	viewFacts: textKey("merchants.view.facts"), viewRates: textKey("merchants.view.rates"),
	viewChannels: textKey("merchants.view.channels"), viewHistory: textKey("merchants.view.history"),
}

// merchantFilePage is what merchant_file.html shows. What a view does not need is
// left out.
type merchantFilePage struct {
	merchants.ListedMerchant
	View     string
	Tabs     Tabs
	May      merchantRights
	Code     string // text code of what went wrong
	Open     []merchants.OpenMoney
	MoreOpen bool

	Application    string // the id of the one that the merchant came from, for whoever may read it
	Facts, Persons []Fact
	Places         []merchantPlace
	merchantRates
	Enrolments []enrolmentShown
	Events     pager[Event]
}

// merchantRights is what the reader may do with the merchant now.
type merchantRights struct {
	Suspend, Resume, Close, Propose, Decide, Resubmit, Payments bool
}

// merchantPlace is a store with its terminals.
type merchantPlace struct {
	merchants.Store
	Region    string
	Terminals []merchants.Terminal
}

func (s *Server) merchantFile(ctx context.Context, r *request) (response, error) {
	view := r.URL.Query().Get("view")
	if !slices.Contains(merchantViews, view) {
		view = viewFacts
	}
	return s.showMerchant(ctx, r, http.StatusOK, merchantFilePage{View: view})
}

func (s *Server) showMerchant(ctx context.Context, r *request, status int, page merchantFilePage) (response, error) {
	m, err := s.cfg.MerchantRecords.Merchant(ctx, r.param("no"))
	if err != nil {
		return response{}, err
	}
	file, err := s.cfg.ReviewFiles.ApplicationOfMerchant(ctx, m.No)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return response{}, err
	}
	profile := file.Profile
	if slices.Contains(applicationReaders, r.user.Role) {
		page.Application = file.ID
	}
	page.ListedMerchant = merchants.ListedMerchant{Merchant: m, Kind: profile.Kind}
	page.May = rightsOver(m, r.user.Role)
	page.Tabs = r.lang.merchantTabs(m.No, page.View)
	switch page.View {
	case viewRates:
		err = s.fillRates(ctx, r, &page)
	case viewChannels:
		err = s.fillEnrolments(ctx, r, &page)
	case viewHistory:
		err = s.fillHistory(ctx, r, &page)
	default:
		page.Facts, page.Persons = r.lang.merchantFacts(page.ListedMerchant), r.lang.merchantPersons(profile)
		err = s.fillPlaces(ctx, r, &page)
	}
	if err != nil {
		return response{}, err
	}
	return s.page(r, "merchant_file", status, page), nil
}

// rightsOver is what a role may do with a merchant as it stands.
func rightsOver(m merchants.Merchant, role access.Role) merchantRights {
	may := func(roles []access.Role) bool { return slices.Contains(roles, role) }
	return merchantRights{
		Suspend: m.State == merchants.Active && may(merchantKeepers), Resume: m.State == merchants.Suspended && may(merchantKeepers),
		Close: m.State != merchants.Closed && may(merchantClosers), Propose: m.State != merchants.Closed && may(rateProposers),
		Decide: may(rateDeciders), Resubmit: may(enrolmentSenders), Payments: may(paymentReaders),
	}
}

func (l lang) merchantTabs(no, current string) Tabs {
	tabs := Tabs{Label: l.text("merchants.views")}
	for _, view := range merchantViews {
		tab := Tab{Path: merchantPath(no), Text: l.textOf(viewTexts[view]), Current: view == current}
		if view != viewFacts {
			tab.Path += "?view=" + view
		}
		tabs.Tabs = append(tabs.Tabs, tab)
	}
	return tabs
}

// merchantFacts are a merchant's own values, masked where they lead to a person.
func (l lang) merchantFacts(m merchants.ListedMerchant) []Fact {
	mcc := m.MCC
	if c, ok := check.Category(mcc); ok {
		mcc += " " + c.Name.In(l.tag())
	}
	kind := ""
	if m.Kind != "" {
		kind = l.text("apply.kind." + string(m.Kind))
	}
	facts := []Fact{
		{Label: l.text("merchants.no"), Value: m.No, Mono: true, Copy: true},
		{Label: l.label("name"), Value: m.ShownName()},
		{Label: l.label("short_name"), Value: m.ShortName},
		{Label: l.label("kind"), Value: kind},
		{Label: l.label("mcc"), Value: mcc},
		{Label: l.label("region"), Value: check.RegionName(m.RegionCode, l.tag())},
		{Label: l.text("merchants.since"), Value: showTime(m.CreatedAt)},
	}
	if m.SettledByWallet {
		return append(facts, Fact{Label: l.text("merchants.account"), Value: l.text("merchants.by_wallet")})
	}
	return append(facts,
		Fact{Label: l.text("merchants.account"), Value: mask.Card(m.Account.AccountNo), Mono: true},
		Fact{Label: l.label("account.name"), Value: mask.Name(m.Account.AccountName)},
		Fact{Label: l.label("account.bank_name"), Value: m.Account.BankName},
		Fact{Label: l.label("account.cnaps"), Value: m.Account.CNAPS, Mono: true},
	)
}

// merchantPersons are the code and the people of the application, masked.
func (l lang) merchantPersons(p merchants.Profile) []Fact {
	var facts []Fact
	for _, f := range p.Fields() {
		head, _, _ := strings.Cut(f.Path, ".")
		if f.Value != "" && (f.Path == "uscc" || head == "legal" || head == "contact") {
			facts = append(facts, Fact{Label: l.factLabel(f.Path), Value: l.factValue(f)})
		}
	}
	return facts
}

func (s *Server) fillPlaces(ctx context.Context, r *request, page *merchantFilePage) error {
	stores, err := s.cfg.MerchantRecords.StoresOf(ctx, page.No)
	if err != nil {
		return err
	}
	terminals, err := s.cfg.MerchantRecords.TerminalsOf(ctx, page.No)
	for _, st := range stores {
		place := merchantPlace{Store: st, Region: check.RegionName(st.RegionCode, r.lang.tag())}
		for _, t := range terminals {
			if t.StoreID == st.ID {
				place.Terminals = append(place.Terminals, t)
			}
		}
		page.Places = append(page.Places, place)
	}
	return err
}

// merchantMoved goes back to the merchant, or says why it stays as it is.
func (s *Server) merchantMoved(ctx context.Context, r *request, err error, done string) (response, error) {
	page := merchantFilePage{}
	var open *merchants.OpenMoneyError
	switch {
	case errors.As(err, &open):
		page.Code, page.Open, page.MoreOpen = "merchant_open", open.Items, open.More
	case fault.Is(err, fault.Invalid):
		page.Code = "merchant_reason"
	case fault.Is(err, fault.Conflict):
		page.Code = "merchant_moved"
		return s.showMerchant(ctx, r, http.StatusConflict, page)
	case err != nil:
		return response{}, err
	default:
		return s.withToast(redirect(http.StatusSeeOther, merchantPath(r.param("no"))), done), nil
	}
	return s.showMerchant(ctx, r, http.StatusUnprocessableEntity, page)
}

func (s *Server) merchantSuspend(ctx context.Context, r *request) (response, error) {
	return s.moveMerchant(ctx, r, merchants.Suspended, "merchant_suspended")
}

func (s *Server) merchantResume(ctx context.Context, r *request) (response, error) {
	return s.moveMerchant(ctx, r, merchants.Active, "merchant_resumed")
}

// merchantClose ends a merchant for good, once no money is under way.
func (s *Server) merchantClose(ctx context.Context, r *request) (response, error) {
	return s.moveMerchant(ctx, r, merchants.Closed, "merchant_closed")
}

func (s *Server) moveMerchant(ctx context.Context, r *request, to merchants.State, done string) (response, error) {
	reason, err := typedReason(r)
	if err == nil {
		err = s.cfg.MerchantLife.SetState(ctx, r.param("no"), to, r.user.Login, reason)
	}
	return s.merchantMoved(ctx, r, err, done)
}

// historyMessages bounds how many messages a timeline has.
const historyMessages = 200

// fillHistory puts audit and messages into one story, newest first.
func (s *Server) fillHistory(ctx context.Context, r *request, page *merchantFilePage) error {
	entries, err := s.cfg.MerchantDesk.MerchantTimeline(ctx, page.No)
	if err != nil {
		return err
	}
	messages, err := s.cfg.MerchantDesk.Messages(ctx, page.No, "", historyMessages)
	if err != nil {
		return err
	}
	var events []Event
	for _, e := range entries {
		events = append(events, r.lang.merchantEvent(e))
	}
	for _, m := range messages {
		events = append(events, r.lang.messageEvent(m))
	}
	slices.SortStableFunc(events, func(x, y Event) int { return x.Time.Compare(y.Time) })
	slices.Reverse(events)
	page.Events = paginate(events, r.query(), "events", r.rows())
	return nil
}

// merchantEvents are the tones of what happens to a merchant.
var merchantEvents = map[string]string{
	"merchant.created": Good, "merchant.suspended": Warn, "merchant.resumed": Good, "merchant.closed": Bad,
	"rate.proposed": Info, "rate.approved": Good, "rate.rejected": Idle, "rate.changed": Info,
	"account.requested": Info, "account.verification": Info, "account.amount_told": Info, "account.approved_first": Info, "account.approved": Good,
	"account.effective": Good, "account.refused": Bad, "account.withdrawn": Idle, "account.unproven": Bad, "account.revealed": Warn,
	"store.added": Good, "store.renamed": Info, "store.closed": Idle, "terminal.added": Good, "terminal.closed": Idle,
	"enrolment.requested": Info, "enrolment.pending": Info, "enrolment.accepted": Good, "enrolment.rejected": Bad,
}

// merchantEvent is an entry of the audit as operators read it; one without a text
// keeps the audit's word.
func (l lang) merchantEvent(e audit.Entry) Event {
	event, told := l.applyEvent(e.Action, e.After, e.Reason)
	if tone, ours := merchantEvents[e.Action]; ours {
		event = Event{Title: l.text("merchants.event." + e.Action), Tone: tone}
	} else if !told {
		event = l.reviewEvent(e.Action)
	}
	event.Time, event.By = e.At, e.Actor
	event.Text = joined(" · ", movement(l, e), e.Reason)
	return event
}

// movement says what changed, where the entry's values are more than words of state
// that its title repeats.
func movement(l lang, e audit.Entry) string {
	head, _, _ := strings.Cut(e.Action, ".")
	if head == "application" || head == "merchant" {
		return ""
	}
	return joined(" → ", e.Before, e.After)
}

// joined joins the texts that are not empty.
func joined(sep string, texts ...string) string {
	return strings.Join(slices.DeleteFunc(texts, func(t string) bool { return t == "" }), sep)
}

// messageEvent is a message to the merchant.
func (l lang) messageEvent(m merchants.Message) Event {
	title := m.Kind
	if _, known := merchantEvents[m.Kind]; known {
		title = l.text("merchants.event." + m.Kind)
	}
	text := l.text("merchants.unsent")
	if !m.SentAt.IsZero() {
		text = l.text("merchants.sent", showTime(m.SentAt))
	}
	if m.ReadBy != "" {
		text += " · " + l.text("merchants.read", m.ReadBy, showTime(m.ReadAt))
	}
	return Event{Time: m.CreatedAt, Title: l.text("merchants.message", title), Text: text, Tone: Idle}
}
