package intake_test

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"juma/clearing/intake"
	"juma/internal/fault"
)

type entry struct {
	name string
	data []byte
	mode fs.FileMode
}

func zipOf(t testing.TB, entries ...entry) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, e := range entries {
		h := &zip.FileHeader{Name: e.name, Method: zip.Deflate}
		if e.mode != 0 {
			h.SetMode(e.mode)
		}
		w, err := z.CreateHeader(h)
		if err == nil && !strings.HasSuffix(e.name, "/") {
			_, err = w.Write(e.data)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func gzipOf(t testing.TB, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func many(n int) (all []entry) {
	for i := range n {
		all = append(all, entry{name: fmt.Sprintf("f%d", i), data: []byte("x\n")})
	}
	return all
}

// encrypted sets the flag of encryption in both headers of the one entry.
func encrypted(t testing.TB) []byte {
	b := zipOf(t, entry{name: "a.csv", data: []byte("x")})
	b[6] |= 1
	b[bytes.Index(b, []byte("PK\x01\x02"))+8] |= 1
	return b
}

// lying declares a size that is smaller than what it unpacks to.
func lying(t testing.TB) []byte {
	b := zipOf(t, entry{name: "a.csv", data: bytes.Repeat([]byte("row\n"), 1000)})
	at := bytes.Index(b, []byte("PK\x01\x02")) + 24
	copy(b[at:], []byte{1, 0, 0, 0})
	return b
}

// overlapping lists the same packed bytes under many names.
func overlapping(t testing.TB) []byte {
	b := zipOf(t, entry{name: "a.csv", data: bytes.Repeat([]byte("0123456789abcdef"), 64)})
	head := bytes.Index(b, []byte("PK\x01\x02"))
	end := bytes.Index(b, []byte("PK\x05\x06"))
	record := b[head:end]
	out := bytes.Clone(b[:head])
	const times = 200
	for i := range times {
		r := bytes.Clone(record)
		copy(r[46:], fmt.Sprintf("%05d", i))
		out = append(out, r...)
	}
	tail := bytes.Clone(b[end:])
	size := uint32(len(record) * times)
	copy(tail[8:], []byte{times, 0, times, 0, byte(size), byte(size >> 8), byte(size >> 16), byte(size >> 24)})
	return append(out, tail...)
}

func TestArchivesAreGuarded(t *testing.T) {
	zeros := make([]byte, 8<<20)
	inner := zipOf(t, entry{name: "a.csv", data: []byte("x")})
	for _, c := range []struct {
		name, says string
		data       []byte
	}{
		{"bomb in gzip", "unpacks to more than", gzipOf(t, zeros)},
		{"bomb in zip", "unpacks to", zipOf(t, entry{name: "a.csv", data: zeros})},
		{"many small bombs", "unpacks to", zipOf(t, entry{name: "a", data: zeros[:4<<20]}, entry{name: "b", data: zeros[:4<<20]})},
		{"zip in zip", "archive within an archive", zipOf(t, entry{name: "a.zip", data: inner})},
		{"gzip in zip", "archive within an archive", zipOf(t, entry{name: "a", data: gzipOf(t, []byte("x"))})},
		{"zip in gzip", "archive within an archive", gzipOf(t, inner)},
		{"too many entries", "may have 1000", zipOf(t, many(1001)...)},
		{"out of it", "leads out", zipOf(t, entry{name: "../a.csv"})},
		{"out of it within", "leads out", zipOf(t, entry{name: "a/../../b.csv"})},
		{"absolute", "no plain name", zipOf(t, entry{name: "/etc/passwd"})},
		{"drive", "no plain name", zipOf(t, entry{name: `C:\a.csv`})},
		{"backslash", "no plain name", zipOf(t, entry{name: `..\a.csv`})},
		{"link", "link or a device", zipOf(t, entry{name: "a.csv", data: []byte("/etc/passwd"), mode: fs.ModeSymlink | 0o777})},
		{"twice", "twice", zipOf(t, entry{name: "a.csv", data: []byte("1")}, entry{name: "a.csv", data: []byte("2")})},
		{"twice but for case", "twice", zipOf(t, entry{name: "a.csv"}, entry{name: "A.CSV"})},
		{"encrypted", "is encrypted", encrypted(t)},
		{"lying size", "cannot be unpacked", lying(t)},
		{"overlapping", "overlap", overlapping(t)},
		{"nothing in it", "has no files", zipOf(t, entry{name: "dir/"})},
		{"another archive", "another kind", []byte("Rar!\x1a\x07\x01\x00")},
	} {
		_, _, err := intake.Unpack(intake.File{Name: "in", Data: c.data})
		if !fault.Is(err, fault.Corrupt) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want it to say %q", c.name, err, c.says)
		}
	}
	damaged := zipOf(t, entry{name: "a.csv", data: bytes.Repeat([]byte("row\n"), 100)})
	damaged[40] ^= 0x55
	if _, _, err := intake.Unpack(intake.File{Name: "in", Data: damaged}); !fault.Is(err, fault.Corrupt) {
		t.Errorf("damaged: %v", err)
	}
	in := []entry{{name: "dir/"}, {name: "dir/a.csv", data: []byte("1\n")}, {name: "b.csv", data: []byte("2\n")}}
	if got, packed, err := intake.Unpack(intake.File{Name: "in", Data: zipOf(t, in...)}); err != nil || !packed || len(got) != 2 || got[0].Name != "dir/a.csv" || string(got[1].Data) != "2\n" {
		t.Errorf("a good one: %v, %v, %v", got, packed, err)
	}
}

// FuzzUnpack holds the walker to: no panic, errors of kind Corrupt, plain names only.
func FuzzUnpack(f *testing.F) {
	f.Add(zipOf(f, entry{name: "a.csv", data: []byte("x\n")}))
	f.Add(zipOf(f, entry{name: "../a", data: []byte("x\n")}))
	f.Add(gzipOf(f, []byte("x\n")))
	f.Add(overlapping(f))
	f.Add(encrypted(f))
	f.Fuzz(func(t *testing.T, data []byte) {
		members, _, err := intake.Unpack(intake.File{Name: "in", Data: data})
		if err != nil {
			if !fault.Is(err, fault.Corrupt) {
				t.Fatalf("kind of %v", err)
			}
			return
		}
		for _, m := range members {
			if strings.Contains(m.Name, "..") && strings.Contains("/"+m.Name+"/", "/../") {
				t.Fatalf("accepted %q", m.Name)
			}
		}
	})
}
