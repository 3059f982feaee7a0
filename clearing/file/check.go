package file

import (
	"errors"
	"strconv"

	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/internal/id"
	"juma/internal/money"
)

const buildOp = "file.Build"

// prepare checks a day, fills in what follows from it (wallets' query ids, the
// unknown card type) and returns its merchants by number. It reports all faults,
// kind Invalid, up to a page of them.
func (d *Day) prepare() (map[string]Merchant, error) {
	var errs faults
	if _, err := bizdate.Parse(d.ClearingDate.String()); err != nil {
		errs.field("clearing_date", d.ClearingDate.String(), "want a date")
	}
	if !isDigits(d.InstitutionCode, 8) {
		errs.field("institution_code", d.InstitutionCode, "want 8 digits")
	}
	if d.Batch < 1 || d.Batch > 99 {
		errs.field("batch", strconv.Itoa(d.Batch), "want 1 to 99")
	}
	merchants := make(map[string]Merchant, len(d.Merchants))
	for _, m := range d.Merchants {
		if _, twice := merchants[m.No]; twice {
			errs.field("merchant_no", m.No, "stands twice among the day's merchants")
		}
		merchants[m.No] = m
		m.check(&errs)
	}
	for i := range d.Rows {
		row := &d.Rows[i]
		if _, ok := merchants[row.MerchantNo]; !ok {
			errs.field("merchant_no", row.MerchantNo, "order %s: not among the day's merchants", row.OrderNo)
		}
		row.check(d.ClearingDate, &errs)
	}
	for i := range d.Disputes {
		x := &d.Disputes[i]
		if _, ok := merchants[x.MerchantNo]; !ok {
			errs.field("merchant_no", x.MerchantNo, "dispute %s: not among the day's merchants", id.Trace(x.Trace))
		}
		x.check(d.ClearingDate, &errs)
	}
	return merchants, errs.err()
}

// faults gathers errors, a page at most.
type faults struct {
	list []error
	more int
}

const maxFaults = 20

func (f *faults) field(field, value, format string, args ...any) {
	f.add(fault.Field(buildOp, field, value, format, args...))
}

func (f *faults) add(err error) {
	if len(f.list) >= maxFaults {
		f.more++
		return
	}
	f.list = append(f.list, err)
}

func (f *faults) err() error {
	if f.more > 0 {
		return errors.Join(append(f.list, fault.New(buildOp, fault.Invalid, "%d more faults are not listed", f.more))...)
	}
	return errors.Join(f.list...)
}

// check verifies what the layouts cannot: the shape of numbers and the presence of
// an account for whoever is paid.
func (m Merchant) check(errs *faults) {
	if err := id.CheckMerchantNo(m.No); err != nil {
		errs.add(fault.Wrap(buildOp, fault.Invalid, err))
	}
	bad := func(field, value, want string) { errs.field(field, value, "merchant %s: %s", m.No, want) }
	if m.Name == "" {
		bad("merchant_name", m.Name, "want a name")
	}
	if !isDigits(m.MCC, 4) {
		bad("mcc", m.MCC, "want 4 digits")
	}
	if m.ErrCount < 0 {
		bad("err_count", strconv.Itoa(m.ErrCount), "want 0 or more")
	}
	if m.DirectlySettled {
		if m.carried() {
			bad("directly_settled", "true", "a merchant that a wallet settles has no ZPSUM row, so it cannot carry amounts")
		}
		return
	}
	if id.CheckCNAPS(m.CNAPS) != nil {
		bad("cnaps", m.CNAPS, wantCNAPS)
	}
	if !isDigits(m.AreaCode, 6) {
		bad("area_code", m.AreaCode, "want 6 digits")
	}
	if m.AccountNo == "" {
		bad("account_no", m.AccountNo, "want the settlement account")
	}
	if m.AccountName == "" {
		bad("account_name", m.AccountName, "want the account's holder")
	}
}

const wantCNAPS = "want 12 digits, the last of them the check digit"

// check verifies a transaction and fills in its query ids and card type.
func (r *Row) check(clearing bizdate.Date, errs *faults) {
	bad := func(field, value, want string) { errs.field(field, value, "order %s: %s", r.OrderNo, want) }
	c, known := channels[r.Channel]
	if !known {
		bad("channel", r.Channel, "want wechat, alipay or unionpay")
		return
	}
	cl, known := classOfKind(r.Kind)
	if !known {
		bad("kind", string(r.Kind), "want purchase, refund or cancellation")
		return
	}
	if err := id.CheckTerminalNo(r.TerminalNo); err != nil {
		bad("terminal_no", r.TerminalNo, err.Error())
	}
	if r.Trace < 1 || r.Trace > id.MaxTrace {
		bad("trace", strconv.Itoa(r.Trace), "want 1 to 999999")
	}
	if !isDigits(r.RRN, 12) {
		bad("rrn", r.RRN, "want 12 digits")
	}
	if !isOrderNo(r.OrderNo) {
		bad("order_no", r.OrderNo, "want 1 to 32 letters and digits")
	}
	if r.Amount <= 0 {
		bad("amount", fen(r.Amount), "want more than 0 fen")
	}
	for _, fee := range []struct {
		field string
		value money.Fen
	}{{"mer_fee", r.MerFee}, {"channel_cost", r.ChannelCost}, {"network_fee", r.NetworkFee}} {
		if fee.value < 0 {
			bad(fee.field, fen(fee.value), "want 0 or more; the kind says which way it goes")
		}
	}
	if t, err := readTime(monthTime(r.Time), clearing); err != nil || t.Unix() != r.Time.Unix() {
		bad("time", r.Time.In(bizdate.Zone).Format("2006-01-02 15:04:05"), "cannot be written without its year: want within six months of the clearing date")
	}
	if c.queryDigit != "" && r.Payer != "" && !isPayerToken(r.Payer) {
		bad("payer", "(not shown)", "a wallet's payer id is never written; pass what PayerToken makes of it")
	}
	if r.CardType == "" {
		r.CardType = "00"
	}
	if !isDigits(r.CardType, 2) || r.CardType > maxCardType {
		bad("card_type", r.CardType, "want 00 to "+maxCardType)
	}
	r.checkOrigin(cl, bad)
	r.checkQueryIDs(c, cl, bad)
}

func (r *Row) checkOrigin(c class, bad func(field, value, want string)) {
	if c.forward {
		if r.OrigTrace != 0 || r.OrigOrderNo != "" || r.OrigQueryID != "" || !r.OrigTime.IsZero() {
			bad("orig_order_no", r.OrigOrderNo, "a purchase has no original")
		}
		return
	}
	if r.OrigTrace < 1 || r.OrigTrace > id.MaxTrace {
		bad("orig_trace", strconv.Itoa(r.OrigTrace), "want the purchase's trace, 1 to 999999")
	}
	if r.OrigTime.IsZero() {
		bad("orig_time", "", "want the purchase's time")
	}
	if !isOrderNo(r.OrigOrderNo) {
		bad("orig_order_no", r.OrigOrderNo, "want the purchase's order number, 1 to 32 letters and digits")
	}
}

func (r *Row) checkQueryIDs(c channelCodes, cl class, bad func(field, value, want string)) {
	check := func(field string, value *string, own string) {
		if c.queryDigit != "" && *value == "" {
			*value = own
		}
		if c.queryDigit != "" && *value != own {
			bad(field, *value, "a wallet's query id is made of its time and trace, want "+own)
		}
		if !isDigits(*value, queryIDLen) {
			bad(field, *value, "want 21 digits")
		}
	}
	// A fault in channel or trace is reported already; the id is then empty.
	own, _ := WalletQueryID(r.Channel, r.Time, r.Trace)
	check("query_id", &r.QueryID, own)
	if !cl.forward {
		own, _ = WalletQueryID(r.Channel, r.OrigTime, r.OrigTrace)
		check("orig_query_id", &r.OrigQueryID, own)
	}
}

// isOrderNo checks what fits the narrower of the two order fields (ZM, 32).
func isOrderNo(s string) bool {
	return s != "" && len(s) <= 32 && firstNot([]byte(s), isAlnum) < 0
}

func fen(f money.Fen) string { return strconv.FormatInt(int64(f), 10) }
