package store_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"juma/acquiring/channel"
	"juma/clearing"
	"juma/clearing/bill"
	"juma/internal/dbtest"
	"juma/internal/money"
	"juma/internal/store"
)

// TestBillOfADay: a merchant's statement has what settled for it, and nothing of
// others, of other days or of what waits.
func TestBillOfADay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		createShop(t, s)
		p, waits := payment(10), payment(11)
		insertPaid(t, s, day, p, waits)
		r := refund(21, p, 300)
		insertRefunded(t, s, day, time.Time{}, r)
		items := []clearing.Item{item(channel.PaymentLine, p.OrderNo, 1000), item(channel.RefundLine, r.RefundNo, 300)}
		held := item(channel.PaymentLine, waits.OrderNo, 1100)
		held.State = clearing.Waiting
		other := item(channel.PaymentLine, "P-of-another", 77)
		other.MerchantNo = "999581054110002"
		settle := append(items, other)
		for i := range settle {
			settle[i].SettledOn, settle[i].MerchantFee = day, money.Fen(max(1, 4-3*i))
		}
		clear(t, s, func(tx clearing.Tx) error {
			if err := tx.InsertItems(append(settle, held)); err != nil {
				return err
			}
			if err := tx.SettleItems(settle); err != nil {
				return err
			}
			return tx.InsertSettlements([]clearing.Settlement{
				{Date: day, MerchantNo: shop, Rows: 2, Gross: 1000, Refund: 300, Fee: 3, Credited: 697, SettlementDate: day.AddDays(1)},
				{Date: day.AddDays(1), MerchantNo: shop},
			})
		})
		b, err := bill.Of(ctx, s.Bills(), shop, bill.Period{From: day, To: day})
		must(t, err)
		var out bytes.Buffer
		must(t, b.WriteRows(&out, bill.UTF8, func(key string) string { return key }))
		lines := strings.Split(out.String(), "\r\n")
		paidAt := p.CreatedAt.Add(time.Minute).In(time.FixedZone("", 8*3600)).Format(time.DateTime)
		toldAt := noon.In(time.FixedZone("", 8*3600)).Format(time.DateTime)
		for i, want := range []string{
			day.String() + "," + paidAt + ",payment," + p.OrderNo + ",,wallet.wechat,wx" + p.OrderNo + ",",
			day.String() + "," + toldAt + ",refund," + r.RefundNo + "," + p.OrderNo + ",wallet.wechat,wxr" + r.RefundNo + ",",
		} {
			if !strings.HasPrefix(lines[i+1], want) {
				t.Errorf("line %d:\n got %s\nwant %s…", i+2, lines[i+1], want)
			}
		}
		if len(lines) != 4 || !strings.HasSuffix(lines[1], ",10.00,0.04,9.96") || !strings.HasSuffix(lines[2], ",-3.00,-0.01,-2.99") {
			t.Errorf("%q", lines)
		}
	})
}
