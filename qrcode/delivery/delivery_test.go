package delivery_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"juma/internal/fault"
	"juma/internal/id"
	"juma/qrcode"
	"juma/qrcode/delivery"
)

var ctx = context.Background()

var key = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, 32))

// batch is n plates in memory.
func batch(t testing.TB, n int) (qrcode.Batch, []qrcode.Plate) {
	t.Helper()
	ring, err := id.NewPlateRing(id.Seeded(1, "ring"))
	if err != nil {
		t.Fatal(err)
	}
	rnd := id.Seeded(1, "keys")
	all := make([]qrcode.Plate, n)
	for i := range all {
		p := qrcode.Payload{Grammar: qrcode.Own, Host: "q.example.com", Key: ring.New(rnd)}
		text, err := p.Print()
		if err != nil {
			t.Fatal(err)
		}
		all[i] = qrcode.Plate{Key: p.Key, Serial: qrcode.Serial(20260310, i+1), BatchID: "BATCH", Grammar: qrcode.Own, Payload: text, State: qrcode.Blank}
	}
	return qrcode.Batch{ID: "BATCH", Count: n, Host: "q.example.com"}, all
}

// texts is a format that this test writes and reads: the payloads, one a line.
func texts(each int) delivery.Pictures {
	return delivery.Pictures{Ext: "txt", Each: each, Draw: func(plates []qrcode.Plate) ([]byte, error) {
		var b strings.Builder
		for _, p := range plates {
			fmt.Fprintln(&b, p.Payload)
		}
		return []byte(b.String()), nil
	}}
}

func readTexts(path string) ([]string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if len(text) == 0 {
		return nil, errors.New("nothing in it")
	}
	return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n"), nil
}

func maker(dir string, b qrcode.Batch, all []qrcode.Plate, p delivery.Pictures) delivery.Maker {
	return delivery.Maker{
		Dir: dir, Batch: b, Key: key, Pictures: p,
		Plates: func(_ context.Context, after string, limit int) ([]qrcode.Plate, error) {
			i, _ := slices.BinarySearchFunc(all, after, func(p qrcode.Plate, s string) int {
				if p.Serial <= s {
					return -1
				}
				return 1
			})
			return all[i:min(i+limit, len(all))], nil
		},
		Plate: func(_ context.Context, serial string) (qrcode.Plate, error) {
			for _, p := range all {
				if p.Serial == serial {
					return p, nil
				}
			}
			return qrcode.Plate{}, fault.New("test", fault.NotFound, "no plate")
		},
	}
}

func made(t *testing.T, n, each int) (dir string) {
	t.Helper()
	b, all := batch(t, n)
	dir = t.TempDir()
	pictures := delivery.Pictures{}
	if each > 0 {
		pictures = texts(each)
	}
	if _, err := maker(dir, b, all, pictures).Run(ctx); err != nil {
		t.Fatal(err)
	}
	return dir
}

// proof runs the verifier and gives its lines.
func proof(t *testing.T, dir string) (report delivery.Report, lines []string) {
	t.Helper()
	report, err := delivery.Verifier{Dir: dir, Decode: readTexts, Differs: func(file, problem string) { lines = append(lines, file+","+problem) }}.Run(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if report.Differences != len(lines) {
		t.Errorf("%d differences, %d lines", report.Differences, len(lines))
	}
	return report, lines
}

func TestWhatIsMadeIsProved(t *testing.T) {
	for each, files := range map[int]int{0: 0, 1: 25, 10: 3} {
		dir := made(t, 25, each)
		report, lines := proof(t, dir)
		if len(lines) != 0 || report.Plates != 25 || report.Files != files || report.Signer != delivery.Fingerprint(key.Public().(ed25519.PublicKey)) {
			t.Errorf("each %d: %+v, %v", each, report, lines)
		}
		text, err := os.ReadFile(filepath.Join(dir, delivery.ManifestFile))
		if err != nil || !strings.HasPrefix(string(text), "serial,key,payload,ndef_hex,file,sha256\n2603100000001,") || strings.Count(string(text), "\n") != 26 {
			t.Errorf("manifest %.200s, %v", text, err)
		}
	}
}

// TestDifferencesAreTold: a line for each thing that is not as it was signed.
func TestDifferencesAreTold(t *testing.T) {
	const manifest, third = delivery.ManifestFile, "plates/2603100000/2603100000003.txt"
	edit := func(old, new string) func(dir string) {
		return func(dir string) {
			path := filepath.Join(dir, manifest)
			text, _ := os.ReadFile(path)
			if !strings.Contains(string(text), old) {
				t.Fatalf("%q is not in the manifest", old)
			}
			_ = os.WriteFile(path, []byte(strings.Replace(string(text), old, new, 1)), 0o644)
		}
	}
	write := func(name, text string) func(string) {
		return func(dir string) { _ = os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644) }
	}
	_, all := batch(t, 5)
	for name, c := range map[string]struct {
		damage func(dir string)
		want   []string
	}{
		"a picture is missing":     {func(dir string) { _ = os.Remove(filepath.Join(dir, third)) }, []string{third + ",missing"}},
		"a picture is another":     {write(third, all[3].Payload+"\n"), []string{third + ",altered", third + `,code 1 says "` + all[3].Payload}},
		"a picture is empty":       {write(third, ""), []string{third + ",altered", third + ",no code can be read"}},
		"a picture too many codes": {write(third, all[2].Payload+"\n"+all[2].Payload+"\n"), []string{third + ",altered", third + ",has 2 codes, the manifest 1"}},
		"a link": {func(dir string) {
			_ = os.Remove(filepath.Join(dir, third))
			_ = os.Symlink("/etc/passwd", filepath.Join(dir, third))
		}, []string{third + ",is no regular file"}},
		"a file more":            {write("plates/more.txt", "x"), []string{"plates/more.txt,is in no line"}},
		"a serial":               {edit("2603100000003,", "2603100000009,"), []string{manifest + ",line 5: serial 2603100000004 does not follow", manifest + ",is not the file that was signed"}},
		"a key":                  {edit(all[2].Key+",", all[3].Key+","), []string{manifest + ",line 4: payload holds key", manifest + ",line 5: key " + all[3].Key + " is there twice", manifest + ",is not the file"}},
		"a tag":                  {edit(hex.EncodeToString([]byte{})+"D101", "D102"), []string{manifest + ",line 2: ndef_hex is no message", manifest + ",is not the file"}},
		"a line without columns": {edit("2603100000005,", "2603100000005;"), []string{manifest + ",line 6: has 5 fields", "is not the file", "plates/2603100000/2603100000005.txt,is in no line"}},
		"a path that leads out":  {edit(third, "../../etc/passwd"), []string{manifest + ",line 4: file", "is not the file", third + ",is in no line"}},
		"no signature":           {func(dir string) { _ = os.Remove(filepath.Join(dir, delivery.SignatureFile)) }, []string{delivery.SignatureFile + ",missing"}},
		"no key":                 {func(dir string) { _ = os.Remove(filepath.Join(dir, delivery.PublicKeyFile)) }, []string{delivery.PublicKeyFile + ",missing"}},
		"another key":            {write(delivery.PublicKeyFile, "x"), []string{delivery.PublicKeyFile + ",want an Ed25519 public key"}},
		"another signature":      {write(delivery.SignatureFile, "juma-manifest 1\n"), []string{delivery.SignatureFile + ",is no signature"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := made(t, 5, 1)
			c.damage(dir)
			_, lines := proof(t, dir)
			if len(lines) != len(c.want) {
				t.Fatalf("told %q, want %q", lines, c.want)
			}
			for i, want := range c.want {
				if !strings.Contains(lines[i], want) {
					t.Errorf("told %q, want %q", lines[i], want)
				}
			}
		})
	}
}

// TestAForgedStatement: whoever signs with a key of his own does not pass for the
// one that is expected.
func TestAForgedStatement(t *testing.T) {
	dir := made(t, 3, 0)
	thief := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{8}, 32))
	text, err := os.ReadFile(filepath.Join(dir, delivery.SignatureFile))
	if err != nil {
		t.Fatal(err)
	}
	s, err := delivery.ReadStatement(text, key.Public().(ed25519.PublicKey))
	if err != nil || s.Plates != 3 || s.Batch != "BATCH" {
		t.Fatal(s, err)
	}
	public := key.Public().(ed25519.PublicKey)
	for name, forged := range map[string][]byte{
		"another key":      s.Sign(thief),
		"his name changed": bytes.Replace(s.Sign(thief), []byte(delivery.Fingerprint(thief.Public().(ed25519.PublicKey))), []byte(delivery.Fingerprint(public)), 1),
		"more plates":      bytes.Replace(text, []byte("plates: 3"), []byte("plates: 4"), 1),
		"another line":     append([]byte("juma-manifest 1\nbatch: x\n"), text...),
		"a letter":         append(text[:len(text)-3:len(text)-3], "A==\n"...),
	} {
		if got, err := delivery.ReadStatement(forged, public); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	var lines []string
	v := delivery.Verifier{Dir: dir, Key: thief.Public().(ed25519.PublicKey), Decode: readTexts, Differs: func(file, problem string) { lines = append(lines, file+","+problem) }}
	if report, err := v.Run(ctx); err != nil || report.Signer != "" || len(lines) != 1 || !strings.Contains(lines[0], "signed by key") {
		t.Errorf("%+v, %v, %v", report, lines, err)
	}
}

func TestUnusableDirectories(t *testing.T) {
	empty := t.TempDir()
	other := t.TempDir()
	if err := os.WriteFile(filepath.Join(other, delivery.ManifestFile), []byte("a,b\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for dir, kind := range map[string]fault.Kind{empty: fault.NotFound, other: fault.Invalid, filepath.Join(empty, "none"): fault.NotFound} {
		if _, err := (delivery.Verifier{Dir: dir, Decode: readTexts, Differs: func(string, string) {}}).Run(ctx); !fault.Is(err, kind) {
			t.Errorf("%s: %v, want %s", dir, err, kind)
		}
	}
}

// TestStoppedAnywhereItGoesOn: whatever a process that was killed left of the
// part, the next one makes the same directory.
func TestStoppedAnywhereItGoesOn(t *testing.T) {
	for _, each := range []int{0, 1, 4} {
		const n = 23
		b, all := batch(t, n)
		p := delivery.Pictures{}
		if each > 0 {
			p = texts(each)
		}
		whole := made(t, n, each)
		want := contents(t, whole)
		manifest := want[delivery.ManifestFile]
		for cut := 0; cut <= len(manifest); cut += 311 {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, ".manifest.part"), []byte(manifest[:cut]), 0o644); err != nil {
				t.Fatal(err)
			}
			// The pictures of the lines that are whole, and half of the next one.
			for name, text := range want {
				if strings.HasPrefix(name, "plates/") {
					if !strings.Contains(manifest[:cut], name) {
						text = text[:len(text)/2]
					}
					path := filepath.Join(dir, name)
					if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
						t.Fatal(err)
					}
				}
			}
			if _, err := maker(dir, b, all, p).Run(ctx); err != nil {
				t.Fatalf("each %d, cut at %d: %v", each, cut, err)
			}
			if got := contents(t, dir); !maps.Equal(got, want) {
				t.Fatalf("each %d, cut at %d: another directory", each, cut)
			}
		}
	}
}

func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	root := os.DirFS(dir)
	for _, pattern := range []string{"*", "plates/*", "plates/*/*"} {
		names, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			name, _ = filepath.Rel(dir, name)
			if f, err := root.Open(name); err == nil {
				if info, err := f.Stat(); err == nil && !info.IsDir() {
					text, err := os.ReadFile(filepath.Join(dir, name))
					if err != nil {
						t.Fatal(err)
					}
					all[filepath.ToSlash(name)] = string(text)
				}
				f.Close()
			}
		}
	}
	return all
}

func TestAnotherBatchsPartIsRefused(t *testing.T) {
	b, all := batch(t, 5)
	dir := t.TempDir()
	text, err := os.ReadFile(filepath.Join(made(t, 5, 0), delivery.ManifestFile))
	if err != nil {
		t.Fatal(err)
	}
	other := strings.Replace(string(text), all[4].Key, id.NewPlateKey(id.Seeded(9, "x")), 1)
	if err := os.WriteFile(filepath.Join(dir, ".manifest.part"), []byte(other), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := maker(dir, b, all, delivery.Pictures{}).Run(ctx); !fault.Is(err, fault.Conflict) {
		t.Errorf("got %v", err)
	}
	finished := made(t, 5, 0)
	b.ID = "ANOTHER"
	if _, err := maker(finished, b, all, delivery.Pictures{}).Run(ctx); !fault.Is(err, fault.Conflict) {
		t.Errorf("a finished directory of another batch: %v", err)
	}
}

func TestClaim(t *testing.T) {
	dir := t.TempDir()
	o := delivery.Order{Batch: "B1", Count: 10, Payload: "own", Host: "q.example.com"}
	if _, ok := delivery.Claimed(dir); ok {
		t.Error("an empty directory is claimed")
	}
	if got, err := delivery.Claim(dir, o); err != nil || got != o {
		t.Fatal(got, err)
	}
	if got, err := delivery.Claim(dir, o); err != nil || got != o {
		t.Errorf("again: %+v, %v", got, err)
	}
	other := o
	other.Count = 11
	if _, err := delivery.Claim(dir, other); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "count is 10 there and 11 here") {
		t.Errorf("another order: %v", err)
	}
	if _, err := delivery.Claim(made(t, 1, 0), o); !fault.Is(err, fault.Conflict) {
		t.Errorf("a delivery without order: %v", err)
	}
}

// TestManifestNeedsLittleMemory: 50,000 plates do not cost 50,000 plates' memory.
func TestManifestNeedsLittleMemory(t *testing.T) {
	b, all := batch(t, 50_000)
	m := maker(t.TempDir(), b, all, delivery.Pictures{})
	peak := uint64(0)
	m.Progress = func(int, int) {
		var s runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&s)
		peak = max(peak, s.HeapAlloc)
	}
	runtime.GC()
	var before runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := m.Run(ctx); err != nil {
		t.Fatal(err)
	}
	if grown := int64(peak) - int64(before.HeapAlloc); grown > 16<<20 {
		t.Errorf("%d bytes more are held", grown)
	}
}

// FuzzVerify: a manifest of any bytes is judged without a panic.
func FuzzVerify(f *testing.F) {
	f.Add("serial,key,payload,ndef_hex,file,sha256\n2603100000001,K,https://q.example.com/q/K,D1,plates/x,ab\n")
	f.Add("serial,key,payload,ndef_hex,file,sha256\n\"a\nb\",,,,/etc/passwd,\n")
	f.Fuzz(func(t *testing.T, manifest string) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, delivery.ManifestFile), []byte(manifest), 0o644); err != nil {
			t.Fatal(err)
		}
		decode := func(path string) ([]string, error) {
			if rel, err := filepath.Rel(dir, path); err != nil || !filepath.IsLocal(rel) {
				t.Errorf("%s was opened", path)
			}
			return readTexts(path)
		}
		report, err := delivery.Verifier{Dir: dir, Decode: decode, Differs: func(string, string) {}}.Run(ctx)
		if err == nil && report.Differences == 0 {
			t.Errorf("%q passes without a signature", manifest)
		}
	})
}
