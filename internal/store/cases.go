package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"juma/acquiring/channel"
	"juma/clearing"
	"juma/clearing/cases"
	"juma/internal/bizdate"
	"juma/internal/fault"
)

// caseStore is the Store as the work on differences sees it.
type caseStore struct{ *Store }

// caseTx is a transaction as it sees it.
type caseTx struct{ clearingTx }

var (
	_ cases.Store = caseStore{}
	_ cases.Tx    = caseTx{}
)

// Cases is the store of the work on differences.
func (s *Store) Cases() cases.Store { return caseStore{s} }

// UpdateCases runs f in a transaction of its own: what is refused must not undo
// others' work.
func (s caseStore) UpdateCases(ctx context.Context, f func(cases.Tx) error) error {
	return s.updateAlone(ctx, func(c *conn) error { return f(caseTx{clearingTx{c}}) })
}

var caseEvents = table[cases.Event]{"case_events", func(e *cases.Event) []field {
	return []field{{"id", &e.ID}, {"item_id", &e.ItemID}, {"kind", &e.Kind}, {"actor", &e.Actor}, {"happened_at", at(&e.At)}, {"detail", text(&e.Detail)}, {"note", text(&e.Note)}}
}}

// proposalRow is a proposal with what keeps it the only open one of its case.
type proposalRow struct {
	cases.Proposal
	openKey string
}

var proposals = table[proposalRow]{"case_proposals", func(p *proposalRow) []field {
	return []field{
		{"id", &p.ID},
		{"item_id", &p.ItemID},
		{"merchant_no", &p.MerchantNo},
		{"action", &p.Action},
		{"state", &p.State},
		{"open_key", orNull(&p.openKey)},
		{"amount_fen", &p.Amount},
		{"until_date", &p.Until},
		{"dispute_code", &p.Code},
		{"reason_code", &p.ReasonCode},
		{"reference", text(&p.Reference)},
		{"reason", text(&p.Reason)},
		{"proposed_by", &p.ProposedBy},
		{"proposed_at", at(&p.ProposedAt)},
		{"decided_by", &p.DecidedBy},
		{"decided_at", at(&p.DecidedAt)},
		{"note", text(&p.Note)},
	}
}}

// disputeRow is a dispute with what keeps it the only open one of its case.
type disputeRow struct {
	cases.Dispute
	openKey string
}

var disputes = table[disputeRow]{"disputes", func(d *disputeRow) []field {
	return []field{
		{"id", &d.ID},
		{"item_id", &d.ItemID},
		{"merchant_no", &d.MerchantNo},
		{"channel", &d.Channel},
		{"line_kind", &d.LineKind},
		{"order_no", &d.OrderNo},
		{"code", &d.Code},
		{"reason_code", &d.ReasonCode},
		{"amount_fen", &d.Amount},
		{"fee_fen", &d.Fee},
		{"cost_fen", &d.Cost},
		{"trace", &d.Trace},
		{"state", &d.State},
		{"open_key", orNull(&d.openKey)},
		{"reason", text(&d.Reason)},
		{"opened_by", &d.OpenedBy},
		{"opened_at", at(&d.OpenedAt)},
		{"ended_by", &d.EndedBy},
		{"ended_at", at(&d.EndedAt)},
	}
}}

// caseView is an item with its case's row, if it has one, and when our side
// happened. It is not a table: it is only read.
var caseView = table[cases.Case]{"clearing_items i LEFT JOIN clearing_cases c ON c.item_id = i.id" +
	" LEFT JOIN payments p ON i.ours = 1 AND i.kind = 'payment' AND p.order_no = i.order_no" +
	" LEFT JOIN refunds r ON i.ours = 1 AND i.kind = 'refund' AND r.refund_no = i.order_no", func(c *cases.Case) []field {
	fields := items.fields(&c.Item)
	for n := range fields {
		fields[n].column = "i." + fields[n].column
	}
	return append(fields,
		field{"COALESCE(c.owner, '')", &c.Owner},
		field{"COALESCE(c.wait_until, 0)", &c.WaitTo},
		field{"COALESCE(c.ended_by, '')", &c.EndedBy},
		field{"COALESCE(c.ended_at, 0)", at(&c.EndedAt)},
		field{"COALESCE(p.paid_at, r.refunded_at, 0)", at(&c.OursTime)})
}}

// OpenCases lists what waits, and what has an open proposal or dispute.
func (s caseStore) OpenCases(ctx context.Context) ([]cases.Case, error) {
	const op = "store.OpenCases"
	c := s.reader(ctx)
	deciding, err := proposals.list(c, op, c.from(proposals.name).Where("state = ?", cases.Open))
	if err != nil {
		return nil, err
	}
	disputed, err := disputes.list(c, op, c.from(disputes.name).Where("open_key IS NOT NULL"))
	if err != nil {
		return nil, err
	}
	const order = "i.clearing_date, i.channel, i.order_no, i.id"
	open, err := caseView.list(c, op, c.from(caseView.name).Where("i.state = ?", clearing.Waiting).Order(order))
	if err != nil {
		return nil, err
	}
	proposalOf, disputeOf := map[string]*cases.Proposal{}, map[string]*cases.Dispute{}
	var more []string
	for i := range deciding {
		proposalOf[deciding[i].ItemID] = &deciding[i].Proposal
		more = append(more, deciding[i].ItemID)
	}
	for i := range disputed {
		disputeOf[disputed[i].ItemID] = &disputed[i].Dispute
		more = append(more, disputed[i].ItemID)
	}
	for _, part := range chunks(more, maxParams/2) {
		others, err := caseView.list(c, op, c.from(caseView.name).Where("i.id IN ? AND i.state <> ?", part, clearing.Waiting).Order(order))
		if err != nil {
			return nil, err
		}
		open = append(open, others...)
	}
	for i := range open {
		open[i].Proposal, open[i].Dispute = proposalOf[open[i].Item.ID], disputeOf[open[i].Item.ID]
	}
	return open, nil
}

// CountWaiting is how many items wait.
func (s caseStore) CountWaiting(ctx context.Context) (int, error) {
	sum, err := s.reader(ctx).sum("store.CountWaiting", "SELECT COUNT(*), 0 FROM clearing_items WHERE state = ?", clearing.Waiting)
	return sum.Count, err
}

// Case reads one case.
func (s caseStore) Case(ctx context.Context, itemID string) (cases.Case, error) {
	const op = "store.Case"
	c := s.reader(ctx)
	found, err := caseView.one(c, op, "id", itemID, "i.id = ?", itemID)
	if err != nil {
		return found, err
	}
	open, err := proposals.list(c, op, c.from(proposals.name).Where("open_key = ?", itemID))
	if err != nil {
		return found, err
	}
	if len(open) > 0 {
		found.Proposal = &open[0].Proposal
	}
	disputed, err := disputes.list(c, op, c.from(disputes.name).Where("open_key = ?", itemID))
	if len(disputed) > 0 {
		found.Dispute = &disputed[0].Dispute
	}
	return found, err
}

// ItemsOf lists the items of a number.
func (s caseStore) ItemsOf(ctx context.Context, number string) ([]clearing.Item, error) {
	c := s.reader(ctx)
	return items.list(c, "store.ItemsOf", c.from(items.name).Where("order_no = ?", number).Order("clearing_date DESC, id DESC"))
}

// OrderKnown tells whether there is such an order.
func (s caseStore) OrderKnown(ctx context.Context, kind channel.LineKind, number string) (bool, error) {
	table, column := payments.name, "order_no"
	if kind == channel.RefundLine {
		table, column = refunds.name, "refund_no"
	}
	return s.any(ctx, "store.OrderKnown", s.reader(ctx).from(table).Select(column).Where(column+" = ?", number))
}

// Unbooked tells whether an order was reversed as short.
func (s caseStore) Unbooked(ctx context.Context, kind channel.LineKind, number string) (bool, error) {
	return s.any(ctx, "store.Unbooked", s.reader(ctx).from("clearing_items i").Joins("JOIN clearing_cases c ON c.item_id = i.id").Select("i.id").
		Where("i.order_no = ? AND i.kind = ? AND c.ended_by IN ?", number, kind, []cases.Action{cases.Reverse, cases.Won}))
}

// any tells whether a query finds a row.
func (s caseStore) any(ctx context.Context, op string, query *gorm.DB) (bool, error) {
	found, err := scanAll(s.reader(ctx), op, query.Limit(1), idField)
	return len(found) > 0, err
}

// Events lists the story of a case.
func (s caseStore) Events(ctx context.Context, itemID string) ([]cases.Event, error) {
	c := s.reader(ctx)
	return caseEvents.list(c, "store.Events", c.from(caseEvents.name).Where("item_id = ?", itemID).Order("happened_at, id"))
}

// Proposals lists the proposals about a case.
func (s caseStore) Proposals(ctx context.Context, itemID string) ([]cases.Proposal, error) {
	c := s.reader(ctx)
	rows, err := proposals.list(c, "store.Proposals", c.from(proposals.name).Where("item_id = ?", itemID).Order("proposed_at DESC, id DESC"))
	all := make([]cases.Proposal, len(rows))
	for i, r := range rows {
		all[i] = r.Proposal
	}
	return all, err
}

// Proposal reads one.
func (s caseStore) Proposal(ctx context.Context, id string) (cases.Proposal, error) {
	r, err := proposals.one(s.reader(ctx), "store.Proposal", "id", id, "id = ?", id)
	return r.Proposal, err
}

// Disputes lists the disputes about a case.
func (s caseStore) Disputes(ctx context.Context, itemID string) ([]cases.Dispute, error) {
	c := s.reader(ctx)
	rows, err := disputes.list(c, "store.Disputes", c.from(disputes.name).Where("item_id = ?", itemID).Order("opened_at DESC, id DESC"))
	all := make([]cases.Dispute, len(rows))
	for i, r := range rows {
		all[i] = r.Dispute
	}
	return all, err
}

// AdjustmentsOf lists the adjustments that a case has given.
func (s caseStore) AdjustmentsOf(ctx context.Context, itemID string) ([]clearing.Adjustment, error) {
	c := s.reader(ctx)
	return adjustments.list(c, "store.AdjustmentsOf", c.from(adjustments.name).Where("item_id = ?", itemID).Order("id"))
}

// caseRow is the row of a case.
type caseRow struct {
	ItemID, MerchantNo, Owner string
	WaitTo                    bizdate.Date
	EndedBy                   cases.Action
	EndedAt, UpdatedAt        time.Time
}

var caseRows = table[caseRow]{"clearing_cases", func(r *caseRow) []field {
	return []field{{"item_id", &r.ItemID}, {"merchant_no", &r.MerchantNo}, {"owner", &r.Owner}, {"wait_until", &r.WaitTo}, {"ended_by", &r.EndedBy},
		{"ended_at", at(&r.EndedAt)}, {"updated_at", at(&r.UpdatedAt)}}
}}

// Touch makes the case's row when it has none; the row stays locked until the
// commit.
func (c caseTx) Touch(itemID, merchantNo string, when time.Time) error {
	const op = "store.Touch"
	touched, err := c.moved(op, "UPDATE clearing_cases SET updated_at = ? WHERE item_id = ?", micros(when), itemID)
	if err != nil || touched {
		return err
	}
	err = caseRows.insert(c.conn, op, caseRow{ItemID: itemID, MerchantNo: merchantNo, UpdatedAt: when})
	if fault.Is(err, fault.Conflict) { // made in this moment by somebody else, or touched in the same microsecond
		return nil
	}
	return err
}

// SetOwner changes the owner if it is still from.
func (c caseTx) SetOwner(itemID, from, to string, when time.Time) (bool, error) {
	return c.moved("store.SetOwner", "UPDATE clearing_cases SET owner = ?, updated_at = ? WHERE item_id = ? AND owner = ?", to, micros(when), itemID, from)
}

// SetWait puts a case off.
func (c caseTx) SetWait(itemID string, until bizdate.Date, when time.Time) error {
	_, err := c.moved("store.SetWait", "UPDATE clearing_cases SET wait_until = ?, updated_at = ? WHERE item_id = ?", until, micros(when), itemID)
	return err
}

// EndCase records what ended a case.
func (c caseTx) EndCase(itemID string, by cases.Action, when time.Time) error {
	_, err := c.moved("store.EndCase", "UPDATE clearing_cases SET ended_by = ?, ended_at = ? WHERE item_id = ?", by, micros(when), itemID)
	return err
}

// InsertEvent stores an event.
func (c caseTx) InsertEvent(e cases.Event) error {
	return caseEvents.insert(c.conn, "store.InsertEvent", e)
}

// InsertProposal stores an open proposal.
func (c caseTx) InsertProposal(p cases.Proposal) error {
	return proposals.insert(c.conn, "store.InsertProposal", proposalRow{p, p.ItemID})
}

// DecideProposal moves an open proposal.
func (c caseTx) DecideProposal(id string, to cases.ProposalState, by string, when time.Time, note string) (bool, error) {
	return c.moved("store.DecideProposal", "UPDATE case_proposals SET state = ?, open_key = NULL, decided_by = ?, decided_at = ?, note = ? WHERE id = ? AND state = ?",
		to, by, micros(when), text(&note), id, cases.Open)
}

// InsertDispute stores an open dispute.
func (c caseTx) InsertDispute(d cases.Dispute) error {
	return disputes.insert(c.conn, "store.InsertDispute", disputeRow{d, d.ItemID})
}

// EndDispute gives an open dispute its outcome.
func (c caseTx) EndDispute(id string, to cases.DisputeState, by string, when time.Time) (bool, error) {
	return c.moved("store.EndDispute", "UPDATE disputes SET state = ?, open_key = NULL, ended_by = ?, ended_at = ? WHERE id = ? AND state = ?",
		to, by, micros(when), id, cases.DisputeOpened)
}

// NextTrace takes the terminal's next trace number.
func (c caseTx) NextTrace(terminalNo string) (int, error) {
	return acquiringTx{c.conn}.NextTrace(terminalNo)
}
