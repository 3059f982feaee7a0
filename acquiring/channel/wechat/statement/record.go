package statement

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"juma/acquiring/channel"
	"juma/internal/bizdate"
	"juma/internal/money"
)

const (
	timeLayout = "2006-01-02 15:04:05"
	currency   = "CNY"
	absent     = "0" // how a payment row says that it has no refund number

	amountDecimals = 2
	feeDecimals    = 5
)

// Refund states of a row. The bill is written when a refund is accepted, so one
// that is under way counts as done, as in WeChat's own totals.
var (
	acceptedStates = []string{"SUCCESS", "PROCESSING"}
	failedStates   = []string{"FAIL", "CLOSED"}
)

// record is one line of values under its header.
type record struct {
	no    int
	cols  columns
	cells []string
}

// text is the text of a column, empty where the bill does not have it.
func (r record) text(col string) string {
	at, ok := r.cols.at[col]
	if !ok {
		return ""
	}
	return strings.TrimSpace(r.cells[at])
}

// need is the text of a column that must not be empty, nor "0".
func (r record) need(col string) (string, error) {
	s := r.text(col)
	if s == "" || s == absent {
		return "", corrupt(r.no, col, s, "is missing")
	}
	return s, nil
}

// amount reads yuan. The number of decimals is fixed: a value cut short would
// otherwise pass for a smaller one.
func (r record) amount(col string, decimals int) (money.Fen, error) {
	s := r.text(col)
	if _, frac, ok := strings.Cut(s, "."); !ok || len(frac) != decimals {
		return 0, corrupt(r.no, col, s, "want yuan with %d decimals", decimals)
	}
	f, err := money.ParseYuan(s)
	if err != nil {
		return 0, corrupt(r.no, col, s, "want whole fen, in yuan with %d decimals", decimals)
	}
	return f, nil
}

// line translates a row into the normal form and adds it to the totals.
func (r record) line(account string, date bizdate.Date, sums *totals) (channel.StatementLine, error) {
	out := channel.StatementLine{LineNo: r.no, Date: date, TerminalNo: r.text(colDevice), Payer: r.text(colPayer)}
	if got := r.text(colAccount); account != "" && got != account {
		return out, corrupt(r.no, colAccount, got, "the bill is another provider's, ours is %s", account)
	}
	if got := r.text(colCurrency); got != currency {
		return out, corrupt(r.no, colCurrency, got, "want %s", currency)
	}
	var err error
	if out.Time, err = time.ParseInLocation(timeLayout, r.text(colTime), bizdate.Zone); err != nil {
		return out, corrupt(r.no, colTime, r.text(colTime), "want %s", timeLayout)
	}
	if out.MerchantID, err = r.need(colMerchant); err != nil {
		return out, err
	}
	a, err := r.amounts()
	if err != nil {
		return out, err
	}
	if err := sums.add(a); err != nil {
		return out, corrupt(r.no, "totals", "", "%v", err)
	}
	out.Fee = a.fee
	switch state := r.text(colState); state {
	case "SUCCESS":
		return r.payment(out, a)
	case "REFUND":
		if !r.cols.has(colRefundNo) {
			return out, corrupt(r.no, colState, state, "the bill has no columns for refunds")
		}
		return r.refund(out, a)
	default:
		return out, corrupt(r.no, colState, state, "want SUCCESS or REFUND")
	}
}

func (r record) payment(out channel.StatementLine, a amounts) (_ channel.StatementLine, err error) {
	out.Kind, out.Amount, out.State, out.Final = channel.PaymentLine, a.total, r.text(colState), true
	if out.OrderNo, err = r.need(colOrderNo); err != nil {
		return out, err
	}
	if out.ChannelNo, err = r.need(colTradeNo); err != nil {
		return out, err
	}
	if a.total < 0 {
		return out, corrupt(r.no, colTotal, a.total.Yuan(), "must not be negative on a payment")
	}
	return out, nil
}

func (r record) refund(out channel.StatementLine, a amounts) (_ channel.StatementLine, err error) {
	out.Kind, out.Amount, out.State = channel.RefundLine, a.asked, r.text(colRefundStat)
	if out.OrderNo, err = r.need(colRefundNo); err != nil {
		return out, err
	}
	if out.OrigOrderNo, err = r.need(colOrderNo); err != nil {
		return out, err
	}
	if out.ChannelNo, err = r.need(colRefundID); err != nil {
		return out, err
	}
	if a.asked < 0 {
		return out, corrupt(r.no, colAsked, a.asked.Yuan(), "must not be negative on a refund")
	}
	out.Final = slices.Contains(acceptedStates, out.State)
	if !out.Final && !slices.Contains(failedStates, out.State) {
		return out, corrupt(r.no, colRefundStat, out.State, "want one of %s", strings.Join(append(acceptedStates[:2:2], failedStates...), ", "))
	}
	return out, nil
}

// amounts are the columns that the summary adds up.
type amounts struct{ settled, refunded, coupon, fee, total, asked money.Fen }

func (r record) amounts() (a amounts, err error) {
	for _, c := range []struct {
		col      string
		decimals int
		into     *money.Fen
	}{
		{colSettled, amountDecimals, &a.settled}, {colRefunded, amountDecimals, &a.refunded}, {colCoupon, amountDecimals, &a.coupon},
		{colFee, feeDecimals, &a.fee}, {colTotal, amountDecimals, &a.total}, {colAsked, amountDecimals, &a.asked},
	} {
		if !r.cols.has(c.col) {
			continue // a bill without refunds
		}
		if *c.into, err = r.amount(c.col, c.decimals); err != nil {
			return a, err
		}
	}
	return a, nil
}

// totals are the sums over the rows read so far.
type totals amounts

func (t *totals) add(a amounts) error {
	for _, p := range []struct {
		sum *money.Fen
		one money.Fen
	}{{&t.settled, a.settled}, {&t.refunded, a.refunded}, {&t.coupon, a.coupon}, {&t.fee, a.fee}, {&t.total, a.total}, {&t.asked, a.asked}} {
		s, err := p.sum.Add(p.one)
		if err != nil {
			return err
		}
		*p.sum = s
	}
	return nil
}

// prove compares the summary with the rows.
func (t totals) prove(sum record, rows int) error {
	if s := sum.text(sumCount); s != strconv.Itoa(rows) {
		return corrupt(sum.no, sumCount, s, "the file has %d rows", rows)
	}
	for _, c := range []struct {
		col      string
		decimals int
		want     money.Fen
	}{
		{sumSettled, amountDecimals, t.settled}, {sumRefunded, amountDecimals, t.refunded}, {sumCoupon, amountDecimals, t.coupon},
		{sumFee, feeDecimals, t.fee}, {sumTotal, amountDecimals, t.total}, {sumAsked, amountDecimals, t.asked},
	} {
		if !sum.cols.has(c.col) {
			continue
		}
		got, err := sum.amount(c.col, c.decimals)
		if err != nil {
			return err
		}
		if got != c.want {
			return corrupt(sum.no, c.col, got.Yuan(), "the rows add up to %s", c.want.Yuan())
		}
	}
	return nil
}
