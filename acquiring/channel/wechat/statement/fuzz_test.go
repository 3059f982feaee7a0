package statement

import (
	"bytes"
	"compress/gzip"
	"testing"

	"juma/internal/fault"
)

// bomb is 8 MiB of zeros in some 8 KiB.
func bomb(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	zeros := make([]byte, 1<<20)
	for range 8 {
		if _, err := z.Write(zeros); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// FuzzRead holds the reader to: no panic, errors of kind Corrupt only, and
// nothing accepted without numbers.
func FuzzRead(f *testing.F) {
	for _, name := range []string{"20260310_ALL.csv", "20260310_ALL.csv.gz", "20260310_SUCCESS.csv", "20260310_REFUND.csv"} {
		f.Add(sample(f, name))
	}
	f.Add([]byte("`\r\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		st, err := Reader{}.Read(file(data))
		if err != nil {
			if !fault.Is(err, fault.Corrupt) {
				t.Fatalf("kind of %v", err)
			}
			return
		}
		for _, l := range st.Lines {
			if l.OrderNo == "" || l.ChannelNo == "" || l.MerchantID == "" || l.Amount < 0 || l.Time.IsZero() {
				t.Fatalf("accepted %+v", l)
			}
		}
	})
}
