package clearing

import (
	"context"
	"path/filepath"
	"strconv"

	"juma/acquiring/channel"
	"juma/clearing/file"
	"juma/internal/bizdate"
	"juma/internal/crash"
	"juma/internal/fault"
	"juma/merchants"
)

// WriteFiles writes the files of a settled date and registers them. The files
// are built from the records, proved against the ledger, and nothing is written
// when a single figure disagrees. The book of the date is sealed behind them (Seal).
func (s *Service) WriteFiles(ctx context.Context, d bizdate.Date) error {
	batch, err := s.Store.Batch(ctx, d)
	if err != nil {
		return err
	}
	if batch.State == Computed {
		if err := s.fileBatch(ctx, d); err != nil {
			return err
		}
		crash.At("clearing.f9.registered")
	}
	return s.Seal(ctx, d)
}

func (s *Service) fileBatch(ctx context.Context, d bizdate.Date) error {
	day, err := s.fileDay(ctx, d)
	if err != nil {
		return err
	}
	totals, err := s.ledgerTotals(ctx, d)
	if err != nil {
		return err
	}
	files, err := file.Build(day, totals)
	if err != nil {
		return err
	}
	written, err := file.Write(filepath.Join(s.DataDir, "settlement"), day, files)
	if err != nil {
		return err
	}
	crash.At("clearing.f8.renamed")
	folder := filepath.Join("settlement", filepath.Base(written))
	now := s.Clock.Now()
	rows := make([]FileRow, len(files))
	for i, f := range files {
		rows[i] = FileRow{ID: s.IDs.At(now), Date: d, Folder: folder, Name: f.Name, Bytes: int64(len(f.Data)), Lines: f.Lines, SHA256: f.SHA256, CreatedAt: now}
	}
	return s.Store.Update(ctx, func(tx Tx) error {
		if err := tx.InsertFiles(rows); err != nil {
			return err
		}
		moved, err := tx.MoveBatch(d, Computed, Filed, folder, now)
		if err == nil && !moved {
			err = fault.New("clearing.WriteFiles", fault.Conflict, "the batch of %s was filed by someone else meanwhile", d)
		}
		return err
	})
}

func (s *Service) ledgerTotals(ctx context.Context, d bizdate.Date) (file.LedgerTotals, error) {
	book, err := s.Store.LedgerTotals(ctx, d)
	if err != nil {
		return nil, err
	}
	settlements, err := s.Store.Settlements(ctx, d)
	if err != nil {
		return nil, err
	}
	for _, st := range settlements {
		if booked := book[st.MerchantNo].Adjusted; booked != st.Adjusted() {
			return nil, fault.New("clearing.WriteFiles", fault.Corrupt, "merchant %s: its adjustments are %s in the settlement of %s and %s in the ledger", st.MerchantNo, st.Adjusted().Yuan(), d, booked.Yuan())
		}
	}
	totals := file.LedgerTotals{}
	for no, t := range book {
		if has := (file.Totals{Gross: t.Gross, Refund: t.Refund, Fee: t.Fee}); has != (file.Totals{}) {
			totals[no] = has
		}
	}
	return totals, nil
}

// fileDay gathers what the files of a date say.
func (s *Service) fileDay(ctx context.Context, d bizdate.Date) (file.Day, error) {
	items, err := s.Store.SettledItems(ctx, d)
	if err != nil {
		return file.Day{}, err
	}
	records, err := s.recordsOf(ctx, items)
	if err != nil {
		return file.Day{}, err
	}
	day := file.Day{ClearingDate: d, InstitutionCode: s.Institution, Batch: 1}
	for _, it := range items {
		row, err := s.rowOf(it, records[string(it.Channel)+string(it.Kind)+it.OrderNo])
		if err != nil {
			return file.Day{}, err
		}
		day.Rows = append(day.Rows, row)
	}
	if day.Disputes, err = s.disputes(ctx, d); err != nil {
		return file.Day{}, err
	}
	settlements, err := s.Store.Settlements(ctx, d)
	if err != nil {
		return file.Day{}, err
	}
	all, err := s.merchants(ctx)
	if err != nil {
		return file.Day{}, err
	}
	before, err := s.accountsAtSettlement(ctx, d)
	if err != nil {
		return file.Day{}, err
	}
	for _, st := range settlements {
		m := all[st.MerchantNo]
		if account, changed := before[m.No]; changed {
			m.Account = account
		}
		day.Merchants = append(day.Merchants, merchantOf(m, st))
	}
	return day, nil
}

// accountsAtSettlement are the accounts of merchants that changed theirs after the
// day was settled: whenever its files are written, they name the account that was
// in force when the batch was made.
func (s *Service) accountsAtSettlement(ctx context.Context, d bizdate.Date) (map[string]merchants.SettlementAccount, error) {
	b, err := s.Store.Batch(ctx, d)
	if err != nil {
		return nil, err
	}
	return s.Merchants.AccountsAt(ctx, b.SettledAt)
}

func merchantOf(m merchants.Merchant, st Settlement) file.Merchant {
	return file.Merchant{
		No: m.No, Name: m.Name, MCC: m.MCC, BankName: m.Account.BankName, CNAPS: m.Account.CNAPS,
		ClearingNo: m.Account.ClearingNo, AccountNo: m.Account.AccountNo, AccountName: m.Account.AccountName,
		AreaCode: m.RegionCode, DirectlySettled: m.SettledByWallet,
		ErrCount: st.ErrCount, ErrAmt: st.ErrAmt, ErrFeeBack: st.ErrFeeBack, OtherAmt: st.OtherAmt,
		Suspended: st.Suspended, Replenished: st.Replenished, Released: st.Released,
	}
}

// rowOf turns a settled item and its record into a file row. The channel's own
// word wins where it has one: cost, payer, time.
func (s *Service) rowOf(it Item, r Record) (file.Row, error) {
	trace, err := strconv.Atoi(r.Trace)
	if err != nil {
		return file.Row{}, fault.Field("clearing.WriteFiles", "trace", r.Trace, "order %s has no 6-digit trace number", r.OrderNo)
	}
	row := file.Row{
		Channel: fileChannel(r.Channel), Kind: file.Purchase, MerchantNo: r.MerchantNo, TerminalNo: r.TerminalNo,
		Trace: trace, RRN: r.RRN, OrderNo: r.OrderNo, Time: r.Time, Amount: r.Amount,
		MerFee: it.MerchantFee, ChannelCost: it.TheirsFee.Abs(),
	}
	if row.Time.IsZero() {
		row.Time = it.TheirsTime
	}
	row.Payer = s.payerInFile(r)
	if r.Channel.ByUnionPay() {
		row.QueryID, row.OrigQueryID = r.ChannelNo, r.OrigChannelNo
		row.CardType, row.NetworkFee = r.Card.PayCardType(), it.NetworkFee
	}
	if r.Kind == channel.PaymentLine {
		row.OrigQueryID = ""
		return row, nil
	}
	row.Kind, row.OrigOrderNo, row.OrigTime = file.Refund, r.OrigOrderNo, r.OrigTime
	if row.OrigTrace, err = strconv.Atoi(r.OrigTrace); err != nil {
		return file.Row{}, fault.Field("clearing.WriteFiles", "orig_trace", r.OrigTrace, "the payment of refund %s has no trace number", r.OrderNo)
	}
	return row, nil
}

// fileChannel is the channel as files know it: what clears through UnionPay stands
// there as UnionPay's, whichever interface it came by, and no account of ours has a name
// outside.
func fileChannel(ch channel.Name) string {
	if ch.ByUnionPay() {
		return string(channel.UnionPay)
	}
	return string(ch.Base())
}

// payerOf tells one payer of a wallet from another. WeChat's statement names the
// payer, and its word wins; Alipay's masks the account, which many people share,
// so only the payer id does.
func payerOf(r Record) string {
	if r.Payer == "" || (r.Channel.Base() == channel.Alipay && r.PayerID != "") {
		return r.PayerID
	}
	return r.Payer
}
