package wechat

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"juma/acquiring/sandbox"
	"juma/internal/clock"
)

// Many consumers at once: with -race the proof that the books hold together.
func TestParallel(t *testing.T) {
	s := newShop(t)
	var all sync.WaitGroup
	const orders, parts = 24, 3
	for i := range orders {
		all.Go(func() {
			no := fmt.Sprintf("P202603100000%02d", i)
			s.place(no, 3000)
			if s.w.Confirm(no, "") != nil {
				t.Errorf("%s cannot be paid", no)
			}
			s.call(200, "GET", byNumber(no), nil)
			for j := range parts + 1 { // one more than there is money for
				resp, _, err := s.request("POST", refunds, string(marshal(s.refund(no, fmt.Sprintf("R%02d%08d", i, j), 1000, 3000))), nil)
				if want := map[bool]int{true: 200, false: 400}[j < parts]; err != nil || resp.StatusCode != want {
					t.Errorf("%s refund %d: %v, %v", no, j, resp, err)
				}
			}
			s.w.Orders()
		})
	}
	all.Wait()
	s.pass(5 * time.Second)
	if got := len(s.took()); got != orders*(1+parts) {
		t.Errorf("%d notices, want %d", got, orders*(1+parts))
	}
}

// Orders that are paid at the very same moment, twice: one of the two wins.
func TestPaidOnce(t *testing.T) {
	s := newShop(t)
	s.place("P20260310000001", 100)
	var all sync.WaitGroup
	won := make([]error, 8)
	for i := range won {
		all.Go(func() { won[i] = s.w.Confirm("P20260310000001", "") })
	}
	all.Wait()
	n := 0
	for _, err := range won {
		if err == nil {
			n++
		}
	}
	s.pass(5 * time.Second)
	if letters := s.took(); n != 1 || len(letters) != 1 {
		t.Errorf("paid %d times, %d notices", n, len(letters))
	}
}

// What reaches the bill is the same at every start.
func TestSameDaySameBill(t *testing.T) {
	var bills []string
	for range 2 {
		keys, err := newSecrets(start)
		if err != nil {
			t.Fatal(err)
		}
		s := newShopWith(t, keys)
		s.paid("P20260310000001", 10000)
		s.pass(time.Minute)
		s.call(200, "POST", refunds, s.refund("P20260310000001", "R20260310000001", 2500, 10000))
		s.sim.AdvanceTo(at(34, 0, 0))
		bills = append(bills, string(s.bill("2026-03-10", "ALL", "&tar_type=GZIP")))
	}
	if bills[0] != bills[1] {
		t.Errorf("two starts, two bills:\n%s\n%s", bills[0], bills[1])
	}
}

func BenchmarkPayment(b *testing.B) {
	s := newShop(b)
	for i := 0; b.Loop(); i++ {
		no := fmt.Sprintf("P2026%012d", i)
		s.place(no, 100)
		if err := s.w.Confirm(no, ""); err != nil {
			b.Fatal(err)
		}
		s.pass(2 * time.Second)
	}
}

func TestNewHasFreshKeys(t *testing.T) {
	core := sandbox.NewCore(clock.NewSim(start, 1), nil)
	defer core.Notices.Close()
	a, err := New(core)
	if err != nil {
		t.Fatal(err)
	}
	b, err := New(core)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range []string{"private_key_pem", "api_v3_key", "app_secret", "cert_serial", "platform_cert_serial", "platform_cert_pem", "platform_public_key_id", "platform_public_key_pem"} {
		if x, y := a.Credentials()[k], b.Credentials()[k]; x == y || x == "" {
			t.Errorf("%s is the same at two starts", k)
		}
	}
}
