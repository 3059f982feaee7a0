package web

import (
	"slices"

	"juma/internal/mask"
	"juma/merchants"
)

// changeSteps are the steps of a change of account, in their order.
var changeSteps = []string{"asked", "proof", "approval", "cooling", "effective"}

// changeStep is the step that a change stands at, or ended at.
func changeStep(c merchants.AccountChange) int {
	switch {
	case c.State == merchants.AccountEffective:
		return len(changeSteps) - 1
	case c.SecondBy != "":
		return 3
	case c.Proof.State == merchants.Passed:
		return 2
	}
	return 1
}

// changeStepper shows how far a change has come.
func (l lang) changeStepper(c merchants.AccountChange) Stepper {
	st := Stepper{Label: l.text("upkeep.steps")}
	at := changeStep(c)
	for i, name := range changeSteps {
		step := Step{Text: l.text("upkeep.step." + name), State: "todo"}
		switch {
		case i < at, c.State == merchants.AccountEffective:
			step.State = "done"
		case i == at && c.State.Open():
			step.State = "current"
		case i == at:
			step.State = "error"
		}
		st.Steps = append(st.Steps, step)
	}
	return st
}

// endKeys are the reasons that no person wrote; all others are shown as written.
var endKeys = []string{"merchant_closed", "expired", "amount_wrong", "not_the_holder", "card_or_phone_missing", "no_card_of_person", "no_such_account"}

// endReason is why a change ended, in the page's language where it is a key.
func (l lang) endReason(reason string) string {
	if slices.Contains(endKeys, reason) {
		return l.text("upkeep.reason." + reason)
	}
	return reason
}

// changeEvents is what happened to a change. A merchant is not told which people of
// the platform decided.
func (l lang) changeEvents(c merchants.AccountChange, ofMerchant bool) []Event {
	by := func(who string) string {
		if ofMerchant {
			return ""
		}
		return who
	}
	all := []Event{{Time: c.RequestedAt, Title: l.text("upkeep.event.requested"), By: c.RequestedBy, Text: c.Reason, Tone: Idle}}
	if c.Proof.State == merchants.Passed {
		all = append(all, Event{Time: c.Proof.DecidedAt, Title: l.text("upkeep.event.proven"), By: by(c.Proof.Provider), Tone: Good})
	}
	if c.FirstBy != "" {
		all = append(all, Event{Time: c.FirstAt, Title: l.text("upkeep.event.first"), By: by(c.FirstBy), Tone: Info})
	}
	if c.SecondBy != "" {
		all = append(all, Event{Time: c.SecondAt, Title: l.text("upkeep.event.second"), By: by(c.SecondBy), Tone: Good})
	}
	if !c.State.Open() {
		tag := l.word("accountstate.", c.State)
		end := Event{Time: c.EndedAt, Title: tag.Text, By: by(c.EndedBy), Text: l.endReason(c.EndReason), Tone: tag.Tone}
		if c.State == merchants.AccountWithdrawn {
			end.By = c.EndedBy
		}
		all = append(all, end)
	}
	return all
}

// accountChanges holds the account that is paid to against the one that is asked
// for, masked, and says so where two values differ but look the same. A phone or
// kind that the old one's file does not say is "".
func (l lang) accountChanges(before, after merchants.ProfileAccount) []Change {
	var all []Change
	old := before.Fields()
	for i, f := range after.Fields() { // the same fields in the same order
		line := Change{l.factLabel(f.Path), l.factValue(old[i]), l.factValue(f)}
		if old[i].Value != f.Value && !line.Changed() {
			line.After = l.text("review.differs", line.After)
		}
		all = append(all, line)
	}
	return all
}

// accountFacts are an account's values, masked.
func (l lang) accountFacts(a merchants.SettlementAccount) []Fact {
	return []Fact{
		{Label: l.label("account.no"), Value: mask.Card(a.AccountNo), Mono: true},
		{Label: l.label("account.name"), Value: mask.Name(a.AccountName)},
		{Label: l.label("account.bank_name"), Value: a.BankName},
		{Label: l.label("account.cnaps"), Value: a.CNAPS, Mono: true},
	}
}
