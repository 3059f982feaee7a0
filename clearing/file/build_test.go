package file

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/internal/money"
)

// The summaries of the sample day come out byte for byte as UnionPay made them.
func TestBuildMakesTheSampleSummaries(t *testing.T) {
	files, err := Build(sampleDay(), sampleLedger())
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range files {
		names = append(names, f.Name)
	}
	want := "IND26031032ACOMA INO26031032ZSUM INO26031099ZPSUM IND26031032AERRA IND26031099ALFEE IND26031032POS INN26031088ZM_" + diner + " INN26031088ZM_" + grocery + " INN26031088ZM_" + chemist + " INN26031088ZME_" + grocery
	if strings.Join(names, " ") != want {
		t.Errorf("files %v", names)
	}
	for _, name := range []string{"INO26031032ZSUM", "INO26031099ZPSUM"} {
		sample, err := os.ReadFile("testdata/unionpay/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if got := find(t, files, name).Data; string(got) != string(sample) {
			t.Errorf("%s differs:\n%q\n%q", name, got, sample)
		}
	}
}

// The transaction files agree with the samples in every field but those in which
// our profile differs on purpose.
func TestBuildAgreesWithTheSampleRows(t *testing.T) {
	differs := map[string]bool{
		"pan":         true,                                                                          // the institution file shows the whole card number; ours only what the statement shows
		"recvInsCode": true, "issInsCode": true, "recvClrIns": true, "recvIns": true, "issIns": true, // UnionPay's side of the transaction
		"payMethod": true, "payType": true,
		"isUpCard": true, // no statement tells us
	}
	unused := func(r Record, key string) bool { // a fee of nothing: the samples carry a zero with a sign, ours is not used
		return key == "switchFee" && r.Get(key)[1:] == zeros[:11]
	}
	files, compared := build(t, sampleDay()), map[string]bool{}
	for _, f := range files {
		l := LayoutOf(f.Name)
		if l == ZSUM || l == ZPSUM || l == POS {
			continue // the summaries are compared whole, and nobody publishes batches
		}
		compared[l.Name] = true
		data, err := os.ReadFile("testdata/unionpay/" + f.Name)
		if err != nil {
			t.Fatal(err)
		}
		samples, _ := Read(f.Name, l, data)
		for _, have := range records(t, f) {
			i := slices.IndexFunc(samples, func(r Record) bool { return r.Get("traceNo") == have.Get("traceNo") })
			for j, field := range l.Fields {
				if !differs[field.Key] && have.values[j] != samples[i].values[j] && !unused(samples[i], field.Key) {
					t.Errorf("%s trace %s %s: %q, sample %q", f.Name, have.Get("traceNo"), field.Key, have.values[j], samples[i].values[j])
				}
			}
		}
	}
	if len(compared) != 5 {
		t.Errorf("compared %v", compared)
	}
}

func TestBuildIgnoresTheOrderOfRows(t *testing.T) {
	day := sampleDay()
	first := build(t, day)
	slices.Reverse(day.Rows)
	slices.Reverse(day.Merchants)
	for i, f := range build(t, day) {
		if f.SHA256 != first[i].SHA256 {
			t.Errorf("%s depends on the order of rows", f.Name)
		}
	}
}

func TestWalletRows(t *testing.T) {
	wechat := pay("wechat", diner, 1, at("2026-03-10 12:00:01"), 10000, 38)
	alipay := pay("alipay", diner, 2, at("2026-03-10 12:00:02"), 100, 0)
	alipay.Payer = ""
	back := refundOf(wechat, 3, at("2026-03-10 13:00:00"), 1, 0)
	day := Day{ClearingDate: march10, InstitutionCode: "99982900", Batch: 1, Rows: []Row{wechat, alipay, back}, Merchants: []Merchant{merchant(diner, "店", "5812", "1")}}
	files := build(t, day)
	type want map[string]string
	check := func(file string, i int, w want) {
		t.Helper()
		r := records(t, find(t, files, file))[i]
		for key, value := range w {
			if r.Get(key) != value {
				t.Errorf("%s row %d %s: %q, want %q", file, i+1, key, r.Get(key), value)
			}
		}
	}
	acoma, zm := ACOMAName(march10), ZMName(march10, diner)
	check(acoma, 0, want{"msgType": "0200", "procCode": "000000", "posCond": "00", "payMethod": "WX", "merFee": "D00000038", "feePayable": "000000000019", "feeReceivable": "000000000000",
		"switchFee": "000000000000", "pan": PayerToken(nil, "payer1"), "posEntry": "030", "currency": "156", "settleDate": "0310", "transTime": "0310120001", "origTraceNo": "000000", "cancelFlag": "A"})
	check(acoma, 1, want{"payMethod": "ALI", "merFee": "C00000000", "pan": ""})
	check(acoma, 2, want{"msgType": "0220", "procCode": "200000", "merFee": "C00000000", "origTraceNo": "000001", "origTransTime": "0310120001"})
	check(zm, 0, want{"queryId": "202603101200010000011", "merFee": "D000000000038", "settleAmt": "C000000009962", "netAmt": "C000000009962", "txnType": "01", "txnCode": "S22"})
	check(zm, 1, want{"queryId": "202603101200020000022", "merFee": "C000000000000", "settleAmt": "C000000000100"})
	check(zm, 2, want{"queryId": "202603101300000000031", "origQryId": "202603101200010000011", "origOrderId": wechat.OrderNo, "merFee": "C000000000000",
		"settleAmt": "D000000000001", "txnType": "04", "txnCode": "S30"})
}

// Worked examples of the two summaries: the formulas in banker's notation.
func TestSummaries(t *testing.T) {
	p := pay("wechat", diner, 1, at("2026-03-10 12:00:00"), 10000, 38)
	earlier := pay("wechat", diner, 900, at("2026-03-01 12:00:00"), 10000, 38)
	refund := refundOf(earlier, 2, at("2026-03-10 12:30:00"), 10000, 38)
	free := pay("alipay", diner, 3, at("2026-03-10 12:00:00"), 100, 0)
	for _, c := range []struct {
		name  string
		rows  []Row
		edit  func(m *Merchant)
		zsum  string // txnAmt fee settleAmt; "" no row
		zpsum string // count settleTotal released suspended replenished credited; "" no row
	}{
		{"a purchase", []Row{p}, nil, "C000000010000 D000000000038 C000000009962", "00000001 C000000009962 C000000000000 C000000000000 C000000000000 C000000009962"},
		{"no fee", []Row{free}, nil, "C000000000100 C000000000000 C000000000100", "00000001 C000000000100 C000000000000 C000000000000 C000000000000 C000000000100"},
		{"refund-only, suspended", []Row{refund}, func(m *Merchant) { m.Suspended = -9962 },
			"D000000010000 C000000000038 D000000009962", "00000001 D000000009962 C000000000000 D000000009962 C000000000000 C000000000000"},
		{"taken back", []Row{p}, func(m *Merchant) { m.Replenished = -62 },
			"C000000010000 D000000000038 C000000009962", "00000001 C000000009962 C000000000000 C000000000000 D000000000062 C000000009900"},
		{"taken back whole", []Row{p}, func(m *Merchant) { m.Replenished = -9962 },
			"C000000010000 D000000000038 C000000009962", "00000001 C000000009962 C000000000000 C000000000000 D000000009962 C000000000000"},
		{"held back", []Row{p}, func(m *Merchant) { m.Suspended = 9962 },
			"C000000010000 D000000000038 C000000009962", "00000001 C000000009962 C000000000000 C000000009962 C000000000000 C000000000000"},
		{"released, nothing traded", nil, func(m *Merchant) { m.Released = 9962 },
			"", "00000000 C000000000000 C000000009962 C000000000000 C000000000000 C000000009962"},
		{"adjustments and two-line fee", []Row{p}, func(m *Merchant) { m.OtherAmt, m.TwoLineFee = -1394, 38 },
			"C000000010000 D000000000038 C000000009962", "00000001 C000000008568 C000000000000 C000000000000 C000000000000 C000000008606"},
		{"settled by the wallet", []Row{p}, func(m *Merchant) { m.DirectlySettled, m.AccountNo, m.CNAPS = true, "", "" },
			"C000000010000 D000000000038 C000000009962", ""},
		{"nothing at all", nil, nil, "", ""},
	} {
		m := merchant(diner, "示例餐厅一店", "5812", "999900000000000001")
		if c.edit != nil {
			c.edit(&m)
		}
		day := Day{ClearingDate: march10, InstitutionCode: "99982900", Batch: 1, Rows: c.rows, Merchants: []Merchant{m}}
		files, err := Build(day, ledgerOf(day))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got := columns(records(t, find(t, files, ZSUMName(march10))), "txnAmt", "fee", "settleAmt"); got != c.zsum {
			t.Errorf("%s: ZSUM %s, want %s", c.name, got, c.zsum)
		}
		if got := columns(records(t, find(t, files, ZPSUMName(march10))), "normalCount", "settleTotal", "released", "suspended", "replenished", "creditedAmt"); got != c.zpsum {
			t.Errorf("%s: ZPSUM %s, want %s", c.name, got, c.zpsum)
		}
	}
}

func columns(rows []Record, keys ...string) string {
	var out []string
	for _, r := range rows {
		for _, k := range keys {
			out = append(out, r.Get(k))
		}
	}
	return strings.Join(out, " ")
}

func TestControlFigures(t *testing.T) {
	files := build(t, sampleDay())
	for name, want := range map[string]string{
		ACOMAName(march10):       "lines=6 debit_count=4 debit_fen=139100 credit_count=2 credit_fen=2700",
		ZSUMName(march10):        "lines=3 debit_count=0 debit_fen=0 credit_count=3 credit_fen=135883",
		ZPSUMName(march10):       "lines=3 debit_count=0 debit_fen=0 credit_count=3 credit_fen=134389",
		POSName(march10):         "lines=3 debit_count=3 debit_fen=138400 credit_count=1 credit_fen=2000",
		ALFEEName(march10):       "lines=4 debit_count=3 debit_fen=45 credit_count=1 credit_fen=1",
		AERRAName(march10):       "lines=1 debit_count=0 debit_fen=0 credit_count=1 credit_fen=1500",
		ZMName(march10, grocery): "lines=2 debit_count=1 debit_fen=128800 credit_count=1 credit_fen=2000",
	} {
		var got []string
		f := find(t, files, name)
		for _, p := range f.control("")[2:7] {
			got = append(got, p.key+"="+p.value)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v, want %s", name, got, want)
		}
	}
	f := find(t, files, ACOMAName(march10))
	want := "file=IND26031032ACOMA\nbytes=5718\nlines=6\ndebit_count=4\ndebit_fen=139100\ncredit_count=2\ncredit_fen=2700\nsha256=" + f.SHA256 + "\nreplaces=\n"
	if string(f.ControlText("")) != want {
		t.Errorf("control file:\n%s", f.ControlText(""))
	}
}

func TestBuildRefuses(t *testing.T) {
	purchase := func(d *Day) *Row {
		return &d.Rows[slices.IndexFunc(d.Rows, func(r Row) bool { return r.OrderNo == "P20260310000008" })]
	}
	refund := func(d *Day) *Row {
		return &d.Rows[slices.IndexFunc(d.Rows, func(r Row) bool { return r.Kind == Refund })]
	}
	for _, c := range []struct {
		name string
		edit func(d *Day)
		kind fault.Kind
		want string
	}{
		{"institution", func(d *Day) { d.InstitutionCode = "9998290" }, fault.Invalid, `institution_code "9998290"`},
		{"batch", func(d *Day) { d.Batch = 100 }, fault.Invalid, `batch "100"`},
		{"date", func(d *Day) { d.ClearingDate = 20260230 }, fault.Invalid, `clearing_date`},
		{"unknown merchant", func(d *Day) { d.Merchants = d.Merchants[1:] }, fault.Invalid, "not among the day's merchants"},
		{"merchant twice", func(d *Day) { d.Merchants = append(d.Merchants, d.Merchants[0]) }, fault.Invalid, "stands twice"},
		{"merchant name", func(d *Day) { d.Merchants[0].Name = "店🍜" }, fault.Invalid, "U+1F35C"},
		{"no name", func(d *Day) { d.Merchants[0].Name = "" }, fault.Invalid, "merchant_name"},
		{"mcc", func(d *Day) { d.Merchants[0].MCC = "58" }, fault.Invalid, `mcc "58"`},
		{"cnaps", func(d *Day) { d.Merchants[0].CNAPS = "" }, fault.Invalid, "cnaps"},
		{"area", func(d *Day) { d.Merchants[0].AreaCode = "31" }, fault.Invalid, "area_code"},
		{"account", func(d *Day) { d.Merchants[0].AccountNo = "" }, fault.Invalid, "account_no"},
		{"holder", func(d *Day) { d.Merchants[0].AccountName = "" }, fault.Invalid, "account_name"},
		{"err count", func(d *Day) { d.Merchants[0].ErrCount = -1 }, fault.Invalid, "err_count"},
		{"direct with carry", func(d *Day) { d.Merchants[0].DirectlySettled, d.Merchants[0].OtherAmt = true, 1 }, fault.Invalid, "directly_settled"},
		{"channel", func(d *Day) { purchase(d).Channel = "cash" }, fault.Invalid, `channel "cash"`},
		{"kind", func(d *Day) { purchase(d).Kind = "gift" }, fault.Invalid, `kind "gift"`},
		{"terminal", func(d *Day) { purchase(d).TerminalNo = "1" }, fault.Invalid, `terminal_no "1"`},
		{"trace", func(d *Day) { purchase(d).Trace = 0 }, fault.Invalid, `trace "0"`},
		{"rrn", func(d *Day) { purchase(d).RRN = "12" }, fault.Invalid, `rrn "12"`},
		{"order", func(d *Day) { purchase(d).OrderNo = "A-1" }, fault.Invalid, `order_no "A-1"`},
		{"amount", func(d *Day) { purchase(d).Amount = 0 }, fault.Invalid, `amount "0"`},
		{"amount too large", func(d *Day) { purchase(d).Amount = 1e12 }, fault.Invalid, `amount "1000000000000"`},
		{"fee", func(d *Day) { purchase(d).MerFee = -1 }, fault.Invalid, `mer_fee "-1"`},
		{"fee too large", func(d *Day) { purchase(d).MerFee = 1e8 }, fault.Invalid, `merFee "D100000000"`},
		{"time", func(d *Day) { purchase(d).Time = at("2025-03-10 00:00:00") }, fault.Invalid, `time "2025-03-10 00:00:00"`},
		{"payer", func(d *Day) { purchase(d).Channel, purchase(d).Payer = "wechat", "oUpF8uMuAJO_M2pxb1Q" }, fault.Invalid, `payer "(not shown)"`},
		{"long account", func(d *Day) { purchase(d).Payer = "62162610000000000180" }, fault.Invalid, "pan"},
		{"card type", func(d *Day) { purchase(d).CardType = "9" }, fault.Invalid, "card_type"},
		{"query id", func(d *Day) { purchase(d).QueryID = "1" }, fault.Invalid, "query_id"},
		{"wallet's query id", func(d *Day) { purchase(d).Channel, purchase(d).Payer = "alipay", "" }, fault.Invalid, "want 202603101015301001082"},
		{"purchase with origin", func(d *Day) { purchase(d).OrigTrace = 5 }, fault.Invalid, "a purchase has no original"},
		{"refund's trace", func(d *Day) { refund(d).OrigTrace = 0 }, fault.Invalid, "orig_trace"},
		{"refund's time", func(d *Day) { refund(d).OrigTime = time.Time{} }, fault.Invalid, "orig_time"},
		{"refund's order", func(d *Day) { refund(d).OrigOrderNo = "" }, fault.Invalid, "orig_order_no"},
		{"refund's query id", func(d *Day) { refund(d).OrigQueryID = "" }, fault.Invalid, "orig_query_id"},
		{"trace twice", func(d *Day) { purchase(d).Trace = 100099 }, fault.Corrupt, "traceNo 100099: the trace number of this merchant and terminal stands in line 1 already"},
		{"rrn twice", func(d *Day) { purchase(d).RRN = "030923100099" }, fault.Corrupt, "rrn 030923100099"},
		{"order twice", func(d *Day) { purchase(d).OrderNo = "P20260309000099" }, fault.Corrupt, "orderNo P20260309000099"},
		{"negative payout", func(d *Day) { d.Merchants[0].OtherAmt = -9565 }, fault.Corrupt, "suspended -1 keeps its sign"},
		{"refund above purchase", func(d *Day) {
			refund(d).OrigOrderNo = "P20260310000012"
			refund(d).Amount = 128801
			d.Merchants[1].OtherAmt = 5000
		}, fault.Corrupt, "are given back of 128800"},
	} {
		day := sampleDay()
		c.edit(&day)
		files, err := Build(day, ledgerOf(day))
		if !fault.Is(err, c.kind) || !strings.Contains(err.Error(), c.want) || files != nil {
			t.Errorf("%s: %v, want %s with %s", c.name, err, c.kind, c.want)
		}
	}
}

func TestBuildRefusesAnotherLedger(t *testing.T) {
	for _, c := range []struct {
		merchant string
		totals   Totals
		want     Unbalanced
	}{
		{diner, Totals{Gross: 9601, Fee: 36}, Unbalanced{diner, "gross", 9600, 9601}},
		{grocery, Totals{Gross: 128800, Refund: 1999, Fee: 481}, Unbalanced{grocery, "refund", 2000, 1999}},
		{grocery, Totals{Gross: 128800, Refund: 2000, Fee: 482}, Unbalanced{grocery, "fee", 481, 482}},
		{"999290058120009", Totals{Gross: 1}, Unbalanced{"999290058120009", "gross", 0, 1}},
	} {
		ledger := sampleLedger()
		ledger[c.merchant] = c.totals
		_, err := Build(sampleDay(), ledger)
		var u *Unbalanced
		if !errors.As(err, &u) || *u != c.want || !fault.Is(err, fault.Corrupt) || !strings.Contains(err.Error(), "total") {
			t.Errorf("%v, want %v", err, c.want)
		}
	}
}

// A file of 1 January holds transactions of 31 December.
func TestNewYear(t *testing.T) {
	newYear := bizdate.New(2026, 1, 1)
	row := pay("wechat", diner, 7, at("2025-12-31 23:30:00"), 100, 1)
	day := Day{ClearingDate: newYear, InstitutionCode: "99982900", Batch: 1, Rows: []Row{row}, Merchants: []Merchant{merchant(diner, "店", "5812", "1")}}
	zm := records(t, find(t, build(t, day), "INN26010188ZM_"+diner))
	if got := zm[0].Get("txnTime") + " " + zm[0].Get("queryId"); got != "1231233000 202512312330000000071" {
		t.Errorf("row %s", got)
	}
}

func TestPayerToken(t *testing.T) {
	a, b := PayerToken(nil, "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"), PayerToken(nil, "2088102122524333")
	if a == b || !isPayerToken(a) || !isPayerToken(b) || PayerToken(nil, "") != "" || strings.Contains(a, "oUpF8") {
		t.Errorf("tokens %s %s", a, b)
	}
	if a != PayerToken(nil, "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o") || a == PayerToken([]byte("k"), "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o") {
		t.Error("a token depends on key and id alone")
	}
}

func TestWalletQueryID(t *testing.T) {
	if got, err := WalletQueryID("alipay", at("2026-03-10 01:02:03"), 42); err != nil || got != "202603100102030000422" {
		t.Errorf("%s %v", got, err)
	}
	for _, c := range []struct {
		channel string
		trace   int
	}{{"unionpay", 1}, {"", 1}, {"wechat", 0}, {"wechat", 1000000}} {
		if _, err := WalletQueryID(c.channel, at("2026-03-10 01:02:03"), c.trace); !fault.Is(err, fault.Invalid) {
			t.Errorf("%v: %v", c, err)
		}
	}
}

func TestCreditedIsWhatTheFileSays(t *testing.T) {
	m := Merchant{ErrAmt: -5, ErrFeeBack: 1, OtherAmt: 2, TwoLineFee: 3, Released: 4, Suspended: -6, Replenished: -7}
	if got := m.Credited(Totals{Gross: 100, Refund: 10, Fee: 8}); got != money.Fen(100-10-8-5+1+2+3+4+6-7) {
		t.Errorf("credited %d", got)
	}
}
