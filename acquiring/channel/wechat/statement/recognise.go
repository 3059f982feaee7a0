package statement

import (
	"bytes"
	"regexp"
	"slices"
	"strings"

	"juma/internal/bizdate"
)

// Sign is what a file says about itself.
type Sign struct {
	Fund bool         // the bill of funds, which has no orders
	Bill Bill         // which of the bills it is
	Date bizdate.Date // the day of most of its rows; 0: it has none
	// Provider is the provider's number in its first row; "" when it has none.
	Provider string
}

var rowDay = regexp.MustCompile("(?m)^`(\\d{4}-\\d{2}-\\d{2}) ")

// Recognise tells a WeChat bill by its header, whatever the file is called. It
// proves nothing: Read does.
func Recognise(data []byte) (Sign, bool) {
	plain, err := Unpack(data)
	if err != nil {
		return Sign{}, false
	}
	header, rows, _ := bytes.Cut(bytes.TrimPrefix(plain, []byte("\xEF\xBB\xBF")), []byte("\n"))
	has := func(column string) bool { return bytes.Contains(header, []byte(column)) }
	if has("记账时间") && has("微信支付业务单号") {
		return Sign{Fund: true, Bill: BillFunds, Date: dayOf(rows)}, true
	}
	if !has(colTime) || !has(colTradeNo) || !has(colMerchant) {
		return Sign{}, false
	}
	sign := Sign{Bill: BillAll, Date: dayOf(rows), Provider: providerOf(header, rows)}
	switch {
	case has(refundTimeColumn):
		sign.Bill = BillRefund
	case !has(colAsked):
		sign.Bill = BillSuccess
	}
	return sign, true
}

// providerOf is the provider's number in the first row. A bill without a row has none
// there: its totals have as many columns as they have.
func providerOf(header, rows []byte) string {
	at := slices.Index(strings.Split(strings.TrimSpace(string(header)), ","), colAccount)
	row, _, _ := bytes.Cut(rows, []byte("\n"))
	cells := strings.Split(strings.TrimSpace(string(row)), ",`")
	if at < 0 || at >= len(cells) || !rowDay.Match(row) {
		return ""
	}
	return cells[at]
}

// dayOf is the day of most rows.
func dayOf(rows []byte) (most bizdate.Date) {
	days := map[bizdate.Date]int{}
	for _, m := range rowDay.FindAllSubmatch(rows, -1) {
		d, err := bizdate.Parse(string(m[1]))
		if err != nil {
			continue // Read will say so
		}
		days[d]++
		if days[d] > days[most] || (days[d] == days[most] && d < most) {
			most = d
		}
	}
	return most
}
