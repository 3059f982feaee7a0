package acquiring_test

import (
	"testing"
	"time"

	"juma/acquiring"
	"juma/acquiring/channel"
	"juma/internal/fault"
)

// wantCommand checks where the command of a refund stands.
func (b *bench) wantCommand(refundNo string, want acquiring.CommandState, redrives int) {
	b.Helper()
	c, err := b.store.Acquiring().Command(ctx, acquiring.RefundCommand, refundNo)
	must(b, err)
	if c.State != want || c.Redrives != redrives {
		b.Errorf("command %s is %s, driven again %d times (%s); want %s, %d", refundNo, c.State, c.Redrives, c.Reason, want, redrives)
	}
}

// sent counts the messages that carried the refund's command.
func (b *bench) sent(refundNo string) int {
	b.Helper()
	return b.number("SELECT COUNT(*) FROM events WHERE subject = 'refund.requested.wechat' AND event_key = ?", refundNo)
}

// TestCommandIsGivenUpAndDrivenAgain follows a command whose wallet is out of
// reach for too long.
func TestCommandIsGivenUpAndDrivenAgain(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		p := b.paid("wish-1", 1000)
		r := b.ask(p.OrderNo, "back-1", 300)
		b.wantCommand(r.RefundNo, acquiring.CommandWaiting, 0)
		_, err := b.acquiring.Redrive(ctx, r.RefundNo, "ops", "it is slow")
		wantFault(t, err, fault.Conflict, "state") // still on its way
		away := fault.New("bus", fault.Unavailable, "nobody serves the channel")
		b.wallets[channel.WeChat].set(func(w *wallet) {
			w.refund = func(channel.RefundRequest) (channel.RefundResult, error) { return channel.RefundResult{}, away }
		})
		wantFault(t, b.acquiring.CarryOut(ctx, r.RefundNo), fault.Unavailable, "")
		b.wantCommand(r.RefundNo, acquiring.CommandWaiting, 0)
		for range 2 { // told again when the dead letter could not be written
			must(t, b.acquiring.GiveUp(ctx, r.RefundNo, 10, away.Error()))
		}
		b.wantCommand(r.RefundNo, acquiring.CommandDead, 0)
		b.wantRefund(r.RefundNo, acquiring.RefundCreated, 300)
		dead, err := b.store.Acquiring().Commands(ctx, acquiring.CommandPage{State: acquiring.CommandDead, Limit: 10})
		must(t, err)
		if len(dead) != 1 || dead[0].ObjectNo != r.RefundNo || dead[0].Deliveries != 10 || dead[0].Reason != away.Error() || dead[0].MerchantNo != shopNo {
			t.Errorf("given up: %+v", dead)
		}

		b.wallets[channel.WeChat].set(func(w *wallet) { w.refund = nil })
		_, err = b.acquiring.Redrive(ctx, r.RefundNo, "ops", "")
		wantFault(t, err, fault.Invalid, "reason")
		_, err = b.acquiring.Redrive(ctx, "R0", "ops", "the wallet is back")
		wantFault(t, err, fault.NotFound, "object_no")
		c, err := b.acquiring.Redrive(ctx, r.RefundNo, "ops", "the wallet is back")
		must(t, err)
		if c.State != acquiring.CommandWaiting || c.Redrives != 1 || b.sent(r.RefundNo) != 2 {
			t.Errorf("driven again: %+v, %d messages", c, b.sent(r.RefundNo))
		}
		_, err = b.acquiring.Redrive(ctx, r.RefundNo, "ops", "double click")
		wantFault(t, err, fault.Conflict, "state")
		if got := b.audits("refund " + r.RefundNo); got != "command.redriven dead>waiting;" {
			t.Errorf("audit %q", got)
		}
		for range 3 { // delivered at least once
			must(t, b.acquiring.CarryOut(ctx, r.RefundNo))
		}
		b.wantCommand(r.RefundNo, acquiring.CommandDone, 1)
		b.wantRefund(r.RefundNo, acquiring.RefundSucceeded, 300)
		if b.postings("refund_succeeded", r.RefundNo) != 1 {
			t.Error("given back more than once")
		}
	})
}

// TestTheSweepDoesWhatACommandCouldNot: a dead command is a hint for people; the
// refund itself goes on, and the command ends with it.
func TestTheSweepDoesWhatACommandCouldNot(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		p := b.paid("wish-1", 1000)
		r := b.ask(p.OrderNo, "back-1", 300)
		must(t, b.acquiring.GiveUp(ctx, r.RefundNo, 10, "the broker was wiped"))
		b.answers(channel.RefundResult{Result: succeeded}, channel.RefundResult{Result: channel.Result{Outcome: channel.Refused}, NotFound: true})
		b.advance(2 * time.Minute)
		b.wantRefund(r.RefundNo, acquiring.RefundSucceeded, 300)
		b.wantCommand(r.RefundNo, acquiring.CommandDone, 0)
	})
}
