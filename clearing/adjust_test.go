package clearing

import (
	"reflect"
	"testing"

	"juma/internal/money"
)

// TestSettleAddsAdjustments: other money and disputes count in their own figures,
// a merchant with nothing else gets a part of the batch too, and one that a wallet
// pays itself waits.
func TestSettleAddsAdjustments(t *testing.T) {
	const seller, other, direct = "999290058120001", "999581054110002", "999584059120003"
	all := []Adjustment{
		{ID: "1", MerchantNo: seller, Kind: AmountAdjusted, Amount: -1000, Fee: 4},
		{ID: "2", MerchantNo: seller, Kind: DisputeSettled, Amount: 500, Fee: -2},
		{ID: "3", MerchantNo: other, Kind: DisputeSettled, Amount: -700, Fee: 3},
		{ID: "4", MerchantNo: direct, Kind: AmountAdjusted, Amount: 9},
	}
	out, err := Settle(SettleInput{Date: day, Ready: []ReadyRecord{ready(paid("P1", 5000))}, Adjustments: all,
		SettledByWallet: map[string]bool{direct: true}, Carried: map[string]money.Fen{seller: -100}})
	if err != nil {
		t.Fatal(err)
	}
	want := []Settlement{
		{Date: day, Cycle: "T+1", MerchantNo: seller, Rows: 1, Gross: 5000, Fee: 19, ErrCount: 1, ErrAmt: 500, ErrFeeBack: -2, OtherAmt: -996, Replenished: -100, Credited: 4383},
		{Date: day, Cycle: "T+1", MerchantNo: other, ErrCount: 1, ErrAmt: -700, ErrFeeBack: 3, Suspended: -697},
	}
	if !reflect.DeepEqual(out.Settlements, want) {
		t.Errorf("got  %+v\nwant %+v", out.Settlements, want)
	}
	if len(out.Adjustments) != 3 || out.Adjustments[2].ID != "3" || out.Adjustments[0].SettledOn != day {
		t.Errorf("adjustments of the batch: %+v", out.Adjustments)
	}
	if out.Settlements[0].Adjusted() != -498 {
		t.Errorf("adjusted %d", out.Settlements[0].Adjusted())
	}
}

// TestAdjustmentPostsWhatItSettles: on the merchant's account the entries come to
// amount and fee, whatever their signs.
func TestAdjustmentPostsWhatItSettles(t *testing.T) {
	for _, a := range []Adjustment{
		{ID: "A", MerchantNo: "M", Channel: "wechat", Amount: -1000, Fee: 4, Cost: -2},
		{ID: "A", MerchantNo: "M", Channel: "wechat", Amount: 1000, Fee: -4, Cost: 2},
		{ID: "A", MerchantNo: "M", Channel: "wechat", Amount: 1},
	} {
		var sum money.Fen
		for _, e := range a.Entries(day.Start()) {
			for _, l := range e.Lines {
				if l.Account == "merchant_payable/M" {
					sum += l.Credit - l.Debit
				}
			}
		}
		if sum != a.Amount+a.Fee {
			t.Errorf("%+v posts %d to the merchant", a, sum)
		}
	}
}
