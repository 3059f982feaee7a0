package synthetic

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"juma/clearing/match"
)

// TestEnginesTellsWhatWasPlanted: every planted difference and nothing else.
func TestEngineTellsWhatWasPlanted(t *testing.T) {
	var ours, theirs strings.Builder
	want, err := Plan{Rows: 30_000, Seed: 1, Every: 10}.Write(&ours, &theirs)
	if err != nil || len(want) < 3000 {
		t.Fatal(len(want), err)
	}
	a, err := match.NewScanner("ours", strings.NewReader(ours.String()), match.Default())
	if err != nil {
		t.Fatal(err)
	}
	b, err := match.NewScanner("theirs", strings.NewReader(theirs.String()), match.Default())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	sum, err := match.Run(context.Background(), a, b, match.Options{}, func(d match.Difference) error {
		got = append(got, fmt.Sprintf("%s,%s,%s,%s,%s", d.Kind, d.OrderNo, d.Field, d.Ours, d.Theirs))
		return nil
	})
	if err != nil || !sum.Proved() || !slices.Equal(got, want) {
		t.Errorf("%d lines, want %d; proved %v, %v", len(got), len(want), sum.Proved(), err)
	}
}
