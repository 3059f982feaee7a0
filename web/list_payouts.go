package web

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"juma/clearing"
	"juma/clearing/payout"
	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/internal/money"
)

// payoutPage is what payouts.html shows: what waits for people, the days, and one
// day.
type payoutPage struct {
	Unpaid []payout.Payout // failed, came back, or proposed to be paid again
	Days   []payoutDay     // newest first
	Date   bizdate.Date    // of the day that is shown; 0: none
	Files  []payout.Instruction
	Proofs []payout.Proof
	All    pager[payout.Payout]
	Login  string // of the reader, who releases nobody's own

	Proposes, Releases, Downloads bool

	Code string
}

// payoutDay is a date with its payouts by state.
type payoutDay struct {
	Date   bizdate.Date
	States []payout.DaySum
	Count  int
	Amount money.Fen // of all that is not withdrawn and was not paid again
}

func (s *Server) payoutList(ctx context.Context, r *request) (response, error) {
	return s.showPayouts(ctx, r, http.StatusOK, "")
}

func (s *Server) showPayouts(ctx context.Context, r *request, status int, code string) (response, error) {
	page := payoutPage{
		Code: code, Login: r.user.Login, Proposes: slices.Contains(payoutProposers, r.user.Role),
		Releases: slices.Contains(payoutReleasers, r.user.Role), Downloads: slices.Contains(settlementDownloads, r.user.Role),
	}
	var err error
	if page.Unpaid, err = s.cfg.PayoutRecords.Unpaid(ctx); err != nil {
		return response{}, err
	}
	sums, err := s.cfg.PayoutRecords.Sums(ctx)
	if err != nil {
		return response{}, err
	}
	if page.Days, err = daysOfPayouts(sums); err != nil {
		return response{}, err
	}
	if page.Date, err = page.wanted(r.URL.Query().Get("date")); err != nil || page.Date == 0 {
		return s.page(r, "payouts", status, page), err
	}
	if err := s.fillPayoutDay(ctx, r, &page); err != nil {
		return response{}, err
	}
	return s.page(r, "payouts", status, page), nil
}

// wanted is the date that is asked for, or the newest.
func (p payoutPage) wanted(asked string) (bizdate.Date, error) {
	switch {
	case asked != "":
		d, err := bizdate.Parse(asked)
		return d, fault.Wrap("web.payouts", fault.NotFound, err)
	case len(p.Days) > 0:
		return p.Days[0].Date, nil
	}
	return 0, nil
}

func (s *Server) fillPayoutDay(ctx context.Context, r *request, page *payoutPage) error {
	all, err := s.cfg.PayoutRecords.PayoutsOn(ctx, page.Date)
	if err != nil {
		return err
	}
	page.All = paginate(all, r.URL.Query(), "payouts", r.rows())
	if page.Files, err = s.cfg.PayoutRecords.Instructions(ctx, page.Date); err != nil {
		return err
	}
	page.Proofs, err = s.cfg.PayoutRecords.Proofs(ctx, page.Date)
	return err
}

// daysOfPayouts gathers sums by date, at most a month of them.
func daysOfPayouts(sums []payout.DaySum) (days []payoutDay, err error) {
	for _, sum := range sums {
		if len(days) == 0 || days[len(days)-1].Date != sum.Date {
			if len(days) == maxDays {
				break
			}
			days = append(days, payoutDay{Date: sum.Date})
		}
		d := &days[len(days)-1]
		d.States = append(d.States, sum)
		d.Count += sum.Count
		if sum.State.OnItsWay() || sum.State == payout.Paid {
			if d.Amount, err = d.Amount.Add(sum.Amount); err != nil {
				return nil, fault.Wrap("web.payouts", fault.Corrupt, err)
			}
		}
	}
	return days, nil
}

// countUnpaid is how many payouts wait for people.
func (s *Server) countUnpaid(ctx context.Context) (int, error) {
	all, err := s.cfg.PayoutRecords.Unpaid(ctx)
	return len(all), err
}

// payoutFile hands out an instruction file; who got it is on record before a byte
// leaves.
func (s *Server) payoutFile(ctx context.Context, r *request) (response, error) {
	row, data, err := s.cfg.PayoutOffice.File(ctx, r.param("id"))
	if err != nil {
		return response{}, err
	}
	now := s.cfg.Clock.Now()
	if err := s.cfg.Clearing.LogDownload(ctx, clearing.Download{ID: s.ids.At(now), FileID: row.ID, User: r.user.Login, IP: r.ip, At: now}); err != nil {
		return response{}, err
	}
	return response{contentType: "application/octet-stream", body: data}.with("Content-Disposition", attachment(row.Name)), nil
}

func (s *Server) payoutAgain(ctx context.Context, r *request) (response, error) {
	_, err := s.cfg.PayoutOffice.ProposeAgain(ctx, r.PostForm.Get("no"), r.user.Login, strings.TrimSpace(r.PostForm.Get("why")))
	return s.payoutDone(ctx, r, err, "payout_proposed")
}

func (s *Server) payoutRelease(ctx context.Context, r *request) (response, error) {
	return s.payoutDone(ctx, r, s.cfg.PayoutOffice.ReleaseAgain(ctx, r.PostForm.Get("no"), r.user.Login), "payout_released")
}

func (s *Server) payoutWithdraw(ctx context.Context, r *request) (response, error) {
	return s.payoutDone(ctx, r, s.cfg.PayoutOffice.WithdrawAgain(ctx, r.PostForm.Get("no"), r.user.Login), "payout_withdrawn")
}

// payoutDone leads back to the page, which says what was done or why nothing was.
func (s *Server) payoutDone(ctx context.Context, r *request, err error, done string) (response, error) {
	switch {
	case err == nil:
		return s.withToast(redirect(http.StatusSeeOther, payoutsPath), done), nil
	case fault.Is(err, fault.Forbidden):
		return s.showPayouts(ctx, r, http.StatusForbidden, "payout_own")
	case fault.Is(err, fault.Conflict), fault.Is(err, fault.Refused):
		return s.showPayouts(ctx, r, http.StatusConflict, "payout_conflict")
	case fault.Is(err, fault.Invalid):
		return s.showPayouts(ctx, r, http.StatusUnprocessableEntity, "why_needed")
	}
	return response{}, err
}
