package importfile

import (
	"archive/zip"
	"encoding/xml"
	"fmt"
	"io"
	"path"
	"strings"
)

// soundBook makes sure, before anything else reads a workbook, that it unpacks to
// no more than is allowed and that every part of it is whole: the workbook reader
// takes a part that breaks off for one that ends there, and would import the
// first half of a damaged file.
func soundBook(r io.ReaderAt, size int64) error {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return err
	}
	var total uint64
	for _, f := range z.File {
		if total += f.UncompressedSize64; f.UncompressedSize64 > MaxUnpacked || total > MaxUnpacked {
			return fmt.Errorf("it unpacks to more than %d bytes", MaxUnpacked)
		}
	}
	for _, f := range z.File {
		if err := soundPart(f); err != nil {
			return fmt.Errorf("its part %s is damaged: %w", printable(f.Name), err)
		}
	}
	return nil
}

// soundPart reads a part to its end, which proves its checksum, and holds XML to
// its grammar.
func soundPart(f *zip.File) error {
	r, err := f.Open() // never gives more than the size that was added up
	if err != nil {
		return err
	}
	defer r.Close()
	if ext := path.Ext(strings.ToLower(f.Name)); ext == ".xml" || ext == ".rels" {
		d := xml.NewDecoder(r)
		d.CharsetReader = func(string, io.Reader) (io.Reader, error) { return nil, fmt.Errorf("want UTF-8") }
		for err == nil {
			_, err = d.Token() // an element that is not closed is an error
		}
		if err != io.EOF {
			return err
		}
	}
	_, err = io.Copy(io.Discard, r)
	return err
}
