package file

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"juma/internal/bizdate"
	"juma/internal/money"
)

// verifyInMemory proves one folder that lies in memory.
func verifyInMemory(base string, files map[string][]byte) []Problem {
	var found findings
	src := source{names: slices.Sorted(maps.Keys(files)), read: func(name string) ([]byte, error) { return files[name], nil }}
	f := openFolder(base, base, src, &found)
	if f == nil {
		return found.list
	}
	f.read()
	f.balance()
	checkReplaced(f, nil)
	newSpan(&found).add(f)
	return found.list
}

func inMemory(t testing.TB, d Day) map[string][]byte {
	files := map[string][]byte{}
	for _, f := range build(t, d) {
		files[f.Name], files[ControlName(f.Name)] = f.Data, f.ControlText("")
	}
	return files
}

// smallDay has one merchant with a purchase and its refund.
func smallDay() Day {
	p := pay("wechat", diner, 1, at("2026-03-10 12:00:01"), 10000, 38)
	return Day{ClearingDate: march10, InstitutionCode: "99982900", Batch: 1, Rows: []Row{p, refundOf(p, 2, at("2026-03-10 13:00:00"), 2500, 10)},
		Merchants: []Merchant{merchant(diner, "示例餐厅一店", "5812", "999900000000000001")}}
}

// fullDay is smallDay with a row in every file: brand service fees, a purchase that
// was cancelled, and a dispute.
func fullDay() Day {
	d := smallDay()
	undone := pay("wechat", diner, 3, at("2026-03-10 14:00:00"), 700, 3)
	back := refundOf(undone, 4, at("2026-03-10 14:05:00"), 700, 3)
	back.Kind = Cancellation
	d.Rows = append(d.Rows, undone, back)
	d.Rows[0].NetworkFee, d.Rows[1].NetworkFee = 3, 1
	d.Disputes = []Dispute{{Code: Chargeback, ReasonCode: "4515", MerchantNo: diner, TerminalNo: "00000001", Trace: 5, Time: at("2026-03-10 15:00:00"), CardType: "01",
		Amount: 1500, MerFee: 6, ChannelCost: 5, OrderNo: "P1", PrevTrace: 77, PrevRRN: "030809090055", PrevTime: at("2026-03-08 17:00:00"), PrevDate: bizdate.New(2026, 3, 8), PrevAmount: 1600}}
	d.Merchants[0].ErrCount, d.Merchants[0].ErrAmt, d.Merchants[0].ErrFeeBack = 1, -1500, 6
	return d
}

// unprovable are the fields that stand in one file only and follow from nothing
// else: the digest alone finds a change there.
var unprovable = []string{"rrn", "feePayable", "feeReceivable", "bankName", "clearingNo", "acctNo", "acctName", "areaCode", "errCount", "payCardType", "settleBatch",
	"dcFlag", "reasonCode", "prevRrn", "orderNo", "AERRA.termId"}

// Every single altered byte is found; and wherever the row contradicts its type or
// another file, the row is named, too.
func TestOneAlteredByteIsFound(t *testing.T) {
	late := []*Layout{AERRA, ALFEE, POS, ZME} // they say something on the fuller day only
	isLate := func(name string) bool {
		return slices.Contains(late, LayoutOf(strings.TrimSuffix(name, controlSuffix)))
	}
	alterEachByte(t, inMemory(t, smallDay()), func(name string) bool { return !isLate(name) })
	alterEachByte(t, inMemory(t, fullDay()), isLate)
}

func alterEachByte(t *testing.T, files map[string][]byte, which func(name string) bool) {
	t.Helper()
	if p := verifyInMemory("2026-03-10", files); len(p) > 0 {
		t.Fatal(p)
	}
	step := 1
	if raceEnabled {
		step = 7
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if !which(name) {
			continue
		}
		good := files[name]
		for at := 0; at < len(good); at += step {
			for _, to := range []byte{good[at] ^ 1, 'Z'} {
				if to == good[at] {
					continue
				}
				bad := bytes.Clone(good)
				bad[at] = to
				files[name] = bad
				if !isFound(t, name, at, verifyInMemory("2026-03-10", files)) {
					t.Fatalf("%s: byte %d changed from %q to %q", name, at, good[at], to)
				}
			}
		}
		files[name] = good
	}
}

// isFound tells whether the problems name the damaged file and, unless the field is
// unprovable, the row.
func isFound(t *testing.T, name string, at int, problems []Problem) bool {
	t.Helper()
	line, key, layout := 1, "", ""
	if l := LayoutOf(name); l != nil {
		layout = l.Name
		line = at/(l.Width+2) + 1
		in := at % (l.Width + 2)
		for _, f := range l.Fields {
			if in >= f.Offset && in < f.Offset+f.Len {
				key = f.Key
			}
		}
	}
	whole, row := false, false
	for _, p := range problems {
		mine := strings.HasSuffix(p.File, "/"+name)
		whole = whole || (mine && (p.Field == "sha256" || LayoutOf(name) == nil)) || (LayoutOf(name) == nil && strings.HasSuffix(p.File+controlSuffix, "/"+name))
		row = row || (mine && p.Line == line)
	}
	if !whole || (LayoutOf(name) != nil && !row && !slices.Contains(unprovable, key) && !slices.Contains(unprovable, layout+"."+key)) {
		t.Logf("line %d, field %q: %v", line, key, problems)
		return false
	}
	return true
}

// A file cut off anywhere is refused by its control file, and where it is cut inside
// a row by its form, too.
func TestTruncationIsFound(t *testing.T) {
	files := inMemory(t, fullDay())
	for _, name := range []string{AERRAName(march10), ALFEEName(march10), POSName(march10), ZMEName(march10, diner)} {
		good := files[name]
		for n := range len(good) {
			files[name] = good[:n]
			problems := verifyInMemory("2026-03-10", files)
			digest := slices.ContainsFunc(problems, func(p Problem) bool { return p.Field == "sha256" && strings.HasSuffix(p.File, name) })
			form := slices.ContainsFunc(problems, func(p Problem) bool { return p.Line > 0 && strings.HasSuffix(p.File, name) })
			if l := LayoutOf(name); !digest || (!form && n%(l.Width+2) != 0) {
				t.Fatalf("%s cut after %d of %d bytes: %v", name, n, len(good), problems)
			}
		}
		files[name] = good
	}
}

func TestVerifyFindsFilesOutOfPlace(t *testing.T) {
	acoma := ACOMAName(march10)
	for _, c := range []struct {
		name string
		edit func(files map[string][]byte)
		want string
	}{
		{"no control file", func(f map[string][]byte) { delete(f, acoma+".chk") }, "2026-03-10/IND26031032ACOMA:0 file IND26031032ACOMA.chk: the control file is missing"},
		{"no data file", func(f map[string][]byte) { delete(f, ZMName(march10, diner)) }, "ZM_999290058120001.chk:0 file INN26031088ZM_999290058120001: the file that"},
		{"statement gone", func(f map[string][]byte) { delete(f, ZMName(march10, diner)); delete(f, ZMName(march10, diner)+".chk") }, "ZM_999290058120001:0 file INN26031088ZM_999290058120001: is missing; the merchant has 2 rows"},
		{"no summary", func(f map[string][]byte) { delete(f, ZSUMName(march10)); delete(f, ZSUMName(march10)+".chk") }, "INO26031032ZSUM:0 file INO26031032ZSUM: is missing"},
		{"temporary", func(f map[string][]byte) { f[tempName(acoma)] = nil }, ".IND26031032ACOMA.tmp:0 file .IND26031032ACOMA.tmp: is left over"},
		{"stranger", func(f map[string][]byte) { f["readme"] = nil }, "readme:0 file readme: does not belong"},
		{"other date", func(f map[string][]byte) { f["IND26031132ACOMA"] = nil }, "IND26031132ACOMA:0 file IND26031132ACOMA: carries the date 260311"},
		{"truncated", func(f map[string][]byte) { f[acoma] = f[acoma][:1000] }, "IND26031032ACOMA:2 length 47: a row of ACOMA has 951 bytes"},
		{"empty", func(f map[string][]byte) { f[acoma] = nil }, "INN26031088ZM_999290058120001:0 merId 999290058120001: has a statement but no row"},
		{"control key twice", func(f map[string][]byte) { f[acoma+".chk"] = append(f[acoma+".chk"], "lines=2\n"...) }, "IND26031032ACOMA.chk:10 lines 2: stands twice"},
		{"unknown control key", func(f map[string][]byte) { f[acoma+".chk"] = append(f[acoma+".chk"], "sm3=1\n"...) }, "IND26031032ACOMA.chk:10 sm3 1: no such key"},
		{"control line missing", func(f map[string][]byte) {
			f[acoma+".chk"] = bytes.Replace(f[acoma+".chk"], []byte("lines=2\n"), nil, 1)
		}, "IND26031032ACOMA.chk:0 lines \"\": the line is missing, want lines=2"},
		{"control cut off", func(f map[string][]byte) { f[acoma+".chk"] = f[acoma+".chk"][:20] }, `IND26031032ACOMA.chk:1 lineEnd ACOM: the last line has no line end`},
		{"wrong sum", func(f map[string][]byte) {
			f[acoma+".chk"] = bytes.Replace(f[acoma+".chk"], []byte("debit_fen=10000"), []byte("debit_fen=10001"), 1)
		}, "IND26031032ACOMA.chk:5 debit_fen 10001: the file itself has 10000"},
		{"replaces in a first issue", func(f map[string][]byte) {
			f[acoma+".chk"] = bytes.Replace(f[acoma+".chk"], []byte("replaces="), []byte("replaces="+replacesText("2026-03-10", acoma, strings.Repeat("a", 64))), 1)
		}, "IND26031032ACOMA.chk:9 replaces"},
		{"CRLF control file", func(f map[string][]byte) {
			f[acoma+".chk"] = bytes.ReplaceAll(f[acoma+".chk"], []byte("\n"), []byte("\r\n"))
		}, ""},
	} {
		files := inMemory(t, smallDay())
		c.edit(files)
		problems := verifyInMemory("2026-03-10", files)
		if c.want == "" {
			if len(problems) > 0 {
				t.Errorf("%s: %v", c.name, problems)
			}
			continue
		}
		if !slices.ContainsFunc(problems, func(p Problem) bool { return strings.Contains(p.String(), c.want) }) {
			t.Errorf("%s: %v, want %s", c.name, problems, c.want)
		}
	}
}

// rewrite changes rows of a folder in memory and makes the control file fit, as a
// careful forger would: only the contents can give it away.
func rewrite(t *testing.T, files map[string][]byte, name string, edit func(rows []Record) []Record) {
	t.Helper()
	rows, _ := Read(name, LayoutOf(name), files[name])
	var data []byte
	var err error
	for _, r := range edit(rows) {
		if data, err = r.Append(data); err != nil {
			t.Fatal(err)
		}
	}
	f := newFile(name, data)
	scan(name, LayoutOf(name), data, &findings{}, func(_ int, r Record) { f.tally(r) })
	files[name], files[ControlName(name)] = data, f.ControlText("")
}

func TestVerifyFindsForgedRows(t *testing.T) {
	acoma, zsum, zpsum, zm := ACOMAName(march10), ZSUMName(march10), ZPSUMName(march10), ZMName(march10, diner)
	for _, c := range []struct {
		file       string
		row        int
		key, value string
		want       string
	}{
		{acoma, 0, "amount", "10001", "IND26031032ACOMA:1 amount 000000010001: differs from txnAmt 000000010000"},
		{acoma, 0, "merFee", "D00000039", "IND26031032ACOMA:1 merFee D00000039: differs"},
		{acoma, 0, "merFee", "C00000038", "IND26031032ACOMA:1 merFee C00000038: want D00000038: on a purchase a fee is a cost, D"},
		{acoma, 1, "merFee", "D00000010", "IND26031032ACOMA:2 merFee D00000010: want C00000010"},
		{acoma, 1, "merFee", "D00000000", "IND26031032ACOMA:2 merFee D00000000: want C00000000"},
		{acoma, 0, "switchFee", "C00000000001", "switchFee C00000000001: want D"},
		{acoma, 0, "feeReceivable", "1", "feeReceivable 000000000001: want 000000000000: a purchase has feePayable only"},
		{acoma, 1, "feePayable", "1", "a refund or cancellation has feeReceivable only"},
		{acoma, 0, "transTime", "0310120002", "transTime 0310120002: differs"},
		{acoma, 0, "transTime", "1310120002", "transTime 1310120002: is no time"},
		{acoma, 0, "settleDate", "0311", "settleDate 0311: want 0310"},
		{acoma, 1, "settleBatch", "02", "settleBatch 02: want one batch"},
		{acoma, 0, "posEntry", "021", "posEntry 021: 服务点输入方式 is always 030"},
		{acoma, 0, "role3Fee", "D00000001", "role3Fee D00000001: 收单方服务角色3费用 is not used"},
		{acoma, 0, "reserved", "x", "reserved x: 保留使用 is not used"},
		{acoma, 0, "procCode", "200000", "cancelFlag A: want C"},
		{acoma, 0, "msgType", "0420", "msgType 0420: with procCode 000000"},
		{acoma, 0, "rrn", "12345678901", "rrn 12345678901: want 12 digits"},
		{acoma, 0, "pan", "oUpF8uMuAJO_M2pxb1Q", "pan oUpF8uMuAJO_M2pxb1Q: want blank or a payer token"},
		{acoma, 0, "payMethod", "0001", "payMethod 0001: want WX, ALI or UP"},
		{acoma, 0, "merNameAddr", "别人的店", "merName 示例餐厅一店: the merchant's rows"},
		{acoma, 1, "merNameAddr", "别人的店", "IND26031032ACOMA:2 merNameAddr 别人的店: differs from merName 示例餐厅一店"},
		{acoma, 1, "mcc", "5411", "mcc 5411: differs from mcc 5812"},
		{acoma, 1, "origTraceNo", "0", "origTraceNo 000000: a refund carries the trace number"},
		{acoma, 1, "origTransTime", "0230000000", "origTransTime 0230000000: a refund carries the time"},
		{acoma, 0, "origTraceNo", "7", "origTraceNo 000007: want 000000: a purchase has no original"},
		{acoma, 0, "acqInsCode", "99982901", "fwdInsCode 99982900: want 99982901"},
		{acoma, 0, "termId", "1", "termId 1: want 8 digits"},
		{acoma, 0, "merId", grocery, "IND26031032ACOMA:1 merId 999581054110002: has no statement"},
		{zm, 0, "merId", grocery, "merId 999581054110002: want 999290058120001: the file is this merchant's statement"},
		{zm, 0, "settleAmt", "C000000009961", "settleAmt C000000009961: want C000000009962"},
		{zm, 0, "netAmt", "C000000009961", "netAmt C000000009961: want C000000009962"},
		{zm, 0, "txnType", "04", "txnCode S22: want S30"},
		{zm, 0, "txnType", "99", "txnType 99: want 01 purchase, 04 refund or 31 cancellation"},
		{zm, 0, "queryId", "202603101200010000012", "queryId 202603101200010000012: want 202603101200010000011"},
		{zm, 1, "origQryId", "202603101200010000012", "origQryId 202603101200010000012: want the purchase's query id"},
		{zm, 1, "origQryId", "202503101200010000011", "origQryId 202503101200010000011: want 202603101200010000011; the purchase is"},
		{zm, 1, "origOrderId", "", `origOrderId "": a refund carries its purchase's order number`},
		{zm, 1, "origOrderId", "R9992900581200012", "origOrderId R9992900581200012: is no purchase of this merchant"},
		{zm, 0, "payCardType", "07", "payCardType 07: want 00 to 06"},
		{zm, 0, "accType", "01", `accType 01: want "": it follows from payType`},
		{zm, 0, "orderId", "P1", "differs from orderId P1"},
		{zsum, 0, "txnAmt", "C000000010000", "txnAmt C000000010000: want C000000007500: purchases less refunds"},
		{zsum, 0, "fee", "C000000000028", "fee C000000000028: want D000000000028"},
		{zsum, 0, "settleAmt", "C000000007473", "settleAmt C000000007473: want C000000007472"},
		{zsum, 0, "merName", "示例餐厅二店", "merName 示例餐厅一店: want 示例餐厅二店"},
		{zsum, 0, "merId", grocery, "INO26031032ZSUM:0 merId 999290058120001: has no row here"},
		{zpsum, 0, "normalCount", "3", "normalCount 00000003: want 00000002"},
		{zpsum, 0, "normalAmt", "C000000007501", "normalAmt C000000007501: want C000000007500: txnAmt of INO26031032ZSUM"},
		{zpsum, 0, "normalFee", "D000000000029", "normalFee D000000000029: want D000000000028: fee of"},
		{zpsum, 0, "errAmt", "C000000000001", "settleTotal C000000007472: want C000000007473"},
		{zpsum, 0, "suspended", "0000000000000", "suspended 0000000000000: want C000000000000"},
		{zpsum, 0, "suspended", "C000000000001", "creditedAmt C000000007472: want C000000007471"},
		{zpsum, 0, "creditedAmt", "D000000007472", "creditedAmt D000000007472: a payout is never negative"},
		{zpsum, 0, "mcc", "5411", "mcc 5411: want 5812"},
		{zpsum, 0, "merName", "示例餐厅二店", "merName 示例餐厅二店: want 示例餐厅一店"},
		{zpsum, 0, "cnaps", "999290000013", "cnaps 999290000013: want 12 digits, the last of them the check digit"},
		{zpsum, 0, "acctNo", "", `acctNo "": nobody can be paid`},
		{zpsum, 0, "merId", grocery, "merId 999581054110002: has neither"},
	} {
		files := inMemory(t, smallDay())
		rewrite(t, files, c.file, func(rows []Record) []Record { rows[c.row].Set(c.key, c.value); return rows })
		problems := verifyInMemory("2026-03-10", files)
		if !slices.ContainsFunc(problems, func(p Problem) bool { return strings.Contains(p.String(), c.want) }) {
			t.Errorf("%s:%d %s=%s: %v, want %s", c.file, c.row+1, c.key, c.value, problems, c.want)
		}
	}
}

// The files of disputes, fees and batches, forged with fitting control files.
func TestVerifyFindsForgedDisputesFeesAndBatches(t *testing.T) {
	acoma, aerra, alfee, pos, zme, zpsum := ACOMAName(march10), AERRAName(march10), ALFEEName(march10), POSName(march10), ZMEName(march10, diner), ZPSUMName(march10)
	for _, c := range []struct {
		file       string
		row        int
		key, value string
		want       string
	}{
		{aerra, 0, "amount", "1501", "IND26031032AERRA:1 amount 000000001501: differs from txnAmt 000000001500"},
		{aerra, 0, "amount", "1501", "INO26031099ZPSUM:1 errAmt D000000001500: want D000000001501"},
		{aerra, 0, "errFlag", "E22", "merFee C00000006: want D00000006"},
		{aerra, 0, "errFlag", "E05", "errFlag E05: want E22"},
		{aerra, 0, "posCond", "61", "posCond 61: want 00: it follows from errFlag E23"},
		{aerra, 0, "feePayable", "1", "feePayable 000000000001: want 000000000000"},
		{aerra, 0, "merNameAddr", "别人的店", "merNameAddr 别人的店: differs from merName 示例餐厅一店"},
		{aerra, 0, "merId", grocery, "merId 999581054110002: has no statement INN26031088ZME_999581054110002"},
		{aerra, 0, "merId", grocery, "has disputes here but no row in INO26031099ZPSUM"},
		{aerra, 0, "prevSettleDate", "0230", "prevSettleDate 0230: want the clearing date"},
		{aerra, 0, "costPayable", "1", "应付费用 is not used"},
		{zme, 0, "settleAmt", "D000000001500", "settleAmt D000000001500: want D000000001494"},
		{zme, 0, "merFee", "C000000000007", "differs from merFee C000000000007"},
		{zme, 0, "merId", grocery, "merId 999581054110002: want 999290058120001"},
		{zme, 0, "payCardType", "07", "payCardType 07: want 00 to 06"},
		{zpsum, 0, "errCount", "2", "errCount 00000002: want 00000001"},
		{zpsum, 0, "errFeeBack", "C000000000007", "errFeeBack C000000000007: want C000000000006"},
		{alfee, 0, "brandFee", "D00000000004", "IND26031099ALFEE:1 brandFee D00000000004: want D00000000003: switchFee of"},
		{alfee, 0, "brandFee", "C00000000000", "without a brand service fee has no row"},
		{alfee, 0, "netAmount", "D000000000004", "netAmount D000000000004: want D000000000003"},
		{alfee, 0, "rrn", "606910000009", "rrn 606910000009: want"},
		{alfee, 1, "origData", "0", "origData 000000000000000000000000000000000000000000: want 0200000001031012000100099982900"},
		{alfee, 0, "dcFlag", "04", "dcFlag 04: want 00 unknown"},
		{alfee, 0, "merId", grocery, "IND26031099ALFEE has 1 rows of this merchant and IND26031032ACOMA has 0"},
		{acoma, 0, "switchFee", zeros[:12], "IND26031099ALFEE has 2 rows of this merchant and IND26031032ACOMA has 1"},
		{pos, 0, "debitSum", "10700", "debitSum 000000010700: want 000000010000: purchases of the terminal's rows"},
		{pos, 0, "debitCount", "2", "debitCount 000002: want 000001"},
		{pos, 0, "creditSum", "3200", "creditSum 000000003200: want 000000002500"},
		{pos, 0, "creditCount", "2", "creditCount 000002: want 000001"},
		{pos, 0, "firstTraceNo", "2", "firstTraceNo 000002: want 000001"},
		{pos, 0, "lastTraceNo", "2", "lastTraceNo 000002: want 000004"},
		{pos, 0, "txnCount", "2", "txnCount 000002: want 000004"},
		{pos, 0, "batchNo", "1", "batchNo 000001: want 009566"},
		{pos, 0, "answer", "2", "对账应答代码 is always 1"},
		{pos, 0, "termId", "00000002", "termId 00000002: want 00000001"},
		{pos, 0, "merId", grocery, "has 1 terminals here and 0 in"},
	} {
		files := inMemory(t, fullDay())
		rewrite(t, files, c.file, func(rows []Record) []Record { rows[c.row].Set(c.key, c.value); return rows })
		problems := verifyInMemory("2026-03-10", files)
		if !slices.ContainsFunc(problems, func(p Problem) bool { return strings.Contains(p.String(), c.want) }) {
			t.Errorf("%s:%d %s=%s: %v, want %s", c.file, c.row+1, c.key, c.value, problems, c.want)
		}
	}
	for _, name := range []string{aerra, alfee, pos, zme} { // a file that is gone with its control file
		files := inMemory(t, fullDay())
		delete(files, name)
		delete(files, ControlName(name))
		if len(verifyInMemory("2026-03-10", files)) == 0 {
			t.Errorf("nobody misses %s", name)
		}
		files = inMemory(t, fullDay())
		rewrite(t, files, name, func(rows []Record) []Record { return append(rows, rows[0]) })
		if len(verifyInMemory("2026-03-10", files)) == 0 {
			t.Errorf("nobody sees that a row stands twice in %s", name)
		}
	}
}

func TestVerifyFindsForgedRowSets(t *testing.T) {
	drop := func(rows []Record) []Record { return rows[:1] }
	twice := func(rows []Record) []Record { return append(rows, rows[0]) }
	swap := func(rows []Record) []Record { slices.Reverse(rows); return rows }
	for _, c := range []struct {
		file string
		edit func([]Record) []Record
		want string
	}{
		{ACOMAName(march10), drop, "INN26031088ZM_999290058120001:2 orderId R9992900581200012: has no row in IND26031032ACOMA"},
		{ACOMAName(march10), twice, "IND26031032ACOMA:3 traceNo 000001: the trace number of this merchant and terminal stands in line 1 already"},
		{ZMName(march10, diner), drop, "IND26031032ACOMA:2 orderNo R9992900581200012: has no row in INN"},
		{ZMName(march10, diner), twice, "ZM_999290058120001:3 orderId P9992900581200011: has no row in IND"},
		{ACOMAName(march10), swap, "IND26031032ACOMA:2 transTime 0310120001: belongs before line 1"},
		{ZMName(march10, diner), swap, "ZM_999290058120001:2 txnTime 0310120001: belongs before line 1"},
		{ZSUMName(march10), twice, "INO26031032ZSUM:2 merId 999290058120001: the merchant stands in line 1 already"},
		{ZPSUMName(march10), twice, "INO26031099ZPSUM:2 merId 999290058120001: the merchant stands in line 1 already"},
	} {
		files := inMemory(t, smallDay())
		rewrite(t, files, c.file, c.edit)
		problems := verifyInMemory("2026-03-10", files)
		if !slices.ContainsFunc(problems, func(p Problem) bool { return strings.Contains(p.String(), c.want) }) {
			t.Errorf("%s: %v, want %s", c.file, problems, c.want)
		}
	}
}

// The summaries stand by merchant number: moved rows keep every sum.
func TestVerifyFindsMovedSummaryRows(t *testing.T) {
	d := smallDay()
	d.Rows = append(d.Rows, pay("wechat", grocery, 1, at("2026-03-10 12:00:01"), 10000, 38))
	d.Merchants = append(d.Merchants, merchant(grocery, "示例便民超市", "5411", "999900000000000002"))
	for _, name := range []string{ZSUMName(march10), ZPSUMName(march10), ACOMAName(march10)} {
		files := inMemory(t, d)
		rewrite(t, files, name, func(rows []Record) []Record { slices.Reverse(rows); return rows })
		want := name + ":2 merId " + diner + ": belongs before line 1"
		if name == ACOMAName(march10) {
			want = name + ":2 merId " + diner
		}
		problems := verifyInMemory("2026-03-10", files)
		if !slices.ContainsFunc(problems, func(p Problem) bool { return strings.Contains(p.String(), want) }) {
			t.Errorf("%s: %v, want %s", name, problems, want)
		}
	}
}

// A carriage return that came into one line of a control file is found: lines end
// in one way throughout.
func TestVerifyFindsACarriageReturnInAControlFile(t *testing.T) {
	name := ControlName(ZSUMName(march10))
	good := inMemory(t, smallDay())[name]
	for i, b := range good {
		if b != '\n' {
			continue
		}
		files := inMemory(t, smallDay())
		files[name] = slices.Insert(slices.Clone(good), i, '\r')
		if problems := verifyInMemory("2026-03-10", files); len(problems) == 0 {
			t.Errorf("a carriage return at byte %d is not found", i)
		}
	}
	files := inMemory(t, smallDay())
	files[name] = bytes.ReplaceAll(good, []byte("\n"), []byte("\r\n"))
	if problems := verifyInMemory("2026-03-10", files); len(problems) > 0 {
		t.Errorf("CRLF throughout: %v", problems)
	}
}

// Several days: what was suspended is taken back, refunds come later, numbers are
// used once.
func TestVerifyOverSeveralDays(t *testing.T) {
	sold := pay("wechat", diner, 1, at("2026-03-10 12:00:00"), 10000, 38)
	next := pay("wechat", diner, 2, at("2026-03-12 12:00:00"), 20000, 76)
	day := func(d int, m func(*Merchant), rows ...Row) Day {
		mer := merchant(diner, "示例餐厅一店", "5812", "1")
		if m != nil {
			m(&mer)
		}
		return Day{ClearingDate: march10.AddDays(d), InstitutionCode: "99982900", Batch: 1, Rows: rows, Merchants: []Merchant{mer}}
	}
	negative := func(amount money.Fen) func(*Merchant) { return func(m *Merchant) { m.Suspended = -amount } }
	takeBack := func(amount money.Fen) func(*Merchant) { return func(m *Merchant) { m.Replenished = -amount } }
	back := func(trace int, amount, fee money.Fen) Row {
		return refundOf(sold, trace, at("2026-03-11 09:00:00"), amount, fee)
	}
	moved := back(3, 10000, 38)
	moved.OrigTime = at("2026-03-10 12:00:59")
	again := next
	again.OrderNo = sold.OrderNo
	for _, c := range []struct {
		name string
		days []Day
		want string
		note string
	}{
		{"refund, then taken back", []Day{day(0, nil, sold), day(1, negative(9962), back(3, 10000, 38)), day(2, takeBack(9962), next)}, "", ""},
		{"taken back in two parts", []Day{day(0, negative(0), sold), day(1, negative(9962), back(3, 10000, 38)), day(2, takeBack(9000), next), day(3, func(m *Merchant) { m.Released, m.Replenished = 962, -962 })}, "", ""},
		{"too much taken back", []Day{day(0, nil, sold), day(1, negative(9962), back(3, 10000, 38)), day(2, takeBack(9963), next)}, "2026-03-12/INO26031299ZPSUM:1 replenished D000000009963: with this 9963 fen are taken back of 9962 fen", ""},
		{"suspended elsewhere", []Day{day(2, takeBack(5), next)}, "", "gives back 5 fen that none of these folders suspended"},
		{"refunds above the purchase", []Day{day(0, nil, sold), day(1, negative(9962), back(3, 10000, 38)), day(2, negative(1), back(4, 1, 0))}, "2026-03-12/INN26031288ZM_999290058120001:1 txnAmt 1: with this 10001 fen are given back of 10000 fen; the purchase is ", ""},
		{"fee above the purchase's", []Day{day(0, nil, sold), day(1, negative(9961), back(3, 10000, 39))}, "merFee C000000000039: with this 39 fen of fee are given back of 38 fen", ""},
		{"refund names another time", []Day{day(0, nil, sold), day(1, negative(9962), moved)}, "origTxnTime 0310120059: want 0310120000", ""},
		{"purchase not given", []Day{day(1, negative(9962), back(3, 10000, 38))}, "", "1 refunds are of purchases that lie in none of these folders"},
		{"order number again", []Day{day(0, nil, sold), day(2, nil, again)}, "2026-03-12/INN26031288ZM_999290058120001:1 orderId P9992900581200011: stands in", ""},
	} {
		root := t.TempDir()
		var dirs []string
		for _, d := range c.days {
			dirs = append([]string{mustWrite(t, root, d, build(t, d))}, dirs...) // later days first: the order does not matter
		}
		report, problems := Verify(dirs)
		if c.want == "" && len(problems) > 0 {
			t.Errorf("%s: %v", c.name, problems)
		}
		if c.want != "" && !slices.ContainsFunc(problems, func(p Problem) bool { return strings.Contains(p.String(), c.want) }) {
			t.Errorf("%s: %v, want %s", c.name, problems, c.want)
		}
		if !strings.Contains(strings.Join(report.Notes, "\n"), c.note) || (c.note == "") != (len(report.Notes) == 0) {
			t.Errorf("%s: notes %v, want %s", c.name, report.Notes, c.note)
		}
	}
}

func TestVerifyFolders(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		dirs []string
		want string
	}{
		{nil, "nothing to verify"},
		{[]string{filepath.Join(dir, "2026-03-10")}, "2026-03-10:0 folder 2026-03-10: cannot be read"},
		{[]string{dir}, "is no date folder"},
	} {
		_, problems := Verify(c.dirs)
		if len(problems) != 1 || !strings.Contains(problems[0].String(), c.want) {
			t.Errorf("%v: %v, want %s", c.dirs, problems, c.want)
		}
	}

	day := smallDay()
	written := mustWrite(t, dir, day, build(t, day))
	copied := filepath.Join(dir, "copy of the day")
	if err := os.Rename(written, copied); err != nil {
		t.Fatal(err)
	}
	report, problems := Verify([]string{copied})
	if len(problems) > 0 || len(report.Notes) != 1 || report.Folders[0].Date != march10 {
		t.Errorf("%v %v", report, problems)
	}
	wrong := filepath.Join(dir, "2026-03-11")
	if err := os.Rename(copied, wrong); err != nil {
		t.Fatal(err)
	}
	if _, problems := Verify([]string{wrong}); len(problems) == 0 {
		t.Error("files of another date than the folder's are accepted")
	}
}

func TestEmptyDay(t *testing.T) {
	root := t.TempDir()
	day := Day{ClearingDate: march10, InstitutionCode: "99982900", Batch: 1}
	files := build(t, day)
	if len(files) != 6 {
		t.Errorf("files %v", files)
	}
	for _, f := range files {
		if len(f.Data) != 0 {
			t.Errorf("%s is not empty", f.Name)
		}
	}
	report := sound(t, mustWrite(t, root, day, files))
	if report.Rows != 0 || report.Folders[0].Merchants != 0 {
		t.Errorf("report %+v", report)
	}
}

func bigDay(rows int) Day {
	day := Day{ClearingDate: march10, InstitutionCode: "99982900", Batch: 1}
	for m := range 20 {
		no := diner[:11] + leftZeros(string(rune('A'+m)), 4)
		day.Merchants = append(day.Merchants, merchant(no, "示例餐厅一店", "5812", "1"))
	}
	for i := range rows {
		m := day.Merchants[i%20]
		r := pay([]string{"wechat", "alipay"}[i%2], m.No, i+1, at("2026-03-10 00:00:00").Add(time.Duration(i%86400)*time.Second), money.Fen(100+i), 1)
		r.RRN = "6069" + leftZeros(fen(money.Fen(i)), 8)
		day.Rows = append(day.Rows, r)
	}
	return day
}

func BenchmarkBuild100k(b *testing.B) {
	day := bigDay(100_000)
	ledger := ledgerOf(day)
	for b.Loop() {
		if _, err := Build(day, ledger); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerify100k(b *testing.B) {
	day := bigDay(100_000)
	dir, err := Write(b.TempDir(), day, build(b, day))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, problems := Verify([]string{dir}); len(problems) > 0 {
			b.Fatal(problems[0])
		}
	}
}
