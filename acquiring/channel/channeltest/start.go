package channeltest

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"juma/acquiring/sandbox"
	"juma/internal/bizdate"
	"juma/internal/clock"
)

// day is the suite's business day, a Tuesday; opening is when it begins.
const day bizdate.Date = 20260310

var opening = day.Start().Add(9 * time.Hour)

// Start puts a sandbox on loopback, points an adapter at it with the
// credentials that the sandbox hands out, and lets notices come to an inbox.
// Everything ends with the test.
func Start(tb testing.TB, kit Kit) Harness {
	tb.Helper()
	clk := clock.NewSim(opening, 4)
	core := sandbox.NewCore(clk, nil)
	tb.Cleanup(core.Notices.Close)
	wallet, err := kit.Wallet(core)
	if err != nil {
		tb.Fatalf("the sandbox does not start: %v", err)
	}
	client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	tb.Cleanup(client.CloseIdleConnections)
	h := Harness{
		Wallet: wallet, Core: core, Clock: clk,
		MerchantID: kit.MerchantID, OtherMerchantID: kit.OtherMerchantID, Traits: kit.Traits,
		kit: kit, client: client,
	}
	h.Line = newLine(tb, wallet.Handler(), client.CloseIdleConnections)
	wallet.SetBaseURL(h.Line.URL())
	credentials, err := json.Marshal(wallet.Credentials())
	if err != nil {
		tb.Fatalf("credentials as JSON: %v", err)
	}
	if h.Adapter, err = kit.Adapter(credentials, clk, client); err != nil {
		tb.Fatalf("the adapter refuses the sandbox's credentials: %v", err)
	}
	if h.Reader, err = kit.Reader(credentials); err != nil {
		tb.Fatalf("the statement reader: %v", err)
	}
	h.Inbox = newInbox(tb, clk)
	h.Inbox.Use(h.Adapter)
	return h
}
