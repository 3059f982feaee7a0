package layouts_test

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"juma/acquiring/channel"
	"juma/clearing/file"
	"juma/clearing/intake"
	"juma/clearing/intake/layouts"
	"juma/internal/bizdate"
	"juma/internal/gbk"
	"juma/internal/money"
)

const (
	day      = bizdate.Date(20260310)
	merchant = "999290058120001"
)

var desk = intake.Desk{Layouts: layouts.All(map[channel.Name]string{channel.WeChat: "1999000000", channel.Alipay: "2088999000000001"})}

// sample reads a file of the wallets' own test data.
func sample(t testing.TB, wallet, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("../../../acquiring/channel", wallet, "statement/testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// one examines a file that is to give one report.
func one(t testing.TB, f intake.File) intake.Report {
	t.Helper()
	all := desk.Examine(f)
	if len(all) != 1 {
		t.Fatalf("%s gives %d reports", f.Name, len(all))
	}
	return all[0]
}

func amountOf(i int) money.Fen { return money.Fen(1000 + 7*i) }

// weChat makes a bill ALL of n payments at noon of a date.
func weChat(date bizdate.Date, n int) []byte {
	var b strings.Builder
	b.WriteString("\ufeff交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注\r\n")
	var sum money.Fen
	for i := range n {
		a := amountOf(i)
		sum += a
		fmt.Fprintf(&b, "`%s 12:%02d:%02d,`wx1,`1999000000,`1999000001,`T1,`42%026d,`P%s%06d,`oPayer,`JSAPI,`SUCCESS,`OTHERS,`CNY,`%s,`0.00,`0,`0,`0.00,`0.00,`,`,`午餐,含饮料,`,`0.04000,`0.38%%,`%s,`0.00,`\r\n",
			date, i/60%60, i%60, i, date.Compact(), i, a.Yuan(), a.Yuan())
	}
	b.WriteString("总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额\r\n")
	fmt.Fprintf(&b, "`%d,`%s,`0.00,`0.00,`%s000,`%s,`0.00\r\n", n, sum.Yuan(), money.Fen(4*n).Yuan(), sum.Yuan())
	return []byte(b.String())
}

// funds makes the bill of funds of the same payments.
func funds(date bizdate.Date, n int) []byte {
	var b strings.Builder
	b.WriteString("\ufeff记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),资金变更提交申请人,备注,业务凭证号\r\n")
	var in, balance money.Fen
	for i := range n {
		a := amountOf(i)
		in, balance = in+a, balance+a
		fmt.Fprintf(&b, "`%s 12:%02d:%02d,`42%026d,`42%026d,`交易,`交易,`收入,`%s,`%s,`system,`,`P%s%06d\r\n", date, i/60%60, i%60, i, i, a.Yuan(), balance.Yuan(), date.Compact(), i)
		balance -= 4
		fmt.Fprintf(&b, "`%s 12:%02d:%02d,`42%026d,`42%026d,`扣除交易手续费,`扣除交易手续费,`支出,`0.04,`%s,`system,`,`P%s%06d\r\n", date, i/60%60, i%60, i, i, balance.Yuan(), date.Compact(), i)
	}
	fmt.Fprintf(&b, "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额\r\n`%d,`%d,`%s,`%d,`%s\r\n", 2*n, n, in.Yuan(), n, money.Fen(4*n).Yuan())
	return []byte(b.String())
}

// aliPay makes the detail of n payments in GBK, and the sums.
func aliPay(date bizdate.Date, n int) (detail, sums []byte) {
	head := fmt.Sprintf("#账号：[20889990000000010156]\r\n#起始日期：[%s 00:00:00]   终止日期：[%s 00:00:00]\r\n", date, date.AddDays(1))
	var b strings.Builder
	b.WriteString("#支付宝业务明细查询\r\n" + head + "#-----业务明细列表-----\r\n支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,订单金额（元）,商家实收（元）,支付宝红包（元）,集分宝（元）,支付宝优惠（元）,商家优惠（元）,券核销金额（元）,券名称,商家红包消费金额（元）,卡消费金额（元）,退款批次号/请求号,服务费（元）,分润（元）,备注\r\n")
	var sum money.Fen
	for i := range n {
		a := amountOf(i)
		sum += a
		fmt.Fprintf(&b, "20%026d\t,P%s%06d\t,交易,午餐,含饮料,%s 12:00:00,%s 12:%02d:%02d,S001,示例门店,,T1,*试(138****0000)\t,%s,%s,0.00,0.00,0.00,0.00,0.00,,0.00,0.00,\t,-0.04,0.00,\r\n",
			i, date.Compact(), i, date, date, i/60%60, i%60, a.Yuan(), a.Yuan())
	}
	fmt.Fprintf(&b, "#-----业务明细列表结束-----\r\n#交易合计：%d笔，商家实收共%s元，商家优惠共0.00元\r\n#退款合计：0笔，商家实收退款共0.00元，商家优惠退款共0.00元\r\n#导出时间：[%s 05:46:49]\r\n", n, sum.Yuan(), date.AddDays(1))
	fee := money.Fen(4 * n)
	row := fmt.Sprintf("%d,0,%s,%s,0.00,0.00,0.00,-%s,0.00,%s\r\n", n, sum.Yuan(), sum.Yuan(), fee.Yuan(), (sum - fee).Yuan())
	s := "#支付宝业务汇总查询\r\n" + head + "#-----业务汇总列表-----\r\n门店编号,门店名称,交易订单总笔数,退款订单总笔数,订单金额（元）,商家实收（元）,支付宝优惠（元）,商家优惠（元）,卡消费金额（元）,服务费（元）,分润（元）,实收净额（元）\r\n" +
		"S001\t,示例门店," + row + "合计,," + row + "#-----业务汇总列表结束-----\r\n#导出时间：[" + date.AddDays(1).String() + " 05:46:50]\r\n"
	return mustGBK(b.String()), mustGBK(s)
}

func mustGBK(s string) []byte {
	lines := strings.Split(s, "\r\n") // our encoder takes no control characters
	for i, l := range lines {
		cells := strings.Split(l, "\t")
		for j, c := range cells {
			b, err := gbk.Encode(c)
			if err != nil {
				panic(err)
			}
			cells[j] = string(b)
		}
		lines[i] = strings.Join(cells, "\t")
	}
	return []byte(strings.Join(lines, "\r\n"))
}

// repeated makes n rows out of the first row of a sample of fixed width, each with a
// trace number of its own.
func repeated(row []byte, traceAt, n int) []byte {
	row, _, _ = bytes.Cut(row, []byte("\n"))
	var out []byte
	for i := range n {
		next := append(bytes.Clone(row), '\n')
		copy(next[traceAt:], fmt.Sprintf("%06d", i+1))
		out = append(out, next...)
	}
	return out
}

// zm is a merchant's statement of n rows.
func zm(t testing.TB, n int) []byte {
	return repeated(sample(t, "unionpay", "INN26031088ZM_"+merchant), 28, n)
}

// records makes n rows of one of the house's layouts.
func records(t testing.TB, l *file.Layout, n int, fields ...string) []byte {
	t.Helper()
	var out []byte
	for i := range n {
		r := l.NewRecord()
		r.SetNumber("traceNo", int64(i+1))
		r.Set("merId", merchant)
		for f := 0; f < len(fields); f += 2 {
			r.Set(fields[f], fields[f+1])
		}
		var err error
		if out, err = r.Append(out); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

type entry struct {
	name string
	data []byte
}

func zipOf(t testing.TB, entries ...entry) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, e := range entries {
		w, err := z.CreateHeader(&zip.FileHeader{Name: e.name, Method: zip.Deflate, NonUTF8: true})
		if err == nil {
			_, err = w.Write(e.data)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func gzipOf(t testing.TB, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func aliPayZip(t testing.TB, date bizdate.Date, n int) []byte {
	detail, sums := aliPay(date, n)
	base := "20889990000000010156_" + date.Compact()
	return zipOf(t, entry{string(mustGBK(base + "_业务明细.csv")), detail}, entry{string(mustGBK(base + "_业务明细(汇总).csv")), sums})
}

func advice(n int) []byte {
	var b strings.Builder
	b.WriteString("credit_date,account,amount_fen,reference,payer\n")
	var sum money.Fen
	for i := range n {
		sum += amountOf(i)
		fmt.Fprintf(&b, "2026-03-10,999900000000000001,%d,2026-03-09-%d,\"示例机构,清算部\"\n", amountOf(i), i)
	}
	fmt.Fprintf(&b, "total,%d,%d\n", n, sum)
	return []byte(b.String())
}
