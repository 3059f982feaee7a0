package intake

import (
	"crypto/sha1" //nolint:gosec // WeChat gives the SHA-1 of its bills; it is compared, not trusted for more
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"juma/acquiring/channel"
	"juma/internal/bizdate"
	"juma/internal/fault"
)

const op = "intake"

// State is where a file stands.
type State string

// The states of a file.
const (
	Received   State = "received"   // its bytes are here
	Checked    State = "checked"    // digest as given, archive within the limits
	Recognised State = "recognised" // its header is one of a known layout
	Proved     State = "proved"     // account, period and totals are as they should be
	Staged     State = "staged"     // the version in force of its day
	Matched    State = "matched"    // its rows were reconciled

	Superseded  State = "superseded"  // a later version took its place; kept
	Held        State = "held"        // a later version for a day that was reconciled already; kept, not used
	Quarantined State = "quarantined" // not used until two people clear it
	Refused     State = "refused"     // not used; kept as evidence
)

// States lists them in the order in which they are shown.
var States = []State{Received, Checked, Recognised, Proved, Staged, Matched, Superseded, Held, Quarantined, Refused}

// InUse tells whether rows of the file take part in clearing.
func (s State) InUse() bool { return s == Staged || s == Matched }

// Kind is what a file is about. A day has one file of a kind for each account.
type Kind string

// The kinds.
const (
	Payments     Kind = "payments"      // payments and refunds: what is reconciled
	PaymentsOnly Kind = "payments_only" // payments without refunds (WeChat SUCCESS)
	RefundsOnly  Kind = "refunds_only"  // refunds without payments (WeChat REFUND)
	Flow         Kind = "flow"          // an institution's flow of all its merchants, with our order numbers (ACOMA)
	FlowPlain    Kind = "flow_plain"    // the same without them (ACOM, ACOMN)
	Funds        Kind = "funds"         // movements of an account: proves the totals of the payments
	Sums         Kind = "sums"          // sums by store: proves the totals of the payments
	Disputes     Kind = "disputes"
	Fees         Kind = "fees"    // brand service fees
	Credits      Kind = "credits" // what a bank has credited
)

// Kinds lists them in the order in which they are shown.
var Kinds = []Kind{Payments, PaymentsOnly, RefundsOnly, Flow, FlowPlain, Funds, Sums, Disputes, Fees, Credits}

// File is a file as it came in, with what is known about it beforehand.
type File struct {
	Name string
	Data []byte
	// Digest is the SHA-256 or SHA-1 of Data in hex, as whoever made the file gave it;
	// "" when none was given.
	Digest string
	// Channel, Account and Date are what was asked for or what the sender says; zero
	// values when the file alone says it. Account is the merchant's number at a channel
	// that makes one statement for each.
	Channel channel.Name
	Account string
	Date    bizdate.Date
	// Empty: the wallet said that the day has no trade.
	Empty bool
	// Sealed: the bytes come out of an archive whose checksum was right.
	Sealed bool
	// Count and Sum are the rows and the amount (in fen, refunds negative) that
	// somebody read off the wallet's page; they prove a file that has no totals of its
	// own. Counted tells that they are given.
	Counted bool
	Count   int
	Sum     int64
}

// SHA256 is the digest of the bytes, in hex.
func (f File) SHA256() string {
	sum := sha256.Sum256(f.Data)
	return hex.EncodeToString(sum[:])
}

// checkDigest compares the digest that was given.
func (f File) checkDigest() error {
	if f.Digest == "" {
		return nil
	}
	want := strings.ToLower(strings.TrimSpace(f.Digest))
	var got string
	switch len(want) {
	case hex.EncodedLen(sha256.Size):
		got = f.SHA256()
	case hex.EncodedLen(sha1.Size):
		sum := sha1.Sum(f.Data) //nolint:gosec // as above
		got = hex.EncodeToString(sum[:])
	default:
		return f.fault(0, "digest", want, "want a SHA-256 (64 hex digits) or a SHA-1 (40)")
	}
	if got != want {
		return f.fault(0, "digest", want, "the bytes that are here have %s: the file was cut or altered on its way, fetch it again", got)
	}
	return nil
}

// fault makes a finding about the file. Line 0 means the file as a whole.
func (f File) fault(line int, field, value, format string, args ...any) error {
	e := fault.New(op, fault.Corrupt, format, args...)
	e.Field, e.Value = field, clip(value)
	return at(f.Name, line, e)
}

// clip shortens a long value: a finding quotes, it does not print files.
func clip(s string) string {
	const most = 64
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}
