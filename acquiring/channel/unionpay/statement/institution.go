package statement

import (
	"bytes"
	"strconv"
	"strings"

	"juma/acquiring/channel"
	"juma/internal/bizdate"
	"juma/internal/money"
)

// The transaction flow of an acquiring institution (ACOM, ACOMN) and its longer
// form with the merchants' columns (ACOMA): fixed width, GBK, fields joined by one
// space. Offsets by the settlement file formats §2.1 and §2.2; only what
// reconciliation needs is read.
var (
	acomAcqIns    = field{"acqInsCode", 0, 11, plain}
	acomFwdIns    = field{"fwdInsCode", 12, 11, plain}
	acomTraceNo   = field{"traceNo", 24, 6, digits}
	acomTransTime = field{"transTime", 31, 10, digits}
	acomPAN       = field{"pan", 42, 19, secret}
	acomAmount    = field{"amount", 62, 12, digits}
	acomMTI       = field{"msgType", 101, 4, digits}
	acomProcCode  = field{"procCode", 106, 6, digits}
	acomTermID    = field{"termId", 118, 8, plain}
	acomMerID     = field{"merId", 127, 15, plain}
	acomReceive   = field{"feeReceivable", 192, 12, digits}
	acomPay       = field{"feePayable", 205, 12, digits}
	acomSwitch    = field{"switchFee", 218, 12, signed}
	acomaReversal = field{"reversalFlag", 324, 1, plain}
	acomaDate     = field{"settleDate", 328, 4, digits}
	acomaOrderNo  = field{"orderNo", 674, 40, plain}
)

// The lengths of a row, without its line end.
const (
	acomLen  = 299
	acomaLen = 951
)

// ReadInstitution parses an institution's transaction flow of one clearing date.
// Lines of ACOM carry no order number; that of the channel is trace number, time,
// acquirer and forwarder. A file without a byte is a day without traffic. Errors
// are of kind Corrupt and name line, field and value.
func ReadInstitution(f channel.StatementFile) (channel.Statement, error) {
	out := channel.Statement{Channel: channel.UnionPay, Date: f.Date}
	if f.Date == 0 {
		return out, corrupt(f.Name, 0, "clearing date", "", "is missing")
	}
	rest, lineNo := f.Data, 0
	for len(rest) > 0 {
		var line []byte
		line, rest, _ = bytes.Cut(rest, []byte("\n"))
		lineNo++
		r := flow{row: row{file: f.Name, lineNo: lineNo}, line: bytes.TrimSuffix(line, []byte("\r"))}
		l, err := r.normal(f.Date)
		if err != nil {
			return out, err
		}
		out.Lines = append(out.Lines, l)
	}
	return out, nil
}

// flow reads the fields of one row; the first fault stays.
type flow struct {
	row
	line []byte
	err  error
}

func (r *flow) get(f field) string {
	if r.err != nil {
		return ""
	}
	var v string
	if v, r.err = r.column(f, r.line); r.err == nil && f.kind == digits && v == "" {
		r.err = corrupt(r.file, r.lineNo, f.name, "", "is blank, every row has one")
	}
	return v
}

func (r *flow) fail(f field, value, format string, args ...any) {
	if r.err == nil {
		r.err = corrupt(r.file, r.lineNo, f.name, value, format, args...)
	}
}

func (r *flow) normal(date bizdate.Date) (channel.StatementLine, error) {
	if n := len(r.line); n != acomLen && n != acomaLen {
		return channel.StatementLine{}, corrupt(r.file, r.lineNo, "row length", strconv.Itoa(n), "want %d bytes of ACOM or %d of ACOMA", acomLen, acomaLen)
	}
	l := channel.StatementLine{
		LineNo: r.lineNo, Kind: channel.PaymentLine, TraceNo: r.get(acomTraceNo), MerchantID: r.get(acomMerID), TerminalNo: r.get(acomTermID),
		Payer: maskPAN(r.get(acomPAN)), Date: date, Final: true, State: r.get(acomMTI) + " " + r.get(acomProcCode),
	}
	l.ChannelNo = strings.Join([]string{l.TraceNo, r.get(acomTransTime), r.get(acomAcqIns), r.get(acomFwdIns)}, "-")
	var err error
	if l.Time, err = bizdate.WithYear(r.get(acomTransTime), date); err != nil {
		r.fail(acomTransTime, r.get(acomTransTime), "%v", err)
	}
	l.Amount = r.fen(acomAmount)
	l.Fee = r.fen(acomPay) - r.fen(acomReceive) - r.signedFen(acomSwitch)
	reversal := strings.HasPrefix(l.State, "0420")
	switch r.get(acomProcCode) {
	case "000000":
	case "200000":
		l.Kind = channel.RefundLine
	default:
		r.fail(acomProcCode, r.get(acomProcCode), "want 000000 purchase or 200000 cancellation and refund")
	}
	if len(r.line) == acomaLen {
		l.OrderNo = r.get(acomaOrderNo)
		reversal = reversal || r.get(acomaReversal) == "R"
		if got := r.get(acomaDate); got != date.MMDD() {
			r.fail(acomaDate, got, "want %s, the clearing date of the file", date.MMDD())
		}
	}
	if reversal {
		l.Kind, l.OrigOrderNo = channel.RefundLine, l.OrderNo
	}
	return l, r.err
}

func (r *flow) fen(f field) money.Fen {
	n, err := strconv.ParseInt(r.get(f), 10, 64)
	if err != nil {
		return 0 // the fault is kept: column has checked the digits
	}
	return money.Fen(n)
}

// signedFen is C positive, D negative, 0 where unused.
func (r *flow) signedFen(f field) money.Fen {
	v := r.get(f)
	if len(v) < 2 {
		return 0
	}
	n, err := strconv.ParseInt(v[1:], 10, 64)
	if err != nil {
		return 0 // as above
	}
	if v[0] == 'D' {
		n = -n
	}
	return money.Fen(n)
}

// maskPAN shows a card number as merchants' statements do: six digits in front and
// four at the end.
func maskPAN(pan string) string {
	if len(pan) < 13 {
		return pan
	}
	return pan[:6] + strings.Repeat("*", len(pan)-10) + pan[len(pan)-4:]
}
