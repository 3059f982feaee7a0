package clearing

import (
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"juma/acquiring/channel"
	"juma/clearing/intake"
	"juma/internal/audit"
	"juma/internal/bizdate"
	"juma/internal/crash"
	"juma/internal/fault"
	"juma/internal/safefile"
)

// Arrival is a file that came in, and how.
type Arrival struct {
	intake.File
	Origin Origin
	Actor  string // a login, or the part of the system that fetched it
}

// Taken is what became of a file.
type Taken struct {
	Row   StatementRow
	Again bool // the same file, or the same rows in another form, was here before: nothing changed
}

// TakeIn is the one way in for statement files. It examines a file, keeps its bytes,
// and records what became of it. A bundle gives one answer for each file in it. A file
// that cannot be used is no error of TakeIn: its row says so.
//
// The same file again changes nothing. A corrected file (same channel, account, date
// and kind, other content) is a new version that takes the place of the one before it,
// which is kept. When the day was reconciled already, the new version is held: nothing
// of it is used, and its row says which lines it would add, drop or change.
func (s *Service) TakeIn(ctx context.Context, a Arrival) ([]Taken, error) {
	desk, err := s.desk(ctx)
	if err != nil {
		return nil, err
	}
	var all []Taken
	ours := map[channel.Name][]string{}
	for _, r := range desk.Examine(a.File) {
		if err := s.checkMerchant(ctx, a, &r, ours); err != nil {
			return all, err
		}
		taken, err := s.take(ctx, a, r)
		if err != nil {
			return all, fmt.Errorf("%s: %w", r.Name, err)
		}
		all = append(all, taken)
	}
	return all, nil
}

// desk has the layouts of this version and the maps that people approved.
func (s *Service) desk(ctx context.Context) (intake.Desk, error) {
	maps, err := s.Store.Maps(ctx)
	if err != nil {
		return intake.Desk{}, err
	}
	d := intake.Desk{Layouts: s.Layouts}
	for _, m := range maps {
		d.Mappings = append(d.Mappings, intake.Mapping{Channel: m.Channel, Signature: m.Signature, Version: m.Version, Text: m.Map})
	}
	return d, nil
}

func (s *Service) take(ctx context.Context, a Arrival, r intake.Report) (Taken, error) {
	row := s.statementRow(a, r)
	before, err := s.Store.StatementsWith(ctx, row.SHA256)
	if err != nil {
		return Taken{}, err
	}
	if row.State != intake.Proved {
		return s.setAside(ctx, row, before, r.Data)
	}
	of, err := s.Store.StatementsOf(ctx, row.Channel, row.MerchantID, row.Date, row.Kind)
	if err != nil {
		return Taken{}, err
	}
	for _, old := range of {
		if old.SHA256 == row.SHA256 || (old.State.InUse() && old.Fingerprint == row.Fingerprint) {
			return Taken{Row: old, Again: true}, s.restore(old, row, r.Data)
		}
	}
	if i := slices.IndexFunc(before, func(b StatementRow) bool { return b.State == intake.Quarantined }); i >= 0 {
		row.ID, row.CameAt, row.Path = before[i].ID, before[i].CameAt, before[i].Path
		row.Actor, row.Origin = before[i].Actor, before[i].Origin
		return s.stage(ctx, row, of, r, intake.Quarantined)
	}
	return s.stage(ctx, row, of, r, "")
}

// checkMerchant refuses the statement of a merchant that is none of ours. ours keeps
// who is, for the other files of a bundle.
func (s *Service) checkMerchant(ctx context.Context, a Arrival, r *intake.Report, ours map[channel.Name][]string) (err error) {
	if a.Origin == FromChannel || r.State != intake.Proved || !r.Channel.ByUnionPay() || r.Account == "" {
		return nil
	}
	if ours[r.Channel] == nil {
		if ours[r.Channel], err = s.statementAccounts(ctx, r.Channel); err != nil {
			return err
		}
	}
	if !slices.Contains(ours[r.Channel], r.Account) {
		r.Refuse("merchant", r.Account, "no merchant of ours has this number at %s: another acquirer's file, or an enrolment is missing", r.Channel)
	}
	return nil
}

func (s *Service) statementRow(a Arrival, r intake.Report) StatementRow {
	now := s.Clock.Now()
	row := StatementRow{
		ID: s.IDs.At(now), Channel: r.Channel, MerchantID: r.Account, Date: r.Date, Kind: r.Kind, Layout: r.Layout, Name: plainName(r.Name),
		Empty: r.Empty, Bytes: len(r.Data), SHA256: r.SHA256(), State: r.State, Rows: r.Content.Rows, Totals: r.Totals, Origin: a.Origin, Actor: a.Actor,
		Findings: Findings{Steps: r.Steps, Problem: r.Problem, Unknown: r.Unknown, Sealed: r.Sealed}, CameAt: now,
	}
	if r.State == intake.Proved {
		row.Fingerprint = r.Content.Fingerprint()
	}
	return row
}

// plainName makes a name that came from outside one that can be shown and stored.
func plainName(name string) string {
	name = path.Base(path.Clean("/" + strings.ReplaceAll(strings.ToValidUTF8(name, "_"), `\`, "/")))
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return '_'
		}
		return r
	}, name)
	const most = 200
	for len(name) > most {
		_, n := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-n]
	}
	return name
}

// setAside keeps a file that is refused or quarantined. The same again is no news.
func (s *Service) setAside(ctx context.Context, row StatementRow, before []StatementRow, data []byte) (Taken, error) {
	for _, old := range before {
		if old.State == row.State || (row.State == intake.Quarantined && old.State != intake.Refused) {
			if old.State == row.State {
				old.Findings = row.Findings
			}
			return Taken{Row: old, Again: true}, nil
		}
	}
	if err := s.keep(&row, data); err != nil {
		return Taken{}, err
	}
	return Taken{Row: row}, s.register(ctx, row, nil, "")
}

// stage takes a proved file into use, or holds it when its day was reconciled. from is
// the state of its own row, when it has one; also is done in the same transaction.
func (s *Service) stage(ctx context.Context, row StatementRow, of []StatementRow, r intake.Report, from intake.State, also ...func(Tx) error) (Taken, error) {
	row.State, row.Version = intake.Staged, 1
	var live *StatementRow
	for i, old := range of {
		row.Version = max(row.Version, old.Version+1)
		if old.State.InUse() {
			live = &of[i]
		}
	}
	note := "in use"
	switch {
	case live != nil && live.State == intake.Matched:
		row.State = intake.Held
		changes, err := s.changes(ctx, *live, r.Content)
		if err != nil {
			return Taken{}, err
		}
		note = fmt.Sprintf("the day was reconciled with version %d, so this one is kept and not used: %s. Bring what differs to the day's differences (adjust, refund, or wait for the next statement)", live.Version, changes)
		live = nil
	case live != nil:
		note = fmt.Sprintf("in use; takes the place of version %d", live.Version)
	}
	row.Findings.Steps = append(row.Findings.Steps, intake.Step{State: row.State, Note: note})
	if row.Path == "" {
		if err := s.keep(&row, r.Data); err != nil {
			return Taken{}, err
		}
	}
	return Taken{Row: row}, s.register(ctx, row, live, from, also...)
}

// changes says what a later version would add, drop or change.
func (s *Service) changes(ctx context.Context, matched StatementRow, now intake.Content) (string, error) {
	desk, err := s.desk(ctx)
	if err != nil {
		return "", err
	}
	lines, err := s.readKept(desk, matched)
	if err != nil {
		return "", err
	}
	type fact struct {
		amount, fee int64
		state       string
	}
	was := map[Key]fact{}
	for _, l := range lines {
		was[l.key()] = fact{int64(l.Amount), int64(l.Fee), l.State}
	}
	var added, changed []string
	for _, l := range now.Lines {
		key := Line{StatementLine: l}.key()
		old, known := was[key]
		delete(was, key)
		if !known {
			added = append(added, l.OrderNo)
		} else if old != (fact{int64(l.Amount), int64(l.Fee), l.State}) {
			changed = append(changed, l.OrderNo)
		}
	}
	var gone []string
	for key := range was {
		gone = append(gone, key.OrderNo)
	}
	slices.Sort(gone)
	return fmt.Sprintf("%s new, %s changed, %s gone", some(added), some(changed), some(gone)), nil
}

// some counts order numbers and names the first ones.
func some(all []string) string {
	const most = 5
	switch {
	case len(all) == 0:
		return "0"
	case len(all) > most:
		return fmt.Sprintf("%d (%s …)", len(all), strings.Join(all[:most], " "))
	}
	return fmt.Sprintf("%d (%s)", len(all), strings.Join(all, " "))
}

// register writes a file's row, and takes the version before it out of use.
func (s *Service) register(ctx context.Context, row StatementRow, live *StatementRow, from intake.State, also ...func(Tx) error) error {
	return s.Store.Update(ctx, func(tx Tx) error {
		for _, f := range also {
			if err := f(tx); err != nil {
				return err
			}
		}
		before := ""
		if live != nil {
			before = fmt.Sprintf("version %d, sha256 %s", live.Version, live.SHA256)
			old := *live
			old.State = intake.Superseded
			moved, err := tx.ChangeStatement(old, intake.Staged)
			if err != nil {
				return err
			}
			if !moved {
				return fault.New("clearing.TakeIn", fault.Conflict, "version %d of %s's statement is no longer in use: it was reconciled or replaced meanwhile, bring the file again", live.Version, row.Channel)
			}
		}
		fresh, err := true, error(nil)
		if from == "" {
			fresh, err = tx.SaveStatement(row)
		} else {
			fresh, err = tx.ChangeStatement(row, from)
		}
		if err == nil && !fresh {
			err = fault.New("clearing.TakeIn", fault.Conflict, "%s came in twice at once: look at what is there", row.Name)
		}
		if err != nil || (row.Origin == FromChannel && live == nil && row.State == intake.Staged) {
			return err // what is fetched as planned is in its own table
		}
		return tx.Audit(audit.Entry{ID: s.IDs.At(row.CameAt), At: s.Clock.Now(), Actor: row.Actor, Action: "statement." + string(row.State), Object: statementObject(row),
			Before: before, After: fmt.Sprintf("version %d, sha256 %s", row.Version, row.SHA256), Reason: row.Name})
	})
}

func statementObject(row StatementRow) string {
	if row.Channel == "" && row.Date == 0 {
		return "statement " + row.ID
	}
	return strings.TrimSpace(fmt.Sprintf("statement %s %s %s %s", row.Channel, row.Date, row.Kind, row.MerchantID))
}

// keep writes the raw file below statements/. A second version does not overwrite the
// first: its name begins with its digest. An empty day has no file.
func (s *Service) keep(row *StatementRow, data []byte) error {
	if row.Empty {
		return nil
	}
	dir := filepath.Join("statements", "aside")
	name := row.SHA256[:16] + "_" + row.Name
	if row.Version > 0 {
		dir, name = filepath.Join("statements", row.Date.String(), string(row.Channel)), row.Name
		if row.MerchantID != "" && !strings.Contains(name, row.MerchantID) {
			name = row.MerchantID + "_" + name
		}
		if row.Channel == "" {
			dir = filepath.Join("statements", row.Date.String(), "bank")
		}
		if row.Version > 1 {
			name = row.SHA256[:16] + "_" + name
		}
	}
	row.Path = filepath.Join(dir, name)
	path := filepath.Join(s.DataDir, row.Path)
	if err := safefile.Write(path, data); err != nil {
		return err
	}
	crash.At("clearing.f2.stored")
	return safefile.Clean(path)
}

// restore writes the bytes of a file again when the disk has lost or damaged them.
func (s *Service) restore(old, row StatementRow, data []byte) error {
	if old.Empty || old.SHA256 != row.SHA256 || s.intact(old) {
		return nil
	}
	return safefile.Write(filepath.Join(s.DataDir, old.Path), data)
}

// intact tells whether the kept bytes are those that came in.
func (s *Service) intact(row StatementRow) bool {
	if row.Empty {
		return true
	}
	data, err := os.ReadFile(filepath.Join(s.DataDir, row.Path))
	return err == nil && intake.File{Data: data}.SHA256() == row.SHA256
}

// Import takes in a file that a person brings, and counts it as the fetch of its
// channel's day: when nothing of the day is missing any more, the day is fetched.
func (s *Service) Import(ctx context.Context, f intake.File, actor string) ([]Taken, error) {
	all, err := s.TakeIn(ctx, Arrival{File: f, Origin: FromPerson, Actor: actor})
	if err != nil {
		return all, err
	}
	return all, s.complete(ctx, all)
}

// complete moves the days that the files have made complete.
func (s *Service) complete(ctx context.Context, all []Taken) error {
	done := map[string]bool{}
	for _, t := range all {
		row := t.Row
		if key := row.Date.String() + string(row.Channel); row.Channel == "" || !row.State.InUse() || done[key] {
			continue
		} else {
			done[key] = true
		}
		if err := s.completeDay(ctx, row.Channel, row.Date); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) completeDay(ctx context.Context, ch channel.Name, d bizdate.Date) error {
	day, err := s.Store.Day(ctx, ch, d)
	if err != nil || day.State != CutOff {
		return err
	}
	missing, err := s.Missing(ctx, ch, d)
	if err != nil || len(missing) > 0 {
		return err
	}
	return s.moveDay(ctx, ch, d, CutOff, Fetched, 0)
}
