package access

import (
	"encoding/base32"
	"testing"
	"time"
)

// TestTOTPVectors holds the SHA-1 rows of RFC 6238, appendix B: eight digits.
func TestTOTPVectors(t *testing.T) {
	secret := []byte("12345678901234567890")
	for _, c := range []struct {
		unix int64
		code string
	}{
		{59, "94287082"}, {1111111109, "07081804"}, {1111111111, "14050471"},
		{1234567890, "89005924"}, {2000000000, "69279037"}, {20000000000, "65353130"},
	} {
		if got := totpCode(secret, totpStep(time.Unix(c.unix, 0)), 8); got != c.code {
			t.Errorf("at %d: %s, want %s", c.unix, got, c.code)
		}
		if got := totpCode(secret, totpStep(time.Unix(c.unix, 0)), 6); got != c.code[2:] {
			t.Errorf("at %d with six digits: %s, want the last six of %s", c.unix, got, c.code)
		}
	}
}

// TestHOTPVectors holds RFC 4226, appendix D.
func TestHOTPVectors(t *testing.T) {
	for step, want := range []string{"755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"} {
		if got := totpCode([]byte("12345678901234567890"), int64(step), 6); got != want {
			t.Errorf("counter %d: %s, want %s", step, got, want)
		}
	}
}

func TestTOTPTakesOneStepEitherSide(t *testing.T) {
	secret := []byte("12345678901234567890")
	now := time.Unix(1234567890, 0)
	for skew, want := range map[int64]bool{-2: false, -1: true, 0: true, 1: true, 2: false} {
		step, ok := totpMatch(secret, totpCode(secret, totpStep(now)+skew, 6), now)
		if ok != want || ok && step != totpStep(now)+skew {
			t.Errorf("%+d steps: matched %v at %d", skew, ok, step-totpStep(now))
		}
	}
	for _, bad := range []string{"", "12345", "1234567", "abcdef"} {
		if _, ok := totpMatch(secret, bad, now); ok {
			t.Errorf("%q matched", bad)
		}
	}
}

func TestTOTPURI(t *testing.T) {
	secret := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString([]byte("12345678901234567890"))
	got := totpURI("Juma Pay", "li@example.com", secret)
	want := "otpauth://totp/Juma%20Pay:li@example.com?issuer=Juma%20Pay&secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
