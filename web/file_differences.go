package web

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"juma/clearing"
	"juma/clearing/cases"
	"juma/clearing/file"
	"juma/internal/bizdate"
	"juma/internal/fault"
)

// differencePage is what difference.html shows.
type differencePage struct {
	cases.File
	Says     string
	Merchant string
	Buffered bizdate.Date
	Sides    []sideRow
	Events   []Event
	Acts     []actTab // of who may propose
	Act      cases.Action
	Decides  bool // may approve the open proposal
	Own      bool // proposed it
	Comments bool
	Codes    []Option
	Reasons  []Option
	Typed    proposalForm
	Code     string
	Refused  string // why it is refused
	Problems problems
}

// actTab leads to an action's form.
type actTab struct {
	Action  cases.Action
	Current bool
}

// proposalForm is a proposal as it was typed.
type proposalForm struct {
	Action                                     cases.Action
	Amount, Until, Code, ReasonCode, Reference string
	Reason                                     string
}

func readProposal(r *request) proposalForm {
	of := func(name string) string { return strings.TrimSpace(r.PostForm.Get(name)) }
	return proposalForm{Action: cases.Action(of("action")), Amount: of("amount"), Until: of("until"), Code: of("code"), ReasonCode: of("reason_code"), Reference: of("reference"), Reason: of("reason")}
}

// proposal reads what was typed; what cannot be read is a problem of its field.
func (f proposalForm) proposal(wrong problems) cases.Proposal {
	p := cases.Proposal{Action: f.Action, Code: file.DisputeCode(f.Code), ReasonCode: f.ReasonCode, Reference: f.Reference, Reason: f.Reason}
	var err error
	switch f.Action {
	case cases.Wait:
		if p.Until, err = bizdate.Parse(f.Until); err != nil {
			wrong["until"] = "difference_until"
		}
	case cases.Adjust, cases.Disputed:
		if p.Amount, err = readAmount(f.Amount); err != nil {
			wrong["amount"] = "amount"
		}
	}
	return p
}

func (s *Server) differenceFile(ctx context.Context, r *request) (response, error) {
	return s.showDifference(ctx, r, http.StatusOK, differencePage{})
}

func (s *Server) showDifference(ctx context.Context, r *request, status int, page differencePage) (response, error) {
	var err error
	if page.File, err = s.cfg.Differences.File(ctx, r.param("id")); err != nil {
		return response{}, err
	}
	if page.Merchant, err = s.shortName(ctx, page.Item.MerchantNo); err != nil {
		return response{}, err
	}
	if page.Problems == nil {
		page.Problems = problems{}
	}
	page.Says = r.lang.said(cases.Explain(page.Item))
	page.Buffered = page.BufferedTo()
	page.Sides = r.lang.sides(page.File)
	page.Events = r.lang.differenceEvents(page.File)
	page.Own = page.Proposal != nil && page.Proposal.ProposedBy == r.user.Login
	page.Decides = page.Proposal != nil && !page.Own && slices.Contains(differenceDeciders, r.user.Role)
	page.Comments = slices.Contains(differencePeople, r.user.Role)
	r.offers(&page)
	for _, c := range cases.Codes {
		page.Codes = append(page.Codes, option(c.Code, string(c.Code)+" "+r.lang.said(c.Name)))
	}
	for _, reason := range cases.Reasons {
		page.Reasons = append(page.Reasons, option(reason.Code, reason.Code+" "+r.lang.said(reason.Name)))
	}
	return s.page(r, "difference", status, page), nil
}

// offers are the actions with the one whose form is open: the address says which,
// or what was sent.
func (r *request) offers(page *differencePage) {
	if page.Proposal != nil || !slices.Contains(differenceWorkers, r.user.Role) || len(page.Offers) == 0 {
		return
	}
	page.Act = page.Typed.Action
	if page.Act == "" {
		page.Act = cases.Action(r.query().Get("act"))
	}
	if !slices.Contains(page.Offers, page.Act) {
		page.Act = page.Offers[0]
	}
	for _, a := range page.Offers {
		page.Acts = append(page.Acts, actTab{a, a == page.Act})
	}
}

// sideRow is a line of both sides; it differs when both have it and disagree.
type sideRow struct {
	Label, Ours, Theirs string
	Differs             bool
}

// sides sets our record and the statement's line side by side. What the
// reconciliation does not compare is not said to differ.
func (l lang) sides(f cases.File) []sideRow {
	var rows []sideRow
	it := f.Item
	add := func(compared bool, label textKey, ours, theirs string) {
		if !it.Ours {
			ours = ""
		}
		if !it.Theirs {
			theirs = ""
		}
		rows = append(rows, sideRow{l.text(string(label)), ours, theirs, compared && ours != theirs && ours != "" && theirs != ""})
	}
	kind, number, trace := l.text("line."+string(it.Kind)), it.ChannelNo, ""
	if f.Record != nil {
		number, trace = f.Record.ChannelNo, f.Record.Trace
	}
	add(false, "col.kind", kind, kind)
	add(false, "col.order", it.OrderNo, it.OrderNo)
	add(true, "col.amount", it.OursAmount.String(), it.TheirsAmount.String())
	add(true, "col.clearing_date", showDate(it.OursDate), showDate(it.Date))
	add(false, "col.time", showTime(f.OursTime), showTime(it.TheirsTime))
	add(true, textKey("difference.final"), l.text("difference.yes"), l.yesNo(it.Class != clearing.StateDiffers))
	add(false, "payment.channel_no", number, it.ChannelNo)
	add(false, "difference.trace", trace, it.TraceNo)
	add(it.Class == clearing.PayerDiffers, "col.payer", maskAccount(it.OursPayer), maskAccount(it.TheirsPayer))
	add(true, textKey("difference.cost"), it.OursCost.String(), it.TheirsFee.String())
	return rows
}

func (l lang) yesNo(yes bool) string {
	if yes {
		return l.text("difference.yes")
	}
	return l.text("difference.no")
}

// eventTones are those of a case's story.
var eventTones = map[cases.EventKind]string{cases.Proposed: Warn, cases.WasApproved: Good, cases.WasRejected: Bad, cases.WasWithdrawn: Idle, cases.Taken: Info, cases.HandedOver: Info, cases.FoundTheirHalf: Good}

func (l lang) differenceEvents(f cases.File) []Event {
	var events []Event
	for _, e := range f.Events {
		title := l.text("caseevent." + string(e.Kind))
		switch {
		case e.Kind == cases.HandedOver:
			title = joined(" → ", title, e.Detail)
		case e.Detail != "" && e.Kind != cases.Taken:
			title = joined(" · ", title, l.text("act."+e.Detail))
		}
		events = append(events, Event{Time: e.At, Title: title, By: e.Actor, Text: e.Note, Tone: eventTones[e.Kind]})
	}
	if f.State == cases.Ended && f.EndedBy == "" && f.Item.State == clearing.Cleared {
		events = append(events, Event{Title: l.text("caseevent." + string(cases.FoundTheirHalf)), Tone: Good})
	}
	return events
}

// differenceDone goes back to the case, or shows it with what is wrong.
func (s *Server) differenceDone(ctx context.Context, r *request, err error, page differencePage, toast string) (response, error) {
	field := faultField(err)
	switch {
	case err == nil:
		return s.withToast(redirect(http.StatusSeeOther, differencesPath+"/"+r.param("id")), toast), nil
	case fault.Is(err, fault.NotFound):
		return response{}, err
	case fault.Is(err, fault.Forbidden):
		page.Code = "difference_own"
		return s.showDifference(ctx, r, http.StatusForbidden, page)
	case fault.Is(err, fault.Conflict):
		page.Code = "difference_moved"
		return s.showDifference(ctx, r, http.StatusConflict, page)
	case fault.Is(err, fault.Invalid):
		page.Problems = problems{field: differenceProblem(field)}
		return s.showDifference(ctx, r, http.StatusUnprocessableEntity, page)
	case fault.Is(err, fault.Unavailable), fault.Is(err, fault.Unknown):
		page.Code = "channel_away"
		return s.showDifference(ctx, r, http.StatusOK, page)
	case fault.Is(err, fault.Refused):
		page.Refused = r.lang.whyNot(err)
		return s.showDifference(ctx, r, http.StatusUnprocessableEntity, page)
	}
	return response{}, err
}

// one is what came of one case.
func one(_ int, refused []cases.Refusal, err error) error {
	if err == nil && len(refused) > 0 {
		err = refused[0].Err
	}
	return err
}

func (s *Server) differenceTake(ctx context.Context, r *request) (response, error) {
	err := one(s.cfg.Differences.Take(ctx, []string{r.param("id")}, r.user.Login))
	return s.differenceDone(ctx, r, err, differencePage{}, "difference_taken")
}

func (s *Server) differenceHand(ctx context.Context, r *request) (response, error) {
	err := s.cfg.Differences.HandOver(ctx, r.param("id"), strings.TrimSpace(r.PostForm.Get("to")), r.user.Login, strings.TrimSpace(r.PostForm.Get("note")))
	return s.differenceDone(ctx, r, err, differencePage{}, "difference_handed")
}

func (s *Server) differenceComment(ctx context.Context, r *request) (response, error) {
	err := one(s.cfg.Differences.Comment(ctx, []string{r.param("id")}, r.user.Login, r.PostForm.Get("note")))
	return s.differenceDone(ctx, r, err, differencePage{}, "difference_commented")
}

func (s *Server) differencePropose(ctx context.Context, r *request) (response, error) {
	page := differencePage{Typed: readProposal(r), Problems: problems{}}
	p := page.Typed.proposal(page.Problems)
	if len(page.Problems) > 0 {
		return s.showDifference(ctx, r, http.StatusUnprocessableEntity, page)
	}
	err := one(s.cfg.Differences.Propose(ctx, []string{r.param("id")}, p, r.user.Login))
	return s.differenceDone(ctx, r, err, page, "difference_proposed")
}

// openProposal is the one that waits for a decision about the case of the address,
// if it is still the one that the reader saw.
func (s *Server) openProposal(ctx context.Context, r *request) (string, error) {
	f, err := s.cfg.Differences.File(ctx, r.param("id"))
	if err == nil && (f.Proposal == nil || f.Proposal.ID != r.PostForm.Get("proposal")) {
		err = fault.New("web.differences", fault.Conflict, "nothing waits for a decision")
	}
	if err != nil {
		return "", err
	}
	return f.Proposal.ID, nil
}

func (s *Server) differenceApprove(ctx context.Context, r *request) (response, error) {
	id, err := s.openProposal(ctx, r)
	if err == nil {
		err = s.cfg.Differences.Approve(ctx, id, r.user.Login, strings.TrimSpace(r.PostForm.Get("note")))
	}
	if fault.Is(err, fault.Invalid) { // what was proposed no longer holds, and the form is the maker's
		return s.showDifference(ctx, r, http.StatusUnprocessableEntity, differencePage{Code: "difference_stale"})
	}
	return s.differenceDone(ctx, r, err, differencePage{}, "difference_approved")
}

func (s *Server) differenceReject(ctx context.Context, r *request) (response, error) {
	id, err := s.openProposal(ctx, r)
	if err == nil {
		err = s.cfg.Differences.Reject(ctx, id, r.user.Login, strings.TrimSpace(r.PostForm.Get("note")))
	}
	return s.differenceDone(ctx, r, err, differencePage{}, "difference_rejected")
}
