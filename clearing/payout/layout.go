package payout

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strconv"
	"time"

	"juma/internal/bizdate"
)

// Column is a column of a file that is exchanged with the bank.
type Column struct {
	Name    string
	Chinese string
	Format  string
}

// No bank publishes a layout for instructions to pay merchants, so this is the
// house's own, in this one place: CSV in UTF-8 without a mark, RFC 4180, lines ended
// by CRLF. The first line is the header, whose values are in the order of
// HeaderColumns; the second names the columns; then a line for each payout by number.
// Beside the file, NAME.chk has its name, bytes, lines, count, sum and SHA-256.
var (
	// HeaderColumns are the values of the header.
	HeaderColumns = []Column{
		{"kind", "文件类型", "payout_instruction"},
		{"version", "版本", "1"},
		{"batch", "批次", "clearing date and number of the file: 2026-03-10/1"},
		{"payer_code", "付款机构代码", "the licensed institution that pays, at most 32 characters"},
		{"payer_name", "付款机构", "at most 128 characters"},
		{"made_at", "生成时间", "YYYY-MM-DD hh:mm:ss, China time"},
		{"count", "笔数", "lines below the names of the columns"},
		{"amount_fen", "总金额", "their sum in fen"},
	}
	// InstructionColumns are those of a line.
	InstructionColumns = []Column{
		{"batch", "批次", "as in the header"},
		{"line", "行号", "1, 2, …"},
		{"payout_no", "出款编号", "26 characters, unique for ever: it is paid at most once"},
		{"merchant_no", "商户代码", "15 characters"},
		{"account_name", "收款户名", "text"},
		{"account_no", "收款账号", "digits"},
		{"bank", "开户行", "text"},
		{"cnaps", "支付系统行号", "12 digits"},
		{"amount_fen", "金额", "whole fen, above zero"},
		{"settlement_date", "结算日期", "YYYY-MM-DD, when it is due"},
		{"purpose", "用途", "结算款 and the clearing date"},
	}
	// ResultColumns are those of the bank's answer: the names first, then a line for
	// each result, and total,COUNT,SUM as the last line. UTF-8, LF or CRLF.
	ResultColumns = []Column{
		{"payout_no", "出款编号", "of an instruction that was sent"},
		{"amount_fen", "金额", "the payout's"},
		{"result", "结果", "paid, failed or returned (退票)"},
		{"reason_code", "原因码", "of the bank; empty when it was paid"},
		{"reason", "原因", "text; empty when it was paid"},
		{"bank_ref", "银行流水号", "text"},
		{"finished_at", "完成时间", "YYYY-MM-DD hh:mm:ss, China time"},
	}
)

// names are the columns' names.
func names(columns []Column) []string {
	all := make([]string, len(columns))
	for i, c := range columns {
		all[i] = c.Name
	}
	return all
}

// batch names an instruction in its file.
func (i Instruction) batch() string { return fmt.Sprintf("%s/%d", i.Date, i.Seq) }

// fileName is the instruction's file: PAYOUT20260310-1.csv.
func (i Instruction) fileName() string {
	return fmt.Sprintf("PAYOUT%s-%d.csv", i.Date.Compact(), i.Seq)
}

// Encode writes an instruction. The same instruction always gives the same bytes.
func Encode(i Instruction, all []Payout) ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.UseCRLF = true
	rows := [][]string{
		{"payout_instruction", "1", i.batch(), i.PayerCode, i.PayerName, i.MadeAt.In(bizdate.Zone).Format(time.DateTime), strconv.Itoa(i.Count), strconv.FormatInt(int64(i.Amount), 10)},
		names(InstructionColumns),
	}
	for n, p := range all {
		a := p.Account
		rows = append(rows, []string{i.batch(), strconv.Itoa(n + 1), p.No, p.MerchantNo, a.AccountName, a.AccountNo, a.BankName, a.CNAPS,
			strconv.FormatInt(int64(p.Amount), 10), p.SettlementDate.String(), "结算款 " + p.Date.String()})
	}
	err := w.WriteAll(rows)
	return b.Bytes(), err
}

// control is the text of the file's control file.
func (i Instruction) control(lines int) []byte {
	return fmt.Appendf(nil, "file=%s\nbytes=%d\nlines=%d\ncount=%d\namount_fen=%d\nsha256=%s\n", i.Name, i.Bytes, lines, i.Count, i.Amount, i.SHA256)
}
