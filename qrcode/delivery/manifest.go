// Package delivery makes what a print shop gets, and proves what comes back from
// one: a directory with a manifest of every plate, its pictures, and a detached
// signature. Making goes on where it was stopped; proving needs the directory and
// nothing else, no database and no data directory.
//
//	manifest.csv      serial,key,payload,ndef_hex,file,sha256
//	manifest.csv.sig  who vouches for it: see Statement
//	manifest.pub      the Ed25519 public key, PEM
//	plates/…          the pictures; without them file and sha256 are empty
package delivery

import (
	"encoding/csv"
	"encoding/hex"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"juma/internal/fault"
	"juma/qrcode"
	"juma/qrcode/ndef"
)

// The files of a delivery.
const (
	ManifestFile  = "manifest.csv"
	SignatureFile = "manifest.csv.sig"
	PublicKeyFile = "manifest.pub"
	pictures      = "plates"
	partFile      = ".manifest.part" // as far as it is made; becomes the manifest
	orderFile     = ".order.json"    // which batch the directory is of
)

// Header is the manifest's first line.
var Header = []string{"serial", "key", "payload", "ndef_hex", "file", "sha256"}

// Row is a plate's line of the manifest.
type Row struct {
	Serial  string
	Key     string
	Payload string // what the code says
	NDEF    string // the message for a tag, hexadecimal capitals
	File    string // the picture, relative to the manifest; "" for none
	SHA256  string // of the file, hexadecimal
}

func (r Row) fields() []string {
	return []string{r.Serial, r.Key, r.Payload, r.NDEF, r.File, r.SHA256}
}

// newRow is the line of a plate without its picture.
func newRow(p qrcode.Plate, host string) (Row, error) {
	payload, err := qrcode.ParsePayload(p.Payload)
	if err != nil {
		return Row{}, err
	}
	m, err := payload.NDEF(host)
	if err != nil {
		return Row{}, err
	}
	return Row{Serial: p.Serial, Key: p.Key, Payload: p.Payload, NDEF: strings.ToUpper(hex.EncodeToString(m))}, nil
}

// problem tells what a line says against itself; "" for a sound one.
func (r Row) problem() string {
	if _, ok := qrcode.ReadSerial(r.Serial); !ok {
		return fmt.Sprintf("serial %q is none", r.Serial)
	}
	payload, err := qrcode.ParsePayload(r.Payload)
	switch {
	case err != nil:
		return fmt.Sprintf("payload %q is none", r.Payload)
	case payload.Key != r.Key:
		return fmt.Sprintf("payload holds key %s, the line says %s", payload.Key, r.Key)
	}
	if why := r.tagProblem(); why != "" {
		return why
	}
	switch {
	case (r.File == "") != (r.SHA256 == ""):
		return "file and sha256 go together"
	case r.File != "" && (!filepath.IsLocal(r.File) || strings.Contains(r.File, `\`)):
		return fmt.Sprintf("file %q leads out of the directory", r.File)
	}
	return ""
}

func (r Row) tagProblem() string {
	m, err := hex.DecodeString(r.NDEF)
	if err != nil || r.NDEF != strings.ToUpper(r.NDEF) {
		return "ndef_hex is not hexadecimal in capitals"
	}
	url, err := ndef.Parse(m)
	if err != nil {
		return "ndef_hex is no message with an address"
	}
	tap, err := qrcode.ParsePayload(url)
	if err != nil || tap.Key != r.Key || !tap.Tap {
		return fmt.Sprintf("the tag opens %q, which is not this plate's page", url)
	}
	if _, err := ndef.TLV(m, ndef.NTAG213); err != nil {
		return "the message does not fit an NTAG213"
	}
	return ""
}

// reader reads a manifest line by line.
type reader struct {
	csv  *csv.Reader
	line int
}

// newReader reads the header; a file with another one is fault kind Invalid.
func newReader(r io.Reader) (*reader, error) {
	in := &reader{csv: csv.NewReader(r), line: 1}
	in.csv.ReuseRecord, in.csv.FieldsPerRecord = true, -1
	head, err := in.csv.Read()
	if err != nil || strings.Join(head, ",") != strings.Join(Header, ",") {
		return nil, fault.Field("delivery.Manifest", "header", strings.Join(head, ",")[:min(80, len(strings.Join(head, ",")))], "want %s", strings.Join(Header, ","))
	}
	return in, nil
}

// next returns the next line; problem is what makes it no line of a manifest.
func (r *reader) next() (row Row, problem string, err error) {
	f, err := r.csv.Read()
	r.line++
	if err == io.EOF {
		return Row{}, "", io.EOF
	}
	if err != nil {
		return Row{}, "the line is no CSV", nil
	}
	r.line, _ = r.csv.FieldPos(0)
	if len(f) != len(Header) {
		return Row{}, fmt.Sprintf("has %d fields, want %d", len(f), len(Header)), nil
	}
	return Row{strings.Clone(f[0]), strings.Clone(f[1]), strings.Clone(f[2]), strings.Clone(f[3]), strings.Clone(f[4]), strings.Clone(f[5])}, "", nil
}
