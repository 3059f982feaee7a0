package web

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"juma/acquiring/channel"
	"juma/clearing"
	"juma/clearing/intake"
	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/internal/money"
)

const (
	// statementsShown bounds the files of a day on the page, those first that want a
	// person; missingShown bounds the accounts that are named.
	statementsShown, missingShown = 200, 8
	quarantineShown               = 50
)

// statementsPage is what statements.html shows.
type statementsPage struct {
	Date, Before, After bizdate.Date
	Channels            []channelFiles
	Files               []clearing.StatementRow
	Total               int // files of the day
	Waiting             []clearing.StatementRow
	MayBring            bool
	Taken               []clearing.Taken // what became of what was just brought
	Names               []Option
	Typed               statementForm
	Problems            problems
}

// statementForm is what is said about a file that is brought.
type statementForm struct{ Channel, Date, Digest string }

type channelFiles struct {
	clearing.ChannelFiles
	Shown                     []string // of the missing accounts
	Present, Waiting, Refused int
}

func (s *Server) statementDay(ctx context.Context, r *request) (response, error) {
	return s.showStatements(ctx, r, http.StatusOK, statementsPage{})
}

func (s *Server) showStatements(ctx context.Context, r *request, status int, page statementsPage) (response, error) {
	if page.Date == 0 {
		page.Date = s.yesterday()
		if d, err := bizdate.Parse(r.query().Get("date")); err == nil {
			page.Date = d
		}
	}
	page.Before, page.After = page.Date.AddDays(-1), page.Date.AddDays(1)
	page.MayBring = slices.Contains(statementKeepers, r.user.Role)
	page.Names = s.channelOptions(r)
	var err error
	if page.Waiting, err = s.cfg.StatementOffice.Quarantine(ctx, quarantineShown); err != nil {
		return response{}, err
	}
	if page.Files, err = s.cfg.StatementOffice.StatementFiles(ctx, page.Date); err != nil {
		return response{}, err
	}
	days, err := s.cfg.StatementOffice.StatementDay(ctx, page.Date)
	if err != nil {
		return response{}, err
	}
	for _, day := range days {
		page.Channels = append(page.Channels, filesOf(day, page.Files))
	}
	page.Total = len(page.Files)
	slices.SortStableFunc(page.Files, func(a, b clearing.StatementRow) int { return cmp.Compare(rankOf(a.State), rankOf(b.State)) })
	page.Files = page.Files[:min(len(page.Files), statementsShown)]
	return s.page(r, "statements", status, page), nil
}

// rankOf puts what wants a person first and what is history last.
func rankOf(state intake.State) int {
	return slices.Index([]intake.State{intake.Quarantined, intake.Held, intake.Staged, intake.Matched, intake.Refused, intake.Superseded}, state)
}

func filesOf(day clearing.ChannelFiles, files []clearing.StatementRow) channelFiles {
	out := channelFiles{ChannelFiles: day, Shown: day.Missing[:min(len(day.Missing), missingShown)], Present: day.Expected - len(day.Missing)}
	for _, f := range files {
		switch {
		case f.Channel != day.Channel:
		case f.State == intake.Quarantined:
			out.Waiting++
		case f.State == intake.Refused:
			out.Refused++
		}
	}
	return out
}

func (s *Server) countQuarantine(ctx context.Context) (int, error) {
	rows, err := s.cfg.StatementOffice.Quarantine(ctx, quarantineShown)
	return len(rows), err
}

// statementImport takes a file in and shows what became of it.
func (s *Server) statementImport(ctx context.Context, r *request) (response, error) {
	page := statementsPage{Problems: problems{}, Typed: statementForm{r.PostForm.Get("channel"), r.PostForm.Get("date"), strings.TrimSpace(r.PostForm.Get("digest"))}}
	in := intake.File{Channel: channel.Name(page.Typed.Channel), Digest: page.Typed.Digest}
	if in.Channel != "" && !slices.Contains(s.cfg.Channels, in.Channel) {
		page.Problems["channel"] = "statement_channel"
	}
	if page.Typed.Date != "" {
		d, err := bizdate.Parse(page.Typed.Date)
		if err != nil {
			page.Problems["date"] = "statement_date"
		}
		in.Date, page.Date = d, d
	}
	file, header, err := r.FormFile("statement")
	if err != nil {
		page.Problems["statement"] = "statement_none"
	}
	if len(page.Problems) > 0 {
		return s.showStatements(ctx, r, http.StatusUnprocessableEntity, page)
	}
	defer file.Close()
	in.Name = header.Filename
	if in.Data, err = io.ReadAll(file); err != nil {
		return response{}, fault.Wrap("web.statementImport", fault.Invalid, err)
	}
	if page.Taken, err = s.cfg.StatementOffice.Import(ctx, in, r.user.Login); err != nil {
		return response{}, err
	}
	status := http.StatusOK
	for _, t := range page.Taken {
		if t.Row.Date != 0 {
			page.Date = t.Row.Date
		}
		if t.Row.Unusable() != nil {
			status = http.StatusUnprocessableEntity
		}
	}
	return s.showStatements(ctx, r, status, page)
}

// whyNot says in the reader's language why a file is not used; the finding itself,
// which names line, field and value, stands below it.
func whyNot(f clearing.StatementRow) string {
	if f.Findings.Problem == nil {
		return ""
	}
	if f.State == intake.Quarantined && f.Findings.Unknown == nil {
		return "whole"
	}
	reasons := map[string]string{"digest": "digest", "size": "empty", "archive": "archive", "zip": "archive", "gzip": "archive", "entry": "archive", "entries": "archive",
		"line": "cut", "encoding": "cut", "header": "layout", "channel": "other", "date": "other", "file name": "other", "merchant": "other", "time": "other"}
	return cmp.Or(reasons[f.Findings.Problem.Field], "content")
}

// whyNots lists what whyNot can say.
var whyNots = []string{"whole", "digest", "empty", "archive", "cut", "layout", "other", "content"}

// differing are the columns that a reader stumbles over; same counts the others.
func differing(f clearing.StatementRow) (odd []intake.Column, same int) {
	if f.Findings.Unknown == nil {
		return nil, 0
	}
	for _, c := range f.Findings.Unknown.Columns {
		if c.What == intake.Same {
			same++
		} else {
			odd = append(odd, c)
		}
	}
	return odd, same
}

// statementPage is what statement.html shows.
type statementPage struct {
	F          clearing.StatementRow
	WhyNot     string
	Odd        []intake.Column // of the header that differ; Same counts the others
	Same       int
	All        []clearing.Clearance // newest first
	Open       *clearing.Clearance
	MayPropose bool
	MayDecide  bool
	Own        bool // the reader proposed what is open
	Names      []Option
	Typed      clearanceForm
	Says       string // what a trial of the proposal found
	Code       string
	Problems   problems
}

// clearanceForm is a proposal as it was typed.
type clearanceForm struct{ Channel, Merchant, Date, Map, Rows, Sum, Reason string }

func (s *Server) statementFile(ctx context.Context, r *request) (response, error) {
	return s.showStatement(ctx, r, http.StatusOK, statementPage{})
}

func (s *Server) showStatement(ctx context.Context, r *request, status int, page statementPage) (response, error) {
	var err error
	if page.F, page.All, err = s.cfg.StatementOffice.StatementFile(ctx, r.param("id")); err != nil {
		return response{}, err
	}
	page.WhyNot = whyNot(page.F)
	page.Odd, page.Same = differing(page.F)
	for i, c := range page.All {
		if c.State == clearing.Proposed {
			page.Open = &page.All[i]
			page.Own = c.ProposedBy == r.user.Login
		}
	}
	waits := page.F.State == intake.Quarantined
	page.MayPropose = waits && page.Open == nil && slices.Contains(statementKeepers, r.user.Role)
	page.MayDecide = waits && page.Open != nil && !page.Own && slices.Contains(statementDeciders, r.user.Role)
	page.Names = s.channelOptions(r)
	if page.MayPropose && page.Typed == (clearanceForm{}) {
		page.Typed.Channel = string(page.F.Channel)
		if page.F.Date != 0 {
			page.Typed.Date = page.F.Date.String()
		}
		if page.Typed.Map, err = s.cfg.StatementOffice.KnownMap(ctx, page.F); err != nil {
			return response{}, err
		}
		if page.Typed.Map == "" && page.F.Findings.Unknown != nil {
			page.Typed.Map = draftMap(*page.F.Findings.Unknown, page.F.Channel)
		}
	}
	return s.page(r, "statement", status, page), nil
}

// draftMap is where a mapping begins: its form, with the columns that are sure.
func draftMap(d intake.Difference, ch channel.Name) string {
	var b strings.Builder
	b.WriteString("header: yes\nunit: yuan\n")
	if d.GBK {
		b.WriteString("encoding: gbk\n")
	}
	b.WriteString("columns:\n")
	b.WriteString("  channel: =" + cmp.Or(string(ch), "wechat") + "\n")
	for _, f := range []struct{ field, name string }{{"order_no", "商户订单号"}, {"amount_fen", "订单金额"}, {"fee_fen", "手续费"}, {"payer_acct", "用户标识"}} {
		if slices.Contains(d.Header, f.name) {
			b.WriteString("  " + f.field + ": " + f.name + "\n")
		} else if f.field == "order_no" || f.field == "amount_fen" {
			b.WriteString("  " + f.field + ": ?\n")
		}
	}
	return b.String()
}

func (s *Server) statementPropose(ctx context.Context, r *request) (response, error) {
	form := r.PostForm
	get := func(name string) string { return strings.TrimSpace(form.Get(name)) }
	page := statementPage{Problems: problems{}, Typed: clearanceForm{get("channel"), get("merchant"), get("date"), form.Get("map"), get("rows"), get("sum"), get("reason")}}
	w := clearing.Wish{FileID: r.param("id"), Channel: channel.Name(page.Typed.Channel), MerchantID: page.Typed.Merchant,
		Map: strings.ReplaceAll(page.Typed.Map, "\r\n", "\n"), Reason: page.Typed.Reason, By: r.user.Login}
	var err error
	if w.Rows, err = strconv.Atoi(page.Typed.Rows); err != nil || w.Rows < 0 {
		page.Problems["rows"] = "statement_rows"
	}
	if w.Sum, err = money.ParseYuan(page.Typed.Sum); err != nil {
		page.Problems["sum"] = "statement_sum"
	}
	if page.Typed.Date != "" {
		if w.Date, err = bizdate.Parse(page.Typed.Date); err != nil {
			page.Problems["date"] = "statement_date"
		}
	}
	if len(page.Problems) > 0 {
		return s.showStatement(ctx, r, http.StatusUnprocessableEntity, page)
	}
	_, err = s.cfg.StatementOffice.Propose(ctx, w)
	switch {
	case fault.Is(err, fault.Conflict):
		return s.showStatement(ctx, r, http.StatusConflict, statementPage{Code: "statement_meanwhile"})
	case fault.Is(err, fault.Invalid):
		page.wrong(err)
		return s.showStatement(ctx, r, http.StatusUnprocessableEntity, page)
	case err != nil:
		return response{}, err
	}
	return s.withToast(redirect(http.StatusSeeOther, statementsPath+"/"+w.FileID), "statement_proposed"), nil
}

// wrong puts the finding of a proposal at its field, or above the form.
func (p *statementPage) wrong(err error) {
	codes := map[string]string{"channel": "statement_channel", "date": "statement_date", "rows": "statement_rows", "reason": "why_needed", "map": "statement_map"}
	var f *fault.Error
	if errors.As(err, &f) && codes[f.Field] != "" {
		p.Problems[f.Field] = codes[f.Field]
		if f.Field == "map" {
			p.Says = f.Msg
		}
		return
	}
	p.Code, p.Says = "statement_trial", intake.ProblemOf("", err).Text
	var found *intake.Problem
	if errors.As(err, &found) {
		p.Says = found.Error()
	}
}

func (s *Server) statementDecide(ctx context.Context, r *request) (response, error) {
	approve := r.PostForm.Get("act") == "approve"
	taken, err := s.cfg.StatementOffice.Decide(ctx, r.PostForm.Get("clearance"), approve, r.user.Login, strings.TrimSpace(r.PostForm.Get("note")))
	switch {
	case fault.Is(err, fault.Forbidden):
		return s.showStatement(ctx, r, http.StatusForbidden, statementPage{Code: "statement_own"})
	case fault.Is(err, fault.Conflict), fault.Is(err, fault.NotFound):
		return s.showStatement(ctx, r, http.StatusConflict, statementPage{Code: "statement_meanwhile"})
	case fault.Is(err, fault.Invalid):
		return s.showStatement(ctx, r, http.StatusUnprocessableEntity, statementPage{Problems: problems{"note": "why_needed"}})
	case fault.Is(err, fault.Corrupt): // what was proposed no longer fits
		return s.showStatement(ctx, r, http.StatusConflict, statementPage{Code: "statement_trial", Says: intake.ProblemOf("", err).Text})
	case err != nil:
		return response{}, err
	}
	done := "statement_rejected"
	if approve {
		done = "statement_approved"
	}
	return s.withToast(redirect(http.StatusSeeOther, statementsPath+"/"+taken.Row.ID), done), nil
}

func (s *Server) channelOptions(r *request) (all []Option) {
	for _, ch := range s.cfg.Channels {
		all = append(all, option(ch, r.lang.text("channel."+string(ch))))
	}
	return all
}
