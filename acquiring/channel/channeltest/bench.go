package channeltest

import (
	"syscall"
	"testing"
	"time"

	"juma/acquiring/channel"
)

// Bench measures a full payment, both sides of the wire: silent authorisation
// and identity, order, the consumer's confirmation, notice verified and
// accepted. cpu-ms/op is the processor time of the whole process.
func Bench(b *testing.B, h Harness) {
	s := newSuite(h)
	h.Inbox.Use(h.Adapter)
	s.identify(b, "warm-up")
	before := cpuTime(b)
	for b.Loop() {
		req := s.order(s.identify(b, "ann"), 1234)
		s.place(b, req)
		s.press(b, req.OrderNo)
		if n := s.theLetter(b, req.OrderNo).Verdict.Notice; n.Event != channel.PaymentEvent || n.OrderNo != req.OrderNo {
			b.Fatalf("notice about %s %s, want the payment %s", n.Event, n.OrderNo, req.OrderNo)
		}
	}
	b.ReportMetric(float64((cpuTime(b)-before).Microseconds())/1000/float64(b.N), "cpu-ms/op")
}

// cpuTime is the processor time that this process has used.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
