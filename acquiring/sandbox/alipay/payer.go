package alipay

import (
	"fmt"
	"regexp"

	"juma/acquiring/sandbox"
)

var userIDForm = regexp.MustCompile(`^2088\d{12}$`)

// userID is a consumer's Alipay number, derived from the name; a number is
// itself.
func userID(payer string) string {
	if userIDForm.MatchString(payer) {
		return payer
	}
	return "2088" + sandbox.Digits(12, "alipay user %s", payer)
}

// buyerIDs names a buyer in an answer, by the kind of id that is known of it.
type buyerIDs struct {
	UserID string `json:"buyer_user_id,omitempty"`
	OpenID string `json:"buyer_open_id,omitempty"`
}

// idsOf tells a user number from the open id of an app (buyer_open_id).
func idsOf(buyer string) buyerIDs {
	if userIDForm.MatchString(buyer) {
		return buyerIDs{UserID: buyer}
	}
	return buyerIDs{OpenID: buyer}
}

var (
	givenNames = []rune("试例明华芳伟丽强静敏军洋勇艳杰娟")
	prefixes   = []string{"138", "139", "136", "150", "158", "186", "188", "177"}
)

// logonID is how Alipay shows a consumer to merchants: last character of the
// name and a telephone number, both masked. Bill, notice and query show the
// same.
func logonID(user string) string { return maskedBy(user, 0) }

// otherLogonID is another consumer's: never the same text as logonID's.
func otherLogonID(user string) string {
	for i := 1; ; i++ {
		if s := maskedBy(user, i); s != logonID(user) {
			return s
		}
	}
}

func maskedBy(user string, salt int) string {
	d := sandbox.Digits(8, "alipay logon %s/%d", user, salt)
	n := int(d[0]-'0')*10 + int(d[1]-'0')
	return fmt.Sprintf("*%c(%s****%s)", givenNames[n%len(givenNames)], prefixes[int(d[2]-'0')%len(prefixes)], d[4:])
}
