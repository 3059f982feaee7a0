package sandbox_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"juma/acquiring/sandbox"
	"juma/internal/clock"
)

var noon = time.Date(2026, 3, 10, 4, 0, 0, 0, time.UTC)

// ear hears notices and answers with the next status of its list (200 when the
// list is used up).
type ear struct {
	url string

	mu     sync.Mutex
	heard  []string // "order signature time"
	answer []int
}

func listen(t *testing.T, answers ...int) *ear {
	t.Helper()
	e := &ear{answer: answers}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		e.mu.Lock()
		defer e.mu.Unlock()
		e.heard = append(e.heard, string(body)+" "+r.Header.Get("Sign")+" "+r.Header.Get("At"))
		if r.Header.Get("Sign") == "forged" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		if len(e.answer) > 0 {
			w.WriteHeader(e.answer[0])
			e.answer = e.answer[1:]
		}
	}))
	t.Cleanup(srv.Close)
	e.url = srv.URL
	return e
}

func (e *ear) all() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.heard)
}

func TestNoticeDelivery(t *testing.T) {
	tests := []struct {
		name    string
		fault   *sandbox.Fault
		answers []int
		refund  bool // a refund notice follows three seconds later
		want    []string
	}{
		{"accepted at once", nil, nil, false, []string{"P1 genuine 04:00:01.000"}},
		{"refused twice, then accepted", nil, []int{500, 500}, false,
			[]string{"P1 genuine 04:00:01.000", "P1 genuine 04:00:11.000", "P1 genuine 04:01:11.000"}},
		{"never accepted: the schedule ends", nil, []int{500, 302, 404, 500, 500}, false,
			[]string{"P1 genuine 04:00:01.000", "P1 genuine 04:00:11.000", "P1 genuine 04:01:11.000"}},
		{"duplicate", &sandbox.Fault{Kind: sandbox.NoticeDuplicate, Times: 2}, nil, false,
			[]string{"P1 genuine 04:00:01.000", "P1 genuine 04:00:04.000", "P1 genuine 04:00:07.000"}},
		{"late", &sandbox.Fault{Kind: sandbox.NoticeLate, DelaySeconds: 90}, nil, false, []string{"P1 genuine 04:01:30.000"}},
		{"lost", &sandbox.Fault{Kind: sandbox.NoticeLost}, nil, false, nil},
		{"forged first", &sandbox.Fault{Kind: sandbox.NoticeForged}, nil, false,
			[]string{"P1 forged 04:00:00.500", "P1 genuine 04:00:01.000"}},
		{"reordered: after the refund's", &sandbox.Fault{Kind: sandbox.NoticeReordered}, nil, true,
			[]string{"P1 genuine 04:00:04.000", "P1 genuine 04:00:05.000"}},
		{"reordered without a refund: held", &sandbox.Fault{Kind: sandbox.NoticeReordered}, nil, false, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			clk := clock.NewSim(noon, 1)
			core := sandbox.NewCore(clk, nil)
			defer core.Notices.Close()
			e := listen(t, tt.answers...)
			if tt.fault != nil {
				tt.fault.Wallet = sandbox.WeChat
				if err := core.Faults.Add(*tt.fault); err != nil {
					t.Fatal(err)
				}
			}
			core.Notices.Send(notice(sandbox.WeChat, "P1", e.url))
			if tt.refund {
				clk.AdvanceTo(noon.Add(3 * time.Second))
				m := notice(sandbox.WeChat, "P1", e.url)
				m.Refund = true
				core.Notices.Send(m)
			}
			clk.AdvanceTo(noon.Add(time.Hour))
			if got := e.all(); !slices.Equal(got, tt.want) {
				t.Fatalf("heard\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(tt.want, "\n"))
			}
			if s := core.Notices.Stats(); s.Fooled != 0 || s.Sent+s.Forged != len(tt.want) {
				t.Fatalf("stats %+v for %d deliveries", s, len(tt.want))
			}
		})
	}
}

func TestNoticeWithoutAddressIsNotSent(t *testing.T) {
	clk := clock.NewSim(noon, 1)
	core := sandbox.NewCore(clk, nil)
	core.Notices.Send(notice(sandbox.Alipay, "P1", ""))
	clk.AdvanceTo(noon.Add(time.Hour))
	if s := core.Notices.Stats(); s.Sent != 0 {
		t.Fatalf("sent %d notices to nowhere", s.Sent)
	}
}

func TestClosedNotifierSendsNothing(t *testing.T) {
	clk := clock.NewSim(noon, 1)
	core := sandbox.NewCore(clk, nil)
	e := listen(t)
	core.Notices.Send(notice(sandbox.WeChat, "P1", e.url))
	core.Notices.Close()
	core.Notices.Close() // twice is harmless
	clk.AdvanceTo(noon.Add(time.Hour))
	if got := e.all(); len(got) != 0 {
		t.Fatalf("heard %q after Close", got)
	}
}
