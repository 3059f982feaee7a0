package web

import (
	"context"
	"net/http"
	"time"

	"juma/merchants"
)

const messagesPath = "/merchant/messages"

// messagesPage is what messages.html shows.
type messagesPage struct {
	Rows   []messageRow
	Unread int    // of all, not of this page alone
	UpTo   string // the newest message on the page
	Pager  keyset
}

// messageRow is a message in the page's language.
type messageRow struct {
	Title, Text string
	At          time.Time
	Unread      bool
}

func (s *Server) messages(ctx context.Context, r *request) (response, error) {
	no, err := ownMerchant(r)
	if err != nil {
		return response{}, err
	}
	before := r.query().Get("before")
	all, err := s.cfg.Upkeep.Messages(ctx, no, before, r.rows()+1)
	if err != nil {
		return response{}, err
	}
	page := messagesPage{}
	if page.Unread, err = s.cfg.Upkeep.CountUnread(ctx, no); err != nil {
		return response{}, err
	}
	last := ""
	if len(all) > r.rows() {
		all = all[:r.rows()]
		last = all[len(all)-1].ID
	}
	for _, m := range all {
		page.Rows = append(page.Rows, r.lang.message(m))
	}
	if len(all) > 0 {
		page.UpTo = all[0].ID
	}
	page.Pager = r.keysetOf("before", last, "messages")
	return s.page(r, "messages", http.StatusOK, page), nil
}

// message says a message: its kind's title and text, filled with its parameters.
func (l lang) message(m merchants.Message) messageRow {
	key := string(m.Kind)
	row := messageRow{Title: l.text("message." + key), At: m.CreatedAt, Unread: m.ReadAt.IsZero()}
	row.Text = l.text("message."+key+".text", l.messageValues(m)...)
	return row
}

// messageValues are what the text of a message is filled with, in the text's order.
func (l lang) messageValues(m merchants.Message) []any {
	p := m.Params
	switch m.Kind {
	case "rate.changed":
		what := l.text("wallet." + p["channel"])
		if p["card_kind"] != "" {
			what += " " + l.text("apply.card."+p["card_kind"])
		}
		limit := l.text("upkeep.no_cap")
		if p["cap"] != "" && p["cap"] != "0.00" {
			limit = l.text("upkeep.cap", p["cap"])
		}
		return []any{what, p["from"], p["rate"], limit}
	case "account.requested":
		return []any{p["by"], p["account"]}
	case "account.approved":
		return []any{p["account"], p["at"], p["before"]}
	case "account.effective":
		return []any{p["account"]}
	case "account.unproven", "account.refused", "account.withdrawn":
		return []any{p["account"], l.endReason(p["reason"])}
	}
	return []any{l.endReason(p["reason"])}
}

// messagesRead marks what the page has shown as read, and nothing that came since.
func (s *Server) messagesRead(ctx context.Context, r *request) (response, error) {
	no, err := ownMerchant(r)
	if err != nil {
		return response{}, err
	}
	if err := s.cfg.Upkeep.ReadMessages(ctx, no, r.PostForm.Get("up_to"), r.user.Login); err != nil {
		return response{}, err
	}
	return s.withToast(redirect(http.StatusSeeOther, messagesPath), "messages_read"), nil
}
