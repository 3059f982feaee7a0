package clearing

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"juma/acquiring"
	"juma/acquiring/channel"
	"juma/internal/bizdate"
	"juma/internal/clock"
	"juma/internal/fault"
	"juma/internal/id"
	"juma/internal/ledger"
	"juma/internal/safefile"
	"juma/merchants"
)

// Asker asks a wallet once more about an order of ours that a statement shows
// and our books do not call final.
type Asker interface {
	Ask(ctx context.Context, kind channel.LineKind, orderNo string) error
}

// Config is what a Service is made of.
type Config struct {
	Store     Store
	Channels  map[channel.Name]channel.Adapter
	Readers   map[channel.Name]channel.StatementReader
	Merchants merchants.Repository
	Asker     Asker
	Calendar  *bizdate.Calendar
	Clock     clock.Clock
	IDs       *id.ULIDs
	// DataDir holds statements/ (raw files as fetched) and settlement/.
	DataDir string
	// Institution is the acquirer's 8-digit institution code in the files.
	Institution string
	Costs       CostTable    // nil: DefaultCosts
	Log         *slog.Logger // nil: discard
	// Step is told what is being done, for progress bars; may be nil.
	Step func(step string)
}

// Service runs clearing days. Every step is recorded, can be run again and then
// changes nothing.
type Service struct {
	Config
}

// NewService returns the clearing service.
func NewService(cfg Config) *Service {
	if cfg.Costs == nil {
		cfg.Costs = DefaultCosts
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Step == nil {
		cfg.Step = func(string) {}
	}
	return &Service{cfg}
}

// CloseDay takes a clearing date from cut-off to files: each channel is cut off,
// its statements fetched and reconciled, then the day is settled and filed. It
// stops at the first thing that is not ready and continues there when it is run
// again.
func (s *Service) CloseDay(ctx context.Context, d bizdate.Date) (Batch, error) {
	for _, ch := range channel.Names {
		for _, step := range []struct {
			name string
			run  func(context.Context, channel.Name, bizdate.Date) error
		}{{"cut off", s.CutOff}, {"fetch", s.Fetch}, {"reconcile", s.Reconcile}} {
			s.Step(step.name + " " + string(ch))
			if err := step.run(ctx, ch, d); err != nil {
				return Batch{}, fmt.Errorf("%s %s of %s: %w", step.name, ch, d, err)
			}
		}
	}
	s.Step("settle")
	if err := s.Settle(ctx, d); err != nil {
		return Batch{}, fmt.Errorf("settle %s: %w", d, err)
	}
	s.Step("files")
	if err := s.WriteFiles(ctx, d); err != nil {
		return Batch{}, fmt.Errorf("write the files of %s: %w", d, err)
	}
	return s.Store.Batch(ctx, d)
}

// CutOff marks the end of a channel's day. It is a watermark: payments go on.
func (s *Service) CutOff(ctx context.Context, ch channel.Name, d bizdate.Date) error {
	day, err := s.Store.Day(ctx, ch, d)
	if err != nil || day.State != Open {
		return err
	}
	_, end := ch.Cut().Bounds(d)
	if now := s.Clock.Now(); now.Before(end) {
		return fault.New("clearing.CutOff", fault.NotReady, "%s's clearing date %s ends at %s", ch, d, end.In(bizdate.Zone).Format(time.DateTime))
	}
	return s.moveDay(ctx, ch, d, Open, CutOff, 0)
}

func (s *Service) moveDay(ctx context.Context, ch channel.Name, d bizdate.Date, from, to DayState, lines int) error {
	return s.Store.Update(ctx, func(tx Tx) error {
		moved, err := tx.MoveDay(ch, d, from, to, lines, s.Clock.Now())
		if err == nil && !moved {
			err = fault.New("clearing", fault.Conflict, "%s's day %s is no longer %s: someone else works on it", ch, d, from)
		}
		return err
	})
}

// Fetch gets the channel's statements of the date and keeps the raw files. A
// missing file is never an empty one: an empty day must be said by the wallet.
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
	for _, account := range accounts {
		f, err := s.Channels[ch].Statement(ctx, channel.StatementRequest{Date: d, MerchantID: account})
		if err != nil {
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
	if ch != channel.UnionPay {
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
				if e.Channel == string(ch) {
					accounts = append(accounts, e.ChannelID)
				}
			}
			after = m.No
		}
	}
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
		name := filepath.Base(filepath.Clean("/" + f.Name)) // the name is the wallet's: never a path of its choosing
		if f.MerchantID != "" && !strings.Contains(name, f.MerchantID) {
			name = f.MerchantID + "_" + name
		}
		row.Path = filepath.Join("statements", f.Date.String(), string(f.Channel), name)
		if err := safefile.Write(filepath.Join(s.DataDir, row.Path), f.Data); err != nil {
			return err
		}
	}
	return s.Store.Update(ctx, func(tx Tx) error {
		_, err := tx.SaveStatement(row)
		return err
	})
}

// readLines reads the kept statements of a channel's day.
func (s *Service) readLines(ctx context.Context, ch channel.Name, d bizdate.Date) ([]Line, error) {
	rows, err := s.Store.Statements(ctx, ch, d)
	if err != nil {
		return nil, err
	}
	var lines []Line
	for _, row := range rows {
		if row.Empty {
			continue
		}
		data, err := os.ReadFile(filepath.Join(s.DataDir, row.Path))
		if err != nil {
			return nil, err
		}
		if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != row.SHA256 {
			return nil, fault.New("clearing.Reconcile", fault.Corrupt, "%s is not the file that was fetched: its SHA-256 has changed; restore it, or fetch it again", row.Path)
		}
		st, err := s.Readers[ch].Read(channel.StatementFile{Channel: ch, MerchantID: row.MerchantID, Date: d, Name: row.Name, Data: data})
		if err != nil {
			return nil, fmt.Errorf("%s: %w", row.Path, err)
		}
		for _, l := range st.Lines {
			lines = append(lines, Line{StatementLine: l, File: row.Name})
		}
	}
	return lines, nil
}

// Reconcile proves a channel's day against its statements: items, corrections,
// the channel's cost and the long money are committed together, once.
func (s *Service) Reconcile(ctx context.Context, ch channel.Name, d bizdate.Date) error {
	day, err := s.Store.Day(ctx, ch, d)
	if err != nil || day.State == Reconciled {
		return err
	}
	if day.State != Fetched {
		return fault.New("clearing.Reconcile", fault.Conflict, "%s's statements of %s are not fetched yet", ch, d)
	}
	theirs, err := s.readLines(ctx, ch, d)
	if err != nil {
		return err
	}
	in, err := s.gather(ctx, ch, d, theirs)
	if err != nil {
		return err
	}
	out, err := Reconcile(in)
	if err != nil {
		return err
	}
	now := s.Clock.Now()
	for i := range out.Items {
		out.Items[i].ID = s.IDs.At(now)
	}
	return s.Store.Update(ctx, func(tx Tx) error {
		if err := tx.InsertItems(out.Items); err != nil {
			return err
		}
		if err := tx.PostAll(s.costEntries(out.Items, now)); err != nil {
			return err
		}
		if err := s.apply(tx, out); err != nil {
			return err
		}
		moved, err := tx.MoveDay(ch, d, Fetched, Reconciled, len(theirs), now)
		if err == nil && !moved {
			err = fault.New("clearing.Reconcile", fault.Conflict, "%s's day %s was reconciled by someone else meanwhile", ch, d)
		}
		return err
	})
}

// gather reads our side. Statement lines that our books do not call final are
// asked about once more before they are judged.
func (s *Service) gather(ctx context.Context, ch channel.Name, d bizdate.Date, theirs []Line) (Input, error) {
	ours, err := s.Store.Records(ctx, ch, d)
	if err != nil {
		return Input{}, err
	}
	strange := StrangeKeys(ours, theirs)
	other, err := s.Store.RecordsByKey(ctx, ch, strange)
	if err != nil {
		return Input{}, err
	}
	if asked, err := s.askAgain(ctx, strange, other); err != nil {
		return Input{}, err
	} else if asked {
		if ours, err = s.Store.Records(ctx, ch, d); err != nil {
			return Input{}, err
		}
		if other, err = s.Store.RecordsByKey(ctx, ch, StrangeKeys(ours, theirs)); err != nil {
			return Input{}, err
		}
	}
	pool, err := s.Store.WaitingItems(ctx, ch, d)
	return Input{Channel: ch, Date: d, Ours: ours, Theirs: theirs, OtherDay: other, Pool: pool, Costs: s.Costs}, err
}

func (s *Service) askAgain(ctx context.Context, strange []Key, known []Record) (asked bool, err error) {
	for _, key := range strange {
		if slices.ContainsFunc(known, func(r Record) bool { return r.key() == key }) {
			continue
		}
		err := s.Asker.Ask(ctx, key.Kind, key.OrderNo)
		if fault.Is(err, fault.NotFound) {
			continue // no order of ours: a long
		}
		if err != nil {
			return asked, err
		}
		asked = true
	}
	return asked, nil
}

// costEntries posts what the channel charges on what may settle, and the long
// money that nothing of ours explains.
func (s *Service) costEntries(items []Item, now time.Time) []ledger.Entry {
	var entries []ledger.Entry
	for _, it := range items {
		var e ledger.Entry
		switch {
		case it.State == Ready:
			e = ledger.PostCost(it.OrderNo, it.MerchantNo, string(it.Channel), it.Date, now, it.TheirsFee)
		case it.Class == MissingOurs:
			amount := it.TheirsAmount
			if it.Kind == channel.RefundLine {
				amount = -amount
			}
			e = ledger.PostLong(fmt.Sprintf("%s/%s/%s", it.Channel, it.Date, it.OrderNo), string(it.Channel), it.Date, now, amount)
		}
		if len(e.Lines) > 0 {
			e.ID = s.IDs.At(now)
			entries = append(entries, e)
		}
	}
	return entries
}

// apply carries out what the statement knows better, each with an audit row,
// and releases the pool items whose other half has come.
func (s *Service) apply(tx Tx, out Outcome) error {
	for _, id := range out.Cleared {
		if _, err := tx.MoveItem(id, Waiting, Cleared); err != nil {
			return err
		}
	}
	for _, f := range out.Payers {
		if err := tx.CorrectPayer(f.OrderNo, f.After); err != nil {
			return err
		}
		if err := tx.Audit(s.audit("payment.payer_corrected", "payment "+f.OrderNo, f.Before, f.After)); err != nil {
			return err
		}
	}
	for _, f := range out.TimesFix {
		filled, err := tx.FillRefundTime(f.RefundNo, f.Time)
		if err != nil {
			return err
		}
		if !filled {
			continue
		}
		if err := tx.Audit(s.audit("refund.time_from_statement", "refund "+f.RefundNo, "", f.Time.In(bizdate.Zone).Format(time.DateTime))); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) audit(action, object, before, after string) acquiring.AuditRow {
	now := s.Clock.Now()
	return acquiring.AuditRow{ID: s.IDs.At(now), At: now, Actor: "clearing", Action: action, Object: object, Before: before, After: after, Reason: "the channel's statement wins"}
}

// Settle computes the batch of a date from what is ready and commits it with
// its fees and payouts in one transaction. All channels must be reconciled.
func (s *Service) Settle(ctx context.Context, d bizdate.Date) error {
	if _, err := s.Store.Batch(ctx, d); !fault.Is(err, fault.NotFound) {
		return err
	}
	for _, ch := range channel.Names {
		day, err := s.Store.Day(ctx, ch, d)
		if err != nil {
			return err
		}
		if day.State != Reconciled {
			return fault.New("clearing.Settle", fault.NotReady, "%s's day %s is %s; all channels must be reconciled first", ch, d, day.State)
		}
	}
	in, err := s.settleInput(ctx, d)
	if err != nil {
		return err
	}
	out, err := Settle(in)
	if err != nil {
		return err
	}
	now := s.Clock.Now()
	batch := Batch{Date: d, SettlementDate: s.Calendar.NextWorkday(d), State: Computed, UpdatedAt: now}
	items := make([]Item, len(out.Records))
	for i, r := range out.Records {
		items[i] = r.Item
		items[i].SettledOn = d
	}
	return s.Store.Update(ctx, func(tx Tx) error {
		if err := tx.InsertBatch(batch); err != nil {
			return err
		}
		if err := tx.SettleItems(items); err != nil {
			return err
		}
		if err := tx.InsertSettlements(out.Settlements); err != nil {
			return err
		}
		return tx.PostAll(s.settleEntries(d, items, out.Settlements, now))
	})
}

func (s *Service) settleInput(ctx context.Context, d bizdate.Date) (SettleInput, error) {
	items, err := s.Store.ReadyItems(ctx, d)
	if err != nil {
		return SettleInput{}, err
	}
	in := SettleInput{Date: d, SettledByWallet: map[string]bool{}}
	records, err := s.recordsOf(ctx, items)
	if err != nil {
		return SettleInput{}, err
	}
	var originals []string
	for _, it := range items {
		r, ok := records[string(it.Channel)+string(it.Kind)+it.OrderNo]
		if !ok {
			return SettleInput{}, fault.New("clearing.Settle", fault.Corrupt, "item %s is ready, and its %s %s is gone", it.ID, it.Kind, it.OrderNo)
		}
		if it.Kind == channel.RefundLine {
			originals = append(originals, r.OrigOrderNo)
		}
		in.Ready = append(in.Ready, ReadyRecord{it, r})
	}
	if in.PaymentSettled, err = s.Store.PaymentSettled(ctx, originals); err != nil {
		return SettleInput{}, err
	}
	if in.Owed, err = s.Store.Owed(ctx, d); err != nil {
		return SettleInput{}, err
	}
	all, err := s.merchants(ctx)
	for no, m := range all {
		in.SettledByWallet[no] = m.SettledByWallet
	}
	return in, err
}

// recordsOf finds the records of items, by channel + kind + order number.
func (s *Service) recordsOf(ctx context.Context, items []Item) (map[string]Record, error) {
	found := map[string]Record{}
	for _, ch := range channel.Names {
		var keys []Key
		for _, it := range items {
			if it.Channel == ch {
				keys = append(keys, Key{it.Kind, it.OrderNo})
			}
		}
		records, err := s.Store.RecordsByKey(ctx, ch, keys)
		if err != nil {
			return nil, err
		}
		for _, r := range records {
			found[string(ch)+string(r.Kind)+r.OrderNo] = r
		}
	}
	return found, nil
}

func (s *Service) merchants(ctx context.Context) (map[string]merchants.Merchant, error) {
	all := map[string]merchants.Merchant{}
	for after := ""; ; {
		page, err := s.Merchants.Merchants(ctx, after, 500)
		if err != nil || len(page) == 0 {
			return all, err
		}
		for _, m := range page {
			all[m.No], after = m, m.No
		}
	}
}

func (s *Service) settleEntries(d bizdate.Date, items []Item, settlements []Settlement, now time.Time) []ledger.Entry {
	var entries []ledger.Entry
	add := func(e ledger.Entry) {
		if len(e.Lines) > 0 {
			e.ID = s.IDs.At(now)
			entries = append(entries, e)
		}
	}
	for _, it := range items {
		if it.Kind == channel.PaymentLine {
			add(ledger.PostFee(it.OrderNo, it.MerchantNo, d, now, it.MerchantFee))
		} else {
			add(ledger.PostFeeBack(it.OrderNo, it.MerchantNo, d, now, it.MerchantFee))
		}
	}
	for _, st := range settlements {
		add(ledger.PostSettlement(d.String()+"/"+st.MerchantNo, st.MerchantNo, d, now, st.Credited))
	}
	return entries
}
