package demo

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"juma/acquiring"
	"juma/acquiring/channel"
	"juma/acquiring/sandbox"
	"juma/clearing"
	"juma/internal/id"
)

// classOf says as what reconciliation must find a statement fault.
var classOf = map[string]clearing.Class{
	sandbox.RowMissing: clearing.MissingTheirs, sandbox.RowExtra: clearing.MissingOurs, sandbox.RowAmount: clearing.AmountDiffers,
	sandbox.RowState: clearing.StateDiffers, sandbox.RowFee: clearing.FeeDiffers, sandbox.RowPayer: clearing.PayerDiffers,
	sandbox.RowDay: clearing.Spill, sandbox.RowDuplicate: clearing.Duplicate,
}

// plannedRefunds lists the refunds by their time.
func (d *Demo) plannedRefunds() []refundWork {
	var work []refundWork
	for _, step := range d.plan.Steps {
		for _, v := range step {
			for i, r := range v.Refunds {
				work = append(work, refundWork{v, i, r})
			}
		}
	}
	slices.SortFunc(work, func(a, b refundWork) int {
		return cmp.Or(a.plan.At.Compare(b.plan.At), cmp.Compare(a.visit.No, b.visit.No), cmp.Compare(a.n, b.n))
	})
	return work
}

// planter deals statement faults out to the day's orders, each order one fault.
type planter struct {
	demo    *Demo
	rnd     *rand.Rand
	orders  []plantable
	planted map[clearing.Class]int
}

// plantable is an order of the day.
type plantable struct {
	visit   Visit
	payment acquiring.Payment
	used    bool
}

// plantStatementFaults scripts what the wallets' statements will show wrongly,
// and returns how many of each kind there must be found.
func (d *Demo) plantStatementFaults(ctx context.Context) (map[clearing.Class]int, error) {
	p := &planter{demo: d, rnd: rand.New(rand.NewPCG(d.cfg.Seed, 0x706c616e74)), planted: map[clearing.Class]int{}}
	if d.cfg.Payments < 20 {
		return p.planted, nil // too small a day to disturb
	}
	if err := p.load(ctx); err != nil {
		return nil, err
	}
	each := max(1, d.cfg.Payments/750)
	for i := range each {
		for k, kind := range []string{sandbox.RowMissing, sandbox.RowAmount, sandbox.RowFee, sandbox.RowPayer, sandbox.RowDuplicate, sandbox.RowDay} {
			if err := p.plant(kind, channel.Wallets[(i+k)%3].Direct()); err != nil {
				return nil, err
			}
		}
		if err := p.plantExtra(i); err != nil {
			return nil, err
		}
		if err := p.plantState(ctx, i); err != nil {
			return nil, err
		}
	}
	return p.planted, nil
}

func (p *planter) load(ctx context.Context) error {
	for _, step := range p.demo.plan.Steps {
		for _, v := range step {
			no := p.demo.orders[v.No]
			if no == "" || v.Abandon {
				continue
			}
			payment, err := p.demo.app.Store.Acquiring().Payment(ctx, no)
			if err != nil {
				return err
			}
			if payment.State == acquiring.Paid {
				p.orders = append(p.orders, plantable{visit: v, payment: payment})
			}
		}
	}
	slices.SortFunc(p.orders, func(a, b plantable) int { return cmp.Compare(a.visit.No, b.visit.No) })
	p.rnd.Shuffle(len(p.orders), func(i, j int) { p.orders[i], p.orders[j] = p.orders[j], p.orders[i] })
	return nil
}

// fits tells whether a fault of the kind on this order is seen as what it is: a
// payer can only differ where we know one, a spill lies within five minutes of
// the cut-off, and what is missing must not look like one.
func (p *planter) fits(o plantable, kind string) bool {
	day := p.demo.cfg.Date
	from, to := o.payment.Channel.Cut().Bounds(day)
	at := o.payment.PaidAt
	switch kind {
	case sandbox.RowDay:
		return o.payment.ClearingDate == day.AddDays(1) && at.Sub(to) < spillWindow
	case sandbox.RowPayer:
		return o.payment.ClearingDate == day && o.payment.PayerAccount != ""
	case sandbox.RowFee:
		return o.payment.ClearingDate == day && o.payment.Amount >= 1000
	}
	return o.payment.ClearingDate == day && at.Sub(from) > spillWindow && to.Sub(at) > spillWindow
}

// spillWindow is how near to the cut-off a statement may show a payment on the
// wrong side of it.
const spillWindow = 5 * time.Minute

// plant gives the fault to an order of the wallet, or of any wallet when that
// one has none that fits.
func (p *planter) plant(kind string, wallet channel.Name) error {
	pick := func(any bool) int {
		return slices.IndexFunc(p.orders, func(o plantable) bool {
			return !o.used && (any || o.payment.Channel == wallet) && p.fits(o, kind)
		})
	}
	i := pick(false)
	if i < 0 {
		i = pick(true)
	}
	if i < 0 {
		return nil
	}
	o := &p.orders[i]
	o.used = true
	f := sandbox.Fault{Wallet: string(o.payment.Channel), Kind: kind, OutTradeNo: o.payment.OrderNo}
	switch kind {
	case sandbox.RowAmount:
		f.AmountFen = int64(o.payment.Amount) + 100
	case sandbox.RowDay:
		f.Date = p.demo.cfg.Date.String()
	}
	return p.add(f)
}

func (p *planter) add(f sandbox.Fault) error {
	if err := p.demo.core.Faults.Add(f); err != nil {
		return fmt.Errorf("script %s for %s: %w", f.Kind, f.OutTradeNo, err)
	}
	p.planted[classOf[f.Kind]]++
	return nil
}

// plantExtra adds a row for an order that nobody placed.
func (p *planter) plantExtra(i int) error {
	d := p.demo
	wallet, shop := channel.Wallets[i%3].Direct(), d.plan.Shops[p.rnd.IntN(len(d.plan.Shops))]
	number := map[channel.Name]string{channel.WeChat: shop.SubMchID, channel.Alipay: shop.SMID, channel.UnionPay: shop.No}[wallet]
	at := d.cfg.Date.Start().Add(12*time.Hour + 10*time.Minute)
	return p.add(sandbox.Fault{
		Wallet: string(wallet), Kind: sandbox.RowExtra, OutTradeNo: id.OrderNo('P', d.cfg.Date, "99999999", i+1),
		MerchantID: number, AmountFen: 880 + int64(i), Date: d.cfg.Date.String(), Time: at.Format(time.RFC3339),
	})
}

// plantState makes WeChat's bill say that a refund failed which we saw succeed;
// the others' bills carry no state.
func (p *planter) plantState(ctx context.Context, i int) error {
	n := 0
	for _, w := range p.demo.plannedRefunds() {
		if w.visit.Wallet != channel.WeChat {
			continue
		}
		if n++; n <= i {
			continue
		}
		r, err := p.demo.app.Store.Acquiring().RefundByRequest(ctx, refundRequestID(p.demo.cfg.Seed, w))
		if err != nil {
			return err
		}
		if r.State != acquiring.RefundSucceeded || r.ClearingDate != p.demo.cfg.Date {
			continue
		}
		return p.add(sandbox.Fault{Wallet: sandbox.WeChat, Kind: sandbox.RowState, OutTradeNo: r.RefundNo})
	}
	return nil
}

// refundRequestID is the idempotency key of a planned refund.
func refundRequestID(seed uint64, w refundWork) string {
	return fmt.Sprintf("demo-refund-%d-%06d-%d", seed, w.visit.No, w.n)
}
