package qrcode_test

import (
	"context"
	"testing"
	"time"

	"juma/internal/clock"
	"juma/internal/fault"
	"juma/internal/id"
	"juma/qrcode"
)

// countingRepo tells whether the database was asked.
type countingRepo struct {
	qrcode.Repository
	asked, shapes int
	known         []string
}

func (r *countingRepo) Plate(context.Context, string) (qrcode.Plate, qrcode.Binding, error) {
	r.asked++
	return qrcode.Plate{}, qrcode.Binding{}, fault.New("repo", fault.NotFound, "no such plate")
}

func (r *countingRepo) Shapes(context.Context) ([]string, error) {
	r.shapes++
	return r.known, nil
}

// TestTQ1AlteredKeys: an altered key finds nothing and does not reach the
// database.
func TestTQ1AlteredKeys(t *testing.T) {
	repo := &countingRepo{}
	s := service(repo, clock.NewSim(time.Unix(0, 0), 1))
	key := keyOf(3)
	for i := range key {
		altered := key[:i] + string("01"[map[bool]int{true: 1}[key[i] == '0']]) + key[i+1:]
		if _, _, err := s.Resolve(ctx, altered); !fault.Is(err, fault.NotFound) {
			t.Errorf("%s: %v", altered, err)
		}
	}
	if repo.asked != 0 || repo.shapes > 1 {
		t.Errorf("the database was asked %d times about altered keys, %d times for shapes", repo.asked, repo.shapes)
	}
}

// TestTQ1AMillionGuesses: guesses that know the form and the check character, the
// rest drawn at random, find nothing and never reach the database.
func TestTQ1AMillionGuesses(t *testing.T) {
	repo := &countingRepo{}
	s := service(repo, clock.NewSim(time.Unix(0, 0), 1))
	thief, err := id.NewPlateRing(id.Seeded(666, "a ring of his own"))
	if err != nil {
		t.Fatal(err)
	}
	rnd := id.Seeded(666, "guesses")
	for i := range 1_000_000 {
		guess := thief.New(rnd)
		if i == 0 && id.CheckPlateKey(guess) != nil {
			t.Fatal("the guesses are to be well-formed")
		}
		if _, _, err := s.Resolve(ctx, guess); !fault.Is(err, fault.NotFound) {
			t.Fatalf("guess %s: %v", guess, err)
		}
	}
	if repo.asked != 0 || repo.shapes > 1 {
		t.Errorf("the database was asked %d times, and %d times for shapes", repo.asked, repo.shapes)
	}
}

// TestImportedKeysAreLookedUpByShape: keys without a MAC of ours reach the
// database only when they look like those of an imported batch.
func TestImportedKeysAreLookedUpByShape(t *testing.T) {
	repo := &countingRepo{known: []string{"32 1 0112"}}
	clk := clock.NewSim(time.Unix(0, 0), 1)
	s := service(repo, clk)
	for key, asked := range map[string]bool{
		"01120000000000000000000000000001":  true,
		"62120000000000000000000000000001":  false, // another beginning
		"0112000000000000000000000000000A":  false, // a letter
		"0112000000000000000000000000001":   false, // a digit less
		"011200000000000000000000000000011": false,
		keyOf(1):                            true, // ours
		id.NewPlateKey(id.Seeded(1, "x")):   false,
	} {
		repo.asked = 0
		if _, _, err := s.Resolve(ctx, key); !fault.Is(err, fault.NotFound) || (repo.asked == 1) != asked {
			t.Errorf("%s: asked %d times, %v; want %v", key, repo.asked, err, asked)
		}
	}
	if repo.shapes != 1 {
		t.Errorf("shapes were read %d times within a minute", repo.shapes)
	}
}
