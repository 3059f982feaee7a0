package store_test

import (
	"database/sql"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"juma/internal/dbtest"
	"juma/internal/fault"
	"juma/internal/store"
	"juma/merchants"
	"juma/merchants/synthetic"
	"juma/migrations"
)

// againDesk takes migration 13 back and runs it again, over rows that were there.
func againDesk(t *testing.T, db *sql.DB, mysql bool) {
	t.Helper()
	files, drop := migrations.SQLite(), "DROP INDEX %[2]s"
	if mysql {
		files, drop = migrations.MySQL(), "DROP INDEX %[2]s ON %[1]s"
	}
	text, err := fs.ReadFile(files, "00013_desk.sql")
	must(t, err)
	statements := []string{
		fmt.Sprintf(drop, "applications", "applications_live"), fmt.Sprintf(drop, "merchants", "merchants_state"),
		"ALTER TABLE applications DROP COLUMN live_key", "ALTER TABLE applications DROP COLUMN kind",
	}
	statements = append(statements, strings.Split(strings.TrimSuffix(strings.TrimSpace(string(text)), ";"), ";\n")...)
	c, err := db.Conn(ctx) // the migration's variables are a connection's
	must(t, err)
	defer c.Close()
	for _, statement := range statements {
		if _, err := c.ExecContext(ctx, statement); err != nil {
			t.Fatal(statement, err)
		}
	}
}

// TestOlderApplicationsGetTheirKeys: what was stored before there was a guard is
// guarded by it, also where a business has two applications already; the second of
// them can still be sent back.
func TestOlderApplicationsGetTheirKeys(t *testing.T) {
	dbtest.EachEmpty(t, func(t *testing.T, cfg store.Config) {
		s := dbtest.Open(t, migrated(t, cfg))
		file := func(n int, kind merchants.Kind, of int) merchants.ApplicationFile {
			return merchants.ApplicationFile{ID: fmt.Sprintf("01JQAPPLICATION0000000001%d", n), Source: merchants.FromImport, State: merchants.Draft, Revision: 1, Profile: synthetic.Profile(3, of, kind), CreatedAt: noon, UpdatedAt: noon, SubmittedAt: noon}
		}
		old := []merchants.ApplicationFile{
			file(0, merchants.Enterprise, 1), file(1, merchants.Enterprise, 1), file(2, merchants.Individual, 2), file(3, merchants.Micro, 3), file(4, merchants.Micro, 3), file(5, merchants.Micro, 4),
		}
		insert := func(all ...merchants.ApplicationFile) error {
			return s.Onboarding().UpdateOnboarding(ctx, func(tx merchants.OnboardingTx) error { return tx.InsertApplications(all...) })
		}
		must(t, insert(old...))
		db := dbtest.Raw(t, cfg)
		if _, err := db.Exec("UPDATE applications SET state = 'submitted'"); err != nil {
			t.Fatal(err)
		}
		againDesk(t, db, cfg.DSN != "")
		for _, a := range old {
			var kind string
			if err := db.QueryRow("SELECT kind FROM applications WHERE id = ?", a.ID).Scan(&kind); err != nil || kind != string(a.Profile.Kind) {
				t.Errorf("%s: kind %q, %v; want %s", a.ID, kind, err, a.Profile.Kind)
			}
		}
		for of, kind := range map[int]merchants.Kind{1: merchants.Enterprise, 2: merchants.Individual, 3: merchants.Micro, 4: merchants.Micro} {
			again := file(9, kind, of)
			again.State = merchants.Submitted
			if err := insert(again); !fault.Is(err, fault.Conflict) {
				t.Errorf("another application of %d: %v, want a conflict", of, err)
			}
		}
		second := old[1]
		second.State, second.Revision = merchants.Rejected, 2
		must(t, s.Onboarding().UpdateOnboarding(ctx, func(tx merchants.OnboardingTx) error {
			moved, err := tx.SaveApplication(second, 1, merchants.Submitted)
			if err == nil && !moved {
				t.Error("the second one cannot be sent back")
			}
			return err
		}))
	})
}
