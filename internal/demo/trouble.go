package demo

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"juma/acquiring/channel"
	"juma/acquiring/watch"
	"juma/internal/fault"
	"juma/qrcode"
)

// The demo's alarms: a plate that is stopped while somebody is paying on it and that
// is scanned afterwards, one that turns up in another city, and one that somebody
// tries out with small orders. A silent plate needs weeks of sales before, which one
// day does not have.

// watchEvery is how often the watch looks, in simulated time.
const watchEvery = 10 * time.Minute

// keepWatch lets the watch look when it is time.
func (d *Demo) keepWatch(ctx context.Context) error {
	now := d.clock.Now()
	if now.Sub(d.watched) < watchEvery {
		return nil
	}
	d.watched = now
	_, err := d.app.Watch.Sweep(ctx)
	return err
}

// stopDuring chooses the visit during which the plate is stopped: the last on its
// plate, and one with nothing else planned for it. 0: there is none.
func (p Plan) stopDuring() (visit int) {
	later := map[int]bool{}
	for _, step := range slices.Backward(p.Steps) {
		for _, v := range step {
			if !later[v.Terminal] && !v.Abandon && !v.OverLimit && v.Answer == "" && v.Notice == "" && len(v.Refunds) == 0 && !v.special() {
				return v.No
			}
		}
		for _, v := range step {
			later[v.Terminal] = true
		}
	}
	return 0
}

// stopPlate stops the plate between a consumer's order and his payment.
func (d *Demo) stopPlate(ctx context.Context, v Visit) error {
	if v.No != d.stopsAt {
		return nil
	}
	p := d.plateOf(v.Terminal)
	d.stopped = p
	return d.app.Plates.Suspend(ctx, p.plate.Key, "demo", "有人举报码牌被覆盖")
}

// trouble plays what else is unusual, and holds the alarms against it.
func (d *Demo) trouble(ctx context.Context) error {
	spare := d.sparePlates()
	for _, play := range []func(context.Context, []*issuedPlate) error{d.scanStopped, d.moveCity, d.tryOut} {
		if err := play(ctx, spare); err != nil {
			return err
		}
	}
	if _, err := d.app.Watch.Sweep(ctx); err != nil {
		return err
	}
	counts, err := d.app.Watch.CountAlarms(ctx)
	if err != nil {
		return err
	}
	if !maps.Equal(counts, d.alarms) {
		return fault.New("demo.trouble", fault.Internal, "the alarms are %v, what was played are %v", counts, d.alarms)
	}
	return nil
}

// sparePlates are own plates that no shop has.
func (d *Demo) sparePlates() (all []*issuedPlate) {
	for i := range d.plates {
		if p := &d.plates[i]; p.terminal < 0 && p.plate.Grammar == qrcode.Own {
			all = append(all, p)
		}
	}
	return all
}

// scanStopped scans the stopped plate until it is noticed.
func (d *Demo) scanStopped(ctx context.Context, _ []*issuedPlate) error {
	if d.stopped == nil {
		return nil
	}
	for i := range watch.DefaultSettings().RefusedScans {
		c, err := d.street.consumer(channel.WeChat, fmt.Sprintf("late-%d", i))
		if err != nil {
			return err
		}
		if _, err := c.scan(ctx, d.stopped.plate.Payload); err == nil || !strings.Contains(err.Error(), "status 409") {
			return fmt.Errorf("a stopped plate was scanned, and the answer is: %v", err)
		}
	}
	d.alarms[watch.Suspended]++
	return nil
}

// moveCity binds a plate, and then at a shop in another city.
func (d *Demo) moveCity(ctx context.Context, spare []*issuedPlate) error {
	first := d.plan.Terminals[0]
	far := slices.IndexFunc(d.plan.Terminals, func(t TerminalPlan) bool {
		return watch.CityOf(d.plan.Shops[t.Shop].Region) != watch.CityOf(d.plan.Shops[first.Shop].Region)
	})
	if far < 0 || len(spare) < 2 {
		return nil
	}
	if err := d.bindSpare(ctx, spare[0], 0); err != nil {
		return err
	}
	d.clock.AdvanceTo(d.clock.Now().Add(time.Minute))
	merchantNo, storeID, terminalNo, err := d.placeOf(ctx, far)
	if err != nil {
		return err
	}
	if _, err := d.app.Plates.Rebind(ctx, spare[0].plate.Key, merchantNo, storeID, terminalNo, "demo", "商户要求移机"); err != nil {
		return err
	}
	d.alarms[watch.City]++
	return nil
}

// tryOut places small orders on a plate and pays none of them.
func (d *Demo) tryOut(ctx context.Context, spare []*issuedPlate) error {
	if len(spare) < 2 {
		return nil
	}
	if err := d.bindSpare(ctx, spare[1], 0); err != nil {
		return err
	}
	c, err := d.street.consumer(channel.WeChat, "tester")
	if err != nil {
		return err
	}
	page, err := c.scan(ctx, spare[1].plate.Payload)
	if err != nil {
		return err
	}
	for i := range watch.DefaultSettings().SmallCount {
		if _, err := c.order(ctx, page, fmt.Sprintf("demo-%06d-test-%07d", d.cfg.Seed, i), "0.01"); err != nil {
			return err
		}
		d.clock.AdvanceTo(d.clock.Now().Add(10 * time.Second))
	}
	d.alarms[watch.SmallTest]++
	return nil
}

// bindSpare gives a terminal one more plate.
func (d *Demo) bindSpare(ctx context.Context, p *issuedPlate, terminal int) error {
	merchantNo, storeID, terminalNo, err := d.placeOf(ctx, terminal)
	if err == nil {
		_, err = d.app.Plates.Bind(ctx, p.plate.Key, merchantNo, storeID, terminalNo, "demo")
	}
	return err
}

// placeOf is where a planned terminal stands.
func (d *Demo) placeOf(ctx context.Context, terminal int) (merchantNo, storeID, terminalNo string, err error) {
	t, err := d.app.Store.Merchants().Terminal(ctx, d.plan.Terminals[terminal].No)
	return t.MerchantNo, t.StoreID, t.No, err
}
