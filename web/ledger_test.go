package web

import (
	"net/http"
	"testing"
)

// TestLedgerIsToldDownToTheEntry: from the balance to a head, its account and the
// entry; the table for spreadsheets; and what is no date or account is said so.
func TestLedgerIsToldDownToTheEntry(t *testing.T) {
	s := newSite(t)
	read := func(path string, status int) string {
		t.Helper()
		return wantStatus(t, probe{route: "GET " + path, path: path}.send(s, "clear"), status)
	}
	wantContains(t, read(ledgerPath, http.StatusOK), zh.text("ledger.balanced"), "¥123.45", "/console/ledger/accounts?head=merchant_payable", zh.text("ledger.seals"), "2026-03-09")
	wantContains(t, read(ledgerPath+"?date=2026-03-08", http.StatusOK), zh.text("ledger.balanced"), "date=2026-03-08")
	wantContains(t, read(ledgerPath+"/accounts?head=merchant_payable", http.StatusOK), merchantA, "¥123.45")
	wantContains(t, read(someAccount, http.StatusOK), settledOrder, "channel_receivable/wechat", "2026-03-09")
	wantContains(t, read(ledgerPath+"/balance.csv?accounts=1", http.StatusOK), "merchant_payable/"+merchantA+",merchant_payable,"+merchantA+",0,12345,12345")
	wantContains(t, read(ledgerPath+"/rules", http.StatusOK), "payment_paid", "channel_receivable/wechat")
	read(ledgerPath+"?date=yesterday", http.StatusUnprocessableEntity)
	read(ledgerPath+"/accounts?head=petty_cash", http.StatusNotFound)
	read(ledgerPath+"/entries?account=petty_cash", http.StatusNotFound)
}
