package alipay

import (
	"context"
	"net/url"
	"strings"

	"juma/acquiring/channel"
	"juma/internal/fault"
)

// AuthURL is the page that sends the consumer straight back with an auth_code
// (scope auth_base: nothing is shown).
func (a *Adapter) AuthURL(_ context.Context, req channel.AuthRequest) (string, error) {
	const op = "alipay.AuthURL"
	if _, err := absoluteURL(req.RedirectURL); err != nil {
		return "", fault.Field(op, "redirect_url", req.RedirectURL, "want an absolute http or https address")
	}
	if req.State == "" {
		return "", fault.Field(op, "state", "", "want the token that ties the return to this visit")
	}
	// Written by hand to keep the documented order of the parameters.
	return a.authURL + "?app_id=" + url.QueryEscape(a.appID) + "&scope=auth_base" +
		"&redirect_uri=" + url.QueryEscape(req.RedirectURL) + "&state=" + url.QueryEscape(req.State), nil
}

// Identify exchanges the auth_code for the consumer's user_id, or open_id for
// apps that are no longer given user ids. Error kinds beside the contract's:
// Refused when Alipay does not accept the code (used, expired), Unknown when no
// verified answer came; a new visit of the page mends both.
func (a *Adapter) Identify(ctx context.Context, req channel.IdentifyRequest) (channel.Payer, error) {
	const op = "alipay.Identify"
	code := req.Query.Get("auth_code")
	if code == "" {
		return channel.Payer{}, fault.Field(op, "auth_code", "", "missing from the return address: the consumer did not come through Alipay")
	}
	if got := req.Query.Get("app_id"); got != "" && got != a.appID {
		return channel.Payer{}, fault.Field(op, "app_id", got, "the return is for another app")
	}
	token, status, err := a.wire.ExchangeCode(ctx, code)
	result, err := settle(op, status, err)
	if err != nil {
		return channel.Payer{}, err
	}
	switch result.Outcome {
	case channel.Succeeded:
	case channel.Refused:
		return channel.Payer{}, fault.New(op, fault.Refused, "Alipay does not accept the auth_code (%s %s), open the page again", result.Code, result.Message)
	default:
		return channel.Payer{}, fault.New(op, fault.Unknown, "Alipay did not say who the payer is (%s %s), open the page again", result.Code, result.Message)
	}
	id := token.UserID
	if id == "" {
		id = token.OpenID
	}
	if id == "" {
		return channel.Payer{}, fault.New(op, fault.Unknown, "Alipay's answer has neither user_id nor open_id, open the page again")
	}
	return channel.Payer{ID: id}, nil
}

// isUserID tells a user_id (2088…, 16 digits) from an open_id: an order names
// the buyer by one or the other.
func isUserID(id string) bool {
	return len(id) == 16 && strings.HasPrefix(id, "2088") && isDigits(id)
}
