package unionpay_test

import (
	"archive/zip"
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"juma/acquiring/sandbox"
)

// unwrap undoes the wire's wrapping and gives the one entry.
func unwrap(t *testing.T, content string) (name string, text string) {
	t.Helper()
	deflated, err := base64.StdEncoding.DecodeString(content)
	if err != nil {
		t.Fatal(err)
	}
	inflate, err := zlib.NewReader(bytes.NewReader(deflated))
	if err != nil {
		t.Fatal(err)
	}
	zipped, err := io.ReadAll(inflate)
	if err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(zipped), int64(len(zipped)))
	if err != nil || len(z.File) != 1 {
		t.Fatalf("%v, %d entries", err, len(z.File))
	}
	f, err := z.File[0].Open()
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return z.File[0].Name, string(data)
}

func (c *client) file(mmdd string, more ...fields) fields {
	c.t.Helper()
	f := fields{"txnType": "76", "txnSubType": "01", "settleDate": mmdd, "fileType": "00", "channelType": "", "txnTime": c.clock.Now().In(china).Format("20060102150405")}
	for _, m := range more {
		for name, value := range m {
			f[name] = value
		}
	}
	return c.send("", f)
}

// cut takes columns (by offset and width) out of every row.
func cut(text string, spans ...[2]int) string {
	var out []string
	for _, line := range strings.Split(strings.TrimSuffix(text, "\r\n"), "\r\n") {
		var cols []string
		for _, s := range spans {
			cols = append(cols, strings.TrimRight(line[s[0]:s[0]+s[1]], " "))
		}
		out = append(out, strings.Join(cols, "|"))
	}
	return strings.Join(out, "\n")
}

var (
	colTime, colAcc, colAmt, colOrder  = [2]int{35, 10}, [2]int{46, 19}, [2]int{66, 12}, [2]int{112, 32}
	colFee, colSettle, colType         = [2]int{166, 13}, [2]int{180, 13}, [2]int{215, 2}
	colOrigID, colTerm, colOrigOrderNo = [2]int{271, 21}, [2]int{388, 8}, [2]int{476, 32}
)

// The wrapping of the sample is the one that this test undoes.
func TestSampleWrapping(t *testing.T) {
	content, err := os.ReadFile("testdata/fileTransReq-fileContent.txt")
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile("testdata/INN26031088ZM_999290058120001")
	if err != nil {
		t.Fatal(err)
	}
	if name, text := unwrap(t, strings.TrimSpace(string(content))); name != "INN26031088ZM_999290058120001" || text != string(want) {
		t.Errorf("entry %s of %d bytes", name, len(text))
	}
}

func TestStatement(t *testing.T) {
	c := newClient(t)
	c.buy("P2026031000000001000001", 5000)
	id := c.query("P2026031000000001000001")["queryId"]
	c.clock.AdvanceTo(morning.Add(time.Hour))
	c.refund("R2026031000000001000002", 2000, fields{"origQryId": id})
	c.refund("R2026031000000001000003", 3000, fields{"origQryId": id})
	c.clock.AdvanceTo(time.Date(2026, 3, 10, 22, 59, 59, 0, china))
	c.buy("P2026031000000001000004", 700, fields{"payTimeout": ""})
	c.clock.AdvanceTo(time.Date(2026, 3, 10, 23, 0, 0, 0, china))
	c.buy("P2026031000000001000005", 800, fields{"payTimeout": ""})
	c.buy("P2026031000000001000006", 900, fields{"payTimeout": "", "merId": "999581054110002"})
	want(t, "the day is not over", c.file("0310"), "respCode", "98", "fileContent", "")
	c.clock.AdvanceTo(time.Date(2026, 3, 11, 8, 59, 59, 0, china))
	want(t, "before 09:00", c.file("0310"), "respCode", "98")
	c.clock.AdvanceTo(time.Date(2026, 3, 11, 9, 0, 0, 0, china))
	a := c.file("0310")
	want(t, "file", a, "respCode", "00", "fileName", "999290058120001_20260311083000.zip", "settleDate", "0310", "merId", c.cred["mer_id"])
	name, text := unwrap(t, a["fileContent"])
	if name != "INN26031088ZM_999290058120001" || len(text) != 4*609 {
		t.Errorf("entry %s of %d bytes", name, len(text))
	}
	got := cut(text, colTime, colType, colOrder, colAmt, colFee, colSettle, colTerm, colOrigOrderNo)
	wantRows := strings.Join([]string{
		"0310101500|01|P2026031000000001000001|000000005000|D000000000010|C000000004990|00000001|",
		"0310111500|04|R2026031000000001000002|000000002000|C000000000004|D000000001996|00000001|P2026031000000001000001",
		"0310111500|04|R2026031000000001000003|000000003000|C000000000006|D000000002994|00000001|P2026031000000001000001",
		"0310225959|01|P2026031000000001000004|000000000700|D000000000001|C000000000699|00000001|",
	}, "\n")
	sortedRefunds := strings.Join([]string{strings.Split(wantRows, "\n")[0], strings.Split(wantRows, "\n")[2], strings.Split(wantRows, "\n")[1], strings.Split(wantRows, "\n")[3]}, "\n")
	if got != wantRows && got != sortedRefunds { // two refunds of one second stand by their trace numbers
		t.Errorf("rows\n%s\nwant\n%s", got, wantRows)
	}
	if ids := cut(text, colOrigID); strings.Count(ids, id) != 2 {
		t.Errorf("original queryIds\n%s", ids)
	}
	if again := c.file("0310"); again["fileContent"] != a["fileContent"] {
		t.Error("the same statement is other bytes the second time")
	}
	want(t, "nothing of the other merchant that day", c.file("0310", fields{"merId": "999581054110002"}), "respCode", "98")
	want(t, "a merchant without trade", c.file("0310", fields{"merId": "999584059120003"}), "respCode", "98")
	want(t, "no such day", c.file("0230"), "respCode", "10")
	want(t, "other kind of file", c.file("0310", fields{"fileType": "01"}), "respCode", "10")
	c.clock.AdvanceTo(time.Date(2026, 3, 12, 9, 0, 0, 0, china))
	_, text = unwrap(t, c.file("0311")["fileContent"])
	if got := cut(text, colTime, colOrder); got != "0310230000|P2026031000000001000005" {
		t.Errorf("next day: %s", got)
	}
	_, text = unwrap(t, c.file("0311", fields{"merId": "999581054110002"})["fileContent"])
	if got := cut(text, colOrder, [2]int{293, 15}, [2]int{79, 4}); got != "P2026031000000001000006|999581054110002|5411" {
		t.Errorf("other merchant: %s", got)
	}
}

// The same trade in another process gives the same bytes.
func TestStatementIsDeterministic(t *testing.T) {
	var contents []string
	for range 2 {
		c := newClient(t)
		for i := range 5 {
			c.buy(fmt.Sprintf("P20260310000000010%05d", i), 100+i, fields{"appUserId": fmt.Sprint("payer", i)})
		}
		c.clock.AdvanceTo(time.Date(2026, 3, 11, 9, 0, 0, 0, china))
		contents = append(contents, c.file("0310")["fileContent"])
	}
	if contents[0] == "" || contents[0] != contents[1] {
		t.Error("two runs, two statements")
	}
}

func TestStatementFaults(t *testing.T) {
	c := newClient(t)
	no := func(i int) string { return fmt.Sprintf("P20260310000000010%05d", i) }
	for i := range 7 {
		c.buy(no(i), 1000, fields{"appUserId": "ann"})
		c.clock.AdvanceTo(c.clock.Now().Add(time.Second))
	}
	for _, f := range []sandbox.Fault{
		{Kind: sandbox.RowMissing, OutTradeNo: no(1)},
		{Kind: sandbox.RowAmount, OutTradeNo: no(2), AmountFen: 1001},
		{Kind: sandbox.RowFee, OutTradeNo: no(3)},
		{Kind: sandbox.RowPayer, OutTradeNo: no(4)},
		{Kind: sandbox.RowDuplicate, OutTradeNo: no(5)},
		{Kind: sandbox.RowDay, OutTradeNo: no(6), Date: "2026-03-11"},
		{Kind: sandbox.RowExtra, OutTradeNo: "P2026031099999999000001", AmountFen: 555, Date: "2026-03-10", Time: "2026-03-10T01:00:00Z", MerchantID: c.cred["mer_id"]},
		{Kind: sandbox.RowExtra, OutTradeNo: "P2026031099999999000002", Date: "2026-03-10", MerchantID: "999581054110002"},
	} {
		f.Wallet = sandbox.UnionPay
		if err := c.core.Faults.Add(f); err != nil {
			t.Fatal(err)
		}
	}
	c.clock.AdvanceTo(time.Date(2026, 3, 12, 9, 0, 0, 0, china))
	_, text := unwrap(t, c.file("0310")["fileContent"])
	account := cut(text[609:2*609], colAcc)
	want := strings.Join([]string{
		"P2026031099999999000001|000000000555|D000000000001|C000000000554|other",
		no(0) + "|000000001000|D000000000002|C000000000998|same",
		no(2) + "|000000001001|D000000000002|C000000000999|same",
		no(3) + "|000000001000|D000000000003|C000000000997|same",
		no(4) + "|000000001000|D000000000002|C000000000998|other",
		no(5) + "|000000001000|D000000000002|C000000000998|same",
		no(5) + "|000000001000|D000000000002|C000000000998|same",
	}, "\n")
	var got []string
	for _, row := range strings.Split(cut(text, colOrder, colAmt, colFee, colSettle, colAcc), "\n") {
		at := strings.LastIndex(row, "|")
		who := "other"
		if row[at+1:] == account {
			who = "same"
		}
		got = append(got, row[:at+1]+who)
	}
	if strings.Join(got, "\n") != want {
		t.Errorf("rows\n%s\nwant\n%s", strings.Join(got, "\n"), want)
	}
	_, text = unwrap(t, c.file("0311")["fileContent"])
	if got := cut(text, colTime, colOrder); got != "0310101506|"+no(6) {
		t.Errorf("moved row: %s", got)
	}
	_, text = unwrap(t, c.file("0310", fields{"merId": "999581054110002"})["fileContent"])
	if got := cut(text, colTime, colOrder, colAmt); got != "0310120000|P2026031099999999000002|000000000100" {
		t.Errorf("an extra row alone: %s", got)
	}
}

// About half of the consumers' notices lack the account that the statement has.
func TestAccountsShown(t *testing.T) {
	c := newClient(t)
	shown := 0
	for i := range 40 {
		no := fmt.Sprintf("P20260310000000010%05d", i)
		c.buy(no, 100, fields{"appUserId": fmt.Sprint("payer", i)})
		if c.query(no)["accNo"] != "" {
			shown++
		}
	}
	noticed := 0
	for _, n := range c.wait(2 * time.Second) {
		if n["accNo"] != "" {
			noticed++
		}
	}
	if shown != noticed || shown < 10 || shown > 30 {
		t.Errorf("%d queries and %d notices of 40 show the account", shown, noticed)
	}
	c.clock.AdvanceTo(time.Date(2026, 3, 11, 9, 0, 0, 0, china))
	_, text := unwrap(t, c.file("0310")["fileContent"])
	for _, acc := range strings.Split(cut(text, colAcc), "\n") {
		if len(acc) != 19 || !strings.HasPrefix(acc, "621626*********") {
			t.Errorf("account %q", acc)
		}
	}
}
