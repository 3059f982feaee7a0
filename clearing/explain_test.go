package clearing

import (
	"strings"
	"testing"

	"juma/acquiring/channel"
	"juma/clearing/fee"
	"juma/internal/bizdate"
	"juma/internal/money"
	"juma/merchants"

	"pgregory.net/rapid"
)

const bandPrices = "part,channel,card,class,above_fen,up_to_fen,rate_ppm,min_fen,cap_fen,from,to,mark,source\n" +
	"channel_cost,unionpay,,,0,100000,2000,0,0,2026-01-01,,M,small\n" +
	"channel_cost,unionpay,debit,,100000,0,3500,0,1300,2026-01-01,,C2,debit\n" +
	"channel_cost,unionpay,credit,,100000,0,4500,0,0,2026-01-01,,C2,credit\n" +
	"channel_cost,unionpay,credit,,100000,0,4000,0,0,2026-03-11,,D,cheaper\n" +
	"network_fee,unionpay,,standard,0,0,325,0,325,2026-01-01,,C2,557\n" +
	"class,5411,,preferential,,,,,,,,M,supermarkets\n"

func bands(t testing.TB) *fee.Table {
	table, err := fee.Read("bands.csv", strings.NewReader(bandPrices))
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// TestExplainFees: a payment by card and its refund, each step as on paper. The
// refund is priced as its payment was, though the price has changed and what it
// gives back lies in another band.
func TestExplainFees(t *testing.T) {
	pay := Record{Kind: channel.PaymentLine, OrderNo: "P1", Channel: channel.UnionPay, Amount: 128_800, Date: 20260310, Card: channel.CreditCard, MCC: "5812", FeeRate: 6000, FeeCap: 700}
	x, err := ExplainFees(pay, merchants.Agreement{ID: "a1", Version: 2}, bands(t))
	if err != nil {
		t.Fatal(err)
	}
	if m := x.Merchant; m.Fee != 700 || m.Before.Exact != "772.8" || m.Before.Rounded != 773 || !m.Before.Capped || x.Agreement.ID != "a1" || x.Agreement.Rate != 6000 {
		t.Errorf("merchant's fee: %+v", x)
	}
	if c := x.Cost; !c.Found || c.Price.Line != 4 || c.Fee != 580 || c.Before.Exact != "579.6" || c.Price.Above != 100_000 {
		t.Errorf("cost: %+v", c)
	}
	if n := x.Network; !n.Found || n.Fee != 42 || n.Before.Exact != "41.86" || x.Class != fee.Standard {
		t.Errorf("network fee: %+v", n)
	}
	back := Record{Kind: channel.RefundLine, OrderNo: "R1", OrigOrderNo: "P1", Channel: channel.UnionPay, Amount: 100_000, OrigAmount: 128_800, OrigRefundedBefore: 28_000,
		Date: 20260312, OrigDate: 20260310, Card: channel.CreditCard, MCC: "5812", FeeRate: 6000, FeeCap: 700}
	x, err = ExplainFees(back, merchants.Agreement{}, bands(t))
	if err != nil {
		t.Fatal(err)
	}
	if c := x.Cost; c.Price.Line != 4 || c.Fee != 4-454 || c.Before.Amount != 100_800 || c.After.Amount != 800 {
		t.Errorf("the refund's cost: %+v", c)
	}
	if got, err := CostOf(bands(t), back); got != 4-454 || err != nil {
		t.Errorf("what settles: %d, %v", got, err)
	}
	wallet := Record{Kind: channel.PaymentLine, Channel: channel.WeChat, Amount: 5_000, Date: 20260310, FeeRate: 3800}
	if x, err := ExplainFees(wallet, merchants.Agreement{}, fee.Default()); err != nil || x.Network.Found || x.Cost.Fee != 10 || x.Merchant.Fee != 19 {
		t.Errorf("a wallet's payment: %+v, %v", x, err)
	}
}

// TestEveryFeeOfAPaymentComesBack: however a payment is refunded, on whatever days,
// cost, network fee and merchant's fee each add up to nothing, and each is what the
// explanation says.
func TestEveryFeeOfAPaymentComesBack(t *testing.T) {
	table := bands(t)
	rapid.Check(t, func(t *rapid.T) {
		r := Record{
			Kind: channel.PaymentLine, Channel: channel.UnionPay, Amount: money.Fen(rapid.Int64Range(1, 500_000).Draw(t, "amount")), Date: 20260310,
			Card: rapid.SampledFrom([]channel.CardKind{channel.DebitCard, channel.CreditCard}).Draw(t, "card"), MCC: rapid.SampledFrom([]string{"5812", "5411"}).Draw(t, "mcc"),
			FeeRate: money.RatePPM(rapid.Int64Range(0, 10_000).Draw(t, "rate")), FeeCap: money.Fen(rapid.Int64Range(0, 2000).Draw(t, "cap")),
		}
		var sums [3]money.Fen
		add := func(r Record) {
			x, err := ExplainFees(r, merchants.Agreement{}, table)
			if err != nil {
				t.Fatal(err)
			}
			own, ownErr := MerchantFee(r)
			cost, costErr := CostOf(table, r)
			network, networkErr := NetworkFeeOf(table, r)
			if ownErr != nil || costErr != nil || networkErr != nil || own != x.Merchant.Fee || cost != x.Cost.Fee || network != x.Network.Fee {
				t.Fatalf("explained %d %d %d, settled %d %d %d", x.Merchant.Fee, x.Cost.Fee, x.Network.Fee, own, cost, network)
			}
			sums[0], sums[1], sums[2] = sums[0]+own, sums[1]+cost, sums[2]+network
		}
		add(r)
		before := money.Fen(0)
		for day := bizdate.Date(20260310); before < r.Amount; day = day.AddDays(1) {
			part := money.Fen(rapid.Int64Range(1, int64(r.Amount-before)).Draw(t, "part"))
			back := r
			back.Kind, back.Amount, back.OrigAmount, back.OrigDate, back.Date, back.OrigRefundedBefore = channel.RefundLine, part, r.Amount, r.Date, day, before
			add(back)
			before += part
		}
		if sums != [3]money.Fen{} {
			t.Fatalf("left of merchant's fee, cost and network fee: %v", sums)
		}
	})
}

// TestNetworkFeesReachTheFiles: what settles carries its network fee, and a refund
// gives its share back in the order in which it settles.
func TestNetworkFeesReachTheFiles(t *testing.T) {
	pay := Record{Kind: channel.PaymentLine, OrderNo: "P1", Channel: channel.UnionPay, MerchantNo: "m", Amount: 128_800, Date: 20260310, MCC: "5812"}
	back := Record{Kind: channel.RefundLine, OrderNo: "R1", OrigOrderNo: "P1", Channel: channel.UnionPay, MerchantNo: "m", Amount: 28_800, OrigAmount: 128_800, Date: 20260310, OrigDate: 20260310, MCC: "5812"}
	item := func(r Record) ReadyRecord {
		return ReadyRecord{Item{Kind: r.Kind, OrderNo: r.OrderNo, MerchantNo: "m", OursAmount: r.Amount, State: Ready}, r}
	}
	out, err := Settle(SettleInput{Date: 20260310, Ready: []ReadyRecord{item(back), item(pay)}, Prices: bands(t)})
	if err != nil || len(out.Records) != 2 || out.Records[0].Item.NetworkFee != 42 || out.Records[1].Item.NetworkFee != 42-33 {
		t.Errorf("%+v, %v", out.Records, err)
	}
}
