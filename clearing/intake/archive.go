package intake

import (
	"archive/zip"
	"bytes"
	"cmp"
	"compress/gzip"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"juma/internal/gbk"
)

// The limits of a file and of what it unpacks to. A real bill packs about ten to one
// and has two entries; a bundle of a day's files has one for each merchant.
const (
	MaxFile    = 256 << 20 // bytes of a file as it comes in
	maxText    = 1 << 30   // bytes of all that an archive unpacks to
	maxRatio   = 100       // unpacked to packed, beyond freeGrowth
	freeGrowth = 1 << 20   // of a file whose few rows repeat each other
	maxEntries = 1000
)

// Member is a file within an archive, unpacked and with its checksum proved.
type Member struct {
	Name string
	Data []byte
}

type form int

const (
	plain form = iota
	zipped
	gzipped
)

func formOf(data []byte) form {
	switch {
	case bytes.HasPrefix(data, []byte("PK\x03\x04")), bytes.HasPrefix(data, []byte("PK\x05\x06")):
		return zipped
	case bytes.HasPrefix(data, []byte{0x1f, 0x8b}):
		return gzipped
	}
	return plain
}

// foreign are the beginnings of archives that are not opened.
var foreign = []string{"Rar!", "7z\xbc\xaf\x27\x1c", "BZh", "\xfd7zXZ", "\x28\xb5\x2f\xfd"}

// Unpack takes an archive apart: zip or gzip, one level deep, everything within the
// limits and every checksum right. A file that is no archive gives itself, with
// packed false. Errors are of kind Corrupt and name the entry.
func Unpack(f File) (members []Member, packed bool, err error) {
	if len(f.Data) > MaxFile {
		return nil, false, f.fault(0, "size", "", "has %d bytes, a file may have %d", len(f.Data), MaxFile)
	}
	switch formOf(f.Data) {
	case zipped:
		members, err = unzip(f)
		return members, true, err
	case gzipped:
		m, err := gunzip(f)
		return []Member{m}, true, err
	}
	for _, head := range foreign {
		if bytes.HasPrefix(f.Data, []byte(head)) {
			return nil, false, f.fault(0, "archive", "", "is an archive of another kind: unpack it, or pack it as zip or gzip")
		}
	}
	return []Member{{f.Name, f.Data}}, false, nil
}

// growth is the most bytes that n packed ones may become.
func growth(n int) int64 { return min(maxText, freeGrowth+maxRatio*int64(n)) }

func gunzip(f File) (Member, error) {
	m := Member{Name: strings.TrimSuffix(path.Base(f.Name), ".gz")}
	z, err := gzip.NewReader(bytes.NewReader(f.Data))
	if err != nil {
		return m, f.fault(0, "gzip", "", "is not whole (%v): fetch it again", err)
	}
	limit := growth(len(f.Data))
	m.Data, err = io.ReadAll(io.LimitReader(z, limit+1))
	switch {
	case err != nil:
		return m, f.fault(0, "gzip", "", "is not whole (%v): fetch it again", err)
	case int64(len(m.Data)) > limit:
		return m, f.fault(0, "gzip", "", "unpacks to more than %d bytes: a bill packs about 10 to 1, this is no bill", limit)
	}
	return m, f.flat(m)
}

// flat refuses an archive within an archive.
func (f File) flat(m Member) error {
	if formOf(m.Data) != plain {
		return f.fault(0, "entry", m.Name, "is an archive within an archive: take it out and bring it by itself")
	}
	return nil
}

func unzip(f File) ([]Member, error) {
	z, err := zip.NewReader(bytes.NewReader(f.Data), int64(len(f.Data)))
	if err != nil {
		return nil, f.fault(0, "zip", "", "is not whole (%v): fetch it again", err)
	}
	if err := f.guard(z); err != nil {
		return nil, err
	}
	left := growth(len(f.Data))
	var out []Member
	for _, e := range z.File {
		if e.FileInfo().IsDir() {
			continue
		}
		data, err := f.entry(e, left)
		if err != nil {
			return nil, err
		}
		left -= int64(len(data))
		m := Member{Name: EntryName(e), Data: data}
		if err := f.flat(m); err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	if len(out) == 0 {
		return nil, f.fault(0, "zip", "", "has no files in it; a missing file is not an empty day")
	}
	return out, nil
}

// guard judges the directory of a zip before anything is unpacked.
func (f File) guard(z *zip.Reader) error {
	if len(z.File) > maxEntries {
		return f.fault(0, "entries", "", "has %d entries, an archive may have %d", len(z.File), maxEntries)
	}
	seen := map[string]bool{}
	var packed, declared uint64
	for _, e := range z.File {
		name := EntryName(e)
		if why := unsafeName(name, e.Mode()); why != "" {
			return f.fault(0, "entry", name, "%s: nothing of it is unpacked", why)
		}
		if key := strings.ToLower(name); seen[key] {
			return f.fault(0, "entry", name, "stands in the archive twice: nobody can say which one counts")
		} else {
			seen[key] = true
		}
		if e.Flags&1 != 0 {
			return f.fault(0, "entry", name, "is encrypted: unpack it with its password and bring what is in it")
		}
		if e.CompressedSize64 > uint64(len(f.Data)) || e.UncompressedSize64 > maxText {
			return f.fault(0, "entry", name, "says that it has %d bytes packed and %d unpacked: too many", e.CompressedSize64, e.UncompressedSize64)
		}
		packed, declared = packed+e.CompressedSize64, declared+e.UncompressedSize64 // at most 1000 × 1 GiB: no overflow
	}
	if overlap(z) || packed > uint64(len(f.Data)) {
		return f.fault(0, "zip", "", "its entries overlap: the same bytes stand under several names")
	}
	if limit := growth(len(f.Data)); declared > uint64(limit) {
		return f.fault(0, "zip", "", "unpacks to %d bytes, want at most %d: a bill packs about 10 to 1, this is no bill", declared, limit)
	}
	return nil
}

// overlap tells whether two entries share bytes: how small bombs become big ones.
func overlap(z *zip.Reader) bool {
	type span struct{ from, to int64 }
	var all []span
	for _, e := range z.File {
		from, err := e.DataOffset()
		if err != nil {
			return true
		}
		all = append(all, span{from, from + int64(e.CompressedSize64)}) // at most the file's size: checked before
	}
	slices.SortFunc(all, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	for i := 1; i < len(all); i++ {
		if all[i].from < all[i-1].to || all[i].from == all[i-1].from {
			return true
		}
	}
	return false
}

func unsafeName(name string, mode fs.FileMode) string {
	clean := strings.TrimSuffix(name, "/")
	switch {
	case clean == "" || strings.ContainsAny(clean, "\\:\x00") || path.IsAbs(clean):
		return "is no plain name"
	case path.Clean(clean) != clean || clean == ".." || strings.HasPrefix(clean, "../"):
		return "leads out of the archive"
	case mode&(fs.ModeType&^fs.ModeDir) != 0:
		return "is a link or a device, not a file"
	}
	return ""
}

// entry unpacks one entry without trusting the size that it declares; its checksum
// is compared at its end.
func (f File) entry(e *zip.File, left int64) ([]byte, error) {
	name := EntryName(e)
	r, err := e.Open()
	if err != nil {
		return nil, f.fault(0, "entry", name, "cannot be unpacked (%v): fetch the file again", err)
	}
	defer r.Close()
	data, err := io.ReadAll(io.LimitReader(r, left+1))
	if err != nil {
		return nil, f.fault(0, "entry", name, "cannot be unpacked (%v): fetch the file again", err)
	}
	if int64(len(data)) > left {
		return nil, f.fault(0, "entry", name, "unpacks to more than it declares and may: this is no bill")
	}
	return data, nil
}

// EntryName decodes an entry's name: GBK, unless the archive says UTF-8 (Alipay's
// names are GBK without the flag).
func EntryName(e *zip.File) string {
	if !e.NonUTF8 {
		return e.Name
	}
	if name, err := gbk.Decode([]byte(e.Name)); err == nil {
		return name
	}
	return e.Name
}
