package wechat

import (
	"bytes"
	"compress/gzip"
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"juma/acquiring/sandbox"
	"juma/internal/bizdate"
)

// bill fetches a bill through both calls and proves its digest.
func (s *shop) bill(date, kind, more string) []byte {
	s.t.Helper()
	a := s.call(200, "GET", "/v3/bill/tradebill?bill_date="+date+"&bill_type="+kind+more, nil)
	u, err := url.Parse(a["download_url"].(string))
	if err != nil || !strings.HasPrefix(a["download_url"].(string), s.srv.URL+"/v3/billdownload/file?token=") {
		s.t.Fatalf("download_url %v, %v", a["download_url"], err)
	}
	resp, file, err := s.request("GET", u.RequestURI(), "", nil)
	if err != nil || resp.StatusCode != 200 || resp.Header.Get("Wechatpay-Signature") != "" {
		s.t.Fatalf("download: %v, %v", resp, err)
	}
	if strings.Contains(more, "GZIP") {
		z, err := gzip.NewReader(bytes.NewReader(file))
		if err != nil {
			s.t.Fatal(err)
		}
		if file, err = io.ReadAll(z); err != nil {
			s.t.Fatal(err)
		}
	}
	sum := sha1.Sum(file)
	if a["hash_type"] != "SHA1" || a["hash_value"] != hex.EncodeToString(sum[:]) {
		s.t.Errorf("digest %v does not fit", a)
	}
	return file
}

func at(h, m, sec int) time.Time { return time.Date(2026, 3, 10, h, m, sec, 0, bizdate.Zone) }

// The published sample, but for what is this wallet's own: its fee, its bank and
// its numbers.
func TestBillAgainstSample(t *testing.T) {
	s := newShop(t)
	for _, p := range []struct {
		no, name, payer string
		total           int
		at              time.Time
	}{
		{"P20260310000001", "示例餐厅一店-扫码消费", "oTestOpenid0000000000000001", 10000, at(9, 15, 1)},
		{"P20260310000002", "午餐,含饮料", "oTestOpenid0000000000000002", 2550, at(9, 48, 27)},
		{"P20260310000003", "示例餐厅一店-扫码消费", "oTestOpenid0000000000000003", 880, at(10, 2, 59)},
	} {
		s.sim.AdvanceTo(p.at)
		o := s.order(p.no, p.total)
		o["description"], o["payer"], o["attach"] = p.name, object{"sp_openid": p.payer}, ""
		s.call(200, "POST", jsapi, o)
		if err := s.w.Confirm(p.no, ""); err != nil {
			t.Fatal(err)
		}
	}
	s.sim.AdvanceTo(at(15, 30, 0))
	s.call(200, "POST", refunds, s.refund("P20260310000002", "R20260310000001", 500, 2550))
	s.sim.AdvanceTo(at(33, 0, 0)) // 09:00 of the next day
	got := lines(s.bill("2026-03-10", "ALL", "&tar_type=GZIP"))

	sample, err := os.ReadFile("testdata/20260310_ALL.csv")
	if err != nil {
		t.Fatal(err)
	}
	want := lines(bytes.TrimPrefix(sample, []byte("\ufeff")))
	if len(got) != len(want) || got[0] != want[0] || got[5] != want[5] {
		t.Fatalf("got %d lines:\n%s", len(got), strings.Join(got, "\n"))
	}
	names := strings.Split(got[0], ",")
	own := []string{"微信订单号", "微信退款单号", "手续费", "费率", "付款银行"}
	for i := 1; i <= 4; i++ {
		g, w := strings.Split(got[i][1:], ",`"), strings.Split(want[i][1:], ",`")
		if len(g) != 27 {
			t.Fatalf("line %d has %d columns", i, len(g))
		}
		for c := range g {
			if g[c] != w[c] && !slices.Contains(own, names[c]) {
				t.Errorf("line %d, %s: %q, want %q", i, names[c], g[c], w[c])
			}
		}
	}
	// Fees at 0.20 %: 20.0, 5.1, 1.76 fen; of 20.50 yuan 4.1, so one comes back.
	for i, want := range []string{"0.20000", "0.05000", "0.02000", "-0.01000"} {
		if g := strings.Split(got[i+1][1:], ",`"); g[22] != want || g[23] != "0.20%" {
			t.Errorf("line %d: fee %s at %s, want %s", i+1, g[22], g[23], want)
		}
	}
	if got[6] != "`4,`134.30,`5.00,`0.00,`0.26000,`134.30,`5.00" {
		t.Errorf("summary %s", got[6])
	}
	success := lines(s.bill("2026-03-10", "SUCCESS", ""))
	if success[0] != columnsSuccess || success[5] != "`3,`134.30,`0.27000,`134.30" || len(strings.Split(success[1], ",`")) != 20 {
		t.Errorf("SUCCESS:\n%s", strings.Join(success, "\n"))
	}
	refund := lines(s.bill("2026-03-10", "REFUND", ""))
	if refund[0] != columnsRefund || refund[3] != "`1,`0.00,`5.00,`0.00,`-0.01000,`0.00,`5.00" || len(strings.Split(refund[1], ",`")) != 29 {
		t.Errorf("REFUND:\n%s", strings.Join(refund, "\n"))
	}
	if a, b := s.bill("2026-03-10", "ALL", ""), s.bill("2026-03-10", "ALL", ""); !bytes.Equal(a, b) || !bytes.HasSuffix(a, []byte("\r\n")) {
		t.Error("the same bill twice differs")
	}
	if other := s.call(400, "GET", "/v3/bill/tradebill?bill_date=2026-03-10&sub_mchid=1999000009", nil); other["code"] != "NO_STATEMENT_EXIST" {
		t.Errorf("a merchant without trade: %v", other)
	}
}

// Given-back fees add up to what was taken, whatever the parts.
func TestRefundFeesAddUp(t *testing.T) {
	s := newShop(t)
	s.paid("P20260310000001", 12345)
	for i, part := range []int{1, 249, 4000, 8095} {
		s.call(200, "POST", refunds, s.refund("P20260310000001", fmt.Sprintf("R2026031000000%d", i), part, 12345))
	}
	s.sim.AdvanceTo(at(34, 0, 0))
	b := lines(s.bill("2026-03-10", "ALL", ""))
	if got := b[len(b)-1]; got != "`5,`123.45,`123.45,`0.00,`0.00000,`123.45,`123.45" {
		t.Errorf("summary %s", got)
	}
}

func TestBillRequests(t *testing.T) {
	s := newShop(t)
	s.paid("P20260310000001", 100)
	get := func(status int, query string) map[string]any {
		t.Helper()
		return s.call(status, "GET", "/v3/bill/tradebill?"+query, nil)
	}
	s.sim.AdvanceTo(at(32, 59, 59))
	for query, want := range map[string]string{
		"bill_date=2026-03-10":                   "NO_STATEMENT_EXIST", // a second before nine
		"bill_date=2026-03-09":                   "NO_STATEMENT_EXIST", // no trade
		"bill_date=2026-03-12":                   "NO_STATEMENT_EXIST", // not begun
		"bill_date=20260310":                     "PARAM_ERROR",
		"bill_date=2025-12-01":                   "PARAM_ERROR", // too far back
		"":                                       "PARAM_ERROR",
		"bill_date=2026-03-09&bill_type=x":       "PARAM_ERROR",
		"bill_date=2026-03-09&tar_type=ZIP":      "PARAM_ERROR",
		"bill_date=2026-03-09&sub_mchid=shop":    "PARAM_ERROR",
		"bill_date=2026-03-09&bill_type=SUCCESS": "NO_STATEMENT_EXIST",
	} {
		if e := get(400, query); e["code"] != want {
			t.Errorf("%s: %v", query, e)
		}
	}
	s.sim.AdvanceTo(at(33, 0, 0))
	u, _ := url.Parse(get(200, "bill_date=2026-03-10")["download_url"].(string))
	if resp, _, _ := s.request("GET", u.RequestURI(), "", func(r *http.Request) { r.Header.Del("Authorization") }); resp.StatusCode != 401 {
		t.Errorf("unsigned download: status %d", resp.StatusCode)
	}
	s.pass(tokenLife + time.Second)
	if e := s.call(400, "GET", u.RequestURI(), nil); e["code"] != "PARAM_ERROR" {
		t.Errorf("old token: %v", e)
	}
	s.fault(sandbox.Fault{Kind: sandbox.AnswerError, Call: "statement"})
	get(500, "bill_date=2026-03-10")
	get(200, "bill_date=2026-03-10")
}

func TestRowFaults(t *testing.T) {
	s := newShop(t)
	for i := 1; i <= 7; i++ {
		s.paid(fmt.Sprintf("P2026031000000%d", i), 10000)
		s.pass(time.Second)
	}
	s.call(200, "POST", refunds, s.refund("P20260310000007", "R20260310000001", 5000, 10000))
	for _, f := range []sandbox.Fault{
		{Kind: sandbox.RowMissing, OutTradeNo: "P20260310000001"},
		{Kind: sandbox.RowAmount, OutTradeNo: "P20260310000002", AmountFen: 7777},
		{Kind: sandbox.RowPayer, OutTradeNo: "P20260310000003"},
		{Kind: sandbox.RowFee, OutTradeNo: "P20260310000004"},
		{Kind: sandbox.RowDay, OutTradeNo: "P20260310000005", Date: "2026-03-11"},
		{Kind: sandbox.RowDuplicate, OutTradeNo: "P20260310000006"},
		{Kind: sandbox.RowState, OutTradeNo: "R20260310000001"},
		{Kind: sandbox.RowFee, OutTradeNo: "R20260310000001"},
		{Kind: sandbox.RowExtra, OutTradeNo: "P20260310000099", AmountFen: 4242, MerchantID: "1999000002", Date: "2026-03-10", Time: "2026-03-10T12:00:00+08:00"},
	} {
		s.fault(f)
	}
	s.sim.AdvanceTo(at(34, 0, 0))
	b := lines(s.bill("2026-03-10", "ALL", ""))
	rows := map[string][][]string{}
	for _, l := range b[1 : len(b)-2] {
		c := strings.Split(l[1:], ",`")
		key := c[6]
		if c[9] == "REFUND" {
			key = c[15]
		}
		rows[key] = append(rows[key], c)
	}
	count := func(no string, want int) bool {
		if len(rows[no]) != want {
			t.Errorf("%s: %d rows, want %d", no, len(rows[no]), want)
		}
		return len(rows[no]) == want && want > 0
	}
	count("P20260310000001", 0)
	if count("P20260310000002", 1) && (rows["P20260310000002"][0][24] != "77.77" || rows["P20260310000002"][0][22] != "0.20000") {
		t.Errorf("amount: %v", rows["P20260310000002"])
	}
	if count("P20260310000003", 1) && (rows["P20260310000003"][0][7] == openID("ann") || len(rows["P20260310000003"][0][7]) != 28) {
		t.Errorf("payer: %v", rows["P20260310000003"])
	}
	if count("P20260310000004", 1) && rows["P20260310000004"][0][22] != "0.21000" {
		t.Errorf("fee: %v", rows["P20260310000004"])
	}
	count("P20260310000005", 0)
	count("P20260310000006", 2)
	if count("R20260310000001", 1) && (rows["R20260310000001"][0][19] != "FAIL" || rows["R20260310000001"][0][22] != "-0.11000") {
		t.Errorf("refund: %v", rows["R20260310000001"])
	}
	if count("P20260310000099", 1) {
		if c := rows["P20260310000099"][0]; c[24] != "42.42" || c[3] != "1999000002" || c[0] != "2026-03-10 12:00:00" || c[22] != "0.08000" {
			t.Errorf("extra: %v", c)
		}
	}
	// 8 rows: 100 × 5 + 77.77 + 42.42 … the totals are those of the rows shown.
	if got, want := b[len(b)-1], "`8,`620.19,`50.00,`0.00,`1.18000,`620.19,`50.00"; got != want {
		t.Errorf("summary %s, want %s", got, want)
	}
	s.sim.AdvanceTo(at(58, 0, 0))
	next := lines(s.bill("2026-03-11", "ALL", ""))
	if len(next) != 4 || !strings.Contains(next[1], "`P20260310000005,") || !strings.HasPrefix(next[1], "`2026-03-10 ") {
		t.Errorf("moved row:\n%s", strings.Join(next, "\n"))
	}
}

func TestBillHasNoQuoting(t *testing.T) {
	if got := plainText("a`b\r\nc"); got != "a'b  c" {
		t.Errorf("got %q", got)
	}
}
