package store_test

import (
	"strings"
	"testing"

	"juma/acquiring"
	"juma/internal/dbtest"
	"juma/internal/fault"
	"juma/internal/store"
)

func TestSessionIsAsTheRulesNeedIt(t *testing.T) {
	s := dbtest.Open(t, migrated(t, dbtest.MariaDB(t)))
	for query, want := range map[string]string{
		"SELECT @@collation_connection": "utf8mb4_bin",
		"SELECT @@sql_mode":             "STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION",
		"SELECT @@tx_isolation":         "READ-COMMITTED", // MariaDB's name of it
		"SELECT @@autocommit":           "1",
	} {
		if got, err := s.Column(query); err != nil || len(got) != 1 || got[0] != want {
			t.Errorf("%s: %v, %v; want %s", query, got, err, want)
		}
	}
}

func TestTooLongAValueIsRefusedNotCut(t *testing.T) {
	s := dbtest.Open(t, migrated(t, dbtest.MariaDB(t)))
	p := payment(1)
	p.PayerID = strings.Repeat("x", 129)
	wantFault(t, s.Acquiring().Update(ctx, func(tx acquiring.Tx) error { return tx.InsertPayment(p) }), fault.Invalid, "")
}

func TestTextComparesByteByByte(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		upper := payment(2)
		upper.RequestID = strings.ToUpper(payment(1).RequestID)
		insertPaid(t, open(), day, payment(1), upper)
	})
}
