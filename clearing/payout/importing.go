package payout

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"juma/acquiring/channel"
	"juma/clearing/bankcredit"
	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/internal/ledger"
)

// Imported is what came of a file.
type Imported struct {
	Import
	Again bool          // the same file was taken in before: nothing was done
	Fresh map[State]int // results that say something new
	Known int           // results that earlier files had
	Dates []bizdate.Date
}

// BankFile is a file of the bank's as it came.
type BankFile struct {
	Name   string
	Data   []byte
	SHA256 string // that the bank names for it; 64 hexadecimal digits
}

// digest proves the file against what the bank says, and names it.
func (f BankFile) digest(op string) (string, error) {
	sum := sha256.Sum256(f.Data)
	is := hex.EncodeToString(sum[:])
	if want := strings.ToLower(strings.TrimSpace(f.SHA256)); want != is {
		return "", fault.Field(op, "sha256", want, "%s has SHA-256 %s: it was altered on the way, or this is another file's", f.Name, is)
	}
	return is, nil
}

// ImportResults takes the bank's results in: digest, count and sum are proved, and
// every line must name a payout that was sent, with its amount, and contradict
// nothing that is known. A file is taken in whole or not at all; the same one again
// changes nothing. A refused line is named with field and value.
func (s *Service) ImportResults(ctx context.Context, f BankFile, by string) (Imported, error) {
	const op = "payout.ImportResults"
	i, again, err := s.begin(ctx, op, Results, f, by)
	if err != nil || again {
		return Imported{Import: i, Again: again}, err
	}
	i.Subject = i.SHA256
	all, total, err := ReadResults(f.Data)
	if err != nil {
		return Imported{}, err
	}
	i.Count, i.Amount = len(all), total
	work, err := s.judgeAll(ctx, op, i, all)
	if err != nil {
		return Imported{}, err
	}
	d, err := s.openDate(ctx)
	if err != nil {
		return Imported{}, fault.Wrap(op, "", err)
	}
	if err := s.keep(i, f.Data); err != nil {
		return Imported{}, err
	}
	err = s.Store.UpdatePayouts(ctx, func(tx Tx) error { return s.apply(tx, i, work, d) })
	return Imported{Import: i, Fresh: work.counts, Known: work.known}, fault.Wrap(op, "", err)
}

// begin proves the digest and finds out whether the file was taken in before.
func (s *Service) begin(ctx context.Context, op string, kind ImportKind, f BankFile, by string) (Import, bool, error) {
	if by == "" {
		return Import{}, false, fault.Field(op, "by", by, "say who imports")
	}
	sum, err := f.digest(op)
	if err != nil {
		return Import{}, false, err
	}
	now := s.Clock.Now()
	i := Import{ID: s.IDs.At(now), Kind: kind, Subject: sum, Name: filepath.Base(f.Name), SHA256: sum, ImportedBy: by, ImportedAt: now}
	if kind == Credits {
		return i, false, nil
	}
	before, err := s.Store.ImportOf(ctx, kind, i.Subject)
	if fault.Is(err, fault.NotFound) {
		return i, false, nil
	}
	return before, err == nil, fault.Wrap(op, "", err)
}

// keep puts the file as it came beside the instructions.
func (s *Service) keep(i Import, data []byte) error {
	dir := filepath.Join(s.DataDir, "payouts", string(i.Kind))
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return fault.Wrap("payout.keep", fault.Unavailable, err)
	}
	return place(dir, i.SHA256+".csv", data)
}

// work is what a file of results asks for.
type work struct {
	moves  []move
	fresh  []Result
	counts map[State]int
	known  int
}

type move struct {
	p    Payout // as it is before
	to   State
	r    Result
	line int
}

// judgeAll judges the lines in their order, each knowing the ones before.
func (s *Service) judgeAll(ctx context.Context, op string, i Import, all []Result) (work, error) {
	w := work{counts: map[State]int{}}
	nos := make([]string, len(all))
	for n, r := range all {
		nos[n] = r.PayoutNo
	}
	earlier, err := s.Store.ResultsOf(ctx, nos)
	if err != nil {
		return w, fault.Wrap(op, "", err)
	}
	known, payouts := map[string][]Result{}, map[string]Payout{}
	for _, k := range earlier {
		known[k.PayoutNo] = append(known[k.PayoutNo], k)
	}
	for _, r := range all {
		p, seen := payouts[r.PayoutNo]
		if !seen {
			if p, err = s.Store.Payout(ctx, r.PayoutNo); err != nil {
				if fault.Is(err, fault.NotFound) {
					return w, atLine(op, fault.Conflict, r.Line, "payout_no", r.PayoutNo, "is no payout of ours")
				}
				return w, fault.Wrap(op, "", err)
			}
		}
		to, fresh, err := Judge(p, known[r.PayoutNo], r)
		if err != nil {
			f := err.(*fault.Error)
			return w, atLine(op, f.Kind, r.Line, f.Field, f.Value, f.Msg)
		}
		if !fresh {
			w.known++
			continue
		}
		r.ImportID, r.ID = i.ID, s.IDs.At(i.ImportedAt)
		w.fresh = append(w.fresh, r)
		w.counts[r.Outcome]++
		known[r.PayoutNo] = append(known[r.PayoutNo], r)
		if to != "" {
			w.moves = append(w.moves, move{p: p, to: to, r: r, line: r.Line})
			p.State = to
		}
		payouts[r.PayoutNo] = p
	}
	return w, nil
}

// apply commits a file of results.
func (s *Service) apply(tx Tx, i Import, w work, d bizdate.Date) error {
	if err := tx.InsertImport(i); err != nil {
		return err
	}
	if err := tx.InsertResults(w.fresh); err != nil {
		return err
	}
	var entries []ledger.Entry
	for _, m := range w.moves {
		o := Outcome{ReasonCode: m.r.ReasonCode, Reason: m.r.Reason, BankRef: m.r.BankRef, FinishedAt: m.r.FinishedAt}
		moved, err := tx.MovePayout(m.p.No, m.p.State, m.to, o, i.ImportedAt)
		if err == nil && !moved {
			err = atLine("payout.ImportResults", fault.Conflict, m.line, "payout_no", m.p.No, "somebody else changed it in this moment; import the file again")
		}
		if err != nil {
			return err
		}
		entries = append(entries, Postings(m.p, m.to, d, i.ImportedAt)...)
		e := s.audit(i.ImportedBy, "payout."+string(m.to), "payout "+m.p.No, string(m.p.State), string(m.to))
		e.Reason = strings.TrimSpace(m.r.ReasonCode + " " + m.r.Reason)
		if err := tx.Audit(e); err != nil {
			return err
		}
	}
	if err := tx.PostAll(entries); err != nil {
		return err
	}
	return tx.Audit(s.audit(i.ImportedBy, "payouts.imported", "file "+i.Name, "", fmt.Sprintf("%d, %s yuan, sha256 %s", i.Count, i.Amount.Yuan(), i.SHA256)))
}

// ImportCredits takes the bank's credit advice in (see package bankcredit): what
// channels paid into the reserve is booked, and the clearing dates that it pays are
// proved anew. An account's day comes once: the same file again changes nothing,
// another one for the day is kind Conflict.
func (s *Service) ImportCredits(ctx context.Context, f BankFile, by string) (Imported, error) {
	const op = "payout.ImportCredits"
	i, _, err := s.begin(ctx, op, Credits, f, by)
	if err != nil {
		return Imported{}, err
	}
	advice, err := bankcredit.Read(f.Data)
	if err != nil {
		return Imported{}, err
	}
	if len(advice.Credits) > 0 {
		i.Subject = advice.Account + "/" + advice.Date.String()
	}
	i.Count, i.Amount = len(advice.Credits), advice.Total
	before, err := s.Store.ImportOf(ctx, Credits, i.Subject)
	switch {
	case err == nil && before.SHA256 == i.SHA256:
		return Imported{Import: before, Again: true}, nil
	case err == nil:
		return Imported{}, &fault.Error{Op: op, Kind: fault.Conflict, Field: "sha256", Value: i.SHA256,
			Msg: fmt.Sprintf("the credits of %s to this account came already, in %s with SHA-256 %s", advice.Date, before.Name, before.SHA256)}
	case !fault.Is(err, fault.NotFound):
		return Imported{}, fault.Wrap(op, "", err)
	}
	d, err := s.openDate(ctx)
	if err != nil {
		return Imported{}, fault.Wrap(op, "", err)
	}
	if err := s.keep(i, f.Data); err != nil {
		return Imported{}, err
	}
	credits := s.credits(i, advice)
	var entries []ledger.Entry
	dates := []bizdate.Date{}
	for _, c := range credits {
		if c.Channel == "" {
			continue
		}
		entries = append(entries, ledger.Post(ledger.Funded, ledger.Fact{Ref: string(c.Channel) + "/" + c.ID, Channel: string(c.Channel), Date: d, At: i.ImportedAt, Amount: c.Amount}))
		if !slices.Contains(dates, c.Date) {
			dates = append(dates, c.Date)
		}
	}
	err = s.Store.UpdatePayouts(ctx, func(tx Tx) error {
		if err := tx.InsertImport(i); err != nil {
			return err
		}
		if err := tx.InsertCredits(credits); err != nil {
			return err
		}
		if err := tx.PostAll(entries); err != nil {
			return err
		}
		return tx.Audit(s.audit(by, "credits.imported", "file "+i.Name, "", fmt.Sprintf("%d, %s yuan, sha256 %s", i.Count, i.Amount.Yuan(), i.SHA256)))
	})
	if err != nil {
		return Imported{}, fault.Wrap(op, "", err)
	}
	slices.Sort(dates)
	for _, date := range dates {
		if _, err := s.ProveDay(ctx, date); err != nil {
			return Imported{}, err
		}
	}
	return Imported{Import: i, Dates: dates}, nil
}

// Payers names the channel of those who pay into the reserve, for advices whose
// reference is a date alone.
var Payers = map[string]channel.Name{
	"财付通支付科技有限公司":     channel.WeChat,
	"支付宝（中国）网络技术有限公司": channel.Alipay,
	"支付宝支付科技有限公司":     channel.Alipay,
	"中国银联股份有限公司":      channel.UnionPay,
	"银联商务股份有限公司":      channel.UnionPayAggregate,
}

// credits are the rows of an advice with what they pay: a reference is a clearing
// date, or channel/date, which may name an account.
func (s *Service) credits(i Import, a bankcredit.Advice) []Credit {
	all := make([]Credit, len(a.Credits))
	for n, row := range a.Credits {
		c := Credit{ID: s.IDs.At(i.ImportedAt), ImportID: i.ID, CreditDate: row.Date, Amount: row.Amount, Reference: row.Reference, Payer: row.Payer}
		name, date, both := strings.Cut(row.Reference, "/")
		if !both {
			name, date = string(Payers[row.Payer]), row.Reference
		}
		if d, err := bizdate.Parse(date); err == nil && channel.Name(name).Valid() {
			c.Channel, c.Date = channel.Name(name), d
		}
		all[n] = c
	}
	return all
}

// ProveDay proves a clearing date and stores what it came to.
func (s *Service) ProveDay(ctx context.Context, d bizdate.Date) ([]Proof, error) {
	const op = "payout.ProveDay"
	proofs, err := s.Proof(ctx, d)
	if err != nil {
		return nil, fault.Wrap(op, "", err)
	}
	err = s.Store.UpdatePayouts(ctx, func(tx Tx) error { return tx.SaveProofs(d, proofs) })
	return proofs, fault.Wrap(op, "", err)
}

// Proof computes the proof of a date as it is now.
func (s *Service) Proof(ctx context.Context, d bizdate.Date) ([]Proof, error) {
	sums, err := s.Store.LineSums(ctx, d)
	if err != nil {
		return nil, err
	}
	credits, err := s.Store.CreditsFor(ctx, d)
	if err != nil {
		return nil, err
	}
	return Prove(d, sums, credits, s.Clock.Now().Truncate(time.Microsecond)), nil
}
