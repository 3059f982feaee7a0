package statement

import (
	"bytes"
	"compress/gzip"
	"io"
)

const (
	// maxPlain bounds an unpacked bill.
	maxPlain = 1 << 30
	// maxRatio bounds how much a packed bill may grow, beyond freeGrowth: bills
	// grow by about ten, bombs by a thousand.
	maxRatio   = 100
	freeGrowth = 1 << 20
)

// Unpack takes a bill out of its gzip stream; what is not gzip is returned as it
// is. Errors have kind Corrupt.
func Unpack(data []byte) ([]byte, error) {
	if len(data) < 2 || data[0] != 0x1f || data[1] != 0x8b {
		if len(data) > maxPlain {
			return nil, corrupt(0, "size", "", "the file has %d bytes, the limit is %d", len(data), maxPlain)
		}
		return data, nil
	}
	limit := min(int64(maxPlain), freeGrowth+maxRatio*int64(len(data)))
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, corrupt(0, "gzip", "", "%v", err)
	}
	plain, err := io.ReadAll(io.LimitReader(z, limit+1))
	switch {
	case err != nil:
		return nil, corrupt(0, "gzip", "", "%v: the file was cut or altered, fetch it again", err)
	case int64(len(plain)) > limit:
		return nil, corrupt(0, "gzip", "", "unpacks to more than %d bytes", limit)
	}
	return plain, nil
}
