package web

import (
	"context"
	"net/http"

	"juma/internal/access"
	"juma/internal/fault"
)

// peoplePage is what users.html and staff.html show.
type peoplePage struct {
	Base        string // address of the list; what its forms post to lies below
	Accounts    []access.Account
	Invitations []access.Invitation
	Grants      []access.Grant
	Roles       []Option // that may be given
	Form        inviteForm
	Link        string // of an invitation that was just made; shown once
	Code        string
}

// inviteForm is what was typed.
type inviteForm struct{ Login, Name, Role, Reason string }

// peopleCodes are the text codes of what may go wrong there.
var peopleCodes = map[fault.Kind]string{
	fault.Invalid: "invite_invalid", fault.Conflict: "people_conflict", fault.Forbidden: "four_eyes", fault.Refused: "own_account",
}

// staffGiven are the roles that an owner gives.
var staffGiven = []access.Role{access.Manager, access.Clerk}

func (s *Server) users(ctx context.Context, r *request) (response, error) {
	return s.showPeople(ctx, r, http.StatusOK, peoplePage{})
}

func (s *Server) staff(ctx context.Context, r *request) (response, error) { return s.users(ctx, r) }

// showPeople shows the platform's people to an administrator, the staff to an
// owner.
func (s *Server) showPeople(ctx context.Context, r *request, status int, page peoplePage) (response, error) {
	name := "users"
	given := access.PlatformRoles
	if r.user.Role.OfMerchant() {
		name, given = "staff", staffGiven
	}
	page.Base = peopleList(r.user)
	for _, role := range given {
		page.Roles = append(page.Roles, option(role, r.lang.text("role."+string(role))))
	}
	var err error
	if page.Accounts, err = s.cfg.Accounts.Staff(ctx, r.user); err != nil {
		return response{}, err
	}
	if page.Invitations, err = s.cfg.Accounts.Invitations(ctx, r.user); err != nil {
		return response{}, err
	}
	if r.user.Role == access.Administrator {
		if page.Grants, err = s.cfg.Accounts.Grants(ctx); err != nil {
			return response{}, err
		}
	}
	return s.page(r, name, status, page), nil
}

// invite makes a link and shows it once.
func (s *Server) invite(ctx context.Context, r *request) (response, error) {
	f := inviteForm{r.PostForm.Get("login"), r.PostForm.Get("name"), r.PostForm.Get("role"), r.PostForm.Get("reason")}
	token, _, err := s.cfg.Accounts.Invite(ctx, r.user, access.NewInvitation{Login: f.Login, Name: f.Name, Role: access.Role(f.Role), Reason: f.Reason})
	if code := peopleCodes[fault.KindOf(err)]; err != nil && code != "" {
		return s.showPeople(ctx, r, http.StatusUnprocessableEntity, peoplePage{Form: f, Code: code})
	}
	if err != nil {
		return response{}, err
	}
	return s.showPeople(ctx, r, http.StatusOK, peoplePage{Link: s.cfg.PublicURL + "/invitation/" + token})
}

// peopleDoneOr goes back to the list, which says what was done or why not.
func (s *Server) peopleDoneOr(ctx context.Context, r *request, err error, done string) (response, error) {
	if code := peopleCodes[fault.KindOf(err)]; err != nil && code != "" {
		status := http.StatusUnprocessableEntity
		if fault.Is(err, fault.Conflict) {
			status = http.StatusConflict
		}
		return s.showPeople(ctx, r, status, peoplePage{Code: code})
	}
	if err != nil {
		return response{}, err
	}
	return s.withToast(redirect(http.StatusSeeOther, peopleList(r.user)), done), nil
}

// peopleList is where somebody's people are listed.
func peopleList(u access.User) string {
	if u.Role.OfMerchant() {
		return "/merchant/staff"
	}
	return "/console/users"
}

func (s *Server) withdraw(ctx context.Context, r *request) (response, error) {
	return s.peopleDoneOr(ctx, r, s.cfg.Accounts.Withdraw(ctx, r.user, r.PostForm.Get("id")), "withdrawn")
}

func (s *Server) removeStaff(ctx context.Context, r *request) (response, error) {
	return s.peopleDoneOr(ctx, r, s.cfg.Accounts.RemoveStaff(ctx, r.user, r.PostForm.Get("login")), "removed")
}

func (s *Server) proposeRole(ctx context.Context, r *request) (response, error) {
	_, err := s.cfg.Accounts.ProposeRole(ctx, r.user, r.PostForm.Get("login"), access.Role(r.PostForm.Get("role")), r.PostForm.Get("reason"))
	return s.peopleDoneOr(ctx, r, err, "proposed")
}

// decideGrant confirms only what says so: anything else refuses.
func (s *Server) decideGrant(ctx context.Context, r *request) (response, error) {
	err := s.cfg.Accounts.DecideGrant(ctx, r.user, r.PostForm.Get("id"), r.PostForm.Get("decision") == "confirm")
	return s.peopleDoneOr(ctx, r, err, "decided")
}

func (s *Server) lockUser(ctx context.Context, r *request) (response, error) {
	return s.peopleDoneOr(ctx, r, s.cfg.Accounts.Lock(ctx, r.user, r.PostForm.Get("login"), r.PostForm.Get("reason")), "locked")
}

func (s *Server) unlockUser(ctx context.Context, r *request) (response, error) {
	return s.peopleDoneOr(ctx, r, s.cfg.Accounts.Unlock(ctx, r.user, r.PostForm.Get("login"), r.PostForm.Get("reason")), "unlocked")
}

func (s *Server) resetFactors(ctx context.Context, r *request) (response, error) {
	return s.peopleDoneOr(ctx, r, s.cfg.Accounts.ResetFactors(ctx, r.user, r.PostForm.Get("login"), r.PostForm.Get("reason")), "reset")
}
