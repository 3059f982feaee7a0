package web

import (
	"context"
	"net/http"
	"strings"
	"time"

	"juma/acquiring"
	"juma/acquiring/channel"
	"juma/internal/fault"
)

// overdue is the age at which an order that is not final needs somebody: it can be
// paid for a quarter of an hour, and the sweep has closed or found it soon after.
const overdue = 30 * time.Minute

// openAges are the ages that the queue can be narrowed to, in minutes.
var openAges = map[string]time.Duration{"1": time.Minute, "5": 5 * time.Minute, "30": overdue, "1440": 24 * time.Hour}

// openPage is what payments_open.html shows.
type openPage struct {
	Rows     []openRow
	Filter   Filters
	Age      string
	Ages     []Option
	Channel  string
	Channels []Option
	More     bool
	Acts     bool
	Code     string
	Problems problems
	Typed    string
}

// openRow is what waits, with whose it is and for how long.
type openRow struct {
	acquiring.OpenOrder
	Merchant string
	Age      time.Duration
}

// countOpen is how many payments and refunds are not final although they should be.
func (s *Server) countOpen(ctx context.Context) (int, error) {
	return s.cfg.PaymentDesk.CountOpen(ctx, s.cfg.Clock.Now().Add(-overdue))
}

func (s *Server) openList(ctx context.Context, r *request) (response, error) {
	return s.showOpen(ctx, r, http.StatusOK, openPage{})
}

func (s *Server) showOpen(ctx context.Context, r *request, status int, page openPage) (response, error) {
	q, now := r.query(), s.cfg.Clock.Now()
	query := acquiring.OpenQuery{Until: now, Limit: r.rows() + 1}
	for _, age := range []string{"1", "5", "30", "1440"} {
		page.Ages = append(page.Ages, option(age, r.lang.text("payments.age."+age)))
	}
	if age, known := openAges[q.Get("age")]; known {
		page.Age, query.Until = q.Get("age"), now.Add(-age)
	}
	page.Channels = options(r.lang, "channel.", s.cfg.Channels)
	for _, ch := range s.cfg.Channels {
		if q.Get("channel") == string(ch) {
			page.Channel, query.Channel = string(ch), ch
		}
	}
	open, err := s.cfg.PaymentDesk.OpenOrders(ctx, query)
	if err != nil {
		return response{}, err
	}
	page.More = len(open) > r.rows()
	for _, o := range open[:min(len(open), r.rows())] {
		name, err := s.shortName(ctx, o.MerchantNo)
		if err != nil {
			return response{}, err
		}
		page.Rows = append(page.Rows, openRow{o, name, now.Sub(o.CreatedAt).Truncate(time.Second)})
	}
	page.Filter = r.filters(r.lang.text("payments.open_filter"), r.openChips(page))
	page.Filter.Action = openPath
	page.Acts = mayAsk(r.user)
	return s.page(r, "payments_open", status, page), nil
}

func (r *request) openChips(page openPage) []filterOn {
	on := []filterOn{{Param: "age", Label: r.lang.text("payments.age")}, {Param: "channel", Label: r.lang.text("col.channel")}}
	if page.Age != "" {
		on[0].Text = r.lang.text("payments.age." + page.Age)
	}
	if page.Channel != "" {
		on[1].Text = r.lang.text("channel." + page.Channel)
	}
	return on
}

// openAsk asks the wallet about one row of the queue now.
func (s *Server) openAsk(ctx context.Context, r *request) (response, error) {
	kind, no, named := strings.Cut(r.PostForm.Get("order"), "/")
	reason := strings.TrimSpace(r.PostForm.Get("reason"))
	if line := channel.LineKind(kind); !named || line != channel.PaymentLine && line != channel.RefundLine {
		return response{}, fault.Field("web.openAsk", "order", kind, "want payment or refund, and a number")
	}
	page := openPage{Typed: reason}
	switch err := s.cfg.PaymentOffice.AskAgain(ctx, channel.LineKind(kind), no, r.user.Login, reason); {
	case err == nil:
		return s.withToast(redirect(http.StatusSeeOther, openPath), "payment_asked"), nil
	case faultField(err) == "reason":
		page.Problems = problems{"reason": "why_needed"}
		return s.showOpen(ctx, r, http.StatusUnprocessableEntity, page)
	case fault.Is(err, fault.Unavailable):
		page.Code = "channel_away"
		return s.showOpen(ctx, r, http.StatusOK, page)
	default:
		return response{}, err
	}
}
