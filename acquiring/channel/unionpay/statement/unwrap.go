package statement

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"io"
	"strings"

	"juma/internal/fault"
)

// Guards against a small download that unfolds without end.
const (
	maxContainer = 32 << 20  // bytes of the zip
	maxText      = 128 << 20 // bytes of one text in it: some 220,000 rows of one merchant and day
	maxRatio     = 100       // unfolded to folded size
	maxEntries   = 16        // files in the zip
)

// Unwrap turns the fileContent of a file download (Base64 of zlib of the zip)
// into the zip. Errors are of kind Corrupt.
func Unwrap(fileContent string) ([]byte, error) {
	const op = "unionpay/statement.Unwrap"
	bad := func(err error, format string, args ...any) ([]byte, error) {
		e := fault.New(op, fault.Corrupt, format, args...)
		e.Field, e.Err = "fileContent", err
		return nil, e
	}
	text := strings.Map(func(r rune) rune {
		if r == '\r' || r == '\n' {
			return -1
		}
		return r
	}, fileContent)
	packed, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return bad(err, "is not Base64, fetch the file again")
	}
	z, err := zlib.NewReader(bytes.NewReader(packed))
	if err != nil {
		return bad(err, "is not zlib inside, fetch the file again")
	}
	data, err := readAtMost(z, len(packed), maxContainer)
	if err != nil {
		return bad(err, "cannot be unfolded, fetch the file again")
	}
	return data, nil
}

// readAtMost reads r to its end, but not more than limit bytes and not more than
// maxRatio times the folded size.
func readAtMost(r io.Reader, folded, limit int) ([]byte, error) {
	limit = min(limit, maxRatio*folded)
	data, err := io.ReadAll(io.LimitReader(r, int64(limit)+1))
	if err != nil {
		return nil, err
	}
	if len(data) > limit {
		return nil, errTooLarge(limit)
	}
	return data, nil
}
