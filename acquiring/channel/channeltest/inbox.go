package channeltest

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"juma/acquiring/channel"
	"juma/internal/clock"
)

// Inbox is where the wallet's notices arrive: it lets the adapter verify each
// and gives the reply that the adapter wrote, accepting or, when told to, not.
type Inbox struct {
	clock clock.Clock
	url   string

	mu      sync.Mutex
	adapter channel.Adapter
	refuse  bool
	letters []Letter
}

// Letter is one notice as it came in and what the adapter made of it.
type Letter struct {
	At      time.Time
	Raw     channel.RawNotice
	Verdict channel.NoticeVerdict
	Err     error
	Reply   channel.Reply
}

func newInbox(tb testing.TB, clk clock.Clock) *Inbox {
	tb.Helper()
	in := &Inbox{clock: clk}
	srv := httptest.NewServer(in)
	tb.Cleanup(srv.Close)
	in.url = srv.URL
	return in
}

// URL is the notice address of orders.
func (in *Inbox) URL() string { return in.url + "/notify" }

// Use names the adapter that verifies what comes in.
func (in *Inbox) Use(a channel.Adapter) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.adapter = a
}

// Refuse makes the inbox answer "not accepted" to genuine notices, or stop
// doing so.
func (in *Inbox) Refuse(refuse bool) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.refuse = refuse
}

// ServeHTTP receives a notice.
func (in *Inbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the wallet hung up
	}
	letter := Letter{At: in.clock.Now(), Raw: channel.RawNotice{Header: r.Header, Query: r.URL.Query(), Body: body}}
	in.mu.Lock()
	adapter := in.adapter
	in.mu.Unlock()
	letter.Verdict, letter.Err = adapter.ReadNotice(r.Context(), letter.Raw)
	in.mu.Lock()
	letter.Reply = letter.Verdict.Nack
	if letter.Verdict.OK && !in.refuse {
		letter.Reply = letter.Verdict.Ack
	}
	in.letters = append(in.letters, letter)
	in.mu.Unlock()
	if letter.Err != nil || letter.Reply.Status == 0 {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	if letter.Reply.ContentType != "" {
		w.Header().Set("Content-Type", letter.Reply.ContentType)
	}
	w.WriteHeader(letter.Reply.Status)
	_, _ = w.Write(letter.Reply.Body)
}

// Take returns the letters that came in since the last Take, in the order of
// arrival.
func (in *Inbox) Take() []Letter {
	in.mu.Lock()
	defer in.mu.Unlock()
	out := in.letters
	in.letters = nil
	return out
}
