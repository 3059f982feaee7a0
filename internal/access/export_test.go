package access

import "time"

// TOTPCode is the code of an instant.
func TOTPCode(secret []byte, at time.Time) string {
	return totpCode(secret, totpStep(at), totpDigits)
}
