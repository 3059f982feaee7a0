package clearing

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"juma/acquiring/channel"
	"juma/clearing/intake"
	"juma/internal/audit"
	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/internal/money"
)

const clearOp = "clearing.Clear"

// StatementFile reads a file with what was proposed about it, newest first. Kind
// NotFound.
func (s *Service) StatementFile(ctx context.Context, id string) (StatementRow, []Clearance, error) {
	row, err := s.Store.Statement(ctx, id)
	if err != nil {
		return row, nil, err
	}
	all, err := s.Store.Clearances(ctx, id)
	return row, all, err
}

// KnownMap is the approved map for the header of a quarantined file, "" without one.
func (s *Service) KnownMap(ctx context.Context, row StatementRow) (string, error) {
	if row.Findings.Unknown == nil {
		return "", nil
	}
	maps, err := s.Store.Maps(ctx)
	if err != nil {
		return "", err
	}
	i := slices.IndexFunc(maps, func(m Clearance) bool {
		return m.Signature == row.Findings.Unknown.Signature && (row.Channel == "" || m.Channel == row.Channel)
	})
	if i < 0 {
		return "", nil
	}
	return maps[i].Map, nil
}

// Wish is what a person proposes about a quarantined file.
type Wish struct {
	FileID string
	// Channel, MerchantID and Date say what the file is of, where it does not say so.
	Channel    channel.Name
	MerchantID string
	Date       bizdate.Date
	Map        string // YAML, see package mapfile; only for a layout that is not known
	// Rows and Sum are what the channel's own page shows for the day: payments less
	// refunds.
	Rows   int
	Sum    money.Fen
	Reason string
	By     string
}

// Propose keeps a proposal, after a trial: the file must be readable by it and agree
// with count and sum. Kind Invalid names the field, Conflict when another proposal is
// open or the file left quarantine.
func (s *Service) Propose(ctx context.Context, w Wish) (Clearance, error) {
	row, err := s.Store.Statement(ctx, w.FileID)
	if err != nil {
		return Clearance{}, err
	}
	c, err := s.clearance(ctx, row, w)
	if err != nil {
		return c, err
	}
	if _, err := s.trial(ctx, row, c); err != nil {
		return c, fault.Wrap(clearOp, fault.Invalid, err)
	}
	return c, s.Store.Update(ctx, func(tx Tx) error {
		if err := tx.InsertClearance(c); err != nil {
			return err
		}
		return tx.Audit(s.clearanceAudit(c, row, "statement.clearance.proposed", c.ProposedBy, c.Reason))
	})
}

func (s *Service) clearance(ctx context.Context, row StatementRow, w Wish) (Clearance, error) {
	now := s.Clock.Now()
	c := Clearance{ID: s.IDs.At(now), FileID: row.ID, Channel: row.Channel, MerchantID: row.MerchantID, Date: row.Date, Rows: w.Rows, Sum: w.Sum,
		State: Proposed, Reason: strings.TrimSpace(w.Reason), ProposedBy: w.By, ProposedAt: now}
	if row.Layout == "" { // the file does not say what it is of
		c.Channel, c.MerchantID, c.Date = w.Channel, strings.TrimSpace(w.MerchantID), w.Date
	}
	switch {
	case row.State != intake.Quarantined:
		return c, fault.New(clearOp, fault.Conflict, "%s is %s: there is nothing to clear", row.Name, row.State)
	case c.Channel == "":
		return c, fault.Field(clearOp, "channel", "", "say which channel made the file")
	case c.Date == 0:
		return c, fault.Field(clearOp, "date", "", "say which day the file is of")
	case w.Rows < 0:
		return c, fault.Field(clearOp, "rows", fmt.Sprint(w.Rows), "want a count")
	case c.Reason == "":
		return c, fault.Field(clearOp, "reason", "", "say where count and sum were read, and why the layout is trusted")
	}
	if row.Layout != "" {
		return c, nil
	}
	if strings.TrimSpace(w.Map) == "" {
		return c, fault.Field(clearOp, "map", "", "say where the columns belong")
	}
	if err := intake.CheckMapping(w.Map); err != nil {
		return c, &fault.Error{Op: clearOp, Kind: fault.Invalid, Field: "map", Msg: err.Error()}
	}
	c.Map, c.Signature = w.Map, row.Findings.Unknown.Signature
	known, err := s.KnownMap(ctx, row)
	if err == nil && known == c.Map { // the approved one: no new version, only another file
		c.Map = ""
		return c, nil
	}
	last, err := s.Store.MapVersion(ctx, c.Channel)
	c.Version = last + 1
	return c, err
}

// trial reads the file as the proposal says.
func (s *Service) trial(ctx context.Context, row StatementRow, c Clearance) (intake.Report, error) {
	data, err := os.ReadFile(filepath.Join(s.DataDir, row.Path))
	if err != nil {
		return intake.Report{}, fault.Wrap(clearOp, fault.Corrupt, err)
	}
	desk, err := s.desk(ctx)
	if err != nil {
		return intake.Report{}, err
	}
	if c.Map != "" {
		own := intake.Mapping{Channel: c.Channel, Signature: c.Signature, Version: c.Version, Text: c.Map}
		desk.Mappings = append([]intake.Mapping{own}, desk.Mappings...)
	}
	f := intake.File{Name: row.Name, Data: data, Channel: c.Channel, Account: c.MerchantID, Date: c.Date, Counted: true, Count: c.Rows, Sum: int64(c.Sum)}
	if f.SHA256() != row.SHA256 {
		return intake.Report{}, fault.New(clearOp, fault.Corrupt, "%s is not the file that came in: its SHA-256 has changed", row.Path)
	}
	reports := desk.Examine(f)
	if len(reports) != 1 {
		return intake.Report{}, fault.New(clearOp, fault.Invalid, "%s is a bundle: bring its files one by one", row.Name)
	}
	r := reports[0]
	if err := s.checkMerchant(ctx, Arrival{Origin: FromPerson}, &r, map[channel.Name][]string{}); err != nil {
		return r, err
	}
	return r, r.Usable()
}

// Decide approves or rejects an open proposal, by another person than proposed it. A
// file whose proposal is approved is read once more and taken into use. Kind Forbidden
// for the proposer, Conflict when the proposal is closed.
func (s *Service) Decide(ctx context.Context, id string, approve bool, by, note string) (Taken, error) {
	c, err := s.Store.Clearance(ctx, id)
	if err != nil {
		return Taken{}, err
	}
	row, err := s.Store.Statement(ctx, c.FileID)
	if err != nil {
		return Taken{}, err
	}
	switch {
	case c.State != Proposed:
		return Taken{Row: row}, fault.New(clearOp, fault.Conflict, "the proposal was %s by %s already", c.State, c.DecidedBy)
	case c.ProposedBy == by:
		return Taken{Row: row}, fault.New(clearOp, fault.Forbidden, "%s proposed this: another person must decide", by)
	}
	c.DecidedBy, c.DecidedAt, c.Note, c.State = by, s.Clock.Now(), strings.TrimSpace(note), Rejected
	if !approve {
		if c.Note == "" {
			return Taken{Row: row}, fault.Field(clearOp, "note", "", "say why not")
		}
		c.Version = 0 // a version is of a map in force
		return Taken{Row: row}, s.Store.Update(ctx, s.decision(c, row))
	}
	r, err := s.trial(ctx, row, c)
	if err != nil {
		return Taken{Row: row}, err
	}
	c.State = Approved
	return s.cleared(ctx, row, r, s.decision(c, row))
}

// decision closes a proposal in a transaction.
func (s *Service) decision(c Clearance, row StatementRow) func(Tx) error {
	return func(tx Tx) error {
		moved, err := tx.DecideClearance(c)
		if err != nil {
			return err
		}
		if !moved {
			return fault.New(clearOp, fault.Conflict, "somebody decided this meanwhile")
		}
		return tx.Audit(s.clearanceAudit(c, row, "statement.clearance."+string(c.State), c.DecidedBy, c.Note))
	}
}

// cleared takes a file out of quarantine, in one transaction with the decision.
func (s *Service) cleared(ctx context.Context, row StatementRow, r intake.Report, decision func(Tx) error) (Taken, error) {
	now := s.statementRow(Arrival{Origin: row.Origin, Actor: row.Actor}, r)
	now.ID, now.CameAt, now.Path = row.ID, row.CameAt, row.Path
	of, err := s.Store.StatementsOf(ctx, now.Channel, now.MerchantID, now.Date, now.Kind)
	if err != nil {
		return Taken{}, err
	}
	taken, err := s.stage(ctx, now, of, r, intake.Quarantined, decision)
	if err != nil {
		return taken, err
	}
	return taken, s.complete(ctx, []Taken{taken})
}

func (s *Service) clearanceAudit(c Clearance, row StatementRow, action, by, reason string) audit.Entry {
	after := fmt.Sprintf("%s of %s: %d rows, %s", c.Channel, c.Date, c.Rows, c.Sum.Yuan())
	if c.Version > 0 {
		after += fmt.Sprintf(", map version %d", c.Version)
	}
	at := s.Clock.Now()
	return audit.Entry{ID: s.IDs.At(at), At: at, Actor: by, Action: action, Object: "statement " + row.ID, After: after, Reason: reason}
}
