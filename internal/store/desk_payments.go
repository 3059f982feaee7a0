package store

import (
	"context"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"juma/acquiring"
	"juma/acquiring/channel"
)

// Desk is the store as people at the desk look into it: payments of all merchants,
// and all that became of one.
type Desk struct{ acquiringStore }

// Desk is the store for the console's pages of payments.
func (s *Store) Desk() Desk { return Desk{acquiringStore{s}} }

// FindPayments lists the payments that a query chooses, newest first.
func (s Desk) FindPayments(ctx context.Context, f acquiring.PaymentQuery) ([]acquiring.Payment, error) {
	const op = "store.FindPayments"
	c := s.reader(ctx)
	q := c.from("payments")
	for _, w := range []struct {
		condition string
		value     any
		on        bool
	}{
		{"merchant_no = ?", f.MerchantNo, f.MerchantNo != ""},
		{"plate_key = ?", f.PlateKey, f.PlateKey != ""},
		{"wallet = ?", f.Wallet, f.Wallet != ""},
		{"channel = ?", f.Channel, f.Channel != ""},
		{"state = ?", f.State, f.State != ""},
		{"created_at >= ?", micros(f.Since), !f.Since.IsZero()},
		{"created_at < ?", micros(f.Until), !f.Until.IsZero()},
		{"amount_fen >= ?", f.Least, f.Least > 0},
		{"amount_fen <= ?", f.Most, f.Most > 0},
	} {
		if w.on {
			q = q.Where(w.condition, w.value)
		}
	}
	if f.Before != "" {
		last, err := payments.one(c, op, "order_no", f.Before, "order_no = ?", f.Before)
		if err != nil {
			return nil, err
		}
		created := micros(last.CreatedAt)
		// The first condition is the one that an index answers.
		q = q.Where("created_at <= ? AND (created_at < ? OR order_no < ?)", created, created, last.OrderNo)
	}
	return payments.list(c, op, newestFirst(q, f.Limit))
}

func newestFirst(q *gorm.DB, limit int) *gorm.DB {
	return q.Order("created_at DESC, order_no DESC").Limit(limit)
}

// orderSearch is a search for payments under way.
type orderSearch struct {
	*conn
	typed string
	limit int
	found []acquiring.FoundPayment
}

// orderSearchOp names the search in faults.
const orderSearchOp = "store.SearchPayments"

// SearchPayments lists what a number leads to, whichever number it is: one look-up
// by an index for each kind.
func (s Desk) SearchPayments(ctx context.Context, typed string, limit int) ([]acquiring.FoundPayment, error) {
	typed = strings.TrimSpace(typed)
	if typed == "" || limit < 1 {
		return nil, nil
	}
	q := &orderSearch{conn: s.reader(ctx), typed: typed, limit: limit}
	for _, find := range []func() error{q.byOrder, q.byRefund, q.byRRN, q.byChannel, q.byTrace, q.byPayer} {
		if err := find(); err != nil {
			return nil, err
		}
		if len(q.found) >= limit {
			break
		}
	}
	return q.found[:min(len(q.found), limit)], nil
}

// payments adds the payments of a condition that were not found before.
func (q *orderSearch) payments(by acquiring.FoundBy, where string, args ...any) error {
	all, err := payments.list(q.conn, orderSearchOp, newestFirst(q.from("payments").Where(where, args...), q.limit))
	for _, p := range all {
		q.add(acquiring.FoundPayment{Payment: p, By: by})
	}
	return err
}

// refunds adds the payments of refunds.
func (q *orderSearch) refunds(by acquiring.FoundBy, where string, args ...any) error {
	all, err := refunds.list(q.conn, orderSearchOp, q.from("refunds").Where(where, args...).Order("created_at DESC, refund_no DESC").Limit(q.limit))
	if err != nil {
		return err
	}
	for _, r := range all {
		p, err := payments.one(q.conn, orderSearchOp, "order_no", r.OrderNo, "order_no = ?", r.OrderNo)
		if err != nil {
			return err
		}
		q.add(acquiring.FoundPayment{Payment: p, By: by, RefundNo: r.RefundNo})
	}
	return nil
}

func (q *orderSearch) add(f acquiring.FoundPayment) {
	if !slices.ContainsFunc(q.found, func(o acquiring.FoundPayment) bool { return o.OrderNo == f.OrderNo }) {
		q.found = append(q.found, f)
	}
}

func (q *orderSearch) byOrder() error {
	return q.payments(acquiring.FoundByOrder, "order_no = ?", strings.ToUpper(q.typed))
}

func (q *orderSearch) byRefund() error {
	return q.refunds(acquiring.FoundByRefund, "refund_no = ?", strings.ToUpper(q.typed))
}

func (q *orderSearch) byRRN() error {
	numbers, err := rrns.list(q.conn, orderSearchOp, q.from("rrns").Where("rrn = ?", q.typed))
	if err != nil || len(numbers) == 0 {
		return err
	}
	if err := q.payments(acquiring.FoundByRRN, "order_no = ?", numbers[0].OrderNo); err != nil {
		return err
	}
	return q.refunds(acquiring.FoundByRRN, "refund_no = ?", numbers[0].OrderNo)
}

func (q *orderSearch) byChannel() error {
	if err := q.payments(acquiring.FoundByChannel, "channel_no = ?", q.typed); err != nil {
		return err
	}
	return q.refunds(acquiring.FoundByChannel, "channel_no = ?", q.typed)
}

// byTrace finds a trace number of six digits, alone or after its terminal's number
// and a blank or stroke, as slips print it.
func (q *orderSearch) byTrace() error {
	const digits = 6
	terminal, trace, both := strings.Cut(strings.ReplaceAll(q.typed, "/", " "), " ")
	if !both {
		terminal, trace = "", q.typed
	}
	if trace = strings.TrimSpace(trace); len(trace) != digits || strings.Trim(trace, "0123456789") != "" {
		return nil
	}
	if terminal == "" {
		return q.payments(acquiring.FoundByTrace, "trace = ?", trace)
	}
	return q.payments(acquiring.FoundByTrace, "trace = ? AND terminal_no = ?", trace, strings.ToUpper(terminal))
}

func (q *orderSearch) byPayer() error {
	if err := q.payments(acquiring.FoundByPayer, "payer_id = ?", q.typed); err != nil {
		return err
	}
	return q.payments(acquiring.FoundByPayer, "payer_account = ?", q.typed)
}

// OpenOrders lists payments and refunds that are not final and were created up to a
// time, oldest first, at most limit of each.
func (s Desk) OpenOrders(ctx context.Context, f acquiring.OpenQuery) ([]acquiring.OpenOrder, error) {
	const op = "store.OpenOrders"
	c := s.reader(ctx)
	only := func(table string, states any) *gorm.DB {
		q := c.from(table).Where("state IN ? AND created_at <= ?", states, micros(f.Until))
		if f.Channel != "" {
			q = q.Where("channel = ?", f.Channel)
		}
		return q.Limit(f.Limit)
	}
	paid, err := payments.list(c, op, only("payments", acquiring.PaymentMoves.Open()).Order("created_at, order_no"))
	if err != nil {
		return nil, err
	}
	back, err := refunds.list(c, op, only("refunds", acquiring.RefundMoves.Open()).Order("created_at, refund_no"))
	if err != nil {
		return nil, err
	}
	var open []acquiring.OpenOrder
	for _, p := range paid {
		open = append(open, acquiring.OpenOrder{
			Kind: channel.PaymentLine, No: p.OrderNo, OrderNo: p.OrderNo, MerchantNo: p.MerchantNo, Channel: p.Channel, Amount: p.Amount, State: string(p.State),
			CreatedAt: p.CreatedAt, Attempts: p.Attempts, NextQueryAt: p.NextQueryAt, Code: p.Code, Message: p.Message,
		})
	}
	for _, r := range back {
		open = append(open, acquiring.OpenOrder{
			Kind: channel.RefundLine, No: r.RefundNo, OrderNo: r.OrderNo, MerchantNo: r.MerchantNo, Channel: r.Channel, Amount: r.Amount, State: string(r.State),
			CreatedAt: r.CreatedAt, Attempts: r.Attempts, NextQueryAt: r.NextQueryAt, Code: r.Code, Message: r.Message,
		})
	}
	slices.SortStableFunc(open, func(a, b acquiring.OpenOrder) int { return a.CreatedAt.Compare(b.CreatedAt) })
	return open[:min(len(open), f.Limit)], nil
}

// CountOpen counts the payments and refunds that are not final and were created up to
// a time.
func (s Desk) CountOpen(ctx context.Context, until time.Time) (int, error) {
	c := s.reader(ctx)
	all := 0
	for table, states := range map[string]any{"payments": acquiring.PaymentMoves.Open(), "refunds": acquiring.RefundMoves.Open()} {
		n, err := scanAll(c, "store.CountOpen", c.from(table).Select("COUNT(*)").Where("state IN ? AND created_at <= ?", states, micros(until)),
			func(n *int) []field { return []field{{"n", n}} })
		if err != nil {
			return 0, err
		}
		all += n[0]
	}
	return all, nil
}

// NoticesOf lists the verified notifications about a payment and its refunds in the
// order in which they came.
func (s Desk) NoticesOf(ctx context.Context, orderNo string) ([]acquiring.NoticeRow, error) {
	c := s.reader(ctx)
	return notices.list(c, "store.NoticesOf", c.from("notices").Where("order_no = ?", orderNo).Order("received_at, id"))
}
