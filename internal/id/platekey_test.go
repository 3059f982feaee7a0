package id

import (
	"math"
	"slices"
	"strings"
	"testing"
)

func ring(t testing.TB, seed uint64) *PlateRing {
	t.Helper()
	r, err := NewPlateRing(Seeded(seed, "ring"))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestPlateKeyCatchesEveryMistake(t *testing.T) {
	r := ring(t, 1)
	key := r.New(Seeded(1, "test"))
	if len(key) != PlateKeyLen || CheckPlateKey(key) != nil || r.Check(key) != nil {
		t.Fatal(key, CheckPlateKey(key), r.Check(key))
	}
	for i := range key {
		for _, c := range plateAlphabet {
			wrong := key[:i] + string(c) + key[i+1:]
			if wrong != key && CheckPlateKey(wrong) == nil {
				t.Errorf("character %d of %s changed to %c is not caught", i, key, c)
			}
		}
		if i+1 < len(key) && key[i] != key[i+1] {
			swapped := key[:i] + string(key[i+1]) + string(key[i]) + key[i+2:]
			if CheckPlateKey(swapped) == nil {
				t.Errorf("swapping characters %d and %d of %s is not caught", i, i+1, key)
			}
		}
	}
	for _, bad := range []string{"", key[1:], key + "0", strings.ToLower(key), strings.Repeat("Z", PlateKeyLen), "../../../../etc/passwd", "\xff" + key[1:]} {
		if CheckPlateKey(bad) == nil || r.Check(bad) == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
}

// TestForgedPlateKeys: whoever knows the form and the check character still
// cannot make a key, nor carry the MAC of one key to another.
func TestForgedPlateKeys(t *testing.T) {
	r, other := ring(t, 1), ring(t, 2)
	a, b := r.New(Seeded(1, "a")), r.New(Seeded(1, "b"))
	sealed := func(body string) string { return body + string(plateCheck(body)) }
	for _, forged := range []string{
		sealed(a[:plateMACTail] + b[plateMACTail:PlateKeyLen-1]),
		sealed("B" + a[1:PlateKeyLen-1]), // an id that no key has
		sealed("0" + a[1:PlateKeyLen-1]),
		other.New(Seeded(1, "a")),
	} {
		if CheckPlateKey(forged) != nil {
			t.Errorf("%s: the test wants a sound check character", forged)
		}
		if r.Check(forged) == nil {
			t.Errorf("%s passes", forged)
		}
	}
}

func TestPlateRingRotates(t *testing.T) {
	r := ring(t, 1)
	rnd, keys := Seeded(3, "keys"), []string{r.New(Seeded(3, "first"))}
	for range len(plateKeyIDs) - 1 {
		next, err := r.Rotate(rnd)
		if err != nil {
			t.Fatal(err)
		}
		key := next.New(rnd)
		if key[:1] != next.Newest() || r.Check(key) == nil {
			t.Errorf("%s: made with %s, and the ring before knows it", key, next.Newest())
		}
		keys, r = append(keys, key), next
	}
	read, err := ParsePlateRing(r.Text())
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range keys {
		if err := read.Check(key); err != nil {
			t.Errorf("a key from before the rotation: %v", err)
		}
	}
	if _, err := r.Rotate(rnd); err == nil {
		t.Error("a key without id was added")
	}
}

func TestPlateRingsThatAreRefused(t *testing.T) {
	good := ring(t, 1).Text()
	for _, bad := range []string{"", "\n", "A\n", good[:60], "B" + good[1:], good + good, good + "\n", "A " + strings.Repeat("zz", 32)} {
		if _, err := ParsePlateRing(bad); err == nil {
			t.Errorf("%q was read", bad)
		} else if strings.Contains(err.Error(), good[2:20]) {
			t.Errorf("the error holds the key: %v", err)
		}
	}
}

func TestPlateKeysDiffer(t *testing.T) {
	r, rnd, seen := ring(t, 1), Seeded(7, "plates"), map[string]bool{}
	for range 20_000 {
		k := r.New(rnd)
		if seen[k] {
			t.Fatalf("%s was drawn twice", k)
		}
		seen[k] = true
	}
	if bits := plateRandom * math.Log2(float64(len(plateAlphabet))); bits < 100 {
		t.Errorf("a key has %.1f random bits, want 100", bits)
	}
}

// TestPlateKeyCharactersAreUniform: each random character is as likely as any
// other, by chi-squared over 630,000 of them (30 degrees of freedom; 70 is beyond
// one in 10,000).
func TestPlateKeyCharactersAreUniform(t *testing.T) {
	r, rnd := ring(t, 1), Seeded(11, "uniform")
	counts := make([]float64, len(plateAlphabet))
	for range 30_000 {
		for _, c := range r.New(rnd)[1:plateMACTail] {
			counts[strings.IndexRune(plateAlphabet, c)]++
		}
	}
	want, chi := 30_000*float64(plateRandom)/float64(len(counts)), 0.0
	for _, n := range counts {
		chi += (n - want) * (n - want) / want
	}
	if chi > 70 {
		t.Errorf("chi-squared %.1f: %v", chi, slices.Max(counts))
	}
}

// FuzzPlateKey: whatever is typed, only what was issued passes.
func FuzzPlateKey(f *testing.F) {
	r := ring(f, 1)
	key := r.New(Seeded(1, "fuzz"))
	f.Add(key)
	f.Add(key[:PlateKeyLen-1] + "0")
	f.Add("\x00")
	f.Fuzz(func(t *testing.T, s string) {
		if r.Check(s) == nil && s != key {
			t.Errorf("%q passes and was never issued", s)
		}
	})
}
