package statement

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"

	"juma/acquiring/channel"
	"juma/internal/bizdate"
	"juma/internal/money"
)

// row is one line cut into its columns, checked by type.
type row struct {
	file   string
	lineNo int
	col    [fixedFields]string // decoded and trimmed
	origNo string              // origOrderId; "" in the older version
}

// parseRow cuts a line by bytes, then decodes: a Chinese abbreviation has two
// bytes a character.
func parseRow(file string, lineNo int, line []byte) (row, error) {
	r := row{file: file, lineNo: lineNo}
	if len(line) != rowLen {
		return r, corrupt(file, lineNo, "row length", strconv.Itoa(len(line)), "want %d bytes, the row is cut off or run together", rowLen)
	}
	for i, f := range layout {
		if end := f.start + f.len; line[end] != ' ' {
			return r, corrupt(file, lineNo, "byte "+strconv.Itoa(end+1), string(rune(line[end])), "want the space that follows %s", f.name)
		}
		v, err := r.column(f, line)
		if err != nil {
			return r, err
		}
		r.col[i] = v
	}
	r.origNo = tail(line)
	return r, nil
}

func (r row) column(f field, line []byte) (string, error) {
	raw := line[f.start : f.start+f.len]
	b, err := decode(raw)
	v := strings.TrimRight(b, " ")
	shown := v
	if f.kind == secret {
		shown = "(hidden)"
	}
	bad := func(want string) (string, error) {
		return "", corrupt(r.file, r.lineNo, f.name, shown, "want %s", want)
	}
	if err != nil || strings.ContainsRune(v, utf8.RuneError) {
		shown = "(undecodable)"
		return bad("GBK text")
	}
	switch f.kind {
	case digits:
		if v != "" && (len(v) != f.len || !allDigits(v)) {
			return bad(strconv.Itoa(f.len) + " digits")
		}
	case signed:
		if v != "" && (len(v) != f.len || !allDigits(v[1:]) || !strings.Contains("CD", v[:1]) && strings.Trim(v, "0") != "") {
			return bad("C or D and " + strconv.Itoa(f.len-1) + " digits")
		}
	default:
		if strings.ContainsFunc(v, func(c rune) bool { return c < ' ' || c == 0x7f }) {
			return bad("printable text")
		}
	}
	return v, nil
}

// decode turns GBK into a string. Nearly every column is plain ASCII.
func decode(raw []byte) (string, error) {
	for _, c := range raw {
		if c >= utf8.RuneSelf {
			b, err := simplifiedchinese.GBK.NewDecoder().Bytes(raw)
			return string(b), err
		}
	}
	return string(raw), nil
}

// tail reads the original order number where the row is of the newer version:
// an order number and the separator behind it.
func tail(line []byte) string {
	end := origOrderID.start + origOrderID.len
	if line[end] != ' ' {
		return ""
	}
	v := strings.TrimRight(string(line[origOrderID.start:end]), " ")
	for _, c := range v {
		if (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return ""
		}
	}
	return v
}

func allDigits(s string) bool {
	return strings.Trim(s, "0123456789") == ""
}

// line translates the row into normal form, proving it on the way.
func (r row) line(date bizdate.Date, merchantID string) (channel.StatementLine, error) {
	out := channel.StatementLine{
		LineNo: r.lineNo, Kind: channel.PaymentLine, OrderNo: r.col[fOrderID], ChannelNo: r.col[fQueryID],
		TraceNo: r.col[fTraceNo], MerchantID: r.col[fMerID], TerminalNo: r.col[fTermID], Payer: r.col[fAccNo],
		Date: date, Final: true, State: r.col[fTxnType],
	}
	for _, i := range []int{fTraceNo, fTxnTime, fTxnAmt, fQueryID, fOrderID, fTxnType, fMerID, fMerFee, fSettleAmt} {
		if r.col[i] == "" {
			return out, r.bad(i, "is blank, every row has one")
		}
	}
	if merchantID != "" && out.MerchantID != merchantID {
		return out, r.bad(fMerID, "asked was merchant %s", merchantID)
	}
	switch r.col[fTxnType] {
	case typePurchase:
	case typeRefund, typeCancel:
		out.Kind, out.OrigOrderNo = channel.RefundLine, r.origNo
	case typeReversal: // carries the number of the order that it undoes
		out.Kind, out.OrigOrderNo = channel.RefundLine, r.col[fOrderID]
	default:
		return out, r.bad(fTxnType, "want 01 purchase, 04 refund, 31 cancellation or 99 reversal")
	}
	var err error
	if out.Time, err = bizdate.WithYear(r.col[fTxnTime], date); err != nil {
		return out, r.bad(fTxnTime, "%v", err)
	}
	out.Amount, out.Fee, err = r.amounts(out.Kind)
	return out, err
}

// amounts reads the money of the row and proves that it adds up, seen from the
// merchant: settled = ± amount + fee, C positive and D negative.
func (r row) amounts(k channel.LineKind) (amount, cost money.Fen, err error) {
	n, err := strconv.ParseInt(r.col[fTxnAmt], 10, 64)
	if err != nil || n == 0 {
		return 0, 0, r.bad(fTxnAmt, "want an amount above zero")
	}
	fee, settled := r.signed(fMerFee), r.signed(fSettleAmt)
	due := money.Fen(n)
	if k == channel.RefundLine {
		due = -due
	}
	if due+fee != settled { // thirteen digits at most: no overflow
		return 0, 0, r.bad(fSettleAmt, "does not agree with txnAmt %s and merFee %s of txnType %s", r.col[fTxnAmt], r.col[fMerFee], r.col[fTxnType])
	}
	return money.Fen(n), -fee, nil
}

// signed is the value of a checked C/D column.
func (r row) signed(i int) money.Fen {
	v := r.col[i]
	n, err := strconv.ParseInt(v[1:], 10, 64)
	if err != nil {
		return 0 // cannot be: column() has checked the digits
	}
	if v[0] == 'D' {
		return money.Fen(-n)
	}
	return money.Fen(n)
}

func (r row) bad(i int, format string, args ...any) error {
	return corrupt(r.file, r.lineNo, layout[i].name, r.col[i], format, args...)
}
