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
	"juma/internal/bizdate"
	"juma/internal/crash"
	"juma/internal/fault"
	"juma/merchants"
)

// Fetch gets the channel's statements of the date and takes them in. What a person has
// brought counts as fetched; what an earlier run fetched that did not come to its end is
// asked for again, because the wallet may have made it anew. A missing file is never an
// empty one: an empty day must be said by the wallet.
func (s *Service) Fetch(ctx context.Context, ch channel.Name, d bizdate.Date) error {
	day, err := s.Store.Day(ctx, ch, d)
	if err != nil || (day.State != CutOff && day.State != Open) {
		return err
	}
	if day.State == Open {
		return fault.New("clearing.Fetch", fault.Conflict, "%s's day %s is not cut off yet", ch, d)
	}
	missing, _, err := s.without(ctx, ch, d, func(r StatementRow) bool { return r.Origin == FromPerson && s.intact(r) })
	if err != nil {
		return err
	}
	if len(missing) > 0 && s.Channels[ch] == nil {
		return fault.New("clearing.Fetch", fault.Unavailable, "channel %s is not configured here, so its statements of %s cannot be fetched; give its configuration (--wallets), or bring them with juma clearing import", ch, d)
	}
	for _, account := range missing {
		if err := s.fetch(ctx, ch, d, account); err != nil {
			return err
		}
	}
	return s.moveDay(ctx, ch, d, CutOff, Fetched, 0)
}

// fetch asks for one statement. What cannot be used stops the day; it is kept, and
// fetched again by the next run.
func (s *Service) fetch(ctx context.Context, ch channel.Name, d bizdate.Date, account string) error {
	f, err := s.Channels[ch].Statement(ctx, channel.StatementRequest{Date: d, MerchantID: account})
	if err != nil {
		return err
	}
	all, err := s.TakeIn(ctx, Arrival{Origin: FromChannel, Actor: "clearing", File: intake.File{
		Name: f.Name, Data: f.Data, Empty: f.Empty, Channel: ch, Account: account, Date: d, Sealed: true, // the wallet's digest was proved on its way
	}})
	if err != nil {
		return err
	}
	for _, t := range all {
		if !t.Row.State.InUse() {
			return &fault.Error{Op: "clearing.Fetch", Kind: fault.Corrupt, Err: t.Row.Unusable()}
		}
	}
	return nil
}

// Unusable says why rows of the file take no part; nil when they do.
func (r StatementRow) Unusable() error {
	switch {
	case r.State.InUse() || r.State == intake.Superseded:
		return nil
	case r.Findings.Problem != nil:
		return r.Findings.Problem
	}
	steps := r.Findings.Steps
	if len(steps) == 0 {
		return fmt.Errorf("%s is %s", r.Name, r.State)
	}
	return fmt.Errorf("%s is %s: %s", r.Name, r.State, steps[len(steps)-1].Note)
}

// statementAccounts lists the merchants that the channel makes a statement for:
// each of UnionPay's, and "" (the whole provider) for the wallets.
func (s *Service) statementAccounts(ctx context.Context, ch channel.Name) ([]string, error) {
	if !ch.ByUnionPay() {
		return []string{""}, nil
	}
	var accounts []string
	for after := ""; ; {
		page, err := s.Merchants.Merchants(ctx, after, 500)
		if err != nil || len(page) == 0 {
			return accounts, err
		}
		for _, m := range page {
			enrolments, err := s.Merchants.Enrolments(ctx, m.No)
			if err != nil {
				return nil, err
			}
			for _, e := range enrolments {
				if e.Channel == string(ch) && e.State == merchants.EnrolAccepted {
					accounts = append(accounts, e.ChannelID)
				}
			}
			after = m.No
		}
	}
}

// Missing lists the accounts that have no statement of the day in use, or one whose
// kept bytes are not those that came in.
func (s *Service) Missing(ctx context.Context, ch channel.Name, d bizdate.Date) ([]string, error) {
	missing, _, err := s.without(ctx, ch, d, s.intact)
	return missing, err
}

// ChannelFiles is how many statements of a channel's day are expected, and which are
// missing.
type ChannelFiles struct {
	Channel  channel.Name
	State    DayState
	Expected int
	Missing  []string // accounts; "" is the whole provider
}

// StatementFiles lists the files of a date.
func (s *Service) StatementFiles(ctx context.Context, d bizdate.Date) ([]StatementRow, error) {
	return s.Store.StatementsOn(ctx, d)
}

// Quarantine lists the latest files that wait for people.
func (s *Service) Quarantine(ctx context.Context, limit int) ([]StatementRow, error) {
	return s.Store.StatementsIn(ctx, intake.Quarantined, limit)
}

// StatementDay says of each channel what is expected and missing on a date. What is
// kept is taken to be whole.
func (s *Service) StatementDay(ctx context.Context, d bizdate.Date) ([]ChannelFiles, error) {
	var all []ChannelFiles
	names, err := s.Names(ctx, d)
	if err != nil {
		return nil, err
	}
	for _, ch := range names {
		day, err := s.Store.Day(ctx, ch, d)
		if err != nil {
			return nil, err
		}
		missing, expected, err := s.without(ctx, ch, d, func(StatementRow) bool { return true })
		if err != nil {
			return nil, err
		}
		if expected > 0 {
			all = append(all, ChannelFiles{ch, day.State, expected, missing})
		}
	}
	return all, nil
}

// without lists the accounts without a statement that counts, and how many there are.
func (s *Service) without(ctx context.Context, ch channel.Name, d bizdate.Date, counts func(StatementRow) bool) (missing []string, expected int, err error) {
	accounts, err := s.statementAccounts(ctx, ch)
	if err != nil || len(accounts) == 0 {
		return nil, 0, err
	}
	rows, err := s.inUse(ctx, ch, d)
	if err != nil {
		return nil, 0, err
	}
	expected = len(accounts)
	have := map[intake.Kind]map[string]bool{}
	for _, row := range rows {
		if have[row.Kind] == nil {
			have[row.Kind] = map[string]bool{}
		}
		have[row.Kind][row.MerchantID] = counts(row)
	}
	return slices.DeleteFunc(accounts, func(a string) bool {
		return have[intake.Payments][a] || have[intake.Flow][""] || (have[intake.PaymentsOnly][a] && have[intake.RefundsOnly][a])
	}), expected, nil
}

func (s *Service) inUse(ctx context.Context, ch channel.Name, d bizdate.Date) ([]StatementRow, error) {
	rows, err := s.Store.Statements(ctx, ch, d)
	return slices.DeleteFunc(rows, func(r StatementRow) bool { return !r.State.InUse() }), err
}

// readLines reads the statements of a channel's day that are in use, after the files
// that state totals have proved those of the rows.
func (s *Service) readLines(ctx context.Context, ch channel.Name, d bizdate.Date) (lines []Line, rows []StatementRow, err error) {
	if rows, err = s.inUse(ctx, ch, d); err != nil {
		return nil, nil, err
	}
	desk, err := s.desk(ctx)
	if err != nil {
		return nil, nil, err
	}
	chosen := lineFiles(rows)
	own := map[string]bool{}
	for _, row := range chosen {
		read, err := s.readKept(desk, row)
		if err != nil {
			return nil, nil, err
		}
		if row.Kind == intake.Flow { // merchants with a statement of their own are read from that
			read = slices.DeleteFunc(read, func(l Line) bool { return own[l.MerchantID] })
		}
		own[row.MerchantID] = true
		lines = append(lines, read...)
		crash.At("clearing.f3.half_parsed")
	}
	return lines, rows, proveTotals(rows, lines)
}

// lineFiles are the files whose rows are reconciled: of each account its statement, or
// both of its halves; the institution's flow last.
func lineFiles(rows []StatementRow) (chosen []StatementRow) {
	whole := map[string]bool{}
	for _, row := range rows {
		if row.Kind == intake.Payments {
			whole[row.MerchantID] = true
			chosen = append(chosen, row)
		}
	}
	for _, row := range rows {
		if (row.Kind == intake.PaymentsOnly || row.Kind == intake.RefundsOnly) && !whole[row.MerchantID] {
			chosen = append(chosen, row)
		}
	}
	for _, row := range rows {
		if row.Kind == intake.Flow {
			chosen = append(chosen, row)
		}
	}
	return chosen
}

// proveTotals compares files that state totals of the day (a bill of funds, the sums) with
// the rows.
func proveTotals(rows []StatementRow, lines []Line) error {
	for _, row := range rows {
		if row.Kind != intake.Funds && row.Kind != intake.Sums {
			continue
		}
		plain := make([]channel.StatementLine, len(lines))
		for i, l := range lines {
			plain[i] = l.StatementLine
		}
		totals, err := intake.TotalsOf(plain)
		if err != nil {
			return err
		}
		if says := intake.Contradicts(row.Kind, row.Totals, totals); says != "" {
			return fault.New("clearing.Reconcile", fault.Conflict, "%s contradicts the payments of %s's day %s: %s. Fetch both again, or bring the corrected one", row.Name, row.Channel, row.Date, says)
		}
	}
	return nil
}

// readKept reads a file that is in use, through the intake once more.
func (s *Service) readKept(desk intake.Desk, row StatementRow) ([]Line, error) {
	if row.Empty {
		return nil, nil
	}
	content, err := s.kept(desk, row)
	if err != nil {
		return nil, err
	}
	lines := make([]Line, len(content.Lines))
	for i, l := range content.Lines {
		lines[i] = Line{StatementLine: l, File: row.Name}
	}
	return lines, nil
}

// Kept reads what a kept file holds: its bytes must be those that came in, and say
// what they said then. Error kind Corrupt otherwise.
func (s *Service) Kept(ctx context.Context, row StatementRow) (intake.Content, error) {
	desk, err := s.desk(ctx)
	if err != nil {
		return intake.Content{}, err
	}
	return s.kept(desk, row)
}

func (s *Service) kept(desk intake.Desk, row StatementRow) (intake.Content, error) {
	data, err := os.ReadFile(filepath.Join(s.DataDir, row.Path))
	if err != nil {
		return intake.Content{}, fault.Wrap("clearing.Kept", fault.Corrupt, err)
	}
	f := intake.File{Name: row.Name, Data: data, Channel: row.Channel, Account: row.MerchantID, Date: row.Date, Sealed: true}
	if f.SHA256() != row.SHA256 {
		return intake.Content{}, fault.New("clearing.Kept", fault.Corrupt, "%s is not the file that was fetched: its SHA-256 has changed; run again and it is fetched again", row.Path)
	}
	if strings.HasPrefix(row.Layout, intake.MappedLayout) { // as it was read then, whatever maps came later
		desk.Layouts = nil
		desk.Mappings = slices.DeleteFunc(slices.Clone(desk.Mappings), func(m intake.Mapping) bool { return m.LayoutID() != row.Layout })
	}
	all := desk.Examine(f)
	if err := all[0].Usable(); err != nil {
		return intake.Content{}, fmt.Errorf("%s: %w", row.Path, err)
	}
	if c := all[0].Content; row.Fingerprint == "" || c.Fingerprint() == row.Fingerprint {
		return c, nil
	}
	return intake.Content{}, fault.New("clearing.Kept", fault.Corrupt, "%s no longer says what it said when it came in: another version of this program reads it otherwise", row.Path)
}

// matched marks the files whose rows a proof has used.
func matched(tx Tx, rows []StatementRow) error {
	for _, row := range rows {
		if row.State == intake.Matched {
			continue
		}
		row.State = intake.Matched
		row.Findings.Steps = append(row.Findings.Steps, intake.Step{State: intake.Matched, Note: "reconciled"})
		moved, err := tx.ChangeStatement(row, intake.Staged)
		if err != nil {
			return err
		}
		if !moved {
			return fault.New("clearing.Reconcile", fault.Conflict, "another version of %s came in meanwhile: run again", row.Name)
		}
	}
	return nil
}
