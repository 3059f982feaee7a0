//go:build proof

package demo

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"juma/internal/dbtest"
)

// TestKilledOnceAtEachPoint kills a day at one point alone, each time that the point is
// passed, and wants the files of the undisturbed run.
func TestKilledOnceAtEachPoint(t *testing.T) {
	eve := preparedEve(t, "", 7)
	want := eve.undisturbed(t)
	kills := 0
	for _, point := range crashPoints {
		point, _, _ := strings.Cut(point, ":")
		for n := 1; ; n++ {
			day := eve.copy(t)
			if err := day.run(t, fmt.Sprintf("%s:%d", point, n)); !errors.Is(err, errKilled) {
				if n == 1 {
					t.Errorf("%s was not reached", point)
				}
				break
			}
			kills++
			day.finishes(t, want)
		}
	}
	t.Logf("%d kills", kills)
}

// TestKilledAtEveryPointOnMariaDB (T-A3): the same on a server, whose files are those
// that SQLite gives.
func TestKilledAtEveryPointOnMariaDB(t *testing.T) {
	for seed := range uint64(3) {
		want := preparedEve(t, "", seed).undisturbed(t)
		day := preparedEve(t, dbtest.MariaDB(t).DSN, seed)
		for _, point := range crashPoints {
			day.killed(t, point)
		}
		day.finishes(t, want)
	}
}
