package clearing

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"juma/acquiring/channel"
	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/internal/safefile"
	"juma/merchants"
)

// Fetch gets the channel's statements of the date, proves that each can be read
// whole, and keeps the raw files. A missing file is never an empty one: an empty
// day must be said by the wallet.
func (s *Service) Fetch(ctx context.Context, ch channel.Name, d bizdate.Date) error {
	day, err := s.Store.Day(ctx, ch, d)
	if err != nil || (day.State != CutOff && day.State != Open) {
		return err
	}
	if day.State == Open {
		return fault.New("clearing.Fetch", fault.Conflict, "%s's day %s is not cut off yet", ch, d)
	}
	accounts, err := s.statementAccounts(ctx, ch)
	if err != nil {
		return err
	}
	if len(accounts) > 0 && s.Channels[ch] == nil {
		return fault.New("clearing.Fetch", fault.Unavailable, "channel %s is not configured here, so its statements of %s cannot be fetched", ch, d)
	}
	for _, account := range accounts {
		f, err := s.Channels[ch].Statement(ctx, channel.StatementRequest{Date: d, MerchantID: account})
		if err != nil {
			return err
		}
		if err := s.prove(f); err != nil {
			return err
		}
		if err := s.keep(ctx, f); err != nil {
			return err
		}
	}
	return s.moveDay(ctx, ch, d, CutOff, Fetched, 0)
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

// prove reads a statement before it is kept: one that is damaged is fetched
// again, and no row of it is used.
func (s *Service) prove(f channel.StatementFile) error {
	if f.Empty {
		return nil
	}
	if _, err := s.Readers[f.Channel].Read(f); err != nil {
		return fmt.Errorf("%s: %w", f.Name, err)
	}
	return nil
}

// keep writes the raw file below statements/ and registers it.
func (s *Service) keep(ctx context.Context, f channel.StatementFile) error {
	now := s.Clock.Now()
	sum := sha256.Sum256(f.Data)
	row := StatementRow{
		ID: s.IDs.At(now), Channel: f.Channel, MerchantID: f.MerchantID, Date: f.Date, Name: f.Name, Empty: f.Empty,
		Bytes: len(f.Data), SHA256: hex.EncodeToString(sum[:]), FetchedAt: now,
	}
	if !f.Empty {
		kept, err := s.Store.Statements(ctx, f.Channel, f.Date)
		if err != nil {
			return err
		}
		row.Path = keptPath(f, row.SHA256, kept)
		if err := safefile.Write(filepath.Join(s.DataDir, row.Path), f.Data); err != nil {
			return err
		}
	}
	return s.Store.Update(ctx, func(tx Tx) error {
		_, err := tx.SaveStatement(row)
		return err
	})
}

// keptPath names the file that a statement is kept in. A second version does not
// overwrite the first: its name begins with its digest.
func keptPath(f channel.StatementFile, sum string, kept []StatementRow) string {
	name := filepath.Base(filepath.Clean("/" + f.Name)) // the name is the wallet's: never a path of its choosing
	if f.MerchantID != "" && !strings.Contains(name, f.MerchantID) {
		name = f.MerchantID + "_" + name
	}
	dir := filepath.Join("statements", f.Date.String(), string(f.Channel))
	path := filepath.Join(dir, name)
	for _, row := range kept {
		if row.Path == path && row.SHA256 != sum {
			return filepath.Join(dir, sum[:8]+"_"+name)
		}
	}
	return path
}

// readLines reads the kept statements of a channel's day: of each account the
// one that was fetched last.
func (s *Service) readLines(ctx context.Context, ch channel.Name, d bizdate.Date) ([]Line, error) {
	rows, err := s.Store.Statements(ctx, ch, d)
	if err != nil {
		return nil, err
	}
	latest := map[string]StatementRow{}
	for _, row := range rows {
		if row.ID > latest[row.MerchantID].ID {
			latest[row.MerchantID] = row
		}
	}
	var lines []Line
	for _, row := range rows {
		if row.Empty || row.ID != latest[row.MerchantID].ID {
			continue
		}
		read, err := s.readKept(row)
		if err != nil {
			return nil, err
		}
		lines = append(lines, read...)
	}
	return lines, nil
}

func (s *Service) readKept(row StatementRow) ([]Line, error) {
	data, err := os.ReadFile(filepath.Join(s.DataDir, row.Path))
	if err != nil {
		return nil, fault.Wrap("clearing.Reconcile", fault.Corrupt, err)
	}
	if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != row.SHA256 {
		return nil, fault.New("clearing.Reconcile", fault.Corrupt, "%s is not the file that was fetched: its SHA-256 has changed; run again and it is fetched again", row.Path)
	}
	st, err := s.Readers[row.Channel].Read(channel.StatementFile{Channel: row.Channel, MerchantID: row.MerchantID, Date: row.Date, Name: row.Name, Data: data})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", row.Path, err)
	}
	lines := make([]Line, len(st.Lines))
	for i, l := range st.Lines {
		lines[i] = Line{StatementLine: l, File: row.Name}
	}
	return lines, nil
}
