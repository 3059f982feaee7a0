package web

import (
	"slices"
	"strings"

	"juma/acquiring"
	"juma/acquiring/routing"
	"juma/clearing"
	"juma/clearing/file"
	"juma/internal/audit"
	"juma/internal/ledger"
	"juma/internal/mask"
	"juma/qrcode"
)

// paymentActions are the tones of what people and rules did to a payment or refund.
var paymentActions = map[string]string{
	"payment.asked": Info, "payment.late_success": Warn, "payment.payer_corrected": Info, "payment.resent": Info, "refund.resent": Info,
	"refund.requested": Info, "refund.retried": Info, "refund.asked": Info, "refund.time_from_statement": Info, "command.redriven": Info,
}

// accountActions change who paid; what was and what is are masked.
var accountActions = []string{"payment.payer_corrected"}

// paymentTimeline tells a payment's life from the scan to the settlement, oldest
// first.
func (l lang) paymentTimeline(page paymentFilePage) []Event {
	events := append(l.paymentStart(page), l.tryEvents(page.Why)...)
	for _, n := range page.Notices {
		events = append(events, l.noticeEvent(n))
	}
	for _, m := range page.wire {
		events = append(events, l.wireEvent(m))
	}
	for _, r := range page.Refunds {
		events = append(events, l.refundEvents(r)...)
	}
	for _, a := range page.audits {
		events = append(events, l.auditEvent(a))
	}
	for _, e := range page.Entries {
		events = append(events, Event{Time: e.At, Title: l.text("payments.posted", l.text("payments.entry."+string(e.Kind))), Text: sides(e)})
	}
	for _, it := range page.Items {
		events = append(events, l.itemEvents(it)...)
	}
	slices.SortStableFunc(events, func(a, b Event) int { return a.Time.Compare(b.Time) })
	return events
}

// paymentStart tells the scan and, when it is paid, the payment.
func (l lang) paymentStart(page paymentFilePage) []Event {
	how := l.text("payments.entry.by_scan")
	switch page.Entry {
	case acquiring.ByTap:
		how = l.text("payments.entry.by_tap")
	case acquiring.ByCode:
		how = l.text("payments.entry.by_code")
	}
	events := []Event{{
		Time: page.CreatedAt, Title: l.text("payments.ordered"), Tone: Info,
		Text: joined(" · ", how, page.Serial, l.text("channel."+string(page.Channel)), page.Amount.Yuan()),
	}}
	if !page.PaidAt.IsZero() {
		events = append(events, Event{Time: page.PaidAt, Title: l.text("payments.paid"), Tone: Good, Text: page.ChannelNo})
	}
	return events
}

// route tells why the payment went where it went; "" where that is not on record.
func (l lang) route(record routing.Record) string {
	if record.Rule == "" && len(record.Passed) == 0 {
		return ""
	}
	texts := []string{l.text("payments.rule", record.Version, record.Rule)}
	for _, p := range record.Passed {
		texts = append(texts, l.text("payments.passed", l.text("channel."+string(p.Channel)), l.text("payments.why."+string(p.Why))))
	}
	return joined(" ", texts...)
}

// tryEvents are the attempts to place the order.
func (l lang) tryEvents(record routing.Record) []Event {
	var events []Event
	for _, t := range record.Tries {
		e := Event{Time: t.At, Title: l.text("payments.tried", l.text("channel."+string(t.Channel))), Tone: Info}
		if t.Result != "" {
			e.Tone, e.Text = Warn, joined(" · ", l.text("payments.tryend."+string(t.Result)), t.Code)
		}
		events = append(events, e)
	}
	return events
}

func (l lang) noticeEvent(n acquiring.NoticeRow) Event {
	tag := l.word("payments.notice.", n.Disposition)
	return Event{
		Time: n.ReceivedAt, Title: l.text("payments.noticed", l.text("line."+string(n.Event))), Tone: tag.Tone,
		Text: joined(" · ", tag.Text, n.RefundNo, n.Amount.Yuan(), mask.Text(n.Reason), l.text("payments.deliveries", n.Deliveries)),
	}
}

// refundEvents tell how a refund began and ended. That it was asked for is on record
// with its reason, unless it is older than the record.
func (l lang) refundEvents(r acquiring.Refund) []Event {
	tag := l.word("payments.refundstate.", r.State)
	events := []Event{{Time: r.CreatedAt, Title: l.text("payments.refund_begun"), By: r.RequestedBy, Tone: Info, Text: joined(" · ", r.RefundNo, r.Amount.Yuan(), l.text("payments.way."+string(r.Way)))}}
	if !r.RefundedAt.IsZero() {
		events = append(events, Event{Time: r.RefundedAt, Title: tag.Text, Tone: tag.Tone, Text: joined(" · ", r.RefundNo, r.Amount.Yuan(), r.ChannelNo)})
	}
	return events
}

// auditEvent is an entry of the audit; one without a text keeps the audit's word.
func (l lang) auditEvent(a audit.Entry) Event {
	e := Event{Time: a.At, By: a.Actor, Title: a.Action}
	if tone, known := paymentActions[a.Action]; known {
		e.Title, e.Tone = l.text("payments.event."+a.Action), tone
	}
	before, after := a.Before, a.After
	if slices.Contains(accountActions, a.Action) {
		before, after = mask.Account(before), mask.Account(after)
	}
	e.Text = joined(" · ", joined(" → ", before, after), a.Reason)
	return e
}

// itemEvents tell reconciliation and settlement.
func (l lang) itemEvents(it settledItem) []Event {
	title := l.text("payments.matched")
	tone := Good
	if it.Class != clearing.Matched {
		title, tone = l.text("payments.differs", l.text("kind."+string(it.Class))), Bad
	}
	events := []Event{{Time: it.Day.UpdatedAt, Title: title, Tone: tone, Text: joined(" · ", l.text("line."+string(it.Kind)), it.File, it.Note)}}
	if it.State == clearing.Settled {
		events = append(events, Event{
			Time: it.Batch.UpdatedAt, Tone: Good, Title: l.text("payments.settled", showDate(it.Batch.SettlementDate)),
			Text: joined(" · ", l.text("line."+string(it.Kind)), l.word("batch.", it.Batch.State).Text),
		})
	}
	return events
}

// sides writes the lines of an entry: the accounts that are debited, then those
// credited.
func sides(e ledger.Entry) string {
	var debit, credit []string
	for _, line := range e.Lines {
		if line.Debit > 0 {
			debit = append(debit, string(line.Account)+" "+line.Debit.Yuan())
		} else {
			credit = append(credit, string(line.Account)+" "+line.Credit.Yuan())
		}
	}
	return strings.Join(debit, ", ") + " / " + strings.Join(credit, ", ")
}

// holdsRows tells whether a file holds the row of a settled item: the transaction
// file and the merchant's statement do.
func holdsRows(f clearing.FileRow, it clearing.Item) bool {
	return f.Name == file.ACOMAName(it.SettledOn) || f.Name == file.ZMName(it.SettledOn, it.MerchantNo)
}

// qrcodeBinding is whom a payment's plate paid when it was made.
func qrcodeBinding(p acquiring.Payment) qrcode.Binding {
	return qrcode.Binding{MerchantNo: p.MerchantNo, StoreID: p.StoreID}
}
