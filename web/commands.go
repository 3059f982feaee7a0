package web

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"juma/acquiring"
	"juma/internal/fault"
)

// commandStates are those of a command in the order of their tabs: first what
// waits for people.
var commandStates = []acquiring.CommandState{acquiring.CommandDead, acquiring.CommandWaiting, acquiring.CommandDone}

// deadCounted is as many as the navigation counts.
const deadCounted = 99

// countDead is how many commands were given up and wait for somebody.
func (s *Server) countDead(ctx context.Context) (int, error) {
	dead, err := s.cfg.CommandRecords.Commands(ctx, acquiring.CommandPage{State: acquiring.CommandDead, Limit: deadCounted})
	return len(dead), err
}

// commandsPage is what commands.html shows.
type commandsPage struct {
	Rows   []commandRow
	States Tabs
	Pager  keyset
}

// commandRow is a command as people read it.
type commandRow struct {
	acquiring.Command
	Merchant string // short name
}

func (s *Server) commandList(ctx context.Context, r *request) (response, error) {
	q := r.query()
	query := acquiring.CommandPage{Limit: r.rows() + 1}
	if state := acquiring.CommandState(q.Get("state")); slices.Contains(commandStates, state) {
		query.State = state
	}
	var err error
	if before := q.Get("before"); before != "" {
		if query.Before, err = s.cfg.CommandRecords.Command(ctx, acquiring.RefundCommand, before); err != nil {
			return response{}, err
		}
	}
	found, err := s.cfg.CommandRecords.Commands(ctx, query)
	if err != nil {
		return response{}, err
	}
	last := ""
	if len(found) > r.rows() {
		found = found[:r.rows()]
		last = found[len(found)-1].ObjectNo
	}
	page := commandsPage{Pager: r.keysetOf("before", last, "commands")}
	for _, m := range found {
		name, err := s.shortName(ctx, m.MerchantNo)
		if err != nil {
			return response{}, err
		}
		page.Rows = append(page.Rows, commandRow{m, name})
	}
	dead, err := s.countDead(ctx)
	if err != nil {
		return response{}, err
	}
	page.States = r.commandTabs(query.State, dead)
	return s.page(r, "commands", http.StatusOK, page), nil
}

// commandTabs are the states, with how many were given up.
func (r *request) commandTabs(current acquiring.CommandState, dead int) Tabs {
	q := r.query()
	q.Del("before")
	tabs := []Tab{{Path: linkWith(q, "state", ""), Text: r.lang.text("commands.all"), Current: current == ""}}
	for _, st := range commandStates {
		tab := Tab{Path: linkWith(q, "state", string(st)), Text: r.lang.text("command." + string(st)), Current: current == st}
		if st == acquiring.CommandDead {
			tab.Count = dead
		}
		tabs = append(tabs, tab)
	}
	return Tabs{Label: r.lang.text("commands.states"), Tabs: tabs}
}

// commandPage is what command.html shows.
type commandPage struct {
	commandRow
	Refund   acquiring.Refund
	Said     string // the channel's last word on the refund
	MaySend  bool   // the reader may send it again
	MayRetry bool   // the reader may try the refund again
	Code     string // text code of what went wrong
	Problems problems
	Typed    string
}

func (s *Server) commandFile(ctx context.Context, r *request) (response, error) {
	return s.showCommand(ctx, r, http.StatusOK, commandPage{})
}

func (s *Server) showCommand(ctx context.Context, r *request, status int, page commandPage) (response, error) {
	var err error
	if page.Command, err = s.cfg.CommandRecords.Command(ctx, acquiring.RefundCommand, r.param("no")); err != nil {
		return response{}, err
	}
	if page.Refund, err = s.cfg.CommandRecords.Refund(ctx, page.ObjectNo); err != nil {
		return response{}, err
	}
	page.Said = strings.TrimSpace(page.Refund.Code + " " + page.Refund.Message)
	if page.Merchant, err = s.shortName(ctx, page.MerchantNo); err != nil {
		return response{}, err
	}
	keeper := slices.Contains(commandKeepers, r.user.Role)
	page.MaySend = keeper && page.State == acquiring.CommandDead
	page.MayRetry = keeper && page.Refund.State == acquiring.RefundFailed
	return s.page(r, "command", status, page), nil
}

func (s *Server) commandRedrive(ctx context.Context, r *request) (response, error) {
	_, err := s.cfg.Commands.Redrive(ctx, r.param("no"), r.user.Login, r.PostForm.Get("reason"))
	return s.commandMoved(ctx, r, err, "command_redriven")
}

func (s *Server) commandRetry(ctx context.Context, r *request) (response, error) {
	_, err := s.cfg.Commands.RetryRefund(ctx, r.param("no"), r.user.Login, r.PostForm.Get("reason"))
	return s.commandMoved(ctx, r, err, "refund_retried")
}

// commandMoved goes back to the command, or says why nothing was done.
func (s *Server) commandMoved(ctx context.Context, r *request, err error, done string) (response, error) {
	switch {
	case fault.Is(err, fault.Conflict):
		return s.showCommand(ctx, r, http.StatusConflict, commandPage{Code: "command_moved"})
	case fault.Is(err, fault.Refused):
		return s.showCommand(ctx, r, http.StatusConflict, commandPage{Code: "refund_no_money"})
	case fault.Is(err, fault.Invalid):
		return s.showCommand(ctx, r, http.StatusUnprocessableEntity, commandPage{Problems: problems{"reason": "why_needed"}, Typed: r.PostForm.Get("reason")})
	case err != nil:
		return response{}, err
	}
	return s.withToast(redirect(http.StatusSeeOther, commandsPath+"/"+r.param("no")), done), nil
}
