package statement

import (
	"archive/zip"
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"juma/acquiring/channel"
	"juma/internal/bizdate"
	"juma/internal/fault"
)

const day = bizdate.Date(20260310)

func sample(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func file(merchant string, data []byte) channel.StatementFile {
	return channel.StatementFile{Channel: channel.UnionPay, MerchantID: merchant, Date: day, Name: "INN26031088ZM_" + merchant, Data: data}
}

func at(month time.Month, d, h, m, s int) time.Time {
	return time.Date(2026, month, d, h, m, s, 0, bizdate.Zone)
}

// The published samples, row by row.
func TestReadSamples(t *testing.T) {
	for merchant, want := range map[string][]channel.StatementLine{
		"999290058120001": {
			{LineNo: 1, Kind: channel.PaymentLine, OrderNo: "P20260309000099", ChannelNo: "202603092310151000998", TraceNo: "100099", MerchantID: "999290058120001", TerminalNo: "T0000001", Amount: 4600, Fee: 17, Payer: "621626*********0216", Time: at(3, 9, 23, 10, 15), Date: day, Final: true, State: "01"},
			{LineNo: 2, Kind: channel.PaymentLine, OrderNo: "P20260310000008", ChannelNo: "202603101015301001088", TraceNo: "100108", MerchantID: "999290058120001", TerminalNo: "T0000001", Amount: 5000, Fee: 19, Payer: "621626*********0018", Time: at(3, 10, 10, 15, 30), Date: day, Final: true, State: "01"},
		},
		"999581054110002": {
			{LineNo: 1, Kind: channel.RefundLine, OrderNo: "R20260310000003", OrigOrderNo: "P20260308000021", ChannelNo: "202603101430001001128", TraceNo: "100112", MerchantID: "999581054110002", TerminalNo: "T0000001", Amount: 2000, Fee: -8, Payer: "621626*********0216", Time: at(3, 10, 14, 30, 0), Date: day, Final: true, State: "04"},
			{LineNo: 2, Kind: channel.PaymentLine, OrderNo: "P20260310000012", ChannelNo: "202603101812121001158", TraceNo: "100115", MerchantID: "999581054110002", TerminalNo: "T0000001", Amount: 128800, Fee: 489, Payer: "621626*********0356", Time: at(3, 10, 18, 12, 12), Date: day, Final: true, State: "01"},
		},
		"999584059120003": {
			{LineNo: 1, Kind: channel.PaymentLine, OrderNo: "P20260310000010", ChannelNo: "202603101120011001108", TraceNo: "100110", MerchantID: "999584059120003", TerminalNo: "T0000001", Amount: 700, Fee: 3, Payer: "621626*********0356", Time: at(3, 10, 11, 20, 1), Date: day, Final: true, State: "01"},
			{LineNo: 2, Kind: channel.RefundLine, OrderNo: "V20260310000001", OrigOrderNo: "P20260310000010", ChannelNo: "202603101121051001118", TraceNo: "100111", MerchantID: "999584059120003", TerminalNo: "T0000001", Amount: 700, Fee: -3, Payer: "621626*********0356", Time: at(3, 10, 11, 21, 5), Date: day, Final: true, State: "31"},
		},
	} {
		t.Run(merchant, func(t *testing.T) {
			got, err := Reader{}.Read(file(merchant, sample(t, "INN26031088ZM_"+merchant)))
			if err != nil {
				t.Fatal(err)
			}
			if got.Channel != channel.UnionPay || got.Date != day || len(got.Lines) != len(want) {
				t.Fatalf("got %s %s with %d lines", got.Channel, got.Date, len(got.Lines))
			}
			for i, l := range got.Lines {
				if !l.Time.Equal(want[i].Time) {
					t.Errorf("line %d: time %s, want %s", i+1, l.Time, want[i].Time)
				}
				l.Time = want[i].Time
				if l != want[i] {
					t.Errorf("line %d:\n got %+v\nwant %+v", i+1, l, want[i])
				}
			}
		})
	}
}

// The whole wrapping, from the download's text to the rows.
func TestUnwrapSample(t *testing.T) {
	data, err := Unwrap(string(sample(t, "fileTransReq-fileContent.txt")))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(data, sample(t, "999290058120001_20260311083000.zip")) {
		t.Fatal("unwrapped content is not the sample zip")
	}
	f := file("999290058120001", data)
	f.Name = "999290058120001_20260311083000.zip"
	got, err := Reader{}.Read(f)
	if err != nil || len(got.Lines) != 2 {
		t.Fatalf("%d lines, %v", len(got.Lines), err)
	}
}

func TestUnwrapRefuses(t *testing.T) {
	good := strings.TrimSpace(string(sample(t, "fileTransReq-fileContent.txt")))
	raw, _ := base64.StdEncoding.DecodeString(good)
	for name, text := range map[string]string{
		"empty":         "",
		"not base64":    "***",
		"not zlib":      base64.StdEncoding.EncodeToString([]byte("PK rubbish")),
		"truncated":     base64.StdEncoding.EncodeToString(raw[:len(raw)-8]),
		"one byte off":  base64.StdEncoding.EncodeToString(append(append([]byte{}, raw[:60]...), append([]byte{raw[60] ^ 1}, raw[61:]...)...)),
		"a small bomb":  base64.StdEncoding.EncodeToString(deflated(make([]byte, 1<<20))),
		"text cut away": good[:len(good)-30],
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := Unwrap(text); !fault.Is(err, fault.Corrupt) {
				t.Fatalf("got %v, want kind corrupt", err)
			}
		})
	}
}

func deflated(b []byte) []byte {
	var out bytes.Buffer
	w := zlib.NewWriter(&out)
	w.Write(b)
	w.Close()
	return out.Bytes()
}

type entry struct {
	name string
	data []byte
}

func zipped(t testing.TB, entries ...entry) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, e := range entries {
		w, err := z.Create(e.name)
		if err != nil {
			t.Fatal(err)
		}
		w.Write(e.data)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestContainer(t *testing.T) {
	const merchant = "999290058120001"
	zm := sample(t, "INN26031088ZM_"+merchant)
	good := entry{"INN26031088ZM_" + merchant, zm}
	whole := zipped(t, good)
	flipped := bytes.Clone(whole)
	flipped[60] ^= 1
	var many []entry
	for i := range maxEntries + 1 {
		many = append(many, entry{fmt.Sprintf("x%d", i), nil})
	}
	for _, c := range []struct {
		name    string
		data    []byte
		problem string // "" = accepted
	}{
		{"as it comes", whole, ""},
		{"with the dispute file", zipped(t, entry{"INN26031088ZME_" + merchant, []byte("other layout")}, good), ""},
		{"an empty text is a day without rows", zipped(t, entry{good.name, nil}), ""},
		{"cut short", whole[:len(whole)-30], "whole zip"},
		{"cut to its first bytes", whole[:2], "whole zip"},
		{"a bit flipped", flipped, "unfolded"},
		{"no statement in it", zipped(t, entry{"readme.txt", nil}), "holds no file"},
		{"two statements", zipped(t, good, entry{"INN26031088ZM_999290058120009", zm}), "second"},
		{"another day", zipped(t, entry{"INN26031188ZM_" + merchant, zm}), "clearing date"},
		{"another merchant", zipped(t, entry{"INN26031088ZM_999290058120009", zm}), "of merchant"},
		{"path in a name", zipped(t, entry{"../INN26031088ZM_" + merchant, zm}), "path"},
		{"folder", zipped(t, entry{"a/INN26031088ZM_" + merchant, zm}), "path"},
		{"too many files", zipped(t, many...), "files"},
		{"a bomb", zipped(t, entry{good.name, make([]byte, 1<<20)}), "unfolds to more"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := file(merchant, c.data)
			f.Name = "s.zip"
			_, err := Reader{}.Read(f)
			if c.problem == "" && err != nil {
				t.Fatal(err)
			}
			if c.problem != "" && (!fault.Is(err, fault.Corrupt) || !strings.Contains(err.Error(), c.problem)) {
				t.Fatalf("got %v, want kind corrupt about %q", err, c.problem)
			}
		})
	}
}

func TestEmptyDay(t *testing.T) {
	got, err := Reader{}.Read(channel.StatementFile{Date: day, MerchantID: "999290058120001", Empty: true})
	if err != nil || len(got.Lines) != 0 || got.Date != day {
		t.Fatalf("%+v, %v", got, err)
	}
	for name, f := range map[string]channel.StatementFile{
		"no content":          {Date: day},
		"no date":             {Data: sample(t, "INN26031088ZM_999290058120001")},
		"empty with content":  {Date: day, Empty: true, Data: []byte("x")},
		"rubbish for content": {Date: day, Data: []byte("<html>busy</html>")},
	} {
		if _, err := (Reader{}).Read(f); !fault.Is(err, fault.Corrupt) {
			t.Errorf("%s: got %v, want kind corrupt", name, err)
		}
	}
}

// put overwrites part of the only row.
func put(row []byte, start int, s string) []byte {
	out := bytes.Clone(row)
	copy(out[start:], s)
	return out
}

func TestRows(t *testing.T) {
	const merchant = "999290058120001"
	two := sample(t, "INN26031088ZM_"+merchant)
	row := two[609:1216] // the second row, without its line end
	refund := sample(t, "INN26031088ZM_999581054110002")[:607]
	refund = put(refund, 293, merchant)
	for _, c := range []struct {
		name    string
		data    []byte
		problem string // "" = accepted
	}{
		{"with CRLF", append(bytes.Clone(row), "\r\n"...), ""},
		{"with LF", append(bytes.Clone(row), '\n'), ""},
		{"last row without line end", row, ""},
		{"a byte short", row[:606], "line 1 row length"},
		{"a byte long", append(bytes.Clone(row), ' '), "line 1 row length"},
		{"cut inside the second row", two[:1000], "line 2 row length"},
		{"blank line", append([]byte("\r\n"), row...), "line 1 row length"},
		{"separator missing", put(row, 34, "x"), "space that follows traceNo"},
		{"amount not digits", put(row, 66, "00000000x000"), "txnAmt"},
		{"amount zero", put(row, 66, "000000000000"), "txnAmt"},
		{"amount blank", put(row, 66, "            "), "txnAmt"},
		{"amount changed", put(row, 66, "000000005001"), "settleAmt"},
		{"fee changed", put(row, 166, "D000000000018"), "settleAmt"},
		{"fee of the wrong sign", put(row, 166, "C000000000019"), "settleAmt"},
		{"settlement of the wrong sign", put(row, 180, "D"), "settleAmt"},
		{"sign missing", put(row, 180, "0000000004981"), "settleAmt"},
		{"sign unknown", put(row, 180, "X"), "settleAmt"},
		{"no fee", put(put(row, 166, "0000000000000"), 180, "C000000005000"), ""},
		{"other merchant", put(row, 293, "999290058120009"), "merId"},
		{"impossible time", put(row, 35, "0230101530"), "txnTime"},
		{"unknown transaction type", put(row, 215, "02"), "txnType"},
		{"transaction type as purchase on a refund", put(refund, 215, "01"), "settleAmt"},
		{"order number blank", put(row, 112, strings.Repeat(" ", 32)), "orderId"},
		{"control character", put(row, 112, "P\x01"), "orderId"},
		{"half a Chinese character", put(row, 327, "\xb2"), "subMerAbbr"},
		{"Chinese abbreviation", put(row, 327, "\xb2\xe2\xca\xd4"), ""},
		{"unused column with letters", put(row, 471, "xx"), "instalCount"},
		{"optional column blank", put(row, 471, "  "), ""},
		{"refund", refund, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Reader{}.Read(file(merchant, c.data))
			if c.problem == "" && err != nil {
				t.Fatal(err)
			}
			if c.problem != "" && (!fault.Is(err, fault.Corrupt) || !strings.Contains(err.Error(), c.problem)) {
				t.Fatalf("got %v, want kind corrupt about %q", err, c.problem)
			}
		})
	}
}

// An error never quotes the payer's account.
func TestAccountStaysHidden(t *testing.T) {
	row := sample(t, "INN26031088ZM_999290058120001")[:607]
	_, err := Reader{}.Read(file("999290058120001", put(row, 46, "6216261000000000\x07")))
	if err == nil || strings.Contains(err.Error(), "62162610") || !strings.Contains(err.Error(), "accNo") {
		t.Fatalf("got %v", err)
	}
}

// The older layout has 131 reserved bytes where the newer one has the original
// order number.
func TestOlderReserve(t *testing.T) {
	row := sample(t, "INN26031088ZM_999581054110002")[:607]
	old := put(row, 476, strings.Repeat("reserve-", 16))
	got, err := Reader{}.Read(file("999581054110002", old))
	if err != nil {
		t.Fatal(err)
	}
	if l := got.Lines[0]; l.OrigOrderNo != "" || l.OrderNo != "R20260310000003" {
		t.Fatalf("got %+v", l)
	}
}

// New Year: a 31 December row in the file of 1 January, and a spilled row.
func TestYearAndSpill(t *testing.T) {
	row := sample(t, "INN26031088ZM_999290058120001")[:607]
	f := file("999290058120001", put(row, 35, "1231231500"))
	f.Name, f.Date = "upload.txt", 20260101
	got, err := Reader{}.Read(f)
	if err != nil {
		t.Fatal(err)
	}
	want := time.Date(2025, 12, 31, 23, 15, 0, 0, bizdate.Zone)
	if l := got.Lines[0]; !l.Time.Equal(want) || l.Date != 20260101 {
		t.Fatalf("time %s date %s, want %s in the statement of 2026-01-01", l.Time, l.Date, want)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(sample(f, "INN26031088ZM_999581054110002"))
	f.Add(sample(f, "999290058120001_20260311083000.zip"))
	f.Add([]byte("PK"))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := Reader{}.Read(channel.StatementFile{Date: day, Name: "f", Data: data})
		if err != nil {
			if !fault.Is(err, fault.Corrupt) {
				t.Fatalf("kind %s: %v", fault.KindOf(err), err)
			}
			return
		}
		for _, l := range s.Lines {
			if l.Amount <= 0 || l.OrderNo == "" || l.Time.IsZero() {
				t.Fatalf("accepted %+v", l)
			}
		}
	})
}
