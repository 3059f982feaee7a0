package web

import (
	"context"

	"juma/internal/access"
)

// Logins opens and ends sessions; access.Service.
type Logins interface {
	Login(ctx context.Context, login, password, ip string) (token string, u access.User, err error)
	// Session returns whose session a token opens and what it lacks; any fault
	// means none.
	Session(ctx context.Context, token string) (access.Session, error)
	Logout(ctx context.Context, token string) error
}
