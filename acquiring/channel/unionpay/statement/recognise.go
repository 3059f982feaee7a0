package statement

import (
	"archive/zip"
	"bytes"
	"path"
	"regexp"

	"juma/internal/bizdate"
)

// Shape is what a UnionPay file is.
type Shape string

// The shapes that are told apart.
const (
	Merchant    Shape = "ZM"   // a merchant's statement: Read
	Wrapped     Shape = "file" // the same as the file download wraps it: Unwrap, then Read
	Institution Shape = "ACOM" // the institution's flow: ReadInstitution
	Other       Shape = "other"
)

// Sign is what a file says about itself.
type Sign struct {
	Shape    Shape
	Date     bizdate.Date // clearing date by its name; 0: the name says none
	Merchant string       // "" likewise
}

var (
	anyName     = regexp.MustCompile(`^IN[DON](\d{6})\d{2}([A-Z]+)(?:_([0-9A-Z]{15}))?$`)
	wrappedText = regexp.MustCompile(`^[A-Za-z0-9+/\r\n]{60,}=*\s*$`)
)

// Recognise tells a UnionPay file by its name and its rows. It proves nothing:
// Read and ReadInstitution do.
func Recognise(name string, data []byte) (Sign, bool) {
	base := path.Base(name)
	if m := anyName.FindStringSubmatch(base); m != nil {
		return named(m), true
	}
	if bytes.HasPrefix(data, []byte("PK")) {
		return inZip(data)
	}
	line, _, _ := bytes.Cut(data, []byte("\n"))
	switch n := len(bytes.TrimSuffix(line, []byte("\r"))); {
	case n == rowLen && line[3] == ' ' && line[15] == ' ' && line[27] == ' ':
		return Sign{Shape: Merchant}, true
	case (n == acomLen || n == acomaLen) && line[11] == ' ' && line[23] == ' ' && line[30] == ' ':
		return Sign{Shape: Institution}, true
	case wrappedText.Match(data):
		zipped, err := Unwrap(string(data))
		if err != nil {
			return Sign{}, false
		}
		sign, ok := inZip(zipped)
		sign.Shape = Wrapped
		return sign, ok
	}
	return Sign{}, false
}

func named(m []string) Sign {
	sign := Sign{Shape: Other, Merchant: m[3]}
	if d, err := bizdate.ParseCompact("20" + m[1]); err == nil {
		sign.Date = d
	}
	switch m[2] {
	case "ZM":
		sign.Shape = Merchant
	case "ACOM", "ACOMN", "ACOMA":
		sign.Shape = Institution
	}
	return sign
}

// inZip looks for a merchant's statement among the names of a zip.
func inZip(data []byte) (Sign, bool) {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return Sign{}, false
	}
	for _, e := range z.File {
		if textName.MatchString(e.Name) {
			return named(anyName.FindStringSubmatch(e.Name)), true
		}
	}
	return Sign{}, false
}
