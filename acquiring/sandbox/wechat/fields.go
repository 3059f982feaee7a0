package wechat

import (
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"time"
	"unicode/utf8"
)

var (
	outTradeNoForm  = regexp.MustCompile(`^[0-9A-Za-z_\-|*]{6,32}$`)
	outRefundNoForm = regexp.MustCompile(`^[0-9A-Za-z_\-|*@]{1,64}$`)
	subMchIDForm    = regexp.MustCompile(`^[0-9]{8,10}$`)
)

// checks collects the first fault of a body, so that the checks of a request
// read as a list.
type checks struct{ fault *apiError }

func (c *checks) require(ok bool, field, value, format string, args ...any) {
	if c.fault == nil && !ok {
		c.fault = badParam("body", field, value, format, args...)
	}
}

// text wants least to most characters.
func (c *checks) text(field, value string, least, most int) {
	n := utf8.RuneCountInString(value)
	c.require(utf8.ValidString(value) && n >= least && n <= most, field, value, "want %d to %d characters, has %d", least, most, n)
}

func (c *checks) form(field, value string, re *regexp.Regexp) {
	c.require(re.MatchString(value), field, value, "want %s", re)
}

// address wants a notify_url. In production only https is accepted; the sandbox
// also notifies plain http, because it and the receiver are on one machine.
func (c *checks) address(field, value string) {
	u, err := url.Parse(value)
	c.require(err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && len(value) <= 255, field, value, "want an address of at most 255 bytes")
	c.require(err == nil && u.RawQuery == "" && u.Fragment == "", field, value, "must carry no query")
}

// mostFen is 100 million yuan. The real limit is the merchant's and lower; sums
// of such amounts stay far from the end of an int64.
const mostFen = 10_000_000_000

func (c *checks) fen(field string, value int64) {
	c.require(value >= 1, field, strconv.FormatInt(value, 10), "want at least 1 fen")
	c.require(value <= mostFen, field, strconv.FormatInt(value, 10), "want at most %d fen", mostFen)
}

func (c *checks) currency(field, value string) {
	c.require(value == "" || value == "CNY", field, value, "want CNY")
}

// future wants an RFC 3339 time after now, or nothing.
func (c *checks) future(field, value string, now time.Time) time.Time {
	if value == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339, value)
	c.require(err == nil, field, value, "want RFC 3339 such as 2026-03-10T09:30:00+08:00")
	c.require(err != nil || t.After(now), field, value, "is over already")
	return t
}

func (c *checks) ip(field, value string) {
	_, err := netip.ParseAddr(value)
	c.require(err == nil, field, value, "want an IP address")
}
