package seal

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"juma/internal/fault"
	"juma/internal/id"
)

func ring(t *testing.T) *Keyring {
	t.Helper()
	k, err := New(id.Seeded(1, "seal"))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestSealedValuesOpenWhereTheyBelong(t *testing.T) {
	k := ring(t)
	for _, plain := range []string{"", "小", "110101190001010014", strings.Repeat("张三", 500)} {
		s, err := k.Seal("people.id.1", plain)
		if err != nil {
			t.Fatal(err)
		}
		if plain != "" && strings.Contains(s, plain) {
			t.Errorf("%q is readable in %q", plain, s)
		}
		if got, err := k.Open("people.id.1", s); err != nil || got != plain {
			t.Errorf("opened %q, %v", got, err)
		}
		if _, err := k.Open("people.id.2", s); plain != "" && !fault.Is(err, fault.Corrupt) {
			t.Errorf("copied to another row: %v", err)
		}
	}
	a, _ := k.Seal("p", "same")
	b, _ := k.Seal("p", "same")
	if a == b {
		t.Error("the same value sealed twice must not look the same")
	}
}

func TestAlteredValuesDoNotOpen(t *testing.T) {
	k := ring(t)
	s, _ := k.Seal("p", "13800000000")
	head := strings.Index(s, ".") + 1
	for i := head; i < len(s)-1; i++ { // the last character carries unused bits
		c := byte('A')
		if s[i] == 'A' {
			c = 'B'
		}
		if _, err := k.Open("p", s[:i]+string(c)+s[i+1:]); !fault.Is(err, fault.Corrupt) {
			t.Fatalf("character %d altered: %v", i, err)
		}
	}
	for _, bad := range []string{"13800000000", k.Newest() + ".", k.Newest() + ".!", k.Newest() + ".AAAA"} {
		if _, err := k.Open("p", bad); !fault.Is(err, fault.Corrupt) || strings.Contains(err.Error(), "1380") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestRotation(t *testing.T) {
	old := ring(t)
	sealed, _ := old.Seal("p", "v")
	both, err := old.WithNewKey()
	if err != nil || both.Newest() == old.Newest() {
		t.Fatal(err)
	}
	if got, err := both.Open("p", sealed); got != "v" || err != nil {
		t.Error("the old key must stay readable", err)
	}
	again, _ := both.Seal("p", "v")
	if KeyOf(again) != both.Newest() || KeyOf(sealed) != old.Newest() {
		t.Error("new values take the new key")
	}
	alone := both.OnlyNewest()
	if _, err := alone.Open("p", sealed); !fault.Is(err, fault.NotReady) {
		t.Errorf("without the old key: %v", err)
	}
	if got, err := alone.Open("p", again); got != "v" || err != nil {
		t.Error(err)
	}
	if alone.Check() != old.Check() || alone.Index("phone", "1") != old.Index("phone", "1") {
		t.Error("the index outlives a rotation")
	}
}

func TestSealedBytes(t *testing.T) {
	k := ring(t)
	for _, plain := range []string{"", "x", "a.b\x00\xff", strings.Repeat("picture", 100_000)} {
		s, err := k.SealBytes("p", []byte(plain))
		if err != nil || plain != "" && (len(s) < len(plain) || KeyOf(string(s[:9])) != k.Newest()) {
			t.Fatal(len(s), err)
		}
		if got, err := k.OpenBytes("p", s); err != nil || string(got) != plain {
			t.Errorf("%d bytes opened as %d, %v", len(plain), len(got), err)
		}
		if plain == "" {
			continue
		}
		if _, err := k.OpenBytes("q", s); !fault.Is(err, fault.Corrupt) {
			t.Errorf("copied elsewhere: %v", err)
		}
		s[len(s)-1] ^= 1
		if _, err := k.OpenBytes("p", s); !fault.Is(err, fault.Corrupt) {
			t.Errorf("altered: %v", err)
		}
	}
	for _, bad := range []string{"x", "plain text", k.Newest(), k.Newest() + ".", "\xff\xd8\xff.e0"} {
		if _, err := k.OpenBytes("p", []byte(bad)); !fault.Is(err, fault.Corrupt) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	s, _ := k.SealBytes("p", []byte("v"))
	other, _ := New(id.Seeded(2, "seal"))
	if _, err := other.OpenBytes("p", s); !fault.Is(err, fault.NotReady) {
		t.Errorf("without its key: %v", err)
	}
}

func TestIndex(t *testing.T) {
	k := ring(t)
	first, again := k.Index("phone", "1"), k.Index("phone", "1")
	if first != again || first == "" || k.Index("phone", "1") == k.Index("card", "1") || k.Index("phone", "") != "" {
		t.Error("equal values of one purpose have equal indexes, of another purpose others")
	}
	other, _ := New(id.Seeded(2, "seal"))
	if k.Index("phone", "1") == other.Index("phone", "1") || k.Check() == other.Check() {
		t.Error("another key, another index")
	}
}

func TestFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "seal.keys")
	k, err := Load(path, id.Seeded(1, "seal"))
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatal(info.Mode(), err)
	}
	k, _ = k.WithNewKey()
	if err := k.Save(path); err != nil {
		t.Fatal(err)
	}
	sealed, _ := k.Seal("p", "v")
	again, err := Load(path, id.Seeded(2, "seal"))
	if err != nil || again.Newest() != k.Newest() || again.Check() != k.Check() {
		t.Fatal(err)
	}
	if got, err := again.Open("p", sealed); got != "v" || err != nil {
		t.Error(got, err)
	}
	good := string(k.file())
	for _, bad := range []string{"", "nonsense", header, header + "\nindex 00", strings.Replace(good, "index", "indx", 1), good[:len(good)-9], good + "more\n"} {
		if _, err := Parse([]byte(bad), nil); !fault.Is(err, fault.Corrupt) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
