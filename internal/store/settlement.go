package store

import (
	"context"
	"time"

	"juma/clearing"
	"juma/internal/bizdate"
	"juma/internal/money"
)

var batches = table[clearing.Batch]{"settlement_batches", func(b *clearing.Batch) []field {
	return []field{
		{"clearing_date", &b.Date},
		{"settlement_date", &b.SettlementDate},
		{"state", &b.State},
		{"folder", &b.Folder},
		{"updated_at", at(&b.UpdatedAt)},
		{"settled_by", &b.SettledBy},
		{"settled_at", at(&b.SettledAt)},
		{"released_by", &b.ReleasedBy},
		{"released_at", at(&b.ReleasedAt)},
		{"calendar_version", &b.CalendarVersion},
	}
}}

var settlements = table[clearing.Settlement]{"settlements", func(s *clearing.Settlement) []field {
	return []field{
		{"clearing_date", &s.Date},
		{"merchant_no", &s.MerchantNo},
		{"row_count", &s.Rows},
		{"gross_fen", &s.Gross},
		{"refund_fen", &s.Refund},
		{"fee_fen", &s.Fee},
		{"err_count", &s.ErrCount},
		{"err_fen", &s.ErrAmt},
		{"err_fee_back_fen", &s.ErrFeeBack},
		{"other_fen", &s.OtherAmt},
		{"suspended_fen", &s.Suspended},
		{"replenished_fen", &s.Replenished},
		{"credited_fen", &s.Credited},
		{"settlement_date", &s.SettlementDate},
		{"cycle", &s.Cycle},
		{"released_fen", &s.Released},
		{"withheld", &s.Withheld},
		{"payer_code", &s.PayerCode},
		{"payer_name", &s.PayerName},
	}
}}

var files = table[clearing.FileRow]{"settlement_files", func(f *clearing.FileRow) []field {
	return []field{
		{"id", &f.ID},
		{"clearing_date", &f.Date},
		{"folder", &f.Folder},
		{"name", &f.Name},
		{"byte_count", &f.Bytes},
		{"line_count", &f.Lines},
		{"sha256", &f.SHA256},
		{"created_at", at(&f.CreatedAt)},
	}
}}

var downloads = table[clearing.Download]{"downloads", func(d *clearing.Download) []field {
	return []field{
		{"id", &d.ID},
		{"file_id", &d.FileID},
		{"user_login", &d.User},
		{"ip", &d.IP},
		{"happened_at", at(&d.At)},
	}
}}

// Batch returns the batch of a date.
func (s clearingStore) Batch(ctx context.Context, d bizdate.Date) (clearing.Batch, error) {
	return batches.one(s.reader(ctx), "store.Batch", "clearing_date", d.String(), "clearing_date = ?", d)
}

// Batches lists all batches, newest first.
func (s clearingStore) Batches(ctx context.Context) ([]clearing.Batch, error) {
	c := s.reader(ctx)
	return batches.list(c, "store.Batches", c.from(batches.name).Order("clearing_date DESC"))
}

// InsertBatch stores a batch; Conflict when the date has one.
func (c clearingTx) InsertBatch(b clearing.Batch) error {
	return batches.insert(c.conn, "store.InsertBatch", b)
}

// MoveBatch moves a batch if it is in state from.
func (c clearingTx) MoveBatch(d bizdate.Date, from, to clearing.BatchState, folder string, at time.Time) (bool, error) {
	return c.moved("store.MoveBatch", "UPDATE settlement_batches SET state = ?, folder = ?, updated_at = ? WHERE clearing_date = ? AND state = ?",
		to, folder, micros(at), d, from)
}

// ReleaseBatch releases a filed batch. That the maker is another one is part of the
// guard, so that no race of requests can get round it.
func (c clearingTx) ReleaseBatch(d bizdate.Date, by string, at time.Time) (bool, error) {
	return c.moved("store.ReleaseBatch", "UPDATE settlement_batches SET state = ?, released_by = ?, released_at = ?, updated_at = ? WHERE clearing_date = ? AND state = ? AND settled_by <> ?",
		clearing.Released, by, micros(at), micros(at), d, clearing.Filed, by)
}

// Settlements lists a batch's merchants by number.
func (s clearingStore) Settlements(ctx context.Context, d bizdate.Date) ([]clearing.Settlement, error) {
	c := s.reader(ctx)
	return settlements.list(c, "store.Settlements", c.from(settlements.name).Where("clearing_date = ?", d).Order("merchant_no"))
}

// SettlementsOf lists a merchant's settlements, newest first.
func (s clearingStore) SettlementsOf(ctx context.Context, merchantNo string) ([]clearing.Settlement, error) {
	c := s.reader(ctx)
	return settlements.list(c, "store.SettlementsOf", c.from(settlements.name).Where("merchant_no = ?", merchantNo).Order("clearing_date DESC"))
}

// InsertSettlements stores the merchants' parts of a batch.
func (c clearingTx) InsertSettlements(all []clearing.Settlement) error {
	return settlements.insert(c.conn, "store.InsertSettlements", all...)
}

// carriedSum is what is still kept of a merchant, with its sign.
const carriedSum = "SUM(suspended_fen) - SUM(replenished_fen) - SUM(released_fen)"

// merchantSum is a sum for a merchant.
type merchantSum struct {
	MerchantNo string
	Amount     money.Fen
}

// Carried returns what was kept of merchants and is neither taken back nor released;
// of whom nothing is kept is left out.
func (s clearingStore) Carried(ctx context.Context, before bizdate.Date) (map[string]money.Fen, error) {
	c := s.reader(ctx)
	sums, err := scanAll(c, "store.Carried", c.from(settlements.name).Select("merchant_no, "+carriedSum).
		Where("clearing_date < ?", before).Group("merchant_no").Having(carriedSum+" <> 0"),
		func(m *merchantSum) []field { return []field{{"merchant_no", &m.MerchantNo}, {"amount", &m.Amount}} })
	carried := make(map[string]money.Fen, len(sums))
	for _, m := range sums {
		carried[m.MerchantNo] = m.Amount
	}
	return carried, err
}

// InsertFiles registers settlement files.
func (c clearingTx) InsertFiles(all []clearing.FileRow) error {
	return files.insert(c.conn, "store.InsertFiles", all...)
}

// Files lists a date's settlement files by folder and name.
func (s clearingStore) Files(ctx context.Context, d bizdate.Date) ([]clearing.FileRow, error) {
	c := s.reader(ctx)
	return files.list(c, "store.Files", c.from(files.name).Where("clearing_date = ?", d).Order("folder, name"))
}

// File returns a registered file.
func (s clearingStore) File(ctx context.Context, id string) (clearing.FileRow, error) {
	return files.one(s.reader(ctx), "store.File", "id", id, "id = ?", id)
}

// LogDownload records who fetched a file.
func (s clearingStore) LogDownload(ctx context.Context, d clearing.Download) error {
	return s.update(ctx, func(c *conn) error { return downloads.insert(c, "store.LogDownload", d) })
}
