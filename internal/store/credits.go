package store

import (
	"context"
	"fmt"

	"juma/clearing"
	"juma/clearing/payout"
	"juma/internal/bizdate"
	"juma/internal/ledger"
	"juma/internal/money"
)

var bankImports = table[payout.Import]{"bank_imports", func(i *payout.Import) []field {
	return []field{{"id", &i.ID}, {"kind", &i.Kind}, {"subject", &i.Subject}, {"name", text(&i.Name)}, {"sha256", &i.SHA256}, {"row_count", &i.Count},
		{"amount_fen", &i.Amount}, {"imported_by", &i.ImportedBy}, {"imported_at", at(&i.ImportedAt)}}
}}

var bankCredits = table[payout.Credit]{"bank_credits", func(c *payout.Credit) []field {
	return []field{{"id", &c.ID}, {"import_id", &c.ImportID}, {"credit_date", &c.CreditDate}, {"channel", &c.Channel}, {"clearing_date", &c.Date},
		{"amount_fen", &c.Amount}, {"reference", text(&c.Reference)}, {"payer", text(&c.Payer)}}
}}

var proofs = table[payout.Proof]{"credit_proofs", func(p *payout.Proof) []field {
	return []field{{"clearing_date", &p.Date}, {"channel", &p.Channel}, {"ours_fen", &p.Ours}, {"statement_fen", &p.Statement}, {"bank_fen", &p.Bank},
		{"waiting", &p.Waiting}, {"state", &p.State}, {"proved_at", at(&p.ProvedAt)}}
}}

// ImportOf finds the import of a subject.
func (s payoutStore) ImportOf(ctx context.Context, kind payout.ImportKind, subject string) (payout.Import, error) {
	return bankImports.one(s.reader(ctx), "store.ImportOf", "subject", subject, "kind = ? AND subject = ?", kind, subject)
}

// Imports lists the newest.
func (s payoutStore) Imports(ctx context.Context, limit int) ([]payout.Import, error) {
	c := s.reader(ctx)
	return bankImports.list(c, "store.Imports", c.from(bankImports.name).Order("id DESC").Limit(limit))
}

// CreditsFor lists what was credited for a clearing date.
func (s payoutStore) CreditsFor(ctx context.Context, d bizdate.Date) ([]payout.Credit, error) {
	c := s.reader(ctx)
	return bankCredits.list(c, "store.CreditsFor", c.from(bankCredits.name).Where("clearing_date = ?", d).Order("channel, id"))
}

// StrayCredits lists the newest credits that name no channel.
func (s payoutStore) StrayCredits(ctx context.Context, limit int) ([]payout.Credit, error) {
	c := s.reader(ctx)
	return bankCredits.list(c, "store.StrayCredits", c.from(bankCredits.name).Where("clearing_date = 0").Order("id DESC").Limit(limit))
}

// LineSums sums up a date's lines of statements by class and state. The line of an
// item may have been shown by an earlier date's statement: it has an item there.
func (s payoutStore) LineSums(ctx context.Context, d bizdate.Date) ([]payout.LineSum, error) {
	c := s.reader(ctx)
	return scanAll(c, "store.LineSums", c.from("clearing_items i").
		Where("i.clearing_date = ? AND i.theirs = 1", d).
		Where("NOT EXISTS (SELECT 1 FROM clearing_items e WHERE e.order_no = i.order_no AND e.kind = i.kind AND e.channel = i.channel AND e.clearing_date < i.clearing_date AND e.theirs = 1 AND e.file = i.file AND e.line_no = i.line_no)").
		Group("i.channel, i.kind, i.class, i.state").Order("i.channel, i.kind, i.class, i.state").
		Select("i.channel, i.kind, i.class, i.state, COUNT(*), SUM(i.ours_amount_fen), SUM(i.theirs_amount_fen), SUM(i.theirs_fee_fen)"),
		func(l *payout.LineSum) []field {
			return []field{{"channel", &l.Channel}, {"kind", &l.Kind}, {"class", &l.Class}, {"state", &l.State}, {"count", &l.Count},
				{"ours", &l.Ours}, {"theirs", &l.Theirs}, {"fee", &l.Fee}}
		})
}

// Proofs lists the stored proofs of a date.
func (s payoutStore) Proofs(ctx context.Context, d bizdate.Date) ([]payout.Proof, error) {
	c := s.reader(ctx)
	return proofs.list(c, "store.Proofs", c.from(proofs.name).Where("clearing_date = ?", d).Order("channel"))
}

// InsertImport stores an import.
func (c payoutTx) InsertImport(i payout.Import) error {
	return bankImports.insert(c.conn, "store.InsertImport", i)
}

// InsertCredits stores credits.
func (c payoutTx) InsertCredits(all []payout.Credit) error {
	return bankCredits.insert(c.conn, "store.InsertCredits", all...)
}

// SaveProofs stores the proofs of a date in place of the earlier ones: they are
// computed from rows that stay.
func (c payoutTx) SaveProofs(d bizdate.Date, all []payout.Proof) error {
	const op = "store.SaveProofs"
	if _, err := c.exec(op, "DELETE FROM credit_proofs WHERE clearing_date = ?", d); err != nil {
		return err
	}
	return proofs.insert(c.conn, op, all...)
}

// payoutCheck is a question of VerifyPayouts whose answer must be no row.
type payoutCheck struct {
	query string
	says  string
	args  []any
}

// payoutFault is a row that should not be.
type payoutFault struct {
	what        string
	left, right money.Fen
}

// VerifyPayouts proves that payouts of released batches are what was credited, that
// nothing is paid twice, and that the book has in transit what is on its way. wrong
// names the first that is not so.
func (s *Store) VerifyPayouts(ctx context.Context) (n int64, wrong string, err error) {
	const op = "store.VerifyPayouts"
	c := s.reader(ctx)
	if n, err = c.count(op, payouts.name); err != nil {
		return 0, "", err
	}
	live := []payout.State{payout.Instructed, payout.Sent, payout.Paid}
	for _, check := range []payoutCheck{
		{"SELECT CONCAT('', b.clearing_date), COALESCE((SELECT SUM(s.credited_fen) FROM settlements s WHERE s.clearing_date = b.clearing_date), 0) credited," +
			" COALESCE((SELECT SUM(p.amount_fen) FROM payouts p WHERE p.clearing_date = b.clearing_date AND p.attempt = 1), 0) instructed" +
			" FROM settlement_batches b WHERE b.state = ?",
			"batch %s: %s credited, payouts of %s (juma clearing release DATE again makes those that are missing)", []any{clearing.Released}},
		{"SELECT p.payout_no, s.credited_fen, p.amount_fen FROM payouts p JOIN settlements s ON s.clearing_date = p.clearing_date AND s.merchant_no = p.merchant_no" +
			" WHERE s.credited_fen <> p.amount_fen", "payout %s: %s credited, %s to be paid", nil},
		{"SELECT CONCAT(p.clearing_date, '/', p.merchant_no), SUM(p.amount_fen), MIN(p.amount_fen) FROM payouts p WHERE p.state IN ?" +
			" GROUP BY p.clearing_date, p.merchant_no HAVING COUNT(*) > 1", "%s is paid twice: %s instead of %s", []any{live}},
	} {
		rows, err := scanAll(c, op, c.db.Raw(check.query, check.args...), func(f *payoutFault) []field {
			return []field{{"what", &f.what}, {"left", &f.left}, {"right", &f.right}}
		})
		if err != nil {
			return n, "", err
		}
		for _, f := range rows {
			if f.left != f.right {
				return n, fmt.Sprintf(check.says, f.what, f.left.Yuan(), f.right.Yuan()), nil
			}
		}
	}
	wrong, err = c.verifyTransit(op)
	return n, wrong, err
}

// verifyTransit compares the account of payouts in transit with what is on its way:
// payouts that are not final, batches that are not released, and what goes back to
// payers.
func (c *conn) verifyTransit(op string) (string, error) {
	sum := func(query string, args ...any) (money.Fen, error) {
		t, err := c.sum(op, query, args...)
		return t.Amount, err
	}
	booked, err := sum("SELECT COUNT(*), COALESCE(SUM(l.credit_fen) - SUM(l.debit_fen), 0) FROM ledger_lines l WHERE l.account = ?", ledger.PayoutInTransit)
	if err != nil {
		return "", err
	}
	waiting, err := sum("SELECT COUNT(*), COALESCE(SUM(amount_fen), 0) FROM payouts WHERE state IN ?", []payout.State{payout.Instructed, payout.Sent})
	if err != nil {
		return "", err
	}
	settled, err := sum("SELECT COUNT(*), COALESCE(SUM(s.credited_fen), 0) FROM settlements s JOIN settlement_batches b ON b.clearing_date = s.clearing_date WHERE b.state <> ?", clearing.Released)
	if err != nil {
		return "", err
	}
	back, err := sum("SELECT COUNT(*), COALESCE(SUM(l.credit_fen) - SUM(l.debit_fen), 0) FROM ledger_entries e JOIN ledger_lines l ON l.entry_id = e.id WHERE e.kind = ? AND l.account = ?", ledger.Repaid, ledger.PayoutInTransit)
	if err != nil || booked == waiting+settled+back {
		return "", err
	}
	return fmt.Sprintf("the book has %s in transit; payouts %s, batches not released %s, and back to payers %s", booked.Yuan(), waiting.Yuan(), settled.Yuan(), back.Yuan()), nil
}
