package sandbox

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"sync"
	"time"
)

// ErrOtherContent says that a business code stands for another application.
var ErrOtherContent = errors.New("the business code stands for another application")

// Applications is a wallet's book of merchants' applications (进件). Nobody
// reviews here: an application is accepted at once, unless the fault script says
// otherwise (EnrolRejected, EnrolSlow). Of what was handed in it keeps a digest
// only. It is safe for concurrent use.
type Applications struct {
	wallet string
	script *Script

	mu     sync.Mutex
	byCode map[string]Application
	ids    map[string]string // merchant number → business code
}

// NewApplications makes the empty book of a wallet.
func NewApplications(wallet string, script *Script) *Applications {
	return &Applications{wallet: wallet, script: script, byCode: map[string]Application{}, ids: map[string]string{}}
}

// Application is what a wallet knows of one.
type Application struct {
	Code        string // the provider's business code
	No          string // the wallet's own number
	MerchantID  string // the number that it gets with acceptance
	SubmittedAt time.Time
	DecidedAt   time.Time // when the decision stands; until then it is reviewed
	Reasons     []ApplicationReason
	digest      string
}

// ApplicationReason is why a field was not accepted, in the wallet's own names.
type ApplicationReason struct{ Field, Text string }

// Pending tells whether the application is still being reviewed.
func (a Application) Pending(now time.Time) bool { return now.Before(a.DecidedAt) }

// Rejected tells whether the decision is no, once it stands.
func (a Application) Rejected() bool { return len(a.Reasons) > 0 }

// Submission is an application as it comes in.
type Submission struct {
	Code, ShortName string
	Content         string // everything that was handed in, in the clear
	// Number makes the merchant's number, given a try from 0: a number that another
	// application has is not given twice. NumberField is what is refused when the
	// number is the provider's own choice and taken.
	Number      func(try int) string
	NumberField string
	// Overwrites: other content under the code of a rejected application is that
	// application, mended.
	Overwrites bool
}

// Submit takes an application in, and decides. The same again is the same; other
// content under its code is ErrOtherContent.
func (b *Applications) Submit(s Submission, now time.Time) (Application, error) {
	sum := sha256.Sum256([]byte(s.Content))
	a := Application{Code: s.Code, SubmittedAt: now, digest: hex.EncodeToString(sum[:])}
	b.mu.Lock()
	defer b.mu.Unlock()
	if old, known := b.byCode[s.Code]; known {
		switch {
		case old.digest == a.digest:
			return old, nil
		case !s.Overwrites || !old.Rejected() || old.Pending(now):
			return old, ErrOtherContent
		}
	}
	var slow time.Duration
	a.Reasons, slow = b.script.review(b.wallet, s.Code, s.ShortName)
	a.DecidedAt = now.Add(slow)
	a.No = "20" + Digits(14, "%s application %s", b.wallet, s.Code)
	a.MerchantID = b.free(s, &a)
	if !a.Rejected() {
		b.ids[a.MerchantID] = s.Code
	}
	b.byCode[s.Code] = a
	return a, nil
}

// free finds a number that no other application has. Needs the lock.
func (b *Applications) free(s Submission, a *Application) string {
	for try := 0; ; try++ {
		number := s.Number(try)
		owner, taken := b.ids[number]
		switch {
		case !taken || owner == s.Code:
			return number
		case s.NumberField != "":
			a.Reasons = append(a.Reasons, ApplicationReason{s.NumberField, "该商户号已入网"})
			return number
		}
	}
}

// Find returns an application.
func (b *Applications) Find(code string) (Application, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	a, ok := b.byCode[code]
	return a, ok
}

// review strikes what the script says of an application: once for each, however
// many more times it is planned for others.
func (s *Script) review(wallet, code, shortName string) (reasons []ApplicationReason, slow time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	left := s.faults[:0:0]
	for _, f := range s.faults {
		if f.Wallet != wallet || (f.Kind != EnrolRejected && f.Kind != EnrolSlow) ||
			(f.OutTradeNo != "" && f.OutTradeNo != code) || (f.Merchant != "" && f.Merchant != shortName) {
			left = append(left, f)
			continue
		}
		s.struck[f.Kind]++
		if f.Kind == EnrolSlow {
			slow += time.Duration(f.DelaySeconds) * time.Second
		} else {
			reasons = append(reasons, ApplicationReason{f.Field, f.Text})
		}
		if f.Times--; f.Times > 0 {
			left = append(left, f)
		}
	}
	s.faults = left
	return reasons, slow
}
