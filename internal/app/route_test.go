package app_test

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"juma/acquiring"
	"juma/acquiring/channel"
	"juma/acquiring/routing"
	"juma/clearing"
	"juma/internal/app"
	"juma/internal/bizdate"
	"juma/internal/clock"
)

// TestWeChatByTransfer: a consumer scans with WeChat, the rules in force send the
// payment through UnionPay's service-provider interface, and it is cleared as
// UnionPay's: after 23:00 on the next day, by a ZM statement, as UP in the files.
func TestWeChatByTransfer(t *testing.T) {
	evening := bizdate.Date(20260310).Start().Add(23*time.Hour + 10*time.Minute)
	const cleared = bizdate.Date(20260311)
	clk := clock.NewSim(evening, 4)
	w := walletsAt(t, clk)
	s := open(t, app.Config{Wallets: w, Channels: w.Channels(), Clock: clk})

	set := routing.Direct()
	set.Rules = append(set.Rules, routing.Rule{Name: "WeChat by transfer", Priority: 1, Wallet: channel.WeChatWallet,
		Targets: []routing.Target{{Channel: channel.UnionPayAggregate, Weight: 1}, {Channel: channel.WeChat}}})
	v, err := s.Routes.Propose(ctx, set, "ops1", "one settlement for all wallets")
	must(t, err)
	must(t, s.Routes.Approve(ctx, v.Version, "ops2", ""))

	c, payURL := s.scan(channel.WeChat)
	order, status := s.press(c, payURL, "by-transfer-request-1")
	if status != http.StatusOK || order.Bridge.Kind != "wechat" || !strings.HasPrefix(order.Bridge.Params["package"], "prepay_id=") {
		t.Fatalf("pay answered %d, bridge %+v", status, order.Bridge)
	}
	body, err := json.Marshal(map[string]string{"wallet": string(channel.UnionPayAggregate), "out_trade_no": order.OrderNo})
	must(t, err)
	resp, err := http.Post(w.ControlURL+"/confirm", "application/json", bytes.NewReader(body))
	must(t, err)
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("confirm answered %d", resp.StatusCode)
	}
	clk.AdvanceTo(clk.Now().Add(2 * time.Second)) // the notice
	p := s.await(order.OrderNo)
	if p.Wallet != channel.WeChatWallet || p.Channel != channel.UnionPayAggregate || p.ClearingDate != cleared {
		t.Errorf("%s by %s, clearing date %s", p.Wallet, p.Channel, p.ClearingDate)
	}
	_, record, err := s.Acquiring.RouteOf(ctx, p.OrderNo)
	must(t, err)
	if record.Version != 1 || record.Rule != "WeChat by transfer" || len(record.Tries) != 1 || len(record.Others) != 1 {
		t.Errorf("route %+v", record)
	}
	r, err := s.Acquiring.RequestRefund(ctx, acquiring.RefundInput{OrderNo: p.OrderNo, Amount: 234, Reason: "one dish less", RequestID: "by-transfer-refund-1", By: "owner"})
	must(t, err)
	for end := time.Now().Add(20 * time.Second); r.State != acquiring.RefundSucceeded; time.Sleep(5 * time.Millisecond) {
		if r, err = s.Store.Acquiring().Refund(ctx, r.RefundNo); err != nil || time.Now().After(end) {
			t.Fatalf("refund %s (%s), %v", r.State, r.Message, err)
		}
	}

	clk.AdvanceTo(bizdate.Date(20260312).Start().Add(11 * time.Hour))
	batch, err := s.Clearing.CloseDay(ctx, cleared, "maker")
	must(t, err)
	for ch, lines := range map[channel.Name]int{channel.WeChat: 0, channel.UnionPay: 0, channel.UnionPayAggregate: 2} {
		if day, err := s.Store.Clearing().Day(ctx, ch, cleared); err != nil || day.State != clearing.Reconciled || day.TheirsLines != lines {
			t.Errorf("%s: %+v, %v; want %d lines", ch, day, err, lines)
		}
	}
	if file := s.fileWith(t, "ACOMA", p.OrderNo); !strings.Contains(file, "UP") || strings.Contains(file, "WX") {
		t.Errorf("the day's file (batch %s) has the payment as\n%s", batch.State, file)
	}
}

// fileWith returns the settlement file of a kind that names an order.
func (s shop) fileWith(t *testing.T, kind, orderNo string) string {
	t.Helper()
	found := ""
	must(t, filepath.WalkDir(s.DataDir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.Contains(d.Name(), kind) {
			return err
		}
		data, err := os.ReadFile(path)
		if bytes.Contains(data, []byte(orderNo)) {
			found = string(data)
		}
		return err
	}))
	return found
}
