package clearing

import (
	"context"
	"strconv"

	"juma/clearing/file"
	"juma/internal/bizdate"
	"juma/internal/fault"
)

// disputes are those of a batch as its files say them, each with the transaction
// before it.
func (s *Service) disputes(ctx context.Context, d bizdate.Date) ([]file.Dispute, error) {
	all, err := s.Store.SettledAdjustments(ctx, d)
	if err != nil {
		return nil, err
	}
	var about []Item
	for _, a := range all {
		if a.Kind == DisputeSettled {
			about = append(about, Item{Channel: a.Channel, Kind: a.LineKind, OrderNo: a.OrderNo})
		}
	}
	records, err := s.recordsOf(ctx, about)
	if err != nil {
		return nil, err
	}
	var disputes []file.Dispute
	for _, a := range all {
		if a.Kind != DisputeSettled {
			continue
		}
		r, known := records[string(a.Channel)+string(a.LineKind)+a.OrderNo]
		if !known {
			return nil, fault.New("clearing.WriteFiles", fault.Corrupt, "dispute %s settles on %s, and its %s %s is gone", a.ID, d, a.LineKind, a.OrderNo)
		}
		dispute, err := s.disputeOf(a, r)
		if err != nil {
			return nil, err
		}
		disputes = append(disputes, dispute)
	}
	return disputes, nil
}

func (s *Service) disputeOf(a Adjustment, r Record) (file.Dispute, error) {
	trace, err := strconv.Atoi(r.Trace)
	if err != nil {
		return file.Dispute{}, fault.Field("clearing.WriteFiles", "trace", r.Trace, "order %s has no 6-digit trace number", r.OrderNo)
	}
	row := file.Dispute{
		Code: a.Code, ReasonCode: a.ReasonCode, MerchantNo: a.MerchantNo, TerminalNo: r.TerminalNo, Trace: a.Trace, Time: a.OpenedAt,
		Amount: a.Amount.Abs(), MerFee: a.Fee.Abs(), ChannelCost: a.Cost.Abs(), OrderNo: r.OrderNo, Payer: s.payerInFile(r),
		PrevTrace: trace, PrevRRN: r.RRN, PrevTime: r.Time, PrevDate: r.Date, PrevAmount: r.Amount,
	}
	if row.PrevTime.IsZero() { // a refund whose time nobody told: its day is known
		row.PrevTime = r.Date.Start()
	}
	return row, nil
}

// payerInFile is how the files name a payer: UnionPay's account as its statement
// has it, a token for the wallets.
func (s *Service) payerInFile(r Record) string {
	if r.Channel.ByUnionPay() {
		return r.Payer
	}
	return file.PayerToken(s.TokenKey, payerOf(r))
}
