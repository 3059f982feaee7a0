package store

import (
	"context"
	"strings"
	"time"

	"juma/acquiring"
	"juma/acquiring/channel"
	"juma/internal/bizdate"
	"juma/internal/fault"
	"juma/internal/id"
	"juma/internal/money"
	"juma/merchants"
)

// acquiringStore is the Store as acquiring sees it.
type acquiringStore struct{ *Store }

// acquiringTx is a transaction as acquiring sees it.
type acquiringTx struct{ *conn }

var (
	_ acquiring.Store = acquiringStore{}
	_ acquiring.Tx    = acquiringTx{}
)

var payments = table[acquiring.Payment]{"payments", func(p *acquiring.Payment) []field {
	return []field{
		{"order_no", &p.OrderNo},
		{"merchant_no", &p.MerchantNo},
		{"store_id", &p.StoreID},
		{"terminal_no", &p.TerminalNo},
		{"plate_key", &p.PlateKey},
		{"binding_version", &p.BindingVersion},
		{"entry", &p.Entry},
		{"wallet", &p.Wallet},
		{"channel", &p.Channel},
		{"channel_id", &p.ChannelID},
		{"trace", &p.Trace},
		{"rrn", &p.RRN},
		{"amount_fen", &p.Amount},
		{"refunded_fen", &p.Refunded},
		{"state", &p.State},
		{"agreement_id", &p.AgreementID},
		{"fee_rate_ppm", &p.FeeRate},
		{"fee_cap_fen", &p.FeeCap},
		{"payer_id", &p.PayerID},
		{"payer_account", text(&p.PayerAccount)},
		{"card_kind", &p.Card},
		{"request_id", &p.RequestID},
		{"result_token", &p.ResultToken},
		{"created_at", at(&p.CreatedAt)},
		{"expires_at", at(&p.ExpiresAt)},
		{"paid_at", at(&p.PaidAt)},
		{"clearing_date", &p.ClearingDate},
		{"channel_no", &p.ChannelNo},
		{"code", text(&p.Code)},
		{"message", text(&p.Message)},
		{"attempts", &p.Attempts},
		{"next_query_at", at(&p.NextQueryAt)},
		{"route", text(&p.Route)},
		{"operator", text(&p.Operator)},
		{"reason", &p.Reason},
		{"no_credit", &p.NoCredit},
	}
}}

// number is a retrieval reference number given out.
type number struct{ RRN, OrderNo, MerchantNo string }

// rrns holds the numbers of payments and refunds together: each table's own
// index could not see the other's.
var rrns = table[number]{"rrns", func(n *number) []field {
	return []field{{"rrn", &n.RRN}, {"order_no", &n.OrderNo}, {"merchant_no", &n.MerchantNo}}
}}

// Update runs f in a transaction, see acquiring.Store.
func (s acquiringStore) Update(ctx context.Context, f func(acquiring.Tx) error) error {
	return s.update(ctx, func(c *conn) error { return f(acquiringTx{c}) })
}

// NextTrace takes the terminal's next trace number. The row stays locked until
// the commit, so two transactions never read the same number.
func (c acquiringTx) NextTrace(terminalNo string) (int, error) {
	const op = "store.NextTrace"
	moved, err := c.moved(op, "UPDATE terminals SET trace = CASE WHEN trace >= ? THEN ? ELSE trace + 1 END WHERE terminal_no = ?",
		id.MaxTrace, id.NextTrace(id.MaxTrace), terminalNo)
	if err != nil {
		return 0, err
	}
	if !moved {
		return 0, &fault.Error{Op: op, Kind: fault.NotFound, Field: "terminal_no", Value: terminalNo, Msg: "is not in terminals; check the number"}
	}
	traces, err := scanAll(c.conn, op, c.from("terminals").Select("trace").Where("terminal_no = ?", terminalNo),
		func(trace *int) []field { return []field{{"trace", trace}} })
	if err == nil && len(traces) != 1 {
		err = c.fail(fault.New(op, fault.Internal, "terminal %s: %d rows, want 1", terminalNo, len(traces)))
	}
	if err != nil {
		return 0, err
	}
	return traces[0], nil
}

// InsertPayment stores a new payment.
func (c acquiringTx) InsertPayment(p acquiring.Payment) error {
	const op = "store.InsertPayment"
	if err := payments.insert(c.conn, op, p); err != nil {
		return err
	}
	return rrns.insert(c.conn, op, number{p.RRN, p.OrderNo, p.MerchantNo})
}

// Payment reads the payment inside the transaction.
func (c acquiringTx) Payment(orderNo string) (acquiring.Payment, error) {
	return payments.one(c.conn, "store.Payment", "order_no", orderNo, "order_no = ?", orderNo)
}

// MovePayment moves the payment if it is in one of the states from.
func (c acquiringTx) MovePayment(orderNo string, from []acquiring.PaymentState, to acquiring.PaymentState, set acquiring.PaymentChange) (bool, error) {
	const op = "store.MovePayment"
	if err := allowed(op, acquiring.PaymentMoves, from, to); err != nil {
		return false, c.fail(err)
	}
	ch := change{}
	ch.set("state", to)
	setTime(&ch, "paid_at", set.PaidAt)
	setValue(&ch, "clearing_date", set.ClearingDate)
	setValue(&ch, "channel_no", set.ChannelNo)
	setText(&ch, "payer_account", set.PayerAccount)
	setValue(&ch, "card_kind", set.Card)
	setValue(&ch, "agreement_id", set.AgreementID)
	setValue(&ch, "fee_rate_ppm", set.FeeRate)
	setValue(&ch, "fee_cap_fen", set.FeeCap)
	setText(&ch, "code", set.Code)
	setText(&ch, "message", set.Message)
	setValue(&ch, "reason", set.Reason)
	setValue(&ch, "attempts", set.Attempts)
	setTime(&ch, "next_query_at", set.NextQueryAt)
	return c.moved(op, "UPDATE payments SET "+ch.columns()+" WHERE order_no = ? AND state IN ?", append(ch.args, orderNo, from)...)
}

// Reroute compares the route as it was read: whoever else has tried in the meantime
// has written it.
func (c acquiringTx) Reroute(orderNo, was string, from []acquiring.PaymentState, to acquiring.Rerouted) (bool, error) {
	return c.moved("store.Reroute", "UPDATE payments SET channel = ?, channel_id = ?, route = ? WHERE order_no = ? AND route = ? AND state IN ?",
		to.Channel, to.ChannelID, to.Route, orderNo, was, from)
}

// ReserveRefund reserves amount of a paid payment: the check and the change are
// one statement, so refunds side by side cannot exceed what was paid.
func (c acquiringTx) ReserveRefund(orderNo string, amount money.Fen) (bool, error) {
	const op = "store.ReserveRefund"
	if amount <= 0 {
		return false, fault.Field(op, "amount", amount.Yuan(), "want more than 0")
	}
	// amount − refunded cannot overflow, refunded + amount could.
	return c.moved(op, "UPDATE payments SET refunded_fen = refunded_fen + ? WHERE order_no = ? AND state = ? AND ? <= amount_fen - refunded_fen",
		amount, orderNo, acquiring.Paid, amount)
}

// ReleaseRefund takes a reservation back. Fault kind Conflict: there is no such
// reservation.
func (c acquiringTx) ReleaseRefund(orderNo string, amount money.Fen) error {
	const op = "store.ReleaseRefund"
	if amount <= 0 {
		return fault.Field(op, "amount", amount.Yuan(), "want more than 0")
	}
	moved, err := c.moved(op, "UPDATE payments SET refunded_fen = refunded_fen - ? WHERE order_no = ? AND refunded_fen >= ?", amount, orderNo, amount)
	if err == nil && !moved {
		err = &fault.Error{Op: op, Kind: fault.Conflict, Field: "order_no", Value: orderNo, Msg: "has no such amount reserved for refunds"}
	}
	return err
}

// change collects the columns that a guarded update sets.
type change struct {
	names []string
	args  []any
}

func (c *change) set(column string, value any) {
	c.names, c.args = append(c.names, column), append(c.args, value)
}

// columns writes "a = ?, b = ?".
func (c *change) columns() string { return strings.Join(c.names, " = ?, ") + " = ?" }

func setValue[T any](c *change, column string, value *T) {
	if value != nil {
		c.set(column, *value)
	}
}

func setTime(c *change, column string, value *time.Time) {
	if value != nil {
		c.set(column, micros(*value))
	}
}

func setText(c *change, column string, value *string) {
	if value != nil {
		c.set(column, text(value))
	}
}

// Payment reads one payment.
func (s acquiringStore) Payment(ctx context.Context, orderNo string) (acquiring.Payment, error) {
	return payments.one(s.reader(ctx), "store.Payment", "order_no", orderNo, "order_no = ?", orderNo)
}

// PaymentByRequest finds the payment that a request made.
func (s acquiringStore) PaymentByRequest(ctx context.Context, requestID string) (acquiring.Payment, error) {
	return payments.one(s.reader(ctx), "store.PaymentByRequest", "request_id", requestID, "request_id = ?", requestID)
}

// PaymentByResultToken finds the payment that a result page shows. The token is
// in no fault: it opens the page.
func (s acquiringStore) PaymentByResultToken(ctx context.Context, token string) (acquiring.Payment, error) {
	return payments.one(s.reader(ctx), "store.PaymentByResultToken", "result_token", "", "result_token = ?", token)
}

// PaymentsOf lists a merchant's payments, newest first.
func (s acquiringStore) PaymentsOf(ctx context.Context, merchantNo, beforeOrderNo string, limit int) ([]acquiring.Payment, error) {
	const op = "store.PaymentsOf"
	c := s.reader(ctx)
	q := c.from("payments").Where("merchant_no = ?", merchantNo)
	if beforeOrderNo != "" {
		// Another merchant's order number is as unknown as none.
		last, err := payments.one(c, op, "order_no", beforeOrderNo, "order_no = ? AND merchant_no = ?", beforeOrderNo, merchantNo)
		if err != nil {
			return nil, err
		}
		// Order numbers of two terminals do not follow time; the pair does.
		created := micros(last.CreatedAt)
		q = q.Where("(created_at < ? OR (created_at = ? AND order_no < ?))", created, created, beforeOrderNo)
	}
	return payments.list(c, op, q.Order("created_at DESC, order_no DESC").Limit(limit))
}

// PaymentsOnPlate lists a plate's payments, newest first.
func (s acquiringStore) PaymentsOnPlate(ctx context.Context, plateKey string, limit int) ([]acquiring.Payment, error) {
	c := s.reader(ctx)
	return payments.list(c, "store.PaymentsOnPlate", c.from("payments").Where("plate_key = ?", plateKey).Order("created_at DESC, order_no DESC").Limit(limit))
}

// chinaShift moves stored instants so that days in China begin at multiples of a
// day; the zone is a fixed one.
var chinaShift = func() int64 {
	_, seconds := time.Unix(0, 0).In(bizdate.Zone).Zone()
	return int64(seconds) * time.Second.Microseconds()
}()

// SoldOnPlate sums a plate's paid payments by day.
func (s acquiringStore) SoldOnPlate(ctx context.Context, plateKey string, from bizdate.Date) ([]acquiring.DaySold, error) {
	c := s.reader(ctx)
	const day = 24 * time.Hour
	type row struct {
		acquiring.DaySold
		start time.Time
	}
	rows, err := scanAll(c, "store.SoldOnPlate", c.from("payments").
		Select("created_at - (created_at + ?) % ? AS start_at, COUNT(*), SUM(amount_fen)", chinaShift, day.Microseconds()).
		Where("plate_key = ? AND created_at >= ? AND state = ?", plateKey, micros(from.Start()), acquiring.Paid).Group("start_at").Order("start_at"),
		func(r *row) []field {
			return []field{{"start_at", at(&r.start)}, {"count", &r.Count}, {"amount", &r.Amount}}
		})
	all := make([]acquiring.DaySold, len(rows))
	for i, r := range rows {
		all[i] = r.DaySold
		all[i].Day = bizdate.Of(r.start)
	}
	return all, err
}

// tallied is the column that each kind of tally goes by.
var tallied = map[acquiring.TallyOf]string{acquiring.TallyPlate: "plate_key", acquiring.TallyStore: "store_id", acquiring.TallyMerchant: "merchant_no"}

// SpentByPayer sums a payer's payments on plates.
func (s acquiringStore) SpentByPayer(ctx context.Context, w channel.Wallet, payerID string, from, to time.Time) (money.Fen, error) {
	return s.sumPaid(ctx, "store.SpentByPayer", "payer_id = ? AND wallet = ? AND plate_key <> ''", []any{payerID, w}, from, to)
}

// TakenBy sums what a plate, store or merchant was paid.
func (s acquiringStore) TakenBy(ctx context.Context, by acquiring.TallyOf, id string, from, to time.Time) (money.Fen, error) {
	column, ok := tallied[by]
	if !ok {
		return 0, fault.New("store.TakenBy", fault.Internal, "nothing is tallied by %q", by)
	}
	return s.sumPaid(ctx, "store.TakenBy", column+" = ?", []any{id}, from, to)
}

func (s acquiringStore) sumPaid(ctx context.Context, op, where string, args []any, from, to time.Time) (money.Fen, error) {
	c := s.reader(ctx)
	args = append(args, micros(from), micros(to), acquiring.Paid)
	sums, err := scanAll(c, op, c.from("payments").Select("COALESCE(SUM(amount_fen), 0)").Where(where+" AND created_at >= ? AND created_at < ? AND state = ?", args...),
		func(sum *money.Fen) []field { return []field{{"sum", sum}} })
	if err != nil {
		return 0, err
	}
	return sums[0], nil
}

// BegunByPayer counts the payments that a payer has begun since then.
func (s acquiringStore) BegunByPayer(ctx context.Context, w channel.Wallet, payerID string, since time.Time) (int, error) {
	c := s.reader(ctx)
	counts, err := scanAll(c, "store.BegunByPayer", c.from("payments").Select("COUNT(*)").
		Where("payer_id = ? AND wallet = ? AND created_at > ?", payerID, w, micros(since)),
		func(n *int) []field { return []field{{"n", n}} })
	if err != nil {
		return 0, err
	}
	return counts[0], nil
}

// IsSmall tells whether a merchant has no licence, by the application that it was
// approved by. One that came in without an application has one.
func (s acquiringStore) IsSmall(ctx context.Context, merchantNo string) (bool, error) {
	c := s.reader(ctx)
	counts, err := scanAll(c, "store.IsSmall", c.from("applications").Select("COUNT(*)").Where("merchant_no = ? AND kind = ?", merchantNo, merchants.Micro),
		func(n *int) []field { return []field{{"n", n}} })
	if err != nil {
		return false, err
	}
	return counts[0] > 0, nil
}
