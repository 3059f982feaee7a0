package payout

import (
	"context"
	"fmt"

	"juma/acquiring/channel"
	"juma/clearing"
	"juma/clearing/file"
	"juma/internal/fault"
	"juma/internal/money"
)

// Explanation is a payout down to each row that it is made of.
type Explanation struct {
	Payout      Payout
	Attempts    []Payout // all of this merchant's part of the batch, by attempt
	Results     []Result // what the bank said about this one
	Part        clearing.Settlement
	Items       []clearing.Item // payments and refunds, with fee and the statement's file and line
	Adjustments []clearing.Adjustment
	// File is the settlement file that has a row for each of them.
	File string
	// Sums of the rows; together they are the payout.
	Gross, Refund, Fee, Adjusted money.Fen
	Carried                      money.Fen // of other days: taken back (negative) or released
}

// Explain says what a payout is made of. The rows are added up anew: a sum that is
// not the payout's is fault kind Corrupt.
func (s *Service) Explain(ctx context.Context, no string) (Explanation, error) {
	const op = "payout.Explain"
	e := Explanation{}
	var err error
	if e.Payout, err = s.Store.Payout(ctx, no); err != nil {
		return e, fault.Wrap(op, "", err)
	}
	d, merchantNo := e.Payout.Date, e.Payout.MerchantNo
	for _, read := range []func() error{
		func() (err error) { e.Items, err = s.Store.ItemsOfPart(ctx, d, merchantNo); return err },
		func() (err error) { e.Adjustments, err = s.Store.AdjustmentsOfPart(ctx, d, merchantNo); return err },
		func() (err error) { e.Results, err = s.Store.ResultsOf(ctx, []string{no}); return err },
		func() error { return s.fillAttempts(ctx, &e) },
		func() error { return s.fillPart(ctx, &e) },
	} {
		if err := read(); err != nil {
			return e, fault.Wrap(op, "", err)
		}
	}
	e.File = file.ZMName(d, merchantNo)
	return e, e.add()
}

func (s *Service) fillAttempts(ctx context.Context, e *Explanation) error {
	all, err := s.Store.PayoutsOf(ctx, e.Payout.MerchantNo)
	for _, p := range all {
		if p.Date == e.Payout.Date {
			e.Attempts = append(e.Attempts, p)
		}
	}
	return err
}

func (s *Service) fillPart(ctx context.Context, e *Explanation) error {
	parts, err := s.Books.Settlements(ctx, e.Payout.Date)
	for _, p := range parts {
		if p.MerchantNo == e.Payout.MerchantNo {
			e.Part = p
		}
	}
	return err
}

// add adds the rows up and holds them against the settlement and the payout.
func (e *Explanation) add() error {
	for _, it := range e.Items {
		if it.Kind == channel.PaymentLine {
			e.Gross, e.Fee = e.Gross+it.OursAmount, e.Fee+it.MerchantFee
		} else {
			e.Refund, e.Fee = e.Refund+it.OursAmount, e.Fee-it.MerchantFee
		}
	}
	for _, a := range e.Adjustments {
		e.Adjusted += a.Amount + a.Fee
	}
	e.Carried = e.Part.Replenished + e.Part.Released - e.Part.Suspended
	is := [5]money.Fen{e.Gross, e.Refund, e.Fee, e.Adjusted, e.Total()}
	says := [5]money.Fen{e.Part.Gross, e.Part.Refund, e.Part.Fee, e.Part.Adjusted(), e.Payout.Amount}
	for i, name := range []string{"gross", "refund", "fee", "adjusted", "amount"} {
		if is[i] != says[i] {
			return &fault.Error{Op: "payout.Explain", Kind: fault.Corrupt, Field: name, Value: says[i].Yuan(), Msg: fmt.Sprintf("the rows of payout %s come to %s", e.Payout.No, is[i].Yuan())}
		}
	}
	return nil
}

// Total is gross − refund − fee + adjusted + carried: the payout.
func (e Explanation) Total() money.Fen { return e.Gross - e.Refund - e.Fee + e.Adjusted + e.Carried }
