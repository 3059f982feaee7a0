package sandbox_test

import (
	"errors"
	"net/http"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"juma/acquiring/sandbox"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// till is the smallest wallet: orders are put in by the test, and paying one
// sends a notice that carries nothing but its number.
type till struct {
	name string
	core *sandbox.Core
	hook string // where notices go

	mu     sync.Mutex
	base   string
	orders []sandbox.Order
}

func newTill(core *sandbox.Core, name string, numbers ...string) *till {
	w := &till{name: name, core: core}
	for _, n := range numbers {
		w.orders = append(w.orders, sandbox.Order{Wallet: name, OutTradeNo: n, AmountFen: 1234, Payer: "ann", State: "WAIT", CreatedAt: core.Clock.Now()})
	}
	return w
}

func (w *till) Name() string { return w.name }
func (w *till) Handler() http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		_, _ = rw.Write([]byte(w.name + " at " + w.baseURL() + " for " + sandbox.PayerOf(r)))
	})
}
func (w *till) SetBaseURL(base string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.base = base
}
func (w *till) baseURL() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.base
}
func (w *till) Credentials() map[string]any { return map[string]any{"base_url": w.baseURL()} }

func (w *till) Confirm(number, payer string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := range w.orders {
		if w.orders[i].OutTradeNo != number {
			continue
		}
		if w.orders[i].State == "PAID" {
			return errors.New("order " + number + " is paid already")
		}
		w.orders[i].State, w.orders[i].PaidAt = "PAID", w.core.Clock.Now()
		if payer != "" {
			w.orders[i].Payer = payer
		}
		w.core.Notices.Send(notice(w.name, number, w.hook))
		return nil
	}
	return errors.New("no order " + number)
}

func (w *till) Find(token string) (sandbox.Order, bool) {
	for _, o := range w.Orders() {
		if o.OutTradeNo == token {
			return o, true
		}
	}
	return sandbox.Order{}, false
}

func (w *till) Orders() []sandbox.Order {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]sandbox.Order(nil), w.orders...)
}

// notice is accepted when the receiver answers 200, and is tried three times.
func notice(wallet, number, url string) sandbox.Notification {
	return sandbox.Notification{
		Wallet: wallet, OutTradeNo: number, URL: url,
		Build: func(now time.Time, forged bool) (http.Header, []byte, error) {
			sign := "genuine"
			if forged {
				sign = "forged"
			}
			return http.Header{"Sign": {sign}, "At": {now.UTC().Format("15:04:05.000")}}, []byte(number), nil
		},
		Accepted: func(status int, _ []byte) bool { return status == http.StatusOK },
		Retry:    []time.Duration{10 * time.Second, time.Minute},
	}
}
