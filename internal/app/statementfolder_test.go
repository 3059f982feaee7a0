package app_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"juma/acquiring/channel"
	"juma/clearing"
	"juma/clearing/daycheck"
	"juma/internal/app"
	"juma/internal/bizdate"
	"juma/internal/fault"
)

const statementDay = bizdate.Date(20260310)

// statementFiles copies samples into a directory; name=other copies under another
// name.
func statementFiles(t *testing.T, names ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, n := range names {
		from, to, renamed := strings.Cut(n, "=")
		if !renamed {
			to = filepath.Base(from)
		}
		data, err := os.ReadFile(filepath.Join("testdata/statements", from))
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, to), data, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// results proves the sample ledger against a directory: lines of the first four
// columns.
func results(t *testing.T, dir string) []string {
	t.Helper()
	folder, err := app.ReadStatementFolder(dir, statementDay)
	if err != nil {
		t.Fatal(err)
	}
	ledger, err := os.Open("testdata/recon/platform-ledger.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer ledger.Close()
	entries, err := daycheck.ReadLedger("platform-ledger.csv", ledger)
	if err != nil {
		t.Fatal(err)
	}
	report, err := daycheck.Prove(statementDay, entries, folder.Bills)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, r := range report.Results {
		amount := ""
		if r.InBill {
			amount = fmt.Sprint(int64(r.Amount))
		}
		lines = append(lines, strings.ToUpper(string(r.Channel))+","+r.OrderNo+","+string(r.Outcome)+","+amount)
	}
	slices.Sort(lines)
	return lines
}

func expectedResults(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("testdata/recon/expected-result.csv")
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, r := range rows[1:] {
		lines = append(lines, strings.Join(r[:4], ","))
	}
	slices.Sort(lines)
	return lines
}

const (
	alipayZip = "alipay/20889990000000010156_20260310.csv.zip"
	zmPrefix  = "unionpay/INN26031088ZM_"
)

// TestSampleDay: the published day, from every form in which its statements come.
func TestSampleDay(t *testing.T) {
	want := expectedResults(t)
	zms := []string{zmPrefix + "999290058120001", zmPrefix + "999581054110002", zmPrefix + "999584059120003"}
	for name, dir := range map[string]string{
		"everything":              "testdata/statements",
		"one of each":             statementFiles(t, append(zms, "wechat/20260310_ALL.csv", alipayZip)...),
		"packed":                  statementFiles(t, append(zms[1:], "wechat/20260310_ALL.csv.gz", alipayZip, "unionpay/999290058120001_20260311083000.zip")...),
		"wrapped":                 statementFiles(t, append(zms[1:], "wechat/20260310_ALL.csv", alipayZip, "unionpay/fileTransReq-fileContent.txt")...),
		"payments and refunds":    statementFiles(t, append(zms, "wechat/20260310_SUCCESS.csv", "wechat/20260310_REFUND.csv", alipayZip)...),
		"bare":                    statementFiles(t, append(zms, "wechat/20260310_ALL.csv", "alipay/20889990000000010156_20260310_业务明细.csv")...),
		"institution":             statementFiles(t, "unionpay/IND26031032ACOMA", "wechat/20260310_ALL.csv", alipayZip),
		"institution, no numbers": statementFiles(t, "unionpay/IND26031001ACOMN", "wechat/20260310_ALL.csv", alipayZip),
		"both institution's":      statementFiles(t, "unionpay/IND26031001ACOMN", "unionpay/IND26031032ACOMA", "wechat/20260310_ALL.csv", alipayZip),
		"one merchant's own":      statementFiles(t, zms[0], "unionpay/IND26031001ACOMN", "wechat/20260310_ALL.csv", alipayZip),
		"other names":             statementFiles(t, zms[0]+"=a.txt", zms[1]+"=b", zms[2]+"=c", "wechat/20260310_ALL.csv.gz=d", alipayZip+"=e"),
	} {
		if got := results(t, dir); !slices.Equal(got, want) {
			t.Errorf("%s:\n got %q\nwant %q", name, got, want)
		}
	}
}

func TestStatementFolderRefuses(t *testing.T) {
	damaged := statementFiles(t, "wechat/20260310_ALL.csv")
	text, err := os.ReadFile(filepath.Join(damaged, "20260310_ALL.csv"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(damaged, "20260310_ALL.csv"), text[:len(text)-20], 0o644); err != nil {
		t.Fatal(err)
	}
	contrary := statementFiles(t, zmPrefix+"999290058120001")
	zm, err := os.ReadFile(filepath.Join(contrary, "INN26031088ZM_999290058120001"))
	if err != nil {
		t.Fatal(err)
	}
	copy(zm[46:], "621626*********9999")
	if err := os.WriteFile(filepath.Join(contrary, "again"), zm, 0o644); err != nil {
		t.Fatal(err)
	}
	for dir, want := range map[string]string{damaged: "20260310_ALL.csv", contrary: "say different things", filepath.Join(damaged, "none"): "no such file"} {
		if _, err := app.ReadStatementFolder(dir, statementDay); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// TestOtherDaysStatementsArePassedOver, and said so.
func TestOtherDaysStatementsArePassedOver(t *testing.T) {
	folder, err := app.ReadStatementFolder("testdata/statements", statementDay.AddDays(1))
	if err != nil || len(folder.Bills) != 0 || len(folder.Read) != 0 {
		t.Errorf("%v, %v, %v", folder.Bills, folder.Read, err)
	}
	for _, name := range []string{"wechat/20260310_ALL.csv: is of 2026-03-10", alipayZip + ": is of 2026-03-10", zmPrefix + "999290058120001: is of 2026-03-10"} {
		if !slices.Contains(folder.Passed, name) {
			t.Errorf("want %q in %q", name, folder.Passed)
		}
	}
}

// TestAnEmptyFlowIsADay: an institution's file without a byte is a day without
// traffic; a merchant's is not.
func TestAnEmptyFlowIsADay(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "IND26031001ACOMN"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	folder, err := app.ReadStatementFolder(dir, statementDay)
	lines, there := folder.Bills[channel.UnionPay]
	if err != nil || !there || !slices.Equal(lines, []clearing.Line(nil)) {
		t.Errorf("%v, %v, %v", lines, there, err)
	}
	if err := os.WriteFile(filepath.Join(dir, "INN26031088ZM_999290058120001"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := app.ReadStatementFolder(dir, statementDay); !fault.Is(err, fault.Corrupt) {
		t.Errorf("%v", err)
	}
}
