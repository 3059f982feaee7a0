package daycheck

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"juma/acquiring/channel"
	"juma/clearing"
	"juma/internal/bizdate"
	"juma/internal/fault"
)

const date = bizdate.Date(20260310)

const columns = "channel,order_no,kind,merchant_id,amount_fen,platform_status,platform_time,payer_account,channel_txn_no,trace_no,settle_date\n"

// own is a ledger of rows; what a row leaves out is as usual.
func own(t *testing.T, rows ...string) []Entry {
	t.Helper()
	entries, err := ReadLedger("L.csv", strings.NewReader(columns+strings.Join(rows, "\n")))
	if err != nil {
		t.Fatal(err)
	}
	return entries
}

func pay(ch, order, status, when, more string) string {
	return fmt.Sprintf("%s,%s,PAY,M1,100,%s,%s,payer,%s", ch, order, status, when, more)
}

// bill makes lines: kind, order number, original, channel's number, trace, amount.
func line(kind channel.LineKind, order string, change ...func(*channel.StatementLine)) clearing.Line {
	l := channel.StatementLine{LineNo: 1, Kind: kind, OrderNo: order, ChannelNo: "C" + order, MerchantID: "M1", Amount: 100, Payer: "payer", Time: noon, Date: date, Final: true}
	for _, c := range change {
		c(&l)
	}
	return clearing.Line{StatementLine: l, File: "bill"}
}

var noon = time.Date(2026, 3, 10, 12, 0, 0, 0, bizdate.Zone)

func TestProve(t *testing.T) {
	const noonText = "2026-03-10 12:00:00"
	p, r := channel.PaymentLine, channel.RefundLine
	orig := func(o string) func(*channel.StatementLine) {
		return func(l *channel.StatementLine) { l.OrigOrderNo = o }
	}
	for name, tt := range map[string]struct {
		ch    channel.Name
		rows  []string
		lines []clearing.Line
		want  []string // order, outcome, amount
	}{
		"matched":        {channel.WeChat, []string{pay("WECHAT", "P1", "SUCCESS", noonText, ",,")}, []clearing.Line{line(p, "P1")}, []string{"P1 MATCHED 100"}},
		"amount":         {channel.WeChat, []string{pay("WECHAT", "P1", "SUCCESS", noonText, ",,")}, []clearing.Line{line(p, "P1", func(l *channel.StatementLine) { l.Amount = 99 })}, []string{"P1 AMOUNT_DIFF 99"}},
		"unknown":        {channel.WeChat, nil, []clearing.Line{line(p, "P9")}, []string{"P9 LONG 100"}},
		"not successful": {channel.WeChat, []string{pay("WECHAT", "P1", "CLOSED", noonText, ",,")}, []clearing.Line{line(p, "P1")}, []string{"P1 LONG 100"}},
		"neither":        {channel.WeChat, []string{pay("WECHAT", "P1", "PENDING", noonText, ",,")}, nil, nil},
		"shown twice":    {channel.WeChat, []string{pay("WECHAT", "P1", "SUCCESS", noonText, ",,")}, []clearing.Line{line(p, "P1"), line(p, "P1")}, []string{"P1 LONG 100", "P1 MATCHED 100"}},
		"absent":         {channel.WeChat, []string{pay("WECHAT", "P1", "SUCCESS", noonText, ",,")}, nil, []string{"P1 SHORT"}},
		"absent at the cut": {channel.WeChat, []string{pay("WECHAT", "P1", "SUCCESS", "2026-03-10 23:55:00", ",,"), pay("WECHAT", "P2", "SUCCESS", "2026-03-10 00:04:59", ",,"), pay("WECHAT", "P3", "SUCCESS", "2026-03-10 23:54:59", ",,"), pay("WECHAT", "P4", "SUCCESS", "2026-03-10 00:05:00", ",,")}, nil,
			[]string{"P1 BUFFERED", "P2 BUFFERED", "P3 SHORT", "P4 SHORT"}},
		"UnionPay's cut": {channel.UnionPay, []string{pay("UNIONPAY", "P1", "SUCCESS", "2026-03-10 22:56:00", ",,"), pay("UNIONPAY", "P2", "SUCCESS", "2026-03-10 23:00:00", ",,"), pay("UNIONPAY", "P3", "SUCCESS", "2026-03-09 23:10:00", ",,"), pay("UNIONPAY", "P4", "SUCCESS", "2026-03-09 23:10:00", ",,2026-03-10")}, []clearing.Line{line(p, "P3")},
			[]string{"P1 BUFFERED", "P2 BUFFERED", "P3 MATCHED 100", "P4 SHORT"}},
		"of tomorrow":       {channel.WeChat, []string{pay("WECHAT", "P1", "SUCCESS", "2026-03-11 12:00:00", ",,")}, nil, []string{"P1 BUFFERED"}},
		"late":              {channel.WeChat, []string{pay("WECHAT", "P1", "SUCCESS", "2026-03-09 23:59:58", ",,")}, []clearing.Line{line(p, "P1")}, []string{"P1 MATCHED 100"}},
		"late, other sum":   {channel.WeChat, []string{pay("WECHAT", "P1", "SUCCESS", "2026-03-09 23:59:58", ",,")}, []clearing.Line{line(p, "P1", func(l *channel.StatementLine) { l.Amount = 1 })}, []string{"P1 AMOUNT_DIFF 1"}},
		"waits on":          {channel.WeChat, []string{pay("WECHAT", "P1", "SUCCESS", "2026-03-09 23:59:58", ",,")}, nil, []string{"P1 BUFFERED"}},
		"waited in vain":    {channel.WeChat, []string{pay("WECHAT", "P1", "SUCCESS", "2026-03-08 23:59:58", ",,")}, nil, []string{"P1 SHORT"}},
		"of an earlier day": {channel.WeChat, []string{pay("WECHAT", "P1", "SUCCESS", "2026-03-08 12:00:00", ",,")}, nil, nil},
		"their date wins":   {channel.UnionPay, []string{pay("UNIONPAY", "P1", "SUCCESS", noonText, ",,2026-03-11")}, []clearing.Line{line(p, "P1")}, []string{"P1 MATCHED 100"}},

		"another account": {channel.UnionPay, []string{pay("UNIONPAY", "P1", "SUCCESS", noonText, ",,")}, []clearing.Line{line(p, "P1", func(l *channel.StatementLine) { l.Payer = "other" })}, []string{"P1 MATCHED_ACCOUNT_UPDATED 100"}},
		"no account yet":  {channel.WeChat, []string{"WECHAT,P1,PAY,M1,100,SUCCESS," + noonText + ",,,,"}, []clearing.Line{line(p, "P1")}, []string{"P1 MATCHED_ACCOUNT_UPDATED 100"}},
		"Alipay's login":  {channel.Alipay, []string{pay("ALIPAY", "P1", "SUCCESS", noonText, ",,")}, []clearing.Line{line(p, "P1", func(l *channel.StatementLine) { l.Payer = "*试(138****0000)" })}, []string{"P1 MATCHED 100"}},
		"refund without time": {channel.UnionPay, []string{"UNIONPAY,R1,REFUND,M1,100,SUCCESS,,payer,,,2026-03-10", "UNIONPAY,R2,REFUND,M1,100,SUCCESS,,payer,,,"}, []clearing.Line{line(r, "R1"), line(r, "R2")},
			[]string{"R1 MATCHED_TIME_FILLED 100", "R2 MATCHED_TIME_FILLED 100"}},
		"refund that failed there":       {channel.WeChat, []string{"WECHAT,R1,REFUND,M1,100,SUCCESS," + noonText + ",payer,,,"}, []clearing.Line{line(r, "R1", func(l *channel.StatementLine) { l.Final = false })}, []string{"R1 SHORT"}},
		"same refund and payment number": {channel.WeChat, []string{pay("WECHAT", "X", "REFUNDED", noonText, ",,"), "WECHAT,X,REFUND,M1,40,SUCCESS," + noonText + ",payer,,,"}, []clearing.Line{line(r, "X", func(l *channel.StatementLine) { l.Amount = 40 }), line(p, "X")}, []string{"X MATCHED 40", "X MATCHED 100"}},
		"two equal refunds in a second":  {channel.WeChat, []string{"WECHAT,R1,REFUND,M1,100,SUCCESS," + noonText + ",payer,,,", "WECHAT,R2,REFUND,M1,100,SUCCESS," + noonText + ",payer,,,"}, []clearing.Line{line(r, "R2"), line(r, "R1")}, []string{"R1 MATCHED 100", "R2 MATCHED 100"}},

		"cancelled":                      {channel.UnionPay, []string{pay("UNIONPAY", "P1", "REVOKED", noonText, ",,"), "UNIONPAY,V1,CANCEL,M1,100,SUCCESS," + noonText + ",payer,,,"}, []clearing.Line{line(p, "P1"), line(r, "V1", orig("P1"))}, []string{"P1 MATCHED 100", "V1 MATCHED 100"}},
		"cancelled, both absent":         {channel.UnionPay, []string{pay("UNIONPAY", "P1", "REVOKED", noonText, ",,"), "UNIONPAY,V1,CANCEL,M1,100,SUCCESS," + noonText + ",payer,,,"}, nil, []string{"P1 MATCHED", "V1 MATCHED"}},
		"cancelled, payment absent":      {channel.UnionPay, []string{pay("UNIONPAY", "P1", "REVOKED", noonText, ",,"), "UNIONPAY,V1,CANCEL,M1,100,SUCCESS," + noonText + ",payer,,,"}, []clearing.Line{line(r, "V1", orig("P1"))}, []string{"P1 SHORT", "V1 MATCHED 100"}},
		"cancelled, cancellation absent": {channel.UnionPay, []string{pay("UNIONPAY", "P1", "REVOKED", noonText, ",,"), "UNIONPAY,V1,CANCEL,M1,100,SUCCESS," + noonText + ",payer,,,"}, []clearing.Line{line(p, "P1")}, []string{"P1 MATCHED 100", "V1 SHORT"}},
		"cancellation only theirs":       {channel.UnionPay, []string{pay("UNIONPAY", "P1", "REVOKED", noonText, ",,")}, []clearing.Line{line(p, "P1"), line(r, "V1", orig("P1"))}, []string{"P1 MATCHED 100", "V1 MATCHED 100"}},
		"reversed":                       {channel.UnionPay, []string{pay("UNIONPAY", "P1", "REVERSED", noonText, ",,")}, []clearing.Line{line(p, "P1"), line(r, "P1", orig("P1"))}, []string{"P1 MATCHED 100"}},
		"reversed, both absent":          {channel.UnionPay, []string{pay("UNIONPAY", "P1", "REVERSED", noonText, ",,")}, nil, []string{"P1 MATCHED"}},
		"reversed there alone":           {channel.UnionPay, []string{pay("UNIONPAY", "P1", "SUCCESS", noonText, ",,")}, []clearing.Line{line(p, "P1"), line(r, "P1", orig("P1"))}, []string{"P1 SHORT"}},
		"reversed, unknown here":         {channel.UnionPay, nil, []clearing.Line{line(p, "P1"), line(r, "P1", orig("P1"))}, []string{"P1 MATCHED 100"}},

		"by the channel's number": {channel.WeChat, []string{pay("WECHAT", "P1", "SUCCESS", noonText, "C7,,")}, []clearing.Line{line(p, "other", func(l *channel.StatementLine) { l.ChannelNo = "C7" })}, []string{"P1 MATCHED 100"}},
		"by trace and time":       {channel.UnionPay, []string{pay("UNIONPAY", "P1", "SUCCESS", noonText, ",000007,"), pay("UNIONPAY", "P2", "SUCCESS", "2026-03-10 13:00:00", ",000007,")}, []clearing.Line{line(p, "", func(l *channel.StatementLine) { l.TraceNo = "000007" })}, []string{"P1 MATCHED 100", "P2 SHORT"}},
		"by trace and amount":     {channel.UnionPay, []string{"UNIONPAY,R1,REFUND,M1,100,SUCCESS,,payer,,000007,2026-03-10"}, []clearing.Line{line(r, "", func(l *channel.StatementLine) { l.TraceNo = "000007" })}, []string{"R1 MATCHED_TIME_FILLED 100"}},
		"no order number at all":  {channel.UnionPay, nil, []clearing.Line{line(p, "", func(l *channel.StatementLine) { l.ChannelNo = "7-0310" })}, []string{"7-0310 LONG 100"}},
	} {
		t.Run(name, func(t *testing.T) {
			report, err := Prove(date, own(t, tt.rows...), map[channel.Name][]clearing.Line{tt.ch: tt.lines})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, r := range report.Results {
				text := r.OrderNo + " " + string(r.Outcome)
				if r.InBill {
					text += fmt.Sprint(" ", int64(r.Amount))
				}
				got = append(got, text)
			}
			slices.Sort(got)
			slices.Sort(tt.want)
			if !slices.Equal(got, tt.want) {
				t.Errorf("\n got %q\nwant %q", got, tt.want)
			}
		})
	}
}

func TestMissingStatement(t *testing.T) {
	rows := own(t, pay("ALIPAY", "P1", "SUCCESS", "2026-03-10 12:00:00", ",,"))
	if _, err := Prove(date, rows, nil); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "no statement of 2026-03-10") {
		t.Errorf("%v", err)
	}
	if _, err := Prove(date.AddDays(1), rows, nil); err != nil {
		t.Errorf("another day: %v", err)
	}
	if report, err := Prove(date, rows, map[channel.Name][]clearing.Line{channel.Alipay: nil}); err != nil || len(report.Results) != 1 || report.Results[0].Outcome != Short {
		t.Errorf("an empty day: %+v, %v", report, err)
	}
}

func TestReadLedger(t *testing.T) {
	entries, err := ReadLedger("L", strings.NewReader("\uFEFF"+strings.ReplaceAll(columns, "channel,order_no", "order_no,channel")+"P1,wechat,pay,M1,5,success,2026-03-10 12:00:00,\"a,b\",C1,000001,2026-03-10\r\n"))
	want := Entry{Line: 2, Channel: channel.WeChat, OrderNo: "P1", Kind: Pay, MerchantNo: "M1", Amount: 5, Status: "SUCCESS", Time: noon, Payer: "a,b", ChannelNo: "C1", TraceNo: "000001", SettleDate: date}
	if err != nil || len(entries) != 1 || entries[0] != want {
		t.Errorf("%+v, %v", entries, err)
	}
	for text, want := range map[string]string{
		"":                                      "L line 1 header",
		"channel,order_no\n":                    `L line 1 header "kind"`,
		columns + "X,P1,PAY,M,1,SUCCESS,,,,,\n": `L line 2 channel "X"`,
		columns + "WECHAT,,PAY,M,1,SUCCESS,,,,,\n":                      `L line 2 order_no ""`,
		columns + "WECHAT,P1,GIFT,M,1,SUCCESS,,,,,\n":                   `L line 2 kind "GIFT"`,
		columns + "WECHAT,P1,PAY,M,1.0,SUCCESS,,,,,\n":                  `L line 2 amount_fen "1.0"`,
		columns + "WECHAT,P1,PAY,M,-1,SUCCESS,,,,,\n":                   `L line 2 amount_fen "-1"`,
		columns + "WECHAT,P1,PAY,M,1,,,,,,\n":                           `L line 2 platform_status ""`,
		columns + "WECHAT,P1,PAY,M,1,SUCCESS,yesterday,,,,\n":           `L line 2 platform_time "yesterday"`,
		columns + "WECHAT,P1,PAY,M,1,SUCCESS,,,,,20260310\n":            `L line 2 settle_date "20260310"`,
		columns + "WECHAT,P1,PAY,M,1,SUCCESS,,\xff,,,\n":                `L line 2 payer_account ""`,
		columns + "WECHAT,P1,PAY\n":                                     `L line 2 line`,
		columns + strings.Repeat("WECHAT,P1,PAY,M,1,SUCCESS,,,,,\n", 2): `L line 3 order_no "P1": stands in line 2 already`,
	} {
		if _, err := ReadLedger("L", strings.NewReader(text)); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}
