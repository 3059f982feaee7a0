package clearing

import (
	"testing"

	"juma/acquiring/channel"
)

// Two people whose Alipay accounts look alike behind the mask are two payers in
// the files; one person is one, whatever the notice knew of the account.
func TestMaskedAccountsAreNotOnePayer(t *testing.T) {
	payer := func(ch channel.Name, id, account string) string {
		r := paid("P1", 5000)
		r.Channel, r.Trace, r.PayerID, r.Payer = ch, "000001", id, account
		row, err := (&Service{}).rowOf(Item{}, r)
		if err != nil {
			t.Fatal(err)
		}
		return row.Payer
	}
	const masked = "*强(139****4080)"
	one := payer(channel.Alipay, "2088305405404834", masked)
	if one == payer(channel.Alipay, "2088909819196823", masked) {
		t.Error("two Alipay payers with one masked account have one token")
	}
	if one != payer(channel.Alipay, "2088305405404834", "") {
		t.Error("one Alipay payer has two tokens")
	}
	if payer(channel.WeChat, "oA", "oB") != payer(channel.WeChat, "oB", "oB") {
		t.Error("the openid of WeChat's statement does not win")
	}
	if payer(channel.WeChat, "oA", "") != payer(channel.WeChat, "oA", "oA") {
		t.Error("a payer that only the authorisation named has no token")
	}
	if got := payer(channel.UnionPay, "95516", "621626*********1710"); got != "621626*********1710" {
		t.Error(got)
	}
}
