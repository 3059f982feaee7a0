package demo

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"juma/acquiring/channel"
	"juma/clearing"
	"juma/clearing/file"
	"juma/internal/bizdate"
	"juma/internal/money"
)

// Summary is the demo's result, as summary.json carries it. Programs read it;
// amounts are fen.
type Summary struct {
	ClearingDate   bizdate.Date              `json:"clearing_date"`
	SettlementDate bizdate.Date              `json:"settlement_date"`
	ElapsedMS      int64                     `json:"elapsed_ms"`
	Seed           uint64                    `json:"seed"`
	Payments       Paid                      `json:"payments"`
	Refunds        clearing.Sum              `json:"refunds"`
	Channels       map[channel.Name]Paid     `json:"channels"`
	Bus            map[channel.Name]Requests `json:"bus"`
	Notices        clearing.NoticeTotals     `json:"notices"`
	Trouble        Drill                     `json:"trouble"`
	Reconciliation Reconciliation            `json:"reconciliation"`
	Settlement     Settlement                `json:"settlement"`
	Ledger         Ledger                    `json:"ledger"`
	Files          []File                    `json:"files"`
	Warnings       []string                  `json:"warnings,omitempty"`
}

// Paid counts payments.
type Paid struct {
	Paid   int       `json:"paid"`
	Amount money.Fen `json:"amount_fen"`
}

// Requests counts the requests that an adapter served over NATS.
type Requests struct {
	Requests int `json:"requests"`
}

// Reconciliation counts both sides of the day's proof.
type Reconciliation struct {
	Ours          int                    `json:"ours"`
	Theirs        int                    `json:"theirs"`
	Matched       int                    `json:"matched"`
	Discrepancies map[clearing.Class]int `json:"discrepancies"`
	Planted       map[clearing.Class]int `json:"planted"`
}

// Settlement sums the batch.
type Settlement struct {
	Merchants     int          `json:"merchants"`
	Gross         money.Fen    `json:"gross_fen"`
	Refund        money.Fen    `json:"refund_fen"`
	Fee           money.Fen    `json:"fee_fen"`
	Adjust        money.Fen    `json:"adjust_fen"`
	Net           money.Fen    `json:"net_fen"`
	Held          clearing.Sum `json:"held"`
	NextDay       clearing.Sum `json:"next_day"`
	RefundHeld    clearing.Sum `json:"refund_held"`
	RefundNextDay clearing.Sum `json:"refund_next_day"`
}

// Ledger is both sides of the whole book.
type Ledger struct {
	Debit  money.Fen `json:"debit_fen"`
	Credit money.Fen `json:"credit_fen"`
}

// File is a settlement file.
type File struct {
	Name   string `json:"name"`
	Bytes  int64  `json:"bytes"`
	Lines  int    `json:"lines"`
	SHA256 string `json:"sha256"`
}

func (d *Demo) summarise(ctx context.Context, b clearing.Batch, planted map[clearing.Class]int) (Summary, error) {
	s := Summary{
		ClearingDate: b.Date, SettlementDate: b.SettlementDate, Seed: d.cfg.Seed,
		Channels: map[channel.Name]Paid{}, Bus: map[channel.Name]Requests{}, Files: []File{},
	}
	if w := bizdate.Official().Warning(b.SettlementDate); w != "" {
		s.Warnings = append(s.Warnings, w)
	}
	st := d.app.Store.Clearing()
	totals, err := st.Totals(ctx)
	if err != nil {
		return s, err
	}
	for _, ch := range d.app.Channels {
		sum := totals.Paid[ch]
		s.Channels[ch] = Paid{sum.Count, sum.Amount}
		s.Payments.Paid += sum.Count
		s.Payments.Amount += sum.Amount
	}
	s.Refunds, s.Notices, s.Ledger = totals.Refunds, totals.Notices, Ledger{totals.Debit, totals.Credit}
	requests, err := d.app.Bus.Requests(ctx)
	if err != nil {
		return s, err
	}
	for _, ch := range d.app.Channels {
		s.Bus[ch] = Requests{requests[ch]}
	}
	if s.Reconciliation, err = d.reconciliation(ctx, b.Date, planted); err != nil {
		return s, err
	}
	if s.Settlement, err = d.settlement(ctx, b.Date); err != nil {
		return s, err
	}
	if s.Trouble, err = d.tellDrill(ctx); err != nil {
		return s, err
	}
	files, err := st.Files(ctx, b.Date)
	for _, f := range files {
		s.Files = append(s.Files, File{f.Name, f.Bytes, f.Lines, f.SHA256})
	}
	s.ElapsedMS = time.Since(d.started).Milliseconds()
	return s, err
}

// settles lists the classes whose pairs may settle.
var settles = map[clearing.Class]bool{clearing.Matched: true, clearing.PayerDiffers: true, clearing.FeeDiffers: true}

func (d *Demo) reconciliation(ctx context.Context, date bizdate.Date, planted map[clearing.Class]int) (Reconciliation, error) {
	r := Reconciliation{Discrepancies: map[clearing.Class]int{}, Planted: map[clearing.Class]int{}}
	for _, kind := range clearing.Kinds {
		r.Discrepancies[kind], r.Planted[kind] = 0, planted[kind]
	}
	items, err := d.app.Store.Clearing().Items(ctx, date)
	if err != nil {
		return r, err
	}
	for _, it := range items {
		if it.Ours && it.OursDate == date {
			r.Ours++
		}
		if settles[it.Class] {
			r.Matched++
		}
		if it.Class != clearing.Matched {
			r.Discrepancies[it.Class]++
		}
	}
	for _, ch := range d.app.Channels {
		day, err := d.app.Store.Clearing().Day(ctx, ch, date)
		if err != nil {
			return r, err
		}
		r.Theirs += day.TheirsLines
	}
	return r, nil
}

func (d *Demo) settlement(ctx context.Context, date bizdate.Date) (Settlement, error) {
	var s Settlement
	all, err := d.app.Store.Clearing().Settlements(ctx, date)
	if err != nil {
		return s, err
	}
	for _, m := range all {
		s.Merchants++
		s.Gross += m.Gross
		s.Refund += m.Refund
		s.Fee += m.Fee
		s.Adjust += m.ErrAmt + m.ErrFeeBack + m.OtherAmt
		s.Net += m.Net()
	}
	s.Held, s.NextDay, s.RefundHeld, s.RefundNextDay, err = d.app.Store.Clearing().Unsettled(ctx, date)
	return s, err
}

// prove holds the summary against the ledger and the files, read back from the
// disk. Its error is the difference in one sentence.
func (d *Demo) prove(ctx context.Context, s Summary) error {
	st, r := s.Settlement, s.Reconciliation
	equal := func(what string, a, b money.Fen) error {
		if a != b {
			return fmt.Errorf("%s: %d fen against %d fen", what, int64(a), int64(b))
		}
		return nil
	}
	for _, err := range []error{
		equal("ledger debit and credit differ", s.Ledger.Debit, s.Ledger.Credit),
		equal("net is not gross − refund − fee + adjustments", st.Net, st.Gross-st.Refund-st.Fee+st.Adjust),
		equal("paid is not settled + held + next day", s.Payments.Amount, st.Gross+st.Held.Amount+st.NextDay.Amount),
		equal("refunded is not settled + held + next day", s.Refunds.Amount, st.Refund+st.RefundHeld.Amount+st.RefundNextDay.Amount),
	} {
		if err != nil {
			return err
		}
	}
	for _, kind := range clearing.Kinds {
		if r.Planted[kind] != r.Discrepancies[kind] {
			return fmt.Errorf("%d discrepancies of kind %s were planted and %d found", r.Planted[kind], kind, r.Discrepancies[kind])
		}
	}
	if s.Payments.Paid != d.cfg.Payments {
		return fmt.Errorf("%d consumers pressed pay and %d payments are in the books", d.cfg.Payments, s.Payments.Paid)
	}
	if fooled := d.core.Notices.Stats().Fooled; fooled > 0 {
		return fmt.Errorf("%d forged notices were accepted", fooled)
	}
	if err := d.proveDrill(s.Trouble); err != nil {
		return err
	}
	return d.proveFiles(ctx, s)
}

// proveFiles reads the settlement files back from the disk and holds them
// against the summary.
func (d *Demo) proveFiles(ctx context.Context, s Summary) error {
	batch, err := d.app.Store.Clearing().Batch(ctx, s.ClearingDate)
	if err != nil {
		return err
	}
	report, problems := file.Verify([]string{filepath.Join(d.cfg.DataDir, batch.Folder)})
	if len(problems) > 0 {
		return fmt.Errorf("the settlement files do not agree, %d problems, first: %s", len(problems), problems[0])
	}
	onDisk := map[string]file.FileInfo{}
	for _, f := range report.Folders[0].Files {
		onDisk[f.Name] = f
	}
	for _, f := range s.Files {
		if is := onDisk[f.Name]; int64(is.Bytes) != f.Bytes || is.Lines != f.Lines || is.SHA256 != f.SHA256 {
			return fmt.Errorf("%s: the summary says %d bytes with SHA-256 %s, the file is another", f.Name, f.Bytes, f.SHA256)
		}
	}
	if len(onDisk) != len(s.Files) {
		return fmt.Errorf("%d settlement files are there, the summary lists %d", len(onDisk), len(s.Files))
	}
	total := report.Totals
	if total.Gross != s.Settlement.Gross || total.Refund != s.Settlement.Refund || total.Fee != s.Settlement.Fee {
		return fmt.Errorf("the files say gross %d, refund %d, fee %d fen, the summary %d, %d, %d",
			total.Gross, total.Refund, total.Fee, s.Settlement.Gross, s.Settlement.Refund, s.Settlement.Fee)
	}
	return nil
}
