package payout

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/internal/money"
)

const readOp = "payout.ReadResults"

// totalMark begins the last line.
const totalMark = "total"

// ReadResults reads and proves a bank's result file: see ResultColumns. Errors are of
// kind Corrupt and name line, field and value.
func ReadResults(data []byte) (all []Result, total money.Fen, err error) {
	data = bytes.TrimPrefix(data, []byte("\xEF\xBB\xBF"))
	switch {
	case !utf8.Valid(data):
		return nil, 0, corrupt(0, "encoding", "", "is not UTF-8")
	case !bytes.HasSuffix(data, []byte("\n")):
		return nil, 0, corrupt(0, "line", "", "the last line has no end: the file was cut")
	}
	r := csv.NewReader(bytes.NewReader(data))
	r.FieldsPerRecord = -1
	header, err := r.Read()
	if err != nil || !slices.Equal(header, names(ResultColumns)) {
		return nil, 0, corrupt(1, "header", strings.Join(header, ","), "want %s", strings.Join(names(ResultColumns), ","))
	}
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return nil, 0, corrupt(0, totalMark, "", "the last line, %s,COUNT,SUM, is missing: the file was cut", totalMark)
		}
		if err != nil {
			return nil, 0, corrupt(0, "line", "", "%v", err)
		}
		line, _ := r.FieldPos(0)
		if cells[0] == totalMark {
			return all, total, proveTotal(r, line, cells, len(all), total)
		}
		res, err := readResult(line, cells)
		if err != nil {
			return nil, 0, err
		}
		if total, err = total.Add(res.Amount); err != nil {
			return nil, 0, corrupt(line, "amount_fen", cells[1], "%v", err)
		}
		all = append(all, res)
	}
}

// readResult reads a line.
func readResult(line int, cells []string) (r Result, err error) {
	if len(cells) != len(ResultColumns) {
		return r, corrupt(line, "line", strings.Join(cells, ","), "has %d values, want %d", len(cells), len(ResultColumns))
	}
	r = Result{Line: line, PayoutNo: cells[0], Outcome: State(cells[2]), ReasonCode: cells[3], Reason: cells[4], BankRef: cells[5]}
	n, err := strconv.ParseInt(cells[1], 10, 64)
	if err != nil || n <= 0 {
		return r, corrupt(line, "amount_fen", cells[1], "want whole fen above zero")
	}
	r.Amount = money.Fen(n)
	if r.FinishedAt, err = time.ParseInLocation(time.DateTime, cells[6], bizdate.Zone); err != nil {
		return r, corrupt(line, "finished_at", cells[6], "want YYYY-MM-DD hh:mm:ss")
	}
	r.FinishedAt = r.FinishedAt.UTC()
	switch {
	case r.PayoutNo == "" || len(r.PayoutNo) > 26:
		return r, corrupt(line, "payout_no", cells[0], "want the number of an instruction")
	case r.Outcome != Paid && r.Outcome != Failed && r.Outcome != Returned:
		return r, corrupt(line, "result", cells[2], "want %s, %s or %s", Paid, Failed, Returned)
	case r.Outcome == Paid && r.ReasonCode+r.Reason != "":
		return r, corrupt(line, "reason_code", r.ReasonCode, "what was paid has no reason")
	case r.Outcome != Paid && (r.ReasonCode == "" || r.Reason == ""):
		return r, corrupt(line, "reason_code", r.ReasonCode, "what was not paid has a code and a text")
	case len(r.ReasonCode) > 32 || len(r.Reason) > 400:
		return r, corrupt(line, "reason", "", "a code has at most 32 bytes and its text 400")
	case r.BankRef == "" || len(r.BankRef) > 64:
		return r, corrupt(line, "bank_ref", r.BankRef, "want the bank's number, at most 64 bytes")
	}
	return r, nil
}

// proveTotal compares the last line; nothing may follow it.
func proveTotal(r *csv.Reader, line int, cells []string, count int, total money.Fen) error {
	want := []string{totalMark, strconv.Itoa(count), strconv.FormatInt(int64(total), 10)}
	if !slices.Equal(cells, want) {
		return corrupt(line, totalMark, strings.Join(cells, ","), "the lines say %s", strings.Join(want, ","))
	}
	if _, err := r.Read(); !errors.Is(err, io.EOF) {
		return corrupt(line+1, "line", "", "nothing may follow the total")
	}
	return nil
}

func corrupt(line int, field, value, format string, args ...any) error {
	return atLine(readOp, fault.Corrupt, line, field, value, fault.New("", "", format, args...).Msg)
}

// atLine is a fault of a line of a file.
func atLine(op string, kind fault.Kind, line int, field, value, msg string) error {
	if line > 0 {
		msg = "line " + strconv.Itoa(line) + ": " + msg
	}
	return &fault.Error{Op: op, Kind: kind, Field: field, Value: value, Msg: msg}
}
