package health

import (
	"cmp"
	"slices"
	"time"

	"juma/acquiring/channel"
	"juma/acquiring/channel/measure"
	"juma/acquiring/routing"
)

// WarningKind says what somebody should look at.
type WarningKind string

// The kinds of warning, the worst first.
const (
	NobodyServes    WarningKind = "nobody"            // no process answers for the channel
	BreakerIsOpen   WarningKind = "breaker"           // new payments keep away from it
	CredentialOver  WarningKind = "credential_over"   // a certificate has ended
	AnswersMissing  WarningKind = "answers"           // of late, calls got no answer
	CredentialSoon  WarningKind = "credential_soon"   // a certificate ends soon
	OverdueOrders   WarningKind = "overdue"           // payments and refunds that should be final
	DeadCommands    WarningKind = "dead"              // refund commands that were given up
	CredentialsMute WarningKind = "credentials_mute"  // the adapter could not be asked
	EndNotKnown     WarningKind = "credential_no_end" // only a certificate's number is configured
)

// WarningKinds lists them, the worst first.
var WarningKinds = []WarningKind{
	NobodyServes, BreakerIsOpen, CredentialOver, AnswersMissing, CredentialSoon, OverdueOrders, DeadCommands, CredentialsMute, EndNotKnown,
}

// Urgent tells whether payments suffer now.
func (k WarningKind) Urgent() bool {
	return k == NobodyServes || k == BreakerIsOpen || k == CredentialOver || k == AnswersMissing
}

// Note tells whether it is no more than good to know.
func (k WarningKind) Note() bool { return k == EndNotKnown }

// SoonDays is how long before its end a certificate is warned of.
const SoonDays = 30

// Warning is one of them; Count is days, calls, orders or commands, as the kind says.
type Warning struct {
	Kind   WarningKind
	Count  int
	Serial string // of a certificate
}

// CredentialWarnings says which certificates have ended, end within SoonDays, or end
// nobody here knows when.
func CredentialWarnings(all []channel.Credential, now time.Time) []Warning {
	var w []Warning
	for _, c := range all {
		days, known := c.DaysLeft(now)
		switch {
		case known && days < 0:
			w = append(w, Warning{CredentialOver, -days, c.Serial})
		case known && days <= SoonDays:
			w = append(w, Warning{CredentialSoon, days, c.Serial})
		case !known && c.Kind == channel.CertificateForm:
			w = append(w, Warning{EndNotKnown, 0, c.Serial})
		}
	}
	return w
}

// lately is how far back lost answers are warned of.
const lately = 15 * time.Minute

func (c Channel) warnings(now time.Time) []Warning {
	var w []Warning
	add := func(kind WarningKind, on bool, count int) {
		if on {
			w = append(w, Warning{Kind: kind, Count: count})
		}
	}
	recent := measure.Sum(since(c.Buckets, now.Add(-lately)))
	add(NobodyServes, len(c.Members) == 0, 0)
	add(BreakerIsOpen, c.Breaker.State != routing.Closed, 0)
	add(AnswersMissing, recent.Incident(), recent.Total().Lost())
	add(OverdueOrders, c.Backlog.Overdue() > 0, c.Backlog.Overdue())
	add(DeadCommands, c.Backlog.Dead > 0, c.Backlog.Dead)
	add(CredentialsMute, c.NoCredentials, 0)
	w = append(w, CredentialWarnings(c.Credentials, now)...)
	slices.SortStableFunc(w, func(a, b Warning) int {
		return cmp.Compare(slices.Index(WarningKinds, a.Kind), slices.Index(WarningKinds, b.Kind))
	})
	return w
}
