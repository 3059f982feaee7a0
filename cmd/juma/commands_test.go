package main

import (
	"context"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"juma/acquiring"
	"juma/acquiring/channel"
	"juma/internal/app"
)

const deadRefund = "R2026031010000001000002"

// deadLetter makes a data directory with a refund whose command was given up.
func deadLetter(t *testing.T) (data string) {
	t.Helper()
	data = filepath.Join(t.TempDir(), "data")
	d, err := app.OpenCommandDesk(context.Background(), data, "")
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	at := time.Date(2026, 3, 10, 4, 0, 0, 0, time.UTC)
	p := acquiring.Payment{OrderNo: "P2026031010000001000001", MerchantNo: "999290058120001", TerminalNo: "10000001", Wallet: channel.WeChatWallet, Channel: channel.WeChat,
		Amount: 1000, Refunded: 300, State: acquiring.Paid, RRN: "606900000001", RequestID: "wish", ResultToken: "token", CreatedAt: at, PaidAt: at}
	r := acquiring.Refund{RefundNo: deadRefund, OrderNo: p.OrderNo, MerchantNo: p.MerchantNo, TerminalNo: p.TerminalNo, Channel: p.Channel, Amount: 300,
		State: acquiring.RefundCreated, RRN: "606900000002", RequestID: "back", CreatedAt: at, Tries: 1, TriedAt: at, Way: acquiring.ByRefund}
	m := acquiring.Command{Kind: acquiring.RefundCommand, ObjectNo: deadRefund, MerchantNo: p.MerchantNo, Channel: p.Channel, State: acquiring.CommandDead,
		Deliveries: 10, Reason: "nobody serves the channel", CreatedAt: at, ChangedAt: at}
	err = d.Store.Update(context.Background(), func(tx acquiring.Tx) error {
		if err := tx.InsertPayment(p); err != nil {
			return err
		}
		if err := tx.InsertRefund(r); err != nil {
			return err
		}
		return tx.InsertCommand(m)
	})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestCommandsAreListedAndDrivenAgain(t *testing.T) {
	data := deadLetter(t)
	list := func(flags ...string) (rows []map[string]any) {
		t.Helper()
		text := runs(t, append([]string{"commands", "list", "--data", data, "--json"}, flags...)...)
		if err := json.Unmarshal([]byte(text), &rows); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		return rows
	}
	dead := list("--state", "dead")
	if len(dead) != 1 || dead[0]["refund_no"] != deadRefund || dead[0]["deliveries"] != 10.0 || dead[0]["reason"] != "nobody serves the channel" {
		t.Errorf("given up: %v", dead)
	}
	failsPlainly(t, []string{"reason"}, "commands", "redrive", "--data", data, deadRefund)
	failsPlainly(t, []string{"object_no", "R0"}, "commands", "redrive", "--data", data, "R0", "--reason", "x")
	failsPlainly(t, []string{"only a refund that has failed"}, "commands", "retry", "--data", data, deadRefund, "--reason", "x")
	if out := runs(t, "commands", "redrive", "--data", data, deadRefund, "--reason", "the wallet is back", "--by", "ops"); out != "command "+deadRefund+" is waiting\n" {
		t.Errorf("redrive says %q", out)
	}
	failsPlainly(t, []string{"is waiting"}, "commands", "redrive", "--data", data, deadRefund, "--reason", "again")
	if all := list(); len(all) != 1 || all[0]["state"] != "waiting" || all[0]["redrives"] != 1.0 {
		t.Errorf("afterwards: %v", all)
	}
	if text := runs(t, "commands", "list", "--data", data); !strings.Contains(text, deadRefund) || !strings.HasPrefix(text, "REFUND ") {
		t.Errorf("as a table: %s", text)
	}
	failsPlainly(t, []string{"accept or refund"}, "merchants", "late", "--data", data, "999290058120001", "perhaps")
	failsPlainly(t, []string{"merchant_no"}, "merchants", "late", "--data", data, "999290058120099", "refund")
	failsPlainly(t, []string{"holds no database"}, "commands", "redrive", "--data", filepath.Join(data, "elsewhere"), deadRefund, "--reason", "x")
}
