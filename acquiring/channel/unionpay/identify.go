package unionpay

import (
	"context"
	"net/url"
	"regexp"
	"strings"

	"juma/acquiring/channel"
	"juma/acquiring/channel/internal/acp"
	"juma/internal/fault"
)

// authVersion is the version parameter of the authorisation page; some
// integrations send 1.0.2.
const authVersion = "1.0.0"

// appFragment is the part of the User-Agent by which an app of the UnionPay JS
// standard names itself: "UnionPay/1.0 CloudPay", or a bank's app. UnionPay wants
// exactly this text back.
var appFragment = regexp.MustCompile(`UnionPay/[\d.]+ [A-Za-z0-9]+`)

// AuthURL sends the browser to userAuth. UnionPay has no state parameter: the
// state travels in the query of the return address.
func (a *Adapter) AuthURL(_ context.Context, req channel.AuthRequest) (string, error) {
	const op = "unionpay.AuthURL"
	back, err := url.Parse(req.RedirectURL)
	if err != nil || back.Host == "" || back.RawQuery != "" || back.Fragment != "" {
		return "", fault.Field(op, "redirect_url", req.RedirectURL, "want an absolute address without query")
	}
	if req.State == "" {
		return "", fault.Field(op, "state", "", "is missing")
	}
	back.RawQuery = url.Values{"state": {req.State}}.Encode()
	return a.ep.auth + "?version=" + authVersion + "&redirectUrl=" + url.QueryEscape(back.String()), nil
}

// Identify exchanges the userAuthCode for the appUserId. Kinds: Invalid when the
// browser brought nothing usable, Refused when the wallet says no, Unknown when
// its answer did not arrive (authorise again), Unavailable when nothing was sent.
func (a *Adapter) Identify(ctx context.Context, req channel.IdentifyRequest) (channel.Payer, error) {
	const op = "unionpay.Identify"
	app := appFragment.FindString(req.UserAgent)
	if app == "" {
		return channel.Payer{}, fault.Field(op, "user_agent", req.UserAgent, "names no app of the UnionPay standard, open the page in 云闪付 or a bank's app")
	}
	if code := req.Query.Get("respCode"); code != "" && code != codeOK {
		return channel.Payer{}, fault.New(op, fault.Refused, "the wallet's authorisation page answered %s", code)
	}
	// The code is Base64-like; a + that was not escaped on its way arrives as a
	// space.
	authCode := strings.ReplaceAll(req.Query.Get("userAuthCode"), " ", "+")
	if authCode == "" {
		return channel.Payer{}, fault.Field(op, "userAuthCode", "", "is missing, authorise again")
	}
	merID := a.merID(req.MerchantID)
	if err := acp.CheckOrder(op, "order_no", req.OrderNo, merID, req.Time); err != nil {
		return channel.Payer{}, err
	}
	p := a.request("00", "10", merID, req.OrderNo, req.Time)
	p["userAuthCode"], p["appUpIdentifier"] = authCode, app
	answer, res, err := a.exchange(ctx, op, a.ep.app, p)
	switch {
	case err != nil:
		return channel.Payer{}, err
	case res.Outcome == channel.Unknown:
		return channel.Payer{}, fault.New(op, fault.Unknown, "the wallet did not tell who pays (%s %s), authorise again", res.Code, res.Message)
	case res.Outcome == channel.Refused:
		return channel.Payer{}, fault.New(op, fault.Refused, "the wallet refused to tell who pays: %s %s", res.Code, res.Message)
	case answer["appUserId"] == "":
		return channel.Payer{}, fault.New(op, fault.Unknown, "the wallet's answer has no appUserId, authorise again")
	}
	return channel.Payer{ID: answer["appUserId"]}, nil
}
