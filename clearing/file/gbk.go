package file

import "juma/internal/gbk"

// cutName is what a name looks like after it went through a field of n bytes.
// A name that cannot be written at all comes back as it is.
func cutName(name string, n int) string {
	b, err := gbk.Encode(name)
	if err != nil {
		return name
	}
	s, err := gbk.Decode(trimRight(gbk.Cut(b, n)))
	if err != nil {
		return name
	}
	return s
}

func trimRight(b []byte) []byte {
	for len(b) > 0 && b[len(b)-1] == ' ' {
		b = b[:len(b)-1]
	}
	return b
}
