package statement

import (
	"archive/zip"
	"bytes"
	"fmt"
	"path"
	"regexp"
	"strings"

	"juma/acquiring/channel"
	"juma/internal/fault"
)

// textName is the name of a merchant statement: INN, clearing date yymmdd, 88ZM_
// and the merchant number. The dispute statement is called 88ZME_ instead.
var textName = regexp.MustCompile(`^INN(\d{6})88ZM_([0-9A-Z]{15})$`)

type errTooLarge int

func (e errTooLarge) Error() string {
	return fmt.Sprintf("unfolds to more than %d bytes", int(e))
}

// text is a merchant statement found in a file.
type text struct {
	name string
	data []byte
}

// open finds the merchant's text in a statement file. A file that is not a zip
// is taken as the bare text, as an operator would upload it.
func open(f channel.StatementFile) (text, error) {
	if len(f.Data) > maxContainer {
		return text{}, corrupt(f.Name, 0, "", "", "has %d bytes, more than the %d that a statement may have", len(f.Data), maxContainer)
	}
	if !bytes.HasPrefix(f.Data, []byte("PK")) {
		return text{f.Name, f.Data}, checkOwner(f, path.Base(f.Name), false)
	}
	z, err := zip.NewReader(bytes.NewReader(f.Data), int64(len(f.Data)))
	if err != nil {
		return text{}, corrupt(f.Name, 0, "", "", "is not a whole zip (%v), fetch it again", err)
	}
	if len(z.File) > maxEntries {
		return text{}, corrupt(f.Name, 0, "", "", "holds %d files, more than the %d that a statement may have", len(z.File), maxEntries)
	}
	var found *zip.File
	for _, e := range z.File {
		if strings.ContainsAny(e.Name, `/\:`) || strings.Contains(e.Name, "..") {
			return text{}, corrupt(f.Name, 0, "entry", e.Name, "carries a path, want a plain file name")
		}
		if !textName.MatchString(e.Name) {
			continue // the dispute statement, or something that is not for this reader
		}
		if found != nil {
			return text{}, corrupt(f.Name, 0, "entry", e.Name, "is a second merchant statement beside %s, want one", found.Name)
		}
		found = e
	}
	if found == nil {
		return text{}, corrupt(f.Name, 0, "", "", "holds no file INNyymmdd88ZM_<merchant>")
	}
	if err := checkOwner(f, found.Name, true); err != nil {
		return text{}, err
	}
	return extract(f, found)
}

func extract(f channel.StatementFile, e *zip.File) (text, error) {
	r, err := e.Open()
	if err != nil {
		return text{}, corrupt(f.Name, 0, "entry", e.Name, "cannot be opened (%v)", err)
	}
	defer r.Close()
	// Folded size: the whole container, because the size in the entry's header
	// is only what the header claims.
	data, err := readAtMost(r, len(f.Data), maxText) // at its end archive/zip compares length and CRC-32
	if err != nil {
		return text{}, corrupt(f.Name, 0, "entry", e.Name, "cannot be unfolded (%v), fetch the file again", err)
	}
	return text{e.Name, data}, nil
}

// checkOwner compares date and merchant in a text's name with what was asked
// for. A bare upload may carry any name.
func checkOwner(f channel.StatementFile, name string, must bool) error {
	m := textName.FindStringSubmatch(name)
	if m == nil {
		if must {
			return corrupt(f.Name, 0, "entry", name, "want INNyymmdd88ZM_<merchant>")
		}
		return nil
	}
	if m[1] != f.Date.YYMMDD() {
		return corrupt(f.Name, 0, "file name", name, "is of clearing date %s, asked was %s", m[1], f.Date.YYMMDD())
	}
	if f.MerchantID != "" && m[2] != f.MerchantID {
		return corrupt(f.Name, 0, "file name", name, "is of merchant %s, asked was %s", m[2], f.MerchantID)
	}
	return nil
}

// corrupt makes the error of this package. Line 0 speaks of the file as a whole.
func corrupt(file string, line int, field, value, format string, args ...any) error {
	e := fault.New("unionpay/statement.Read", fault.Corrupt, format, args...)
	e.Field, e.Value = field, value
	if field == "" {
		e.Field, e.Value = "file", file
	} else if line > 0 {
		e.Field = fmt.Sprintf("%s line %d %s", file, line, field)
	} else {
		e.Field = file + " " + field
	}
	return e
}
