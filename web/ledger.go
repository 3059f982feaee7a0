package web

import (
	"bytes"
	"context"
	"encoding/csv"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/internal/faultcsv"
	"juma/internal/ledger"
	"juma/internal/money"
)

// ledgerSeals is how many sealed days the page of the balance shows.
const ledgerSeals = 14

// ledgerPage is what ledger.html and ledger_accounts.html show.
type ledgerPage struct {
	Date     string // as it was asked for; "" is now
	Problems problems
	Trial    ledger.Trial
	Heads    []ledgerHead
	Seals    []ledger.Seal
	CSV, All string // addresses of the tables
	Head     ledgerHead
	Accounts pager[ledgerAccount]
}

// ledgerHead is a head of the chart in the reader's language.
type ledgerHead struct {
	ledger.HeadBalance
	Name, Where, Link string
	Net               money.Fen
}

// ledgerAccount is an account of a head.
type ledgerAccount struct {
	ledger.Balance
	Whose, Link string
	Net         money.Fen
}

// moment is the clearing date that was asked for, with everything before it; what is
// no date is shown as it was typed, and now is meant.
func (r *request) moment(page *ledgerPage) ledger.Moment {
	page.Date = strings.TrimSpace(r.query().Get("date"))
	if page.Date == "" {
		return ledger.Moment{}
	}
	d, err := bizdate.Parse(page.Date)
	if err != nil {
		page.Problems = problems{"date": "date"}
	}
	return ledger.Moment{Date: d}
}

// ledgerLink is an address of the book at the same moment.
func ledgerLink(path, date string, pairs ...string) string {
	q := url.Values{}
	if date != "" {
		q.Set("date", date)
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

func (s *Server) ledgerBalance(ctx context.Context, r *request) (response, error) {
	var page ledgerPage
	when := r.moment(&page)
	all, err := s.cfg.Book.BookBalances(ctx, when)
	if err != nil {
		return response{}, err
	}
	if page.Trial, err = ledger.NewTrial(all); err != nil {
		return response{}, err
	}
	for _, h := range page.Trial.Heads {
		page.Heads = append(page.Heads, r.lang.ledgerHead(h, page.Date))
	}
	if page.Seals, err = s.cfg.Book.BookSeals(ctx, 0, ledgerSeals); err != nil {
		return response{}, err
	}
	page.CSV = ledgerLink(ledgerPath+"/balance.csv", page.Date)
	page.All = ledgerLink(ledgerPath+"/balance.csv", page.Date, "accounts", "1")
	status := http.StatusOK
	if len(page.Problems) > 0 {
		status = http.StatusUnprocessableEntity
	}
	return s.page(r, "ledger", status, page), nil
}

func (l lang) ledgerHead(h ledger.HeadBalance, date string) ledgerHead {
	link := ledgerLink(ledgerPath+"/accounts", date, "head", string(h.Code))
	if h.Per == ledger.NoHolder {
		link = ledgerLink(ledgerPath+"/entries", date, "account", string(h.Code))
	}
	return ledgerHead{h, l.said(h.Name), l.said(h.Where), link, h.Net()}
}

// ledgerCSV is the balance by heads, or by accounts, as a table.
func (s *Server) ledgerCSV(ctx context.Context, r *request) (response, error) {
	var page ledgerPage
	all, err := s.cfg.Book.BookBalances(ctx, r.moment(&page))
	if err != nil {
		return response{}, err
	}
	if len(page.Problems) > 0 {
		return response{}, fault.Field("web.ledger", "date", page.Date, "want a day such as 2026-03-10")
	}
	trial, err := ledger.NewTrial(all)
	if err != nil {
		return response{}, err
	}
	table := ledger.TrialTable(trial)
	if r.query().Get("accounts") != "" {
		table = ledger.AccountTable(all)
	}
	var b bytes.Buffer
	b.WriteString("\uFEFF") // spreadsheets then read UTF-8
	w := csv.NewWriter(&b)
	for _, row := range table {
		for i := range row {
			row[i] = faultcsv.Text(row[i])
		}
		_ = w.Write(row) // Error below tells
	}
	w.Flush()
	return csvFile("balance.csv", b.Bytes()), w.Error()
}

// ledgerAccounts lists the accounts of a head.
func (s *Server) ledgerAccounts(ctx context.Context, r *request) (response, error) {
	var page ledgerPage
	when := r.moment(&page)
	head, ok := ledger.HeadOf(ledger.Account(r.query().Get("head")))
	if !ok {
		return response{}, fault.New("web.ledger", fault.NotFound, "the chart of accounts has no such head")
	}
	all, err := s.cfg.Book.BookBalances(ctx, when)
	if err != nil {
		return response{}, err
	}
	all = slices.DeleteFunc(all, func(b ledger.Balance) bool { h, _ := ledger.HeadOf(b.Account); return h.Code != head.Code })
	trial, err := ledger.NewTrial(all)
	if err != nil {
		return response{}, err
	}
	i := slices.IndexFunc(trial.Heads, func(h ledger.HeadBalance) bool { return h.Code == head.Code })
	page.Head = r.lang.ledgerHead(trial.Heads[i], page.Date)
	var rows []ledgerAccount
	for _, b := range all {
		link := ledgerLink(ledgerPath+"/entries", page.Date, "account", string(b.Account))
		rows = append(rows, ledgerAccount{b, b.Account.Whose(), link, b.Net(head.Normal)})
	}
	page.Accounts = paginate(rows, r.query(), "accounts", r.rows())
	return s.page(r, "ledger_accounts", http.StatusOK, page), nil
}

// ledgerEntriesPage is what ledger_entries.html shows.
type ledgerEntriesPage struct {
	Account ledger.Account
	Name    string
	Back    string // to the balance at the same moment
	Rows    []ledgerEntry
	Pager   keyset
}

// ledgerEntry is an entry as an account sees it.
type ledgerEntry struct {
	ledger.Entry
	What          string
	Debit, Credit money.Fen
	Against       []ledger.Account
}

// ledgerEntries lists the entries of an account, the last first.
func (s *Server) ledgerEntries(ctx context.Context, r *request) (response, error) {
	var asked ledgerPage
	when := r.moment(&asked)
	account := ledger.Account(r.query().Get("account"))
	head, ok := ledger.HeadOf(account)
	if !ok {
		return response{}, fault.New("web.ledger", fault.NotFound, "the chart of accounts has no such account")
	}
	found, err := s.cfg.Book.BookEntries(ctx, account, when, r.query().Get("before"), r.rows()+1)
	if err != nil {
		return response{}, err
	}
	last := ""
	if len(found) > r.rows() {
		found = found[:r.rows()]
		last = found[len(found)-1].ID
	}
	page := ledgerEntriesPage{Account: account, Name: r.lang.said(head.Name), Back: ledgerLink(ledgerPath, asked.Date), Pager: r.keysetOf("before", last, "entries")}
	for _, e := range found {
		page.Rows = append(page.Rows, r.lang.ledgerEntry(e, account))
	}
	return s.page(r, "ledger_entries", http.StatusOK, page), nil
}

func (l lang) ledgerEntry(e ledger.Entry, account ledger.Account) ledgerEntry {
	row := ledgerEntry{Entry: e}
	for _, line := range e.Lines {
		if line.Account == account {
			row.Debit, row.Credit = row.Debit+line.Debit, row.Credit+line.Credit
		} else {
			row.Against = append(row.Against, line.Account)
		}
	}
	for _, rule := range ledger.Rules {
		if rule.Kind == e.Kind {
			row.What = l.said(rule.What)
		}
	}
	return row
}

// ledgerRulesPage is what ledger_rules.html shows.
type ledgerRulesPage struct {
	Heads []ledgerHead
	Rules []ledgerRule
}

// ledgerRule is a posting rule in the reader's language.
type ledgerRule struct {
	ledger.Rule
	Says string
}

// ledgerRules shows the chart of accounts and the posting rules, out of the tables
// by which entries are made.
func (s *Server) ledgerRules(_ context.Context, r *request) (response, error) {
	var page ledgerRulesPage
	for _, h := range ledger.Chart {
		page.Heads = append(page.Heads, r.lang.ledgerHead(ledger.HeadBalance{Head: h}, ""))
	}
	for _, rule := range ledger.Rules {
		page.Rules = append(page.Rules, ledgerRule{rule, r.lang.said(rule.What)})
	}
	return s.page(r, "ledger_rules", http.StatusOK, page), nil
}
