package sandbox

import (
	"strings"
	"sync"
	"time"
)

// codeLife is how long a payment code can be scanned: about a minute.
const codeLife = time.Minute

// CodeShower is a wallet whose phone can show a payment code (付款码) for a
// merchant to scan.
type CodeShower interface {
	// ShowCode is the consumer opening the payment code: digits that are good for
	// one payment within a minute.
	ShowCode(payer string) string
}

// Codes are the payment codes that one wallet's phones show. It is safe for
// concurrent use.
type Codes struct {
	wallet, prefix string
	digits         int

	mu    sync.Mutex
	shown map[string]*shownCode
	count int
}

// shownCode is a code on somebody's phone.
type shownCode struct {
	payer string
	until time.Time
	used  bool
}

// NewCodes makes a wallet's codes: of so many digits, beginning with the prefix.
func NewCodes(wallet, prefix string, digits int) *Codes {
	return &Codes{wallet: wallet, prefix: prefix, digits: digits, shown: map[string]*shownCode{}}
}

// Show makes a code for a consumer. The count makes each one new, and the same
// ones on every run.
func (c *Codes) Show(payer string, now time.Time) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	for old, s := range c.shown {
		if now.After(s.until.Add(codeLife)) {
			delete(c.shown, old)
		}
	}
	for {
		c.count++
		code := c.prefix + Digits(c.digits-len(c.prefix), "%s code %s %d", c.wallet, payer, c.count)
		if c.shown[code] == nil {
			c.shown[code] = &shownCode{payer: payer, until: now.Add(codeLife)}
			return code
		}
	}
}

// Take uses a code up and tells who showed it. Not ok: it is none of ours, too
// old, or was used before. A code that nobody showed but that is of the right
// form and ends with 0000 is always good, for hands without a phone: the consumer
// is DefaultPayer.
func (c *Codes) Take(code string, now time.Time) (payer string, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.shown[code]
	if s == nil {
		return DefaultPayer, len(code) == c.digits && strings.HasPrefix(code, c.prefix) && strings.HasSuffix(code, "0000")
	}
	ok = !s.used && !now.After(s.until)
	s.used = true
	return s.payer, ok
}

// CodeFate is what the script lets become of a payment by code.
type CodeFate struct {
	Funds    bool          // refused: not enough money
	Expired  bool          // refused: the code is too old
	Password bool          // the consumer is asked for the password
	After    time.Duration // and enters it by itself after so long; 0: waits for Confirm
}

// CodeFate takes what is scripted for a payment by code off the list.
func (s *Script) CodeFate(wallet, outTradeNo, payer string) (f CodeFate) {
	strike := func(kind string) (Fault, bool) { return s.Strike(wallet, kind, "", outTradeNo, payer) }
	if _, ok := strike(CodeExpired); ok {
		return CodeFate{Expired: true}
	}
	if _, ok := strike(CodeFunds); ok {
		return CodeFate{Funds: true}
	}
	if hit, ok := strike(CodePassword); ok {
		return CodeFate{Password: true, After: time.Duration(hit.DelaySeconds) * time.Second}
	}
	return CodeFate{}
}
