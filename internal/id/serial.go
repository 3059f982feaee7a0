package id

import "fmt"

// SerialCheck returns the two check digits that are printed behind a plate's
// serial number, "69" for "260310000001": a serial read over the telephone with
// one wrong digit, or with two neighbours exchanged, is noticed. They are those of
// ISO/IEC 7064, MOD 97-10: the number with its check digits leaves 1 when divided
// by 97. Anything but digits counts as 0.
func SerialCheck(serial string) string {
	rest := 0
	for _, r := range serial {
		digit := 0
		if r >= '0' && r <= '9' {
			digit = int(r - '0')
		}
		rest = (rest*10 + digit) % 97
	}
	return fmt.Sprintf("%02d", 98-rest*100%97)
}

// CheckSerial tells whether the last two digits of text are the check digits of
// those before them.
func CheckSerial(text string) bool {
	if len(text) < 3 {
		return false
	}
	n := len(text) - 2
	return SerialCheck(text[:n]) == text[n:]
}
