// Package sandbox stands for the public-security registry and the banks that
// identity verification asks: it knows every person whose numbers are right, and
// a few personas that behave as real sources do. It keeps no data of persons.
//
// A persona is chosen by the three sequence digits of the identity number (the
// last but one to the fourth but last): demos and tests need no other switch.
package sandbox

import (
	"context"
	"fmt"
	"sync"

	"juma/internal/clock"
	"juma/internal/fault"
	"juma/internal/money"
	"juma/merchants"
)

// The personas: sequence digits of the identity number.
const (
	Stale     = "901" // real, but the registry's copy is old: two-factor no, four-factor yes
	Impostor  = "902" // nobody knows this person: both say no
	Slow      = "903" // the registry times out twice, then says yes
	Down      = "904" // the registry never answers
	Missing   = "905" // the registry does not know the number, the bank does
	BadCard   = "906" // the person is known; the card is not theirs
	slowAfter = 2
)

// BadAccount is the end of a corporate account number that the bank does not know.
const BadAccount = "0000"

// Provider is the sandbox. It is safe for concurrent use.
type Provider struct {
	clk  clock.Clock
	mu   sync.Mutex
	seen map[string]int // questions about slow persons, by number's hash position only
	sent map[string]money.Fen
	n    int
	mute bool
}

// Silence makes every source stop answering, or answer again.
func (p *Provider) Silence(on bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mute = on
}

func (p *Provider) muted() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.mute
}

// New returns a provider.
func New(clk clock.Clock) *Provider {
	return &Provider{clk: clk, seen: map[string]int{}, sent: map[string]money.Fen{}}
}

var _ merchants.IdentityProvider = (*Provider)(nil)

func persona(idNo string) string {
	if len(idNo) != 18 {
		return ""
	}
	return idNo[14:17]
}

// TwoFactor asks the registry.
func (p *Provider) TwoFactor(_ context.Context, name, idNo string) (merchants.Answer, error) {
	if p.muted() {
		return merchants.Answer{}, silence()
	}
	const provider = "sandbox-registry"
	switch persona(idNo) {
	case Stale:
		return p.answer(provider, merchants.Mismatch, "stale_copy"), nil
	case Impostor:
		return p.answer(provider, merchants.Mismatch, "name_differs"), nil
	case Missing:
		return p.answer(provider, merchants.NotFound, "no_such_number"), nil
	case Down:
		return merchants.Answer{}, silence()
	case Slow:
		if p.countSlow(idNo) <= slowAfter {
			return merchants.Answer{}, silence()
		}
	}
	return p.answer(provider, merchants.Match, "same"), nil
}

// FourFactor asks the bank of the card.
func (p *Provider) FourFactor(_ context.Context, name, idNo, card, phone string) (merchants.Answer, error) {
	if p.muted() {
		return merchants.Answer{}, silence()
	}
	const provider = "sandbox-bank"
	switch {
	case card == "" || phone == "":
		return p.answer(provider, merchants.Mismatch, "card_or_phone_missing"), nil
	case persona(idNo) == Impostor || persona(idNo) == BadCard:
		return p.answer(provider, merchants.Mismatch, "not_the_holder"), nil
	}
	return p.answer(provider, merchants.Match, "same"), nil
}

// SendSmallAmount pays into an account; the same reference again pays once.
func (p *Provider) SendSmallAmount(_ context.Context, reference string, account merchants.ProfileAccount, amount money.Fen) (merchants.Answer, error) {
	if p.muted() {
		return merchants.Answer{}, silence()
	}
	if n := len(account.No); n >= len(BadAccount) && account.No[n-len(BadAccount):] == BadAccount {
		return p.answer("sandbox-bank", merchants.NotFound, "no_such_account"), nil
	}
	p.mu.Lock()
	if _, again := p.sent[reference]; !again {
		p.sent[reference] = amount
	}
	p.mu.Unlock()
	return p.answer("sandbox-bank", merchants.Match, "sent"), nil
}

// Received is what came into an account by a reference: what its holder reads on
// the account's statement.
func (p *Provider) Received(reference string) (money.Fen, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	amount, ok := p.sent[reference]
	return amount, ok
}

func (p *Provider) countSlow(idNo string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen[idNo]++
	return p.seen[idNo]
}

func (p *Provider) answer(provider string, v merchants.Verdict, reason string) merchants.Answer {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.n++
	return merchants.Answer{Verdict: v, Provider: provider, Reference: fmt.Sprintf("SB%d%06d", p.clk.Now().Unix(), p.n), Reason: reason}
}

func silence() error {
	return fault.New("sandbox", fault.Unavailable, "no answer")
}
