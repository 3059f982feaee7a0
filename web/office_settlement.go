package web

import (
	"context"
	"net/http"
	"slices"

	"juma/clearing"
	"juma/internal/bizdate"
	"juma/internal/fault"
)

const settlementPath = "/console/settlement"

// openDay is a clearing date that something was done about and that is not settled.
type openDay struct {
	Date     bizdate.Date
	Channels []clearing.Day
	Problems []clearing.Job // what processes stumbled on that work on it by themselves
}

// openDays lists the days of the last month that have no batch, newest first.
func (s *Server) openDays(ctx context.Context, batches []clearing.Batch) ([]openDay, error) {
	since := bizdate.Of(s.cfg.Clock.Now()).AddDays(-maxDays)
	days, err := s.cfg.Clearing.Days(ctx, since)
	if err != nil {
		return nil, err
	}
	jobs, err := s.cfg.Clearing.Jobs(ctx, since)
	if err != nil {
		return nil, err
	}
	var open []openDay
	for _, day := range days {
		switch n := len(open); {
		case slices.ContainsFunc(batches, func(b clearing.Batch) bool { return b.Date == day.Date }):
		case n > 0 && open[n-1].Date == day.Date:
			open[n-1].Channels = append(open[n-1].Channels, day)
		default:
			open = append(open, openDay{Date: day.Date, Channels: []clearing.Day{day}})
		}
	}
	for i := range open {
		for _, j := range jobs {
			if j.Date == open[i].Date && j.Problem != "" {
				open[i].Problems = append(open[i].Problems, j)
			}
		}
	}
	return open, nil
}

// begun tells whether anything was done about a date.
func (s *Server) begun(ctx context.Context, d bizdate.Date) (bool, error) {
	for _, ch := range s.cfg.Channels {
		day, err := s.cfg.Clearing.Day(ctx, ch, d)
		if err != nil || day.State != clearing.Open {
			return err == nil, err
		}
	}
	return false, nil
}

// fillSteps says what the reader can do next with the day. Only a day that is not
// settled is computed for it.
func (s *Server) fillSteps(ctx context.Context, r *request, d bizdate.Date, page *dayPage) ([]clearing.Settlement, error) {
	b := page.Batch
	page.Own = b.SettledBy == r.user.Login
	operator, approver := slices.Contains(settlers, r.user.Role), slices.Contains(releasers, r.user.Role)
	page.CanRelease = approver && !page.Own && b.State == clearing.Filed
	page.CanSettle = operator && (b.State == "" || b.State == clearing.Computed)
	page.CanDownload = b.State == clearing.Released && slices.Contains(settlementDownloads, r.user.Role)
	if b.State != "" {
		return s.cfg.Clearing.Settlements(ctx, d)
	}
	p, err := s.cfg.ClearingOffice.PreviewSettlement(ctx, d)
	if fault.Is(err, fault.NotReady) {
		page.CanSettle, page.NotReady = false, true
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	page.Batch.SettlementDate = p.Batch.SettlementDate
	page.Totals, err = totalsOf(p.Settlements)
	return p.Settlements, err
}

// settleDay settles a day and writes its files: what was done before is left as it is,
// so that a day whose files could not be written is finished by the same button.
func (s *Server) settleDay(ctx context.Context, r *request) (response, error) {
	d, err := pathDate(r)
	if err != nil {
		return response{}, err
	}
	if err = s.cfg.ClearingOffice.Settle(ctx, d, r.user.Login); err == nil {
		err = s.cfg.ClearingOffice.WriteFiles(ctx, d)
	}
	switch {
	case fault.Is(err, fault.Conflict):
		return s.showDay(ctx, r, d, http.StatusConflict, "settle_meanwhile")
	case fault.Is(err, fault.NotReady):
		return s.showDay(ctx, r, d, http.StatusConflict, "settle_early")
	case err != nil:
		return response{}, err
	}
	return s.withToast(redirect(http.StatusSeeOther, settlementPath+"/"+d.String()), "day_settled"), nil
}

// releaseDay lets a filed day go.
func (s *Server) releaseDay(ctx context.Context, r *request) (response, error) {
	d, err := pathDate(r)
	if err != nil {
		return response{}, err
	}
	_, err = s.cfg.ClearingOffice.Release(ctx, d, r.user.Login)
	switch {
	case fault.Is(err, fault.Forbidden):
		return s.showDay(ctx, r, d, http.StatusForbidden, "release_own")
	case fault.Is(err, fault.Conflict), fault.Is(err, fault.NotReady):
		return s.showDay(ctx, r, d, http.StatusConflict, "release_early")
	case err != nil:
		return response{}, err
	}
	return s.withToast(redirect(http.StatusSeeOther, settlementPath+"/"+d.String()), "day_released"), nil
}
