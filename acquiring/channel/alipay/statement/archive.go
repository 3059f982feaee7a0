package statement

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"strings"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// The limits of an archive. A real bill has two entries and packs about ten to
// one; what goes beyond these is no bill but an attack on memory.
const (
	maxEntries = 16
	maxRatio   = 100
	maxData    = 64 << 20 // of the archive, in bytes
	maxText    = 1 << 30  // of an unpacked entry, in bytes
)

// The ends of the two entries' names.
const (
	detailSuffix  = "_业务明细.csv"
	summarySuffix = "_业务明细(汇总).csv"
)

// entry is one unpacked, decoded CSV.
type entry struct {
	name string
	text string
}

// archive is an opened bill.
type archive struct {
	detail  entry
	summary *entry // nil when the bill has none
}

// Guard checks an archive's outside: that it is a whole zip within the limits,
// with plain names. It unpacks nothing.
func Guard(data []byte) error {
	_, err := directory(data)
	return err
}

func directory(data []byte) (*zip.Reader, error) {
	if len(data) > maxData {
		return nil, corrupt(place{}, "size", fmt.Sprint(len(data)), "want at most %d bytes", maxData)
	}
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, corrupt(place{}, "", "", "not a whole zip archive (%v), fetch it again", err)
	}
	if len(z.File) == 0 || len(z.File) > maxEntries {
		return nil, corrupt(place{}, "entries", fmt.Sprint(len(z.File)), "want 1 to %d", maxEntries)
	}
	for _, f := range z.File {
		name := entryName(f)
		if name == "" || strings.ContainsAny(name, "/\\:\x00") || strings.Contains(name, "..") {
			return nil, corrupt(place{}, "entry", name, "want a plain file name")
		}
		if f.CompressedSize64 > uint64(len(data)) {
			return nil, corrupt(place{entry: name}, "size", fmt.Sprint(f.CompressedSize64), "more than the whole archive")
		}
		if f.UncompressedSize64 > entryLimit(f) {
			return nil, corrupt(place{entry: name}, "size", fmt.Sprint(f.UncompressedSize64), "packed more than %d to 1", maxRatio)
		}
	}
	return z, nil
}

// entryLimit is the most bytes that an entry may unpack to.
func entryLimit(f *zip.File) uint64 {
	return min(maxRatio*max(f.CompressedSize64, 1), maxText)
}

func open(data []byte) (archive, error) {
	var out archive
	if bare(data) {
		if len(data) > maxText {
			return out, corrupt(place{}, "size", fmt.Sprint(len(data)), "want at most %d bytes", maxText)
		}
		text, err := decode(data, "")
		out.detail.text = text
		return out, err
	}
	z, err := directory(data)
	if err != nil {
		return out, err
	}
	seen := map[string]bool{}
	for _, f := range z.File {
		name := entryName(f)
		if seen[name] {
			return out, corrupt(place{entry: name}, "", "", "stands in the archive twice")
		}
		seen[name] = true
		isDetail := strings.HasSuffix(name, detailSuffix)
		isSummary := strings.HasSuffix(name, summarySuffix)
		if !isDetail && !isSummary {
			continue
		}
		text, err := unpack(f, name)
		if err != nil {
			return out, err
		}
		switch {
		case isSummary && out.summary == nil:
			out.summary = &entry{name, text}
		case isDetail && out.detail.name == "":
			out.detail = entry{name, text}
		default:
			return out, corrupt(place{entry: name}, "", "", "a second entry of this kind, a bill has one")
		}
	}
	if out.detail.name == "" {
		return out, corrupt(place{}, "", "", "no entry named …%s", detailSuffix)
	}
	return out, nil
}

// entryName decodes a name: GBK, unless the archive says UTF-8. A name that is
// neither keeps its bytes and is then not recognised.
func entryName(f *zip.File) string {
	if !f.NonUTF8 {
		return f.Name
	}
	name, err := simplifiedchinese.GB18030.NewDecoder().String(f.Name)
	if err != nil {
		return f.Name
	}
	return name
}

// unpack reads an entry without trusting its declared size; the archive's CRC is
// checked at its end.
func unpack(f *zip.File, name string) (string, error) {
	at := place{entry: name}
	r, err := f.Open()
	if err != nil {
		return "", corrupt(at, "", "", "cannot be unpacked: %v", err)
	}
	defer r.Close()
	limit := int64(entryLimit(f))
	raw, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return "", corrupt(at, "", "", "cannot be unpacked: %v", err)
	}
	if int64(len(raw)) > limit {
		return "", corrupt(at, "size", fmt.Sprint(len(raw)), "packed more than %d to 1", maxRatio)
	}
	return decode(raw, name)
}

// bare tells a detail that was taken out of its archive.
func bare(data []byte) bool { return bytes.HasPrefix(data, []byte("#")) }

func decode(raw []byte, name string) (string, error) {
	text, err := simplifiedchinese.GB18030.NewDecoder().Bytes(raw)
	if err != nil {
		return "", corrupt(place{entry: name}, "", "", "is not GBK text: %v", err)
	}
	if i := bytes.IndexRune(text, '\uFFFD'); i >= 0 {
		return "", corrupt(place{name, 1 + bytes.Count(text[:i], []byte("\n"))}, "", "", "bytes that are not GBK")
	}
	return string(text), nil
}
