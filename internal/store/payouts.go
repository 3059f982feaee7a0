package store

import (
	"context"
	"time"

	"juma/clearing"
	"juma/clearing/payout"
	"juma/internal/bizdate"
	"juma/internal/money"
)

// payoutStore is the Store as payouts see it.
type payoutStore struct{ *Store }

// payoutTx is a transaction as they see it.
type payoutTx struct{ clearingTx }

var (
	_ payout.Store = payoutStore{}
	_ payout.Tx    = payoutTx{}
)

// Payouts is the store of payouts.
func (s *Store) Payouts() payout.Store { return payoutStore{s} }

// UpdatePayouts runs f in a transaction of its own: what is refused must not undo
// others' work.
func (s payoutStore) UpdatePayouts(ctx context.Context, f func(payout.Tx) error) error {
	return s.updateAlone(ctx, func(c *conn) error { return f(payoutTx{clearingTx{c}}) })
}

// payoutRow is a payout with what keeps it the only one that replaces another.
type payoutRow struct {
	payout.Payout
	replacesKey string
}

var payouts = table[payoutRow]{"payouts", func(p *payoutRow) []field {
	return []field{
		{"payout_no", &p.No},
		{"clearing_date", &p.Date},
		{"merchant_no", &p.MerchantNo},
		{"attempt", &p.Attempt},
		{"state", &p.State},
		{"amount_fen", &p.Amount},
		{"account", sealedJSON(&p.Account, "payouts.account", &p.No)},
		{"settlement_date", &p.SettlementDate},
		{"payer_code", &p.PayerCode},
		{"payer_name", text(&p.PayerName)},
		{"replaces", &p.Replaces},
		{"replaces_key", orNull(&p.replacesKey)},
		{"instruction_id", &p.InstructionID},
		{"made_by", &p.MadeBy},
		{"made_at", at(&p.MadeAt)},
		{"released_by", &p.ReleasedBy},
		{"released_at", at(&p.ReleasedAt)},
		{"reason_code", &p.ReasonCode},
		{"reason", text(&p.Reason)},
		{"bank_ref", &p.BankRef},
		{"finished_at", at(&p.FinishedAt)},
		{"updated_at", at(&p.UpdatedAt)},
	}
}}

var instructions = table[payout.Instruction]{"payout_instructions", func(i *payout.Instruction) []field {
	return []field{{"id", &i.ID}, {"clearing_date", &i.Date}, {"seq", &i.Seq}, {"payer_code", &i.PayerCode}, {"payer_name", text(&i.PayerName)}, {"row_count", &i.Count},
		{"amount_fen", &i.Amount}, {"made_by", &i.MadeBy}, {"made_at", at(&i.MadeAt)}, {"name", &i.Name}, {"byte_count", &i.Bytes}, {"sha256", &i.SHA256}}
}}

var payoutResults = table[payout.Result]{"payout_results", func(r *payout.Result) []field {
	return []field{{"id", &r.ID}, {"import_id", &r.ImportID}, {"line_no", &r.Line}, {"payout_no", &r.PayoutNo}, {"amount_fen", &r.Amount}, {"outcome", &r.Outcome},
		{"reason_code", &r.ReasonCode}, {"reason", text(&r.Reason)}, {"bank_ref", &r.BankRef}, {"finished_at", at(&r.FinishedAt)}}
}}

// payoutsWhere lists payouts by number.
func (s payoutStore) payoutsWhere(ctx context.Context, op, order, where string, args ...any) ([]payout.Payout, error) {
	c := s.reader(ctx)
	rows, err := payouts.list(c, op, c.from(payouts.name).Where(where, args...).Order(order))
	all := make([]payout.Payout, len(rows))
	for i, r := range rows {
		all[i] = r.Payout
	}
	return all, err
}

// Payout reads one.
func (s payoutStore) Payout(ctx context.Context, no string) (payout.Payout, error) {
	r, err := payouts.one(s.reader(ctx), "store.Payout", "payout_no", no, "payout_no = ?", no)
	return r.Payout, err
}

// PayoutsOn lists those of a date.
func (s payoutStore) PayoutsOn(ctx context.Context, d bizdate.Date) ([]payout.Payout, error) {
	return s.payoutsWhere(ctx, "store.PayoutsOn", "payout_no", "clearing_date = ?", d)
}

// PayoutsOf lists those of a merchant, newest batch first.
func (s payoutStore) PayoutsOf(ctx context.Context, merchantNo string) ([]payout.Payout, error) {
	return s.payoutsWhere(ctx, "store.PayoutsOf", "clearing_date DESC, attempt", "merchant_no = ?", merchantNo)
}

// PayoutsIn lists those of an instruction.
func (s payoutStore) PayoutsIn(ctx context.Context, instructionID string) ([]payout.Payout, error) {
	return s.payoutsWhere(ctx, "store.PayoutsIn", "payout_no", "instruction_id = ?", instructionID)
}

// Unpaid lists what waits to be paid again, and who has been proposed for it.
func (s payoutStore) Unpaid(ctx context.Context) ([]payout.Payout, error) {
	return s.payoutsWhere(ctx, "store.Unpaid", "clearing_date, payout_no",
		"state = ? OR (state IN ? AND NOT EXISTS (SELECT 1 FROM payouts n WHERE n.replaces_key = payouts.payout_no))",
		payout.Proposed, []payout.State{payout.Failed, payout.Returned})
}

// Sums sums payouts up by date and state.
func (s payoutStore) Sums(ctx context.Context) ([]payout.DaySum, error) {
	c := s.reader(ctx)
	return scanAll(c, "store.PayoutSums", c.from(payouts.name).Select("clearing_date, state, COUNT(*), SUM(amount_fen)").
		Group("clearing_date, state").Order("clearing_date DESC, state"), func(d *payout.DaySum) []field {
		return []field{{"clearing_date", &d.Date}, {"state", &d.State}, {"count", &d.Count}, {"amount", &d.Amount}}
	})
}

// ResultsOf lists what banks said about payouts.
func (s payoutStore) ResultsOf(ctx context.Context, payoutNos []string) ([]payout.Result, error) {
	c := s.reader(ctx)
	var all []payout.Result
	for _, part := range chunks(payoutNos, maxParams) {
		rows, err := payoutResults.list(c, "store.ResultsOf", c.from(payoutResults.name).Where("payout_no IN ?", part).Order("payout_no, id"))
		if err != nil {
			return nil, err
		}
		all = append(all, rows...)
	}
	return all, nil
}

// Instructions lists a date's files.
func (s payoutStore) Instructions(ctx context.Context, d bizdate.Date) ([]payout.Instruction, error) {
	c := s.reader(ctx)
	return instructions.list(c, "store.Instructions", c.from(instructions.name).Where("clearing_date = ?", d).Order("seq"))
}

// Instruction reads one.
func (s payoutStore) Instruction(ctx context.Context, id string) (payout.Instruction, error) {
	return instructions.one(s.reader(ctx), "store.Instruction", "id", id, "id = ?", id)
}

// ItemsOfPart lists a merchant's items of a batch.
func (s payoutStore) ItemsOfPart(ctx context.Context, d bizdate.Date, merchantNo string) ([]clearing.Item, error) {
	c := s.reader(ctx)
	return items.list(c, "store.ItemsOfPart", c.from(items.name).Where("settled_on = ? AND merchant_no = ? AND state = ?", d, merchantNo, clearing.Settled).Order("kind, order_no"))
}

// AdjustmentsOfPart lists a merchant's adjustments of a batch.
func (s payoutStore) AdjustmentsOfPart(ctx context.Context, d bizdate.Date, merchantNo string) ([]clearing.Adjustment, error) {
	c := s.reader(ctx)
	return adjustments.list(c, "store.AdjustmentsOfPart", c.from(adjustments.name).Where("settled_on = ? AND merchant_no = ?", d, merchantNo).Order("id"))
}

// InsertPayouts stores payouts.
func (c payoutTx) InsertPayouts(all []payout.Payout) error {
	rows := make([]payoutRow, len(all))
	for i, p := range all {
		rows[i] = payoutRow{p, p.Replaces}
	}
	return payouts.insert(c.conn, "store.InsertPayouts", rows...)
}

// MovePayout moves a payout if it is in state from.
func (c payoutTx) MovePayout(no string, from, to payout.State, o payout.Outcome, when time.Time) (bool, error) {
	return c.moved("store.MovePayout", "UPDATE payouts SET state = ?, reason_code = ?, reason = ?, bank_ref = ?, finished_at = ?, updated_at = ? WHERE payout_no = ? AND state = ?",
		to, o.ReasonCode, text(&o.Reason), o.BankRef, micros(o.FinishedAt), micros(when), no, from)
}

// ReleasePayout releases a proposal. That the maker is another one is part of the
// guard, so that no race of requests can get round it.
func (c payoutTx) ReleasePayout(no, by string, due bizdate.Date, when time.Time) (bool, error) {
	return c.moved("store.ReleasePayout", "UPDATE payouts SET state = ?, settlement_date = ?, released_by = ?, released_at = ?, updated_at = ? WHERE payout_no = ? AND state = ? AND made_by <> ?",
		payout.Instructed, due, by, micros(when), micros(when), no, payout.Proposed, by)
}

// WithdrawPayout gives a proposal up.
func (c payoutTx) WithdrawPayout(no, by string, when time.Time) (bool, error) {
	return c.moved("store.WithdrawPayout", "UPDATE payouts SET state = ?, replaces_key = NULL, released_by = ?, released_at = ?, updated_at = ? WHERE payout_no = ? AND state = ?",
		payout.Withdrawn, by, micros(when), micros(when), no, payout.Proposed)
}

// countSum is a count and a sum.
type countSum struct {
	count  int
	amount money.Fen
}

// Assign puts what is to be sent into an instruction.
func (c payoutTx) Assign(instructionID string, d bizdate.Date, payerCode string) (int, money.Fen, error) {
	const op = "store.Assign"
	if _, err := c.exec(op, "UPDATE payouts SET instruction_id = ? WHERE clearing_date = ? AND payer_code = ? AND state = ? AND instruction_id = ''",
		instructionID, d, payerCode, payout.Instructed); err != nil {
		return 0, 0, err
	}
	sums, err := scanAll(c.conn, op, c.from(payouts.name).Select("COUNT(*), COALESCE(SUM(amount_fen), 0)").Where("instruction_id = ?", instructionID),
		func(s *countSum) []field { return []field{{"count", &s.count}, {"amount", &s.amount}} })
	if err != nil {
		return 0, 0, err
	}
	return sums[0].count, sums[0].amount, nil
}

// InsertInstruction stores an instruction.
func (c payoutTx) InsertInstruction(i payout.Instruction) error {
	return instructions.insert(c.conn, "store.InsertInstruction", i)
}

// FinishInstruction registers the file of an instruction that has none.
func (c payoutTx) FinishInstruction(i payout.Instruction) (bool, error) {
	return c.moved("store.FinishInstruction", "UPDATE payout_instructions SET byte_count = ?, sha256 = ? WHERE id = ? AND sha256 = ''", i.Bytes, i.SHA256, i.ID)
}

// SendPayouts moves the payouts of an instruction.
func (c payoutTx) SendPayouts(instructionID string, when time.Time) (int, error) {
	return c.exec("store.SendPayouts", "UPDATE payouts SET state = ?, updated_at = ? WHERE instruction_id = ? AND state = ?",
		payout.Sent, micros(when), instructionID, payout.Instructed)
}

// InsertResults stores what a bank said.
func (c payoutTx) InsertResults(all []payout.Result) error {
	return payoutResults.insert(c.conn, "store.InsertResults", all...)
}
