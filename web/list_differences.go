package web

import (
	"bytes"
	"context"
	"encoding/csv"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"juma/acquiring/channel"
	"juma/clearing"
	"juma/clearing/cases"
	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/internal/faultcsv"
	"juma/internal/ledger"
)

// differencesPage is what differences.html shows.
type differencesPage struct {
	Rows     pager[differenceRow]
	Signs    []signTotal
	Filter   Filters
	On       differenceFilter
	Classes  []Option
	Channels []Option
	SignsOf  []Option
	States   []Option
	Owners   []Option
	Ages     []Option
	CSV      string // address of the list as a table
	Works    bool   // the reader may work on them
	Bulk     []Option
	Done     int       // of a selection with which something was done
	Refused  []refusal // of it, and why
	Code     string
	Problems problems
	Typed    proposalForm
	Chosen   []string
}

// differenceFilter is the filter as it stands in the address.
type differenceFilter struct{ Class, Channel, Sign, State, Owner, Date, Age string }

// differenceRow is a case with its sentence and whose it is.
type differenceRow struct {
	cases.Row
	Says     string
	Merchant string
	Chosen   bool
}

// signTotal sums up what has one sign.
type signTotal struct {
	Sign cases.Sign
	cases.Total
}

// refusal is a case of a selection with which nothing was done.
type refusal struct {
	ItemID string
	Why    string
}

// differenceAges are the ages that the list can be narrowed to, in working days.
var differenceAges = []string{"1", "2", "3", "5", "10"}

// bulkActions are those that need nothing of the single case.
var bulkActions = []cases.Action{cases.Wait, cases.AcceptLate, cases.SettleIt, cases.Reverse, cases.WriteOff, cases.NoMoney}

// countDifferences is how many wait. It is asked for every page, so it counts rows
// and reads none.
func (s *Server) countDifferences(ctx context.Context) (int, error) {
	return s.cfg.Differences.Waiting(ctx)
}

func (s *Server) differenceList(ctx context.Context, r *request) (response, error) {
	return s.showDifferences(ctx, r, http.StatusOK, differencesPage{})
}

func (s *Server) showDifferences(ctx context.Context, r *request, status int, page differencesPage) (response, error) {
	filter := s.differencesPage(r, &page)
	page.Works = slices.Contains(differenceWorkers, r.user.Role)
	if page.Problems == nil {
		page.Problems = problems{}
	}
	q, err := s.cfg.Differences.Queue(ctx, filter)
	if err != nil {
		return response{}, err
	}
	for _, sign := range cases.Signs {
		page.Signs = append(page.Signs, signTotal{sign, q.Signs[sign]})
	}
	cut := paginate(q.Rows, r.query(), "page", r.rows())
	page.Rows = pager[differenceRow]{Total: cut.Total, First: cut.First, Last: cut.Last, Prev: cut.Prev, Next: cut.Next, Sizes: cut.Sizes}
	for _, row := range cut.Rows {
		name, err := s.shortName(ctx, row.Item.MerchantNo)
		if err != nil {
			return response{}, err
		}
		page.Rows.Rows = append(page.Rows.Rows, differenceRow{row, r.lang.said(cases.Explain(row.Item)), name, slices.Contains(page.Chosen, row.Item.ID)})
	}
	return s.page(r, "differences", status, page), nil
}

// said is a sentence in the reader's language.
func (l lang) said(w ledger.Words) string {
	if l == en {
		return w.English
	}
	return w.Chinese
}

// differencesPage fills in the filters and what they can be; it returns them as the
// service knows them. What is no word of a list leaves it open.
func (s *Server) differencesPage(r *request, page *differencesPage) cases.Filter {
	q := r.query()
	of := func(name string) string { return strings.TrimSpace(q.Get(name)) }
	on := differenceFilter{of("class"), of("channel"), of("sign"), of("state"), of("owner"), of("date"), of("age")}
	page.On = on
	page.Classes = options(r.lang, "kind.", clearing.Kinds)
	page.Channels = options(r.lang, "channel.", s.cfg.Channels)
	page.SignsOf = options(r.lang, "sign.", cases.Signs)
	page.States = options(r.lang, "case.", cases.States[:len(cases.States)-1])
	page.Owners = []Option{option(r.user.Login, r.lang.text("differences.mine")), option(cases.Nobody, r.lang.text("differences.nobody"))}
	page.Bulk = options(r.lang, "act.", bulkActions)
	for _, age := range differenceAges {
		page.Ages = append(page.Ages, option(age, r.lang.text("differences.age_from", age)))
	}
	f := cases.Filter{
		Class: known(page.Classes, on.Class, clearing.Class("")), Channel: known(page.Channels, on.Channel, channel.Name("")),
		Sign: known(page.SignsOf, on.Sign, cases.Sign("")), State: known(page.States, on.State, cases.State("")), Owner: on.Owner,
	}
	if d, err := bizdate.Parse(on.Date); err == nil {
		f.Date = d
	}
	if n, err := strconv.Atoi(on.Age); err == nil {
		f.MinAge = n
	}
	page.Filter = r.filters(r.lang.text("differences.filter"), r.differenceChips(*page), "page")
	page.Filter.Action = differencesPath
	page.CSV = differencesPath + "/list.csv?" + strings.TrimPrefix(linkWith(q, "page", ""), "?")
	return f
}

// known is a value that is one of the options, else none.
func known[T ~string](all []Option, value string, none T) T {
	if slices.ContainsFunc(all, func(o Option) bool { return o.Value == value }) {
		return T(value)
	}
	return none
}

func (r *request) differenceChips(page differencesPage) []filterOn {
	named := func(all []Option, value string) string {
		for _, o := range all {
			if o.Value == value {
				return o.Text
			}
		}
		return value
	}
	on, text := page.On, r.lang.text
	return []filterOn{
		{"class", text("col.kind"), named(page.Classes, on.Class)},
		{"channel", text("col.channel"), named(page.Channels, on.Channel)},
		{"sign", text("differences.sign"), named(page.SignsOf, on.Sign)},
		{"state", text("col.state"), named(page.States, on.State)},
		{"owner", text("differences.owner"), named(page.Owners, on.Owner)},
		{"date", text("col.clearing_date"), on.Date},
		{"age", text("differences.age"), named(page.Ages, on.Age)},
	}
}

// differenceCSV is the filtered list as a table, with texts that no spreadsheet
// computes.
func (s *Server) differenceCSV(ctx context.Context, r *request) (response, error) {
	var page differencesPage
	q, err := s.cfg.Differences.Queue(ctx, s.differencesPage(r, &page))
	if err != nil {
		return response{}, err
	}
	var b bytes.Buffer
	b.WriteString("\uFEFF") // spreadsheets then read UTF-8
	w := csv.NewWriter(&b)
	_ = w.Write([]string{"id", "clearing_date", "channel", "class", "sign", "difference_yuan", "kind", "order_no", "merchant_no", "ours_yuan", "theirs_yuan", "file", "line", "state", "owner", "age_workdays", "says"})
	for _, row := range q.Rows {
		it := row.Item
		side := func(there bool, yuan string) string {
			if !there {
				return ""
			}
			return yuan
		}
		_ = w.Write([]string{it.ID, it.Date.String(), string(it.Channel), string(it.Class), string(row.Sign), row.Money.Yuan(), string(it.Kind), faultcsv.Text(it.OrderNo), it.MerchantNo,
			side(it.Ours, it.OursAmount.Yuan()), side(it.Theirs, it.TheirsAmount.Yuan()), faultcsv.Text(it.File), strconv.Itoa(it.LineNo), string(row.State), row.Owner, strconv.Itoa(row.Age), r.lang.said(cases.Explain(it))})
	}
	w.Flush()
	return csvFile("differences.csv", b.Bytes()), w.Error()
}

// maxChosen bounds a selection.
const maxChosen = 500

// differenceBulk does the same with every case that was chosen. What was refused
// for some is shown with its reason.
func (s *Server) differenceBulk(ctx context.Context, r *request) (response, error) {
	page := differencesPage{Chosen: r.PostForm["id"], Typed: readProposal(r), Problems: problems{}}
	if len(page.Chosen) > maxChosen {
		page.Chosen = page.Chosen[:maxChosen]
	}
	var refused []cases.Refusal
	var err error
	done := "difference_taken"
	switch r.PostForm.Get("do") {
	case "take":
		page.Done, refused, err = s.cfg.Differences.Take(ctx, page.Chosen, r.user.Login)
	case "comment":
		done = "difference_commented"
		page.Done, refused, err = s.cfg.Differences.Comment(ctx, page.Chosen, r.user.Login, page.Typed.Reason)
	default:
		done = "difference_proposed"
		var p cases.Proposal
		if p = page.Typed.proposal(page.Problems); !slices.Contains(bulkActions, p.Action) {
			page.Problems["action"] = "difference_action"
		}
		if len(page.Problems) == 0 {
			page.Done, refused, err = s.cfg.Differences.Propose(ctx, page.Chosen, p, r.user.Login)
		}
	}
	switch {
	case fault.Is(err, fault.Invalid):
		page.Problems[faultField(err)] = differenceProblem(faultField(err))
	case err != nil:
		return response{}, err
	}
	if len(refused) == 0 && len(page.Problems) == 0 {
		return s.withToast(redirect(http.StatusSeeOther, differencesPath), done), nil
	}
	for _, f := range refused {
		page.Refused = append(page.Refused, refusal{f.ItemID, r.lang.whyNot(f.Err)})
	}
	if len(page.Problems) > 0 {
		return s.showDifferences(ctx, r, http.StatusUnprocessableEntity, page)
	}
	return s.showDifferences(ctx, r, http.StatusOK, page)
}

// differenceProblem is the text code for a field that the service refuses.
func differenceProblem(field string) string {
	switch field {
	case "reason", "note":
		return "why_needed"
	case "ids":
		return "difference_none"
	}
	return "difference_" + field
}

// whyNot says in the reader's language why nothing was done about a case.
func (l lang) whyNot(err error) string {
	if why := cases.WhyOf(err); why != "" {
		return l.text("whynot." + string(why))
	}
	if fault.Is(err, fault.Conflict) {
		return l.text("error.difference_moved")
	}
	_, code := classify(err)
	return l.text("error." + code)
}

// differenceFind leads from a payment's number to its difference, or to what
// settled it, where a dispute can be opened.
func (s *Server) differenceFind(ctx context.Context, r *request) (response, error) {
	no := strings.TrimSpace(r.PostForm.Get("order_no"))
	q, err := s.cfg.Differences.Queue(ctx, cases.Filter{})
	if err != nil {
		return response{}, err
	}
	for _, row := range q.Rows {
		if row.Item.OrderNo == no {
			return redirect(http.StatusSeeOther, differencesPath+"/"+row.Item.ID), nil
		}
	}
	id, err := s.cfg.Differences.SettledItem(ctx, no)
	switch {
	case faultField(err) == "order_no":
		return s.showDifferences(ctx, r, http.StatusUnprocessableEntity, differencesPage{Problems: problems{"order_no": "difference_order"}})
	case err != nil:
		return response{}, err
	}
	return redirect(http.StatusSeeOther, differencesPath+"/"+id), nil
}
