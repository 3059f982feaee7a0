package store_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"juma/acquiring"
	"juma/internal/audit"
	"juma/internal/dbtest"
	"juma/internal/fault"
	"juma/internal/id"
	"juma/internal/seal"
	"juma/internal/store"
	"juma/merchants"
)

func record(t *testing.T, s *store.Store, objects ...string) {
	t.Helper()
	update(t, s, func(tx acquiring.Tx) error {
		for _, o := range objects {
			if err := tx.Audit(audit.Entry{At: noon, Actor: "op", Action: "merchant.suspended", Object: o, Before: "active", After: "suspended", Reason: "r\xff"}); err != nil {
				return err
			}
		}
		return nil
	})
}

func TestAuditChain(t *testing.T) {
	damages := map[string]struct{ sql, fault string }{
		"nothing":           {"", ""},
		"a field changed":   {"UPDATE audit SET actor = 'x' WHERE object = 'o2'", "altered"},
		"an entry removed":  {"DELETE FROM audit WHERE object = 'o3'", "taken out"},
		"a link removed":    {"DELETE FROM audit_chain WHERE seq = 2", "taken out"},
		"the end removed":   {"DELETE FROM audit_chain WHERE seq = 4", "last entries were taken out"},
		"an entry smuggled": {"INSERT INTO audit (id, happened_at, actor, action, object, value_before, value_after, reason) VALUES ('X', 1, '', '', '', '', '', '')", "beside the chain"},
		"the end altered":   {"UPDATE audit_head SET hash = 'x'", "end was altered"},
	}
	for name, d := range damages {
		t.Run(name, func(t *testing.T) {
			dbtest.EachEmpty(t, func(t *testing.T, cfg store.Config) {
				s := dbtest.Open(t, migrated(t, cfg))
				record(t, s, "o1", "o2")
				record(t, s, "o3")
				record(t, s, "o4")
				if d.sql != "" {
					if _, err := dbtest.Raw(t, cfg).Exec(d.sql); err != nil {
						t.Fatal(err)
					}
				}
				p, err := s.VerifyAudit(ctx)
				if err != nil || (p.Fault == "") != (d.fault == "") || !strings.Contains(p.Fault, d.fault) {
					t.Errorf("%+v, %v; want %q", p, err, d.fault)
				}
				if d.fault == "" && p.Entries != 4 {
					t.Errorf("%d entries, want 4", p.Entries)
				}
			})
		})
	}
}

// TestAuditChainUnderConcurrency: writers side by side make one chain.
func TestAuditChainUnderConcurrency(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *store.Store) {
		stores := []*store.Store{open(), open()}
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				for j := range 25 {
					err := stores[i%2].Acquiring().Update(ctx, func(tx acquiring.Tx) error {
						return tx.Audit(audit.Entry{At: noon, Actor: "op", Action: "a", Object: fmt.Sprint(i, j)})
					})
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		if p, err := stores[0].VerifyAudit(ctx); err != nil || p.Fault != "" || p.Entries != 200 {
			t.Errorf("%+v, %v", p, err)
		}
	})
}

func shopRow(no, account string) merchants.Merchant {
	return merchants.Merchant{No: no, Name: "n", ShortName: "s", MCC: "5812", RegionCode: "310000", State: merchants.Active, CreatedAt: noon,
		Account: merchants.SettlementAccount{BankName: "b", CNAPS: "999290000012", AccountNo: account, AccountName: "张三"}}
}

func TestSealedColumns(t *testing.T) {
	dbtest.EachEmpty(t, func(t *testing.T, cfg store.Config) {
		s := dbtest.Open(t, migrated(t, cfg))
		raw := dbtest.Raw(t, cfg)
		for no, account := range map[string]string{"999290058120001": "6216261000000000018", "999290058120002": "6216261000000000216"} {
			must(t, s.Merchants().CreateMerchant(ctx, shopRow(no, account), nil, nil, nil, nil))
		}
		var stored string
		if err := raw.QueryRow("SELECT account_no FROM merchants WHERE merchant_no = '999290058120001'").Scan(&stored); err != nil || stored == "" || strings.Contains(stored, "6216") {
			t.Fatalf("stored %q, %v", stored, err)
		}
		read := func(s *store.Store) (string, error) {
			m, err := s.Merchants().Merchant(ctx, "999290058120001")
			return m.Account.AccountNo + m.Account.AccountName, err
		}
		if got, err := read(s); err != nil || got != "6216261000000000018张三" {
			t.Errorf("read %q, %v", got, err)
		}

		fresh, err := cfg.Keys.WithNewKey()
		must(t, err)
		both := cfg
		both.Keys = fresh
		rotating := dbtest.Open(t, both)
		if n, err := rotating.Reseal(ctx, nil); err != nil || n != 6 {
			t.Errorf("resealed %d, %v; want 6", n, err)
		}
		if n, err := rotating.Reseal(ctx, nil); err != nil || n != 0 {
			t.Errorf("again: %d, %v; want nothing left", n, err)
		}
		after := cfg
		after.Keys = fresh.OnlyNewest()
		if got, err := read(dbtest.Open(t, after)); err != nil || got != "6216261000000000018张三" {
			t.Errorf("with the new key alone: %q, %v", got, err)
		}
		if _, err := read(s); !fault.Is(err, fault.NotReady) {
			t.Errorf("with the old key alone: %v", err)
		}

		if _, err := raw.Exec("UPDATE merchants SET account_no = (SELECT a FROM (SELECT account_no AS a FROM merchants WHERE merchant_no = '999290058120002') t) WHERE merchant_no = '999290058120001'"); err != nil {
			t.Fatal(err)
		}
		if _, err := read(dbtest.Open(t, after)); !fault.Is(err, fault.Corrupt) || strings.Contains(err.Error(), "6216") {
			t.Errorf("a value of another row: %v", err)
		}
	})
}

func TestKeysOfAnotherDatabaseAreRefused(t *testing.T) {
	dbtest.EachEmpty(t, func(t *testing.T, cfg store.Config) {
		dbtest.Open(t, migrated(t, cfg))
		other := cfg
		other.Keys = otherKeys(t)
		if _, err := store.Open(ctx, other); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "sealing keys") {
			t.Errorf("opened with other keys: %v", err)
		}
	})
}

func otherKeys(t *testing.T) *seal.Keyring {
	t.Helper()
	k, err := seal.New(id.Seeded(2, "other"))
	must(t, err)
	return k
}

// TestSealedTablesAreComplete: rotation walks every sealed column that a table
// declares.
func TestSealedTablesAreComplete(t *testing.T) {
	declared := store.DeclaredSealedColumns(t)
	listed := store.ListedSealedColumns()
	if len(declared) == 0 || !slices.Equal(declared, listed) {
		t.Errorf("the sources declare %v, sealedTables lists %v", declared, listed)
	}
}
