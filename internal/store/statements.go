package store

import (
	"context"
	"encoding/json"
	"fmt"

	"juma/acquiring/channel"
	"juma/clearing"
	"juma/clearing/intake"
	"juma/internal/bizdate"
	"juma/internal/fault"
)

// statementRow is a file with the keys of its unique indexes.
type statementRow struct {
	clearing.StatementRow
	findings                      string
	liveKey, versionKey, contents string
}

var statements = table[statementRow]{"statement_files", func(r *statementRow) []field {
	return []field{
		{"id", &r.ID},
		{"channel", &r.Channel},
		{"merchant_id", &r.MerchantID},
		{"clearing_date", &r.Date},
		{"kind", &r.Kind},
		{"layout", &r.Layout},
		{"name", text(&r.Name)},
		{"is_empty", &r.Empty},
		{"byte_count", &r.Bytes},
		{"sha256", &r.SHA256},
		{"fingerprint", &r.Fingerprint},
		{"path", text(&r.Path)},
		{"state", &r.State},
		{"version", &r.Version},
		{"row_count", &r.Rows},
		{"pay_count", &r.Totals.Payments},
		{"paid_fen", &r.Totals.Paid},
		{"refund_count", &r.Totals.Refunds},
		{"refunded_fen", &r.Totals.Refunded},
		{"fee_fen", &r.Totals.Fee},
		{"origin", &r.Origin},
		{"actor", &r.Actor},
		{"findings", text(&r.findings)},
		{"came_at", at(&r.CameAt)},
		{"live_key", orNull(&r.liveKey)},
		{"version_key", orNull(&r.versionKey)},
		{"content_key", orNull(&r.contents)},
	}
}}

// withKeys gives a file the keys that its state calls for.
func withStatementKeys(r clearing.StatementRow) (statementRow, error) {
	findings, err := json.Marshal(r.Findings)
	if err != nil {
		return statementRow{}, fault.Wrap("store.SaveStatement", fault.Internal, err)
	}
	row := statementRow{StatementRow: r, findings: string(findings)}
	of := fmt.Sprintf("%s|%s|%d|%s", r.Channel, r.MerchantID, r.Date, r.Kind)
	row.contents = of + "|" + r.SHA256
	if r.Version == 0 {
		row.contents = string(r.State) + "|" + r.SHA256
	} else {
		row.versionKey = fmt.Sprintf("%s|%d", of, r.Version)
	}
	if r.State.InUse() {
		row.liveKey = of
	}
	return row, nil
}

func plainStatements(rows []statementRow, err error) ([]clearing.StatementRow, error) {
	if err != nil {
		return nil, err
	}
	out := make([]clearing.StatementRow, len(rows))
	for i, r := range rows {
		if err := json.Unmarshal([]byte(r.findings), &r.Findings); err != nil {
			return nil, fault.Wrap("store.Statements", fault.Corrupt, err)
		}
		out[i] = r.StatementRow
	}
	return out, nil
}

// Statements lists the files of a channel's day.
func (s clearingStore) Statements(ctx context.Context, ch channel.Name, d bizdate.Date) ([]clearing.StatementRow, error) {
	c := s.reader(ctx)
	return plainStatements(statements.list(c, "store.Statements", c.from(statements.name).
		Where("channel = ? AND clearing_date = ?", ch, d).Order("merchant_id, kind, version, id")))
}

// StatementsOf lists the versions of one file.
func (s clearingStore) StatementsOf(ctx context.Context, ch channel.Name, merchantID string, d bizdate.Date, kind intake.Kind) ([]clearing.StatementRow, error) {
	c := s.reader(ctx)
	return plainStatements(statements.list(c, "store.StatementsOf", c.from(statements.name).
		Where("channel = ? AND clearing_date = ? AND merchant_id = ? AND kind = ? AND version > 0", ch, d, merchantID, kind).Order("version")))
}

// StatementsOn lists the files of a date.
func (s clearingStore) StatementsOn(ctx context.Context, d bizdate.Date) ([]clearing.StatementRow, error) {
	c := s.reader(ctx)
	return plainStatements(statements.list(c, "store.StatementsOn", c.from(statements.name).
		Where("clearing_date = ?", d).Order("channel, merchant_id, kind, version, id")))
}

// StatementsIn lists the latest files in a state.
func (s clearingStore) StatementsIn(ctx context.Context, state intake.State, limit int) ([]clearing.StatementRow, error) {
	c := s.reader(ctx)
	return plainStatements(statements.list(c, "store.StatementsIn", c.from(statements.name).Where("state = ?", state).Order("came_at DESC, id DESC").Limit(limit)))
}

// StatementsWith lists files by the digest of their bytes.
func (s clearingStore) StatementsWith(ctx context.Context, sha256 string) ([]clearing.StatementRow, error) {
	c := s.reader(ctx)
	return plainStatements(statements.list(c, "store.StatementsWith", c.from(statements.name).Where("sha256 = ?", sha256).Order("id")))
}

// Statement returns a file by its id.
func (s clearingStore) Statement(ctx context.Context, id string) (clearing.StatementRow, error) {
	r, err := statements.one(s.reader(ctx), "store.Statement", "id", id, "id = ?", id)
	if err != nil {
		return clearing.StatementRow{}, err
	}
	rows, err := plainStatements([]statementRow{r}, nil)
	if err != nil {
		return clearing.StatementRow{}, err
	}
	return rows[0], nil
}

// SaveStatement registers a file unless its content is there already.
func (c clearingTx) SaveStatement(r clearing.StatementRow) (fresh bool, err error) {
	row, err := withStatementKeys(r)
	if err != nil {
		return false, err
	}
	err = statements.insert(c.conn, "store.SaveStatement", row)
	if fault.Is(err, fault.Conflict) && conflictField(err) == "sha256" {
		return false, nil
	}
	return err == nil, err
}

// ChangeStatement writes a file's row anew.
func (c clearingTx) ChangeStatement(r clearing.StatementRow, from intake.State) (moved bool, err error) {
	row, err := withStatementKeys(r)
	if err != nil {
		return false, err
	}
	return statements.save(c.conn, "store.ChangeStatement", row, "id = ? AND state = ?", r.ID, from)
}

type clearanceRow struct {
	clearing.Clearance
	openKey, versionKey string
}

var clearances = table[clearanceRow]{"statement_clearances", func(r *clearanceRow) []field {
	return []field{
		{"id", &r.ID},
		{"file_id", &r.FileID},
		{"channel", &r.Channel},
		{"merchant_id", &r.MerchantID},
		{"clearing_date", &r.Date},
		{"signature", &r.Signature},
		{"version", &r.Version},
		{"map_text", text(&r.Map)},
		{"row_count", &r.Rows},
		{"sum_fen", &r.Sum},
		{"state", &r.State},
		{"reason", text(&r.Reason)},
		{"proposed_by", &r.ProposedBy},
		{"proposed_at", at(&r.ProposedAt)},
		{"decided_by", &r.DecidedBy},
		{"decided_at", at(&r.DecidedAt)},
		{"note", text(&r.Note)},
		{"open_key", orNull(&r.openKey)},
		{"version_key", orNull(&r.versionKey)},
	}
}}

func withClearanceKeys(p clearing.Clearance) clearanceRow {
	r := clearanceRow{Clearance: p}
	if p.State == clearing.Proposed {
		r.openKey = p.FileID
	}
	if p.Version > 0 {
		r.versionKey = fmt.Sprintf("%s|%d", p.Channel, p.Version)
	}
	return r
}

func plainClearances(rows []clearanceRow, err error) ([]clearing.Clearance, error) {
	out := make([]clearing.Clearance, len(rows))
	for i, r := range rows {
		out[i] = r.Clearance
	}
	return out, err
}

// Clearances lists what was proposed about a file, newest first.
func (s clearingStore) Clearances(ctx context.Context, fileID string) ([]clearing.Clearance, error) {
	c := s.reader(ctx)
	return plainClearances(clearances.list(c, "store.Clearances", c.from(clearances.name).Where("file_id = ?", fileID).Order("proposed_at DESC, id DESC")))
}

// Clearance returns one by its id.
func (s clearingStore) Clearance(ctx context.Context, id string) (clearing.Clearance, error) {
	r, err := clearances.one(s.reader(ctx), "store.Clearance", "id", id, "id = ?", id)
	return r.Clearance, err
}

// Maps lists the approved maps, newest version first.
func (s clearingStore) Maps(ctx context.Context) ([]clearing.Clearance, error) {
	c := s.reader(ctx)
	return plainClearances(clearances.list(c, "store.Maps", c.from(clearances.name).Where("version > 0 AND state = ?", clearing.Approved).Order("channel, version DESC")))
}

// MapVersion is the highest version of a channel's maps.
func (s clearingStore) MapVersion(ctx context.Context, ch channel.Name) (int, error) {
	c := s.reader(ctx)
	rows, err := clearances.list(c, "store.MapVersion", c.from(clearances.name).Where("channel = ? AND version > 0", ch).Order("version DESC").Limit(1))
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	return rows[0].Version, nil
}

// InsertClearance stores an open proposal.
func (c clearingTx) InsertClearance(p clearing.Clearance) error {
	return clearances.insert(c.conn, "store.InsertClearance", withClearanceKeys(p))
}

// DecideClearance closes an open proposal of somebody else.
func (c clearingTx) DecideClearance(p clearing.Clearance) (moved bool, err error) {
	return clearances.save(c.conn, "store.DecideClearance", withClearanceKeys(p), "id = ? AND state = ? AND proposed_by <> ?", p.ID, clearing.Proposed, p.DecidedBy)
}
