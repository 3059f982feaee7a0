package acp

import (
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"

	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/internal/money"
)

// TimeLayout is txnTime, orderTime and payTimeout: YYYYMMDDhhmmss in China time.
const TimeLayout = "20060102150405"

// Stamp writes a time in that layout.
func Stamp(t time.Time) string { return t.In(bizdate.Zone).Format(TimeLayout) }

// Nearest gives MMDDhhmmss the year that puts it closest to the anchor. Zero for
// an empty or impossible time: a missing time is not an error at UnionPay.
func Nearest(mmddhhmmss string, anchor time.Time) time.Time {
	var best time.Time
	if len(mmddhhmmss) != 10 {
		return best
	}
	anchor = anchor.In(bizdate.Zone) // whose year it is
	for year := anchor.Year() - 1; year <= anchor.Year()+1; year++ {
		t, err := time.ParseInLocation(TimeLayout, fmt.Sprintf("%04d%s", year, mmddhhmmss), bizdate.Zone)
		if err == nil && (best.IsZero() || t.Sub(anchor).Abs() < best.Sub(anchor).Abs()) {
			best = t
		}
	}
	return best
}

// NearestDate does the same for a settleDate, MMDD.
func NearestDate(mmdd string, anchor time.Time) bizdate.Date {
	if len(mmdd) != 4 {
		return 0
	}
	if t := Nearest(mmdd+"120000", anchor); !t.IsZero() {
		return bizdate.Of(t)
	}
	return 0
}

// Limits of txnAmt (N1..12) and of an address.
const (
	MaxAmount = money.Fen(999_999_999_999)
	MaxURL    = 256
)

// CheckOrder refuses a reference that the gateway could not read.
func CheckOrder(op, field, orderNo, merID string, at time.Time) error {
	if len(orderNo) < 8 || len(orderNo) > 40 || !isAlnum(orderNo) {
		return fault.Field(op, field, orderNo, "want 8 to 40 letters or digits")
	}
	if err := CheckMerID(merID); err != nil {
		return fault.Field(op, "merchant_id", merID, "want 15 letters or digits")
	}
	if at.IsZero() {
		return fault.Field(op, "created_at", "", "is missing: UnionPay knows an order by number and time together")
	}
	return nil
}

// CheckAmount refuses an amount that txnAmt cannot carry.
func CheckAmount(op, field string, amount money.Fen) error {
	if amount <= 0 || amount > MaxAmount {
		return fault.Field(op, field, strconv.FormatInt(int64(amount), 10), "want 1 to %d fen", int64(MaxAmount))
	}
	return nil
}

// CheckURL refuses an address that a backUrl cannot carry.
func CheckURL(op, field, s string) error {
	if s == "" || len(s) > MaxURL {
		return fault.Field(op, field, s, "want an address of at most %d bytes", MaxURL)
	}
	return nil
}

// ParseFen reads a txnAmt. Not ok when it is missing or no such number.
func ParseFen(s string) (money.Fen, bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	return money.Fen(n), err == nil && n > 0 && money.Fen(n) <= MaxAmount
}

// CheckMerID refuses what is no merchant number.
func CheckMerID(s string) error {
	if len(s) != 15 || !isAlnum(s) {
		return fmt.Errorf("%q: want 15 letters or digits", s)
	}
	return nil
}

func isAlnum(s string) bool {
	for _, c := range s {
		if (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return false
		}
	}
	return s != ""
}

// Cut shortens a name to n characters.
func Cut(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n])
	}
	return s
}

const callTimeout = 10 * time.Second

// DefaultClient keeps connections alive and gives up after ten seconds.
func DefaultClient() *http.Client {
	return &http.Client{Timeout: callTimeout, Transport: &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         (&net.Dialer{Timeout: 3 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSHandshakeTimeout: 5 * time.Second,
		MaxIdleConns:        256,
		MaxIdleConnsPerHost: 64, // all calls go to one host
		IdleConnTimeout:     90 * time.Second,
		ForceAttemptHTTP2:   true,
	}}
}
