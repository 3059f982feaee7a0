package alipay_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"

	"juma/acquiring/sandbox"
	"juma/internal/bizdate"
)

func (s *shop) fault(f sandbox.Fault) {
	s.t.Helper()
	f.Wallet = sandbox.Alipay
	if err := s.core.Faults.Add(f); err != nil {
		s.t.Fatal(err)
	}
}

func TestAnswerFaults(t *testing.T) {
	s := newShop(t)
	s.create("P0", nil)
	s.pay("P0")
	biz := m{"out_trade_no": "P1", "total_amount": "1.00", "subject": "x", "buyer_id": "2088999000000101"}
	for _, c := range []struct {
		call, method string
		fault        sandbox.Fault
		biz          m
	}{
		{"prepay", "alipay.trade.create", sandbox.Fault{OutTradeNo: "P1"}, biz},
		{"prepay", "alipay.trade.create", sandbox.Fault{Payer: "2088999000000101"}, biz},
		{"query", "alipay.trade.query", sandbox.Fault{OutTradeNo: "P0"}, m{"out_trade_no": "P0"}},
		{"refund", "alipay.trade.refund", sandbox.Fault{OutTradeNo: "R1"}, m{"out_trade_no": "P0", "out_request_no": "R1", "refund_amount": "1.00"}},
		{"refund_query", "alipay.trade.fastpay.refund.query", sandbox.Fault{OutTradeNo: "P0"}, m{"out_trade_no": "P0", "out_request_no": "R1"}},
		{"close", "alipay.trade.close", sandbox.Fault{}, m{"out_trade_no": "P1"}},
		{"statement", "alipay.data.dataservice.bill.downloadurl.query", sandbox.Fault{}, m{"bill_type": "trade", "bill_date": "2026-03-09"}},
	} {
		c.fault.Call, c.fault.Kind = c.call, sandbox.AnswerLost
		s.fault(c.fault)
		if got, err := s.post(s.form(c.method, nil, c.biz)); err == nil {
			t.Errorf("%s: answered %v, want a cut", c.call, got)
		}
		c.fault.Kind = sandbox.AnswerError
		s.fault(c.fault)
		got, err := s.post(s.form(c.method, nil, c.biz))
		if err != nil {
			t.Fatal(c.call, err)
		}
		want(t, c.call, got, m{"root": strings.ReplaceAll(c.method, ".", "_") + "_response", "code": "20000", "sub_code": "ACQ.SYSTEM_ERROR"})
	}
	// What was asked was done all the same.
	if o, _ := s.wallet.Find("P0"); len(o.Refunds) != 1 || o.Refunds[0].AmountFen != 100 {
		t.Error(o)
	}
	if o, _ := s.wallet.Find("P1"); o.State != "TRADE_CLOSED" {
		t.Error(o)
	}
	s.fault(sandbox.Fault{Kind: sandbox.AnswerLost, Call: "prepay", OutTradeNo: "another"})
	want(t, "a fault for another order", s.create("P2", nil), ok)
}

func TestNoticeFaults(t *testing.T) {
	s := newShop(t)
	for _, no := range []string{"P1", "P2", "P3"} {
		s.create(no, nil)
	}
	s.fault(sandbox.Fault{Kind: sandbox.NoticeForged, OutTradeNo: "P1"})
	s.fault(sandbox.Fault{Kind: sandbox.NoticeDuplicate, OutTradeNo: "P2", Times: 2})
	s.fault(sandbox.Fault{Kind: sandbox.NoticeLost, OutTradeNo: "P3"})
	for _, no := range []string{"P1", "P2", "P3"} {
		s.pay(no)
	}
	s.clk.AdvanceTo(start.Add(time.Minute))
	count := map[string]int{}
	for _, n := range s.received() {
		count[n.Get("out_trade_no")]++
	}
	if count["P1"] != 1 || count["P2"] != 3 || count["P3"] != 0 || s.forged != 1 {
		t.Error(count, s.forged)
	}
	if st := s.core.Notices.Stats(); st.Fooled != 0 || st.Forged != 1 {
		t.Errorf("%+v", st)
	}
}

// bill fetches a day's bill; "" when there is none. It proves the totals lines.
func (s *shop) bill(date string) (detail, summary string, raw []byte) {
	s.t.Helper()
	got := s.call("alipay.data.dataservice.bill.downloadurl.query", nil, m{"bill_type": "trade", "bill_date": date})
	address, _ := got["bill_download_url"].(string)
	if address == "" {
		want(s.t, "bill of "+date, got, refused("isp.bill_not_exist"))
		return "", "", nil
	}
	resp, err := s.http.Get(address)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err = io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != 200 {
		s.t.Fatal(resp.Status, err)
	}
	z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		s.t.Fatal(err)
	}
	var texts []string
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			s.t.Fatal(err)
		}
		b, err := io.ReadAll(simplifiedchinese.GB18030.NewDecoder().Reader(r))
		if err != nil {
			s.t.Fatal(err)
		}
		texts = append(texts, string(b))
	}
	s.proveTotals(texts[0])
	return texts[0], texts[1], raw
}

func table(detail string) (rows [][]string) {
	for _, l := range strings.Split(detail, "\r\n") {
		if l != "" && l[0] != '#' && !strings.HasPrefix(l, "支付宝交易号") {
			cells := strings.Split(l, ",")
			for i := range cells {
				cells[i] = strings.TrimSpace(cells[i])
			}
			rows = append(rows, cells)
		}
	}
	return rows
}

func fen(s string) (n int) {
	fmt.Sscanf(strings.Replace(s, ".", "", 1), "%d", &n)
	return n
}

func (s *shop) proveTotals(detail string) {
	s.t.Helper()
	var n, sum [2]int
	for _, r := range table(detail) {
		k := 0
		if r[2] == "退款" {
			k = 1
		}
		n[k]++
		sum[k] += fen(r[12])
	}
	var gn, gs [2]string
	for _, l := range strings.Split(detail, "\r\n") {
		for k, p := range []string{"#交易合计：", "#退款合计："} {
			if strings.HasPrefix(l, p) {
				gn[k], gs[k], _ = strings.Cut(strings.TrimPrefix(l, p), "笔，")
				_, gs[k], _ = strings.Cut(gs[k], "共")
				gs[k], _, _ = strings.Cut(gs[k], "元")
			}
		}
	}
	for k := range n {
		if gn[k] != fmt.Sprint(n[k]) || fen(gs[k]) != sum[k] {
			s.t.Errorf("totals %s笔 %s元, rows %d %d fen\n%s", gn[k], gs[k], n[k], sum[k], detail)
		}
	}
}

func TestBill(t *testing.T) {
	s := newShop(t)
	s.create("P1", nil)
	s.create("P2", m{"total_amount": "10.00", "store_id": "S002"})
	s.create("P9", nil) // never paid
	s.clk.AdvanceTo(start.Add(8 * time.Second))
	s.pay("P1")
	s.pay("P2")
	s.call("alipay.trade.refund", nil, m{"out_trade_no": "P1", "out_request_no": "R1", "refund_amount": "18.00"})
	if d, _, _ := s.bill("2026-03-10"); d != "" {
		t.Error("a bill of today")
	}
	s.clk.AdvanceTo(bizdate.New(2026, 3, 11).Start().Add(9*time.Hour - time.Second))
	if d, _, _ := s.bill("2026-03-10"); d != "" {
		t.Error("a bill before nine")
	}
	s.clk.AdvanceTo(bizdate.New(2026, 3, 11).Start().Add(9 * time.Hour))
	detail, summary, raw := s.bill("2026-03-10")
	rows := table(detail)
	if len(rows) != 3 {
		t.Fatal(detail)
	}
	for i, w := range []map[int]string{
		{1: "P1", 2: "交易", 4: "2026年03月10日 11:02:11", 5: "2026年03月10日 11:02:19", 6: "2088999000000777", 7: "S001", 9: "00000001", 11: "68.00", 12: "68.00", 21: "", 22: "-0.14"},
		{1: "P1", 2: "退款", 5: "2026年03月10日 11:02:19", 6: "2088999000000777", 11: "-18.00", 12: "-18.00", 21: "R1", 22: "0.04"},
		{1: "P2", 2: "交易", 11: "10.00", 22: "-0.02"},
	} {
		if len(rows[i]) != 25 {
			t.Errorf("row %d has %d columns", i, len(rows[i]))
		}
		for c, v := range w {
			if rows[i][c] != v {
				t.Errorf("row %d column %d is %q, want %q", i, c+1, rows[i][c], v)
			}
		}
	}
	logon := s.call("alipay.trade.query", nil, m{"out_trade_no": "P1"})["buyer_logon_id"]
	if rows[0][10] != logon || s.received()[0].Get("buyer_logon_id") != logon {
		t.Error("the payer looks different in bill, query and notice", rows[0][10], logon)
	}
	if !strings.Contains(summary, "2088999000000777\t,,2,1,60.00,60.00,0.00,0.00,0.00,-0.12,0.00,59.88\r\n合计,,2,1,60.00,") {
		t.Error(summary)
	}
	if _, _, again := s.bill("2026-03-10"); !bytes.Equal(raw, again) {
		t.Error("the same day gives other bytes")
	}
	if d, _, _ := s.bill("2026-03-09"); d != "" {
		t.Error("a bill of a day without trade")
	}
	for _, bad := range []m{{"bill_type": "signcustomer", "bill_date": "2026-03-10"}, {"bill_type": "trade", "bill_date": "20260310"}} {
		want(t, "bad request", s.call("alipay.data.dataservice.bill.downloadurl.query", nil, bad), refused("ACQ.INVALID_PARAMETER"))
	}
}

func TestDownloadExpires(t *testing.T) {
	s := newShop(t)
	s.create("P1", nil)
	s.pay("P1")
	nine := bizdate.New(2026, 3, 11).Start().Add(9 * time.Hour)
	s.clk.AdvanceTo(nine)
	address := s.call("alipay.data.dataservice.bill.downloadurl.query", nil, m{"bill_type": "trade", "bill_date": "2026-03-10"})["bill_download_url"].(string)
	for _, c := range []struct {
		after  time.Duration
		status int
	}{{0, 200}, {29 * time.Second, 200}, {30 * time.Second, 403}} {
		s.clk.AdvanceTo(nine.Add(c.after))
		resp, err := s.http.Get(address)
		if err != nil || resp.StatusCode != c.status {
			t.Errorf("after %s: %v %v, want %d", c.after, resp.Status, err, c.status)
		}
		resp.Body.Close()
	}
}

func TestRowFaults(t *testing.T) {
	s := newShop(t)
	nos := []string{"P1", "P2", "P3", "P4", "P5", "P6", "P7"}
	for _, no := range nos {
		s.create(no, nil)
		s.pay(no)
	}
	s.call("alipay.trade.refund", nil, m{"out_trade_no": "P7", "out_request_no": "R7", "refund_amount": "18.00"})
	for _, f := range []sandbox.Fault{
		{Kind: sandbox.RowMissing, OutTradeNo: "P1"},
		{Kind: sandbox.RowAmount, OutTradeNo: "P2", AmountFen: 6801},
		{Kind: sandbox.RowPayer, OutTradeNo: "P3"},
		{Kind: sandbox.RowFee, OutTradeNo: "P4"},
		{Kind: sandbox.RowDay, OutTradeNo: "P5", Date: "2026-03-11"},
		{Kind: sandbox.RowDuplicate, OutTradeNo: "P6"},
		{Kind: sandbox.RowAmount, OutTradeNo: "R7"},
		{Kind: sandbox.RowExtra, OutTradeNo: "PX", Date: "2026-03-10", Time: "2026-03-10T23:00:00+08:00", AmountFen: 500, MerchantID: "2088999000000778"},
	} {
		s.fault(f)
	}
	s.clk.AdvanceTo(bizdate.New(2026, 3, 12).Start().Add(9 * time.Hour))
	detail, _, _ := s.bill("2026-03-10")
	rows := map[string][][]string{}
	for _, r := range table(detail) {
		rows[r[1]+r[21]] = append(rows[r[1]+r[21]], r)
	}
	logon := s.call("alipay.trade.query", nil, m{"out_trade_no": "P3"})["buyer_logon_id"]
	for _, c := range []struct {
		name string
		ok   bool
	}{
		{"missing", len(rows["P1"]) == 0},
		{"amount", len(rows["P2"]) == 1 && rows["P2"][0][11] == "68.01" && rows["P2"][0][22] == "-0.14"},
		{"payer", len(rows["P3"]) == 1 && rows["P3"][0][10] != logon},
		{"fee", len(rows["P4"]) == 1 && rows["P4"][0][22] == "-0.15"},
		{"day", len(rows["P5"]) == 0},
		{"duplicate", len(rows["P6"]) == 2},
		{"untouched", len(rows["P7"]) == 1 && rows["P7"][0][11] == "68.00"},
		{"refund amount", len(rows["P7R7"]) == 1 && rows["P7R7"][0][11] == "-18.01"},
		{"extra", len(rows["PX"]) == 1 && rows["PX"][0][11] == "5.00" && rows["PX"][0][22] == "-0.01" && rows["PX"][0][6] == "2088999000000778" && rows["PX"][0][5] == "2026年03月10日 23:00:00"},
	} {
		if !c.ok {
			t.Errorf("%s:\n%s", c.name, detail)
		}
	}
	next, _, _ := s.bill("2026-03-11")
	if r := table(next); len(r) != 1 || r[0][1] != "P5" || r[0][5] != "2026年03月10日 11:02:11" {
		t.Error(next)
	}
}

// TestParallel pays many orders side by side (with the race detector on).
func TestParallel(t *testing.T) {
	s := newShop(t)
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 5 {
				no := fmt.Sprintf("P%d_%d", g, i)
				if got, err := s.post(s.form("alipay.trade.create", url.Values{"notify_url": {s.page.URL}}, m{"out_trade_no": no, "total_amount": "1.00", "subject": "x", "buyer_id": "2088999000000101"})); err != nil || got["code"] != "10000" {
					t.Errorf("%v %v", got, err)
				}
				if err := s.wallet.Confirm(no, ""); err != nil {
					t.Error(err)
				}
				if got, err := s.post(s.form("alipay.trade.refund", nil, m{"out_trade_no": no, "out_request_no": "R", "refund_amount": "0.50"})); err != nil || got["fund_change"] != "Y" {
					t.Errorf("%v %v", got, err)
				}
			}
		})
	}
	wg.Wait()
	s.clk.AdvanceTo(start.Add(time.Minute))
	if n := len(s.received()); n != 80 {
		t.Errorf("%d notices, want 80", n)
	}
	// Sixty-four parts of one order: never more than was paid.
	s.create("PZ", nil)
	s.pay("PZ")
	for i := range 64 {
		wg.Go(func() {
			s.post(s.form("alipay.trade.refund", nil, m{"out_trade_no": "PZ", "out_request_no": fmt.Sprint("R", i), "refund_amount": "5.00"}))
		})
	}
	wg.Wait()
	if o, _ := s.wallet.Find("PZ"); len(o.Refunds) != 13 {
		t.Errorf("%d refunds of 5.00 from 68.00", len(o.Refunds))
	}
}
