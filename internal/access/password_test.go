package access

import (
	"context"
	"strings"
	"testing"
	"time"

	"juma/internal/clock"
	"juma/internal/fault"
	"juma/internal/id"
)

const goodPassword = "a long enough secret"

// TestHashingCostsWhatIsAsked: OWASP's least for Argon2id, at most four at a time.
func TestHashingCostsWhatIsAsked(t *testing.T) {
	if StandardCost.MemoryKiB < 19*1024 || StandardCost.Time < 2 || parallelHashes > 4 {
		t.Errorf("%+v, %d at a time", StandardCost, parallelHashes)
	}
	h, err := newHasher(id.Seeded(1, "decoy"), StandardCost)
	if err != nil {
		t.Fatal(err)
	}
	// The decoy costs as much as a real hash: time does not tell which logins exist.
	decoy, err := parsePHC(h.decoy)
	if err != nil || decoy.Cost != StandardCost || len(decoy.key) != keyLen || len(decoy.salt) != saltLen {
		t.Errorf("decoy %+v, %v", decoy, err)
	}
}

func TestPHC(t *testing.T) {
	h, err := newHasher(id.Seeded(1, "phc"), StandardCost)
	if err != nil {
		t.Fatal(err)
	}
	one, _ := h.hash(context.Background(), goodPassword)
	two, _ := h.hash(context.Background(), goodPassword)
	if one == two || !strings.HasPrefix(one, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("hashes %q and %q: want different salts and the stated cost", one, two)
	}
	for _, bad := range []string{"", "x", "$argon2i$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aaaaaaaaaaaaaaaaaaaaaaaa",
		"$argon2id$v=19$m=99999999,t=2,p=1$c2FsdHNhbHQ$aaaaaaaaaaaaaaaaaaaaaaaa", "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$"} {
		if ok, err := h.matches(context.Background(), bad, ""); ok || !fault.Is(err, fault.Corrupt) {
			t.Errorf("hash %q: got %v, %v; want Corrupt", bad, ok, err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for range parallelHashes {
		h.slots <- struct{}{}
	}
	if _, err := h.hash(ctx, goodPassword); !fault.Is(err, fault.Unavailable) {
		t.Errorf("no free slot: got %v, want Unavailable", err)
	}
}

func TestTwelveCharactersOfAnyScriptAreEnough(t *testing.T) {
	if err := CheckPassword("clerk1", "床前明月光疑是地上霜举头"); err != nil {
		t.Error(err)
	}
}

func TestAddressGate(t *testing.T) {
	clk := clock.NewSim(time.Unix(0, 0), 1)
	g := newAddressGate(clk)
	for range addressFailures {
		if err := g.admit("203.0.113.9"); err != nil {
			t.Fatal(err)
		}
		g.failed("203.0.113.9")
	}
	if err := g.admit("203.0.113.9"); !fault.Is(err, fault.Refused) {
		t.Errorf("got %v, want Refused", err)
	}
	if err := g.admit("203.0.113.10"); err != nil {
		t.Errorf("another address was refused: %v", err)
	}
	clk.AdvanceTo(clk.Now().Add(AddressWindow))
	if err := g.admit("203.0.113.9"); err != nil {
		t.Errorf("still refused after the window: %v", err)
	}
	for i := range maxAddresses + 10 {
		g.failed(string(rune(i + 1000)))
	}
	if len(g.by) > maxAddresses {
		t.Errorf("gate remembers %d addresses, want at most %d", len(g.by), maxAddresses)
	}
}
