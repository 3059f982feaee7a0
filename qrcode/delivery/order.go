package delivery

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"juma/internal/fault"
	"juma/internal/safefile"
)

// Order is what a directory is made for. It is written before anything else, so
// that the same command, given again, goes on with the same batch.
type Order struct {
	Batch       string `json:"batch"`
	Count       int    `json:"count"`
	Payload     string `json:"payload"`
	Institution string `json:"institution,omitempty"`
	Host        string `json:"host"`
	IssuerName  string `json:"issuer_name"`
	IssuerCity  string `json:"issuer_city"`
	Format      string `json:"format"`
	Template    string `json:"template"`
	Logo        string `json:"logo,omitempty"`
}

// Claim takes a directory for an order. A directory that is claimed already gives
// its order back; one that was claimed for another, or holds a delivery without
// its order, is fault kind Conflict, which names what differs.
func Claim(dir string, o Order) (Order, error) {
	const op = "delivery.Claim"
	path := filepath.Join(dir, orderFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return o, claimNew(dir, path, o)
	}
	if err != nil {
		return o, err
	}
	var there Order
	if err := json.Unmarshal(text, &there); err != nil || there.Batch == "" {
		return o, fault.New(op, fault.Corrupt, "%s is no order; choose another directory", path)
	}
	if o.Batch == "" {
		o.Batch = there.Batch
	}
	if there != o {
		return o, &fault.Error{Op: op, Kind: fault.Conflict, Field: "directory", Value: dir, Msg: "was begun with other values (" + difference(there, o) + "); repeat them or choose another directory"}
	}
	return there, nil
}

func claimNew(dir, path string, o Order) error {
	for _, name := range []string{ManifestFile, SignatureFile, partFile, pictures} {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			return fault.New("delivery.Claim", fault.Conflict, "%s holds %s of another delivery; choose another directory", dir, name)
		}
	}
	text, err := json.MarshalIndent(o, "", "  ")
	if err != nil {
		return err
	}
	return safefile.Create(path, append(text, '\n'), 0o644)
}

// difference names the first value that two orders do not agree in.
func difference(there, asked Order) string {
	for _, v := range []struct {
		name string
		a, b any
	}{
		{"batch", there.Batch, asked.Batch}, {"count", there.Count, asked.Count}, {"payload", there.Payload, asked.Payload},
		{"institution", there.Institution, asked.Institution}, {"host", there.Host, asked.Host}, {"issuer name", there.IssuerName, asked.IssuerName},
		{"issuer city", there.IssuerCity, asked.IssuerCity}, {"format", there.Format, asked.Format}, {"template", there.Template, asked.Template}, {"logo", there.Logo, asked.Logo},
	} {
		if v.a != v.b {
			return fault.New("", "", "%s is %v there and %v here", v.name, v.a, v.b).Msg
		}
	}
	return ""
}

// Claimed tells whether a directory has an order.
func Claimed(dir string) (Order, bool) {
	var o Order
	text, err := os.ReadFile(filepath.Join(dir, orderFile))
	return o, err == nil && json.Unmarshal(text, &o) == nil && o.Batch != ""
}
