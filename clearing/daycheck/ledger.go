// Package daycheck proves one day of a platform's ledger file against the
// channels' statements, without a database: it prepares both sides, lets
// clearing.Reconcile class them, and words the classes as results
// (domain rules "reconciliation" §2–4).
package daycheck

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"juma/acquiring/channel"
	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/internal/money"
)

const op = "reconcile"

// Entry is a row of the ledger: a payment, a refund or a cancellation as the
// platform knows it.
type Entry struct {
	Line       int
	Channel    channel.Name
	OrderNo    string
	Kind       Kind
	MerchantNo string
	Amount     money.Fen
	Status     string
	Time       time.Time // zero: only the statement knows it
	Payer      string
	ChannelNo  string
	TraceNo    string
	SettleDate bizdate.Date // as the channel told it; 0: it did not
}

// Kind is what an entry moves.
type Kind string

// The kinds of a ledger file. A reversal undoes a payment whose outcome was not
// known; the others are as people name them.
const (
	Pay      Kind = "PAY"
	Refund   Kind = "REFUND"
	Cancel   Kind = "CANCEL"
	Reversal Kind = "REVERSAL"
)

// The states that mean that money moved. All others are not final, or failed.
var (
	done   = []string{"SUCCESS", "PAID", "SETTLED", "REFUNDED", "PARTIAL_REFUND", "PARTIALLY_REFUNDED", "PART_REFUNDED"}
	undone = []string{"REVOKED", "CANCELLED", "CANCELED", "REVERSED"} // it moved, and went back
)

func (e Entry) done() bool   { return slices.Contains(done, e.Status) }
func (e Entry) undone() bool { return slices.Contains(undone, e.Status) }

// lineKind is the kind that a statement uses.
func (e Entry) lineKind() channel.LineKind {
	if e.Kind == Pay {
		return channel.PaymentLine
	}
	return channel.RefundLine
}

// date is the clearing date as the platform knows it; 0 when it does not.
func (e Entry) date() bizdate.Date {
	switch {
	case e.SettleDate != 0:
		return e.SettleDate
	case !e.Time.IsZero():
		return e.Channel.Cut().DateOf(e.Time)
	}
	return 0
}

// ledgerColumns of a ledger file, by name; others are passed over.
var ledgerColumns = []string{"channel", "order_no", "kind", "merchant_id", "amount_fen", "platform_status", "platform_time",
	"payer_account", "channel_txn_no", "trace_no", "settle_date"}

// ReadLedger reads a ledger file: CSV in UTF-8 with a header. Errors are of kind
// Invalid and name file, line, field and value.
func ReadLedger(name string, from io.Reader) ([]Entry, error) {
	r := ledgerReader{name: name, csv: csv.NewReader(from), at: map[string]int{}}
	if err := r.header(); err != nil {
		return nil, err
	}
	var all []Entry
	seen := map[ledgerKey]int{}
	for {
		e, err := r.next()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		key := ledgerKey{e.Channel, e.lineKind(), e.OrderNo}
		if first, twice := seen[key]; twice {
			return nil, r.bad(e.Line, "order_no", e.OrderNo, "stands in line %d already", first)
		}
		seen[key] = e.Line
		all = append(all, e)
	}
}

type ledgerKey struct {
	channel channel.Name
	kind    channel.LineKind
	orderNo string
}

type ledgerReader struct {
	name string
	csv  *csv.Reader
	at   map[string]int
}

func (r *ledgerReader) header() error {
	names, err := r.csv.Read()
	if errors.Is(err, io.EOF) {
		return r.bad(1, "header", "", "the file is empty; a ledger without rows has a header yet")
	}
	if err != nil {
		return r.bad(1, "line", "", "%v", err)
	}
	for i, n := range names {
		r.at[strings.TrimSpace(strings.TrimPrefix(n, "\uFEFF"))] = i
	}
	for _, c := range ledgerColumns {
		if _, ok := r.at[c]; !ok {
			return r.bad(1, "header", c, "the column is missing")
		}
	}
	return nil
}

func (r *ledgerReader) next() (e Entry, err error) {
	fields, err := r.csv.Read()
	if errors.Is(err, io.EOF) {
		return e, io.EOF
	}
	e.Line, _ = r.csv.FieldPos(0)
	var parse *csv.ParseError
	if errors.As(err, &parse) {
		return e, r.bad(parse.Line, "line", "", "%v", parse.Err)
	}
	if err != nil {
		return e, fault.Wrap(op, fault.Unavailable, fmt.Errorf("%s: %w", r.name, err))
	}
	get := func(column string) string { return strings.TrimSpace(fields[r.at[column]]) }
	for _, c := range ledgerColumns {
		if !utf8.ValidString(get(c)) {
			return e, r.bad(e.Line, c, "", "is not UTF-8")
		}
	}
	e.OrderNo, e.MerchantNo, e.Status, e.Payer = get("order_no"), get("merchant_id"), strings.ToUpper(get("platform_status")), get("payer_account")
	e.ChannelNo, e.TraceNo, e.Kind = get("channel_txn_no"), get("trace_no"), Kind(strings.ToUpper(get("kind")))
	e.Channel = channel.Name(strings.ToLower(get("channel")))
	return e, r.check(&e, get)
}

// check reads the fields that can be wrong.
func (r *ledgerReader) check(e *Entry, get func(string) string) (err error) {
	switch {
	case !slices.Contains(channel.Names, e.Channel):
		return r.bad(e.Line, "channel", get("channel"), "want one of %v", channel.Names)
	case e.OrderNo == "":
		return r.bad(e.Line, "order_no", "", "is missing")
	case !slices.Contains([]Kind{Pay, Refund, Cancel, Reversal}, e.Kind):
		return r.bad(e.Line, "kind", get("kind"), "want PAY, REFUND, CANCEL or REVERSAL")
	case e.Status == "":
		return r.bad(e.Line, "platform_status", "", "is missing")
	}
	n, err := strconv.ParseInt(get("amount_fen"), 10, 64)
	if err != nil || n < 0 {
		return r.bad(e.Line, "amount_fen", get("amount_fen"), "want whole fen, not negative")
	}
	e.Amount = money.Fen(n)
	if text := get("platform_time"); text != "" {
		if e.Time, err = time.ParseInLocation(time.DateTime, text, bizdate.Zone); err != nil {
			return r.bad(e.Line, "platform_time", text, "want YYYY-MM-DD hh:mm:ss")
		}
	}
	if text := get("settle_date"); text != "" {
		if e.SettleDate, err = bizdate.Parse(text); err != nil {
			return r.bad(e.Line, "settle_date", text, "want YYYY-MM-DD")
		}
	}
	return nil
}

func (r *ledgerReader) bad(line int, field, value, format string, args ...any) error {
	return fault.Field(op, fmt.Sprintf("%s line %d %s", r.name, line, field), value, format, args...)
}
