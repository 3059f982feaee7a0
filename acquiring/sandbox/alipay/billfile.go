package alipay

import (
	"archive/zip"
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"

	"juma/internal/bizdate"
	"juma/internal/money"
)

const (
	// account names the provider in bills: the PID and 0156 (currency).
	account = pid + "0156"
	// madeAt is the time of the next day that a bill says it was made at: fixed,
	// so that the same day gives the same bytes.
	madeAt = 5*time.Hour + 46*time.Minute + 49*time.Second

	dayLayout     = "2006年01月02日"
	cnTimeLayout  = "2006年01月02日 15:04:05"
	detailColumns = "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,订单金额（元）,商家实收（元）," +
		"支付宝红包（元）,集分宝（元）,支付宝优惠（元）,商家优惠（元）,券核销金额（元）,券名称,商家红包消费金额（元）,卡消费金额（元）,退款批次号/请求号,服务费（元）,分润（元）,备注"
	sumColumns = "门店编号,门店名称,交易订单总笔数,退款订单总笔数,订单金额（元）,商家实收（元）,支付宝优惠（元）,商家优惠（元）,卡消费金额（元）,服务费（元）,分润（元）,实收净额（元）"
	zero       = "0.00"
)

func sortRows(rows []row) {
	slices.SortStableFunc(rows, func(a, b row) int {
		return cmp.Or(a.done.Compare(b.done), cmp.Compare(a.outTradeNo, b.outTradeNo), cmp.Compare(a.requestNo, b.requestNo))
	})
}

// makeBill makes the zip of a day: the detail file and the summary file, GBK,
// with GBK names that are not marked as UTF-8. The merchant (SMID) stands in
// 门店编号, the provider's own store number in 门店名称, the terminal in 终端号.
func makeBill(day bizdate.Date, rows []row) (name string, data []byte, err error) {
	stem := account + "_" + day.Compact()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, f := range []struct{ name, text string }{
		{stem + "_业务明细.csv", detail(day, rows)},
		{stem + "_业务明细(汇总).csv", summary(day, rows)},
	} {
		entry, err := gbk(f.name)
		if err != nil {
			return "", nil, err
		}
		text, err := gbk(f.text)
		if err != nil {
			return "", nil, err
		}
		w, err := z.CreateHeader(&zip.FileHeader{Name: string(entry), NonUTF8: true, Method: zip.Deflate})
		if err != nil {
			return "", nil, err
		}
		if _, err := w.Write(text); err != nil {
			return "", nil, err
		}
	}
	err = z.Close()
	return stem + ".csv.zip", b.Bytes(), err
}

// gbk encodes text; what GBK has no character for becomes "?".
func gbk(s string) ([]byte, error) {
	out, err := encoding.ReplaceUnsupported(simplifiedchinese.GBK.NewEncoder()).Bytes([]byte(s))
	return bytes.ReplaceAll(out, []byte{0x1A}, []byte("?")), err
}

// lines joins lines as the files have them: CRLF, also behind the last.
func lines(l []string) string { return strings.Join(l, "\r\n") + "\r\n" }

func head(title string, day bizdate.Date) []string {
	return []string{
		"#" + title,
		"#账号：[" + account + "]",
		fmt.Sprintf("#起始日期：[%s 00:00:00]   终止日期：[%s 00:00:00]", day.Start().Format(dayLayout), day.AddDays(1).Start().Format(dayLayout)),
	}
}

// begin and end are the lines around the table.
func begin(title string) string {
	return "#" + strings.Repeat("-", 41) + title + strings.Repeat("-", 40)
}

func end(title string) string {
	return "#" + strings.Repeat("-", 41) + title + "结束" + strings.Repeat("-", 36)
}

func detail(day bizdate.Date, rows []row) string {
	out := append(head("支付宝业务明细查询", day), begin("业务明细列表"), detailColumns)
	var paid, refunded totals
	for _, r := range rows {
		if r.refund {
			refunded.add(r)
		} else {
			paid.add(r)
		}
		out = append(out, r.detail())
	}
	return lines(append(out, end("业务明细列表"),
		fmt.Sprintf("#交易合计：%d笔，商家实收共%s元，商家优惠共%s元", paid.payments, paid.amount.Yuan(), zero),
		fmt.Sprintf("#退款合计：%d笔，商家实收退款共%s元，商家优惠退款共%s元", refunded.refunds, refunded.amount.Yuan(), zero),
		"#导出时间：["+day.AddDays(1).Start().Add(madeAt).Format(cnTimeLayout)+"]"))
}

func (r row) detail() string {
	kind := "交易"
	if r.refund {
		kind = "退款"
	}
	amount := r.amount.Yuan()
	return strings.Join([]string{
		r.tradeNo + "\t", cell(r.outTradeNo) + "\t", kind, cell(r.subject),
		r.created.In(bizdate.Zone).Format(cnTimeLayout), r.done.In(bizdate.Zone).Format(cnTimeLayout),
		cell(r.merchant), cell(r.store), cell(r.operator), cell(r.terminal), cell(r.payer) + "\t",
		amount, amount, zero, zero, zero, zero, zero, "", zero, zero,
		cell(r.requestNo) + "\t", r.fee.Yuan(), zero, "",
	}, ",")
}

// cell keeps a value inside its column: the files know no quoting.
func cell(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ',':
			return '，'
		case r < ' ':
			return ' '
		}
		return r
	}, s)
}

// totals adds up rows.
type totals struct {
	payments, refunds int
	amount, fee       money.Fen
}

func (t *totals) add(r row) {
	if r.refund {
		t.refunds++
	} else {
		t.payments++
	}
	t.amount += r.amount
	t.fee += r.fee
}

func summary(day bizdate.Date, rows []row) string {
	sums, stores := map[string]*totals{}, map[string]string{}
	var all totals
	for _, r := range rows {
		if sums[r.merchant] == nil {
			sums[r.merchant], stores[r.merchant] = &totals{}, r.store
		}
		if stores[r.merchant] != r.store {
			stores[r.merchant] = "" // several stores: none of them names the line
		}
		sums[r.merchant].add(r)
		all.add(r)
	}
	out := append(head("支付宝业务汇总查询", day), begin("业务汇总列表"), sumColumns)
	for _, m := range slices.Sorted(maps.Keys(sums)) {
		out = append(out, sums[m].summary(cell(m)+"\t", cell(stores[m])))
	}
	return lines(append(out, all.summary("合计", ""), end("业务汇总列表"),
		"#导出时间：["+day.AddDays(1).Start().Add(madeAt+time.Second).Format(cnTimeLayout)+"]"))
}

func (t totals) summary(no, name string) string {
	return strings.Join([]string{no, name, strconv.Itoa(t.payments), strconv.Itoa(t.refunds), t.amount.Yuan(), t.amount.Yuan(),
		zero, zero, zero, t.fee.Yuan(), zero, (t.amount + t.fee).Yuan()}, ",")
}
