package id

import (
	"fmt"
	"testing"
)

// TestSerialCheck: the sum is the standard's, and it notices each single wrong
// digit and each exchange of two neighbours.
func TestSerialCheck(t *testing.T) {
	if got := SerialCheck("794"); got != "44" { // the example of ISO/IEC 7064
		t.Errorf("794 has %s, want 44", got)
	}
	for n := range 300 {
		text := fmt.Sprintf("260310%06d", n*3331)
		text += SerialCheck(text)
		if !CheckSerial(text) {
			t.Fatalf("%s does not check", text)
		}
		for i := range text {
			for digit := byte('0'); digit <= '9'; digit++ {
				if other := text[:i] + string(digit) + text[i+1:]; other != text && CheckSerial(other) {
					t.Errorf("%s passes for %s", other, text)
				}
			}
			if i > 0 && text[i] != text[i-1] {
				if other := text[:i-1] + string(text[i]) + string(text[i-1]) + text[i+1:]; CheckSerial(other) {
					t.Errorf("%s passes for %s", other, text)
				}
			}
		}
	}
	if CheckSerial("") || CheckSerial("12") || CheckSerial("ab") {
		t.Error("too short a number checks")
	}
}
