package web

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"juma/acquiring"
	"juma/acquiring/channel"
	"juma/internal/access"
	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/internal/money"
)

// listBack is how far back the list of all payments goes when neither a day nor a
// merchant or plate is asked for: an index answers for a week, not for years.
const listBack = 7 * 24 * time.Hour

// paymentStates are all states of a payment, the open ones first.
var paymentStates = slices.Concat(acquiring.PaymentMoves.Open(), acquiring.PaymentMoves.Final)

// paymentsPage is what payments.html shows: the list, or what a search found.
type paymentsPage struct {
	Rows     []paymentRow
	Filter   Filters
	On       paymentFilter
	States   []Option
	Channels []Option
	Wallets  []Option
	Pager    keyset
	Searched bool
	More     bool // more is found than is shown
	Code     string
	Problems problems
}

// paymentRow is a payment with whose it is and, when it was searched for, what it
// was found by.
type paymentRow struct {
	acquiring.FoundPayment
	Merchant string
}

// paymentFilter is the filter as it stands in the address.
type paymentFilter struct{ Day, State, Channel, Wallet, Least, Most, Merchant, Plate string }

func (s *Server) paymentList(ctx context.Context, r *request) (response, error) {
	page := s.paymentsPage(r)
	query, err := s.paymentQuery(ctx, r, &page)
	if err != nil {
		return response{}, err
	}
	var rows []acquiring.Payment
	if len(page.Problems) == 0 {
		if rows, err = s.cfg.PaymentDesk.FindPayments(ctx, query); err != nil {
			return response{}, err
		}
	}
	last := ""
	if len(rows) > r.rows() {
		rows = rows[:r.rows()]
		last = rows[len(rows)-1].OrderNo
	}
	for _, p := range rows {
		if err := s.addPayment(ctx, &page, acquiring.FoundPayment{Payment: p}); err != nil {
			return response{}, err
		}
	}
	page.Pager = r.keysetOf("before", last, "payments")
	status := http.StatusOK
	if len(page.Problems) > 0 {
		status = http.StatusUnprocessableEntity
	}
	return s.page(r, "payments", status, page), nil
}

func (s *Server) addPayment(ctx context.Context, page *paymentsPage, f acquiring.FoundPayment) error {
	name, err := s.shortName(ctx, f.MerchantNo)
	page.Rows = append(page.Rows, paymentRow{f, name})
	return err
}

// paymentsPage is the page with its filters as the address has them.
func (s *Server) paymentsPage(r *request) paymentsPage {
	q := r.query()
	of := func(name string) string { return strings.TrimSpace(q.Get(name)) }
	page := paymentsPage{Problems: problems{}, On: paymentFilter{
		Day: of("day"), State: of("state"), Channel: of("channel"), Wallet: of("wallet"), Least: of("least"), Most: of("most"), Merchant: of("merchant"), Plate: of("plate"),
	}}
	page.States = options(r.lang, "payments.state.", paymentStates)
	page.Channels = options(r.lang, "channel.", s.cfg.Channels)
	page.Wallets = options(r.lang, "wallet.", channel.Wallets)
	page.Filter = r.filters(r.lang.text("payments.filter"), r.paymentChips(page), "before")
	page.Filter.Action = paymentsPath
	return page
}

// options are the words of a family as answers.
func options[T ~string](l lang, prefix string, values []T) []Option {
	var all []Option
	for _, v := range values {
		all = append(all, option(v, l.text(prefix+string(v))))
	}
	return all
}

// paymentChips are the filters that are on.
func (r *request) paymentChips(page paymentsPage) []filterOn {
	named := func(all []Option, value string) string {
		for _, o := range all {
			if o.Value == value {
				return o.Text
			}
		}
		return value
	}
	on := page.On
	return []filterOn{
		{"day", r.lang.text("payments.day"), on.Day},
		{"state", r.lang.text("col.state"), named(page.States, on.State)},
		{"channel", r.lang.text("col.channel"), named(page.Channels, on.Channel)},
		{"wallet", r.lang.text("payments.wallet"), named(page.Wallets, on.Wallet)},
		{"least", r.lang.text("payments.least"), on.Least},
		{"most", r.lang.text("payments.most"), on.Most},
		{"merchant", r.lang.text("plates.merchant_no"), on.Merchant},
		{"plate", r.lang.text("plates.serial"), on.Plate},
	}
}

// paymentQuery reads the filters; what cannot be read is a problem of its field.
func (s *Server) paymentQuery(ctx context.Context, r *request, page *paymentsPage) (acquiring.PaymentQuery, error) {
	on := page.On
	q := acquiring.PaymentQuery{MerchantNo: on.Merchant, Before: r.query().Get("before"), Limit: r.rows() + 1}
	if st := acquiring.PaymentState(on.State); slices.Contains(paymentStates, st) {
		q.State = st
	}
	if ch := channel.Name(on.Channel); slices.Contains(s.cfg.Channels, ch) {
		q.Channel = ch
	}
	if w := channel.Wallet(on.Wallet); slices.Contains(channel.Wallets, w) {
		q.Wallet = w
	}
	page.readBand(&q)
	if on.Plate != "" {
		plate, _, err := s.cfg.PlateRecords.PlateBySerial(ctx, on.Plate)
		switch {
		case fault.Is(err, fault.NotFound):
			page.Problems["plate"] = "plate_not_found"
		case err != nil:
			return q, err
		}
		q.PlateKey = plate.Key
	}
	switch day, err := bizdate.Parse(on.Day); {
	case on.Day != "" && err != nil:
		page.Problems["day"] = "payment_day"
	case on.Day != "":
		q = q.OnDay(day)
	case q.MerchantNo == "" && q.PlateKey == "":
		q.Since = s.cfg.Clock.Now().Add(-listBack)
	}
	return q, nil
}

// readBand reads the band of amounts.
func (page *paymentsPage) readBand(q *acquiring.PaymentQuery) {
	for _, bound := range []struct {
		name, typed string
		into        *money.Fen
	}{{"least", page.On.Least, &q.Least}, {"most", page.On.Most, &q.Most}} {
		if bound.typed == "" {
			continue
		}
		var err error
		if *bound.into, err = readAmount(bound.typed); err != nil {
			page.Problems[bound.name] = "amount"
		}
	}
}

// paymentFind shows what a number leads to. One payment is shown itself, a merchant
// or a plate by its list.
func (s *Server) paymentFind(ctx context.Context, r *request) (response, error) {
	typed := strings.TrimSpace(r.PostForm.Get("q"))
	if typed == "" || len(typed) > maxTypedCode {
		return s.foundPayments(ctx, r, nil)
	}
	found, err := s.cfg.PaymentDesk.SearchPayments(ctx, typed, maxHits+1)
	if err != nil {
		return response{}, err
	}
	if len(found) == 1 {
		return redirect(http.StatusSeeOther, paymentPath(found[0].OrderNo)), nil
	}
	if len(found) == 0 {
		if _, err := s.cfg.Merchants.Merchant(ctx, typed); err == nil {
			return redirect(http.StatusSeeOther, linkedList("merchant", typed)), nil
		} else if !fault.Is(err, fault.NotFound) {
			return response{}, err
		}
		switch p, _, err := s.findPlate(ctx, typed); {
		case err == nil:
			return redirect(http.StatusSeeOther, linkedList("plate", p.Serial)), nil
		case !fault.Is(err, fault.NotFound) && !fault.Is(err, fault.Invalid):
			return response{}, err
		}
	}
	return s.foundPayments(ctx, r, found)
}

// foundPayments lists what was found.
func (s *Server) foundPayments(ctx context.Context, r *request, found []acquiring.FoundPayment) (response, error) {
	page := s.paymentsPage(r)
	page.Searched, page.More = true, len(found) > maxHits
	for _, f := range found[:min(len(found), maxHits)] {
		if err := s.addPayment(ctx, &page, f); err != nil {
			return response{}, err
		}
	}
	status := http.StatusOK
	if len(found) == 0 {
		status, page.Code = http.StatusUnprocessableEntity, "payment_not_found"
	}
	return s.page(r, "payments", status, page), nil
}

func paymentPath(no string) string { return paymentsPath + "/" + no }

// linkedList is the list narrowed to what a filter names.
func linkedList(filter, value string) string { return paymentsPath + linkWith(nil, filter, value) }

// findPayments finds payments for the console's search.
func (s *Server) findPayments(ctx context.Context, r *request, typed string) ([]hit, error) {
	found, err := s.cfg.PaymentDesk.SearchPayments(ctx, typed, maxHits+1)
	var hits []hit
	for _, f := range found {
		no, kind := f.OrderNo, textKey("merchants.hit.payment")
		if f.RefundNo != "" {
			no, kind = f.RefundNo, textKey("merchants.hit.refund")
		}
		text := joined(" · ", r.lang.text("payments.by."+string(f.By)), f.Amount.Yuan(), f.MerchantNo)
		exact := f.By != acquiring.FoundByTrace && f.By != acquiring.FoundByPayer
		hits = append(hits, hit{Kind: kind, Title: no, Text: text, Path: paymentPath(no), Exact: exact})
	}
	return hits, err
}

// readsPayments tells whether somebody has the pages of payments.
func readsPayments(u access.User) bool { return slices.Contains(paymentReaders, u.Role) }

// mayAsk tells whether somebody may ask the wallets.
func mayAsk(u access.User) bool { return slices.Contains(paymentKeepers, u.Role) }
