package unionpay

import (
	"archive/zip"
	"bytes"
	"cmp"
	"compress/zlib"
	"encoding/base64"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"juma/acquiring/sandbox"
)

const (
	// readyHour is when a day's statements are there, on the next day.
	readyHour = 9
	// madeAt is when the file says that it was made.
	madeAt = 8*time.Hour + 30*time.Minute
	// institution is the acquirer's code in every row (an invented one).
	institution = "99982900"
	// extraTerminal and extraAmount are for planted rows that name none.
	extraTerminal = "00000001"
	extraAmount   = 100
)

// zmCodes is the transaction code of each kind (from memory in the documents;
// readers decide by txnType).
var zmCodes = map[string]string{"01": "S22", "04": "S30", "31": "V52", "99": "R22"}

// row is one line of a statement before it is laid out.
type row struct {
	orderID, txnType, subType string
	merID, termID, account    string
	cardType                  string
	amount, fee               int64 // fen, positive
	mark                      mark
	orig                      *row // of money going back
}

// statementFile is 76/01 on the file host: the statement of one merchant number
// and clearing day, as UnionPay wraps it.
func (w *Wallet) statementFile(p params) (params, *refusal) {
	now := w.core.Clock.Now().In(zone)
	day, ok := dayOf(p["settleDate"], now)
	if !ok || p["fileType"] != "00" {
		return nil, refuse(respFormat, "settleDate or fileType")
	}
	if now.Before(day.AddDate(0, 0, 1).Add(readyHour * time.Hour)) {
		return nil, refuse(respNoFile, "")
	}
	rows := w.rows(p["merId"], day.Format(time.DateOnly))
	if len(rows) == 0 {
		return nil, refuse(respNoFile, "")
	}
	made := day.AddDate(0, 0, 1).Add(madeAt)
	content, err := wrap(fmt.Sprintf("INN%s88ZM_%s", day.Format("060102"), p["merId"]), made, rows)
	if err != nil {
		return nil, refuse(respNoFile, err.Error())
	}
	return params{
		"settleDate": p["settleDate"], "fileType": p["fileType"],
		"fileName":    fmt.Sprintf("%s_%s.zip", p["merId"], made.Format(stamp)),
		"fileContent": content,
	}, nil
}

// dayOf gives MMDD the latest year in which it is not in the future.
func dayOf(mmdd string, now time.Time) (time.Time, bool) {
	if len(mmdd) != 4 {
		return time.Time{}, false
	}
	for year := now.Year(); year >= now.Year()-1; year-- {
		day, err := time.ParseInLocation("20060102", fmt.Sprintf("%04d%s", year, mmdd), zone)
		if err == nil && !day.After(now) {
			return day, true
		}
	}
	return time.Time{}, false
}

// rows are a merchant's rows of a clearing day, in the order of their times,
// with the scripted faults in them.
func (w *Wallet) rows(merID, day string) []row {
	var out []row
	for _, r := range w.book.cleared(merID) {
		out = append(out, w.faulty(r, day)...)
	}
	for _, f := range w.core.Faults.Extras(w.name, day) {
		if merID == cmp.Or(f.MerchantID, DefaultMerID) {
			out = append(out, extraRow(f, merID))
		}
	}
	slices.SortStableFunc(out, func(a, b row) int {
		return cmp.Or(a.mark.at.Compare(b.mark.at), cmp.Compare(a.mark.trace, b.mark.trace))
	})
	return out
}

// cleared copies everything of a merchant that went through, on any day.
func (b *book) cleared(merID string) []row {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []row
	for _, o := range b.orders {
		if o.merID != merID || o.mark.queryID == "" || o.state == reversed { // a reversed pair is left out
			continue
		}
		p := row{
			orderID: o.orderID, txnType: "01", subType: o.subType, merID: merID, termID: o.termID, account: o.shownAccount(),
			cardType: cardType(o.payer), amount: o.amount, fee: o.fee, mark: o.mark,
		}
		out = append(out, p)
		for _, r := range o.reversals {
			back := p
			back.orderID, back.txnType, back.subType = r.orderID, r.txnType, "00"
			if r.txnType == "99" {
				back.subType = "01"
			}
			back.amount, back.fee, back.mark, back.orig = r.amount, r.fee, r.mark, &p
			out = append(out, back)
		}
	}
	return out
}

// faulty is what a day's statement has of a row: usually itself on its own day.
func (w *Wallet) faulty(r row, day string) []row {
	fault := func(kind string) (sandbox.Fault, bool) {
		return w.core.Faults.Row(w.name, kind, r.orderID)
	}
	on := r.mark.day
	if f, ok := fault(sandbox.RowDay); ok {
		on = f.Date
	}
	if _, missing := fault(sandbox.RowMissing); missing || on != day {
		return nil
	}
	if f, ok := fault(sandbox.RowAmount); ok {
		r.amount = f.AmountFen
	}
	if _, ok := fault(sandbox.RowFee); ok {
		r.fee++
	}
	if _, ok := fault(sandbox.RowPayer); ok {
		r.account = accountOf("somebody else than the payer of " + r.orderID)
	}
	if _, ok := fault(sandbox.RowDuplicate); ok {
		return []row{r, r}
	}
	return []row{r}
}

// extraRow is a row for an order that nobody placed.
func extraRow(f sandbox.Fault, merID string) row {
	at, err := time.Parse(time.RFC3339, f.Time)
	if err != nil { // none given: noon
		at, _ = time.ParseInLocation(time.DateTime, f.Date+" 12:00:00", zone)
	}
	m := mark{at: at.In(zone), day: f.Date, trace: sandbox.Digits(6, "unionpay extra %s %s", merID, f.OutTradeNo)}
	m.queryID = m.at.Format(stamp) + m.trace + queryDigit
	amount := cmp.Or(f.AmountFen, extraAmount)
	payer := cmp.Or(f.Payer, f.OutTradeNo)
	return row{
		orderID: f.OutTradeNo, txnType: "01", subType: "01", merID: merID, termID: extraTerminal, account: accountOf(payer),
		cardType: cardType(payer), amount: amount, fee: feeOf(amount), mark: m,
	}
}

// record lays a row out. On a purchase the merchant pays the fee and receives
// the rest; on money going back it is the other way round.
func (r row) record() (string, error) {
	fee, settle, invoice := -r.fee, r.amount-r.fee, r.amount
	v := map[string]string{
		"txnCode": zmCodes[r.txnType], "acqInsCode": institution, "fwdInsCode": institution, "traceNo": r.mark.trace,
		"txnTime": r.mark.at.Format("0102150405"), "accNo": r.account, "txnAmt": strconv.FormatInt(r.amount, 10), "mcc": mccOf(r.merID),
		"termType": "08", "queryId": r.mark.queryID, "orderId": r.orderID[:min(len(r.orderID), 32)], "payCardType": r.cardType,
		"payType": payType, "txnType": r.txnType, "txnSubType": r.subType, "bizType": "000000", "accType": "01", "interactMode": "0",
		"merId": r.merID, "splitAmt": signed(0), "termId": r.termID, "discountAmt": signed(0), "medium": "0",
	}
	if r.orig != nil {
		fee, settle, invoice = r.fee, r.fee-r.amount, 0
		v["origTraceNo"], v["origTxnTime"] = r.orig.mark.trace, r.orig.mark.at.Format("0102150405")
		v["origQryId"], v["origOrderId"] = r.orig.mark.queryID, r.orig.orderID[:min(len(r.orig.orderID), 32)]
	}
	v["merFee"], v["settleAmt"], v["netAmt"], v["invoiceAmt"] = signed(fee), signed(settle), signed(settle), signed(invoice)
	return zmRecord(v)
}

// mccOf reads the merchant category out of a number of the usual build
// (acquirer 3, region 4, category 4, sequence 4).
func mccOf(merID string) string {
	if mcc := merID[7:11]; strings.Trim(mcc, "0123456789") == "" {
		return mcc
	}
	return "5999"
}

// wrap is the file on the wire: a zip of the one text, deflated once more by
// zlib, in Base64.
func wrap(name string, made time.Time, rows []row) (string, error) {
	var text bytes.Buffer
	for _, r := range rows {
		line, err := r.record()
		if err != nil {
			return "", err
		}
		text.WriteString(line + "\r\n")
	}
	var zipped bytes.Buffer
	z := zip.NewWriter(&zipped)
	f, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: made})
	if err != nil {
		return "", err
	}
	if _, err := io.Copy(f, &text); err != nil {
		return "", err
	}
	if err := z.Close(); err != nil {
		return "", err
	}
	var deflated bytes.Buffer
	d := zlib.NewWriter(&deflated)
	if _, err := d.Write(zipped.Bytes()); err != nil {
		return "", err
	}
	if err := d.Close(); err != nil {
		return "", err
	}
	return base64.StdEncoding.EncodeToString(deflated.Bytes()), nil
}
